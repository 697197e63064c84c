// The table of routes and how a request finds its row. Pure, any thread.
#ifndef CW_SIGNALING_ROUTER_H
#define CW_SIGNALING_ROUTER_H

#include <stdbool.h>
#include <stddef.h>

#include "core/problem.h"
#include "signaling/auth.h"
#include "signaling/schema.h"

struct cw_request;
struct cw_answer;

#define CW_ROUTE_PARAMS 2
#define CW_ROUTE_PARAM_SIZE 64

enum cw_route_flag {
    CW_ROUTE_SESSION = 1, // a session's own token may use it, for that session's objects
    CW_ROUTE_STREAM = 2,  // events: SSE, WebSocket or long-poll; ?access_token= is accepted
    CW_ROUTE_PAGE = 4,    // a static file, answered without control
    CW_ROUTE_OPEN = 8,    // for everybody, wherever they are and whatever they show
};

struct cw_route {
    const char *method;  // "GET" serves HEAD as well
    const char *pattern; // "/v1/peers/{id}/candidates"
    unsigned scope;      // enum cw_scope, one of which is needed; 0: no key is needed
    unsigned flags;
    const struct cw_field *fields;                                       // of the body; NULL and no check: no body
    int (*check)(const json_t *body, struct cw_problem *problem);        // instead of fields
    int (*handle)(struct cw_request *request, struct cw_answer *answer); // request.h
};

struct cw_router {
    const struct cw_route *routes;
    size_t count;
};

struct cw_match {
    const struct cw_route *route;
    char params[CW_ROUTE_PARAMS][CW_ROUTE_PARAM_SIZE];
};

// 0, or CW_EINVAL with 404 not_found or 405 method_not_allowed (and its Allow).
int cw_router_match(const struct cw_router *router, const char *method, const char *path, struct cw_match *out,
                    struct cw_problem *problem);
// "GET, HEAD, POST, OPTIONS": what exists at the path; "" if nothing does.
void cw_router_allow(const struct cw_router *router, const char *path, char *out, size_t cap);

#endif
