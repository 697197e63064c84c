// Digits and their codes; which reports of a digit are of one press.
#include "proto/dtmf.h"

#include <string.h>

#define LONGEST (60 * CW_SECOND) // a press whose end was never told is over

static const char digits[] = "0123456789*#ABCD";

int cw_dtmf_code(char digit) {
    if (digit >= 'a' && digit <= 'd') digit = (char)(digit - 'a' + 'A');
    const char *at = digit ? strchr(digits, digit) : NULL;
    return at ? (int)(at - digits) : -1;
}

char cw_dtmf_digit(unsigned code) { return code < sizeof digits - 1 ? digits[code] : '\0'; }

void cw_dtmf_once_init(struct cw_dtmf_once *o) { memset(o, 0, sizeof *o); }

bool cw_dtmf_once_begin(struct cw_dtmf_once *o, char digit, uint8_t source, cw_time now) {
    for (size_t i = CW_DTMF_PRESSES; i-- > 0;) { // the oldest that lacks this source
        struct cw_dtmf_press *p = &o->presses[i];
        if (p->digit != digit || p->sources >> source & 1) continue;
        if (now - p->seen > (p->open ? LONGEST : CW_DTMF_WINDOW)) continue;
        p->sources |= 1u << source;
        return false;
    }
    memmove(&o->presses[1], &o->presses[0], sizeof o->presses - sizeof o->presses[0]);
    o->presses[0] =
        (struct cw_dtmf_press){.digit = digit, .owner = source, .sources = 1u << source, .open = true, .seen = now};
    return true;
}

void cw_dtmf_once_end(struct cw_dtmf_once *o, char digit, uint8_t source, cw_time now) {
    for (size_t i = 0; i < CW_DTMF_PRESSES; i++) {
        struct cw_dtmf_press *p = &o->presses[i];
        if (!p->open || p->digit != digit || p->owner != source) continue;
        p->open = false;
        p->seen = now;
        return;
    }
}
