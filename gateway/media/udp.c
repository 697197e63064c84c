// UDP sockets of a worker: batches in, batches out, no memory taken per packet.
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/err.h"
#include "base/log.h"
#include "media/io.h"
#include "media/tcp.h"

#define BROWSERS_BUFFER (4 * 1024 * 1024) // [bytes] all browsers of a worker share it

struct cw_io_receive {
    uint8_t data[CW_IO_BATCH][CW_PACKET_SIZE];
    struct mmsghdr messages[CW_IO_BATCH];
    struct iovec vectors[CW_IO_BATCH];
    struct cw_addr sources[CW_IO_BATCH];
};

// Datagrams that wait in the slots for one browsers' socket.
struct cw_io_queue {
    struct cw_sock *sock;
    unsigned count;
    struct mmsghdr messages[CW_IO_QUEUE];
    struct iovec vectors[CW_IO_QUEUE];
    struct cw_addr to[CW_IO_QUEUE];
};

// One that waits for the socket of an RTP leg.
struct cw_io_single {
    struct cw_sock *sock;
    struct cw_addr to;
    unsigned slot;
    size_t len;
};

// ---------------------------------------------------------------- sockets

static void set_buffers(int fd) {
    int size = BROWSERS_BUFFER;
    // The forced one needs a privilege; the other is cut to the system's limit. Either may fail: then it stays small.
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size))
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size))
        setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
}

