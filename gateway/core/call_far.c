// The far leg of a call: its ports, its negotiation, and what the endpoint plugin reports about it.
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "core/call_internal.h"
#include "core/far.h"
#include "core/media_setup.h"
#include "core/node.h"
#include "core/owner.h"
#include "core/peer_internal.h"
#include "core/session.h"
#include "media/route.h"

// ---------------------------------------------------------------- media

static int make_jsep(struct cw_call *c) {
    static const enum cw_jsep_srtp srtp[] = {CW_JSEP_SRTP_OFF, CW_JSEP_SRTP_ACCEPT, CW_JSEP_SRTP_OFFER,
                                             CW_JSEP_SRTP_REQUIRE}; // as `media.rtp_srtp` lists them
    c->caps = cw_jsep_caps_sip;
    c->caps.srtp = srtp[cw_config_choice(c->node->config, "media.rtp_srtp")];
    c->caps.ptime_ms = (unsigned)cw_config_int(c->node->config, "media.ptime_ms");
    struct cw_jsep_config config = {
        .profile = CW_JSEP_SIP,
        .caps = &c->caps,
        .session_id = cw_random_u32(),
        .cname = c->id,
        .stream_id = c->id,
    };
    return cw_jsep_new(&c->far, &config);
}

int cw_call_far_open(struct cw_call *c, const char *host) {
    struct cw_node *node = c->node;
    struct cw_addr remote = {0};
    if (host) cw_addr_parse(&remote, host, 0);
    int err = cw_route_local(&node->routes, &remote, &c->rtp);
    if (err) return err;
    struct cw_rtp_ports *ports = node->rtp_ports[c->rtp.sa.sa_family == AF_INET6];
    if (!ports) return CW_EUNSUPPORTED;
    err = cw_rtp_ports_alloc(ports, node->now, &c->ports);
    if (err) return err;
    cw_addr_set_port(&c->rtp, c->ports.port);
    c->leg =
        cw_media_leg_id(node->media, c->peer ? cw_media_leg_worker(c->peer->leg) : cw_media_pick_worker(node->media));
    cw_owner_add(node, c->leg, NULL, c);
    return c->far ? 0 : make_jsep(c);
}

void cw_call_far_close(struct cw_call *c) {
    struct cw_node *node = c->node;
    if (c->leg_in_media)
        cw_owner_remove(node, c->leg, NULL, NULL);
    else if (c->leg)
        cw_owner_drop(node, c->leg);
    if (c->ports.port) cw_rtp_ports_release(node->rtp_ports[c->rtp.sa.sa_family == AF_INET6], node->now, &c->ports);
    c->leg_in_media = false;
    c->leg = 0;
}

int cw_call_far_apply(struct cw_call *c) {
    struct cw_rtp_setup setup = {0};
    struct cw_media_stream streams[CW_MEDIA_STREAMS_MAX];
    if (!c->far || !c->leg) return 0; // an application, or not opened yet
    if (cw_media_setup_rtp(c->far, &setup)) return 0;
    bool expect_media = c->state == CW_CALL_ANSWERED || c->state == CW_CALL_HELD;
    // No time-out while it rings, nor where no signalling could tell of a hold.
    if (!expect_media || cw_call_far_offers(c)) setup.hold = true;
    cw_strlcpy(setup.cname, c->id, sizeof setup.cname);
    size_t count = cw_media_setup_streams(c->far, streams);
    if (c->leg_in_media) {
        cw_media_update_rtp(c->node->media, c->leg, &setup);
    } else {
        int err = cw_media_add_rtp(c->node->media, c->leg, &c->ports, &setup);
        if (err) return err;
        c->leg_in_media = true;
    }
    int err = cw_media_set_streams(c->node->media, c->leg, streams, count);
    if (!err) cw_call_apply_dtmf(c);
    if (!err && c->peer && c->peer->in_media) err = cw_media_bridge(c->node->media, c->peer->leg, c->leg);
    return err;
}

// ---------------------------------------------------------------- descriptions

static enum cw_sdp_dir wanted_direction(const struct cw_call *c) {
    return c->holds.us ? CW_SDP_SENDONLY : CW_SDP_SENDRECV;
}

static void fill_options(const struct cw_call *c, struct cw_jsep_opts *opts, const char **codecs) {
    *opts = (struct cw_jsep_opts){.local = {.rtp[CW_KIND_AUDIO] = c->rtp}};
    opts->codecs[CW_KIND_AUDIO] = codecs;
}

