// Event streams between the two threads. The control half holds the reader of an event queue and sends at most
// a window of events that the http half has not yet written; what does not fit waits in the queue, which is bounded and
// tells of what it forgets. So a slow reader costs neither memory nor time.
#ifndef CW_SIGNALING_STREAM_H
#define CW_SIGNALING_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mailbox.h"
#include "core/events.h"
#include "signaling/request.h"

#define CW_POLL_WAIT_MS 25000  // of a long-poll that does not say
#define CW_POLL_WAIT_MAX 30000 //

// Events on their way to the http thread: `count` records, each "ID\0" and the JSON text and "\0".
struct cw_chunk {
    struct cw_msg msg;
    uint64_t id; // of the request that opened the stream
    bool end;    // the last chunk: the queue is gone
    unsigned count;
    size_t len;
    char data[];
};

// The next record of a chunk: *at starts as 0. False after the last one.
struct cw_record {
    const char *id;
    const char *text;
    size_t text_len;
};
bool cw_chunk_next(const struct cw_chunk *chunk, size_t *at, struct cw_record *out);

// ---- control thread

struct cw_streams;
// post (any thread) brings a chunk to the http thread and takes it over.
struct cw_streams *cw_streams_new(void (*post)(void *arg, struct cw_chunk *chunk), void *arg);
void cw_streams_free(struct cw_streams *streams);

// A handler's end for a route of events: opens what request->mode asks for and returns the handler's result. start:
// where a client without a last id begins, "0" or NULL (cw_event_reader_new).
int cw_stream_open(struct cw_request *request, struct cw_event_queue *queue, const char *start);
// The http half has written count events of stream id.
void cw_stream_credit(struct cw_streams *streams, uint64_t id, unsigned count);
// The client is gone, or a long-poll's time is over (then it is answered with what there is).
void cw_stream_close(struct cw_streams *streams, uint64_t id);

#endif
