// Digits through a call: browser and phone press keys, each is told once and reaches the other side once.
#include "test.h"

#include "base/err.h"
#include "proto/audio_codec.h"
#include "proto/codec.h"
#include "proto/dtmf.h"
#include "proto/dtmf_tone.h"
#include "sim/sim.h"

// What one side hears: digits by the receiver, and that they come without a hole in the stream.
struct ear {
    struct cw_dtmf_receiver in;
    uint8_t event_pt;
    uint32_t clock_hz;
    char digits[128];
    unsigned durations[128];
    size_t count;
    unsigned events, audio, audio_inside, seq_jumps, backwards;
    bool started, inside;
    uint16_t seq;
    uint32_t audio_timestamp;
    struct cw_decoder *pcmu; // NULL: the sound is not judged
    struct cw_dtmf_detector *tones;
    unsigned loud_ms; // of sound
};

static struct ear browser_ear, phone_ear;

static void hear_events(struct ear *e, cw_time now) {
    struct cw_dtmf_event event;
    cw_dtmf_receiver_tick(&e->in, now);
    while (cw_dtmf_receiver_event(&e->in, &event)) {
        e->inside = event.type == CW_DTMF_BEGIN;
        if (event.type != CW_DTMF_END) continue;
        e->durations[e->count] = event.duration_ms;
        e->digits[e->count++] = event.digit;
    }
}

// Sound of PCMU: its tones are digits too.
static void hear_sound(struct ear *e, const struct cw_rtp *rtp) {
    struct cw_dtmf_event event;
    int16_t pcm[960];
    bool loud = false;
    size_t samples = cw_decoder_samples(e->pcmu, rtp->payload, rtp->payload_len);
    if (!samples || cw_decoder_decode(e->pcmu, rtp->payload, rtp->payload_len, pcm)) return;
    for (size_t i = 0; i < samples; i++) loud |= pcm[i] > 2000;
    if (loud) e->loud_ms += (unsigned)samples / 8;
    cw_dtmf_detector_input(e->tones, pcm, samples);
    while (cw_dtmf_detector_event(e->tones, &event)) {
        if (event.type != CW_DTMF_END) continue;
        e->durations[e->count] = event.duration_ms;
        e->digits[e->count++] = event.digit;
    }
}

static void on_rtp(struct sim *sim, bool browser, const uint8_t *data, size_t len) {
    struct ear *e = browser ? &browser_ear : &phone_ear;
    struct cw_rtp rtp;
    if (cw_rtp_parse(&rtp, data, len)) abort();
    e->seq_jumps += e->started && rtp.seq != (uint16_t)(e->seq + 1);
    e->seq = rtp.seq;
    e->started = true;
    if (rtp.pt == e->event_pt) {
        e->events++;
        cw_dtmf_receiver_input(&e->in, &rtp, e->clock_hz, sim->now);
    } else {
        e->audio++;
        e->audio_inside += e->inside;
        e->backwards += e->audio > 1 && (int32_t)(rtp.timestamp - e->audio_timestamp) <= 0;
        e->audio_timestamp = rtp.timestamp;
        if (e->pcmu) hear_sound(e, &rtp);
    }
    hear_events(e, sim->now);
}

static void ear_init(struct ear *e, uint8_t event_pt, uint32_t clock_hz) {
    *e = (struct ear){.event_pt = event_pt, .clock_hz = clock_hz};
    cw_dtmf_receiver_init(&e->in);
}

static void begin(struct sim *sim) {
    sim_init(sim);
    ear_init(&browser_ear, 110, 48000);
    ear_init(&phone_ear, 101, 48000);
    sim->on_rtp = on_rtp;
    sim_call(sim, CW_SECOND);
}

// Both sides with PCMU and telephone-event/8000.
static void narrow(struct sim *sim) {
    for (int side = 0; side < 2; side++) {
        struct cw_media_stream s = sim_audio_stream(side == 0, side == 0 ? 0xb0b0b0b0 : 0xf0f0f0f0);
        s.codecs[0].codec = CW_CODEC_PCMU;
        s.codecs[0].channels = 1;
        s.codecs[0].clock_hz = s.codecs[1].clock_hz = 8000;
        s.codecs[0].pt_receive = s.codecs[0].pt_send = 0;
        cw_worker_set_streams(&sim->worker, side == 0 ? SIM_BROWSER_LEG : SIM_PHONE_LEG, &s, 1);
    }
    ear_init(&browser_ear, 110, 8000);
    ear_init(&phone_ear, 101, 8000);
    sim->browser.audio.pt = sim->phone.audio.pt = 0;
    sim->browser.audio.step = sim->phone.audio.step = 160;
    sim_run(sim, 200 * CW_MS);
}