static void log_refusal(const struct cw_call *c, const struct cw_jsep_error *error) {
    char detail[160];
    cw_warn("call.sdp_refused", "call=%s code=%s line=%d detail=\"%s\"", c->id, error->code ? error->code : "unknown",
            error->line, cw_log_quote(detail, sizeof detail, error->detail));
}

int cw_call_far_offer(struct cw_call *c, char **sdp) {
    const char *codecs[CW_CALL_CODECS_MAX + 4];
    struct cw_jsep_error error = {0};
    struct cw_jsep_opts opts;
    cw_call_far_codecs(c, codecs, G_N_ELEMENTS(codecs));
    fill_options(c, &opts, codecs);
    struct cw_jsep_want want = {.mline = -1, .kind = CW_KIND_AUDIO, .dir = wanted_direction(c)};
    for (size_t i = 0; i < cw_jsep_media_count(c->far); i++) {
        const struct cw_jsep_media *m = cw_jsep_media_at(c->far, i);
        if (m->kind == CW_KIND_AUDIO && !m->rejected && want.mline < 0) want.mline = (int)i;
    }
    opts.wants = &want;
    opts.want_count = 1;
    int err = cw_jsep_create_offer(c->far, &opts, sdp, &error);
    if (err)
        log_refusal(c, &error);
    else
        c->told_dir = want.dir;
    return err;
}

int cw_call_far_answer(struct cw_call *c, char **sdp) {
    const char *codecs[CW_CALL_CODECS_MAX + 4];
    struct cw_jsep_error error = {0};
    struct cw_jsep_opts opts;
    cw_call_far_codecs(c, codecs, G_N_ELEMENTS(codecs));
    fill_options(c, &opts, codecs);
    const struct cw_jsep_media *m = cw_jsep_media_of_kind(c->far, CW_KIND_AUDIO);
    struct cw_jsep_want want = {.mline = m ? (int)m->index : 0, .kind = CW_KIND_AUDIO, .dir = wanted_direction(c)};
    opts.wants = &want;
    opts.want_count = m ? 1 : 0;
    int err = cw_jsep_create_answer(c->far, &opts, sdp, &error);
    if (!err && !cw_jsep_media_of_kind(c->far, CW_KIND_AUDIO)) {
        free(*sdp);
        *sdp = NULL;
        err = CW_EUNSUPPORTED;
        error.code = "no_common_codec";
    }
    if (err)
        log_refusal(c, &error);
    else
        c->told_dir = want.dir;
    return err;
}

static bool shares_codec(const struct cw_call *c) {
    const struct cw_jsep_media *far = cw_jsep_media_of_kind(c->far, CW_KIND_AUDIO);
    return far && far->codec_count > 0;
}

// An answer of the far side, provisional or final.
static int take_answer(struct cw_call *c, enum cw_jsep_type type, const char *sdp) {
    struct cw_jsep_error error = {0};
    int err = cw_jsep_set_remote(c->far, type, sdp, strlen(sdp), &error);
    if (!err && !shares_codec(c)) {
        err = CW_EUNSUPPORTED;
        error.code = "no_common_codec";
    }
    if (err) {
        log_refusal(c, &error);
        return err;
    }
    cw_call_far_apply(c);
    cw_call_align_browser(c);
    return 0;
}

static void hang_up_sdp(struct cw_call *c) {
    c->cause.sip_status = 488;
    strcpy(c->cause.sip_reason, "Not Acceptable Here");
    cw_call_hangup(c, "not_acceptable");
}

// ---------------------------------------------------------------- hold

void cw_call_sync_hold(struct cw_call *c) {
    char *sdp = NULL;
    if (c->reoffer_pending || !c->plugin_leg || c->told_dir == wanted_direction(c)) return;
    if (cw_jsep_state(c->far) != CW_JSEP_STABLE || cw_call_far_offer(c, &sdp)) return;
    c->reoffer_pending = true;
    c->plugin->plugin->endpoint->reoffer(c->plugin_leg, sdp);
    free(sdp);
}

static void note_far_hold(struct cw_call *c) {
    const struct cw_jsep_media *m = cw_jsep_media_of_kind(c->far, CW_KIND_AUDIO);
    bool theirs = m && m->remote_hold && !c->holds.us; // our own hold makes their answer recvonly
    if (theirs != c->holds.far && !c->holds.us) cw_call_input(c, theirs ? CW_CALL_ON_FAR_HOLD : CW_CALL_ON_FAR_RESUME);
}

// ---------------------------------------------------------------- reports of the plugin

static struct cw_call *find(struct cw_node *node, cw_handle handle) {
    struct cw_owner *leg = cw_owner_find(node, handle);
    return leg ? leg->call : NULL;
}

