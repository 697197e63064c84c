// Plans an answer: which offered m-lines we take, and with what (RFC 8829 §5.3.1; SIP: RFC 3264 §6).
#include "proto/jsep_impl.h"

const struct cw_jsep_want *cw_jsep_want_for(const struct cw_jsep_opts *opts, size_t mline) {
    for (size_t i = 0; i < opts->want_count; i++)
        if (opts->wants[i].mline >= 0 && (size_t)opts->wants[i].mline == mline) return &opts->wants[i];
    return NULL;
}

const char *const *cw_jsep_filter_for(const struct cw_jsep_opts *opts, size_t mline, enum cw_kind kind) {
    const struct cw_jsep_want *want = cw_jsep_want_for(opts, mline);
    return want && want->codecs ? want->codecs : opts->codecs[kind];
}

static bool is_one_of(const char *text, const char *const *list) {
    for (; *list; list++)
        if (strcmp(text, *list) == 0) return true;
    return false;
}

static bool webrtc_protocol_ok(const struct cw_sdp_media *media) {
    static const char *const rtp[] = {
        "UDP/TLS/RTP/SAVPF", "TCP/TLS/RTP/SAVPF", "UDP/TLS/RTP/SAVP",
        "RTP/SAVPF",         "RTP/SAVP",          NULL}; // RFC 8829 §5.1.2: whatever of these comes is DTLS-SRTP
    static const char *const sctp[] = {"UDP/DTLS/SCTP", "TCP/DTLS/SCTP", NULL};
    return is_one_of(media->protocol, media->kind == CW_KIND_APPLICATION ? sctp : rtp);
}

static bool caps_have_kind(const struct cw_jsep_caps *caps, enum cw_kind kind) {
    if (kind == CW_KIND_APPLICATION) return caps->application;
    return kind < CW_KINDS && caps->codec_count[kind] > 0;
}

// Without a group only one m-line can have the one transport.
static bool fits_bundle(const struct cw_jsep_draft *draft, const struct cw_sdp_media *media) {
    const struct cw_sdp_group *group = cw_sdp_bundle(draft->offer);
    if (group) return cw_sdp_group_has(group, media->mid);
    for (size_t i = 0; i < draft->count; i++)
        if (draft->plans[i].offered && !draft->plans[i].rejected && draft->plans[i].offered != media) return false;
    return true;
}

static const char *refuse_webrtc(struct cw_jsep_draft *draft, struct cw_jsep_plan *plan) {
    const struct cw_sdp_media *media = plan->offered;
    if (!webrtc_protocol_ok(media)) return "unsupported_transport";
    if (!fits_bundle(draft, media)) return "bundle_required";
    if (media->kind != CW_KIND_APPLICATION && !media->rtcp_mux) return "rtcp_mux_required";
    return NULL;
}

static bool kind_is_taken(const struct cw_jsep_draft *draft, const struct cw_jsep_plan *plan) {
    for (const struct cw_jsep_plan *at = draft->plans; at < plan; at++)
        if (!at->rejected && at->offered->kind == plan->offered->kind) return true;
    return false;
}

static const char *refuse_sip(struct cw_jsep_draft *draft, struct cw_jsep_plan *plan) {
    const struct cw_sdp_media *media = plan->offered;
    if (!cw_jsep_sip_protocol_ok(draft->jsep->config.caps->srtp, media->protocol)) return "unsupported_transport";
    if (!cw_addr_is_set(&draft->opts->local.rtp[media->kind])) return "unsupported_media";
    if (kind_is_taken(draft, plan)) return "unsupported_media"; // one of a kind
    if (!cw_addr_is_set(&media->connection.addr)) return "address_unusable";
    if (!cw_jsep_sip_match_crypto(draft, plan)) return "no_common_crypto";
    return NULL;
}

// NULL, or why we do not take this m-line; the formats are matched on the way.
static const char *refuse(struct cw_jsep_draft *draft, struct cw_jsep_plan *plan, size_t mline) {
    const struct cw_jsep_want *want = cw_jsep_want_for(draft->opts, mline);
    const struct cw_sdp_media *media = plan->offered;
    if (want && want->stop) return "not_wanted";
    if (!caps_have_kind(draft->jsep->config.caps, media->kind)) return "unsupported_media";
    bool webrtc = draft->jsep->config.profile == CW_JSEP_WEBRTC;
    if (!webrtc && media->kind == CW_KIND_APPLICATION) return "unsupported_media";
    const char *reason = webrtc ? refuse_webrtc(draft, plan) : refuse_sip(draft, plan);
    if (reason || media->kind == CW_KIND_APPLICATION) return reason;
    cw_jsep_match_formats(draft, plan, cw_jsep_filter_for(draft->opts, mline, media->kind));
    return cw_jsep_has_main_codec(plan) ? NULL : "no_common_codec";
}

static bool has_send_rid(const struct cw_sdp_media *media, const char *rid) {
    for (size_t i = 0; i < media->rid_count; i++)
        if (media->rids[i].send && strcmp(media->rids[i].id, rid) == 0) return true;
    return false;
}

static void match_simulcast(struct cw_jsep_draft *draft, struct cw_jsep_plan *plan) {
    const struct cw_sdp_simulcast *streams = &plan->offered->simulcast_send;
    if (!draft->jsep->config.caps->simulcast_recv || !(plan->dir & CW_SDP_RECVONLY)) return;
    for (size_t i = 0; i < streams->count; i++) {
        struct cw_jsep_rid rid = {streams->streams[i].rid, streams->streams[i].paused};
        if (has_send_rid(plan->offered, rid.rid)) CW_SDP_PUSH(&draft->pool, plan->rids, plan->rid_count, rid);
    }
}

