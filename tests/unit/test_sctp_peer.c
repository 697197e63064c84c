// SCTP peers that end, restart, break the rules or send junk.
#include "proto/sctp_internal.h" // for a peer that does what cw_sctp_send would not
#include "sctp_link.h"
#include "test.h"

// --- ends ---

static void an_abort_reaches_the_peer(void) {
    uint16_t id;
    struct link *link = link_with_channel(60, &link_chat, &id);
    cw_sctp_abort(link->ends[0].sctp);
    CHECK(link_run_until(link, 1, CW_SCTP_EVENT_LOST, 1, CW_SECOND));
    for (int i = 0; i < 2; i++) {
        CHECK_INT(cw_sctp_send(link->ends[i].sctp, id, true, "x", 1), CW_ESTATE);
        CHECK_INT(cw_sctp_input(link->ends[i].sctp, "0123456789abcdef", 16), CW_ESTATE);
        CHECK_INT(cw_sctp_close_channel(link->ends[i].sctp, id), CW_ENOENT);
        CHECK_INT(cw_sctp_buffered(link->ends[i].sctp), 0);
    }
    CHECK_INT(link_count(&link->ends[0], CW_SCTP_EVENT_LOST), 0);
    link_free(link);
}

static void an_abort_reaches_a_paused_peer(void) {
    uint16_t id;
    struct link *link = link_with_channel(61, &link_chat, &id);
    cw_sctp_pause_read(link->ends[1].sctp, true);
    cw_sctp_abort(link->ends[0].sctp);
    CHECK(link_run_until(link, 1, CW_SCTP_EVENT_LOST, 1, CW_SECOND));
    link_free(link);
}

// The timers give up: the event comes through the mailbox.
static void a_dead_link_is_noticed(void) {
    uint16_t id;
    struct link *link = link_with_channel(62, &link_chat, &id);
    link->cut = true;
    CHECK_INT(cw_sctp_send(link->ends[0].sctp, id, true, "x", 1), 0);
    CHECK(link_run_until(link, 0, CW_SCTP_EVENT_LOST, 1, 300 * CW_SECOND));
    link_free(link);
    link = link_new(63, NULL);
    link->cut = true;
    CHECK(!link_up(link));
    CHECK(link_run_until(link, 0, CW_SCTP_EVENT_LOST, 1, 300 * CW_SECOND));
    link_free(link);
}

static void a_peer_that_restarts(void) {
    uint16_t id;
    struct link *link = link_with_channel(64, &link_chat, &id);
    struct cw_sctp_config config = {.dtls_client = true};
    // The peer's stack begins anew without a word: same ports, same DTLS.
    link->cut = true;
    cw_sctp_free(link->ends[0].sctp);
    link->cut = false;
    CHECK_INT(cw_sctp_new(&link->ends[0].sctp, link->owner, &config, &link->ends[0]), 0);
    link->ends[0].note_count = 0;
    CHECK_INT(cw_sctp_start(link->ends[0].sctp), 0);
    CHECK(link_run_until(link, 0, CW_SCTP_EVENT_UP, 1, 10 * CW_SECOND));
    CHECK(link_run_until(link, 1, CW_SCTP_EVENT_RESTARTED, 1, 10 * CW_SECOND));
    CHECK_INT(cw_sctp_send(link->ends[1].sctp, id, true, "x", 1), CW_ENOENT);
    CHECK_INT(cw_sctp_open_channel(link->ends[0].sctp, &link_chat, &id), 0);
    CHECK(link_run_until(link, 1, CW_SCTP_EVENT_OPENED, 2, 10 * CW_SECOND));
    CHECK_INT(cw_sctp_send(link->ends[1].sctp, id, true, "x", 1), 0);
    CHECK(link_run_until(link, 0, CW_SCTP_EVENT_MESSAGE, 1, 10 * CW_SECOND));
    link_free(link);
}

// --- a peer that does not keep the rules ---

static void raw(struct link *link, unsigned from, uint16_t id, uint32_t ppid, const void *data, size_t len) {
    CHECK_INT(cw_sctp_socket_send(link->ends[from].sctp, id, (enum cw_dcep_ppid)ppid, NULL, data, len), 0);
    link_run(link, 3 * CW_SECOND);
}

