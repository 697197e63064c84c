// The server's thread: libmicrohttpd in external epoll mode inside a loop of ours, so that sockets, time-outs,
// WebSockets and messages from control meet in one thread without a lock.
#include "signaling/http.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/addr.h"
#include "base/config.h"
#include "base/err.h"
#include "base/log.h"
#include "signaling/http_internal.h"

#define SWEEP_MS 250
#define SILENCE_S 60u          // libmicrohttpd's own time-out
#define CONNECTION_BYTES 16384 // request head and answer's buffer, a connection
#define IDEMPOTENCY_ENTRIES 4096
#define IDEMPOTENCY_BYTES ((size_t)16 << 20)
#define ENDING_PATIENCE CW_SECOND // then the connections of streams that do not end are shut
#define MAX_PEM_BYTES ((off_t)1 << 20)
#define MAX_ROUNDS 16 // of MHD without looking at anything else
#define BACKLOG 511

void cw_http_wake(struct cw_http *http) { http->dirty = true; }

void cw_http_add_sink(struct cw_http *http, struct cw_sink *sink, uint64_t id, const struct cw_sink_ops *ops) {
    *sink = (struct cw_sink){.id = id, .ops = ops, .http = http};
    g_hash_table_insert(http->sinks, &sink->id, sink);
}

// ---------------------------------------------------------------- words to control

struct stream_word {
    struct cw_http *http;
    uint64_t id;
    unsigned credit; // 0: close
};

static void on_stream_word(struct cw_node *node, void *arg) {
    struct stream_word *word = arg;
    if (node && word->credit)
        cw_stream_credit(word->http->streams, word->id, word->credit);
    else
        cw_stream_close(word->http->streams, word->id);
    free(word);
}

static void tell_control(struct cw_http *http, uint64_t id, unsigned credit) {
    struct stream_word *word = malloc(sizeof *word);
    if (!word) abort(); // 24 bytes: the machine is out of memory
    *word = (struct stream_word){http, id, credit};
    http->params.run(http->params.node, on_stream_word, word);
}

void cw_http_credit(struct cw_sink *sink, unsigned count) { tell_control(sink->http, sink->id, count); }
void cw_http_close_stream(struct cw_http *http, uint64_t id) { tell_control(http, id, 0); }

void cw_http_remove_sink(struct cw_sink *sink) {
    g_hash_table_remove(sink->http->sinks, &sink->id);
    cw_http_close_stream(sink->http, sink->id);
}

// ---------------------------------------------------------------- chunks from control

static void on_chunk(struct cw_msg *msg, void *owner) {
    struct cw_chunk *chunk = (struct cw_chunk *)msg;
    struct cw_http *http = owner;
    struct cw_sink *sink = http ? g_hash_table_lookup(http->sinks, &chunk->id) : NULL;
    if (sink) {
        http->now = cw_clock_now();
        if (chunk->end)
            sink->ops->end(sink);
        else
            sink->ops->deliver(sink, chunk);
    }
    g_free(chunk);
}

static void post_chunk(void *arg, struct cw_chunk *chunk) {
    struct cw_http *http = arg;
    chunk->msg.run = on_chunk;
    cw_loop_post(&http->loop, &chunk->msg);
}

// ---------------------------------------------------------------- the loop

static void on_timer(uv_timer_t *timer) { cw_http_wake(timer->data); }

// Runs MHD until it has nothing to do at once, and sets the time of its next look.
static void run_daemon(uv_prepare_t *prepare) {
    struct cw_http *http = prepare->data;
    MHD_UNSIGNED_LONG_LONG ms = 0;
    enum MHD_Result timed = MHD_NO;
    if (!http->dirty) return;
    http->dirty = false;
    http->now = cw_clock_now();
    for (int i = 0; i < MAX_ROUNDS; i++) {
        MHD_run(http->daemon);
        timed = MHD_get_timeout(http->daemon, &ms);
        if (timed != MHD_YES || ms) break;
    }
    if (http->dirty) ms = 0; // something was resumed from inside
    if (timed == MHD_YES || http->dirty)
        uv_timer_start(&http->timer, on_timer, ms, 0);
    else
        uv_timer_stop(&http->timer);
}

