// Requests for lost packets.
#include "proto/nack.h"
#include "test.h"

static struct cw_nack nack;
static uint16_t seqs[256];

static size_t list(cw_time now) { return cw_nack_list(&nack, now, 50 * CW_MS, seqs, 256); }

static void asks_for_what_is_missing(void) {
    cw_nack_init(&nack);
    cw_nack_packet(&nack, 1, 65534, 0);
    cw_nack_packet(&nack, 1, 2, 0); // 65535 0 1 are missing
    CHECK_INT(cw_nack_next(&nack), 5 * CW_MS);
    CHECK_INT(list(4 * CW_MS), 0);
    cw_nack_packet(&nack, 1, 0, 4 * CW_MS); // was only overtaken
    CHECK_INT(list(5 * CW_MS), 2);
    CHECK_INT(seqs[0], 65535);
    CHECK_INT(seqs[1], 1);
    CHECK_INT(list(6 * CW_MS), 0);
    cw_nack_packet(&nack, 1, 65535, 50 * CW_MS);
    CHECK_INT(nack.recovered, 1);
    CHECK_INT(list(55 * CW_MS), 1);
    CHECK_INT(seqs[0], 1);
    cw_nack_packet(&nack, 1, 1, 60 * CW_MS);
    CHECK(cw_nack_next(&nack) == CW_NEVER);
    CHECK(!nack.need_keyframe);
}

static void gives_up_after_some_tries(void) {
    cw_nack_init(&nack);
    cw_nack_packet(&nack, 1, 1, 0);
    cw_nack_packet(&nack, 1, 3, 0);
    cw_time wait = 0, last = 0;
    for (int i = 0; i < CW_NACK_TRIES; i++) {
        cw_time now = cw_nack_next(&nack);
        CHECK_INT(list(now), 1);
        CHECK(i < 2 || now - last > wait); // each wait is longer
        wait = now - last;
        last = now;
    }
    CHECK(!nack.need_keyframe);
    CHECK_INT(list(cw_nack_next(&nack)), 0);
    CHECK(nack.need_keyframe);
    CHECK_INT(nack.given_up, 1);
    CHECK(cw_nack_next(&nack) == CW_NEVER);
}

static void is_bounded(void) {
    cw_nack_init(&nack);
    cw_nack_packet(&nack, 1, 0, 0);
    for (uint16_t i = 1; i <= 200; i++) cw_nack_packet(&nack, 1, (uint16_t)(2 * i), 0);
    CHECK_INT(nack.count, CW_NACK_MAX);
    CHECK(nack.need_keyframe);
    CHECK_INT(list(CW_SECOND), CW_NACK_MAX);
    CHECK_INT(seqs[0], 399 - 2 * (CW_NACK_MAX - 1));
    CHECK_INT(seqs[CW_NACK_MAX - 1], 399);
}

static void jumps_and_new_sources_start_over(void) {
    cw_nack_init(&nack);
    cw_nack_packet(&nack, 1, 0, 0);
    cw_nack_packet(&nack, 1, 5, 0);
    cw_nack_packet(&nack, 2, 30000, 0);
    CHECK_INT(nack.count, 0);
    CHECK(!nack.need_keyframe);
    cw_nack_packet(&nack, 2, 31000, 0);
    CHECK_INT(nack.count, 0);
    CHECK(nack.need_keyframe);
    cw_nack_packet(&nack, 2, 31000, 0); // a duplicate
    cw_nack_packet(&nack, 2, 30990, 0); // late, not missed
    CHECK_INT(nack.count, 0);
}

static const struct cw_test tests[] = {
    TEST(asks_for_what_is_missing),
    TEST(gives_up_after_some_tries),
    TEST(is_bounded),
    TEST(jumps_and_new_sources_start_over),
};
TEST_MAIN(tests)