static void a_message_too_big_closes_its_channel(void) {
    uint16_t id, other;
    struct link *link = link_with_channel(65, &link_chat, &id);
    CHECK_INT(cw_sctp_open_channel(link->ends[0].sctp, &link_chat, &other), 0);
    uint8_t *data = link_bytes(CW_SCTP_MESSAGE_MAX * 3, 1);
    size_t before = link_heap();
    raw(link, 0, id, CW_PPID_BINARY, data, CW_SCTP_MESSAGE_MAX + 1);
    CHECK_INT(link_count(&link->ends[1], CW_SCTP_EVENT_MESSAGE), 0);
    CHECK_INT(link_find(&link->ends[1], CW_SCTP_EVENT_CLOSED, 0)->id, id);
    CHECK_INT(link_find(&link->ends[0], CW_SCTP_EVENT_CLOSED, 0)->id, id);
    raw(link, 0, other, CW_PPID_BINARY, data, CW_SCTP_MESSAGE_MAX * 3);
    CHECK_INT(link_count(&link->ends[1], CW_SCTP_EVENT_MESSAGE), 0);
    CHECK_INT(cw_sctp_stats(link->ends[1].sctp)->too_big, 2);
    CHECK(link_heap() < before + 200000);
    CHECK_INT(cw_sctp_open_channel(link->ends[0].sctp, &link_chat, &id), 0);
    raw(link, 0, id, CW_PPID_BINARY, data, CW_SCTP_MESSAGE_MAX);
    CHECK_INT(link_find(&link->ends[1], CW_SCTP_EVENT_MESSAGE, 0)->len, CW_SCTP_MESSAGE_MAX);
    free(data);
    link_free(link);
}

static void payload_ids_that_are_not_ours(void) {
    uint16_t id, other;
    struct link *link = link_with_channel(66, &link_chat, &id);
    const struct cw_sctp_stats *stats = cw_sctp_stats(link->ends[1].sctp);
    CHECK_INT(cw_sctp_open_channel(link->ends[0].sctp, &link_chat, &other), 0);
    raw(link, 0, id, 0, "x", 1);
    raw(link, 0, id, 0xffffffff, "x", 1);
    CHECK_INT(stats->unknown_ppid, 2);
    raw(link, 0, 8, CW_PPID_STRING, "x", 1);
    CHECK_INT(stats->no_channel, 1);
    CHECK_INT(link_count(&link->ends[1], CW_SCTP_EVENT_MESSAGE), 0);
    raw(link, 0, id, CW_PPID_STRING, "x", 1);
    CHECK_INT(link_count(&link->ends[1], CW_SCTP_EVENT_MESSAGE), 1);
    raw(link, 0, id, CW_PPID_STRING_PARTIAL, "half", 4);
    raw(link, 0, other, CW_PPID_BINARY_PARTIAL, "half", 4);
    CHECK_INT(stats->partial_ppid, 2);
    CHECK_INT(link_count(&link->ends[1], CW_SCTP_EVENT_CLOSED), 2);
    CHECK_INT(link_count(&link->ends[1], CW_SCTP_EVENT_MESSAGE), 1);
    link_free(link);
}

static void opens_that_are_refused(void) {
    uint16_t id;
    struct link *link = link_with_channel(67, &link_chat, &id);
    const struct cw_sctp_stats *stats = cw_sctp_stats(link->ends[1].sctp);
    uint8_t open[12 + 1100] = {3};
    raw(link, 0, 3, CW_PPID_DCEP, open, 12); // our parity
    CHECK_INT(stats->refused_channels, 1);
    raw(link, 0, 4, CW_PPID_DCEP, open, 5);    // cut
    raw(link, 0, id, CW_PPID_DCEP, open, 12);  // open already
    raw(link, 0, id, CW_PPID_DCEP, "\x02", 1); // an ACK for nothing
    raw(link, 0, 6, CW_PPID_DCEP, "\x02", 1);
    CHECK_INT(stats->bad_dcep, 4);
    open[8] = 1100 >> 8;
    open[9] = 1100 & 255;
    raw(link, 0, 10, CW_PPID_DCEP, open, sizeof open);
    CHECK_INT(stats->refused_channels, 2);
    CHECK_INT(link_count(&link->ends[1], CW_SCTP_EVENT_OPENED), 1);
    CHECK_INT(link_count(&link->ends[1], CW_SCTP_EVENT_CLOSED), 0);
    // The first channel never noticed.
    CHECK_INT(cw_sctp_send(link->ends[0].sctp, id, true, "x", 1), 0);
    CHECK(link_run_until(link, 1, CW_SCTP_EVENT_MESSAGE, 1, CW_SECOND));
    link_free(link);
}