static unsigned answer_ptime(const struct cw_jsep_draft *draft, const struct cw_sdp_media *offered) {
    unsigned ours = draft->jsep->config.caps->ptime_ms;
    if (draft->jsep->config.profile == CW_JSEP_WEBRTC || offered->kind != CW_KIND_AUDIO) return 0;
    if (offered->ptime_ms >= 10 && offered->ptime_ms <= 60) return offered->ptime_ms;
    return ours ? ours : 20;
}

static void plan_accepted(struct cw_jsep_draft *draft, struct cw_jsep_plan *plan) {
    const struct cw_sdp_media *offered = plan->offered;
    plan->protocol = offered->protocol;
    plan->bundled = cw_sdp_bundle(draft->offer) != NULL;
    plan->rtcp_mux =
        offered->rtcp_mux && (draft->jsep->config.profile == CW_JSEP_WEBRTC || draft->jsep->config.caps->rtcp_mux);
    plan->rtcp_rsize = offered->rtcp_rsize;
    plan->rtcp_xr_rrtr = offered->rtcp_xr_rrtr;
    plan->extmap_allow_mixed = offered->extmap_allow_mixed;
    plan->dir =
        plan->section->want_dir & cw_sdp_dir_reverse(cw_jsep_effective_dir(draft->jsep->config.profile, offered));
    plan->ptime_ms = answer_ptime(draft, offered);
    if (offered->kind == CW_KIND_APPLICATION) return;
    cw_jsep_match_extmaps(draft, plan);
    match_simulcast(draft, plan);
}

static void plan_mline(struct cw_jsep_draft *draft, size_t mline) {
    struct cw_jsep_plan *plan = &draft->plans[mline];
    const struct cw_jsep_want *want = cw_jsep_want_for(draft->opts, mline);
    plan->rejected = true;
    plan->offered = &draft->offer->media[mline];
    if (want) plan->section->want_dir = want->dir;
    if (!cw_sdp_media_rejected(plan->offered)) {
        plan->reason = refuse(draft, plan, mline);
        plan->rejected = plan->reason != NULL;
    }
    if (!plan->rejected) plan_accepted(draft, plan);
    cw_jsep_section_settle(plan->section, !plan->rejected, plan->protocol, plan->key_count > 0);
}

// Nothing could be taken: an error, unless the offer or the caller closed everything.
static int check_accepted(struct cw_jsep_draft *draft) {
    const struct cw_jsep_plan *refused = NULL;
    if (draft->pool.bad) return CW_ENOMEM;
    for (size_t i = 0; i < draft->count; i++) {
        const struct cw_jsep_plan *plan = &draft->plans[i];
        if (!plan->rejected) return CW_OK;
        if (!refused && plan->reason && strcmp(plan->reason, "not_wanted") != 0) refused = plan;
    }
    if (refused)
        return cw_jsep_fail(draft->error, CW_EUNSUPPORTED, refused->reason, refused->offered->line,
                            (int)(refused - draft->plans), "no m-line of the offer can be taken");
    if (draft->jsep->current) return CW_OK;
    return cw_jsep_fail(draft->error, CW_EUNSUPPORTED, "no_media", 0, -1, "the offer has no open m-line");
}

static enum cw_sdp_setup choose_setup(const struct cw_jsep_draft *draft, const struct cw_sdp_media *remote) {
    if (remote->setup == CW_SDP_SETUP_ACTIVE) return CW_SDP_SETUP_PASSIVE;
    if (remote->setup == CW_SDP_SETUP_PASSIVE) return CW_SDP_SETUP_ACTIVE;
    const struct cw_jsep_transport *present = cw_jsep_result_transport(draft->jsep->current);
    if (present && cw_jsep_same_fingerprints(present->fingerprints, present->fingerprint_count, remote->fingerprints,
                                             remote->fingerprint_count))
        return present->dtls_client ? CW_SDP_SETUP_ACTIVE
                                    : CW_SDP_SETUP_PASSIVE; // RFC 8842 §5.3: the association stays
    return draft->opts->local.setup == CW_SDP_SETUP_PASSIVE ? CW_SDP_SETUP_PASSIVE : CW_SDP_SETUP_ACTIVE;
}

static int plan_transport(struct cw_jsep_draft *draft) {
    bool accepted[CW_SDP_MAX_MEDIA] = {false}, any = false;
    for (size_t i = 0; i < draft->count; i++) any |= accepted[i] = !draft->plans[i].rejected;
    if (!any || draft->jsep->config.profile != CW_JSEP_WEBRTC) return CW_OK;
    size_t mline = cw_jsep_pick_transport(draft->offer, accepted);
    int err = cw_jsep_check_transport(draft->offer, mline, false, draft->error);
    if (err == CW_OK) draft->setup = choose_setup(draft, &draft->offer->media[mline]);
    return err;
}

int cw_jsep_plan_answer(struct cw_jsep_draft *draft) {
    draft->plans = cw_sdp_pool_alloc(&draft->pool, draft->offer->media_count * sizeof *draft->plans);
    if (!draft->plans) return CW_ENOMEM;
    draft->count = draft->offer->media_count;
    for (size_t i = 0; i < draft->count; i++) draft->plans[i].section = &draft->jsep->next.at[i];
    for (size_t i = 0; i < draft->count; i++) plan_mline(draft, i);
    int err = check_accepted(draft);
    return err < 0 ? err : plan_transport(draft);
}
