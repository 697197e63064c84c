// RTCP: read a compound packet, write one. RFC 3550 §6, RFC 4585 (feedback), RFC 5104 (FIR, TMMBR), RFC 3611 (XR), RFC
// 5506 (reduced size), draft-alvestrand-rmcat-remb-03. Transport-wide feedback is in proto/twcc.h.
//
// Reading:  struct cw_reader r; struct cw_rtcp p;
//           if (cw_rtcp_open(&r, data, len) == 0) while (cw_rtcp_next(&r, &p) == 0) switch (cw_rtcp_kind(&p)) …
// Writing:  cw_rtcp_write_* append to a cw_writer; begin with a report and a CNAME (RFC 3550 §6.1) unless reduced size
// was
//           negotiated. A packet that does not fit is left out whole and sets w->full.
// All functions are pure; any thread. Pointers point into the datagram.
#ifndef CW_PROTO_RTCP_H
#define CW_PROTO_RTCP_H

#include "base/buf.h"

#define CW_RTCP_SIZE 1200 // a buffer of this size holds any compound that we send
#define CW_RTCP_BLOCKS_MAX 31

enum cw_rtcp_type {
    CW_RTCP_SR = 200,
    CW_RTCP_RR = 201,
    CW_RTCP_SDES = 202,
    CW_RTCP_BYE = 203,
    CW_RTCP_APP = 204,
    CW_RTCP_RTPFB = 205,
    CW_RTCP_PSFB = 206,
    CW_RTCP_XR = 207,
};

// type | count << 8 for feedback, the type for all else.
#define CW_RTCP_KIND(type, format) ((type) | (format) << 8)
enum cw_rtcp_kind {
    CW_RTCP_NACK = CW_RTCP_KIND(CW_RTCP_RTPFB, 1),
    CW_RTCP_TMMBR = CW_RTCP_KIND(CW_RTCP_RTPFB, 3),
    CW_RTCP_TMMBN = CW_RTCP_KIND(CW_RTCP_RTPFB, 4),
    CW_RTCP_TWCC = CW_RTCP_KIND(CW_RTCP_RTPFB, 15),
    CW_RTCP_PLI = CW_RTCP_KIND(CW_RTCP_PSFB, 1),
    CW_RTCP_FIR = CW_RTCP_KIND(CW_RTCP_PSFB, 4),
    CW_RTCP_AFB = CW_RTCP_KIND(CW_RTCP_PSFB, 15), // REMB if cw_rtcp_remb_parse says so
};

// One packet of a compound.
struct cw_rtcp {
    uint8_t type;         // enum cw_rtcp_type, or one we do not know
    uint8_t count;        // report count, source count, or feedback format
    uint32_t sender_ssrc; // 0 if it has none (empty BYE, SDES)
    uint32_t media_ssrc;  // feedback only, else 0; also 0 in FIR, TMMBR and REMB, whose entries name it
    const uint8_t *body;  // after the 4-octet head, without padding
    size_t len;
};

// Checks the whole datagram first (versions, lengths, padding in the last one only), so that a broken one does nothing.
// CW_EFORMAT if broken. A datagram that begins without a report (RFC 5506) is accepted.
int cw_rtcp_open(struct cw_reader *r, const void *data, size_t len);
// The next packet of the compound; CW_ENOENT after the last.
int cw_rtcp_next(struct cw_reader *r, struct cw_rtcp *out);
// What to switch over: an enum cw_rtcp_type or an enum cw_rtcp_kind.
int cw_rtcp_kind(const struct cw_rtcp *p);

// --- reports ---

struct cw_rtcp_sender {
    uint64_t ntp;       // 32.32 fixed-point seconds since 1900
    uint32_t timestamp; // RTP, the same moment
    uint32_t packets;
    uint32_t octets;
};

struct cw_rtcp_block {
    uint32_t ssrc;    // whose packets are reported
    uint8_t fraction; // lost since the last report, of 256
    int32_t lost;     // 24 bits signed
    uint32_t max_seq; // extended
    uint32_t jitter;  // [timestamp units]
    uint32_t last_sr; // middle 32 bits of the NTP time of the last SR, 0 if none came
    uint32_t delay;   // since it came [1/65536 s]
};

