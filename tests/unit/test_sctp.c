// SCTP for data channels: two associations over a link that loses and reorders, in virtual time.
#include "sctp_link.h"
#include "test.h"

static void a_channel_opens_and_is_acknowledged(void) {
    uint16_t id = 99;
    struct cw_dcep_open open = link_chat;
    open.unordered = true;
    open.reliability = CW_DCEP_MAX_LIFETIME;
    open.value = 500;
    struct link *link = link_with_channel(1, &open, &id);
    CHECK_INT(id, 0); // the DTLS client has the even ids
    const struct link_note *note = link_find(&link->ends[1], CW_SCTP_EVENT_OPENED, 0);
    CHECK_INT(note->id, 0);
    CHECK_MEM(note->head, "chat", 4);
    CHECK(note->open.unordered);
    CHECK_INT(note->open.reliability, CW_DCEP_MAX_LIFETIME);
    CHECK_INT(note->open.value, 500);
    CHECK_INT(note->open.protocol_len, 2);
    CHECK_INT(cw_sctp_open_channel(link->ends[1].sctp, &link_chat, &id), 0);
    CHECK_INT(id, 1);
    CHECK(link_run_until(link, 0, CW_SCTP_EVENT_OPENED, 1, CW_SECOND));
    link_free(link);
}

static void messages_both_ways(void) {
    uint16_t id;
    struct link *link = link_with_channel(2, &link_chat, &id);
    CHECK_INT(cw_sctp_send(link->ends[0].sctp, id, true, "hello", 5), 0);
    CHECK_INT(cw_sctp_send(link->ends[0].sctp, id, true, NULL, 0), 0);
    CHECK_INT(cw_sctp_send(link->ends[0].sctp, id, false, NULL, 0), 0);
    CHECK_INT(cw_sctp_send(link->ends[0].sctp, id, false, "\0\1", 2), 0);
    CHECK_INT(cw_sctp_send(link->ends[1].sctp, id, true, "back", 4), 0);
    CHECK(link_run_until(link, 1, CW_SCTP_EVENT_MESSAGE, 4, CW_SECOND));
    CHECK(link_run_until(link, 0, CW_SCTP_EVENT_MESSAGE, 1, CW_SECOND));
    static const struct link_note want[] = {{.text = true, .len = 5}, {.text = true}, {0}, {.len = 2}};
    for (size_t i = 0; i < 4; i++) {
        const struct link_note *note = link_find(&link->ends[1], CW_SCTP_EVENT_MESSAGE, i);
        CHECK_INT(note->text, want[i].text);
        CHECK_INT(note->len, want[i].len);
        CHECK_INT(note->id, id);
    }
    CHECK_MEM(link_find(&link->ends[0], CW_SCTP_EVENT_MESSAGE, 0)->head, "back", 4);
    CHECK_INT(cw_sctp_stats(link->ends[1].sctp)->messages_in, 4);
    CHECK_INT(cw_sctp_stats(link->ends[1].sctp)->bytes_in, 7);
    link_free(link);
}

// Sent before the other side has acknowledged, even on an unordered channel, nothing gets lost.
static void messages_may_follow_the_open_at_once(void) {
    struct link *link = link_new(3, NULL);
    struct cw_dcep_open open = link_chat;
    uint16_t id;
    open.unordered = true;
    CHECK(link_up(link));
    link->reorder_percent = 50;
    CHECK_INT(cw_sctp_open_channel(link->ends[0].sctp, &open, &id), 0);
    for (int i = 0; i < 50; i++) CHECK_INT(cw_sctp_send(link->ends[0].sctp, id, true, "x", 1), 0);
    CHECK(link_run_until(link, 1, CW_SCTP_EVENT_MESSAGE, 50, 5 * CW_SECOND));
    CHECK_INT(cw_sctp_stats(link->ends[1].sctp)->no_channel, 0);
    link_free(link);
}

