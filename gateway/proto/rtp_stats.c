// Receive and send statistics of RTP streams.
#include "proto/rtp_stats.h"

#include <math.h>

#include "base/err.h"

#define DROPOUT_MAX 3000 // RFC 3550 A.1
#define MISORDER_MAX 512 // as far back as proto/rtp_map.h still places packets
#define RTT_MAX (60 * CW_SECOND)

void cw_rtp_recv_init(struct cw_rtp_recv *r, uint32_t clock_hz) { *r = (struct cw_rtp_recv){.clock_hz = clock_hz}; }

static uint32_t expected(const struct cw_rtp_recv *r) {
    return r->started ? r->cycles + r->max_seq - r->base_seq + 1 : 0;
}

static int32_t lost(const struct cw_rtp_recv *r) { return (int32_t)(expected(r) - r->received); }

static void start_source(struct cw_rtp_recv *r, uint32_t ssrc, uint16_t seq) {
    if (r->started) {
        r->lost_before += lost(r);
        r->restarts++;
    }
    if (ssrc != r->ssrc) r->last_sr = 0;
    r->started = true;
    r->ssrc = ssrc;
    r->base_seq = r->max_seq = seq;
    r->bad_seq = UINT32_MAX;
    r->cycles = r->received = r->received_prior = r->expected_prior = 0;
    r->jitter = r->transit = 0;
}

// RFC 3550 A.1 without its probation: the address latch and SRTP have vouched for the source. False for a stray.
static bool note_seq(struct cw_rtp_recv *r, uint32_t ssrc, uint16_t seq) {
    uint16_t ahead = (uint16_t)(seq - r->max_seq);
    if (!r->started || ssrc != r->ssrc) {
        start_source(r, ssrc, seq);
    } else if (ahead < DROPOUT_MAX) {
        if (seq < r->max_seq) r->cycles += 1U << 16;
        r->max_seq = seq;
    } else if (ahead <= UINT16_MAX - MISORDER_MAX) {
        if (seq != r->bad_seq) {
            r->bad_seq = (uint16_t)(seq + 1);
            r->strays++;
            return false;
        }
        start_source(r, ssrc, seq);
    }
    r->bad_seq = UINT32_MAX;
    return true;
}

// RFC 3550 A.8, for the first packet of each timestamp: the others of a frame say nothing about the path, and
// telephone-events keep the time of their start.
static void note_jitter(struct cw_rtp_recv *r, uint32_t timestamp, cw_time now) {
    bool first = r->received == 1;
    if (!first && timestamp == r->last_timestamp) return;
    uint32_t transit = (uint32_t)(now * r->clock_hz / CW_SECOND) - timestamp;
    int64_t moved = (int32_t)(transit - r->transit);
    if (moved < 0) moved = -moved;
    r->transit = transit;
    r->last_timestamp = timestamp;
    if (first || moved > 5 * (int64_t)r->clock_hz) return; // a new time base, not jitter
    r->jitter += (uint32_t)moved - ((r->jitter + 8) >> 4);
}

bool cw_rtp_recv_packet(struct cw_rtp_recv *r, const struct cw_rtp *rtp, cw_time now) {
    if (!note_seq(r, rtp->ssrc, rtp->seq)) return false;
    r->received++;
    r->packets++;
    r->bytes += rtp->payload_len;
    note_jitter(r, rtp->timestamp, now);
    return true;
}

void cw_rtp_recv_sr(struct cw_rtp_recv *r, const struct cw_rtcp_sender *sr, cw_time now) {
    r->last_sender = *sr;
    r->last_sr = cw_rtp_ntp_middle(sr->ntp);
    r->last_sr_time = now;
}

int cw_rtp_recv_block(struct cw_rtp_recv *r, cw_time now, struct cw_rtcp_block *out) {
    if (!r->started) return CW_ESTATE;
    uint32_t expected_now = expected(r);
    uint32_t expected_interval = expected_now - r->expected_prior;
    int32_t lost_interval = (int32_t)(expected_interval - (r->received - r->received_prior));
    r->expected_prior = expected_now;
    r->received_prior = r->received;
    // 256 of 256 does not fit the octet.
    uint64_t fraction = lost_interval > 0 ? ((uint64_t)lost_interval << 8) / expected_interval : 0;
    r->fraction = fraction > UINT8_MAX ? UINT8_MAX : (uint8_t)fraction;
    *out = (struct cw_rtcp_block){
        .ssrc = r->ssrc,
        .fraction = r->fraction,
        .lost = lost(r),
        .max_seq = r->cycles + r->max_seq,
        .jitter = r->jitter >> 4,
        .last_sr = r->last_sr,
        .delay = r->last_sr ? cw_rtp_delay_units(now - r->last_sr_time) : 0,
    };
    return 0;
}

