// A sound file in memory, as legs play it: one channel, at the rates that phones and browsers are sent.
#ifndef CW_MEDIA_CLIP_H
#define CW_MEDIA_CLIP_H

#include <stddef.h>
#include <stdint.h>

#define CW_CLIP_SECONDS_MAX 600

struct cw_clip; // never changed: any thread reads it

// Reads a file of any kind that libsndfile knows (WAV, FLAC, Ogg …); several channels are mixed. Blocks: at start only.
// CW_EIO: cannot be read; CW_EFORMAT: no sound file, or without sound; CW_ETOOBIG: longer than CW_CLIP_SECONDS_MAX.
int cw_clip_load(struct cw_clip **out, const char *path);
void cw_clip_free(struct cw_clip *clip);

// Its samples at 8000 or 16000 Hz; *samples: how many there are.
const int16_t *cw_clip_pcm(const struct cw_clip *clip, uint32_t sample_hz, size_t *samples);

#endif