// The side's source sends a digit in place of sound: a packet each 20 ms, three ends.
static void press(struct sim *sim, bool browser, char digit, unsigned duration_ms, uint32_t clock_hz, bool end_only) {
    struct sim_source *s = browser ? &sim->browser.audio : &sim->phone.audio;
    struct sim_source before = *s;
    uint8_t payload[4];
    s->pt = browser ? 110 : 101;
    s->step = 0;
    s->payload = payload;
    s->payload_len = sizeof payload;
    unsigned updates = end_only ? 0 : (duration_ms - 1) / 20;
    for (unsigned i = 1; i <= updates + 3; i++) {
        bool end = i > updates;
        unsigned units = (end ? duration_ms : 20 * i) * (clock_hz / 1000);
        payload[0] = (uint8_t)cw_dtmf_code(digit);
        payload[1] = end ? 0x8a : 0x0a;
        payload[2] = (uint8_t)(units >> 8);
        payload[3] = (uint8_t)units;
        s->marker = i == 1;
        sim_run(sim, 20 * CW_MS);
    }
    s->pt = before.pt;
    s->step = before.step;
    s->payload = NULL;
    s->marker = false;
    s->timestamp = before.timestamp + before.step * (updates + 3);
}

static void digits_told(const struct sim *sim, uint64_t leg, const char *want, enum cw_media_dtmf_source source) {
    char got[64] = "";
    size_t n = 0;
    for (size_t i = 0; i < sim->event_count; i++) {
        const struct cw_media_event *e = &sim->events[i];
        if (e->type != CW_MEDIA_DTMF || e->leg != leg) continue;
        CHECK_INT(e->source, source);
        got[n++] = e->digit;
    }
    CHECK_STR(got, want);
}

static void check_ear(struct sim *sim, struct ear *e, const char *want, unsigned duration_ms) {
    sim_run(sim, 300 * CW_MS);
    hear_events(e, sim->now);
    CHECK_STR(e->digits, want);
    for (size_t i = 0; duration_ms && i < e->count; i++) {
        CHECK(e->durations[i] + 20 >= duration_ms && e->durations[i] <= duration_ms + 20);
    }
    CHECK_INT(e->seq_jumps, 0);
    CHECK_INT(e->audio_inside, 0);
    CHECK_INT(e->backwards, 0);
}

static void browser_presses(bool is_narrow) {
    struct sim sim;
    begin(&sim);
    if (is_narrow) narrow(&sim);
    uint32_t clock = is_narrow ? 8000 : 48000;
    press(&sim, true, '1', 500, clock, false);
    sim_run(&sim, 70 * CW_MS);
    press(&sim, true, '#', 100, clock, false);
    sim_run(&sim, 30 * CW_MS);
    press(&sim, true, '#', 100, clock, false);
    check_ear(&sim, &phone_ear, "1##", 0);
    CHECK(phone_ear.durations[0] >= 480 && phone_ear.durations[0] <= 520);
    CHECK(phone_ear.durations[1] >= 80 && phone_ear.durations[1] <= 120);
    digits_told(&sim, SIM_BROWSER_LEG, "1##", CW_MEDIA_DTMF_RFC4733);
    digits_told(&sim, SIM_PHONE_LEG, "", CW_MEDIA_DTMF_RFC4733);
    CHECK_INT(sim_last_event(&sim, SIM_BROWSER_LEG, CW_MEDIA_DTMF)->duration_ms, 100);
    uint32_t audio = phone_ear.audio;
    sim_run(&sim, CW_SECOND);
    CHECK(phone_ear.audio >= audio + 49);
    sim_fini(&sim);
}

static void browser_presses_wide(void) { browser_presses(false); }
static void browser_presses_narrow(void) { browser_presses(true); }

static void phone_presses(void) {
    struct sim sim;
    begin(&sim);
    press(&sim, false, '7', 200, 48000, false);
    press(&sim, false, 'D', 300, 48000, true); // end only: played out
    sim_run(&sim, CW_SECOND);
    check_ear(&sim, &browser_ear, "7D", 0);
    CHECK_INT(browser_ear.durations[0], 200);
    CHECK_INT(browser_ear.durations[1], 300);
    digits_told(&sim, SIM_PHONE_LEG, "7D", CW_MEDIA_DTMF_RFC4733);
    CHECK_INT(phone_ear.events, 0);
    sim_fini(&sim);
}

