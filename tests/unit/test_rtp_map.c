// Re-basing: one continuous outgoing stream over restarts, holds, wraps, loss and reordering of its source.
#include "base/err.h"
#include "proto/rtp_map.h"
#include "test.h"

#define A 0xaaaa0001U
#define B 0xbbbb0002U
#define OURS 0x0c0ffee0U
#define FRAME 160 // 20 ms at 8 kHz

static struct cw_rtp_map map;
static struct cw_rtp_head out;
static cw_time now;

static void start(uint16_t first_seq, uint32_t first_timestamp) {
    now = 1000 * CW_SECOND;
    cw_rtp_map_init(&map, OURS, 8000, true, first_seq, first_timestamp);
}

static struct cw_rtp packet(uint32_t ssrc, uint16_t seq, uint32_t timestamp) {
    return (struct cw_rtp){.ssrc = ssrc, .seq = seq, .timestamp = timestamp, .pt = 0};
}

static int feed(uint32_t ssrc, uint16_t seq, uint32_t timestamp) {
    struct cw_rtp in = packet(ssrc, seq, timestamp);
    return cw_rtp_map_packet(&map, &in, NULL, now, &out);
}

// Feeds and checks what comes out.
#define EXPECT(source, source_seq, source_ts, want_seq, want_ts)                                                       \
    do {                                                                                                               \
        CHECK_INT(feed(source, source_seq, source_ts), 0);                                                             \
        CHECK_INT(out.seq, (uint16_t)(want_seq));                                                                      \
        CHECK_INT(out.timestamp, (uint32_t)(want_ts));                                                                 \
        CHECK_INT(out.ssrc, OURS);                                                                                     \
    } while (0)

static void pass(int ms) { now += ms * CW_MS; }

//  source  100 101     103 102   over the wrap of both numbers, theirs and ours
static void loss_and_reordering_stay_visible(void) {
    start(65534, 0xffffff00);
    EXPECT(A, 65535, 0xfffffff0, 65534, 0xffffff00);
    pass(20);
    EXPECT(A, 0, 0xfffffff0 + FRAME, 65535, 0xffffff00 + FRAME);
    pass(40); // 1 is lost
    EXPECT(A, 2, 0xfffffff0 + 3 * FRAME, 1, 0xffffff00 + 3 * FRAME);
    EXPECT(A, 1, 0xfffffff0 + 2 * FRAME, 0, 0xffffff00 + 2 * FRAME);
    CHECK_INT(feed(A, 1, 0xfffffff0 + 2 * FRAME), CW_EREPLAY);
    CHECK_INT(map.duplicates, 1);
    CHECK_INT(map.restarts, 0);
}

static void the_first_packet_may_have_been_overtaken(void) {
    start(100, 0);
    EXPECT(A, 11, 1000 + FRAME, 100, 0);
    EXPECT(A, 10, 1000, 99, -FRAME);
}

//  A:1 A:2 | B:9 after 60 ms: seq + 1, timestamp + 60 ms, marker
static void a_new_ssrc_closes_up(void) {
    start(500, 7000);
    EXPECT(A, 1, 50, 500, 7000);
    CHECK(out.marker);
    pass(20);
    EXPECT(A, 2, 50 + FRAME, 501, 7000 + FRAME);
    CHECK(!out.marker);
    pass(61);
    EXPECT(B, 30000, 0xdeadbeef, 502, 7000 + 4 * FRAME);
    CHECK(out.marker);
    pass(20);
    EXPECT(B, 30001, 0xdeadbeef + FRAME, 503, 7000 + 5 * FRAME);
    CHECK(!out.marker);
    // A packet of the old source that was overtaken by the change is not a change back.
    CHECK_INT(feed(A, 2, 50 + FRAME), CW_EREPLAY);
    EXPECT(B, 30002, 0xdeadbeef + 2 * FRAME, 504, 7000 + 6 * FRAME);
    CHECK_INT(map.restarts, 1);
}

static void a_change_at_once_still_advances(void) {
    start(500, 7000);
    EXPECT(A, 1, 50, 500, 7000);
    EXPECT(B, 1, 50, 501, 7000 + FRAME);
}

