// The records of a shrunk connection: its keys are derived once more from the master secret (RFC 5246 §6.3), so that
// alerts and messages are read and written without OpenSSL's connection object. One cipher, AES-128-GCM (RFC 5288):
//
//    type 1 | version 2 | epoch 2 | sequence 6 | length 2 | explicit nonce 8 | text, encrypted | tag 16
//    `------ authenticated with the text's length -------'
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "proto/dtls_internal.h"

#define AES128_GCM_SHA256_ECDSA 0xc02b
#define AES128_GCM_SHA256_RSA 0xc02f
#define RANDOM_LEN 32
#define KEY_LEN 16
#define SALT_LEN 4
#define EXPLICIT_LEN 8 // the part of the nonce that is sent (RFC 5288 §3)
#define TAG_LEN 16
#define ALERT_LEN 2
#define AAD_LEN 13
#define VERSION_1_2 0xfefd

#define WINDOW 64 // sequence numbers behind the newest that are still taken

enum { ALERT_FATAL = 2, ALERT_CLOSE_NOTIFY = 0 };

bool cw_dtls_record_next(struct cw_dtls_record *out, const uint8_t **data, size_t *len) {
    struct cw_reader r;
    cw_reader_init(&r, *data, *len);
    struct cw_dtls_record record = {.header = *data};
    record.type = cw_read_u8(&r);
    cw_read_u16(&r); // version
    record.epoch = cw_read_u16(&r);
    record.sequence = cw_read_uint(&r, 6);
    record.len = cw_read_u16(&r);
    record.fragment = cw_read_bytes(&r, record.len);
    if (r.bad) return false;
    *out = record;
    *data = r.p;
    *len = r.left;
    return true;
}

static int expand_key(uint8_t *out, size_t len, SSL *ssl) {
    static char label[] = "key expansion";
    static char digest[] = "SHA256";
    uint8_t master[SSL_MAX_MASTER_KEY_LENGTH], server[RANDOM_LEN], client[RANDOM_LEN];
    size_t master_len = SSL_SESSION_get_master_key(SSL_get0_session(ssl), master, sizeof master);
    SSL_get_server_random(ssl, server, sizeof server);
    SSL_get_client_random(ssl, client, sizeof client);
    EVP_KDF *kdf = EVP_KDF_fetch(NULL, "TLS1-PRF", NULL);
    EVP_KDF_CTX *ctx = kdf ? EVP_KDF_CTX_new(kdf) : NULL;
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SECRET, master, master_len),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SEED, label, sizeof label - 1),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SEED, server, sizeof server),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SEED, client, sizeof client),
        OSSL_PARAM_construct_end(),
    };
    int err = ctx && EVP_KDF_derive(ctx, out, len, params) > 0 ? 0 : CW_EIO;
    EVP_KDF_CTX_free(ctx);
    EVP_KDF_free(kdf);
    OPENSSL_cleanse(master, sizeof master);
    return err;
}

int cw_dtls_tail_keys(struct cw_dtls_tail *tail, SSL *ssl) {
    uint8_t block[2 * (KEY_LEN + SALT_LEN)];
    uint16_t id = SSL_CIPHER_get_protocol_id(SSL_get_current_cipher(ssl));
    if (id != AES128_GCM_SHA256_ECDSA && id != AES128_GCM_SHA256_RSA) return CW_EUNSUPPORTED;
    int err = expand_key(block, sizeof block, ssl);
    if (err) return err;
    size_t ours = SSL_is_server(ssl) ? 1 : 0, theirs = 1 - ours; // the client's come first
    memcpy(tail->write_key, block + ours * KEY_LEN, KEY_LEN);
    memcpy(tail->read_key, block + theirs * KEY_LEN, KEY_LEN);
    memcpy(tail->write_salt, block + 2 * KEY_LEN + ours * SALT_LEN, SALT_LEN);
    memcpy(tail->read_salt, block + 2 * KEY_LEN + theirs * SALT_LEN, SALT_LEN);
    OPENSSL_cleanse(block, sizeof block);
    return 0;
}

void cw_dtls_tail_fini(struct cw_dtls_tail *tail) {
    EVP_CIPHER_CTX_free(tail->reader);
    EVP_CIPHER_CTX_free(tail->writer);
    OPENSSL_cleanse(tail, sizeof *tail);
}

// ---- what OpenSSL sent

static void keep_record(struct cw_dtls_tail *tail, const struct cw_dtls_record *record) {
    size_t len = CW_DTLS_HEADER + record->len;
    if (len > sizeof tail->flight - tail->flight_len) return;
    memcpy(tail->flight + tail->flight_len, record->header, len);
    tail->flight_len = (uint16_t)(tail->flight_len + len);
}

void cw_dtls_tail_note(struct cw_dtls_tail *tail, const uint8_t *data, size_t len, bool in_handshake) {
    struct cw_dtls_record record;
    while (cw_dtls_record_next(&record, &data, &len)) {
        bool change = record.type == CW_DTLS_CHANGE_CIPHER;
        if (change && in_handshake) tail->flight_len = 0;
        if (in_handshake && (change || record.epoch == 1)) keep_record(tail, &record);
        if (record.epoch != 1 || record.len < EXPLICIT_LEN) continue;
        tail->write_sequence = record.sequence;
        // OpenSSL counts it up from a random start; we go on counting, so that none comes twice.
        tail->write_nonce = (uint64_t)cw_get_u32(record.fragment) << 32 | cw_get_u32(record.fragment + 4);
    }
}

