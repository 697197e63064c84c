// Makes sound a little shorter or longer without changing its pitch: one period is taken out or put in twice, where
// two neighbouring ones are alike, with a cross-fade between them.
//
//     shorten  |--a--|--b--|rest   ──▶  |a fades into b|rest
//     lengthen |--a--|--b--|rest   ──▶  |--a--|b fades into a|--b--|rest
//
// Pure functions; any thread.
#ifndef CW_PROTO_TIME_SCALE_H
#define CW_PROTO_TIME_SCALE_H

#include <stddef.h>
#include <stdint.h>

// How alike two periods must be [normalized correlation]: 1 is identical. Silence is alike whatever it is.
#define CW_TIME_SCALE_CAREFUL 0.85
#define CW_TIME_SCALE_URGENT 0.3

// Shortens pcm of `samples` in place by at most `most`; returns by how much: 0 if no two periods are alike enough.
// At least 5 ms are needed, 25 ms are better: periods of 2.5 to 12.5 ms are sought, the longest that fits `most`.
size_t cw_time_scale_shorten(int16_t *pcm, size_t samples, uint32_t sample_hz, size_t most, double alike);
// Lengthens it; pcm has room for samples + most.
size_t cw_time_scale_lengthen(int16_t *pcm, size_t samples, uint32_t sample_hz, size_t most, double alike);

#endif
