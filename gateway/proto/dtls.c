// One DTLS connection on OpenSSL.
#include "proto/dtls.h"

#include <openssl/err.h>
#include <openssl/srtp.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "proto/dtls_internal.h"

#define FIRST_WAIT_US 400000 // RFC 6347 §4.2.4.1 says 1 s; paths with ICE are known to be quick
#define LONGEST_WAIT_US 3200000
#define HANDSHAKE_WITHIN (30 * CW_SECOND)
#define HANDSHAKE_DATAGRAMS 256 // a handshake takes about 6, and each may be repeated a dozen times
#define QUEUE_MAX 32768         // what is not yet polled or received; more is lost as on any network [bytes]
#define RECORD_MAX 2048         // a protected record of a shrunk connection [bytes]; no path carries a larger one
#define FLIGHT_REPEATS 16
#define EXPORT_LABEL "EXTRACTOR-dtls_srtp" // RFC 5764 §4.2

// Datagrams to send, or messages received, each behind its length (2 bytes).
struct queue {
    uint8_t *data;
    size_t at, len, cap;
};

struct cw_dtls {
    const struct cw_dtls_identity *identity;
    SSL *ssl; // NULL: before the start, after the end, or shrunk
    enum cw_dtls_role role;
    enum cw_dtls_state state;
    enum cw_dtls_reason reason;
    bool shrunk;
    unsigned datagrams; // that came while connecting
    cw_time started;
    cw_time deadline;  // OpenSSL's retransmission
    const uint8_t *in; // the datagram OpenSSL may read now
    size_t in_len;
    struct queue out;
    struct queue messages; // received after shrinking
    bool carries_data;     // the queues keep their room
    size_t accepted_count;
    struct cw_dtls_fingerprint accepted[CW_DTLS_FINGERPRINTS_MAX];
    struct cw_dtls_tail tail;
};

// ---- names

const char *cw_dtls_reason_name(enum cw_dtls_reason reason) {
    static const char *const names[] = {"none",    "local", "remote",   "fingerprint", "certificate",
                                        "profile", "alert", "protocol", "timeout",     "flood"};
    return (unsigned)reason < sizeof names / sizeof *names ? names[reason] : "unknown";
}

const char *cw_dtls_state_name(enum cw_dtls_state state) {
    static const char *const names[] = {"new", "connecting", "connected", "closed", "failed"};
    return (unsigned)state < sizeof names / sizeof *names ? names[state] : "unknown";
}

enum cw_dtls_state cw_dtls_get_state(const struct cw_dtls *dtls) { return dtls->state; }
enum cw_dtls_reason cw_dtls_get_reason(const struct cw_dtls *dtls) { return dtls->reason; }

// ---- queues

static void queue_put(struct queue *q, const uint8_t *data, size_t len) {
    size_t need = q->len + 2 + len;
    if (need > QUEUE_MAX) return;
    if (need > q->cap) {
        size_t cap = q->cap ? q->cap * 2 : 2048;
        while (cap < need) cap *= 2;
        uint8_t *grown = realloc(q->data, cap);
        if (!grown) return;
        q->data = grown;
        q->cap = cap;
    }
    cw_put_u16(q->data + q->len, (uint16_t)len);
    memcpy(q->data + q->len + 2, data, len);
    q->len = need;
}

static void queue_free(struct queue *q) {
    free(q->data);
    *q = (struct queue){0};
}

static size_t queue_take(struct queue *q, void *buf, size_t cap) {
    if (q->at == q->len) return 0;
    size_t len = cw_get_u16(q->data + q->at), taken = len < cap ? len : cap;
    memcpy(buf, q->data + q->at + 2, taken);
    q->at += 2 + len;
    if (q->at == q->len) q->at = q->len = 0;
    return taken;
}

size_t cw_dtls_poll(struct cw_dtls *dtls, void *buf, size_t cap) {
    struct queue *q = &dtls->out;
    if (q->at < q->len && cw_get_u16(q->data + q->at) > cap) return 0;
    size_t len = queue_take(q, buf, cap);
    if (!q->len && !dtls->ssl && !dtls->carries_data) queue_free(q); // it will hardly be used again
    return len;
}

// ---- the BIO between OpenSSL and us: one read is one datagram, one write is one datagram

