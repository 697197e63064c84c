// Transport-wide congestion control, the receiver's side: remember when each packet came, tell the sender every 50 to
// 100 ms. draft-holmer-rmcat-transport-wide-cc-extensions-01. And a reader of such feedback for what we send. Plain
// struct of about 2 kB for a whole transport (all bundled streams); no clock; one thread.
#ifndef CW_PROTO_TWCC_H
#define CW_PROTO_TWCC_H

#include "base/clock.h"
#include "proto/rtcp.h"

#define CW_TWCC_WINDOW 512 // packets that are remembered
#define CW_TWCC_SIZE 1000  // of one feedback packet [octets]
#define CW_TWCC_INTERVAL (100 * CW_MS)

struct cw_twcc {
    bool started;
    uint8_t feedback_count;
    int64_t next_seq; // the first that the next feedback speaks of (extended)
    int64_t max_seq;  // the highest that came
    cw_time deadline;
    uint32_t pending;                  // came since the last feedback
    uint32_t arrivals[CW_TWCC_WINDOW]; // when, in ticks of 250 us modulo 2^32; 0: did not come
    uint64_t received, late, restarts;
};

void cw_twcc_init(struct cw_twcc *t);
// A packet with this transport sequence number came. One that is CW_TWCC_WINDOW or more away starts the numbering anew;
// one that was reported lost is reported again.
void cw_twcc_packet(struct cw_twcc *t, uint16_t seq, cw_time now);
// When to call cw_twcc_write; CW_NEVER if nothing has come.
static inline cw_time cw_twcc_next(const struct cw_twcc *t) { return t->pending ? t->deadline : CW_NEVER; }
// Appends one feedback packet about what came since the last one; call again while cw_twcc_next is due (a long list
// takes more than one packet). CW_ENOENT: nothing to tell. CW_ETOOBIG: no room, nothing is lost.
int cw_twcc_write(struct cw_twcc *t, struct cw_writer *w, uint32_t sender_ssrc, uint32_t media_ssrc, cw_time now);

struct cw_twcc_arrival {
    uint16_t seq;
    bool received;
    int64_t time_us; // the receiver's clock; 0 if not received
};
struct cw_twcc_feedback {
    uint16_t base_seq;
    uint16_t count; // packets spoken of
    uint8_t feedback_count;
    uint32_t received, lost;
};
// Reads a CW_RTCP_TWCC packet; `arrivals` may be NULL, else gets the first `cap` packets. CW_EFORMAT if broken.
int cw_twcc_parse(const struct cw_rtcp *p, struct cw_twcc_feedback *out, struct cw_twcc_arrival *arrivals, size_t cap);

#endif
