// The life of a call: made, stepped through its states, ended, forgotten.
#include "core/call.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "core/call_internal.h"
#include "core/node.h"
#include "core/peer_internal.h"
#include "core/session.h"

#define REMEMBER_ENDED (60 * CW_SECOND) // an ended call can be read for this long

// ---------------------------------------------------------------- made and found

struct cw_call *cw_call_make(struct cw_session *s, bool incoming) {
    struct cw_call *c = g_new0(struct cw_call, 1);
    c->node = s->node;
    cw_id_make(c->id, "call");
    cw_strlcpy(c->session_id, s->id, sizeof c->session_id);
    c->incoming = incoming;
    c->state = incoming ? CW_CALL_RINGING : CW_CALL_DIALING;
    c->ports.fd_rtp = c->ports.fd_rtcp = -1;
    c->created_wall_us = cw_clock_wall_us();
    c->ring_deadline = c->talk_deadline = c->forget_at = CW_NEVER;
    c->headers = json_object();
    c->metadata = json_object();
    g_hash_table_insert(c->node->calls, c->id, c);
    g_ptr_array_add(s->calls, c);
    return c;
}

static void free_call(struct cw_call *c) {
    g_hash_table_remove(c->node->calls, c->id);
    cw_jsep_free(c->far);
    g_free(c->to);
    g_free(c->from);
    g_free(c->display);
    g_free(c->account);
    free(c->early_sdp);
    json_decref(c->headers);
    json_decref(c->metadata);
    g_free(c);
}

static void close_peer(struct cw_call *c) {
    struct cw_peer *p = c->peer;
    if (!p) return;
    c->peer = NULL;
    p->owner = NULL;
    cw_peer_close(p, "call_ended");
}

// The peer keeps pointing to our id until it is closed: so it goes first.
void cw_call_discard(struct cw_call *c) {
    struct cw_session *s = cw_session_find(c->node, c->session_id);
    if (c->peer) {
        c->peer->owner = NULL;
        c->peer->call_id = NULL;
    }
    close_peer(c);
    cw_call_far_close(c);
    if (s) g_ptr_array_remove(s->calls, c);
    free_call(c);
}

struct cw_call *cw_call_find(struct cw_node *node, const char *id) {
    return g_hash_table_lookup(node->calls, id);
}
struct cw_session *cw_call_session(const struct cw_call *c) {
    return cw_session_find(c->node, c->session_id);
}
struct cw_peer *cw_call_peer(const struct cw_call *c) {
    return c->peer;
}
const char *cw_call_id(const struct cw_call *c) { return c->id; }

void cw_call_event(struct cw_call *c, const char *type, json_t *data) {
    struct cw_session *s = cw_call_session(c);
    const char *peer = c->peer ? c->peer->id : NULL;
    cw_event_add(s ? s->events : c->node->events, type, c->session_id, peer, c->id, data);
}

// ---------------------------------------------------------------- the browser's leg

static void on_peer_state(void *owner, enum cw_peer_state state, const char *reason) {
    struct cw_call *c = owner;
    if (state == CW_PEER_FAILED || state == CW_PEER_CLOSED) cw_call_hangup(c, reason ? reason : "peer_closed");
}

static void on_peer_negotiated(void *owner) { cw_call_far_apply(owner); }

static void on_peer_digit(void *owner, const struct cw_media_event *event) { cw_call_on_digit(owner, event); }

static const struct cw_peer_owner_ops peer_ops = {.on_state = on_peer_state,
                                                  .on_negotiated = on_peer_negotiated,
                                                  .on_digit = on_peer_digit,
                                                  .set_options = cw_call_set_options,
                                                  .options = cw_call_options};

int cw_call_make_peer(struct cw_call *c, struct cw_session *s, const char *offer, struct cw_problem *problem) {
    struct cw_peer_config config = {.call_id = c->id};
    if (c->leg) { // the far leg came first: both live on one worker
        config.use_worker = true;
        config.worker = cw_media_leg_worker(c->leg);
    }
    struct cw_peer *p = cw_peer_make(s, &config);
    p->caps.codec_count[CW_KIND_VIDEO] = 0;
    p->caps.application = false;
    cw_call_restrict_browser(c, p, offer == NULL);
    int err = offer ? cw_peer_accept_offer(p, offer, "/description", problem) : cw_peer_make_offer(p, problem);
    if (!err && offer && !cw_jsep_media_of_kind(p->jsep, CW_KIND_AUDIO)) {
        err = cw_problem_set(problem, 422, "no_common_codec", "/description",
                             "The offer has no audio that this call can use (codecs of the call, rtcp-mux, BUNDLE).");
        cw_peer_close(p, "refused");
        return err;
    }
    if (err) {
        cw_peer_discard(p);
        return err;
    }
    p->owner_ops = &peer_ops;
    p->owner = c;
    c->peer = p;
    return 0;
}

