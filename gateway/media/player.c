// Sound of the gateway's own.
#include "media/player.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "proto/audio_codec.h"
#include "proto/tone.h"

#define PTIME (20 * CW_MS)
#define LATE_MAX (100 * CW_MS) // a worker that was held up for longer does not catch up
#define SAMPLES_MAX 320        // of a packet, at 16 kHz

struct cw_player {
    struct cw_media_play what;
    struct cw_tone tone;
    size_t position; // in the clip
    struct cw_encoder *encoder;
    enum cw_codec_id encodes;
    uint8_t codec; // index in the stream's codecs
    uint32_t version;
    uint32_t sample_hz;
    cw_time next; // CW_NEVER: nothing to be played
    cw_time last; // when we sent
    bool talking; // our packets are in a row
};

// What the stream gets when it is sent nothing; 0: nothing.
static cw_time silence_after(const struct cw_stream *s) {
    return s->conf.kind == CW_MEDIA_AUDIO && s->leg->rtp ? s->leg->worker->config->silence_after : 0;
}

static int make_player(struct cw_stream *s) {
    if (s->player) return 0;
    s->player = calloc(1, sizeof *s->player);
    if (!s->player) return CW_ENOMEM;
    s->player->next = CW_NEVER;
    return 0;
}

int cw_player_prepare(struct cw_stream *s) {
    if (s->player || !silence_after(s)) return 0;
    int err = make_player(s);
    if (err) return err;
    s->player->next = s->leg->worker->now + silence_after(s);
    cw_leg_arm(s->leg, s->player->next);
    return 0;
}

void cw_player_free(struct cw_stream *s) {
    if (s->player) cw_encoder_free(s->player->encoder);
    free(s->player);
    s->player = NULL;
}

// ---------------------------------------------------------------- the codec

// The one that is being sent, else the first that we can make.
static uint8_t choose_codec(const struct cw_stream *s) {
    uint8_t first = CW_STREAM_NO_CODEC;
    for (size_t i = 0; i < s->conf.codec_count; i++) {
        const struct cw_media_codec *c = &s->conf.codecs[i];
        if (c->pt_send >= 128 || !cw_audio_codec_known(c->codec)) continue;
        if (c->pt_send == s->out_pt) return (uint8_t)i;
        if (first == CW_STREAM_NO_CODEC) first = (uint8_t)i;
    }
    return first;
}

// Telephone sound is enough for tones and music on hold; G.722 and Opus carry it better at 16 kHz.
static uint32_t choose_rate(enum cw_codec_id codec) { return cw_audio_codec_runs_at(codec, 16000) ? 16000 : 8000; }

static int make_encoder(struct cw_player *p, enum cw_codec_id codec) {
    struct cw_encoder *encoder;
    int err = cw_encoder_new(&encoder, codec, choose_rate(codec));
    if (err) return err;
    cw_encoder_free(p->encoder);
    p->encoder = encoder;
    p->encodes = codec;
    p->sample_hz = choose_rate(codec);
    if (p->what.sound == CW_MEDIA_SOUND_TONE) cw_tone_init(&p->tone, &p->what.rhythm, p->sample_hz);
    return 0;
}

static int prepare_encoder(struct cw_stream *s) {
    struct cw_player *p = s->player;
    if (p->encoder && p->version == s->version && s->conf.codecs[p->codec].pt_send == s->out_pt) return 0;
    uint8_t codec = choose_codec(s);
    if (codec == CW_STREAM_NO_CODEC) return CW_EUNSUPPORTED;
    enum cw_codec_id id = s->conf.codecs[codec].codec;
    int err = p->encoder && p->encodes == id ? 0 : make_encoder(p, id);
    if (err) return err;
    p->codec = codec;
    p->version = s->version;
    return 0;
}

// ---------------------------------------------------------------- a packet