// Chrome mutes its track, the gateway mutes its leg: the keys work.
static void muted_presses(void) {
    struct sim sim;
    begin(&sim);
    cw_worker_set_flow(&sim.worker, SIM_BROWSER_LEG, CW_MEDIA_MUTE_IN);
    press(&sim, true, '3', 100, 48000, false);
    check_ear(&sim, &phone_ear, "3", 100);
    digits_told(&sim, SIM_BROWSER_LEG, "3", CW_MEDIA_DTMF_RFC4733);
    sim_fini(&sim);
}

static void send_digits(struct sim *sim, uint64_t leg, const char *digits, enum cw_dtmf_mode method) {
    struct cw_media_dtmf_send s = {.method = (uint8_t)method, .duration_ms = 100, .gap_ms = 70};
    strcpy(s.digits, digits);
    cw_worker_send_dtmf(&sim->worker, leg, &s);
}

static void application_sends(void) {
    struct sim sim;
    begin(&sim);
    send_digits(&sim, SIM_PHONE_LEG, "12", CW_DTMF_AUTO);
    send_digits(&sim, SIM_PHONE_LEG, "3", CW_DTMF_RFC4733);
    sim_run(&sim, CW_SECOND);
    check_ear(&sim, &phone_ear, "123", 100);
    digits_told(&sim, SIM_PHONE_LEG, "123", CW_MEDIA_DTMF_API);
    send_digits(&sim, SIM_PHONE_LEG, "4567", CW_DTMF_AUTO);
    sim_run(&sim, 250 * CW_MS);
    send_digits(&sim, SIM_PHONE_LEG, "", CW_DTMF_AUTO); // abort
    sim_run(&sim, CW_SECOND);
    check_ear(&sim, &phone_ear, "12345", 0);
    digits_told(&sim, SIM_PHONE_LEG, "12345", CW_MEDIA_DTMF_API);
    send_digits(&sim, 99, "1", CW_DTMF_AUTO); // nobody
    sim_fini(&sim);
}

// A far side that takes INFO: its digits are control's to send, with the length that they had.
static void info_peer(void) {
    struct sim sim;
    begin(&sim);
    struct cw_media_dtmf_setup setup = {.method = CW_DTMF_INFO};
    cw_worker_set_dtmf(&sim.worker, SIM_PHONE_LEG, &setup);
    press(&sim, true, '5', 300, 48000, false);
    sim_run(&sim, 200 * CW_MS);
    CHECK_INT(sim_events(&sim, SIM_PHONE_LEG, CW_MEDIA_SEND_INFO), 1);
    const struct cw_media_event *e = sim_last_event(&sim, SIM_PHONE_LEG, CW_MEDIA_SEND_INFO);
    REQUIRE(e);
    CHECK(e->digit == '5' && e->duration_ms == 300);
    send_digits(&sim, SIM_PHONE_LEG, "78", CW_DTMF_AUTO);
    sim_run(&sim, CW_SECOND);
    CHECK_INT(sim_events(&sim, SIM_PHONE_LEG, CW_MEDIA_SEND_INFO), 3);
    digits_told(&sim, SIM_PHONE_LEG, "78", CW_MEDIA_DTMF_API);
    CHECK_INT(phone_ear.events, 0);
    sim_fini(&sim);
}

static void heard(struct sim *sim, char digit) {
    struct cw_media_dtmf_heard h = {digit, CW_MEDIA_DTMF_INFO, 160};
    cw_worker_dtmf_received(&sim->worker, SIM_PHONE_LEG, &h);
}

// INFO alone, INFO after the packets, INFO before them: one press each.
static void info_and_packets(void) {
    struct sim sim;
    begin(&sim);
    heard(&sim, '1');
    sim_run(&sim, 3 * CW_SECOND);
    digits_told(&sim, SIM_PHONE_LEG, "1", CW_MEDIA_DTMF_INFO);
    check_ear(&sim, &browser_ear, "1", 160);
    sim.event_count = 0;
    for (int i = 0; i < 2; i++) {
        press(&sim, false, '2', 100, 48000, false);
        heard(&sim, '2');
    }
    digits_told(&sim, SIM_PHONE_LEG, "22", CW_MEDIA_DTMF_RFC4733);
    sim_run(&sim, 3 * CW_SECOND);
    sim.event_count = 0;
    heard(&sim, '3');
    press(&sim, false, '3', 100, 48000, false);
    digits_told(&sim, SIM_PHONE_LEG, "3", CW_MEDIA_DTMF_INFO);
    sim_run(&sim, CW_SECOND);
    check_ear(&sim, &browser_ear, "1223", 0);
    sim_fini(&sim);
}