int cw_rtcp_sender_parse(const struct cw_rtcp *sr, struct cw_rtcp_sender *out);
// The i-th report block of an SR or RR; CW_ENOENT after the last.
int cw_rtcp_block_parse(const struct cw_rtcp *report, unsigned i, struct cw_rtcp_block *out);
// The first CNAME of an SDES; not NUL-terminated. CW_ENOENT if there is none.
int cw_rtcp_cname_parse(const struct cw_rtcp *sdes, uint32_t *ssrc, const char **name, size_t *len);
// The i-th source that leaves; CW_ENOENT after the last.
int cw_rtcp_bye_parse(const struct cw_rtcp *bye, unsigned i, uint32_t *ssrc);

// --- feedback ---

// Lost sequence numbers, at most cap; *count is how many were written.
int cw_rtcp_nack_parse(const struct cw_rtcp *nack, uint16_t *seqs, size_t cap, size_t *count);
// The i-th entry; CW_ENOENT after the last.
int cw_rtcp_fir_parse(const struct cw_rtcp *fir, unsigned i, uint32_t *ssrc, uint8_t *seq);
int cw_rtcp_tmmbr_parse(const struct cw_rtcp *tmmbr, unsigned i, uint32_t *ssrc, uint64_t *bps);
// CW_EUNSUPPORTED: another application's feedback.
int cw_rtcp_remb_parse(const struct cw_rtcp *afb, uint64_t *bps);
// The i-th SSRC that a REMB speaks of; CW_ENOENT after the last.
int cw_rtcp_remb_ssrc(const struct cw_rtcp *afb, unsigned i, uint32_t *ssrc);

// --- extended reports, RFC 3611 §4.4 and §4.5 ---

// The receiver's NTP time; CW_ENOENT if the XR has no such block.
int cw_rtcp_rrtr_parse(const struct cw_rtcp *xr, uint64_t *ntp);
struct cw_rtcp_dlrr {
    uint32_t ssrc;    // of the receiver that had sent the RRTR
    uint32_t last_rr; // middle 32 bits of its NTP time
    uint32_t delay;   // [1/65536 s]
};
// The i-th sub-block over all DLRR blocks; CW_ENOENT after the last.
int cw_rtcp_dlrr_parse(const struct cw_rtcp *xr, unsigned i, struct cw_rtcp_dlrr *out);

// --- writers ---

// blocks: at most CW_RTCP_BLOCKS_MAX.
void cw_rtcp_write_sr(struct cw_writer *w, uint32_t ssrc, const struct cw_rtcp_sender *sender,
                      const struct cw_rtcp_block *blocks, size_t count);
void cw_rtcp_write_rr(struct cw_writer *w, uint32_t ssrc, const struct cw_rtcp_block *blocks, size_t count);
// A name above 255 octets is cut.
void cw_rtcp_write_cname(struct cw_writer *w, uint32_t ssrc, const char *name);
void cw_rtcp_write_bye(struct cw_writer *w, uint32_t ssrc);
void cw_rtcp_write_pli(struct cw_writer *w, uint32_t sender_ssrc, uint32_t media_ssrc);
// seq rises by one with each new request and stays for its repetition.
void cw_rtcp_write_fir(struct cw_writer *w, uint32_t sender_ssrc, uint32_t media_ssrc, uint8_t seq);
// seqs: ascending (in sequence order, over the wrap), any count; packed 17 to a word. count 0 writes nothing.
void cw_rtcp_write_nack(struct cw_writer *w, uint32_t sender_ssrc, uint32_t media_ssrc, const uint16_t *seqs,
                        size_t count);
// count: at most 255. The rate is rounded down to 18 significant bits.
void cw_rtcp_write_remb(struct cw_writer *w, uint32_t sender_ssrc, uint64_t bps, const uint32_t *ssrcs, size_t count);
void cw_rtcp_write_rrtr(struct cw_writer *w, uint32_t ssrc, uint64_t ntp);
void cw_rtcp_write_dlrr(struct cw_writer *w, uint32_t ssrc, const struct cw_rtcp_dlrr *items, size_t count);

#endif