static void copy_clip(struct cw_player *p, int16_t *pcm, size_t samples) {
    size_t length;
    const int16_t *clip = cw_clip_pcm(p->what.clip, p->sample_hz, &length);
    for (size_t i = 0; i < samples; i++) pcm[i] = clip[p->position++ % length];
}

static void make(struct cw_player *p, int16_t *pcm, size_t samples) {
    switch (p->what.sound) {
    case CW_MEDIA_SOUND_TONE: cw_tone_make(&p->tone, pcm, samples); break;
    case CW_MEDIA_SOUND_CLIP: copy_clip(p, pcm, samples); break;
    default: memset(pcm, 0, samples * sizeof *pcm);
    }
}

static void send_packet(struct cw_stream *s) {
    struct cw_player *p = s->player;
    int16_t pcm[SAMPLES_MAX];
    uint8_t payload[CW_AUDIO_PAYLOAD_MAX];
    size_t len, samples = (size_t)(p->sample_hz * PTIME / CW_SECOND);
    make(p, pcm, samples);
    if (cw_encoder_encode(p->encoder, pcm, samples, payload, &len) || !len) return;
    uint32_t units = (uint32_t)(s->conf.codecs[p->codec].clock_hz * PTIME / CW_SECOND);
    cw_stream_send_frame(s, p->codec, payload, len, units);
    p->talking = true;
    p->last = s->leg->worker->now;
}

// ---------------------------------------------------------------- time

static bool may_play(const struct cw_stream *s) {
    return s->leg->ready && s->conf.may_send && !(s->leg->flow & CW_MEDIA_MUTE_OUT) &&
           !(s->holding & CW_STREAM_HOLDS_FOR_DIGIT);
}

// Filling only: when silence is due, if not now. Somebody has sent since our own last packet if that is not the newest.
static cw_time silence_due(const struct cw_stream *s) {
    const struct cw_player *p = s->player;
    if (!s->map.started || (p->talking && s->map.out_time == p->last)) return p->next;
    return s->map.out_time + silence_after(s);
}

cw_time cw_player_tick(struct cw_stream *s) {
    struct cw_player *p = s->player;
    cw_time now = s->leg->worker->now;
    if (!p || p->next > now) return p ? p->next : CW_NEVER;
    bool fills = p->what.sound == CW_MEDIA_SOUND_NONE;
    if (!may_play(s) || (fills && s->leg->flow & CW_MEDIA_HOLD) || prepare_encoder(s)) {
        p->talking = false;
        return p->next = now + (fills ? silence_after(s) : PTIME);
    }
    if (fills && silence_due(s) > now) {
        p->talking = false;
        return p->next = silence_due(s);
    }
    if (now - p->next > LATE_MAX) p->next = now;
    while (p->next <= now) {
        send_packet(s);
        p->next += PTIME;
    }
    return p->next;
}

// ---------------------------------------------------------------- commands

static void set(struct cw_stream *s, const struct cw_media_play *what) {
    bool plays = what->sound != CW_MEDIA_SOUND_NONE;
    if (plays && make_player(s)) return; // it is not heard
    struct cw_player *p = s->player;
    if (!p) return;
    cw_time now = s->leg->worker->now;
    p->what = *what;
    p->position = 0;
    p->talking = false;
    if (p->encoder) cw_tone_init(&p->tone, &what->rhythm, p->sample_hz);
    s->holding = (uint8_t)((s->holding & ~CW_STREAM_HOLDS_FOR_SOUND) | (plays ? CW_STREAM_HOLDS_FOR_SOUND : 0));
    p->next = plays ? now : silence_after(s) ? now + silence_after(s) : CW_NEVER;
    cw_leg_arm(s->leg, p->next);
}

void cw_worker_play(struct cw_worker *w, uint64_t id, const struct cw_media_play *what) {
    struct cw_leg *leg = cw_worker_leg(w, id);
    if (!leg) return;
    for (size_t i = 0; i < leg->stream_count; i++)
        if (leg->streams[i]->conf.kind == CW_MEDIA_AUDIO) set(leg->streams[i], what);
}
