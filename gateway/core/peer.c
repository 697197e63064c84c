// The life of a peer: made, found, stepped through its states, closed.
#include "core/peer.h"

#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "core/call.h"
#include "core/dtmf.h"
#include "core/node.h"
#include "core/owner.h"
#include "core/peer_internal.h"
#include "core/session.h"
#include "core/stats_json.h"

static bool make_jsep(struct cw_peer *p) {
    struct cw_jsep_config config = {
        .profile = CW_JSEP_WEBRTC,
        .caps = &p->caps,
        .ice_lite = strcmp(cw_config_string(p->session->node->config, "ice.mode"), "lite") == 0,
        .session_id = (uint64_t)cw_random_u32() << 29 | cw_random_u32(),
        .cname = p->id,
        .stream_id = p->id,
    };
    return cw_jsep_new(&p->jsep, &config) == 0;
}

struct cw_peer *cw_peer_make(struct cw_session *s, const struct cw_peer_config *config) {
    struct cw_node *node = s->node;
    struct cw_peer *p = g_new0(struct cw_peer, 1);
    p->session = s;
    cw_id_make(p->id, "peer");
    p->app = config->app;
    p->owner_ops = config->owner_ops;
    p->owner = config->owner;
    p->call_id = config->call_id;
    p->caps = cw_jsep_caps_webrtc;
    p->created_wall_us = cw_clock_wall_us();
    cw_ice_credentials_make(&p->ice);
    if (!make_jsep(p)) abort(); // only memory can fail
    unsigned worker = config->use_worker ? config->worker : cw_media_pick_worker(node->media);
    p->leg = cw_media_leg_id(node->media, worker);
    cw_owner_add(node, p->leg, p, NULL);
    g_hash_table_insert(node->peers, p->id, p);
    g_ptr_array_add(s->peers, p);
    node->metrics.peers_created++;
    return p;
}

static void free_peer(struct cw_peer *p) {
    if (p->waiting) g_ptr_array_free(p->waiting, TRUE);
    cw_jsep_free(p->jsep);
    g_free(p);
}

static void forget(struct cw_peer *p) {
    g_ptr_array_remove(p->session->peers, p);
    g_hash_table_remove(p->session->node->peers, p->id);
    free_peer(p);
}

void cw_peer_discard(struct cw_peer *p) {
    cw_owner_drop(p->session->node, p->leg);
    if (p->app_peer) p->app->plugin->app->detach(p->app_peer);
    forget(p);
}

struct cw_peer *cw_peer_find(struct cw_node *node, const char *id) {
    return g_hash_table_lookup(node->peers, id);
}
struct cw_session *cw_peer_session(const struct cw_peer *p) {
    return p->session;
}
const char *cw_peer_id(const struct cw_peer *p) { return p->id; }

// ---------------------------------------------------------------- application plugins

int cw_peer_plugin_problem(struct cw_problem *problem, const struct cw_plugin_error *e, const char *prefix) {
    char pointer[96];
    snprintf(pointer, sizeof pointer, "%s%.70s", e->pointer[0] ? prefix : "", e->pointer);
    return cw_problem_set(problem, e->status ? e->status : 400, e->code[0] ? e->code : "plugin_refused", pointer, "%s",
                          e->detail[0] ? e->detail : "The plugin refused.");
}

static int attach(struct cw_peer *p, const json_t *options, struct cw_problem *problem) {
    const struct cw_app *app = p->app->plugin->app;
    struct cw_plugin_error error = {0};
    char *text = options ? json_dumps(options, JSON_COMPACT) : NULL;
    int err = app->attach(p->app->self, p->leg, text, &p->app_peer, &error);
    free(text);
    if (err) {
        p->app_peer = NULL;
        return cw_peer_plugin_problem(problem, &error, "/options");
    }
    struct cw_app_wish wish = {.audio = true, .video = true, .data = true, .send = true, .receive = true};
    if (app->wish) app->wish(p->app_peer, &wish);
    enum cw_sdp_dir dir = (wish.send ? CW_SDP_SENDONLY : 0) | (wish.receive ? CW_SDP_RECVONLY : 0);
    p->caps.dir[CW_KIND_AUDIO] = p->caps.dir[CW_KIND_VIDEO] = dir;
    if (!wish.audio) p->caps.codec_count[CW_KIND_AUDIO] = 0;
    if (!wish.video) p->caps.codec_count[CW_KIND_VIDEO] = 0;
    p->caps.application = wish.data;
    return 0;
}

