// Sound on stdin (16 bit, 8 kHz, one channel), on stdout how many minutes it was and how many digits were found in it.
#include <stdio.h>

#include "proto/dtmf_tone.h"

int main(void) {
    struct cw_dtmf_detector *detector;
    struct cw_dtmf_event event;
    int16_t pcm[160];
    unsigned long samples = 0, digits = 0;
    if (cw_dtmf_detector_new(&detector)) return 1;
    while (fread(pcm, sizeof *pcm, 160, stdin) == 160) {
        cw_dtmf_detector_input(detector, pcm, 160);
        samples += 160;
        while (cw_dtmf_detector_event(detector, &event)) digits += event.type == CW_DTMF_END;
    }
    cw_dtmf_detector_free(detector);
    printf("minutes=%lu digits=%lu\n", samples / 60 / CW_DTMF_TONE_HZ, digits);
    return 0;
}
