// Writes RTCP packets, each whole or not at all.
#include "proto/rtcp.h"

#define SDES_CNAME 1
#define XR_RRTR 4
#define XR_DLRR 5
#define REMB_MANTISSA_BITS 18

// The head of a packet with `words` 32-bit words after it; false (and full) if it would not fit.
static bool begin(struct cw_writer *w, unsigned type, unsigned count, size_t words) {
    if (w->full || words > UINT16_MAX || 4 + 4 * words > w->cap - w->len) {
        w->full = true;
        return false;
    }
    cw_write_u8(w, (uint8_t)(0x80 | count));
    cw_write_u8(w, (uint8_t)type);
    cw_write_u16(w, (uint16_t)words);
    return true;
}

static bool begin_feedback(struct cw_writer *w, int kind, size_t words, uint32_t sender_ssrc, uint32_t media_ssrc) {
    if (!begin(w, kind & 0xff, (unsigned)kind >> 8, 2 + words)) return false;
    cw_write_u32(w, sender_ssrc);
    cw_write_u32(w, media_ssrc);
    return true;
}

static void write_blocks(struct cw_writer *w, const struct cw_rtcp_block *blocks, size_t count) {
    for (const struct cw_rtcp_block *b = blocks; b < blocks + count; b++) {
        int32_t lost = b->lost > 0x7fffff ? 0x7fffff : b->lost < -0x800000 ? -0x800000 : b->lost;
        cw_write_u32(w, b->ssrc);
        cw_write_u8(w, b->fraction);
        cw_write_u24(w, (uint32_t)lost & 0xffffff);
        cw_write_u32(w, b->max_seq);
        cw_write_u32(w, b->jitter);
        cw_write_u32(w, b->last_sr);
        cw_write_u32(w, b->delay);
    }
}

void cw_rtcp_write_sr(struct cw_writer *w, uint32_t ssrc, const struct cw_rtcp_sender *sender,
                      const struct cw_rtcp_block *blocks, size_t count) {
    if (count > CW_RTCP_BLOCKS_MAX) count = CW_RTCP_BLOCKS_MAX;
    if (!begin(w, CW_RTCP_SR, (unsigned)count, 6 + 6 * count)) return;
    cw_write_u32(w, ssrc);
    cw_write_u64(w, sender->ntp);
    cw_write_u32(w, sender->timestamp);
    cw_write_u32(w, sender->packets);
    cw_write_u32(w, sender->octets);
    write_blocks(w, blocks, count);
}

void cw_rtcp_write_rr(struct cw_writer *w, uint32_t ssrc, const struct cw_rtcp_block *blocks, size_t count) {
    if (count > CW_RTCP_BLOCKS_MAX) count = CW_RTCP_BLOCKS_MAX;
    if (!begin(w, CW_RTCP_RR, (unsigned)count, 1 + 6 * count)) return;
    cw_write_u32(w, ssrc);
    write_blocks(w, blocks, count);
}

void cw_rtcp_write_cname(struct cw_writer *w, uint32_t ssrc, const char *name) {
    size_t len = strnlen(name, 255);
    size_t words = (2 + len) / 4 + 1; // at least one octet of 0 ends the list
    if (!begin(w, CW_RTCP_SDES, 1, 1 + words)) return;
    cw_write_u32(w, ssrc);
    cw_write_u8(w, SDES_CNAME);
    cw_write_u8(w, (uint8_t)len);
    cw_write_bytes(w, name, len);
    cw_write_uint(w, 0, 4 * words - 2 - len);
}

void cw_rtcp_write_bye(struct cw_writer *w, uint32_t ssrc) {
    if (begin(w, CW_RTCP_BYE, 1, 1)) cw_write_u32(w, ssrc);
}

void cw_rtcp_write_pli(struct cw_writer *w, uint32_t sender_ssrc, uint32_t media_ssrc) {
    begin_feedback(w, CW_RTCP_PLI, 0, sender_ssrc, media_ssrc);
}

void cw_rtcp_write_fir(struct cw_writer *w, uint32_t sender_ssrc, uint32_t media_ssrc, uint8_t seq) {
    // RFC 5104 §4.3.1.1: the media source stands in the entry, the common field is 0.
    if (!begin_feedback(w, CW_RTCP_FIR, 2, sender_ssrc, 0)) return;
    cw_write_u32(w, media_ssrc);
    cw_write_u8(w, seq);
    cw_write_u24(w, 0);
}

// One word: the first number and a mask of those 1 to 16 above it. Returns how many of seqs it covers.
static size_t nack_word(const uint16_t *seqs, size_t count, uint16_t *mask) {
    size_t n = 1;
    *mask = 0;
    for (; n < count; n++) {
        uint16_t above = (uint16_t)(seqs[n] - seqs[0]);
        if (above > 16) break;
        if (above) *mask |= (uint16_t)(1U << (above - 1));
    }
    return n;
}

void cw_rtcp_write_nack(struct cw_writer *w, uint32_t sender_ssrc, uint32_t media_ssrc, const uint16_t *seqs,
                        size_t count) {
    size_t words = 0;
    uint16_t mask;
    for (size_t i = 0; i < count; words++) i += nack_word(seqs + i, count - i, &mask);
    if (!words || !begin_feedback(w, CW_RTCP_NACK, words, sender_ssrc, media_ssrc)) return;
    for (size_t i = 0; i < count;) {
        size_t n = nack_word(seqs + i, count - i, &mask);
        cw_write_u16(w, seqs[i]);
        cw_write_u16(w, mask);
        i += n;
    }
}

void cw_rtcp_write_remb(struct cw_writer *w, uint32_t sender_ssrc, uint64_t bps, const uint32_t *ssrcs, size_t count) {
    if (count > 255) count = 255;
    uint32_t exponent = 0;
    while (bps >> exponent >= 1U << REMB_MANTISSA_BITS) exponent++;
    if (!begin_feedback(w, CW_RTCP_AFB, 2 + count, sender_ssrc, 0)) return;
    cw_write_bytes(w, "REMB", 4);
    cw_write_u8(w, (uint8_t)count);
    cw_write_u24(w, exponent << REMB_MANTISSA_BITS | (uint32_t)(bps >> exponent));
    for (size_t i = 0; i < count; i++) cw_write_u32(w, ssrcs[i]);
}

static bool begin_xr(struct cw_writer *w, uint32_t ssrc, uint8_t block_type, size_t words) {
    if (!begin(w, CW_RTCP_XR, 0, 2 + words)) return false;
    cw_write_u32(w, ssrc);
    cw_write_u8(w, block_type);
    cw_write_u8(w, 0);
    cw_write_u16(w, (uint16_t)words);
    return true;
}

void cw_rtcp_write_rrtr(struct cw_writer *w, uint32_t ssrc, uint64_t ntp) {
    if (begin_xr(w, ssrc, XR_RRTR, 2)) cw_write_u64(w, ntp);
}

void cw_rtcp_write_dlrr(struct cw_writer *w, uint32_t ssrc, const struct cw_rtcp_dlrr *items, size_t count) {
    if (!begin_xr(w, ssrc, XR_DLRR, 3 * count)) return;
    for (size_t i = 0; i < count; i++) {
        cw_write_u32(w, items[i].ssrc);
        cw_write_u32(w, items[i].last_rr);
        cw_write_u32(w, items[i].delay);
    }
}
