// Digits as tones.
#include "media/dtmf_inband.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "proto/audio_codec.h"
#include "proto/dtmf_tone.h"

#define HZ CW_DTMF_TONE_HZ
#define FRAME (HZ / 50) // [samples] 20 ms
#define TAIL 16         // [samples] in which a tone fades behind its last frame
#define PCM_MAX (HZ / 1000 * CW_AUDIO_MS_MAX)
#define SILENCE_MAX 960 // [octets] 120 ms of G.711

// ---------------------------------------------------------------- hearing

struct cw_dtmf_ear {
    struct cw_dtmf_detector *detector;
    struct cw_decoder *decoder; // NULL: not a codec we know
    enum cw_codec_id codec;
    bool started;
    uint16_t seq; // the last one heard
    struct cw_rtp silent;
    uint8_t silence[SILENCE_MAX]; // in that codec
    size_t silence_len;           // a packet's, 0: as long as what it stands for
    int16_t pcm[PCM_MAX];
};

int cw_dtmf_ear_new(struct cw_dtmf_ear **out) {
    struct cw_dtmf_ear *ear = calloc(1, sizeof *ear);
    if (!ear) return CW_ENOMEM;
    if (cw_dtmf_detector_new(&ear->detector)) {
        free(ear);
        return CW_ENOMEM;
    }
    *out = ear;
    return 0;
}

void cw_dtmf_ear_free(struct cw_dtmf_ear *ear) {
    if (!ear) return;
    cw_dtmf_detector_free(ear->detector);
    cw_decoder_free(ear->decoder);
    free(ear);
}

// G.722 has a memory: silence is what its encoder makes of it.
static void make_g722_silence(struct cw_dtmf_ear *ear) {
    static const int16_t nothing[FRAME];
    struct cw_encoder *encoder = NULL;
    size_t len = 0;
    if (cw_encoder_new(&encoder, CW_CODEC_G722, HZ)) return;
    for (size_t at = 0; at + FRAME <= SILENCE_MAX; at += len) {
        uint8_t frame[CW_AUDIO_PAYLOAD_MAX];
        if (cw_encoder_encode(encoder, nothing, FRAME, frame, &len) || !len || at + len > SILENCE_MAX) break;
        memcpy(ear->silence + at, frame, len);
    }
    cw_encoder_free(encoder);
}

static void make_silence(struct cw_dtmf_ear *ear) {
    static const uint8_t opus[] = {0xf8, 0xff, 0xfe}; // 20 ms
    ear->silence_len = 0;
    memset(ear->silence, ear->codec == CW_CODEC_PCMU ? 0xff : ear->codec == CW_CODEC_PCMA ? 0xd5 : 0, SILENCE_MAX);
    if (ear->codec == CW_CODEC_G722) make_g722_silence(ear);
    if (ear->codec != CW_CODEC_OPUS) return;
    memcpy(ear->silence, opus, sizeof opus);
    ear->silence_len = sizeof opus;
}

static void set_codec(struct cw_dtmf_ear *ear, enum cw_codec_id codec) {
    if (ear->codec == codec) return;
    cw_decoder_free(ear->decoder);
    ear->decoder = NULL;
    ear->codec = codec;
    if (cw_decoder_new(&ear->decoder, codec, HZ)) ear->decoder = NULL;
    make_silence(ear);
}

// What comes late would be heard in the wrong place.
static bool is_next(struct cw_dtmf_ear *ear, uint16_t seq) {
    int16_t ahead = (int16_t)(seq - ear->seq);
    if (ear->started && ahead <= 0 && ahead > -1000) return false;
    ear->started = true;
    ear->seq = seq;
    return true;
}

void cw_dtmf_ear_input(struct cw_dtmf_ear *ear, enum cw_codec_id codec, const struct cw_rtp *rtp) {
    set_codec(ear, codec);
    if (!ear->decoder || !is_next(ear, rtp->seq)) return;
    size_t samples = cw_decoder_samples(ear->decoder, rtp->payload, rtp->payload_len);
    if (!samples || samples > PCM_MAX) return;
    if (cw_decoder_decode(ear->decoder, rtp->payload, rtp->payload_len, ear->pcm)) return;
    cw_dtmf_detector_input(ear->detector, ear->pcm, samples);
}

