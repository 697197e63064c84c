// What a simulated browser needs of an answer.
#ifndef TESTS_BENCH_BROWSER_SDP_H
#define TESTS_BENCH_BROWSER_SDP_H

#include "bench/browser.h"

struct browser_answer {
    char ufrag[257], pwd[257];
    struct cw_addr address; // the first UDP candidate
    struct cw_dtls_fingerprint fingerprint;
    bool active; // the DTLS client is the browser
    uint8_t pt;  // the first of the audio section
};

// CW_EFORMAT: something is missing.
int browser_read_answer(struct browser_answer *out, const char *sdp);

#endif
