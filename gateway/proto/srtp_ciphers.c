// OpenSSL's ciphers for libsrtp2: keyed once, then only the IV changes, so that a packet costs no allocation.
// SHA-1 through the low-level interface: EVP allocates when it copies a keyed HMAC state, once per packet.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "proto/srtp_ciphers.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <srtp2/auth.h>
#include <srtp2/cipher.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

#define SALT_LEN 14 // what follows the key of AES-CM (RFC 3711 §4.1.1)
#define IV_LEN 16
#define GCM_TAG_MAX 16
#define SHA1_BLOCK 64
#define SHA1_LEN 20

// The cipher object of libsrtp and our state in one block.
struct cipher {
    srtp_cipher_t head;
    EVP_CIPHER_CTX *ctx;
    const EVP_CIPHER *type;
    uint8_t tag_len;
    bool decrypt;
    uint8_t salt[SALT_LEN];
};

struct auth {
    srtp_auth_t head;
    SHA_CTX inner; // after the block of key XOR ipad
    SHA_CTX outer; // after the block of key XOR opad
    SHA_CTX now;
};

static const srtp_auth_type_t hmac_type;
static const srtp_cipher_type_t ctr_128_type, ctr_256_type, gcm_128_type, gcm_256_type;
static EVP_CIPHER *ctr_128, *ctr_256, *gcm_128, *gcm_256;

// ---- both ciphers

static srtp_err_status_t cipher_new(srtp_cipher_t **out, const EVP_CIPHER *type, const srtp_cipher_type_t *head,
                                    int key_len, int tag_len) {
    struct cipher *c = calloc(1, sizeof *c);
    if (!c) return srtp_err_status_alloc_fail;
    c->ctx = EVP_CIPHER_CTX_new();
    if (!c->ctx) {
        free(c);
        return srtp_err_status_alloc_fail;
    }
    c->type = type;
    c->tag_len = (uint8_t)tag_len;
    c->head = (srtp_cipher_t){.type = head, .state = c, .key_len = key_len, .algorithm = (int)head->id};
    *out = &c->head;
    return srtp_err_status_ok;
}

static srtp_err_status_t cipher_free(srtp_cipher_t *head) {
    struct cipher *c = head->state;
    EVP_CIPHER_CTX_free(c->ctx);
    OPENSSL_cleanse(c, sizeof *c);
    free(c);
    return srtp_err_status_ok;
}

// ---- AES counter mode (RFC 3711 §4.1.1)

static srtp_err_status_t ctr_init(void *state, const uint8_t *key) {
    struct cipher *c = state;
    memcpy(c->salt, key + EVP_CIPHER_get_key_length(c->type), SALT_LEN);
    return EVP_EncryptInit_ex(c->ctx, c->type, NULL, key, NULL) ? srtp_err_status_ok : srtp_err_status_init_fail;
}

static srtp_err_status_t ctr_set_iv(void *state, uint8_t *iv, srtp_cipher_direction_t direction) {
    struct cipher *c = state;
    uint8_t counter[IV_LEN];
    (void)direction;
    memcpy(counter, iv, IV_LEN);
    for (size_t i = 0; i < SALT_LEN; i++) counter[i] ^= c->salt[i];
    return EVP_EncryptInit_ex(c->ctx, NULL, NULL, NULL, counter) ? srtp_err_status_ok : srtp_err_status_cipher_fail;
}

static srtp_err_status_t ctr_crypt(void *state, uint8_t *data, unsigned *len) {
    struct cipher *c = state;
    int done = 0;
    if (!EVP_EncryptUpdate(c->ctx, data, &done, data, (int)*len)) return srtp_err_status_cipher_fail;
    return srtp_err_status_ok;
}

// ---- AES-GCM (RFC 7714)

static srtp_err_status_t gcm_init(void *state, const uint8_t *key) {
    struct cipher *c = state;
    return EVP_CipherInit_ex(c->ctx, c->type, NULL, key, NULL, 1) ? srtp_err_status_ok : srtp_err_status_init_fail;
}

static srtp_err_status_t gcm_set_iv(void *state, uint8_t *iv, srtp_cipher_direction_t direction) {
    struct cipher *c = state;
    c->decrypt = direction == srtp_direction_decrypt;
    return EVP_CipherInit_ex(c->ctx, NULL, NULL, NULL, iv, !c->decrypt) ? srtp_err_status_ok
                                                                        : srtp_err_status_cipher_fail;
}

