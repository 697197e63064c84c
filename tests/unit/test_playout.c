// The jitter buffer with its decoder, on a network of the test's own: a tone is sent, and what comes out is listened
// to.
#include "test.h"

#include <math.h>

#include "base/err.h"
#include "proto/playout.h"
#include "unit/sound.h"

#define START (1000 * CW_SECOND)
#define AMPLITUDE 8000
#define FLIGHT_MAX 256
#define SECONDS_MAX 70

struct packet {
    cw_time at;
    uint16_t seq;
    uint32_t timestamp, ssrc;
    size_t len;
    uint8_t payload[CW_AUDIO_PAYLOAD_MAX];
    bool noise;
};

// One sender and one listener.
struct line {
    enum cw_codec_id codec;
    uint32_t rate, clock_hz;
    unsigned ptime, tick;            // [ms]
    double hz;                       // of the tone
    cw_time jitter;                  // evenly spread
    unsigned loss, reorder, doubled; // [%]
    double ppm;                      // of the sender's clock
    bool quiet;                      // the sender sends nothing
    // state
    struct cw_playout *playout;
    struct cw_encoder *encoder;
    cw_time now, send_at, send_count;
    uint64_t position;
    uint16_t seq;
    uint32_t timestamp, ssrc, random;
    struct packet flight[FLIGHT_MAX];
    size_t flying;
    int16_t *heard;
    size_t heard_count;
    cw_time delay_max, delay_sum;
    unsigned gets;
    unsigned sound; // gets that had some
};

static uint32_t chance(struct line *l) {
    l->random = l->random * 1664525u + 1013904223u;
    return l->random >> 8;
}

static void line_open(struct line *l) {
    struct cw_playout_config config = {l->codec, l->clock_hz, l->rate, 300 * CW_MS};
    if (cw_playout_new(&l->playout, &config) || cw_encoder_new(&l->encoder, l->codec, l->rate)) abort();
    l->now = l->send_at = START;
    l->seq = 65500;
    l->timestamp = 0xffff0000;
    l->ssrc = 7;
    l->random = 1;
    if (l->hz == 0) l->hz = 400;
    if (!l->tick) l->tick = 20;
    if (!l->ptime) l->ptime = 20;
    l->heard = calloc(l->rate * SECONDS_MAX, sizeof *l->heard);
    if (!l->heard) abort();
}

static struct line *open_as(struct line l) {
    struct line *out = malloc(sizeof *out);
    if (!out) abort();
    *out = l;
    line_open(out);
    return out;
}

static void line_close(struct line *l) {
    cw_playout_free(l->playout);
    cw_encoder_free(l->encoder);
    free(l->heard);
    free(l);
}

static void fly(struct line *l, struct packet p) {
    if (chance(l) % 100 < l->loss || l->flying == FLIGHT_MAX) return;
    p.at = l->now + (l->jitter ? chance(l) % l->jitter : 0);
    if (chance(l) % 100 < l->reorder) p.at += l->ptime * CW_MS * 3 / 2;
    l->flight[l->flying++] = p;
    if (chance(l) % 100 < l->doubled && l->flying < FLIGHT_MAX) l->flight[l->flying++] = p;
}

static void send_one(struct line *l) {
    struct packet p = {.seq = l->seq, .timestamp = l->timestamp, .ssrc = l->ssrc};
    int16_t pcm[48 * 60];
    size_t samples = l->rate / 1000 * l->ptime;
    sound_tone(pcm, samples, l->position, l->hz, AMPLITUDE, l->rate);
    if (cw_encoder_encode(l->encoder, pcm, samples, p.payload, &p.len)) abort();
    l->position += samples;
    l->timestamp += l->clock_hz / 1000 * l->ptime;
    if (l->quiet) return; // nothing is sent, the clock runs on
    l->seq++;
    fly(l, p);
}

