// RTCP: every packet type written, its octets compared with the RFC's figure, and read back; broken ones refused.
#include "base/err.h"
#include "proto/rtcp.h"
#include "proto/rtcp_schedule.h"
#include "test.h"

#define LEN(text) (sizeof(text) - 1)

static uint8_t buffer[2048];
static struct cw_writer w;

static void begin(void) { cw_writer_init(&w, buffer, sizeof buffer); }

// Reads the first packet of what was written.
static struct cw_rtcp first(void) {
    struct cw_reader r;
    struct cw_rtcp p = {.type = 0};
    CHECK(!w.full);
    CHECK_INT(cw_rtcp_open(&r, w.data, w.len), 0);
    CHECK_INT(cw_rtcp_next(&r, &p), 0);
    return p;
}

#define CHECK_WRITTEN(text)                                                                                            \
    do {                                                                                                               \
        CHECK_INT(w.len, LEN(text));                                                                                   \
        CHECK_MEM(buffer, text, LEN(text));                                                                            \
    } while (0)

// RFC 3550 §6.4.1
static void sender_report(void) {
    const struct cw_rtcp_sender sender = {.ntp = 0x0102030405060708, .timestamp = 9, .packets = 10, .octets = 11};
    const struct cw_rtcp_block block = {
        .ssrc = 0xb, .fraction = 64, .lost = -2, .max_seq = 0x10002, .jitter = 3, .last_sr = 4, .delay = 5};
    begin();
    cw_rtcp_write_sr(&w, 0xa, &sender, &block, 1);
    CHECK_WRITTEN("\x81\xc8\x00\x0c\0\0\0\x0a\1\2\3\4\5\6\7\x08\0\0\0\x09\0\0\0\x0a\0\0\0\x0b"
                  "\0\0\0\x0b\x40\xff\xff\xfe\0\1\0\2\0\0\0\3\0\0\0\4\0\0\0\5");
    struct cw_rtcp p = first();
    struct cw_rtcp_sender s = {.ntp = 0};
    struct cw_rtcp_block b = {.ssrc = 0};
    CHECK_INT(cw_rtcp_kind(&p), CW_RTCP_SR);
    CHECK_INT(p.sender_ssrc, 0xa);
    CHECK_INT(cw_rtcp_sender_parse(&p, &s), 0);
    CHECK(s.ntp == sender.ntp && s.timestamp == 9 && s.packets == 10 && s.octets == 11);
    CHECK_INT(cw_rtcp_block_parse(&p, 0, &b), 0);
    CHECK(b.ssrc == 0xb && b.fraction == 64 && b.lost == -2 && b.max_seq == 0x10002);
    CHECK(b.jitter == 3 && b.last_sr == 4 && b.delay == 5);
    CHECK_INT(cw_rtcp_block_parse(&p, 1, &b), CW_ENOENT);
}

static void compound_of_report_name_and_bye(void) {
    struct cw_reader r;
    struct cw_rtcp p;
    uint32_t ssrc = 0;
    const char *name = NULL;
    size_t len = 0;
    const struct cw_rtcp_block blocks[2] = {{.ssrc = 1, .lost = 0x7fffff + 5}, {.ssrc = 2, .lost = -0x800000 - 5}};
    begin();
    cw_rtcp_write_rr(&w, 7, blocks, 2);
    cw_rtcp_write_cname(&w, 7, "user@host");
    cw_rtcp_write_bye(&w, 7);
    REQUIRE(cw_rtcp_open(&r, w.data, w.len) == 0);
    REQUIRE(cw_rtcp_next(&r, &p) == 0);
    struct cw_rtcp_block b;
    CHECK(cw_rtcp_block_parse(&p, 0, &b) == 0 && b.ssrc == 1 && b.lost == 0x7fffff);
    CHECK(cw_rtcp_block_parse(&p, 1, &b) == 0 && b.ssrc == 2 && b.lost == -0x800000);
    REQUIRE(cw_rtcp_next(&r, &p) == 0);
    REQUIRE(cw_rtcp_cname_parse(&p, &ssrc, &name, &len) == 0);
    CHECK_INT(ssrc, 7);
    CHECK(len == 9 && memcmp(name, "user@host", 9) == 0);
    REQUIRE(cw_rtcp_next(&r, &p) == 0);
    CHECK_INT(p.type, CW_RTCP_BYE);
    CHECK(cw_rtcp_bye_parse(&p, 0, &ssrc) == 0 && ssrc == 7);
    CHECK_INT(cw_rtcp_bye_parse(&p, 1, &ssrc), CW_ENOENT);
    CHECK_INT(cw_rtcp_next(&r, &p), CW_ENOENT);
}