static void ordered_through_loss_and_reordering(void) {
    for (uint32_t seed = 10; seed < 14; seed++) {
        uint16_t id;
        struct link *link = link_with_channel(seed, &link_chat, &id);
        link->loss_percent = 10;
        link->reorder_percent = 20;
        link->duplicate_percent = 5;
        for (uint32_t i = 0; i < 500; i++) CHECK_INT(cw_sctp_send(link->ends[0].sctp, id, false, &i, sizeof i), 0);
        CHECK(link_run_until(link, 1, CW_SCTP_EVENT_MESSAGE, 500, 120 * CW_SECOND));
        for (uint32_t i = 0; i < 500; i++)
            CHECK_MEM(link_find(&link->ends[1], CW_SCTP_EVENT_MESSAGE, i)->head, &i, sizeof i);
        link_free(link);
    }
}

static void the_handshake_survives_loss(void) {
    for (uint32_t seed = 20; seed < 30; seed++) {
        struct link *link = link_new(seed, NULL);
        link->loss_percent = 30;
        CHECK(link_up(link));
        link_free(link);
    }
}

static void unordered_messages_arrive_all(void) {
    uint16_t id;
    struct cw_dcep_open open = link_chat;
    open.unordered = true;
    struct link *link = link_with_channel(31, &open, &id);
    link->loss_percent = 10;
    bool seen[300] = {false};
    for (uint32_t i = 0; i < 300; i++) CHECK_INT(cw_sctp_send(link->ends[0].sctp, id, false, &i, sizeof i), 0);
    CHECK(link_run_until(link, 1, CW_SCTP_EVENT_MESSAGE, 300, 120 * CW_SECOND));
    for (uint32_t i = 0; i < 300; i++) {
        uint32_t value;
        memcpy(&value, link_find(&link->ends[1], CW_SCTP_EVENT_MESSAGE, i)->head, sizeof value);
        REQUIRE(value < 300 && !seen[value]);
        seen[value] = true;
    }
    link_free(link);
}

// Without retransmissions some messages are missing, and the channel does not stall.
static void no_retransmissions(void) {
    uint16_t id;
    struct cw_dcep_open open = link_chat;
    open.unordered = true;
    open.reliability = CW_DCEP_MAX_RETRANSMITS;
    struct link *link = link_with_channel(32, &open, &id);
    link->loss_percent = 20;
    static uint8_t payload[1000];
    for (int i = 0; i < 200; i++) {
        CHECK_INT(cw_sctp_send(link->ends[0].sctp, id, false, payload, sizeof payload), 0);
        link_step(link);
    }
    link_run(link, 10 * CW_SECOND);
    size_t got = link_count(&link->ends[1], CW_SCTP_EVENT_MESSAGE);
    CHECK(got > 100 && got < 200);
    link->loss_percent = 0;
    CHECK_INT(cw_sctp_send(link->ends[0].sctp, id, true, "last", 4), 0);
    CHECK(link_run_until(link, 1, CW_SCTP_EVENT_MESSAGE, got + 1, 10 * CW_SECOND));
    link_run(link, 10 * CW_SECOND);
    CHECK_INT(cw_sctp_buffered(link->ends[0].sctp), 0);
    link_free(link);
}

static void the_largest_message(void) {
    uint16_t id;
    struct link *link = link_with_channel(33, &link_chat, &id);
    link->loss_percent = 2;
    static const size_t sizes[] = {CW_SCTP_MESSAGE_MAX, CW_SCTP_MESSAGE_MAX - 1, 65536, 65537, 1200, 1};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        uint8_t *data = link_bytes(sizes[i], (uint32_t)i);
        CHECK_INT(cw_sctp_send(link->ends[0].sctp, id, false, data, sizes[i]), 0);
        CHECK(link_run_until(link, 1, CW_SCTP_EVENT_MESSAGE, i + 1, 120 * CW_SECOND));
        const struct link_note *note = link_find(&link->ends[1], CW_SCTP_EVENT_MESSAGE, i);
        CHECK_INT(note->len, sizes[i]);
        CHECK_INT(note->hash, link_hash(data, sizes[i]));
        free(data);
    }
    uint8_t *data = link_bytes(CW_SCTP_MESSAGE_MAX + 1, 1);
    CHECK_INT(cw_sctp_send(link->ends[0].sctp, id, false, data, CW_SCTP_MESSAGE_MAX + 1), CW_ETOOBIG);
    free(data);
    CHECK(link->ends[0].longest_packet <= CW_SCTP_MTU);
    CHECK(link->ends[0].longest_packet > CW_SCTP_MTU - 16);
    link_free(link);
}

