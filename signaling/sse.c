// Server-sent events (HTML Living Standard §9.2): an answer that does not end. libmicrohttpd asks for bytes; when there
// are none the connection is suspended until the next event.
#include <glib.h>
#include <string.h>

#include "signaling/http_internal.h"

#define BLOCK_BYTES 4096
#define KEEP_BYTES 16384 // of an empty buffer

struct sse {
    struct cw_sink sink;
    struct MHD_Connection *connection; // NULL before open
    struct cw_watch *watch;
    struct cw_str out; // what is not sent
    size_t sent;
    unsigned credit; // events in `out`
    cw_time last_write;
    bool suspended, ended, gone;
};

static void resume(struct sse *s) {
    if (!s->suspended) return;
    s->suspended = false;
    cw_watch_free(s->watch);
    s->watch = NULL;
    MHD_resume_connection(s->connection);
    cw_http_wake(s->sink.http);
}

static void on_gone(void *arg) {
    struct sse *s = arg;
    s->gone = true;
    resume(s);
}

static void all_sent(struct sse *s) {
    if (s->out.cap > KEEP_BYTES) cw_str_fini(&s->out);
    s->out.len = s->sent = 0;
    if (s->credit) cw_http_credit(&s->sink, s->credit);
    s->credit = 0;
}

static ssize_t read_bytes(void *arg, uint64_t pos, char *buf, size_t max) {
    struct sse *s = arg;
    (void)pos;
    if (s->gone || s->out.bad) return MHD_CONTENT_READER_END_WITH_ERROR;
    if (s->sent == s->out.len && s->ended) return MHD_CONTENT_READER_END_OF_STREAM;
    if (s->sent == s->out.len) {
        s->suspended = true;
        MHD_suspend_connection(s->connection);
        s->watch = cw_watch_new(s->sink.http, s->connection, on_gone, s);
        return 0;
    }
    size_t n = MIN(max, s->out.len - s->sent);
    memcpy(buf, s->out.s + s->sent, n);
    s->sent += n;
    s->last_write = s->sink.http->now;
    if (s->sent == s->out.len) all_sent(s);
    return (ssize_t)n;
}

static void free_sse(void *arg) {
    struct sse *s = arg;
    cw_http_remove_sink(&s->sink);
    cw_watch_free(s->watch);
    cw_str_fini(&s->out);
    g_free(s);
}

static void drop(struct cw_sink *sink) { free_sse(sink); }

static void deliver(struct cw_sink *sink, const struct cw_chunk *chunk) {
    struct sse *s = (struct sse *)sink;
    struct cw_record record;
    for (size_t at = 0; cw_chunk_next(chunk, &at, &record);) {
        cw_str_printf(&s->out, "id: %s\ndata: ", record.id);
        cw_str_add(&s->out, record.text, record.text_len);
        cw_str_add(&s->out, "\n\n", 2);
    }
    s->credit += chunk->count;
    resume(s);
}

static void end(struct cw_sink *sink) {
    struct sse *s = (struct sse *)sink;
    s->ended = true;
    resume(s);
}

static void tick(struct cw_sink *sink, cw_time now) {
    struct sse *s = (struct sse *)sink;
    if (!s->suspended || now - s->last_write < CW_KEEP_ALIVE) return;
    cw_str_printf(&s->out, ": keep-alive\n\n");
    resume(s);
}

// From here on the response owns the sink.
static enum MHD_Result open_stream(struct cw_sink *sink, const struct cw_respond *to) {
    struct sse *s = (struct sse *)sink;
    struct MHD_Response *response =
        MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK_BYTES, read_bytes, s, free_sse);
    if (!response) return MHD_NO;
    s->connection = to->connection;
    cw_respond_headers(to, response);
    MHD_add_response_header(response, "Content-Type", "text/event-stream");
    MHD_add_response_header(response, "Cache-Control", "no-store");
    MHD_add_response_header(response, "X-Accel-Buffering", "no"); // nginx would hold events back
    enum MHD_Result result = MHD_queue_response(to->connection, 200, response);
    MHD_destroy_response(response);
    return result;
}

static const struct cw_sink_ops ops = {deliver, end, tick, open_stream, drop};

struct cw_sink *cw_sse_new(struct cw_http *http, uint64_t id) {
    struct sse *s = g_new0(struct sse, 1);
    cw_str_printf(&s->out, "retry: 1000\n\n");
    s->last_write = http->now;
    cw_http_add_sink(http, &s->sink, id, &ops);
    return &s->sink;
}
