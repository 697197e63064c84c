// Telling STUN, DTLS, RTP and RTCP apart.
#include "proto/demux.h"

#include "base/buf.h"

#define STUN_HEADER 20
#define STUN_COOKIE 0x2112a442U
#define DTLS_HEADER 13
#define RTP_HEADER 12
#define RTCP_HEADER 8

enum cw_packet_kind cw_demux(const void *data, size_t len) {
    const uint8_t *p = data;
    if (len < RTCP_HEADER) return CW_PACKET_JUNK;
    if (p[0] <= 3) return len >= STUN_HEADER && cw_get_u32(p + 4) == STUN_COOKIE ? CW_PACKET_STUN : CW_PACKET_JUNK;
    if (p[0] >= 20 && p[0] <= 63) return len >= DTLS_HEADER ? CW_PACKET_DTLS : CW_PACKET_JUNK;
    if (p[0] < 128 || p[0] > 191) return CW_PACKET_JUNK;
    if (p[1] >= 192 && p[1] <= 223) return CW_PACKET_RTCP;
    return len >= RTP_HEADER ? CW_PACKET_RTP : CW_PACKET_JUNK;
}
