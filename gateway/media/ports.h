// UDP port pairs for RTP legs: even for RTP, the next odd one for RTCP (RFC 3550 §11), bound when they are given out.
// The pair that has rested longest comes first; one that was given back rests for CW_RTP_PORTS_REST at least, so that
// late packets of a call do not reach the next one. Control thread.
#ifndef CW_MEDIA_PORTS_H
#define CW_MEDIA_PORTS_H

#include <stdint.h>

#include "base/addr.h"
#include "base/clock.h"

#define CW_RTP_PORTS_REST (5 * CW_SECOND)

struct cw_rtp_pair {
    uint16_t port;       // of RTP; RTCP has port + 1. 0: none
    int fd_rtp, fd_rtcp; // non-blocking, bound; -1: given away or none
};

struct cw_rtp_ports;

// address: to bind to (its port is ignored); any-address is fine. CW_EINVAL: no pair in min..max.
int cw_rtp_ports_new(struct cw_rtp_ports **out, const struct cw_addr *address, uint16_t min, uint16_t max);
void cw_rtp_ports_free(struct cw_rtp_ports *ports);

// A port that another process holds is passed over. CW_ELIMIT: all are in use or resting. CW_EIO: no descriptor.
int cw_rtp_ports_alloc(struct cw_rtp_ports *ports, cw_time now, struct cw_rtp_pair *out);
// Gives the pair back, together with cw_media_remove of its leg; closes what was not given to a leg. Harmless for a
// pair of port 0, which the pair becomes.
void cw_rtp_ports_release(struct cw_rtp_ports *ports, cw_time now, struct cw_rtp_pair *pair);
unsigned cw_rtp_ports_in_use(const struct cw_rtp_ports *ports);

#endif
