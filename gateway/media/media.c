// The control thread's side: makes workers, and turns calls into messages to them.
#include "media/media.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/log.h"
#include "media/io.h"
#include "media/nice_thread.h"
#include "proto/sctp.h"
#include "proto/srtp.h"

// A worker with less than both of these takes the next call: about a quarter of a core.
#define FILL_RATE 30000 // [packets/s]
#define FILL_LEGS 1000  // calls come faster than their packets

struct cw_media {
    struct cw_media_config config;
    uint64_t last_leg;
    uint32_t legs[CW_MEDIA_WORKERS_MAX]; // given out and not removed
    unsigned worker_count;               // that are initialised
    unsigned started;
    struct cw_nice *nice; // full ICE, else NULL
    struct cw_io workers[];
};

// ---------------------------------------------------------------- commands

// A message to a worker; what follows the head depends on apply.
struct command {
    struct cw_msg msg;
    uint64_t leg;
    void (*apply)(struct cw_worker *w, struct command *c);
    void (*discard)(struct command *c); // when the worker has ended; may be NULL
    size_t size;
    _Alignas(max_align_t) unsigned char data[];
};

static const void *data_of(const struct command *c) { return c->data; }

static void run_command(struct cw_msg *msg, void *owner) {
    struct command *c = (struct command *)msg;
    struct cw_io *io = owner;
    if (io) {
        io->worker.now = cw_clock_now();
        c->apply(&io->worker, c);
    } else if (c->discard) {
        c->discard(c);
    }
    explicit_bzero(c->data, c->size); // keys and passwords
    free(c);
}

// NULL: no memory, or no such worker.
static struct command *command_new(struct cw_media *media, uint64_t leg,
                                   void (*apply)(struct cw_worker *, struct command *), const void *data, size_t size) {
    if (cw_media_leg_worker(leg) >= media->worker_count) return NULL;
    struct command *c = calloc(1, sizeof *c + size);
    if (!c) return NULL;
    c->msg.run = run_command;
    c->leg = leg;
    c->apply = apply;
    c->size = size;
    if (size) memcpy(c->data, data, size);
    return c;
}

static int post(struct cw_media *media, struct command *c) {
    if (!c) return CW_ENOMEM;
    cw_loop_post(&media->workers[cw_media_leg_worker(c->leg)].loop, &c->msg);
    return 0;
}

static int post_copy(struct cw_media *media, uint64_t leg, void (*apply)(struct cw_worker *, struct command *),
                     const void *data, size_t size) {
    return post(media, command_new(media, leg, apply, data, size));
}

static void apply_add_webrtc(struct cw_worker *w, struct command *c) { cw_worker_add_webrtc(w, c->leg, data_of(c)); }

int cw_media_add_webrtc(struct cw_media *media, uint64_t leg, const struct cw_webrtc_setup *setup) {
    return post_copy(media, leg, apply_add_webrtc, setup, sizeof *setup);
}

static void apply_update_webrtc(struct cw_worker *w, struct command *c) {
    cw_worker_update_webrtc(w, c->leg, data_of(c));
}

int cw_media_update_webrtc(struct cw_media *media, uint64_t leg, const struct cw_webrtc_setup *setup) {
    return post_copy(media, leg, apply_update_webrtc, setup, sizeof *setup);
}

static void apply_add_candidate(struct cw_worker *w, struct command *c) {
    cw_worker_add_candidate(w, c->leg, c->size ? data_of(c) : NULL);
}

int cw_media_add_candidate(struct cw_media *media, uint64_t leg, const char *candidate) {
    if (!media->nice) return 0;
    return post_copy(media, leg, apply_add_candidate, candidate, candidate ? strlen(candidate) + 1 : 0);
}

struct add_rtp {
    struct cw_rtp_pair ports;
    struct cw_rtp_setup setup;
};

static void apply_add_rtp(struct cw_worker *w, struct command *c) {
    const struct add_rtp *add = data_of(c);
    cw_worker_add_rtp(w, c->leg, &add->ports, &add->setup);
}

