// HTTP requests over connections kept open.
#include "bench/http_client.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "bench/watch.h"

struct connection {
    struct watch watch;
    struct http_client *client;
    struct connection *next_idle;
    struct cw_str out, in;
    size_t written;
    http_done *done;
    void *arg;
};

struct http_client {
    int epoll;
    struct cw_addr server;
    struct connection *idle;
};

static void finish(struct connection *c, int status, const char *body, bool keep) {
    http_done *done = c->done;
    void *arg = c->arg;
    c->done = NULL;
    done(arg, status, body);
    if (keep) {
        c->next_idle = c->client->idle;
        c->client->idle = c;
        return;
    }
    close(c->watch.fd);
    cw_str_fini(&c->out);
    cw_str_fini(&c->in);
    free(c);
}

// An idle connection that the server closed.
static void forget_idle(struct connection *c) {
    struct connection **at = &c->client->idle;
    while (*at && *at != c) at = &(*at)->next_idle;
    if (*at) *at = c->next_idle;
    close(c->watch.fd);
    cw_str_fini(&c->out);
    cw_str_fini(&c->in);
    free(c);
}

// Joins the chunks of a body in place. False: not all are there.
static bool join_chunks(char *body) {
    char *to = body, *from = body;
    for (;;) {
        char *end;
        size_t len = strtoul(from, &end, 16);
        if (end == from || strncmp(end, "\r\n", 2) != 0 || strlen(end + 2) < len + 2) return false;
        if (!len) break;
        memmove(to, end + 2, len);
        to += len;
        from = end + 2 + len + 2;
    }
    *to = 0;
    return true;
}

// The whole reply is there: true, and its parts.
static bool is_complete(struct connection *c, int *status, const char **body) {
    if (!c->in.s || sscanf(c->in.s, "HTTP/1.1 %d", status) != 1) return false;
    char *end = strstr(c->in.s, "\r\n\r\n");
    if (!end) return false;
    *body = end + 4;
    const char *length = strcasestr(c->in.s, "\r\nContent-Length:"), *chunked = strcasestr(c->in.s, ": chunked\r\n");
    // The last chunk ends the reply; until it is there the chunks have to stay as they are.
    if (chunked && chunked < end) return strstr(end, "\r\n0\r\n\r\n") && join_chunks(end + 4);
    return strlen(*body) >= (length && length < end ? strtoul(length + 17, NULL, 10) : 0);
}

static void on_readable(struct connection *c) {
    char data[16384];
    int status = 0;
    const char *body = "";
    ssize_t len = recv(c->watch.fd, data, sizeof data, 0);
    if (len < 0 && errno == EAGAIN) return;
    if (!c->done) {
        forget_idle(c);
        return;
    }
    if (len <= 0) {
        finish(c, 0, "", false);
        return;
    }
    cw_str_add(&c->in, data, (size_t)len);
    if (is_complete(c, &status, &body)) finish(c, status, body, !strcasestr(c->in.s, "\r\nConnection: close"));
}

static void on_ready(struct watch *watch, uint32_t events) {
    struct connection *c = WATCH_OWNER(struct connection, watch, watch);
    if (events & EPOLLOUT && c->written < c->out.len) {
        ssize_t len = send(watch->fd, c->out.s + c->written, c->out.len - c->written, MSG_NOSIGNAL);
        if (len > 0) c->written += (size_t)len;
        if (c->written == c->out.len) watch_change(c->client->epoll, watch, EPOLLIN);
    }
    if (events & ~(uint32_t)EPOLLOUT) on_readable(c);
}

static struct connection *open_connection(struct http_client *client) {
    int on = 1;
    struct connection *c = calloc(1, sizeof *c);
    if (!c) abort();
    c->client = client;
    c->watch.ready = on_ready;
    c->watch.fd = socket(client->server.sa.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (c->watch.fd < 0) abort();
    setsockopt(c->watch.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    // A refused connection shows as an error event.
    (void)connect(c->watch.fd, &client->server.sa, cw_addr_len(&client->server));
    if (watch_add(client->epoll, &c->watch, EPOLLIN)) abort();
    return c;
}

int http_client_new(struct http_client **out, int epoll, const struct cw_addr *server) {
    struct http_client *client = calloc(1, sizeof *client);
    if (!client) return CW_ENOMEM;
    client->epoll = epoll;
    client->server = *server;
    *out = client;
    return 0;
}

void http_request(struct http_client *client, const char *method, const char *path, const char *headers,
                  const char *body, http_done *done, void *arg) {
    char server[CW_ADDR_SIZE];
    struct connection *c = client->idle;
    if (c)
        client->idle = c->next_idle;
    else
        c = open_connection(client);
    c->done = done;
    c->arg = arg;
    c->written = c->out.len = c->in.len = 0;
    cw_str_printf(&c->out, "%s %s HTTP/1.1\r\nHost: %s\r\n%s", method, path, cw_addr_text(&client->server, server),
                  headers);
    if (body) cw_str_printf(&c->out, "Content-Type: application/json\r\nContent-Length: %zu\r\n", strlen(body));
    cw_str_printf(&c->out, "\r\n%s", body ? body : "");
    if (c->out.bad) abort();
    ssize_t len = send(c->watch.fd, c->out.s, c->out.len, MSG_NOSIGNAL);
    if (len > 0) c->written = (size_t)len;
    watch_change(client->epoll, &c->watch, c->written < c->out.len ? EPOLLIN | EPOLLOUT : EPOLLIN);
}
