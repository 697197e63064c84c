// UDP port pairs for RTP legs.
#include "media/ports.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/err.h"

// What a phone sends in half a second at the most, and video of a room; the kernel doubles it for its own overhead.
#define SOCKET_BUFFER (128 * 1024)

struct slot {
    uint16_t port;
    cw_time free_at; // CW_NEVER: in use
    struct slot *next;
};

// Free pairs wait in a queue in the order they were given back.
struct cw_rtp_ports {
    struct cw_addr address;
    unsigned count, in_use;
    uint16_t first;
    struct slot *head, **tail;
    struct slot slots[];
};

static void enqueue(struct cw_rtp_ports *ports, struct slot *slot, cw_time free_at) {
    slot->free_at = free_at;
    slot->next = NULL;
    *ports->tail = slot;
    ports->tail = &slot->next;
}

static struct slot *dequeue(struct cw_rtp_ports *ports) {
    struct slot *slot = ports->head;
    ports->head = slot->next;
    if (!ports->head) ports->tail = &ports->head;
    return slot;
}

int cw_rtp_ports_new(struct cw_rtp_ports **out, const struct cw_addr *address, uint16_t min, uint16_t max) {
    uint32_t first = (min + 1u) & ~1u;
    if (!cw_addr_is_set(address) || first == 0 || first + 1 > max) return CW_EINVAL;
    unsigned count = (max - first + 1) / 2;
    struct cw_rtp_ports *ports = calloc(1, sizeof *ports + count * sizeof ports->slots[0]);
    if (!ports) return CW_ENOMEM;
    ports->address = *address;
    ports->count = count;
    ports->first = (uint16_t)first;
    ports->tail = &ports->head;
    for (unsigned i = 0; i < count; i++) {
        ports->slots[i].port = (uint16_t)(first + 2 * i);
        enqueue(ports, &ports->slots[i], 0);
    }
    *out = ports;
    return 0;
}

void cw_rtp_ports_free(struct cw_rtp_ports *ports) { free(ports); }

// A bound socket; -1 with errno.
static int open_port(const struct cw_addr *address, uint16_t port) {
    struct cw_addr a = *address;
    cw_addr_set_port(&a, port);
    int fd = socket(a.sa.sa_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return -1;
    int size = SOCKET_BUFFER;
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size); // a smaller one does as well
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    if (bind(fd, &a.sa, cw_addr_len(&a)) == 0) return fd;
    int why = errno;
    close(fd);
    errno = why;
    return -1;
}

// CW_EEXIST: another process has one of them.
static int open_pair(const struct cw_rtp_ports *ports, uint16_t port, struct cw_rtp_pair *out) {
    int rtp = open_port(&ports->address, port);
    if (rtp < 0) return errno == EADDRINUSE ? CW_EEXIST : CW_EIO;
    int rtcp = open_port(&ports->address, (uint16_t)(port + 1));
    if (rtcp < 0) {
        int err = errno == EADDRINUSE ? CW_EEXIST : CW_EIO;
        close(rtp);
        return err;
    }
    *out = (struct cw_rtp_pair){.port = port, .fd_rtp = rtp, .fd_rtcp = rtcp};
    return 0;
}

int cw_rtp_ports_alloc(struct cw_rtp_ports *ports, cw_time now, struct cw_rtp_pair *out) {
    for (unsigned tries = ports->count; tries && ports->head && ports->head->free_at <= now; tries--) {
        struct slot *slot = dequeue(ports);
        int err = open_pair(ports, slot->port, out);
        if (!err) {
            slot->free_at = CW_NEVER;
            ports->in_use++;
            return 0;
        }
        enqueue(ports, slot, now); // keeps the queue in order of time
        if (err != CW_EEXIST) return err;
    }
    return CW_ELIMIT;
}

void cw_rtp_ports_release(struct cw_rtp_ports *ports, cw_time now, struct cw_rtp_pair *pair) {
    if (!pair->port) return;
    if (pair->fd_rtp >= 0) close(pair->fd_rtp);
    if (pair->fd_rtcp >= 0) close(pair->fd_rtcp);
    struct slot *slot = &ports->slots[(pair->port - ports->first) / 2];
    if (slot->free_at == CW_NEVER) {
        enqueue(ports, slot, now + CW_RTP_PORTS_REST);
        ports->in_use--;
    }
    *pair = (struct cw_rtp_pair){.fd_rtp = -1, .fd_rtcp = -1};
}

unsigned cw_rtp_ports_in_use(const struct cw_rtp_ports *ports) { return ports->in_use; }
