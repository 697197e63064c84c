// Media events find their owner.
#include "core/owner.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "core/call_internal.h"
#include "core/control.h"
#include "core/node.h"
#include "core/peer_internal.h"

void cw_owner_add(struct cw_node *node, uint64_t id, struct cw_peer *peer, struct cw_call *call) {
    struct cw_owner *owner = g_new0(struct cw_owner, 1);
    owner->id = id;
    owner->peer = peer;
    owner->call = call;
    g_hash_table_insert(node->legs, &owner->id, owner);
}

struct cw_owner *cw_owner_find(struct cw_node *node, uint64_t id) {
    return g_hash_table_lookup(node->legs, &id);
}

void cw_owner_remove(struct cw_node *node, uint64_t id, void (*on_removed)(struct cw_node *node, void *arg),
                     void *arg) {
    struct cw_owner *owner = cw_owner_find(node, id);
    if (!owner) return;
    owner->peer = NULL;
    owner->call = NULL;
    owner->on_removed = on_removed;
    owner->arg = arg;
    cw_media_remove(node->media, id);
}

void cw_owner_drop(struct cw_node *node, uint64_t id) { g_hash_table_remove(node->legs, &id); }

// ---- statistics: a token remembers who asked

struct stats_query {
    uint64_t token;
    void (*done)(void *arg, const struct cw_media_stats *stats);
    void *arg;
};

int cw_owner_get_stats(struct cw_node *node, uint64_t id, void (*done)(void *arg, const struct cw_media_stats *stats),
                       void *arg) {
    struct stats_query *q = g_new0(struct stats_query, 1);
    *q = (struct stats_query){++node->stats_token, done, arg};
    g_hash_table_insert(node->stats_queries, &q->token, q);
    int err = cw_media_get_stats(node->media, id, q->token);
    if (err) g_hash_table_remove(node->stats_queries, &q->token);
    return err;
}

static void on_stats(struct cw_node *node, const struct cw_media_event *event) {
    struct stats_query *q = g_hash_table_lookup(node->stats_queries, &event->token);
    if (!q) return;
    q->done(q->arg, event->stats);
    g_hash_table_remove(node->stats_queries, &event->token);
}

// ---- events

struct carried {
    struct cw_media_event event;
    struct cw_media_stats stats;
    char text[256];
};

static void dispatch(struct cw_node *node, const struct cw_media_event *event) {
    if (event->type == CW_MEDIA_STATS) {
        on_stats(node, event);
        return;
    }
    struct cw_owner *owner = cw_owner_find(node, event->leg);
    if (!owner) return;
    if (event->type == CW_MEDIA_REMOVED) {
        if (owner->on_removed) owner->on_removed(node, owner->arg);
        g_hash_table_remove(node->legs, &event->leg);
    } else if (owner->peer) {
        cw_peer_on_media(owner->peer, event);
    } else if (owner->call) {
        cw_call_on_media(owner->call, event);
    }
}

static void on_control(struct cw_node *node, void *arg) {
    struct carried *c = arg;
    if (node) dispatch(node, &c->event);
    free(c);
}

void cw_owner_on_media(void *node, const struct cw_media_event *event) {
    struct carried *c = malloc(sizeof *c);
    if (!c) abort();
    c->event = *event;
    c->text[0] = '\0';
    if (event->text) {
        cw_strlcpy(c->text, event->text, sizeof c->text);
        c->event.text = c->text;
    }
    if (event->stats) {
        c->stats = *event->stats;
        c->event.stats = &c->stats;
    }
    cw_control_run(node, on_control, c);
}
