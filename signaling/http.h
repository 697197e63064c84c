// The HTTP server: libmicrohttpd driven by a loop thread of ours. It reads a request in full, checks what can be
// checked without the node (route, key, JSON, fields), hands it to the control thread and sends the answer that comes
// back.
//
//   http thread:  read ─▶ route, key, body ─▶ suspend ─▶ ·················· ─▶ resume ─▶ send
//   control:                                      request ─▶ handler ─▶ reply
//
// Only ids and copies cross between the threads. While control has a request its connection is suspended.
#ifndef CW_SIGNALING_HTTP_H
#define CW_SIGNALING_HTTP_H

#include <stddef.h>
#include <stdint.h>

#include "signaling/request.h"

struct cw_config;

struct cw_http_params {
    struct cw_config *config;
    struct cw_node *node;
    struct cw_router router;
    // Control thread, before the handler: who holds this token, may they; 0 or negative with the problem. NULL: nobody
    // holds tokens.
    int (*authorize)(struct cw_request *request, struct cw_problem *problem);
    // Control thread: counted since the last time (answers, and those with 4xx and 5xx). May be NULL.
    void (*count)(struct cw_node *node, uint64_t answers, uint64_t errors);
    // Runs fn(node, arg) on the control thread: cw_control_run.
    void (*run)(struct cw_node *node, void (*fn)(struct cw_node *node, void *arg), void *arg);
};

// Listens and starts the thread. CW_EFORMAT: keys or certificate cannot be used; CW_EIO: the address cannot be had;
// the reason is logged. Main thread.
int cw_http_new(const struct cw_http_params *params, struct cw_http **out);
// Ends streams, waits for answers that are being made, joins the thread. The control thread must still run. Main
// thread.
void cw_http_free(struct cw_http *http);

// Any thread.
uint16_t cw_http_port(const struct cw_http *http);
const char *cw_http_url(const struct cw_http *http); // "http://127.0.0.1:8080/"

#endif