static void deliver(struct line *l) {
    for (size_t i = 0; i < l->flying;) {
        struct packet *p = &l->flight[i];
        if (p->at > l->now) {
            i++;
            continue;
        }
        struct cw_rtp rtp = {.payload = p->payload,
                             .payload_len = (uint16_t)p->len,
                             .seq = p->seq,
                             .timestamp = p->timestamp,
                             .ssrc = p->ssrc};
        (void)cw_playout_put(l->playout, &rtp, p->noise, l->now);
        l->flying--;
        memmove(p, p + 1, (l->flying - i) * sizeof *p);
    }
}

static void get_one(struct line *l) {
    size_t samples = l->rate / 1000 * l->tick;
    if (l->heard_count + samples > l->rate * SECONDS_MAX) abort();
    l->sound += cw_playout_get(l->playout, l->heard + l->heard_count, samples, l->now);
    l->heard_count += samples;
    cw_time delay = cw_playout_delay(l->playout);
    if (l->now > START + 5 * CW_SECOND && delay > l->delay_max) l->delay_max = delay;
    l->delay_sum += delay;
    l->gets++;
}

// A millisecond at a time: what was sent arrives, and every tick is played.
static void run(struct line *l, double seconds) {
    for (int i = 0; i < seconds * 1000; i++) {
        while (l->send_at <= l->now) {
            send_one(l);
            l->send_count++;
            l->send_at = START + (cw_time)((double)l->send_count * l->ptime * 1000.0 * (1 - l->ppm / 1e6));
        }
        deliver(l);
        if ((l->now - START) / CW_MS % l->tick == 7 % l->tick) get_one(l);
        l->now += CW_MS;
    }
}

static int natural_step(const struct line *l) { return (int)(AMPLITUDE * 2 * SOUND_PI * l->hz / l->rate) + 1; }

// From that second on the tone is there at its level, without a click.
static void check_smooth(const struct line *l, double from, double clicks) {
    size_t at = (size_t)(from * l->rate), count = l->heard_count - at;
    int step = sound_step(l->heard + at, count);
    if (step > natural_step(l) * clicks + 400) printf("# codec %d step %d of %d\n", l->codec, step, natural_step(l));
    CHECK(step <= natural_step(l) * clicks + 400);
    double hz = sound_frequency(l->heard + l->heard_count - l->rate, l->rate, l->rate);
    CHECK(fabs(hz - l->hz) <= 10);
}

static const struct line kinds[] = {
    {.codec = CW_CODEC_PCMU, .rate = 8000, .clock_hz = 8000},
    {.codec = CW_CODEC_G722, .rate = 16000, .clock_hz = 8000},
    {.codec = CW_CODEC_OPUS, .rate = 8000, .clock_hz = 48000},
    {.codec = CW_CODEC_OPUS, .rate = 16000, .clock_hz = 48000},
};
#define KINDS (sizeof kinds / sizeof *kinds)

// Nothing happens: nothing is added, nothing is changed, and the delay is small.
static void undisturbed(void) {
    for (size_t i = 0; i < KINDS; i++) {
        struct line *l = open_as(kinds[i]);
        run(l, 20);
        const struct cw_playout_stats *s = cw_playout_stats(l->playout);
        CHECK_INT(s->concealed, 0);
        CHECK_INT(s->shortened + s->lengthened, 0);
        CHECK(l->delay_max <= 25 * CW_MS);
        check_smooth(l, 0.5, 1.3);
        double level = sound_rms(l->heard + l->rate, 18 * l->rate) / (AMPLITUDE / sqrt(2));
        CHECK(level > 0.94 && level < 1.06);
        line_close(l);
    }
}

static void packet_lengths(void) {
    for (unsigned ptime = 10; ptime <= 60; ptime += 10) {
        for (unsigned tick = 10; tick <= 60; tick += 10) {
            struct line *l = open_as(kinds[ptime % 20 ? 1 : 0]);
            l->ptime = ptime;
            l->tick = tick;
            run(l, 6);
            const struct cw_playout_stats *s = cw_playout_stats(l->playout);
            if (s->concealed) printf("# ptime %u tick %u\n", ptime, tick);
            CHECK_INT(s->concealed, 0);
            CHECK(l->delay_max <= (cw_time)(ptime + tick + 12) * CW_MS);
            check_smooth(l, 1, 1.5);
            line_close(l);
        }
    }
}

