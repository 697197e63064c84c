// The way to the peers: handshakes with loss, consent, moving browsers, ICE restart, strangers, the latch.
#include "test.h"

#include "sim/sim.h"

static void handshake_with_loss(void) {
    unsigned connected = 0;
    for (uint32_t seed = 1; seed <= 20; seed++) {
        struct sim sim;
        sim_init(&sim);
        sim.random = seed * 7919;
        sim.loss_percent = 30;
        sim.setup.role = seed & 1 ? CW_DTLS_ACTIVE : CW_DTLS_PASSIVE;
        sim.browser.role = seed & 1 ? CW_DTLS_PASSIVE : CW_DTLS_ACTIVE;
        sim_add_browser(&sim);
        sim_browser_start(&sim);
        sim_run(&sim, 25 * CW_SECOND);
        connected += sim.browser.secure && sim_events(&sim, SIM_BROWSER_LEG, CW_MEDIA_CONNECTED) == 1;
        sim_fini(&sim);
    }
    CHECK_INT(connected, 20);
}

// A check and its answer, and two round trips of DTLS, of 20 ms each: no datagram waits for a time-out.
static void handshake_at_once(void) {
    for (int active = 0; active < 2; active++) {
        struct sim sim;
        sim_init(&sim);
        sim.setup.role = active ? CW_DTLS_ACTIVE : CW_DTLS_PASSIVE;
        sim.browser.role = active ? CW_DTLS_PASSIVE : CW_DTLS_ACTIVE;
        sim_add_browser(&sim);
        sim_browser_start(&sim);
        sim_run(&sim, 100 * CW_MS);
        CHECK(sim.browser.secure);
        CHECK_INT(sim_events(&sim, SIM_BROWSER_LEG, CW_MEDIA_CONNECTED), 1);
        sim_fini(&sim);
    }
}

static void consent_expires(void) {
    struct sim sim;
    sim_init(&sim);
    sim_call(&sim, 2 * CW_SECOND);
    sim.browser.ice_on = false;
    sim.browser.audio.on = false;
    sim_run(&sim, 12 * CW_SECOND);
    CHECK_INT(sim_events(&sim, SIM_BROWSER_LEG, CW_MEDIA_DISCONNECTED), 1);
    CHECK_INT(sim_events(&sim, SIM_BROWSER_LEG, CW_MEDIA_FAILED), 0);
    sim_run(&sim, 25 * CW_SECOND);
    const struct cw_media_event *failed = sim_last_event(&sim, SIM_BROWSER_LEG, CW_MEDIA_FAILED);
    CHECK(failed && failed->reason == CW_MEDIA_REASON_CONSENT_EXPIRED);
    sim_fini(&sim);
}

static void resumes(void) {
    struct sim sim;
    sim_init(&sim);
    sim_call(&sim, 2 * CW_SECOND);
    sim.browser.ice_on = sim.browser.audio.on = false;
    sim_run(&sim, 12 * CW_SECOND);
    sim.browser.ice_on = sim.browser.audio.on = true;
    sim.browser.audio.next = sim.now;
    sim_run(&sim, 7 * CW_SECOND);
    CHECK_INT(sim_events(&sim, SIM_BROWSER_LEG, CW_MEDIA_DISCONNECTED), 1);
    CHECK_INT(sim_events(&sim, SIM_BROWSER_LEG, CW_MEDIA_RESUMED), 1);
    CHECK_INT(sim_events(&sim, SIM_BROWSER_LEG, CW_MEDIA_FAILED), 0);
    sim_fini(&sim);
}

static void never_connects(void) {
    struct sim sim;
    sim_init(&sim);
    sim_add_browser(&sim);
    sim_run(&sim, 40 * CW_SECOND);
    const struct cw_media_event *failed = sim_last_event(&sim, SIM_BROWSER_LEG, CW_MEDIA_FAILED);
    CHECK(failed && failed->reason == CW_MEDIA_REASON_ICE_TIMEOUT);
    sim_fini(&sim);
}

// Another network: the checks come from there, and media follows.
static void browser_moves(void) {
    struct sim sim;
    sim_init(&sim);
    sim_call(&sim, 2 * CW_SECOND);
    sim.browser.addr = sim_addr("203.0.113.77", 7777);
    sim_run(&sim, CW_SECOND);
    uint32_t unknown = (uint32_t)sim.worker.counters.drops[CW_MEDIA_DROP_UNKNOWN_SOURCE];
    CHECK(unknown > 0); // until its check has come
    cw_ice_client_start(&sim.browser.ice, sim.now);
    uint32_t before = sim.browser.heard.packets;
    sim_run(&sim, 2 * CW_SECOND);
    CHECK(sim.browser.heard.packets >= before + 95);
    CHECK_INT(sim.browser.heard.ssrc_changes, 0);
    CHECK(cw_addr_equal(&sim_stats(&sim, SIM_BROWSER_LEG)->remote, &sim.browser.addr));
    CHECK_INT(sim_events(&sim, SIM_BROWSER_LEG, CW_MEDIA_CONNECTED), 1);
    sim_fini(&sim);
}

