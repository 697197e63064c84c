// The ICE lite agent against a controlling client, and against what a client should not send.
#include "proto/ice.h"

#include <stun/usages/ice.h>

#include "base/buf.h"
#include "base/err.h"
#include "sim/ice_client.h"
#include "test.h"

static const struct cw_ice_credentials local = {"ourUfrag", "ourPasswordOf24Character"};
static const char remote_ufrag[] = "theirs";

struct world {
    cw_time now;
    struct cw_ice ice;
    struct cw_ice_client client;
    struct cw_addr from;
    int path;
    struct cw_ice_result result;
    uint8_t reply[CW_ICE_REPLY_MAX];
};

static struct cw_addr address(const char *ip, uint16_t port) {
    struct cw_addr a;
    if (cw_addr_parse(&a, ip, port)) abort();
    return a;
}

static void world_init(struct world *w) {
    memset(w, 0, sizeof *w);
    w->now = 1000 * CW_SECOND;
    w->from = address("192.0.2.7", 4000);
    w->path = 3;
    cw_ice_init(&w->ice, NULL, &local);
    cw_ice_set_remote(&w->ice, w->now, remote_ufrag);
    cw_ice_client_init(&w->client, remote_ufrag, local.ufrag, local.pwd, 1);
    cw_ice_client_start(&w->client, w->now);
}

static int input(struct world *w, const void *data, size_t len) {
    return cw_ice_input(&w->ice, w->now, &w->from, w->path, data, len, w->reply, &w->result);
}

// One check there, and its answer back. What cw_ice_input returned.
static int check(struct world *w) {
    uint8_t pkt[CW_ICE_CLIENT_REQUEST_MAX];
    w->client.next = w->now;
    size_t len = cw_ice_client_poll(&w->client, w->now, pkt, sizeof pkt);
    CHECK(len > 0);
    int err = input(w, pkt, len);
    if (w->result.reply_len) cw_ice_client_input(&w->client, w->now, w->reply, w->result.reply_len);
    return err;
}

// ---- the good cases

static void a_nominated_check_connects(void) {
    struct world w;
    world_init(&w);
    CHECK(cw_ice_selected(&w.ice) == NULL);
    CHECK(!cw_ice_is_valid(&w.ice, &w.from, w.path));
    CHECK_INT(check(&w), 0);
    CHECK_INT(w.result.events, CW_ICE_EVENT_VALID | CW_ICE_EVENT_SELECTED | CW_ICE_EVENT_STATE);
    CHECK_INT(w.ice.state, CW_ICE_CONNECTED);
    CHECK(w.client.connected);
    CHECK(cw_addr_equal(&w.client.mapped, &w.from));
    CHECK(cw_ice_is_valid(&w.ice, &w.from, w.path));
    CHECK(!cw_ice_is_valid(&w.ice, &w.from, w.path + 1));
    REQUIRE(cw_ice_selected(&w.ice) != NULL);
    CHECK_INT(cw_ice_selected(&w.ice)->path, 3);
    CHECK_INT(check(&w), 0);
    CHECK_INT(w.result.events, 0);
}

static void ipv6_works(void) {
    struct world w;
    world_init(&w);
    w.from = address("2001:db8::7", 4000);
    CHECK_INT(check(&w), 0);
    CHECK(w.client.connected);
    CHECK(cw_addr_equal(&w.client.mapped, &w.from));
}

static void regular_nomination_comes_later(void) {
    struct world w;
    world_init(&w);
    w.client.nominate = false;
    CHECK_INT(check(&w), 0);
    CHECK_INT(w.result.events, CW_ICE_EVENT_VALID | CW_ICE_EVENT_STATE);
    CHECK_INT(w.ice.state, CW_ICE_CHECKING);
    CHECK(cw_ice_is_valid(&w.ice, &w.from, w.path));
    CHECK(cw_ice_selected(&w.ice) == NULL);
    w.client.nominate = true;
    CHECK_INT(check(&w), 0);
    CHECK_INT(w.result.events, CW_ICE_EVENT_SELECTED | CW_ICE_EVENT_STATE);
    CHECK_INT(w.ice.state, CW_ICE_CONNECTED);
}

