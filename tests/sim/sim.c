// The simulated network and clock around a worker.
#include "sim/sim.h"

#include <stdlib.h>
#include <string.h>

#include "proto/codec.h"
#include "proto/demux.h"
#include "sim/fake_time.h"

struct cw_addr sim_addr(const char *ip, uint16_t port) {
    struct cw_addr a;
    if (cw_addr_parse(&a, ip, port)) abort();
    return a;
}

uint32_t sim_random(struct sim *sim) {
    sim->random = sim->random * 1664525u + 1013904223u;
    return sim->random >> 8;
}

// ---------------------------------------------------------------- network

void sim_send(struct sim *sim, const struct cw_addr *from, const struct cw_addr *to, const void *data, size_t len) {
    if (sim->queued == SIM_QUEUE || len > CW_PACKET_SIZE) abort();
    static struct sim_packet p; // 2 kB; one at a time
    p = (struct sim_packet){.at = sim->now + SIM_DELAY, .from = *from, .to = *to, .len = len};
    memcpy(p.data, data, len);
    if (sim->lose && sim->lose(sim, &p)) return;
    if (sim->loss_percent && sim_random(sim) % 100 < sim->loss_percent) return;
    if (sim->jitter && cw_demux(data, len) == CW_PACKET_RTP) p.at += sim_random(sim) % sim->jitter;
    size_t i = sim->queued++;
    for (; i > 0 && sim->queue[i - 1].at > p.at; i--) sim->queue[i] = sim->queue[i - 1];
    sim->queue[i] = p;
}

static struct cw_sock *find_sock(struct sim *sim, const struct cw_addr *to) {
    for (size_t i = 0; i < sim->worker.browser_count; i++)
        if (cw_addr_equal(&sim->worker.browsers[i].local, to)) return &sim->worker.browsers[i];
    for (size_t i = 0; i < sim->sock_count; i++)
        if (cw_addr_equal(&sim->socks[i]->local, to)) return sim->socks[i];
    return NULL;
}

static void deliver(struct sim *sim, const struct sim_packet *p) {
    struct cw_sock *sock = find_sock(sim, &p->to);
    if (sock) {
        if (sock->connected && !cw_addr_equal(&sock->remote, &p->from)) return; // what the kernel does
        memcpy(sim->received, p->data, p->len);
        cw_worker_input(&sim->worker, sock, &p->from, sim->received, p->len, sim->now);
    } else if (cw_addr_equal(&p->to, &sim->browser.addr)) {
        sim_browser_input(sim, p);
    } else if (cw_addr_same_host(&p->to, &sim->phone.rtp)) {
        sim_phone_input(sim, p);
    }
}

static void deliver_due(struct sim *sim) {
    static struct sim_packet p; // 2 kB; one at a time
    while (sim->queued && sim->queue[0].at <= sim->now) {
        p = sim->queue[0];
        memmove(&sim->queue[0], &sim->queue[1], --sim->queued * sizeof sim->queue[0]);
        deliver(sim, &p);
    }
}

static cw_time earlier(cw_time a, cw_time b) { return a < b ? a : b; }

static cw_time next_step(const struct sim *sim) {
    cw_time next = sim->queued ? sim->queue[0].at : CW_NEVER;
    next = earlier(next, cw_worker_next(&sim->worker));
    next = earlier(next, sim_browser_next(&sim->browser));
    if (sim->on_step) next = earlier(next, sim->step_at);
    return earlier(next, sim_phone_next(&sim->phone));
}

static void step(struct sim *sim) {
    fake_time = sim->now;
    deliver_due(sim);
    sim_browser_step(sim);
    sim_phone_step(sim);
    if (sim->on_step) sim->on_step(sim);
    if (cw_worker_next(&sim->worker) <= sim->now) cw_worker_tick(&sim->worker, sim->now);
    cw_worker_reap(&sim->worker);
}

void sim_run(struct sim *sim, cw_time duration) {
    cw_time end = sim->now + duration;
    for (cw_time next; (next = next_step(sim)) <= end;) {
        if (next > sim->now) sim->now = next;
        step(sim);
    }
    sim->now = end;
    sim->worker.now = end;
    fake_time = end;
}

// ---------------------------------------------------------------- the worker's output

static uint8_t *on_reserve(void *arg) { return ((struct sim *)arg)->room; }

static void on_send(void *arg, struct cw_sock *sock, const struct cw_addr *to, size_t len) {
    struct sim *sim = arg;
    sim_send(sim, &sock->local, to, sim->room, len);
}

static int on_open(void *arg, struct cw_sock *sock) {
    struct sim *sim = arg;
    sock->local = sim_addr("192.0.2.1", sock->kind == CW_SOCK_RTP ? 42000 : 42001);
    sim->socks[sim->sock_count++] = sock;
    return 0;
}

static void on_connect(void *arg, struct cw_sock *sock, const struct cw_addr *to) {
    (void)arg;
    sock->connected = to != NULL;
    if (to) sock->remote = *to;
}

static void on_close(void *arg, struct cw_sock *sock) {
    struct sim *sim = arg;
    for (size_t i = 0; i < sim->sock_count; i++)
        if (sim->socks[i] == sock) sim->socks[i--] = sim->socks[--sim->sock_count];
}