void cw_call_apply_flow(struct cw_call *c) {
    unsigned hold = c->holds.us ? CW_MEDIA_HOLD : 0;
    unsigned browser = c->muted & CW_CALL_MUTE_BROWSER ? CW_MEDIA_MUTE_IN : 0;
    unsigned far = c->muted & CW_CALL_MUTE_FAR ? CW_MEDIA_MUTE_IN : 0;
    if (c->peer) cw_media_set_flow(c->node->media, c->peer->leg, browser);
    if (c->leg_in_media) cw_media_set_flow(c->node->media, c->leg, far | hold);
}

// ---------------------------------------------------------------- states

static void end(struct cw_call *c) {
    struct cw_session *s = cw_call_session(c);
    c->ended_wall_us = cw_clock_wall_us();
    c->ring_deadline = c->talk_deadline = CW_NEVER;
    c->forget_at = c->node->now + REMEMBER_ENDED;
    if (!c->answered_wall_us) c->node->metrics.calls_failed++;
    int64_t talked = c->answered_wall_us ? (c->ended_wall_us - c->answered_wall_us) / 1000 : 0;
    cw_info("call.ended", "session=%s call=%s cause=%s by=%s sip=%d talked_ms=%lld", c->session_id, c->id,
            c->cause.code, c->cause.by, c->cause.sip_status, (long long)talked);
    cw_call_event(c, "call.ended",
                  json_pack("{s:o, s:I}", "cause", cw_call_cause_json(c), "talked_ms", (json_int_t)talked));
    cw_call_far_close(c);
    close_peer(c);
    cw_jsep_free(c->far);
    c->far = NULL;
    if (s) g_ptr_array_remove(s->calls, c);
}

static void answered(struct cw_call *c) {
    int64_t limit = cw_config_int(c->node->config, "calls.max_duration_ms");
    c->answered_wall_us = cw_clock_wall_us();
    c->ring_deadline = CW_NEVER;
    if (c->talk_deadline != CW_NEVER) c->talk_deadline += c->node->now; // was set as a length
    if (c->talk_deadline == CW_NEVER && limit) c->talk_deadline = c->node->now + limit * CW_MS;
    c->node->metrics.calls_answered++;
    cw_info("call.answered", "session=%s call=%s", c->session_id, c->id);
    cw_call_event(c, "call.answered", NULL);
}

static void perform(struct cw_call *c, unsigned commands) {
    const struct cw_endpoint *endpoint = c->plugin ? c->plugin->plugin->endpoint : NULL;
    const char *holder = c->holds.us ? "local" : "far";
    if (commands & CW_CALL_DO_TELL_RINGING) {
        if (!c->ringing_wall_us) c->ringing_wall_us = cw_clock_wall_us();
        c->ringing_at = c->node->now;
        cw_info("call.ringing", "session=%s call=%s", c->session_id, c->id);
        cw_call_event(c, "call.ringing", NULL);
    }
    if (commands & CW_CALL_DO_TELL_EARLY) cw_call_event(c, "call.early", NULL);
    if (commands & CW_CALL_DO_TELL_ANSWERED) answered(c);
    if (commands & CW_CALL_DO_TELL_HELD) cw_call_event(c, "call.held", json_pack("{s:s}", "by", holder));
    if (commands & CW_CALL_DO_TELL_RESUMED) cw_call_event(c, "call.resumed", NULL);
    if (commands & (CW_CALL_DO_REOFFER_HOLD | CW_CALL_DO_REOFFER_RESUME)) {
        cw_call_apply_flow(c);
        cw_call_sync_hold(c);
    }
    if (commands & CW_CALL_DO_HANGUP_FAR && c->plugin_leg) {
        bool refuse = c->incoming && !c->answered_wall_us;
        if (refuse && !c->cause.sip_status) c->cause.sip_status = cw_cause_status(c->cause.code);
        endpoint->hangup(c->plugin_leg, refuse ? c->cause.sip_status : 0, NULL);
    }
    if (commands & CW_CALL_DO_END) {
        c->plugin_leg = NULL;
        end(c);
    }
}