//  seq 100 → 40000 with the stream running: one packet may be a stray, two in a row are a restart
static void a_sequence_jump_needs_two_packets(void) {
    start(0, 0);
    EXPECT(A, 100, 0, 0, 0);
    pass(20);
    CHECK_INT(feed(A, 40000, 0x70000000), CW_EAGAIN);
    EXPECT(A, 101, FRAME, 1, FRAME);
    pass(20);
    CHECK_INT(feed(A, 40001, 0x70000000), CW_EAGAIN); // not the stray's successor: the stream went on between
    pass(20);
    EXPECT(A, 40002, 0x70000000 + FRAME, 2, 3 * FRAME);
    CHECK(out.marker);
    CHECK_INT(map.strays, 2);
}

static void after_a_silence_one_packet_suffices(void) {
    start(0, 0);
    EXPECT(A, 100, 0, 0, 0);
    pass(3000);
    EXPECT(A, 40000, 0x70000000, 1, 24000);
}

//  The source starts over 50 below itself: its packets look late, until it is clear that nothing else comes.
static void a_small_step_back_is_found_out(void) {
    start(0, 0);
    for (uint16_t i = 0; i < 60; i++, pass(20)) EXPECT(A, (uint16_t)(100 + i), i * FRAME, i, i * FRAME);
    int dropped = 0;
    for (uint16_t i = 0; i < 70; i++, pass(20))
        if (feed(A, (uint16_t)(109 + i), 0x40000000 + i * FRAME) != 0) dropped++;
    CHECK(dropped >= 40 && dropped <= 55); // about a second
    CHECK_INT(map.restarts, 1);
}

static void a_timestamp_jump_is_closed_up(void) {
    start(0, 0);
    EXPECT(A, 1, 1000, 0, 0);
    pass(20);
    EXPECT(A, 2, 0x50000000, 1, FRAME);
    CHECK(out.marker);
    pass(20);
    EXPECT(A, 3, 0x50000000 + FRAME, 2, 2 * FRAME);
    pass(20);
    EXPECT(A, 4, 3000, 3, 3 * FRAME); // and back
}

static void silence_suppression_is_no_jump(void) {
    start(0, 0);
    EXPECT(A, 1, 1000, 0, 0);
    pass(30000); // the source counted on
    EXPECT(A, 2, 1000 + 240000, 1, 240000);
    pass(30000); // the source stopped its clock: ours goes on
    EXPECT(A, 3, 1000 + 240160, 2, 480000);
    CHECK_INT(map.restarts, 1);
}

//  RFC 4733: all packets of an 8 s event carry the timestamp of its start; then audio goes on 8 s later.
static void telephone_events_keep_their_time(void) {
    start(0, 0);
    EXPECT(A, 0, 0, 0, 0);
    pass(20);
    for (uint16_t i = 1; i <= 160; i++, pass(50)) EXPECT(A, i, FRAME, i, FRAME);
    EXPECT(A, 161, FRAME + 64000, 161, FRAME + 64000);
    CHECK_INT(map.restarts, 0);
}

static void hold_and_resume(void) {
    start(0, 0);
    EXPECT(A, 1, 0, 0, 0);
    cw_rtp_map_pause(&map);
    pass(60000); // 3000 packets of the source were not given to the map
    EXPECT(A, 3001, 3000 * FRAME, 1, 480000);
    CHECK(out.marker);
    cw_rtp_map_pause(&map);
    pass(1000);
    EXPECT(B, 7, 99, 2, 488000);
}

static void unmapped_types_and_skipped_packets_leave_no_gap(void) {
    struct cw_rtp_pt_map types;
    cw_rtp_pt_map_init(&types);
    types.to[0] = 96;
    start(0, 0);
    for (uint16_t i = 0; i < 200; i++, pass(20)) {
        struct cw_rtp in = packet(A, (uint16_t)(65500 + i), i * FRAME);
        if (i % 2) in.pt = 13;
        CHECK_INT(cw_rtp_map_packet(&map, &in, &types, now, &out), i % 2 ? CW_ENOENT : 0);
        if (i % 2) continue;
        CHECK_INT(out.seq, i / 2);
        CHECK_INT(out.pt, 96);
        CHECK_INT(out.timestamp, i * FRAME);
    }
    // The last forwarded one: source 65500 + 198, ours 99. And one before some of the skips.
    uint32_t ssrc = 0;
    uint16_t seq = 0;
    CHECK_INT(cw_rtp_map_to_source(&map, 99, &ssrc, &seq), 0);
    CHECK_INT(seq, (uint16_t)(65500 + 198));
    CHECK_INT(cw_rtp_map_to_source(&map, 95, &ssrc, &seq), 0);
    CHECK_INT(seq, (uint16_t)(65500 + 190));
    CHECK_INT(feed(A, (uint16_t)(65500 + 197), 0), CW_EREPLAY); // a skipped one again
}

