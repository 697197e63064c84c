// The resources of the REST API: the table of routes, and what their handlers share. Control thread, but for the table,
// which is constant.
#ifndef CW_SIGNALING_REST_H
#define CW_SIGNALING_REST_H

#include <glib.h>

#include "core/dtmf.h"
#include "signaling/request.h"

struct cw_call;
struct cw_peer;
struct cw_session;

extern const struct cw_router cw_rest_router;

// The hooks of struct cw_http_params.
int cw_rest_authorize(struct cw_request *request, struct cw_problem *problem);
void cw_rest_count(struct cw_node *node, uint64_t answers, uint64_t errors);

// ---- shared by the handlers

// The object of the path's {id}, if the asker may see it; NULL with problem 404. Counts as a sign of its session's
// life.
struct cw_session *cw_rest_session(struct cw_request *r, struct cw_answer *a);
struct cw_peer *cw_rest_peer(struct cw_request *r, struct cw_answer *a);
struct cw_call *cw_rest_call(struct cw_request *r, struct cw_answer *a);
// The session that the body's "session" names.
struct cw_session *cw_rest_body_session(struct cw_request *r, struct cw_answer *a);

const char *cw_rest_string(const struct cw_request *r, const char *name); // of the body, or NULL
int64_t cw_rest_int(const struct cw_request *r, const char *name);        // of the body, or 0

struct cw_dtmf_params cw_rest_dtmf(const struct cw_request *r); // of the body

// 201 with Location: PATH/ID.
int cw_rest_created(struct cw_answer *a, const char *path, const char *id, json_t *json);

// One of a list: when it was made, its id, and itself as JSON.
struct cw_rest_item {
    int64_t created_wall_us;
    const char *id;
    const void *object;
};
// {"items", "next"} by ?limit= (1..500, 100) and ?cursor=, oldest first. items (struct cw_rest_item) is sorted.
int cw_rest_page(struct cw_request *r, struct cw_answer *a, GArray *items, json_t *(*json)(const void *object));

// ---- the handlers, by file
int cw_rest_create_session(struct cw_request *r, struct cw_answer *a); // rest_session.c
int cw_rest_list_sessions(struct cw_request *r, struct cw_answer *a);
int cw_rest_get_session(struct cw_request *r, struct cw_answer *a);
int cw_rest_delete_session(struct cw_request *r, struct cw_answer *a);
int cw_rest_session_events(struct cw_request *r, struct cw_answer *a);
int cw_rest_node_events(struct cw_request *r, struct cw_answer *a);

int cw_rest_create_peer(struct cw_request *r, struct cw_answer *a); // rest_peer.c
int cw_rest_list_peers(struct cw_request *r, struct cw_answer *a);
int cw_rest_get_peer(struct cw_request *r, struct cw_answer *a);
int cw_rest_delete_peer(struct cw_request *r, struct cw_answer *a);
int cw_rest_put_description(struct cw_request *r, struct cw_answer *a);
int cw_rest_post_candidates(struct cw_request *r, struct cw_answer *a);
int cw_rest_get_stats(struct cw_request *r, struct cw_answer *a);
int cw_rest_get_options(struct cw_request *r, struct cw_answer *a);
int cw_rest_patch_options(struct cw_request *r, struct cw_answer *a);
int cw_rest_peer_dtmf(struct cw_request *r, struct cw_answer *a);

int cw_rest_create_call(struct cw_request *r, struct cw_answer *a); // rest_call.c
int cw_rest_list_calls(struct cw_request *r, struct cw_answer *a);
int cw_rest_get_call(struct cw_request *r, struct cw_answer *a);
int cw_rest_patch_call(struct cw_request *r, struct cw_answer *a);
int cw_rest_delete_call(struct cw_request *r, struct cw_answer *a);
int cw_rest_answer(struct cw_request *r, struct cw_answer *a);
int cw_rest_ring(struct cw_request *r, struct cw_answer *a);
int cw_rest_reject(struct cw_request *r, struct cw_answer *a);
int cw_rest_hold(struct cw_request *r, struct cw_answer *a);
int cw_rest_resume(struct cw_request *r, struct cw_answer *a);
int cw_rest_mute(struct cw_request *r, struct cw_answer *a);
int cw_rest_unmute(struct cw_request *r, struct cw_answer *a);
int cw_rest_message(struct cw_request *r, struct cw_answer *a);
int cw_rest_call_dtmf(struct cw_request *r, struct cw_answer *a);
int cw_rest_later(struct cw_request *r, struct cw_answer *a); // a verb of the contract that this version lacks

int cw_rest_node(struct cw_request *r, struct cw_answer *a); // rest_node.c
int cw_rest_health(struct cw_request *r, struct cw_answer *a);
int cw_rest_ready(struct cw_request *r, struct cw_answer *a);
int cw_rest_metrics(struct cw_request *r, struct cw_answer *a);

#endif
