// What every handler needs of a request.
#include "signaling/request.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

void cw_request_free(struct cw_request *request) {
    if (!request) return;
    json_decref(request->body);
    json_decref(request->query);
    json_decref(request->answer.json);
    free(request->answer.text);
    free(request->bearer);
    free(request->last_event_id);
    cw_reply_fini(&request->reply);
    free(request);
}

// On the control thread: an answer's JSON may share values with sessions and peers.
static void make_reply(struct cw_reply *reply, struct cw_answer *answer) {
    if (answer->text) {
        reply->status = answer->status ? answer->status : 200;
        reply->content_type = answer->content_type;
        reply->body = answer->text;
        reply->len = strlen(answer->text);
        answer->text = NULL;
    } else {
        cw_reply_json(reply, answer->status ? answer->status : answer->json ? 200 : 204, answer->json);
        answer->json = NULL;
    }
    memcpy(reply->location, answer->location, sizeof reply->location);
}

void cw_request_finish(struct cw_request *request, int result) {
    if (result < 0)
        cw_reply_problem(&request->reply, &request->answer.problem);
    else
        make_reply(&request->reply, &request->answer);
    // What came from the body may be shared with the node now; it is let go on the node's thread.
    json_decref(request->body);
    json_decref(request->answer.json);
    request->body = request->answer.json = NULL;
    request->done(request);
}

void cw_request_run(struct cw_request *request, struct cw_node *node,
                    int (*authorize)(struct cw_request *request, struct cw_problem *problem)) {
    struct cw_problem *problem = &request->answer.problem;
    int result = 0;
    request->node = node;
    if (!node) {
        result = cw_problem_set(problem, 503, "ending", NULL, "The gateway is ending.");
    } else if (request->who.who == CW_WHO_TOKEN) {
        result = authorize ? authorize(request, problem)
                           : cw_problem_set(problem, 401, "unauthorized", NULL, "The token is not known.");
    }
    if (!result) result = request->match.route->handle(request, &request->answer);
    if (result != CW_ANSWER_LATER) cw_request_finish(request, result);
}

const char *cw_request_query(const struct cw_request *request, const char *name) {
    return json_string_value(json_object_get(request->query, name));
}

int cw_request_query_int(const struct cw_request *request, const char *name, int64_t min, int64_t max, int64_t fallback,
                         int64_t *out, struct cw_problem *problem) {
    const char *text = cw_request_query(request, name);
    char *end;
    if (!text) {
        *out = fallback;
        return 0;
    }
    errno = 0;
    long long n = strtoll(text, &end, 10);
    if (errno || end == text || *end || n < min || n > max) {
        return cw_problem_set(problem, 400, "invalid_query", NULL, "?%s= must be a number from %lld to %lld.", name,
                              (long long)min, (long long)max);
    }
    *out = n;
    return 0;
}
