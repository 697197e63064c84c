// Digits as tones in sound of 8 kHz (ITU-T Q.23, Q.24): a detector (spandsp's) that tells when a digit begins and ends,
// and the making of tones. One object is used by one thread at a time; no clock.
#ifndef CW_PROTO_DTMF_TONE_H
#define CW_PROTO_DTMF_TONE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/dtmf.h"

#define CW_DTMF_TONE_HZ 8000 // of all sound here

// ---------------------------------------------------------------- detecting

struct cw_dtmf_detector;

// CW_ENOMEM.
int cw_dtmf_detector_new(struct cw_dtmf_detector **out);
void cw_dtmf_detector_free(struct cw_dtmf_detector *d);
// Sound, in order; what is in pcm is not kept. A digit is found at most 39 ms after it began, so what has been let pass
// of it by then is less than 40 ms. Then call cw_dtmf_detector_event until it is false.
void cw_dtmf_detector_input(struct cw_dtmf_detector *d, const int16_t *pcm, size_t samples);
bool cw_dtmf_detector_event(struct cw_dtmf_detector *d, struct cw_dtmf_event *out);
// A digit sounds, or sounded in what was given last: that is to be silenced.
bool cw_dtmf_detector_sounding(const struct cw_dtmf_detector *d);
// How long the digit that sounds has lasted.
uint32_t cw_dtmf_detector_duration_ms(const struct cw_dtmf_detector *d);

// ---------------------------------------------------------------- making

struct cw_dtmf_oscillator {
    double phase[2];  // [radians] low and high tone
    uint32_t samples; // made since the beginning
};

// Fills pcm with the next samples of the digit; behind `length` samples from the digit's beginning it is silent. Zero
// the oscillator to begin. Soft edges of 2 ms; -9 dBm0 and -7 dBm0.
void cw_dtmf_tone_make(struct cw_dtmf_oscillator *o, char digit, uint32_t length, int16_t *pcm, size_t samples);

#endif
