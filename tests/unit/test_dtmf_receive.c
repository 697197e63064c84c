// Telephone-events as real peers send them: each oddity with its packets drawn (8 kHz unless it says otherwise).
#include "test.h"

#include "proto/dtmf.h"

#define END 0x80

struct line {
    struct cw_dtmf_receiver r;
    cw_time now;
    uint32_t clock_hz, ssrc;
    uint16_t seq;
    char got[256]; // "5/80 " for each digit; "+5 " at its beginning if `begins`
    bool begins;
    unsigned begun;
};

static void line_init(struct line *l) {
    *l = (struct line){.now = 1000 * CW_SECOND, .clock_hz = 8000, .ssrc = 0x1234};
    cw_dtmf_receiver_init(&l->r);
}

static void drain(struct line *l) {
    struct cw_dtmf_event e;
    while (cw_dtmf_receiver_event(&l->r, &e)) {
        size_t at = strlen(l->got);
        l->begun += e.type == CW_DTMF_BEGIN;
        if (e.type == CW_DTMF_END)
            snprintf(l->got + at, sizeof l->got - at, "%c/%u ", e.digit, (unsigned)e.duration_ms);
        if (e.type == CW_DTMF_BEGIN && l->begins) snprintf(l->got + at, sizeof l->got - at, "+%c ", e.digit);
    }
}

static void wait_ms(struct line *l, int ms) {
    for (int i = 0; i < ms; i++) {
        l->now += CW_MS;
        cw_dtmf_receiver_tick(&l->r, l->now);
        drain(l);
    }
}

static void payload(struct line *l, uint32_t timestamp, bool marker, const uint8_t *data, size_t len) {
    struct cw_rtp rtp = {.payload = data,
                         .payload_len = (uint16_t)len,
                         .seq = l->seq++,
                         .timestamp = timestamp,
                         .ssrc = l->ssrc,
                         .pt = 101,
                         .marker = marker};
    cw_dtmf_receiver_input(&l->r, &rtp, l->clock_hz, l->now);
    drain(l);
}

static void put(uint8_t *out, unsigned code, unsigned flags, unsigned duration) {
    out[0] = (uint8_t)code;
    out[1] = (uint8_t)(flags | 10);
    out[2] = (uint8_t)(duration >> 8);
    out[3] = (uint8_t)duration;
}

// One packet, then 20 ms.
static void packet(struct line *l, unsigned code, unsigned flags, uint32_t timestamp, unsigned duration, bool marker) {
    uint8_t data[4];
    put(data, code, flags, duration);
    payload(l, timestamp, marker, data, sizeof data);
    wait_ms(l, 20);
}

static void ends(struct line *l, unsigned code, uint32_t timestamp, unsigned duration, int count) {
    for (int i = 0; i < count; i++) packet(l, code, END, timestamp, duration, false);
}

static void finish(struct line *l, const char *want) {
    wait_ms(l, 1000);
    CHECK_STR(l->got, want);
    CHECK_INT(cw_dtmf_receiver_next(&l->r) == CW_NEVER, 1);
}

// M|5 160| |5 320| |5 480 E| x3
static void regular(void) {
    struct line l;
    line_init(&l);
    l.begins = true;
    packet(&l, 5, 0, 1000, 160, true);
    CHECK_STR(l.got, "+5 ");
    CHECK_INT(cw_dtmf_receiver_duration_ms(&l.r), 20);
    packet(&l, 5, 0, 1000, 320, false);
    CHECK_INT(cw_dtmf_receiver_duration_ms(&l.r), 40);
    ends(&l, 5, 1000, 480, 3);
    finish(&l, "+5 5/60 ");
}

// |5 960 E| x3, nothing before (Chrome with Opus and telephone-event/8000)
static void end_only(void) {
    struct line l;
    line_init(&l);
    ends(&l, 5, 1000, 960, 3);
    ends(&l, 6, 1000 + 4800, 960, 3);
    finish(&l, "5/120 6/120 ");
}

// |5 160| |5 320| |5 480 E|: the marker was lost with the first packet, or never set
static void no_marker(void) {
    struct line l;
    line_init(&l);
    packet(&l, 5, 0, 1000, 160, false);
    packet(&l, 5, 0, 1000, 320, false);
    ends(&l, 5, 1000, 480, 3);
    finish(&l, "5/60 ");
}

// M|5 160| |5 320| x x |5 640 E|
static void one_end_arrives(void) {
    struct line l;
    line_init(&l);
    packet(&l, 5, 0, 1000, 160, true);
    packet(&l, 5, 0, 1000, 320, false);
    wait_ms(&l, 40);
    ends(&l, 5, 1000, 640, 1);
    finish(&l, "5/80 ");
}

