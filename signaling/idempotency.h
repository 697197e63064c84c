// Idempotency-Key: remembers the first answer to a POST for 24 h, so that a client may repeat what it got no answer to.
// Bounded in number and bytes; the least recently used goes first. One thread (http); time is an argument.
#ifndef CW_SIGNALING_IDEMPOTENCY_H
#define CW_SIGNALING_IDEMPOTENCY_H

#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "signaling/reply.h"

#define CW_IDEMPOTENCY_HASH 32

struct cw_idempotency;

enum cw_idempotency_result {
    CW_IDEMPOTENCY_FIRST,  // go on, then finish or abandon the serial
    CW_IDEMPOTENCY_REPLAY, // *saved is the first answer
    CW_IDEMPOTENCY_BUSY,   // the first is still being worked on
    CW_IDEMPOTENCY_OTHER,  // the key was used with another body
};

struct cw_idempotency *cw_idempotency_new(size_t max_entries, size_t max_bytes);
void cw_idempotency_free(struct cw_idempotency *table);

// key: who, path and Idempotency-Key in one string. hash: of the body. saved: borrowed until the next call.
enum cw_idempotency_result cw_idempotency_begin(struct cw_idempotency *table, const char *key, const uint8_t *hash,
                                                cw_time now, uint64_t *serial, const struct cw_reply **saved);
// The answer to a FIRST; copied. A serial that was pushed out meanwhile is ignored.
void cw_idempotency_finish(struct cw_idempotency *table, uint64_t serial, const struct cw_reply *reply);
void cw_idempotency_abandon(struct cw_idempotency *table, uint64_t serial);

#endif
