// Plans an offer: what was agreed before stays, new m-lines are added (RFC 8829 §5.2).
#include "proto/jsep_impl.h"

#include <stdio.h>

static bool mid_is_taken(const struct cw_jsep_sections *sections, const char *mid) {
    for (size_t i = 0; i < sections->count; i++)
        if (strcmp(sections->at[i].mid, mid) == 0) return true;
    return false;
}

// A mid that no m-line has, nor the one whose place is taken had (RFC 8829 §5.2.2).
static void make_mid(const struct cw_jsep_sections *sections, char mid[CW_JSEP_MID_SIZE]) {
    unsigned number = 0;
    do snprintf(mid, CW_JSEP_MID_SIZE, "%u", number++);
    while (mid_is_taken(sections, mid));
}

static size_t count_new(const struct cw_jsep_opts *opts) {
    size_t count = 0;
    for (size_t i = 0; i < opts->want_count; i++) count += opts->wants[i].mline < 0 && !opts->wants[i].stop;
    return count;
}

static size_t count_given_up(const struct cw_jsep_sections *sections) {
    size_t count = 0;
    for (size_t i = 0; i < sections->count; i++) count += !sections->at[i].in_use;
    return count;
}

static int check_want(struct cw_jsep_draft *draft, const struct cw_jsep_want *want) {
    const struct cw_jsep *jsep = draft->jsep;
    const struct cw_jsep_caps *caps = jsep->config.caps;
    bool application = want->kind == CW_KIND_APPLICATION;
    if (want->mline >= 0) {
        if ((size_t)want->mline < jsep->sections.count) return CW_OK;
        return cw_jsep_fail(draft->error, CW_EINVAL, "mline_mismatch", 0, want->mline, "there is no such m-line");
    }
    if ((unsigned)want->kind >= CW_KINDS || (application ? !caps->application : !caps->codec_count[want->kind]) ||
        (application && jsep->config.profile == CW_JSEP_SIP))
        return cw_jsep_fail(draft->error, CW_EINVAL, "unsupported_media", 0, -1, "an m-line of a kind we do not have");
    return CW_OK;
}

// Puts each new m-line into the first given-up place, or behind the others.
static void add_new(struct cw_jsep_draft *draft, size_t kept) {
    struct cw_jsep_sections *next = &draft->jsep->next;
    size_t place = 0;
    for (size_t i = 0; i < draft->opts->want_count; i++) {
        const struct cw_jsep_want *want = &draft->opts->wants[i];
        if (want->mline >= 0 || want->stop) continue;
        while (place < kept && next->at[place].in_use) place++;
        char mid[CW_JSEP_MID_SIZE] = "";
        if (draft->jsep->config.profile == CW_JSEP_WEBRTC) make_mid(next, mid);
        cw_jsep_section_reset(next, place, want->kind, want->dir);
        memcpy(next->at[place].mid, mid, sizeof mid);
        next->at[place].in_use = true;
        draft->plans[place].want = want;
        place++;
    }
}

static int prepare_sections(struct cw_jsep_draft *draft) {
    struct cw_jsep *jsep = draft->jsep;
    unsigned max = jsep->config.caps->max_sections ? jsep->config.caps->max_sections : CW_SDP_MAX_MEDIA;
    size_t kept = jsep->sections.count, added = count_new(draft->opts), free_places = count_given_up(&jsep->sections);
    for (size_t i = 0; i < draft->opts->want_count; i++) {
        int err = check_want(draft, &draft->opts->wants[i]);
        if (err < 0) return err;
    }
    size_t count = kept + (added > free_places ? added - free_places : 0);
    if (count > max || count > CW_SDP_MAX_MEDIA)
        return cw_jsep_fail(draft->error, CW_ETOOBIG, "too_many_sections", 0, -1, "more than %u m-lines", max);
    if (count == 0) return cw_jsep_fail(draft->error, CW_EINVAL, "no_media", 0, -1, "an offer needs an m-line");
    draft->plans = cw_sdp_pool_alloc(&draft->pool, count * sizeof *draft->plans);
    int err = draft->plans ? cw_jsep_sections_copy(&jsep->next, &jsep->sections, count) : CW_ENOMEM;
    if (err < 0) return err;
    draft->count = count;
    add_new(draft, kept);
    return CW_OK;
}

