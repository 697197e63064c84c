// An answer as it goes out: status, a few headers, bytes. Plain data; any thread, one owner.
#ifndef CW_SIGNALING_REPLY_H
#define CW_SIGNALING_REPLY_H

#include <jansson.h>
#include <stddef.h>

#include "core/problem.h"

#define CW_TYPE_JSON "application/json"
#define CW_TYPE_PROBLEM "application/problem+json"

struct cw_reply {
    int status;
    const char *content_type; // a constant
    char *body;               // malloc'ed or NULL
    size_t len;
    char location[128];
    char allow[64];
    char code[40]; // of a problem, for the log
    int retry_after_s;
};

void cw_reply_fini(struct cw_reply *r);

// Fill r, which must be empty. json is taken over; NULL: no body.
void cw_reply_json(struct cw_reply *r, int status, json_t *json);
void cw_reply_problem(struct cw_reply *r, const struct cw_problem *problem);

// A deep copy; CW_ENOMEM.
int cw_reply_copy(struct cw_reply *out, const struct cw_reply *from);

#endif