static int bio_read(BIO *bio, char *out, int cap) {
    struct cw_dtls *dtls = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    if (!dtls->in) {
        BIO_set_retry_read(bio);
        return -1;
    }
    int n = dtls->in_len < (size_t)cap ? (int)dtls->in_len : cap;
    memcpy(out, dtls->in, (size_t)n);
    dtls->in = NULL;
    return n;
}

static int bio_write(BIO *bio, const char *data, int len) {
    struct cw_dtls *dtls = BIO_get_data(bio);
    if (len <= 0) return len;
    cw_dtls_tail_note(&dtls->tail, (const uint8_t *)data, (size_t)len, dtls->state == CW_DTLS_CONNECTING);
    if (len <= CW_DTLS_MTU) queue_put(&dtls->out, (const uint8_t *)data, (size_t)len);
    return len;
}

static long bio_ctrl(BIO *bio, int command, long number, void *pointer) {
    (void)bio, (void)number, (void)pointer;
    return command == BIO_CTRL_FLUSH; // the others ask for what a socket would know
}

// Made once and kept until the process ends, as OpenSSL keeps its own.
static BIO_METHOD *bio_method;
static CRYPTO_ONCE bio_once = CRYPTO_ONCE_STATIC_INIT;

static void make_bio_method(void) {
    bio_method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "causeway datagrams");
    if (!bio_method) return;
    BIO_meth_set_read(bio_method, bio_read);
    BIO_meth_set_write(bio_method, bio_write);
    BIO_meth_set_ctrl(bio_method, bio_ctrl);
}

static BIO *bio_new(struct cw_dtls *dtls) {
    CRYPTO_THREAD_run_once(&bio_once, make_bio_method);
    BIO *bio = bio_method ? BIO_new(bio_method) : NULL;
    if (!bio) return NULL;
    BIO_set_data(bio, dtls);
    BIO_set_init(bio, 1);
    return bio;
}

// ---- life

static unsigned next_wait(SSL *ssl, unsigned wait_us) {
    (void)ssl;
    if (!wait_us) return FIRST_WAIT_US;
    return wait_us * 2 < LONGEST_WAIT_US ? wait_us * 2 : LONGEST_WAIT_US;
}

static SSL *ssl_new(struct cw_dtls *dtls) {
    SSL *ssl = SSL_new(dtls->identity->ctx);
    BIO *bio = ssl ? bio_new(dtls) : NULL;
    if (!bio) {
        SSL_free(ssl);
        return NULL;
    }
    SSL_set_bio(ssl, bio, bio);
    SSL_set_app_data(ssl, dtls);
    SSL_set_mtu(ssl, CW_DTLS_MTU);
    DTLS_set_timer_cb(ssl, next_wait);
    if (dtls->role == CW_DTLS_ACTIVE)
        SSL_set_connect_state(ssl);
    else
        SSL_set_accept_state(ssl);
    return ssl;
}

int cw_dtls_new(struct cw_dtls **out, const struct cw_dtls_identity *identity, enum cw_dtls_role role,
                const struct cw_dtls_fingerprint *accepted, size_t count) {
    if (count < 1 || count > CW_DTLS_FINGERPRINTS_MAX) return CW_EINVAL;
    struct cw_dtls *dtls = calloc(1, sizeof *dtls);
    if (!dtls) return CW_ENOMEM;
    dtls->identity = identity;
    dtls->role = role;
    dtls->deadline = CW_NEVER;
    dtls->accepted_count = count;
    memcpy(dtls->accepted, accepted, count * sizeof *accepted);
    *out = dtls;
    return 0;
}

void cw_dtls_free(struct cw_dtls *dtls) {
    if (!dtls) return;
    SSL_free(dtls->ssl);
    queue_free(&dtls->out);
    queue_free(&dtls->messages);
    cw_dtls_tail_fini(&dtls->tail);
    free(dtls);
}

// CLOSED or FAILED; what is queued may still be polled. The first reason stays.
static void end(struct cw_dtls *dtls, enum cw_dtls_state state, enum cw_dtls_reason reason) {
    dtls->state = state;
    if (dtls->reason == CW_DTLS_REASON_NONE) dtls->reason = reason;
    dtls->deadline = CW_NEVER;
    SSL_free(dtls->ssl);
    dtls->ssl = NULL;
}

// ---- what OpenSSL answers

