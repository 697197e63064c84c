// a=crypto lines.
#include "proto/srtp_sdes.h"

#include <openssl/evp.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/err.h"
#include "base/random.h"

#define TAG_DIGITS 9
#define KEY_TEXT_MAX 64 // base64 of CW_SRTP_KEY_MAX bytes and a NUL fit

// The next word, ended by a blank or the end. Moves *at behind it.
static size_t next_word(const char **at, const char **word) {
    *word = *at + strspn(*at, " ");
    size_t len = strcspn(*word, " \r\n");
    *at = *word + len;
    return len;
}

static bool parse_tag(const char *s, size_t len, uint32_t *out) {
    uint32_t v = 0;
    if (!len || len > TAG_DIGITS) return false;
    for (size_t i = 0; i < len; i++) {
        if (s[i] < '0' || s[i] > '9') return false;
        v = v * 10 + (uint32_t)(s[i] - '0');
    }
    *out = v;
    return true;
}

static enum cw_srtp_profile find_suite(const char *s, size_t len) {
    for (int p = CW_SRTP_NONE + 1; p < CW_SRTP_PROFILE_COUNT; p++) {
        const char *name = cw_srtp_profile_name((enum cw_srtp_profile)p);
        if (strlen(name) == len && strncasecmp(name, s, len) == 0) return (enum cw_srtp_profile)p;
    }
    return CW_SRTP_NONE;
}

// "|2^20", "|1048576": the lifetime. A field with ':' is an MKI, and ';' begins a second key.
static int check_fields(const char *s, size_t len) {
    size_t fields = 0;
    for (size_t i = 0; i < len; i++) {
        if (s[i] == ';' || s[i] == ':') return CW_EUNSUPPORTED;
        fields += s[i] == '|';
        if (!strchr("|^0123456789", s[i])) return CW_EFORMAT;
    }
    return fields > 1 ? CW_EFORMAT : 0;
}

// "inline:" base64 and its fields.
static int parse_key(const char *s, size_t len, size_t want, struct cw_srtp_key *out) {
    static const char method[] = "inline:";
    if (len < sizeof method || strncasecmp(s, method, sizeof method - 1) != 0) return CW_EFORMAT;
    s += sizeof method - 1;
    len -= sizeof method - 1;
    size_t text = 0;
    while (text < len && s[text] != '|' && s[text] != ';') text++;
    int err = check_fields(s + text, len - text);
    if (err) return err;

    // Some phones leave the padding out; the decoder wants it.
    size_t digits = text;
    while (digits && s[digits - 1] == '=') digits--;
    if (text - digits > 2 || digits != (want * 4 + 2) / 3) return CW_EFORMAT;
    char padded[KEY_TEXT_MAX];
    uint8_t bytes[KEY_TEXT_MAX];
    size_t total = (digits + 3) / 4 * 4;
    memset(padded, '=', sizeof padded);
    memcpy(padded, s, digits);
    if (EVP_DecodeBlock(bytes, (const uint8_t *)padded, (int)total) < (int)want) return CW_EFORMAT;
    memset(out, 0, sizeof *out);
    memcpy(out->bytes, bytes, want);
    explicit_bzero(bytes, sizeof bytes);
    explicit_bzero(padded, sizeof padded);
    return 0;
}

// WSH is advice and "-NAME" may be ignored (RFC 4568 §6.3); the others change the packets.
static int check_parameters(const char *at) {
    const char *word;
    size_t len;
    while ((len = next_word(&at, &word)) > 0) {
        if (word[0] == '-') continue;
        if (len > 4 && strncasecmp(word, "WSH=", 4) == 0) continue;
        return CW_EUNSUPPORTED;
    }
    return 0;
}

int cw_sdes_parse(struct cw_sdes *out, const char *value) {
    struct cw_sdes sdes = {0};
    const char *word;
    size_t len = next_word(&value, &word);
    if (!parse_tag(word, len, &sdes.tag)) return CW_EFORMAT;
    len = next_word(&value, &word);
    if (!len) return CW_EFORMAT;
    sdes.profile = find_suite(word, len);
    if (sdes.profile == CW_SRTP_NONE) return CW_EUNSUPPORTED;
    len = next_word(&value, &word);
    size_t want = cw_srtp_key_len(sdes.profile) + cw_srtp_salt_len(sdes.profile);
    int err = parse_key(word, len, want, &sdes.key);
    if (!err) err = check_parameters(value);
    if (!err) *out = sdes;
    explicit_bzero(&sdes, sizeof sdes);
    return err;
}

int cw_sdes_write(const struct cw_sdes *sdes, char *out, size_t cap) {
    char text[KEY_TEXT_MAX];
    int len = (int)(cw_srtp_key_len(sdes->profile) + cw_srtp_salt_len(sdes->profile));
    EVP_EncodeBlock((uint8_t *)text, sdes->key.bytes, len);
    int n = snprintf(out, cap, "%u %s inline:%s", sdes->tag, cw_srtp_profile_name(sdes->profile), text);
    explicit_bzero(text, sizeof text);
    return n >= 0 && (size_t)n < cap ? 0 : CW_ETOOBIG;
}

int cw_sdes_make(struct cw_sdes *out, uint32_t tag, enum cw_srtp_profile profile) {
    size_t len = cw_srtp_key_len(profile) + cw_srtp_salt_len(profile);
    if (!len) return CW_EINVAL;
    *out = (struct cw_sdes){.tag = tag, .profile = profile};
    cw_random_bytes(out->key.bytes, len);
    return 0;
}