static void on_event(void *arg, const struct cw_media_event *event) {
    struct sim *sim = arg;
    if (event->type == CW_MEDIA_STATS && event->stats) sim->stats = *event->stats;
    if (sim->event_count < SIM_EVENTS_MAX) sim->events[sim->event_count++] = *event;
}

unsigned sim_events(const struct sim *sim, uint64_t leg, enum cw_media_event_type type) {
    unsigned count = 0;
    for (size_t i = 0; i < sim->event_count; i++) count += sim->events[i].leg == leg && sim->events[i].type == type;
    return count;
}

const struct cw_media_event *sim_last_event(const struct sim *sim, uint64_t leg, enum cw_media_event_type type) {
    for (size_t i = sim->event_count; i-- > 0;)
        if (sim->events[i].leg == leg && sim->events[i].type == type) return &sim->events[i];
    return NULL;
}

const struct cw_media_stats *sim_stats(struct sim *sim, uint64_t leg) {
    memset(&sim->stats, 0, sizeof sim->stats);
    cw_worker_get_stats(&sim->worker, leg, 1);
    return &sim->stats;
}

// ---------------------------------------------------------------- life

void sim_init(struct sim *sim) { sim_init_data(sim, NULL); }

void sim_init_data(struct sim *sim, struct cw_mailbox *inbox) {
    memset(sim, 0, sizeof *sim);
    sim->now = fake_time = SIM_START;
    sim->random = 1;
    sim->queue = calloc(SIM_QUEUE, sizeof *sim->queue);
    if (!sim->queue || cw_dtls_identity_new(&sim->identity)) abort();
    sim->config = (struct cw_media_config){.workers = 1,
                                           .ice = cw_ice_config_default,
                                           .identity = sim->identity,
                                           .transcode = true,
                                           .complexity = 5,
                                           .jitter_max = 300 * CW_MS,
                                           .rtp_timeout = 60 * CW_SECOND,
                                           .on_event = on_event,
                                           .arg = sim};
    struct cw_worker_output out = {sim, on_reserve, on_send, on_open, on_connect, on_close};
    if (cw_worker_init(&sim->worker, &sim->config, &out, inbox, sim->now, 1700000000 * CW_SECOND)) abort();
    sim->worker.browser_count = 1;
    sim->worker.browsers[0] = (struct cw_sock){.kind = CW_SOCK_BROWSERS, .local = sim_addr("192.0.2.1", 40000)};
    sim->phone.rtp = sim_addr("198.51.100.7", 6000);
    sim->phone.rtcp = sim_addr("198.51.100.7", 6001);
    sim->rtp.remote_rtp = sim->phone.rtp;
    strcpy(sim->rtp.cname, "gateway");
    sim_browser_init(sim);
}

void sim_fini(struct sim *sim) {
    cw_worker_fini(&sim->worker);
    sim_browser_fini(&sim->browser);
    cw_srtp_fini(&sim->phone.in);
    cw_srtp_fini(&sim->phone.out);
    cw_dtls_identity_free(sim->identity);
    free(sim->queue);
}

struct cw_media_stream sim_audio_stream(bool browser, uint32_t ssrc) {
    struct cw_media_stream s = {
        .kind = CW_MEDIA_AUDIO, .may_send = true, .may_receive = true, .ssrc = ssrc, .mid = "0", .codec_count = 2};
    uint8_t opus = browser ? 111 : 96, event = browser ? 110 : 101;
    s.codecs[0] = (struct cw_media_codec){.codec = CW_CODEC_OPUS,
                                          .channels = 2,
                                          .clock_hz = 48000,
                                          .pt_receive = opus,
                                          .pt_send = opus,
                                          .rtx_receive = CW_MEDIA_PT_NONE,
                                          .rtx_send = CW_MEDIA_PT_NONE};
    s.codecs[1] = s.codecs[0];
    s.codecs[1].codec = CW_CODEC_TELEPHONE_EVENT;
    s.codecs[1].channels = 1;
    s.codecs[1].pt_receive = s.codecs[1].pt_send = event;
    return s;
}

void sim_add_browser(struct sim *sim) {
    struct cw_media_stream stream = sim_audio_stream(true, 0xb0b0b0b0);
    cw_worker_add_webrtc(&sim->worker, SIM_BROWSER_LEG, &sim->setup);
    cw_worker_set_streams(&sim->worker, SIM_BROWSER_LEG, &stream, 1);
}

void sim_add_phone(struct sim *sim) {
    struct cw_media_stream stream = sim_audio_stream(false, 0xf0f0f0f0);
    struct cw_rtp_pair ports = {.port = 42000, .fd_rtp = -1, .fd_rtcp = -1};
    cw_worker_add_rtp(&sim->worker, SIM_PHONE_LEG, &ports, &sim->rtp);
    cw_worker_set_streams(&sim->worker, SIM_PHONE_LEG, &stream, 1);
}

void sim_call(struct sim *sim, cw_time duration) {
    sim_add_browser(sim);
    sim_add_phone(sim);
    cw_worker_bridge(&sim->worker, SIM_BROWSER_LEG, SIM_PHONE_LEG);
    sim_browser_start(sim);
    sim_run(sim, 500 * CW_MS);
    sim_source_begin(&sim->browser.audio, 0x1111, 65500, 0xfffff000, 111, sim->now);
    sim_source_begin(&sim->phone.audio, 0x2222, 65000, 0xffff0000, 96, sim->now + 5 * CW_MS);
    sim_run(sim, duration);
}
