// Call progress tones.
#include "proto/tone.h"

#include <math.h>
#include <string.h>

#define PEAK 5115.0 // of both together: that of a sine of -13 dBm0 (full scale is +3.14 dBm0, ITU-T G.711)
#define RAMP_MS 5

const struct cw_tone_rhythm *cw_tone_ringing(const char *region) {
    static const struct {
        const char *region;
        struct cw_tone_rhythm rhythm;
    } table[] = {
        {"eu", {{425, 0}, {1000, 0}, {4000, 0}}},
        {"us", {{440, 480}, {2000, 0}, {4000, 0}}},
        {"uk", {{400, 450}, {400, 400}, {200, 2000}}},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (strcmp(table[i].region, region) == 0) return &table[i].rhythm;
    return NULL;
}

void cw_tone_init(struct cw_tone *tone, const struct cw_tone_rhythm *rhythm, uint32_t sample_hz) {
    *tone = (struct cw_tone){.rhythm = *rhythm, .sample_hz = sample_hz};
}

// How loud the tone is at a moment of its period: 0 to 1.
static double envelope(const struct cw_tone_rhythm *r, uint32_t sample_hz, uint64_t at) {
    double ramp = (double)(RAMP_MS * sample_hz / 1000);
    for (int i = 0; i < 2; i++) {
        uint64_t on = (uint64_t)r->on_ms[i] * sample_hz / 1000, off = (uint64_t)r->off_ms[i] * sample_hz / 1000;
        if (at < on) return fmin(1, fmin((double)at, (double)(on - at)) / ramp);
        at -= on;
        if (at < off) return 0;
        at -= off;
    }
    return 0;
}

void cw_tone_make(struct cw_tone *tone, int16_t *pcm, size_t samples) {
    const struct cw_tone_rhythm *r = &tone->rhythm;
    uint64_t period = (uint64_t)(r->on_ms[0] + r->off_ms[0] + r->on_ms[1] + r->off_ms[1]) * tone->sample_hz / 1000;
    double parts = r->hz[1] ? 2 : 1, step = 2 * M_PI / tone->sample_hz;
    for (size_t i = 0; i < samples; i++, tone->position++) {
        double level = envelope(r, tone->sample_hz, tone->position % period);
        double at = (double)(tone->position % tone->sample_hz) * step; // whole Hz: a second is a whole number of waves
        double sum = level > 0 ? sin(at * r->hz[0]) + (r->hz[1] ? sin(at * r->hz[1]) : 0) : 0;
        pcm[i] = (int16_t)lrint(sum * level * PEAK / parts);
    }
}
