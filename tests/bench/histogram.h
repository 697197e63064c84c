// Counts of durations in logarithmic steps of about 3%, and their percentiles.
#ifndef TESTS_BENCH_HISTOGRAM_H
#define TESTS_BENCH_HISTOGRAM_H

#include <stdint.h>

#define HISTOGRAM_STEPS 1024

struct histogram { // zero it to start
    uint64_t total;
    int64_t max;
    uint64_t counts[HISTOGRAM_STEPS];
};

// A negative value (clocks of two processors) counts as 0.
void histogram_add(struct histogram *histogram, int64_t ns);
// share: 0.5 for the median. [ns]; 0 if nothing was added.
int64_t histogram_at(const struct histogram *histogram, double share);

#endif
