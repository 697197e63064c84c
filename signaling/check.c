// Checks of a whole request on the http thread: route, key, body, Idempotency-Key. What passes goes to control.
#include <ctype.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "signaling/exchange.h"

#define MAX_QUERY 32
#define MAX_IDEMPOTENCY_KEY 255

struct checked {
    struct cw_match match;
    struct cw_identity who;
    const char *bearer;
    json_t *query;
    json_t *body;
    enum cw_stream_mode mode;
};

static bool path_is_clean(const struct cw_exchange *x) {
    for (const char *c = x->path; *c; c++) {
        if ((unsigned char)*c < 0x20 || *c == 0x7f) return false;
    }
    return x->path_fits;
}

static enum MHD_Result add_query(void *arg, enum MHD_ValueKind kind, const char *name, const char *value) {
    json_t *query = arg;
    (void)kind;
    json_t *text = json_string(value ? value : "");
    if (!text) return MHD_YES; // not UTF-8: none of ours
    if (json_object_size(query) < MAX_QUERY)
        json_object_set_new(query, name, text);
    else
        json_decref(text);
    return MHD_YES;
}

// EventSource and WebSocket cannot set headers; elsewhere a token in an address would end up in logs and histories.
static const char *bearer_of(const struct cw_exchange *x, const struct cw_route *route) {
    const char *bearer = cw_auth_bearer(cw_exchange_header(x, "Authorization"));
    if (bearer || !(route->flags & CW_ROUTE_STREAM)) return bearer;
    return MHD_lookup_connection_value(x->connection, MHD_GET_ARGUMENT_KIND, "access_token");
}

static int check_who(struct cw_exchange *x, struct checked *c, struct cw_problem *problem) {
    const struct cw_route *route = c->match.route;
    const struct cw_connection *connection = cw_connection_of(x->connection);
    if (route->flags & CW_ROUTE_OPEN) return 0;
    c->bearer = bearer_of(x, route);
    struct cw_credentials shown = {
        .bearer = c->bearer,
        .host = cw_exchange_header(x, "Host"),
        .origin = cw_exchange_header(x, "Origin"),
        .from_loopback = connection && connection->loopback,
    };
    int err = cw_auth_check(x->http->auth, &shown, &c->who, problem);
    if (err || !route->scope) return err;
    x->key_name = c->who.name;
    if (c->who.who == CW_WHO_NOBODY) {
        return cw_problem_set(problem, 401, "unauthorized", NULL, "Authorization: Bearer and an API key are needed.");
    }
    if (c->who.who == CW_WHO_TOKEN || (c->who.scopes & route->scope)) return 0;
    return cw_problem_set(problem, 403, "missing_scope", NULL, "This key's scopes do not cover this request.");
}

static bool is_json(const char *type) {
    if (!type) return false;
    size_t len = strcspn(type, "; \t");
    return (len == 16 && strncasecmp(type, CW_TYPE_JSON, len) == 0) ||
           (len > 17 && strncasecmp(type, "application/", 12) == 0 && strncasecmp(type + len - 5, "+json", 5) == 0);
}

static int check_body(struct cw_exchange *x, struct checked *c, struct cw_problem *problem) {
    const struct cw_route *route = c->match.route;
    if (x->body_len > x->http->max_body) {
        return cw_problem_set(problem, 413, "body_too_large", NULL, "A body has at most %zu bytes.", x->http->max_body);
    }
    if (!route->fields && !route->check) {
        if (!x->body_len || strcmp(route->method, "GET") == 0 || strcmp(route->method, "DELETE") == 0) return 0;
        return cw_problem_set(problem, 400, "unexpected_body", NULL, "This request has no body.");
    }
    if (x->body_len && !is_json(cw_exchange_header(x, "Content-Type"))) {
        return cw_problem_set(problem, 415, "not_json", NULL, "The body must be application/json.");
    }
    // No body is an empty object, so that verbs without fields need none.
    int err = cw_schema_parse(x->body_len ? x->body.s : "{}", x->body_len ? x->body.len : 2, &c->body, problem);
    if (err) return err;
    return route->check ? route->check(c->body, problem) : cw_schema_check(route->fields, c->body, "", problem);
}

static int check_stream(struct cw_exchange *x, struct checked *c, struct cw_problem *problem) {
    if (!(c->match.route->flags & CW_ROUTE_STREAM)) return 0;
    const char *accept = cw_exchange_header(x, "Accept");
    if (strcmp(x->method, "GET") != 0) return cw_problem_set(problem, 400, "get_only", NULL, "Events are read by GET.");
    if (cw_websocket_requested(x->connection)) {
        c->mode = CW_STREAM_WEBSOCKET;
        return cw_websocket_check(x->connection, problem);
    }
    c->mode = accept && strcasestr(accept, "text/event-stream") ? CW_STREAM_SSE : CW_STREAM_POLL;
    return 0;
}

// The answer belongs to who asks, so a key of somebody else's is another key.
static char *idempotency_scope(const struct cw_exchange *x, const struct checked *c, const char *key) {
    return g_strdup_printf("%d %s %s\n%s %s\n%s", (int)c->who.who, c->who.name, c->bearer ? c->bearer : "", x->method,
                           x->path, key);
}

