// Framed datagrams: cut by the first bytes of the input, they come out as they do in one piece.
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "proto/frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t sum(uint64_t before, const uint8_t *data, size_t len) {
    for (size_t i = 0; i < len; i++) before = before * 31 + data[i] + 1;
    return before * 31;
}

// What came out, in one number. step: bytes at once.
static uint64_t run(const uint8_t *data, size_t size, size_t step) {
    struct cw_frames frames;
    const uint8_t *datagram;
    size_t len, cap;
    uint64_t total = 7;
    cw_frames_init(&frames);
    for (size_t at = 0; at < size;) {
        uint8_t *room = cw_frames_room(&frames, &cap);
        if (!cap) abort();
        size_t n = size - at < step ? size - at : step;
        if (n > cap) n = cap;
        memcpy(room, data + at, n);
        cw_frames_added(&frames, n);
        at += n;
        int err;
        while ((err = cw_frames_next(&frames, &datagram, &len)) == 0) total = sum(total, datagram, len);
        if (err == CW_ETOOBIG) return total;
    }
    return total;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (!size) return 0;
    size_t step = data[0] + 1u;
    if (run(data + 1, size - 1, step) != run(data + 1, size - 1, SIZE_MAX)) abort();
    return 0;
}
