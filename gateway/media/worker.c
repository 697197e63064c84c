// A worker's packet core: which leg a datagram belongs to, the commands, the timers.
#include "media/worker.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "media/transcode.h"
#include "proto/demux.h"

#define LOAD_LOW 10 // [%] of a core: what a worker may use before Opus encoders are made to work less
#define LOAD_HIGH 50
#define LOAD_ROOM 10

static bool match_id(const void *item, const void *key) {
    return ((const struct cw_leg *)item)->id == *(const uint64_t *)key;
}

struct cw_leg *cw_worker_leg(const struct cw_worker *w, uint64_t id) {
    return cw_table_find(&w->by_id, cw_hash_u64(id), &id);
}

static void emit(struct cw_worker *w, enum cw_media_event_type type, uint64_t id, enum cw_media_reason reason) {
    struct cw_media_event event = {.type = type, .leg = id, .reason = reason};
    w->config->on_event(w->config->arg, &event);
}

static void count_legs(struct cw_worker *w, int add) {
    uint32_t legs = atomic_load_explicit(&w->counters.legs, memory_order_relaxed);
    atomic_store_explicit(&w->counters.legs, legs + (uint32_t)add, memory_order_relaxed);
}

// ---------------------------------------------------------------- datagrams

static void drop(struct cw_worker *w, enum cw_media_drop reason) { cw_count(&w->counters.drops[reason], 1); }

static void input_browser(struct cw_worker *w, struct cw_sock *sock, const struct cw_addr *src, uint8_t *data,
                          size_t len) {
    enum cw_packet_kind kind = cw_demux(data, len);
    if (kind == CW_PACKET_STUN) {
        cw_path_lite_stun(w, sock, src, data, len);
        return;
    }
    struct cw_leg *leg = kind == CW_PACKET_JUNK ? NULL : cw_path_lite_find(w, sock, src);
    if (leg)
        cw_webrtc_input(leg, data, len);
    else
        drop(w, kind == CW_PACKET_JUNK ? CW_MEDIA_DROP_MALFORMED : CW_MEDIA_DROP_UNKNOWN_SOURCE);
}

void cw_worker_input(struct cw_worker *w, struct cw_sock *sock, const struct cw_addr *src, uint8_t *data, size_t len,
                     cw_time now) {
    w->now = now;
    cw_count(&w->counters.packets_in, 1);
    cw_count(&w->counters.bytes_in, len);
    if (sock->kind == CW_SOCK_BROWSERS || sock->kind == CW_SOCK_STREAM)
        input_browser(w, sock, src, data, len);
    else if (sock->leg && !sock->leg->dead)
        cw_rtp_leg_input(sock->leg, sock, src, data, len);
}

// ---------------------------------------------------------------- time

void cw_worker_tick(struct cw_worker *w, cw_time now) {
    struct cw_timer *t;
    w->now = now;
    while ((t = cw_wheel_due(&w->wheel, now)))
        cw_leg_tick((struct cw_leg *)((char *)t - offsetof(struct cw_leg, timer)));
    while ((t = cw_wheel_due(&w->beats, now))) cw_transcode_beat(t);
}

cw_time cw_worker_next(const struct cw_worker *w) {
    return cw_earlier(cw_wheel_next(&w->wheel), cw_wheel_next(&w->beats));
}

// Full complexity for a worker that has little else to do, less the busier it is.
static unsigned affordable_complexity(const struct cw_worker *w, unsigned percent) {
    if (percent <= LOAD_LOW) return w->config->complexity;
    return percent >= LOAD_HIGH ? 0 : w->config->complexity * (LOAD_HIGH - percent) / (LOAD_HIGH - LOAD_LOW);
}

void cw_worker_set_load(struct cw_worker *w, unsigned percent) {
    unsigned wanted = affordable_complexity(w, percent);
    if (wanted > w->complexity) { // up only where it will not come down at once
        wanted = affordable_complexity(w, percent + LOAD_ROOM);
        if (wanted < w->complexity) return;
    }
    w->complexity = wanted;
    atomic_store_explicit(&w->counters.complexity, wanted, memory_order_relaxed);
}

void cw_worker_reap(struct cw_worker *w) {
    while (w->graveyard) {
        struct cw_leg *leg = w->graveyard;
        w->graveyard = leg->next;
        cw_leg_free(leg);
    }
}