int cw_peer_new(struct cw_session *s, const struct cw_peer_params *params, struct cw_peer **out,
                struct cw_problem *problem) {
    struct cw_plugin_slot *app = cw_plugins_find_app(s->node, params->plugin);
    struct cw_plugin_slot *joinable = app ? NULL : cw_plugins_find_joinable(s->node, params->plugin);
    if (joinable) return cw_call_join(s, joinable, params, out, problem);
    if (!app) {
        return cw_problem_set(problem, 400, "unknown_plugin", "/plugin", "No plugin \"%s\" that takes peers is loaded.",
                              params->plugin);
    }
    struct cw_peer_config config = {.app = app};
    struct cw_peer *p = cw_peer_make(s, &config);
    int err = attach(p, params->options, problem);
    if (!err)
        err = params->sdp ? cw_peer_accept_offer(p, params->sdp, "/description", problem)
                          : cw_peer_make_offer(p, problem);
    if (err) {
        cw_peer_discard(p);
        return err;
    }
    cw_info("peer.created", "session=%s peer=%s plugin=%s", s->id, p->id, params->plugin);
    *out = p;
    return 0;
}

int cw_peer_set_options(struct cw_peer *p, const json_t *patch, struct cw_problem *problem) {
    const struct cw_app *app = p->app ? p->app->plugin->app : NULL;
    if (!app && p->owner) return p->owner_ops->set_options(p->owner, patch, problem);
    if (!app || !app->set_options)
        return cw_problem_set(problem, 409, "no_options", NULL, "This peer has no options that can be changed.");
    struct cw_plugin_error error = {0};
    char *text = json_dumps(patch, JSON_COMPACT);
    int err = app->set_options(p->app_peer, text, &error);
    free(text);
    return err ? cw_peer_plugin_problem(problem, &error, "") : 0;
}

// ---------------------------------------------------------------- states

void cw_peer_event(struct cw_peer *p, const char *type, json_t *data) {
    cw_event_add(p->session->events, type, p->session->id, p->id, p->call_id, data);
}

static void tell_state(struct cw_peer *p, const char *reason) {
    char type[40];
    snprintf(type, sizeof type, "peer.%s", cw_peer_state_name(p->state));
    enum cw_log_level level = p->state == CW_PEER_FAILED ? CW_LOG_WARN : CW_LOG_INFO;
    cw_log(level, type, "session=%s peer=%s%s%s%s%s", p->session->id, p->id, p->call_id ? " call=" : "",
           p->call_id ? p->call_id : "", reason ? " reason=" : "", reason ? reason : "");
    cw_peer_event(p, type, reason ? json_pack("{s:s}", "reason", reason) : NULL);
}

void cw_peer_input(struct cw_peer *p, enum cw_peer_input input, const char *reason) {
    enum cw_peer_state next = cw_peer_step(p->state, input);
    if (next == p->state) return;
    p->state = next;
    if (next == CW_PEER_FAILED) p->session->node->metrics.peers_failed++;
    tell_state(p, reason);
    if (p->owner) p->owner_ops->on_state(p->owner, next, reason);
}

static void detach_app(struct cw_node *node, void *arg) {
    (void)node;
    struct cw_peer *p = arg;
    if (p->app_peer) p->app->plugin->app->detach(p->app_peer);
    free_peer(p);
}

