// Full ICE as a leg sees it: the worker's end of an agent that lives on the nice thread.
//
//            pair selected              nothing comes for `disconnected_after`            `failed_after` in all
//   WAITING ---------------> CONNECTED <------------------------------------> SILENT --------------------> the end
//      | `connect_within`           ^               heard again                  | consent is gone (libnice, 10 s)
//      +----------------> the end   +---- connected again (ICE restart) ------- LOST ----------------------^
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "media/io.h"
#include "media/leg.h"
#include "media/nice_thread.h"

#define CONSENT_TIMEOUT (10 * CW_SECOND) // libnice's own

struct full {
    struct cw_path base;
    struct cw_msg *close; // made in advance: it must not fail
    bool usable;          // a pair was selected
    bool silent;
    bool lost;
    cw_time deadline; // of the state; CW_NEVER
    struct cw_addr local, remote;
    char remote_ufrag[CW_ICE_TEXT_MAX + 1];
};

static struct cw_worker *worker_of(const struct full *f) { return f->base.leg->worker; }

static void set_deadline(struct full *f, cw_time deadline) {
    f->deadline = deadline;
    cw_leg_arm(f->base.leg, deadline);
}

// ---------------------------------------------------------------- the agent's events

static void on_datagram(struct full *f, struct cw_nice_event *e) {
    struct cw_worker *w = worker_of(f);
    cw_count(&w->counters.packets_in, 1);
    cw_count(&w->counters.bytes_in, e->len);
    cw_webrtc_input(f->base.leg, e->data, e->len);
}

static void on_pair(struct full *f, const struct cw_nice_event *e) {
    f->local = e->local;
    f->remote = e->remote;
    bool first = !f->usable;
    f->usable = true;
    if (first) set_deadline(f, CW_NEVER);
    cw_webrtc_on_path(f->base.leg, first ? CW_PATH_CHECKING : CW_PATH_MOVED);
}

static void on_connected(struct full *f) {
    if (!f->lost) return;
    f->lost = f->silent = false;
    set_deadline(f, CW_NEVER);
    cw_webrtc_on_path(f->base.leg, CW_PATH_RESUMED);
}

// `since`: how long nothing came already.
static void disconnect(struct full *f, cw_time since) {
    if (f->silent) return;
    cw_time rest = worker_of(f)->config->ice.failed_after - since;
    f->silent = true;
    set_deadline(f, worker_of(f)->now + (rest > 0 ? rest : 0));
    cw_webrtc_on_path(f->base.leg, CW_PATH_DISCONNECTED);
}

// Before the first pair it says nothing: candidates may still come until the deadline.
static void on_failed(struct full *f) {
    if (!f->usable || f->lost) return;
    f->lost = true;
    disconnect(f, CONSENT_TIMEOUT);
}

static void on_heard(struct full *f) {
    if (!f->silent || f->lost) return; // without consent only a restart helps
    f->silent = false;
    set_deadline(f, CW_NEVER);
    cw_webrtc_on_path(f->base.leg, CW_PATH_RESUMED);
}

static void on_event(struct full *f, struct cw_nice_event *e) {
    switch (e->kind) {
    case CW_NICE_DATAGRAM: on_datagram(f, e); break;
    case CW_NICE_CANDIDATE:
        cw_leg_event(f->base.leg, CW_MEDIA_CANDIDATE, CW_MEDIA_REASON_NONE, e->len ? (const char *)e->data : NULL);
        break;
    case CW_NICE_PAIR: on_pair(f, e); break;
    case CW_NICE_CONNECTED: on_connected(f); break;
    case CW_NICE_SILENT: disconnect(f, worker_of(f)->config->ice.disconnected_after); break;
    case CW_NICE_HEARD: on_heard(f); break;
    case CW_NICE_FAILED: on_failed(f); break;
    }
}

void cw_path_full_on_event(struct cw_msg *msg, void *owner) {
    struct cw_nice_event *e = (struct cw_nice_event *)msg;
    struct cw_io *io = owner;
    if (io) {
        io->worker.now = cw_clock_now();
        struct cw_leg *leg = cw_worker_leg(&io->worker, e->leg);
        if (leg) on_event((struct full *)cw_webrtc_path(leg), e);
    }
    free(e);
}

// ---------------------------------------------------------------- the path's functions

static bool path_send(struct cw_path *path, size_t len) {
    const struct full *f = (const struct full *)path;
    struct cw_worker *w = worker_of(f);
    return f->usable && !f->lost && cw_nice_send(w->nice, path->leg->id, w->out.reserve(w->out.arg), len) == 0;
}

// The wait for a pair begins when the peer's credentials are known.
static void take_remote(struct full *f, const struct cw_webrtc_setup *setup) {
    if (!setup->remote_ufrag[0] || strcmp(setup->remote_ufrag, f->remote_ufrag) == 0) return;
    cw_strlcpy(f->remote_ufrag, setup->remote_ufrag, sizeof f->remote_ufrag);
    if (!f->usable) set_deadline(f, worker_of(f)->now + worker_of(f)->config->ice.connect_within);
}

static int path_update(struct cw_path *path, const struct cw_webrtc_setup *setup) {
    take_remote((struct full *)path, setup);
    return cw_nice_update(path->leg->worker->nice, path->leg->id, setup);
}

static int path_candidate(struct cw_path *path, const char *text) {
    return cw_nice_candidate(path->leg->worker->nice, path->leg->id, text);
}

static void path_heard(struct cw_path *path) { (void)path; } // consent is the agent's

static cw_time path_tick(struct cw_path *path) {
    struct full *f = (struct full *)path;
    if (f->deadline <= worker_of(f)->now) {
        f->deadline = CW_NEVER;
        cw_webrtc_on_path(path->leg, f->usable ? CW_PATH_EXPIRED : CW_PATH_TIMEOUT);
    }
    return f->deadline;
}

static void path_pair(const struct cw_path *path, struct cw_media_stats *out) {
    const struct full *f = (const struct full *)path;
    out->local = f->local;
    out->remote = f->remote;
}

static void path_free(struct cw_path *path) {
    struct full *f = (struct full *)path;
    cw_nice_post(worker_of(f)->nice, f->close);
    free(f);
}

static const struct cw_path_ops full_ops = {.send = path_send,
                                            .update = path_update,
                                            .candidate = path_candidate,
                                            .heard = path_heard,
                                            .tick = path_tick,
                                            .pair = path_pair,
                                            .free = path_free};

int cw_path_full_new(struct cw_path **out, struct cw_leg *leg, const struct cw_webrtc_setup *setup) {
    struct cw_worker *w = leg->worker;
    struct full *f = calloc(1, sizeof *f);
    if (!f) return CW_ENOMEM;
    f->base.ops = &full_ops;
    f->base.leg = leg;
    f->deadline = CW_NEVER;
    int err = cw_nice_open(w->nice, leg->id, w->inbox, setup, &f->close);
    if (err) {
        free(f);
        return err;
    }
    take_remote(f, setup);
    *out = &f->base;
    return 0;
}