static void the_peers_limit_is_kept(void) {
    struct cw_sctp_config config = {.remote_message_max = 1000};
    struct link *link = link_new(34, &config);
    static uint8_t data[1001];
    uint16_t id;
    CHECK(link_up(link));
    CHECK_INT(cw_sctp_open_channel(link->ends[0].sctp, &link_chat, &id), 0);
    CHECK_INT(cw_sctp_send(link->ends[0].sctp, id, false, data, 1000), 0);
    CHECK_INT(cw_sctp_send(link->ends[0].sctp, id, false, data, 1001), CW_ETOOBIG);
    link_free(link);
}

static void a_hundred_channels(void) {
    struct link *link = link_new(35, NULL);
    CHECK(link_up(link));
    link->loss_percent = 5;
    uint16_t ids[100];
    for (int i = 0; i < 100; i++) {
        CHECK_INT(cw_sctp_open_channel(link->ends[i % 2].sctp, &link_chat, &ids[i]), 0);
        CHECK_INT(ids[i], i);
        CHECK_INT(cw_sctp_send(link->ends[i % 2].sctp, ids[i], false, &ids[i], sizeof ids[i]), 0);
    }
    for (unsigned end = 0; end < 2; end++) {
        CHECK(link_run_until(link, end, CW_SCTP_EVENT_MESSAGE, 50, 60 * CW_SECOND));
        CHECK(link_run_until(link, end, CW_SCTP_EVENT_ACKNOWLEDGED, 50, 60 * CW_SECOND));
        CHECK_INT(link_count(&link->ends[end], CW_SCTP_EVENT_OPENED), 50);
    }
    for (int i = 0; i < 100; i++) CHECK_INT(cw_sctp_close_channel(link->ends[(i / 2) % 2].sctp, ids[i]), 0);
    for (unsigned end = 0; end < 2; end++) CHECK(link_run_until(link, end, CW_SCTP_EVENT_CLOSED, 100, 120 * CW_SECOND));
    link_free(link);
}

static void ids_run_out(void) {
    struct cw_sctp_config config = {.streams = 8};
    struct link *link = link_new(36, &config);
    CHECK(link_up(link));
    uint16_t id;
    for (int i = 0; i < 4; i++) CHECK_INT(cw_sctp_open_channel(link->ends[1].sctp, &link_chat, &id), 0);
    CHECK_INT(id, 7);
    CHECK_INT(cw_sctp_open_channel(link->ends[1].sctp, &link_chat, &id), CW_ELIMIT);
    CHECK_INT(cw_sctp_add_channel(link->ends[1].sctp, &link_chat, 8), CW_EINVAL);
    link_free(link);
}

static void close_and_reopen(void) {
    for (uint32_t seed = 40; seed < 44; seed++) {
        uint16_t id;
        struct link *link = link_with_channel(seed, &link_chat, &id);
        link->loss_percent = seed > 40 ? 15 : 0;
        for (size_t round = 1; round <= 10; round++) {
            unsigned closer = round % 2;
            uint32_t value = (uint32_t)round;
            CHECK_INT(cw_sctp_send(link->ends[0].sctp, id, false, &value, sizeof value), 0);
            CHECK(link_run_until(link, 1, CW_SCTP_EVENT_MESSAGE, round, 60 * CW_SECOND));
            CHECK_INT(cw_sctp_close_channel(link->ends[closer].sctp, id), 0);
            CHECK_INT(cw_sctp_close_channel(link->ends[closer].sctp, id), CW_ENOENT);
            CHECK_INT(cw_sctp_send(link->ends[closer].sctp, id, true, "x", 1), CW_ENOENT);
            // The opener may use the id again as soon as it is closed for itself.
            CHECK(link_run_until(link, 0, CW_SCTP_EVENT_CLOSED, round, 60 * CW_SECOND));
            CHECK_INT(cw_sctp_open_channel(link->ends[0].sctp, &link_chat, &id), 0);
            CHECK_INT(id, 0);
            CHECK(link_run_until(link, 1, CW_SCTP_EVENT_OPENED, round + 1, 60 * CW_SECOND));
            CHECK(link_run_until(link, 1, CW_SCTP_EVENT_CLOSED, round, 60 * CW_SECOND));
            CHECK(link_run_until(link, 0, CW_SCTP_EVENT_ACKNOWLEDGED, round + 1, 60 * CW_SECOND));
        }
        // Every CLOSED came before the OPENED of the same id.
        int open = 0;
        for (size_t i = 0; i < link->ends[1].note_count; i++) {
            enum cw_sctp_event_type type = link->ends[1].notes[i].type;
            open += (type == CW_SCTP_EVENT_OPENED) - (type == CW_SCTP_EVENT_CLOSED);
            CHECK(open == 0 || open == 1);
        }
        CHECK_INT(cw_sctp_stats(link->ends[1].sctp)->bad_dcep, 0);
        link_free(link);
    }
}