static void aggressive_nomination_follows_the_newest(void) {
    struct world w;
    world_init(&w);
    for (uint16_t port = 1; port <= 3; port++) {
        w.from = address("192.0.2.7", port);
        CHECK_INT(check(&w), 0);
        CHECK(w.result.events & CW_ICE_EVENT_SELECTED);
        REQUIRE(cw_ice_selected(&w.ice) != NULL);
        CHECK_INT(cw_addr_port(&cw_ice_selected(&w.ice)->addr), port);
    }
    w.from = address("192.0.2.7", 2);
    CHECK_INT(check(&w), 0);
    CHECK_INT(w.result.events, CW_ICE_EVENT_SELECTED);
}

static void a_peer_moves(void) {
    struct world w;
    struct cw_addr home = address("192.0.2.7", 4000), mobile = address("198.51.100.9", 5000);
    world_init(&w);
    CHECK_INT(check(&w), 0);
    w.from = mobile;
    w.client.nominate = false;
    CHECK_INT(check(&w), 0);
    CHECK_INT(w.result.events, CW_ICE_EVENT_VALID);
    CHECK(cw_addr_equal(&cw_ice_selected(&w.ice)->addr, &home));
    w.client.nominate = true;
    CHECK_INT(check(&w), 0);
    CHECK_INT(w.result.events, CW_ICE_EVENT_SELECTED);
    CHECK(cw_addr_equal(&cw_ice_selected(&w.ice)->addr, &mobile));
    CHECK(cw_ice_is_valid(&w.ice, &home, w.path)); // what is under way from there is still the peer's
}

static void addresses_are_bounded(void) {
    struct world w;
    world_init(&w);
    struct cw_addr first = w.from;
    CHECK_INT(check(&w), 0); // selected: never evicted
    w.client.nominate = false;
    for (uint16_t i = 1; i < 20; i++) {
        w.now += CW_SECOND;
        w.from = address("192.0.2.8", i);
        CHECK_INT(check(&w), 0);
        bool full = i >= CW_ICE_PAIRS_MAX;
        CHECK_INT(w.result.events, CW_ICE_EVENT_VALID | (full ? CW_ICE_EVENT_EVICTED : 0));
        if (full) CHECK_INT(cw_addr_port(&w.result.evicted.addr), i - CW_ICE_PAIRS_MAX + 1);
    }
    CHECK_INT(w.ice.pair_count, CW_ICE_PAIRS_MAX);
    CHECK(cw_ice_is_valid(&w.ice, &first, w.path));
    CHECK(cw_addr_equal(&cw_ice_selected(&w.ice)->addr, &first));
}

static void a_closed_path_is_forgotten(void) {
    struct world w;
    world_init(&w);
    w.client.nominate = false;
    CHECK_INT(check(&w), 0);
    w.path = 9;
    w.client.nominate = true;
    CHECK_INT(check(&w), 0);
    cw_ice_forget_path(&w.ice, 3);
    REQUIRE(cw_ice_selected(&w.ice) != NULL);
    CHECK_INT(cw_ice_selected(&w.ice)->path, 9);
    cw_ice_forget_path(&w.ice, 9);
    CHECK(cw_ice_selected(&w.ice) == NULL);
    CHECK_INT(w.ice.pair_count, 0);
}

// ---- roles and credentials

static void a_controlled_peer_is_told_to_switch(void) {
    struct world w;
    world_init(&w);
    w.client.controlled = true;
    CHECK_INT(check(&w), CW_ESTATE);
    CHECK_INT(w.client.error, 487);
    CHECK_INT(w.ice.drops[CW_ICE_DROP_ROLE], 1);
    CHECK_INT(w.ice.state, CW_ICE_NEW);
    CHECK(!w.client.controlled);
    CHECK_INT(check(&w), 0);
    CHECK_INT(w.ice.state, CW_ICE_CONNECTED);
}

