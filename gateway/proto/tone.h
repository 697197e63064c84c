// Call progress tones (ITU-T E.180): one or two frequencies, switched on and off in a rhythm.
// Plain structs, no allocation, no clock; one thread.
#ifndef CW_PROTO_TONE_H
#define CW_PROTO_TONE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cw_tone_rhythm {
    uint16_t hz[2];     // the second may be 0
    uint16_t on_ms[2];  // the second may be 0: there is one burst a period
    uint16_t off_ms[2]; // behind each burst
};

// The ringing tone of a region: "eu" (425 Hz, 1 s of 5), "us" (440 + 480 Hz, 2 s of 6), "uk" (400 + 450 Hz, two bursts
// each 3 s). NULL: not known.
const struct cw_tone_rhythm *cw_tone_ringing(const char *region);

struct cw_tone {
    struct cw_tone_rhythm rhythm;
    uint32_t sample_hz;
    uint64_t position; // samples made so far
};

void cw_tone_init(struct cw_tone *tone, const struct cw_tone_rhythm *rhythm, uint32_t sample_hz);
// The next samples, with the peak of a sine of -13 dBm0; bursts begin and end without a click.
void cw_tone_make(struct cw_tone *tone, int16_t *pcm, size_t samples);

#endif
