// Speech in Opus.
#include "bench/speech.h"

#include <opus.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SAMPLES 960
#define FRAMES_MAX 6000
#define BITRATE 32000 // of Chromium's voice
#define WAV_HEAD 44

struct frame {
    uint16_t len;
    uint8_t data[SPEECH_FRAME_MAX];
};

struct speech {
    uint32_t count;
    struct frame frames[FRAMES_MAX];
};

const struct speech *speech_open(const char *path) {
    struct speech *speech = calloc(1, sizeof *speech);
    FILE *file = fopen(path, "rb");
    int err;
    OpusEncoder *encoder = opus_encoder_create(48000, 1, OPUS_APPLICATION_VOIP, &err);
    int16_t pcm[SAMPLES];
    if (!speech || !file || !encoder || fseek(file, WAV_HEAD, SEEK_SET)) return NULL;
    opus_encoder_ctl(encoder, OPUS_SET_BITRATE(BITRATE));
    while (speech->count < FRAMES_MAX && fread(pcm, sizeof pcm, 1, file) == 1) {
        struct frame *frame = &speech->frames[speech->count++];
        frame->len = (uint16_t)opus_encode(encoder, pcm, SAMPLES, frame->data, SPEECH_FRAME_MAX);
    }
    opus_encoder_destroy(encoder);
    fclose(file);
    return speech->count ? speech : NULL;
}

size_t speech_frame(const struct speech *speech, uint32_t n, uint8_t *out) {
    const struct frame *frame = &speech->frames[n % speech->count];
    memcpy(out, frame->data, frame->len);
    return frame->len;
}
