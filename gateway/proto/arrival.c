// Statistics of arrival times.
#include "proto/arrival.h"

#include <string.h>

#define BLOCK (CW_SECOND / 2)
#define FORGET 0.99f     // what the next packet makes of the weight of all before it: 1% is left after 9 s
#define LATE_SHARE 0.01f // of the packets may come too late
#define FIRST_GUESS CW_ARRIVAL_BUCKET
#define GUESS_WEIGHT 5 // packets that the first guess counts for
#define WEIGHT_MAX 1e6f

void cw_arrival_init(struct cw_arrival *a) {
    memset(a, 0, sizeof *a);
    a->weight = 1;
    a->spread[FIRST_GUESS / CW_ARRIVAL_BUCKET] = a->total = GUESS_WEIGHT;
}

void cw_arrival_restart(struct cw_arrival *a) { a->started = false; }

static void note_low(struct cw_arrival *a, cw_time delay, cw_time now) {
    int64_t block = now / BLOCK;
    int64_t passed = a->started ? block - a->block : CW_ARRIVAL_BLOCKS;
    if (passed > CW_ARRIVAL_BLOCKS) passed = CW_ARRIVAL_BLOCKS;
    for (int64_t i = 0; i < passed; i++) a->lows[(block - i) % CW_ARRIVAL_BLOCKS] = CW_NEVER;
    a->block = block;
    a->started = true;
    cw_time *low = &a->lows[block % CW_ARRIVAL_BLOCKS];
    if (delay < *low) *low = delay;
    if (!passed && delay >= a->floor) return;
    a->floor = CW_NEVER;
    for (int i = 0; i < CW_ARRIVAL_BLOCKS; i++)
        if (a->lows[i] < a->floor) a->floor = a->lows[i];
}

// Forgetting by making the new count for more.
static void note_spread(struct cw_arrival *a, cw_time spread) {
    int64_t bucket = spread / CW_ARRIVAL_BUCKET;
    a->weight /= FORGET;
    a->spread[bucket < CW_ARRIVAL_BUCKETS ? bucket : CW_ARRIVAL_BUCKETS - 1] += a->weight;
    a->total += a->weight;
    if (a->weight < WEIGHT_MAX) return;
    for (int i = 0; i < CW_ARRIVAL_BUCKETS; i++) a->spread[i] /= a->weight;
    a->total /= a->weight;
    a->weight = 1;
}

void cw_arrival_packet(struct cw_arrival *a, cw_time sent, cw_time now) {
    cw_time delay = now - sent;
    note_low(a, delay, now);
    note_spread(a, delay - a->floor);
}

cw_time cw_arrival_target(const struct cw_arrival *a) {
    float late = 0, allowed = a->total * LATE_SHARE;
    int bucket = CW_ARRIVAL_BUCKETS - 1;
    for (; bucket > 0; bucket--) {
        late += a->spread[bucket];
        if (late > allowed) break;
    }
    // On the whole its packets lie in the middle of a bucket. Those of the lowest are as good as punctual, which the
    // listener's timer is not.
    return bucket ? bucket * CW_ARRIVAL_BUCKET + CW_ARRIVAL_BUCKET / 2 : CW_ARRIVAL_BUCKET;
}