static void names_of_every_length(void) {
    char text[300];
    memset(text, 'n', sizeof text);
    for (size_t n = 0; n < 299; n++) {
        const char *name = NULL;
        size_t len = 0;
        uint32_t ssrc = 0;
        text[n] = 0;
        begin();
        cw_rtcp_write_cname(&w, 5, text);
        text[n] = 'n';
        struct cw_rtcp p = first();
        CHECK_INT(cw_rtcp_cname_parse(&p, &ssrc, &name, &len), 0);
        CHECK_INT(len, n < 255 ? n : 255);
    }
}

// Two chunks: TOOL only, then NOTE and CNAME.
static void cname_in_a_later_chunk(void) {
    static const uint8_t sdes[] = "\x82\xca\x00\x06\0\0\0\1\6\1t\0\0\0\0\2\7\2no\1\2me\0\0\0\0";
    struct cw_reader r;
    struct cw_rtcp p;
    const char *name = NULL;
    size_t len = 0;
    uint32_t ssrc = 0;
    REQUIRE(cw_rtcp_open(&r, sdes, 28) == 0 && cw_rtcp_next(&r, &p) == 0);
    CHECK_INT(cw_rtcp_cname_parse(&p, &ssrc, &name, &len), 0);
    CHECK_INT(ssrc, 2);
    CHECK(len == 2 && memcmp(name, "me", 2) == 0);
}

// RFC 4585 §6.3.1, RFC 5104 §4.3.1
static void key_frame_requests(void) {
    uint32_t ssrc = 0;
    uint8_t seq = 0;
    begin();
    cw_rtcp_write_pli(&w, 1, 2);
    CHECK_WRITTEN("\x81\xce\x00\x02\0\0\0\1\0\0\0\2");
    struct cw_rtcp p = first();
    CHECK_INT(cw_rtcp_kind(&p), CW_RTCP_PLI);
    CHECK_INT(p.media_ssrc, 2);
    begin();
    cw_rtcp_write_fir(&w, 1, 2, 200);
    CHECK_WRITTEN("\x84\xce\x00\x04\0\0\0\1\0\0\0\0\0\0\0\2\xc8\0\0\0");
    p = first();
    CHECK_INT(cw_rtcp_kind(&p), CW_RTCP_FIR);
    CHECK(cw_rtcp_fir_parse(&p, 0, &ssrc, &seq) == 0 && ssrc == 2 && seq == 200);
    CHECK_INT(cw_rtcp_fir_parse(&p, 1, &ssrc, &seq), CW_ENOENT);
}

// RFC 4585 §6.2.1: PID and a mask of the 16 that follow.
//   65530, 65531, 10 (= 65530 + 16) | 11, 12
static void nack_packs_and_unpacks(void) {
    static const uint16_t seqs[] = {65530, 65531, 10, 11, 12};
    uint16_t back[8];
    size_t count = 0;
    begin();
    cw_rtcp_write_nack(&w, 1, 2, seqs, 5);
    CHECK_WRITTEN("\x81\xcd\x00\x04\0\0\0\1\0\0\0\2\xff\xfa\x80\x01\x00\x0b\x00\x01");
    struct cw_rtcp p = first();
    CHECK_INT(cw_rtcp_nack_parse(&p, back, 8, &count), 0);
    CHECK_INT(count, 5);
    CHECK_MEM(back, seqs, sizeof seqs);
    CHECK_INT(cw_rtcp_nack_parse(&p, back, 2, &count), 0);
    CHECK_INT(count, 2);
    begin();
    cw_rtcp_write_nack(&w, 1, 2, seqs, 0);
    CHECK_INT(w.len, 0);
    CHECK(!w.full);
}

