// Keys and fingerprints in SDP: a=crypto (RFC 4568), a=fingerprint (RFC 8122).
#include "proto/sdp_impl.h"

#include <openssl/evp.h>

static const struct {
    enum cw_sdes_suite suite;
    const char *name;
    uint8_t key_len; // master key and salt
} suites[] = {
    {CW_SDES_AES_CM_128_HMAC_SHA1_80, "AES_CM_128_HMAC_SHA1_80", 30},
    {CW_SDES_AES_CM_128_HMAC_SHA1_32, "AES_CM_128_HMAC_SHA1_32", 30},
    {CW_SDES_AEAD_AES_128_GCM, "AEAD_AES_128_GCM", 28},
    {CW_SDES_AEAD_AES_256_GCM, "AEAD_AES_256_GCM", 44},
};
#define SUITE_COUNT (sizeof suites / sizeof *suites)

enum { KEY_BASE64_SIZE = 64 }; // 44 bytes make 60 characters

const char *cw_sdes_suite_name(enum cw_sdes_suite suite) {
    for (size_t i = 0; i < SUITE_COUNT; i++)
        if (suites[i].suite == suite) return suites[i].name;
    return "unknown";
}

enum cw_sdes_suite cw_sdes_suite_by_name(const char *name, size_t len) {
    for (size_t i = 0; i < SUITE_COUNT; i++)
        if (cw_sdp_word_is_like(&(struct cw_sdp_word){name, len}, suites[i].name)) return suites[i].suite;
    return CW_SDES_UNKNOWN;
}

size_t cw_sdes_key_len(enum cw_sdes_suite suite) {
    for (size_t i = 0; i < SUITE_COUNT; i++)
        if (suites[i].suite == suite) return suites[i].key_len;
    return 0;
}

// Base64 of exactly key_len bytes, with or without its padding.
static bool decode_key(struct cw_sdes_key *key, const struct cw_sdp_word *text) {
    unsigned char padded[KEY_BASE64_SIZE + 4], bytes[KEY_BASE64_SIZE];
    size_t want = cw_sdes_key_len(key->suite), len = text->len;
    while (len && text->at[len - 1] == '=') len--;
    if (want == 0 || len != (want * 4 + 2) / 3 || len > KEY_BASE64_SIZE) return false;
    memcpy(padded, text->at, len);
    while (len % 4) padded[len++] = '=';
    if (EVP_DecodeBlock(bytes, padded, (int)len) < (int)want) return false;
    memcpy(key->key, bytes, want);
    key->key_len = (uint8_t)want;
    return true;
}

// "inline:KEY", "inline:KEY|2^20": usable; with an MKI ("|1:4") or a second key: not.
static bool parse_key_params(struct cw_sdes_key *key, const struct cw_sdp_word *params) {
    struct cw_sdp_word text = {params->at + 7, 0};
    if (params->len < 7 || strncmp(params->at, "inline:", 7) != 0) return false;
    size_t left = params->len - 7;
    while (text.len < left && text.at[text.len] != '|' && text.at[text.len] != ';') text.len++;
    if (memchr(text.at + text.len, ':', left - text.len) || memchr(text.at, ';', left)) return false;
    return decode_key(key, &text);
}

const char *cw_sdp_attr_crypto(struct cw_sdp_parser *parser, struct cw_sdp_media *media, const char *value) {
    struct cw_sdp_crypto crypto = {0};
    struct cw_sdp_word tag, suite, params, session;
    uint64_t number;
    cw_sdp_word_next(&value, &tag);
    if (!cw_sdp_word_uint(&tag, 999999999, &number)) return "crypto tag is not a number";
    if (!cw_sdp_word_next(&value, &suite) || !cw_sdp_word_next(&value, &params)) return "crypto has no key";
    crypto.key.tag = (uint32_t)number;
    crypto.key.suite = cw_sdes_suite_by_name(suite.at, suite.len);
    crypto.usable = parse_key_params(&crypto.key, &params) && !cw_sdp_word_next(&value, &session);
    CW_SDP_PUSH(parser->pool, media->cryptos, media->crypto_count, crypto);
    return NULL;
}

static int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;
}

static void lower(char *text) {
    for (; *text; text++)
        if (*text >= 'A' && *text <= 'Z') *text = (char)(*text + 32);
}

int cw_sdp_fingerprint_parse(struct cw_sdp_fingerprint *out, const char *text) {
    struct cw_sdp_fingerprint made = {0};
    struct cw_sdp_word hash, hex;
    if (!cw_sdp_word_next(&text, &hash) || !cw_sdp_word_copy(&hash, made.hash, sizeof made.hash)) return CW_EFORMAT;
    if (!cw_sdp_is_token(made.hash) || !cw_sdp_word_next(&text, &hex)) return CW_EFORMAT;
    if (hex.len % 3 != 2 || hex.len > 3 * CW_SDP_DIGEST_SIZE) return CW_EFORMAT;
    for (size_t i = 0; i < hex.len; i += 3) {
        int high = hex_digit(hex.at[i]), low = hex_digit(hex.at[i + 1]);
        if (high < 0 || low < 0 || (i + 2 < hex.len && hex.at[i + 2] != ':')) return CW_EFORMAT;
        made.digest[made.digest_len++] = (uint8_t)(high << 4 | low);
    }
    lower(made.hash);
    *out = made;
    return CW_OK;
}

const char *cw_sdp_fingerprint_print(const struct cw_sdp_fingerprint *fingerprint, char *out) {
    static const char digits[] = "0123456789ABCDEF";
    char *p = out;
    for (const char *hash = fingerprint->hash; *hash; hash++) *p++ = *hash;
    for (size_t i = 0; i < fingerprint->digest_len; i++) {
        *p++ = i ? ':' : ' ';
        *p++ = digits[fingerprint->digest[i] >> 4];
        *p++ = digits[fingerprint->digest[i] & 15];
    }
    *p = '\0';
    return out;
}

const char *cw_sdp_attr_fingerprint(struct cw_sdp_parser *parser, struct cw_sdp_media *media, const char *value) {
    struct cw_sdp_fingerprint fingerprint;
    if (cw_sdp_fingerprint_parse(&fingerprint, value) < 0) return "fingerprint is malformed";
    if (parser->media && !parser->own_fingerprints) { // RFC 8122 §5: a section's own replace the session's
        parser->own_fingerprints = true;
        media->fingerprints = NULL;
        media->fingerprint_count = 0;
    }
    CW_SDP_PUSH(parser->pool, media->fingerprints, media->fingerprint_count, fingerprint);
    return NULL;
}
