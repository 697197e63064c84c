// Reads RTP packets and their header extensions, and lays new headers before payloads.
#include "proto/rtp.h"

#include "base/err.h"

#define PROFILE_ONE_BYTE 0xbede
#define PROFILE_TWO_BYTE 0x1000 // low 4 bits: application bits
#define EXT_HEAD 4
#define ELEMENTS_MAX 32

int cw_rtp_parse(struct cw_rtp *out, const void *data, size_t len) {
    const uint8_t *p = data;
    if (len < CW_RTP_HEADER_SIZE || len > UINT16_MAX || p[0] >> 6 != 2) return CW_EFORMAT;
    struct cw_rtp rtp = {
        .packet = p,
        .csrc_count = p[0] & 0x0f,
        .marker = p[1] >> 7,
        .pt = p[1] & 0x7f,
        .seq = cw_get_u16(p + 2),
        .timestamp = cw_get_u32(p + 4),
        .ssrc = cw_get_u32(p + 8),
    };
    size_t at = CW_RTP_HEADER_SIZE + 4U * rtp.csrc_count;
    if (p[0] & 0x10) {
        if (at + EXT_HEAD > len) return CW_EFORMAT;
        rtp.ext_profile = cw_get_u16(p + at);
        size_t ext_len = 4U * cw_get_u16(p + at + 2);
        at += EXT_HEAD;
        if (ext_len > len - at) return CW_EFORMAT;
        rtp.ext = p + at;
        rtp.ext_len = (uint16_t)ext_len;
        at += ext_len;
    }
    if (at > len) return CW_EFORMAT;
    if (p[0] & 0x20) {
        if (at == len || p[len - 1] == 0 || p[len - 1] > len - at) return CW_EFORMAT;
        rtp.padding = p[len - 1];
    }
    rtp.payload = p + at;
    rtp.payload_len = (uint16_t)(len - at - rtp.padding);
    *out = rtp;
    return 0;
}

// Elements of the one-byte form: |  ID 4 | len-1 4 | data … |, ID 0 is padding, 15 ends the list.
static bool next_one_byte(const struct cw_rtp *rtp, size_t *at, struct cw_rtp_ext *out) {
    while (*at < rtp->ext_len && rtp->ext[*at] == 0) ++*at;
    if (*at >= rtp->ext_len) return false;
    uint8_t head = rtp->ext[*at];
    size_t len = (head & 0x0fU) + 1;
    if (head >> 4 == 0 || head >> 4 == 15 || len > rtp->ext_len - *at - 1) return false;
    *out = (struct cw_rtp_ext){.data = rtp->ext + *at + 1, .id = head >> 4, .len = (uint8_t)len};
    *at += 1 + len;
    return true;
}

// Elements of the two-byte form: | ID 8 | len 8 | data … |, ID 0 is padding of one octet.
static bool next_two_byte(const struct cw_rtp *rtp, size_t *at, struct cw_rtp_ext *out) {
    while (*at < rtp->ext_len && rtp->ext[*at] == 0) ++*at;
    if (rtp->ext_len - *at < 2) return false;
    uint8_t len = rtp->ext[*at + 1];
    if (len > rtp->ext_len - *at - 2) return false;
    *out = (struct cw_rtp_ext){.data = rtp->ext + *at + 2, .id = rtp->ext[*at], .len = len};
    *at += 2U + len;
    return true;
}

bool cw_rtp_ext_next(const struct cw_rtp *rtp, size_t *at, struct cw_rtp_ext *out) {
    if (rtp->ext_profile == PROFILE_ONE_BYTE) return next_one_byte(rtp, at, out);
    if ((rtp->ext_profile & 0xfff0) == PROFILE_TWO_BYTE) return next_two_byte(rtp, at, out);
    return false;
}

const uint8_t *cw_rtp_ext_find(const struct cw_rtp *rtp, uint8_t id, uint8_t *len) {
    struct cw_rtp_ext ext;
    size_t at = 0;
    while (cw_rtp_ext_next(rtp, &at, &ext)) {
        if (ext.id != id) continue;
        *len = ext.len;
        return ext.data;
    }
    return NULL;
}

bool cw_rtp_ext_audio_level(const struct cw_rtp *rtp, uint8_t id, uint8_t *level, bool *voice) {
    uint8_t len;
    const uint8_t *data = cw_rtp_ext_find(rtp, id, &len);
    if (!data || len < 1) return false;
    *level = data[0] & 0x7f;
    *voice = data[0] >> 7;
    return true;
}

bool cw_rtp_ext_transport_seq(const struct cw_rtp *rtp, uint8_t id, uint16_t *seq) {
    uint8_t len;
    const uint8_t *data = cw_rtp_ext_find(rtp, id, &len);
    if (!data || len < 2) return false;
    *seq = cw_get_u16(data);
    return true;
}

uint32_t cw_rtp_abs_send_time(cw_time now) {
    // 64 s wrap in 24 bits: 2^18 units a second.
    uint64_t us = (uint64_t)now % (64 * (uint64_t)CW_SECOND);
    return (uint32_t)(us * (1U << 18) / (uint64_t)CW_SECOND) & 0xffffff;
}

