// Calls whose two sides have no codec in common: tones both ways through the worker, listened to as they arrive.
#include "test.h"

#include <math.h>

#include "proto/audio_codec.h"
#include "sim/sim.h"
#include "unit/sound.h"

#define AMPLITUDE 8000
#define SECONDS_MAX 100

// One end's voice and ear: what it sends is a tone, what it hears is kept.
struct end {
    struct cw_encoder *encoder;
    struct cw_decoder *decoder;
    uint32_t rate;
    unsigned ptime;
    double hz;
    uint64_t position;
    bool quiet;
    int16_t *heard;
    size_t count;
    uint32_t timestamp, clock_hz;
    uint8_t pt;           // what is of another codec is not listened to
    unsigned ptime_heard; // [ms]
};

struct talk {
    struct sim sim;
    struct end browser, phone;
};

static uint32_t rate_of(uint8_t codec) {
    return codec == CW_CODEC_OPUS ? 48000 : codec == CW_CODEC_G722 ? 16000 : 8000;
}
static uint32_t clock_of(uint8_t codec) { return codec == CW_CODEC_OPUS ? 48000 : 8000; }

static size_t speak(void *arg, uint8_t *payload) {
    struct end *e = arg;
    int16_t pcm[48 * 60];
    size_t samples = e->rate / 1000 * e->ptime, len;
    sound_tone(pcm, samples, e->position, e->hz, AMPLITUDE, e->rate);
    e->position += samples;
    if (cw_encoder_encode(e->encoder, pcm, samples, payload, &len)) abort();
    return e->quiet ? 0 : len;
}

static void hear(void *arg, const struct cw_rtp *rtp) {
    struct end *e = arg;
    if (rtp->pt != e->pt) return;
    size_t samples = cw_decoder_samples(e->decoder, rtp->payload, rtp->payload_len);
    if (!samples || e->count + samples > e->rate * SECONDS_MAX) abort();
    if (cw_decoder_decode(e->decoder, rtp->payload, rtp->payload_len, e->heard + e->count)) abort();
    e->count += samples;
    e->ptime_heard = (unsigned)(samples * 1000 / e->rate);
}

static void set_codec(struct end *e, uint8_t codec, unsigned ptime) {
    cw_encoder_free(e->encoder);
    cw_decoder_free(e->decoder);
    e->rate = rate_of(codec);
    e->clock_hz = clock_of(codec);
    e->ptime = ptime;
    e->encoder = NULL;
    e->decoder = NULL;
    if (cw_encoder_new(&e->encoder, codec, e->rate) || cw_decoder_new(&e->decoder, codec, e->rate)) abort();
    if (!e->heard) e->heard = calloc(48000 * SECONDS_MAX, sizeof *e->heard);
    if (!e->heard) abort();
}

static struct cw_media_stream stream_of(bool browser, uint8_t codec, unsigned ptime) {
    struct cw_media_stream s = sim_audio_stream(browser, browser ? 0xb0b0b0b0 : 0xf0f0f0f0);
    s.codecs[0].codec = codec;
    s.codecs[0].clock_hz = clock_of(codec);
    s.codecs[0].channels = codec == CW_CODEC_OPUS ? 2 : 1;
    s.codecs[0].fec = codec == CW_CODEC_OPUS;
    if (codec != CW_CODEC_OPUS)
        s.codecs[0].pt_receive = s.codecs[0].pt_send = codec == CW_CODEC_PCMU ? 0 : codec == CW_CODEC_PCMA ? 8 : 9;
    s.codec_count = 1;
    s.ptime_ms = (uint16_t)ptime;
    return s;
}

static void begin_source(struct talk *t, bool browser, uint8_t codec, unsigned ptime, cw_time at) {
    struct end *e = browser ? &t->browser : &t->phone;
    struct sim_source *s = browser ? &t->sim.browser.audio : &t->sim.phone.audio;
    struct sim_sink *sink = browser ? &t->sim.browser.heard : &t->sim.phone.heard;
    struct cw_media_stream stream = stream_of(browser, codec, ptime);
    sim_source_begin(s, browser ? 0x1111 : 0x2222, 65500, 0xfffff000, stream.codecs[0].pt_receive, at);
    s->period = ptime * CW_MS;
    s->step = clock_of(codec) / 1000 * ptime;
    s->fill = speak;
    s->arg = e;
    e->pt = stream.codecs[0].pt_send;
    sink->hear = hear;
    sink->arg = e;
    sink->step = clock_of(codec) / 1000 * ptime;
}

