// Time: a monotonic microsecond clock for everything that measures, the wall clock for what people read.
// Only this file and the loops call it; proto code gets `now` as an argument.
#ifndef CW_BASE_CLOCK_H
#define CW_BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

typedef int64_t cw_time; // [us], monotonic, never negative

#define CW_MS ((cw_time)1000)
#define CW_SECOND ((cw_time)1000000)
#define CW_NEVER INT64_MAX // a deadline that does not come

// Any thread.
cw_time cw_clock_now(void);

// CPU time that the calling thread has used [us].
int64_t cw_clock_thread_us(void);

// Microseconds since 1970-01-01 UTC.
int64_t cw_clock_wall_us(void);

#define CW_RFC3339_SIZE 32
// "2026-01-31T12:00:00.123Z" into out (CW_RFC3339_SIZE bytes).
void cw_clock_rfc3339(int64_t wall_us, char *out);

// 64-bit NTP timestamp (RFC 5905 §6) of a wall time.
uint64_t cw_clock_ntp(int64_t wall_us);

#endif
