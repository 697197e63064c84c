// The echo plugin on a worker: sound, picture and messages come back to the browser that sent them.
#include "test.h"

#include "base/err.h"
#include "echo/options.h"
#include "proto/codec.h"
#include "proto/sctp.h"
#include "sim/sim.h"

extern const struct cw_plugin cw_plugin_entry;

#define VIDEO_SSRC 0x7777

// ---------------------------------------------------------------- the plugin's host

static struct sim *current; // the simulation that run_on_worker reaches

static int run_on_worker(const struct cw_host *host, cw_handle peer,
                         void (*fn)(void *peer, struct cw_media_peer *media, const void *data), const void *data,
                         size_t size) {
    (void)host;
    (void)size;
    cw_worker_run(&current->worker, peer, fn, data);
    return 0;
}

static void count(const struct cw_host *host, const char *name, uint64_t add) {
    (void)host;
    (void)name;
    (void)add;
}

static struct cw_host host = {.abi_major = CW_ABI_MAJOR, .run_on_worker = run_on_worker, .count = count};

static void *attach(struct sim *sim, const char *options) {
    struct cw_plugin_error error = {0};
    void *self, *peer;
    current = sim;
    host.media = cw_media_host();
    if (cw_plugin_entry.init(&host, &self, &error)) abort();
    if (cw_plugin_entry.app->attach(self, SIM_BROWSER_LEG, options, &peer, &error)) abort();
    cw_worker_attach_app(&sim->worker, SIM_BROWSER_LEG, &cw_plugin_entry.app->media, peer);
    return peer;
}

static void finish(struct sim *sim, void *peer) {
    cw_worker_remove(&sim->worker, SIM_BROWSER_LEG);
    cw_plugin_entry.app->detach(peer);
    sim_fini(sim);
}

static int patch(void *peer, const char *text) {
    struct cw_plugin_error error = {0};
    return cw_plugin_entry.app->set_options(peer, text, &error);
}

// ---------------------------------------------------------------- sound

static void sound(void) {
    struct sim sim;
    sim_init(&sim);
    sim_add_browser(&sim);
    void *peer = attach(&sim, NULL);
    sim_browser_start(&sim);
    sim_run(&sim, 500 * CW_MS);
    sim_source_begin(&sim.browser.audio, 0x1111, 65500, 0xfffff000, 111, sim.now);
    sim_run(&sim, 5 * CW_SECOND);
    CHECK(sim.browser.heard.packets >= 245);
    CHECK_INT(sim.browser.heard.ssrc, 0xb0b0b0b0);
    CHECK_INT(sim.browser.heard.seq_jumps + sim.browser.heard.timestamp_jumps, 0);
    CHECK_INT(patch(peer, "{\"audio\":false}"), 0);
    sim_run(&sim, 100 * CW_MS);
    uint32_t before = sim.browser.heard.packets;
    sim_run(&sim, CW_SECOND);
    CHECK_INT(sim.browser.heard.packets, before);
    CHECK_INT(patch(peer, "{\"audio\":true}"), 0);
    sim_run(&sim, CW_SECOND);
    CHECK(sim.browser.heard.packets >= before + 48);
    CHECK_INT(sim.browser.heard.ssrc_changes, 0);
    finish(&sim, peer);
}

// ---------------------------------------------------------------- picture

static struct cw_media_stream video_stream(void) {
    struct cw_media_stream s = sim_audio_stream(true, 0xcccccccc);
    s.kind = CW_MEDIA_VIDEO;
    s.rtcp_reduced = true;
    s.codec_count = 1;
    s.codecs[0].codec = CW_CODEC_VP8;
    s.codecs[0].clock_hz = 90000;
    s.codecs[0].pt_receive = s.codecs[0].pt_send = 96;
    s.codecs[0].rtx_receive = s.codecs[0].rtx_send = 97;
    s.codecs[0].feedback = CW_MEDIA_NACK | CW_MEDIA_PLI | CW_MEDIA_REMB | CW_MEDIA_TRANSPORT_CC;
    s.ssrcs[0] = (struct cw_media_remote_ssrc){VIDEO_SSRC, VIDEO_SSRC + 1};
    s.ssrc_count = 1;
    return s;
}

static void *begin_video(struct sim *sim) {
    struct cw_media_stream stream = video_stream();
    sim_init(sim);
    sim->browser.heard.step = 0;
    cw_worker_add_webrtc(&sim->worker, SIM_BROWSER_LEG, &sim->setup);
    cw_worker_set_streams(&sim->worker, SIM_BROWSER_LEG, &stream, 1);
    void *peer = attach(sim, NULL);
    sim_browser_start(sim);
    sim_run(sim, 500 * CW_MS);
    sim_source_begin(&sim->browser.audio, VIDEO_SSRC, 100, 5000, 96, sim->now);
    sim->browser.audio.step = 1800;
    return peer;
}

