// Digits as tones.
#include "proto/dtmf_tone.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <spandsp.h>

#include "base/err.h"

#define EVENTS 8
#define BLOCK 102  // [samples] that spandsp looks at
#define WINDOW 153 // [samples] that are looked at closer when it has found a digit: all of the tone
#define PURE 0.95  // so much of their power must be the digit's two tones (13 dB): voices have more in them

#define TWIST_DB 10 // 8 and 4 must be found
#define REVERSE_TWIST_DB 6
#define HALF_BLOCK 51 // [samples] a tone is seen in blocks of 102: that much is missed of it, on average
#define EDGE 16       // [samples] of a tone's beginning and end

// Of the codes: digits, * and #, A to D.
static const uint8_t rows[16] = {3, 0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 0, 1, 2, 3};
static const uint8_t columns[16] = {1, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 2, 3, 3, 3, 3};
static const double low_hz[] = {697, 770, 852, 941}, high_hz[] = {1209, 1336, 1477, 1633};

struct cw_dtmf_detector {
    dtmf_rx_state_t *rx;
    char digit;             // that sounds, or '\0'
    bool sounded;           // in what was given last
    uint64_t fed;           // samples given
    uint64_t change;        // of these, at the last change
    int16_t recent[WINDOW]; // the last of them
    struct cw_dtmf_event events[EVENTS];
    size_t event_count, event_next;
};

static uint32_t lasted_ms(uint64_t samples) { return (uint32_t)((samples + HALF_BLOCK) * 1000 / CW_DTMF_TONE_HZ); }

static void tell(struct cw_dtmf_detector *d, enum cw_dtmf_event_type type, uint32_t duration_ms) {
    if (d->event_count == EVENTS) return;
    d->events[d->event_count++] =
        (struct cw_dtmf_event){.type = (uint8_t)type, .digit = d->digit, .duration_ms = duration_ms};
}

// ---------------------------------------------------------------- is it nothing but a digit?

#define TERMS 4 // cosine and sine of each tone

// Solves m c = v by elimination; m is symmetric and positive. False: it is not.
static bool solve(double m[TERMS][TERMS], double v[TERMS], double c[TERMS]) {
    for (int i = 0; i < TERMS; i++) {
        if (m[i][i] < 1e-9) return false;
        for (int k = i + 1; k < TERMS; k++) {
            double f = m[k][i] / m[i][i];
            for (int j = i; j < TERMS; j++) m[k][j] -= f * m[i][j];
            v[k] -= f * v[i];
        }
    }
    for (int i = TERMS - 1; i >= 0; i--) {
        c[i] = v[i];
        for (int j = i + 1; j < TERMS; j++) c[i] -= m[i][j] * c[j];
        c[i] /= m[i][i];
    }
    return true;
}

// The share of the window's power that two tones of these frequencies make up, in the best fit of phases and levels.
static double share(const int16_t *pcm, double low, double high) {
    double m[TERMS][TERMS] = {{0}}, v[TERMS] = {0}, c[TERMS], power = 0, explained = 0;
    for (int n = 0; n < WINDOW; n++) {
        double a = 2 * M_PI * low * n / CW_DTMF_TONE_HZ, b = 2 * M_PI * high * n / CW_DTMF_TONE_HZ;
        double term[TERMS] = {cos(a), sin(a), cos(b), sin(b)};
        for (int i = 0; i < TERMS; i++) {
            v[i] += term[i] * pcm[n];
            for (int j = 0; j < TERMS; j++) m[i][j] += term[i] * term[j];
        }
        power += (double)pcm[n] * pcm[n];
    }
    double right[TERMS];
    memcpy(right, v, sizeof right);
    if (power <= 0 || !solve(m, v, c)) return 0;
    for (int i = 0; i < TERMS; i++) explained += c[i] * right[i];
    return explained / power;
}

