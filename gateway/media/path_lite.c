// ICE lite on the worker's port: checks are answered, addresses they came from lead to the leg.
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "media/leg.h"

struct lite;

// One of the two entries by our ufrag (the old credentials live on during a restart).
struct by_ufrag {
    struct lite *lite;
    uint32_t hash;
    bool used;
    char ufrag[CW_ICE_LOCAL_UFRAG_SIZE];
};

struct by_addr {
    struct lite *lite;
    uint32_t hash;
    bool used;
    int path;
    struct cw_addr addr;
};

struct lite {
    struct cw_path base;
    struct cw_ice ice;
    struct cw_addr way;        // where to send until a pair is nominated: the newest valid address
    int way_path;              // -1: none yet
    bool checked;              // the first check was told
    struct by_ufrag ufrags[2]; // current, previous
    struct by_addr addrs[CW_ICE_PAIRS_MAX];
};

struct addr_key {
    const struct cw_addr *addr;
    int path;
};

struct ufrag_key {
    const char *text;
    size_t len;
};

bool cw_path_lite_match_addr(const void *item, const void *key) {
    const struct by_addr *a = item;
    const struct addr_key *k = key;
    return a->path == k->path && cw_addr_equal(&a->addr, k->addr);
}

bool cw_path_lite_match_ufrag(const void *item, const void *key) {
    const struct by_ufrag *u = item;
    const struct ufrag_key *k = key;
    return strlen(u->ufrag) == k->len && memcmp(u->ufrag, k->text, k->len) == 0;
}

static uint32_t addr_hash(const struct cw_addr *addr, int path) { return cw_addr_hash(addr) + (uint32_t)path; }

static struct cw_worker *worker_of(const struct lite *l) { return l->base.leg->worker; }

// ---------------------------------------------------------------- tables

static int add_ufrag(struct lite *l, struct by_ufrag *u, const char *ufrag) {
    u->lite = l;
    memcpy(u->ufrag, ufrag, strnlen(ufrag, sizeof u->ufrag - 1));
    u->ufrag[strnlen(ufrag, sizeof u->ufrag - 1)] = 0;
    u->hash = cw_hash_bytes(u->ufrag, (uint32_t)strlen(u->ufrag));
    int err = cw_table_add(&worker_of(l)->by_ufrag, u->hash, u);
    u->used = !err;
    return err;
}

static void remove_ufrag(struct lite *l, struct by_ufrag *u) {
    if (u->used) cw_table_remove(&worker_of(l)->by_ufrag, u->hash, u);
    u->used = false;
}

// The connection of a path over TCP; NULL: it is of UDP.
static struct cw_sock *stream_of(const struct lite *l, int path) {
    return path < CW_MEDIA_ADDRESSES_MAX ? NULL : cw_worker_sock(worker_of(l), path);
}

static void remove_addr(struct lite *l, struct by_addr *a) {
    struct cw_sock *stream = a->used ? stream_of(l, a->path) : NULL;
    if (a->used) cw_table_remove(&worker_of(l)->by_addr, a->hash, a);
    if (stream) stream->leg = NULL;
    a->used = false;
}

static void forget_addr(struct lite *l, const struct cw_addr *addr, int path) {
    for (size_t i = 0; i < CW_ICE_PAIRS_MAX; i++) {
        struct by_addr *a = &l->addrs[i];
        if (a->used && a->path == path && cw_addr_equal(&a->addr, addr)) remove_addr(l, a);
    }
}

// An address that now belongs to this leg: a NAT may have given it to another one before.
static void learn_addr(struct lite *l, const struct cw_addr *addr, int path) {
    struct cw_worker *w = worker_of(l);
    uint32_t hash = addr_hash(addr, path);
    struct addr_key key = {addr, path};
    struct by_addr *old = cw_table_find(&w->by_addr, hash, &key);
    if (old && old->lite == l) return;
    if (old) remove_addr(old->lite, old);
    for (size_t i = 0; i < CW_ICE_PAIRS_MAX; i++) {
        struct by_addr *a = &l->addrs[i];
        if (a->used) continue;
        *a = (struct by_addr){.lite = l, .hash = hash, .path = path, .addr = *addr};
        a->used = cw_table_add(&w->by_addr, hash, a) == 0;
        if (a->used && stream_of(l, path)) stream_of(l, path)->leg = l->base.leg;
        return;
    }
}

struct cw_leg *cw_path_lite_find(struct cw_worker *w, const struct cw_sock *sock, const struct cw_addr *src) {
    struct addr_key key = {src, sock->index};
    struct by_addr *a = cw_table_find(&w->by_addr, addr_hash(src, sock->index), &key);
    return a ? a->lite->base.leg : NULL;
}

