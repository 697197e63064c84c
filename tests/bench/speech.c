// Speech in Opus.
#include "bench/speech.h"

#include <opus.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SAMPLES 960
#define FRAMES_MAX 6000
#define BITRATE 32000 // of Chromium's voice
#define NARROW_BITRATE 24000
#define WAV_HEAD 44

struct frame {
    uint16_t len;
    uint8_t data[SPEECH_FRAME_MAX];
};

struct speech {
    uint32_t count;
    struct frame full[FRAMES_MAX], narrow[FRAMES_MAX];
};

static OpusEncoder *make_encoder(int bitrate, int bandwidth) {
    int err;
    OpusEncoder *encoder = opus_encoder_create(48000, 1, OPUS_APPLICATION_VOIP, &err);
    if (!encoder) return NULL;
    opus_encoder_ctl(encoder, OPUS_SET_BITRATE(bitrate));
    opus_encoder_ctl(encoder, OPUS_SET_MAX_BANDWIDTH(bandwidth));
    return encoder;
}

static void encode(OpusEncoder *encoder, const int16_t *pcm, struct frame *out) {
    out->len = (uint16_t)opus_encode(encoder, pcm, SAMPLES, out->data, SPEECH_FRAME_MAX);
}

const struct speech *speech_open(const char *path) {
    struct speech *speech = calloc(1, sizeof *speech);
    FILE *file = fopen(path, "rb");
    OpusEncoder *full = make_encoder(BITRATE, OPUS_BANDWIDTH_FULLBAND);
    OpusEncoder *narrow = make_encoder(NARROW_BITRATE, OPUS_BANDWIDTH_NARROWBAND);
    int16_t pcm[SAMPLES];
    if (!speech || !file || !full || !narrow || fseek(file, WAV_HEAD, SEEK_SET)) return NULL;
    for (; speech->count < FRAMES_MAX && fread(pcm, sizeof pcm, 1, file) == 1; speech->count++) {
        encode(full, pcm, &speech->full[speech->count]);
        encode(narrow, pcm, &speech->narrow[speech->count]);
    }
    opus_encoder_destroy(full);
    opus_encoder_destroy(narrow);
    fclose(file);
    return speech->count ? speech : NULL;
}

size_t speech_frame(const struct speech *speech, bool narrow, uint32_t n, uint8_t *out) {
    const struct frame *frame = &(narrow ? speech->narrow : speech->full)[n % speech->count];
    memcpy(out, frame->data, frame->len);
    return frame->len;
}
