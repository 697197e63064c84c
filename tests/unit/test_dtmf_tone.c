// Tones: what must be found (ITU-T Q.24), what must not, how much of a digit passes before it is found.
#include "test.h"

#include <math.h>

#include "base/err.h"
#include "proto/audio_codec.h"
#include "proto/dtmf_tone.h"

#define HZ CW_DTMF_TONE_HZ
static const double low_hz[] = {697, 770, 852, 941}, high_hz[] = {1209, 1336, 1477, 1633};
static const char keys[] = "123A456B789C*0#D";

static uint32_t random_state = 1;
static double random_unit(void) { // -1..1
    random_state = random_state * 1664525u + 1013904223u;
    return (random_state >> 8) / 8388608.0 - 1;
}
static double noise(void) { // of power 1
    double sum = 0;
    for (int i = 0; i < 12; i++) sum += random_unit() / 2;
    return sum;
}

struct line {
    struct cw_dtmf_detector *d;
    uint64_t t; // samples
    char got[64];
    unsigned durations[64];
    size_t count;
    uint64_t begun; // when the last one was found
};

static void line_init(struct line *l) {
    *l = (struct line){0};
    if (cw_dtmf_detector_new(&l->d)) abort();
}

static void feed(struct line *l, const int16_t *pcm, size_t samples) {
    struct cw_dtmf_event e;
    cw_dtmf_detector_input(l->d, pcm, samples);
    l->t += samples;
    while (cw_dtmf_detector_event(l->d, &e)) {
        if (e.type == CW_DTMF_BEGIN) l->begun = l->t;
        if (e.type != CW_DTMF_END || l->count == 63) continue;
        l->durations[l->count] = e.duration_ms;
        l->got[l->count++] = e.digit;
    }
}

struct tone {
    double low_db, high_db; // of full scale
    double offset;          // of the frequencies: 0.01 is 1%
    double noise_db;        // of full scale; 0: none
};

static double peak(double db) { return db < 0 ? 32767 * pow(10, db / 20) : 0; }

static void sound(struct line *l, char key, unsigned ms, const struct tone *t) {
    const char *at = key ? strchr(keys, key) : NULL;
    double f1 = at ? low_hz[(at - keys) / 4] * (1 + t->offset) : 0,
           f2 = at ? high_hz[(at - keys) % 4] * (1 + t->offset) : 0;
    for (unsigned n = 0; n < ms * HZ / 1000; n += 80) {
        int16_t pcm[80];
        for (unsigned i = 0; i < 80; i++) {
            double s = at ? peak(t->low_db) * sin(2 * M_PI * f1 * (n + i) / HZ) +
                                peak(t->high_db) * sin(2 * M_PI * f2 * (n + i) / HZ)
                          : 0;
            pcm[i] = (int16_t)lrint(s + (t->noise_db < 0 ? peak(t->noise_db) / sqrt(2) * noise() : 0));
        }
        feed(l, pcm, 80);
    }
}

// All sixteen, each so long and with 50 ms between.
static unsigned found(const struct tone *t, unsigned ms) {
    struct line l;
    line_init(&l);
    sound(&l, 0, 100, t);
    for (const char *k = keys; *k; k++) {
        sound(&l, *k, ms, t);
        sound(&l, 0, 50, t);
    }
    sound(&l, 0, 200, t);
    unsigned right = strcmp(l.got, keys) == 0 ? 16 : (unsigned)l.count;
    if (right == 16 && strcmp(l.got, keys) != 0) right = 99;
    cw_dtmf_detector_free(l.d);
    return right;
}

static void forty_ms(void) { CHECK_INT(found(&(struct tone){-15, -15, 0, 0}, 40), 16); }
static void levels(void) {
    CHECK_INT(found(&(struct tone){-6.5, -6.5, 0, 0}, 60), 16);
    CHECK_INT(found(&(struct tone){-29, -29, 0, 0}, 60), 16);
}
static void twist(void) {
    CHECK_INT(found(&(struct tone){-12, -20, 0, 0}, 60), 16); // the high tone is weaker: 8 dB
    CHECK_INT(found(&(struct tone){-16, -12, 0, 0}, 60), 16); // the low one: 4 dB
    CHECK_INT(found(&(struct tone){-6, -20, 0, 0}, 60), 0);
}
static void frequencies(void) {
    CHECK_INT(found(&(struct tone){-15, -15, 0.012, 0}, 60), 16);
    CHECK_INT(found(&(struct tone){-15, -15, -0.012, 0}, 60), 16);
    CHECK_INT(found(&(struct tone){-15, -15, 0.035, 0}, 60), 0);
}
static void noisy(void) { // 15 dB below the sum of both tones
    for (int i = 0; i < 10; i++) CHECK_INT(found(&(struct tone){-15, -15, 0, -27}, 60), 16);
}