static void remb_rates(void) {
    static const uint64_t rates[] = {0, 1, 262143, 262144, 1000000, 5000000, UINT64_MAX};
    const uint32_t ssrcs[2] = {3, 4};
    begin();
    cw_rtcp_write_remb(&w, 1, 1000000, ssrcs, 2);
    // 1000000 = 250000 x 2^2: exponent 2, mantissa 0x3d090
    CHECK_WRITTEN("\x8f\xce\x00\x06\0\0\0\1\0\0\0\0REMB\x02\x0b\xd0\x90\0\0\0\3\0\0\0\4");
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
        uint64_t bps = 1;
        uint32_t ssrc = 0;
        begin();
        cw_rtcp_write_remb(&w, 1, rates[i], ssrcs, 2);
        struct cw_rtcp p = first();
        CHECK_INT(cw_rtcp_remb_parse(&p, &bps), 0);
        CHECK(bps <= rates[i] && rates[i] - bps <= rates[i] >> 17);
        CHECK(cw_rtcp_remb_ssrc(&p, 1, &ssrc) == 0 && ssrc == 4);
        CHECK_INT(cw_rtcp_remb_ssrc(&p, 2, &ssrc), CW_ENOENT);
    }
}

static void absurd_exponents_saturate(void) {
    static const uint8_t remb[] = "\x8f\xce\x00\x04\0\0\0\1\0\0\0\0REMB\x00\xff\xff\xff";
    static const uint8_t tmmbr[] = "\x83\xcd\x00\x04\0\0\0\1\0\0\0\0\0\0\0\2\xff\xff\xfe\x00";
    struct cw_reader r;
    struct cw_rtcp p;
    uint64_t bps = 0;
    uint32_t ssrc = 0;
    REQUIRE(cw_rtcp_open(&r, remb, LEN(remb)) == 0 && cw_rtcp_next(&r, &p) == 0);
    CHECK_INT(cw_rtcp_remb_parse(&p, &bps), 0);
    CHECK(bps == UINT64_MAX);
    REQUIRE(cw_rtcp_open(&r, tmmbr, LEN(tmmbr)) == 0 && cw_rtcp_next(&r, &p) == 0);
    CHECK_INT(cw_rtcp_tmmbr_parse(&p, 0, &ssrc, &bps), 0);
    CHECK(bps == UINT64_MAX && ssrc == 2);
    // 1000 kbit/s: mantissa 62500, exponent 4, overhead 40
    static const uint8_t real[] = "\x83\xcd\x00\x04\0\0\0\1\0\0\0\0\0\0\0\2\x11\xe8\x48\x28";
    REQUIRE(cw_rtcp_open(&r, real, LEN(real)) == 0 && cw_rtcp_next(&r, &p) == 0);
    CHECK(cw_rtcp_tmmbr_parse(&p, 0, &ssrc, &bps) == 0 && bps == 1000000);
}

// RFC 3611 §4.4, §4.5, behind a block of a type that we do not know.
static void extended_reports(void) {
    struct cw_rtcp_dlrr items[2] = {{.ssrc = 1, .last_rr = 2, .delay = 3}, {.ssrc = 4, .last_rr = 5, .delay = 6}};
    struct cw_rtcp_dlrr item;
    uint64_t ntp = 0;
    begin();
    cw_rtcp_write_rrtr(&w, 9, 0x1122334455667788);
    CHECK_WRITTEN("\x80\xcf\x00\x04\0\0\0\x09\x04\0\0\2\x11\x22\x33\x44\x55\x66\x77\x88");
    struct cw_rtcp p = first();
    CHECK(cw_rtcp_rrtr_parse(&p, &ntp) == 0 && ntp == 0x1122334455667788);
    CHECK_INT(cw_rtcp_dlrr_parse(&p, 0, &item), CW_ENOENT);
    begin();
    cw_rtcp_write_dlrr(&w, 9, items, 2);
    p = first();
    CHECK(cw_rtcp_dlrr_parse(&p, 1, &item) == 0 && item.ssrc == 4 && item.last_rr == 5 && item.delay == 6);
    CHECK_INT(cw_rtcp_dlrr_parse(&p, 2, &item), CW_ENOENT);
    CHECK_INT(cw_rtcp_rrtr_parse(&p, &ntp), CW_ENOENT);
    static const uint8_t mixed[] = "\x80\xcf\x00\x0b\0\0\0\x09\x07\0\0\1\0\0\0\0\x05\0\0\3\0\0\0\1\0\0\0\2\0\0\0\3"
                                   "\x05\0\0\3\0\0\0\4\0\0\0\5\0\0\0\6";
    struct cw_reader r;
    REQUIRE(cw_rtcp_open(&r, mixed, LEN(mixed)) == 0 && cw_rtcp_next(&r, &p) == 0);
    CHECK(cw_rtcp_dlrr_parse(&p, 0, &item) == 0 && item.ssrc == 1);
    CHECK(cw_rtcp_dlrr_parse(&p, 1, &item) == 0 && item.ssrc == 4);
}

