// The parts of a media worker: the hash table, the timer wheel, the port pairs, and a worker with real sockets.
#include "test.h"

#include <arpa/inet.h>
#include <poll.h>
#include <semaphore.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "media/media.h"
#include "media/table.h"
#include "media/wheel.h"

static bool match_int(const void *item, const void *key) { return *(const int *)item == *(const int *)key; }

// Few hashes, so that probing and shifting back are at work.
static void table(void) {
    static int items[1000];
    static bool present[1000];
    struct cw_table t;
    uint32_t random = 1;
    cw_table_init(&t, match_int);
    for (int i = 0; i < 1000; i++) items[i] = i;
    for (int step = 0; step < 20000; step++) {
        random = random * 1664525u + 1013904223u;
        int i = (int)(random >> 8) % 1000;
        uint32_t hash = (uint32_t)i % 97 * 31;
        bool found = cw_table_find(&t, hash, &i) == &items[i];
        if (found != present[i]) CHECK_INT(found, present[i]);
        if (present[i])
            cw_table_remove(&t, hash, &items[i]);
        else
            CHECK_INT(cw_table_add(&t, hash, &items[i]), 0);
        present[i] = !present[i];
    }
    uint32_t count = 0;
    for (int i = 0; i < 1000; i++) count += present[i];
    CHECK_INT(t.count, count);
    cw_table_fini(&t);
}

static void wheel(void) {
    static struct cw_timer timers[500];
    static cw_time deadlines[500];
    static struct cw_wheel w;
    cw_time now = 1000 * CW_SECOND + 3;
    uint32_t random = 7, fired = 0;
    cw_wheel_init(&w, now);
    CHECK(cw_wheel_next(&w) == CW_NEVER);
    for (int i = 0; i < 500; i++) {
        random = random * 1664525u + 1013904223u;
        deadlines[i] = now + (cw_time)(random >> 12) * 20; // up to 20 s: beyond the wheel's reach
        cw_wheel_set(&w, &timers[i], deadlines[i]);
    }
    cw_wheel_clear(&w, &timers[0]);
    while (cw_wheel_next(&w) != CW_NEVER) {
        cw_time next = cw_wheel_next(&w);
        CHECK(next > now);
        now = next;
        for (struct cw_timer *t; (t = cw_wheel_due(&w, now));) {
            int i = (int)(t - timers);
            if (deadlines[i] > now) { // came early because it is far away
                cw_wheel_set(&w, t, deadlines[i]);
                continue;
            }
            CHECK(now - deadlines[i] <= CW_WHEEL_STEP);
            fired++;
        }
    }
    CHECK_INT(fired, 499);
    // A timer that is set again for now, while it fires, waits for the next step.
    cw_wheel_set(&w, &timers[1], now);
    now = cw_wheel_next(&w);
    struct cw_timer *t = cw_wheel_due(&w, now);
    CHECK(t == &timers[1]);
    cw_wheel_set(&w, t, now - CW_SECOND);
    CHECK(cw_wheel_due(&w, now) == NULL);
    CHECK(cw_wheel_next(&w) > now);
    cw_wheel_hasten(&w, t, now + CW_SECOND);
    CHECK(cw_wheel_next(&w) <= now + CW_WHEEL_STEP);
    // A clock that stood still for long, or a wake-up that comes late.
    CHECK(cw_wheel_due(&w, now + 100 * CW_SECOND) == t);
    CHECK(cw_wheel_due(&w, now + 100 * CW_SECOND) == NULL);
}

