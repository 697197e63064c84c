// RTP packets: parsing, header extensions, rewriting.
#include "base/err.h"
#include "proto/rtp.h"
#include "test.h"

// V=2, no options, M=1, PT=111, seq 0x1234, timestamp 0x01020304, SSRC 0xa0b0c0d0, payload "abcd".
static const uint8_t plain[] = "\x80\xef\x12\x34\x01\x02\x03\x04\xa0\xb0\xc0\xd0"
                               "abcd";

// V=2 P=1 X=1 CC=2, PT 96; the extension of RFC 8285 §4.2 (one-byte form):
//  0xBE 0xDE length=3 | ID 1 L=0 data | ID 2 L=1 data data | 0 0 | ID 3 L=3 data x 4
static const uint8_t full[] = "\xb2\x60\x00\x01\x00\x00\x00\x02\x00\x00\x00\x03"
                              "\x00\x00\x00\x0a\x00\x00\x00\x0b"
                              "\xbe\xde\x00\x03"
                              "\x10\xaa\x21\xbb\xbc\x00\x00\x33\xc0\xc1\xc2\xc3"
                              "PAY"
                              "\x00\x00\x03";

// The same three elements in the two-byte form, and an empty one: | ID | len | data |.
static const uint8_t two_byte[] = "\x90\x60\x00\x01\x00\x00\x00\x02\x00\x00\x00\x03"
                                  "\x10\x00\x00\x04"
                                  "\x01\x01\xaa\x00\x02\x02\xbb\xbc\x03\x04\xc0\xc1\xc2\xc3\xc8\x00"
                                  "PAY";

#define LEN(text) (sizeof(text) - 1)

static void plain_packet(void) {
    struct cw_rtp rtp;
    REQUIRE(cw_rtp_parse(&rtp, plain, LEN(plain)) == 0);
    CHECK(rtp.marker);
    CHECK_INT(rtp.pt, 111);
    CHECK_INT(rtp.seq, 0x1234);
    CHECK_INT(rtp.timestamp, 0x01020304);
    CHECK_INT(rtp.ssrc, 0xa0b0c0d0);
    CHECK_INT(rtp.payload_len, 4);
    CHECK_MEM(rtp.payload, "abcd", 4);
    CHECK(rtp.ext == NULL);
    CHECK_INT(cw_rtp_peek_ssrc(plain), 0xa0b0c0d0);
    CHECK_INT(cw_rtp_peek_seq(plain), 0x1234);
}

static void packet_with_everything(void) {
    struct cw_rtp rtp;
    REQUIRE(cw_rtp_parse(&rtp, full, LEN(full)) == 0);
    CHECK_INT(rtp.csrc_count, 2);
    CHECK_INT(rtp.ext_profile, 0xbede);
    CHECK_INT(rtp.ext_len, 12);
    CHECK_INT(rtp.padding, 3);
    CHECK_INT(rtp.payload_len, 3);
    CHECK_MEM(rtp.payload, "PAY", 3);
}

static void every_cut_is_refused(void) {
    // A cut in the padding leaves a wrong count there, all others leave less than the header says.
    struct cw_rtp rtp;
    for (size_t len = 0; len < LEN(full); len++) CHECK_INT(cw_rtp_parse(&rtp, full, len), CW_EFORMAT);
    for (size_t len = 12; len <= LEN(plain); len++) CHECK_INT(cw_rtp_parse(&rtp, plain, len), 0);
}

static void bad_version_and_padding(void) {
    struct cw_rtp rtp;
    uint8_t b[LEN(plain)];
    memcpy(b, plain, sizeof b);
    b[0] = 0x40;
    CHECK_INT(cw_rtp_parse(&rtp, b, sizeof b), CW_EFORMAT);
    b[0] = 0xa0; // padding; the last octet is 'd' = 100
    CHECK_INT(cw_rtp_parse(&rtp, b, sizeof b), CW_EFORMAT);
    b[sizeof b - 1] = 4;
    CHECK_INT(cw_rtp_parse(&rtp, b, sizeof b), 0);
    CHECK_INT(rtp.payload_len, 0);
    b[sizeof b - 1] = 5; // into the header
    CHECK_INT(cw_rtp_parse(&rtp, b, sizeof b), CW_EFORMAT);
    b[sizeof b - 1] = 0;
    CHECK_INT(cw_rtp_parse(&rtp, b, sizeof b), CW_EFORMAT);
}