// ---------------------------------------------------------------- legs come and go

static struct cw_leg *add_leg(struct cw_worker *w, uint64_t id, const char *cname) {
    struct cw_leg *leg = cw_leg_new(w, id, cname);
    if (!leg) return NULL;
    if (cw_table_add(&w->by_id, cw_hash_u64(id), leg)) {
        cw_leg_free(leg);
        return NULL;
    }
    leg->next = w->legs;
    leg->back = &w->legs;
    if (leg->next) leg->next->back = &leg->next;
    w->legs = leg;
    count_legs(w, 1);
    return leg;
}

// Out of all tables; its memory lasts until the end of the wake-up, for whoever is in the middle of it.
static void bury(struct cw_leg *leg) {
    struct cw_worker *w = leg->worker;
    cw_table_remove(&w->by_id, cw_hash_u64(leg->id), leg);
    *leg->back = leg->next;
    if (leg->next) leg->next->back = leg->back;
    cw_wheel_clear(&w->wheel, &leg->timer);
    leg->dead = true;
    leg->next = w->graveyard;
    w->graveyard = leg;
    count_legs(w, -1);
}

static void end_leg(struct cw_leg *leg) {
    cw_app_stop(leg);
    cw_bridge_leave(leg);
    if (leg->ready) cw_leg_send_report(leg, true);
    leg->ready = false;
    if (leg->webrtc) cw_webrtc_close(leg);
    if (leg->rtp) cw_rtp_leg_close(leg);
    bury(leg);
}

// Control learns of it and removes the leg.
static void fail(struct cw_worker *w, uint64_t id, int err) {
    emit(w, CW_MEDIA_FAILED, id, err == CW_ENOMEM ? CW_MEDIA_REASON_NO_MEMORY : CW_MEDIA_REASON_DTLS_FAILED);
}

void cw_worker_add_webrtc(struct cw_worker *w, uint64_t id, const struct cw_webrtc_setup *setup) {
    struct cw_leg *leg = add_leg(w, id, setup->cname);
    int err = leg ? cw_webrtc_new(leg, setup) : CW_ENOMEM;
    if (!err) return;
    if (leg) bury(leg);
    fail(w, id, err);
}

void cw_worker_update_webrtc(struct cw_worker *w, uint64_t id, const struct cw_webrtc_setup *setup) {
    struct cw_leg *leg = cw_worker_leg(w, id);
    int err = leg && leg->webrtc ? cw_webrtc_update(leg, setup) : 0;
    if (err) fail(w, id, err);
}

void cw_worker_add_candidate(struct cw_worker *w, uint64_t id, const char *candidate) {
    struct cw_leg *leg = cw_worker_leg(w, id);
    int err = leg && leg->webrtc ? cw_webrtc_add_candidate(leg, candidate) : 0;
    if (err) fail(w, id, err);
}

void cw_worker_add_rtp(struct cw_worker *w, uint64_t id, const struct cw_rtp_pair *ports,
                       const struct cw_rtp_setup *setup) {
    struct cw_leg *leg = add_leg(w, id, setup->cname);
    int err = leg ? cw_rtp_leg_new(leg, ports, setup) : CW_ENOMEM;
    if (!err) return;
    if (leg && leg->rtp) {
        cw_rtp_leg_close(leg);
    } else { // the sockets never got an owner
        struct cw_sock rtp = {.fd = ports->fd_rtp, .kind = CW_SOCK_RTP};
        struct cw_sock rtcp = {.fd = ports->fd_rtcp, .kind = CW_SOCK_RTCP};
        w->out.close(w->out.arg, &rtp);
        w->out.close(w->out.arg, &rtcp);
    }
    if (leg) bury(leg);
    fail(w, id, CW_ENOMEM);
}

void cw_worker_update_rtp(struct cw_worker *w, uint64_t id, const struct cw_rtp_setup *setup) {
    struct cw_leg *leg = cw_worker_leg(w, id);
    if (leg && leg->rtp) cw_rtp_leg_update(leg, setup);
}

void cw_worker_remove(struct cw_worker *w, uint64_t id) {
    struct cw_leg *leg = cw_worker_leg(w, id);
    if (leg) end_leg(leg);
    emit(w, CW_MEDIA_REMOVED, id, CW_MEDIA_REASON_NONE);
}

