// What the files of the server share; all of it belongs to the http thread unless it says otherwise.
#ifndef CW_SIGNALING_HTTP_INTERNAL_H
#define CW_SIGNALING_HTTP_INTERNAL_H

#include <glib.h>
#include <microhttpd.h>
#include <uv.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/loop.h"
#include "signaling/http.h"
#include "signaling/idempotency.h"
#include "signaling/static.h"
#include "signaling/stream.h"

struct cw_exchange;

// To whom and how an answer goes.
struct cw_respond {
    struct cw_http *http;
    struct MHD_Connection *connection;
    const char *origin; // or NULL
    const char *request_id;
};

// A TCP connection; freed when MHD closes it.
struct cw_connection {
    struct cw_connection *next, **prev;
    int fd;
    bool loopback;
    cw_time deadline; // by then the request must be here, or the answer gone; CW_NEVER while we work or stream
};

// Where the events of a stream go: an SSE answer or a WebSocket. Found by the id of the request that opened it. It
// exists from the moment control has opened the stream, before the answer's head is sent, so that no event is lost.
struct cw_sink {
    uint64_t id;
    const struct cw_sink_ops *ops;
    struct cw_http *http;
};

struct cw_sink_ops {
    void (*deliver)(struct cw_sink *sink, const struct cw_chunk *chunk);
    void (*end)(struct cw_sink *sink);               // the session is gone, or the server ends
    void (*tick)(struct cw_sink *sink, cw_time now); // keep-alive; a few times a second
    enum MHD_Result (*open)(struct cw_sink *sink, const struct cw_respond *to); // queues the answer; once
    void (*drop)(struct cw_sink *sink);                                         // never opened: free it
};

#define CW_KEEP_ALIVE (15 * CW_SECOND)

struct cw_http {
    struct cw_loop loop; // owner is this
    struct cw_http_params params;
    struct cw_auth *auth;
    struct cw_static *pages;
    struct cw_idempotency *idempotency;
    struct cw_streams *streams; // control thread
    struct MHD_Daemon *daemon;
    char *certificate, *key; // PEM text or NULL
    int listen_fd;
    uint16_t port;
    char url[96];
    uv_poll_t poll;     // MHD's epoll descriptor
    uv_timer_t timer;   // MHD's next time-out
    uv_timer_t sweep;   // deadlines and keep-alives
    uv_prepare_t ready; // runs MHD once a round if `dirty`
    bool dirty;
    cw_time now; // of this round
    cw_time request_timeout;
    size_t max_body;
    struct cw_connection *connections;
    GHashTable *exchanges; // id → struct cw_exchange
    GHashTable *sinks;     // id → struct cw_sink
    uint64_t last_id;
    uint64_t answers, errors; // not yet counted on control
    cw_time ending_since;     // 0: not ending
    bool ended_told;
    uv_sem_t ended;
};

// server.c: for the other files.
void cw_http_wake(struct cw_http *http); // MHD has something to do
void cw_http_add_sink(struct cw_http *http, struct cw_sink *sink, uint64_t id, const struct cw_sink_ops *ops);
void cw_http_remove_sink(struct cw_sink *sink); // tells control
void cw_http_credit(struct cw_sink *sink, unsigned count);
void cw_http_close_stream(struct cw_http *http, uint64_t id); // tells control

// exchange.c: MHD's callbacks.
enum MHD_Result cw_exchange_handle(void *http, struct MHD_Connection *connection, const char *url, const char *method,
                                   const char *version, const char *upload_data, size_t *upload_data_size,
                                   void **con_cls);
void cw_exchange_completed(void *http, struct MHD_Connection *connection, void **con_cls,
                           enum MHD_RequestTerminationCode toe);
void cw_exchange_answered(struct cw_http *http, struct cw_request *request); // control's answer is here
void cw_exchange_tick(struct cw_exchange *exchange, cw_time now);            // long-polls
void cw_exchange_end(struct cw_exchange *exchange);                          // the server ends
uint64_t cw_exchange_id(const struct cw_exchange *exchange);
bool cw_exchange_waits(const struct cw_exchange *exchange); // for control

// connection.c
void cw_connection_notify(void *http, struct MHD_Connection *connection, void **socket_context,
                          enum MHD_ConnectionNotificationCode toe);
struct cw_connection *cw_connection_of(struct MHD_Connection *connection);
void cw_connection_sweep(struct cw_http *http, cw_time now);
void cw_connection_shut_all(struct cw_http *http);

// respond.c: queues the reply with the headers that every answer has.
enum MHD_Result cw_respond_reply(const struct cw_respond *to, struct cw_reply *reply);
enum MHD_Result cw_respond_preflight(const struct cw_respond *to, const char *allow);
enum MHD_Result cw_respond_page(const struct cw_respond *to, const struct cw_static_file *file, int *status);
void cw_respond_headers(const struct cw_respond *to, struct MHD_Response *response);

// sse.c, websocket.c
struct cw_sink *cw_sse_new(struct cw_http *http, uint64_t id);
struct cw_sink *cw_websocket_new(struct cw_http *http, uint64_t id);
bool cw_websocket_requested(struct MHD_Connection *connection);
int cw_websocket_check(struct MHD_Connection *connection, struct cw_problem *problem); // RFC 6455 §4.2.1

// watch.c: tells when the client of a suspended connection goes away. Free it before the connection is resumed.
struct cw_watch;
struct cw_watch *cw_watch_new(struct cw_http *http, struct MHD_Connection *connection, void (*gone)(void *arg),
                              void *arg);   // NULL: it cannot be watched
void cw_watch_free(struct cw_watch *watch); // NULL is fine

#endif