bool cw_dtmf_ear_event(struct cw_dtmf_ear *ear, struct cw_dtmf_event *out) {
    return cw_dtmf_detector_event(ear->detector, out);
}

uint32_t cw_dtmf_ear_duration_ms(const struct cw_dtmf_ear *ear) { return cw_dtmf_detector_duration_ms(ear->detector); }

const struct cw_rtp *cw_dtmf_ear_filter(struct cw_dtmf_ear *ear, const struct cw_rtp *rtp) {
    if (!cw_dtmf_detector_sounding(ear->detector)) return rtp;
    size_t len = ear->silence_len ? ear->silence_len : rtp->payload_len;
    ear->silent = *rtp;
    ear->silent.payload = ear->silence;
    ear->silent.payload_len = (uint16_t)(len < SILENCE_MAX ? len : SILENCE_MAX);
    return &ear->silent;
}

// ---------------------------------------------------------------- speaking

struct cw_dtmf_voice {
    struct cw_encoder *encoder;
    enum cw_codec_id codec;
    struct cw_dtmf_oscillator tone;
    bool over; // the sound of this digit is complete
};

int cw_dtmf_voice_new(struct cw_dtmf_voice **out) {
    struct cw_dtmf_voice *voice = calloc(1, sizeof *voice);
    if (!voice) return CW_ENOMEM;
    *out = voice;
    return 0;
}

void cw_dtmf_voice_free(struct cw_dtmf_voice *voice) {
    if (!voice) return;
    cw_encoder_free(voice->encoder);
    free(voice);
}

// The codec that was sent last, or the first that can be: its place in conf.codecs; negative: none.
static int codec_to_send(const struct cw_stream *s) {
    int found = -1;
    for (size_t i = 0; i < s->conf.codec_count; i++) {
        const struct cw_media_codec *c = &s->conf.codecs[i];
        if (c->pt_send >= 128 || !cw_audio_codec_runs_at(c->codec, HZ)) continue;
        if (c->pt_send == s->out_pt) return (int)i;
        if (found < 0) found = (int)i;
    }
    return found;
}

static bool set_encoder(struct cw_dtmf_voice *voice, enum cw_codec_id codec) {
    static const struct cw_encoder_options options = {.complexity = 5};
    if (voice->encoder && voice->codec == codec) return true;
    cw_encoder_free(voice->encoder);
    voice->encoder = NULL;
    voice->codec = codec;
    if (cw_encoder_new(&voice->encoder, codec, HZ)) return false;
    cw_encoder_set(voice->encoder, &options);
    return true;
}

static void send_frame(struct cw_dtmf_voice *voice, struct cw_stream *s, const int16_t *pcm) {
    uint8_t payload[CW_AUDIO_PAYLOAD_MAX];
    size_t len;
    int codec = codec_to_send(s);
    if (codec < 0 || !cw_stream_may_send(s) || !set_encoder(voice, s->conf.codecs[codec].codec)) return;
    if (cw_encoder_encode(voice->encoder, pcm, FRAME, payload, &len) || !len) return;
    cw_stream_send_frame(s, (uint8_t)codec, payload, len, s->conf.codecs[codec].clock_hz / 50);
}

// The last frame may be cut short; a digit that ends with a frame fades at the beginning of one more, so that silence
// follows it in any case.
void cw_dtmf_voice_say(struct cw_dtmf_voice *voice, struct cw_stream *s, const struct cw_dtmf_packet *step) {
    int16_t pcm[FRAME];
    if (step->marker) {
        voice->tone = (struct cw_dtmf_oscillator){0};
        voice->over = false;
    }
    if (voice->over || step->full_segment) return;
    uint32_t length = step->duration_ms * (HZ / 1000);
    if (step->end) {
        voice->over = true;
        if (length < voice->tone.samples) return;
        length = voice->tone.samples + TAIL;
    } else if (length >= voice->tone.samples + FRAME) {
        length = UINT32_MAX;
    }
    cw_dtmf_tone_make(&voice->tone, step->digit, length, pcm, FRAME);
    send_frame(voice, s, pcm);
}