// ---------------------------------------------------------------- the agent's events

static void on_state(struct lite *l, enum cw_ice_state before) {
    struct cw_leg *leg = l->base.leg;
    switch (l->ice.state) {
    case CW_ICE_NEW:
    case CW_ICE_CHECKING: break; // told by the first valid address
    case CW_ICE_CONNECTED:
        if (before == CW_ICE_DISCONNECTED) cw_webrtc_on_path(leg, CW_PATH_RESUMED);
        break;
    case CW_ICE_DISCONNECTED: cw_webrtc_on_path(leg, CW_PATH_DISCONNECTED); break;
    case CW_ICE_FAILED: cw_webrtc_on_path(leg, cw_ice_selected(&l->ice) ? CW_PATH_EXPIRED : CW_PATH_TIMEOUT); break;
    }
}

static void on_events(struct lite *l, unsigned events, enum cw_ice_state before) {
    if (events & CW_ICE_EVENT_RESTARTED) remove_ufrag(l, &l->ufrags[1]);
    const struct cw_ice_pair *pair = cw_ice_selected(&l->ice);
    if (events & CW_ICE_EVENT_SELECTED && pair) {
        l->way = pair->addr;
        l->way_path = pair->path;
        cw_webrtc_on_path(l->base.leg, CW_PATH_MOVED);
    }
    if (events & CW_ICE_EVENT_STATE) on_state(l, before);
}

static void on_valid(struct lite *l, const struct cw_addr *src, int path) {
    bool first = !l->checked;
    learn_addr(l, src, path);
    // A first check may nominate at once: DTLS, which begins below, needs the way now.
    if (l->way_path < 0 || !cw_ice_selected(&l->ice)) {
        l->way = *src;
        l->way_path = path;
    }
    l->checked = true;
    if (first) cw_webrtc_on_path(l->base.leg, CW_PATH_CHECKING);
}

// Until the browser nominates another pair, any other that it has checked will do.
static void find_other_way(struct lite *l) {
    const struct cw_ice_pair *pair = cw_ice_selected(&l->ice);
    if (!pair && l->ice.pair_count) pair = &l->ice.pairs[0];
    l->way_path = pair ? pair->path : -1;
    if (pair) l->way = pair->addr;
}

void cw_path_lite_forget(const struct cw_sock *sock) {
    struct lite *l = (struct lite *)cw_webrtc_path(sock->leg);
    for (size_t i = 0; i < CW_ICE_PAIRS_MAX; i++)
        if (l->addrs[i].used && l->addrs[i].path == sock->index) remove_addr(l, &l->addrs[i]);
    cw_ice_forget_path(&l->ice, sock->index);
    if (l->way_path == sock->index) find_other_way(l);
}

static void input(struct lite *l, struct cw_sock *sock, const struct cw_addr *src, const uint8_t *data, size_t len) {
    struct cw_worker *w = worker_of(l);
    struct cw_leg *leg = l->base.leg;
    struct cw_ice_result result = {0};
    enum cw_ice_state before = l->ice.state;
    int err = cw_ice_input(&l->ice, w->now, src, sock->index, data, len, w->out.reserve(w->out.arg), &result);
    if (err) cw_leg_drop(leg, CW_MEDIA_DROP_STUN);
    if (result.reply_len) {
        w->out.send(w->out.arg, sock, src, result.reply_len);
        cw_count(&w->counters.packets_out, 1);
        cw_count(&w->counters.bytes_out, result.reply_len);
    }
    if (result.events & CW_ICE_EVENT_EVICTED) forget_addr(l, &result.evicted.addr, result.evicted.path);
    if (result.events & CW_ICE_EVENT_VALID) on_valid(l, src, sock->index);
    on_events(l, result.events, before);
    cw_leg_arm(leg, cw_ice_next(&l->ice));
}

void cw_path_lite_stun(struct cw_worker *w, struct cw_sock *sock, const struct cw_addr *src, const uint8_t *data,
                       size_t len) {
    struct lite *l = NULL;
    struct ufrag_key key;
    if (cw_ice_peek_ufrag(data, len, &key.text, &key.len) == 0) {
        struct by_ufrag *u = cw_table_find(&w->by_ufrag, cw_hash_bytes(key.text, (uint32_t)key.len), &key);
        if (u) l = u->lite;
    } else { // an indication (keepalive) has no name
        struct cw_leg *leg = cw_path_lite_find(w, sock, src);
        if (leg) l = (struct lite *)cw_webrtc_path(leg);
    }
    if (!l) {
        cw_count(&w->counters.drops[CW_MEDIA_DROP_UNKNOWN_SOURCE], 1);
        return;
    }
    l->base.leg->packets_in++;
    l->base.leg->bytes_in += len;
    input(l, sock, src, data, len);
}

