// Our certificate, the context all connections share, and fingerprints.
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/srtp.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/err.h"
#include "base/random.h"
#include "proto/dtls_internal.h"

#define YEAR_S (365L * 24 * 3600)
#define DAY_S (24L * 3600)
#define CERTIFICATE_MAX 16384 // the largest certificate message of a peer [bytes]

// RFC 8827 §6.5 asks for the first; the others are for peers with an RSA certificate or without AES in hardware.
static const char ciphers[] = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
                              "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-ECDSA-AES256-GCM-SHA384:"
                              "ECDHE-RSA-CHACHA20-POLY1305:ECDHE-RSA-AES256-GCM-SHA384";
static const char groups[] = "X25519:P-256:P-384";
static const char srtp_profiles[] = "SRTP_AEAD_AES_128_GCM:SRTP_AEAD_AES_256_GCM:SRTP_AES128_CM_SHA1_80";

static SSL_CTX *make_context(X509 *certificate, EVP_PKEY *key) {
    SSL_CTX *ctx = SSL_CTX_new(DTLS_method());
    if (!ctx) return NULL;
    SSL_CTX_set_options(ctx, SSL_OP_NO_QUERY_MTU | SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION |
                                 SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_max_cert_list(ctx, CERTIFICATE_MAX);
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    SSL_CTX_set_cert_verify_callback(ctx, cw_dtls_verify, NULL);
    bool ok =
        SSL_CTX_set_min_proto_version(ctx, DTLS1_2_VERSION) && SSL_CTX_set_max_proto_version(ctx, DTLS1_2_VERSION) &&
        SSL_CTX_set_cipher_list(ctx, ciphers) && SSL_CTX_set1_groups_list(ctx, groups) &&
        SSL_CTX_set_tlsext_use_srtp(ctx, srtp_profiles) == 0 && // this one returns 0 on success
        SSL_CTX_use_certificate(ctx, certificate) && SSL_CTX_use_PrivateKey(ctx, key) && SSL_CTX_check_private_key(ctx);
    if (ok) return ctx;
    SSL_CTX_free(ctx);
    return NULL;
}

static int make_identity(struct cw_dtls_identity **out, X509 *certificate, EVP_PKEY *key) {
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    if (!X509_digest(certificate, EVP_sha256(), digest, &len)) return CW_EIO;
    struct cw_dtls_identity *identity = calloc(1, sizeof *identity);
    if (!identity) return CW_ENOMEM;
    identity->ctx = make_context(certificate, key);
    if (!identity->ctx) {
        free(identity);
        return CW_EIO;
    }
    for (unsigned i = 0; i < len; i++)
        sprintf(identity->fingerprint + i * 3, i + 1 < len ? "%02X:" : "%02X", digest[i]);
    *out = identity;
    return 0;
}

static X509 *make_certificate(EVP_PKEY *key) {
    static const unsigned char name[] = "causeway";
    X509 *x = X509_new();
    if (!x) return NULL;
    X509_NAME *subject = X509_get_subject_name(x);
    bool ok = X509_set_version(x, X509_VERSION_3) &&
              ASN1_INTEGER_set_uint64(X509_get_serialNumber(x), cw_random_u32() | 1U) &&
              X509_gmtime_adj(X509_getm_notBefore(x), -DAY_S) && X509_gmtime_adj(X509_getm_notAfter(x), YEAR_S) &&
              X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, name, -1, -1, 0) &&
              X509_set_issuer_name(x, subject) && X509_set_pubkey(x, key) && X509_sign(x, key, EVP_sha256()) > 0;
    if (ok) return x;
    X509_free(x);
    return NULL;
}

int cw_dtls_identity_new(struct cw_dtls_identity **out) {
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = key ? make_certificate(key) : NULL;
    int err = certificate ? make_identity(out, certificate, key) : CW_EIO;
    X509_free(certificate);
    EVP_PKEY_free(key);
    return err;
}

int cw_dtls_identity_from_pem(struct cw_dtls_identity **out, const char *certificate, const char *key) {
    BIO *certificate_bio = BIO_new_mem_buf(certificate, -1), *key_bio = BIO_new_mem_buf(key, -1);
    X509 *x = certificate_bio ? PEM_read_bio_X509(certificate_bio, NULL, NULL, NULL) : NULL;
    EVP_PKEY *k = key_bio ? PEM_read_bio_PrivateKey(key_bio, NULL, NULL, NULL) : NULL;
    int err = x && k && X509_check_private_key(x, k) ? make_identity(out, x, k) : CW_EFORMAT;
    X509_free(x);
    EVP_PKEY_free(k);
    BIO_free(certificate_bio);
    BIO_free(key_bio);
    return err;
}

void cw_dtls_identity_free(struct cw_dtls_identity *identity) {
    if (!identity) return;
    SSL_CTX_free(identity->ctx);
    free(identity);
}

const char *cw_dtls_identity_fingerprint(const struct cw_dtls_identity *identity) { return identity->fingerprint; }

// ---- the peer's fingerprints

static const struct {
    const char *name;
    size_t len;
} hashes[] = {
    [CW_DTLS_SHA256] = {"sha-256", 32}, [CW_DTLS_SHA384] = {"sha-384", 48}, [CW_DTLS_SHA512] = {"sha-512", 64}};

static int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

int cw_dtls_fingerprint_parse(struct cw_dtls_fingerprint *out, const char *hash, const char *value) {
    struct cw_dtls_fingerprint fingerprint = {0};
    size_t h = 0;
    while (h < sizeof hashes / sizeof *hashes && strcasecmp(hash, hashes[h].name) != 0) h++;
    if (h == sizeof hashes / sizeof *hashes) return CW_EUNSUPPORTED;
    if (strlen(value) != hashes[h].len * 3 - 1) return CW_EFORMAT;
    for (size_t i = 0; i < hashes[h].len; i++, value += 3) {
        int high = hex_digit(value[0]), low = hex_digit(value[1]);
        if (high < 0 || low < 0 || (value[2] != ':' && value[2] != 0)) return CW_EFORMAT;
        fingerprint.value[i] = (uint8_t)(high << 4 | low);
    }
    fingerprint.hash = (enum cw_dtls_hash)h;
    *out = fingerprint;
    return 0;
}

bool cw_dtls_fingerprint_matches(const struct cw_dtls_fingerprint *fingerprint, const X509 *certificate) {
    const EVP_MD *md[] = {
        [CW_DTLS_SHA256] = EVP_sha256(), [CW_DTLS_SHA384] = EVP_sha384(), [CW_DTLS_SHA512] = EVP_sha512()};
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    if (!X509_digest(certificate, md[fingerprint->hash], digest, &len)) return false;
    return len == hashes[fingerprint->hash].len && CRYPTO_memcmp(digest, fingerprint->value, len) == 0;
}
