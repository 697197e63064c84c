// Transport-wide feedback: what is written says when each packet came.
#include "base/err.h"
#include "proto/twcc.h"
#include "test.h"

static struct cw_twcc twcc;
static uint8_t buffer[1500];
static struct cw_writer w;
static struct cw_twcc_feedback feedback;
static struct cw_twcc_arrival arrivals[1024];

static int report(cw_time now) {
    struct cw_reader r;
    struct cw_rtcp p;
    cw_writer_init(&w, buffer, sizeof buffer);
    int err = cw_twcc_write(&twcc, &w, 1, 2, now);
    if (err != 0) return err;
    CHECK(w.len <= CW_TWCC_SIZE);
    CHECK_INT(cw_rtcp_open(&r, w.data, w.len), 0);
    CHECK_INT(cw_rtcp_next(&r, &p), 0);
    CHECK_INT(cw_rtcp_kind(&p), CW_RTCP_TWCC);
    return cw_twcc_parse(&p, &feedback, arrivals, 1024);
}

//  64 ms x 1000: reference time 1000; packets 5 6 _ 8, at +0, +1 ms, +10 ms
//  | 205 fmt 15, 6 words | 1 | 2 | 5, 4 | 1000, 0 | vector 1 1 0 1 → 0x8000 | 0x3400 | deltas 0 4 36 | pad 3
static void the_drafts_figure(void) {
    static const char want[] =
        "\x8f\xcd\x00\x06\0\0\0\1\0\0\0\2\x00\x05\x00\x04\x00\x03\xe8\x00\xb4\x00\x00\x04\x24\0\0\0";
    cw_time t = 64000 * CW_MS;
    cw_twcc_init(&twcc);
    CHECK(cw_twcc_next(&twcc) == CW_NEVER);
    CHECK_INT(report(t), CW_ENOENT);
    cw_twcc_packet(&twcc, 5, t);
    cw_twcc_packet(&twcc, 6, t + 1 * CW_MS);
    cw_twcc_packet(&twcc, 6, t + 2 * CW_MS); // a duplicate changes nothing
    cw_twcc_packet(&twcc, 8, t + 10 * CW_MS);
    CHECK_INT(cw_twcc_next(&twcc), t + CW_TWCC_INTERVAL);
    CHECK_INT(report(t + 100 * CW_MS), 0);
    CHECK_INT(w.len, sizeof want - 1);
    CHECK_MEM(buffer, want, sizeof want - 1);
    CHECK_INT(feedback.received, 3);
    CHECK_INT(feedback.lost, 1);
    CHECK(!arrivals[2].received);
    CHECK_INT(arrivals[3].time_us, t + 10 * CW_MS);
    CHECK(cw_twcc_next(&twcc) == CW_NEVER);
}

static void large_and_negative_deltas(void) {
    cw_twcc_init(&twcc);
    cw_twcc_packet(&twcc, 65534, 100 * CW_MS);
    cw_twcc_packet(&twcc, 0, 300 * CW_MS);
    cw_twcc_packet(&twcc, 65535, 310 * CW_MS);
    CHECK_INT(report(400 * CW_MS), 0);
    CHECK_INT(feedback.base_seq, 65534);
    CHECK_INT(feedback.count, 3);
    CHECK_INT(arrivals[0].time_us, 100 * CW_MS);
    CHECK_INT(arrivals[1].time_us, 310 * CW_MS);
    CHECK_INT(arrivals[2].time_us, 300 * CW_MS);
}

static void a_long_pause_takes_two_reports(void) {
    cw_twcc_init(&twcc);
    cw_twcc_packet(&twcc, 1, 1 * CW_SECOND);
    cw_twcc_packet(&twcc, 2, 20 * CW_SECOND);
    CHECK_INT(report(20 * CW_SECOND), 0);
    CHECK_INT(feedback.count, 1);
    CHECK_INT(cw_twcc_next(&twcc), 20 * CW_SECOND);
    CHECK_INT(report(20 * CW_SECOND), 0);
    CHECK_INT(feedback.base_seq, 2);
    CHECK_INT(arrivals[0].time_us, 20 * CW_SECOND);
    CHECK_INT(feedback.feedback_count, 1);
}

static void a_late_packet_is_reported_again(void) {
    cw_twcc_init(&twcc);
    cw_twcc_packet(&twcc, 1, 100 * CW_MS);
    cw_twcc_packet(&twcc, 3, 101 * CW_MS);
    CHECK_INT(report(200 * CW_MS), 0);
    cw_twcc_packet(&twcc, 2, 250 * CW_MS);
    CHECK_INT(report(300 * CW_MS), 0);
    CHECK_INT(feedback.base_seq, 2);
    CHECK_INT(feedback.count, 2);
    CHECK_INT(feedback.received, 2);
    CHECK_INT(twcc.late, 1);
}

