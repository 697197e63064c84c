// Which packets of a received video stream to ask for again: RFC 4585 §6.2.1. Plain struct, no clock; one thread.
#ifndef CW_PROTO_NACK_H
#define CW_PROTO_NACK_H

#include "base/clock.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CW_NACK_MAX 128  // missing packets that are remembered
#define CW_NACK_TRIES 10 // requests for one packet

struct cw_nack_entry {
    int64_t seq; // extended
    cw_time next;
    uint8_t tries;
};

struct cw_nack {
    bool started;
    bool need_keyframe; // a packet was given up: send a PLI and clear this
    uint32_t ssrc;
    int64_t max_seq;
    uint32_t count;
    struct cw_nack_entry missing[CW_NACK_MAX]; // ascending
    uint64_t requested, recovered, given_up;
};

void cw_nack_init(struct cw_nack *n);
// A packet came. A new SSRC or a jump of more than CW_NACK_MAX starts over (and needs a key frame, if it was a jump).
void cw_nack_packet(struct cw_nack *n, uint32_t ssrc, uint16_t seq, cw_time now);
// When cw_nack_list has something; CW_NEVER: nothing is missing.
cw_time cw_nack_next(const struct cw_nack *n);
// The numbers to ask for now, ascending, at most cap: their count. Each comes again after a round trip (rtt [us]; 0:
// not known) with a growing wait, CW_NACK_TRIES times at most. Give them to cw_rtcp_write_nack.
size_t cw_nack_list(struct cw_nack *n, cw_time now, cw_time rtt, uint16_t *seqs, size_t cap);

#endif
