// A request as its handler sees it, on the control thread, and the answer it gives.
#ifndef CW_SIGNALING_REQUEST_H
#define CW_SIGNALING_REQUEST_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/mailbox.h"
#include "core/problem.h"
#include "signaling/auth.h"
#include "signaling/reply.h"
#include "signaling/router.h"

struct cw_http;
struct cw_node;
struct cw_streams;

// How events are to be given.
enum cw_stream_mode { CW_STREAM_POLL, CW_STREAM_SSE, CW_STREAM_WEBSOCKET };

struct cw_answer {
    int status;   // 0: 200 with json or text, else 204
    json_t *json; // taken over
    char *text;   // instead of json; malloc'ed, taken over
    const char *content_type;
    char location[128];
    bool stream; // an event stream has been opened (stream.h)
    struct cw_problem problem;
};

struct cw_request {
    struct cw_msg msg; // the way back to the http thread
    struct cw_http *http;
    void (*done)(struct cw_request *request); // takes the finished request (the server's, or a test's)
    struct cw_node *node;                     // NULL before the control thread has it
    struct cw_streams *streams;               // of this server; control thread
    uint64_t id;
    char request_id[24];
    struct cw_match match;
    struct cw_identity who;
    char *bearer;        // of CW_WHO_TOKEN, or NULL
    char session[32];    // id of the session whose token it is (set by authorize), or ""
    json_t *body;        // or NULL
    json_t *query;       // object of strings
    char *last_event_id; // or NULL
    enum cw_stream_mode mode;
    uint64_t idempotency;                 // serial, or 0
    uint64_t count_answers, count_errors; // of the server since the last request
    struct cw_answer answer;
    struct cw_reply reply; // the answer as bytes
};

// Handlers return 0, or negative with answer->problem filled, or CW_ANSWER_LATER: then the handler (or who it told)
// calls cw_request_finish once, later, on the control thread; until then the request is theirs.
#define CW_ANSWER_LATER 1

void cw_request_free(struct cw_request *request);

// Control thread: result as a handler's. The request belongs to the http thread from here on.
void cw_request_finish(struct cw_request *request, int result);

// Asks authorize (NULL: nobody holds tokens) and the handler. Control thread; node NULL: the gateway is ending.
void cw_request_run(struct cw_request *request, struct cw_node *node,
                    int (*authorize)(struct cw_request *request, struct cw_problem *problem));

// A parameter of the query, or NULL.
const char *cw_request_query(const struct cw_request *request, const char *name);
// The same as a number; problem 400 if it is none or out of range.
int cw_request_query_int(const struct cw_request *request, const char *name, int64_t min, int64_t max, int64_t fallback,
                         int64_t *out, struct cw_problem *problem);

#endif
