// The table behind Idempotency-Key.
#include "signaling/idempotency.h"

#include <glib.h>
#include <stdbool.h>
#include <string.h>

#define LIFETIME (24 * 3600 * CW_SECOND)

struct entry {
    char *key;
    uint64_t serial;
    uint8_t hash[CW_IDEMPOTENCY_HASH];
    cw_time created;
    bool done;
    struct cw_reply reply;
    GList link; // in `used`
};

struct cw_idempotency {
    size_t max_entries, max_bytes, bytes;
    uint64_t last_serial;
    GHashTable *by_key;    // of struct entry
    GHashTable *by_serial; // of struct entry, owned
    GQueue used;           // least recently used first
};

static void free_entry(void *arg) {
    struct entry *e = arg;
    cw_reply_fini(&e->reply);
    g_free(e->key);
    g_free(e);
}

struct cw_idempotency *cw_idempotency_new(size_t max_entries, size_t max_bytes) {
    struct cw_idempotency *t = g_new0(struct cw_idempotency, 1);
    t->max_entries = max_entries;
    t->max_bytes = max_bytes;
    t->by_key = g_hash_table_new(g_str_hash, g_str_equal);
    t->by_serial = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, free_entry);
    g_queue_init(&t->used);
    return t;
}

void cw_idempotency_free(struct cw_idempotency *t) {
    if (!t) return;
    g_hash_table_destroy(t->by_key);
    g_hash_table_destroy(t->by_serial);
    g_free(t);
}

static size_t size_of(const struct entry *e) { return sizeof *e + strlen(e->key) + e->reply.len; }

static void remove_entry(struct cw_idempotency *t, struct entry *e) {
    t->bytes -= size_of(e);
    g_queue_unlink(&t->used, &e->link);
    g_hash_table_remove(t->by_key, e->key);
    g_hash_table_remove(t->by_serial, &e->serial);
}

static void make_room(struct cw_idempotency *t) {
    while (t->used.length > t->max_entries || (t->bytes > t->max_bytes && t->used.length > 1)) {
        remove_entry(t, t->used.head->data);
    }
}

static uint64_t add_entry(struct cw_idempotency *t, const char *key, const uint8_t *hash, cw_time now) {
    struct entry *e = g_new0(struct entry, 1);
    e->key = g_strdup(key);
    e->serial = ++t->last_serial;
    e->created = now;
    e->link.data = e;
    memcpy(e->hash, hash, sizeof e->hash);
    g_hash_table_insert(t->by_key, e->key, e);
    g_hash_table_insert(t->by_serial, &e->serial, e);
    g_queue_push_tail_link(&t->used, &e->link);
    t->bytes += size_of(e);
    uint64_t serial = e->serial;
    make_room(t);
    return serial;
}

enum cw_idempotency_result cw_idempotency_begin(struct cw_idempotency *t, const char *key, const uint8_t *hash,
                                                cw_time now, uint64_t *serial, const struct cw_reply **saved) {
    struct entry *e = g_hash_table_lookup(t->by_key, key);
    if (e && now - e->created > LIFETIME) {
        remove_entry(t, e);
        e = NULL;
    }
    if (!e) {
        *serial = add_entry(t, key, hash, now);
        return CW_IDEMPOTENCY_FIRST;
    }
    g_queue_unlink(&t->used, &e->link);
    g_queue_push_tail_link(&t->used, &e->link);
    if (memcmp(e->hash, hash, sizeof e->hash) != 0) return CW_IDEMPOTENCY_OTHER;
    if (!e->done) return CW_IDEMPOTENCY_BUSY;
    *saved = &e->reply;
    return CW_IDEMPOTENCY_REPLAY;
}

void cw_idempotency_finish(struct cw_idempotency *t, uint64_t serial, const struct cw_reply *reply) {
    struct entry *e = g_hash_table_lookup(t->by_serial, &serial);
    if (!e) return;
    if (cw_reply_copy(&e->reply, reply)) {
        remove_entry(t, e);
        return;
    }
    e->done = true;
    t->bytes += reply->len;
    make_room(t);
}

void cw_idempotency_abandon(struct cw_idempotency *t, uint64_t serial) {
    struct entry *e = g_hash_table_lookup(t->by_serial, &serial);
    if (e) remove_entry(t, e);
}
