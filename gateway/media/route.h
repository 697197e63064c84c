// Which of our addresses a far RTP peer should be told: the one that routes to it, or the public one that stands for
// it.
#ifndef CW_MEDIA_ROUTE_H
#define CW_MEDIA_ROUTE_H

#include "base/addr.h"

#define CW_ROUTES_MAX 16

struct cw_routes {
    struct cw_addr fixed[2];                                        // IPv4, IPv6; unset: ask the routing table
    struct cw_addr local[CW_ROUTES_MAX], advertised[CW_ROUTES_MAX]; // 1:1 NAT: advertised[i] stands for local[i]
    size_t count;
};

// remote: its address (port ignored), or unset: the default route's IPv4, else IPv6, else loopback. The result's port
// is 0. Loopback peers are told the loopback address. CW_EIO: no route. Asks the kernel, sends nothing. Any thread.
int cw_route_local(const struct cw_routes *routes, const struct cw_addr *remote, struct cw_addr *out);

// The machine's addresses, for media.addresses when it is empty: all that are up, without loopback and link-local ones;
// if there are none, loopback. Returns their count, at most max.
size_t cw_route_machine_addresses(struct cw_addr *out, size_t max);

#endif