static void wrong_credentials_are_refused(void) {
    struct world w;
    world_init(&w);
    strcpy(w.client.pwd, "someOtherPasswordOf24Cha");
    CHECK_INT(check(&w), CW_EAUTH);
    CHECK_INT(w.client.error, 401);
    CHECK_INT(w.ice.drops[CW_ICE_DROP_INTEGRITY], 1);
    cw_ice_client_init(&w.client, "stranger", local.ufrag, local.pwd, 1);
    CHECK_INT(check(&w), CW_EAUTH);
    CHECK_INT(w.client.error, 401);
    cw_ice_client_init(&w.client, remote_ufrag, "notOurs", local.pwd, 1);
    CHECK_INT(check(&w), CW_EAUTH);
    CHECK_INT(w.ice.drops[CW_ICE_DROP_USERNAME], 2);
    CHECK_INT(w.result.events, 0);
    CHECK_INT(w.ice.state, CW_ICE_NEW);
    CHECK_INT(w.ice.pair_count, 0);
}

static void checks_before_the_answer_are_verified_by_ours_alone(void) {
    struct world w;
    world_init(&w);
    cw_ice_init(&w.ice, NULL, &local);
    CHECK_INT(cw_ice_next(&w.ice), CW_NEVER);
    CHECK_INT(check(&w), 0);
    CHECK_INT(cw_ice_set_remote(&w.ice, w.now, "abc"), CW_EINVAL);
    CHECK_INT(cw_ice_set_remote(&w.ice, w.now, "a:bcd"), CW_EINVAL);
    CHECK_INT(cw_ice_set_remote(&w.ice, w.now, "another"), 0);
    CHECK_INT(check(&w), CW_EAUTH);
}

static void longest_credentials(void) {
    struct world w;
    char theirs[CW_ICE_TEXT_MAX + 1];
    world_init(&w);
    memset(theirs, 'x', sizeof theirs);
    theirs[CW_ICE_TEXT_MAX] = 0;
    CHECK_INT(cw_ice_set_remote(&w.ice, w.now, theirs), 0);
    cw_ice_client_init(&w.client, theirs, local.ufrag, local.pwd, 1);
    CHECK_INT(check(&w), 0);
    CHECK(w.client.connected);
}

static void made_credentials_fit(void) {
    struct cw_ice_credentials a, b;
    cw_ice_credentials_make(&a);
    cw_ice_credentials_make(&b);
    CHECK_INT(strlen(a.ufrag), 8);
    CHECK_INT(strlen(a.pwd), 24);
    CHECK(strcmp(a.ufrag, b.ufrag) != 0);
    CHECK(strcmp(a.pwd, b.pwd) != 0);
}

static void restart_keeps_the_old_pair_until_the_new_works(void) {
    static const struct cw_ice_credentials fresh = {"newUfrag", "newPasswordOf24Character"};
    struct world w;
    world_init(&w);
    struct cw_addr old = w.from;
    CHECK_INT(check(&w), 0);
    cw_ice_restart(&w.ice, &fresh);
    CHECK_INT(check(&w), 0); // consent by the old ones goes on
    CHECK_INT(w.result.events, 0);
    CHECK_INT(cw_ice_set_remote(&w.ice, w.now, "theirNew"), 0);
    CHECK_INT(check(&w), 0);
    struct cw_ice_client former = w.client;
    w.from = address("203.0.113.1", 1);
    cw_ice_client_init(&w.client, "theirNew", fresh.ufrag, fresh.pwd, 2);
    w.client.nominate = false;
    CHECK_INT(check(&w), 0);
    CHECK_INT(w.result.events, CW_ICE_EVENT_VALID);
    CHECK(cw_addr_equal(&cw_ice_selected(&w.ice)->addr, &old));
    w.client.nominate = true;
    CHECK_INT(check(&w), 0);
    CHECK_INT(w.result.events, CW_ICE_EVENT_SELECTED | CW_ICE_EVENT_RESTARTED);
    CHECK(cw_addr_equal(&cw_ice_selected(&w.ice)->addr, &w.from));
    w.client = former;
    CHECK_INT(check(&w), CW_EAUTH);
    CHECK_INT(w.ice.state, CW_ICE_CONNECTED);
}