int cw_far_progress(struct cw_node *node, cw_handle leg, const struct cw_leg_status *status, const char *sdp) {
    struct cw_call *c = find(node, leg);
    if (!c) return CW_RESULT_NOT_FOUND;
    if (sdp && cw_jsep_state(c->far) == CW_JSEP_HAVE_LOCAL_OFFER) {
        if (take_answer(c, CW_JSEP_PRANSWER, sdp)) return 0; // a later answer may fit
        free(c->early_sdp);
        c->early_sdp = strdup(sdp);
        cw_call_input(c, CW_CALL_ON_EARLY);
    } else if (status->status == 180) {
        cw_call_input(c, CW_CALL_ON_RINGING);
    }
    return 0;
}

int cw_far_answered(struct cw_node *node, cw_handle leg, const char *sdp) {
    struct cw_call *c = find(node, leg);
    if (!c) return CW_RESULT_NOT_FOUND;
    const char *answer = sdp ? sdp : c->early_sdp;
    if (cw_jsep_state(c->far) == CW_JSEP_HAVE_LOCAL_OFFER) {
        if (!answer || take_answer(c, CW_JSEP_ANSWER, answer)) {
            hang_up_sdp(c);
            return 0;
        }
    }
    c->late_offer = false;
    if (!c->incoming) cw_call_input(c, CW_CALL_ON_ANSWERED);
    cw_call_far_apply(c); // from now on the RTP time-out counts
    note_far_hold(c);
    return 0;
}

int cw_far_reoffer(struct cw_node *node, cw_handle leg, const char *sdp) {
    struct cw_call *c = find(node, leg);
    if (!c) return CW_RESULT_NOT_FOUND;
    const struct cw_endpoint *endpoint = c->plugin->plugin->endpoint;
    struct cw_jsep_error error = {0};
    char *ours = NULL;
    int err = 0;
    if (cw_jsep_state(c->far) != CW_JSEP_STABLE) {
        endpoint->answer_reoffer(c->plugin_leg, 491, NULL);
        return 0;
    }
    if (sdp) {
        err = cw_jsep_set_remote(c->far, CW_JSEP_OFFER, sdp, strlen(sdp), &error);
        if (err) log_refusal(c, &error);
        if (!err) err = cw_call_far_answer(c, &ours);
        if (err) cw_jsep_rollback(c->far, &error);
    } else {
        c->late_offer = true; // the answer comes with the ACK
        err = cw_call_far_offer(c, &ours);
    }
    endpoint->answer_reoffer(c->plugin_leg, err ? 488 : 200, ours);
    free(ours);
    if (err || !sdp) return 0;
    cw_call_far_apply(c);
    note_far_hold(c);
    cw_call_align_browser(c);
    return 0;
}

int cw_far_reoffer_done(struct cw_node *node, cw_handle leg, int status, const char *sdp) {
    struct cw_call *c = find(node, leg);
    struct cw_jsep_error error = {0};
    if (!c) return CW_RESULT_NOT_FOUND;
    c->reoffer_pending = false;
    if (cw_jsep_state(c->far) != CW_JSEP_HAVE_LOCAL_OFFER) return 0;
    if (status < 200 || status >= 300 || !sdp || take_answer(c, CW_JSEP_ANSWER, sdp)) {
        cw_jsep_rollback(c->far, &error);
        cw_warn("call.reoffer_failed", "call=%s sip=%d", c->id, status);
        return 0;
    }
    cw_call_sync_hold(c); // hold or resume may have been asked meanwhile
    return 0;
}

int cw_far_message(struct cw_node *node, cw_handle leg, const char *content_type, const char *body) {
    struct cw_call *c = find(node, leg);
    if (!c) return CW_RESULT_NOT_FOUND;
    cw_call_event(c, "call.message", json_pack("{s:s, s:s}", "content_type", content_type, "text", body));
    return 0;
}

int cw_far_ended(struct cw_node *node, cw_handle leg, const struct cw_leg_status *status) {
    struct cw_call *c = find(node, leg);
    if (!c) return CW_RESULT_NOT_FOUND;
    const char *code = status->code ? status->code : cw_cause_of_status(status->status);
    cw_strlcpy(c->cause.code, code, sizeof c->cause.code);
    strcpy(c->cause.by, "far");
    c->cause.sip_status = status->status;
    c->cause.q850 = status->q850;
    cw_strlcpy(c->cause.sip_reason, status->reason, sizeof c->cause.sip_reason);
    c->plugin_leg = NULL;
    cw_call_input(c, CW_CALL_ON_FAR_ENDED);
    return 0;
}
