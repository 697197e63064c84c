// Comfort noise.
#include "proto/cn.h"

#include <math.h>
#include <string.h>

#include "base/err.h"

#define FULL_SCALE 32768.0 // 0 dBov: a square wave of this amplitude
#define LEVEL_MAX 127      // -127 dBov is silence

int cw_cn_set(struct cw_cn *cn, const uint8_t *payload, size_t len) {
    if (!len) return CW_EFORMAT;
    double power = 1;
    cn->order = len - 1 < CW_CN_ORDER ? len - 1 : CW_CN_ORDER;
    for (size_t i = 0; i < cn->order; i++) {
        cn->k[i] = (payload[1 + i] - 127) * 258 / 32768.0; // RFC 3389 §3.1
        if (cn->k[i] > 0.99) cn->k[i] = 0.99;              // more would ring for ever
        power *= 1 - cn->k[i] * cn->k[i];
    }
    // An all-pole filter makes its excitation louder by 1 / (1 - k²) for each coefficient.
    double level = pow(10, -(payload[0] & 0x7f) / 20.0) * FULL_SCALE;
    cn->gain = (payload[0] & 0x7f) == LEVEL_MAX ? 0 : level * sqrt(power);
    return 0;
}

// Evenly distributed, of variance 1.
static double noise(struct cw_cn *cn) {
    cn->random = cn->random * 1664525u + 1013904223u;
    return ((int32_t)cn->random / 2147483648.0) * 1.7320508;
}

void cw_cn_make(struct cw_cn *cn, int16_t *pcm, size_t samples) {
    for (size_t n = 0; n < samples; n++) {
        double forward = noise(cn) * cn->gain;
        for (size_t i = cn->order; i-- > 0;) {
            forward -= cn->k[i] * cn->delayed[i];
            cn->delayed[i + 1] = cn->delayed[i] + cn->k[i] * forward;
        }
        cn->delayed[0] = forward;
        pcm[n] = (int16_t)lrint(fmax(-32768, fmin(32767, forward)));
    }
}

// Levinson and Durbin, for the reflection coefficients alone (Schur's way).
static void reflection(const double *autocorrelation, size_t order, double *k) {
    double up[CW_CN_ORDER + 1], down[CW_CN_ORDER + 1];
    memcpy(up, autocorrelation, (order + 1) * sizeof *up);
    memcpy(down, autocorrelation, (order + 1) * sizeof *down);
    for (size_t i = 0; i < order; i++) {
        k[i] = down[0] > 1e-9 ? -up[i + 1] / down[0] : 0;
        for (size_t n = 0; n + i < order; n++) {
            double u = up[n + i + 1];
            up[n + i + 1] = u + k[i] * down[n];
            down[n] += k[i] * u;
        }
    }
}

size_t cw_cn_describe(const int16_t *pcm, size_t samples, size_t order, uint8_t out[CW_CN_SIZE]) {
    double r[CW_CN_ORDER + 1] = {0}, k[CW_CN_ORDER];
    if (order > CW_CN_ORDER) order = CW_CN_ORDER;
    for (size_t lag = 0; lag <= order; lag++)
        for (size_t n = lag; n < samples; n++) r[lag] += (double)pcm[n] * pcm[n - lag];
    double level = samples ? -10 * log10(r[0] / (double)samples / (FULL_SCALE * FULL_SCALE) + 1e-13) : LEVEL_MAX;
    out[0] = (uint8_t)lrint(fmax(0, fmin(LEVEL_MAX, level)));
    r[0] = r[0] * 1.0001 + 1; // a little white noise keeps the filter stable
    reflection(r, order, k);
    for (size_t i = 0; i < order; i++) out[1 + i] = (uint8_t)lrint(fmax(0, fmin(254, k[i] * 127 + 127)));
    return 1 + order;
}