// ---- records

static EVP_CIPHER_CTX *make_cipher(const uint8_t *key, bool encrypt) {
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    if (ctx && EVP_CipherInit_ex(ctx, EVP_aes_128_gcm(), NULL, key, NULL, encrypt)) return ctx;
    EVP_CIPHER_CTX_free(ctx);
    return NULL;
}

// The nonce, and what is authenticated beside the text (RFC 5246 §6.2.3.3).
static bool begin(EVP_CIPHER_CTX *ctx, const uint8_t *salt, const uint8_t *header, size_t text_len) {
    uint8_t nonce[SALT_LEN + EXPLICIT_LEN], aad[AAD_LEN];
    int done = 0;
    memcpy(nonce, salt, SALT_LEN);
    memcpy(nonce + SALT_LEN, header + CW_DTLS_HEADER, EXPLICIT_LEN);
    memcpy(aad, header + 3, 8); // epoch and sequence
    memcpy(aad + 8, header, 3); // type and version
    cw_put_u16(aad + 11, (uint16_t)text_len);
    return EVP_CipherInit_ex(ctx, NULL, NULL, NULL, nonce, -1) && EVP_CipherUpdate(ctx, NULL, &done, aad, AAD_LEN);
}

size_t cw_dtls_tail_seal(struct cw_dtls_tail *tail, uint8_t type, const void *text, size_t len, uint8_t *out,
                         size_t cap) {
    struct cw_writer w;
    int done = 0;
    if (!tail->writer) tail->writer = make_cipher(tail->write_key, true);
    if (!tail->writer || cap < len + CW_DTLS_SEAL_MAX) return 0;
    cw_writer_init(&w, out, cap);
    cw_write_u8(&w, type);
    cw_write_u16(&w, VERSION_1_2);
    cw_write_u16(&w, 1); // epoch
    cw_write_uint(&w, ++tail->write_sequence, 6);
    cw_write_u16(&w, (uint16_t)(EXPLICIT_LEN + len + TAG_LEN));
    cw_write_uint(&w, ++tail->write_nonce, EXPLICIT_LEN);
    uint8_t *sealed = out + w.len;
    bool ok = begin(tail->writer, tail->write_salt, out, len) &&
              EVP_CipherUpdate(tail->writer, sealed, &done, text, (int)len) &&
              EVP_CipherFinal_ex(tail->writer, sealed + done, &done) &&
              EVP_CIPHER_CTX_ctrl(tail->writer, EVP_CTRL_AEAD_GET_TAG, TAG_LEN, sealed + len);
    return ok ? len + CW_DTLS_SEAL_MAX : 0;
}

static bool is_replay(const struct cw_dtls_tail *tail, uint64_t sequence) {
    if (!tail->read_seen || sequence > tail->read_newest) return false;
    uint64_t age = tail->read_newest - sequence;
    return age >= WINDOW || tail->read_seen >> age & 1;
}

static void note_authentic(struct cw_dtls_tail *tail, uint64_t sequence) {
    if (tail->read_seen && sequence <= tail->read_newest) {
        tail->read_seen |= 1ULL << (tail->read_newest - sequence);
        return;
    }
    uint64_t step = sequence - tail->read_newest;
    tail->read_seen = (step < WINDOW ? tail->read_seen << step : 0) | 1;
    tail->read_newest = sequence;
}

int cw_dtls_tail_open(struct cw_dtls_tail *tail, const struct cw_dtls_record *record, uint8_t *text, size_t *len) {
    uint8_t tag[TAG_LEN];
    int done = 0;
    if (record->epoch != 1 || record->len < EXPLICIT_LEN + TAG_LEN) return CW_EAUTH;
    if (is_replay(tail, record->sequence)) return CW_EREPLAY;
    if (!tail->reader) tail->reader = make_cipher(tail->read_key, false);
    if (!tail->reader) return CW_ENOMEM;
    size_t text_len = record->len - EXPLICIT_LEN - TAG_LEN;
    const uint8_t *sealed = record->fragment + EXPLICIT_LEN;
    memcpy(tag, sealed + text_len, TAG_LEN);
    bool ok = begin(tail->reader, tail->read_salt, record->header, text_len) &&
              EVP_CIPHER_CTX_ctrl(tail->reader, EVP_CTRL_AEAD_SET_TAG, TAG_LEN, tag) &&
              EVP_CipherUpdate(tail->reader, text, &done, sealed, (int)text_len) &&
              EVP_CipherFinal_ex(tail->reader, text + done, &done);
    if (!ok) return CW_EAUTH;
    note_authentic(tail, record->sequence);
    *len = text_len;
    return 0;
}

bool cw_dtls_alert_ends(const uint8_t *text, size_t len) {
    return len == ALERT_LEN && (text[0] == ALERT_FATAL || text[1] == ALERT_CLOSE_NOTIFY);
}
