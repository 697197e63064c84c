// Codecs there and back, concealment, comfort noise, time scale.
#include "test.h"

#include <math.h>

#include "base/err.h"
#include "proto/audio_codec.h"
#include "proto/cn.h"
#include "proto/time_scale.h"
#include "unit/sound.h"

#define AMPLITUDE 8000

static int16_t made[48000 * 2], heard[48000 * 2];

// Seconds of a tone through a codec, in packets of ms; the result in `heard`.
static size_t round_trip(enum cw_codec_id codec, uint32_t rate, unsigned ms, double hz) {
    struct cw_encoder *e = NULL;
    struct cw_decoder *d = NULL;
    size_t frame = rate / 1000 * ms, total = 0;
    uint8_t payload[CW_AUDIO_PAYLOAD_MAX];
    if (cw_encoder_new(&e, codec, rate) || cw_decoder_new(&d, codec, rate)) abort();
    sound_tone(made, rate, 0, hz, AMPLITUDE, rate);
    for (; total + frame <= rate; total += frame) {
        size_t len = 0;
        CHECK_INT(cw_encoder_encode(e, made + total, frame, payload, &len), 0);
        CHECK_INT(cw_decoder_samples(d, payload, len), frame);
        CHECK_INT(cw_decoder_decode(d, payload, len, heard + total), 0);
    }
    cw_encoder_free(e);
    cw_decoder_free(d);
    return total;
}

static void there_and_back(void) {
    static const struct {
        enum cw_codec_id codec;
        uint32_t rate;
    } cases[] = {{CW_CODEC_PCMU, 8000},  {CW_CODEC_PCMA, 8000}, {CW_CODEC_G722, 16000}, {CW_CODEC_G722, 8000},
                 {CW_CODEC_OPUS, 48000}, {CW_CODEC_OPUS, 8000}, {CW_CODEC_OPUS, 16000}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (unsigned ms = 10; ms <= 60; ms += 10) {
            if (cw_audio_codec_ptime(cases[i].codec, ms) != ms) continue;
            uint32_t rate = cases[i].rate;
            size_t total = round_trip(cases[i].codec, rate, ms, 440), half = total / 2;
            double level = sound_rms(heard + half, half) / (AMPLITUDE / sqrt(2));
            CHECK(level > 0.94 && level < 1.06); // ±0.5 dB
            CHECK(fabs(sound_frequency(heard + half, half, rate) - 440) <= 5);
            CHECK(sound_step(heard + half, half) < 1.6 * AMPLITUDE * 2 * SOUND_PI * 440 / rate + 500);
        }
    }
}

static void lengths_and_rates(void) {
    CHECK_INT(cw_audio_codec_ptime(CW_CODEC_PCMU, 0), 10);
    CHECK_INT(cw_audio_codec_ptime(CW_CODEC_PCMU, 35), 30);
    CHECK_INT(cw_audio_codec_ptime(CW_CODEC_PCMU, 200), 60);
    CHECK_INT(cw_audio_codec_ptime(CW_CODEC_OPUS, 30), 20);
    CHECK_INT(cw_audio_codec_ptime(CW_CODEC_OPUS, 50), 40);
    CHECK_INT(cw_audio_codec_rate(CW_CODEC_OPUS, CW_CODEC_PCMU), 8000);
    CHECK_INT(cw_audio_codec_rate(CW_CODEC_OPUS, CW_CODEC_G722), 16000);
    CHECK_INT(cw_audio_codec_rate(CW_CODEC_G722, CW_CODEC_PCMA), 8000);
    CHECK_INT(cw_audio_codec_rate(CW_CODEC_OPUS, CW_CODEC_G729), 0);
    struct cw_decoder *d = NULL;
    struct cw_encoder *e = NULL;
    CHECK_INT(cw_decoder_new(&d, CW_CODEC_PCMU, 16000), CW_EUNSUPPORTED);
    CHECK_INT(cw_encoder_new(&e, CW_CODEC_G729, 8000), CW_EUNSUPPORTED);
    CHECK(!d && !e);
}

static void bad_payloads(void) {
    struct cw_decoder *d = NULL;
    static const uint8_t longest[8 * 121] = {0}, opus[] = {0xff, 0xff}; // code 3 with 63 frames
    int16_t pcm[8 * 120];
    REQUIRE(cw_decoder_new(&d, CW_CODEC_PCMA, 8000) == 0);
    CHECK_INT(cw_decoder_samples(d, longest, 0), 0);
    CHECK_INT(cw_decoder_samples(d, longest, sizeof longest), 0);
    CHECK_INT(cw_decoder_decode(d, longest, sizeof longest, pcm), CW_EFORMAT);
    cw_decoder_free(d);
    REQUIRE(cw_decoder_new(&d, CW_CODEC_OPUS, 8000) == 0);
    CHECK_INT(cw_decoder_samples(d, opus, sizeof opus), 0);
    CHECK(cw_decoder_is_silence(d, opus, 1));
    cw_decoder_free(d);
}