static struct talk *talk_open(uint8_t browser, unsigned browser_ptime, uint8_t phone, unsigned phone_ptime) {
    struct talk *t = calloc(1, sizeof *t);
    if (!t) abort();
    sim_init(&t->sim);
    set_codec(&t->browser, browser, browser_ptime);
    set_codec(&t->phone, phone, phone_ptime);
    t->browser.hz = 440;
    t->phone.hz = 700;
    sim_add_browser(&t->sim);
    sim_add_phone(&t->sim);
    struct cw_media_stream b = stream_of(true, browser, browser_ptime), p = stream_of(false, phone, phone_ptime);
    cw_worker_set_streams(&t->sim.worker, SIM_BROWSER_LEG, &b, 1);
    cw_worker_set_streams(&t->sim.worker, SIM_PHONE_LEG, &p, 1);
    cw_worker_bridge(&t->sim.worker, SIM_BROWSER_LEG, SIM_PHONE_LEG);
    sim_browser_start(&t->sim);
    sim_run(&t->sim, 500 * CW_MS);
    begin_source(t, true, browser, browser_ptime, t->sim.now);
    begin_source(t, false, phone, phone_ptime, t->sim.now + 3 * CW_MS);
    return t;
}

static void talk_close(struct talk *t) {
    sim_fini(&t->sim);
    struct end *ends[] = {&t->browser, &t->phone};
    for (int i = 0; i < 2; i++) {
        cw_encoder_free(ends[i]->encoder);
        cw_decoder_free(ends[i]->decoder);
        free(ends[i]->heard);
    }
    free(t);
}

// A second after its start the tone of the other end is there: pitch, level, and no step larger than its own.
static void check_heard(const struct end *e, double hz, double clicks) {
    REQUIRE(e->count > 2 * e->rate);
    const int16_t *pcm = e->heard + e->rate;
    size_t count = e->count - e->rate;
    CHECK(fabs(sound_frequency(e->heard + e->count - e->rate / 2, e->rate / 2, e->rate) - hz) <= 10);
    double level = sound_rms(pcm, count) / (AMPLITUDE / sqrt(2));
    if (level <= 0.9 || level >= 1.1) printf("# level %.3f\n", level);
    CHECK(level > 0.9 && level < 1.1);
    int natural = (int)(AMPLITUDE * 2 * SOUND_PI * hz / e->rate);
    int step = sound_step(pcm, count);
    if (step > natural * clicks + 600) printf("# step %d of %d\n", step, natural);
    CHECK(step <= natural * clicks + 600);
}

static void check_sequence(const struct sim_sink *s) {
    CHECK_INT(s->ssrc_changes, 0);
    CHECK_INT(s->seq_jumps, 0);
    CHECK_INT(s->timestamp_jumps, 0);
}

static uint32_t transcoded(struct talk *t) { return atomic_load(&t->sim.worker.counters.transcoded); }

static const uint8_t phones[] = {CW_CODEC_PCMU, CW_CODEC_PCMA, CW_CODEC_G722};

static void each_codec(void) {
    for (size_t i = 0; i < sizeof phones; i++) {
        struct talk *t = talk_open(CW_CODEC_OPUS, 20, phones[i], 20);
        sim_run(&t->sim, 5 * CW_SECOND);
        check_heard(&t->phone, 440, 1.4);
        check_heard(&t->browser, 700, 1.4);
        check_sequence(&t->sim.phone.heard);
        check_sequence(&t->sim.browser.heard);
        CHECK_INT(transcoded(t), 2);
        CHECK_INT(atomic_load(&t->sim.worker.counters.concealed_us), 0);
        const struct cw_media_direction_stats *in = &sim_stats(&t->sim, SIM_BROWSER_LEG)->streams[0].in;
        CHECK(in->transcoded && in->jitter_buffer_ms > 0 && in->jitter_buffer_ms < 25);
        cw_worker_unbridge(&t->sim.worker, SIM_BROWSER_LEG);
        CHECK_INT(transcoded(t), 0);
        CHECK_INT(atomic_load(&t->sim.worker.counters.jitter_delay_us), 0);
        talk_close(t);
    }
}

