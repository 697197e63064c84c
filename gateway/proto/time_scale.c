// Takes out or repeats a period.
#include "proto/time_scale.h"

#include <math.h>
#include <string.h>

#define PERIOD_MIN_US 2500
#define PERIOD_MAX_US 12500
#define SILENCE 60.0 // amplitude below which nobody hears a join

static double energy(const int16_t *x, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += (double)x[i] * x[i];
    return sum;
}

static double product(const int16_t *x, const int16_t *y, size_t n) {
    int64_t sum = 0;
    for (size_t i = 0; i < n; i++) sum += (int32_t)x[i] * y[i];
    return (double)sum;
}

static double likeness(const int16_t *x, size_t period) {
    double a = energy(x, period), b = energy(x + period, period);
    double quiet = SILENCE * SILENCE * (double)period;
    if (a < quiet && b < quiet) return 1;
    return product(x, x + period, period) / sqrt(a * b + 1);
}

// The period at which the sound resembles itself most; 0: none is good enough.
static size_t find_period(const int16_t *pcm, size_t samples, uint32_t hz, size_t most, double alike) {
    size_t low = (size_t)hz * PERIOD_MIN_US / 1000000, high = (size_t)hz * PERIOD_MAX_US / 1000000, best = 0;
    size_t step = hz > 16000 ? 3 : 1;
    double best_alike = alike;
    if (high > most) high = most;
    if (high > samples / 2) high = samples / 2;
    for (size_t period = low; period <= high; period += step) {
        double how = likeness(pcm, period);
        if (how < best_alike) continue;
        best_alike = how;
        best = period;
    }
    return best;
}

// out: from sounds at its beginning, to at its end. out may be from or to.
static void cross_fade(int16_t *out, const int16_t *from, const int16_t *to, size_t n) {
    for (size_t i = 0; i < n; i++) {
        int32_t share = (int32_t)((i * 2 + 1) * 16384 / n); // of `to`, 0..32768
        out[i] = (int16_t)((from[i] * (32768 - share) + to[i] * share + 16384) >> 15);
    }
}

size_t cw_time_scale_shorten(int16_t *pcm, size_t samples, uint32_t sample_hz, size_t most, double alike) {
    size_t period = find_period(pcm, samples, sample_hz, most, alike);
    if (!period) return 0;
    cross_fade(pcm, pcm, pcm + period, period);
    memmove(pcm + period, pcm + 2 * period, (samples - 2 * period) * sizeof *pcm);
    return period;
}

size_t cw_time_scale_lengthen(int16_t *pcm, size_t samples, uint32_t sample_hz, size_t most, double alike) {
    size_t period = find_period(pcm, samples, sample_hz, most, alike);
    if (!period) return 0;
    // a b rest: make room for one period behind b, then fade b into a where b was.
    memmove(pcm + 2 * period, pcm + period, (samples - period) * sizeof *pcm);
    cross_fade(pcm + period, pcm + 2 * period, pcm, period);
    return period;
}
