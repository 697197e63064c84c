// A descriptor in an epoll set and what to do when it is ready. Embedded in its owner.
#ifndef TESTS_BENCH_WATCH_H
#define TESTS_BENCH_WATCH_H

#include <stdint.h>
#include <sys/epoll.h>

struct watch {
    int fd;
    void (*ready)(struct watch *watch, uint32_t events);
};

// The owner of the watch, from the pointer that `ready` gets.
#define WATCH_OWNER(type, member, watch) ((type *)((char *)(watch)-offsetof(type, member)))

static inline int watch_add(int epoll, struct watch *watch, uint32_t events) {
    struct epoll_event event = {.events = events, .data.ptr = watch};
    return epoll_ctl(epoll, EPOLL_CTL_ADD, watch->fd, &event);
}

static inline int watch_change(int epoll, struct watch *watch, uint32_t events) {
    struct epoll_event event = {.events = events, .data.ptr = watch};
    return epoll_ctl(epoll, EPOLL_CTL_MOD, watch->fd, &event);
}

// Handles what is ready, waiting at most that long. [ns]
void watch_run(int epoll, int64_t wait_ns);

#endif