static void elements_in_both_forms(void) {
    const struct {
        const uint8_t *data;
        size_t len;
    } forms[] = {{full, LEN(full)}, {two_byte, LEN(two_byte)}};
    for (int i = 0; i < 2; i++) {
        struct cw_rtp rtp;
        uint8_t len = 99;
        REQUIRE(cw_rtp_parse(&rtp, forms[i].data, forms[i].len) == 0);
        const uint8_t *at = cw_rtp_ext_find(&rtp, 3, &len);
        REQUIRE(at != NULL);
        CHECK_INT(len, 4);
        CHECK_MEM(at, "\xc0\xc1\xc2\xc3", 4);
        CHECK(cw_rtp_ext_find(&rtp, 1, &len) && len == 1);
        CHECK(cw_rtp_ext_find(&rtp, 0, &len) == NULL);
        CHECK(cw_rtp_ext_find(&rtp, 4, &len) == NULL);
        uint16_t seq = 0;
        CHECK(cw_rtp_ext_transport_seq(&rtp, 2, &seq));
        CHECK_INT(seq, 0xbbbc);
        CHECK(!cw_rtp_ext_transport_seq(&rtp, 1, &seq)); // too short
        uint8_t level = 0;
        bool voice = false;
        CHECK(cw_rtp_ext_audio_level(&rtp, 1, &level, &voice));
        CHECK(voice);
        CHECK_INT(level, 0x2a);
    }
}

static void broken_elements_end_the_list(void) {
    //              ID 1 ok  | ID 5, 16 octets that are not there       ID 1 ok | ID 15 stops | ID 2
    static const char *bodies[] = {"\x10\xaa\x5f\x01", "\x10\xaa\xf0\x20", "\x10\xaa\x05\x20"};
    for (int i = 0; i < 3; i++) {
        uint8_t b[20] = "\x90\x60\x00\x01\x00\x00\x00\x02\x00\x00\x00\x03\xbe\xde\x00\x01";
        memcpy(b + 16, bodies[i], 4);
        struct cw_rtp rtp;
        struct cw_rtp_ext ext;
        size_t at = 0;
        REQUIRE(cw_rtp_parse(&rtp, b, sizeof b) == 0);
        CHECK(cw_rtp_ext_next(&rtp, &at, &ext));
        CHECK_INT(ext.id, 1);
        CHECK(!cw_rtp_ext_next(&rtp, &at, &ext));
    }
}

static const struct cw_rtp_head head = {
    .ssrc = 0x11223344,
    .timestamp = 0x55667788,
    .seq = 0x99aa,
    .pt = 100,
    .marker = true,
    .transport_seq = 0x0102,
    .abs_send_time = 0x030405,
};

static void writes_plain_header(void) {
    uint8_t b[64];
    struct cw_writer w;
    cw_writer_init(&w, b, sizeof b);
    CHECK_INT(cw_rtp_write(&w, &head, NULL, NULL, "xyz", 3), 0);
    CHECK_INT(w.len, 15);
    CHECK_MEM(b, "\x80\xe4\x99\xaa\x55\x66\x77\x88\x11\x22\x33\x44xyz", 15);
    cw_writer_init(&w, b, 14);
    CHECK_INT(cw_rtp_write(&w, &head, NULL, NULL, "xyz", 3), CW_ETOOBIG);
    CHECK_INT(w.len, 0);
}

static void rewrites_with_mapped_elements(void) {
    // in: ids 1, 2, 3; out: 3 → 7, 1 dropped, 2 → 1; ours: transport-cc 5, abs-send-time 4, mid 9.
    //   | 5 L=1 01 02 | 4 L=2 03 04 05 | 9 L=0 'v' | 1 L=1 bb bc | 7 L=3 c0 c1 c2 c3 | pad x 2: 20 octets
    struct cw_rtp_exts exts = {.mid_id = 9, .mid_len = 1, .mid = "v", .abs_send_time_id = 4, .transport_cc_id = 5};
    exts.copy[3] = 7;
    exts.copy[2] = 1;
    static const char want[] = "\x90\xe4\x99\xaa\x55\x66\x77\x88\x11\x22\x33\x44\xbe\xde\x00\x05"
                               "\x51\x01\x02\x42\x03\x04\x05\x90v\x11\xbb\xbc\x73\xc0\xc1\xc2\xc3\x00\x00\x00PAY";
    uint8_t b[64 + LEN(full)], *at = NULL;
    size_t len = 0;
    struct cw_rtp rtp;
    memcpy(b + 64, full, LEN(full));
    REQUIRE(cw_rtp_parse(&rtp, b + 64, LEN(full)) == 0);
    REQUIRE(cw_rtp_rewrite(&at, &len, &rtp, 64, &head, &exts) == 0);
    CHECK_INT(len, LEN(want));
    CHECK_MEM(at, want, LEN(want));
    CHECK(at + len == b + 64 + LEN(full) - 3); // the payload stayed, the padding is gone
    struct cw_rtp again;
    CHECK_INT(cw_rtp_parse(&again, at, len), 0);
    CHECK_INT(again.payload_len, 3);
}