static void phone_codecs_among_themselves(void) {
    static const uint8_t pairs[][2] = {
        {CW_CODEC_PCMU, CW_CODEC_PCMA}, {CW_CODEC_PCMA, CW_CODEC_G722}, {CW_CODEC_G722, CW_CODEC_PCMU}};
    for (size_t i = 0; i < 3; i++) {
        struct talk *t = talk_open(pairs[i][0], 20, pairs[i][1], 20);
        sim_run(&t->sim, 4 * CW_SECOND);
        check_heard(&t->phone, 440, 1.4);
        check_heard(&t->browser, 700, 1.4);
        talk_close(t);
    }
}

static void packet_lengths(void) {
    static const unsigned browsers[] = {10, 20, 40, 60};
    for (size_t i = 0; i < 4; i++) {
        for (unsigned phone = 10; phone <= 60; phone += 10) {
            struct talk *t = talk_open(CW_CODEC_OPUS, browsers[i], CW_CODEC_PCMU, phone);
            sim_run(&t->sim, 4 * CW_SECOND);
            CHECK_INT(t->phone.ptime_heard, phone);
            CHECK_INT(t->browser.ptime_heard, browsers[i]);
            check_heard(&t->phone, 440, 1.5);
            check_heard(&t->browser, 700, 1.5);
            check_sequence(&t->sim.phone.heard);
            check_sequence(&t->sim.browser.heard);
            talk_close(t);
        }
    }
}

// Loss, jitter and reordering on both ways at once: no click, and what is sent goes on evenly.
static void bad_network(void) {
    for (size_t i = 0; i < sizeof phones; i++) {
        struct talk *t = talk_open(CW_CODEC_OPUS, 20, phones[i], 20);
        sim_run(&t->sim, CW_SECOND);
        t->sim.jitter = 50 * CW_MS;
        t->sim.loss_percent = 3;
        uint32_t sent = t->sim.phone.audio.sent;
        sim_run(&t->sim, 20 * CW_SECOND);
        CHECK(t->sim.phone.audio.sent - sent >= 999);
        // What arrives at either end had loss and jitter on its second way too: only the sum is looked at.
        CHECK(t->phone.count > 19 * t->phone.rate);
        CHECK(t->browser.count > 19 * t->browser.rate);
        CHECK(atomic_load(&t->sim.worker.counters.concealed_us) > 300 * CW_MS);
        CHECK(atomic_load(&t->sim.worker.counters.concealed_us) < 4 * CW_SECOND);
        CHECK(sim_stats(&t->sim, SIM_BROWSER_LEG)->streams[0].in.jitter_buffer_ms < 85);
        talk_close(t);
    }
}

static bool lose_towards_worker(struct sim *sim, const struct sim_packet *p) {
    return cw_addr_same_host(&p->to, &sim->worker.browsers[0].local) && sim_random(sim) % 100 < 5;
}

// The ends hear all that the worker sends, so every step in the sound is of its making.
static void loss_is_concealed(void) {
    for (size_t i = 0; i < sizeof phones; i++) {
        struct talk *t = talk_open(CW_CODEC_OPUS, 20, phones[i], 20);
        t->sim.lose = lose_towards_worker;
        sim_run(&t->sim, 20 * CW_SECOND);
        check_heard(&t->phone, 440, 2);
        check_heard(&t->browser, 700, 2.2);
        check_sequence(&t->sim.phone.heard);
        check_sequence(&t->sim.browser.heard);
        talk_close(t);
    }
}

