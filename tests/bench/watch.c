// One wait of an epoll set.
#include "bench/watch.h"

#include <time.h>

#define READY_MAX 256
#define ROUNDS 16 // before the caller has its turn again

void watch_run(int epoll, int64_t wait_ns) {
    struct epoll_event events[READY_MAX];
    if (wait_ns < 0) wait_ns = 0;
    struct timespec wait = {.tv_sec = wait_ns / 1000000000, .tv_nsec = wait_ns % 1000000000};
    for (int round = 0; round < ROUNDS; round++) {
        int count = epoll_pwait2(epoll, events, READY_MAX, &wait, NULL);
        for (int i = 0; i < count; i++) {
            struct watch *watch = events[i].data.ptr;
            watch->ready(watch, events[i].events);
        }
        if (count < READY_MAX) break;
        wait = (struct timespec){0};
    }
}