static int open_bound(struct cw_addr *local, int *fd) {
    int on = 1, s = socket(local->sa.sa_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    char text[CW_ADDR_SIZE];
    socklen_t len = sizeof *local;
    if (s < 0) return CW_EIO;
    if (local->sa.sa_family == AF_INET6) setsockopt(s, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    set_buffers(s);
    if (bind(s, &local->sa, cw_addr_len(local)) || getsockname(s, &local->sa, &len)) {
        cw_error("media.bind_failed", "address=%s error=\"%s\"", cw_addr_text(local, text), strerror(errno));
        close(s);
        return CW_EIO;
    }
    *fd = s;
    return 0;
}

static int watch(struct cw_io *io, struct cw_sock *sock) {
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = sock};
    return epoll_ctl(io->epoll, EPOLL_CTL_ADD, sock->fd, &event) ? CW_EIO : 0;
}

static int on_open(void *arg, struct cw_sock *sock) {
    socklen_t len = sizeof sock->local;
    getsockname(sock->fd, &sock->local.sa, &len);
    return watch(arg, sock);
}

static void on_connect(void *arg, struct cw_sock *sock, const struct cw_addr *to) {
    static const struct sockaddr none = {.sa_family = AF_UNSPEC};
    cw_udp_flush(arg); // what waits goes where it was to go
    if (!to) {
        sock->connected = false;
        // On Linux this keeps the port. If it failed, the address of the next connect would still replace this one.
        (void)connect(sock->fd, &none, sizeof none);
    } else if (connect(sock->fd, &to->sa, cw_addr_len(to)) == 0) {
        sock->connected = true;
        sock->remote = *to;
    }
}

static void on_close(void *arg, struct cw_sock *sock) {
    if (sock->kind == CW_SOCK_STREAM) {
        cw_tcp_close(arg, sock);
        return;
    }
    cw_udp_flush(arg);                  // nothing refers to it afterwards
    if (sock->fd >= 0) close(sock->fd); // leaves the epoll set by itself
    sock->fd = -1;
}

// ---------------------------------------------------------------- out

static void count_failed(struct cw_io *io, unsigned packets) {
    cw_count(&io->worker.counters.drops[CW_MEDIA_DROP_SEND], packets);
}

static void flush_queue(struct cw_io *io, struct cw_io_queue *q) {
    unsigned done = 0;
    while (done < q->count) {
        int sent = sendmmsg(q->sock->fd, q->messages + done, q->count - done, MSG_DONTWAIT);
        cw_count(&io->worker.counters.system_calls, 1);
        if (sent > 0) {
            done += (unsigned)sent;
        } else if (errno != EINTR) { // this one cannot be sent; the others may
            count_failed(io, 1);
            done++;
        }
    }
    q->count = 0;
}

// A connected socket also tells here what ICMP said about an earlier packet; this one then goes out by the second try.
static void send_single(struct cw_io *io, const struct cw_io_single *single) {
    const struct cw_sock *sock = single->sock;
    const struct sockaddr *name = sock->connected ? NULL : &single->to.sa;
    socklen_t name_len = sock->connected ? 0 : cw_addr_len(&single->to);
    for (int tries = 0; tries < 2; tries++) {
        cw_count(&io->worker.counters.system_calls, 1);
        if (sendto(sock->fd, io->slots[single->slot], single->len, MSG_DONTWAIT, name, name_len) >= 0) return;
        if (errno != ECONNREFUSED) break;
        cw_count(&io->worker.counters.refused, 1);
    }
    count_failed(io, 1);
}

void cw_udp_flush(struct cw_io *io) {
    for (size_t i = 0; i < io->worker.browser_count; i++)
        if (io->queues[i].count) flush_queue(io, &io->queues[i]);
    for (unsigned i = 0; i < io->single_count; i++) send_single(io, &io->singles[i]);
    io->single_count = io->slot_count = 0;
}

static uint8_t *on_reserve(void *arg) {
    struct cw_io *io = arg;
    return io->slots[io->slot_count];
}

static void enqueue(struct cw_io *io, struct cw_io_queue *q, const struct cw_addr *to, size_t len) {
    unsigned i = q->count++;
    q->to[i] = *to;
    q->vectors[i] = (struct iovec){io->slots[io->slot_count], len};
    q->messages[i].msg_hdr = (struct msghdr){
        .msg_name = &q->to[i], .msg_namelen = cw_addr_len(to), .msg_iov = &q->vectors[i], .msg_iovlen = 1};
}

// All is sent at the end of the wake-up, so that the kernel's code and ours do not push each other out of the caches
// packet by packet.
static void on_send(void *arg, struct cw_sock *sock, const struct cw_addr *to, size_t len) {
    struct cw_io *io = arg;
    if (sock->kind == CW_SOCK_STREAM) {
        cw_tcp_send(io, sock, io->slots[io->slot_count], len);
        return;
    }
    if (sock->kind == CW_SOCK_BROWSERS)
        enqueue(io, sock->queue, to, len);
    else
        io->singles[io->single_count++] = (struct cw_io_single){sock, *to, io->slot_count, len};
    if (++io->slot_count == CW_IO_QUEUE) cw_udp_flush(io);
}

const struct cw_worker_output cw_udp_output = {
    .reserve = on_reserve, .send = on_send, .open = on_open, .connect = on_connect, .close = on_close};

// ---------------------------------------------------------------- in

static void prepare_batch(struct cw_io_receive *r) {
    for (unsigned i = 0; i < CW_IO_BATCH; i++) {
        r->vectors[i] = (struct iovec){r->data[i], CW_PACKET_SIZE};
        r->messages[i].msg_hdr = (struct msghdr){.msg_name = &r->sources[i],
                                                 .msg_namelen = sizeof r->sources[i],
                                                 .msg_iov = &r->vectors[i],
                                                 .msg_iovlen = 1};
    }
}

static unsigned read_batch(struct cw_io *io, struct cw_sock *sock) {
    struct cw_io_receive *r = io->receive;
    int count = recvmmsg(sock->fd, r->messages, CW_IO_BATCH, MSG_DONTWAIT, NULL);
    cw_count(&io->worker.counters.system_calls, 1);
    if (count <= 0) return 0;
    // After the read: what these packets answer was commanded before they were sent.
    cw_mailbox_drain(&io->loop.inbox, io);
    cw_time now = io->worker.now;
    for (int i = 0; i < count; i++) {
        struct mmsghdr *m = &r->messages[i];
        if (m->msg_hdr.msg_flags & MSG_TRUNC)
            cw_count(&io->worker.counters.drops[CW_MEDIA_DROP_MALFORMED], 1);
        else
            cw_worker_input(&io->worker, sock, &r->sources[i], r->data[i], m->msg_len, now);
        m->msg_hdr.msg_namelen = sizeof r->sources[i];
    }
    return (unsigned)count;
}

// One of an RTP leg: they come one by one.
static unsigned read_one(struct cw_io *io, struct cw_sock *sock) {
    struct cw_io_receive *r = io->receive;
    struct cw_addr source;
    socklen_t source_len = sizeof source;
    bool known = sock->connected;
    ssize_t len = recvfrom(sock->fd, r->data[0], CW_PACKET_SIZE, MSG_DONTWAIT | MSG_TRUNC, known ? NULL : &source.sa,
                           known ? NULL : &source_len);
    cw_count(&io->worker.counters.system_calls, 1);
    if (len < 0) {
        if (errno == ECONNREFUSED) cw_count(&io->worker.counters.refused, 1);
        return 0;
    }
    if (len > CW_PACKET_SIZE)
        cw_count(&io->worker.counters.drops[CW_MEDIA_DROP_MALFORMED], 1);
    else
        cw_worker_input(&io->worker, sock, known ? &sock->remote : &source, r->data[0], (size_t)len, io->worker.now);
    return 1;
}

unsigned cw_udp_read(struct cw_io *io, struct cw_sock *sock) {
    if (sock->fd < 0) return 0; // its leg was removed in this wake-up
    if (sock->kind == CW_SOCK_BROWSERS) return read_batch(io, sock);
    return sock->kind == CW_SOCK_LISTENER || sock->kind == CW_SOCK_STREAM ? cw_tcp_ready(io, sock) : read_one(io, sock);
}

uint8_t *cw_udp_packet(struct cw_io *io) { return io->receive->data[0]; }

// ---------------------------------------------------------------- life

int cw_udp_init(struct cw_io *io) {
    struct cw_worker *w = &io->worker;
    io->receive = calloc(1, sizeof *io->receive);
    io->slots = calloc(CW_IO_QUEUE, sizeof *io->slots);
    io->queues = calloc(w->config->address_count, sizeof *io->queues);
    io->singles = calloc(CW_IO_QUEUE, sizeof *io->singles);
    if (!io->receive || !io->slots || !io->singles || (w->config->address_count && !io->queues)) return CW_ENOMEM;
    prepare_batch(io->receive);
    return 0;
}

void cw_udp_fini(struct cw_io *io) {
    for (size_t i = 0; i < io->worker.browser_count; i++) on_close(io, &io->worker.browsers[i]);
    free(io->receive);
    free(io->slots);
    free(io->singles);
    free(io->queues);
}

int cw_udp_add_browsers(struct cw_io *io, const struct cw_addr *local, uint16_t port) {
    struct cw_worker *w = &io->worker;
    struct cw_sock *sock = &w->browsers[w->browser_count];
    *sock = (struct cw_sock){.kind = CW_SOCK_BROWSERS, .index = (uint16_t)w->browser_count, .local = *local};
    cw_addr_set_port(&sock->local, port);
    int err = open_bound(&sock->local, &sock->fd);
    if (err) return err;
    sock->queue = &io->queues[w->browser_count];
    io->queues[w->browser_count++].sock = sock;
    return watch(io, sock);
}