int cw_call_input(struct cw_call *c, enum cw_call_input input) {
    struct cw_call_step step = cw_call_step(c->state, &c->holds, input);
    if (step.commands & CW_CALL_DO_REFUSE) return CW_ESTATE;
    c->state = step.state;
    if (c->transfer_of[0]) cw_call_transfer_step(c, step.commands);
    perform(c, step.commands);
    cw_call_sound_update(c);
    return 0;
}

void cw_call_hangup(struct cw_call *c, const char *code) {
    if (c->state == CW_CALL_ENDED) return;
    if (!c->cause.code[0]) {
        cw_strlcpy(c->cause.code, code, sizeof c->cause.code);
        strcpy(c->cause.by, "local");
    }
    cw_call_input(c, CW_CALL_ON_HANGUP);
}

void cw_call_tick(struct cw_call *c, cw_time now) {
    if (now >= c->forget_at)
        free_call(c);
    else if (now >= c->ring_deadline)
        cw_call_hangup(c, "timeout");
    else if (c->answered_wall_us && now >= c->talk_deadline)
        cw_call_hangup(c, "max_duration");
    else {
        cw_call_sound_update(c);
        cw_call_quality_tick(c, now);
    }
}

void cw_call_on_media(struct cw_call *c, const struct cw_media_event *event) {
    if (event->type == CW_MEDIA_RTP_TIMEOUT && c->state == CW_CALL_ANSWERED) cw_call_hangup(c, "media_timeout");
    if (event->type == CW_MEDIA_FAILED) cw_call_hangup(c, cw_media_reason_name(event->reason));
    if (event->type == CW_MEDIA_DTMF) cw_call_on_digit(c, event);
    if (event->type == CW_MEDIA_SEND_INFO) cw_call_send_info(c, event);
}

// ---------------------------------------------------------------- dialing

static int dial_application(struct cw_call *c, struct cw_session *s, const struct cw_call_params *params,
                            struct cw_problem *problem) {
    struct cw_peer_params peer = {.plugin = params->to + 4, .type = "offer", .sdp = params->sdp};
    int err = cw_peer_new(s, &peer, &c->peer, problem);
    if (err) {
        if (strcmp(problem->pointer, "/plugin") == 0) strcpy(problem->pointer, "/to");
        return err;
    }
    c->peer->call_id = c->id;
    c->peer->owner_ops = &peer_ops;
    c->peer->owner = c;
    return cw_call_input(c, CW_CALL_ON_ANSWERED);
}

// The host of "sip:user@host:port;…".
void cw_call_uri_host(const char *uri, char *out, size_t cap) {
    const char *at = strchr(uri, '@');
    const char *host = at ? at + 1 : strchr(uri, ':') + 1;
    size_t len = strcspn(host, ":;?>");
    if (*host == '[') len = strcspn(++host, "]");
    if (strncmp(uri, "tel:", 4) == 0) len = 0;
    snprintf(out, cap, "%.*s", (int)len, host);
}

int cw_call_far_failed(struct cw_problem *problem, int err) {
    problem->retry_after_s = 1;
    if (err == CW_ELIMIT)
        return cw_problem_set(problem, 503, "no_rtp_ports", NULL, "No RTP port is free (media.rtp_port_min to _max).");
    return cw_problem_set(problem, 503, "media_failed", NULL, "The media leg could not be made: %s.", cw_err_name(err));
}

int cw_call_plugin_problem(struct cw_problem *problem, const struct cw_plugin_error *e) {
    return cw_problem_set(problem, e->status ? e->status : 400, e->code[0] ? e->code : "refused",
                          e->pointer[0] ? e->pointer : "/to", "%s",
                          e->detail[0] ? e->detail : "The address was refused.");
}

