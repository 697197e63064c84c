// Words and numbers of a line of SDP. Inner header of the SDP and JSEP files.
#ifndef CW_PROTO_SDP_TEXT_H
#define CW_PROTO_SDP_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cw_sdp_word {
    const char *at;
    size_t len;
};

// The next run without blanks; moves the cursor behind it. False at the end.
bool cw_sdp_word_next(const char **cursor, struct cw_sdp_word *word);
// The same, ended by `stop` as well, which is skipped.
bool cw_sdp_word_until(const char **cursor, char stop, struct cw_sdp_word *word);
bool cw_sdp_word_is(const struct cw_sdp_word *word, const char *text);      // exact
bool cw_sdp_word_is_like(const struct cw_sdp_word *word, const char *text); // without case
// All decimal digits and at most max.
bool cw_sdp_word_uint(const struct cw_sdp_word *word, uint64_t max, uint64_t *out);
bool cw_sdp_word_copy(const struct cw_sdp_word *word, char *out, size_t cap); // false if it does not fit
bool cw_sdp_word_is_token(const struct cw_sdp_word *word);                    // RFC 8866 §9
bool cw_sdp_is_token(const char *text);                                       // NULL: false
bool cw_sdp_is_ice_text(const char *text, size_t min, size_t max);            // RFC 8839 ice-char, by length

#endif
