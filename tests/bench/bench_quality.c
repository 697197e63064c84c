// What transcoding does to speech: a WAV through the transcoding path (the playout and encoder of gateway/proto, as
// gateway/media/transcode.c joins them) beside the same file through libopus and G.711 alone. Time is simulated, so the
// result is the same on every run.
//   bench_quality SPEECH.wav     (8 kHz, mono, 16 bits)
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/playout.h"

#define RATE 8000
#define FRAME 160
#define SAMPLES_MAX (RATE * 120)
#define START (1000 * CW_SECOND)
#define QUIET 100.0 // frames of less amplitude say nothing about the codec
#define BEAT_PHASE (7 * CW_MS)

struct path {
    const char *name;
    enum cw_codec_id in, out;
};

struct network {
    unsigned loss_percent;
    cw_time jitter;
};

struct packet {
    cw_time at;
    bool lost;
    size_t len;
    uint8_t payload[CW_AUDIO_PAYLOAD_MAX];
};

struct figures {
    double level_db, snr_db;
    cw_time concealed;
    cw_time delay; // mean, of the jitter buffer and waiting for the beat
};

static int16_t speech[SAMPLES_MAX], through[SAMPLES_MAX + RATE], alone[SAMPLES_MAX + RATE];
static struct packet packets[SAMPLES_MAX / FRAME];
static size_t count; // of frames

static uint32_t chance(void) {
    static uint32_t random = 1;
    random = random * 1664525u + 1013904223u;
    return random >> 8;
}

static void need(int err) {
    if (!err) return;
    fprintf(stderr, "bench_quality: error %d\n", err);
    exit(1);
}

static uint32_t clock_of(enum cw_codec_id codec) { return codec == CW_CODEC_OPUS ? 48000 : 8000; }

// What the sender sends, and when it arrives.
static void send_all(enum cw_codec_id codec, const struct network *net) {
    struct cw_encoder *e = NULL;
    need(cw_encoder_new(&e, codec, RATE));
    cw_encoder_set(e, &(struct cw_encoder_options){
                          .complexity = 5, .loss_percent = net->loss_percent, .fec = net->loss_percent > 0});
    for (size_t i = 0; i < count; i++) {
        struct packet *p = &packets[i];
        need(cw_encoder_encode(e, speech + i * FRAME, FRAME, p->payload, &p->len));
        p->lost = chance() % 100 < net->loss_percent;
        p->at = START + (cw_time)i * 20 * CW_MS + (net->jitter ? chance() % net->jitter : 0);
    }
    cw_encoder_free(e);
}

// The codecs one after the other, without a clock: what is lost is repaired by FEC or concealed, nothing comes late.
static void run_alone(const struct path *path) {
    struct cw_decoder *first = NULL, *second = NULL;
    struct cw_encoder *e = NULL;
    int16_t pcm[FRAME];
    uint8_t payload[CW_AUDIO_PAYLOAD_MAX];
    size_t len;
    need(cw_decoder_new(&first, path->in, RATE));
    need(cw_decoder_new(&second, path->out, RATE));
    need(cw_encoder_new(&e, path->out, RATE));
    for (size_t i = 0; i < count; i++) {
        const struct packet *p = &packets[i], *next = i + 1 < count && !packets[i + 1].lost ? p + 1 : NULL;
        if (!p->lost)
            need(cw_decoder_decode(first, p->payload, p->len, pcm));
        else if (next)
            cw_decoder_recover(first, next->payload, next->len, pcm, FRAME);
        else
            cw_decoder_conceal(first, pcm, FRAME);
        need(cw_encoder_encode(e, pcm, FRAME, payload, &len));
        need(cw_decoder_decode(second, payload, len, alone + i * FRAME));
    }
    cw_decoder_free(first);
    cw_decoder_free(second);
    cw_encoder_free(e);
}

static void arrive(struct cw_playout *playout, const struct path *path, cw_time from, cw_time to) {
    for (size_t i = 0; i < count; i++) {
        const struct packet *p = &packets[i];
        if (p->lost || p->at <= from || p->at > to) continue;
        struct cw_rtp rtp = {.payload = p->payload,
                             .payload_len = (uint16_t)p->len,
                             .seq = (uint16_t)i,
                             .timestamp = (uint32_t)(i * clock_of(path->in) / 50),
                             .ssrc = 1};
        (void)cw_playout_put(playout, &rtp, false, p->at); // it counts what it drops
    }
}

