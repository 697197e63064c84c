// Sessions: one client of the API with its event queue, peers and calls. Control thread.
#ifndef CW_CORE_SESSION_H
#define CW_CORE_SESSION_H

#include <glib.h>
#include <jansson.h>

#include "base/clock.h"
#include "base/random.h"
#include "core/events.h"
#include "core/problem.h"

struct cw_node;

#define CW_ENDPOINT_SIZE 65

struct cw_session {
    struct cw_node *node;
    char id[CW_ID_SIZE];
    char token[48];                  // bearer of this session's objects
    char endpoint[CW_ENDPOINT_SIZE]; // "" when it has none
    json_t *metadata;
    struct cw_event_queue *events;
    GPtrArray *peers; // struct cw_peer, owned
    GPtrArray *calls; // struct cw_call, borrowed: the node owns them
    cw_time created_at;
    int64_t created_wall_us;
    cw_time last_seen; // last request or open event stream
    bool warned;       // session.expiring was sent
};

struct cw_session_params {
    const char *endpoint; // or NULL; [A-Za-z0-9._+-]{1,64}
    json_t *metadata;     // borrowed object or NULL
};

// 409 endpoint_taken if another session has the endpoint, 503 at the limit.
int cw_session_new(struct cw_node *node, const struct cw_session_params *params, struct cw_session **out,
                   struct cw_problem *problem);
struct cw_session *cw_session_find(struct cw_node *node, const char *id);
struct cw_session *cw_session_find_token(struct cw_node *node, const char *token);
struct cw_session *cw_session_find_endpoint(struct cw_node *node, const char *endpoint);
void cw_session_touch(struct cw_session *s); // a request came
// Ends its peers and calls. reason: "deleted", "expired", "shutdown".
void cw_session_end(struct cw_session *s, const char *reason);
void cw_session_tick(struct cw_session *s, cw_time now); // may end it
json_t *cw_session_json(const struct cw_session *s);     // without the token

#endif
