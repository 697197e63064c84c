// WebSocket (RFC 6455) for events: one event a text message. What the client says is read and ignored but for ping,
// pong and close.
//
//   opened by control ─▶ (messages queue) ─▶ 101 sent ─▶ running ─▶ close frame sent ─▶ closed
#include <errno.h>
#include <glib.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>
#include <wslay/wslay.h>

#include "signaling/http_internal.h"

#define MAX_MESSAGE 4096 // from the client
#define MAX_QUEUED 128   // messages to the client: above it nothing is read, so that pings cannot pile up pongs
#define SILENCE (3 * CW_KEEP_ALIVE)
#define CLOSE_TIME (2 * CW_SECOND)
#define HANDSHAKE_TIME (10 * CW_SECOND)
#define KEY_BYTES 24 // of Sec-WebSocket-Key: 16 random bytes in base64

struct websocket {
    struct cw_sink sink;
    wslay_event_context_ptr ws;
    struct MHD_UpgradeResponseHandle *urh; // NULL before the upgrade
    int fd;
    uv_poll_t *poll;
    struct cw_str extra; // bytes that came with the request
    size_t extra_read;
    unsigned credit;
    cw_time last_read, last_ping, close_by;
};

static const char *header(struct MHD_Connection *connection, const char *name) {
    return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

bool cw_websocket_requested(struct MHD_Connection *connection) {
    const char *upgrade = header(connection, "Upgrade");
    return upgrade && strcasecmp(upgrade, "websocket") == 0;
}

int cw_websocket_check(struct MHD_Connection *connection, struct cw_problem *problem) {
    const char *version = header(connection, "Sec-WebSocket-Version"), *key = header(connection, "Sec-WebSocket-Key");
    const char *wanted = header(connection, "Connection");
    if (!version || strcmp(version, "13") != 0) {
        return cw_problem_set(problem, 426, "websocket_version", NULL, "The WebSocket version is 13 (RFC 6455).");
    }
    if (!key || strlen(key) != KEY_BYTES || !wanted || !strcasestr(wanted, "upgrade")) {
        return cw_problem_set(problem, 400, "websocket_handshake", NULL,
                              "A WebSocket handshake has Connection: Upgrade and a Sec-WebSocket-Key of 16 bytes.");
    }
    return 0;
}

// RFC 6455 §4.2.2 step 5.4. out: at least 29 bytes.
static void accept_value(const char *key, char *out) {
    static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    char text[KEY_BYTES + sizeof guid];
    unsigned char hash[SHA_DIGEST_LENGTH];
    snprintf(text, sizeof text, "%s%s", key, guid);
    SHA1((const unsigned char *)text, strlen(text), hash);
    EVP_EncodeBlock((unsigned char *)out, hash, sizeof hash);
}

static void on_closed(uv_handle_t *handle) { g_free(handle); }

static void destroy(struct websocket *w) {
    cw_http_remove_sink(&w->sink);
    if (w->poll) uv_close((uv_handle_t *)w->poll, on_closed);
    if (w->urh) {
        MHD_upgrade_action(w->urh, MHD_UPGRADE_ACTION_CLOSE);
        cw_http_wake(w->sink.http);
    }
    wslay_event_context_free(w->ws);
    cw_str_fini(&w->extra);
    g_free(w);
}

static ssize_t receive(wslay_event_context_ptr ws, uint8_t *buf, size_t len, int flags, void *arg) {
    struct websocket *w = arg;
    (void)flags;
    if (w->extra_read < w->extra.len) {
        size_t n = MIN(len, w->extra.len - w->extra_read);
        memcpy(buf, w->extra.s + w->extra_read, n);
        w->extra_read += n;
        return (ssize_t)n;
    }
    bool full = wslay_event_get_queued_msg_count(ws) > MAX_QUEUED;
    ssize_t n = full ? -1 : recv(w->fd, buf, len, 0);
    if (n > 0) {
        w->last_read = w->sink.http->now;
        return n;
    }
    bool later = full || (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR));
    wslay_event_set_error(ws, later ? WSLAY_ERR_WOULDBLOCK : WSLAY_ERR_CALLBACK_FAILURE);
    return -1;
}

static ssize_t transmit(wslay_event_context_ptr ws, const uint8_t *data, size_t len, int flags, void *arg) {
    struct websocket *w = arg;
    ssize_t n = send(w->fd, data, len, MSG_NOSIGNAL | (flags & WSLAY_MSG_MORE ? MSG_MORE : 0));
    if (n >= 0) return n;
    bool later = errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
    wslay_event_set_error(ws, later ? WSLAY_ERR_WOULDBLOCK : WSLAY_ERR_CALLBACK_FAILURE);
    return -1;
}

static void on_io(uv_poll_t *poll, int status, int events);