static void send_feedback(struct sim *sim, void (*write)(struct cw_writer *w)) {
    uint8_t data[128];
    struct cw_writer w;
    cw_writer_init(&w, data, sizeof data);
    write(&w);
    sim_browser_send_rtcp(sim, w.data, w.len);
}

static void write_pli(struct cw_writer *w) { cw_rtcp_write_pli(w, 1, 0xcccccccc); }

static void picture(void) {
    struct sim sim;
    void *peer = begin_video(&sim);
    sim_run(&sim, 2 * CW_SECOND);
    CHECK(sim.browser.heard.packets >= 95);
    CHECK_INT(sim.browser.heard.seq_jumps, 0);
    CHECK_INT(sim.browser.heard.plis, 1); // for the start
    // The receiver wants key frames: they are asked of the sender, one in 300 ms.
    for (int i = 0; i < 10; i++) {
        send_feedback(&sim, write_pli);
        sim_run(&sim, 20 * CW_MS);
    }
    sim_run(&sim, CW_SECOND);
    CHECK(sim.browser.heard.plis >= 2 && sim.browser.heard.plis <= 3);
    // On again: it needs one too.
    uint32_t plis = sim.browser.heard.plis;
    CHECK_INT(patch(peer, "{\"video\":false}"), 0);
    sim_run(&sim, CW_SECOND);
    uint32_t packets = sim.browser.heard.packets;
    sim_run(&sim, CW_SECOND);
    CHECK_INT(sim.browser.heard.packets, packets);
    CHECK_INT(patch(peer, "{\"video\":true,\"bitrate_bps\":300000}"), 0);
    sim_run(&sim, CW_SECOND);
    CHECK_INT(sim.browser.heard.plis, plis + 1);
    CHECK(sim.browser.heard.packets >= packets + 48);
    finish(&sim, peer);
}

static bool lose_one(struct sim *sim, const struct sim_packet *p) {
    if (sim->browser.audio.sent != 20 || p->data[0] >> 6 != 2 || (p->data[1] & 0x7f) != 96) return false;
    return cw_addr_equal(&p->from, &sim->browser.addr);
}

static uint16_t lost_seq;

// A lost packet is asked for, and its retransmission (RFC 4588) comes back in its place.
static void repair(void) {
    struct sim sim;
    void *peer = begin_video(&sim);
    sim.lose = lose_one;
    sim_run(&sim, 450 * CW_MS);
    CHECK(sim.browser.heard.nacks >= 1);
    lost_seq = 120;
    uint8_t data[CW_PACKET_SIZE];
    struct cw_writer w;
    struct cw_rtp_head head = {.ssrc = VIDEO_SSRC + 1, .timestamp = 5000 + 20 * 1800, .seq = 1, .pt = 97};
    uint8_t payload[12] = {(uint8_t)(lost_seq >> 8), (uint8_t)lost_seq, 0xaa};
    cw_writer_init(&w, data, sizeof data);
    REQUIRE(cw_rtp_write(&w, &head, NULL, NULL, payload, sizeof payload) == 0);
    size_t len = w.len;
    REQUIRE(cw_srtp_protect(&sim.browser.out, data, &len, sizeof data) == 0);
    sim.browser.audio.on = false;
    sim_run(&sim, 50 * CW_MS);
    uint32_t packets = sim.browser.heard.packets;
    uint16_t newest = sim.browser.heard.seq;
    sim_send(&sim, &sim.browser.addr, &sim.worker.browsers[0].local, data, len);
    sim_run(&sim, 50 * CW_MS);
    CHECK_INT(sim.browser.heard.packets, packets + 1);
    CHECK_INT(sim.browser.heard.payload, 0xaa);
    CHECK_INT(sim.browser.heard.pt, 96);
    CHECK((int16_t)(newest - sim.browser.heard.seq) > 0);
    finish(&sim, peer);
}

// ---------------------------------------------------------------- messages

static struct cw_mailbox worker_box, browser_box;
static struct cw_sctp *browser_sctp;
static struct cw_sctp_owner *browser_owner;
static bool browser_up;
static uint32_t messages, message_bytes;

static void pump(struct sim *sim) {
    struct cw_sctp_event event;
    uint8_t packet[CW_SCTP_MTU], datagram[CW_PACKET_SIZE];
    size_t len;
    while (browser_sctp && cw_sctp_event(browser_sctp, &event) == 0) {
        browser_up |= event.type == CW_SCTP_EVENT_UP;
        if (event.type != CW_SCTP_EVENT_MESSAGE) continue;
        messages++;
        message_bytes += (uint32_t)event.len;
    }
    while (browser_sctp && cw_sctp_poll(browser_sctp, packet, sizeof packet, &len) == 0)
        if (cw_dtls_send(sim->browser.dtls, packet, len)) break;
    while ((len = cw_dtls_poll(sim->browser.dtls, datagram, sizeof datagram)) > 0)
        sim_send(sim, &sim->browser.addr, &sim->worker.browsers[0].local, datagram, len);
}