static srtp_err_status_t gcm_set_aad(void *state, const uint8_t *aad, uint32_t len) {
    struct cipher *c = state;
    int done = 0;
    return EVP_CipherUpdate(c->ctx, NULL, &done, aad, (int)len) ? srtp_err_status_ok : srtp_err_status_cipher_fail;
}

static srtp_err_status_t gcm_encrypt(void *state, uint8_t *data, unsigned *len) {
    struct cipher *c = state;
    int done = 0;
    if (!EVP_CipherUpdate(c->ctx, data, &done, data, (int)*len)) return srtp_err_status_cipher_fail;
    if (!EVP_CipherFinal_ex(c->ctx, data + done, &done)) return srtp_err_status_cipher_fail;
    return srtp_err_status_ok;
}

static srtp_err_status_t gcm_get_tag(void *state, uint8_t *tag, uint32_t *len) {
    struct cipher *c = state;
    if (!EVP_CIPHER_CTX_ctrl(c->ctx, EVP_CTRL_AEAD_GET_TAG, c->tag_len, tag)) return srtp_err_status_algo_fail;
    *len = c->tag_len;
    return srtp_err_status_ok;
}

// The tag is the data's end.
static srtp_err_status_t gcm_decrypt(void *state, uint8_t *data, unsigned *len) {
    struct cipher *c = state;
    if (*len < c->tag_len) return srtp_err_status_auth_fail;
    unsigned text = *len - c->tag_len;
    int done = 0;
    if (!EVP_CIPHER_CTX_ctrl(c->ctx, EVP_CTRL_AEAD_SET_TAG, c->tag_len, data + text)) return srtp_err_status_algo_fail;
    if (text && !EVP_CipherUpdate(c->ctx, data, &done, data, (int)text)) return srtp_err_status_cipher_fail;
    if (!EVP_CipherFinal_ex(c->ctx, data + done, &done)) return srtp_err_status_auth_fail;
    *len = text;
    return srtp_err_status_ok;
}

// ---- HMAC-SHA1 (RFC 2104)

static srtp_err_status_t hmac_alloc(srtp_auth_t **out, int key_len, int out_len) {
    if (key_len > SHA1_BLOCK || out_len > SHA1_LEN) return srtp_err_status_bad_param;
    struct auth *a = calloc(1, sizeof *a);
    if (!a) return srtp_err_status_alloc_fail;
    a->head = (srtp_auth_t){.type = &hmac_type, .state = a, .out_len = out_len, .key_len = key_len};
    *out = &a->head;
    return srtp_err_status_ok;
}

static srtp_err_status_t hmac_free(srtp_auth_t *head) {
    struct auth *a = head->state; // the head is part of what is wiped
    OPENSSL_cleanse(a, sizeof *a);
    free(a);
    return srtp_err_status_ok;
}

static void hmac_pad(SHA_CTX *sha, const uint8_t *key, int key_len, uint8_t pad) {
    uint8_t block[SHA1_BLOCK];
    memset(block, pad, sizeof block);
    for (int i = 0; i < key_len; i++) block[i] ^= key[i];
    SHA1_Init(sha);
    SHA1_Update(sha, block, sizeof block);
    OPENSSL_cleanse(block, sizeof block);
}

static srtp_err_status_t hmac_init(void *state, const uint8_t *key, int key_len) {
    struct auth *a = state;
    if (key_len > SHA1_BLOCK) return srtp_err_status_bad_param;
    hmac_pad(&a->inner, key, key_len, 0x36);
    hmac_pad(&a->outer, key, key_len, 0x5c);
    a->now = a->inner;
    return srtp_err_status_ok;
}

static srtp_err_status_t hmac_start(void *state) {
    struct auth *a = state;
    a->now = a->inner;
    return srtp_err_status_ok;
}

static srtp_err_status_t hmac_update(void *state, const uint8_t *data, int len) {
    struct auth *a = state;
    SHA1_Update(&a->now, data, (size_t)len);
    return srtp_err_status_ok;
}

static srtp_err_status_t hmac_compute(void *state, const uint8_t *data, int len, int tag_len, uint8_t *tag) {
    struct auth *a = state;
    uint8_t digest[SHA1_LEN];
    if (tag_len > SHA1_LEN) return srtp_err_status_bad_param;
    SHA1_Update(&a->now, data, (size_t)len);
    SHA1_Final(digest, &a->now);
    a->now = a->outer;
    SHA1_Update(&a->now, digest, sizeof digest);
    SHA1_Final(digest, &a->now);
    memcpy(tag, digest, (size_t)tag_len);
    return srtp_err_status_ok;
}

