// Stamps in packets and sockets that tell the time of arrival.
#include "bench/stamp.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define MAGIC 0xca05e3a1U

int64_t stamp_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

void stamp_write(uint8_t *payload, struct stamp stamp) {
    stamp.magic = MAGIC;
    memcpy(payload, &stamp, sizeof stamp);
}

bool stamp_read(struct stamp *out, const uint8_t *payload, size_t len) {
    if (len < sizeof *out) return false;
    memcpy(out, payload, sizeof *out);
    return out->magic == MAGIC;
}

int stamp_socket(struct cw_addr *local, int buffer) {
    int on = 1, fd = socket(local->sa.sa_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    socklen_t len = sizeof *local;
    if (fd < 0) return -1;
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
    setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
    if (bind(fd, &local->sa, cw_addr_len(local)) == 0 && getsockname(fd, &local->sa, &len) == 0) return fd;
    close(fd);
    return -1;
}

ssize_t stamp_receive(int fd, void *data, size_t cap, struct cw_addr *from, int64_t *at) {
    union {
        struct cmsghdr align;
        char space[CMSG_SPACE(sizeof(struct timespec))];
    } control;
    struct iovec vector = {data, cap};
    struct msghdr message = {.msg_name = from,
                             .msg_namelen = from ? sizeof *from : 0,
                             .msg_iov = &vector,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof control};
    ssize_t len = recvmsg(fd, &message, 0);
    if (len < 0 || !at) return len;
    *at = 0;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c)) {
        struct timespec time;
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SO_TIMESTAMPNS) continue;
        memcpy(&time, CMSG_DATA(c), sizeof time);
        *at = (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
    }
    if (!*at) *at = stamp_now();
    return len;
}
