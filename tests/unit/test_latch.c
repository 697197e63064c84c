// The symmetric RTP latch: NAT is found, bleeding is not.
#include "proto/latch.h"
#include "test.h"

static struct cw_latch latch;
static struct cw_addr sdp, nat, evil;
static cw_time now;

static void start(unsigned flags) {
    cw_addr_parse(&sdp, "10.0.0.5", 4000);
    cw_addr_parse(&nat, "203.0.113.7", 61234);
    cw_addr_parse(&evil, "198.51.100.66", 5555);
    now = 100 * CW_SECOND;
    cw_latch_init(&latch, &sdp, CW_LATCH_NEEDED, flags);
}

static int from_as(const struct cw_addr *source, uint32_t ssrc, bool valid, bool authenticated) {
    const struct cw_latch_packet p = {.source = source, .ssrc = ssrc, .valid = valid, .authenticated = authenticated};
    now += 20 * CW_MS;
    return (int)cw_latch_input(&latch, &p, now);
}

static int from(const struct cw_addr *source) { return from_as(source, 1, true, false); }

static bool sends_to(const struct cw_addr *a) {
    return cw_latch_remote(&latch) && cw_addr_equal(cw_latch_remote(&latch), a);
}

static void the_sdps_address_locks(void) {
    start(0);
    CHECK(sends_to(&sdp));
    for (int i = 0; i < 3; i++) CHECK_INT(from(&sdp), CW_LATCH_ACCEPT);
    CHECK(latch.locked);
    for (int i = 0; i < 100; i++) CHECK_INT(from(&evil), CW_LATCH_REJECT);
    CHECK(sends_to(&sdp));
    CHECK_INT(latch.rejected_source, 100);
    CHECK_INT(from(&sdp), CW_LATCH_ACCEPT);
}

static void an_address_behind_nat_is_learnt_once(void) {
    start(0);
    CHECK_INT(from(&nat), CW_LATCH_ACCEPT);
    CHECK(sends_to(&sdp));
    CHECK_INT(from(&nat), CW_LATCH_ACCEPT);
    CHECK_INT(from(&nat), CW_LATCH_ACCEPT_AND_SEND_THERE);
    CHECK(sends_to(&nat));
    CHECK_INT(from(&nat), CW_LATCH_ACCEPT);
    for (int i = 0; i < 100; i++) CHECK_INT(from(&evil), CW_LATCH_REJECT);
    CHECK_INT(from_as(&nat, 2, true, false), CW_LATCH_ACCEPT); // its SSRC may change
    CHECK(cw_latch_hopeless(&latch, &evil, now));
    CHECK(!cw_latch_hopeless(&latch, &nat, now));
}

//  one stray packet before the peer's: the peer wins by going on
static void a_stray_packet_does_not_hold_up(void) {
    start(0);
    from(&evil);
    int verdicts[3];
    for (int i = 0; i < 3; i++) verdicts[i] = from(&nat);
    CHECK_INT(verdicts[2], CW_LATCH_ACCEPT_AND_SEND_THERE);
    CHECK(sends_to(&nat));
}

static void the_sdps_address_is_preferred(void) {
    start(0);
    from(&sdp);
    for (int i = 0; i < 2; i++) CHECK_INT(from(&evil), CW_LATCH_REJECT);
    for (int i = 0; i < 2; i++) from(&sdp);
    CHECK(latch.locked);
    CHECK(sends_to(&sdp));
    // Each turn in turn: the SDP's wins.
    start(0);
    for (int i = 0; i < 3; i++) {
        from(&evil);
        from(&sdp);
    }
    CHECK(latch.locked);
    CHECK(sends_to(&sdp));
}

