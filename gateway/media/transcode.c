// One direction of a bridge, decoded and encoded anew.
#include "media/transcode.h"

#include <stddef.h>
#include <stdlib.h>

#include "base/err.h"
#include "proto/playout.h"

#define FIRST_BEAT (5 * CW_MS) // after the first packet, then up to the next step of the wheel
#define PTIME_DEFAULT 20
#define PTIME_MAX 60
#define BEHIND (200 * CW_MS) // a worker that was stopped for so long does not catch up
#define LOSS_INTERVAL CW_SECOND
#define NOISE_INTERVAL (200 * CW_MS) // often enough for what hangs up without RTP
#define JOIN_MS 4                    // a step where one codec follows another is levelled out over this

struct cw_transcode {
    struct cw_timer timer;
    cw_time beat; // the next one
    struct cw_stream *from;
    uint32_t from_version, to_version; // of the streams that all this is for
    struct cw_playout *playout;
    struct cw_encoder *encoder;
    struct cw_encoder_options options;
    enum cw_codec_id encodes;
    uint32_t sample_hz;
    uint8_t out;      // index in to->conf.codecs
    uint8_t noise;    // the same of comfort noise, or CW_STREAM_NO_CODEC
    cw_time noise_at; // when the next packet of it is due, 0: sound was sent last
    unsigned ptime_ms;
    cw_time loss_at; // when to look at the receiver's loss again
    bool join;
    int16_t last; // sample sent
    // What of it is in the worker's counters.
    cw_time counted_delay;
    uint64_t counted_concealed;
};

// ---------------------------------------------------------------- counters

static void count_streams(struct cw_worker *w, int add) {
    uint32_t count = atomic_load_explicit(&w->counters.transcoded, memory_order_relaxed);
    atomic_store_explicit(&w->counters.transcoded, count + (uint32_t)add, memory_order_relaxed);
}

static void count_delay(struct cw_transcode *t, cw_time delay) {
    _Atomic int64_t *sum = &t->from->leg->worker->counters.jitter_delay_us;
    int64_t before = atomic_load_explicit(sum, memory_order_relaxed);
    atomic_store_explicit(sum, before + delay - t->counted_delay, memory_order_relaxed);
    t->counted_delay = delay;
}

static void count_sound(struct cw_transcode *t) {
    uint64_t concealed = cw_playout_stats(t->playout)->concealed;
    if (concealed != t->counted_concealed)
        cw_count(&t->from->leg->worker->counters.concealed_us,
                 (concealed - t->counted_concealed) * CW_SECOND / t->sample_hz);
    t->counted_concealed = concealed;
    count_delay(t, cw_playout_delay(t->playout));
}

// ---------------------------------------------------------------- what was negotiated

static uint8_t best_codec(const struct cw_stream *to) {
    for (size_t i = 0; i < to->conf.codec_count; i++) {
        const struct cw_media_codec *c = &to->conf.codecs[i];
        if (!(to->helpers >> i & 1) && c->pt_send < 128 && cw_audio_codec_known(c->codec)) return (uint8_t)i;
    }
    return CW_STREAM_NO_CODEC;
}

// Comfort noise has the clock of the sound that it stands for (RFC 3389 §4).
static uint8_t noise_codec(const struct cw_stream *to, uint32_t clock_hz) {
    for (size_t i = 0; i < to->conf.codec_count; i++) {
        const struct cw_media_codec *c = &to->conf.codecs[i];
        if (c->codec == CW_CODEC_CN && c->clock_hz == clock_hz && c->pt_send < 128) return (uint8_t)i;
    }
    return CW_STREAM_NO_CODEC;
}

static unsigned choose_ptime(const struct cw_media_stream *to, enum cw_codec_id codec) {
    unsigned wanted = to->ptime_ms ? to->ptime_ms : PTIME_DEFAULT;
    if (to->maxptime_ms && wanted > to->maxptime_ms) wanted = to->maxptime_ms;
    return cw_audio_codec_ptime(codec, wanted);
}

static int prepare_decoder(struct cw_transcode *t, const struct cw_media_codec *in, uint32_t sample_hz) {
    const struct cw_playout_config wanted = {in->codec, in->clock_hz, sample_hz,
                                             t->from->leg->worker->config->jitter_max};
    struct cw_playout *made = NULL;
    if (t->playout) {
        const struct cw_playout_config *old = cw_playout_config(t->playout);
        if (old->codec == wanted.codec && old->clock_hz == wanted.clock_hz && old->sample_hz == wanted.sample_hz)
            return 0;
    }
    int err = cw_playout_new(&made, &wanted);
    if (err) return err;
    cw_playout_free(t->playout);
    t->playout = made;
    t->counted_concealed = 0;
    t->join = true;
    return 0;
}

