// Stream statistics: loss, jitter, report blocks, round trip, quality.
#include "base/err.h"
#include "proto/rtp_stats.h"
#include "test.h"

static struct cw_rtp_recv recv_stats;
static cw_time now;

static bool feed(uint32_t ssrc, uint16_t seq, uint32_t timestamp) {
    const struct cw_rtp rtp = {.ssrc = ssrc, .seq = seq, .timestamp = timestamp, .payload_len = 160};
    return cw_rtp_recv_packet(&recv_stats, &rtp, now);
}

static void start(void) {
    now = 50 * CW_SECOND;
    cw_rtp_recv_init(&recv_stats, 8000);
}

//  65530 … 65535 0 1 (2 3 lost) 4 … 10: 17 expected, 15 came
static void loss_over_the_wrap(void) {
    struct cw_rtcp_block b = {.ssrc = 0};
    struct cw_rtp_stats s;
    start();
    CHECK_INT(cw_rtp_recv_block(&recv_stats, now, &b), CW_ESTATE);
    for (int i = 0; i < 17; i++, now += 20 * CW_MS)
        if (i != 8 && i != 9) feed(5, (uint16_t)(65530 + i), (uint32_t)i * 160);
    CHECK_INT(cw_rtp_recv_block(&recv_stats, now, &b), 0);
    CHECK_INT(b.ssrc, 5);
    CHECK_INT(b.lost, 2);
    CHECK_INT(b.fraction, 2 * 256 / 17);
    CHECK_INT(b.max_seq, 0x1000a);
    CHECK_INT(b.jitter, 0);
    CHECK_INT(b.last_sr, 0);
    // The next interval: nothing lost, and one that was late is no longer missing.
    feed(5, 2, 8 * 160);
    feed(5, 11, 17 * 160);
    CHECK_INT(cw_rtp_recv_block(&recv_stats, now, &b), 0);
    CHECK_INT(b.lost, 1);
    CHECK_INT(b.fraction, 0);
    cw_rtp_recv_stats(&recv_stats, &s);
    CHECK_INT(s.packets, 17);
    CHECK_INT(s.bytes, 17 * 160);
    CHECK_INT(s.lost, 1);
}

static void all_lost_but_one(void) {
    struct cw_rtcp_block b = {.ssrc = 0};
    start();
    feed(5, 0, 0);
    cw_rtp_recv_block(&recv_stats, now, &b);
    feed(5, 2000, 0);
    CHECK_INT(cw_rtp_recv_block(&recv_stats, now, &b), 0);
    CHECK_INT(b.fraction, 255);
    CHECK_INT(b.lost, 1999);
}

// RFC 3550 A.8 approaches the mean deviation: arrivals alternate by 10 ms, so |D| is 10 ms each time.
static void jitter_settles(void) {
    struct cw_rtp_stats s;
    start();
    for (int i = 0; i < 500; i++, now += 20 * CW_MS) {
        cw_time wobble = i % 2 ? 10 * CW_MS : 0;
        now += wobble;
        feed(5, (uint16_t)i, (uint32_t)i * 160);
        feed(5, (uint16_t)i, (uint32_t)i * 160); // the same frame again says nothing
        now -= wobble;
    }
    cw_rtp_recv_stats(&recv_stats, &s);
    CHECK(s.jitter_ms > 9 && s.jitter_ms < 10.5);
    feed(5, 500, 0x70000000); // a new time base is not jitter
    cw_rtp_recv_stats(&recv_stats, &s);
    CHECK(s.jitter_ms < 10.5);
}

static void a_new_source_keeps_the_totals(void) {
    struct cw_rtp_stats s;
    struct cw_rtcp_block b = {.ssrc = 0};
    start();
    feed(5, 10, 0);
    feed(5, 12, 0); // 1 lost
    feed(6, 50000, 0);
    feed(6, 50003, 0); // 2 lost
    cw_rtp_recv_stats(&recv_stats, &s);
    CHECK_INT(s.packets, 4);
    CHECK_INT(s.lost, 3);
    CHECK_INT(cw_rtp_recv_block(&recv_stats, now, &b), 0);
    CHECK_INT(b.ssrc, 6);
    CHECK_INT(b.lost, 2);
}

