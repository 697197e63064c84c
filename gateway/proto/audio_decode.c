// Decoders and concealment.
#include <opus.h>
#include <spandsp/telephony.h>

#include <spandsp/bit_operations.h>
#include <spandsp/g711.h>
#include <spandsp/g722.h>
#include <spandsp/plc.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "proto/audio_codec.h"

#define OPUS_SILENCE_MAX 2 // a packet of the TOC octet alone, or with one more, has no sound (RFC 7587 §3.1.3)

struct cw_decoder {
    enum cw_codec_id codec;
    uint32_t sample_hz;
    OpusDecoder *opus;
    g722_decode_state_t *g722;
    plc_state_t plc; // of all but Opus
};

int cw_decoder_new(struct cw_decoder **out, enum cw_codec_id codec, uint32_t sample_hz) {
    if (!cw_audio_codec_runs_at(codec, sample_hz)) return CW_EUNSUPPORTED;
    struct cw_decoder *d = calloc(1, sizeof *d);
    if (!d) return CW_ENOMEM;
    int err = 0;
    d->codec = codec;
    d->sample_hz = sample_hz;
    plc_init(&d->plc);
    if (codec == CW_CODEC_OPUS) d->opus = opus_decoder_create((opus_int32)sample_hz, 1, &err);
    if (codec == CW_CODEC_G722) d->g722 = g722_decode_init(NULL, 64000, sample_hz == 8000 ? G722_SAMPLE_RATE_8000 : 0);
    if ((codec == CW_CODEC_OPUS && !d->opus) || (codec == CW_CODEC_G722 && !d->g722)) {
        cw_decoder_free(d);
        return CW_ENOMEM;
    }
    *out = d;
    return 0;
}

void cw_decoder_free(struct cw_decoder *d) {
    if (!d) return;
    if (d->opus) opus_decoder_destroy(d->opus);
    if (d->g722) g722_decode_free(d->g722);
    free(d);
}

size_t cw_decoder_samples(const struct cw_decoder *d, const uint8_t *payload, size_t len) {
    if (!len || len > INT32_MAX) return 0;
    if (d->codec == CW_CODEC_OPUS) {
        int samples = opus_packet_get_nb_samples(payload, (opus_int32)len, (opus_int32)d->sample_hz);
        return samples > 0 ? (size_t)samples : 0; // libopus refuses more than 120 ms
    }
    size_t samples = len * (d->sample_hz / 8000); // all have 8000 octets a second
    return samples <= d->sample_hz / 1000 * CW_AUDIO_MS_MAX ? samples : 0;
}

bool cw_decoder_is_silence(const struct cw_decoder *d, const uint8_t *payload, size_t len) {
    (void)payload;
    return d->codec == CW_CODEC_OPUS && len <= OPUS_SILENCE_MAX;
}

static void expand_g711(const struct cw_decoder *d, const uint8_t *payload, size_t len, int16_t *pcm) {
    if (d->codec == CW_CODEC_PCMU)
        for (size_t i = 0; i < len; i++) pcm[i] = ulaw_to_linear(payload[i]);
    else
        for (size_t i = 0; i < len; i++) pcm[i] = alaw_to_linear(payload[i]);
}

int cw_decoder_decode(struct cw_decoder *d, const uint8_t *payload, size_t len, int16_t *pcm) {
    size_t samples = cw_decoder_samples(d, payload, len);
    if (!samples) return CW_EFORMAT;
    if (d->opus) {
        int got = opus_decode(d->opus, payload, (opus_int32)len, pcm, (int)samples, 0);
        return got == (int)samples ? 0 : CW_EFORMAT;
    }
    if (d->g722)
        g722_decode(d->g722, pcm, payload, (int)len);
    else
        expand_g711(d, payload, len, pcm);
    plc_rx(&d->plc, pcm, (int)samples);
    return 0;
}

void cw_decoder_recover(struct cw_decoder *d, const uint8_t *next, size_t len, int16_t *pcm, size_t samples) {
    if (!d->opus || opus_decode(d->opus, next, (opus_int32)len, pcm, (int)samples, 1) != (int)samples)
        cw_decoder_conceal(d, pcm, samples);
}

// Brings spandsp's ring of past samples in order, which it would do itself by a memcpy between overlapping regions.
static void order_history(plc_state_t *plc) {
    int16_t oldest[PLC_HISTORY_LEN];
    size_t turn = (size_t)plc->buf_ptr, rest = PLC_HISTORY_LEN - turn;
    memcpy(oldest, plc->history, turn * sizeof *oldest);
    memmove(plc->history, plc->history + turn, rest * sizeof *oldest);
    memcpy(plc->history + rest, oldest, turn * sizeof *oldest);
    plc->buf_ptr = 0;
}

void cw_decoder_conceal(struct cw_decoder *d, int16_t *pcm, size_t samples) {
    if (!d->opus) {
        order_history(&d->plc);
        plc_fillin(&d->plc, pcm, (int)samples);
    } else if (opus_decode(d->opus, NULL, 0, pcm, (int)samples, 0) != (int)samples) {
        memset(pcm, 0, samples * sizeof *pcm); // only for a length that Opus does not know
    }
}