static void concealment_fades_without_a_click(void) {
    static const struct {
        enum cw_codec_id codec;
        uint32_t rate;
    } cases[] = {{CW_CODEC_PCMU, 8000}, {CW_CODEC_G722, 16000}, {CW_CODEC_OPUS, 8000}, {CW_CODEC_OPUS, 16000}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct cw_encoder *e = NULL;
        struct cw_decoder *d = NULL;
        uint32_t rate = cases[i].rate;
        size_t frame = rate / 50, len, at = 0;
        uint8_t payload[CW_AUDIO_PAYLOAD_MAX];
        REQUIRE(cw_encoder_new(&e, cases[i].codec, rate) == 0 && cw_decoder_new(&d, cases[i].codec, rate) == 0);
        sound_tone(made, rate, 0, 400, AMPLITUDE, rate);
        for (int n = 0; n < 50; n++, at += frame) {
            REQUIRE(cw_encoder_encode(e, made + at, frame, payload, &len) == 0);
            if (n == 20 || (n >= 30 && n < 40))
                cw_decoder_conceal(d, heard + at, frame);
            else
                REQUIRE(cw_decoder_decode(d, payload, len, heard + at) == 0);
        }
        int natural = (int)(AMPLITUDE * 2 * SOUND_PI * 400 / rate);
        CHECK(sound_step(heard, at) < 2 * natural + 300);
        CHECK(sound_rms(heard + 20 * frame, frame) > AMPLITUDE / 6.0); // one lost packet is filled
        CHECK(sound_rms(heard + 38 * frame, frame) < AMPLITUDE / 6.0); // ten are not
        CHECK(sound_rms(heard + 45 * frame, frame) > AMPLITUDE / 2.0); // and then it is back
        cw_encoder_free(e);
        cw_decoder_free(d);
    }
}

// What one packet repeats of the one before is nearer to it than concealment.
static void forward_error_correction(void) {
    double error[2] = {0};
    for (int fec = 0; fec < 2; fec++) {
        struct cw_encoder *e = NULL;
        struct cw_decoder *d = NULL, *whole = NULL;
        uint8_t payload[2][CW_AUDIO_PAYLOAD_MAX];
        size_t len[2] = {0};
        int16_t want[160], got[160];
        REQUIRE(cw_encoder_new(&e, CW_CODEC_OPUS, 8000) == 0 && cw_decoder_new(&d, CW_CODEC_OPUS, 8000) == 0 &&
                cw_decoder_new(&whole, CW_CODEC_OPUS, 8000) == 0);
        cw_encoder_set(e, &(struct cw_encoder_options){.complexity = 5, .loss_percent = 20, .fec = fec});
        for (int n = 0; n < 100; n++) {
            double hz = 150 + 90 * sin(n * 0.4); // sound that cannot be guessed
            for (int i = 0; i < 160; i++)
                made[i] = (int16_t)(6000 * sin(2 * SOUND_PI * hz * i / 8000) * ((n + i / 40) % 3));
            REQUIRE(cw_encoder_encode(e, made, 160, payload[n & 1], &len[n & 1]) == 0);
            if (n % 10 == 9) continue; // lost
            if (n % 10 == 0 && n) {
                REQUIRE(cw_decoder_decode(whole, payload[1 - (n & 1)], len[1 - (n & 1)], want) == 0);
                cw_decoder_recover(d, payload[n & 1], len[n & 1], got, 160);
                for (int i = 0; i < 160; i++) error[fec] += (double)(want[i] - got[i]) * (want[i] - got[i]);
            }
            REQUIRE(cw_decoder_decode(d, payload[n & 1], len[n & 1], got) == 0);
            REQUIRE(cw_decoder_decode(whole, payload[n & 1], len[n & 1], want) == 0);
        }
        cw_encoder_free(e);
        cw_decoder_free(d);
        cw_decoder_free(whole);
    }
    CHECK(error[1] < error[0] * 0.7);
}

static void silence_is_not_sent(void) {
    struct cw_encoder *e = NULL;
    uint8_t payload[CW_AUDIO_PAYLOAD_MAX];
    size_t len, sent = 0;
    REQUIRE(cw_encoder_new(&e, CW_CODEC_OPUS, 8000) == 0);
    cw_encoder_set(e, &(struct cw_encoder_options){.complexity = 1, .dtx = true});
    memset(made, 0, sizeof made);
    for (int n = 0; n < 100; n++) {
        REQUIRE(cw_encoder_encode(e, made, 160, payload, &len) == 0);
        sent += len > 0;
    }
    CHECK(sent < 40);
    cw_encoder_free(e);
}