static const char *offer_protocol(const struct cw_jsep_draft *draft, const struct cw_jsep_section *section) {
    enum cw_jsep_srtp policy = draft->jsep->config.caps->srtp;
    if (draft->jsep->config.profile == CW_JSEP_WEBRTC)
        return section->kind == CW_KIND_APPLICATION ? "UDP/DTLS/SCTP" : "UDP/TLS/RTP/SAVPF";
    if (section->protocol) return section->protocol; // agreed before: RFC 3264 §8.3 lets nobody change it
    return policy == CW_JSEP_SRTP_OFFER || policy == CW_JSEP_SRTP_REQUIRE ? "RTP/SAVP" : "RTP/AVP";
}

static int plan_rtp(struct cw_jsep_draft *draft, struct cw_jsep_plan *plan, size_t mline) {
    struct cw_jsep_section *section = plan->section;
    bool webrtc = draft->jsep->config.profile == CW_JSEP_WEBRTC;
    const struct cw_jsep_caps *caps = draft->jsep->config.caps;
    const char *const *filter =
        plan->want && plan->want->codecs ? plan->want->codecs : draft->opts->codecs[section->kind];
    cw_jsep_offer_formats(draft, plan, filter);
    if (draft->pool.bad) return CW_ENOMEM;
    if (!cw_jsep_has_main_codec(plan))
        return cw_jsep_fail(draft->error, CW_EINVAL, "no_common_codec", 0, (int)mline, "no codec is left to offer");
    if (!webrtc && !cw_addr_is_set(&draft->opts->local.rtp[section->kind]))
        return cw_jsep_fail(draft->error, CW_EINVAL, "local_transport_missing", 0, (int)mline, "no local address");
    cw_jsep_offer_extmaps(draft, plan);
    if (!webrtc && (cw_jsep_is_savp(plan->protocol) || section->crypto)) cw_jsep_sip_offer_crypto(draft, plan);
    plan->rtcp_mux = webrtc || caps->rtcp_mux;
    plan->rtcp_rsize = webrtc;
    plan->rtcp_xr_rrtr = webrtc;
    plan->extmap_allow_mixed = webrtc;
    if (!webrtc && section->kind == CW_KIND_AUDIO) plan->ptime_ms = caps->ptime_ms ? caps->ptime_ms : 20;
    return CW_OK;
}

static int plan_mline(struct cw_jsep_draft *draft, size_t mline) {
    struct cw_jsep_plan *plan = &draft->plans[mline];
    struct cw_jsep_section *section = plan->section;
    if (!plan->want) plan->want = cw_jsep_want_for(draft->opts, mline);
    if (plan->want && plan->want->stop) section->in_use = false;
    plan->rejected = !section->in_use;
    plan->protocol = offer_protocol(draft, section);
    if (plan->rejected) return CW_OK;
    if (plan->want) section->want_dir = plan->want->dir;
    plan->dir = section->want_dir;
    plan->bundled = draft->jsep->config.profile == CW_JSEP_WEBRTC;
    if (section->kind == CW_KIND_APPLICATION) return CW_OK;
    return plan_rtp(draft, plan, mline);
}

int cw_jsep_plan_offer(struct cw_jsep_draft *draft) {
    int err = prepare_sections(draft);
    for (size_t i = 0; i < draft->count && err == CW_OK; i++) {
        draft->plans[i].section = &draft->jsep->next.at[i];
        err = plan_mline(draft, i);
    }
    draft->setup = CW_SDP_SETUP_ACTPASS;
    return err;
}
