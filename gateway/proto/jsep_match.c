// Which payload formats an m-line gets: the offer's against our capabilities and the call's filter.
#include "proto/jsep_impl.h"

#include <stdlib.h>
#include <strings.h>

#define H264_OFFER "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f"

int cw_jsep_filter_rank(const char *const *filter, const char *name, uint32_t clock_hz) {
    const struct cw_codec *codec = cw_codec_by_name(name, clock_hz);
    for (int rank = 0; filter && filter[rank]; rank++) {
        size_t len = strcspn(filter[rank], "/");
        const char *clock = filter[rank][len] ? filter[rank] + len + 1 : NULL;
        if (len != strlen(name) || strncasecmp(filter[rank], name, len) != 0) continue;
        unsigned long wanted = clock ? strtoul(clock, NULL, 10) : clock_hz;
        if (wanted == clock_hz || (codec && codec->sample_hz == wanted)) return rank; // G722/16000 is G722 too
    }
    return filter ? -1 : 0;
}

static uint32_t cap_clock(const struct cw_jsep_cap *cap) {
    return cap->clock_hz ? cap->clock_hz : cw_codec_by_id(cap->codec)->clock_hz;
}

static bool channels_fit(const struct cw_codec *codec, uint8_t channels) {
    if (codec->id == CW_CODEC_L16) return true;
    return channels == codec->channels || channels == 1 || codec->kind != CW_KIND_AUDIO; // "opus/48000": meant is /2
}

// The place of the capability that takes this format, or -1.
static int find_cap(const struct cw_jsep_caps *caps, enum cw_kind kind, const struct cw_sdp_format *format,
                    const struct cw_codec *codec) {
    for (size_t i = 0; i < caps->codec_count[kind]; i++) {
        const struct cw_jsep_cap *cap = &caps->codecs[kind][i];
        if (cap->codec != codec->id || (cap_clock(cap) && cap_clock(cap) != format->clock_hz)) continue;
        if (!channels_fit(codec, format->channels)) continue;
        bool any = kind != CW_KIND_VIDEO || !cap->fmtp;
        if (any || cw_fmtp_variant(codec->id, cap->fmtp) == cw_fmtp_variant(codec->id, format->fmtp)) return (int)i;
    }
    return -1;
}

static int compare_formats(const void *left, const void *right) {
    const struct cw_jsep_format *a = left, *b = right;
    if (a->codec->helper != b->codec->helper) return a->codec->helper ? 1 : -1;
    if (a->rank != b->rank) return a->rank < b->rank ? -1 : 1;
    return a->place < b->place ? -1 : a->place > b->place;
}

static void sort_formats(struct cw_jsep_plan *plan) {
    if (plan->format_count > 1) qsort(plan->formats, plan->format_count, sizeof *plan->formats, compare_formats);
}

static void take_format(struct cw_jsep_draft *draft, struct cw_jsep_plan *plan, size_t place,
                        const char *const *filter) {
    const struct cw_jsep_caps *caps = draft->jsep->config.caps;
    enum cw_kind kind = plan->section->kind;
    const struct cw_sdp_format *format = &plan->offered->formats[place];
    const struct cw_codec *codec = cw_codec_by_name(format->name, format->clock_hz);
    int at = codec && codec->id != CW_CODEC_RTX ? find_cap(caps, kind, format, codec) : -1;
    int rank = at >= 0 ? cw_jsep_filter_rank(filter, format->name, format->clock_hz) : -1;
    if (rank < 0) return;
    const struct cw_jsep_cap *cap = &caps->codecs[kind][at];
    if (!filter && caps->order == CW_JSEP_ORDER_CAPS) rank = at;
    struct cw_jsep_format taken = {.pt = format->pt,
                                   .codec = codec,
                                   .clock_hz = format->clock_hz,
                                   .channels = format->channels,
                                   .fmtp = kind == CW_KIND_AUDIO && cap->fmtp ? cap->fmtp : format->fmtp,
                                   .feedback = format->feedback & cap->feedback,
                                   .apt = -1,
                                   .rank = (unsigned)rank,
                                   .place = (unsigned)place};
    CW_SDP_PUSH(&draft->pool, plan->formats, plan->format_count, taken);
}