static void a_late_packet_before_a_skip_finds_its_place(void) {
    start(10, 0);
    EXPECT(A, 1, 0, 10, 0);
    struct cw_rtp skip = packet(A, 3, 2 * FRAME);
    cw_rtp_map_skip(&map, &skip, now);
    EXPECT(A, 4, 3 * FRAME, 12, 3 * FRAME); // 2 is missing: a gap at 11
    EXPECT(A, 2, FRAME, 11, FRAME);
}

static void own_packets_go_between(void) {
    start(0, 0);
    EXPECT(A, 1, 0, 0, 0);
    pass(20);
    cw_rtp_map_insert(&map, now, &out);
    CHECK_INT(out.seq, 1);
    CHECK_INT(out.timestamp, FRAME);
    cw_rtp_map_insert(&map, now, &out);
    CHECK_INT(out.seq, 2);
    pass(20);
    EXPECT(A, 3, 2 * FRAME, 3, 2 * FRAME); // the source's clock goes on
    uint32_t ssrc = 0;
    uint16_t seq = 0;
    CHECK_INT(cw_rtp_map_to_source(&map, 2, &ssrc, &seq), CW_ENOENT);
    CHECK_INT(cw_rtp_map_to_source(&map, 0, &ssrc, &seq), 0);
    CHECK_INT(seq, 1);
}

static void own_packets_may_come_first(void) {
    start(700, 5000);
    cw_rtp_map_insert(&map, now, &out);
    CHECK_INT(out.seq, 700);
    CHECK_INT(out.timestamp, 5000);
    pass(100);
    EXPECT(A, 9, 123456, 701, 5000 + 800);
}

static void backwards_over_segments(void) {
    uint32_t ssrc = 0, timestamp = 0;
    uint16_t seq = 0;
    start(65000, 0);
    EXPECT(A, 1, 0, 65000, 0);
    EXPECT(A, 3, 2 * FRAME, 65002, 2 * FRAME);
    pass(20);
    EXPECT(B, 40000, 1000, 65003, 4 * FRAME);                     // the timestamp step was two frames
    CHECK_INT(cw_rtp_map_to_source(&map, 65001, &ssrc, &seq), 0); // never came to us: ask the source for it
    CHECK_INT(ssrc, A);
    CHECK_INT(seq, 2);
    CHECK_INT(cw_rtp_map_to_source(&map, 65003, &ssrc, &seq), 0);
    CHECK_INT(ssrc, B);
    CHECK_INT(seq, 40000);
    CHECK_INT(cw_rtp_map_to_source(&map, 65004, &ssrc, &seq), CW_ENOENT);
    CHECK_INT(cw_rtp_map_timestamp(&map, B, 1000 + 80, &timestamp), 0);
    CHECK_INT(timestamp, 4 * FRAME + 80);
    CHECK_INT(cw_rtp_map_timestamp(&map, 1, 0, &timestamp), CW_ENOENT);
    pass(100);
    CHECK_INT(cw_rtp_map_now(&map, now, &timestamp), 0);
    CHECK_INT(timestamp, 4 * FRAME + 800);
}

static void a_new_clock_rate_continues(void) {
    start(0, 0);
    EXPECT(A, 1, 0, 0, 0);
    cw_rtp_map_set_clock(&map, 48000);
    pass(100);
    EXPECT(A, 2, 4800, 1, 4800);
    pass(20);
    EXPECT(A, 3, 4800 + 960, 2, 4800 + 960);
}

static uint32_t random_state;
static uint32_t draw(uint32_t below) {
    random_state = random_state * 1664525U + 1013904223U;
    return (random_state >> 8) % below;
}

