// Sound of the gateway's own: silence for a phone that would hear nothing, tones, music on hold; always one stream.
#include "test.h"

#include "proto/audio_codec.h"
#include "sim/sim.h"
#include "unit/sound.h"

#define RATE 16000
#define FRAME (RATE / 50)

// What the phone has heard, decoded.
static struct {
    struct cw_decoder *decoder;
    int16_t pcm[20 * RATE];
    size_t samples;
} ear;

// The phone's RTP is plain: it is read on its way. Packets that the test's sources made are no Opus: not decoded.
static bool hear(struct sim *sim, const struct sim_packet *packet) {
    struct cw_rtp rtp;
    if (!cw_addr_equal(&packet->to, &sim->phone.rtp) || cw_rtp_parse(&rtp, packet->data, packet->len)) return false;
    size_t samples = cw_decoder_samples(ear.decoder, rtp.payload, rtp.payload_len);
    if (samples == FRAME && ear.samples + FRAME <= sizeof ear.pcm / sizeof *ear.pcm &&
        cw_decoder_decode(ear.decoder, rtp.payload, rtp.payload_len, ear.pcm + ear.samples) == 0)
        ear.samples += FRAME;
    return false;
}

static void begin(struct sim *sim) {
    sim_init(sim);
    sim->config.silence_after = 500 * CW_MS;
    sim->lose = hear;
    ear.samples = 0;
    if (cw_decoder_new(&ear.decoder, CW_CODEC_OPUS, RATE)) abort();
}

static void end(struct sim *sim) {
    cw_decoder_free(ear.decoder);
    sim_fini(sim);
}

// Each change of what is heard may shift the timestamps once, by what time has passed.
static void check_one_stream(const struct sim_sink *s, uint32_t changes) {
    CHECK_INT(s->ssrc_changes, 0);
    CHECK_INT(s->seq_jumps, 0);
    CHECK(s->timestamp_jumps <= changes);
}

// How far the phone's timestamps have come since it began to count, beside the time that has passed [ms].
struct progress {
    cw_time since;
    uint32_t timestamp;
};

static struct progress progress_from(const struct sim *sim) {
    return (struct progress){sim->now, sim->phone.heard.timestamp};
}

static void check_progress(const struct sim *sim, const struct progress *from) {
    int64_t heard_ms = (uint32_t)(sim->phone.heard.timestamp - from->timestamp) / 48;
    int64_t off = heard_ms - (sim->now - from->since) / CW_MS;
    CHECK(off > -60 && off < 60);
}

static void play(struct sim *sim, uint64_t leg, struct cw_media_play what) { cw_worker_play(&sim->worker, leg, &what); }

// The browser stops sending, and goes on later.
static void silence_is_filled(void) {
    struct sim sim;
    begin(&sim);
    sim_call(&sim, 2 * CW_SECOND);
    struct progress progress = progress_from(&sim);
    sim.browser.audio.on = false;
    sim_run(&sim, 100 * CW_MS); // what was on its way
    uint32_t before = sim.phone.heard.packets;
    ear.samples = 0;
    sim_run(&sim, 300 * CW_MS);
    CHECK_INT(sim.phone.heard.packets - before, 0);
    sim_run(&sim, 5 * CW_SECOND);
    uint32_t filled = sim.phone.heard.packets - before;
    CHECK(filled >= 240 && filled <= 252);
    CHECK_INT(ear.samples / FRAME, filled);
    CHECK(sound_rms(ear.pcm, ear.samples) < 10);
    sim_source_begin(&sim.browser.audio, 0x1111, 9000, 0x12345678, 111, sim.now);
    before = sim.phone.heard.packets;
    sim_run(&sim, 2 * CW_SECOND);
    CHECK(sim.phone.heard.packets - before >= 98 && sim.phone.heard.packets - before <= 101); // silence has ended
    CHECK_INT(sim.phone.heard.payload, 0xb0);
    check_one_stream(&sim.phone.heard, 2);
    check_progress(&sim, &progress);
    end(&sim);
}