static void on_socket(uv_poll_t *poll, int status, int events) {
    (void)status;
    (void)events;
    cw_http_wake(poll->data);
}

// Has everything that control or a client must finish come to its end?
static bool all_done(struct cw_http *http) {
    GHashTableIter iter;
    gpointer value;
    g_hash_table_iter_init(&iter, http->exchanges);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        if (cw_exchange_waits(value)) return false;
    }
    return g_hash_table_size(http->sinks) == 0;
}

// A sink may remove itself, so the table is copied first.
static void for_each_sink(struct cw_http *http, void (*fn)(struct cw_sink *sink, cw_time now)) {
    GList *ids = g_hash_table_get_keys(http->sinks);
    for (GList *at = ids; at; at = at->next) {
        struct cw_sink *sink = g_hash_table_lookup(http->sinks, at->data);
        if (sink) fn(sink, http->now);
    }
    g_list_free(ids);
}

static void tick_sink(struct cw_sink *sink, cw_time now) { sink->ops->tick(sink, now); }

static void end_sink(struct cw_sink *sink, cw_time now) {
    (void)now;
    sink->ops->end(sink);
}

static void sweep_ending(struct cw_http *http) {
    for_each_sink(http, end_sink);
    if (http->now - http->ending_since > ENDING_PATIENCE) cw_connection_shut_all(http);
    if (!all_done(http) || http->ended_told) return;
    http->ended_told = true;
    uv_sem_post(&http->ended);
}

static void on_sweep(uv_timer_t *timer) {
    struct cw_http *http = timer->data;
    GHashTableIter iter;
    gpointer exchange;
    http->now = cw_clock_now();
    cw_connection_sweep(http, http->now);
    g_hash_table_iter_init(&iter, http->exchanges);
    while (g_hash_table_iter_next(&iter, NULL, &exchange)) cw_exchange_tick(exchange, http->now);
    for_each_sink(http, tick_sink);
    if (http->ending_since) sweep_ending(http);
    cw_http_wake(http);
}

