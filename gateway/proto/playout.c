// Packets to even sound.
#include "proto/playout.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "proto/time_scale.h"

#define GET_MS_MAX 60
#define SPARE (3 * CW_MS)   // more than this waits behind what is taken: it can be done without
#define PERIOD_MAX (12500)  // [us], what the time scale changes at once
#define HURRY (100 * CW_MS) // so far above the target any change of length is better than the delay
#define JOIN_US 4000        // a step between two sounds is levelled out over this
#define ROOM_MS (CW_AUDIO_MS_MAX + GET_MS_MAX + 20)

struct cw_playout {
    struct cw_playout_config config;
    struct cw_playout_stats stats;
    struct cw_decoder *decoder;
    struct cw_cn cn;
    bool playing;  // what was made last is of packets
    cw_time delay; // of what was put out last
    int16_t last;  // sample made
    size_t count;  // of ready samples
    struct cw_jitter jitter;
    int16_t ready[];
};

int cw_playout_new(struct cw_playout **out, const struct cw_playout_config *config) {
    size_t room = config->sample_hz / 1000 * ROOM_MS;
    struct cw_decoder *decoder = NULL;
    int err = cw_decoder_new(&decoder, config->codec, config->sample_hz);
    if (err) return err;
    struct cw_playout *p = calloc(1, sizeof *p + room * sizeof p->ready[0]);
    if (!p) {
        cw_decoder_free(decoder);
        return CW_ENOMEM;
    }
    p->config = *config;
    p->decoder = decoder;
    cw_jitter_init(&p->jitter, config->clock_hz, config->delay_max);
    *out = p;
    return 0;
}

void cw_playout_free(struct cw_playout *p) {
    if (!p) return;
    cw_decoder_free(p->decoder);
    free(p);
}

const struct cw_playout_config *cw_playout_config(const struct cw_playout *p) { return &p->config; }
const struct cw_playout_stats *cw_playout_stats(const struct cw_playout *p) { return &p->stats; }
const struct cw_jitter *cw_playout_jitter(const struct cw_playout *p) { return &p->jitter; }
cw_time cw_playout_delay(const struct cw_playout *p) { return p->delay; }

int cw_playout_put(struct cw_playout *p, const struct cw_rtp *rtp, bool noise, cw_time now) {
    size_t samples = noise ? 0 : cw_decoder_samples(p->decoder, rtp->payload, rtp->payload_len);
    if (!noise && !samples) return CW_EFORMAT;
    uint32_t units = (uint32_t)((uint64_t)samples * p->config.clock_hz / p->config.sample_hz);
    return cw_jitter_put(&p->jitter, rtp, units, noise, now);
}

// ---------------------------------------------------------------- what comes next

static cw_time to_time(const struct cw_playout *p, size_t samples) {
    return (cw_time)samples * CW_SECOND / p->config.sample_hz;
}

static size_t to_samples(const struct cw_playout *p, cw_time time) {
    return (size_t)(time * p->config.sample_hz / CW_SECOND);
}

// Takes the new samples in; `join`: they follow on something else, and no step may be heard.
static void append(struct cw_playout *p, size_t samples, bool join) {
    int16_t *pcm = p->ready + p->count;
    int32_t step = p->last - pcm[0], length = (int32_t)to_samples(p, JOIN_US);
    for (int32_t i = 0; join && i < length && i < (int32_t)samples; i++) {
        int32_t value = pcm[i] + step * (length - i) / length;
        pcm[i] = (int16_t)(value > INT16_MAX ? INT16_MAX : value < INT16_MIN ? INT16_MIN : value);
    }
    p->count += samples;
    p->last = pcm[samples - 1];
}

static void play(struct cw_playout *p, const struct cw_jitter_out *out) {
    if (out->noise) {
        (void)cw_cn_set(&p->cn, out->payload, out->len); // an empty one: as it was
        return;
    }
    int16_t *pcm = p->ready + p->count;
    size_t samples = cw_decoder_samples(p->decoder, out->payload, out->len);
    if (cw_decoder_decode(p->decoder, out->payload, out->len, pcm)) cw_decoder_conceal(p->decoder, pcm, samples);
    if (cw_decoder_is_silence(p->decoder, out->payload, out->len)) cw_jitter_silence(&p->jitter);
    append(p, samples, out->jump || !p->playing);
    p->playing = true;
    p->stats.played += samples;
}

