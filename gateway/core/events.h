// Events: a bounded queue per session that remembers, so that a reader who comes back can go on after the last id
// it saw; readers (SSE, WebSocket, long-poll) are told when there is more. Control thread.
#ifndef CW_CORE_EVENTS_H
#define CW_CORE_EVENTS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CW_EVENT_ID_SIZE 48

// One event; shared by the queue and what is being written to readers. `text` is the JSON document of REST.md.
struct cw_event {
    unsigned refs;
    uint64_t seq;
    char id[CW_EVENT_ID_SIZE]; // "evt_", 131 random bits of the queue, "_" and seq
    char type[40];
    size_t len;
    char text[];
};

struct cw_event *cw_event_ref(struct cw_event *event);
void cw_event_unref(struct cw_event *event); // NULL is fine

struct cw_event_queue;
struct cw_event_reader;

struct cw_event_queue *cw_event_queue_new(size_t capacity);
void cw_event_queue_free(struct cw_event_queue *q); // readers are told by on_end
// What is added to q is added to `to` too, with an id and a seq of that one. `to` lives longer than q.
void cw_event_queue_copy_to(struct cw_event_queue *q, struct cw_event_queue *to);

// Adds {"id","type","time","seq","session"?,"peer"?,"call"?,"data"}; ids may be NULL; takes over data (NULL: {}).
// The oldest events are forgotten when the queue is full (capacity, or 2 kB of text for each of it). Readers are told
// at once; their on_events may free its own reader, but not the queue.
void cw_event_add(struct cw_event_queue *q, const char *type, const char *session, const char *peer, const char *call,
                  json_t *data);

struct cw_event_reader_ops {
    void (*on_events)(void *arg); // there may be more: call cw_event_next until NULL
    void (*on_end)(void *arg);    // the queue is gone; the reader is freed with it
};

// after: id of the last event seen, "0" for everything that is remembered, or NULL to start with what comes from now
// on. An id that is not remembered any more starts at the oldest, and the first event is `events.dropped`. NULL without
// memory.
struct cw_event_reader *cw_event_reader_new(struct cw_event_queue *q, const char *after,
                                            const struct cw_event_reader_ops *ops, void *arg);
// The next event (unref it), or NULL. A reader that was overtaken first gets `events.dropped` {"count": n}; it stands
// in for the last of the lost events and has that one's id and seq, so that replay goes on behind it.
struct cw_event *cw_event_next(struct cw_event_reader *r);
void cw_event_reader_free(struct cw_event_reader *r);
bool cw_event_queue_has_readers(const struct cw_event_queue *q);

#endif
