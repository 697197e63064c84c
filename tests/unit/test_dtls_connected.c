// DTLS after the handshake: data, the end, what a shrunk end still does, and junk.
#include "dtls_net.h"

static void data_both_ways(void) {
    struct net net;
    uint8_t message[CW_DTLS_DATA_MAX], got[CW_DTLS_RECV_MAX];
    identities();
    net_init(&net, gateway_identity, browser_identity);
    CHECK_INT(cw_dtls_send(net.ends[1], "x", 1), CW_ESTATE);
    connect_both(&net);
    for (int from = 0; from < 2; from++) {
        memset(message, 'a' + from, sizeof message);
        CHECK_INT(cw_dtls_send(net.ends[from], message, sizeof message), 0);
        CHECK_INT(cw_dtls_send(net.ends[from], message, sizeof message + 1), CW_ETOOBIG);
        uint8_t pkt[CW_DTLS_MTU];
        size_t len = cw_dtls_poll(net.ends[from], pkt, sizeof pkt);
        CHECK(len > sizeof message && len <= CW_DTLS_MTU);
        CHECK_INT(cw_dtls_input(net.ends[!from], fake_time, pkt, len), 0);
        CHECK_INT(cw_dtls_recv(net.ends[!from], got, sizeof got), sizeof message);
        CHECK_MEM(got, message, sizeof message);
        CHECK_INT(cw_dtls_recv(net.ends[!from], got, sizeof got), 0);
        CHECK_INT(cw_dtls_input(net.ends[!from], fake_time, pkt, len), 0); // a replay gives nothing
        CHECK_INT(cw_dtls_recv(net.ends[!from], got, sizeof got), 0);
        pkt[len - 1] ^= 1; // nor does a forgery
        CHECK_INT(cw_dtls_input(net.ends[!from], fake_time, pkt, len), 0);
        CHECK_INT(cw_dtls_recv(net.ends[!from], got, sizeof got), 0);
        CHECK_INT(cw_dtls_get_state(net.ends[!from]), CW_DTLS_CONNECTED);
    }
    net_fini(&net);
}

static void several_records_in_a_datagram(void) {
    struct net net;
    uint8_t pkt[CW_DTLS_MTU], got[64];
    size_t len = 0;
    identities();
    net_init(&net, gateway_identity, browser_identity);
    connect_both(&net);
    for (int i = 0; i < 3; i++) {
        CHECK_INT(cw_dtls_send(net.ends[1], "record", 6), 0);
        len += cw_dtls_poll(net.ends[1], pkt + len, sizeof pkt - len);
    }
    CHECK_INT(cw_dtls_input(net.ends[0], fake_time, pkt, len), 0);
    for (int i = 0; i < 3; i++) CHECK_INT(cw_dtls_recv(net.ends[0], got, sizeof got), 6);
    CHECK_INT(cw_dtls_recv(net.ends[0], got, sizeof got), 0);
    net_fini(&net);
}

// Either end says goodbye; each may have been shrunk.
static void close_is_told(void) {
    identities();
    for (int c = 0; c < 8; c++) {
        int closer = c & 1;
        struct net net;
        net_init(&net, gateway_identity, browser_identity);
        connect_both(&net);
        if (c & 2) CHECK_INT(cw_dtls_shrink(net.ends[closer]), 0);
        if (c & 4) CHECK_INT(cw_dtls_shrink(net.ends[!closer]), 0);
        cw_dtls_close(net.ends[closer]);
        run(&net, CW_SECOND);
        CHECK_INT(cw_dtls_get_state(net.ends[closer]), CW_DTLS_CLOSED);
        CHECK_INT(cw_dtls_get_reason(net.ends[closer]), CW_DTLS_REASON_LOCAL);
        CHECK_INT(cw_dtls_get_state(net.ends[!closer]), CW_DTLS_CLOSED);
        CHECK_INT(cw_dtls_get_reason(net.ends[!closer]), CW_DTLS_REASON_REMOTE);
        CHECK_INT(cw_dtls_input(net.ends[!closer], fake_time, "\x17\xfe\xfd 1234567890", 13), CW_ESTATE);
        net_fini(&net);
    }
}

