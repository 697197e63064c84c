// The end of a shrunk connection: its record keys are derived once more from the master secret (RFC 5246 §6.3), so that
// alerts can be read and one written without OpenSSL's connection object.
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/random.h"
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

enum { ALERT_WARNING = 1, ALERT_FATAL = 2, ALERT_CLOSE_NOTIFY = 0 };

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

// The epoch and sequence, type and version as in the header, and the length of the text (RFC 5246 §6.2.3.3).
static void make_aad(uint8_t *aad, const uint8_t *header, size_t text_len) {
    memcpy(aad, header + 3, 8);
    memcpy(aad + 8, header, 3);
    cw_put_u16(aad + 11, (uint16_t)text_len);
}

static EVP_CIPHER_CTX *start_cipher(const uint8_t *key, const uint8_t *salt, const uint8_t *explicit_nonce,
                                    const uint8_t *aad, bool encrypt) {
    uint8_t nonce[SALT_LEN + EXPLICIT_LEN];
    int done = 0;
    memcpy(nonce, salt, SALT_LEN);
    memcpy(nonce + SALT_LEN, explicit_nonce, EXPLICIT_LEN);
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    if (ctx && EVP_CipherInit_ex(ctx, EVP_aes_128_gcm(), NULL, key, nonce, encrypt) &&
        EVP_CipherUpdate(ctx, NULL, &done, aad, AAD_LEN))
        return ctx;
    EVP_CIPHER_CTX_free(ctx);
    return NULL;
}

size_t cw_dtls_tail_close(struct cw_dtls_tail *tail, uint8_t *out, size_t cap) {
    static const uint8_t close_notify[ALERT_LEN] = {ALERT_WARNING, ALERT_CLOSE_NOTIFY};
    struct cw_writer w;
    uint8_t explicit_nonce[EXPLICIT_LEN], text[ALERT_LEN], tag[TAG_LEN], aad[AAD_LEN];
    // OpenSSL counts its nonces up from a random start that cannot be asked for; another random one does not meet it.
    cw_random_bytes(explicit_nonce, sizeof explicit_nonce);
    cw_writer_init(&w, out, cap);
    cw_write_u8(&w, CW_DTLS_ALERT);
    cw_write_u16(&w, VERSION_1_2);
    cw_write_u16(&w, 1); // epoch
    cw_write_uint(&w, ++tail->write_sequence, 6);
    cw_write_u16(&w, EXPLICIT_LEN + ALERT_LEN + TAG_LEN);
    if (w.full) return 0;
    make_aad(aad, out, ALERT_LEN);
    EVP_CIPHER_CTX *ctx = start_cipher(tail->write_key, tail->write_salt, explicit_nonce, aad, true);
    int done = 0;
    bool ok = ctx && EVP_CipherUpdate(ctx, text, &done, close_notify, ALERT_LEN) &&
              EVP_CipherFinal_ex(ctx, text + done, &done) &&
              EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, TAG_LEN, tag);
    EVP_CIPHER_CTX_free(ctx);
    cw_write_bytes(&w, explicit_nonce, sizeof explicit_nonce);
    cw_write_bytes(&w, text, sizeof text);
    cw_write_bytes(&w, tag, sizeof tag);
    return ok && !w.full ? w.len : 0;
}

bool cw_dtls_tail_ends(const struct cw_dtls_tail *tail, const struct cw_dtls_record *record) {
    uint8_t text[ALERT_LEN], tag[TAG_LEN], aad[AAD_LEN];
    if (record->type != CW_DTLS_ALERT || record->epoch != 1) return false;
    if (record->len != EXPLICIT_LEN + ALERT_LEN + TAG_LEN) return false;
    make_aad(aad, record->header, ALERT_LEN);
    EVP_CIPHER_CTX *ctx = start_cipher(tail->read_key, tail->read_salt, record->fragment, aad, false);
    int done = 0;
    memcpy(tag, record->fragment + EXPLICIT_LEN + ALERT_LEN, TAG_LEN);
    bool ok = ctx && EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, TAG_LEN, tag) &&
              EVP_CipherUpdate(ctx, text, &done, record->fragment + EXPLICIT_LEN, ALERT_LEN) &&
              EVP_CipherFinal_ex(ctx, text + done, &done);
    EVP_CIPHER_CTX_free(ctx);
    return ok && (text[0] == ALERT_FATAL || text[1] == ALERT_CLOSE_NOTIFY);
}
