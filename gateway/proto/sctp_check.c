// What a packet must be before usrsctp sees it. Debian's usrsctp is from 2021: an INIT with a parameter of length zero,
// sent into an association that is up, makes it loop for ever. So lengths are checked here first, and chunks that data
// channels do not use (RFC 8831 §5, §6.2) go no further.
#include "base/buf.h"
#include "base/err.h"
#include "proto/sctp_internal.h"

enum {
    CHUNK_DATA = 0,
    CHUNK_INIT = 1,
    CHUNK_INIT_ACK = 2,
    CHUNK_SACK = 3,
    CHUNK_HEARTBEAT = 4,
    CHUNK_HEARTBEAT_ACK = 5,
    CHUNK_ABORT = 6,
    CHUNK_SHUTDOWN = 7,
    CHUNK_SHUTDOWN_ACK = 8,
    CHUNK_ERROR = 9,
    CHUNK_COOKIE_ECHO = 10,
    CHUNK_COOKIE_ACK = 11,
    CHUNK_SHUTDOWN_COMPLETE = 14,
    CHUNK_RECONFIG = 130,    // RFC 6525
    CHUNK_PAD = 132,         // RFC 4820
    CHUNK_FORWARD_TSN = 192, // RFC 3758
};

enum {
    PARAMETER_IPV4 = 5,
    PARAMETER_IPV6 = 6,
    PARAMETER_COOKIE = 7,
    PARAMETER_HOST_NAME = 11,
    PARAMETER_RESET_OUT = 13,
    PARAMETER_RESET_IN = 14,
    PARAMETER_RESET_ALL = 15,
    PARAMETER_RESET_ANSWER = 16,
    PARAMETER_ADD_OUT = 17,
    PARAMETER_ADD_IN = 18,
};

#define COMMON_HEADER 12
#define TLV_HEADER 4
#define PARAMETERS_MAX 32 // in one chunk; an INIT of a browser has 8

// The next parameter, cause or chunk: what its length says, and past it and its padding in r. The last may be without.
static const uint8_t *next_tlv(struct cw_reader *r, size_t *len) {
    if (r->bad || r->left < TLV_HEADER) return NULL;
    size_t size = cw_get_u16(r->p + 2);
    if (size < TLV_HEADER) return NULL;
    const uint8_t *at = cw_read_bytes(r, size);
    size_t padding = (0 - size) & 3;
    if (at) cw_read_bytes(r, padding < r->left ? padding : r->left);
    *len = size;
    return at;
}

// Data channels have no addresses but those of ICE (RFC 8261 §6.1).
static bool is_init_parameter(uint16_t type, size_t len) {
    (void)len;
    return type != PARAMETER_IPV4 && type != PARAMETER_IPV6 && type != PARAMETER_HOST_NAME;
}

static bool is_reset_parameter(uint16_t type, size_t len) {
    switch (type) {
    case PARAMETER_RESET_OUT: return len >= 16 && len % 2 == 0;
    case PARAMETER_RESET_IN: return len >= 8 && len % 2 == 0;
    case PARAMETER_RESET_ALL: return len == 8;
    case PARAMETER_RESET_ANSWER: return len == 12 || len == 20;
    case PARAMETER_ADD_OUT:
    case PARAMETER_ADD_IN: return len == 12;
    default: return false;
    }
}

static bool is_any_parameter(uint16_t type, size_t len) {
    (void)type, (void)len;
    return true;
}

static bool are_parameters(const uint8_t *at, size_t len, bool (*is_good)(uint16_t type, size_t len)) {
    struct cw_reader r;
    cw_reader_init(&r, at, len);
    for (int i = 0; r.left > 0; i++) {
        size_t size;
        const uint8_t *parameter = next_tlv(&r, &size);
        if (!parameter || i == PARAMETERS_MAX || !is_good(cw_get_u16(parameter), size)) return false;
    }
    return true;
}

static bool is_sack(const uint8_t *chunk, size_t len) {
    return len >= 16 && len >= 16 + 4 * ((size_t)cw_get_u16(chunk + 12) + cw_get_u16(chunk + 14));
}

static bool is_chunk(const uint8_t *chunk, size_t len) {
    switch (chunk[0]) {
    case CHUNK_DATA: return len >= 16;
    case CHUNK_INIT:
    case CHUNK_INIT_ACK: return len >= 20 && are_parameters(chunk + 20, len - 20, is_init_parameter);
    case CHUNK_SACK: return is_sack(chunk, len);
    case CHUNK_HEARTBEAT:
    case CHUNK_HEARTBEAT_ACK: return len >= 8 && are_parameters(chunk + 4, len - 4, is_any_parameter);
    case CHUNK_ABORT:
    case CHUNK_ERROR: return are_parameters(chunk + 4, len - 4, is_any_parameter);
    case CHUNK_SHUTDOWN: return len == 8;
    case CHUNK_COOKIE_ECHO: return len > 4;
    case CHUNK_SHUTDOWN_ACK:
    case CHUNK_COOKIE_ACK:
    case CHUNK_SHUTDOWN_COMPLETE: return len == 4;
    case CHUNK_RECONFIG: return len >= 12 && are_parameters(chunk + 4, len - 4, is_reset_parameter);
    case CHUNK_PAD: return true;
    case CHUNK_FORWARD_TSN: return len >= 8 && len % 4 == 0;
    default: return false;
    }
}

int cw_sctp_check(const void *packet, size_t len) {
    if (len > CW_SCTP_INPUT_MAX) return CW_ETOOBIG;
    struct cw_reader r;
    cw_reader_init(&r, packet, len);
    cw_read_bytes(&r, COMMON_HEADER);
    if (r.bad || r.left == 0) return CW_EFORMAT;
    for (bool first = true; r.left > 0; first = false) {
        size_t size;
        const uint8_t *chunk = next_tlv(&r, &size);
        if (!chunk || !is_chunk(chunk, size)) return CW_EFORMAT;
        // INIT, INIT ACK and SHUTDOWN COMPLETE travel alone (RFC 9260 §4.3).
        bool alone = chunk[0] == CHUNK_INIT || chunk[0] == CHUNK_INIT_ACK || chunk[0] == CHUNK_SHUTDOWN_COMPLETE;
        if (alone && (!first || r.left > 0)) return CW_EFORMAT;
    }
    return CW_OK;
}
