// Sessions and their time-outs.
#include "core/session.h"

#include <string.h>

#include "base/buf.h"
#include "base/log.h"
#include "core/call.h"
#include "core/node.h"
#include "core/peer.h"

#define EXPIRING_NOTICE_MS 10000 // `session.expiring` comes this long before the end

static bool endpoint_ok(const char *name) {
    size_t len = strlen(name);
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._+-";
    return len > 0 && len < CW_ENDPOINT_SIZE && strspn(name, letters) == len;
}

static int check_params(struct cw_node *node, const struct cw_session_params *params, struct cw_problem *problem) {
    if (node->draining) {
        problem->retry_after_s = 5;
        return cw_problem_set(problem, 503, "draining", NULL, "This node takes no new sessions: it is being drained.");
    }
    if (g_hash_table_size(node->sessions) >= (guint)cw_config_int(node->config, "session.max_sessions")) {
        problem->retry_after_s = 5;
        return cw_problem_set(problem, 503, "too_many_sessions", NULL, "The limit session.max_sessions is reached.");
    }
    if (!params->endpoint) return 0;
    if (!endpoint_ok(params->endpoint)) {
        return cw_problem_set(problem, 400, "invalid_endpoint", "/endpoint",
                              "An endpoint name has 1 to 64 letters, digits, '.', '_', '+' or '-'.");
    }
    if (cw_session_find_endpoint(node, params->endpoint)) {
        return cw_problem_set(problem, 409, "endpoint_taken", "/endpoint", "Another session is endpoint \"%s\".",
                              params->endpoint);
    }
    return 0;
}

int cw_session_new(struct cw_node *node, const struct cw_session_params *params, struct cw_session **out,
                   struct cw_problem *problem) {
    int err = check_params(node, params, problem);
    if (err) return err;
    struct cw_session *s = g_new0(struct cw_session, 1);
    s->node = node;
    cw_id_make(s->id, "ses");
    cw_random_text(s->token, sizeof s->token - 1);
    cw_strlcpy(s->endpoint, params->endpoint, sizeof s->endpoint);
    s->metadata = params->metadata ? json_deep_copy(params->metadata) : json_object();
    s->events = cw_event_queue_new((size_t)cw_config_int(node->config, "session.event_queue"));
    cw_event_queue_copy_to(s->events, node->events);
    s->peers = g_ptr_array_new();
    s->calls = g_ptr_array_new();
    s->created_at = s->last_seen = node->now;
    s->created_wall_us = cw_clock_wall_us();
    g_hash_table_insert(node->sessions, s->id, s);
    g_hash_table_insert(node->session_tokens, s->token, s);
    if (s->endpoint[0]) g_hash_table_insert(node->endpoints, s->endpoint, s);
    node->metrics.sessions_created++;
    cw_info("session.created", "session=%s endpoint=%s", s->id, s->endpoint[0] ? s->endpoint : "-");
    *out = s;
    return 0;
}

struct cw_session *cw_session_find(struct cw_node *node, const char *id) {
    return g_hash_table_lookup(node->sessions, id);
}

struct cw_session *cw_session_find_token(struct cw_node *node, const char *token) {
    return g_hash_table_lookup(node->session_tokens, token);
}

struct cw_session *cw_session_find_endpoint(struct cw_node *node, const char *endpoint) {
    return g_hash_table_lookup(node->endpoints, endpoint);
}

void cw_session_touch(struct cw_session *s) {
    s->last_seen = s->node->now;
    s->warned = false;
}

void cw_session_end(struct cw_session *s, const char *reason) {
    struct cw_node *node = s->node;
    while (s->calls->len) cw_call_hangup(g_ptr_array_index(s->calls, 0), "session_ended");
    while (s->peers->len) cw_peer_close(g_ptr_array_index(s->peers, 0), "session_ended");
    cw_info("session.ended", "session=%s reason=%s", s->id, reason);
    g_hash_table_remove(node->session_tokens, s->token);
    if (s->endpoint[0]) g_hash_table_remove(node->endpoints, s->endpoint);
    g_hash_table_remove(node->sessions, s->id);
    cw_event_queue_free(s->events);
    g_ptr_array_free(s->peers, TRUE);
    g_ptr_array_free(s->calls, TRUE);
    json_decref(s->metadata);
    g_free(s);
}

void cw_session_tick(struct cw_session *s, cw_time now) {
    if (cw_event_queue_has_readers(s->events)) {
        s->last_seen = now;
        s->warned = false;
        return;
    }
    cw_time left = s->last_seen + cw_config_int(s->node->config, "session.expires_ms") * CW_MS - now;
    if (left <= 0) {
        s->node->metrics.sessions_expired++;
        cw_session_end(s, "expired");
    } else if (left <= EXPIRING_NOTICE_MS * CW_MS && !s->warned) {
        s->warned = true;
        cw_event_add(s->events, "session.expiring", s->id, NULL, NULL,
                     json_pack("{s:I}", "in_ms", (json_int_t)(left / CW_MS)));
    }
}

json_t *cw_session_json(const struct cw_session *s) {
    char created[CW_RFC3339_SIZE];
    cw_clock_rfc3339(s->created_wall_us, created);
    return json_pack("{s:s, s:s?, s:O, s:s, s:i, s:i, s:I}", "id", s->id, "endpoint",
                     s->endpoint[0] ? s->endpoint : NULL, "metadata", s->metadata, "created_at", created, "peers",
                     (int)s->peers->len, "calls", (int)s->calls->len, "expires_in_ms",
                     (json_int_t)cw_config_int(s->node->config, "session.expires_ms"));
}