int cw_dtls_verify(X509_STORE_CTX *store, void *arg) {
    (void)arg;
    SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
    struct cw_dtls *dtls = SSL_get_app_data(ssl);
    const X509 *certificate = X509_STORE_CTX_get0_cert(store);
    bool matches = false;
    for (size_t i = 0; i < dtls->accepted_count; i++)
        matches |= cw_dtls_fingerprint_matches(&dtls->accepted[i], certificate);
    if (matches) return 1;
    dtls->reason = CW_DTLS_REASON_FINGERPRINT;
    X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_REJECTED);
    return 0;
}

static enum cw_dtls_reason reason_of_error(void) {
    int reason = ERR_GET_REASON(ERR_peek_error());
    if (reason == SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE) return CW_DTLS_REASON_CERTIFICATE;
    if (reason == SSL_R_READ_TIMEOUT_EXPIRED) return CW_DTLS_REASON_TIMEOUT;
    return reason >= SSL_AD_REASON_OFFSET ? CW_DTLS_REASON_ALERT : CW_DTLS_REASON_PROTOCOL;
}

static enum cw_srtp_profile agreed_profile(SSL *ssl) {
    const SRTP_PROTECTION_PROFILE *profile = SSL_get_selected_srtp_profile(ssl);
    switch (profile ? profile->id : 0) {
    case SRTP_AEAD_AES_128_GCM: return CW_SRTP_AEAD_AES_128_GCM;
    case SRTP_AEAD_AES_256_GCM: return CW_SRTP_AEAD_AES_256_GCM;
    case SRTP_AES128_CM_SHA1_80: return CW_SRTP_AES_CM_128_HMAC_SHA1_80;
    default: return CW_SRTP_NONE;
    }
}

// A call into OpenSSL returned n <= 0. 0 if it only wants more.
static int on_refusal(struct cw_dtls *dtls, int n) {
    switch (SSL_get_error(dtls->ssl, n)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE: return 0;
    case SSL_ERROR_ZERO_RETURN:
        SSL_shutdown(dtls->ssl); // answers the close_notify
        end(dtls, CW_DTLS_CLOSED, CW_DTLS_REASON_REMOTE);
        return 0;
    default: end(dtls, CW_DTLS_FAILED, reason_of_error()); return CW_EAUTH;
    }
}

static int step_handshake(struct cw_dtls *dtls) {
    ERR_clear_error();
    int n = SSL_do_handshake(dtls->ssl);
    if (n <= 0) return on_refusal(dtls, n);
    if (agreed_profile(dtls->ssl) == CW_SRTP_NONE) {
        SSL_shutdown(dtls->ssl);
        end(dtls, CW_DTLS_FAILED, CW_DTLS_REASON_PROFILE);
        return CW_EUNSUPPORTED;
    }
    dtls->state = CW_DTLS_CONNECTED;
    return 0;
}

// Makes OpenSSL take the datagram; data stays inside until cw_dtls_recv.
static int step_connected(struct cw_dtls *dtls) {
    uint8_t byte;
    ERR_clear_error();
    int n = SSL_peek(dtls->ssl, &byte, 1);
    return n > 0 ? 0 : on_refusal(dtls, n);
}

// OpenSSL keeps the retransmission timer; its time left counts from our `now`.
static void take_deadline(struct cw_dtls *dtls, cw_time now) {
    struct timeval left;
    dtls->deadline = CW_NEVER;
    if (dtls->state != CW_DTLS_CONNECTING || !dtls->ssl) return;
    if (DTLSv1_get_timeout(dtls->ssl, &left) > 0) dtls->deadline = now + left.tv_sec * CW_SECOND + left.tv_usec;
}

// ---- the handshake

static int begin(struct cw_dtls *dtls, cw_time now) {
    dtls->ssl = ssl_new(dtls);
    if (!dtls->ssl) {
        end(dtls, CW_DTLS_FAILED, CW_DTLS_REASON_PROTOCOL);
        return CW_ENOMEM;
    }
    dtls->state = CW_DTLS_CONNECTING;
    dtls->started = now;
    return 0;
}

int cw_dtls_start(struct cw_dtls *dtls, cw_time now) {
    if (dtls->state != CW_DTLS_NEW) return CW_ESTATE;
    int err = begin(dtls, now);
    if (!err && dtls->role == CW_DTLS_ACTIVE) err = step_handshake(dtls);
    take_deadline(dtls, now);
    return err;
}