static void close_ports(const struct cw_rtp_pair *ports) {
    if (ports->fd_rtp >= 0) close(ports->fd_rtp);
    if (ports->fd_rtcp >= 0) close(ports->fd_rtcp);
}

static void discard_add_rtp(struct command *c) { close_ports(&((const struct add_rtp *)data_of(c))->ports); }

int cw_media_add_rtp(struct cw_media *media, uint64_t leg, struct cw_rtp_pair *ports,
                     const struct cw_rtp_setup *setup) {
    struct add_rtp add = {*ports, *setup};
    struct command *c = command_new(media, leg, apply_add_rtp, &add, sizeof add);
    ports->fd_rtp = ports->fd_rtcp = -1;
    if (c)
        c->discard = discard_add_rtp;
    else
        close_ports(&add.ports);
    explicit_bzero(&add, sizeof add);
    return post(media, c);
}

static void apply_update_rtp(struct cw_worker *w, struct command *c) { cw_worker_update_rtp(w, c->leg, data_of(c)); }

int cw_media_update_rtp(struct cw_media *media, uint64_t leg, const struct cw_rtp_setup *setup) {
    return post_copy(media, leg, apply_update_rtp, setup, sizeof *setup);
}

static void apply_set_streams(struct cw_worker *w, struct command *c) {
    const struct cw_media_stream *streams = data_of(c);
    cw_worker_set_streams(w, c->leg, streams, c->size / sizeof *streams);
}

static bool valid_stream(const struct cw_media_stream *s) {
    return s->kind <= CW_MEDIA_VIDEO && s->codec_count <= CW_MEDIA_CODECS_MAX && s->ext_count <= CW_MEDIA_EXTS_MAX &&
           s->ssrc_count <= CW_MEDIA_SSRCS_MAX && s->rid_count <= CW_MEDIA_RIDS_MAX;
}

int cw_media_set_streams(struct cw_media *media, uint64_t leg, const struct cw_media_stream *streams, size_t count) {
    if (count > CW_MEDIA_STREAMS_MAX) return CW_EINVAL;
    for (size_t i = 0; i < count; i++)
        if (!valid_stream(&streams[i])) return CW_EINVAL;
    return post_copy(media, leg, apply_set_streams, streams, count * sizeof *streams);
}

static void apply_bridge(struct cw_worker *w, struct command *c) {
    cw_worker_bridge(w, c->leg, *(const uint64_t *)data_of(c));
}

int cw_media_bridge(struct cw_media *media, uint64_t a, uint64_t b) {
    if (cw_media_leg_worker(a) != cw_media_leg_worker(b)) return CW_EINVAL;
    return post_copy(media, a, apply_bridge, &b, sizeof b);
}

static void apply_unbridge(struct cw_worker *w, struct command *c) { cw_worker_unbridge(w, c->leg); }

int cw_media_unbridge(struct cw_media *media, uint64_t leg) { return post_copy(media, leg, apply_unbridge, NULL, 0); }

struct attach {
    const struct cw_app_media *ops;
    void *peer;
};

static void apply_attach(struct cw_worker *w, struct command *c) {
    const struct attach *attach = data_of(c);
    cw_worker_attach_app(w, c->leg, attach->ops, attach->peer);
}

int cw_media_attach_app(struct cw_media *media, uint64_t leg, const struct cw_app_media *ops, void *peer) {
    struct attach attach = {ops, peer};
    return post_copy(media, leg, apply_attach, &attach, sizeof attach);
}

// The plugin's data follows in the message, aligned for anything.
struct run {
    void (*fn)(void *peer, struct cw_media_peer *media, const void *data);
    max_align_t data[];
};

static void apply_run(struct cw_worker *w, struct command *c) {
    const struct run *run = data_of(c);
    cw_worker_run(w, c->leg, run->fn, run->data);
}

int cw_media_run(struct cw_media *media, uint64_t leg,
                 void (*fn)(void *peer, struct cw_media_peer *media, const void *data), const void *data, size_t size) {
    struct run *run = calloc(1, sizeof *run + size);
    if (!run) return CW_ENOMEM;
    run->fn = fn;
    if (size) memcpy(run->data, data, size);
    int err = post_copy(media, leg, apply_run, run, sizeof *run + size);
    free(run);
    return err;
}

