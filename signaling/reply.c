// Answers as bytes.
#include "signaling/reply.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"

void cw_reply_fini(struct cw_reply *r) {
    free(r->body);
    *r = (struct cw_reply){0};
}

static void set_json(struct cw_reply *r, int status, const char *type, json_t *json) {
    r->status = status;
    if (!json) return;
    r->body = json_dumps(json, JSON_COMPACT);
    json_decref(json);
    if (!r->body) { // out of memory, or a string that is not UTF-8: the first cannot, the second must not happen
        r->status = 500;
        return;
    }
    r->content_type = type;
    r->len = strlen(r->body);
}

void cw_reply_json(struct cw_reply *r, int status, json_t *json) { set_json(r, status, CW_TYPE_JSON, json); }

void cw_reply_problem(struct cw_reply *r, const struct cw_problem *problem) {
    set_json(r, problem->status, CW_TYPE_PROBLEM, cw_problem_json(problem));
    cw_strlcpy(r->allow, problem->allow, sizeof r->allow);
    cw_strlcpy(r->code, problem->code, sizeof r->code);
    r->retry_after_s = problem->retry_after_s;
}

int cw_reply_copy(struct cw_reply *out, const struct cw_reply *from) {
    char *body = NULL;
    if (from->body) {
        body = malloc(from->len + 1);
        if (!body) return CW_ENOMEM;
        memcpy(body, from->body, from->len);
        body[from->len] = '\0';
    }
    *out = *from;
    out->body = body;
    return 0;
}