static void a_refused_open_closes_at_the_opener(void) {
    struct link *link = link_new(68, NULL);
    CHECK(link_up(link));
    uint8_t open[12 + 1100] = {3};
    open[8] = 1100 >> 8;
    open[9] = 1100 & 255;
    CHECK_INT(cw_sctp_add_channel(link->ends[0].sctp, &link_chat, 0), 0);
    raw(link, 0, 0, CW_PPID_DCEP, open, sizeof open);
    CHECK_INT(link_count(&link->ends[0], CW_SCTP_EVENT_CLOSED), 1);
    CHECK_INT(link_count(&link->ends[1], CW_SCTP_EVENT_CLOSED), 0);
    uint16_t id = 9;
    CHECK_INT(cw_sctp_open_channel(link->ends[0].sctp, &link_chat, &id), 0);
    CHECK_INT(id, 0);
    CHECK(link_run_until(link, 1, CW_SCTP_EVENT_OPENED, 1, CW_SECOND));
    link_free(link);
}

// --- junk ---

static void junk_is_dropped(void) {
    uint16_t id;
    struct link *link = link_with_channel(70, &link_chat, &id);
    for (int i = 0; i < 2000; i++) {
        size_t len = link_random(link) % 1300;
        uint8_t *data = link_bytes(len, link_random(link));
        cw_sctp_input(link->ends[1].sctp, data, len);
        free(data);
    }
    static uint8_t large[70000];
    CHECK_INT(cw_sctp_input(link->ends[1].sctp, large, sizeof large), CW_ETOOBIG);
    CHECK_INT(cw_sctp_input(link->ends[1].sctp, large, 3), CW_EFORMAT);
    CHECK(cw_sctp_stats(link->ends[1].sctp)->bad_packets >= 2);
    CHECK_INT(cw_sctp_send(link->ends[0].sctp, id, true, "x", 1), 0);
    CHECK(link_run_until(link, 1, CW_SCTP_EVENT_MESSAGE, 1, CW_SECOND));
    link_free(link);
}

// Every byte of real packets turned over once.
static void broken_packets_are_dropped(void) {
    uint16_t id;
    struct link *link = link_with_channel(71, &link_chat, &id);
    static uint8_t message[600];
    CHECK_INT(cw_sctp_send(link->ends[0].sctp, id, true, message, sizeof message), 0);
    uint8_t packet[CW_SCTP_MTU];
    size_t len;
    CHECK_INT(cw_sctp_poll(link->ends[0].sctp, packet, sizeof packet, &len), 0);
    for (size_t i = 0; i < len; i++) {
        packet[i] ^= 0xff;
        cw_sctp_input(link->ends[1].sctp, packet, len);
        packet[i] ^= 0xff;
        cw_sctp_input(link->ends[1].sctp, packet, i); // and cut
    }
    CHECK_INT(link_count(&link->ends[1], CW_SCTP_EVENT_MESSAGE), 0);
    CHECK(link_run_until(link, 1, CW_SCTP_EVENT_MESSAGE, 1, 10 * CW_SECOND));
    link_free(link);
}

// usrsctp 0.9.5 never comes back from this one.
static void an_init_with_an_empty_parameter(void) {
    uint16_t id;
    struct link *link = link_with_channel(76, &link_chat, &id);
    static const uint8_t init[] = {0x13, 0x88, 0x13, 0x88, 0,    0, 0,    0, 0,    0,    0, 0, 1, 0, 0,
                                   0x20, 0,    0,    4,    0xd2, 0, 2,    0, 0,    1,    0, 1, 0, 0, 0,
                                   0x63, 0x80, 8,    0,    0,    6, 0x82, 0, 0xc0, 0xc0, 0, 0, 0, 0};
    uint8_t packet[sizeof init];
    memcpy(packet, init, sizeof init);
    CHECK_INT(cw_sctp_input(link->ends[1].sctp, packet, sizeof packet), CW_EFORMAT);
    CHECK_INT(cw_sctp_send(link->ends[0].sctp, id, true, "x", 1), 0);
    CHECK(link_run_until(link, 1, CW_SCTP_EVENT_MESSAGE, 1, CW_SECOND));
    link_free(link);
}

static int check_chunks(const uint8_t *chunks, size_t len) {
    uint8_t packet[300] = {0};
    memcpy(packet + 12, chunks, len);
    return cw_sctp_check(packet, 12 + len);
}