static void headroom_is_respected(void) {
    struct cw_rtp_exts exts = {.transport_cc_id = 5};
    uint8_t b[8 + LEN(plain)], *at = NULL;
    size_t len = 0;
    struct cw_rtp rtp;
    memcpy(b + 8, plain, LEN(plain));
    REQUIRE(cw_rtp_parse(&rtp, b + 8, LEN(plain)) == 0);
    CHECK_INT(cw_rtp_rewrite(&at, &len, &rtp, 4, &head, &exts), CW_ETOOBIG);
    CHECK_INT(cw_rtp_rewrite(&at, &len, &rtp, 8, &head, &exts), 0);
    CHECK(at == b);
}

static void large_ids_take_the_two_byte_form(void) {
    struct cw_rtp_exts exts = {.transport_cc_id = 15};
    struct cw_rtp rtp;
    uint8_t b[64], len = 0;
    struct cw_writer w;
    exts.copy[200] = 201; // the empty element of two_byte
    REQUIRE(cw_rtp_parse(&rtp, two_byte, LEN(two_byte)) == 0);
    cw_writer_init(&w, b, sizeof b);
    REQUIRE(cw_rtp_write(&w, &head, &exts, &rtp, rtp.payload, rtp.payload_len) == 0);
    CHECK_MEM(b + 12, "\x10\x00\x00\x02\x0f\x02\x01\x02\xc9\x00\x00\x00PAY", 15);
    REQUIRE(cw_rtp_parse(&rtp, b, w.len) == 0);
    CHECK(cw_rtp_ext_find(&rtp, 15, &len) != NULL);
    CHECK_INT(len, 2);
    CHECK(cw_rtp_ext_find(&rtp, 201, &len) != NULL);
    CHECK_INT(len, 0);
}

static void too_many_elements_are_left_out(void) {
    // 100 two-byte elements of 8 octets: 1000 octets, more than our header takes.
    uint8_t b[12 + 4 + 1000] = "\x90\x60\x00\x01\x00\x00\x00\x02\x00\x00\x00\x03\x10\x00\x00\xfa", out[1500];
    for (int i = 0; i < 100; i++) {
        b[16 + 10 * i] = (uint8_t)(i + 1);
        b[17 + 10 * i] = 8;
    }
    struct cw_rtp rtp;
    struct cw_rtp_exts exts = {.mid_id = 0};
    struct cw_writer w;
    memset(exts.copy, 20, sizeof exts.copy);
    REQUIRE(cw_rtp_parse(&rtp, b, sizeof b) == 0);
    cw_writer_init(&w, out, sizeof out);
    CHECK_INT(cw_rtp_write(&w, &head, &exts, &rtp, NULL, 0), 0);
    CHECK(w.len <= CW_RTP_HEADER_MAX);
    CHECK_INT(cw_rtp_parse(&rtp, out, w.len), 0);
}

static void send_time_is_seconds_in_6_18(void) {
    CHECK_INT(cw_rtp_abs_send_time(0), 0);
    CHECK_INT(cw_rtp_abs_send_time(CW_SECOND), 1 << 18);
    CHECK_INT(cw_rtp_abs_send_time(64 * CW_SECOND + CW_SECOND / 2), 1 << 17);
    CHECK_INT(cw_rtp_abs_send_time(64 * CW_SECOND - 1), 0xffffff);
}

static const struct cw_test tests[] = {
    TEST(plain_packet),
    TEST(packet_with_everything),
    TEST(every_cut_is_refused),
    TEST(bad_version_and_padding),
    TEST(elements_in_both_forms),
    TEST(broken_elements_end_the_list),
    TEST(writes_plain_header),
    TEST(rewrites_with_mapped_elements),
    TEST(headroom_is_respected),
    TEST(large_ids_take_the_two_byte_form),
    TEST(too_many_elements_are_left_out),
    TEST(send_time_is_seconds_in_6_18),
};
TEST_MAIN(tests)