static void ports(void) {
    struct cw_rtp_ports *p;
    struct cw_rtp_pair pairs[5];
    struct cw_addr local;
    cw_time now = CW_SECOND;
    cw_addr_parse(&local, "127.0.0.1", 0);
    CHECK_INT(cw_rtp_ports_new(&p, &local, 47001, 47002), CW_EINVAL);
    REQUIRE(cw_rtp_ports_new(&p, &local, 47001, 47010) == 0); // 47002 … 47009
    struct cw_addr taken = local;
    cw_addr_set_port(&taken, 47005);
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    REQUIRE(bind(fd, &taken.sa, cw_addr_len(&taken)) == 0);
    for (int i = 0; i < 3; i++) {
        REQUIRE(cw_rtp_ports_alloc(p, now, &pairs[i]) == 0);
        CHECK(pairs[i].port % 2 == 0 && pairs[i].port != 47004);
        CHECK(pairs[i].fd_rtp >= 0 && pairs[i].fd_rtcp >= 0);
    }
    close(fd);
    REQUIRE(cw_rtp_ports_alloc(p, now, &pairs[3]) == 0);
    CHECK_INT(pairs[3].port, 47004);
    CHECK_INT(cw_rtp_ports_alloc(p, now, &pairs[4]), CW_ELIMIT);
    CHECK_INT(cw_rtp_ports_in_use(p), 4);
    uint16_t first = pairs[2].port, second = pairs[0].port;
    cw_rtp_ports_release(p, now, &pairs[2]);
    cw_rtp_ports_release(p, now + 1, &pairs[0]);
    cw_rtp_ports_release(p, now + 1, &pairs[0]); // harmless
    CHECK_INT(cw_rtp_ports_alloc(p, now + CW_RTP_PORTS_REST - 1, &pairs[4]), CW_ELIMIT);
    now += CW_RTP_PORTS_REST + 1;
    REQUIRE(cw_rtp_ports_alloc(p, now, &pairs[2]) == 0);
    REQUIRE(cw_rtp_ports_alloc(p, now, &pairs[0]) == 0);
    CHECK(pairs[2].port == first && pairs[0].port == second); // the longest rested first
    for (int i = 0; i < 4; i++) cw_rtp_ports_release(p, now, &pairs[i]);
    CHECK_INT(cw_rtp_ports_in_use(p), 0);
    cw_rtp_ports_free(p);
}

// ---------------------------------------------------------------- threads and sockets

static sem_t removed;
static struct cw_media_stats last_stats;

static void on_event(void *arg, const struct cw_media_event *event) {
    (void)arg;
    if (event->type == CW_MEDIA_STATS && event->stats) last_stats = *event->stats;
    if (event->type == CW_MEDIA_REMOVED) sem_post(&removed);
}

static struct cw_media_stream stream(uint32_t ssrc, uint8_t pt) {
    struct cw_media_stream s = {
        .kind = CW_MEDIA_AUDIO, .may_send = true, .may_receive = true, .ssrc = ssrc, .codec_count = 1};
    s.codecs[0] = (struct cw_media_codec){.codec = 1,
                                          .channels = 1,
                                          .pt_receive = pt,
                                          .pt_send = pt,
                                          .rtx_receive = CW_MEDIA_PT_NONE,
                                          .rtx_send = CW_MEDIA_PT_NONE,
                                          .clock_hz = 8000};
    return s;
}

struct phone {
    int fd;
    struct cw_addr addr;
    struct cw_addr gateway;
    uint64_t leg;
};

static void phone_open(struct phone *p) {
    socklen_t len = sizeof p->addr;
    cw_addr_parse(&p->addr, "127.0.0.1", 0);
    p->fd = socket(AF_INET, SOCK_DGRAM, 0);
    if (bind(p->fd, &p->addr.sa, cw_addr_len(&p->addr)) || getsockname(p->fd, &p->addr.sa, &len)) abort();
}

static void phone_send(const struct phone *p, uint16_t seq) {
    uint8_t data[172] = {0x80, 0, (uint8_t)(seq >> 8), (uint8_t)seq};
    cw_put_u32(data + 4, seq * 160u);
    cw_put_u32(data + 8, (uint32_t)p->fd);
    sendto(p->fd, data, sizeof data, 0, &p->gateway.sa, cw_addr_len(&p->gateway));
}

static int phone_receive(const struct phone *p, int wait_ms) {
    uint8_t data[2048];
    struct pollfd poll_fd = {.fd = p->fd, .events = POLLIN};
    int count = 0;
    while (poll(&poll_fd, 1, wait_ms) > 0 && recv(p->fd, data, sizeof data, 0) > 0) count += (data[1] & 0x7f) == 0;
    return count;
}

static struct cw_media *media;
static struct cw_rtp_ports *pool;
static struct cw_dtls_identity *identity;

