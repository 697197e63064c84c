// Speech as a browser would send it: a WAV file in Opus (48 kHz, 32 kbit/s, 20 ms), made once.
#ifndef TESTS_BENCH_SPEECH_H
#define TESTS_BENCH_SPEECH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SPEECH_FRAME_MAX 1275

struct speech;

// Of a mono WAV with 16 bits and 48 kHz; NULL: it cannot be read. It is never freed.
const struct speech *speech_open(const char *path);
// The n-th frame, from the beginning again after the last; its length. out: SPEECH_FRAME_MAX octets. narrow: as a
// browser makes it that was told of 8 kHz and 24 kbit/s.
size_t speech_frame(const struct speech *speech, bool narrow, uint32_t n, uint8_t *out);

#endif