static void drift(void) {
    for (int ppm = -200; ppm <= 200; ppm += 400) {
        struct talk *t = talk_open(CW_CODEC_OPUS, 20, CW_CODEC_PCMU, 20);
        t->sim.browser.audio.period = 20 * CW_MS + 20 * ppm / 1000;
        t->sim.phone.audio.period = 20 * CW_MS - 20 * ppm / 1000;
        sim_run(&t->sim, 90 * CW_SECOND);
        check_heard(&t->phone, 440, 1.6);
        check_heard(&t->browser, 700, 1.6);
        CHECK(atomic_load(&t->sim.worker.counters.concealed_us) <= 80 * CW_MS);
        CHECK(sim_stats(&t->sim, SIM_BROWSER_LEG)->streams[0].in.jitter_buffer_ms <= 30);
        CHECK(sim_stats(&t->sim, SIM_PHONE_LEG)->streams[0].in.jitter_buffer_ms <= 30);
        check_sequence(&t->sim.phone.heard);
        check_sequence(&t->sim.browser.heard);
        talk_close(t);
    }
}

// A browser that sends nothing for a while: the phone hears silence, packet by packet, and then the tone again.
static void silence_is_kept_flowing(void) {
    struct talk *t = talk_open(CW_CODEC_OPUS, 20, CW_CODEC_PCMA, 20);
    sim_run(&t->sim, 2 * CW_SECOND);
    t->browser.quiet = true;
    sim_run(&t->sim, 5 * CW_SECOND);
    CHECK(t->phone.count > 13 * t->phone.rate / 2);
    CHECK(sound_rms(t->phone.heard + t->phone.count - t->phone.rate, t->phone.rate) < 100);
    t->browser.quiet = false;
    sim_run(&t->sim, CW_SECOND);
    CHECK(fabs(sound_frequency(t->phone.heard + t->phone.count - 2000, 2000, 8000) - 440) <= 10);
    CHECK(sim_stats(&t->sim, SIM_BROWSER_LEG)->streams[0].in.jitter_buffer_ms <= 30);
    check_sequence(&t->sim.phone.heard);
    talk_close(t);
}

static size_t describe_noise(void *arg, uint8_t *payload) {
    (void)arg;
    payload[0] = 40; // -40 dBov
    return 1;
}

// Comfort noise (RFC 3389) instead of silence where both have it: the phone is told now and then, and is heard by it.
static void noise_for_silence(void) {
    struct talk *t = talk_open(CW_CODEC_OPUS, 20, CW_CODEC_PCMU, 20);
    struct cw_media_stream stream = stream_of(false, CW_CODEC_PCMU, 20);
    stream.codecs[1] = stream.codecs[0];
    stream.codecs[1].codec = CW_CODEC_CN;
    stream.codecs[1].pt_receive = stream.codecs[1].pt_send = 13;
    stream.codec_count = 2;
    cw_worker_set_streams(&t->sim.worker, SIM_PHONE_LEG, &stream, 1);
    sim_run(&t->sim, 2 * CW_SECOND);
    t->browser.quiet = true;
    sim_run(&t->sim, CW_SECOND);
    uint32_t packets = t->sim.phone.heard.packets;
    sim_run(&t->sim, 5 * CW_SECOND);
    packets = t->sim.phone.heard.packets - packets;
    CHECK(packets >= 24 && packets <= 26);
    CHECK_INT(t->sim.phone.heard.pt, 13);
    CHECK_INT(t->sim.phone.heard.payload, 127); // nothing at all is heard there
    t->browser.quiet = false;
    sim_run(&t->sim, CW_SECOND);
    CHECK_INT(t->sim.phone.heard.pt, 0);
    CHECK(fabs(sound_frequency(t->phone.heard + t->phone.count - 2000, 2000, 8000) - 440) <= 10);
    CHECK_INT(t->sim.phone.heard.seq_jumps, 0);
    CHECK_INT(t->sim.phone.heard.ssrc_changes, 0);
    struct sim_source *phone = &t->sim.phone.audio;
    phone->fill = describe_noise;
    phone->pt = 13;
    phone->period = 200 * CW_MS;
    phone->step = 1600;
    sim_run(&t->sim, 3 * CW_SECOND);
    double level = sound_rms(t->browser.heard + t->browser.count - 48000, 48000);
    if (level <= 150 || level >= 600) printf("# noise of %.0f\n", level);
    CHECK(level > 150 && level < 600);
    check_sequence(&t->sim.browser.heard);
    talk_close(t);
}