static bool has_codec_clock(const struct cw_jsep_plan *plan, uint32_t clock_hz) {
    for (size_t i = 0; i < plan->format_count; i++)
        if (!plan->formats[i].codec->helper && plan->formats[i].clock_hz == clock_hz) return true;
    return false;
}

static bool has_event_clock(const struct cw_jsep_plan *plan) {
    for (size_t i = 0; i < plan->format_count; i++)
        if (plan->formats[i].codec->id == CW_CODEC_TELEPHONE_EVENT && has_codec_clock(plan, plan->formats[i].clock_hz))
            return true;
    return false;
}

static bool has_pt(const struct cw_jsep_plan *plan, long pt) {
    for (size_t i = 0; i < plan->format_count; i++)
        if (plan->formats[i].pt == pt) return true;
    return false;
}

// In what is agreed until now.
static bool agreed_event(const struct cw_jsep_draft *draft, const struct cw_jsep_plan *plan, uint32_t clock_hz) {
    const struct cw_jsep_result *agreed = draft->jsep->current;
    size_t mline = (size_t)(plan - draft->plans);
    if (!agreed || mline >= agreed->count) return false;
    const struct cw_jsep_media *media = &agreed->media[mline];
    return cw_jsep_codec_find(media->events, media->event_count, CW_CODEC_TELEPHONE_EVENT, clock_hz) != NULL;
}

static bool planned_event(const struct cw_jsep_plan *plan, uint32_t clock_hz) {
    for (size_t i = 0; i < plan->format_count; i++)
        if (plan->formats[i].codec->id == CW_CODEC_TELEPHONE_EVENT && plan->formats[i].clock_hz == clock_hz)
            return true;
    return false;
}

static uint32_t first_clock(const struct cw_jsep_plan *plan) {
    for (size_t i = 0; i < plan->format_count; i++)
        if (!plan->formats[i].codec->helper) return plan->formats[i].clock_hz;
    return 0;
}

// RFC 4733 §2.1: events share the timestamps of the codec they ride beside, so one of a strange clock goes when there
// is one of a fitting clock, but is better than none. What we offer keeps the one of 8 kHz: Firefox and many phones
// have no other, with Opus either. But Chromium takes the one of the lowest clock, and beside Opus its durations are
// wrong then: a browser that is known to have one of the first codec's clock gets no lower one.
static bool event_is_useful(const struct cw_jsep_draft *draft, const struct cw_jsep_plan *plan, uint32_t clock_hz,
                            bool offer) {
    uint32_t first = first_clock(plan);
    bool has_best = offer ? agreed_event(draft, plan, first) : planned_event(plan, first);
    if (draft->jsep->config.profile == CW_JSEP_WEBRTC && has_best && clock_hz < first) return false;
    return has_codec_clock(plan, clock_hz) || !has_event_clock(plan) || (offer && clock_hz == 8000);
}

// A helper needs its codec: comfort noise one of its clock, red the one it repeats.
static bool helper_is_useful(const struct cw_jsep_draft *draft, const struct cw_jsep_plan *plan,
                             const struct cw_jsep_format *format, bool offer) {
    switch (format->codec->id) {
    case CW_CODEC_CN: return has_codec_clock(plan, format->clock_hz);
    case CW_CODEC_TELEPHONE_EVENT: return event_is_useful(draft, plan, format->clock_hz, offer);
    case CW_CODEC_RED: return !format->fmtp || has_pt(plan, strtol(format->fmtp, NULL, 10));
    default: return true;
    }
}

static void drop_useless_helpers(const struct cw_jsep_draft *draft, struct cw_jsep_plan *plan, bool offer) {
    size_t kept = 0, count = plan->format_count;
    for (size_t i = 0; i < count; i++) {
        struct cw_jsep_format format = plan->formats[i]; // codecs stand before the helpers that ask for them
        if (format.codec->helper && !helper_is_useful(draft, plan, &format, offer)) continue;
        plan->formats[kept++] = format;
    }
    plan->format_count = kept;
}

