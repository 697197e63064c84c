// TCP connections of browsers: accepted, read in frames, written without ever blocking, closed when they are of no use.
#include "media/tcp.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "media/path.h"
#include "proto/frame.h"

#define BACKLOG 64
#define ACCEPTS 16                         // in one wake-up
#define READS 8                            // of one connection in one wake-up
#define OUT_MAX (64 * 1024)                // waits for a browser that does not read [bytes]; more is dropped
#define FIRST_CHECK_WITHIN (5 * CW_SECOND) // after the connection: a verified check of a leg
#define STALLED_AFTER (10 * CW_SECOND)     // nothing of what waits could be written
#define SWEEP_MS 1000

_Static_assert(CW_FRAME_MAX == CW_PACKET_SIZE, "a frame holds every packet, and a packet every frame");

struct connection {
    struct cw_sock sock; // the first member; sock.leg: of which a check was verified, NULL: none
    cw_time opened;
    cw_time written; // when something could be written last
    struct connection *next_closed;
    struct cw_frames in;
    uint8_t *out; // OUT_MAX bytes once something had to wait
    size_t out_at, out_len;
};

struct cw_tcp {
    struct cw_sock listeners[CW_MEDIA_ADDRESSES_MAX];
    size_t listener_count;
    unsigned count;            // open connections
    struct connection *closed; // until the end of the wake-up
    uv_timer_t sweep;
    bool refuses; // out of descriptors: no accept until the next sweep
};

static struct connection *connection_of(struct cw_sock *sock) { return (struct connection *)sock; }

// ---------------------------------------------------------------- connections come and go

static int watch(const struct cw_io *io, struct cw_sock *sock, int operation, uint32_t events) {
    struct epoll_event event = {.events = events, .data.ptr = sock};
    return epoll_ctl(io->epoll, operation, sock->fd, &event) ? CW_EIO : 0;
}

void cw_tcp_close(struct cw_io *io, struct cw_sock *sock) {
    struct connection *c = connection_of(sock);
    if (sock->fd < 0) return;
    close(sock->fd); // leaves the epoll set by itself
    sock->fd = -1;
    io->worker.connections[sock->index - CW_MEDIA_ADDRESSES_MAX] = NULL;
    io->tcp->count--;
    c->next_closed = io->tcp->closed;
    io->tcp->closed = c;
}

// The browser's end, or a fault: the leg that used it looks for another way.
static void lose(struct cw_io *io, struct connection *c) {
    if (c->sock.fd >= 0 && c->sock.leg) cw_path_lite_forget(&c->sock);
    cw_tcp_close(io, &c->sock);
}

void cw_tcp_reap(struct cw_io *io) {
    while (io->tcp && io->tcp->closed) {
        struct connection *c = io->tcp->closed;
        io->tcp->closed = c->next_closed;
        free(c->out);
        free(c);
    }
}

// A free place among the connections, or -1: as many as may be, in all or of this address.
static int find_place(const struct cw_io *io, const struct cw_addr *remote) {
    const struct cw_media_config *config = io->worker.config;
    unsigned same = 0;
    int place = -1;
    for (unsigned i = 0; i < config->tcp_connections; i++) {
        const struct cw_sock *sock = io->worker.connections[i];
        if (!sock)
            place = (int)i;
        else if (cw_addr_same_host(&sock->remote, remote))
            same++;
    }
    return same < config->tcp_connections_per_address ? place : -1;
}

static void add_connection(struct cw_io *io, const struct cw_sock *listener, int fd, const struct cw_addr *remote) {
    int on = 1, place = find_place(io, remote);
    struct connection *c = place >= 0 ? calloc(1, sizeof *c) : NULL;
    if (!c) {
        cw_count(&io->worker.counters.drops[CW_MEDIA_DROP_UNKNOWN_SOURCE], 1);
        close(fd);
        return;
    }
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on); // else slower, no more
    c->sock = (struct cw_sock){.fd = fd,
                               .kind = CW_SOCK_STREAM,
                               .index = (uint16_t)(CW_MEDIA_ADDRESSES_MAX + place),
                               .local = listener->local,
                               .remote = *remote};
    c->opened = c->written = io->worker.now;
    io->worker.connections[place] = &c->sock;
    if (io->tcp->count++ == 0) uv_timer_again(&io->tcp->sweep);
    if (watch(io, &c->sock, EPOLL_CTL_ADD, EPOLLIN)) lose(io, c);
}