static void on_ready(void *user) { pump(user); }

static void on_data(struct sim *sim, const uint8_t *data, size_t len) {
    if (browser_sctp) cw_sctp_input(browser_sctp, data, len);
    pump(sim);
}

static void on_step(struct sim *sim) {
    if (sim->now < sim->step_at) return;
    cw_sctp_tick(sim->now);
    cw_mailbox_drain(&worker_box, sim);
    cw_mailbox_drain(&browser_box, sim);
    pump(sim);
    sim->step_at = sim->now + CW_SCTP_TICK;
}

static void nothing(void *arg) { (void)arg; }

static void channels(void) {
    struct sim sim;
    struct cw_sctp_config config = {.dtls_client = false};
    struct cw_dcep_open open = {.label = "chat", .label_len = 4};
    static uint8_t large[100000];
    uint16_t id;
    REQUIRE(cw_sctp_global_init(nothing, NULL) == 0);
    cw_mailbox_init(&worker_box, NULL, NULL);
    cw_mailbox_init(&browser_box, NULL, NULL);
    sim_init_data(&sim, &worker_box);
    sim.setup.has_data = true;
    sim_add_browser(&sim);
    void *peer = attach(&sim, NULL);
    sim.on_step = on_step;
    sim.on_data = on_data;
    sim.step_at = sim.now;
    REQUIRE(cw_sctp_owner_new(&browser_owner, &browser_box, on_ready) == 0);
    sim_browser_start(&sim);
    REQUIRE(cw_sctp_new(&browser_sctp, browser_owner, &config, &sim) == 0);
    sim_run(&sim, 300 * CW_MS);
    cw_sctp_start(browser_sctp);
    pump(&sim);
    sim_run(&sim, 2 * CW_SECOND);
    CHECK(browser_up);
    REQUIRE(cw_sctp_open_channel(browser_sctp, &open, &id) == 0);
    CHECK_INT(cw_sctp_send(browser_sctp, id, true, "hello", 5), 0);
    CHECK_INT(cw_sctp_send(browser_sctp, id, false, large, sizeof large), 0);
    CHECK_INT(cw_sctp_send(browser_sctp, id, true, "", 0), 0);
    pump(&sim);
    sim_run(&sim, 4 * CW_SECOND);
    CHECK_INT(messages, 3);
    CHECK_INT(message_bytes, 5 + sizeof large);
    cw_sctp_free(browser_sctp);
    browser_sctp = NULL;
    finish(&sim, peer);
    cw_mailbox_drain(&worker_box, &sim);
    cw_mailbox_drain(&browser_box, &sim);
    cw_sctp_owner_free(browser_owner);
    for (int i = 0; i < 100; i++) cw_sctp_tick(SIM_START + (100 + i) * CW_SECOND);
    cw_mailbox_close(&worker_box);
    cw_mailbox_close(&browser_box);
    CHECK_INT(cw_sctp_global_fini(), 0);
}

// ---------------------------------------------------------------- options

static void options(void) {
    struct echo_options o = {.audio = true, .video = true};
    struct cw_plugin_error error = {0};
    char text[100];
    CHECK_INT(echo_options_patch(&o, "{\"video\":false,\"bitrate_bps\":256000}", &error), 0);
    CHECK_INT(echo_options_write(&o, text, sizeof text), 0);
    CHECK_STR(text, "{\"audio\":true,\"video\":false,\"bitrate_bps\":256000}");
    CHECK_INT(echo_options_write(&o, text, 20), CW_RESULT_INVALID);
    CHECK_INT(echo_options_patch(&o, "{\"audio\":false,\"a/b~\":1}", &error), CW_RESULT_INVALID);
    CHECK_STR(error.pointer, "/a~1b~0");
    CHECK_STR(error.code, "unknown_option");
    CHECK(o.audio); // all or nothing
    CHECK_INT(echo_options_patch(&o, "{\"audio\":1}", &error), CW_RESULT_INVALID);
    CHECK_STR(error.pointer, "/audio");
    CHECK_INT(echo_options_patch(&o, "{\"bitrate_bps\":-1}", &error), CW_RESULT_INVALID);
    CHECK_INT(echo_options_patch(&o, "{\"bitrate_bps\":1.5}", &error), CW_RESULT_INVALID);
    CHECK_INT(echo_options_patch(&o, "[]", &error), CW_RESULT_INVALID);
    CHECK_STR(error.pointer, "");
    CHECK_INT(echo_options_patch(&o, "{", &error), CW_RESULT_INVALID);
    CHECK_INT(error.status, 400);
}

static const struct cw_test tests[] = {
    TEST(sound), TEST(picture), TEST(repair), TEST(channels), TEST(options),
};

TEST_MAIN(tests)
