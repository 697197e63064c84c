// Reads RTCP: the compound's frame, then each packet's content.
#include "proto/rtcp.h"

#include "base/err.h"

#define HEAD 4
#define SENDER_INFO 20
#define BLOCK 24
#define FEEDBACK_HEAD 8 // sender's and media's SSRC
#define XR_RRTR 4
#define XR_DLRR 5
#define SDES_CNAME 1

static bool is_feedback(uint8_t type) { return type == CW_RTCP_RTPFB || type == CW_RTCP_PSFB; }

// What a packet of this type must hold at least, after its head.
static size_t least_len(uint8_t type, unsigned count) {
    switch (type) {
    case CW_RTCP_SR: return 4 + SENDER_INFO + (size_t)BLOCK * count;
    case CW_RTCP_RR: return 4 + (size_t)BLOCK * count;
    case CW_RTCP_BYE: return 4 * (size_t)count;
    case CW_RTCP_APP: return 8;
    case CW_RTCP_RTPFB:
    case CW_RTCP_PSFB: return FEEDBACK_HEAD;
    case CW_RTCP_XR: return 4;
    default: return 0;
    }
}

int cw_rtcp_next(struct cw_reader *r, struct cw_rtcp *out) {
    if (r->left == 0) return CW_ENOENT;
    const uint8_t *head = cw_read_bytes(r, HEAD);
    if (!head || head[0] >> 6 != 2) return CW_EFORMAT;
    struct cw_rtcp p = {.type = head[1], .count = head[0] & 0x1f, .len = 4U * cw_get_u16(head + 2)};
    p.body = cw_read_bytes(r, p.len);
    if (!p.body) return CW_EFORMAT;
    if (head[0] & 0x20) {
        uint8_t padding = p.len ? p.body[p.len - 1] : 0;
        if (r->left || padding == 0 || padding > p.len) return CW_EFORMAT;
        p.len -= padding;
    }
    if (p.len < least_len(p.type, p.count)) return CW_EFORMAT;
    bool has_sender = p.type != CW_RTCP_SDES && (p.type != CW_RTCP_BYE || p.count);
    if (has_sender && p.len >= 4) p.sender_ssrc = cw_get_u32(p.body);
    if (is_feedback(p.type)) p.media_ssrc = cw_get_u32(p.body + 4);
    *out = p;
    return 0;
}

int cw_rtcp_open(struct cw_reader *r, const void *data, size_t len) {
    struct cw_reader check;
    struct cw_rtcp p;
    int err;
    cw_reader_init(&check, data, len);
    if (len == 0) return CW_EFORMAT;
    while ((err = cw_rtcp_next(&check, &p)) == 0) {
    }
    if (err != CW_ENOENT) return err;
    cw_reader_init(r, data, len);
    return 0;
}

int cw_rtcp_kind(const struct cw_rtcp *p) { return is_feedback(p->type) ? CW_RTCP_KIND(p->type, p->count) : p->type; }

int cw_rtcp_sender_parse(const struct cw_rtcp *sr, struct cw_rtcp_sender *out) {
    if (sr->type != CW_RTCP_SR) return CW_EINVAL;
    const uint8_t *p = sr->body + 4;
    *out = (struct cw_rtcp_sender){
        .ntp = (uint64_t)cw_get_u32(p) << 32 | cw_get_u32(p + 4),
        .timestamp = cw_get_u32(p + 8),
        .packets = cw_get_u32(p + 12),
        .octets = cw_get_u32(p + 16),
    };
    return 0;
}

int cw_rtcp_block_parse(const struct cw_rtcp *report, unsigned i, struct cw_rtcp_block *out) {
    if (report->type != CW_RTCP_SR && report->type != CW_RTCP_RR) return CW_EINVAL;
    if (i >= report->count) return CW_ENOENT;
    const uint8_t *p = report->body + 4 + (report->type == CW_RTCP_SR ? SENDER_INFO : 0) + (size_t)BLOCK * i;
    uint32_t lost = cw_get_u32(p + 4) & 0xffffff;
    *out = (struct cw_rtcp_block){
        .ssrc = cw_get_u32(p),
        .fraction = p[4],
        .lost = lost & 0x800000 ? (int32_t)lost - 0x1000000 : (int32_t)lost,
        .max_seq = cw_get_u32(p + 8),
        .jitter = cw_get_u32(p + 12),
        .last_sr = cw_get_u32(p + 16),
        .delay = cw_get_u32(p + 20),
    };
    return 0;
}

// The items of one chunk: | type | len | text … | up to a type of 0.
static bool chunk_cname(struct cw_reader *r, const char **name, size_t *len) {
    uint8_t type;
    while ((type = cw_read_u8(r)) != 0) {
        uint8_t item_len = cw_read_u8(r);
        const uint8_t *text = cw_read_bytes(r, item_len);
        if (!text || type != SDES_CNAME) continue;
        *name = (const char *)text;
        *len = item_len;
        return true;
    }
    return false;
}

int cw_rtcp_cname_parse(const struct cw_rtcp *sdes, uint32_t *ssrc, const char **name, size_t *len) {
    if (sdes->type != CW_RTCP_SDES) return CW_EINVAL;
    struct cw_reader r;
    cw_reader_init(&r, sdes->body, sdes->len);
    for (unsigned i = 0; i < sdes->count && !r.bad; i++) {
        uint32_t source = cw_read_u32(&r);
        if (chunk_cname(&r, name, len)) {
            *ssrc = source;
            return 0;
        }
        cw_read_bytes(&r, r.left % 4); // chunks are padded to words
    }
    return CW_ENOENT;
}