// ---------------------------------------------------------------- comfort noise

static void noise_has_its_level(void) {
    for (unsigned level = 30; level <= 70; level += 10) {
        struct cw_cn cn = {0};
        uint8_t payload[] = {(uint8_t)level, 127 - 90, 127 + 20, 127};
        CHECK_INT(cw_cn_set(&cn, payload, sizeof payload), 0);
        cw_cn_make(&cn, heard, 8000);
        double db = 20 * log10(sound_rms(heard, 8000) / 32768);
        CHECK(fabs(db + level) < 1.5);
        uint8_t described[CW_CN_SIZE];
        CHECK_INT(cw_cn_describe(heard, 8000, 3, described), 4);
        CHECK(abs(described[0] - (int)level) <= 2);
        if (level < 60) { // below, the rounding to whole numbers is noise of its own
            CHECK(abs(described[1] - payload[1]) < 12);
            CHECK(abs(described[2] - payload[2]) < 12);
        }
    }
}

static void noise_of_odd_payloads(void) {
    struct cw_cn cn = {0};
    uint8_t loudest[20];
    memset(loudest, 0xff, sizeof loudest);
    CHECK_INT(cw_cn_set(&cn, loudest, 0), CW_EFORMAT);
    CHECK_INT(cw_cn_set(&cn, loudest, sizeof loudest), 0); // level 127: silence
    cw_cn_make(&cn, heard, 8000);
    CHECK_INT(sound_step(heard, 8000), 0);
    loudest[0] = 20;
    CHECK_INT(cw_cn_set(&cn, loudest, sizeof loudest), 0);
    cw_cn_make(&cn, heard, 8000);
    memset(made, 0, 160 * sizeof *made);
    CHECK_INT(cw_cn_describe(made, 160, 0, loudest), 1);
    CHECK_INT(loudest[0], 127);
}

// ---------------------------------------------------------------- time scale

static void shorter_and_longer_without_a_click(void) {
    for (double hz = 85; hz < 1500; hz *= 1.23) {
        for (int longer = 0; longer < 2; longer++) {
            uint32_t rate = hz < 400 ? 8000 : 16000;
            size_t samples = rate / 33; // 30 ms
            sound_tone(made, samples + 200, 0, hz, AMPLITUDE, rate);
            memcpy(heard, made, sizeof *made * (samples + 200));
            size_t by = longer ? cw_time_scale_lengthen(heard, samples, rate, 200, CW_TIME_SCALE_CAREFUL)
                               : cw_time_scale_shorten(heard, samples, rate, 200, CW_TIME_SCALE_CAREFUL);
            CHECK(by >= rate / 400 && by <= rate / 80);
            size_t now = longer ? samples + by : samples - by;
            CHECK(sound_step(heard, now) < 1.35 * AMPLITUDE * 2 * SOUND_PI * hz / rate);
            CHECK(heard[0] == made[0] || !longer);
            CHECK_INT(heard[now - 1], made[samples - 1]);
            double level = sound_rms(heard, now) / sound_rms(made, samples);
            CHECK(level > 0.85 && level < 1.15);
        }
    }
}

static void unlike_sound_is_left_alone(void) {
    uint32_t random = 1;
    for (int i = 0; i < 240; i++) {
        random = random * 1664525u + 1013904223u;
        made[i] = (int16_t)((random >> 17) - 16384);
    }
    CHECK_INT(cw_time_scale_shorten(made, 240, 8000, 100, CW_TIME_SCALE_CAREFUL), 0);
    memset(made, 0, sizeof made);
    CHECK(cw_time_scale_shorten(made, 240, 8000, 100, CW_TIME_SCALE_CAREFUL) > 0); // nobody hears it
    CHECK_INT(cw_time_scale_shorten(made, 30, 8000, 100, CW_TIME_SCALE_CAREFUL), 0);
}

static const struct cw_test tests[] = {
    TEST(there_and_back),
    TEST(lengths_and_rates),
    TEST(bad_payloads),
    TEST(concealment_fades_without_a_click),
    TEST(forward_error_correction),
    TEST(silence_is_not_sent),
    TEST(noise_has_its_level),
    TEST(noise_of_odd_payloads),
    TEST(shorter_and_longer_without_a_click),
    TEST(unlike_sound_is_left_alone),
};
TEST_MAIN(tests)