static void a_jump_needs_two_packets(void) {
    start();
    CHECK(feed(5, 10, 0));
    CHECK(!feed(5, 30000, 0));
    CHECK(feed(5, 11, 0));
    CHECK(!feed(5, 30000, 0));
    CHECK(feed(5, 30001, 0));
    CHECK_INT(recv_stats.restarts, 1);
    CHECK_INT(recv_stats.strays, 2);
}

// RFC 3550 §6.4.1 figure 2: A = 0xb710:8000, DLSR = 5.250 s, LSR = 0xb705:2000 → 6.125 s.
static void round_trip_of_the_rfc(void) {
    uint64_t arrival = (uint64_t)0xb44d << 48 | (uint64_t)0xb7108000U << 16;
    CHECK_INT(cw_rtp_rtt(arrival, 0xb7052000, 0x00054000), 6125 * CW_MS);
    CHECK_INT(cw_rtp_rtt(arrival, 0, 0x00054000), 0);          // no SR had come
    CHECK_INT(cw_rtp_rtt(arrival, 0xb7152000, 0x00054000), 0); // from the future
    CHECK_INT(cw_rtp_rtt(arrival, 0xb7108000, 0), 1);          // at once
    CHECK_INT(cw_rtp_delay_units(5250 * CW_MS), 0x00054000);
}

// We send an SR at t; it takes 30 ms there; the block is made 2 s later; 50 ms back. We learn 80 ms.
static void round_trip_by_reports(void) {
    struct cw_rtp_send sent = {.packets = 0};
    struct cw_rtcp_sender sr;
    struct cw_rtcp_block b;
    struct cw_rtp_stats s;
    uint64_t ntp = (uint64_t)1000 << 32;
    start();
    cw_rtp_send_packet(&sent, 100);
    cw_rtp_send_sr(&sent, ntp, 4711, &sr);
    CHECK(sr.packets == 1 && sr.octets == 100 && sr.timestamp == 4711);
    feed(5, 1, 0);
    cw_rtp_recv_sr(&recv_stats, &sr, now + 30 * CW_MS);
    CHECK_INT(cw_rtp_recv_block(&recv_stats, now + 2030 * CW_MS, &b), 0);
    CHECK_INT(b.last_sr, 1000 << 16);
    cw_rtp_send_block(&sent, &b, ntp + ((uint64_t)2080 << 32) / 1000);
    cw_rtp_send_stats(&sent, 8000, &s);
    CHECK(s.rtt_ms > 79.9 && s.rtt_ms < 80.1);
    CHECK_INT(s.packets, 1);
}

static void quality_falls_with_loss_and_delay(void) {
    CHECK(cw_rtp_mos(0, 20, 1) > 4.3 && cw_rtp_mos(0, 20, 1) < 4.5);
    CHECK(cw_rtp_mos(0.05, 100, 10) < cw_rtp_mos(0.01, 100, 10));
    CHECK(cw_rtp_mos(0.01, 600, 10) < cw_rtp_mos(0.01, 100, 10));
    CHECK(cw_rtp_mos(1, 5000, 500) == 1);
    for (int i = 0; i <= 100; i++)
        for (int rtt = 0; rtt < 2000; rtt += 50) {
            double mos = cw_rtp_mos(i / 100.0, rtt, 5);
            CHECK(mos >= 1 && mos <= 4.5);
        }
}

static const struct cw_test tests[] = {
    TEST(loss_over_the_wrap),       TEST(all_lost_but_one),
    TEST(jitter_settles),           TEST(a_new_source_keeps_the_totals),
    TEST(a_jump_needs_two_packets), TEST(round_trip_of_the_rfc),
    TEST(round_trip_by_reports),    TEST(quality_falls_with_loss_and_delay),
};
TEST_MAIN(tests)
