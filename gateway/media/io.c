// A worker's thread: waiting, waking up, time.
#include "media/io.h"

#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"
#include "base/log.h"
#include "media/tcp.h"
#include "proto/sctp.h"

#define EVENTS 128 // sockets looked at in one round
#define ROUNDS 32  // before the loop's other handles have their turn
#define BATCHES 4  // of one socket before the others have their turn
#define RATE_WINDOW (20 * CW_MS)
#define LOAD_WINDOW CW_SECOND
// A wake-up costs more than a packet, so at a high rate it pays to let some packets gather: wake-ups are then as far
// apart as NAP_PACKETS need to come, at most NAP_MAX, which is what it adds to their delay. Below NAP_RATE a nap would
// gather too few to pay for itself.
#define NAP_RATE 6000 // [packets/s]
#define NAP_PACKETS 18
#define NAP_MAX 550 // [us]

// ---------------------------------------------------------------- a wake-up

static void count_rate(struct cw_io *io, unsigned packets) {
    cw_time elapsed = io->worker.now - io->rate_since;
    io->rate_count += packets;
    if (elapsed < RATE_WINDOW) return;
    io->rate = (uint32_t)((int64_t)io->rate_count * CW_SECOND / elapsed);
    atomic_store_explicit(&io->worker.counters.rate, io->rate, memory_order_relaxed);
    io->rate_since = io->worker.now;
    io->rate_count = 0;
}

static bool busy(const struct cw_io *io) { return io->rate > NAP_RATE; }

// From the wake-up before this one on, so that the work done since then is not added; under full load there is no nap.
static void nap(struct cw_io *io) {
    int64_t apart = NAP_PACKETS * CW_SECOND / io->rate;
    cw_time until = io->worker.now + (apart < NAP_MAX ? apart : NAP_MAX);
    struct timespec time = {.tv_sec = until / CW_SECOND, .tv_nsec = until % CW_SECOND * 1000};
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL); // woken early by a signal it has just napped less
    cw_count(&io->worker.counters.system_calls, 1);
}

static void measure_load(struct cw_io *io) {
    cw_time elapsed = io->worker.now - io->load_at;
    int64_t cpu = cw_clock_thread_us();
    if (io->load_at) cw_worker_set_load(&io->worker, (unsigned)((cpu - io->load_cpu) * 100 / elapsed));
    io->load_at = io->worker.now;
    io->load_cpu = cpu;
}

static void run_timers(struct cw_io *io) {
    if (io->worker.now - io->load_at >= LOAD_WINDOW) measure_load(io);
    if (cw_worker_next(&io->worker) <= io->worker.now) cw_worker_tick(&io->worker, io->worker.now);
}

// One look at all sockets. Returns the datagrams read.
static unsigned read_round(struct cw_io *io) {
    struct epoll_event events[EVENTS];
    unsigned total = 0;
    int count = epoll_wait(io->epoll, events, EVENTS, 0);
    cw_count(&io->worker.counters.system_calls, 1);
    io->worker.now = cw_clock_now();
    for (int i = 0; i < count; i++) {
        unsigned got, batches = 0;
        do {
            got = cw_udp_read(io, events[i].data.ptr);
            total += got;
        } while (got == CW_IO_BATCH && ++batches < BATCHES);
    }
    return total;
}

static void on_readable(uv_poll_t *poll, int status, int events) {
    struct cw_io *io = poll->data;
    (void)events;
    if (status < 0) return;
    cw_count(&io->worker.counters.wake_ups, 1);
    for (int round = 0; round < ROUNDS; round++) {
        if (busy(io)) nap(io);
        unsigned got = read_round(io);
        count_rate(io, got);
        run_timers(io);
        cw_udp_flush(io);
        cw_worker_reap(&io->worker);
        cw_tcp_reap(io);
        if (!got || !busy(io)) break;
        if (round) cw_count(&io->worker.counters.wake_ups, 1);
    }
}

static void on_timer(uv_timer_t *timer) {
    struct cw_io *io = timer->data;
    io->timer_at = CW_NEVER;
    io->worker.now = cw_clock_now();
    count_rate(io, 0);
    run_timers(io);
}

static void on_sctp_timer(uv_timer_t *timer) {
    if (cw_sctp_tick(cw_clock_now()) == CW_NEVER) uv_timer_stop(timer);
}

