// A call between a browser and a phone over one worker: sound both ways, re-basing, hold, RTCP, SDES.
#include "test.h"

#include "proto/codec.h"
#include "sim/sim.h"

static void check_clean(const struct sim_sink *s) {
    CHECK_INT(s->ssrc_changes, 0);
    CHECK_INT(s->seq_jumps, 0);
    CHECK_INT(s->timestamp_jumps, 0);
    CHECK_INT(s->foreign, 0);
}

// Sequence and timestamp of both sources wrap in the meantime.
static void sound_both_ways(void) {
    struct sim sim;
    sim_init(&sim);
    sim_call(&sim, 20 * CW_SECOND);
    CHECK_INT(sim_events(&sim, SIM_BROWSER_LEG, CW_MEDIA_CONNECTING), 1);
    CHECK_INT(sim_events(&sim, SIM_BROWSER_LEG, CW_MEDIA_CONNECTED), 1);
    CHECK_INT(sim_events(&sim, SIM_BROWSER_LEG, CW_MEDIA_STARTED), 1);
    CHECK_INT(sim_events(&sim, SIM_PHONE_LEG, CW_MEDIA_STARTED), 1);
    CHECK(sim.phone.heard.packets >= 990);
    CHECK(sim.browser.heard.packets >= 990);
    CHECK_INT(sim.phone.heard.ssrc, 0xf0f0f0f0);
    CHECK_INT(sim.browser.heard.ssrc, 0xb0b0b0b0);
    CHECK_INT(sim.phone.heard.pt, 96);
    CHECK_INT(sim.browser.heard.pt, 111);
    CHECK_INT(sim.phone.heard.payload, 0xb0);
    CHECK_INT(sim.browser.heard.payload, 0xf0);
    check_clean(&sim.phone.heard);
    check_clean(&sim.browser.heard);
    sim_fini(&sim);
}

// The gateway as DTLS server, the browser begins.
static void passive_role(void) {
    struct sim sim;
    sim_init(&sim);
    sim.setup.role = CW_DTLS_PASSIVE;
    sim.browser.role = CW_DTLS_ACTIVE;
    sim_call(&sim, CW_SECOND);
    CHECK(sim.browser.secure);
    CHECK(sim.phone.heard.packets >= 45);
    sim_fini(&sim);
}

// A source that begins anew with another SSRC, sequence and timestamp is closed up.
static void source_restarts(void) {
    struct sim sim;
    sim_init(&sim);
    sim_call(&sim, 2 * CW_SECOND);
    uint32_t before = sim.browser.heard.packets;
    sim_source_begin(&sim.phone.audio, 0x3333, 7, 99, 96, sim.phone.audio.next);
    sim_run(&sim, 2 * CW_SECOND);
    CHECK(sim.browser.heard.packets >= before + 98);
    check_clean(&sim.browser.heard);
    // The same source jumps: one packet may be held for a stray.
    sim.phone.audio.seq = (uint16_t)(sim.phone.audio.seq + 20000);
    sim.phone.audio.timestamp += 12345678;
    before = sim.browser.heard.packets;
    sim_run(&sim, 2 * CW_SECOND);
    CHECK(sim.browser.heard.packets >= before + 97);
    CHECK_INT(sim.browser.heard.ssrc_changes, 0);
    CHECK_INT(sim.browser.heard.seq_jumps, 0);
    sim_fini(&sim);
}

// During a hold nothing is passed on; afterwards the sequence goes on and the timestamp has run with the time.
static void hold_and_resume(void) {
    struct sim sim;
    sim_init(&sim);
    sim_call(&sim, 2 * CW_SECOND);
    cw_worker_set_flow(&sim.worker, SIM_PHONE_LEG, CW_MEDIA_HOLD);
    sim_run(&sim, 100 * CW_MS);
    uint32_t phone = sim.phone.heard.packets, browser = sim.browser.heard.packets;
    uint16_t seq = sim.phone.heard.seq;
    uint32_t timestamp = sim.phone.heard.timestamp;
    sim_run(&sim, 30 * CW_SECOND);
    CHECK_INT(sim.phone.heard.packets, phone);
    CHECK_INT(sim.browser.heard.packets, browser);
    cw_worker_set_flow(&sim.worker, SIM_PHONE_LEG, 0);
    sim_run(&sim, 45 * CW_MS);
    CHECK(sim.phone.heard.packets > phone && sim.browser.heard.packets > browser);
    CHECK_INT((uint16_t)(sim.phone.heard.seq - seq), sim.phone.heard.packets - phone);
    uint32_t passed = sim.phone.heard.timestamp - timestamp;
    CHECK(passed > 29 * 48000 && passed < 32 * 48000);
    CHECK_INT(sim.phone.heard.ssrc_changes + sim.phone.heard.seq_jumps, 0);
    sim_fini(&sim);
}