// The last flight is lost after the passive end was shrunk: it is repeated from the copy.
static void shrunk_end_repeats_the_last_flight(void) {
    struct net net;
    identities();
    net_init(&net, gateway_identity, browser_identity);
    net.loss_percent = 0;
    CHECK_INT(cw_dtls_start(net.ends[1], fake_time), 0);
    unsigned rounds = 0;
    while (cw_dtls_get_state(net.ends[0]) != CW_DTLS_CONNECTED && rounds++ < 10) {
        for (int i = 0; i < 2; i++) collect(&net, i);
        fake_time += DELAY;
        deliver(&net);
    }
    REQUIRE(cw_dtls_get_state(net.ends[0]) == CW_DTLS_CONNECTED);
    net.count = 0; // lost
    CHECK_INT(cw_dtls_shrink(net.ends[0]), 0);
    CHECK_INT(cw_dtls_get_state(net.ends[1]), CW_DTLS_CONNECTING);
    net.lose[1] = 1ULL << net.sent[1]; // and once more
    run(&net, 5 * CW_SECOND);
    CHECK_INT(cw_dtls_get_state(net.ends[1]), CW_DTLS_CONNECTED);
    CHECK_INT(cw_dtls_get_state(net.ends[0]), CW_DTLS_CONNECTED);
    struct cw_srtp_keys keys;
    CHECK_INT(cw_dtls_srtp_keys(net.ends[0], &keys), CW_ESTATE);
    net_fini(&net);
}

// Data goes on over a shrunk end as if it had never been shrunk; OpenSSL at the other end takes its records and gives
// its own. Bit 0 of c: who is shrunk first, bit 1: the other one too, bit 2: only after some data.
static void shrunk_ends_carry_data(void) {
    uint8_t message[CW_DTLS_DATA_MAX], got[CW_DTLS_RECV_MAX], pkt[CW_DTLS_MTU];
    identities();
    for (int c = 0; c < 8; c++) {
        struct net net;
        net_init(&net, gateway_identity, browser_identity);
        connect_both(&net);
        for (int n = 0; n < 200; n++) {
            int from = n & 1;
            size_t size = n % 3 ? (size_t)n + 1 : sizeof message;
            if (n == (c & 4 ? 20 : 0)) CHECK_INT(cw_dtls_shrink(net.ends[c & 1]), 0);
            if (n == (c & 4 ? 20 : 0) && c & 2) CHECK_INT(cw_dtls_shrink(net.ends[!(c & 1)]), 0);
            memset(message, n, sizeof message);
            CHECK_INT(cw_dtls_send(net.ends[from], message, size), 0);
            size_t len = cw_dtls_poll(net.ends[from], pkt, sizeof pkt);
            CHECK_INT(len, size + CW_DTLS_SEAL_MAX);
            CHECK_INT(cw_dtls_input(net.ends[!from], fake_time, pkt, len), 0);
            CHECK_INT(cw_dtls_recv(net.ends[!from], got, sizeof got), size);
            CHECK_MEM(got, message, size);
            CHECK_INT(cw_dtls_recv(net.ends[!from], got, sizeof got), 0);
        }
        cw_dtls_close(net.ends[0]);
        run(&net, CW_SECOND);
        CHECK_INT(cw_dtls_get_reason(net.ends[1]), CW_DTLS_REASON_REMOTE);
        net_fini(&net);
    }
}