// M|5 160| |5 320| ... 150 ms ...
static void no_end_arrives(void) {
    struct line l;
    line_init(&l);
    packet(&l, 5, 0, 1000, 160, true);
    packet(&l, 5, 0, 1000, 320, false);
    wait_ms(&l, 129);
    CHECK_STR(l.got, "");
    wait_ms(&l, 1);
    CHECK_STR(l.got, "5/40 ");
    packet(&l, 5, 0, 1000, 2000, false); // much too late: the digit has been told
    finish(&l, "5/40 ");
}

// M|5 160| |5 480 E| |5 320| |5 480 E|: overtaken, and the next digit's beginning before the last end
static void reordered_ends(void) {
    struct line l;
    line_init(&l);
    packet(&l, 5, 0, 1000, 160, true);
    packet(&l, 5, END, 1000, 480, false);
    packet(&l, 5, 0, 1000, 320, false);
    packet(&l, 6, 0, 2000, 160, true);
    packet(&l, 5, END, 1000, 480, false);
    packet(&l, 6, 0, 2000, 320, false);
    ends(&l, 6, 2000, 480, 2);
    packet(&l, 5, END, 1000, 480, false);
    finish(&l, "5/60 6/60 ");
}

// Of 5 all is lost but an end that 6 overtakes: |6 160| |5 480 E| |6 320 E|
static void overtaken_event(void) {
    struct line l;
    line_init(&l);
    packet(&l, 6, 0, 2000, 160, true);
    packet(&l, 5, END, 1000, 480, false);
    packet(&l, 5, END, 1000, 480, false);
    ends(&l, 6, 2000, 320, 3);
    finish(&l, "5/60 6/40 ");
}

// M|5 160| M|5 320| M|5 480 E|
static void marker_on_every_packet(void) {
    struct line l;
    line_init(&l);
    for (unsigned i = 1; i < 5; i++) packet(&l, 5, 0, 1000, 160 * i, true);
    for (unsigned i = 0; i < 3; i++) packet(&l, 5, END, 1000, 800, true);
    finish(&l, "5/100 ");
}

// M|5 160 t| |5 320 t+160| |5 480 t+320| |5 640 E t+480| |5 640 E t+640| |5 640 E t+800|
static void timestamp_per_packet(void) {
    struct line l;
    line_init(&l);
    for (unsigned i = 0; i < 3; i++) packet(&l, 5, 0, 1000 + 160 * i, 160 * (i + 1), i == 0);
    for (unsigned i = 3; i < 6; i++) packet(&l, 5, END, 1000 + 160 * i, 640, false);
    packet(&l, 5, 0, 2600, 160, true); // the same digit again
    for (unsigned i = 1; i < 4; i++) packet(&l, 5, END, 2600 + 160 * i, 320, false);
    finish(&l, "5/80 5/40 ");
}

// The same with the second and third packet lost.
static void timestamp_per_packet_with_loss(void) {
    struct line l;
    line_init(&l);
    packet(&l, 5, 0, 1000, 160, true);
    wait_ms(&l, 40);
    packet(&l, 5, 0, 1000 + 480, 640, false);
    packet(&l, 5, END, 1000 + 640, 800, false);
    finish(&l, "5/100 ");
}

// M|5 160 A| |5 320 A| |5 480 B, other timestamps| |5 640 E B| x3
static void ssrc_changes(void) {
    struct line l;
    line_init(&l);
    packet(&l, 5, 0, 1000, 160, true);
    packet(&l, 5, 0, 1000, 320, false);
    l.ssrc = 0x9999;
    packet(&l, 5, 0, 777000, 480, false);
    ends(&l, 5, 777000, 640, 3);
    packet(&l, 6, 0, 778000, 160, true); // and a new digit from there
    ends(&l, 6, 778000, 480, 3);
    l.ssrc = 0x1111;
    ends(&l, 6, 5, 320, 3);
    finish(&l, "5/80 6/60 6/40 ");
}

// M|5 .. 480 E| 30 ms M|5 .. 480 E|
static void same_digit_twice(void) {
    struct line l;
    line_init(&l);
    packet(&l, 5, 0, 1000, 160, true);
    packet(&l, 5, END, 1000, 480, false);
    packet(&l, 5, 0, 1000 + 480 + 240, 160, true);
    packet(&l, 5, END, 1000 + 480 + 240, 480, false);
    finish(&l, "5/60 5/60 ");
    // The first one's ends are all lost.
    line_init(&l);
    packet(&l, 5, 0, 1000, 160, true);
    packet(&l, 5, 0, 1000, 320, false);
    packet(&l, 5, 0, 1000 + 480 + 240, 160, true);
    packet(&l, 5, 0, 1000 + 480 + 240, 320, false);
    ends(&l, 5, 1000 + 480 + 240, 480, 3);
    finish(&l, "5/40 5/60 ");
}