// 0: it was worth something, or told us to repeat our last flight (*repeat).
static int input_record(struct cw_dtls *dtls, const struct cw_dtls_record *record, bool *repeat) {
    uint8_t text[RECORD_MAX];
    size_t len;
    bool handshake = record->type == CW_DTLS_HANDSHAKE && record->epoch == 1;
    *repeat |= handshake; // anybody can make us repeat it: not often
    if (record->type != CW_DTLS_ALERT && record->type != CW_DTLS_APPLICATION) return handshake ? 0 : CW_EAUTH;
    if (record->len > sizeof text) return CW_ETOOBIG;
    int err = cw_dtls_tail_open(&dtls->tail, record, text, &len);
    if (err) return err;
    if (record->type == CW_DTLS_APPLICATION) {
        dtls->carries_data = true;
        if (len) queue_put(&dtls->messages, text, len);
    } else if (cw_dtls_alert_ends(text, len)) {
        end(dtls, CW_DTLS_CLOSED, CW_DTLS_REASON_REMOTE);
    }
    return 0;
}

static int input_shrunk(struct cw_dtls *dtls, const uint8_t *data, size_t len) {
    struct cw_dtls_tail *tail = &dtls->tail;
    struct cw_dtls_record record;
    bool repeat = false;
    int result = CW_EAUTH;
    while (dtls->state == CW_DTLS_CONNECTED && cw_dtls_record_next(&record, &data, &len)) {
        int err = input_record(dtls, &record, &repeat);
        if (result) result = err;
    }
    if (!repeat) return result;
    if (!tail->flight_len || !tail->repeats) return CW_EAUTH;
    tail->repeats--;
    queue_put(&dtls->out, tail->flight, tail->flight_len);
    return 0;
}

int cw_dtls_input(struct cw_dtls *dtls, cw_time now, const void *data, size_t len) {
    if (dtls->state >= CW_DTLS_CLOSED) return CW_ESTATE;
    if (len < CW_DTLS_HEADER) return CW_EFORMAT;
    if (dtls->shrunk) return input_shrunk(dtls, data, len);
    int err = dtls->state == CW_DTLS_NEW ? begin(dtls, now) : 0;
    if (err) return err;
    dtls->in = data;
    dtls->in_len = len;
    if (dtls->state == CW_DTLS_CONNECTING && ++dtls->datagrams > HANDSHAKE_DATAGRAMS) {
        end(dtls, CW_DTLS_FAILED, CW_DTLS_REASON_FLOOD);
        err = CW_ELIMIT;
    }
    if (dtls->state == CW_DTLS_CONNECTING) err = step_handshake(dtls);
    if (dtls->state == CW_DTLS_CONNECTED) err = step_connected(dtls);
    dtls->in = NULL; // the caller's; also if OpenSSL did not come to read it
    take_deadline(dtls, now);
    return err;
}

cw_time cw_dtls_next(const struct cw_dtls *dtls) {
    if (dtls->state != CW_DTLS_CONNECTING) return CW_NEVER;
    cw_time limit = dtls->started + HANDSHAKE_WITHIN;
    return dtls->deadline < limit ? dtls->deadline : limit;
}

void cw_dtls_timeout(struct cw_dtls *dtls, cw_time now) {
    if (now < cw_dtls_next(dtls)) return;
    if (now >= dtls->started + HANDSHAKE_WITHIN) {
        end(dtls, CW_DTLS_FAILED, CW_DTLS_REASON_TIMEOUT);
        return;
    }
    ERR_clear_error();
    if (DTLSv1_handle_timeout(dtls->ssl) < 0)
        end(dtls, CW_DTLS_FAILED, CW_DTLS_REASON_TIMEOUT);
    else
        take_deadline(dtls, now);
}

// ---- connected

size_t cw_dtls_recv(struct cw_dtls *dtls, void *buf, size_t cap) {
    if (dtls->messages.len) return queue_take(&dtls->messages, buf, cap);
    if (dtls->state != CW_DTLS_CONNECTED || dtls->shrunk) return 0;
    ERR_clear_error();
    int n = SSL_read(dtls->ssl, buf, cap < INT32_MAX ? (int)cap : INT32_MAX);
    if (n > 0) return (size_t)n;
    on_refusal(dtls, n);
    return 0;
}