// The phone changes its codec in the middle of the call, to one that is transcoded and to one that is relayed.
static void codec_changes(void) {
    struct talk *t = talk_open(CW_CODEC_OPUS, 20, CW_CODEC_PCMU, 20);
    static const uint8_t then[] = {CW_CODEC_G722, CW_CODEC_OPUS, CW_CODEC_PCMA, CW_CODEC_OPUS};
    uint32_t ssrc = 0;
    sim_run(&t->sim, 2 * CW_SECOND);
    for (size_t i = 0; i < sizeof then; i++) {
        uint32_t packets = t->sim.phone.heard.packets;
        struct cw_media_stream stream = stream_of(false, then[i], 20);
        cw_time next = t->sim.phone.audio.next;
        uint16_t seq = t->sim.phone.audio.seq;
        sim_run(&t->sim, SIM_DELAY); // nothing of the old codec is on its way
        t->sim.phone.audio.on = false;
        sim_run(&t->sim, SIM_DELAY);
        set_codec(&t->phone, then[i], 20);
        t->phone.count = 0;
        ssrc = t->sim.phone.heard.ssrc;
        cw_worker_set_streams(&t->sim.worker, SIM_PHONE_LEG, &stream, 1);
        begin_source(t, false, then[i], 20, next + 20 * CW_MS);
        t->sim.phone.audio.seq = (uint16_t)(seq + 1);
        t->sim.phone.heard.timestamp_jumps = 0;
        t->sim.phone.heard.started = false; // its clock is another one
        sim_run(&t->sim, 3 * CW_SECOND);
        CHECK(t->sim.phone.heard.packets - packets >= 148);
        CHECK_INT(t->sim.phone.heard.ssrc, ssrc);
        CHECK_INT(transcoded(t), then[i] == CW_CODEC_OPUS ? 0 : 2);
        check_heard(&t->phone, 440, 1.5);
        check_sequence(&t->sim.phone.heard);
        // The browser's stream never breaks: one SSRC, each number, and time that goes on.
        CHECK_INT(t->sim.browser.heard.ssrc_changes, 0);
        CHECK_INT(t->sim.browser.heard.seq_jumps, 0);
        CHECK(t->sim.browser.heard.timestamp_jumps <= 2 * (i + 1));
        CHECK(fabs(sound_frequency(t->browser.heard + t->browser.count - 24000, 24000, 48000) - 700) <= 10);
    }
    talk_close(t);
}

// What the gateway plays to the phone covers the browser, is one spurt of sound, and follows a change of the codec.
static unsigned markers;

static void hear_markers(void *arg, const struct cw_rtp *rtp) {
    markers += rtp->marker;
    hear(arg, rtp);
}

static void tone_on_hold(void) {
    struct talk *t = talk_open(CW_CODEC_OPUS, 20, CW_CODEC_PCMU, 20);
    struct cw_media_play play = {.sound = CW_MEDIA_SOUND_TONE, .rhythm = {{425}, {1000}, {0}}};
    sim_run(&t->sim, 2 * CW_SECOND);
    t->sim.phone.heard.hear = hear_markers;
    markers = 0;
    cw_worker_set_flow(&t->sim.worker, SIM_PHONE_LEG, CW_MEDIA_HOLD);
    cw_worker_play(&t->sim.worker, SIM_PHONE_LEG, &play);
    sim_run(&t->sim, 2 * CW_SECOND);
    CHECK(markers <= 1);
    CHECK(fabs(sound_frequency(t->phone.heard + t->phone.count - 4000, 4000, 8000) - 425) <= 10);
    struct cw_media_stream stream = stream_of(false, CW_CODEC_PCMA, 20);
    cw_worker_set_streams(&t->sim.worker, SIM_PHONE_LEG, &stream, 1);
    set_codec(&t->phone, CW_CODEC_PCMA, 20);
    t->phone.pt = 8;
    t->phone.count = 0;
    sim_run(&t->sim, 2 * CW_SECOND);
    REQUIRE(t->phone.count > 12000);
    CHECK(fabs(sound_frequency(t->phone.heard + t->phone.count - 4000, 4000, 8000) - 425) <= 10);
    double amplitude = sound_amplitude(t->phone.heard + t->phone.count - 4000, 4000, 425, 8000);
    double level = sound_rms(t->phone.heard + t->phone.count - 4000, 4000) * sqrt(2);
    CHECK(amplitude > 0.98 * level); // the tone and nothing else: it is read with the codec that it was made with
    CHECK_INT(t->sim.phone.heard.seq_jumps, 0);
    talk_close(t);
}