static void loss(void) {
    for (size_t i = 0; i < KINDS; i++) {
        for (unsigned percent = 1; percent <= 20; percent += 6) {
            struct line *l = open_as(kinds[i]);
            l->loss = percent;
            run(l, 20);
            const struct cw_playout_stats *s = cw_playout_stats(l->playout);
            double share = (double)s->concealed / (double)l->heard_count * 100;
            CHECK(share > percent * 0.4 && share < percent * 1.7 + 1);
            CHECK(l->delay_max <= 45 * CW_MS);
            check_smooth(l, 1, 2);
            line_close(l);
        }
    }
}

// The buffer grows to the jitter, little is lost to it, and it shrinks when the jitter has gone.
static void jitter_comes_and_goes(void) {
    for (size_t i = 0; i < KINDS; i++) {
        struct line *l = open_as(kinds[i]);
        run(l, 5);
        l->jitter = 60 * CW_MS;
        run(l, 15);
        uint64_t concealed = cw_playout_stats(l->playout)->concealed;
        CHECK(cw_playout_delay(l->playout) >= 50 * CW_MS);
        l->delay_max = 0;
        run(l, 20);
        CHECK(l->delay_max <= 95 * CW_MS);
        double share = (double)(cw_playout_stats(l->playout)->concealed - concealed) / (20.0 * l->rate) * 100;
        if (share >= 3.5) printf("# codec %d concealed %.2f%%\n", l->codec, share);
        CHECK(share < 3.5);
        l->jitter = 0;
        run(l, 25);
        if (cw_playout_delay(l->playout) > 30 * CW_MS)
            printf("# codec %d delay %lld\n", l->codec, (long long)cw_playout_delay(l->playout));
        CHECK(cw_playout_delay(l->playout) <= 30 * CW_MS);
        CHECK(cw_playout_stats(l->playout)->shortened > 0);
        check_smooth(l, 1, 2);
        line_close(l);
    }
}

static void reordered_and_doubled(void) {
    for (size_t i = 0; i < KINDS; i++) {
        struct line *l = open_as(kinds[i]);
        l->reorder = 10;
        l->doubled = 10;
        run(l, 20);
        const struct cw_jitter *j = cw_playout_jitter(l->playout);
        CHECK(j->duplicates + j->late > 50);
        double share = (double)cw_playout_stats(l->playout)->concealed / (double)l->heard_count * 100;
        CHECK(share < 4);
        CHECK(l->delay_max <= 70 * CW_MS);
        check_smooth(l, 1, 2);
        line_close(l);
    }
}

// Clocks that do not run alike, for a minute: no growing delay, no running dry.
static void drift(void) {
    static const double ppm[] = {-1000, -200, 200, 1000};
    for (size_t k = 0; k < sizeof ppm / sizeof *ppm; k++) {
        struct line *l = open_as(kinds[k % KINDS]);
        l->ppm = ppm[k];
        run(l, 60);
        const struct cw_playout_stats *s = cw_playout_stats(l->playout);
        CHECK(l->delay_max <= 40 * CW_MS);
        CHECK(s->concealed <= l->rate / 50 * 3);
        if (ppm[k] >= 1000) CHECK(s->shortened > 0);
        if (ppm[k] <= -1000) CHECK(s->lengthened > 0);
        check_smooth(l, 1, 2);
        line_close(l);
    }
}

// Opus' DTX, and a sender that just stops: a pause is no loss, and costs no delay afterwards.
static void pauses(void) {
    for (size_t i = 0; i < KINDS; i++) {
        struct line *l = open_as(kinds[i]);
        for (int n = 0; n < 10; n++) {
            l->quiet = false;
            run(l, 0.5);
            l->quiet = true;
            run(l, 1.5);
        }
        l->quiet = false;
        run(l, 2);
        const struct cw_playout_stats *s = cw_playout_stats(l->playout);
        CHECK(s->silent > 10 * l->rate);
        CHECK(s->concealed < 2 * l->rate); // no more than 120 ms each time
        CHECK(cw_playout_delay(l->playout) <= 35 * CW_MS);
        check_smooth(l, 0, 2);
        line_close(l);
    }
}