static void a_quick_stranger_loses_to_the_sdps_address(void) {
    start(0);
    for (int i = 0; i < 5; i++) from(&evil);
    CHECK(sends_to(&evil));
    CHECK_INT(from(&sdp), CW_LATCH_REJECT);
    CHECK_INT(from(&sdp), CW_LATCH_REJECT);
    CHECK_INT(from(&sdp), CW_LATCH_ACCEPT_AND_SEND_THERE);
    CHECK(sends_to(&sdp));
    CHECK_INT(from(&evil), CW_LATCH_REJECT);
    // But not for ever: later it is the one that is strange.
    start(0);
    for (int i = 0; i < 5; i++) from(&nat);
    now += CW_LATCH_WINDOW;
    for (int i = 0; i < 5; i++) CHECK_INT(from(&sdp), CW_LATCH_REJECT);
    CHECK(sends_to(&nat));
}

static void changing_sources_never_win(void) {
    start(0);
    for (uint16_t i = 0; i < 1000; i++) {
        cw_addr_set_port(&evil, (uint16_t)(1000 + i));
        CHECK(from(&evil) != CW_LATCH_ACCEPT_AND_SEND_THERE);
        CHECK(from_as(&nat, i, true, false) != CW_LATCH_ACCEPT_AND_SEND_THERE); // nor a changing SSRC
    }
    CHECK(sends_to(&sdp));
}

static void junk_teaches_nothing(void) {
    start(0);
    for (int i = 0; i < 10; i++) CHECK_INT(from_as(&evil, 1, false, false), CW_LATCH_REJECT);
    CHECK(!latch.locked);
    CHECK_INT(latch.rejected_invalid, 10);
}

static void srtp_must_be_authenticated(void) {
    start(CW_LATCH_SECURE);
    for (int i = 0; i < 10; i++) CHECK_INT(from(&evil), CW_LATCH_REJECT);
    CHECK_INT(latch.rejected_auth, 10);
    for (int i = 0; i < 3; i++) from_as(&nat, 1, true, true);
    CHECK(sends_to(&nat));
}

static void a_new_address_unlocks(void) {
    struct cw_addr moved;
    cw_addr_parse(&moved, "192.0.2.9", 7000);
    start(0);
    for (int i = 0; i < 3; i++) from(&nat);
    cw_latch_reset(&latch, &sdp); // a re-INVITE that changes nothing
    CHECK(latch.locked);
    CHECK(sends_to(&nat));
    cw_latch_reset(&latch, &moved);
    CHECK(!latch.locked);
    CHECK(sends_to(&moved));
    for (int i = 0; i < 3; i++) from(&moved);
    CHECK(latch.locked);
}

static void flags_bound_what_is_learnt(void) {
    struct cw_addr other_port;
    start(CW_LATCH_STRICT);
    for (int i = 0; i < 5; i++) CHECK_INT(from(&nat), CW_LATCH_REJECT);
    start(CW_LATCH_SAME_HOST);
    for (int i = 0; i < 5; i++) CHECK_INT(from(&nat), CW_LATCH_REJECT);
    cw_addr_parse(&other_port, "10.0.0.5", 40123);
    for (int i = 0; i < 3; i++) from(&other_port);
    CHECK(sends_to(&other_port));
}

static void without_an_address_the_first_is_learnt(void) {
    start(0);
    cw_latch_init(&latch, NULL, 1, 0);
    CHECK(cw_latch_remote(&latch) == NULL);
    cw_latch_reset(&latch, NULL);
    CHECK_INT(from(&nat), CW_LATCH_ACCEPT_AND_SEND_THERE);
    CHECK(sends_to(&nat));
}

static const struct cw_test tests[] = {
    TEST(the_sdps_address_locks),
    TEST(an_address_behind_nat_is_learnt_once),
    TEST(a_stray_packet_does_not_hold_up),
    TEST(the_sdps_address_is_preferred),
    TEST(a_quick_stranger_loses_to_the_sdps_address),
    TEST(changing_sources_never_win),
    TEST(junk_teaches_nothing),
    TEST(srtp_must_be_authenticated),
    TEST(a_new_address_unlocks),
    TEST(flags_bound_what_is_learnt),
    TEST(without_an_address_the_first_is_learnt),
};
TEST_MAIN(tests)
