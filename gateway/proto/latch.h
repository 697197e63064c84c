// Symmetric RTP: where to send, and whose packets to take, when the address in the SDP may be behind a NAT.
//
//     FROM_SDP ── `needed` consistent packets from another source, none from the SDP's ──▶ LOCKED (there)
//        └─────── `needed` packets from the SDP's address ───────────────────────────────▶ LOCKED (SDP)
//     LOCKED ──── cw_latch_reset: the peer signalled an address (re-INVITE) ─────────────▶ FROM_SDP
//
// Never follows a source after the lock (RTP bleed, CVE-2025-53399), but for one case: during the first CW_LATCH_WINDOW
// the SDP's own address still takes a lock from a stranger who was quicker. One latch for RTP (or RTP and RTCP muxed),
// one for an RTCP port of its own. Plain struct; one thread.
#ifndef CW_PROTO_LATCH_H
#define CW_PROTO_LATCH_H

#include "base/addr.h"
#include "base/clock.h"

#define CW_LATCH_NEEDED 3 // for RTP; an RTCP port takes 1
#define CW_LATCH_WINDOW (5 * CW_SECOND)

enum cw_latch_flags {
    CW_LATCH_SECURE = 1, // SRTP: only authenticated packets are looked at
    CW_LATCH_STRICT = 2, // never leave the SDP's address
    CW_LATCH_SAME_HOST =
        4, // another port of the SDP's host may be learnt, another host not (RTCP after RTP has latched)
};

enum cw_latch_verdict {
    CW_LATCH_REJECT,                // drop it
    CW_LATCH_ACCEPT,                // take it
    CW_LATCH_ACCEPT_AND_SEND_THERE, // take it; the address to send to has just changed to its source
};

struct cw_latch {
    struct cw_addr expected; // the SDP's
    struct cw_addr remote;   // where we send; unset: nowhere yet
    struct cw_addr candidate;
    uint32_t candidate_ssrc;
    uint8_t candidate_count;
    uint8_t expected_count;
    uint8_t needed;
    uint8_t flags;
    bool locked;
    cw_time locked_at;
    uint64_t rejected_source;  // from an address that is not the peer's
    uint64_t rejected_auth;    // not authenticated on a secure leg
    uint64_t rejected_invalid; // not of a negotiated payload type
};

// expected: the SDP's address, or NULL while it is not known. needed: 1..5. flags: of enum cw_latch_flags.
void cw_latch_init(struct cw_latch *l, const struct cw_addr *expected, unsigned needed, unsigned flags);
// The peer signalled an address. The same one as before changes nothing; a new one unlocks. Counters stay.
void cw_latch_reset(struct cw_latch *l, const struct cw_addr *expected);

// What a datagram is, as far as the caller knows.
struct cw_latch_packet {
    const struct cw_addr *source;
    uint32_t ssrc;      // of the sender
    bool valid;         // well-formed, and of a negotiated payload type (RTP) or a known type (RTCP)
    bool authenticated; // its SRTP tag was right
};
enum cw_latch_verdict cw_latch_input(struct cw_latch *l, const struct cw_latch_packet *p, cw_time now);

// On a locked leg, cheap enough to ask before any decryption: would a packet of this source be rejected whatever it
// holds?
bool cw_latch_hopeless(const struct cw_latch *l, const struct cw_addr *source, cw_time now);

// Where to send; NULL: not known yet.
static inline const struct cw_addr *cw_latch_remote(const struct cw_latch *l) {
    return cw_addr_is_set(&l->remote) ? &l->remote : NULL;
}

#endif