// FIRST leaves the serial for the answer.
static enum cw_check check_idempotency(struct cw_exchange *x, const struct checked *c, uint64_t *serial,
                                       struct cw_reply *replay, struct cw_problem *problem) {
    const char *key = cw_exchange_header(x, "Idempotency-Key");
    const struct cw_reply *saved;
    uint8_t hash[SHA256_DIGEST_LENGTH];
    if (!key || strcmp(x->method, "POST") != 0) return CW_CHECK_REQUEST;
    if (!*key || strlen(key) > MAX_IDEMPOTENCY_KEY) {
        cw_problem_set(problem, 400, "idempotency_key", NULL, "An Idempotency-Key has 1 to %d bytes.",
                       MAX_IDEMPOTENCY_KEY);
        return CW_CHECK_REFUSE;
    }
    char *scope = idempotency_scope(x, c, key);
    SHA256((const unsigned char *)(x->body.s ? x->body.s : ""), x->body.len, hash);
    enum cw_idempotency_result result =
        cw_idempotency_begin(x->http->idempotency, scope, hash, x->http->now, serial, &saved);
    g_free(scope);
    switch (result) {
    case CW_IDEMPOTENCY_FIRST: return CW_CHECK_REQUEST;
    case CW_IDEMPOTENCY_REPLAY:
        if (cw_reply_copy(replay, saved) == 0) return CW_CHECK_REPLAY;
        cw_problem_set(problem, 503, "no_memory", NULL, "Out of memory.");
        return CW_CHECK_REFUSE;
    case CW_IDEMPOTENCY_BUSY:
        cw_problem_set(problem, 409, "idempotency_in_progress", NULL,
                       "The first request with this key is in progress.");
        problem->retry_after_s = 1;
        return CW_CHECK_REFUSE;
    case CW_IDEMPOTENCY_OTHER: break;
    }
    cw_problem_set(problem, 409, "idempotency_mismatch", NULL, "This Idempotency-Key was used with another body.");
    return CW_CHECK_REFUSE;
}

static void on_done(struct cw_request *request);

static struct cw_request *make_request(struct cw_exchange *x, struct checked *c, uint64_t serial) {
    struct cw_request *request = calloc(1, sizeof *request);
    const char *last = cw_exchange_header(x, "Last-Event-ID");
    if (!request) return NULL;
    request->http = x->http;
    request->done = on_done;
    request->id = x->id;
    request->match = c->match;
    request->who = c->who;
    request->mode = c->mode;
    request->idempotency = serial;
    memcpy(request->request_id, x->request_id, sizeof x->request_id);
    if (c->who.who == CW_WHO_TOKEN) request->bearer = strdup(c->bearer);
    if (last) request->last_event_id = strdup(last);
    request->body = c->body;
    request->query = c->query;
    c->body = c->query = NULL;
    return request;
}

static void on_message(struct cw_msg *msg, void *owner) {
    struct cw_request *request = (struct cw_request *)msg;
    if (owner)
        cw_exchange_answered(owner, request);
    else
        cw_request_free(request);
}

static void on_done(struct cw_request *request) {
    request->msg.run = on_message;
    cw_loop_post(&request->http->loop, &request->msg);
}

static enum cw_check check_all(struct cw_exchange *x, struct checked *c, struct cw_request **request,
                               struct cw_reply *replay, struct cw_problem *problem) {
    uint64_t serial = 0;
    if (check_who(x, c, problem)) return CW_CHECK_REFUSE;
    if (c->match.route->flags & CW_ROUTE_PAGE) return CW_CHECK_PAGE;
    if (check_stream(x, c, problem) || check_body(x, c, problem)) return CW_CHECK_REFUSE;
    enum cw_check result = check_idempotency(x, c, &serial, replay, problem);
    if (result != CW_CHECK_REQUEST) return result;
    c->query = json_object();
    MHD_get_connection_values(x->connection, MHD_GET_ARGUMENT_KIND, add_query, c->query);
    *request = make_request(x, c, serial);
    if (*request) return CW_CHECK_REQUEST;
    cw_idempotency_abandon(x->http->idempotency, serial);
    cw_problem_set(problem, 503, "no_memory", NULL, "Out of memory.");
    return CW_CHECK_REFUSE;
}

enum cw_check cw_exchange_check(struct cw_exchange *x, struct cw_request **request, struct cw_reply *replay,
                                struct cw_problem *problem) {
    struct checked c = {.who.name = ""};
    const struct cw_router *router = &x->http->params.router;
    if (x->http->ending_since) {
        cw_problem_set(problem, 503, "ending", NULL, "The gateway is ending.");
        return CW_CHECK_REFUSE;
    }
    if (!path_is_clean(x)) {
        cw_problem_set(problem, 404, "not_found", NULL, "There is nothing at this path.");
        return CW_CHECK_REFUSE;
    }
    if (strcmp(x->method, "OPTIONS") == 0) {
        cw_router_allow(router, x->path, problem->allow, sizeof problem->allow);
        if (problem->allow[0]) return CW_CHECK_PREFLIGHT;
    }
    if (cw_router_match(router, x->method, x->path, &c.match, problem)) return CW_CHECK_REFUSE;
    enum cw_check result = check_all(x, &c, request, replay, problem);
    json_decref(c.body);
    json_decref(c.query);
    return result;
}
