// Reads and writes the two messages of RFC 8832.
#include "proto/dcep.h"

#include "base/buf.h"
#include "base/err.h"

enum {
    TYPE_ACK = 0x02,
    TYPE_OPEN = 0x03,
    CHANNEL_UNORDERED = 0x80, // the top bit of the channel type; the rest is the reliability
};

// The length of the UTF-8 sequence at p, 0 if it is not one (RFC 3629 §4).
static size_t utf8_sequence(const uint8_t *p, size_t left) {
    size_t len = p[0] < 0x80 ? 1 : p[0] < 0xc2 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : p[0] < 0xf5 ? 4 : 0;
    if (len == 0 || len > left) return 0;
    for (size_t i = 1; i < len; i++)
        if ((p[i] & 0xc0) != 0x80) return 0;
    // Overlong forms, surrogates, beyond U+10FFFF: told by the second byte.
    if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f)) return 0;
    if ((p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f)) return 0;
    return len;
}

static bool is_utf8(const uint8_t *p, size_t len) {
    while (len > 0) {
        size_t n = utf8_sequence(p, len);
        if (n == 0) return false;
        p += n;
        len -= n;
    }
    return true;
}

static int parse_open(struct cw_dcep_open *out, struct cw_reader *r) {
    uint8_t type = cw_read_u8(r);
    struct cw_dcep_open open = {.unordered = (type & CHANNEL_UNORDERED) != 0};
    open.priority = cw_read_u16(r);
    uint32_t value = cw_read_u32(r);
    open.label_len = cw_read_u16(r);
    open.protocol_len = cw_read_u16(r);
    const uint8_t *label = cw_read_bytes(r, open.label_len);
    const uint8_t *protocol = cw_read_bytes(r, open.protocol_len);
    type &= (uint8_t)~CHANNEL_UNORDERED;
    if (r->bad || r->left > 0 || type > CW_DCEP_MAX_LIFETIME) return CW_EFORMAT;
    if (open.label_len > CW_DCEP_LABEL_MAX || open.protocol_len > CW_DCEP_PROTOCOL_MAX) return CW_ETOOBIG;
    if (!is_utf8(label, open.label_len) || !is_utf8(protocol, open.protocol_len)) return CW_EFORMAT;
    open.reliability = (enum cw_dcep_reliability)type;
    // RFC 8832 §5.1: the parameter of a reliable channel is ignored.
    open.value = open.reliability == CW_DCEP_RELIABLE ? 0 : value;
    open.label = (const char *)label;
    open.protocol = (const char *)protocol;
    *out = open;
    return CW_OK;
}

int cw_dcep_parse(enum cw_dcep_type *type, struct cw_dcep_open *open, const void *data, size_t len) {
    struct cw_reader r;
    cw_reader_init(&r, data, len);
    uint8_t first = cw_read_u8(&r);
    if (first == TYPE_ACK && !r.bad && r.left == 0) {
        *type = CW_DCEP_ACK;
        return CW_OK;
    }
    if (first != TYPE_OPEN) return CW_EFORMAT;
    int err = parse_open(open, &r);
    if (err == CW_OK) *type = CW_DCEP_OPEN;
    return err;
}

int cw_dcep_write_open(const struct cw_dcep_open *open, void *out, size_t cap, size_t *len) {
    if (open->label_len > CW_DCEP_LABEL_MAX || open->protocol_len > CW_DCEP_PROTOCOL_MAX) return CW_ETOOBIG;
    struct cw_writer w;
    cw_writer_init(&w, out, cap);
    cw_write_u8(&w, TYPE_OPEN);
    cw_write_u8(&w, (uint8_t)((open->unordered ? CHANNEL_UNORDERED : 0) | (uint8_t)open->reliability));
    cw_write_u16(&w, open->priority);
    cw_write_u32(&w, open->reliability == CW_DCEP_RELIABLE ? 0 : open->value);
    cw_write_u16(&w, (uint16_t)open->label_len);
    cw_write_u16(&w, (uint16_t)open->protocol_len);
    cw_write_bytes(&w, open->label, open->label_len);
    cw_write_bytes(&w, open->protocol, open->protocol_len);
    if (w.full) return CW_ETOOBIG;
    *len = w.len;
    return CW_OK;
}

int cw_dcep_write_ack(void *out, size_t cap, size_t *len) {
    if (cap < 1) return CW_ETOOBIG;
    *(uint8_t *)out = TYPE_ACK;
    *len = 1;
    return CW_OK;
}