static int send_shrunk(struct cw_dtls *dtls, const void *data, size_t len) {
    uint8_t record[CW_DTLS_DATA_MAX + CW_DTLS_SEAL_MAX];
    size_t sealed = cw_dtls_tail_seal(&dtls->tail, CW_DTLS_APPLICATION, data, len, record, sizeof record);
    dtls->carries_data = true;
    if (sealed) queue_put(&dtls->out, record, sealed);
    return sealed ? 0 : CW_ENOMEM;
}

int cw_dtls_send(struct cw_dtls *dtls, const void *data, size_t len) {
    if (dtls->state != CW_DTLS_CONNECTED) return CW_ESTATE;
    if (!len || len > CW_DTLS_DATA_MAX) return CW_ETOOBIG;
    if (dtls->shrunk) return send_shrunk(dtls, data, len);
    ERR_clear_error();
    int n = SSL_write(dtls->ssl, data, (int)len);
    if (n > 0) return 0;
    int err = on_refusal(dtls, n);
    return err ? err : CW_EAGAIN;
}

void cw_dtls_close(struct cw_dtls *dtls) {
    if (dtls->state >= CW_DTLS_CLOSED) return;
    if (dtls->shrunk) {
        static const uint8_t close_notify[] = {1, 0}; // a warning (RFC 5246 §7.2.1)
        uint8_t alert[sizeof close_notify + CW_DTLS_SEAL_MAX];
        size_t len =
            cw_dtls_tail_seal(&dtls->tail, CW_DTLS_ALERT, close_notify, sizeof close_notify, alert, sizeof alert);
        if (len) queue_put(&dtls->out, alert, len);
    } else if (dtls->state == CW_DTLS_CONNECTED) {
        ERR_clear_error();
        SSL_shutdown(dtls->ssl);
    }
    end(dtls, CW_DTLS_CLOSED, CW_DTLS_REASON_LOCAL);
}

// The exporter gives client key, server key, client salt, server salt (RFC 5764 §4.2).
int cw_dtls_srtp_keys(const struct cw_dtls *dtls, struct cw_srtp_keys *out) {
    if (dtls->state != CW_DTLS_CONNECTED || dtls->shrunk) return CW_ESTATE;
    enum cw_srtp_profile profile = agreed_profile(dtls->ssl);
    size_t key_len = cw_srtp_key_len(profile), salt_len = cw_srtp_salt_len(profile);
    uint8_t block[2 * CW_SRTP_KEY_MAX];
    if (!SSL_export_keying_material(dtls->ssl, block, 2 * (key_len + salt_len), EXPORT_LABEL, sizeof EXPORT_LABEL - 1,
                                    NULL, 0, 0))
        return CW_EIO;
    memset(out, 0, sizeof *out);
    out->profile = profile;
    struct cw_srtp_key *client = dtls->role == CW_DTLS_ACTIVE ? &out->local : &out->remote;
    struct cw_srtp_key *server = dtls->role == CW_DTLS_ACTIVE ? &out->remote : &out->local;
    memcpy(client->bytes, block, key_len);
    memcpy(server->bytes, block + key_len, key_len);
    memcpy(client->bytes + key_len, block + 2 * key_len, salt_len);
    memcpy(server->bytes + key_len, block + 2 * key_len + salt_len, salt_len);
    OPENSSL_cleanse(block, sizeof block);
    return 0;
}

int cw_dtls_shrink(struct cw_dtls *dtls) {
    if (dtls->state != CW_DTLS_CONNECTED) return CW_ESTATE;
    if (dtls->shrunk) return 0;
    // In a full handshake the server has the last word; the client's last flight was answered.
    bool server = dtls->role == CW_DTLS_PASSIVE;
    int err = cw_dtls_tail_keys(&dtls->tail, dtls->ssl);
    if (err) return err;
    if (!server) dtls->tail.flight_len = 0;
    dtls->tail.repeats = FLIGHT_REPEATS;
    SSL_free(dtls->ssl);
    dtls->ssl = NULL;
    if (dtls->out.at == dtls->out.len) queue_free(&dtls->out);
    dtls->shrunk = true;
    return 0;
}