static void many_packets_are_reported_early(void) {
    cw_twcc_init(&twcc);
    for (uint16_t i = 0; i < 128; i++) cw_twcc_packet(&twcc, i, 1000 + i);
    CHECK(cw_twcc_next(&twcc) <= 1000 + 128);
}

static void a_jump_starts_anew(void) {
    cw_twcc_init(&twcc);
    cw_twcc_packet(&twcc, 1, 100 * CW_MS);
    cw_twcc_packet(&twcc, 20000, 101 * CW_MS);
    CHECK_INT(report(200 * CW_MS), 0);
    CHECK_INT(feedback.base_seq, 20000);
    CHECK_INT(feedback.count, 1);
    CHECK_INT(twcc.restarts, 1);
}

static void no_room_loses_nothing(void) {
    cw_twcc_init(&twcc);
    cw_twcc_packet(&twcc, 1, 100 * CW_MS);
    cw_writer_init(&w, buffer, 20);
    CHECK_INT(cw_twcc_write(&twcc, &w, 1, 2, 0), CW_ETOOBIG);
    CHECK_INT(w.len, 0);
    CHECK_INT(report(200 * CW_MS), 0);
}

#define REFERENCE_WRAP (((cw_time)1 << 24) * 64 * CW_MS) // 24 bits of 64 ms

static uint32_t random_state;
static uint32_t draw(uint32_t below) {
    random_state = random_state * 1664525U + 1013904223U;
    return (random_state >> 8) % below;
}

// Random loss, bursts and pauses: each arrival is told, to the tick, and nothing that did not come.
static void storm(uint32_t seed) {
    static cw_time came[65536];
    random_state = seed;
    memset(came, 0, sizeof came);
    cw_twcc_init(&twcc);
    cw_time now = REFERENCE_WRAP - draw(1 << 24);
    uint16_t seq = (uint16_t)draw(65536), last_report = seq;
    int told = 0, sent = 0;
    uint32_t loss = draw(100);
    for (int i = 0; i < 20000; i++) {
        now += draw(50) ? draw(4000) : draw(400000);
        if (now >= cw_twcc_next(&twcc) || i == 19999) {
            while (report(now) == 0) {
                for (uint32_t k = 0; k < feedback.count; k++) {
                    cw_time real = came[arrivals[k].seq];
                    CHECK_INT(arrivals[k].received, real != 0);
                    if (real) CHECK_INT((arrivals[k].time_us - real / 250 * 250) % REFERENCE_WRAP, 0);
                    told += real != 0;
                }
                if (cw_test_failures) return;
            }
            last_report = seq;
        }
        seq++;
        came[seq] = 0;
        if (draw(100) < loss || (uint16_t)(seq - last_report) > 400) continue;
        came[seq] = now;
        cw_twcc_packet(&twcc, seq, now);
        sent++;
    }
    CHECK(told >= sent - 300);
}

static void storms(void) {
    for (uint32_t seed = 1; seed <= 30; seed++) {
        storm(seed);
        if (cw_test_failures) printf("# seed %u\n", seed);
        REQUIRE(!cw_test_failures);
    }
}

static void broken_feedback_is_refused(void) {
    // Four packets promised: no chunk; a run of none; a reserved symbol; a delta missing.
    static const struct {
        const char *tail;
        size_t len;
    } cases[] = {{"", 0}, {"\x00\x00\x00\x00", 4}, {"\x60\x04\x00\x00", 4}, {"\x20\x04\x00\x00", 4}};
    for (int i = 0; i < 4; i++) {
        uint8_t b[40] = "\x8f\xcd\x00\x04\0\0\0\1\0\0\0\2\x00\x05\x00\x04\x00\x03\xe8\x00";
        memcpy(b + 20, cases[i].tail, cases[i].len);
        b[3] = (uint8_t)(4 + cases[i].len / 4);
        struct cw_reader r;
        struct cw_rtcp p;
        REQUIRE(cw_rtcp_open(&r, b, 20 + cases[i].len) == 0 && cw_rtcp_next(&r, &p) == 0);
        CHECK_INT(cw_twcc_parse(&p, &feedback, NULL, 0), CW_EFORMAT);
    }
}

static const struct cw_test tests[] = {
    TEST(the_drafts_figure),
    TEST(large_and_negative_deltas),
    TEST(a_long_pause_takes_two_reports),
    TEST(a_late_packet_is_reported_again),
    TEST(many_packets_are_reported_early),
    TEST(a_jump_starts_anew),
    TEST(no_room_loses_nothing),
    TEST(storms),
    TEST(broken_feedback_is_refused),
};
TEST_MAIN(tests)
