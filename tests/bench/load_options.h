// The command line of load.
#ifndef TESTS_BENCH_LOAD_OPTIONS_H
#define TESTS_BENCH_LOAD_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/addr.h"
#include "bench/driver.h"

struct load_options {
    const char *system;
    enum driver_kind kind;
    pid_t pid;            // of the system under test
    unsigned calls, rate; // at once, new ones a second
    double seconds, tail; // of the window, and how long calls go on after it
    bool opus;
    bool narrow;
    const char *sound;      // WAV (48 kHz, mono) that browsers speak, in Opus, to a phone of PCMU; NULL: stamps
    struct cw_addr address; // the browsers'
    struct cw_addr server, phone;
    uint16_t phone_rtp;
};

// -1: a wrong argument; it has been told.
int load_options_parse(struct load_options *out, int argc, char **argv);

#endif