// The call is taken apart while a key is down: the digit ends at the other side.
static void bridge_ends(void) {
    struct sim sim;
    begin(&sim);
    struct sim_source *s = &sim.browser.audio;
    static const uint8_t payload[4] = {9, 10, 3, 0xc0};
    s->pt = 110;
    s->step = 0;
    s->payload = payload;
    s->payload_len = 4;
    sim_run(&sim, 100 * CW_MS);
    cw_worker_unbridge(&sim.worker, SIM_BROWSER_LEG);
    sim_run(&sim, 2 * CW_SECOND);
    CHECK_STR(phone_ear.digits, "9");
    unsigned events = phone_ear.events;
    sim_run(&sim, CW_SECOND);
    CHECK_INT(phone_ear.events, events);
    cw_worker_remove(&sim.worker, SIM_BROWSER_LEG);
    sim_fini(&sim);
}

// Without telephone-event at the far side the digit is told and goes nowhere, and leaves no hole.
static void no_events_there(void) {
    struct sim sim;
    begin(&sim);
    struct cw_media_stream stream = sim_audio_stream(false, 0xf0f0f0f0);
    stream.codec_count = 1;
    cw_worker_set_streams(&sim.worker, SIM_PHONE_LEG, &stream, 1);
    press(&sim, true, '6', 100, 48000, false);
    check_ear(&sim, &phone_ear, "", 0);
    digits_told(&sim, SIM_BROWSER_LEG, "6", CW_MEDIA_DTMF_RFC4733);
    sim_fini(&sim);
}

static void with_loss(void) {
    struct sim sim;
    begin(&sim);
    sim.loss_percent = 10;
    char want[32] = "";
    for (int i = 0; i < 30; i++) {
        want[i] = "0123456789*#ABCD"[i % 16];
        press(&sim, true, want[i], 100, 48000, false);
        sim_run(&sim, 100 * CW_MS);
    }
    sim.loss_percent = 0;
    sim_run(&sim, CW_SECOND);
    CHECK_STR(phone_ear.digits, want);
    digits_told(&sim, SIM_BROWSER_LEG, want, CW_MEDIA_DTMF_RFC4733);
    sim_fini(&sim);
}

// ---------------------------------------------------------------- tones

static void judge_sound(struct ear *e) {
    if (cw_decoder_new(&e->pcmu, CW_CODEC_PCMU, 8000) || cw_dtmf_detector_new(&e->tones)) abort();
}

static void stop_judging(struct ear *e) {
    cw_decoder_free(e->pcmu);
    cw_dtmf_detector_free(e->tones);
    e->pcmu = NULL;
}

// The phone's line carries the digit as sound; then some silence.
static void press_tone(struct sim *sim, char digit, unsigned ms) {
    struct sim_source *s = &sim->phone.audio;
    struct cw_dtmf_oscillator tone = {0};
    struct cw_encoder *encoder;
    if (cw_encoder_new(&encoder, CW_CODEC_PCMU, 8000)) abort();
    for (unsigned gone = 0; gone < ms + 100; gone += 20) {
        uint8_t payload[CW_AUDIO_PAYLOAD_MAX];
        int16_t pcm[160];
        cw_dtmf_tone_make(&tone, digit, ms * 8, pcm, 160);
        if (cw_encoder_encode(encoder, pcm, 160, payload, &s->payload_len)) abort();
        s->payload = payload;
        sim_run(sim, 20 * CW_MS);
    }
    s->payload = NULL;
    cw_encoder_free(encoder);
}

static void detect(struct sim *sim, enum cw_dtmf_mode method) {
    struct cw_media_dtmf_setup setup = {.method = (uint8_t)method, .detect_inband = true};
    cw_worker_set_dtmf(&sim->worker, SIM_PHONE_LEG, &setup);
}

