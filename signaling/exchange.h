// A request on its connection, as exchange.c and check.c share it. http thread.
#ifndef CW_SIGNALING_EXCHANGE_H
#define CW_SIGNALING_EXCHANGE_H

#include "signaling/http_internal.h"

#define CW_PATH_SIZE 512

enum cw_exchange_state {
    CW_EXCHANGE_READING,
    CW_EXCHANGE_WAITING,  // suspended; control has the request
    CW_EXCHANGE_RESUMED,  // the answer or sink is here
    CW_EXCHANGE_ANSWERED, // queued
    CW_EXCHANGE_STREAM,   // the sink is on its own
};

struct cw_exchange {
    struct cw_http *http;
    struct MHD_Connection *connection;
    uint64_t id;
    enum cw_exchange_state state;
    cw_time started;
    char method[16];
    char path[CW_PATH_SIZE];
    bool path_fits;
    char request_id[17];
    struct cw_str body;
    size_t body_len; // with what was dropped
    cw_time poll_until;
    struct cw_watch *watch;
    struct cw_request *answer; // came back
    struct cw_sink *sink;      // opened by control, not yet answered
    int status;                // for the log; 0: none was sent
    char code[40];
    const char *key_name;
};

const char *cw_exchange_header(const struct cw_exchange *x, const char *name);

// check.c: all that can be said of a whole request without the node.
enum cw_check {
    CW_CHECK_REFUSE,    // problem
    CW_CHECK_PREFLIGHT, // problem->allow has the methods
    CW_CHECK_PAGE,
    CW_CHECK_REPLAY,  // *replay is the first answer to its Idempotency-Key
    CW_CHECK_REQUEST, // *request is for control
};
enum cw_check cw_exchange_check(struct cw_exchange *x, struct cw_request **request, struct cw_reply *replay,
                                struct cw_problem *problem);

#endif
