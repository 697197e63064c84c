// Writes a planned description. Strict in what is sent: tokens of the remote side that are none are not repeated.
#include "proto/jsep_impl.h"

#include <stdlib.h>

// What all m-lines share while one description is written.
struct pen {
    const struct cw_jsep_draft *draft;
    const struct cw_jsep_local *local;
    struct cw_str out;
    bool webrtc;
    bool transport_written; // candidates stand in the first accepted m-line only (RFC 8843 §7.1.3)
    const char *ip_type;
    char ip[CW_ADDR_SIZE];
    uint16_t port; // WEBRTC
};

#define ADD(pen, ...) cw_str_printf(&(pen)->out, __VA_ARGS__)

static void set_ip(struct pen *pen, const struct cw_addr *addr) {
    pen->ip_type = addr->sa.sa_family == AF_INET6 ? "IP6" : "IP4";
    cw_addr_ip(addr, pen->ip);
}

// WEBRTC: the default candidate, or none yet (RFC 8829 §5.2.1: 9 and 0.0.0.0). SIP: the first address given.
static void choose_default_address(struct pen *pen) {
    pen->ip_type = "IP4";
    pen->port = 9;
    memcpy(pen->ip, "0.0.0.0", sizeof "0.0.0.0");
    for (int kind = CW_KINDS - 1; !pen->webrtc && kind >= 0; kind--)
        if (cw_addr_is_set(&pen->local->rtp[kind])) set_ip(pen, &pen->local->rtp[kind]);
    for (size_t i = 0; pen->webrtc && i < pen->local->candidate_count; i++) {
        const struct cw_sdp_candidate *candidate = &pen->local->candidates[i];
        if (candidate->tcp || candidate->component != 1 || !cw_addr_is_set(&candidate->addr)) continue;
        set_ip(pen, &candidate->addr);
        pen->port = cw_addr_port(&candidate->addr);
        return;
    }
}

static void add_to_bundle(struct pen *pen, const struct cw_jsep_plan *plan, bool *any) {
    if (plan->rejected || !plan->bundled || !*plan->section->mid) return;
    ADD(pen, "%s %s", *any ? "" : "a=group:BUNDLE", plan->section->mid);
    *any = true;
}

// An answer keeps the order of the offer's group: its first accepted mid stands for the transport (RFC 8843 §7.3).
static void write_bundle(struct pen *pen) {
    const struct cw_jsep_draft *draft = pen->draft;
    const struct cw_sdp_group *group = draft->offer ? cw_sdp_bundle(draft->offer) : NULL;
    bool any = false;
    for (size_t i = 0; !group && i < draft->count; i++) add_to_bundle(pen, &draft->plans[i], &any);
    for (size_t g = 0; group && g < group->count; g++)
        for (size_t i = 0; i < draft->count; i++)
            if (strcmp(draft->plans[i].section->mid, group->mids[g]) == 0) add_to_bundle(pen, &draft->plans[i], &any);
    if (any) ADD(pen, "\r\n");
}

static void write_session(struct pen *pen, uint64_t version) {
    const struct cw_jsep_config *config = &pen->draft->jsep->config;
    bool any_rtp = false, mixed = true;
    ADD(pen, "v=0\r\no=- %llu %llu IN %s %s\r\ns=-\r\n", (unsigned long long)config->session_id,
        (unsigned long long)version, pen->webrtc ? "IP4" : pen->ip_type, pen->webrtc ? "127.0.0.1" : pen->ip);
    if (!pen->webrtc) ADD(pen, "c=IN %s %s\r\n", pen->ip_type, pen->ip);
    ADD(pen, "t=0 0\r\n");
    if (!pen->webrtc) return;
    if (config->ice_lite) ADD(pen, "a=ice-lite\r\n");
    write_bundle(pen);
    for (size_t i = 0; i < pen->draft->count; i++) {
        const struct cw_jsep_plan *plan = &pen->draft->plans[i];
        if (plan->rejected || plan->section->kind == CW_KIND_APPLICATION) continue;
        any_rtp = true;
        mixed = mixed && plan->extmap_allow_mixed;
    }
    if (any_rtp && mixed) ADD(pen, "a=extmap-allow-mixed\r\n");
    ADD(pen, "a=msid-semantic: WMS *\r\n");
}

static const char *rejected_protocol(const struct cw_jsep_plan *plan) {
    if (plan->offered) return plan->offered->protocol;
    if (plan->section->kind == CW_KIND_APPLICATION) return "UDP/DTLS/SCTP";
    return plan->section->kind == CW_KIND_OTHER ? "RTP/AVP" : plan->protocol;
}

