// Offer/answer: the input is a remote offer to answer, and a remote answer to our offer, as a browser and as a phone.
// After a line "%%" comes the remote side's next description.
#include "proto/jsep.h"

#include <stdlib.h>

#define PRINT                                                                                                          \
    "sha-256 "                                                                                                         \
    "00:01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0F:10:11:12:13:14:15:16:17:18:19:1A:1B:1C:1D:1E:1F"

struct text {
    const char *at;
    size_t len;
};

static struct cw_jsep *make(enum cw_jsep_profile profile) {
    struct cw_jsep_config config = {.profile = profile, .session_id = 1};
    struct cw_jsep *jsep = NULL;
    config.caps = profile == CW_JSEP_SIP ? &cw_jsep_caps_sip : &cw_jsep_caps_webrtc;
    if (cw_jsep_new(&jsep, &config) < 0) abort();
    return jsep;
}

static struct cw_jsep_opts options(const char *ufrag) {
    struct cw_jsep_opts opts = {.local = {.ice_ufrag = ufrag, .ice_pwd = "0123456789012345678901"}};
    if (cw_sdp_fingerprint_parse(&opts.local.fingerprint, PRINT) < 0) abort();
    if (cw_addr_parse(&opts.local.rtp[CW_KIND_AUDIO], "192.0.2.1", 30000) < 0) abort();
    return opts;
}

// Touches everything that a caller reads.
static void read_result(const struct cw_jsep *jsep) {
    size_t sum = 0;
    for (size_t i = 0; i < cw_jsep_media_count(jsep); i++) {
        const struct cw_jsep_media *media = cw_jsep_media_at(jsep, i);
        if (!media->transport || (!media->rejected && media->kind <= CW_KIND_VIDEO && !media->codec_count)) abort();
        for (size_t c = 0; c < media->codec_count; c++)
            sum += strlen(media->codecs[c].codec->name) +
                   (media->codecs[c].fmtp_send ? strlen(media->codecs[c].fmtp_send) : 0);
        for (size_t e = 0; e < media->extmap_count; e++) sum += strlen(media->extmaps[e].uri);
        for (size_t s = 0; s < media->ssrc_count; s++) sum += media->ssrcs[s].cname ? strlen(media->ssrcs[s].cname) : 0;
        for (size_t r = 0; r < media->rid_count; r++) sum += strlen(media->rids[r].rid);
        sum += strlen(media->mid) + media->transport->candidate_count + media->transport->fingerprint_count;
    }
    if (sum == (size_t)-1) abort();
}

// A description of ours that we cannot read ourselves.
static void check_error(const struct cw_jsep_error *error) {
    if (!error->code || strcmp(error->code, "bad_sdp") == 0 || strcmp(error->code, "no_memory") == 0) abort();
}

static void take_offer(struct cw_jsep *jsep, const struct text *text, const char *ufrag) {
    struct cw_jsep_opts opts = options(ufrag);
    struct cw_jsep_error error;
    char *made = NULL;
    if (cw_jsep_set_remote(jsep, CW_JSEP_OFFER, text->at, text->len, &error) < 0) {
        if (!error.code || cw_jsep_state(jsep) != CW_JSEP_STABLE) abort();
        return;
    }
    size_t count = cw_jsep_media_count(jsep);
    read_result(jsep);
    if (cw_jsep_create_answer(jsep, &opts, &made, &error) < 0) {
        check_error(&error);
        if (cw_jsep_rollback(jsep, &error) < 0) abort();
        return;
    }
    if (cw_jsep_media_count(jsep) != count) abort();
    read_result(jsep);
    free(made);
}

static void offer_and_take_answer(struct cw_jsep *jsep, const struct text *text, const char *ufrag, bool first) {
    static const struct cw_jsep_want wants[] = {{.mline = -1, .kind = CW_KIND_AUDIO, .dir = CW_SDP_SENDRECV},
                                                {.mline = -1, .kind = CW_KIND_VIDEO, .dir = CW_SDP_SENDRECV},
                                                {.mline = -1, .kind = CW_KIND_APPLICATION, .dir = CW_SDP_SENDRECV}};
    struct cw_jsep_opts opts = options(ufrag);
    struct cw_jsep_error error;
    char *made = NULL;
    opts.wants = wants;
    if (first) opts.want_count = ufrag[0] == 'p' ? 1 : 3; // a phone has audio only
    if (cw_jsep_create_offer(jsep, &opts, &made, &error) < 0) {
        check_error(&error);
        return;
    }
    read_result(jsep);
    free(made);
    if (cw_jsep_set_remote(jsep, CW_JSEP_PRANSWER, text->at, text->len, &error) == 0) read_result(jsep);
    if (cw_jsep_set_remote(jsep, CW_JSEP_ANSWER, text->at, text->len, &error) == 0)
        read_result(jsep);
    else if (cw_jsep_rollback(jsep, &error) < 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const char *start = (const char *)data, *cut = memmem(data, size, "\n%%\n", 4);
    struct text first = {start, cut ? (size_t)(cut - start) : size};
    struct text second = cut ? (struct text){cut + 4, size - first.len - 4} : first;
    for (int profile = CW_JSEP_WEBRTC; profile <= CW_JSEP_SIP; profile++) {
        bool phone = profile == CW_JSEP_SIP;
        struct cw_jsep *jsep = make((enum cw_jsep_profile)profile);
        take_offer(jsep, &first, "aaaa");
        take_offer(jsep, &second, "bbbb");
        offer_and_take_answer(jsep, &first, "cccc", false);
        cw_jsep_free(jsep);
        jsep = make((enum cw_jsep_profile)profile);
        offer_and_take_answer(jsep, &first, phone ? "pppp" : "aaaa", true);
        take_offer(jsep, &second, "bbbb");
        cw_jsep_free(jsep);
    }
    return 0;
}