// ---- the vectors libsrtp tests them with

// RFC 3711 B.2 and RFC 6188 §7: the key stream of the first blocks, so the text is zero.
static const uint8_t ctr_128_key[] = {0x2b, 0x7e, 0x15, 0x16, 0x28, 0xae, 0xd2, 0xa6, 0xab, 0xf7,
                                      0x15, 0x88, 0x09, 0xcf, 0x4f, 0x3c, 0xf0, 0xf1, 0xf2, 0xf3,
                                      0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9, 0xfa, 0xfb, 0xfc, 0xfd};
static const uint8_t ctr_256_key[] = {0x57, 0xf8, 0x2f, 0xe3, 0x61, 0x3f, 0xd1, 0x70, 0xa8, 0x5e, 0xc9, 0x3c,
                                      0x40, 0xb1, 0xf0, 0x92, 0x2e, 0xc4, 0xcb, 0x0d, 0xc0, 0x25, 0xb5, 0x82,
                                      0x72, 0x14, 0x7c, 0xc4, 0x38, 0x94, 0x4a, 0x98, 0xf0, 0xf1, 0xf2, 0xf3,
                                      0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9, 0xfa, 0xfb, 0xfc, 0xfd};
static uint8_t ctr_iv[IV_LEN];
static const uint8_t ctr_text[32];
static const uint8_t ctr_128_stream[] = {0xe0, 0x3e, 0xad, 0x09, 0x35, 0xc9, 0x5e, 0x80, 0xe1, 0x66, 0xb1,
                                         0x6d, 0xd9, 0x2b, 0x4e, 0xb4, 0xd2, 0x35, 0x13, 0x16, 0x2b, 0x02,
                                         0xd0, 0xf7, 0x2a, 0x43, 0xa2, 0xfe, 0x4a, 0x5f, 0x97, 0xab};
static const uint8_t ctr_256_stream[] = {0x92, 0xbd, 0xd2, 0x8a, 0x93, 0xc3, 0xf5, 0x25, 0x11, 0xc6, 0x77,
                                         0xd0, 0x8b, 0x55, 0x15, 0xa4, 0x9d, 0xa7, 0x1b, 0x23, 0x78, 0xa8,
                                         0x54, 0xf6, 0x70, 0x50, 0x75, 0x6d, 0xed, 0x16, 0x5b, 0xac};
static const srtp_cipher_test_case_t ctr_128_test = {.key_length_octets = sizeof ctr_128_key,
                                                     .key = ctr_128_key,
                                                     .idx = ctr_iv,
                                                     .plaintext_length_octets = sizeof ctr_text,
                                                     .plaintext = ctr_text,
                                                     .ciphertext_length_octets = sizeof ctr_128_stream,
                                                     .ciphertext = ctr_128_stream};
static const srtp_cipher_test_case_t ctr_256_test = {.key_length_octets = sizeof ctr_256_key,
                                                     .key = ctr_256_key,
                                                     .idx = ctr_iv,
                                                     .plaintext_length_octets = sizeof ctr_text,
                                                     .plaintext = ctr_text,
                                                     .ciphertext_length_octets = sizeof ctr_256_stream,
                                                     .ciphertext = ctr_256_stream};

// NIST's GCM test cases 4 and 16; libsrtp appends the salt to the key and the tag to the text.
#define GCM_KEY 0xfe, 0xff, 0xe9, 0x92, 0x86, 0x65, 0x73, 0x1c, 0x6d, 0x6a, 0x8f, 0x94, 0x67, 0x30, 0x83, 0x08
#define GCM_SALT 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
static const uint8_t gcm_128_key[] = {GCM_KEY, GCM_SALT};
static const uint8_t gcm_256_key[] = {GCM_KEY, GCM_KEY, GCM_SALT};
static uint8_t gcm_iv[] = {0xca, 0xfe, 0xba, 0xbe, 0xfa, 0xce, 0xdb, 0xad, 0xde, 0xca, 0xf8, 0x88};
static const uint8_t gcm_aad[] = {0xfe, 0xed, 0xfa, 0xce, 0xde, 0xad, 0xbe, 0xef, 0xfe, 0xed,
                                  0xfa, 0xce, 0xde, 0xad, 0xbe, 0xef, 0xab, 0xad, 0xda, 0xd2};
