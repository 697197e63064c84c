// Datagrams in a byte stream (RFC 4571 §2), as ICE over TCP carries them (RFC 6544 §10.1): each behind its length.
//
//     length 2 | datagram | length 2 | datagram | …
//
// Sans-IO: bytes in as they come, whole datagrams out. Embedded in its owner, no heap.
#ifndef CW_PROTO_FRAME_H
#define CW_PROTO_FRAME_H

#include <stddef.h>
#include <stdint.h>

#define CW_FRAME_HEAD 2   // of each datagram [bytes]
#define CW_FRAME_MAX 2048 // the longest datagram that is taken [bytes]

struct cw_frames {
    size_t at, len; // what is not yet taken: data[at] … data[len - 1]
    uint8_t data[4 * CW_FRAME_MAX];
};

static inline void cw_frames_init(struct cw_frames *frames) { frames->at = frames->len = 0; }

// Where the next bytes of the stream go: *cap of them at most, never 0 once cw_frames_next said CW_EAGAIN.
uint8_t *cw_frames_room(struct cw_frames *frames, size_t *cap);
void cw_frames_added(struct cw_frames *frames, size_t count);

// The next datagram, valid until cw_frames_room is called. CW_EAGAIN: not here in full. CW_ETOOBIG: longer than
// CW_FRAME_MAX; the stream is of no more use.
int cw_frames_next(struct cw_frames *frames, const uint8_t **datagram, size_t *len);

#endif