// Random loss, reordering, duplicates, restarts and holds. Whatever comes: no number twice, each step forward no larger
// than what was lost since the last, timestamps in step with the clock, and every number leads back to its packet.
static void storm(uint32_t seed) {
    random_state = seed;
    start((uint16_t)draw(0x8000), draw(0x10000000) * 16);
    uint32_t ssrc = 1 + draw(1000), timestamp = draw(0x10000000) * 16, first_timestamp = 0;
    uint16_t seq = (uint16_t)draw(0x10000), max = 0;
    static uint8_t used[65536];
    memset(used, 0, sizeof used);
    bool started = false;
    cw_time first_time = 0;
    int lost = 0, forwarded = 0;
    for (int i = 0; i < 20000; i++, pass(20)) {
        if (draw(2000) == 0) { // restart
            ssrc += draw(3);
            seq += (uint16_t)(4000 + draw(60000)); // nearer would be loss, and older late
            timestamp = draw(0x10000000) * 16;
            lost += 10; // an old packet may come first
        }
        if (draw(3000) == 0) {
            cw_rtp_map_pause(&map);
            pass(20 * (int)draw(10000));
            lost += 10;
        }
        uint16_t this_seq = seq++;
        timestamp += FRAME;
        if (draw(20) == 0) {
            lost++;
            continue;
        }
        uint16_t back = draw(15) == 0 ? (uint16_t)draw(10) : 0; // a duplicate, or an old one that was lost
        this_seq -= back;
        lost += back > 0;
        if (feed(ssrc, this_seq, timestamp - back * FRAME) != 0) continue;
        CHECK(!used[out.seq]);
        used[out.seq] = 1;
        used[(uint16_t)(out.seq + 20000)] = 0;
        forwarded++;
        int16_t step = started ? (int16_t)(out.seq - max) : 1;
        CHECK(step <= lost + 1);
        uint32_t source_ssrc = 0;
        uint16_t source_seq = 0;
        CHECK_INT(cw_rtp_map_to_source(&map, out.seq, &source_ssrc, &source_seq), 0);
        CHECK_INT(source_ssrc, ssrc);
        CHECK_INT(source_seq, this_seq);
        if (!started) {
            first_timestamp = out.timestamp;
            first_time = now;
        }
        started = true;
        if (step <= 0) continue;
        max = out.seq;
        lost = back; // an old packet that began a segment
        int64_t drift = (int32_t)(out.timestamp - first_timestamp - (uint32_t)((now - first_time) * 8 / CW_MS));
        CHECK(drift > -16000 && drift < 16000);
        if (cw_test_failures) return;
    }
    CHECK(forwarded > 15000);
}

static void storms(void) {
    for (uint32_t seed = 1; seed <= 20; seed++) {
        storm(seed);
        if (cw_test_failures) printf("# seed %u\n", seed);
        REQUIRE(!cw_test_failures);
    }
}

//  A:1 A:2 | ours ours ours | A:9    the number and the time go on through all of it, however late the timer is
static void frames_of_our_own(void) {
    start(500, 7000);
    EXPECT(A, 1, 50, 500, 7000);
    pass(20);
    EXPECT(A, 2, 50 + FRAME, 501, 7000 + FRAME);
    for (uint32_t i = 0; i < 100; i++) {
        pass(i % 3 ? 17 : 26);
        cw_rtp_map_frame(&map, FRAME, now, &out);
        CHECK_INT(out.seq, 502 + i);
        CHECK_INT(out.timestamp, 7000 + (2 + i) * FRAME);
        CHECK_INT(out.ssrc, OURS);
        CHECK_INT(out.marker, i == 0);
    }
    pass(20);
    EXPECT(A, 103, 50 + 102 * FRAME, 602, 7000 + 102 * FRAME);
    // A pause: the time that passed.
    cw_rtp_map_frame(&map, FRAME, now, &out);
    cw_rtp_map_pause(&map);
    uint32_t before = out.timestamp;
    pass(400);
    cw_rtp_map_frame(&map, FRAME, now, &out);
    CHECK(out.marker);
    CHECK_INT(out.timestamp - before, 20 * FRAME);
    // The timer stood still for a second without telling.
    before = out.timestamp;
    pass(1000);
    cw_rtp_map_frame(&map, FRAME, now, &out);
    CHECK_INT(out.timestamp - before, 50 * FRAME);
}

static const struct cw_test tests[] = {
    TEST(loss_and_reordering_stay_visible),
    TEST(the_first_packet_may_have_been_overtaken),
    TEST(a_new_ssrc_closes_up),
    TEST(a_change_at_once_still_advances),
    TEST(a_sequence_jump_needs_two_packets),
    TEST(after_a_silence_one_packet_suffices),
    TEST(a_small_step_back_is_found_out),
    TEST(a_timestamp_jump_is_closed_up),
    TEST(silence_suppression_is_no_jump),
    TEST(telephone_events_keep_their_time),
    TEST(hold_and_resume),
    TEST(unmapped_types_and_skipped_packets_leave_no_gap),
    TEST(a_late_packet_before_a_skip_finds_its_place),
    TEST(own_packets_go_between),
    TEST(own_packets_may_come_first),
    TEST(backwards_over_segments),
    TEST(frames_of_our_own),
    TEST(a_new_clock_rate_continues),
    TEST(storms),
};
TEST_MAIN(tests)
