// Calls and their verbs over REST.
#include "core/call_internal.h"
#include "core/node.h"
#include "core/peer.h"
#include "core/session.h"
#include "signaling/rest.h"

static json_t *or_null(json_t *value) { return json_is_null(value) ? NULL : value; }

int cw_rest_create_call(struct cw_request *r, struct cw_answer *a) {
    struct cw_session *s = cw_rest_body_session(r, a);
    if (!s) return -1;
    const json_t *description = json_object_get(r->body, "description");
    struct cw_call_params params = {
        .to = cw_rest_string(r, "to"),
        .from = cw_rest_string(r, "from"),
        .account = cw_rest_string(r, "trunk"),
        .type = json_string_value(json_object_get(description, "type")),
        .sdp = json_string_value(json_object_get(description, "sdp")),
        .headers = or_null(json_object_get(r->body, "headers")),
        .codecs = or_null(json_object_get(r->body, "codecs")),
        .metadata = or_null(json_object_get(r->body, "metadata")),
        .timeout_ms = cw_rest_int(r, "timeout_ms"),
        .max_duration_ms = cw_rest_int(r, "max_duration_ms"),
    };
    if (strcmp(params.type, "offer") != 0) {
        return cw_problem_set(&a->problem, 400, "invalid_value", "/description/type",
                              "A call begins with the browser's offer.");
    }
    struct cw_call *c;
    int err = cw_call_new(s, &params, &c, &a->problem);
    if (err) return err;
    json_t *json = cw_call_json(c);
    json_object_set_new(json, "description", cw_peer_local_description(cw_call_peer(c)));
    return cw_rest_created(a, "/v1/calls", cw_call_id(c), json);
}

static json_t *call_json(const void *call) { return cw_call_json(call); }

int cw_rest_list_calls(struct cw_request *r, struct cw_answer *a) {
    GArray *items = g_array_new(FALSE, FALSE, sizeof(struct cw_rest_item));
    GHashTableIter i;
    gpointer value;
    g_hash_table_iter_init(&i, r->node->calls);
    while (g_hash_table_iter_next(&i, NULL, &value)) {
        const struct cw_call *c = value;
        struct cw_rest_item item = {c->created_wall_us, c->id, c};
        if (!r->session[0] || strcmp(r->session, c->session_id) == 0) g_array_append_val(items, item);
    }
    int err = cw_rest_page(r, a, items, call_json);
    g_array_free(items, TRUE);
    return err;
}

int cw_rest_get_call(struct cw_request *r, struct cw_answer *a) {
    struct cw_call *c = cw_rest_call(r, a);
    if (!c) return -1;
    a->json = cw_call_json(c);
    return 0;
}

int cw_rest_patch_call(struct cw_request *r, struct cw_answer *a) {
    struct cw_call *c = cw_rest_call(r, a);
    if (!c) return -1;
    cw_call_set_metadata(c, json_object_get(r->body, "metadata"));
    a->json = cw_call_json(c);
    return 0;
}

int cw_rest_delete_call(struct cw_request *r, struct cw_answer *a) {
    struct cw_call *c = cw_rest_call(r, a);
    if (!c) return -1;
    cw_call_hangup(c, "hangup");
    return 0;
}

// A verb's answer is the call as it is now.
static int done(struct cw_call *c, struct cw_answer *a, int err, int status) {
    if (err) return err;
    a->status = status;
    a->json = cw_call_json(c);
    return 0;
}

int cw_rest_answer(struct cw_request *r, struct cw_answer *a) {
    struct cw_call *c = cw_rest_call(r, a);
    if (!c) return -1;
    const json_t *description = json_object_get(r->body, "description");
    const char *type = json_string_value(json_object_get(description, "type"));
    const char *sdp = json_string_value(json_object_get(description, "sdp"));
    int err = done(c, a, cw_call_answer(c, type, sdp, &a->problem), 200);
    if (!err && strcmp(type, "offer") == 0)
        json_object_set_new(a->json, "description", cw_peer_local_description(cw_call_peer(c)));
    return err;
}

int cw_rest_ring(struct cw_request *r, struct cw_answer *a) {
    struct cw_call *c = cw_rest_call(r, a);
    return c ? done(c, a, cw_call_ring(c, &a->problem), 202) : -1;
}

int cw_rest_reject(struct cw_request *r, struct cw_answer *a) {
    struct cw_call *c = cw_rest_call(r, a);
    return c ? done(c, a, cw_call_reject(c, (int)cw_rest_int(r, "status"), &a->problem), 202) : -1;
}

int cw_rest_hold(struct cw_request *r, struct cw_answer *a) {
    struct cw_call *c = cw_rest_call(r, a);
    return c ? done(c, a, cw_call_hold(c, &a->problem), 202) : -1;
}

int cw_rest_resume(struct cw_request *r, struct cw_answer *a) {
    struct cw_call *c = cw_rest_call(r, a);
    return c ? done(c, a, cw_call_resume(c, &a->problem), 202) : -1;
}

int cw_rest_mute(struct cw_request *r, struct cw_answer *a) {
    struct cw_call *c = cw_rest_call(r, a);
    return c ? done(c, a, cw_call_mute(c, cw_rest_string(r, "leg"), true, &a->problem), 200) : -1;
}

int cw_rest_unmute(struct cw_request *r, struct cw_answer *a) {
    struct cw_call *c = cw_rest_call(r, a);
    return c ? done(c, a, cw_call_mute(c, cw_rest_string(r, "leg"), false, &a->problem), 200) : -1;
}

int cw_rest_message(struct cw_request *r, struct cw_answer *a) {
    struct cw_call *c = cw_rest_call(r, a);
    return c ? done(c, a, cw_call_message(c, cw_rest_string(r, "text"), &a->problem), 202) : -1;
}

int cw_rest_call_dtmf(struct cw_request *r, struct cw_answer *a) {
    struct cw_call *c = cw_rest_call(r, a);
    if (!c) return -1;
    struct cw_dtmf_params params = cw_rest_dtmf(r);
    return done(c, a, cw_call_dtmf(c, &params, &a->problem), 202);
}

int cw_rest_later(struct cw_request *r, struct cw_answer *a) {
    return cw_problem_set(&a->problem, 501, "not_implemented", NULL, "This version has no %s %s yet.",
                          r->match.route->method, r->match.route->pattern);
}
