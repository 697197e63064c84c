// Encoders.
#include <opus.h>
#include <spandsp/telephony.h>

#include <spandsp/bit_operations.h>
#include <spandsp/g711.h>
#include <spandsp/g722.h>
#include <stdlib.h>

#include "base/err.h"
#include "proto/audio_codec.h"

struct cw_encoder {
    enum cw_codec_id codec;
    uint32_t sample_hz;
    struct cw_encoder_options options;
    OpusEncoder *opus;
    g722_encode_state_t *g722;
};

static int bitrate_bps(uint32_t sample_hz) { return sample_hz <= 8000 ? 32000 : sample_hz <= 16000 ? 48000 : 64000; }

static int make_opus(struct cw_encoder *e) {
    int err;
    e->opus = opus_encoder_create((opus_int32)e->sample_hz, 1, OPUS_APPLICATION_AUDIO, &err);
    if (!e->opus) return CW_ENOMEM;
    opus_encoder_ctl(e->opus, OPUS_SET_BITRATE(bitrate_bps(e->sample_hz)));
    cw_encoder_set(e, &(struct cw_encoder_options){.complexity = 5});
    return 0;
}

int cw_encoder_new(struct cw_encoder **out, enum cw_codec_id codec, uint32_t sample_hz) {
    int err = 0;
    if (!cw_audio_codec_runs_at(codec, sample_hz)) return CW_EUNSUPPORTED;
    struct cw_encoder *e = calloc(1, sizeof *e);
    if (!e) return CW_ENOMEM;
    e->codec = codec;
    e->sample_hz = sample_hz;
    if (codec == CW_CODEC_OPUS) err = make_opus(e);
    if (codec == CW_CODEC_G722) {
        e->g722 = g722_encode_init(NULL, 64000, sample_hz == 8000 ? G722_SAMPLE_RATE_8000 : 0);
        if (!e->g722) err = CW_ENOMEM;
    }
    if (err) {
        cw_encoder_free(e);
        return err;
    }
    *out = e;
    return 0;
}

void cw_encoder_free(struct cw_encoder *e) {
    if (!e) return;
    if (e->opus) opus_encoder_destroy(e->opus);
    if (e->g722) g722_encode_free(e->g722);
    free(e);
}

// At these rates Opus' MDCT layer (chosen by saying "music") is nearer to the sound than its speech layer, for half of
// the work. Only the speech layer has FEC and DTX.
void cw_encoder_set(struct cw_encoder *e, const struct cw_encoder_options *options) {
    e->options = *options;
    if (!e->opus) return;
    bool fec = options->fec && options->loss_percent > 0;
    opus_encoder_ctl(e->opus, OPUS_SET_SIGNAL(fec || options->dtx ? OPUS_SIGNAL_VOICE : OPUS_SIGNAL_MUSIC));
    opus_encoder_ctl(e->opus, OPUS_SET_COMPLEXITY((opus_int32)options->complexity));
    opus_encoder_ctl(e->opus, OPUS_SET_INBAND_FEC(fec));
    opus_encoder_ctl(e->opus, OPUS_SET_PACKET_LOSS_PERC((opus_int32)options->loss_percent));
    opus_encoder_ctl(e->opus, OPUS_SET_DTX(options->dtx));
}

static void compress_g711(enum cw_codec_id codec, const int16_t *pcm, size_t samples, uint8_t *out) {
    if (codec == CW_CODEC_PCMU)
        for (size_t i = 0; i < samples; i++) out[i] = linear_to_ulaw(pcm[i]);
    else
        for (size_t i = 0; i < samples; i++) out[i] = linear_to_alaw(pcm[i]);
}

int cw_encoder_encode(struct cw_encoder *e, const int16_t *pcm, size_t samples, uint8_t *out, size_t *len) {
    size_t per_ms = e->sample_hz / 1000;
    if (!samples || samples % (10 * per_ms) || samples > 60 * per_ms) return CW_EINVAL;
    if (e->opus) {
        opus_int32 made = opus_encode(e->opus, pcm, (int)samples, out, CW_AUDIO_PAYLOAD_MAX);
        if (made < 0) return CW_EINVAL;
        *len = e->options.dtx && made <= 2 ? 0 : (size_t)made;
    } else if (e->g722) {
        *len = (size_t)g722_encode(e->g722, out, pcm, (int)samples);
    } else {
        compress_g711(e->codec, pcm, samples, out);
        *len = samples;
    }
    return 0;
}