static void apply_set_flow(struct cw_worker *w, struct command *c) {
    cw_worker_set_flow(w, c->leg, *(const unsigned *)data_of(c));
}

int cw_media_set_flow(struct cw_media *media, uint64_t leg, unsigned flags) {
    return post_copy(media, leg, apply_set_flow, &flags, sizeof flags);
}

static void apply_play(struct cw_worker *w, struct command *c) { cw_worker_play(w, c->leg, data_of(c)); }

int cw_media_play(struct cw_media *media, uint64_t leg, const struct cw_media_play *what) {
    return post_copy(media, leg, apply_play, what, sizeof *what);
}

static void apply_set_dtmf(struct cw_worker *w, struct command *c) { cw_worker_set_dtmf(w, c->leg, data_of(c)); }

int cw_media_set_dtmf(struct cw_media *media, uint64_t leg, const struct cw_media_dtmf_setup *setup) {
    return post_copy(media, leg, apply_set_dtmf, setup, sizeof *setup);
}

static void apply_send_dtmf(struct cw_worker *w, struct command *c) { cw_worker_send_dtmf(w, c->leg, data_of(c)); }

int cw_media_send_dtmf(struct cw_media *media, uint64_t leg, const struct cw_media_dtmf_send *send) {
    return post_copy(media, leg, apply_send_dtmf, send, sizeof *send);
}

static void apply_dtmf_received(struct cw_worker *w, struct command *c) {
    cw_worker_dtmf_received(w, c->leg, data_of(c));
}

int cw_media_dtmf_received(struct cw_media *media, uint64_t leg, const struct cw_media_dtmf_heard *heard) {
    return post_copy(media, leg, apply_dtmf_received, heard, sizeof *heard);
}

static void apply_key_frame(struct cw_worker *w, struct command *c) { cw_worker_request_key_frame(w, c->leg); }

int cw_media_request_key_frame(struct cw_media *media, uint64_t leg) {
    return post_copy(media, leg, apply_key_frame, NULL, 0);
}

static void apply_remove(struct cw_worker *w, struct command *c) { cw_worker_remove(w, c->leg); }

void cw_media_remove(struct cw_media *media, uint64_t leg) {
    unsigned worker = cw_media_leg_worker(leg);
    if (worker >= media->worker_count) return;
    if (media->legs[worker]) media->legs[worker]--;
    while (post_copy(media, leg, apply_remove, NULL, 0)) usleep(1000); // nothing else would ever end it
}

static void apply_get_stats(struct cw_worker *w, struct command *c) {
    cw_worker_get_stats(w, c->leg, *(const uint64_t *)data_of(c));
}

int cw_media_get_stats(struct cw_media *media, uint64_t leg, uint64_t token) {
    return post_copy(media, leg, apply_get_stats, &token, sizeof token);
}

// ---------------------------------------------------------------- the whole

unsigned cw_media_worker_count(const struct cw_media *media) { return media->worker_count; }

unsigned cw_media_pick_worker(const struct cw_media *media) {
    unsigned best = 0;
    for (unsigned i = 0; i < media->worker_count; i++) {
        const struct cw_counters *c = &media->workers[i].worker.counters;
        if (media->legs[i] < FILL_LEGS && atomic_load_explicit(&c->rate, memory_order_relaxed) < FILL_RATE) return i;
    }
    for (unsigned i = 1; i < media->worker_count; i++)
        if (media->legs[i] < media->legs[best]) best = i;
    return best;
}

uint64_t cw_media_leg_id(struct cw_media *media, unsigned worker) {
    media->legs[worker]++;
    return (uint64_t)worker << 56 | ++media->last_leg;
}

