// RTP packets: read, look into header extensions, and write a packet of our own around a payload. RFC 3550 §5.1, RFC
// 8285.
//
//      0                   1                   2                   3
//      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//     |V=2|P|X|  CC   |M|     PT      |       sequence number         |
//     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//     |                           timestamp                           |
//     |                             SSRC                              |
//     |           CSRC x CC, then if X: profile, length, data         |
//     |                payload, then if P: padding, its count         |
//
// All functions are pure; any thread. Nothing here allocates.
#ifndef CW_PROTO_RTP_H
#define CW_PROTO_RTP_H

#include "base/buf.h"
#include "base/clock.h"

#define CW_RTP_HEADER_SIZE 12
// The most that cw_rtp_write and cw_rtp_rewrite put before a payload; a buffer with this much headroom always does.
#define CW_RTP_HEADER_MAX 272
#define CW_RTP_MID_SIZE 16

#define CW_RTP_URI_MID "urn:ietf:params:rtp-hdrext:sdes:mid"
#define CW_RTP_URI_RID "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"
#define CW_RTP_URI_REPAIRED_RID "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id"
#define CW_RTP_URI_AUDIO_LEVEL "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
#define CW_RTP_URI_ABS_SEND_TIME "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"
#define CW_RTP_URI_TRANSPORT_CC "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
#define CW_RTP_URI_VIDEO_ORIENTATION "urn:3gpp:video-orientation"
#define CW_RTP_URI_TOFFSET "urn:ietf:params:rtp-hdrext:toffset"
#define CW_RTP_URI_PLAYOUT_DELAY "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay"

// A parsed packet. The pointers point into the datagram, which the caller keeps.
struct cw_rtp {
    const uint8_t *packet; // the first octet of the header
    const uint8_t *ext;    // the extension's data after its 4-octet head, NULL if there is none
    const uint8_t *payload;
    uint16_t ext_len;     // [octets]
    uint16_t ext_profile; // 0xbede: one-byte form, 0x100x: two-byte form
    uint16_t payload_len; // without padding; 0 for a packet of padding only
    uint16_t seq;
    uint32_t timestamp;
    uint32_t ssrc;
    uint8_t pt; // 0..127
    uint8_t csrc_count;
    uint8_t padding; // [octets], with the count octet
    bool marker;
};

// CW_EFORMAT: not version 2, cut short, or padding longer than what is there.
int cw_rtp_parse(struct cw_rtp *out, const void *data, size_t len);

// The SSRC of something that has at least a fixed header: what is known before SRTP has been decrypted.
static inline uint32_t cw_rtp_peek_ssrc(const uint8_t *data) { return cw_get_u32(data + 8); }
static inline uint16_t cw_rtp_peek_seq(const uint8_t *data) { return cw_get_u16(data + 2); }

// --- header extensions, RFC 8285 ---

// Walks the elements: start with at = 0, go on while it returns true.
struct cw_rtp_ext {
    const uint8_t *data;
    uint8_t id; // 1..14 (one-byte form) or 1..255
    uint8_t len;
};
bool cw_rtp_ext_next(const struct cw_rtp *rtp, size_t *at, struct cw_rtp_ext *out);

// The data of element `id` (NULL and *len untouched if it is not there). An id of 0 is never there.
const uint8_t *cw_rtp_ext_find(const struct cw_rtp *rtp, uint8_t id, uint8_t *len);

// RFC 6464: level is 0 (loud) .. 127 (silence) -dBov. False if the element is not there.
bool cw_rtp_ext_audio_level(const struct cw_rtp *rtp, uint8_t id, uint8_t *level, bool *voice);
// The transport-wide sequence number. False if the element is not there.
bool cw_rtp_ext_transport_seq(const struct cw_rtp *rtp, uint8_t id, uint16_t *seq);

// --- writing ---

// What changes from packet to packet. cw_rtp_map_packet fills ssrc to marker.
struct cw_rtp_head {
    uint32_t ssrc;
    uint32_t timestamp;
    uint16_t seq;
    uint8_t pt;
    bool marker;
    uint16_t transport_seq; // used if transport_cc_id is set
    uint32_t abs_send_time; // 24 bits, from cw_rtp_abs_send_time; used if abs_send_time_id is set
};

// The extensions of one outgoing stream as negotiated; zero it for none (a SIP leg).
struct cw_rtp_exts {
    uint8_t copy[256];        // id in received packets → id in ours; 0 drops it
    uint8_t mid_id;           // these three are ours to stamp, 0: not negotiated.
    uint8_t abs_send_time_id; // Do not map an incoming id onto them.
    uint8_t transport_cc_id;
    uint8_t mid_len;
    char mid[CW_RTP_MID_SIZE]; // no NUL
};

// now as the 6.18 fixed-point seconds of abs-send-time.
uint32_t cw_rtp_abs_send_time(cw_time now);

// Appends header, extensions and payload; no CSRCs, no padding. `from` gives the elements to copy and may be NULL, as
// may `exts`. The one-byte form is used unless an element does not fit it (id above 14, length 0 or above 16); elements
// that would pass CW_RTP_HEADER_MAX are left out. CW_ETOOBIG if the writer is full.
int cw_rtp_write(struct cw_writer *w, const struct cw_rtp_head *head, const struct cw_rtp_exts *exts,
                 const struct cw_rtp *from, const void *payload, size_t payload_len);

// The same without touching the payload: the new header is laid directly before `in->payload`, over the old header and
// up to `headroom` octets before in->packet, all of which the caller owns and may write. The packet is then *at, *len.
// Alignment to 4 octets is kept. CW_ETOOBIG if the headroom does not suffice. `in` is used up.
int cw_rtp_rewrite(uint8_t **at, size_t *len, const struct cw_rtp *in, size_t headroom, const struct cw_rtp_head *head,
                   const struct cw_rtp_exts *exts);

#endif