static int prepare_encoder(struct cw_transcode *t, const struct cw_media_codec *out, uint32_t sample_hz) {
    struct cw_encoder *made = NULL;
    if (t->encoder && t->encodes == out->codec && t->sample_hz == sample_hz) return 0;
    int err = cw_encoder_new(&made, out->codec, sample_hz);
    if (err) return err;
    cw_encoder_free(t->encoder);
    t->encoder = made;
    t->encodes = out->codec;
    t->sample_hz = sample_hz;
    return 0;
}

static void set_options(struct cw_transcode *t, const struct cw_media_codec *out, unsigned loss_percent) {
    t->options = (struct cw_encoder_options){
        .complexity = t->from->leg->worker->complexity, .loss_percent = loss_percent, .fec = out->fec, .dtx = out->dtx};
    cw_encoder_set(t->encoder, &t->options);
}

// For sound in the codec `in`. Cheap if nothing has changed.
static int prepare(struct cw_transcode *t, const struct cw_media_codec *in) {
    const struct cw_stream *to = t->from->other;
    const struct cw_playout_config *playing = t->playout ? cw_playout_config(t->playout) : NULL;
    if (playing && playing->codec == in->codec && t->from_version == t->from->version && t->to_version == to->version)
        return 0;
    uint8_t out = best_codec(to);
    if (out == CW_STREAM_NO_CODEC) return CW_EUNSUPPORTED;
    const struct cw_media_codec *codec = &to->conf.codecs[out];
    uint32_t sample_hz = cw_audio_codec_rate(in->codec, codec->codec);
    if (!sample_hz) return CW_EUNSUPPORTED;
    int err = prepare_decoder(t, in, sample_hz);
    if (!err) err = prepare_encoder(t, codec, sample_hz);
    if (err) return err;
    set_options(t, codec, t->options.loss_percent);
    t->out = out;
    t->noise = noise_codec(to, codec->clock_hz);
    t->ptime_ms = choose_ptime(&to->conf, codec->codec);
    t->from_version = t->from->version;
    t->to_version = to->version;
    return 0;
}

// ---------------------------------------------------------------- life

static void begin_beats(struct cw_transcode *t) {
    struct cw_worker *w = t->from->leg->worker;
    t->beat = (w->now + FIRST_BEAT + CW_WHEEL_STEP - 1) / CW_WHEEL_STEP * CW_WHEEL_STEP;
    cw_wheel_set(&w->beats, &t->timer, t->beat);
}

static struct cw_transcode *begin(struct cw_stream *from) {
    struct cw_transcode *t = calloc(1, sizeof *t);
    if (!t) return NULL;
    t->from = from;
    from->transcode = t;
    count_streams(from->leg->worker, 1);
    return t;
}

void cw_transcode_end(struct cw_stream *from) {
    struct cw_transcode *t = from->transcode;
    if (!t) return;
    count_delay(t, 0);
    count_streams(from->leg->worker, -1);
    cw_wheel_clear(&from->leg->worker->beats, &t->timer);
    cw_playout_free(t->playout);
    cw_encoder_free(t->encoder);
    free(t);
    from->transcode = NULL;
}

// ---------------------------------------------------------------- packets

static bool take_noise(struct cw_stream *from, const struct cw_rtp *rtp, const struct cw_media_codec *codec) {
    if (!from->transcode || codec->codec != CW_CODEC_CN) return false;
    (void)cw_playout_put(from->transcode->playout, rtp, true, from->leg->worker->now); // it counts what it drops
    return true;
}

bool cw_transcode_take(struct cw_stream *from, const struct cw_rtp *rtp) {
    struct cw_stream *to = from->other;
    uint8_t index = from->codec_of[rtp->pt];
    const struct cw_media_codec *codec = &from->conf.codecs[index];
    if (from->helpers >> index & 1) return take_noise(from, rtp, codec);
    cw_stream_translate(to, from);
    if (to->out_codec[rtp->pt] != CW_STREAM_NO_CODEC) {
        cw_transcode_end(from); // from now on they understand each other
        return false;
    }
    if (!from->leg->worker->config->transcode || from->conf.kind != CW_MEDIA_AUDIO) return false;
    struct cw_transcode *t = from->transcode ? from->transcode : begin(from);
    if (!t || prepare(t, codec)) {
        cw_transcode_end(from);
        return false;
    }
    if (!t->timer.back) begin_beats(t);
    if (cw_playout_put(t->playout, rtp, false, from->leg->worker->now) == CW_EFORMAT)
        cw_leg_drop(from->leg, CW_MEDIA_DROP_MALFORMED);
    return true;
}