// Before every wait: sends what commands and timers made, and sets the timer to the next deadline.
static void on_prepare(uv_prepare_t *prepare) {
    struct cw_io *io = prepare->data;
    cw_udp_flush(io);
    cw_worker_reap(&io->worker);
    cw_tcp_reap(io);
    cw_time next = cw_worker_next(&io->worker);
    if (next == io->timer_at) return;
    io->timer_at = next;
    if (next == CW_NEVER) {
        uv_timer_stop(&io->timer);
        return;
    }
    uv_update_time(&io->loop.uv); // else the wait would count from the start of this round
    cw_time wait = next - cw_clock_now();
    uv_timer_start(&io->timer, on_timer, wait > 0 ? (uint64_t)((wait + CW_MS - 1) / CW_MS) : 0, 0);
}

// ---------------------------------------------------------------- life

static int open_sockets(struct cw_io *io, unsigned index) {
    const struct cw_media_config *config = io->worker.config;
    if (config->ice_mode == CW_MEDIA_ICE_FULL) return 0; // each agent has its own
    uint16_t port = (uint16_t)(config->port ? config->port + index : 0);
    for (size_t i = 0; i < config->address_count; i++) {
        int err = cw_udp_add_browsers(io, &config->addresses[i], port);
        if (err) return err;
    }
    return 0;
}

static int add_handles(struct cw_io *io) {
    uv_loop_t *uv = &io->loop.uv;
    if (uv_poll_init(uv, &io->poll, io->epoll) || uv_timer_init(uv, &io->timer) || uv_timer_init(uv, &io->sctp_timer) ||
        uv_prepare_init(uv, &io->prepare))
        return CW_EIO;
    io->poll.data = io->timer.data = io->sctp_timer.data = io->prepare.data = io;
    if (uv_poll_start(&io->poll, UV_READABLE, on_readable) || uv_prepare_start(&io->prepare, on_prepare)) return CW_EIO;
    return 0;
}

int cw_io_init(struct cw_io *io, const struct cw_media_config *config, unsigned index) {
    char name[16];
    struct cw_worker_output out = cw_udp_output;
    memset(io, 0, sizeof *io);
    out.arg = io;
    io->timer_at = CW_NEVER;
    io->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (io->epoll < 0) return CW_EIO;
    snprintf(name, sizeof name, "media%u", index);
    int err = cw_loop_init(&io->loop, name, io);
    if (err) {
        close(io->epoll);
        return err;
    }
    err = cw_worker_init(&io->worker, config, &out, &io->loop.inbox, cw_clock_now(), cw_clock_wall_us());
    if (!err) err = cw_udp_init(io);
    if (!err) err = open_sockets(io, index);
    if (!err) err = cw_tcp_init(io);
    if (!err) err = add_handles(io);
    if (err) cw_io_fini(io);
    return err;
}

int cw_io_start(struct cw_io *io) { return cw_loop_start(&io->loop); }

static int post(struct cw_io *io, void (*run)(struct cw_msg *, void *)) {
    struct cw_msg *msg = calloc(1, sizeof *msg);
    if (!msg) return CW_ENOMEM;
    msg->run = run;
    cw_loop_post(&io->loop, msg);
    return 0;
}

static void run_end(struct cw_msg *msg, void *owner) {
    struct cw_io *io = owner;
    free(msg);
    if (!io) return;
    cw_worker_end(&io->worker);
    cw_udp_flush(io);
}

void cw_io_stop(struct cw_io *io) {
    (void)post(io, run_end); // without memory the peers are not told, that is all
    cw_loop_stop(&io->loop);
}

void cw_io_fini(struct cw_io *io) {
    cw_loop_fini(&io->loop);
    cw_worker_fini(&io->worker);
    cw_tcp_fini(io);
    cw_udp_fini(io);
    close(io->epoll);
}

static void run_start_sctp(struct cw_msg *msg, void *owner) {
    struct cw_io *io = owner;
    free(msg);
    if (io) uv_timer_start(&io->sctp_timer, on_sctp_timer, CW_SCTP_TICK / CW_MS, CW_SCTP_TICK / CW_MS);
}

void cw_io_start_sctp(struct cw_io *io) {
    if (post(io, run_start_sctp)) cw_error("media.sctp_timer", "error=no_memory");
}