// Reads and writes what can be; w is gone afterwards if the socket failed or the close handshake is done.
static void serve(struct websocket *w) {
    if (!w->urh) return;
    bool failed = (wslay_event_want_read(w->ws) && wslay_event_recv(w->ws)) ||
                  (wslay_event_want_write(w->ws) && wslay_event_send(w->ws));
    bool done = !wslay_event_want_read(w->ws) && !wslay_event_want_write(w->ws);
    bool ending = w->sink.http->ending_since && !wslay_event_want_write(w->ws);
    if (failed || done || ending) {
        destroy(w);
        return;
    }
    if (w->credit && wslay_event_get_queued_msg_count(w->ws) == 0) {
        cw_http_credit(&w->sink, w->credit);
        w->credit = 0;
    }
    int readable = wslay_event_get_queued_msg_count(w->ws) > MAX_QUEUED ? 0 : UV_READABLE;
    uv_poll_start(w->poll, readable | (wslay_event_want_write(w->ws) ? UV_WRITABLE : 0), on_io);
}

static void on_io(uv_poll_t *poll, int status, int events) {
    struct websocket *w = poll->data;
    (void)status; // the socket's own calls tell
    (void)events;
    w->sink.http->now = cw_clock_now();
    serve(w);
}

static void deliver(struct cw_sink *sink, const struct cw_chunk *chunk) {
    struct websocket *w = (struct websocket *)sink;
    struct cw_record record;
    for (size_t at = 0; cw_chunk_next(chunk, &at, &record);) {
        struct wslay_event_msg msg = {WSLAY_TEXT_FRAME, (const uint8_t *)record.text, record.text_len};
        wslay_event_queue_msg(w->ws, &msg); // fails only after close was queued
    }
    w->credit += chunk->count;
    serve(w);
}

static void end(struct cw_sink *sink) {
    struct websocket *w = (struct websocket *)sink;
    static const char gone[] = "the session has ended", going[] = "the gateway is ending";
    bool ending = sink->http->ending_since != 0;
    const char *why = ending ? going : gone;
    if (w->close_by) return;
    wslay_event_queue_close(w->ws, ending ? WSLAY_CODE_GOING_AWAY : WSLAY_CODE_NORMAL_CLOSURE, (const uint8_t *)why,
                            strlen(why));
    w->close_by = sink->http->now + CLOSE_TIME;
    serve(w);
}

static void drop(struct cw_sink *sink) { destroy((struct websocket *)sink); }

static void tick(struct cw_sink *sink, cw_time now) {
    struct websocket *w = (struct websocket *)sink;
    if ((w->close_by && now >= w->close_by) || now - w->last_read > SILENCE ||
        (!w->urh && now - w->last_read > HANDSHAKE_TIME)) {
        destroy(w);
        return;
    }
    if (!w->urh || now - w->last_ping < CW_KEEP_ALIVE) return;
    w->last_ping = now;
    struct wslay_event_msg ping = {WSLAY_PING, NULL, 0};
    wslay_event_queue_msg(w->ws, &ping);
    serve(w);
}

// MHD has sent the 101 and gives the socket away. The sink may be gone by now: it is found by the request's id.
static void on_upgraded(void *arg, struct MHD_Connection *connection, void *con_cls, const char *extra,
                        size_t extra_len, MHD_socket fd, struct MHD_UpgradeResponseHandle *urh) {
    struct cw_http *http = arg;
    uint64_t id = cw_exchange_id(con_cls);
    struct websocket *w = g_hash_table_lookup(http->sinks, &id);
    (void)connection;
    if (!w) {
        MHD_upgrade_action(urh, MHD_UPGRADE_ACTION_CLOSE);
        return;
    }
    w->fd = fd;
    w->urh = urh;
    cw_str_add(&w->extra, extra, extra_len);
    w->poll = g_new0(uv_poll_t, 1);
    if (uv_poll_init(&http->loop.uv, w->poll, fd)) {
        g_free(w->poll);
        w->poll = NULL;
        destroy(w);
        return;
    }
    w->poll->data = w;
    uv_poll_start(w->poll, UV_READABLE | UV_WRITABLE, on_io); // not served here: MHD finishes the hand-over first
}

static enum MHD_Result open_socket(struct cw_sink *sink, const struct cw_respond *to) {
    char value[32];
    struct MHD_Response *response = MHD_create_response_for_upgrade(on_upgraded, sink->http);
    if (!response) return MHD_NO;
    accept_value(header(to->connection, "Sec-WebSocket-Key"), value);
    cw_respond_headers(to, response);
    MHD_add_response_header(response, "Upgrade", "websocket");
    MHD_add_response_header(response, "Sec-WebSocket-Accept", value);
    enum MHD_Result result = MHD_queue_response(to->connection, MHD_HTTP_SWITCHING_PROTOCOLS, response);
    MHD_destroy_response(response);
    return result;
}

static const struct cw_sink_ops ops = {deliver, end, tick, open_socket, drop};

struct cw_sink *cw_websocket_new(struct cw_http *http, uint64_t id) {
    static const struct wslay_event_callbacks callbacks = {.recv_callback = receive, .send_callback = transmit};
    struct websocket *w = g_new0(struct websocket, 1);
    if (wslay_event_context_server_init(&w->ws, &callbacks, w)) {
        g_free(w);
        return NULL;
    }
    wslay_event_config_set_max_recv_msg_length(w->ws, MAX_MESSAGE);
    w->last_read = w->last_ping = http->now;
    cw_http_add_sink(http, &w->sink, id, &ops);
    return &w->sink;
}
