// Sound files in memory.
#include "media/clip.h"

#include <sndfile.h>
#include <speex/speex_resampler.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/err.h"

#define RATES 2

struct cw_clip {
    int16_t *pcm[RATES];
    size_t samples[RATES];
};

static const uint32_t rates[RATES] = {8000, 16000};

// All of it, mixed to one channel.
static int read_mixed(SNDFILE *file, const SF_INFO *info, int16_t *pcm) {
    short frame[8]; // of as many channels as read_file lets in
    for (sf_count_t i = 0; i < info->frames; i++) {
        int sum = 0;
        if (sf_readf_short(file, frame, 1) != 1) return CW_EFORMAT;
        for (int c = 0; c < info->channels; c++) sum += frame[c];
        pcm[i] = (int16_t)(sum / info->channels);
    }
    return 0;
}

static int read_file(const char *path, int16_t **pcm, SF_INFO *info) {
    *info = (SF_INFO){0};
    if (access(path, R_OK)) return CW_EIO;
    SNDFILE *file = sf_open(path, SFM_READ, info);
    if (!file) return CW_EFORMAT;
    int err = 0;
    int16_t *made = NULL;
    if (info->frames < 1 || info->channels < 1 || info->channels > 8 || info->samplerate < 4000)
        err = CW_EFORMAT;
    else if (info->frames / info->samplerate >= CW_CLIP_SECONDS_MAX)
        err = CW_ETOOBIG;
    else if (!(made = malloc((size_t)info->frames * sizeof *made)))
        err = CW_ENOMEM;
    if (!err) err = read_mixed(file, info, made);
    sf_close(file);
    if (err)
        free(made);
    else
        *pcm = made;
    return err;
}

static int resample(struct cw_clip *clip, int rate, const int16_t *pcm, const SF_INFO *info) {
    size_t room = (size_t)((double)info->frames * rates[rate] / info->samplerate) + 1;
    spx_uint32_t in = (spx_uint32_t)info->frames, out = (spx_uint32_t)room;
    clip->pcm[rate] = malloc(room * sizeof *clip->pcm[rate]);
    SpeexResamplerState *state =
        speex_resampler_init(1, (spx_uint32_t)info->samplerate, rates[rate], SPEEX_RESAMPLER_QUALITY_DESKTOP, NULL);
    if (!clip->pcm[rate] || !state) {
        if (state) speex_resampler_destroy(state);
        return CW_ENOMEM;
    }
    speex_resampler_skip_zeros(state);
    speex_resampler_process_int(state, 0, pcm, &in, clip->pcm[rate], &out);
    speex_resampler_destroy(state);
    clip->samples[rate] = out;
    return out ? 0 : CW_EFORMAT;
}

int cw_clip_load(struct cw_clip **out, const char *path) {
    SF_INFO info;
    int16_t *pcm = NULL;
    int err = read_file(path, &pcm, &info);
    if (err) return err;
    struct cw_clip *clip = calloc(1, sizeof *clip);
    if (!clip) err = CW_ENOMEM;
    for (int i = 0; i < RATES && !err; i++) err = resample(clip, i, pcm, &info);
    free(pcm);
    if (err) {
        cw_clip_free(clip);
        return err;
    }
    *out = clip;
    return 0;
}

void cw_clip_free(struct cw_clip *clip) {
    if (!clip) return;
    for (int i = 0; i < RATES; i++) free(clip->pcm[i]);
    free(clip);
}

const int16_t *cw_clip_pcm(const struct cw_clip *clip, uint32_t sample_hz, size_t *samples) {
    int rate = sample_hz == rates[1];
    *samples = clip->samples[rate];
    return clip->pcm[rate];
}
