// The data channel establishment protocol.
#include "base/err.h"
#include "proto/dcep.h"
#include "test.h"

// What Chromium sends for createDataChannel("chat", {ordered: false, maxRetransmits: 3, protocol: "x"}).
static const uint8_t open_chat[] = {3, 0x81, 0, 0x80, 0, 0, 0, 3, 0, 4, 0, 1, 'c', 'h', 'a', 't', 'x'};

static void an_open_is_read(void) {
    enum cw_dcep_type type;
    struct cw_dcep_open open;
    REQUIRE(cw_dcep_parse(&type, &open, open_chat, sizeof open_chat) == 0);
    CHECK_INT(type, CW_DCEP_OPEN);
    CHECK(open.unordered);
    CHECK_INT(open.reliability, CW_DCEP_MAX_RETRANSMITS);
    CHECK_INT(open.value, 3);
    CHECK_INT(open.priority, 128);
    CHECK_INT(open.label_len, 4);
    CHECK_MEM(open.label, "chat", 4);
    CHECK_INT(open.protocol_len, 1);
    CHECK_MEM(open.protocol, "x", 1);
}

static void what_is_read_is_written(void) {
    enum cw_dcep_type type;
    struct cw_dcep_open open;
    uint8_t out[64];
    size_t len = 0;
    REQUIRE(cw_dcep_parse(&type, &open, open_chat, sizeof open_chat) == 0);
    CHECK_INT(cw_dcep_write_open(&open, out, sizeof out, &len), 0);
    REQUIRE(len == sizeof open_chat);
    CHECK_MEM(out, open_chat, len);
    CHECK_INT(cw_dcep_write_open(&open, out, len - 1, &len), CW_ETOOBIG);
}

static void all_channel_types(void) {
    for (unsigned wire = 0; wire < 256; wire++) {
        uint8_t message[12] = {3, (uint8_t)wire, 0, 0, 0, 0, 0, 7};
        enum cw_dcep_type type;
        struct cw_dcep_open open;
        int err = cw_dcep_parse(&type, &open, message, sizeof message);
        bool known = (wire & 0x7f) <= 2;
        CHECK_INT(err, known ? 0 : CW_EFORMAT);
        if (!known) continue;
        CHECK_INT(open.unordered, wire >= 0x80);
        CHECK_INT(open.reliability, wire & 0x7f);
        CHECK_INT(open.value, (wire & 0x7f) ? 7 : 0);
    }
}

static void an_ack_is_one_byte(void) {
    enum cw_dcep_type type;
    struct cw_dcep_open open;
    uint8_t out[1];
    size_t len = 0;
    CHECK_INT(cw_dcep_write_ack(out, 1, &len), 0);
    CHECK_INT(len, 1);
    CHECK_INT(cw_dcep_parse(&type, &open, out, 1), 0);
    CHECK_INT(type, CW_DCEP_ACK);
    CHECK_INT(cw_dcep_write_ack(out, 0, &len), CW_ETOOBIG);
    CHECK_INT(cw_dcep_parse(&type, &open, "\x02\x00", 2), CW_EFORMAT);
}

static void cut_and_long_messages_are_refused(void) {
    enum cw_dcep_type type;
    struct cw_dcep_open open;
    uint8_t longer[sizeof open_chat + 1] = {0};
    memcpy(longer, open_chat, sizeof open_chat);
    for (size_t len = 0; len < sizeof open_chat; len++)
        CHECK_INT(cw_dcep_parse(&type, &open, open_chat, len), CW_EFORMAT);
    CHECK_INT(cw_dcep_parse(&type, &open, longer, sizeof longer), CW_EFORMAT);
    CHECK_INT(cw_dcep_parse(&type, &open, "\x07", 1), CW_EFORMAT);
}

static void labels_are_bounded(void) {
    static uint8_t message[12 + 65535];
    memset(message, 'a', sizeof message);
    memset(message, 0, 12);
    enum cw_dcep_type type;
    struct cw_dcep_open open;
    message[0] = 3;
    message[8] = 4; // 1024
    CHECK_INT(cw_dcep_parse(&type, &open, message, 12 + 1024), 0);
    message[9] = 1;
    CHECK_INT(cw_dcep_parse(&type, &open, message, 12 + 1025), CW_ETOOBIG);
    message[8] = message[9] = 0xff;
    CHECK_INT(cw_dcep_parse(&type, &open, message, 12 + 65535), CW_ETOOBIG);
    open = (struct cw_dcep_open){.label = (char *)message, .label_len = CW_DCEP_LABEL_MAX + 1};
    size_t len;
    CHECK_INT(cw_dcep_write_open(&open, message, sizeof message, &len), CW_ETOOBIG);
}

static int parse_label(const char *label, size_t len) {
    uint8_t message[12 + 8] = {3};
    enum cw_dcep_type type;
    struct cw_dcep_open open;
    message[9] = (uint8_t)len;
    memcpy(message + 12, label, len);
    return cw_dcep_parse(&type, &open, message, 12 + len);
}

static void labels_are_utf8(void) {
    static const char *good[] = {
        "", "a", "\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\xed\x9f\xbf", "\xf4\x8f\xbf\xbf"};
    static const char *bad[] = {"\x80",         "\xc0\x80",         "\xc3", "\xe0\x80\x80", "\xed\xa0\x80",
                                "\xf0\x80\x80", "\xf4\x90\x80\x80", "\xff", "a\xc3",        "\xe2\x82"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) CHECK_INT(parse_label(good[i], strlen(good[i])), 0);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) CHECK_INT(parse_label(bad[i], strlen(bad[i])), CW_EFORMAT);
    CHECK_INT(parse_label("a\0b", 3), 0);
}

static const struct cw_test tests[] = {
    TEST(an_open_is_read),    TEST(what_is_read_is_written),           TEST(all_channel_types),
    TEST(an_ack_is_one_byte), TEST(cut_and_long_messages_are_refused), TEST(labels_are_bounded),
    TEST(labels_are_utf8),
};
TEST_MAIN(tests)
