// What the handlers share: finding objects that the asker may see, and lists.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "core/call.h"
#include "core/node.h"
#include "core/peer.h"
#include "core/session.h"
#include "signaling/rest.h"

#define PAGE_MAX 500
#define PAGE_DEFAULT 100

// A session's token sees its own objects; for it, those of others do not exist.
static bool may_see(const struct cw_request *r, const struct cw_session *s) {
    return s && (!r->session[0] || strcmp(r->session, s->id) == 0);
}

static void not_found(struct cw_answer *a, const char *kind, const char *id) {
    cw_problem_set(&a->problem, 404, "not_found", NULL, "There is no %s \"%.40s\".", kind, id);
}

struct cw_session *cw_rest_session(struct cw_request *r, struct cw_answer *a) {
    struct cw_session *s = cw_session_find(r->node, r->match.params[0]);
    if (!may_see(r, s)) {
        not_found(a, "session", r->match.params[0]);
        return NULL;
    }
    cw_session_touch(s);
    return s;
}

struct cw_peer *cw_rest_peer(struct cw_request *r, struct cw_answer *a) {
    struct cw_peer *p = cw_peer_find(r->node, r->match.params[0]);
    if (!p || !may_see(r, cw_peer_session(p))) {
        not_found(a, "peer", r->match.params[0]);
        return NULL;
    }
    cw_session_touch(cw_peer_session(p));
    return p;
}

struct cw_call *cw_rest_call(struct cw_request *r, struct cw_answer *a) {
    struct cw_call *c = cw_call_find(r->node, r->match.params[0]);
    struct cw_session *s = c ? cw_call_session(c) : NULL;
    // A call is remembered for a while after its session: servers may still read it.
    if (!c || (r->session[0] && !may_see(r, s))) {
        not_found(a, "call", r->match.params[0]);
        return NULL;
    }
    if (s) cw_session_touch(s);
    return c;
}

struct cw_session *cw_rest_body_session(struct cw_request *r, struct cw_answer *a) {
    const char *id = cw_rest_string(r, "session");
    struct cw_session *s = cw_session_find(r->node, id);
    if (!may_see(r, s)) {
        cw_problem_set(&a->problem, 404, "session_not_found", "/session", "There is no session \"%.40s\".", id);
        return NULL;
    }
    cw_session_touch(s);
    return s;
}

const char *cw_rest_string(const struct cw_request *r, const char *name) {
    return json_string_value(json_object_get(r->body, name));
}

int64_t cw_rest_int(const struct cw_request *r, const char *name) {
    return json_integer_value(json_object_get(r->body, name));
}

struct cw_dtmf_params cw_rest_dtmf(const struct cw_request *r) {
    return (struct cw_dtmf_params){.digits = cw_rest_string(r, "digits"),
                                   .method = cw_rest_string(r, "method"),
                                   .duration_ms = cw_rest_int(r, "duration_ms"),
                                   .gap_ms = cw_rest_int(r, "gap_ms")};
}

int cw_rest_created(struct cw_answer *a, const char *path, const char *id, json_t *json) {
    a->status = 201;
    a->json = json;
    snprintf(a->location, sizeof a->location, "%s/%s", path, id);
    return 0;
}

static int by_age(const void *left, const void *right) {
    const struct cw_rest_item *a = left, *b = right;
    if (a->created_wall_us != b->created_wall_us) return a->created_wall_us < b->created_wall_us ? -1 : 1;
    return strcmp(a->id, b->id);
}

// A cursor is "MICROSECONDS.ID" of the last item of the page before.
static bool read_cursor(const char *text, struct cw_rest_item *out) {
    char *end;
    out->created_wall_us = strtoll(text, &end, 10);
    if (end == text || *end != '.') return false;
    out->id = end + 1;
    return true;
}

int cw_rest_page(struct cw_request *r, struct cw_answer *a, GArray *items, json_t *(*json)(const void *object)) {
    const char *cursor = cw_request_query(r, "cursor");
    struct cw_rest_item after = {0};
    int64_t limit;
    int err = cw_request_query_int(r, "limit", 1, PAGE_MAX, PAGE_DEFAULT, &limit, &a->problem);
    if (err) return err;
    if (cursor && !read_cursor(cursor, &after))
        return cw_problem_set(&a->problem, 400, "invalid_cursor", NULL, "?cursor= is the \"next\" of another page.");
    g_array_sort(items, by_age);
    json_t *list = json_array(), *next = json_null();
    for (guint i = 0; i < items->len; i++) {
        const struct cw_rest_item *item = &g_array_index(items, struct cw_rest_item, i);
        if (cursor && by_age(item, &after) <= 0) continue;
        if ((int64_t)json_array_size(list) == limit) {
            const struct cw_rest_item *last = item - 1;
            next = json_sprintf("%lld.%s", (long long)last->created_wall_us, last->id);
            break;
        }
        json_array_append_new(list, json(item->object));
    }
    a->json = json_pack("{s:o, s:o}", "items", list, "next", next);
    return 0;
}
