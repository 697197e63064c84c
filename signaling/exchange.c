// One request and its answer on a connection.
//
//   reading ─(whole)▶ checked ──▶ answered at once (error, page, preflight, replay)
//                        └─▶ waiting: suspended, control has it ─▶ answered, or an event stream
#include "signaling/exchange.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/random.h"
#include "signaling/http_internal.h"

#define REFUSE_FACTOR 4 // a body this many times too long is not even read to its end
#define IDLE_TIME (75 * CW_SECOND)

static struct cw_respond respond_to(const struct cw_exchange *x) {
    return (struct cw_respond){x->http, x->connection, cw_exchange_header(x, "Origin"), x->request_id};
}

const char *cw_exchange_header(const struct cw_exchange *x, const char *name) {
    return MHD_lookup_connection_value(x->connection, MHD_HEADER_KIND, name);
}

uint64_t cw_exchange_id(const struct cw_exchange *x) { return x->id; }
bool cw_exchange_waits(const struct cw_exchange *x) { return x->state == CW_EXCHANGE_WAITING; }

static enum MHD_Result send_reply(struct cw_exchange *x, struct cw_reply *reply) {
    struct cw_respond to = respond_to(x);
    x->status = reply->status;
    cw_strlcpy(x->code, reply->code, sizeof x->code);
    x->state = CW_EXCHANGE_ANSWERED;
    return cw_respond_reply(&to, reply);
}

static enum MHD_Result send_problem(struct cw_exchange *x, const struct cw_problem *problem) {
    struct cw_reply reply = {0};
    cw_reply_problem(&reply, problem);
    enum MHD_Result result = send_reply(x, &reply);
    cw_reply_fini(&reply);
    return result;
}

static struct cw_exchange *make_exchange(struct cw_http *http, struct MHD_Connection *connection, const char *url,
                                         const char *method) {
    struct cw_exchange *x = calloc(1, sizeof *x);
    if (!x) return NULL;
    x->http = http;
    x->connection = connection;
    x->id = ++http->last_id;
    x->started = http->now;
    x->key_name = "";
    cw_strlcpy(x->method, method, sizeof x->method);
    x->path_fits = cw_strlcpy(x->path, url, sizeof x->path);
    cw_random_text(x->request_id, sizeof x->request_id - 1);
    g_hash_table_insert(http->exchanges, &x->id, x);
    struct cw_connection *c = cw_connection_of(connection);
    if (c) c->deadline = http->now + http->request_timeout;
    return x;
}

// A body whose announced length is far too much is refused before it comes; a smaller excess is read and dropped, so
// that the client gets to see the answer.
static enum MHD_Result begin(struct cw_exchange *x) {
    const char *length = cw_exchange_header(x, "Content-Length");
    struct cw_problem problem;
    if (!length || strtoull(length, NULL, 10) <= x->http->max_body * REFUSE_FACTOR) return MHD_YES;
    cw_problem_set(&problem, 413, "body_too_large", NULL, "A body has at most %zu bytes.", x->http->max_body);
    return send_problem(x, &problem);
}

static enum MHD_Result take_body(struct cw_exchange *x, const char *data, size_t len) {
    x->body_len += len;
    if (x->body_len <= x->http->max_body)
        cw_str_add(&x->body, data, len);
    else if (x->body_len > x->http->max_body * REFUSE_FACTOR)
        return MHD_NO; // closes
    return x->body.bad ? MHD_NO : MHD_YES;
}

static enum MHD_Result send_page(struct cw_exchange *x, const char *name) {
    const struct cw_static_file *file = cw_static_find(x->http->pages, name[0] ? name : "index.html");
    struct cw_respond to = respond_to(x);
    struct cw_problem problem;
    if (!file) {
        cw_problem_set(&problem, 404, "not_found", NULL, "There is nothing at this path.");
        return send_problem(x, &problem);
    }
    x->state = CW_EXCHANGE_ANSWERED;
    return cw_respond_page(&to, file, &x->status);
}

static void post_request(struct cw_node *node, void *arg) {
    struct cw_request *request = arg;
    struct cw_http *http = request->http;
    request->streams = http->streams;
    if (node && http->params.count) http->params.count(node, request->count_answers, request->count_errors);
    cw_request_run(request, node, http->params.authorize);
}

static void on_poller_gone(void *arg) {
    struct cw_exchange *x = arg;
    cw_http_close_stream(x->http, x->id);
}

// Suspended first: the answer may come before this returns.
static enum MHD_Result hand_over(struct cw_exchange *x, struct cw_request *request) {
    struct cw_connection *c = cw_connection_of(x->connection);
    struct cw_http *http = x->http;
    x->state = CW_EXCHANGE_WAITING;
    if (c) c->deadline = CW_NEVER;
    request->count_answers = http->answers;
    request->count_errors = http->errors;
    http->answers = http->errors = 0;
    MHD_suspend_connection(x->connection);
    if (request->match.route->flags & CW_ROUTE_STREAM && request->mode == CW_STREAM_POLL) {
        int64_t wait_ms;
        struct cw_problem ignored; // control checks it again and says so
        if (cw_request_query_int(request, "wait_ms", 0, CW_POLL_WAIT_MAX, CW_POLL_WAIT_MS, &wait_ms, &ignored) == 0) {
            x->poll_until = http->now + wait_ms * CW_MS;
        }
        x->watch = cw_watch_new(http, x->connection, on_poller_gone, x);
    }
    http->params.run(http->params.node, post_request, request);
    return MHD_YES;
}