// RFC 3264 §6: the formats of a rejected m-line mean nothing, but one must stand there.
static void write_rejected(struct pen *pen, const struct cw_jsep_plan *plan) {
    const struct cw_sdp_media *offered = plan->offered;
    const char *protocol = rejected_protocol(plan);
    ADD(pen, "m=%s 0 %s", offered ? offered->media : plan->section->media, protocol);
    size_t written = 0;
    for (size_t i = 0; offered && i < offered->fmt_count; i++)
        if (cw_sdp_is_token(offered->fmts[i])) ADD(pen, " %s", offered->fmts[i]), written++;
    if (!written) ADD(pen, " %s", strstr(protocol, "SCTP") ? "webrtc-datachannel" : "0");
    ADD(pen, "\r\n");
    if (pen->webrtc) ADD(pen, "c=IN IP4 0.0.0.0\r\n");
    if (*plan->section->mid) ADD(pen, "a=mid:%s\r\n", plan->section->mid);
    if (plan->section->kind != CW_KIND_APPLICATION) ADD(pen, "a=inactive\r\n");
}

static void write_mline(struct pen *pen, const struct cw_jsep_plan *plan) {
    enum cw_kind kind = plan->section->kind;
    const struct cw_addr *rtp = &pen->local->rtp[kind];
    char ip[CW_ADDR_SIZE];
    ADD(pen, "m=%s %u %s", cw_kind_name(kind), pen->webrtc ? pen->port : cw_addr_port(rtp), plan->protocol);
    for (size_t i = 0; i < plan->format_count; i++) ADD(pen, " %u", plan->formats[i].pt);
    if (kind == CW_KIND_APPLICATION) ADD(pen, " webrtc-datachannel");
    ADD(pen, "\r\n");
    if (pen->webrtc)
        ADD(pen, "c=IN %s %s\r\n", pen->ip_type, pen->ip);
    else if (strcmp(cw_addr_ip(rtp, ip), pen->ip) != 0)
        ADD(pen, "c=IN %s %s\r\n", rtp->sa.sa_family == AF_INET6 ? "IP6" : "IP4", ip);
}

static void write_ice(struct pen *pen) {
    char text[CW_SDP_CANDIDATE_SIZE > CW_SDP_FINGERPRINT_TEXT_SIZE ? CW_SDP_CANDIDATE_SIZE
                                                                   : CW_SDP_FINGERPRINT_TEXT_SIZE];
    const struct cw_jsep_local *local = pen->local;
    if (!pen->transport_written) {
        for (size_t i = 0; i < local->candidate_count; i++)
            ADD(pen, "a=%s\r\n", cw_sdp_candidate_print(&local->candidates[i], text));
        if (local->end_of_candidates) ADD(pen, "a=end-of-candidates\r\n");
    }
    pen->transport_written = true;
    ADD(pen, "a=ice-ufrag:%s\r\na=ice-pwd:%s\r\n", local->ice_ufrag, local->ice_pwd);
    if (!pen->draft->jsep->config.ice_lite) ADD(pen, "a=ice-options:trickle\r\n");
    ADD(pen, "a=fingerprint:%s\r\n", cw_sdp_fingerprint_print(&local->fingerprint, text));
    ADD(pen, "a=setup:%s\r\n", cw_sdp_setup_name(pen->draft->setup));
}

static void write_feedback(struct pen *pen, const struct cw_jsep_plan *plan, const struct cw_jsep_format *format) {
    static const struct {
        unsigned flag;
        const char *text;
    } table[] = {
        {CW_SDP_FEEDBACK_REMB, "goog-remb"}, {CW_SDP_FEEDBACK_TRANSPORT_CC, "transport-cc"},
        {CW_SDP_FEEDBACK_FIR, "ccm fir"},    {CW_SDP_FEEDBACK_NACK, "nack"},
        {CW_SDP_FEEDBACK_PLI, "nack pli"},
    };
    size_t len = strlen(plan->protocol);
    if (len == 0 || plan->protocol[len - 1] != 'F') return; // RFC 4585: only with AVPF
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (format->feedback & table[i].flag) ADD(pen, "a=rtcp-fb:%u %s\r\n", format->pt, table[i].text);
}

static void write_format(struct pen *pen, const struct cw_jsep_plan *plan, const struct cw_jsep_format *format) {
    ADD(pen, "a=rtpmap:%u %s/%u", format->pt, format->codec->name, format->clock_hz);
    if (format->channels > 1 || format->codec->id == CW_CODEC_OPUS)
        ADD(pen, "/%u", format->codec->id == CW_CODEC_OPUS ? 2 : format->channels);
    ADD(pen, "\r\n");
    write_feedback(pen, plan, format);
    if (format->apt >= 0)
        ADD(pen, "a=fmtp:%u apt=%d\r\n", format->pt, format->apt);
    else if (format->fmtp)
        ADD(pen, "a=fmtp:%u %s\r\n", format->pt, format->fmtp);
}

static void write_extmaps(struct pen *pen, const struct cw_jsep_plan *plan) {
    for (size_t i = 0; i < plan->extmap_count; i++) {
        const struct cw_sdp_extmap *extmap = &plan->extmaps[i];
        bool both = extmap->dir == CW_SDP_SENDRECV;
        ADD(pen, "a=extmap:%u%s%s %s\r\n", extmap->id, both ? "" : "/", both ? "" : cw_sdp_dir_name(extmap->dir),
            extmap->uri);
    }
}