static void comfort_noise(void) {
    struct line *l = open_as(kinds[0]);
    run(l, 1);
    struct packet p = {
        .at = l->now, .seq = l->seq++, .timestamp = l->timestamp, .ssrc = l->ssrc, .len = 1, .noise = true};
    p.payload[0] = 40;
    l->flight[l->flying++] = p;
    l->quiet = true;
    run(l, 2);
    double db = 20 * log10(sound_rms(l->heard + l->heard_count - l->rate, l->rate) / 32768);
    CHECK(fabs(db + 40) < 2);
    CHECK_INT(cw_playout_stats(l->playout)->concealed, 0);
    l->quiet = false;
    run(l, 2);
    check_smooth(l, 0.5, 2.5);
    line_close(l);
}

// The sender is another one, its clock jumps forward and back, it stalls: sound goes on within a moment.
static void breaks(void) {
    for (size_t i = 0; i < KINDS; i++) {
        struct line *l = open_as(kinds[i]);
        run(l, 2);
        l->ssrc = 8;
        l->seq = 5;
        l->timestamp = 12345;
        run(l, 1);
        l->timestamp += l->clock_hz * 3600;
        run(l, 1);
        l->timestamp -= l->clock_hz * 1800;
        run(l, 1);
        l->timestamp -= l->clock_hz; // by a second only
        run(l, 1);
        l->timestamp += l->clock_hz;
        run(l, 1);
        l->seq = (uint16_t)(l->seq + 5000);
        run(l, 1);
        size_t gets = l->gets, sound = l->sound;
        run(l, 1);
        CHECK_INT(l->sound - sound, l->gets - gets);
        CHECK(l->sound * 10 >= l->gets * 9);
        CHECK(cw_playout_jitter(l->playout)->restarts >= 3);
        check_smooth(l, 0.5, 3);
        line_close(l);
    }
}

// Nothing for 700 ms, then all at once: the delay does not stay.
static void stall(void) {
    for (size_t i = 0; i < KINDS; i++) {
        struct line *l = open_as(kinds[i]);
        run(l, 3);
        cw_time held = l->now + 700 * CW_MS;
        for (int n = 0; n < 700; n++) {
            run(l, 0.001);
            for (size_t k = 0; k < l->flying; k++) l->flight[k].at = held;
        }
        run(l, 4);
        CHECK(cw_playout_delay(l->playout) <= 330 * CW_MS);
        run(l, 8);
        CHECK(cw_playout_delay(l->playout) <= 60 * CW_MS);
        check_smooth(l, 0.5, 3);
        line_close(l);
    }
}

static void refused(void) {
    struct line *l = open_as(kinds[2]);
    static const uint8_t junk[4000] = {0xff, 0xff};
    struct cw_rtp rtp = {.payload = junk, .payload_len = 2};
    CHECK_INT(cw_playout_put(l->playout, &rtp, false, l->now), CW_EFORMAT);
    rtp.payload_len = sizeof junk;
    CHECK_INT(cw_playout_put(l->playout, &rtp, true, l->now), CW_ETOOBIG);
    int16_t pcm[480];
    CHECK(!cw_playout_get(l->playout, pcm, 480, l->now)); // nothing came yet: silence
    CHECK_INT(sound_step(pcm, 480), 0);
    line_close(l);
}

static const struct cw_test tests[] = {
    TEST(undisturbed),
    TEST(packet_lengths),
    TEST(loss),
    TEST(jitter_comes_and_goes),
    TEST(reordered_and_doubled),
    TEST(drift),
    TEST(pauses),
    TEST(comfort_noise),
    TEST(breaks),
    TEST(stall),
    TEST(refused),
};
TEST_MAIN(tests)