static size_t run_through(const struct path *path, struct figures *out) {
    struct cw_playout_config config = {path->in, clock_of(path->in), RATE, 300 * CW_MS};
    struct cw_playout *playout = NULL;
    struct cw_decoder *second = NULL;
    struct cw_encoder *e = NULL;
    int16_t pcm[FRAME];
    uint8_t payload[CW_AUDIO_PAYLOAD_MAX];
    size_t len, made = 0;
    cw_time now = START - 20 * CW_MS + BEAT_PHASE, sum = 0;
    need(cw_playout_new(&playout, &config));
    need(cw_decoder_new(&second, path->out, RATE));
    need(cw_encoder_new(&e, path->out, RATE));
    for (; made < count; made++, now += 20 * CW_MS) {
        arrive(playout, path, now - 20 * CW_MS, now);
        cw_playout_get(playout, pcm, FRAME, now);
        need(cw_encoder_encode(e, pcm, FRAME, payload, &len));
        need(cw_decoder_decode(second, payload, len, through + made * FRAME));
        sum += cw_playout_delay(playout);
    }
    out->concealed = (cw_time)cw_playout_stats(playout)->concealed * CW_SECOND / RATE;
    out->delay = sum / (cw_time)count;
    cw_playout_free(playout);
    cw_decoder_free(second);
    cw_encoder_free(e);
    return made * FRAME;
}

static double power(const int16_t *x, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += (double)x[i] * x[i];
    return sum;
}

// The signal-to-noise ratio of one frame where it fits best: time may have been stretched a little on the way.
static double frame_snr(const int16_t *want, const int16_t *heard, size_t lag_max, size_t *lag) {
    double best = -10, signal = power(want, FRAME);
    size_t low = *lag > 160 ? *lag - 160 : 0, high = *lag + 160, at = *lag;
    for (size_t k = low; k <= high && k < lag_max; k++) {
        double noise = 1;
        for (size_t i = 0; i < FRAME; i++) noise += pow((double)want[i] - heard[i + k], 2);
        double snr = 10 * log10(signal / noise);
        if (snr <= best) continue;
        best = snr;
        at = k;
    }
    if (best > 3) *lag = at;
    return best > 35 ? 35 : best;
}

static void judge(const int16_t *heard, size_t samples, struct figures *out) {
    double sum = 0;
    size_t frames = 0, lag = 200;
    for (size_t i = 50; (i + 1) * FRAME + 4000 < samples; i++) {
        if (power(speech + i * FRAME, FRAME) < QUIET * QUIET * FRAME) continue;
        sum += frame_snr(speech + i * FRAME, heard + i * FRAME, 4000, &lag);
        frames++;
    }
    out->snr_db = frames ? sum / (double)frames : 0;
    out->level_db = 10 * log10(power(heard, samples) / power(speech, samples));
}

static void compare(const struct path *path, const struct network *net) {
    struct figures ours = {0}, theirs = {0};
    send_all(path->in, net);
    run_alone(path);
    judge(alone, count * FRAME, &theirs);
    memset(through, 0, sizeof through);
    judge(through, run_through(path, &ours), &ours);
    printf("%-14s %3u%% %3lld ms %10.2f %8.2f %8.2f %11lld %9.1f\n", path->name, net->loss_percent,
           (long long)(net->jitter / CW_MS), ours.level_db - theirs.level_db, ours.snr_db, theirs.snr_db,
           (long long)(ours.concealed / CW_MS), (double)ours.delay / 1000);
}

// A slow sweep from 100 to 3400 Hz behind the speech.
static void add_sweep(size_t from) {
    size_t length = (size_t)RATE * 10 < SAMPLES_MAX - from ? (size_t)RATE * 10 : SAMPLES_MAX - from;
    double phase = 0;
    for (size_t i = 0; i < length; i++) {
        phase += 2 * 3.14159265358979 * (100 + 3300.0 * (double)i / (double)length) / RATE;
        speech[from + i] = (int16_t)(6000 * sin(phase));
    }
    count = (from + length) / FRAME;
}

int main(int argc, char **argv) {
    static const struct path paths[] = {{"Opus to PCMU", CW_CODEC_OPUS, CW_CODEC_PCMU},
                                        {"PCMU to Opus", CW_CODEC_PCMU, CW_CODEC_OPUS}};
    static const struct network nets[] = {{0, 0}, {0, 30 * CW_MS}, {1, 30 * CW_MS}, {5, 30 * CW_MS}, {10, 30 * CW_MS}};
    FILE *file = argc == 2 ? fopen(argv[1], "rb") : NULL;
    if (!file || fseek(file, 44, SEEK_SET)) {
        fprintf(stderr, "usage: bench_quality SPEECH.wav\n");
        return 2;
    }
    add_sweep(fread(speech, sizeof speech[0], SAMPLES_MAX - 10 * RATE, file));
    fclose(file);
    printf("%-14s %4s %6s %10s %8s %8s %11s %9s\n", "", "loss", "jitter", "level [dB]", "segSNR", "alone", "concealed",
           "delay");
    printf("%-14s %4s %6s %10s %8s %8s %11s %9s\n", "", "", "", "difference", "[dB]", "[dB]", "[ms]", "[ms]");
    for (size_t p = 0; p < 2; p++)
        for (size_t n = 0; n < sizeof nets / sizeof *nets; n++) compare(&paths[p], &nets[n]);
    return 0;
}