// What was sent before closing still arrives.
static void closing_flushes(void) {
    uint16_t id;
    struct link *link = link_with_channel(45, &link_chat, &id);
    static uint8_t data[10000];
    for (int i = 0; i < 20; i++) CHECK_INT(cw_sctp_send(link->ends[0].sctp, id, false, data, sizeof data), 0);
    CHECK_INT(cw_sctp_close_channel(link->ends[0].sctp, id), 0);
    CHECK(link_run_until(link, 1, CW_SCTP_EVENT_CLOSED, 1, 60 * CW_SECOND));
    CHECK_INT(link_count(&link->ends[1], CW_SCTP_EVENT_MESSAGE), 20);
    link_free(link);
}

static void negotiated_channels_say_nothing(void) {
    struct link *link = link_new(46, NULL);
    CHECK_INT(cw_sctp_add_channel(link->ends[0].sctp, &link_chat, 7), CW_ESTATE);
    CHECK(link_up(link));
    for (int i = 0; i < 2; i++) CHECK_INT(cw_sctp_add_channel(link->ends[i].sctp, &link_chat, 7), 0);
    CHECK_INT(cw_sctp_add_channel(link->ends[0].sctp, &link_chat, 7), CW_EEXIST);
    CHECK_INT(cw_sctp_send(link->ends[0].sctp, 7, true, "hi", 2), 0);
    CHECK(link_run_until(link, 1, CW_SCTP_EVENT_MESSAGE, 1, CW_SECOND));
    CHECK_INT(link_count(&link->ends[1], CW_SCTP_EVENT_OPENED), 0);
    link_free(link);
}

// --- back-pressure ---

// Sends until the buffer is full; returns how many.
static size_t fill(struct cw_sctp *sctp, uint16_t id, const void *data, size_t len) {
    size_t n = 0;
    int err;
    while ((err = cw_sctp_send(sctp, id, false, data, len)) == CW_OK) n++;
    CHECK_INT(err, CW_EAGAIN);
    return n;
}

static void a_reader_that_stops(void) {
    uint16_t id;
    struct link *link = link_with_channel(50, &link_chat, &id);
    static uint8_t data[16384];
    struct cw_sctp *sender = link->ends[0].sctp, *reader = link->ends[1].sctp;
    cw_sctp_pause_read(reader, true);
    size_t before = link_heap();
    size_t sent = 0;
    for (int i = 0; i < 500; i++) {
        if (i % 10 == 0) sent += fill(sender, id, data, sizeof data);
        link_step(link);
    }
    CHECK_INT(link_count(&link->ends[1], CW_SCTP_EVENT_MESSAGE), 0);
    // Both buffers, their overhead, and the outbox.
    size_t bound = CW_SCTP_SEND_BUFFER + CW_SCTP_RECEIVE_BUFFER;
    CHECK(sent * sizeof data <= bound + sizeof data);
    CHECK(sent * sizeof data > CW_SCTP_SEND_BUFFER);
    CHECK(link_heap() < before + 4 * bound);
    CHECK_INT(link_count(&link->ends[0], CW_SCTP_EVENT_LOW), 0);
    cw_sctp_pause_read(reader, false);
    CHECK(link_run_until(link, 0, CW_SCTP_EVENT_LOW, 1, 60 * CW_SECOND));
    CHECK_INT(cw_sctp_send(sender, id, false, data, sizeof data), 0);
    CHECK(link_run_until(link, 1, CW_SCTP_EVENT_MESSAGE, sent + 1, 60 * CW_SECOND));
    link_run(link, 5 * CW_SECOND);
    CHECK_INT(cw_sctp_buffered(sender), 0);
    link_free(link);
}

