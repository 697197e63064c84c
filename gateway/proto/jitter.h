// A jitter buffer: packets in as they come, and for each moment what is to be played: a packet, concealment or nothing.
//
//     put  ──▶ 17 18 __ 20 21 ──▶ next: 17, 18, conceal (20 may repeat 19), 20, 21, conceal …, pause
//              late, doubled and stray ones are dropped and counted
//
// It holds payloads and decodes none; gateway/proto/playout.h makes sound of what it says.
//
//   waiting ──first packet due──▶ playing ──nothing for UNDERRUN, or the sender paused (DTX)──▶ paused
//                                    ▲─────────────── the next packet is due ──────────────────────┘
//
// A packet is due when it is as old as the target delay. What is concealed with nothing behind it in the buffer makes
// the delay longer; what is concealed in place of a lost packet does not.
// Plain struct, no allocation, no clock; one thread. Times in units of the RTP clock are 64-bit and never wrap.
#ifndef CW_PROTO_JITTER_H
#define CW_PROTO_JITTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/arrival.h"
#include "proto/rtp.h"

#define CW_JITTER_SLOTS 64
#define CW_JITTER_STORE 12288 // octets of payload that wait at once

struct cw_jitter_slot {
    int64_t seq, timestamp; // extended
    uint32_t units;         // its length in time
    uint16_t at, len;       // in the store
    bool noise;             // comfort noise
};

enum cw_jitter_state { CW_JITTER_WAITING, CW_JITTER_PLAYING, CW_JITTER_PAUSED };

struct cw_jitter {
    uint32_t clock_hz;
    cw_time delay_max;
    enum cw_jitter_state state;
    bool started; // a packet came
    uint32_t ssrc;
    struct cw_arrival arrival;
    int64_t seq_max, timestamp_max; // of the newest packet
    cw_time newest;                 // when it came
    int64_t seq_next;               // to play
    int64_t played;                 // the timestamp up to which all is played
    uint32_t concealed;             // units made up since the last packet was played
    uint32_t frame;                 // units of the newest packet
    bool silence;                   // the last packet began a silence
    bool jumped;                    // packets were given up
    unsigned late_run;              // packets in a row that came too late
    uint64_t present;               // bit seq % 64
    struct cw_jitter_slot slots[CW_JITTER_SLOTS];
    uint16_t store_at;
    uint8_t store[CW_JITTER_STORE];
    uint64_t late, duplicates, overflows, restarts; // packets that were dropped; times that it began anew
};

void cw_jitter_init(struct cw_jitter *j, uint32_t clock_hz, cw_time delay_max);

// units: how long its sound is, [RTP clock]; 0 for comfort noise. The payload is copied. CW_EREPLAY: late or a
// duplicate. CW_ETOOBIG: longer than the store.
int cw_jitter_put(struct cw_jitter *j, const struct cw_rtp *rtp, uint32_t units, bool noise, cw_time now);

enum cw_jitter_step {
    CW_JITTER_PLAY,    // the packet in `out`, which is taken out
    CW_JITTER_CONCEAL, // out->units at most; out->payload: the packet behind the gap, if it may help to fill it
    CW_JITTER_PAUSE,   // nothing is there to be played
};

struct cw_jitter_out {
    const uint8_t *payload; // valid until the next put
    size_t len;
    uint32_t units;
    bool noise;
    bool jump; // what comes does not join what was played
};

// The next thing to decode at `now`. After a pause playing begins later by `lead`: what the listener takes at once
// before the packets are due.
enum cw_jitter_step cw_jitter_next(struct cw_jitter *j, cw_time now, cw_time lead, struct cw_jitter_out *out);
// So much was concealed as next asked.
void cw_jitter_concealed(struct cw_jitter *j, uint32_t units);
// The packet that was just played says that nothing follows for a while.
void cw_jitter_silence(struct cw_jitter *j);

// How old what is played at `now` would be, were it decoded now: the delay that the buffer adds.
cw_time cw_jitter_delay(const struct cw_jitter *j, cw_time now);
static inline cw_time cw_jitter_target(const struct cw_jitter *j) {
    cw_time target = cw_arrival_target(&j->arrival);
    return target < j->delay_max ? target : j->delay_max;
}

#endif