static void match_rtx(struct cw_jsep_draft *draft, struct cw_jsep_plan *plan) {
    for (size_t i = 0; i < plan->offered->format_count; i++) {
        const struct cw_sdp_format *format = &plan->offered->formats[i];
        const struct cw_codec *codec = cw_codec_by_name(format->name, format->clock_hz);
        long apt = cw_fmtp_int(format->fmtp, "apt", 10, -1);
        if (!codec || codec->id != CW_CODEC_RTX || !has_pt(plan, apt) || has_pt(plan, format->pt)) continue;
        struct cw_jsep_format taken = {.pt = format->pt,
                                       .codec = codec,
                                       .clock_hz = format->clock_hz,
                                       .channels = 1,
                                       .fmtp = format->fmtp,
                                       .apt = (int)apt};
        CW_SDP_PUSH(&draft->pool, plan->formats, plan->format_count, taken);
        plan->rtx = true;
    }
}

void cw_jsep_match_formats(struct cw_jsep_draft *draft, struct cw_jsep_plan *plan, const char *const *filter) {
    for (size_t i = 0; i < plan->offered->format_count; i++) take_format(draft, plan, i, filter);
    sort_formats(plan);
    drop_useless_helpers(draft, plan, false);
    if (plan->section->kind == CW_KIND_VIDEO && draft->jsep->config.caps->rtx) match_rtx(draft, plan);
}

bool cw_jsep_has_main_codec(const struct cw_jsep_plan *plan) {
    for (size_t i = 0; i < plan->format_count; i++)
        if (!plan->formats[i].codec->helper) return true;
    return false;
}

static void offer_cap(struct cw_jsep_draft *draft, struct cw_jsep_plan *plan, size_t place, const char *const *filter) {
    const struct cw_jsep_cap *cap = &draft->jsep->config.caps->codecs[plan->section->kind][place];
    const struct cw_codec *codec = cw_codec_by_id(cap->codec);
    uint32_t clock_hz = cap_clock(cap) ? cap_clock(cap) : 8000;
    const char *fmtp = !cap->fmtp && codec->id == CW_CODEC_H264 ? H264_OFFER : cap->fmtp;
    int rank = cw_jsep_filter_rank(filter, codec->name, clock_hz);
    struct cw_jsep_pt what = {true, codec->id, clock_hz, cw_fmtp_variant(codec->id, fmtp)};
    uint8_t pt = rank < 0 ? CW_JSEP_NO_PT : cw_jsep_assign_pt(draft->jsep, &what, cap->pt);
    if (pt == CW_JSEP_NO_PT) return;
    struct cw_jsep_format format = {.pt = pt,
                                    .codec = codec,
                                    .clock_hz = clock_hz,
                                    .channels = codec->channels,
                                    .fmtp = fmtp,
                                    .feedback = cap->feedback,
                                    .apt = -1,
                                    .rank = filter ? (unsigned)rank : 0,
                                    .place = (unsigned)place};
    CW_SDP_PUSH(&draft->pool, plan->formats, plan->format_count, format);
}

static void offer_rtx(struct cw_jsep_draft *draft, struct cw_jsep_plan *plan, struct cw_jsep_format main) {
    struct cw_jsep_pt what = {true, CW_CODEC_RTX, main.clock_hz, main.pt};
    uint8_t pt = cw_jsep_assign_pt(draft->jsep, &what, main.pt + 1);
    if (pt == CW_JSEP_NO_PT) return;
    struct cw_jsep_format format = {
        .pt = pt, .codec = cw_codec_by_id(CW_CODEC_RTX), .clock_hz = main.clock_hz, .channels = 1, .apt = main.pt};
    CW_SDP_PUSH(&draft->pool, plan->formats, plan->format_count, format);
    plan->rtx = true;
}

void cw_jsep_offer_formats(struct cw_jsep_draft *draft, struct cw_jsep_plan *plan, const char *const *filter) {
    const struct cw_jsep_caps *caps = draft->jsep->config.caps;
    enum cw_kind kind = plan->section->kind;
    for (size_t i = 0; i < caps->codec_count[kind]; i++) offer_cap(draft, plan, i, filter);
    sort_formats(plan);
    drop_useless_helpers(draft, plan, true);
    size_t count = kind == CW_KIND_VIDEO && caps->rtx ? plan->format_count : 0;
    for (size_t i = 0; i < count && i < plan->format_count; i++)
        if (!plan->formats[i].codec->helper) offer_rtx(draft, plan, plan->formats[i]);
}