static void many_small_messages_are_bounded_too(void) {
    uint16_t id;
    struct link *link = link_with_channel(51, &link_chat, &id);
    cw_sctp_pause_read(link->ends[1].sctp, true);
    size_t before = link_heap();
    size_t sent = 0;
    for (int i = 0; i < 300; i++) {
        sent += fill(link->ends[0].sctp, id, "x", 1);
        link_step(link);
    }
    CHECK(link_heap() < before + 2 * 1024 * 1024);
    cw_sctp_pause_read(link->ends[1].sctp, false);
    CHECK(link_run_until(link, 0, CW_SCTP_EVENT_LOW, 1, 60 * CW_SECOND));
    link_run(link, 30 * CW_SECOND);
    CHECK_INT(link->ends[1].message_bytes, sent);
    link_free(link);
}

static void low_is_told_without_a_refusal(void) {
    struct cw_sctp_config config = {.low_bytes = 1000};
    struct link *link = link_new(52, &config);
    CHECK(link_up(link));
    uint16_t id;
    static uint8_t data[5000];
    CHECK_INT(cw_sctp_open_channel(link->ends[0].sctp, &link_chat, &id), 0);
    link_run(link, CW_SECOND);
    CHECK_INT(cw_sctp_send(link->ends[0].sctp, id, false, data, 500), 0);
    link_run(link, CW_SECOND);
    CHECK_INT(link_count(&link->ends[0], CW_SCTP_EVENT_LOW), 0);
    CHECK_INT(cw_sctp_send(link->ends[0].sctp, id, false, data, 5000), 0);
    CHECK(cw_sctp_buffered(link->ends[0].sctp) >= 5000);
    link_run(link, CW_SECOND);
    CHECK_INT(link_count(&link->ends[0], CW_SCTP_EVENT_LOW), 1);
    link_free(link);
}

// --- the process ---

static void ticks_stop_without_associations(void) {
    CHECK(cw_sctp_tick(5 * CW_SECOND) != CW_NEVER || cw_sctp_tick(7 * CW_SECOND) == CW_NEVER);
    struct link *link = link_new(73, NULL);
    CHECK_INT(cw_sctp_tick(10 * CW_SECOND), 10 * CW_SECOND + CW_SCTP_TICK);
    link_free(link); // ends when tick says so
}

static int first_count;
static void on_first(void *arg) { *(int *)arg += 1; }

static void the_process_starts_and_ends(void) {
    CHECK_INT(cw_sctp_global_init(on_first, &first_count), CW_ESTATE);
    int before = first_count;
    struct link *link = link_new(74, NULL);
    CHECK_INT(first_count, before + 1);
    CHECK_INT(cw_sctp_global_fini(), CW_ESTATE);
    link_free(link);
    CHECK_INT(cw_sctp_global_fini(), 0);
    CHECK_INT(cw_sctp_global_init(on_first, &first_count), 0);
    link = link_new(75, NULL);
    CHECK(link_up(link));
    link_free(link);
}

static const struct cw_test tests[] = {
    TEST(a_channel_opens_and_is_acknowledged),
    TEST(messages_both_ways),
    TEST(messages_may_follow_the_open_at_once),
    TEST(ordered_through_loss_and_reordering),
    TEST(the_handshake_survives_loss),
    TEST(unordered_messages_arrive_all),
    TEST(no_retransmissions),
    TEST(the_largest_message),
    TEST(the_peers_limit_is_kept),
    TEST(a_hundred_channels),
    TEST(ids_run_out),
    TEST(close_and_reopen),
    TEST(closing_flushes),
    TEST(negotiated_channels_say_nothing),
    TEST(a_reader_that_stops),
    TEST(many_small_messages_are_bounded_too),
    TEST(low_is_told_without_a_refusal),
    TEST(ticks_stop_without_associations),
    TEST(the_process_starts_and_ends),
};

int main(int argc, char **argv) {
    if (cw_sctp_global_init(on_first, &first_count) != CW_OK) return 1;
    int failed = cw_test_main(tests, sizeof tests / sizeof *tests, argc, argv);
    if (cw_sctp_global_fini() != CW_OK) {
        printf("not ok the_library_ends\n");
        failed = 1;
    }
    return failed;
}