static const uint8_t gcm_text[] = {0xd9, 0x31, 0x32, 0x25, 0xf8, 0x84, 0x06, 0xe5, 0xa5, 0x59, 0x09, 0xc5,
                                   0xaf, 0xf5, 0x26, 0x9a, 0x86, 0xa7, 0xa9, 0x53, 0x15, 0x34, 0xf7, 0xda,
                                   0x2e, 0x4c, 0x30, 0x3d, 0x8a, 0x31, 0x8a, 0x72, 0x1c, 0x3c, 0x0c, 0x95,
                                   0x95, 0x68, 0x09, 0x53, 0x2f, 0xcf, 0x0e, 0x24, 0x49, 0xa6, 0xb5, 0x25,
                                   0xb1, 0x6a, 0xed, 0xf5, 0xaa, 0x0d, 0xe6, 0x57, 0xba, 0x63, 0x7b, 0x39};
static const uint8_t gcm_128_sealed[] = {
    0x42, 0x83, 0x1e, 0xc2, 0x21, 0x77, 0x74, 0x24, 0x4b, 0x72, 0x21, 0xb7, 0x84, 0xd0, 0xd4, 0x9c, 0xe3, 0xaa, 0x21,
    0x2f, 0x2c, 0x02, 0xa4, 0xe0, 0x35, 0xc1, 0x7e, 0x23, 0x29, 0xac, 0xa1, 0x2e, 0x21, 0xd5, 0x14, 0xb2, 0x54, 0x66,
    0x93, 0x1c, 0x7d, 0x8f, 0x6a, 0x5a, 0xac, 0x84, 0xaa, 0x05, 0x1b, 0xa3, 0x0b, 0x39, 0x6a, 0x0a, 0xac, 0x97, 0x3d,
    0x58, 0xe0, 0x91, 0x5b, 0xc9, 0x4f, 0xbc, 0x32, 0x21, 0xa5, 0xdb, 0x94, 0xfa, 0xe9, 0x5a, 0xe7, 0x12, 0x1a, 0x47};
static const uint8_t gcm_256_sealed[] = {
    0x52, 0x2d, 0xc1, 0xf0, 0x99, 0x56, 0x7d, 0x07, 0xf4, 0x7f, 0x37, 0xa3, 0x2a, 0x84, 0x42, 0x7d, 0x64, 0x3a, 0x8c,
    0xdc, 0xbf, 0xe5, 0xc0, 0xc9, 0x75, 0x98, 0xa2, 0xbd, 0x25, 0x55, 0xd1, 0xaa, 0x8c, 0xb0, 0x8e, 0x48, 0x59, 0x0d,
    0xbb, 0x3d, 0xa7, 0xb0, 0x8b, 0x10, 0x56, 0x82, 0x88, 0x38, 0xc5, 0xf6, 0x1e, 0x63, 0x93, 0xba, 0x7a, 0x0a, 0xbc,
    0xc9, 0xf6, 0x62, 0x76, 0xfc, 0x6e, 0xce, 0x0f, 0x4e, 0x17, 0x68, 0xcd, 0xdf, 0x88, 0x53, 0xbb, 0x2d, 0x55, 0x1b};
static const srtp_cipher_test_case_t gcm_128_test = {.key_length_octets = sizeof gcm_128_key,
                                                     .key = gcm_128_key,
                                                     .idx = gcm_iv,
                                                     .plaintext_length_octets = sizeof gcm_text,
                                                     .plaintext = gcm_text,
                                                     .ciphertext_length_octets = sizeof gcm_128_sealed,
                                                     .ciphertext = gcm_128_sealed,
                                                     .aad_length_octets = sizeof gcm_aad,
                                                     .aad = gcm_aad,
                                                     .tag_length_octets = GCM_TAG_MAX};
static const srtp_cipher_test_case_t gcm_256_test = {.key_length_octets = sizeof gcm_256_key,
                                                     .key = gcm_256_key,
                                                     .idx = gcm_iv,
                                                     .plaintext_length_octets = sizeof gcm_text,
                                                     .plaintext = gcm_text,
                                                     .ciphertext_length_octets = sizeof gcm_256_sealed,
                                                     .ciphertext = gcm_256_sealed,
                                                     .aad_length_octets = sizeof gcm_aad,
                                                     .aad = gcm_aad,
                                                     .tag_length_octets = GCM_TAG_MAX};

// RFC 2202 test case 2.
static const uint8_t hmac_tag[] = {0xef, 0xfc, 0xdf, 0x6a, 0xe5, 0xeb, 0x2f, 0xa2, 0xd2, 0x74,
                                   0x16, 0xd5, 0xf1, 0x84, 0xdf, 0x9c, 0x25, 0x9a, 0x7c, 0x79};
