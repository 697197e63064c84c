// ICE candidates in writing (RFC 8839 §5.1, TCP: RFC 6544 §4.5, mDNS names: draft-ietf-mmusic-mdns-ice-candidates).
// A plain value: copy it between threads. Pure.
#ifndef CW_PROTO_SDP_CANDIDATE_H
#define CW_PROTO_SDP_CANDIDATE_H

#include "base/addr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum cw_sdp_candidate_type { CW_SDP_HOST, CW_SDP_SRFLX, CW_SDP_PRFLX, CW_SDP_RELAY };
enum cw_sdp_candidate_tcp { CW_SDP_UDP, CW_SDP_TCP_ACTIVE, CW_SDP_TCP_PASSIVE, CW_SDP_TCP_SO };

struct cw_sdp_candidate {
    char foundation[33];
    uint16_t component;            // 1: RTP, 2: RTCP
    enum cw_sdp_candidate_tcp tcp; // CW_SDP_UDP: not TCP
    uint32_t priority;
    struct cw_addr addr; // unset when host is a name
    char host[64];       // as written, or "" when made by us: addr is printed. Longer names: CW_EUNSUPPORTED
    uint16_t port;       // equal to addr's
    enum cw_sdp_candidate_type type;
    struct cw_addr related; // raddr rport; unset if none
    char ufrag[65];         // extension "ufrag", or "" (none, or longer)
};

// Takes "candidate:…", "a=candidate:…" or what follows the colon; a final CR LF is tolerated.
// CW_EFORMAT; CW_EUNSUPPORTED for a transport or type that is none of the above: ignore such a candidate.
int cw_sdp_candidate_parse(struct cw_sdp_candidate *out, const char *text);
// addr is not set: a .local name (resolve by multicast DNS) or another name. Such a candidate is no use to us.
bool cw_sdp_candidate_is_name(const struct cw_sdp_candidate *candidate);
bool cw_sdp_candidate_is_mdns(const struct cw_sdp_candidate *candidate);

#define CW_SDP_CANDIDATE_SIZE 384
// "candidate:…" without "a=", into out (CW_SDP_CANDIDATE_SIZE bytes). Returns out.
const char *cw_sdp_candidate_print(const struct cw_sdp_candidate *candidate, char *out);

#endif