static void hold_and_resume(void) {
    struct talk *t = talk_open(CW_CODEC_OPUS, 20, CW_CODEC_PCMU, 20);
    sim_run(&t->sim, 2 * CW_SECOND);
    cw_worker_set_flow(&t->sim.worker, SIM_PHONE_LEG, CW_MEDIA_HOLD);
    sim_run(&t->sim, 100 * CW_MS);
    uint32_t packets = t->sim.phone.heard.packets;
    uint16_t seq = t->sim.phone.heard.seq;
    sim_run(&t->sim, 10 * CW_SECOND);
    CHECK_INT(t->sim.phone.heard.packets, packets);
    cw_worker_set_flow(&t->sim.worker, SIM_PHONE_LEG, 0);
    t->sim.phone.heard.started = false; // time has passed
    sim_run(&t->sim, 3 * CW_SECOND);
    CHECK_INT((uint16_t)(t->sim.phone.heard.seq - seq), t->sim.phone.heard.packets - packets);
    check_sequence(&t->sim.phone.heard);
    CHECK(fabs(sound_frequency(t->phone.heard + t->phone.count - 4000, 4000, 8000) - 440) <= 10);
    talk_close(t);
}

// Nothing is made where the two understand each other, or where it is not allowed.
static void only_when_needed(void) {
    struct talk *t = talk_open(CW_CODEC_PCMU, 20, CW_CODEC_PCMU, 20);
    sim_run(&t->sim, 2 * CW_SECOND);
    CHECK_INT(transcoded(t), 0);
    CHECK(t->phone.count > 0);
    CHECK(!sim_stats(&t->sim, SIM_BROWSER_LEG)->streams[0].in.transcoded);
    talk_close(t);
    t = talk_open(CW_CODEC_OPUS, 20, CW_CODEC_PCMU, 20);
    t->sim.config.transcode = false;
    sim_run(&t->sim, 2 * CW_SECOND);
    CHECK_INT(transcoded(t), 0);
    CHECK_INT(t->phone.count, 0);
    CHECK(sim_stats(&t->sim, SIM_BROWSER_LEG)->drops[CW_MEDIA_DROP_NO_CODEC] > 50);
    talk_close(t);
}

static void complexity_follows_the_load(void) {
    struct talk *t = talk_open(CW_CODEC_OPUS, 20, CW_CODEC_PCMU, 20);
    struct cw_worker *w = &t->sim.worker;
    CHECK_INT(w->complexity, 5);
    cw_worker_set_load(w, 100);
    CHECK_INT(atomic_load(&w->counters.complexity), 0);
    sim_run(&t->sim, CW_SECOND);
    cw_worker_set_load(w, 30);
    unsigned half = w->complexity;
    CHECK(half > 0 && half < 5);
    cw_worker_set_load(w, 29); // hardly less: it stays
    CHECK_INT(w->complexity, half);
    cw_worker_set_load(w, 0);
    CHECK_INT(w->complexity, 5);
    sim_run(&t->sim, 2 * CW_SECOND);
    check_heard(&t->browser, 700, 1.5);
    talk_close(t);
}

static const struct cw_test tests[] = {
    TEST(each_codec),
    TEST(phone_codecs_among_themselves),
    TEST(packet_lengths),
    TEST(bad_network),
    TEST(loss_is_concealed),
    TEST(drift),
    TEST(silence_is_kept_flowing),
    TEST(noise_for_silence),
    TEST(tone_on_hold),
    TEST(codec_changes),
    TEST(hold_and_resume),
    TEST(only_when_needed),
    TEST(complexity_follows_the_load),
};
TEST_MAIN(tests)
