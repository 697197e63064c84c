// Requests to the REST handlers without HTTP: a real node whose control thread is this one, the real table of routes.
// Included once a program.
#ifndef TESTS_REST_STUB_H
#define TESTS_REST_STUB_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/node.h"
#include "core/session.h"
#include "signaling/rest.h"
#include "signaling/stream.h"

struct rest {
    struct cw_config *config;
    struct cw_node *node;
    struct cw_streams *streams;
    uint64_t last_id;
};

// What a request came to: the reply's parts, until the next request.
struct rest_answer {
    int status; // 0: not answered (yet)
    struct cw_reply reply;
    json_t *json;
    bool stream;
};

static struct rest_answer rest_answer;

static inline void rest_drop_chunk(void *arg, struct cw_chunk *chunk) {
    (void)arg;
    g_free(chunk);
}

static inline void rest_configure(struct rest *r, const char *text, char *const *environment) {
    struct cw_str errors = {0};
    if (cw_config_parse(&r->config, "test", text, strlen(text), environment, &errors) ||
        cw_config_check(r->config, &errors)) {
        printf("# %s\n", errors.s);
        abort();
    }
}

// On the first media port of a few that nobody holds.
static inline void rest_start(struct rest *r, const char *text) {
    memset(r, 0, sizeof *r);
    for (int port = 20010; !r->node; port += 10) {
        char variable[40];
        snprintf(variable, sizeof variable, "CAUSEWAY_MEDIA_PORT=%d", port);
        char *const environment[] = {variable, NULL};
        rest_configure(r, text, environment);
        if (cw_node_new(&r->node, r->config) == 0) break;
        cw_config_free(r->config);
        if (port > 20500) abort();
    }
    r->streams = cw_streams_new(rest_drop_chunk, NULL);
}

static inline void rest_forget(void) {
    cw_reply_fini(&rest_answer.reply);
    json_decref(rest_answer.json);
    rest_answer = (struct rest_answer){0};
}

static inline void rest_end_sessions(struct rest *r) {
    GList *all = g_hash_table_get_values(r->node->sessions);
    for (GList *at = all; at; at = at->next) cw_session_end(at->data, "shutdown");
    g_list_free(all);
}

static inline void rest_stop(struct rest *r) {
    rest_forget();
    rest_end_sessions(r);
    cw_streams_free(r->streams);
    cw_node_free(r->node);
    cw_config_free(r->config);
}

static inline void rest_done(struct cw_request *request) {
    rest_answer.stream = request->answer.stream;
    rest_answer.reply = request->reply;
    rest_answer.status = request->reply.status;
    request->reply = (struct cw_reply){0};
    if (rest_answer.reply.body) rest_answer.json = json_loads(rest_answer.reply.body, JSON_DECODE_ANY, NULL);
    cw_request_free(request);
}

static inline int rest_refuse(const struct cw_problem *problem) {
    cw_reply_problem(&rest_answer.reply, problem);
    rest_answer.status = problem->status;
    rest_answer.json = json_loads(rest_answer.reply.body, 0, NULL);
    return problem->status;
}

static inline int rest_check_body(const struct cw_route *route, const char *body, size_t len, json_t **out,
                                  struct cw_problem *problem) {
    if (!route->fields && !route->check) return 0;
    int err = cw_schema_parse(len ? body : "{}", len ? len : 2, out, problem);
    if (err) return err;
    return route->check ? route->check(*out, problem) : cw_schema_check(route->fields, *out, "", problem);
}

// Answers as the http thread would, up to the key: token NULL is this machine without keys. query: "a=b" or NULL.
// Returns the status; what else came is in rest_answer.
static inline int rest_ask_bytes(struct rest *r, const char *method, const char *path, const char *query,
                                 const char *body, size_t len, const char *token) {
    struct cw_problem problem = {0};
    struct cw_match match;
    json_t *json = NULL;
    rest_forget();
    r->node->now = cw_clock_now();
    if (cw_router_match(&cw_rest_router, method, path, &match, &problem)) return rest_refuse(&problem);
    if (!match.route->handle) return 0; // a page
    if (rest_check_body(match.route, body, len, &json, &problem)) {
        json_decref(json);
        return rest_refuse(&problem);
    }
    struct cw_request *request = calloc(1, sizeof *request);
    request->done = rest_done;
    request->streams = r->streams;
    request->id = ++r->last_id;
    request->match = match;
    request->who = (struct cw_identity){token ? CW_WHO_TOKEN : CW_WHO_LOCAL, token ? 0 : CW_SCOPE_ALL, ""};
    request->bearer = token ? strdup(token) : NULL;
    request->body = json;
    request->query = json_object();
    for (const char *at = query; at && strchr(at, '=');) {
        char name[64], value[256];
        if (sscanf(at, "%63[^=&]=%255[^&]", name, value) == 2)
            json_object_set_new(request->query, name, json_string(value));
        at = strchr(at, '&');
        if (at) at++;
    }
    cw_request_run(request, r->node, cw_rest_authorize);
    return rest_answer.status;
}

static inline int rest_ask(struct rest *r, const char *method, const char *path, const char *body, const char *token) {
    char plain[256];
    const char *query = strchr(path, '?');
    snprintf(plain, sizeof plain, "%.*s", (int)strcspn(path, "?"), path);
    return rest_ask_bytes(r, method, plain, query ? query + 1 : NULL, body, strlen(body), token);
}

// A string of the answer's JSON, or "".
static inline const char *rest_string(const char *name) {
    const char *text = json_string_value(json_object_get(rest_answer.json, name));
    return text ? text : "";
}

#endif