static void begin(void) {
    struct cw_media_config config = {
        .workers = 2, .address_count = 2, .ice = cw_ice_config_default, .on_event = on_event};
    cw_addr_parse(&config.addresses[0], "127.0.0.1", 0);
    cw_addr_parse(&config.addresses[1], "127.0.0.2", 0);
    cw_addr_parse(&config.advertised[1], "192.0.2.1", 0);
    sem_init(&removed, 0, 0);
    if (cw_dtls_identity_new(&identity)) abort();
    config.identity = identity;
    if (cw_rtp_ports_new(&pool, &config.addresses[0], 47100, 47199) || cw_media_new(&media, &config)) abort();
}

static void end(void) {
    cw_media_free(media);
    cw_rtp_ports_free(pool);
    cw_dtls_identity_free(identity);
}

static void add_phone(struct phone *p, struct cw_rtp_pair *pair, unsigned worker, uint32_t ssrc) {
    struct cw_rtp_setup setup = {.rtcp_mux = true, .cname = "gateway"};
    struct cw_media_stream s = stream(ssrc, 0);
    phone_open(p);
    if (cw_rtp_ports_alloc(pool, 0, pair)) abort();
    cw_addr_parse(&p->gateway, "127.0.0.1", pair->port);
    setup.remote_rtp = p->addr;
    p->leg = cw_media_leg_id(media, worker);
    CHECK_INT(cw_media_add_rtp(media, p->leg, pair, &setup), 0);
    CHECK_INT(pair->fd_rtp, -1);
    CHECK_INT(cw_media_set_streams(media, p->leg, &s, 1), 0);
}

// Two phones over a worker with its thread and its sockets: 100 packets each way, at once.
static void real_sockets(void) {
    struct cw_rtp_pair pairs[2];
    struct phone phones[2];
    struct cw_media_worker_stats stats;
    begin();
    unsigned worker = cw_media_pick_worker(media);
    for (unsigned i = 0; i < 2; i++) add_phone(&phones[i], &pairs[i], worker, 1000 + i);
    CHECK_INT(cw_media_pick_worker(media), worker); // far from full
    CHECK_INT(cw_media_bridge(media, phones[0].leg, phones[1].leg), 0);
    for (uint16_t seq = 0; seq < 100; seq++) {
        phone_send(&phones[0], seq);
        phone_send(&phones[1], seq);
        if (seq % 10 == 9) usleep(2000);
    }
    CHECK_INT(phone_receive(&phones[0], 200), 100);
    CHECK_INT(phone_receive(&phones[1], 200), 100);
    CHECK_INT(cw_media_get_stats(media, phones[0].leg, 1), 0);
    for (int i = 0; i < 2; i++) {
        cw_media_remove(media, phones[i].leg);
        cw_rtp_ports_release(pool, 0, &pairs[i]);
        close(phones[i].fd);
    }
    sem_wait(&removed);
    sem_wait(&removed);
    CHECK_INT(last_stats.streams[0].in.packets, 100);
    cw_media_worker_stats(media, worker, &stats);
    CHECK(stats.packets_in >= 200 && stats.packets_out >= 200 && stats.legs == 0);
    end();
}

static void candidates(void) {
    struct cw_addr found[4], want;
    begin();
    cw_addr_parse(&want, "192.0.2.1", 0);
    CHECK_INT(cw_media_candidates(media, 1, found, 4), 2);
    CHECK(cw_addr_is_loopback(&found[0]) && cw_addr_port(&found[0]));
    CHECK(cw_addr_same_host(&found[1], &want) && cw_addr_port(&found[1]));
    end();
}

// Legs that are never removed, and whose messages may not be read any more: nothing is left open.
static void ends_with_legs(void) {
    struct cw_rtp_setup setup = {.rtcp_mux = true};
    struct cw_rtp_pair pair;
    begin();
    for (int i = 0; i < 5; i++) {
        REQUIRE(cw_rtp_ports_alloc(pool, 0, &pair) == 0);
        CHECK_INT(cw_media_add_rtp(media, cw_media_leg_id(media, 0), &pair, &setup), 0);
        cw_rtp_ports_release(pool, 0, &pair);
    }
    end();
}

static const struct cw_test tests[] = {TEST(table),        TEST(wheel),      TEST(ports),
                                       TEST(real_sockets), TEST(candidates), TEST(ends_with_legs)};

TEST_MAIN(tests)
