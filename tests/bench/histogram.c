// Counts of durations.
#include "bench/histogram.h"

#include <stddef.h>

#define FINE_BITS 5 // 32 steps for each power of two

static size_t step_of(uint64_t value) {
    if (value < 1 << FINE_BITS) return value;
    unsigned power = 63U - (unsigned)__builtin_clzll(value);
    size_t step = ((size_t)(power - FINE_BITS + 1) << FINE_BITS) + ((value >> (power - FINE_BITS)) & 31);
    return step < HISTOGRAM_STEPS ? step : HISTOGRAM_STEPS - 1;
}

static int64_t value_of(size_t step) {
    if (step < 1 << FINE_BITS) return (int64_t)step;
    unsigned power = (unsigned)(step >> FINE_BITS) - 1;
    return (int64_t)((32 + (step & 31)) << power);
}

void histogram_add(struct histogram *histogram, int64_t ns) {
    if (ns < 0) ns = 0;
    if (ns > histogram->max) histogram->max = ns;
    histogram->total++;
    histogram->counts[step_of((uint64_t)ns)]++;
}

int64_t histogram_at(const struct histogram *histogram, double share) {
    uint64_t below = 0, wanted = (uint64_t)(share * (double)histogram->total);
    if (!histogram->total) return 0;
    for (size_t i = 0; i < HISTOGRAM_STEPS; i++) {
        below += histogram->counts[i];
        if (below > wanted) return value_of(i);
    }
    return histogram->max;
}
