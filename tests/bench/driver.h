// How a call is made through each system under test. A driver never blocks; it leads each browser from IDLE to PREPARED
// and, after `call`, to an answer (browser_answer) or to a failure (browser_fail).
#ifndef TESTS_BENCH_DRIVER_H
#define TESTS_BENCH_DRIVER_H

#include "bench/browser.h"

enum driver_kind { DRIVER_ECHO, DRIVER_SIP };

struct driver_options {
    int epoll;
    enum driver_kind kind;
    struct cw_addr server; // the API
    struct cw_addr phone;  // SIP
    uint16_t phone_rtp;    // its first RTP port
};

struct driver {
    const char *name;
    int (*open)(const struct driver_options *options);
    void (*prepare)(struct browser *browser);
    void (*call)(struct browser *browser, const char *offer);
    void (*hang_up)(struct browser *browser);
};

extern const struct driver driver_causeway, driver_janus, driver_rtpengine;

#endif