static void conceal(struct cw_playout *p, const struct cw_jitter_out *out) {
    size_t step = p->config.sample_hz / 400; // 2.5 ms
    size_t samples = (size_t)((uint64_t)out->units * p->config.sample_hz / p->config.clock_hz) / step * step;
    size_t most = p->config.sample_hz / 1000 * GET_MS_MAX;
    if (!samples) samples = step;
    if (samples > most) samples = most;
    int16_t *pcm = p->ready + p->count;
    if (out->payload)
        cw_decoder_recover(p->decoder, out->payload, out->len, pcm, samples);
    else
        cw_decoder_conceal(p->decoder, pcm, samples);
    cw_jitter_concealed(&p->jitter, (uint32_t)((uint64_t)samples * p->config.clock_hz / p->config.sample_hz));
    append(p, samples, false);
    p->stats.concealed += samples;
}

// Nothing is to be played: in a silence that the sender told of Opus goes on with the noise that it heard, the others
// with what they were told. A sender that just stopped is not heard.
static void pause(struct cw_playout *p, size_t samples) {
    int16_t *pcm = p->ready + p->count;
    size_t step = p->config.sample_hz / 400;
    samples = (samples + step - 1) / step * step;
    if (p->config.codec == CW_CODEC_OPUS && p->jitter.silence)
        cw_decoder_conceal(p->decoder, pcm, samples);
    else
        cw_cn_make(&p->cn, pcm, samples);
    append(p, samples, p->playing);
    p->playing = false;
    p->stats.silent += samples;
}

// Packets that begin in the middle of what is taken at once are needed that much earlier than they are heard.
static cw_time lead(const struct cw_playout *p, size_t wanted) {
    size_t a = wanted, b = (size_t)((uint64_t)p->jitter.frame * p->config.sample_hz / p->config.clock_hz);
    while (b) {
        size_t rest = a % b;
        a = b;
        b = rest;
    }
    return to_time(p, wanted - a);
}

static void fill(struct cw_playout *p, size_t wanted, cw_time now, bool *sound) {
    struct cw_jitter_out out;
    while (p->count < wanted) {
        switch (cw_jitter_next(&p->jitter, now, lead(p, wanted), &out)) {
        case CW_JITTER_PLAY:
            play(p, &out);
            *sound |= !p->jitter.silence;
            break;
        case CW_JITTER_CONCEAL:
            conceal(p, &out);
            *sound = true;
            break;
        case CW_JITTER_PAUSE: pause(p, wanted - p->count); break;
        }
    }
}

// ---------------------------------------------------------------- delay

static void shorten(struct cw_playout *p, cw_time excess) {
    double alike = excess > HURRY ? CW_TIME_SCALE_URGENT : CW_TIME_SCALE_CAREFUL;
    size_t by = cw_time_scale_shorten(p->ready, p->count, p->config.sample_hz, to_samples(p, excess), alike);
    p->count -= by;
    p->stats.shortened += by;
}

static void lengthen(struct cw_playout *p) {
    size_t by = cw_time_scale_lengthen(p->ready, p->count, p->config.sample_hz, to_samples(p, PERIOD_MAX),
                                       CW_TIME_SCALE_CAREFUL);
    p->count += by;
    p->stats.lengthened += by;
}

// Packets are asked for once in a tick, so up to a tick of delay more than needed cannot be helped.
static void adjust(struct cw_playout *p, size_t wanted, cw_time now) {
    cw_time target = cw_jitter_target(&p->jitter), next = cw_jitter_delay(&p->jitter, now);
    cw_time ready = to_time(p, p->count), tick = to_time(p, wanted), needed = target + lead(p, wanted);
    cw_time frame = (cw_time)p->jitter.frame * CW_SECOND / p->config.clock_hz;
    cw_time newest = next + frame; // delay of the packet that was decoded last
    if (p->jitter.state != CW_JITTER_PLAYING || p->jitter.silence || p->jitter.concealed) return;
    p->delay = next + ready;
    if (p->delay > needed + tick && (next >= target || ready >= tick + PERIOD_MAX))
        shorten(p, p->delay - needed);
    else if (newest < target)
        lengthen(p);
    else if (frame <= tick && needed == target && ready - tick >= SPARE)
        shorten(p, ready - tick);
}

bool cw_playout_get(struct cw_playout *p, int16_t *pcm, size_t samples, cw_time now) {
    bool sound = p->playing && p->count > 0;
    fill(p, samples, now, &sound);
    adjust(p, samples, now);
    fill(p, samples, now, &sound);
    memcpy(pcm, p->ready, samples * sizeof *pcm);
    p->count -= samples;
    memmove(p->ready, p->ready + samples, p->count * sizeof *pcm);
    return sound;
}