static const srtp_auth_test_case_t hmac_test = {.key_length_octets = 4,
                                                .key = (const uint8_t *)"Jefe",
                                                .data_length_octets = 28,
                                                .data = (const uint8_t *)"what do ya want for nothing?",
                                                .tag_length_octets = sizeof hmac_tag,
                                                .tag = hmac_tag};

// ---- the types

static srtp_err_status_t ctr_128_alloc(srtp_cipher_t **out, int key_len, int tag_len) {
    return cipher_new(out, ctr_128, &ctr_128_type, key_len, tag_len);
}
static srtp_err_status_t ctr_256_alloc(srtp_cipher_t **out, int key_len, int tag_len) {
    return cipher_new(out, ctr_256, &ctr_256_type, key_len, tag_len);
}
static srtp_err_status_t gcm_128_alloc(srtp_cipher_t **out, int key_len, int tag_len) {
    return cipher_new(out, gcm_128, &gcm_128_type, key_len, tag_len);
}
static srtp_err_status_t gcm_256_alloc(srtp_cipher_t **out, int key_len, int tag_len) {
    return cipher_new(out, gcm_256, &gcm_256_type, key_len, tag_len);
}

#define CTR_TYPE(name_alloc, name, vectors, number)                                                                    \
    {                                                                                                                  \
        .alloc = name_alloc, .dealloc = cipher_free, .init = ctr_init, .encrypt = ctr_crypt, .decrypt = ctr_crypt,     \
        .set_iv = ctr_set_iv, .description = name, .test_data = vectors, .id = number                                  \
    }
#define GCM_TYPE(name_alloc, name, vectors, number)                                                                    \
    {                                                                                                                  \
        .alloc = name_alloc, .dealloc = cipher_free, .init = gcm_init, .set_aad = gcm_set_aad, .encrypt = gcm_encrypt, \
        .decrypt = gcm_decrypt, .set_iv = gcm_set_iv, .get_tag = gcm_get_tag, .description = name,                     \
        .test_data = vectors, .id = number                                                                             \
    }

static const srtp_cipher_type_t ctr_128_type =
    CTR_TYPE(ctr_128_alloc, "AES-128-CM (EVP)", &ctr_128_test, SRTP_AES_ICM_128);
static const srtp_cipher_type_t ctr_256_type =
    CTR_TYPE(ctr_256_alloc, "AES-256-CM (EVP)", &ctr_256_test, SRTP_AES_ICM_256);
static const srtp_cipher_type_t gcm_128_type =
    GCM_TYPE(gcm_128_alloc, "AES-128-GCM (EVP)", &gcm_128_test, SRTP_AES_GCM_128);
static const srtp_cipher_type_t gcm_256_type =
    GCM_TYPE(gcm_256_alloc, "AES-256-GCM (EVP)", &gcm_256_test, SRTP_AES_GCM_256);
static const srtp_auth_type_t hmac_type = {.alloc = hmac_alloc,
                                           .dealloc = hmac_free,
                                           .init = hmac_init,
                                           .compute = hmac_compute,
                                           .update = hmac_update,
                                           .start = hmac_start,
                                           .description = "HMAC-SHA1 (OpenSSL)",
                                           .test_data = &hmac_test,
                                           .id = SRTP_HMAC_SHA1};

int cw_srtp_ciphers_install(void) {
    ctr_128 = EVP_CIPHER_fetch(NULL, "AES-128-CTR", NULL);
    ctr_256 = EVP_CIPHER_fetch(NULL, "AES-256-CTR", NULL);
    gcm_128 = EVP_CIPHER_fetch(NULL, "AES-128-GCM", NULL);
    gcm_256 = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
    if (!ctr_128 || !ctr_256 || !gcm_128 || !gcm_256) return CW_EIO;
    const srtp_cipher_type_t *ciphers[] = {&ctr_128_type, &ctr_256_type, &gcm_128_type, &gcm_256_type};
    for (size_t i = 0; i < sizeof ciphers / sizeof *ciphers; i++)
        if (srtp_replace_cipher_type(ciphers[i], ciphers[i]->id) != srtp_err_status_ok) return CW_EIO;
    return srtp_replace_auth_type(&hmac_type, SRTP_HMAC_SHA1) == srtp_err_status_ok ? 0 : CW_EIO;
}
