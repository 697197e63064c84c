// The control half of event streams.
#include "signaling/stream.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"

#define WINDOW 32      // events sent and not yet written
#define POLL_ITEMS 100 // of one long-poll

struct cw_streams {
    GHashTable *by_id; // of struct stream, owned
    void (*post)(void *arg, struct cw_chunk *chunk);
    void *arg;
};

struct stream {
    struct cw_streams *all;
    uint64_t id;
    struct cw_event_reader *reader;
    unsigned in_flight;
    struct cw_request *poll; // the long-poll that waits here, or NULL
};

bool cw_chunk_next(const struct cw_chunk *chunk, size_t *at, struct cw_record *out) {
    if (*at >= chunk->len) return false;
    out->id = chunk->data + *at;
    out->text = out->id + strlen(out->id) + 1;
    out->text_len = strlen(out->text);
    *at = (size_t)(out->text - chunk->data) + out->text_len + 1;
    return true;
}

static struct cw_chunk *make_chunk(uint64_t id, struct cw_event **events, unsigned count, bool end) {
    size_t len = 0, at = 0;
    for (unsigned i = 0; i < count; i++) len += strlen(events[i]->id) + 1 + events[i]->len + 1;
    struct cw_chunk *chunk = g_malloc0(sizeof *chunk + len);
    *chunk = (struct cw_chunk){.id = id, .end = end, .count = count, .len = len};
    for (unsigned i = 0; i < count; i++) {
        size_t id_len = strlen(events[i]->id) + 1;
        memcpy(chunk->data + at, events[i]->id, id_len);
        memcpy(chunk->data + at + id_len, events[i]->text, events[i]->len); // the NUL is there
        at += id_len + events[i]->len + 1;
    }
    return chunk;
}

static unsigned take_events(struct stream *s, struct cw_event **out, unsigned max) {
    unsigned count = 0;
    while (count < max && (out[count] = cw_event_next(s->reader))) count++;
    return count;
}

static void send_events(struct stream *s) {
    struct cw_event *events[WINDOW];
    unsigned count = take_events(s, events, WINDOW - s->in_flight);
    if (!count) return;
    s->in_flight += count;
    s->all->post(s->all->arg, make_chunk(s->id, events, count, false));
    while (count) cw_event_unref(events[--count]);
}

// Answers the long-poll and ends the stream, if there are events or it must not wait any longer.
static void answer_poll(struct stream *s, bool now) {
    struct cw_event *events[POLL_ITEMS];
    unsigned count = take_events(s, events, POLL_ITEMS);
    if (!count && !now) return;
    json_t *items = json_array();
    for (unsigned i = 0; i < count; i++) {
        json_array_append_new(items, json_loadb(events[i]->text, events[i]->len, 0, NULL));
        cw_event_unref(events[i]);
    }
    struct cw_request *request = s->poll;
    request->answer.json = json_pack("{s:o}", "items", items);
    s->poll = NULL;
    g_hash_table_remove(s->all->by_id, &s->id);
    cw_request_finish(request, 0);
}

static void on_events(void *arg) {
    struct stream *s = arg;
    if (s->poll)
        answer_poll(s, false);
    else
        send_events(s);
}

static void on_end(void *arg) {
    struct stream *s = arg;
    s->reader = NULL; // freed with its queue
    if (s->poll) {
        struct cw_request *request = s->poll;
        s->poll = NULL;
        cw_request_finish(request,
                          cw_problem_set(&request->answer.problem, 404, "not_found", NULL, "The session has ended."));
    } else {
        s->all->post(s->all->arg, make_chunk(s->id, NULL, 0, true));
    }
    g_hash_table_remove(s->all->by_id, &s->id);
}

static const struct cw_event_reader_ops reader_ops = {on_events, on_end};

static void free_stream(void *arg) {
    struct stream *s = arg;
    cw_event_reader_free(s->reader);
    g_free(s);
}

struct cw_streams *cw_streams_new(void (*post)(void *arg, struct cw_chunk *chunk), void *arg) {
    struct cw_streams *streams = g_new0(struct cw_streams, 1);
    streams->by_id = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, free_stream);
    streams->post = post;
    streams->arg = arg;
    return streams;
}

void cw_streams_free(struct cw_streams *streams) {
    if (!streams) return;
    g_hash_table_destroy(streams->by_id);
    g_free(streams);
}

static int open_reader(struct cw_request *request, struct cw_event_queue *queue, const char *start,
                       struct stream **out) {
    const char *after = request->last_event_id ? request->last_event_id : cw_request_query(request, "after");
    struct stream *s = g_new0(struct stream, 1);
    s->all = request->streams;
    s->id = request->id;
    s->reader = cw_event_reader_new(queue, after ? after : start, &reader_ops, s);
    if (!s->reader) {
        g_free(s);
        return cw_problem_set(&request->answer.problem, 503, "no_memory", NULL, "Out of memory.");
    }
    g_hash_table_insert(s->all->by_id, &s->id, s);
    *out = s;
    return 0;
}

int cw_stream_open(struct cw_request *request, struct cw_event_queue *queue, const char *start) {
    struct stream *s = NULL;
    int64_t wait_ms;
    int err = cw_request_query_int(request, "wait_ms", 0, CW_POLL_WAIT_MAX, CW_POLL_WAIT_MS, &wait_ms,
                                   &request->answer.problem);
    if (err) return err;
    err = open_reader(request, queue, start, &s);
    if (err) return err;
    if (request->mode == CW_STREAM_POLL) {
        s->poll = request;
        answer_poll(s, wait_ms == 0);
        return CW_ANSWER_LATER;
    }
    request->answer.stream = true;
    // The answer must be on its way before the first chunk.
    cw_request_finish(request, 0);
    send_events(s);
    return CW_ANSWER_LATER;
}

void cw_stream_credit(struct cw_streams *streams, uint64_t id, unsigned count) {
    struct stream *s = g_hash_table_lookup(streams->by_id, &id);
    if (!s) return;
    s->in_flight -= count;
    send_events(s);
}

void cw_stream_close(struct cw_streams *streams, uint64_t id) {
    struct stream *s = g_hash_table_lookup(streams->by_id, &id);
    if (!s) return;
    if (s->poll)
        answer_poll(s, true);
    else
        g_hash_table_remove(streams->by_id, &id);
}
