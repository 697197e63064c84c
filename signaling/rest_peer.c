// Peers over REST.
#include "core/node.h"
#include "core/peer_internal.h"
#include "core/session.h"
#include "signaling/rest.h"

int cw_rest_create_peer(struct cw_request *r, struct cw_answer *a) {
    struct cw_session *s = cw_rest_body_session(r, a);
    if (!s) return -1;
    const json_t *description = json_object_get(r->body, "description");
    struct cw_peer_params params = {
        .plugin = cw_rest_string(r, "plugin"),
        .type = json_string_value(json_object_get(description, "type")),
        .sdp = json_string_value(json_object_get(description, "sdp")),
        .options = json_object_get(r->body, "options"),
    };
    if (json_is_null(params.options)) params.options = NULL;
    if (params.type && strcmp(params.type, "offer") != 0) {
        return cw_problem_set(&a->problem, 400, "invalid_value", "/description/type",
                              "A new peer begins with an offer, or without a description: then the gateway offers.");
    }
    struct cw_peer *p;
    int err = cw_peer_new(s, &params, &p, &a->problem);
    if (err) return err;
    json_t *json = cw_peer_json(p);
    json_object_set_new(json, "description", cw_peer_local_description(p));
    return cw_rest_created(a, "/v1/peers", cw_peer_id(p), json);
}

static json_t *peer_json(const void *peer) { return cw_peer_json(peer); }

int cw_rest_list_peers(struct cw_request *r, struct cw_answer *a) {
    GArray *items = g_array_new(FALSE, FALSE, sizeof(struct cw_rest_item));
    GHashTableIter i;
    gpointer value;
    g_hash_table_iter_init(&i, r->node->peers);
    while (g_hash_table_iter_next(&i, NULL, &value)) {
        const struct cw_peer *p = value;
        struct cw_rest_item item = {p->created_wall_us, p->id, p};
        if (!r->session[0] || strcmp(r->session, p->session->id) == 0) g_array_append_val(items, item);
    }
    int err = cw_rest_page(r, a, items, peer_json);
    g_array_free(items, TRUE);
    return err;
}

int cw_rest_get_peer(struct cw_request *r, struct cw_answer *a) {
    struct cw_peer *p = cw_rest_peer(r, a);
    if (!p) return -1;
    a->json = cw_peer_json(p);
    return 0;
}

int cw_rest_delete_peer(struct cw_request *r, struct cw_answer *a) {
    struct cw_peer *p = cw_rest_peer(r, a);
    if (!p) return -1;
    cw_peer_close(p, "deleted");
    return 0;
}

int cw_rest_put_description(struct cw_request *r, struct cw_answer *a) {
    struct cw_peer *p = cw_rest_peer(r, a);
    if (!p) return -1;
    const char *type = cw_rest_string(r, "type");
    int err = cw_peer_set_description(p, type, cw_rest_string(r, "sdp"), &a->problem);
    if (!err && strcmp(type, "offer") == 0) a->json = cw_peer_local_description(p);
    return err;
}

int cw_rest_post_candidates(struct cw_request *r, struct cw_answer *a) {
    struct cw_peer *p = cw_rest_peer(r, a);
    if (!p) return -1;
    if (!json_is_array(r->body)) return cw_peer_add_candidate(p, json_is_null(r->body) ? NULL : r->body, &a->problem);
    size_t i;
    json_t *candidate;
    json_array_foreach(r->body, i, candidate) {
        int err = cw_peer_add_candidate(p, json_is_null(candidate) ? NULL : candidate, &a->problem);
        if (err) {
            char pointer[sizeof a->problem.pointer];
            snprintf(pointer, sizeof pointer, "/%zu%.60s", i, a->problem.pointer);
            strcpy(a->problem.pointer, pointer);
            return err;
        }
    }
    return 0;
}

static void stats_done(void *arg, json_t *stats) {
    struct cw_request *r = arg;
    if (!stats) {
        cw_request_finish(r, cw_problem_set(&r->answer.problem, 404, "not_found", NULL, "The peer has ended."));
        return;
    }
    r->answer.json = json_incref(stats);
    cw_request_finish(r, 0);
}

int cw_rest_get_stats(struct cw_request *r, struct cw_answer *a) {
    struct cw_peer *p = cw_rest_peer(r, a);
    if (!p) return -1;
    if (cw_peer_get_stats(p, stats_done, r))
        return cw_problem_set(&a->problem, 503, "no_memory", NULL, "Out of memory.");
    return CW_ANSWER_LATER;
}

int cw_rest_peer_dtmf(struct cw_request *r, struct cw_answer *a) {
    struct cw_peer *p = cw_rest_peer(r, a);
    if (!p) return -1;
    struct cw_dtmf_params params = cw_rest_dtmf(r);
    int err = cw_peer_dtmf(p, &params, &a->problem);
    if (err) return err;
    a->status = 202;
    a->json = cw_peer_json(p);
    return 0;
}

int cw_rest_get_options(struct cw_request *r, struct cw_answer *a) {
    struct cw_peer *p = cw_rest_peer(r, a);
    if (!p) return -1;
    a->json = cw_peer_options(p);
    return 0;
}

int cw_rest_patch_options(struct cw_request *r, struct cw_answer *a) {
    struct cw_peer *p = cw_rest_peer(r, a);
    if (!p) return -1;
    int err = cw_peer_set_options(p, r->body, &a->problem);
    if (!err) a->json = cw_peer_json(p);
    return err;
}