static void mute_one_way(void) {
    struct sim sim;
    sim_init(&sim);
    sim_call(&sim, CW_SECOND);
    cw_worker_set_flow(&sim.worker, SIM_BROWSER_LEG, CW_MEDIA_MUTE_IN);
    sim_run(&sim, 100 * CW_MS);
    uint32_t phone = sim.phone.heard.packets, browser = sim.browser.heard.packets;
    sim_run(&sim, CW_SECOND);
    CHECK_INT(sim.phone.heard.packets, phone);
    CHECK(sim.browser.heard.packets >= browser + 49);
    sim_fini(&sim);
}

static void reports(void) {
    struct sim sim;
    sim_init(&sim);
    sim_call(&sim, 20 * CW_SECOND);
    // Each side gets reports of the gateway's own streams, about what it sent itself.
    CHECK(sim.browser.heard.reports >= 3 && sim.browser.heard.reports <= 9);
    CHECK(sim.phone.heard.reports >= 3 && sim.phone.heard.reports <= 9);
    CHECK(sim.browser.heard.has_block && sim.browser.heard.block.ssrc == 0x1111);
    CHECK(sim.phone.heard.has_block && sim.phone.heard.block.ssrc == 0x2222);
    CHECK_INT(sim.phone.heard.block.lost, 0);
    CHECK(sim.phone.heard.sender.packets > 100 && sim.phone.heard.sender.packets <= sim.phone.heard.packets + 1);
    // The sender report's time and timestamp belong together: within 50 ms of the newest packet's.
    int32_t ahead = (int32_t)(sim.phone.heard.sender.timestamp - sim.phone.heard.timestamp);
    CHECK(ahead < 48 * 50);
    CHECK(sim_stats(&sim, SIM_BROWSER_LEG)->streams[0].in.mos > 4);
    // A receiver reference time is answered.
    uint8_t data[256];
    struct cw_writer w;
    cw_writer_init(&w, data, sizeof data);
    struct cw_rtcp_block block = {.ssrc = 0xb0b0b0b0, .fraction = 25, .lost = 7, .jitter = 480};
    block.last_sr = cw_rtp_ntp_middle(sim.browser.heard.sender.ntp);
    cw_rtcp_write_rr(&w, 0x1111, &block, 1);
    cw_rtcp_write_cname(&w, 0x1111, "browser");
    cw_rtcp_write_rrtr(&w, 0x1111, 0x1122334455667788);
    sim_browser_send_rtcp(&sim, w.data, w.len);
    sim_run(&sim, 8 * CW_SECOND);
    CHECK_INT(sim.browser.heard.dlrrs, 1);
    const struct cw_media_stats *stats = sim_stats(&sim, SIM_BROWSER_LEG);
    CHECK_INT(stats->stream_count, 1);
    CHECK_INT(stats->streams[0].out.lost, 7);
    CHECK(stats->streams[0].out.rtt_ms > 0);
    CHECK(stats->streams[0].in.packets >= 1390);
    CHECK_INT(stats->streams[0].in.codec, CW_CODEC_OPUS);
    CHECK_INT(stats->streams[0].in.lost, 0);
    CHECK_STR(stats->srtp_profile, "AEAD_AES_128_GCM");
    CHECK_STR(stats->dtls_version, "DTLS 1.2");
    CHECK(cw_addr_equal(&stats->remote, &sim.browser.addr));
    sim_fini(&sim);
}

static void loss_is_seen(void) {
    struct sim sim;
    sim_init(&sim);
    sim_call(&sim, CW_SECOND);
    sim.loss_percent = 10;
    sim_run(&sim, 30 * CW_SECOND);
    const struct cw_media_stats *stats = sim_stats(&sim, SIM_PHONE_LEG);
    CHECK(stats->streams[0].in.lost > 80 && stats->streams[0].in.lost < 250);
    CHECK(sim.browser.heard.seq_jumps > 100); // it stays visible to the receiver
    CHECK_INT(sim.browser.heard.ssrc_changes, 0);
    sim_fini(&sim);
}

// What the phone did not negotiate is counted, and leaves no gap.
static void codec_of_one_side_only(void) {
    struct sim sim;
    sim_init(&sim);
    sim.config.transcode = false;
    sim_call(&sim, CW_SECOND);
    struct cw_media_stream stream = sim_audio_stream(true, 0xb0b0b0b0);
    stream.codecs[2] = stream.codecs[0];
    stream.codecs[2].codec = CW_CODEC_G722;
    stream.codecs[2].clock_hz = 8000;
    stream.codecs[2].pt_receive = stream.codecs[2].pt_send = 9;
    stream.codec_count = 3;
    cw_worker_set_streams(&sim.worker, SIM_BROWSER_LEG, &stream, 1);
    sim.browser.audio.pt = 9;
    sim_run(&sim, CW_SECOND);
    CHECK(sim_stats(&sim, SIM_PHONE_LEG)->drops[CW_MEDIA_DROP_NO_CODEC] >= 49);
    sim.browser.audio.pt = 13; // not even with its sender
    sim_run(&sim, CW_SECOND);
    CHECK(sim_stats(&sim, SIM_BROWSER_LEG)->drops[CW_MEDIA_DROP_PAYLOAD_TYPE] >= 49);
    sim.browser.audio.pt = 111;
    sim_run(&sim, CW_SECOND);
    CHECK_INT(sim.phone.heard.seq_jumps, 0);
    CHECK_INT(sim.phone.heard.payload, 0xb0);
    sim_fini(&sim);
}

