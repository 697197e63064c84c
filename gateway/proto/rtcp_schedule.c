// Randomised RTCP intervals.
#include "proto/rtcp_schedule.h"

// A linear congruential step: the draw only has to spread reports, it is no secret.
static uint32_t draw(struct cw_rtcp_schedule *s) {
    s->random = s->random * 1664525U + 1013904223U;
    return s->random >> 16;
}

// 0.5 to 1.5 times the mean.
static cw_time spread(struct cw_rtcp_schedule *s, cw_time mean) { return mean / 2 + mean * draw(s) / UINT16_MAX; }

void cw_rtcp_schedule_init(struct cw_rtcp_schedule *s, cw_time interval, uint32_t seed, cw_time now) {
    *s = (struct cw_rtcp_schedule){.interval = interval, .random = seed};
    s->next = now + spread(s, interval / 8);
}

void cw_rtcp_schedule_sent(struct cw_rtcp_schedule *s, cw_time now) { s->next = now + spread(s, s->interval); }

void cw_rtcp_schedule_set(struct cw_rtcp_schedule *s, cw_time interval, cw_time now) {
    s->interval = interval;
    if (s->next > now + interval) s->next = now + interval;
}