static void a_shrunk_end_refuses_replays_and_forgeries(void) {
    enum { MESSAGES = 70 };
    struct net net;
    static uint8_t pkts[MESSAGES][CW_DTLS_MTU];
    size_t lens[MESSAGES];
    uint8_t got[64];
    identities();
    net_init(&net, gateway_identity, browser_identity);
    connect_both(&net);
    CHECK_INT(cw_dtls_shrink(net.ends[0]), 0);
    for (int i = 0; i < MESSAGES; i++) {
        CHECK_INT(cw_dtls_send(net.ends[1], &i, sizeof i), 0);
        lens[i] = cw_dtls_poll(net.ends[1], pkts[i], sizeof pkts[i]);
    }
    for (int i = MESSAGES - 3; i >= MESSAGES - 64; i--) // out of order
        CHECK_INT(cw_dtls_input(net.ends[0], fake_time, pkts[i], lens[i]), 0);
    CHECK_INT(cw_dtls_input(net.ends[0], fake_time, pkts[MESSAGES - 1], lens[MESSAGES - 1]), 0);
    CHECK_INT(cw_dtls_input(net.ends[0], fake_time, pkts[0], lens[0]), CW_EREPLAY); // too old to tell
    CHECK_INT(cw_dtls_input(net.ends[0], fake_time, pkts[20], lens[20]), CW_EREPLAY);
    CHECK_INT(cw_dtls_input(net.ends[0], fake_time, pkts[MESSAGES - 1], lens[0]), CW_EREPLAY);
    uint8_t *last = pkts[MESSAGES - 2];
    for (size_t bit = 3 * 8; bit < lens[0] * 8; bit++) {
        last[bit / 8] ^= (uint8_t)(1 << bit % 8);
        CHECK(cw_dtls_input(net.ends[0], fake_time, last, lens[0]) < 0);
        last[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    CHECK_INT(cw_dtls_input(net.ends[0], fake_time, last, lens[0]), 0); // a forgery spends no sequence number
    int count = 0;
    while (cw_dtls_recv(net.ends[0], got, sizeof got)) count++;
    CHECK_INT(count, 64);
    CHECK_INT(cw_dtls_get_state(net.ends[0]), CW_DTLS_CONNECTED);
    net_fini(&net);
}

static void forged_alerts_do_not_close_a_shrunk_end(void) {
    struct net net;
    uint8_t pkt[CW_DTLS_MTU];
    identities();
    net_init(&net, gateway_identity, browser_identity);
    connect_both(&net);
    CHECK_INT(cw_dtls_shrink(net.ends[0]), 0);
    cw_dtls_close(net.ends[1]);
    size_t len = cw_dtls_poll(net.ends[1], pkt, sizeof pkt);
    for (size_t bit = 0; bit < len * 8; bit++) {
        pkt[bit / 8] ^= (uint8_t)(1 << bit % 8);
        CHECK_INT(cw_dtls_input(net.ends[0], fake_time, pkt, len), CW_EAUTH);
        pkt[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    for (size_t n = 0; n < len; n++) CHECK(cw_dtls_input(net.ends[0], fake_time, pkt, n) < 0);
    CHECK_INT(cw_dtls_get_state(net.ends[0]), CW_DTLS_CONNECTED);
    CHECK_INT(cw_dtls_input(net.ends[0], fake_time, pkt, len), 0);
    CHECK_INT(cw_dtls_get_state(net.ends[0]), CW_DTLS_CLOSED);
    net_fini(&net);
}

static void a_shrunk_end_is_small(void) {
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    enum { PEERS = 20 };
    struct net nets[2];
    struct cw_dtls *kept[PEERS];
    size_t full = 0, small = 0;
    identities();
    net_init(&nets[0], gateway_identity, browser_identity); // warms the libraries
    connect_both(&nets[0]);
    net_fini(&nets[0]);
    size_t before = mallinfo2().uordblks;
    for (int i = 0; i < PEERS; i++) {
        net_init(&nets[1], gateway_identity, browser_identity);
        connect_both(&nets[1]);
        cw_dtls_free(nets[1].ends[1]);
        kept[i] = nets[1].ends[0];
    }
    full = (mallinfo2().uordblks - before) / PEERS;
    for (int i = 0; i < PEERS; i++) CHECK_INT(cw_dtls_shrink(kept[i]), 0);
    small = (mallinfo2().uordblks - before) / PEERS;
    printf("# %zu bytes connected, %zu shrunk\n", full, small);
    CHECK(small < 1500);
    for (int i = 0; i < PEERS; i++) cw_dtls_free(kept[i]);
#endif
}

// ---- bad input

static void junk_does_not_end_a_connection(void) {
    struct net net;
    uint8_t junk[64];
    uint32_t random = 3;
    identities();
    net_init(&net, gateway_identity, browser_identity);
    connect_both(&net);
    for (int i = 0; i < 2000; i++) {
        for (size_t j = 0; j < sizeof junk; j++) junk[j] = (uint8_t)((random = random * 1664525U + 1013904223U) >> 24);
        junk[0] = (uint8_t)(20 + i % 44);
        junk[1] = 0xfe;
        junk[2] = 0xfd;
        junk[3] = 0;
        junk[4] = (uint8_t)(i & 1);
        junk[11] = 0;
        junk[12] = 51;
        cw_dtls_input(net.ends[0], fake_time, junk, sizeof junk);
    }
    CHECK_INT(cw_dtls_get_state(net.ends[0]), CW_DTLS_CONNECTED);
    net_fini(&net);
}

static void a_flood_of_handshake_packets_fails(void) {
    struct net net;
    uint8_t hello[CW_DTLS_MTU];
    identities();
    net_init(&net, gateway_identity, browser_identity);
    CHECK_INT(cw_dtls_start(net.ends[1], fake_time), 0);
    size_t len = cw_dtls_poll(net.ends[1], hello, sizeof hello);
    int n = 0;
    while (cw_dtls_get_state(net.ends[0]) < CW_DTLS_CLOSED && n++ < 1000)
        cw_dtls_input(net.ends[0], fake_time, hello, len);
    CHECK_INT(cw_dtls_get_reason(net.ends[0]), CW_DTLS_REASON_FLOOD);
    CHECK_INT(n, 257);
    net_fini(&net);
}

static void arguments_are_checked(void) {
    struct cw_dtls *dtls = NULL;
    struct cw_dtls_fingerprint f[5] = {0};
    identities();
    CHECK_INT(cw_dtls_new(&dtls, gateway_identity, CW_DTLS_PASSIVE, f, 0), CW_EINVAL);
    CHECK_INT(cw_dtls_new(&dtls, gateway_identity, CW_DTLS_PASSIVE, f, 5), CW_EINVAL);
    cw_dtls_free(NULL);
    REQUIRE(cw_dtls_new(&dtls, gateway_identity, CW_DTLS_PASSIVE, f, 1) == 0);
    CHECK_INT(cw_dtls_shrink(dtls), CW_ESTATE);
    CHECK_INT(cw_dtls_input(dtls, fake_time, "\x16", 1), CW_EFORMAT);
    cw_dtls_close(dtls);
    cw_dtls_close(dtls);
    CHECK_INT(cw_dtls_get_state(dtls), CW_DTLS_CLOSED);
    cw_dtls_free(dtls);
    cw_dtls_identity_free(gateway_identity);
    cw_dtls_identity_free(browser_identity);
    gateway_identity = browser_identity = NULL;
}

static const struct cw_test tests[] = {
    TEST(data_both_ways),
    TEST(several_records_in_a_datagram),
    TEST(close_is_told),
    TEST(shrunk_end_repeats_the_last_flight),
    TEST(shrunk_ends_carry_data),
    TEST(a_shrunk_end_refuses_replays_and_forgeries),
    TEST(forged_alerts_do_not_close_a_shrunk_end),
    TEST(a_shrunk_end_is_small),
    TEST(junk_does_not_end_a_connection),
    TEST(a_flood_of_handshake_packets_fails),
    TEST(arguments_are_checked),
};
TEST_MAIN(tests)
