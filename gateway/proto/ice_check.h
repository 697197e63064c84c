// Reading and answering one STUN Binding request (RFC 8489, RFC 8445 §7.3). Internal to ice.c.
#ifndef CW_PROTO_ICE_CHECK_H
#define CW_PROTO_ICE_CHECK_H

#include "proto/ice.h"

struct cw_ice_check {
    enum cw_ice_drop drop; // on an error
    bool indication;       // a keepalive: nothing is verified, nothing to do
    bool nominates;        // USE-CANDIDATE
    bool current;          // made with the credentials of now, not those of before a restart
};

// Verifies the request and writes the answer, success or error (CW_ICE_REPLY_MAX bytes). On an error check->drop is
// set.
int cw_ice_check_read(struct cw_ice_check *check, const struct cw_ice *ice, const struct cw_addr *src, const void *data,
                      size_t len, uint8_t *reply, size_t *reply_len);

#endif
