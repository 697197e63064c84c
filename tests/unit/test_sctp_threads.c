// SCTP on several threads: two owners whose associations talk to each other, a third thread that ticks.
// Meant for ThreadSanitizer; the library itself is not instrumented, but its locks are seen.
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "base/err.h"
#include "base/loop.h"
#include "proto/sctp.h"
#include "test.h"

#define PAIRS 8
#define ROUNDS 12
#define MESSAGES 40

// One worker has the first ends, the other the second ends of all pairs.
struct worker {
    struct cw_loop loop;
    struct cw_sctp_owner *owner;
    struct worker *other;
    struct end {
        struct worker *worker;
        unsigned pair;
        struct cw_sctp *sctp;
        unsigned messages_in;
        uint32_t sent_packets;
        bool counted;
    } ends[PAIRS];
    bool dtls_client;
};

// A packet on its way to the other worker; or the order to begin or end a round.
struct parcel {
    struct cw_msg msg;
    unsigned pair;
    size_t len;
    uint8_t packet[CW_SCTP_MTU];
};

static atomic_uint done, begun, ticks;
static atomic_bool stop;

static void flush(struct end *end);

static void run_packet(struct cw_msg *msg, void *owner) {
    struct parcel *parcel = (struct parcel *)msg;
    struct worker *worker = owner;
    if (worker && worker->ends[parcel->pair].sctp) {
        struct end *end = &worker->ends[parcel->pair];
        cw_sctp_input(end->sctp, parcel->packet, parcel->len);
        flush(end);
    }
    free(parcel);
}

static void on_event(struct end *end, const struct cw_sctp_event *event) {
    static const struct cw_dcep_open open = {.label = "t", .label_len = 1};
    uint16_t id;
    if (event->type == CW_SCTP_EVENT_UP && end->worker->dtls_client) {
        if (cw_sctp_open_channel(end->sctp, &open, &id) != CW_OK) abort();
    }
    if (event->type == CW_SCTP_EVENT_ACKNOWLEDGED || event->type == CW_SCTP_EVENT_OPENED) {
        static const uint8_t data[3000];
        for (int i = 0; i < MESSAGES; i++) cw_sctp_send(end->sctp, event->id, false, data, sizeof data);
    }
    if (event->type == CW_SCTP_EVENT_MESSAGE) end->messages_in++;
    if (end->messages_in == MESSAGES && !end->counted) {
        end->counted = true;
        atomic_fetch_add(&done, 1);
    }
}

static void flush(struct end *end) {
    struct cw_sctp_event event;
    while (cw_sctp_event(end->sctp, &event) == CW_OK) on_event(end, &event);
    for (;;) {
        struct parcel *parcel = malloc(sizeof *parcel);
        parcel->msg = (struct cw_msg){.run = run_packet};
        parcel->pair = end->pair;
        if (cw_sctp_poll(end->sctp, parcel->packet, sizeof parcel->packet, &parcel->len) != CW_OK) {
            free(parcel);
            return;
        }
        // One packet in 23 is lost, so that the timers have work.
        if (++end->sent_packets % 23 == 0)
            free(parcel);
        else
            cw_loop_post(&end->worker->other->loop, &parcel->msg);
    }
}

static void on_ready(void *user) { flush(user); }

static void run_begin(struct cw_msg *msg, void *owner) {
    struct worker *worker = owner;
    free(msg);
    if (!worker) return;
    for (unsigned i = 0; i < PAIRS; i++) {
        struct end *end = &worker->ends[i];
        struct cw_sctp_config config = {.dtls_client = worker->dtls_client};
        *end = (struct end){.worker = worker, .pair = i, .sent_packets = i};
        if (cw_sctp_new(&end->sctp, worker->owner, &config, end) != CW_OK) abort();
        if (cw_sctp_start(end->sctp) != CW_OK) abort();
        flush(end);
    }
    atomic_fetch_add(&begun, 1);
}

static void run_end(struct cw_msg *msg, void *owner) {
    struct worker *worker = owner;
    free(msg);
    for (unsigned i = 0; worker && i < PAIRS; i++) {
        cw_sctp_free(worker->ends[i].sctp);
        worker->ends[i].sctp = NULL;
    }
    if (worker) atomic_fetch_add(&begun, 1);
}

static void tell(struct worker *worker, void (*run)(struct cw_msg *msg, void *owner)) {
    struct cw_msg *msg = calloc(1, sizeof *msg);
    msg->run = run;
    cw_loop_post(&worker->loop, msg);
}

// Five times faster than the clock.
static void *tick(void *arg) {
    (void)arg;
    for (cw_time now = CW_SECOND; !atomic_load(&stop); now += CW_SCTP_TICK) {
        cw_sctp_tick(now);
        atomic_fetch_add(&ticks, 1);
        usleep(2000);
    }
    return NULL;
}

static bool wait_for(atomic_uint *counter, unsigned value) {
    for (int i = 0; i < 20000 && atomic_load(counter) < value; i++) usleep(1000);
    return atomic_load(counter) >= value;
}

static void owners_on_two_threads(void) {
    static struct worker workers[2];
    pthread_t ticker;
    for (int i = 0; i < 2; i++) {
        workers[i].other = &workers[1 - i];
        workers[i].dtls_client = i == 0;
        CHECK_INT(cw_loop_init(&workers[i].loop, "worker", &workers[i]), 0);
        CHECK_INT(cw_sctp_owner_new(&workers[i].owner, &workers[i].loop.inbox, on_ready), 0);
    }
    for (int i = 0; i < 2; i++) CHECK_INT(cw_loop_start(&workers[i].loop), 0);
    CHECK_INT(pthread_create(&ticker, NULL, tick, NULL), 0);
    for (unsigned round = 1; round <= ROUNDS; round++) {
        for (int i = 0; i < 2; i++) tell(&workers[i], run_begin);
        CHECK(wait_for(&begun, round * 4 - 2));
        // Every other round ends in the middle of things.
        if (round % 2) CHECK(wait_for(&done, (round + 1) / 2 * PAIRS * 2));
        for (int i = 0; i < 2; i++) tell(&workers[i], run_end);
        CHECK(wait_for(&begun, round * 4));
        if (round % 2 == 0) atomic_store(&done, round / 2 * PAIRS * 2);
    }
    atomic_store(&stop, true);
    pthread_join(ticker, NULL);
    for (int i = 0; i < 2; i++) cw_loop_stop(&workers[i].loop);
    for (int i = 0; i < 2; i++) {
        cw_sctp_owner_free(workers[i].owner);
        cw_loop_fini(&workers[i].loop);
    }
}

static const struct cw_test tests[] = {
    TEST(owners_on_two_threads),
};

int main(int argc, char **argv) {
    if (cw_sctp_global_init(NULL, NULL) != CW_OK) return 1;
    int failed = cw_test_main(tests, sizeof tests / sizeof *tests, argc, argv);
    if (cw_sctp_global_fini() != CW_OK) {
        printf("not ok the_library_ends\n");
        failed = 1;
    }
    return failed;
}