static void broken_ones_are_refused(void) {
    static const struct {
        const char *why, *data;
        size_t len;
    } cases[] = {
        {"empty", "", 0},
        {"cut head", "\x80\xc9\0", 3},
        {"version", "\x40\xc9\0\1\0\0\0\1", 8},
        {"length", "\x80\xc9\0\2\0\0\0\1", 8},
        {"RR without SSRC", "\x80\xc9\0\0", 4},
        {"RR without its block", "\x81\xc9\0\1\0\0\0\1", 8},
        {"SR without sender info", "\x80\xc8\0\1\0\0\0\1", 8},
        {"BYE without its SSRC", "\x81\xcb\0\0", 4},
        {"feedback without media", "\x81\xce\0\1\0\0\0\1", 8},
        {"trailing octets", "\x80\xc9\0\1\0\0\0\1\x80", 9},
        {"padding before the end", "\xa0\xc9\0\2\0\0\0\1\0\0\0\4\x80\xc9\0\1\0\0\0\1", 20},
        {"padding of 0", "\xa0\xc9\0\2\0\0\0\1\0\0\0\0", 12},
        {"padding over the head", "\xa0\xc9\0\2\0\0\0\1\0\0\0\x0c", 12},
        {"padding over the SSRC", "\xa0\xc9\0\2\0\0\0\1\0\0\0\x08", 12},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct cw_reader r;
        int err = cw_rtcp_open(&r, cases[i].data, cases[i].len);
        CHECK_INT(err, CW_EFORMAT);
        if (err != CW_EFORMAT) printf("# %s\n", cases[i].why);
    }
    struct cw_reader r;
    CHECK_INT(cw_rtcp_open(&r, "\xa0\xc9\0\2\0\0\0\1\0\0\0\4", 12), 0);
}

static void packets_fit_whole_or_not_at_all(void) {
    const struct cw_rtcp_sender sender = {.ntp = 1};
    const struct cw_rtcp_block block = {.ssrc = 1};
    const uint16_t seqs[3] = {1, 100, 200};
    for (size_t cap = 0; cap < 200; cap++) {
        cw_writer_init(&w, buffer, cap);
        cw_rtcp_write_sr(&w, 1, &sender, &block, 1);
        cw_rtcp_write_cname(&w, 1, "somebody");
        cw_rtcp_write_nack(&w, 1, 2, seqs, 3);
        cw_rtcp_write_dlrr(&w, 1, NULL, 0);
        cw_rtcp_write_bye(&w, 1);
        struct cw_reader r;
        CHECK_INT(w.len % 4, 0);
        CHECK_INT(cw_rtcp_open(&r, w.data, w.len), w.len ? 0 : CW_EFORMAT);
    }
    CHECK(!w.full);
}

static void reports_are_spread(void) {
    struct cw_rtcp_schedule s;
    cw_time now = 77 * CW_SECOND, sum = 0;
    for (uint32_t seed = 0; seed < 1000; seed++) {
        cw_rtcp_schedule_init(&s, CW_RTCP_INTERVAL_AUDIO, seed * 7919, now);
        CHECK(s.next > now && s.next <= now + CW_SECOND);
    }
    for (int i = 0; i < 1000; i++) {
        cw_rtcp_schedule_sent(&s, now);
        CHECK(s.next >= now + CW_RTCP_INTERVAL_AUDIO / 2 && s.next <= now + CW_RTCP_INTERVAL_AUDIO * 3 / 2);
        sum += s.next - now;
        now = s.next;
    }
    CHECK(sum > 4800 * CW_SECOND && sum < 5200 * CW_SECOND);
    cw_rtcp_schedule_sent(&s, now);
    cw_rtcp_schedule_set(&s, CW_RTCP_INTERVAL_VIDEO, now);
    CHECK(s.next <= now + CW_SECOND);
}

static const struct cw_test tests[] = {
    TEST(sender_report),
    TEST(compound_of_report_name_and_bye),
    TEST(names_of_every_length),
    TEST(cname_in_a_later_chunk),
    TEST(key_frame_requests),
    TEST(nack_packs_and_unpacks),
    TEST(remb_rates),
    TEST(absurd_exponents_saturate),
    TEST(extended_reports),
    TEST(broken_ones_are_refused),
    TEST(packets_fit_whole_or_not_at_all),
    TEST(reports_are_spread),
};
TEST_MAIN(tests)