static void packets_are_checked(void) {
#define CHECK_CHUNKS(want, ...)                                                                                        \
    do {                                                                                                               \
        static const uint8_t chunks_[] = {__VA_ARGS__};                                                                \
        CHECK_INT(check_chunks(chunks_, sizeof chunks_), want);                                                        \
    } while (0)
    CHECK_CHUNKS(0, 11, 0, 0, 4);
    CHECK_CHUNKS(0, 11, 0, 0, 4, 0, 3, 0, 17, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 51, 'x', 0, 0, 0);
    CHECK_CHUNKS(0, 0, 3, 0, 17, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 51, 'x');          // the last without padding
    CHECK_CHUNKS(CW_EFORMAT, 0, 3, 0, 18, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 51, 'x'); // cut
    CHECK_CHUNKS(CW_EFORMAT, 0, 3, 0, 12, 0, 0, 0, 1, 0, 0, 0, 0);
    CHECK_CHUNKS(CW_EFORMAT, 11, 0, 0, 0);
    CHECK_CHUNKS(CW_EFORMAT, 11, 0, 0);
    CHECK_CHUNKS(CW_EFORMAT, 15, 0, 0, 4);   // AUTH
    CHECK_CHUNKS(CW_EFORMAT, 0xc1, 0, 0, 4); // ASCONF
    CHECK_CHUNKS(0, 3, 0, 0, 16, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0);
    CHECK_CHUNKS(CW_EFORMAT, 3, 0, 0, 16, 0, 0, 0, 1, 0, 1, 0, 0, 0, 1, 0, 0); // a gap that is not there
    CHECK_CHUNKS(CW_EFORMAT, 3, 0, 0, 16, 0, 0, 0, 1, 0, 1, 0, 0, 0xff, 0xff, 0xff, 0xff);
    CHECK_CHUNKS(0, 1, 0, 0, 24, 0, 0, 0, 1, 0, 1, 0, 0, 0, 1, 0, 1, 0, 0, 0, 1, 0xc0, 0, 0, 4);
    CHECK_CHUNKS(CW_EFORMAT, 1, 0, 0, 28, 0, 0, 0, 1, 0, 1, 0, 0, 0, 1, 0, 1, 0, 0, 0, 1, 0, 5, 0, 8, 127, 0, 0, 1);
    CHECK_CHUNKS(CW_EFORMAT, 11, 0, 0, 4, 1, 0, 0, 20, 0, 0, 0, 1, 0, 1, 0, 0, 0, 1, 0, 1, 0, 0, 0, 1); // not alone
    CHECK_CHUNKS(CW_EFORMAT, 130, 0, 0, 12, 0, 13, 0, 8, 0, 0, 0, 1);
    CHECK_CHUNKS(0, 130, 0, 0, 16, 0, 16, 0, 12, 0, 0, 0, 1, 0, 0, 0, 1);
}

static void use_before_start(void) {
    struct link *link = link_new(72, NULL);
    struct cw_sctp_event event;
    uint8_t packet[CW_SCTP_MTU];
    size_t len;
    uint16_t id;
    CHECK_INT(cw_sctp_event(link->ends[0].sctp, &event), CW_EAGAIN);
    CHECK_INT(cw_sctp_poll(link->ends[0].sctp, packet, sizeof packet, &len), CW_EAGAIN);
    CHECK_INT(cw_sctp_open_channel(link->ends[0].sctp, &link_chat, &id), CW_ESTATE);
    CHECK_INT(cw_sctp_input(link->ends[0].sctp, packet, 100), CW_ESTATE);
    CHECK_INT(cw_sctp_start(link->ends[0].sctp), 0);
    CHECK_INT(cw_sctp_start(link->ends[0].sctp), CW_ESTATE);
    CHECK_INT(cw_sctp_poll(link->ends[0].sctp, packet, 10, &len), CW_ETOOBIG);
    link_free(link);
}

static const struct cw_test tests[] = {
    TEST(an_abort_reaches_the_peer),  TEST(an_abort_reaches_a_paused_peer),       TEST(a_dead_link_is_noticed),
    TEST(a_peer_that_restarts),       TEST(a_message_too_big_closes_its_channel), TEST(payload_ids_that_are_not_ours),
    TEST(opens_that_are_refused),     TEST(a_refused_open_closes_at_the_opener),  TEST(junk_is_dropped),
    TEST(broken_packets_are_dropped), TEST(an_init_with_an_empty_parameter),      TEST(packets_are_checked),
    TEST(use_before_start),
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
