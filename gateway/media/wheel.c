// A timer wheel.
#include "media/wheel.h"

#include <string.h>

#define MASK (CW_WHEEL_SLOTS - 1)

void cw_wheel_init(struct cw_wheel *w, cw_time now) {
    memset(w, 0, sizeof *w);
    w->step = now / CW_WHEEL_STEP;
}

void cw_wheel_clear(struct cw_wheel *w, struct cw_timer *t) {
    if (!t->back) return;
    *t->back = t->next;
    if (t->next) t->next->back = t->back;
    if (!w->slots[t->slot]) w->used[t->slot / 64] &= ~(1ULL << t->slot % 64);
    t->back = NULL;
    t->next = NULL;
}

void cw_wheel_set(struct cw_wheel *w, struct cw_timer *t, cw_time deadline) {
    cw_wheel_clear(w, t);
    if (deadline == CW_NEVER) return;
    // Rounded up: a timer never fires before its time, unless it is beyond the wheel's reach.
    int64_t step = deadline <= 0 ? 0 : (deadline - 1) / CW_WHEEL_STEP + 1;
    if (step <= w->step) step = w->step + 1; // what fires now cannot fire again in this round
    if (step > w->step + MASK) step = w->step + MASK;
    uint32_t slot = (uint32_t)(step & MASK);
    t->deadline = deadline;
    t->slot = slot;
    t->next = w->slots[slot];
    t->back = &w->slots[slot];
    if (t->next) t->next->back = &t->next;
    w->slots[slot] = t;
    w->used[slot / 64] |= 1ULL << slot % 64;
}

// Steps from w->step to the first slot in use, -1: none.
static int distance(const struct cw_wheel *w) {
    uint32_t start = (uint32_t)(w->step & MASK);
    for (uint32_t done = 0; done < CW_WHEEL_SLOTS;) {
        uint32_t slot = (start + done) & MASK;
        uint64_t bits = w->used[slot / 64] >> slot % 64;
        if (bits) {
            uint32_t found = done + (uint32_t)__builtin_ctzll(bits);
            return found < CW_WHEEL_SLOTS ? (int)found : -1;
        }
        done += 64 - slot % 64;
    }
    // The word of `start` is looked at from `start` on; what is before it in that word is almost a turn away.
    uint64_t low = w->used[start / 64] & ((1ULL << start % 64) - 1);
    return low ? (int)(CW_WHEEL_SLOTS - start % 64 + (uint32_t)__builtin_ctzll(low)) : -1;
}

struct cw_timer *cw_wheel_due(struct cw_wheel *w, cw_time now) {
    int64_t last = now / CW_WHEEL_STEP;
    if (last < w->step) return NULL;
    int far = distance(w);
    if (far < 0 || w->step + far > last) {
        w->step = last;
        return NULL;
    }
    w->step += far;
    struct cw_timer *t = w->slots[w->step & MASK];
    cw_wheel_clear(w, t);
    return t;
}

cw_time cw_wheel_next(const struct cw_wheel *w) {
    int far = distance(w);
    return far < 0 ? CW_NEVER : (w->step + far) * CW_WHEEL_STEP;
}
