// When the next regular RTCP report is due: a randomised interval, the first one early. RFC 3550 §6.2 with the small
// groups of a gateway in mind: two members, so the minimum interval always rules and no membership count is kept.
#ifndef CW_PROTO_RTCP_SCHEDULE_H
#define CW_PROTO_RTCP_SCHEDULE_H

#include "base/clock.h"

#define CW_RTCP_INTERVAL_AUDIO (5 * CW_SECOND)
#define CW_RTCP_INTERVAL_VIDEO (1 * CW_SECOND)

struct cw_rtcp_schedule {
    cw_time interval; // the mean
    cw_time next;     // the deadline: send when now >= next, then call cw_rtcp_schedule_sent
    uint32_t random;
};

// The first report follows within a fifth of the interval (at most 1 s), so that a round trip is known early. seed:
// random.
void cw_rtcp_schedule_init(struct cw_rtcp_schedule *s, cw_time interval, uint32_t seed, cw_time now);
// Draws the next deadline, 0.5 to 1.5 intervals from now.
void cw_rtcp_schedule_sent(struct cw_rtcp_schedule *s, cw_time now);
// Video joined an audio leg: from now on with this interval, and no later than one of them from now.
void cw_rtcp_schedule_set(struct cw_rtcp_schedule *s, cw_time interval, cw_time now);

#endif