// ---- time

static void consent_expires(void) {
    struct world w;
    world_init(&w);
    CHECK_INT(check(&w), 0);
    cw_time start = w.now;
    CHECK_INT(cw_ice_next(&w.ice), start + 5 * CW_SECOND);
    w.now = start + 5 * CW_SECOND - 1;
    CHECK_INT(cw_ice_timeout(&w.ice, w.now), 0);
    w.now++;
    CHECK_INT(cw_ice_timeout(&w.ice, w.now), CW_ICE_EVENT_STATE);
    CHECK_INT(w.ice.state, CW_ICE_DISCONNECTED);
    w.client.nominate = false; // any verified check brings it back
    CHECK_INT(check(&w), 0);
    CHECK_INT(w.result.events, CW_ICE_EVENT_STATE);
    CHECK_INT(w.ice.state, CW_ICE_CONNECTED);
    start = w.now;
    w.now = start + 6 * CW_SECOND;
    CHECK_INT(cw_ice_timeout(&w.ice, w.now), CW_ICE_EVENT_STATE);
    CHECK_INT(cw_ice_next(&w.ice), start + 30 * CW_SECOND);
    w.now = start + 30 * CW_SECOND;
    CHECK_INT(cw_ice_timeout(&w.ice, w.now), CW_ICE_EVENT_STATE);
    CHECK_INT(w.ice.state, CW_ICE_FAILED);
    CHECK_INT(cw_ice_next(&w.ice), CW_NEVER);
    CHECK_INT(check(&w), CW_ESTATE);
    CHECK_INT(w.result.reply_len, 0);
    static const struct cw_ice_credentials fresh = {"newUfrag", "newPasswordOf24Character"};
    cw_ice_restart(&w.ice, &fresh);
    CHECK_INT(w.ice.state, CW_ICE_NEW);
    CHECK(cw_ice_selected(&w.ice) == NULL);
}

static void media_delays_disconnected_but_not_expiry(void) {
    struct world w;
    world_init(&w);
    CHECK_INT(check(&w), 0);
    cw_time start = w.now;
    for (; w.now < start + 30 * CW_SECOND; w.now += CW_SECOND) {
        cw_ice_heard(&w.ice, w.now);
        CHECK_INT(cw_ice_timeout(&w.ice, w.now), 0);
        CHECK_INT(w.ice.state, CW_ICE_CONNECTED);
    }
    CHECK_INT(cw_ice_timeout(&w.ice, w.now), CW_ICE_EVENT_STATE);
    CHECK_INT(w.ice.state, CW_ICE_FAILED);
}

static void a_peer_that_never_comes_fails(void) {
    struct world w;
    world_init(&w);
    CHECK_INT(cw_ice_next(&w.ice), w.now + 30 * CW_SECOND);
    w.client.nominate = false;
    w.now += 20 * CW_SECOND;
    CHECK_INT(check(&w), 0);
    w.now += 10 * CW_SECOND; // valid, but never nominated
    CHECK_INT(cw_ice_timeout(&w.ice, w.now), CW_ICE_EVENT_STATE);
    CHECK_INT(w.ice.state, CW_ICE_FAILED);
}

// Every packet both ways may be lost; the client's consent keeps the agent connected for ten minutes.
static void consent_survives_loss(void) {
    struct world w;
    uint32_t random = 7;
    unsigned failures = 0;
    world_init(&w);
    for (cw_time end = w.now + 600 * CW_SECOND; w.now < end;) {
        uint8_t pkt[CW_ICE_CLIENT_REQUEST_MAX];
        cw_time next = cw_ice_client_next(&w.client);
        if (cw_ice_next(&w.ice) < next) next = cw_ice_next(&w.ice);
        if (next > w.now) w.now = next;
        cw_ice_timeout(&w.ice, w.now);
        size_t len = cw_ice_client_poll(&w.client, w.now, pkt, sizeof pkt);
        bool lost = (random = random * 1664525U + 1013904223U) >> 30 == 0;
        if (!len || lost) continue;
        CHECK_INT(input(&w, pkt, len), 0);
        lost = (random = random * 1664525U + 1013904223U) >> 30 == 0;
        if (!lost) failures += cw_ice_client_input(&w.client, w.now, w.reply, w.result.reply_len) != 0;
    }
    CHECK_INT(failures, 0);
    CHECK(w.ice.state == CW_ICE_CONNECTED || w.ice.state == CW_ICE_DISCONNECTED);
}

