// What kind of packet is this: STUN, DTLS, RTP or RTCP on one port (RFC 7983 §7, RFC 5761 §4).
#ifndef CW_PROTO_DEMUX_H
#define CW_PROTO_DEMUX_H

#include <stddef.h>
#include <stdint.h>

//              first byte   0..3   STUN (with its magic cookie)
//                          20..63  DTLS
//                         128..191 RTP, or RTCP if the second byte is 192..223
//                                  everything else (ZRTP, TURN channels, short packets): junk
enum cw_packet_kind { CW_PACKET_JUNK, CW_PACKET_STUN, CW_PACKET_DTLS, CW_PACKET_RTP, CW_PACKET_RTCP };

// Looks at the length and the first bytes only; the parser of the kind still has to check the rest.
// A packet shorter than the kind's fixed header is junk.
enum cw_packet_kind cw_demux(const void *data, size_t len);

#endif