static void sdes(void) {
    struct sim sim;
    sim_init(&sim);
    sim.rtp.profile = CW_SRTP_AES_CM_128_HMAC_SHA1_80;
    memset(sim.rtp.send_key.bytes, 0x11, 30);
    memset(sim.rtp.recv_key.bytes, 0x22, 30);
    sim.phone.secure = true;
    REQUIRE(cw_srtp_init(&sim.phone.in, sim.rtp.profile, &sim.rtp.send_key, CW_SRTP_INBOUND) == 0);
    REQUIRE(cw_srtp_init(&sim.phone.out, sim.rtp.profile, &sim.rtp.recv_key, CW_SRTP_OUTBOUND) == 0);
    sim_call(&sim, 10 * CW_SECOND);
    CHECK(sim.phone.heard.packets >= 490 && sim.browser.heard.packets >= 490);
    CHECK(sim.phone.heard.reports >= 1);
    check_clean(&sim.phone.heard);
    CHECK_STR(sim_stats(&sim, SIM_PHONE_LEG)->srtp_profile, "AES_CM_128_HMAC_SHA1_80");
    // A re-INVITE with the same keys changes nothing; the phone would take a restart for a replay.
    cw_worker_update_rtp(&sim.worker, SIM_PHONE_LEG, &sim.rtp);
    sim_run(&sim, CW_SECOND);
    check_clean(&sim.phone.heard);
    // What is not authenticated is dropped.
    sim.phone.secure = false;
    sim_phone_send_rtp(&sim, &sim.phone.audio, &sim.phone.rtp, 0xee);
    sim.phone.secure = true;
    sim_run(&sim, CW_SECOND);
    CHECK_INT(sim.browser.heard.foreign, 0);
    CHECK_INT(sim_stats(&sim, SIM_PHONE_LEG)->drops[CW_MEDIA_DROP_AUTH], 1);
    sim_fini(&sim);
}

static void goodbye(void) {
    struct sim sim;
    sim_init(&sim);
    sim_call(&sim, CW_SECOND);
    cw_worker_remove(&sim.worker, SIM_BROWSER_LEG);
    cw_worker_remove(&sim.worker, SIM_PHONE_LEG);
    CHECK_INT(sim_events(&sim, SIM_BROWSER_LEG, CW_MEDIA_REMOVED), 1);
    CHECK_INT(sim_events(&sim, SIM_PHONE_LEG, CW_MEDIA_REMOVED), 1);
    cw_worker_bridge(&sim.worker, SIM_BROWSER_LEG, SIM_PHONE_LEG); // a late command finds nobody
    sim_run(&sim, 100 * CW_MS);
    CHECK_INT(sim.browser.heard.byes, 1);
    CHECK_INT(sim.phone.heard.byes, 1);
    CHECK(sim.browser.closed);
    CHECK_INT(sim.worker.counters.legs, 0);
    sim_fini(&sim);
}

static void silence_of_the_phone(void) {
    struct sim sim;
    sim_init(&sim);
    sim_call(&sim, CW_SECOND);
    sim.phone.audio.on = false;
    sim_run(&sim, 59 * CW_SECOND);
    CHECK_INT(sim_events(&sim, SIM_PHONE_LEG, CW_MEDIA_RTP_TIMEOUT), 0);
    sim_run(&sim, 2 * CW_SECOND);
    CHECK_INT(sim_events(&sim, SIM_PHONE_LEG, CW_MEDIA_RTP_TIMEOUT), 1);
    sim_fini(&sim);
}

static void removed_in_any_order(void) {
    struct sim sim;
    sim_init(&sim);
    sim_call(&sim, CW_SECOND);
    cw_worker_unbridge(&sim.worker, SIM_PHONE_LEG);
    sim_run(&sim, CW_SECOND);
    CHECK(sim_stats(&sim, SIM_BROWSER_LEG)->drops[CW_MEDIA_DROP_NO_TARGET] >= 49);
    cw_worker_set_streams(&sim.worker, SIM_PHONE_LEG, NULL, 0);
    cw_worker_bridge(&sim.worker, SIM_PHONE_LEG, SIM_BROWSER_LEG);
    sim_run(&sim, CW_SECOND);
    cw_worker_remove(&sim.worker, SIM_PHONE_LEG);
    sim_run(&sim, 10 * CW_SECOND);
    sim_fini(&sim);
}

static const struct cw_test tests[] = {
    TEST(sound_both_ways), TEST(passive_role),           TEST(source_restarts),
    TEST(hold_and_resume), TEST(mute_one_way),           TEST(reports),
    TEST(loss_is_seen),    TEST(codec_of_one_side_only), TEST(sdes),
    TEST(goodbye),         TEST(silence_of_the_phone),   TEST(removed_in_any_order),
};

TEST_MAIN(tests)