static void ice_restart(void) {
    struct sim sim;
    sim_init(&sim);
    sim_call(&sim, 2 * CW_SECOND);
    uint32_t before = sim.phone.heard.packets;
    cw_ice_credentials_make(&sim.setup.local);
    strcpy(sim.setup.remote_ufrag, "anew");
    cw_worker_update_webrtc(&sim.worker, SIM_BROWSER_LEG, &sim.setup);
    cw_ice_client_init(&sim.browser.ice, "anew", sim.setup.local.ufrag, sim.setup.local.pwd, 8);
    cw_ice_client_start(&sim.browser.ice, sim.now);
    sim_run(&sim, 60 * CW_SECOND);
    CHECK(sim.phone.heard.packets >= before + 2990);
    CHECK_INT(sim_events(&sim, SIM_BROWSER_LEG, CW_MEDIA_FAILED), 0);
    CHECK_INT(sim_events(&sim, SIM_BROWSER_LEG, CW_MEDIA_DISCONNECTED), 0);
    sim_fini(&sim);
}

static void wrong_certificate(void) {
    struct sim sim;
    sim_init(&sim);
    sim.setup.fingerprints[0].value[5] ^= 1;
    sim_add_browser(&sim);
    sim_browser_start(&sim);
    sim_run(&sim, 2 * CW_SECOND);
    const struct cw_media_event *failed = sim_last_event(&sim, SIM_BROWSER_LEG, CW_MEDIA_FAILED);
    CHECK(failed && failed->reason == CW_MEDIA_REASON_FINGERPRINT_MISMATCH);
    CHECK_INT(sim_events(&sim, SIM_BROWSER_LEG, CW_MEDIA_CONNECTED), 0);
    sim_fini(&sim);
}

// We offered: checks come before the answer does, the association begins with it.
static void fingerprint_comes_later(void) {
    struct sim sim;
    sim_init(&sim);
    sim.setup.fingerprint_count = 0;
    sim.setup.remote_ufrag[0] = 0;
    sim_add_browser(&sim);
    sim_browser_start(&sim);
    sim_run(&sim, CW_SECOND);
    CHECK_INT(sim_events(&sim, SIM_BROWSER_LEG, CW_MEDIA_CONNECTING), 1);
    CHECK_INT(sim_events(&sim, SIM_BROWSER_LEG, CW_MEDIA_CONNECTED), 0);
    sim.setup.fingerprint_count = 1;
    strcpy(sim.setup.remote_ufrag, "brow");
    cw_worker_update_webrtc(&sim.worker, SIM_BROWSER_LEG, &sim.setup);
    sim_run(&sim, CW_SECOND);
    CHECK_INT(sim_events(&sim, SIM_BROWSER_LEG, CW_MEDIA_CONNECTED), 1);
    sim_fini(&sim);
}

// CVE-2023-49786: a ClientHello from an address that ICE has not validated does nothing.
static void dtls_of_a_stranger(void) {
    struct sim sim;
    struct cw_dtls *dtls;
    struct cw_dtls_fingerprint any = {.hash = CW_DTLS_SHA256};
    struct cw_addr stranger = sim_addr("203.0.113.66", 6666);
    uint8_t hello[CW_PACKET_SIZE];
    sim_init(&sim);
    sim.setup.role = CW_DTLS_PASSIVE;
    sim.browser.role = CW_DTLS_ACTIVE;
    sim_add_browser(&sim);
    REQUIRE(cw_dtls_new(&dtls, sim.browser.identity, CW_DTLS_ACTIVE, &any, 1) == 0);
    cw_dtls_start(dtls, sim.now);
    size_t len = cw_dtls_poll(dtls, hello, sizeof hello);
    sim_send(&sim, &stranger, &sim.worker.browsers[0].local, hello, len);
    sim_run(&sim, 100 * CW_MS);
    CHECK_INT(sim.worker.counters.drops[CW_MEDIA_DROP_UNKNOWN_SOURCE], 1);
    CHECK_INT(sim.worker.counters.packets_out, 0);
    sim_browser_start(&sim);
    sim_run(&sim, CW_SECOND);
    CHECK(sim.browser.secure);
    cw_dtls_free(dtls);
    sim_fini(&sim);
}

static void browser_closes(void) {
    struct sim sim;
    sim_init(&sim);
    sim_call(&sim, CW_SECOND);
    cw_dtls_close(sim.browser.dtls);
    sim_run(&sim, 100 * CW_MS);
    CHECK_INT(sim_events(&sim, SIM_BROWSER_LEG, CW_MEDIA_CLOSED), 1);
    sim_fini(&sim);
}

// ---------------------------------------------------------------- the phone's side

// The SDP's address is behind a NAT: media comes from elsewhere, and goes there.
static void latch_to_the_nat(void) {
    struct sim sim;
    sim_init(&sim);
    sim.rtp.remote_rtp = sim_addr("10.0.0.9", 6000);
    sim_call(&sim, 2 * CW_SECOND);
    CHECK(sim.phone.heard.packets >= 80);
    CHECK(sim.browser.heard.packets >= 95);
    CHECK(cw_addr_equal(&sim_stats(&sim, SIM_PHONE_LEG)->remote, &sim.phone.rtp));
    sim_run(&sim, 10 * CW_SECOND);
    CHECK(sim.socks[0]->connected && cw_addr_equal(&sim.socks[0]->remote, &sim.phone.rtp));
    sim_fini(&sim);
}

