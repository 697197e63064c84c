// A timer wheel: many timers that are set and moved all the time and need no better than CW_WHEEL_STEP.
// Setting, moving and clearing cost a few instructions and no memory. Plain structs; one thread; no clock.
#ifndef CW_MEDIA_WHEEL_H
#define CW_MEDIA_WHEEL_H

#include <stdint.h>

#include "base/clock.h"

#define CW_WHEEL_STEP (10 * CW_MS)
#define CW_WHEEL_SLOTS 1024

struct cw_timer {                  // zero it to start
    struct cw_timer *next, **back; // back NULL: not set
    cw_time deadline;
    uint32_t slot;
};

struct cw_wheel {
    int64_t step; // all up to this one has fired, or is firing
    uint64_t used[CW_WHEEL_SLOTS / 64];
    struct cw_timer *slots[CW_WHEEL_SLOTS];
};

void cw_wheel_init(struct cw_wheel *w, cw_time now);
// Sets or moves; CW_NEVER clears.
void cw_wheel_set(struct cw_wheel *w, struct cw_timer *t, cw_time deadline);
void cw_wheel_clear(struct cw_wheel *w, struct cw_timer *t);
// A timer that is due, now cleared; NULL: no more. A timer that is further away than the wheel reaches comes early.
struct cw_timer *cw_wheel_due(struct cw_wheel *w, cw_time now);
// When cw_wheel_due may have something; CW_NEVER: nothing is set.
cw_time cw_wheel_next(const struct cw_wheel *w);

// Only moves it if that is earlier: for the packet path.
static inline void cw_wheel_hasten(struct cw_wheel *w, struct cw_timer *t, cw_time deadline) {
    if (!t->back || deadline < t->deadline) cw_wheel_set(w, t, deadline);
}

#endif