void cw_peer_close(struct cw_peer *p, const char *reason) {
    struct cw_node *node = p->session->node;
    if (p->owner) { // the call ends, and comes back here without an owner
        cw_peer_input(p, CW_PEER_ON_CLOSE, reason);
        return;
    }
    cw_peer_input(p, CW_PEER_ON_CLOSE, reason);
    g_ptr_array_remove(p->session->peers, p);
    g_hash_table_remove(node->peers, p->id);
    if (p->in_media) {
        cw_owner_remove(node, p->leg, detach_app, p);
    } else {
        cw_owner_drop(node, p->leg);
        detach_app(node, p);
    }
}

static void tell_stream(struct cw_peer *p, unsigned stream) {
    const struct cw_jsep_media *m = cw_jsep_media_at(p->jsep, stream);
    if (m) cw_peer_event(p, "peer.media", json_pack("{s:s, s:s}", "mid", m->mid, "kind", cw_kind_name(m->kind)));
}

static void tell_digit(struct cw_peer *p, const struct cw_media_event *event) {
    if (p->owner)
        p->owner_ops->on_digit(p->owner, event);
    else
        cw_peer_event(p, "dtmf", cw_dtmf_json(event));
}

void cw_peer_on_media(struct cw_peer *p, const struct cw_media_event *event) {
    switch (event->type) {
    case CW_MEDIA_CONNECTING: cw_peer_input(p, CW_PEER_ON_CHECK, NULL); break;
    case CW_MEDIA_CONNECTED: cw_peer_input(p, CW_PEER_ON_SECURE, NULL); break;
    case CW_MEDIA_STARTED: tell_stream(p, event->stream); break;
    case CW_MEDIA_DISCONNECTED: cw_peer_input(p, CW_PEER_ON_SILENT, NULL); break;
    case CW_MEDIA_RESUMED: cw_peer_input(p, CW_PEER_ON_CONSENT, NULL); break;
    case CW_MEDIA_FAILED: cw_peer_input(p, CW_PEER_ON_FAILURE, cw_media_reason_name(event->reason)); break;
    case CW_MEDIA_DTMF: tell_digit(p, event); break;
    case CW_MEDIA_CLOSED: cw_peer_close(p, "closed_by_peer"); break;
    case CW_MEDIA_CANDIDATE: cw_peer_event(p, "peer.candidate", cw_peer_candidate_json(p, event->text)); break;
    default: break;
    }
}

// ---------------------------------------------------------------- what the API reads

json_t *cw_peer_options(const struct cw_peer *p) {
    char text[1024];
    if (!p->app && p->owner) return p->owner_ops->options(p->owner);
    if (!p->app || !p->app->plugin->app->get_options) return json_object();
    if (p->app->plugin->app->get_options(p->app_peer, text, sizeof text)) return json_object();
    json_t *options = json_loads(text, 0, NULL);
    return options ? options : json_object();
}

json_t *cw_peer_json(const struct cw_peer *p) {
    char created[CW_RFC3339_SIZE];
    const struct cw_plugin_slot *slot = p->app ? p->app : p->joined;
    cw_clock_rfc3339(p->created_wall_us, created);
    return json_pack("{s:s, s:s, s:s?, s:s?, s:s, s:o, s:s}", "id", p->id, "session", p->session->id, "plugin",
                     slot ? slot->plugin->name : NULL, "call", p->call_id, "state", cw_peer_state_name(p->state),
                     "options", cw_peer_options(p), "created_at", created);
}

struct stats_call {
    void (*done)(void *arg, json_t *stats);
    void *arg;
};

static void stats_done(void *arg, const struct cw_media_stats *stats) {
    struct stats_call *call = arg;
    json_t *json = stats ? cw_stats_json(stats) : NULL;
    call->done(call->arg, json);
    json_decref(json);
    g_free(call);
}

int cw_peer_get_stats(struct cw_peer *p, void (*done)(void *arg, json_t *stats), void *arg) {
    struct stats_call *call = g_new0(struct stats_call, 1);
    *call = (struct stats_call){done, arg};
    int err = cw_owner_get_stats(p->session->node, p->leg, stats_done, call);
    if (err) g_free(call);
    return err;
}