// RTP bleed, CVE-2025-53399: once locked a stranger neither is heard nor gets anything.
static void stranger_after_the_lock(void) {
    struct sim sim;
    struct cw_addr stranger = sim_addr("203.0.113.66", 6666);
    sim_init(&sim);
    sim_call(&sim, 2 * CW_SECOND);
    struct sim_source forged = sim.phone.audio;
    for (int i = 0; i < 100; i++) {
        sim_phone_send_rtp(&sim, &forged, &stranger, 0xee);
        sim_source_advance(&forged);
        sim_run(&sim, 20 * CW_MS);
    }
    CHECK_INT(sim.browser.heard.foreign, 0);
    CHECK_INT(sim.browser.heard.seq_jumps, 0);
    CHECK(cw_addr_equal(&sim_stats(&sim, SIM_PHONE_LEG)->remote, &sim.phone.rtp));
    sim_fini(&sim);
}

// The stranger is first, with fewer packets than it takes.
static void stranger_before_the_lock(void) {
    struct sim sim;
    struct cw_addr stranger = sim_addr("203.0.113.66", 6666);
    struct sim_source forged;
    sim_init(&sim);
    sim_add_browser(&sim);
    sim_add_phone(&sim);
    sim_source_begin(&forged, 0x6666, 1, 1, 96, sim.now);
    for (int i = 0; i < 2; i++) {
        sim_phone_send_rtp(&sim, &forged, &stranger, 0xee);
        sim_source_advance(&forged);
    }
    sim_run(&sim, 100 * CW_MS);
    sim_source_begin(&sim.phone.audio, 0x2222, 1, 1, 96, sim.now);
    sim_run(&sim, CW_SECOND);
    CHECK(cw_addr_equal(&sim_stats(&sim, SIM_PHONE_LEG)->remote, &sim.phone.rtp));
    CHECK(sim.socks[0]->connected);
    sim_fini(&sim);
}

// A re-INVITE moves the phone: the old address is left at once, media goes to the new one without a seam.
static void phone_moves(void) {
    struct sim sim;
    sim_init(&sim);
    sim_call(&sim, 2 * CW_SECOND);
    CHECK(sim.socks[0]->connected);
    sim.phone.rtp = sim_addr("198.51.100.8", 8000);
    sim.rtp.remote_rtp = sim.phone.rtp;
    cw_worker_update_rtp(&sim.worker, SIM_PHONE_LEG, &sim.rtp);
    uint32_t heard = sim.phone.heard.packets, sent = sim.browser.heard.packets;
    sim_run(&sim, 2 * CW_SECOND);
    CHECK(sim.phone.heard.packets >= heard + 98);
    CHECK(sim.browser.heard.packets >= sent + 97);
    CHECK_INT(sim.phone.heard.ssrc_changes + sim.phone.heard.seq_jumps, 0);
    CHECK(sim.socks[0]->connected && cw_addr_equal(&sim.socks[0]->remote, &sim.phone.rtp));
    sim_fini(&sim);
}

static void junk(void) {
    struct sim sim;
    uint8_t data[300];
    sim_init(&sim);
    sim_call(&sim, CW_SECOND);
    for (int i = 0; i < 2000; i++) {
        size_t len = sim_random(&sim) % sizeof data;
        for (size_t j = 0; j < len; j++) data[j] = (uint8_t)sim_random(&sim);
        if (len && i % 3) data[0] = (uint8_t)(i % 3 == 1 ? 0x80 | (data[0] & 0x3f) : 20 + data[0] % 5);
        struct cw_addr to = i & 1 ? sim.socks[0]->local : sim.worker.browsers[0].local;
        sim_send(&sim, i & 1 ? &sim.phone.rtp : &sim.browser.addr, &to, data, len);
        if (i % 50 == 0) sim_run(&sim, 20 * CW_MS);
    }
    sim_run(&sim, CW_SECOND);
    uint32_t before = sim.phone.heard.packets;
    sim_run(&sim, CW_SECOND);
    CHECK(sim.phone.heard.packets >= before + 49);
    CHECK_INT(sim.phone.heard.ssrc_changes, 0);
    sim_fini(&sim);
}

static const struct cw_test tests[] = {
    TEST(handshake_with_loss),
    TEST(handshake_at_once),
    TEST(consent_expires),
    TEST(resumes),
    TEST(never_connects),
    TEST(browser_moves),
    TEST(ice_restart),
    TEST(wrong_certificate),
    TEST(fingerprint_comes_later),
    TEST(dtls_of_a_stranger),
    TEST(browser_closes),
    TEST(latch_to_the_nat),
    TEST(stranger_after_the_lock),
    TEST(stranger_before_the_lock),
    TEST(phone_moves),
    TEST(junk),
};

TEST_MAIN(tests)
