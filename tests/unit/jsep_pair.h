// Two negotiations that talk to each other, and what their tests share.
#ifndef CW_TEST_JSEP_PAIR_H
#define CW_TEST_JSEP_PAIR_H

#include "proto/jsep.h"
#include "sdp_text.h"
#include "test.h"

#define PWD "0123456789012345678901"
#define PRINT                                                                                                          \
    "sha-256 "                                                                                                         \
    "00:01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0F:10:11:12:13:14:15:16:17:18:19:1A:1B:1C:1D:1E:1F"

static struct cw_jsep_error wrong; // of the last call

static inline struct cw_jsep *make_jsep(enum cw_jsep_profile profile, const struct cw_jsep_caps *caps, bool lite) {
    struct cw_jsep_config config = {.profile = profile,
                                    .caps = caps,
                                    .ice_lite = lite,
                                    .session_id = 4711,
                                    .cname = "cname",
                                    .stream_id = "stream"};
    struct cw_jsep *jsep = NULL;
    CHECK_INT(cw_jsep_new(&jsep, &config), 0);
    return jsep;
}

static inline struct cw_jsep *make_webrtc(void) { return make_jsep(CW_JSEP_WEBRTC, &cw_jsep_caps_webrtc, true); }

static inline struct cw_jsep_opts webrtc_opts(const char *ufrag) {
    struct cw_jsep_opts opts = {.local = {.ice_ufrag = ufrag, .ice_pwd = PWD}};
    cw_sdp_fingerprint_parse(&opts.local.fingerprint, PRINT);
    return opts;
}

static inline struct cw_jsep_opts sip_opts(const char *ip, uint16_t port) {
    struct cw_jsep_opts opts = {0};
    cw_addr_parse(&opts.local.rtp[CW_KIND_AUDIO], ip, port);
    return opts;
}

// Audio, video, data.
__attribute__((unused)) static const struct cw_jsep_want three[] = {
    {.mline = -1, .kind = CW_KIND_AUDIO, .dir = CW_SDP_SENDRECV},
    {.mline = -1, .kind = CW_KIND_VIDEO, .dir = CW_SDP_SENDONLY},
    {.mline = -1, .kind = CW_KIND_APPLICATION, .dir = CW_SDP_SENDRECV},
};

static inline struct cw_jsep_opts with_wants(struct cw_jsep_opts opts, const struct cw_jsep_want *wants, size_t count) {
    opts.wants = wants;
    opts.want_count = count;
    return opts;
}

static inline int set(struct cw_jsep *jsep, enum cw_jsep_type type, const char *text) {
    int err = cw_jsep_set_remote(jsep, type, text, strlen(text), &wrong);
    return err;
}

// The answer's text, or "" (and a failed check).
static inline char *answer(struct cw_jsep *jsep, const struct cw_jsep_opts *opts) {
    char *text = NULL;
    int err = cw_jsep_create_answer(jsep, opts, &text, &wrong);
    if (err < 0) printf("# %s, m-line %d: %s\n", wrong.code, wrong.mline, wrong.detail);
    CHECK_INT(err, 0);
    return text ? text : calloc(1, 1);
}

static inline char *offer(struct cw_jsep *jsep, const struct cw_jsep_opts *opts) {
    char *text = NULL;
    int err = cw_jsep_create_offer(jsep, opts, &text, &wrong);
    if (err < 0) printf("# %s, m-line %d: %s\n", wrong.code, wrong.mline, wrong.detail);
    CHECK_INT(err, 0);
    return text ? text : calloc(1, 1);
}

// offerer offers, answerer answers, both end in stable. Texts are checked to parse, then freed.
static inline void exchange(struct cw_jsep *offerer, const struct cw_jsep_opts *offer_opts, struct cw_jsep *answerer,
                            const struct cw_jsep_opts *answer_opts) {
    char *offered = offer(offerer, offer_opts);
    CHECK_INT(set(answerer, CW_JSEP_OFFER, offered), 0);
    char *answered = answer(answerer, answer_opts);
    CHECK_INT(set(offerer, CW_JSEP_ANSWER, answered), 0);
    if (wrong.code) printf("# %s line %d: %s\n", wrong.code, wrong.line, wrong.detail);
    CHECK_INT(cw_jsep_state(offerer), CW_JSEP_STABLE);
    CHECK_INT(cw_jsep_state(answerer), CW_JSEP_STABLE);
    free(offered);
    free(answered);
}

static inline bool has(const char *text, const char *part) {
    bool found = strstr(text, part) != NULL;
    if (!found) printf("# not found: %s\n%s\n", part, text);
    return found;
}

static inline size_t count_of(const char *text, const char *part) {
    size_t count = 0;
    for (; (text = strstr(text, part)); text += strlen(part)) count++;
    return count;
}

#endif
