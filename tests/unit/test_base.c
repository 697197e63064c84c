// Addresses, buffers, clock, ids, mailbox.
#include "base/addr.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/loop.h"
#include "base/random.h"
#include "test.h"

static void addr_text_and_equality(void) {
    struct cw_addr a, b;
    char text[CW_ADDR_SIZE];
    CHECK_INT(cw_addr_parse(&a, "192.0.2.1", 5060), 0);
    CHECK_STR(cw_addr_text(&a, text), "192.0.2.1:5060");
    CHECK_INT(cw_addr_parse(&b, "2001:db8::1", 5060), 0);
    CHECK_STR(cw_addr_text(&b, text), "[2001:db8::1]:5060");
    CHECK(!cw_addr_equal(&a, &b));
    CHECK_INT(cw_addr_parse(&a, "example.org", 1), CW_EFORMAT);
    CHECK_INT(cw_addr_parse(&a, "2001:db8::1", 5061), 0);
    CHECK(cw_addr_same_host(&a, &b));
    CHECK(!cw_addr_equal(&a, &b));
    cw_addr_set_port(&a, 5060);
    CHECK(cw_addr_equal(&a, &b));
    CHECK_INT(cw_addr_hash(&a), cw_addr_hash(&b));
}

static void reader_stops_at_the_end(void) {
    struct cw_reader r;
    cw_reader_init(&r, "\x01\x02\x03", 3);
    CHECK_INT(cw_read_u16(&r), 0x0102);
    CHECK_INT(cw_read_u16(&r), 0);
    CHECK(r.bad);
    CHECK(cw_read_bytes(&r, 1) == NULL);
}

static void writer_drops_what_does_not_fit(void) {
    uint8_t b[4];
    struct cw_writer w;
    cw_writer_init(&w, b, sizeof b);
    cw_write_u24(&w, 0x010203);
    cw_write_u16(&w, 0x0405);
    CHECK(w.full);
    CHECK_INT(w.len, 3);
    CHECK_MEM(b, "\x01\x02\x03", 3);
}

static void str_grows(void) {
    struct cw_str s = {0};
    for (int i = 0; i < 1000; i++) cw_str_printf(&s, "%d,", i);
    CHECK_INT(s.len, 3890);
    char *taken = cw_str_take(&s);
    CHECK(taken && strncmp(taken, "0,1,2,", 6) == 0);
    free(taken);
    taken = cw_str_take(&s);
    CHECK_STR(taken, "");
    free(taken);
}

static void times_in_writing(void) {
    char text[CW_RFC3339_SIZE];
    cw_clock_rfc3339(1767225600123456, text);
    CHECK_STR(text, "2026-01-01T00:00:00.123Z");
    CHECK(cw_clock_ntp(500000) == ((uint64_t)2208988800U << 32 | 0x80000000U));
}

static void ids_are_long_and_differ(void) {
    char a[CW_ID_SIZE], b[CW_ID_SIZE];
    cw_id_make(a, "call");
    cw_id_make(b, "call");
    CHECK_INT(strlen(a), 27);
    CHECK(strncmp(a, "call_", 5) == 0);
    CHECK(strcmp(a, b) != 0);
}

struct note {
    struct cw_msg msg;
    int value;
};

static int seen[3], seen_count, dropped;

static void on_note(struct cw_msg *msg, void *owner) {
    struct note *note = (struct note *)msg;
    if (owner)
        seen[seen_count++] = note->value;
    else
        dropped++;
    free(note);
}

static struct cw_msg *note_new(int value) {
    struct note *note = calloc(1, sizeof *note);
    if (!note) abort();
    note->msg.run = on_note;
    note->value = value;
    return &note->msg;
}

static void loop_runs_messages_in_order(void) {
    struct cw_loop loop;
    int owner = 0;
    REQUIRE(cw_loop_init(&loop, "test", &owner) == 0);
    REQUIRE(cw_loop_start(&loop) == 0);
    for (int i = 0; i < 3; i++) cw_loop_post(&loop, note_new(i));
    cw_loop_stop(&loop);
    CHECK_INT(seen_count, 3);
    for (int i = 0; i < 3; i++) CHECK_INT(seen[i], i);
    cw_loop_fini(&loop);
    cw_loop_post(&loop, note_new(3));
    CHECK_INT(dropped, 1);
}

static const struct cw_test tests[] = {
    TEST(addr_text_and_equality), TEST(reader_stops_at_the_end), TEST(writer_drops_what_does_not_fit), TEST(str_grows),
    TEST(times_in_writing),       TEST(ids_are_long_and_differ), TEST(loop_runs_messages_in_order),
};
TEST_MAIN(tests)