static enum MHD_Result process(struct cw_exchange *x) {
    struct cw_problem problem;
    struct cw_request *request = NULL;
    struct cw_reply replay = {0};
    switch (cw_exchange_check(x, &request, &replay, &problem)) {
    case CW_CHECK_REFUSE: return send_problem(x, &problem);
    case CW_CHECK_PREFLIGHT: {
        struct cw_respond to = respond_to(x);
        x->state = CW_EXCHANGE_ANSWERED;
        x->status = 204;
        return cw_respond_preflight(&to, problem.allow);
    }
    case CW_CHECK_PAGE: return send_page(x, x->path + 1);
    case CW_CHECK_REPLAY: {
        enum MHD_Result result = send_reply(x, &replay);
        cw_reply_fini(&replay);
        return result;
    }
    case CW_CHECK_REQUEST: break;
    }
    return hand_over(x, request);
}

static enum MHD_Result open_sink(struct cw_exchange *x) {
    struct cw_respond to = respond_to(x);
    struct cw_sink *sink = x->sink;
    x->sink = NULL;
    x->state = CW_EXCHANGE_STREAM;
    x->status = 200;
    return sink->ops->open(sink, &to);
}

static enum MHD_Result send_answer(struct cw_exchange *x) {
    if (x->sink) return open_sink(x);
    enum MHD_Result result = send_reply(x, &x->answer->reply);
    cw_request_free(x->answer);
    x->answer = NULL;
    return result;
}

enum MHD_Result cw_exchange_handle(void *arg, struct MHD_Connection *connection, const char *url, const char *method,
                                   const char *version, const char *upload_data, size_t *upload_data_size,
                                   void **con_cls) {
    struct cw_exchange *x = *con_cls;
    (void)version;
    if (!x) {
        *con_cls = x = make_exchange(arg, connection, url, method);
        return x ? begin(x) : MHD_NO;
    }
    if (*upload_data_size) {
        size_t len = *upload_data_size;
        *upload_data_size = 0;
        return take_body(x, upload_data, len);
    }
    if (x->state == CW_EXCHANGE_READING) return process(x);
    if (x->answer || x->sink) return send_answer(x);
    return MHD_YES;
}

static void make_sink(struct cw_exchange *x, struct cw_request *request) {
    bool websocket = request->mode == CW_STREAM_WEBSOCKET;
    x->sink = websocket ? cw_websocket_new(x->http, x->id) : cw_sse_new(x->http, x->id);
    if (!x->sink) {
        struct cw_problem problem;
        cw_http_close_stream(x->http, x->id);
        cw_problem_set(&problem, 503, "no_memory", NULL, "Out of memory.");
        cw_reply_fini(&request->reply);
        cw_reply_problem(&request->reply, &problem);
    }
}

// The first answer stays; a failure of ours or for want of room may go better the next time.
static void remember(struct cw_http *http, const struct cw_request *request) {
    if (!request->idempotency) return;
    if (request->reply.status >= 500 || request->reply.status == 429)
        cw_idempotency_abandon(http->idempotency, request->idempotency);
    else
        cw_idempotency_finish(http->idempotency, request->idempotency, &request->reply);
}

void cw_exchange_answered(struct cw_http *http, struct cw_request *request) {
    struct cw_exchange *x = g_hash_table_lookup(http->exchanges, &request->id);
    remember(http, request);
    if (!x || x->state != CW_EXCHANGE_WAITING) {
        cw_request_free(request);
        return;
    }
    if (request->answer.stream) make_sink(x, request);
    if (x->sink)
        cw_request_free(request);
    else
        x->answer = request;
    x->state = CW_EXCHANGE_RESUMED;
    cw_watch_free(x->watch);
    x->watch = NULL;
    MHD_resume_connection(x->connection);
    cw_http_wake(http);
}

void cw_exchange_tick(struct cw_exchange *x, cw_time now) {
    if (!x->poll_until || now < x->poll_until) return;
    x->poll_until = 0;
    cw_http_close_stream(x->http, x->id);
}

void cw_exchange_end(struct cw_exchange *x) {
    if (x->state == CW_EXCHANGE_WAITING) cw_http_close_stream(x->http, x->id);
}

static void log_access(const struct cw_exchange *x) {
    char path[128];
    bool failed = x->status >= 400;
    if (!failed && !cw_log_enabled(CW_LOG_DEBUG)) return;
    cw_log(failed ? CW_LOG_INFO : CW_LOG_DEBUG, "http.request",
           "method=%s path=\"%s\" status=%d code=%s ms=%lld key=\"%s\" request=%s", x->method,
           cw_log_quote(path, sizeof path, x->path), x->status, x->code[0] ? x->code : "-",
           (long long)((cw_clock_now() - x->started) / CW_MS), x->key_name, x->request_id);
}

void cw_exchange_completed(void *arg, struct MHD_Connection *connection, void **con_cls,
                           enum MHD_RequestTerminationCode toe) {
    struct cw_exchange *x = *con_cls;
    (void)arg;
    (void)toe;
    if (!x) return;
    struct cw_connection *c = cw_connection_of(connection);
    if (c) c->deadline = cw_clock_now() + IDLE_TIME;
    if (x->status) {
        x->http->answers++;
        if (x->status >= 400) x->http->errors++;
        log_access(x);
    }
    if (x->sink) x->sink->ops->drop(x->sink);
    cw_watch_free(x->watch);
    cw_request_free(x->answer);
    cw_str_fini(&x->body);
    g_hash_table_remove(x->http->exchanges, &x->id);
    free(x);
    *con_cls = NULL;
}
