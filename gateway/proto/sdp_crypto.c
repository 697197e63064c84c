// Keys and fingerprints in SDP: a=crypto (RFC 4568), a=fingerprint (RFC 8122).
#include "proto/sdp_impl.h"

const char *cw_sdp_attr_crypto(struct cw_sdp_parser *parser, struct cw_sdp_media *media, const char *value) {
    struct cw_sdes key;
    int err = cw_sdes_parse(&key, value);
    if (err == CW_EUNSUPPORTED) return NULL;
    if (err < 0) return "crypto is malformed";
    CW_SDP_PUSH(parser->pool, media->cryptos, media->crypto_count, key);
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

// Bytes of a digest; 0: a hash we do not know.
static size_t digest_len(const char *hash) {
    if (strcmp(hash, "sha-1") == 0) return 20;
    if (strcmp(hash, "sha-256") == 0) return 32;
    if (strcmp(hash, "sha-384") == 0) return 48;
    return strcmp(hash, "sha-512") == 0 ? 64 : 0;
}

int cw_sdp_fingerprint_parse(struct cw_sdp_fingerprint *out, const char *text) {
    struct cw_sdp_fingerprint made = {0};
    struct cw_sdp_word hash, hex;
    if (!cw_sdp_word_next(&text, &hash) || !cw_sdp_word_copy(&hash, made.hash, sizeof made.hash)) return CW_EFORMAT;
    if (!cw_sdp_is_token(made.hash) || !cw_sdp_word_next(&text, &hex)) return CW_EFORMAT;
    if (hex.len % 3 != 2 || hex.len >= 3 * CW_SDP_DIGEST_SIZE) return CW_EFORMAT;
    for (size_t i = 0; i < hex.len; i += 3) {
        int high = hex_digit(hex.at[i]), low = hex_digit(hex.at[i + 1]);
        if (high < 0 || low < 0 || (i + 2 < hex.len && hex.at[i + 2] != ':')) return CW_EFORMAT;
        made.digest[made.digest_len++] = (uint8_t)(high << 4 | low);
    }
    lower(made.hash);
    if (digest_len(made.hash) && digest_len(made.hash) != made.digest_len) return CW_EFORMAT;
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