static size_t candidates(const struct cw_media *media, unsigned worker, bool tcp, struct cw_addr *out, size_t max) {
    const struct cw_worker *w = &media->workers[worker].worker;
    size_t count = 0;
    for (size_t i = 0; i < w->browser_count && count < max; i++) {
        if (tcp && !w->listens[i]) continue;
        const struct cw_addr *advertised = &media->config.advertised[i];
        out[count] = cw_addr_is_set(advertised) ? *advertised : w->browsers[i].local;
        cw_addr_set_port(&out[count++], cw_addr_port(&w->browsers[i].local));
    }
    return count;
}

size_t cw_media_candidates(const struct cw_media *media, unsigned worker, struct cw_addr *out, size_t max) {
    return candidates(media, worker, false, out, max);
}

size_t cw_media_tcp_candidates(const struct cw_media *media, unsigned worker, struct cw_addr *out, size_t max) {
    return candidates(media, worker, true, out, max);
}

uint32_t cw_media_uri_hash(const char *uri) { return cw_hash_bytes(uri, (uint32_t)strlen(uri)); }

static uint64_t load(const _Atomic uint64_t *counter) { return atomic_load_explicit(counter, memory_order_relaxed); }

void cw_media_worker_stats(const struct cw_media *media, unsigned worker, struct cw_media_worker_stats *out) {
    const struct cw_counters *c = &media->workers[worker].worker.counters;
    *out = (struct cw_media_worker_stats){.packets_in = load(&c->packets_in),
                                          .bytes_in = load(&c->bytes_in),
                                          .packets_out = load(&c->packets_out),
                                          .bytes_out = load(&c->bytes_out),
                                          .wake_ups = load(&c->wake_ups),
                                          .system_calls = load(&c->system_calls),
                                          .refused = load(&c->refused)};
    for (int i = 0; i < CW_MEDIA_DROP_COUNT; i++) out->drops[i] = load(&c->drops[i]);
    out->legs = atomic_load_explicit(&c->legs, memory_order_relaxed);
    out->transcoded = atomic_load_explicit(&c->transcoded, memory_order_relaxed);
    out->complexity = atomic_load_explicit(&c->complexity, memory_order_relaxed);
    out->concealed_ms = load(&c->concealed_us) / 1000;
    int64_t delay = atomic_load_explicit(&c->jitter_delay_us, memory_order_relaxed);
    out->jitter_delay_ms = out->transcoded && delay > 0 ? (uint32_t)(delay / 1000 / out->transcoded) : 0;
}

static void on_first_association(void *arg) {
    struct cw_media *media = arg;
    cw_io_start_sctp(&media->workers[0]);
}

static int start(struct cw_media *media) {
    int err = cw_srtp_library_init();
    if (!err) err = cw_sctp_global_init(on_first_association, media);
    if (!err && media->config.ice_mode == CW_MEDIA_ICE_FULL) err = cw_nice_new(&media->nice, &media->config);
    for (unsigned i = 0; !err && i < media->config.workers; i++) {
        err = cw_io_init(&media->workers[i], &media->config, i);
        if (err) break;
        media->workers[i].worker.nice = media->nice;
        media->worker_count++;
    }
    for (unsigned i = 0; !err && i < media->worker_count; i++) {
        err = cw_io_start(&media->workers[i]);
        if (!err) media->started++;
    }
    return err;
}

int cw_media_new(struct cw_media **out, const struct cw_media_config *config) {
    if (!config->workers || config->workers > CW_MEDIA_WORKERS_MAX || config->address_count > CW_MEDIA_ADDRESSES_MAX)
        return CW_EINVAL;
    struct cw_media *media = calloc(1, sizeof *media + config->workers * sizeof media->workers[0]);
    if (!media) return CW_ENOMEM;
    media->config = *config;
    int err = start(media);
    if (err) {
        cw_media_free(media);
        return err;
    }
    *out = media;
    return 0;
}

void cw_media_free(struct cw_media *media) {
    if (!media) return;
    for (unsigned i = 0; i < media->started; i++) cw_io_stop(&media->workers[i]);
    cw_nice_free(media->nice); // its last messages find closed mailboxes
    for (unsigned i = 0; i < media->worker_count; i++) cw_io_fini(&media->workers[i]);
    if (cw_sctp_global_fini()) cw_warn("media.sctp_fini", "error=busy");
    free(media);
}