// ---------------------------------------------------------------- beats

static void level_out(struct cw_transcode *t, int16_t *pcm, size_t samples) {
    int32_t step = t->last - pcm[0], length = (int32_t)t->sample_hz / 1000 * JOIN_MS;
    for (int32_t i = 0; t->join && i < length; i++) {
        int32_t value = pcm[i] + step * (length - i) / length;
        pcm[i] = (int16_t)(value > INT16_MAX ? INT16_MAX : value < INT16_MIN ? INT16_MIN : value);
    }
    t->join = false;
    t->last = pcm[samples - 1];
}

// The encoder follows the worker's load and what the receiver loses.
static void follow(struct cw_transcode *t, const struct cw_stream *to) {
    struct cw_worker *w = t->from->leg->worker;
    unsigned loss_percent = t->options.loss_percent;
    if (w->now >= t->loss_at) {
        struct cw_rtp_stats stats;
        cw_rtp_send_stats(&to->sent, to->map.clock_hz, &stats);
        loss_percent = (unsigned)(stats.fraction * 100 + 0.5);
        t->loss_at = w->now + LOSS_INTERVAL;
    }
    if (loss_percent != t->options.loss_percent || t->options.complexity != w->complexity)
        set_options(t, &to->conf.codecs[t->out], loss_percent);
}

// The sender has fallen silent: its noise is described now and then, and the next sound begins anew.
static bool send_noise(struct cw_transcode *t, struct cw_stream *to, const int16_t *pcm, size_t samples,
                       uint32_t units) {
    cw_time now = t->from->leg->worker->now;
    uint8_t payload[CW_CN_SIZE];
    if (t->noise == CW_STREAM_NO_CODEC) return false;
    if (now < t->noise_at) return true;
    t->noise_at = now + NOISE_INTERVAL;
    cw_stream_send_frame(to, t->noise, payload, cw_cn_describe(pcm, samples, 0, payload), units);
    cw_rtp_map_pause(&to->map);
    return true;
}

static void send_frame(struct cw_transcode *t, struct cw_stream *to) {
    int16_t pcm[CW_AUDIO_RATE_MAX / 1000 * PTIME_MAX];
    uint8_t payload[CW_AUDIO_PAYLOAD_MAX];
    size_t samples = t->sample_hz / 1000 * t->ptime_ms, len;
    uint32_t units = to->conf.codecs[t->out].clock_hz / 1000 * t->ptime_ms;
    bool sound = cw_playout_get(t->playout, pcm, samples, t->from->leg->worker->now);
    level_out(t, pcm, samples);
    count_sound(t);
    follow(t, to);
    if (to->holding) return; // something else is being sent, and this closes up behind it
    if (!sound && send_noise(t, to, pcm, samples, units)) return;
    t->noise_at = 0;
    if (cw_encoder_encode(t->encoder, pcm, samples, payload, &len) == 0 && len)
        cw_stream_send_frame(to, t->out, payload, len, units);
    else
        cw_rtp_map_pause(&to->map); // silence that need not be sent
}

static void next_beat(struct cw_transcode *t) {
    struct cw_worker *w = t->from->leg->worker;
    t->beat += t->ptime_ms * CW_MS;
    if (t->beat < w->now - BEHIND) t->beat = (w->now / CW_WHEEL_STEP + 1) * CW_WHEEL_STEP;
    cw_wheel_set(&w->beats, &t->timer, t->beat);
}

void cw_transcode_beat(struct cw_timer *timer) {
    struct cw_transcode *t = (struct cw_transcode *)((char *)timer - offsetof(struct cw_transcode, timer));
    struct cw_stream *from = t->from, *to = from->other;
    const struct cw_playout_config *playing = cw_playout_config(t->playout);
    struct cw_media_codec in = {.codec = (uint8_t)playing->codec, .clock_hz = playing->clock_hz};
    if (!to || prepare(t, &in)) { // parted, or nothing is left that could be made
        cw_transcode_end(from);
        return;
    }
    if (cw_stream_may_send(to))
        send_frame(t, to);
    else if (!to->holding)
        cw_rtp_map_pause(&to->map);
    next_beat(t);
}

void cw_transcode_stats(const struct cw_stream *from, struct cw_media_direction_stats *out) {
    const struct cw_transcode *t = from->transcode;
    if (!t) return;
    out->transcoded = true;
    out->jitter_buffer_ms = (double)cw_playout_delay(t->playout) / 1000.0;
    out->concealed_ms = (double)cw_playout_stats(t->playout)->concealed * 1000.0 / t->sample_hz;
}
