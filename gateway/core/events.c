// The event queue: a ring of the last events, and readers that are positions in it.
//
//      forgotten │ ring: count events    │
//   seq 1 … 7    │ 8   9   10   11   12  │ 13 = next_seq
//          ▲ reader at 5: overtaken        ▲ reader that has seen all
#include "core/events.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/random.h"

#define BYTES_PER_EVENT ((size_t)2048) // that a queue may take, on average

struct cw_event_reader {
    struct cw_event_queue *queue;
    struct cw_event_reader *next;
    const struct cw_event_reader_ops *ops;
    void *arg;
    uint64_t seq; // the next one to read
    bool dead;    // freed while the readers were being told
};

struct cw_event_queue {
    struct cw_event **ring;
    size_t capacity, count, bytes;
    uint64_t next_seq;
    struct cw_event_reader *readers;
    struct cw_event_queue *copy_to; // may be NULL
    bool telling, more;             // more: an event came while they were being told
    char prefix[CW_ID_SIZE];
};

static struct cw_event **slot(const struct cw_event_queue *q, uint64_t seq) { return &q->ring[seq % q->capacity]; }

static uint64_t oldest_seq(const struct cw_event_queue *q) { return q->next_seq - q->count; }

struct cw_event *cw_event_ref(struct cw_event *event) {
    event->refs++;
    return event;
}

void cw_event_unref(struct cw_event *event) {
    if (event && --event->refs == 0) free(event);
}

struct cw_event_queue *cw_event_queue_new(size_t capacity) {
    struct cw_event_queue *q = calloc(1, sizeof *q);
    if (!q) return NULL;
    q->capacity = capacity ? capacity : 1;
    q->ring = calloc(q->capacity, sizeof *q->ring);
    if (!q->ring) {
        free(q);
        return NULL;
    }
    q->next_seq = 1;
    cw_id_make(q->prefix, "evt");
    return q;
}

static void forget_oldest(struct cw_event_queue *q) {
    struct cw_event **oldest = slot(q, oldest_seq(q));
    q->bytes -= (*oldest)->len;
    cw_event_unref(*oldest);
    *oldest = NULL;
    q->count--;
}

void cw_event_queue_free(struct cw_event_queue *q) {
    if (!q) return;
    while (q->readers) {
        struct cw_event_reader *r = q->readers;
        q->readers = r->next;
        if (!r->dead) r->ops->on_end(r->arg);
        free(r);
    }
    while (q->count) forget_oldest(q);
    free(q->ring);
    free(q);
}

// The document of REST.md; takes over data. NULL without memory.
static struct cw_event *make_event(const struct cw_event_queue *q, uint64_t seq, const char *type,
                                   const char *const *ids, json_t *data) {
    static const char *const names[] = {"session", "peer", "call"};
    char id[CW_EVENT_ID_SIZE], time[CW_RFC3339_SIZE];
    struct cw_event *event = NULL;
    snprintf(id, sizeof id, "%s_%llu", q->prefix, (unsigned long long)seq);
    cw_clock_rfc3339(cw_clock_wall_us(), time);
    if (!data) data = json_object();
    json_t *doc = json_pack("{s:s, s:s, s:s, s:I}", "id", id, "type", type, "time", time, "seq", (json_int_t)seq);
    for (int i = 0; doc && i < 3; i++) {
        if (ids && ids[i]) json_object_set_new(doc, names[i], json_string(ids[i]));
    }
    char *text = doc && json_object_set(doc, "data", data) == 0 ? json_dumps(doc, JSON_COMPACT) : NULL;
    size_t len = text ? strlen(text) : 0;
    if (text) event = calloc(1, sizeof *event + len + 1);
    if (event) {
        event->refs = 1;
        event->seq = seq;
        event->len = len;
        memcpy(event->text, text, len);
        cw_strlcpy(event->id, id, sizeof event->id);
        cw_strlcpy(event->type, type, sizeof event->type);
    }
    free(text);
    json_decref(doc);
    json_decref(data);
    return event;
}

static void bury_dead(struct cw_event_queue *q) {
    for (struct cw_event_reader **at = &q->readers; *at;) {
        struct cw_event_reader *r = *at;
        if (r->dead) {
            *at = r->next;
            free(r);
        } else {
            at = &r->next;
        }
    }
}

static void tell_readers(struct cw_event_queue *q) {
    q->more = true;
    if (q->telling) return;
    q->telling = true;
    while (q->more) {
        q->more = false;
        for (struct cw_event_reader *r = q->readers; r; r = r->next) {
            if (!r->dead) r->ops->on_events(r->arg);
        }
    }
    q->telling = false;
    bury_dead(q);
}

void cw_event_queue_copy_to(struct cw_event_queue *q, struct cw_event_queue *to) { q->copy_to = to; }

void cw_event_add(struct cw_event_queue *q, const char *type, const char *session, const char *peer, const char *call,
                  json_t *data) {
    if (q->copy_to) cw_event_add(q->copy_to, type, session, peer, call, json_incref(data));
    const char *ids[] = {session, peer, call};
    struct cw_event *event = make_event(q, q->next_seq, type, ids, data);
    if (!event) return;
    while (q->count == q->capacity || (q->count && q->bytes + event->len > q->capacity * BYTES_PER_EVENT))
        forget_oldest(q);
    *slot(q, q->next_seq) = event;
    q->next_seq++;
    q->count++;
    q->bytes += event->len;
    tell_readers(q);
}

// Where a reader starts that has seen `after`.
static uint64_t start_after(const struct cw_event_queue *q, const char *after) {
    size_t len = strlen(q->prefix);
    if (strncmp(after, q->prefix, len) != 0 || after[len] != '_') return 1; // another life of this queue, or "0"
    uint64_t seq = strtoull(after + len + 1, NULL, 10);
    return seq < q->next_seq ? seq + 1 : q->next_seq;
}

struct cw_event_reader *cw_event_reader_new(struct cw_event_queue *q, const char *after,
                                            const struct cw_event_reader_ops *ops, void *arg) {
    struct cw_event_reader *r = calloc(1, sizeof *r);
    if (!r) return NULL;
    r->queue = q;
    r->ops = ops;
    r->arg = arg;
    r->seq = after ? start_after(q, after) : q->next_seq;
    r->next = q->readers;
    q->readers = r;
    return r;
}

struct cw_event *cw_event_next(struct cw_event_reader *r) {
    struct cw_event_queue *q = r->queue;
    uint64_t oldest = oldest_seq(q);
    if (r->seq == q->next_seq) return NULL;
    if (r->seq >= oldest) return cw_event_ref(*slot(q, r->seq++));
    struct cw_event *dropped =
        make_event(q, oldest - 1, "events.dropped", NULL, json_pack("{s:I}", "count", (json_int_t)(oldest - r->seq)));
    if (dropped) r->seq = oldest;
    return dropped;
}

void cw_event_reader_free(struct cw_event_reader *r) {
    if (!r) return;
    r->dead = true;
    if (!r->queue->telling) bury_dead(r->queue);
}

bool cw_event_queue_has_readers(const struct cw_event_queue *q) {
    for (const struct cw_event_reader *r = q->readers; r; r = r->next) {
        if (!r->dead) return true;
    }
    return false;
}