static void any_ptime(void) {
    for (unsigned ptime = 10; ptime <= 60; ptime += 10) {
        struct line l;
        line_init(&l);
        uint32_t timestamp = 4294967000u; // wraps
        for (int digit = 1; digit <= 3; digit++, timestamp += 4000) {
            uint8_t data[4];
            for (unsigned t = ptime; t <= 240 + 3 * ptime; t += ptime) {
                put(data, (unsigned)digit, t >= 240 ? END : 0, t >= 240 ? 240 * 8 : t * 8);
                payload(&l, timestamp, t == ptime, data, 4);
                wait_ms(&l, (int)ptime);
            }
        }
        finish(&l, "1/240 2/240 3/240 ");
    }
}

// |5 320 E|6 320 E|6 480| t: 6 begins at t+320, the second 6 at t+640
static void several_in_one_payload(void) {
    struct line l;
    line_init(&l);
    uint8_t data[12];
    put(data, 5, END, 320);
    put(data + 4, 6, END, 320);
    put(data + 8, 6, 0, 160);
    payload(&l, 1000, true, data, 12);
    wait_ms(&l, 20);
    put(data + 8, 6, 0, 320);
    payload(&l, 1000, false, data, 12);
    wait_ms(&l, 20);
    ends(&l, 6, 1640, 480, 3);
    finish(&l, "5/40 6/40 6/60 ");
}

// RFC 2198: |1|101|offset 1000|4|  |0|101|  |5 320 E|  |6 160|, and blocks of another payload type
static void redundancy(void) {
    struct line l;
    line_init(&l);
    uint8_t data[32] = {0x80 | 101, 0x0f, 0xa0, 4, 0x80 | 0, 0, 0, 2, 101};
    put(data + 9, 5, END, 320);
    data[13] = data[14] = 0xd5;
    put(data + 15, 6, 0, 160);
    struct cw_rtp rtp = {.payload = data, .payload_len = 19, .timestamp = 2000, .ssrc = l.ssrc, .pt = 63};
    cw_dtmf_receiver_input_red(&l.r, &rtp, 101, 8000, l.now);
    cw_dtmf_receiver_input_red(&l.r, &rtp, 101, 8000, l.now);
    drain(&l);
    ends(&l, 6, 2000, 480, 3);
    // Cut short, and heads without an end.
    for (uint16_t len = 0; len < 19; len++) {
        rtp.payload_len = len;
        cw_dtmf_receiver_input_red(&l.r, &rtp, 101, 8000, l.now);
    }
    memset(data, 0xff, sizeof data);
    rtp.payload_len = sizeof data;
    cw_dtmf_receiver_input_red(&l.r, &rtp, 101, 8000, l.now);
    CHECK(l.r.malformed > 0);
    finish(&l, "5/40 6/60 ");
}

// |16 ..| (flash), |32 ..|, |200 ..|: nothing; they do not end what goes on
static void other_events(void) {
    struct line l;
    line_init(&l);
    packet(&l, 5, 0, 1000, 160, true);
    packet(&l, 16, END, 1000, 160, false);
    packet(&l, 200, 0, 3000, 160, true);
    ends(&l, 5, 1000, 480, 1);
    CHECK_INT(l.r.ignored, 2);
    finish(&l, "5/60 ");
}

static void short_payloads(void) {
    struct line l;
    line_init(&l);
    uint8_t data[7];
    put(data, 5, END, 480);
    for (size_t len = 0; len < 4; len++) payload(&l, 1000, true, data, len);
    CHECK_STR(l.got, "");
    CHECK_INT(l.r.malformed, 4);
    payload(&l, 1000, true, data, 7); // what is left over is no event
    finish(&l, "5/60 ");
}

// 6 s at 48 kHz: a full segment, then at once the rest. Chrome begins the next one at its timestamp of now, and counts
// from there what is left to play.
static void segments(bool chrome) {
    struct line l;
    line_init(&l);
    l.clock_hz = 48000;
    uint32_t start = 5000, now = start, length = 288000;
    for (bool end = false; !end;) {
        now += 960;
        uint32_t units = now - start;
        if (units > 0xffff) {
            packet(&l, 7, 0, start, 0xffff, false);
            l.now -= 20 * CW_MS;
            length -= 0xffff;
            units -= 0xffff;
            start = chrome ? now : start + 0xffff;
        } else {
            end = units >= length;
        }
        packet(&l, 7, end ? END : 0, start, units, now == 5960);
    }
    ends(&l, 7, start, now - start, 2);
    wait_ms(&l, 1000);
    CHECK_INT(l.begun, 1);
    int ms = atoi(l.got + 2);
    CHECK(ms >= 5980 && ms <= 6020);
}

