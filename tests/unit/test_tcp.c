// Browsers' TCP connections on real sockets: slow readers, limits, and their end.
#include "media/tcp.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "proto/frame.h"
#include "test.h"

#define PLACES 4
#define SHARE 3

static void on_event(void *arg, const struct cw_media_event *event) { (void)arg, (void)event; }

static struct cw_media_config config = {.workers = 1,
                                        .address_count = 1,
                                        .tcp_connections = PLACES,
                                        .tcp_connections_per_address = SHARE,
                                        .on_event = on_event};
static struct cw_io io;

static void start(void) {
    REQUIRE(cw_addr_parse(&config.addresses[0], "127.0.0.1", 0) == 0);
    REQUIRE(cw_io_init(&io, &config, 0) == 0);
    REQUIRE(io.worker.listens[0]);
}

// What the worker's thread does in a wake-up.
static void pump(void) {
    struct epoll_event events[16];
    int count = epoll_wait(io.epoll, events, 16, 20);
    io.worker.now = cw_clock_now();
    for (int i = 0; i < count; i++) cw_udp_read(&io, events[i].data.ptr);
    cw_tcp_reap(&io);
}

static int connect_to_it(void) {
    const struct cw_addr *addr = &io.worker.browsers[0].local;
    int small = 8192, fd = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    if (connect(fd, &addr->sa, cw_addr_len(addr))) abort();
    pump();
    return fd;
}

static unsigned count_connections(void) {
    unsigned count = 0;
    for (unsigned i = 0; i < PLACES; i++) count += io.worker.connections[i] != NULL;
    return count;
}

static struct cw_sock *only_connection(void) {
    for (unsigned i = 0; i < PLACES; i++)
        if (io.worker.connections[i]) return io.worker.connections[i];
    abort();
}

static size_t length_of(uint32_t n) { return 100 + n % 1200; }

// Takes what has come; the numbers rise, and every datagram is whole.
static unsigned take_all(int fd, uint32_t *last) {
    static struct cw_frames frames;
    unsigned count = 0;
    for (int idle = 0; idle < 5;) {
        const uint8_t *datagram;
        size_t cap, len;
        uint8_t *room = cw_frames_room(&frames, &cap);
        ssize_t n = recv(fd, room, cap, MSG_DONTWAIT);
        pump();
        idle = n > 0 ? 0 : idle + 1;
        if (n > 0) cw_frames_added(&frames, (size_t)n);
        while (cw_frames_next(&frames, &datagram, &len) == 0) {
            uint32_t number = cw_get_u32(datagram);
            CHECK(number > *last || (number == 0 && !count));
            CHECK_INT(len, length_of(number));
            *last = number;
            count++;
        }
    }
    return count;
}

static void one_that_does_not_read_loses_whole_datagrams_only(void) {
    enum { DATAGRAMS = 20000 };
    uint8_t packet[CW_PACKET_SIZE] = {0};
    uint32_t last = 0;
    start();
    int fd = connect_to_it();
    struct cw_sock *sock = only_connection();
    for (uint32_t i = 0; i < DATAGRAMS; i++) {
        cw_put_u32(packet, i);
        cw_tcp_send(&io, sock, packet, length_of(i));
    }
    uint64_t dropped = io.worker.counters.drops[CW_MEDIA_DROP_SEND];
    CHECK(dropped > 0);
    CHECK_INT(take_all(fd, &last), DATAGRAMS - dropped);
    cw_put_u32(packet, DATAGRAMS); // it has caught up
    cw_tcp_send(&io, sock, packet, length_of(DATAGRAMS));
    CHECK_INT(take_all(fd, &last), 1);
    CHECK_INT(last, DATAGRAMS);
    close(fd);
    pump();
    CHECK_INT(count_connections(), 0);
    cw_io_fini(&io);
}

static void an_address_has_its_share(void) {
    int fds[PLACES + 1];
    start();
    for (int i = 0; i <= PLACES; i++) fds[i] = connect_to_it();
    CHECK_INT(count_connections(), SHARE);
    close(fds[0]);
    pump();
    CHECK_INT(count_connections(), SHARE - 1);
    fds[0] = connect_to_it();
    CHECK_INT(count_connections(), SHARE);
    for (int i = 0; i <= PLACES; i++) close(fds[i]);
    cw_io_fini(&io); // with open connections
}

static void junk_ends_a_connection_or_is_counted(void) {
    static const uint8_t junk[] = {0, 3, 1, 2, 3}, too_long[] = {0xff, 0xff};
    start();
    int fd = connect_to_it();
    CHECK_INT(write(fd, junk, sizeof junk), sizeof junk);
    pump();
    CHECK_INT(count_connections(), 1);
    CHECK_INT(io.worker.counters.packets_in, 1);
    CHECK_INT(write(fd, too_long, sizeof too_long), sizeof too_long);
    pump();
    CHECK_INT(count_connections(), 0);
    close(fd);
    cw_io_fini(&io);
}

static const struct cw_test tests[] = {
    TEST(one_that_does_not_read_loses_whole_datagrams_only),
    TEST(an_address_has_its_share),
    TEST(junk_ends_a_connection_or_is_counted),
};
TEST_MAIN(tests)