// ---------------------------------------------------------------- other commands

void cw_worker_set_streams(struct cw_worker *w, uint64_t id, const struct cw_media_stream *streams, size_t count) {
    struct cw_leg *leg = cw_worker_leg(w, id);
    if (!leg) return;
    int err = cw_leg_set_streams(leg, streams, count);
    cw_bridge_match(leg);
    if (err) fail(w, id, err);
}

void cw_worker_bridge(struct cw_worker *w, uint64_t a, uint64_t b) {
    struct cw_leg *one = cw_worker_leg(w, a), *two = cw_worker_leg(w, b);
    if (one && two && one != two) cw_bridge_join(one, two);
}

void cw_worker_unbridge(struct cw_worker *w, uint64_t id) {
    struct cw_leg *leg = cw_worker_leg(w, id);
    if (leg) cw_bridge_leave(leg);
}

void cw_worker_attach_app(struct cw_worker *w, uint64_t id, const struct cw_app_media *ops, void *peer) {
    struct cw_leg *leg = cw_worker_leg(w, id);
    if (!leg) return;
    cw_app_stop(leg);
    leg->app = ops;
    leg->app_peer = peer;
    cw_app_start(leg);
}

void cw_worker_run(struct cw_worker *w, uint64_t id, void (*fn)(void *, struct cw_media_peer *, const void *),
                   const void *data) {
    struct cw_leg *leg = cw_worker_leg(w, id);
    if (leg && leg->app) fn(leg->app_peer, cw_leg_peer(leg), data);
}

void cw_worker_set_flow(struct cw_worker *w, uint64_t id, unsigned flags) {
    struct cw_leg *leg = cw_worker_leg(w, id);
    if (!leg) return;
    bool opened = leg->flow & ~flags & (CW_MEDIA_MUTE_OUT | CW_MEDIA_HOLD);
    leg->flow = (uint8_t)flags;
    for (size_t i = 0; i < leg->stream_count; i++) {
        struct cw_stream *s = leg->streams[i];
        cw_rtp_map_pause(&s->map); // what comes next closes up
        if (opened && s->other) cw_stream_want_key_frame(s->other);
    }
}

void cw_worker_request_key_frame(struct cw_worker *w, uint64_t id) {
    struct cw_leg *leg = cw_worker_leg(w, id);
    for (size_t i = 0; leg && i < leg->stream_count; i++) cw_stream_want_key_frame(leg->streams[i]);
}

void cw_worker_get_stats(struct cw_worker *w, uint64_t id, uint64_t token) {
    struct cw_media_stats stats;
    struct cw_leg *leg = cw_worker_leg(w, id);
    if (leg) cw_leg_stats(leg, &stats);
    struct cw_media_event event = {.type = CW_MEDIA_STATS, .leg = id, .token = token, .stats = leg ? &stats : NULL};
    w->config->on_event(w->config->arg, &event);
}

// ---------------------------------------------------------------- the worker

int cw_worker_init(struct cw_worker *w, const struct cw_media_config *config, const struct cw_worker_output *out,
                   struct cw_mailbox *inbox, cw_time now, int64_t wall_us) {
    memset(w, 0, sizeof *w);
    w->config = config;
    w->out = *out;
    w->inbox = inbox;
    w->now = now;
    w->wall_offset = wall_us - now;
    cw_table_init(&w->by_id, match_id);
    cw_table_init(&w->by_addr, cw_path_lite_match_addr);
    cw_table_init(&w->by_ufrag, cw_path_lite_match_ufrag);
    cw_wheel_init(&w->wheel, now);
    cw_wheel_init(&w->beats, now);
    w->complexity = config->complexity;
    atomic_store_explicit(&w->counters.complexity, w->complexity, memory_order_relaxed);
    return inbox ? cw_sctp_owner_new(&w->sctp, inbox, cw_data_on_ready) : 0;
}

void cw_worker_end(struct cw_worker *w) {
    while (w->legs) end_leg(w->legs);
    cw_worker_reap(w);
}

void cw_worker_fini(struct cw_worker *w) {
    cw_worker_end(w);
    if (w->sctp) cw_sctp_owner_free(w->sctp);
    cw_table_fini(&w->by_id);
    cw_table_fini(&w->by_addr);
    cw_table_fini(&w->by_ufrag);
}
