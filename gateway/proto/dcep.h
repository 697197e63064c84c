// The data channel establishment protocol (RFC 8832) and the payload protocol ids of data channels (RFC 8831 §8).
// Pure functions on buffers; any thread.
//
//  0                   1                   2                   3
//  |  type = 0x03  | channel type  |           priority            |
//  |                     reliability parameter                     |
//  |         label length          |        protocol length        |
//  |  label ...                    |  protocol ...                 |
#ifndef CW_PROTO_DCEP_H
#define CW_PROTO_DCEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// RFC 8831 §8. The two partial ones are deprecated: nothing sends them since 2017, and we do not join their pieces.
enum cw_dcep_ppid {
    CW_PPID_DCEP = 50,
    CW_PPID_STRING = 51,
    CW_PPID_BINARY_PARTIAL = 52,
    CW_PPID_BINARY = 53,
    CW_PPID_STRING_PARTIAL = 54,
    CW_PPID_STRING_EMPTY = 56,
    CW_PPID_BINARY_EMPTY = 57,
};

// How hard a channel tries (RFC 8832 §5.1).
enum cw_dcep_reliability {
    CW_DCEP_RELIABLE,
    CW_DCEP_MAX_RETRANSMITS, // value: retransmissions of a message
    CW_DCEP_MAX_LIFETIME,    // value: [ms]
};

// The wire allows 65535 bytes each; longer than these is refused.
#define CW_DCEP_LABEL_MAX 1024
#define CW_DCEP_PROTOCOL_MAX 1024
#define CW_DCEP_OPEN_SIZE (12 + CW_DCEP_LABEL_MAX + CW_DCEP_PROTOCOL_MAX) // the longest message we write

struct cw_dcep_open {
    bool unordered;
    enum cw_dcep_reliability reliability;
    uint32_t value; // 0 for CW_DCEP_RELIABLE
    uint16_t priority;
    const char *label; // UTF-8 (checked by parse), not NUL-terminated, may contain NUL
    size_t label_len;
    const char *protocol; // the same
    size_t protocol_len;
};

enum cw_dcep_type { CW_DCEP_ACK = 2, CW_DCEP_OPEN = 3 };

// What kind of message this is; on OPEN also *open, which borrows from data. CW_EFORMAT: malformed (also: not
// UTF-8, a channel type we do not know, bytes after the end). CW_ETOOBIG: label or protocol beyond our limit.
int cw_dcep_parse(enum cw_dcep_type *type, struct cw_dcep_open *open, const void *data, size_t len);

// Write a message to out; *len is its size. CW_ETOOBIG: longer than the limits or than cap.
int cw_dcep_write_open(const struct cw_dcep_open *open, void *out, size_t cap, size_t *len);
int cw_dcep_write_ack(void *out, size_t cap, size_t *len);

#endif