// Frequencies may be off by 1.5%; steps of 1% find them well enough.
static bool is_pure(const int16_t *pcm, char digit) {
    int code = cw_dtmf_code(digit);
    for (int i = -1; i <= 1; i++)
        for (int k = -1; k <= 1; k++)
            if (share(pcm, low_hz[rows[code]] * (1 + 0.01 * i), high_hz[columns[code]] * (1 + 0.01 * k)) >= PURE)
                return true;
    return false;
}

// `passed` samples after the last change. Beginning and end are seen with the same delay.
static void on_change(void *arg, int code, int level, int passed) {
    struct cw_dtmf_detector *d = arg;
    (void)level;
    if (d->digit) tell(d, CW_DTMF_END, lasted_ms((uint64_t)passed));
    d->change += (uint64_t)passed;
    d->digit = code && is_pure(d->recent, (char)code) ? (char)code : '\0';
    if (!d->digit) return;
    d->sounded = true;
    tell(d, CW_DTMF_BEGIN, 0);
}

int cw_dtmf_detector_new(struct cw_dtmf_detector **out) {
    struct cw_dtmf_detector *d = calloc(1, sizeof *d);
    if (!d) return CW_ENOMEM;
    d->rx = dtmf_rx_init(NULL, NULL, NULL);
    if (!d->rx) {
        free(d);
        return CW_ENOMEM;
    }
    dtmf_rx_set_realtime_callback(d->rx, on_change, d);
    dtmf_rx_parms(d->rx, false, TWIST_DB, REVERSE_TWIST_DB, -42);
    *out = d;
    return 0;
}

void cw_dtmf_detector_free(struct cw_dtmf_detector *d) {
    if (!d) return;
    dtmf_rx_free(d->rx);
    free(d);
}

void cw_dtmf_detector_input(struct cw_dtmf_detector *d, const int16_t *pcm, size_t samples) {
    d->sounded = d->digit != '\0';
    while (samples > 0) { // a change is told at the end of a block: that is where `recent` must end
        size_t n = BLOCK - d->fed % BLOCK;
        if (n > samples) n = samples;
        memmove(d->recent, d->recent + n, (WINDOW - n) * sizeof *pcm);
        memcpy(d->recent + WINDOW - n, pcm, n * sizeof *pcm);
        d->fed += n;
        (void)dtmf_rx(d->rx, pcm, (int)n);
        pcm += n;
        samples -= n;
    }
}

bool cw_dtmf_detector_event(struct cw_dtmf_detector *d, struct cw_dtmf_event *out) {
    if (d->event_next == d->event_count) {
        d->event_next = d->event_count = 0;
        return false;
    }
    *out = d->events[d->event_next++];
    return true;
}

bool cw_dtmf_detector_sounding(const struct cw_dtmf_detector *d) { return d->sounded; }

uint32_t cw_dtmf_detector_duration_ms(const struct cw_dtmf_detector *d) {
    return d->digit ? lasted_ms(d->fed - d->change) : 0;
}

// ---------------------------------------------------------------- making

#define LOW_PEAK 7900 // a sine of 0 dBm0 has 22270 (ITU-T G.711 table 5)
#define HIGH_PEAK 9950

static double edge(uint32_t at, uint32_t length) {
    uint32_t left = length - at;
    uint32_t near = at < left ? at + 1 : left;
    return near < EDGE ? (double)near / EDGE : 1;
}

static double step(double *phase, double hz) {
    double value = sin(*phase);
    *phase += 2 * M_PI * hz / CW_DTMF_TONE_HZ;
    if (*phase > 2 * M_PI) *phase -= 2 * M_PI;
    return value;
}

void cw_dtmf_tone_make(struct cw_dtmf_oscillator *o, char digit, uint32_t length, int16_t *pcm, size_t samples) {
    int code = cw_dtmf_code(digit);
    for (size_t i = 0; i < samples; i++, o->samples++) {
        pcm[i] = 0;
        if (code < 0 || o->samples >= length) continue;
        double sum = LOW_PEAK * step(&o->phase[0], low_hz[rows[code]]);
        sum += HIGH_PEAK * step(&o->phase[1], high_hz[columns[code]]);
        pcm[i] = (int16_t)lrint(sum * edge(o->samples, length));
    }
}