// The elements of one outgoing packet, collected before the form is known.
struct elements {
    struct cw_rtp_ext list[ELEMENTS_MAX];
    size_t count;
    size_t octets; // of data
    bool two_byte;
};

static void add_element(struct elements *e, uint8_t id, const uint8_t *data, uint8_t len) {
    // Counted as if in the two-byte form, so that a later element that forces it cannot overflow.
    size_t most = e->octets + len + 2 * (e->count + 1);
    if (!id || e->count == ELEMENTS_MAX || most > CW_RTP_HEADER_MAX - CW_RTP_HEADER_SIZE - EXT_HEAD) return;
    e->list[e->count++] = (struct cw_rtp_ext){.data = data, .id = id, .len = len};
    e->octets += len;
    if (id > 14 || len == 0 || len > 16) e->two_byte = true;
}

// Writes the extension with its head, padded to words; 0 octets if there are no elements.
static size_t put_elements(uint8_t *out, const struct elements *e) {
    if (!e->count) return 0;
    size_t at = EXT_HEAD;
    for (size_t i = 0; i < e->count; i++) {
        const struct cw_rtp_ext *ext = &e->list[i];
        if (e->two_byte) {
            out[at++] = ext->id;
            out[at++] = ext->len;
        } else {
            out[at++] = (uint8_t)(ext->id << 4 | (ext->len - 1));
        }
        if (ext->len) memcpy(out + at, ext->data, ext->len);
        at += ext->len;
    }
    while (at % 4) out[at++] = 0;
    cw_put_u16(out, e->two_byte ? PROFILE_TWO_BYTE : PROFILE_ONE_BYTE);
    cw_put_u16(out + 2, (uint16_t)((at - EXT_HEAD) / 4));
    return at;
}

static size_t put_exts(uint8_t *out, const struct cw_rtp_head *head, const struct cw_rtp_exts *exts,
                       const struct cw_rtp *from) {
    struct elements e; // the list stays as it is: clearing it would cost more than all the rest
    uint8_t transport_seq[2], send_time[3];
    e.count = e.octets = 0;
    e.two_byte = false;
    cw_put_u16(transport_seq, head->transport_seq);
    send_time[0] = (uint8_t)(head->abs_send_time >> 16);
    cw_put_u16(send_time + 1, (uint16_t)head->abs_send_time);
    add_element(&e, exts->transport_cc_id, transport_seq, sizeof transport_seq);
    add_element(&e, exts->abs_send_time_id, send_time, sizeof send_time);
    if (exts->mid_len) add_element(&e, exts->mid_id, (const uint8_t *)exts->mid, exts->mid_len);
    struct cw_rtp_ext ext;
    for (size_t at = 0; from && cw_rtp_ext_next(from, &at, &ext);)
        add_element(&e, exts->copy[ext.id], ext.data, ext.len);
    return put_elements(out, &e);
}

// The header into `out` (CW_RTP_HEADER_MAX octets); its size.
static size_t put_header(uint8_t *out, const struct cw_rtp_head *head, const struct cw_rtp_exts *exts,
                         const struct cw_rtp *from) {
    size_t ext = exts ? put_exts(out + CW_RTP_HEADER_SIZE, head, exts, from) : 0;
    out[0] = ext ? 0x90 : 0x80;
    out[1] = (uint8_t)(head->marker << 7 | (head->pt & 0x7f));
    cw_put_u16(out + 2, head->seq);
    cw_put_u32(out + 4, head->timestamp);
    cw_put_u32(out + 8, head->ssrc);
    return CW_RTP_HEADER_SIZE + ext;
}

int cw_rtp_write(struct cw_writer *w, const struct cw_rtp_head *head, const struct cw_rtp_exts *exts,
                 const struct cw_rtp *from, const void *payload, size_t payload_len) {
    uint8_t header[CW_RTP_HEADER_MAX];
    size_t len = put_header(header, head, exts, from);
    if (w->full || len > w->cap - w->len || payload_len > w->cap - w->len - len) {
        w->full = true;
        return CW_ETOOBIG;
    }
    cw_write_bytes(w, header, len);
    cw_write_bytes(w, payload, payload_len);
    return 0;
}

int cw_rtp_rewrite(uint8_t **at, size_t *len, const struct cw_rtp *in, size_t headroom, const struct cw_rtp_head *head,
                   const struct cw_rtp_exts *exts) {
    // Made aside first: the elements to copy lie where the header will be.
    uint8_t header[CW_RTP_HEADER_MAX];
    size_t header_len = put_header(header, head, exts, in);
    size_t old_len = (size_t)(in->payload - in->packet);
    if (header_len > old_len + headroom) return CW_ETOOBIG;
    uint8_t *start = (uint8_t *)in->packet + old_len - header_len;
    memcpy(start, header, header_len);
    *at = start;
    *len = header_len + in->payload_len;
    return 0;
}