// Our stream: one MediaStream for the whole peer, one track an m-line.
static void write_sources(struct pen *pen, const struct cw_jsep_plan *plan) {
    const struct cw_jsep_config *config = &pen->draft->jsep->config;
    const struct cw_jsep_section *section = plan->section;
    uint32_t ssrcs[] = {section->ssrc, plan->rtx ? section->rtx_ssrc : 0};
    if (ssrcs[1]) ADD(pen, "a=ssrc-group:FID %u %u\r\n", ssrcs[0], ssrcs[1]);
    for (int i = 0; i < 2 && ssrcs[i]; i++) {
        ADD(pen, "a=ssrc:%u cname:%s\r\n", ssrcs[i], config->cname);
        ADD(pen, "a=ssrc:%u msid:%s %s-%u\r\n", ssrcs[i], config->stream_id, config->stream_id, section->ssrc);
    }
}

static void write_simulcast(struct pen *pen, const struct cw_jsep_plan *plan) {
    for (size_t i = 0; i < plan->rid_count; i++) ADD(pen, "a=rid:%s recv\r\n", plan->rids[i].rid);
    for (size_t i = 0; i < plan->rid_count; i++)
        ADD(pen, "%s%s%s", i ? ";" : "a=simulcast:recv ", plan->rids[i].paused ? "~" : "", plan->rids[i].rid);
    if (plan->rid_count) ADD(pen, "\r\n");
}

static void write_rtp(struct pen *pen, const struct cw_jsep_plan *plan) {
    const struct cw_jsep_config *config = &pen->draft->jsep->config;
    bool sends = pen->webrtc && (plan->dir & CW_SDP_SENDONLY);
    uint16_t rtcp_port = pen->local->rtcp_port[plan->section->kind];
    write_extmaps(pen, plan);
    ADD(pen, "a=%s\r\n", cw_sdp_dir_name(plan->dir));
    if (sends) ADD(pen, "a=msid:%s %s-%u\r\n", config->stream_id, config->stream_id, plan->section->ssrc);
    if (!pen->webrtc && rtcp_port && rtcp_port != cw_addr_port(&pen->local->rtp[plan->section->kind]) + 1)
        ADD(pen, "a=rtcp:%u\r\n", rtcp_port);
    if (plan->rtcp_mux) ADD(pen, "a=rtcp-mux\r\n");
    if (plan->rtcp_rsize) ADD(pen, "a=rtcp-rsize\r\n");
    if (plan->rtcp_xr_rrtr) ADD(pen, "a=rtcp-xr:rcvr-rtt=all\r\n");
    for (size_t i = 0; i < plan->format_count; i++) write_format(pen, plan, &plan->formats[i]);
    if (plan->ptime_ms) ADD(pen, "a=ptime:%u\r\n", plan->ptime_ms);
    if (sends) write_sources(pen, plan);
    write_simulcast(pen, plan);
}

static void write_keys(struct pen *pen, const struct cw_jsep_plan *plan) {
    char text[CW_SDES_SIZE];
    for (size_t i = 0; i < plan->key_count; i++)
        if (cw_sdes_write(&plan->keys[i], text, sizeof text) == 0) ADD(pen, "a=crypto:%s\r\n", text);
    explicit_bzero(text, sizeof text);
}

static void write_section(struct pen *pen, const struct cw_jsep_plan *plan) {
    if (plan->rejected) {
        write_rejected(pen, plan);
        return;
    }
    write_mline(pen, plan);
    if (pen->webrtc) write_ice(pen);
    if (*plan->section->mid) ADD(pen, "a=mid:%s\r\n", plan->section->mid);
    write_keys(pen, plan);
    if (plan->section->kind == CW_KIND_APPLICATION)
        ADD(pen, "a=sctp-port:%u\r\na=max-message-size:%u\r\n", CW_JSEP_SCTP_PORT, CW_JSEP_MAX_MESSAGE);
    else
        write_rtp(pen, plan);
}

// From the line behind o= on, the only one that names the version.
static const char *behind_version(const char *text) { return strstr(text, "\r\ns="); }

char *cw_jsep_write(const struct cw_jsep_draft *draft, uint64_t *version) {
    const struct cw_jsep *jsep = draft->jsep;
    struct pen pen = {.draft = draft, .local = &draft->opts->local, .webrtc = jsep->config.profile == CW_JSEP_WEBRTC};
    choose_default_address(&pen);
    write_session(&pen, jsep->version + 1);
    for (size_t i = 0; i < draft->count; i++) write_section(&pen, &draft->plans[i]);
    char *text = cw_str_take(&pen.out);
    *version = jsep->version + 1;
    if (!text || !jsep->local_text || jsep->version_spent ||
        strcmp(behind_version(text), behind_version(jsep->local_text)) != 0)
        return text;
    // RFC 3264 §8: the same description again (a session refresh) has the same version.
    free(text);
    *version = jsep->version;
    return strdup(jsep->local_text);
}