// ---- bad input

static size_t good_request(struct world *w, uint8_t *pkt) {
    w->client.next = w->now;
    return cw_ice_client_poll(&w->client, w->now, pkt, CW_ICE_CLIENT_REQUEST_MAX);
}

static void every_cut_and_every_flipped_bit_is_refused(void) {
    struct world w;
    uint8_t pkt[CW_ICE_CLIENT_REQUEST_MAX], copy[CW_ICE_CLIENT_REQUEST_MAX];
    world_init(&w);
    size_t len = good_request(&w, pkt);
    for (size_t n = 0; n < len; n++) CHECK(input(&w, pkt, n) < 0);
    for (size_t bit = 0; bit < len * 8; bit++) {
        memcpy(copy, pkt, len);
        copy[bit / 8] ^= (uint8_t)(1 << bit % 8);
        int err = input(&w, copy, len);
        // A Binding indication is what one bit of the type makes of it; that does nothing.
        if (err == 0) CHECK(bit == 1 * 8 + 4);
    }
    CHECK_INT(w.ice.pair_count, 0);
    CHECK_INT(w.ice.state, CW_ICE_NEW);
    CHECK_INT(input(&w, pkt, len), 0);
}

static void attribute_length_ffff(void) {
    struct world w;
    uint8_t pkt[] = {0, 1, 0, 8,  0x21, 0x12, 0xa4, 0x42, 1,    2,    3,   4,   5,   6,
                     7, 8, 9, 10, 11,   12,   0,    6,    0xff, 0xff, 'a', ':', 'b', 'c'};
    const char *ufrag;
    size_t ufrag_len;
    world_init(&w);
    CHECK_INT(input(&w, pkt, sizeof pkt), CW_EFORMAT);
    CHECK_INT(w.result.reply_len, 0);
    CHECK_INT(w.ice.drops[CW_ICE_DROP_MALFORMED], 1);
    CHECK_INT(cw_ice_peek_ufrag(pkt, sizeof pkt, &ufrag, &ufrag_len), CW_EFORMAT);
}

static void ufrag_is_found_without_verifying(void) {
    struct world w;
    uint8_t pkt[CW_ICE_CLIENT_REQUEST_MAX];
    const char *ufrag = NULL;
    size_t ufrag_len = 0;
    world_init(&w);
    size_t len = good_request(&w, pkt);
    CHECK_INT(cw_ice_peek_ufrag(pkt, len, &ufrag, &ufrag_len), 0);
    CHECK_INT(ufrag_len, strlen(local.ufrag));
    CHECK(ufrag && memcmp(ufrag, local.ufrag, ufrag_len) == 0);
    for (size_t n = 0; n < len; n++) CHECK_INT(cw_ice_peek_ufrag(pkt, n, &ufrag, &ufrag_len), CW_EFORMAT);
}

// A request of our own making: credentials or not, one more attribute or not.
static size_t odd_request(uint8_t *pkt, const char *username, bool integrity, int attribute) {
    StunAgent agent;
    StunMessage message;
    stun_agent_init(&agent, STUN_ALL_KNOWN_ATTRIBUTES, STUN_COMPATIBILITY_RFC5389, STUN_AGENT_USAGE_USE_FINGERPRINT);
    stun_agent_init_request(&agent, &message, pkt, CW_ICE_CLIENT_REQUEST_MAX, STUN_BINDING);
    if (username) stun_message_append_string(&message, STUN_ATTRIBUTE_USERNAME, username);
    if (attribute) stun_message_append32(&message, (StunAttribute)attribute, 1);
    return stun_agent_finish_message(&agent, &message, (const uint8_t *)(integrity ? local.pwd : NULL),
                                     integrity ? strlen(local.pwd) : 0);
}