static double units_to_ms(uint32_t units, uint32_t clock_hz) { return clock_hz ? units * 1000.0 / clock_hz : 0; }

void cw_rtp_recv_stats(const struct cw_rtp_recv *r, struct cw_rtp_stats *out) {
    *out = (struct cw_rtp_stats){
        .packets = r->packets,
        .bytes = r->bytes,
        .lost = r->lost_before + lost(r),
        .jitter_ms = units_to_ms(r->jitter >> 4, r->clock_hz),
        .fraction = r->fraction / 256.0,
    };
}

void cw_rtp_send_packet(struct cw_rtp_send *s, size_t payload_len) {
    s->packets++;
    s->octets += (uint32_t)payload_len;
    s->packets_total++;
    s->bytes_total += payload_len;
}

void cw_rtp_send_block(struct cw_rtp_send *s, const struct cw_rtcp_block *block, uint64_t ntp) {
    s->remote = *block;
    s->reported = true;
    cw_time rtt = cw_rtp_rtt(ntp, block->last_sr, block->delay);
    if (rtt) s->rtt = s->rtt ? (7 * s->rtt + rtt) / 8 : rtt;
}

void cw_rtp_send_sr(const struct cw_rtp_send *s, uint64_t ntp, uint32_t timestamp, struct cw_rtcp_sender *out) {
    *out = (struct cw_rtcp_sender){.ntp = ntp, .timestamp = timestamp, .packets = s->packets, .octets = s->octets};
}

void cw_rtp_send_stats(const struct cw_rtp_send *s, uint32_t clock_hz, struct cw_rtp_stats *out) {
    *out = (struct cw_rtp_stats){
        .packets = s->packets_total,
        .bytes = s->bytes_total,
        .lost = s->remote.lost,
        .jitter_ms = units_to_ms(s->remote.jitter, clock_hz),
        .rtt_ms = (double)s->rtt / (double)CW_MS,
        .fraction = s->remote.fraction / 256.0,
    };
}

cw_time cw_rtp_rtt(uint64_t ntp, uint32_t last, uint32_t delay) {
    if (!last) return 0;
    int64_t units = (int32_t)(cw_rtp_ntp_middle(ntp) - last - delay);
    cw_time us = units * CW_SECOND / 65536;
    if (us < -CW_MS || us > RTT_MAX) return 0;
    return us > 0 ? us : 1; // rounding on a very short path; 0 would mean "not known"
}

uint32_t cw_rtp_delay_units(cw_time us) { return us > 0 ? (uint32_t)((uint64_t)us * 65536 / (uint64_t)CW_SECOND) : 0; }

// R. Cole, J. Rosenbluth, "Voice over IP performance monitoring", 2001, with the constants for G.711:
//     d  = rtt / 2 + 2 x jitter + 20 ms           one way, a jitter buffer and a frame
//     Id = 0.024 d + 0.11 (d - 177.3) [d > 177.3]
//     Ie = 30 ln(1 + 15 loss)
//     R  = 94.2 - Id - Ie
// and G.107 Annex B: MOS = 1 + 0.035 R + 7e-6 R (R - 60) (100 - R).
double cw_rtp_mos(double loss, double rtt_ms, double jitter_ms) {
    if (loss < 0) loss = 0;
    if (loss > 1) loss = 1;
    double delay = rtt_ms / 2 + 2 * jitter_ms + 20;
    double impairment_delay = 0.024 * delay + (delay > 177.3 ? 0.11 * (delay - 177.3) : 0);
    double rating = 94.2 - impairment_delay - 30 * log(1 + 15 * loss);
    if (rating <= 0) return 1;
    double mos = 1 + 0.035 * rating + 7e-6 * rating * (rating - 60) * (100 - rating);
    return mos < 1 ? 1 : mos; // the polynomial dips below 1 for the smallest ratings
}