static unsigned accept_some(struct cw_io *io, struct cw_sock *listener) {
    for (int i = 0; i < ACCEPTS; i++) {
        struct cw_addr remote;
        socklen_t len = sizeof remote;
        int fd = accept4(listener->fd, &remote.sa, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
        cw_count(&io->worker.counters.system_calls, 1);
        if (fd >= 0) {
            add_connection(io, listener, fd, &remote);
        } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            io->tcp->refuses = true; // it would be told again at once
            for (size_t k = 0; k < io->tcp->listener_count; k++) watch(io, &io->tcp->listeners[k], EPOLL_CTL_MOD, 0);
            uv_timer_again(&io->tcp->sweep);
            break;
        } else if (errno == EAGAIN) {
            break;
        }
    }
    return 0;
}

// ---------------------------------------------------------------- out

static size_t waiting(const struct connection *c) { return c->out_len - c->out_at; }

static void keep(struct connection *c, const uint8_t *data, size_t len) {
    memcpy(c->out + c->out_len, data, len);
    c->out_len += len;
}

static bool make_room(struct cw_io *io, struct connection *c, size_t len) {
    if (!c->out) c->out = malloc(OUT_MAX);
    if (!c->out || waiting(c) + len > OUT_MAX) return false;
    if (!waiting(c)) watch(io, &c->sock, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
    memmove(c->out, c->out + c->out_at, waiting(c));
    c->out_len -= c->out_at;
    c->out_at = 0;
    return true;
}

static void write_waiting(struct cw_io *io, struct connection *c) {
    if (!waiting(c)) return;
    ssize_t n = send(c->sock.fd, c->out + c->out_at, waiting(c), MSG_DONTWAIT | MSG_NOSIGNAL);
    cw_count(&io->worker.counters.system_calls, 1);
    if (n <= 0) return; // a connection that is broken tells so when it is read
    c->written = io->worker.now;
    c->out_at += (size_t)n;
    if (!waiting(c)) watch(io, &c->sock, EPOLL_CTL_MOD, EPOLLIN);
}

// A frame is sent in full or not at all; of one that was begun the rest has to wait.
void cw_tcp_send(struct cw_io *io, struct cw_sock *sock, const uint8_t *data, size_t len) {
    struct connection *c = connection_of(sock);
    uint8_t head[CW_FRAME_HEAD];
    struct iovec parts[2] = {{head, sizeof head}, {(void *)(uintptr_t)data, len}};
    const struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
    if (sock->fd < 0) return;
    cw_put_u16(head, (uint16_t)len);
    ssize_t sent = waiting(c) ? 0 : sendmsg(sock->fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    cw_count(&io->worker.counters.system_calls, 1);
    size_t done = sent > 0 ? (size_t)sent : 0;
    if (done) c->written = io->worker.now;
    if (done == sizeof head + len) return;
    if (!make_room(io, c, sizeof head + len - done)) {
        cw_count(&io->worker.counters.drops[CW_MEDIA_DROP_SEND], 1);
        if (done) lose(io, c); // no memory for the rest: nobody can read on
        return;
    }
    size_t head_done = done < sizeof head ? done : sizeof head;
    keep(c, head + head_done, sizeof head - head_done);
    keep(c, data + (done - head_done), len - (done - head_done));
}

// ---------------------------------------------------------------- in

// False: the connection is gone or of no more use.
static bool handle_frames(struct cw_io *io, struct connection *c, unsigned *count) {
    const uint8_t *datagram;
    size_t len;
    int err;
    while ((err = cw_frames_next(&c->in, &datagram, &len)) == 0) {
        uint8_t *packet = cw_udp_packet(io);
        memcpy(packet, datagram, len);
        cw_worker_input(&io->worker, &c->sock, &c->sock.remote, packet, len, io->worker.now);
        ++*count;
        if (c->sock.fd < 0) return true; // closed by what came
    }
    return err == CW_EAGAIN;
}

static unsigned read_some(struct cw_io *io, struct connection *c) {
    unsigned count = 0;
    write_waiting(io, c);
    for (int i = 0; i < READS && c->sock.fd >= 0; i++) {
        size_t cap;
        uint8_t *room = cw_frames_room(&c->in, &cap);
        ssize_t n = recv(c->sock.fd, room, cap, MSG_DONTWAIT);
        cw_count(&io->worker.counters.system_calls, 1);
        if (n < 0 && (errno == EAGAIN || errno == EINTR)) break;
        // After the read: what these packets answer was commanded before they were sent.
        if (n > 0) cw_mailbox_drain(&io->loop.inbox, io);
        if (n > 0) cw_frames_added(&c->in, (size_t)n);
        if (n <= 0 || !handle_frames(io, c, &count)) {
            lose(io, c);
            break;
        }
        if ((size_t)n < cap) break; // there was no more
    }
    return count;
}

unsigned cw_tcp_ready(struct cw_io *io, struct cw_sock *sock) {
    return sock->kind == CW_SOCK_LISTENER ? accept_some(io, sock) : read_some(io, connection_of(sock));
}

// ---------------------------------------------------------------- time

static void on_sweep(uv_timer_t *timer) {
    struct cw_io *io = timer->data;
    struct cw_tcp *tcp = io->tcp;
    io->worker.now = cw_clock_now();
    for (size_t i = 0; tcp->refuses && i < tcp->listener_count; i++)
        watch(io, &tcp->listeners[i], EPOLL_CTL_MOD, EPOLLIN);
    tcp->refuses = false;
    for (unsigned i = 0; i < io->worker.config->tcp_connections; i++) {
        struct connection *c = io->worker.connections[i] ? connection_of(io->worker.connections[i]) : NULL;
        if (!c) continue;
        bool stranger = !c->sock.leg && io->worker.now - c->opened >= FIRST_CHECK_WITHIN;
        bool stalled = waiting(c) && io->worker.now - c->written >= STALLED_AFTER;
        if (stranger || stalled) lose(io, c);
    }
    if (!tcp->count) uv_timer_stop(timer);
}

// ---------------------------------------------------------------- life

static int open_listener(struct cw_io *io, const struct cw_sock *browsers) {
    struct cw_tcp *tcp = io->tcp;
    struct cw_sock *sock = &tcp->listeners[tcp->listener_count];
    int on = 1;
    char text[CW_ADDR_SIZE];
    *sock = (struct cw_sock){.kind = CW_SOCK_LISTENER, .local = browsers->local};
    sock->fd = socket(sock->local.sa.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (sock->fd < 0) return CW_EIO;
    if (sock->local.sa.sa_family == AF_INET6) setsockopt(sock->fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    setsockopt(sock->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(sock->fd, &sock->local.sa, cw_addr_len(&sock->local)) || listen(sock->fd, BACKLOG) ||
        watch(io, sock, EPOLL_CTL_ADD, EPOLLIN)) {
        cw_warn("media.tcp_refused", "address=%s error=\"%s\"", cw_addr_text(&sock->local, text), strerror(errno));
        close(sock->fd);
        return CW_EIO;
    }
    tcp->listener_count++;
    return 0;
}

int cw_tcp_init(struct cw_io *io) {
    struct cw_worker *w = &io->worker;
    if (!w->config->tcp_connections || !w->browser_count) return 0;
    io->tcp = calloc(1, sizeof *io->tcp);
    w->connections = calloc(w->config->tcp_connections, sizeof(struct cw_sock *));
    if (!io->tcp || !w->connections) return CW_ENOMEM;
    if (uv_timer_init(&io->loop.uv, &io->tcp->sweep)) return CW_EIO;
    uv_timer_set_repeat(&io->tcp->sweep, SWEEP_MS);
    io->tcp->sweep.data = io;
    // uv_timer_again needs a timer that was started once.
    uv_timer_start(&io->tcp->sweep, on_sweep, SWEEP_MS, SWEEP_MS);
    for (size_t i = 0; i < w->browser_count; i++) w->listens[i] = open_listener(io, &w->browsers[i]) == 0;
    return 0;
}

void cw_tcp_fini(struct cw_io *io) {
    if (!io->tcp) return;
    for (unsigned i = 0; io->worker.connections && i < io->worker.config->tcp_connections; i++)
        if (io->worker.connections[i]) cw_tcp_close(io, io->worker.connections[i]);
    cw_tcp_reap(io);
    for (size_t i = 0; i < io->tcp->listener_count; i++) close(io->tcp->listeners[i].fd);
    free(io->worker.connections);
    free(io->tcp);
    io->tcp = NULL;
    io->worker.connections = NULL;
}
