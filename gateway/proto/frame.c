// Datagrams in a byte stream.
#include "proto/frame.h"

#include <string.h>

#include "base/buf.h"
#include "base/err.h"

uint8_t *cw_frames_room(struct cw_frames *frames, size_t *cap) {
    size_t rest = frames->len - frames->at;
    if (frames->at) memmove(frames->data, frames->data + frames->at, rest);
    frames->at = 0;
    frames->len = rest;
    *cap = sizeof frames->data - rest;
    return frames->data + rest;
}

void cw_frames_added(struct cw_frames *frames, size_t count) { frames->len += count; }

int cw_frames_next(struct cw_frames *frames, const uint8_t **datagram, size_t *len) {
    size_t rest = frames->len - frames->at;
    const uint8_t *head = frames->data + frames->at;
    if (rest < CW_FRAME_HEAD) return CW_EAGAIN;
    size_t size = cw_get_u16(head);
    if (size > CW_FRAME_MAX) return CW_ETOOBIG;
    if (rest < CW_FRAME_HEAD + size) return CW_EAGAIN;
    frames->at += CW_FRAME_HEAD + size;
    *datagram = head + CW_FRAME_HEAD;
    *len = size;
    return 0;
}
