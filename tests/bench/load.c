// Simulates browsers that call through a system under test, and measures the process that relays their packets.
//   load --system causeway|janus|rtpengine --kind echo|sip --pid PID [OPTION VALUE]…
// The system, and for calls to a phone the program phone, run already. Prints lines of key=value: the phases as
// they begin, the results at the end. tests/bench/run puts it all together.
//
//   open | prepare: sessions | one call | the rest, `rate` a second | settle | WINDOW | tail | hang up
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "bench/browser.h"
#include "bench/driver.h"
#include "bench/load_options.h"
#include "bench/probe.h"
#include "bench/stamp.h"

#define SECOND ((int64_t)1000000000) // [ns]
#define PERIOD (20 * SECOND / 1000)
#define LATE (20 * SECOND / 1000)
#define PREPARING_MAX 20 // sessions being made at once
#define SETTLE_SECONDS 2

struct load {
    struct load_options options;
    const struct driver *driver;
    int epoll;
    struct browsers all;
    struct browser *browsers;
    int64_t tick_at; // when the next browser's turn is [ns]
    unsigned turn;
    uint64_t missed; // turns left out because this process came too late, in the window
    unsigned called;
    struct probe idle, one, begin, end, after;
    double busy_begin, busy_end, all_begin, all_end;
    struct rusage own_begin, own_end;
    long drops_begin, drops_end;
};

static void phase(const char *name) {
    printf("phase=%s\n", name);
    fflush(stdout);
}

// Lets each browser whose turn has come act: their turns are spread over 20 ms.
static void run_turns(struct load *load, int64_t now) {
    int64_t step = PERIOD / load->options.calls;
    if (now - load->tick_at > LATE) { // no burst that a real crowd would not make
        int64_t missed = (now - load->tick_at) / step;
        load->tick_at += missed * step;
        if (load->all.begin <= now && now < load->all.end) load->missed += (uint64_t)missed;
    }
    while (load->tick_at <= now) {
        browser_tick(&load->browsers[load->turn]);
        load->turn = (load->turn + 1) % load->options.calls;
        load->tick_at += step;
    }
}

static void run_once(struct load *load) {
    int64_t now = stamp_now();
    run_turns(load, now);
    watch_run(load->epoll, load->tick_at - stamp_now());
}

static void run_for(struct load *load, double seconds) {
    int64_t end = stamp_now() + (int64_t)(seconds * (double)SECOND);
    while (stamp_now() < end) run_once(load);
}

// Runs until so many browsers are in the state or have failed. False: not in time.
static bool run_until(struct load *load, enum browser_state state, unsigned count, double seconds) {
    int64_t end = stamp_now() + (int64_t)(seconds * (double)SECOND);
    while (load->all.counts[state] + load->all.counts[BROWSER_FAILED] < count) {
        if (stamp_now() > end) return false;
        run_once(load);
    }
    return true;
}

static void prepare_all(struct load *load) {
    for (unsigned i = 0; i < load->options.calls; i++) {
        unsigned done_before = i >= PREPARING_MAX ? i - PREPARING_MAX : 0;
        run_until(load, BROWSER_PREPARED, done_before, 10);
        load->driver->prepare(&load->browsers[i]);
    }
    run_until(load, BROWSER_PREPARED, load->options.calls, 30);
}

static void call_next(struct load *load) {
    char offer[BROWSER_SDP_MAX];
    struct browser *browser = &load->browsers[load->called++];
    if (browser->state != BROWSER_PREPARED) return;
    browser_offer(browser, offer);
    browser->posted = stamp_now();
    browser_set_state(browser, BROWSER_CALLING);
    load->driver->call(browser, offer);
}

static void call_all(struct load *load) {
    call_next(load);
    run_until(load, BROWSER_TALKING, 1, 20);
    run_for(load, 0.5);
    if (probe_take(&load->one, load->options.pid)) load->one = load->idle;
    int64_t next = stamp_now();
    while (load->called < load->options.calls) {
        while (stamp_now() < next) run_once(load);
        call_next(load);
        next += SECOND / load->options.rate;
    }
    run_until(load, BROWSER_TALKING, load->options.calls, 20);
}

static void measure(struct load *load) {
    run_for(load, SETTLE_SECONDS);
    phase("window");
    probe_take(&load->begin, load->options.pid);
    probe_machine(&load->busy_begin, &load->all_begin);
    getrusage(RUSAGE_SELF, &load->own_begin);
    load->drops_begin = probe_udp_drops();
    load->all.begin = stamp_now();
    run_for(load, load->options.seconds);
    load->all.end = stamp_now();
    probe_take(&load->end, load->options.pid);
    probe_machine(&load->busy_end, &load->all_end);
    getrusage(RUSAGE_SELF, &load->own_end);
    phase("tail");
    run_for(load, 0.5 + load->options.tail);
    load->drops_end = probe_udp_drops();
}

static void hang_up_all(struct load *load) {
    for (unsigned i = 0; i < load->called; i++) {
        if (load->browsers[i].state == BROWSER_FAILED) continue;
        load->driver->hang_up(&load->browsers[i]);
        browser_set_state(&load->browsers[i], BROWSER_IDLE);
        if (i % PREPARING_MAX == 0) run_for(load, 0.01);
    }
    run_for(load, 1);
    if (probe_take(&load->after, load->options.pid)) load->after = (struct probe){0};
}

