// Statistics of RTP streams: what came (RFC 3550 A.1, A.3, A.8), what was sent and how it arrived (report blocks),
// round trip, and an estimate of quality. Plain structs; one thread.
//
// `ntp` is the caller's now as 64-bit NTP time: any epoch does, if it is the one that its sender reports carry.
#ifndef CW_PROTO_RTP_STATS_H
#define CW_PROTO_RTP_STATS_H

#include "base/clock.h"
#include "proto/rtcp.h"
#include "proto/rtp.h"

// What the API shows of one stream in one direction.
struct cw_rtp_stats {
    uint64_t packets;
    uint64_t bytes; // of payload
    int64_t lost;   // may be negative when there are duplicates (RFC 3550 §6.4.1)
    double jitter_ms;
    double rtt_ms;   // 0: not known yet
    double fraction; // lost of the last report interval, 0..1
};

// --- received ---

struct cw_rtp_recv {
    uint32_t ssrc;
    uint32_t clock_hz;
    bool started;
    uint16_t max_seq;
    uint32_t cycles; // wraps, shifted left by 16
    uint32_t base_seq;
    uint32_t bad_seq;                                  // the one that would confirm a jump
    uint32_t received, received_prior, expected_prior; // of this source since it (re)started
    uint32_t jitter;                                   // [timestamp units], 4 fraction bits
    uint32_t transit;
    uint32_t last_timestamp;
    uint64_t packets, bytes; // of all sources
    int64_t lost_before;     // of the sources before this one
    uint8_t fraction;        // in the last block that was made
    uint32_t last_sr;        // middle NTP bits of the source's last SR
    cw_time last_sr_time;
    struct cw_rtcp_sender last_sender; // that SR, with a source's NTP and RTP time
    uint64_t restarts, strays;
};

void cw_rtp_recv_init(struct cw_rtp_recv *r, uint32_t clock_hz);
// Counts one packet. A new SSRC or a confirmed jump of the sequence starts the source anew; totals go on.
// Returns false for a stray (far off, not yet confirmed), which is not counted as received.
bool cw_rtp_recv_packet(struct cw_rtp_recv *r, const struct cw_rtp *rtp, cw_time now);
// A sender report of that source came.
void cw_rtp_recv_sr(struct cw_rtp_recv *r, const struct cw_rtcp_sender *sr, cw_time now);
// The block for our next report; ends the interval that `fraction` speaks of. CW_ESTATE: nothing received yet.
int cw_rtp_recv_block(struct cw_rtp_recv *r, cw_time now, struct cw_rtcp_block *out);
// rtt_ms is left 0: a receiver alone does not know it (see cw_rtp_rtt_dlrr).
void cw_rtp_recv_stats(const struct cw_rtp_recv *r, struct cw_rtp_stats *out);

// --- sent ---

struct cw_rtp_send {
    uint32_t packets, octets; // as a sender report has them: they wrap
    uint64_t packets_total, bytes_total;
    struct cw_rtcp_block remote; // the last block that spoke of us
    bool reported;
    cw_time rtt; // [us], smoothed; 0: not known yet
};

void cw_rtp_send_packet(struct cw_rtp_send *s, size_t payload_len);
// A report block about our stream came at `ntp`.
void cw_rtp_send_block(struct cw_rtp_send *s, const struct cw_rtcp_block *block, uint64_t ntp);
// timestamp: of the same moment as ntp (cw_rtp_map_now).
void cw_rtp_send_sr(const struct cw_rtp_send *s, uint64_t ntp, uint32_t timestamp, struct cw_rtcp_sender *out);
// clock_hz of the stream, for its jitter.
void cw_rtp_send_stats(const struct cw_rtp_send *s, uint32_t clock_hz, struct cw_rtp_stats *out);

// --- round trip and quality ---

// [us] from the time `ntp` an echo of our clock came back; negative or absurd (above 60 s) results give 0.
cw_time cw_rtp_rtt(uint64_t ntp, uint32_t last, uint32_t delay);

// The middle 32 bits.
static inline uint32_t cw_rtp_ntp_middle(uint64_t ntp) { return (uint32_t)(ntp >> 16); }
// [us] → 1/65536 s.
uint32_t cw_rtp_delay_units(cw_time us);

// Mean opinion score 1.0..4.5 by the E-model (ITU-T G.107) in the reduced form of Cole and Rosenbluth (2001), for a
// narrowband codec with concealment: see the formula in rtp_stats.c. loss: 0..1.
double cw_rtp_mos(double loss, double rtt_ms, double jitter_ms);

#endif