static int dial_endpoint(struct cw_call *c, const struct cw_call_params *params, struct cw_problem *problem) {
    struct cw_plugin_error error = {0};
    struct cw_header headers[32];
    size_t header_count = 0;
    const char *name;
    json_t *value;
    char host[256], *sdp = NULL;
    json_object_foreach(c->headers, name, value) {
        if (header_count < G_N_ELEMENTS(headers))
            headers[header_count++] = (struct cw_header){name, json_string_value(value)};
    }
    cw_call_uri_host(params->to, host, sizeof host);
    int err = cw_call_far_open(c, host);
    if (!err) err = cw_call_far_offer(c, &sdp);
    if (!err) err = cw_call_far_apply(c);
    if (err) {
        free(sdp);
        return cw_call_far_failed(problem, err);
    }
    struct cw_dial dial = {.to = params->to,
                           .from = params->from,
                           .account = params->account,
                           .sdp = sdp,
                           .headers = headers,
                           .header_count = header_count};
    err = c->plugin->plugin->endpoint->dial(c->plugin->self, c->leg, &dial, &c->plugin_leg, &error);
    free(sdp);
    return err ? cw_call_plugin_problem(problem, &error) : 0;
}

static int check(struct cw_session *s, const struct cw_call_params *params, struct cw_problem *problem) {
    struct cw_plugin_error error = {0};
    if (s->node->draining ||
        (int64_t)g_hash_table_size(s->node->calls) >= cw_config_int(s->node->config, "calls.max_calls")) {
        problem->retry_after_s = 5;
        return cw_problem_set(problem, 503, s->node->draining ? "draining" : "too_many_calls", NULL,
                              "This node takes no new calls now.");
    }
    if (!params->sdp && !params->options && !params->browser_of) {
        return cw_problem_set(problem, 400, "missing_field", "/description",
                              "description (the browser's offer) is missing.");
    }
    if (strncmp(params->to, "app:", 4) == 0) return 0;
    struct cw_plugin_slot *plugin = cw_plugins_find_endpoint(s->node, params->to);
    if (!plugin) {
        return cw_problem_set(problem, 400, "unknown_scheme", "/to",
                              "\"%.80s\" is no address that a loaded plugin can call; try sip:user@host or app:echo.",
                              params->to);
    }
    const struct cw_endpoint *endpoint = plugin->plugin->endpoint;
    if (endpoint->check && endpoint->check(plugin->self, params->to, &error))
        return cw_call_plugin_problem(problem, &error);
    return 0;
}

int cw_call_new(struct cw_session *s, const struct cw_call_params *params, struct cw_call **out,
                struct cw_problem *problem) {
    int err = check(s, params, problem);
    if (err) return err;
    struct cw_call *c = cw_call_make(s, false);
    int64_t timeout = params->timeout_ms ? params->timeout_ms : cw_config_int(s->node->config, "calls.timeout_ms");
    c->to = g_strdup(params->to);
    c->from = g_strdup(params->from);
    c->account = g_strdup(params->account);
    if (params->headers) json_object_update(c->headers, params->headers);
    if (params->metadata) json_object_update(c->metadata, params->metadata);
    c->ring_deadline = s->node->now + timeout * CW_MS;
    if (params->max_duration_ms) c->talk_deadline = params->max_duration_ms * CW_MS;
    err = cw_call_take_codecs(c, params->codecs, problem);
    if (err) goto failed;
    if (strncmp(params->to, "app:", 4) == 0) {
        err = dial_application(c, s, params, problem);
    } else {
        c->plugin = cw_plugins_find_endpoint(s->node, params->to);
        bool offered = cw_call_far_offers(c); // then the browser's leg follows the far one
        if (params->browser_of)
            cw_call_take_browser(c, params->browser_of);
        else if (!offered)
            err = cw_call_make_peer(c, s, params->sdp, problem);
        if (!err) err = offered ? cw_call_dial_offered(c, s, params, problem) : dial_endpoint(c, params, problem);
    }
    if (err) goto failed;
    s->node->metrics.calls_outgoing++;
    char to[128];
    cw_info("call.dialing", "session=%s call=%s peer=%s to=\"%s\"", s->id, c->id, c->peer->id,
            cw_log_quote(to, sizeof to, c->to));
    *out = c;
    return 0;
failed:
    if (params->browser_of && c->peer) cw_call_take_browser(params->browser_of, c);
    cw_call_discard(c);
    return err;
}
