// Words and numbers of a line of SDP.
#include "proto/sdp_text.h"

#include <string.h>
#include <strings.h>

static bool is_alnum(char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }

bool cw_sdp_word_next(const char **cursor, struct cw_sdp_word *word) {
    const char *p = *cursor + strspn(*cursor, " \t");
    *word = (struct cw_sdp_word){p, strcspn(p, " \t")};
    *cursor = p + word->len;
    return word->len > 0;
}

bool cw_sdp_word_until(const char **cursor, char stop, struct cw_sdp_word *word) {
    const char stops[] = {' ', '\t', stop, '\0'};
    const char *p = *cursor + strspn(*cursor, " \t");
    *word = (struct cw_sdp_word){p, strcspn(p, stops)};
    *cursor = p + word->len;
    if (**cursor == stop && stop) ++*cursor;
    return word->len > 0;
}

bool cw_sdp_word_is(const struct cw_sdp_word *word, const char *text) {
    return strlen(text) == word->len && memcmp(word->at, text, word->len) == 0;
}

bool cw_sdp_word_is_like(const struct cw_sdp_word *word, const char *text) {
    return strlen(text) == word->len && strncasecmp(word->at, text, word->len) == 0;
}

bool cw_sdp_word_uint(const struct cw_sdp_word *word, uint64_t max, uint64_t *out) {
    uint64_t value = 0;
    for (size_t i = 0; i < word->len; i++) {
        unsigned digit = (unsigned char)word->at[i] - (unsigned)'0';
        if (digit > 9 || value > (max - digit) / 10) return false;
        value = value * 10 + digit;
    }
    if (word->len == 0) return false;
    *out = value;
    return true;
}

bool cw_sdp_word_copy(const struct cw_sdp_word *word, char *out, size_t cap) {
    if (word->len >= cap) return false;
    memcpy(out, word->at, word->len);
    out[word->len] = '\0';
    return true;
}

bool cw_sdp_word_is_token(const struct cw_sdp_word *word) {
    for (size_t i = 0; i < word->len; i++) {
        char c = word->at[i];
        if (!is_alnum(c) && (c == '\0' || !strchr("!#$%&'*+-.^_`{|}~", c))) return false;
    }
    return word->len > 0;
}

bool cw_sdp_is_token(const char *text) {
    return text && cw_sdp_word_is_token(&(struct cw_sdp_word){text, strlen(text)});
}

bool cw_sdp_is_ice_text(const char *text, size_t min, size_t max) {
    size_t len = text ? strlen(text) : 0;
    for (size_t i = 0; i < len; i++)
        if (!is_alnum(text[i]) && text[i] != '+' && text[i] != '/') return false;
    return text && len >= min && len <= max;
}