static void durations(void) {
    struct line l;
    struct tone t = {-15, -15, 0, 0};
    line_init(&l);
    static const unsigned ms[] = {50, 100, 170, 500, 2000};
    for (int i = 0; i < 5; i++) {
        sound(&l, '5', ms[i], &t);
        sound(&l, 0, 70, &t);
    }
    CHECK_STR(l.got, "55555");
    for (int i = 0; i < 5; i++) CHECK(l.durations[i] + 20 >= ms[i] && l.durations[i] <= ms[i] + 20);
    cw_dtmf_detector_free(l.d);
}

// Wherever in the detector's blocks a digit begins, it is found within 40 ms.
static void found_soon(void) {
    struct tone t = {-15, -15, 0, 0};
    for (unsigned shift = 0; shift < 102; shift++) {
        struct line l;
        int16_t silence[102] = {0};
        line_init(&l);
        feed(&l, silence, 102);
        feed(&l, silence, shift);
        uint64_t start = l.t;
        sound(&l, '7', 100, &t);
        CHECK(l.begun - start <= 40 * HZ / 1000);
        sound(&l, 0, 100, &t);
        CHECK_STR(l.got, "7");
        CHECK(!cw_dtmf_detector_sounding(l.d));
        cw_dtmf_detector_free(l.d);
    }
}

// What we make is what we find, through each codec.
static void made_and_found(void) {
    static const enum cw_codec_id codecs[] = {CW_CODEC_PCMU, CW_CODEC_PCMA, CW_CODEC_G722, CW_CODEC_OPUS};
    for (int c = 0; c < 4; c++) {
        struct line l;
        struct cw_encoder *e = NULL;
        struct cw_decoder *d = NULL;
        struct cw_encoder_options options = {.complexity = 5};
        line_init(&l);
        REQUIRE(cw_encoder_new(&e, codecs[c], HZ) == 0 && cw_decoder_new(&d, codecs[c], HZ) == 0);
        cw_encoder_set(e, &options);
        for (const char *k = keys; *k; k++) {
            struct cw_dtmf_oscillator o = {0};
            for (int frame = 0; frame < 8; frame++) { // 80 ms of tone in 160
                int16_t pcm[160], back[960];
                uint8_t payload[CW_AUDIO_PAYLOAD_MAX];
                size_t len;
                cw_dtmf_tone_make(&o, *k, 640, pcm, 160);
                REQUIRE(cw_encoder_encode(e, pcm, 160, payload, &len) == 0);
                REQUIRE(cw_decoder_decode(d, payload, len, back) == 0);
                feed(&l, back, 160);
            }
        }
        CHECK_STR(l.got, keys);
        for (size_t i = 0; i < l.count; i++) CHECK(l.durations[i] >= 60 && l.durations[i] <= 100);
        cw_encoder_free(e);
        cw_decoder_free(d);
        cw_dtmf_detector_free(l.d);
    }
}

// Voices that are no digits, for ten minutes: harmonics of a pitch that is never still, shaped by moving formants.
static void talk_off(void) {
    struct line l;
    double phase = 0, pitch = 120, formants[3] = {500, 1200, 2500}, loudness = 1;
    line_init(&l);
    for (int frame = 0; frame < 10 * 60 * 50; frame++) {
        int16_t pcm[160];
        if (frame % 9 == 0) {
            pitch = 150 + 90 * random_unit();
            loudness = fabs(random_unit()) * 1.5;
            for (int f = 0; f < 3; f++) formants[f] = (f + 1) * (550 + 300 * random_unit()) + 150;
        }
        double weight[24], drift = 0.0004 * random_unit(); // up to 6% in a frame
        for (int h = 1; h < 24; h++) {
            weight[h] = 0;
            for (int f = 0; f < 3; f++) weight[h] += 1 / (1 + pow((h * pitch - formants[f]) / 80, 2)) / (f + 1);
        }
        for (int i = 0; i < 160; i++) {
            double s = 0;
            for (int h = 1; h < 24 && h * pitch < 3800; h++) s += weight[h] * sin(h * phase);
            pitch *= 1 + drift;
            phase += 2 * M_PI * pitch / HZ;
            if (phase > 2 * M_PI) phase -= 2 * M_PI;
            pcm[i] = (int16_t)lrint(fmax(-32000, fmin(32000, 7000 * loudness * s + 100 * random_unit())));
        }
        feed(&l, pcm, 160);
    }
    CHECK_STR(l.got, "");
    cw_dtmf_detector_free(l.d);
}

static const struct cw_test tests[] = {
    TEST(forty_ms),  TEST(levels),     TEST(twist),          TEST(frequencies), TEST(noisy),
    TEST(durations), TEST(found_soon), TEST(made_and_found), TEST(talk_off),
};

TEST_MAIN(tests)
