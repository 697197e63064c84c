// Sound for tests: tones, their frequency and level, and how smooth a stretch is. Include once per program.
#ifndef TESTS_UNIT_SOUND_H
#define TESTS_UNIT_SOUND_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#define SOUND_PI 3.14159265358979323846

// Samples from `at` on of a tone that has no beginning.
static inline void sound_tone(int16_t *pcm, size_t samples, uint64_t at, double hz, double amplitude, double rate) {
    for (size_t i = 0; i < samples; i++)
        pcm[i] = (int16_t)lrint(amplitude * sin(2 * SOUND_PI * hz * (double)(at + i) / rate));
}

static inline double sound_rms(const int16_t *pcm, size_t samples) {
    double sum = 0;
    for (size_t i = 0; i < samples; i++) sum += (double)pcm[i] * pcm[i];
    return samples ? sqrt(sum / (double)samples) : 0;
}

// The amplitude of one frequency (Goertzel).
static inline double sound_amplitude(const int16_t *pcm, size_t samples, double hz, double rate) {
    double turn = 2 * cos(2 * SOUND_PI * hz / rate), one = 0, two = 0;
    for (size_t i = 0; i < samples; i++) {
        double now = pcm[i] + turn * one - two;
        two = one;
        one = now;
    }
    return 2 * sqrt(one * one + two * two - turn * one * two) / (double)samples;
}

// The strongest frequency of those of speech, to 5 Hz.
static inline double sound_frequency(const int16_t *pcm, size_t samples, double rate) {
    double best = 0, best_amplitude = -1;
    for (double hz = 50; hz < 3500; hz += 5) {
        double a = sound_amplitude(pcm, samples, hz, rate);
        if (a <= best_amplitude) continue;
        best_amplitude = a;
        best = hz;
    }
    return best;
}

// The largest step between two samples. That of a tone is amplitude * 2π * hz / rate.
static inline int sound_step(const int16_t *pcm, size_t samples) {
    int most = 0;
    for (size_t i = 1; i < samples; i++) {
        int step = abs(pcm[i] - pcm[i - 1]);
        if (step > most) most = step;
    }
    return most;
}

#endif