static double own_us(const struct rusage *usage) {
    return (double)(usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) * 1e6 +
           (double)(usage->ru_utime.tv_usec + usage->ru_stime.tv_usec);
}

static void report(struct load *load, unsigned talking) {
    const struct browsers *all = &load->all;
    double seconds = (double)(all->end - all->begin) / 1e9, cpu = load->end.cpu_us - load->begin.cpu_us;
    // Each packet to the phone and each one back from it is relayed; an echoed one is taken and given back.
    double packets = (double)all->received + (load->options.kind == DRIVER_SIP ? (double)all->sent : 0);
    printf("calls=%u\ntalking=%u\n", load->options.calls, talking);
    if (all->why) printf("failure=%s\n", all->why);
    printf("profile=%s\n", cw_srtp_profile_name(load->browsers[0].profile));
    printf("seconds=%.2f\nsent=%lu\nlost=%ld\n", seconds, (unsigned long)all->sent, (long)(all->sent - all->received));
    printf("udp_drops=%ld\n", load->drops_end - load->drops_begin);
    printf("packets_per_second=%.0f\n", packets / seconds);
    printf("cpu_us_per_packet=%.2f\n", packets > 0 ? cpu / packets : 0);
    printf("cpu_percent_per_call=%.3f\n", cpu / seconds / 1e4 / load->options.calls);
    printf("cpu_cores=%.3f\n", cpu / seconds / 1e6);
    printf("load_cores=%.3f\n", (own_us(&load->own_end) - own_us(&load->own_begin)) / seconds / 1e6);
    printf("missed=%.2f%%\n", 100.0 * (double)load->missed / (seconds * 50 * load->options.calls));
    printf("machine_busy=%.2f\n", (load->busy_end - load->busy_begin) / (load->all_end - load->all_begin));
    printf("resident_idle_kb=%ld\nresident_kb=%ld\nresident_after_kb=%ld\n", load->idle.resident_kb,
           load->end.resident_kb, load->after.resident_kb);
    printf("kb_per_call=%.1f\n", (double)(load->end.resident_kb - load->idle.resident_kb) / load->options.calls);
    printf("threads_one=%ld\nthreads=%ld\nfds_idle=%ld\nfds=%ld\n", load->one.threads, load->end.threads,
           load->idle.fds, load->end.fds);
    printf("delay_p50_ms=%.3f\ndelay_p99_ms=%.3f\ndelay_max_ms=%.3f\n", (double)histogram_at(&all->delay, 0.5) / 1e6,
           (double)histogram_at(&all->delay, 0.99) / 1e6, (double)all->delay.max / 1e6);
    printf("media_p50_ms=%.1f\nmedia_p95_ms=%.1f\n", (double)histogram_at(&all->to_media, 0.5) / 1e6,
           (double)histogram_at(&all->to_media, 0.95) / 1e6);
}

static const struct driver *find_driver(const char *name) {
    static const struct driver *const drivers[] = {&driver_causeway, &driver_janus, &driver_rtpengine};
    for (size_t i = 0; i < sizeof drivers / sizeof *drivers; i++)
        if (strcmp(drivers[i]->name, name) == 0) return drivers[i];
    return NULL;
}

static int open_load(struct load *load) {
    struct load_options *options = &load->options;
    struct rlimit limit = {4 * options->calls + 200, 4 * options->calls + 200};
    (void)setrlimit(RLIMIT_NOFILE, &limit); // a failure shows when the sockets are opened
    prctl(PR_SET_TIMERSLACK, 1000UL);
    load->epoll = epoll_create1(EPOLL_CLOEXEC);
    load->driver = find_driver(options->system);
    load->browsers = calloc(options->calls, sizeof *load->browsers);
    if (!load->driver || !load->browsers || probe_take(&load->idle, options->pid)) return -1;
    if (browsers_init(&load->all, load->epoll, &options->address)) return -1;
    load->all.opus = options->opus;
    load->all.narrow = options->narrow;
    if (options->sound && !(load->all.speech = speech_open(options->sound))) return -1;
    for (unsigned i = 0; i < options->calls; i++)
        if (browser_init(&load->browsers[i], &load->all, i)) return -1;
    struct driver_options driver = {.epoll = load->epoll,
                                    .kind = options->kind,
                                    .server = options->server,
                                    .phone = options->phone,
                                    .phone_rtp = options->phone_rtp};
    load->tick_at = stamp_now();
    return load->driver->open(&driver);
}

int main(int argc, char **argv) {
    static struct load load;
    if (load_options_parse(&load.options, argc, argv)) return 2;
    if (open_load(&load)) {
        perror("load: cannot begin");
        return 1;
    }
    phase("calls");
    prepare_all(&load);
    call_all(&load);
    unsigned talking = load.all.counts[BROWSER_TALKING];
    measure(&load);
    hang_up_all(&load);
    report(&load, talking);
    return talking == load.options.calls ? 0 : 1;
}