// A browser that never sends: the phone hears silence from the start.
static void nothing_at_all_is_filled(void) {
    struct sim sim;
    begin(&sim);
    sim_add_browser(&sim);
    sim_add_phone(&sim);
    cw_worker_bridge(&sim.worker, SIM_BROWSER_LEG, SIM_PHONE_LEG);
    sim_run(&sim, 3 * CW_SECOND);
    CHECK(sim.phone.heard.packets >= 120 && sim.phone.heard.packets <= 126);
    check_one_stream(&sim.phone.heard, 0);
    end(&sim);
}

static void switched_off(void) {
    struct sim sim;
    begin(&sim);
    sim.config.silence_after = 0;
    sim_call(&sim, CW_SECOND);
    sim.browser.audio.on = false;
    sim_run(&sim, 100 * CW_MS);
    uint32_t before = sim.phone.heard.packets;
    sim_run(&sim, 5 * CW_SECOND);
    CHECK_INT(sim.phone.heard.packets, before);
    end(&sim);
}

// The tone covers the source, and its end uncovers it.
static void tone_instead_of_the_source(void) {
    struct sim sim;
    begin(&sim);
    sim_call(&sim, CW_SECOND);
    struct progress progress = progress_from(&sim);
    play(&sim, SIM_PHONE_LEG, (struct cw_media_play){.sound = CW_MEDIA_SOUND_TONE, .rhythm = *cw_tone_ringing("eu")});
    ear.samples = 0;
    uint32_t before = sim.phone.heard.packets;
    sim_run(&sim, CW_SECOND);
    CHECK(sim.phone.heard.packets - before >= 49 && sim.phone.heard.packets - before <= 52);
    CHECK_INT(sound_frequency(ear.pcm + RATE / 10, RATE / 2, RATE), 425);
    play(&sim, SIM_PHONE_LEG, (struct cw_media_play){.sound = CW_MEDIA_SOUND_NONE});
    sim_run(&sim, CW_SECOND);
    CHECK_INT(sim.phone.heard.payload, 0xb0);
    check_one_stream(&sim.phone.heard, 2);
    check_progress(&sim, &progress);
    end(&sim);
}

// Asked for before the browser is there: heard when it is.
static void tone_for_a_browser(void) {
    struct sim sim;
    begin(&sim);
    sim_add_browser(&sim);
    play(&sim, SIM_BROWSER_LEG, (struct cw_media_play){.sound = CW_MEDIA_SOUND_TONE, .rhythm = *cw_tone_ringing("us")});
    sim_run(&sim, CW_SECOND);
    CHECK_INT(sim.browser.heard.packets, 0);
    sim_browser_start(&sim);
    sim_run(&sim, 3 * CW_SECOND);
    CHECK(sim.browser.heard.packets >= 120);
    CHECK_INT(sim.browser.heard.pt, 111);
    check_one_stream(&sim.browser.heard, 0);
    end(&sim);
}

// On hold the phone hears what is played, and nothing of the browser.
static void sound_on_hold(void) {
    struct sim sim;
    begin(&sim);
    sim_call(&sim, CW_SECOND);
    struct progress progress = progress_from(&sim);
    cw_worker_set_flow(&sim.worker, SIM_PHONE_LEG, CW_MEDIA_HOLD);
    play(&sim, SIM_PHONE_LEG, (struct cw_media_play){.sound = CW_MEDIA_SOUND_SILENCE});
    sim_run(&sim, 100 * CW_MS);
    ear.samples = 0;
    uint32_t before = sim.phone.heard.packets;
    sim_run(&sim, 4 * CW_SECOND);
    CHECK_INT(ear.samples / FRAME, sim.phone.heard.packets - before);
    CHECK(ear.samples / FRAME >= 198);
    cw_worker_set_flow(&sim.worker, SIM_PHONE_LEG, 0);
    play(&sim, SIM_PHONE_LEG, (struct cw_media_play){.sound = CW_MEDIA_SOUND_NONE});
    sim_run(&sim, CW_SECOND);
    CHECK_INT(sim.phone.heard.payload, 0xb0);
    check_one_stream(&sim.phone.heard, 2);
    check_progress(&sim, &progress);
    end(&sim);
}

static const struct cw_test tests[] = {TEST(silence_is_filled),  TEST(nothing_at_all_is_filled),
                                       TEST(switched_off),       TEST(tone_instead_of_the_source),
                                       TEST(tone_for_a_browser), TEST(sound_on_hold)};

TEST_MAIN(tests)