static int error_code(const uint8_t *pkt, size_t len) {
    StunMessage message = {.buffer = (uint8_t *)(uintptr_t)pkt, .buffer_len = len};
    int code = 0;
    stun_message_find_error(&message, &code);
    return code;
}

static void error_answers(void) {
    struct world w;
    uint8_t pkt[CW_ICE_CLIENT_REQUEST_MAX];
    world_init(&w);
    CHECK_INT(input(&w, pkt, odd_request(pkt, NULL, false, 0)), CW_EAUTH);
    CHECK_INT(error_code(w.reply, w.result.reply_len), 400);
    CHECK_INT(input(&w, pkt, odd_request(pkt, "ourUfrag:theirs", false, 0)), CW_EAUTH);
    CHECK_INT(error_code(w.reply, w.result.reply_len), 400);
    CHECK_INT(w.ice.drops[CW_ICE_DROP_NO_AUTH], 2);
    CHECK_INT(input(&w, pkt, odd_request(pkt, "ourUfrag", true, 0)), CW_EAUTH); // no colon
    CHECK_INT(error_code(w.reply, w.result.reply_len), 401);
    CHECK_INT(input(&w, pkt, odd_request(pkt, "ourUfrag:theirs", true, 0x7abc)), CW_EUNSUPPORTED);
    CHECK_INT(error_code(w.reply, w.result.reply_len), 420);
    CHECK_INT(w.ice.drops[CW_ICE_DROP_ATTRIBUTE], 1);
    CHECK_INT(input(&w, pkt, odd_request(pkt, "ourUfrag:theirs", true, 0x8abc)), 0); // optional: ignored
    size_t len = odd_request(pkt, "ourUfrag:theirs", true, 0);
    CHECK_INT(input(&w, pkt, len), 0);
    CHECK_INT(input(&w, w.reply, w.result.reply_len), CW_EUNSUPPORTED); // our own answer comes back
    CHECK_INT(w.ice.drops[CW_ICE_DROP_NOT_REQUEST], 1);
}

static void what_follows_the_integrity_is_not_believed(void) {
    struct world w;
    uint8_t pkt[CW_ICE_CLIENT_REQUEST_MAX];
    world_init(&w);
    size_t len = odd_request(pkt, "ourUfrag:theirs", true, 0);
    memmove(pkt + len - 8 + 4, pkt + len - 8, 8); // USE-CANDIDATE between MESSAGE-INTEGRITY and FINGERPRINT
    memcpy(pkt + len - 8, "\x00\x25\x00\x00", 4);
    cw_put_u16(pkt + 2, (uint16_t)(len + 4 - 20));
    CHECK_INT(input(&w, pkt, len + 4), CW_EFORMAT);
    CHECK_INT(w.ice.pair_count, 0);
}

static const struct cw_test tests[] = {
    TEST(a_nominated_check_connects),
    TEST(ipv6_works),
    TEST(regular_nomination_comes_later),
    TEST(aggressive_nomination_follows_the_newest),
    TEST(a_peer_moves),
    TEST(addresses_are_bounded),
    TEST(a_closed_path_is_forgotten),
    TEST(a_controlled_peer_is_told_to_switch),
    TEST(wrong_credentials_are_refused),
    TEST(checks_before_the_answer_are_verified_by_ours_alone),
    TEST(longest_credentials),
    TEST(made_credentials_fit),
    TEST(restart_keeps_the_old_pair_until_the_new_works),
    TEST(consent_expires),
    TEST(media_delays_disconnected_but_not_expiry),
    TEST(a_peer_that_never_comes_fails),
    TEST(consent_survives_loss),
    TEST(every_cut_and_every_flipped_bit_is_refused),
    TEST(attribute_length_ffff),
    TEST(ufrag_is_found_without_verifying),
    TEST(error_answers),
    TEST(what_follows_the_integrity_is_not_believed),
};
TEST_MAIN(tests)