static int start_handles(struct cw_http *http) {
    uv_loop_t *uv = &http->loop.uv;
    int fd = MHD_get_daemon_info(http->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
    http->poll.data = http->timer.data = http->sweep.data = http->ready.data = http;
    if (uv_poll_init(uv, &http->poll, fd) || uv_timer_init(uv, &http->timer) || uv_timer_init(uv, &http->sweep) ||
        uv_prepare_init(uv, &http->ready)) {
        return CW_EIO;
    }
    uv_poll_start(&http->poll, UV_READABLE, on_socket);
    uv_timer_start(&http->sweep, on_sweep, SWEEP_MS, SWEEP_MS);
    uv_prepare_start(&http->ready, run_daemon);
    http->dirty = true;
    return cw_loop_start(&http->loop);
}

// ---------------------------------------------------------------- opening

static int listen_on(struct cw_http *http) {
    const char *ip = cw_config_string(http->params.config, "http.address");
    struct cw_addr addr = {0};
    int64_t port = cw_config_int(http->params.config, "http.port");
    int on = 1, off = 0;
    char text[CW_ADDR_SIZE];
    if (cw_addr_parse(&addr, ip, (uint16_t)port)) return CW_EFORMAT;
    int fd = socket(addr.sa.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return CW_EIO;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (addr.sa.sa_family == AF_INET6) setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    socklen_t len = cw_addr_len(&addr);
    if (bind(fd, &addr.sa, len) || listen(fd, BACKLOG) || getsockname(fd, &addr.sa, &len)) {
        cw_error("http.listen_failed", "address=%s error=\"%s\"", cw_addr_text(&addr, text), strerror(errno));
        close(fd);
        return CW_EIO;
    }
    http->listen_fd = fd;
    http->port = cw_addr_port(&addr);
    if (cw_addr_is_any(&addr)) cw_addr_parse(&addr, addr.sa.sa_family == AF_INET ? "127.0.0.1" : "::1", http->port);
    snprintf(http->url, sizeof http->url, "%s://%s/", http->certificate ? "https" : "http", cw_addr_text(&addr, text));
    return 0;
}

static int read_pem(const char *path, char **out) {
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    char *text = NULL;
    ssize_t n = -1;
    if (fd >= 0 && fstat(fd, &st) == 0 && st.st_size <= MAX_PEM_BYTES) text = calloc(1, (size_t)st.st_size + 1);
    if (text) n = read(fd, text, (size_t)st.st_size);
    if (n < 0) {
        cw_error("http.tls_file_failed", "file=\"%s\" error=\"%s\"", path, strerror(errno));
        free(text);
    } else {
        *out = text;
    }
    if (fd >= 0) close(fd);
    return n < 0 ? CW_EFORMAT : 0;
}

static int read_certificate(struct cw_http *http) {
    const char *certificate = cw_config_string(http->params.config, "http.tls_certificate");
    const char *key = cw_config_string(http->params.config, "http.tls_key");
    if (!*certificate && !*key) return 0;
    if (!*certificate || !*key) {
        cw_error("http.tls_incomplete", "need=http.tls_certificate,http.tls_key");
        return CW_EFORMAT;
    }
    int err = read_pem(certificate, &http->certificate);
    return err ? err : read_pem(key, &http->key);
}

static void log_daemon(void *arg, const char *fmt, va_list ap) {
    char text[200], quoted[200];
    (void)arg;
    vsnprintf(text, sizeof text, fmt, ap);
    text[strcspn(text, "\n")] = '\0';
    cw_debug("http.library", "text=\"%s\"", cw_log_quote(quoted, sizeof quoted, text));
}

static int start_daemon(struct cw_http *http) {
    struct cw_config *config = http->params.config;
    struct MHD_OptionItem tls[] = {
        {MHD_OPTION_HTTPS_MEM_CERT, 0, http->certificate},
        {MHD_OPTION_HTTPS_MEM_KEY, 0, http->key},
        {MHD_OPTION_END, 0, NULL},
    };
    unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_ALLOW_UPGRADE | MHD_USE_ERROR_LOG |
                     (http->certificate ? MHD_USE_TLS : 0);
    http->daemon =
        MHD_start_daemon(flags, 0, NULL, NULL, cw_exchange_handle, http,                                       //
                         MHD_OPTION_EXTERNAL_LOGGER, log_daemon, NULL,                                         //
                         MHD_OPTION_LISTEN_SOCKET, http->listen_fd,                                            //
                         MHD_OPTION_NOTIFY_COMPLETED, cw_exchange_completed, http,                             //
                         MHD_OPTION_NOTIFY_CONNECTION, cw_connection_notify, http,                             //
                         MHD_OPTION_CONNECTION_LIMIT, (unsigned)cw_config_int(config, "http.max_connections"), //
                         MHD_OPTION_PER_IP_CONNECTION_LIMIT,                                                   //
                         (unsigned)cw_config_int(config, "http.max_connections_per_address"),                  //
                         MHD_OPTION_CONNECTION_TIMEOUT, SILENCE_S,                                             //
                         MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_BYTES,                         //
                         MHD_OPTION_STRICT_FOR_CLIENT, 1,                                                      //
                         MHD_OPTION_ARRAY, http->certificate ? tls : &tls[2],                                  //
                         MHD_OPTION_END);
    if (http->daemon) {
        http->listen_fd = -1; // the daemon closes it
        return 0;
    }
    cw_error("http.start_failed", "tls=%d hint=\"certificate, key, or descriptors\"", http->certificate != NULL);
    return CW_EIO;
}

static void free_all(struct cw_http *http) {
    if (http->daemon) MHD_stop_daemon(http->daemon);
    if (http->listen_fd >= 0) close(http->listen_fd);
    if (http->exchanges) g_hash_table_destroy(http->exchanges);
    if (http->sinks) g_hash_table_destroy(http->sinks);
    cw_idempotency_free(http->idempotency);
    cw_static_free(http->pages);
    cw_auth_free(http->auth);
    free(http->certificate);
    free(http->key);
    uv_sem_destroy(&http->ended);
    free(http);
}

int cw_http_new(const struct cw_http_params *params, struct cw_http **out) {
    struct cw_http *http = calloc(1, sizeof *http);
    if (!http) return CW_ENOMEM;
    http->params = *params;
    http->listen_fd = -1;
    http->request_timeout = cw_config_int(params->config, "http.request_timeout_ms") * CW_MS;
    http->max_body = (size_t)cw_config_int(params->config, "limits.body_bytes");
    http->exchanges = g_hash_table_new(g_int64_hash, g_int64_equal);
    http->sinks = g_hash_table_new(g_int64_hash, g_int64_equal);
    http->idempotency = cw_idempotency_new(IDEMPOTENCY_ENTRIES, IDEMPOTENCY_BYTES);
    const char *pages = cw_config_string(params->config, "http.web_dir");
    http->pages = cw_static_new(pages[0] ? pages : CW_WEB_DIR);
    uv_sem_init(&http->ended, 0);
    int err = cw_auth_new(params->config, &http->auth);
    if (!err) err = read_certificate(http);
    if (!err) err = listen_on(http);
    if (!err) err = start_daemon(http);
    if (!err) err = cw_loop_init(&http->loop, "http", http);
    if (err) {
        free_all(http);
        return err;
    }
    http->streams = cw_streams_new(post_chunk, http);
    err = start_handles(http);
    if (err) {
        cw_loop_fini(&http->loop);
        cw_streams_free(http->streams);
        free_all(http);
        return err;
    }
    if (!cw_auth_has_keys(http->auth)) cw_info("http.keyless", "serves=\"this machine only: api.keys is empty\"");
    *out = http;
    return 0;
}

// ---------------------------------------------------------------- ending

static void on_end(struct cw_msg *msg, void *owner) {
    struct cw_http *http = owner;
    GHashTableIter iter;
    gpointer exchange;
    free(msg);
    if (!http) return;
    http->now = http->ending_since = cw_clock_now();
    MHD_socket fd = MHD_quiesce_daemon(http->daemon);
    if (fd != MHD_INVALID_SOCKET) close(fd);
    g_hash_table_iter_init(&iter, http->exchanges);
    while (g_hash_table_iter_next(&iter, NULL, &exchange)) cw_exchange_end(exchange);
    sweep_ending(http);
    cw_http_wake(http);
}

struct free_streams {
    struct cw_streams *streams;
    uv_sem_t done;
};

static void on_free_streams(struct cw_node *node, void *arg) {
    struct free_streams *job = arg;
    (void)node;
    cw_streams_free(job->streams);
    uv_sem_post(&job->done);
}

// Control frees its half after everything the http thread told it, and tells nothing more.
static void free_streams(struct cw_http *http) {
    struct free_streams job = {.streams = http->streams};
    uv_sem_init(&job.done, 0);
    http->params.run(http->params.node, on_free_streams, &job);
    uv_sem_wait(&job.done);
    uv_sem_destroy(&job.done);
}

void cw_http_free(struct cw_http *http) {
    if (!http) return;
    struct cw_msg *msg = calloc(1, sizeof *msg);
    if (!msg) abort(); // 16 bytes
    msg->run = on_end;
    cw_loop_post(&http->loop, msg);
    uv_sem_wait(&http->ended);
    free_streams(http);
    cw_loop_stop(&http->loop);
    cw_loop_fini(&http->loop);
    free_all(http);
}

uint16_t cw_http_port(const struct cw_http *http) { return http->port; }
const char *cw_http_url(const struct cw_http *http) { return http->url; }
