// The two clocks of the machine and their written forms.
#include "base/clock.h"

#include <stdio.h>
#include <time.h>

#define NTP_UNIX_OFFSET_S 2208988800ULL

cw_time cw_clock_now(void) {
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (cw_time)ts.tv_sec * CW_SECOND + ts.tv_nsec / 1000;
}

int64_t cw_clock_thread_us(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (int64_t)t.tv_sec * CW_SECOND + t.tv_nsec / 1000;
}

int64_t cw_clock_wall_us(void) {
    struct timespec ts;
    clock_gettime(CLOCK_REALTIME, &ts);
    return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

void cw_clock_rfc3339(int64_t wall_us, char *out) {
    time_t s = (time_t)(wall_us / 1000000);
    struct tm tm;
    gmtime_r(&s, &tm);
    size_t n = strftime(out, CW_RFC3339_SIZE, "%Y-%m-%dT%H:%M:%S", &tm);
    snprintf(out + n, CW_RFC3339_SIZE - n, ".%03dZ", (int)(wall_us % 1000000 / 1000));
}

uint64_t cw_clock_ntp(int64_t wall_us) {
    uint64_t s = (uint64_t)(wall_us / 1000000) + NTP_UNIX_OFFSET_S;
    uint64_t frac = ((uint64_t)(wall_us % 1000000) << 32) / 1000000;
    return s << 32 | frac;
}