int cw_rtcp_bye_parse(const struct cw_rtcp *bye, unsigned i, uint32_t *ssrc) {
    if (bye->type != CW_RTCP_BYE) return CW_EINVAL;
    if (i >= bye->count) return CW_ENOENT;
    *ssrc = cw_get_u32(bye->body + 4 * (size_t)i);
    return 0;
}

// The i-th entry of `size` octets of a feedback packet's list, which begins `skip` octets after the SSRCs; or NULL.
static const uint8_t *feedback_entry(const struct cw_rtcp *p, size_t skip, size_t size, size_t i) {
    size_t at = FEEDBACK_HEAD + skip + size * i;
    return at + size <= p->len ? p->body + at : NULL;
}

int cw_rtcp_nack_parse(const struct cw_rtcp *nack, uint16_t *seqs, size_t cap, size_t *count) {
    if (cw_rtcp_kind(nack) != CW_RTCP_NACK) return CW_EINVAL;
    size_t n = 0;
    const uint8_t *p;
    for (size_t i = 0; (p = feedback_entry(nack, 0, 4, i)); i++) {
        uint16_t first = cw_get_u16(p);
        uint32_t mask = 1U | (uint32_t)cw_get_u16(p + 2) << 1;
        for (uint16_t bit = 0; bit <= 16 && n < cap; bit++)
            if (mask >> bit & 1) seqs[n++] = (uint16_t)(first + bit);
    }
    *count = n;
    return 0;
}

int cw_rtcp_fir_parse(const struct cw_rtcp *fir, unsigned i, uint32_t *ssrc, uint8_t *seq) {
    if (cw_rtcp_kind(fir) != CW_RTCP_FIR) return CW_EINVAL;
    const uint8_t *p = feedback_entry(fir, 0, 8, i);
    if (!p) return CW_ENOENT;
    *ssrc = cw_get_u32(p);
    *seq = p[4];
    return 0;
}

static uint64_t scaled(uint64_t mantissa, unsigned exponent) {
    return mantissa && exponent >= (unsigned)__builtin_clzll(mantissa) ? UINT64_MAX : mantissa << exponent;
}

int cw_rtcp_tmmbr_parse(const struct cw_rtcp *tmmbr, unsigned i, uint32_t *ssrc, uint64_t *bps) {
    if (cw_rtcp_kind(tmmbr) != CW_RTCP_TMMBR) return CW_EINVAL;
    const uint8_t *p = feedback_entry(tmmbr, 0, 8, i);
    if (!p) return CW_ENOENT;
    uint32_t word = cw_get_u32(p + 4); // exponent 6, mantissa 17, overhead 9
    *ssrc = cw_get_u32(p);
    *bps = scaled(word >> 9 & 0x1ffff, word >> 26);
    return 0;
}

// The 8 octets "REMB", count, exponent 6, mantissa 18; or NULL.
static const uint8_t *remb_head(const struct cw_rtcp *afb) {
    const uint8_t *p = feedback_entry(afb, 0, 8, 0);
    if (cw_rtcp_kind(afb) != CW_RTCP_AFB || !p || memcmp(p, "REMB", 4) != 0) return NULL;
    return p;
}

int cw_rtcp_remb_parse(const struct cw_rtcp *afb, uint64_t *bps) {
    const uint8_t *p = remb_head(afb);
    if (!p) return CW_EUNSUPPORTED;
    uint32_t word = cw_get_u32(p + 4);
    *bps = scaled(word & 0x3ffff, word >> 18 & 0x3f);
    return 0;
}

int cw_rtcp_remb_ssrc(const struct cw_rtcp *afb, unsigned i, uint32_t *ssrc) {
    const uint8_t *head = remb_head(afb);
    if (!head) return CW_EUNSUPPORTED;
    const uint8_t *p = i < head[4] ? feedback_entry(afb, 8, 4, i) : NULL;
    if (!p) return CW_ENOENT;
    *ssrc = cw_get_u32(p);
    return 0;
}

// The next report block of an XR with this type, its content in `out`. False at the end.
static bool xr_block(struct cw_reader *r, uint8_t wanted, struct cw_reader *out) {
    while (r->left >= 4) {
        uint8_t type = cw_read_u8(r);
        cw_read_u8(r);
        size_t len = 4U * cw_read_u16(r);
        const uint8_t *content = cw_read_bytes(r, len);
        if (!content) return false;
        if (type != wanted) continue;
        cw_reader_init(out, content, len);
        return true;
    }
    return false;
}

int cw_rtcp_rrtr_parse(const struct cw_rtcp *xr, uint64_t *ntp) {
    if (xr->type != CW_RTCP_XR) return CW_EINVAL;
    struct cw_reader r, block;
    cw_reader_init(&r, xr->body + 4, xr->len - 4);
    if (!xr_block(&r, XR_RRTR, &block) || block.left < 8) return CW_ENOENT;
    *ntp = cw_read_u64(&block);
    return 0;
}

int cw_rtcp_dlrr_parse(const struct cw_rtcp *xr, unsigned i, struct cw_rtcp_dlrr *out) {
    if (xr->type != CW_RTCP_XR) return CW_EINVAL;
    struct cw_reader r, block;
    cw_reader_init(&r, xr->body + 4, xr->len - 4);
    while (xr_block(&r, XR_DLRR, &block)) {
        size_t items = block.left / 12;
        if (i >= items) {
            i -= (unsigned)items;
            continue;
        }
        cw_read_bytes(&block, 12 * (size_t)i);
        out->ssrc = cw_read_u32(&block);
        out->last_rr = cw_read_u32(&block);
        out->delay = cw_read_u32(&block);
        return 0;
    }
    return CW_ENOENT;
}