static void long_event(void) { segments(false); }
static void long_event_of_chrome(void) { segments(true); }

// |7 64000 t| x |7 3000 t+65535|: the full packet is lost
static void segment_boundary_lost(void) {
    struct line l;
    line_init(&l);
    packet(&l, 7, 0, 1000, 63000, false);
    packet(&l, 7, 0, 1000, 64000, false);
    wait_ms(&l, 60);
    packet(&l, 7, 0, 1000 + 65535, 480, false);
    packet(&l, 7, 0, 1000, 65535, false); // overtaken
    ends(&l, 7, 1000 + 65535, 1265, 3);
    finish(&l, "7/8350 ");
}

// The source counts anew (its far side was transferred): far back is no latecomer.
static void timestamps_restart(void) {
    struct line l;
    line_init(&l);
    ends(&l, 5, 1000000, 800, 3);
    packet(&l, 5, 0, 1000, 160, true);
    ends(&l, 5, 1000, 480, 3);
    finish(&l, "5/100 5/60 ");
}

// A recording of a key is played twice: SSRC, sequence and timestamp are the same.
static void played_again(void) {
    struct line l;
    line_init(&l);
    for (int i = 0; i < 2; i++) {
        packet(&l, 5, 0, 13280, 160, true);
        ends(&l, 5, 13280, 480, 3);
        wait_ms(&l, 3000);
    }
    finish(&l, "5/60 5/60 ");
}

// INFO, RFC 4733 and a tone report presses: each press once.
static void once(void) {
    struct cw_dtmf_once o;
    cw_time t = 1000 * CW_SECOND;
    cw_dtmf_once_init(&o);
    CHECK(cw_dtmf_once_begin(&o, '5', 0, t));
    CHECK(!cw_dtmf_once_begin(&o, '5', 2, t + 40 * CW_MS)); // the tone
    cw_dtmf_once_end(&o, '5', 0, t + 100 * CW_MS);
    CHECK(!cw_dtmf_once_begin(&o, '5', 1, t + 300 * CW_MS)); // INFO
    CHECK(cw_dtmf_once_begin(&o, '5', 0, t + 400 * CW_MS));  // a second press
    cw_dtmf_once_end(&o, '5', 0, t + 450 * CW_MS);
    CHECK(cw_dtmf_once_begin(&o, '5', 0, t + 500 * CW_MS)); // and a third
    cw_dtmf_once_end(&o, '5', 0, t + 550 * CW_MS);
    CHECK(!cw_dtmf_once_begin(&o, '5', 1, t + 700 * CW_MS)); // their INFOs
    CHECK(!cw_dtmf_once_begin(&o, '5', 1, t + 900 * CW_MS));
    CHECK(cw_dtmf_once_begin(&o, '6', 1, t + 900 * CW_MS)); // INFO first
    cw_dtmf_once_end(&o, '6', 1, t + 900 * CW_MS);
    CHECK(!cw_dtmf_once_begin(&o, '6', 0, t + 1000 * CW_MS));
    CHECK(cw_dtmf_once_begin(&o, '6', 2, t + 3000 * CW_MS)); // too far apart
    // One that lasts: the window begins with its end.
    CHECK(cw_dtmf_once_begin(&o, '9', 0, t));
    CHECK(!cw_dtmf_once_begin(&o, '9', 1, t + 6 * CW_SECOND));
}

static const struct cw_test tests[] = {
    TEST(regular),
    TEST(end_only),
    TEST(no_marker),
    TEST(one_end_arrives),
    TEST(no_end_arrives),
    TEST(reordered_ends),
    TEST(overtaken_event),
    TEST(marker_on_every_packet),
    TEST(timestamp_per_packet),
    TEST(timestamp_per_packet_with_loss),
    TEST(ssrc_changes),
    TEST(same_digit_twice),
    TEST(any_ptime),
    TEST(several_in_one_payload),
    TEST(redundancy),
    TEST(other_events),
    TEST(short_payloads),
    TEST(long_event),
    TEST(long_event_of_chrome),
    TEST(segment_boundary_lost),
    TEST(timestamps_restart),
    TEST(played_again),
    TEST(once),
};

TEST_MAIN(tests)