// A tone of the phone is a digit; of its sound less than 40 ms get through, and the rest of the line does.
static void tones_become_events(void) {
    struct sim sim;
    begin(&sim);
    narrow(&sim);
    detect(&sim, CW_DTMF_RFC4733);
    judge_sound(&browser_ear);
    press_tone(&sim, '8', 200);
    press_tone(&sim, '8', 60);
    press_tone(&sim, 'D', 500);
    check_ear(&sim, &browser_ear, "88D", 0);
    static const unsigned ms[] = {200, 60, 500};
    for (int i = 0; i < 3; i++) CHECK(browser_ear.durations[i] + 20 >= ms[i] && browser_ear.durations[i] <= ms[i] + 20);
    CHECK(browser_ear.loud_ms <= 3 * 40);
    digits_told(&sim, SIM_PHONE_LEG, "88D", CW_MEDIA_DTMF_INBAND);
    uint32_t audio = browser_ear.audio;
    sim_run(&sim, CW_SECOND);
    CHECK(browser_ear.audio >= audio + 49);
    stop_judging(&browser_ear);
    sim_fini(&sim);
}

// The other side has no telephone-event: the tone is silenced all the same.
static void tones_are_silenced(void) {
    struct sim sim;
    begin(&sim);
    narrow(&sim);
    detect(&sim, CW_DTMF_RFC4733);
    struct cw_media_stream s = sim_audio_stream(true, 0xb0b0b0b0);
    s.codecs[0].codec = CW_CODEC_PCMU;
    s.codecs[0].channels = 1;
    s.codecs[0].clock_hz = 8000;
    s.codecs[0].pt_receive = s.codecs[0].pt_send = 0;
    s.codec_count = 1;
    cw_worker_set_streams(&sim.worker, SIM_BROWSER_LEG, &s, 1);
    judge_sound(&browser_ear);
    unsigned before = browser_ear.audio;
    press_tone(&sim, '4', 300);
    CHECK(browser_ear.loud_ms > 0 && browser_ear.loud_ms <= 40);
    CHECK(browser_ear.audio >= before + 19); // and no packet is missing
    CHECK_INT(browser_ear.seq_jumps, 0);
    digits_told(&sim, SIM_PHONE_LEG, "4", CW_MEDIA_DTMF_INBAND);
    stop_judging(&browser_ear);
    sim_fini(&sim);
}

// A phone that sends its keys as packets, by INFO and as tones at once.
static void three_ways_at_once(void) {
    struct sim sim;
    begin(&sim);
    narrow(&sim);
    detect(&sim, CW_DTMF_RFC4733);
    for (int i = 0; i < 2; i++) {
        press_tone(&sim, '6', 60); // what leaks before the packets
        press(&sim, false, '6', 160, 8000, false);
        heard(&sim, '6');
        sim_run(&sim, 100 * CW_MS);
    }
    digits_told(&sim, SIM_PHONE_LEG, "66", CW_MEDIA_DTMF_INBAND);
    sim_run(&sim, 3 * CW_SECOND);
    check_ear(&sim, &browser_ear, "66", 0);
    sim_fini(&sim);
}

// Digits for a phone that takes tones: of the application and of the browser's keys.
static void tones_are_made(void) {
    struct sim sim;
    begin(&sim);
    narrow(&sim);
    detect(&sim, CW_DTMF_INBAND);
    judge_sound(&phone_ear);
    send_digits(&sim, SIM_PHONE_LEG, "1#", CW_DTMF_AUTO);
    sim_run(&sim, CW_SECOND);
    press(&sim, true, '9', 300, 8000, false);
    sim_run(&sim, CW_SECOND);
    CHECK_STR(phone_ear.digits, "1#9");
    CHECK(phone_ear.durations[0] >= 80 && phone_ear.durations[0] <= 120);
    CHECK(phone_ear.durations[2] >= 280 && phone_ear.durations[2] <= 320);
    CHECK_INT(phone_ear.events, 0);
    CHECK_INT(phone_ear.seq_jumps, 0);
    CHECK_INT(phone_ear.backwards, 0);
    digits_told(&sim, SIM_BROWSER_LEG, "9", CW_MEDIA_DTMF_RFC4733);
    stop_judging(&phone_ear);
    sim_fini(&sim);
}

static const struct cw_test tests[] = {
    TEST(browser_presses_wide), TEST(browser_presses_narrow),
    TEST(phone_presses),        TEST(muted_presses),
    TEST(application_sends),    TEST(info_peer),
    TEST(info_and_packets),     TEST(bridge_ends),
    TEST(no_events_there),      TEST(with_loss),
    TEST(tones_become_events),  TEST(tones_are_silenced),
    TEST(three_ways_at_once),   TEST(tones_are_made),
};

TEST_MAIN(tests)
