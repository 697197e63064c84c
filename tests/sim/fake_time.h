// The clock of OpenSSL's DTLS timers, set by the test. A program that links fake_time.c replaces gettimeofday, the only
// clock those timers read.
#ifndef TESTS_SIM_FAKE_TIME_H
#define TESTS_SIM_FAKE_TIME_H

#include "base/clock.h"

extern cw_time fake_time; // set it to the `now` of the test before any call of proto

#endif
