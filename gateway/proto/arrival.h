// How punctual a sender's packets are: how long the unluckiest of them are on their way compared with the quickest.
//
//     delay of a packet = when it came - its timestamp
//         ·      ·                 ·
//       ·   · ·    ·  · ·   ·  ·      ·        spread = delay - floor; target: what 99% of them stay below
//     ─────·────────────────·──────────────    floor: the least of the last seconds, so it follows the sender's clock
//
// Plain struct, no allocation, no clock; one thread.
#ifndef CW_PROTO_ARRIVAL_H
#define CW_PROTO_ARRIVAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"

#define CW_ARRIVAL_BLOCKS 6
#define CW_ARRIVAL_BUCKETS 128
#define CW_ARRIVAL_BUCKET (4 * CW_MS)

struct cw_arrival {
    bool started;
    cw_time floor;                    // [us], of an arbitrary origin
    cw_time lows[CW_ARRIVAL_BLOCKS];  // least delay in each half second
    int64_t block;                    // the half second of the newest
    float spread[CW_ARRIVAL_BUCKETS]; // how many packets came this much late, old ones counting less
    float total, weight;
};

void cw_arrival_init(struct cw_arrival *a);
// A packet came: sent is its timestamp as a time [us].
void cw_arrival_packet(struct cw_arrival *a, cw_time sent, cw_time now);
// The sender's clock made a jump: its punctuality is remembered, the floor is not.
void cw_arrival_restart(struct cw_arrival *a);
// How long a packet is to be kept back so that nearly all later ones come in time.
cw_time cw_arrival_target(const struct cw_arrival *a);

#endif