// ---------------------------------------------------------------- the path's functions

static bool path_send(struct cw_path *path, size_t len) {
    struct lite *l = (struct lite *)path;
    struct cw_worker *w = worker_of(l);
    struct cw_sock *sock = l->way_path < 0 ? NULL : cw_worker_sock(w, l->way_path);
    if (!sock) return false;
    w->out.send(w->out.arg, sock, &l->way, len);
    return true;
}

static int path_update(struct cw_path *path, const struct cw_webrtc_setup *setup) {
    struct lite *l = (struct lite *)path;
    struct cw_worker *w = worker_of(l);
    if (strcmp(setup->local.ufrag, l->ice.local.ufrag) != 0) {
        remove_ufrag(l, &l->ufrags[1]);
        if (l->ufrags[0].used) {
            char old[CW_ICE_LOCAL_UFRAG_SIZE];
            memcpy(old, l->ufrags[0].ufrag, sizeof old);
            remove_ufrag(l, &l->ufrags[0]);
            int err = add_ufrag(l, &l->ufrags[1], old);
            if (err) return err;
        }
        cw_ice_restart(&l->ice, &setup->local);
        int err = add_ufrag(l, &l->ufrags[0], setup->local.ufrag);
        if (err) return err;
    }
    if (setup->remote_ufrag[0] && strcmp(setup->remote_ufrag, l->ice.remote_ufrag) != 0) {
        int err = cw_ice_set_remote(&l->ice, w->now, setup->remote_ufrag);
        if (err) return err;
    }
    cw_leg_arm(path->leg, cw_ice_next(&l->ice));
    return 0;
}

static int path_candidate(struct cw_path *path, const char *text) {
    (void)path;
    (void)text;
    return 0; // a lite agent never sends a check
}

static void path_heard(struct cw_path *path) {
    struct lite *l = (struct lite *)path;
    cw_ice_heard(&l->ice, worker_of(l)->now);
}

static cw_time path_tick(struct cw_path *path) {
    struct lite *l = (struct lite *)path;
    if (cw_ice_next(&l->ice) <= worker_of(l)->now) {
        enum cw_ice_state before = l->ice.state;
        on_events(l, cw_ice_timeout(&l->ice, worker_of(l)->now), before);
    }
    return cw_ice_next(&l->ice);
}

static void path_pair(const struct cw_path *path, struct cw_media_stats *out) {
    const struct lite *l = (const struct lite *)path;
    const struct cw_sock *sock = l->way_path < 0 ? NULL : cw_worker_sock(worker_of(l), l->way_path);
    if (!sock) return;
    out->local = sock->local;
    out->remote = l->way;
    out->tcp = sock->kind == CW_SOCK_STREAM;
}

static void path_free(struct cw_path *path) {
    struct lite *l = (struct lite *)path;
    struct cw_worker *w = worker_of(l);
    for (size_t i = 0; i < CW_ICE_PAIRS_MAX; i++) {
        struct cw_sock *stream = l->addrs[i].used ? stream_of(l, l->addrs[i].path) : NULL;
        remove_addr(l, &l->addrs[i]);
        if (stream) w->out.close(w->out.arg, stream);
    }
    remove_ufrag(l, &l->ufrags[0]);
    remove_ufrag(l, &l->ufrags[1]);
    memset(&l->ice.local, 0, sizeof l->ice.local);
    free(l);
}

static const struct cw_path_ops lite_ops = {.send = path_send,
                                            .update = path_update,
                                            .candidate = path_candidate,
                                            .heard = path_heard,
                                            .tick = path_tick,
                                            .pair = path_pair,
                                            .free = path_free};

int cw_path_lite_new(struct cw_path **out, struct cw_leg *leg, const struct cw_webrtc_setup *setup) {
    struct lite *l = calloc(1, sizeof *l);
    if (!l) return CW_ENOMEM;
    l->base.ops = &lite_ops;
    l->base.leg = leg;
    l->way_path = -1;
    cw_ice_init(&l->ice, &leg->worker->config->ice, &setup->local);
    int err = add_ufrag(l, &l->ufrags[0], setup->local.ufrag);
    if (!err && setup->remote_ufrag[0]) err = cw_ice_set_remote(&l->ice, leg->worker->now, setup->remote_ufrag);
    if (err) {
        path_free(&l->base);
        return err;
    }
    cw_leg_arm(leg, cw_ice_next(&l->ice));
    *out = &l->base;
    return 0;
}
