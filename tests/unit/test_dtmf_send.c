// Telephone-events as we send them, and both ends over a line that loses packets. INFO bodies.
#include "test.h"

#include "base/err.h"
#include "core/dtmf.h"
#include "proto/dtmf.h"
#include "proto/dtmf_info.h"

struct seen {
    cw_time at;
    struct cw_dtmf_packet p;
};

struct out {
    struct cw_dtmf_sender s;
    cw_time now, begun;
    struct seen seen[4096];
    size_t count;
};

static void out_init(struct out *o, uint32_t clock_hz) {
    memset(o, 0, sizeof *o);
    o->now = o->begun = 1000 * CW_SECOND;
    cw_dtmf_sender_init(&o->s, clock_hz);
}

static void poll(struct out *o) {
    struct cw_dtmf_packet p;
    while (cw_dtmf_sender_poll(&o->s, o->now, &p))
        if (o->count < 4096) o->seen[o->count++] = (struct seen){o->now - o->begun, p};
}

// In steps of the timer wheel.
static void run_ms(struct out *o, int ms) {
    for (cw_time end = o->now + ms * CW_MS; o->now < end; o->now += 10 * CW_MS) poll(o);
}

static int add(struct out *o, const char *digits, uint32_t duration_ms, uint32_t gap_ms) {
    int err = 0;
    for (; *digits && !err; digits++) {
        struct cw_dtmf_tone t = {.digit = *digits, .duration_ms = duration_ms, .gap_ms = gap_ms, .source = 3};
        err = cw_dtmf_sender_add(&o->s, &t);
    }
    return err;
}

static unsigned units(const struct cw_dtmf_packet *p) { return p->payload[2] * 256u + p->payload[3]; }

static void check_packet(const struct seen *s, int at_ms, unsigned code, bool marker, bool end, unsigned duration) {
    CHECK_INT(s->at / CW_MS, at_ms);
    CHECK_INT(s->p.payload[0], code);
    CHECK_INT(s->p.marker, marker);
    CHECK_INT(s->p.payload[1], end ? 0x80 | CW_DTMF_VOLUME : CW_DTMF_VOLUME);
    CHECK_INT(units(&s->p), duration);
    CHECK_INT(s->p.segment, 0);
}

//  0      20     40     60     70     80        130 (60 + gap 70)
//  M|160| |320|  |480|  |480E| |480E| |480E|     M|160| ...
static void packets_of_a_digit(void) {
    struct out o;
    out_init(&o, 8000);
    CHECK_INT(add(&o, "5#", 60, 70), 0);
    run_ms(&o, 500);
    REQUIRE(o.count == 12);
    for (int d = 0; d < 2; d++) {
        const struct seen *s = &o.seen[6 * d];
        unsigned code = d ? 11 : 5;
        check_packet(s, 130 * d, code, true, false, 160);
        check_packet(s + 1, 130 * d + 20, code, false, false, 320);
        check_packet(s + 2, 130 * d + 40, code, false, false, 480);
        for (int e = 0; e < 3; e++) check_packet(s + 3 + e, 130 * d + 60 + 10 * e, code, false, true, 480);
        CHECK(s[5].p.finished && !s[4].p.finished);
        CHECK_INT(s[5].p.duration_ms, 60);
        CHECK_INT(s[5].p.source, 3);
    }
    CHECK(cw_dtmf_sender_next(&o.s) == CW_NEVER);
}

// 3 s at 48 kHz: |65535| ends a segment, the next begins 65535 later, without a marker.
static void segments(void) {
    struct out o;
    out_init(&o, 48000);
    CHECK_INT(add(&o, "1", 3000, 70), 0);
    run_ms(&o, 4000);
    uint32_t full = 0, last = 0;
    for (size_t i = 0; i < o.count; i++) {
        const struct cw_dtmf_packet *p = &o.seen[i].p;
        CHECK_INT(p->marker, i == 0);
        if (units(p) == 0xffff) full++;
        CHECK(p->segment % 0xffff == 0 && p->segment >= last);
        last = p->segment;
    }
    CHECK_INT(full, 2);
    const struct cw_dtmf_packet *end = &o.seen[o.count - 1].p;
    CHECK_INT(end->segment + units(end), 144000);
    CHECK(end->finished && end->duration_ms == 3000);
}

static void pause_and_limits(void) {
    struct out o;
    out_init(&o, 8000);
    CHECK_INT(add(&o, "1,2", 100, 0), 0); // the gap is at least 30 ms
    run_ms(&o, 4000);
    cw_time second = 0;
    for (size_t i = 0; i < o.count; i++)
        if (o.seen[i].p.digit == '2' && o.seen[i].p.marker) second = o.seen[i].at;
    CHECK_INT(second / CW_MS, 2130);
    CHECK_INT(add(&o, "x", 100, 70), CW_EINVAL);
    CHECK_INT(add(&o, "ad", 1, 70), 0); // lower case, and no shorter than 40 ms
    o.count = 0;
    run_ms(&o, 400);
    CHECK_INT(o.seen[0].p.payload[0], 12);
    CHECK_INT(o.seen[o.count - 1].p.duration_ms, 40);
    char many[CW_DTMF_QUEUE + 2];
    memset(many, '7', sizeof many);
    many[CW_DTMF_QUEUE] = '\0';
    CHECK_INT(add(&o, many, 100, 70), 0);
    CHECK_INT(add(&o, "1", 100, 70), CW_ELIMIT);
}

// Abort: the digit that is being sent ends with what has been said of it, the others are never sent.
static void abort_queue(void) {
    struct out o;
    out_init(&o, 8000);
    add(&o, "123", 500, 70);
    run_ms(&o, 200);
    cw_dtmf_sender_abort(&o.s, o.now);
    run_ms(&o, 1000);
    for (size_t i = 0; i < o.count; i++) CHECK_INT(o.seen[i].p.digit, '1');
    CHECK(o.seen[o.count - 1].p.finished);
    CHECK_INT(o.seen[o.count - 1].p.duration_ms, 200);
    cw_dtmf_sender_abort(&o.s, o.now); // nothing to do
    add(&o, "4", 100, 70);
    run_ms(&o, 400);
    CHECK_INT(o.seen[o.count - 1].p.digit, '4');
}

// An open tone follows its source: while that lasts, and to the length it says at its end.
static void open_tone(uint32_t heard_ms, int silent_ms, uint32_t said_ms) {
    struct out o;
    out_init(&o, 8000);
    struct cw_dtmf_tone t = {.digit = '5', .open = true, .duration_ms = 20};
    CHECK_INT(cw_dtmf_sender_add(&o.s, &t), 0);
    for (uint32_t ms = 20; ms <= heard_ms; ms += 20) {
        cw_dtmf_sender_grow(&o.s, 0, ms);
        run_ms(&o, 20);
    }
    run_ms(&o, silent_ms);
    for (size_t i = 0; i < o.count; i++) CHECK(o.seen[i].p.duration_ms <= heard_ms + 20);
    cw_dtmf_sender_close(&o.s, 0, said_ms, o.now);
    run_ms(&o, 8000);
    CHECK_INT(o.seen[o.count - 1].p.duration_ms, said_ms);
    for (size_t i = 1; i < o.count; i++) CHECK(units(&o.seen[i].p) >= units(&o.seen[i - 1].p));
}

static void open_tones(void) {
    open_tone(100, 0, 100);
    open_tone(100, 0, 120);
    open_tone(100, 140, 100); // its ends came late: not longer for that
    open_tone(20, 0, 600);    // end only: played out
    open_tone(2000, 0, 2010);
}

// ---------------------------------------------------------------- both ends

static uint32_t random_state;
static uint32_t random_u32(void) {
    random_state = random_state * 1664525u + 1013904223u;
    return random_state >> 8;
}

struct pair {
    struct out o;
    struct cw_dtmf_receiver r;
    char got[600];
    uint32_t durations[600];
    size_t count;
};

static void receive(struct pair *p, const struct cw_rtp *rtp, uint32_t clock_hz) {
    struct cw_dtmf_event e;
    if (rtp)
        cw_dtmf_receiver_input(&p->r, rtp, clock_hz, p->o.now);
    else
        cw_dtmf_receiver_tick(&p->r, p->o.now);
    while (cw_dtmf_receiver_event(&p->r, &e)) {
        if (e.type != CW_DTMF_END || p->count == sizeof p->got - 1) continue;
        p->durations[p->count] = e.duration_ms;
        p->got[p->count++] = e.digit;
    }
}

// Sends `count` random digits over a line that loses `loss` percent. Returns how many came wrong: lost or doubled.
static size_t trial(uint32_t seed, uint32_t clock_hz, unsigned loss, size_t count, size_t *shorter) {
    static struct pair p;
    char want[600] = "";
    uint32_t durations[600], timestamp = 0;
    random_state = seed;
    out_init(&p.o, clock_hz);
    cw_dtmf_receiver_init(&p.r);
    p.count = 0;
    size_t added = 0;
    while (added < count || p.o.s.count) {
        struct cw_dtmf_packet packet;
        if (added < count && p.o.s.count < 4) {
            durations[added] = 40 + random_u32() % (random_u32() % 8 ? 200 : 3000);
            want[added] = cw_dtmf_digit(random_u32() % 16);
            struct cw_dtmf_tone t = {
                .digit = want[added], .duration_ms = durations[added], .gap_ms = 30 + random_u32() % 100};
            cw_dtmf_sender_add(&p.o.s, &t);
            added++;
        }
        while (cw_dtmf_sender_poll(&p.o.s, p.o.now, &packet)) {
            if (packet.marker) timestamp = (uint32_t)(p.o.now * clock_hz / CW_SECOND);
            struct cw_rtp rtp = {.payload = packet.payload,
                                 .payload_len = 4,
                                 .ssrc = 7,
                                 .timestamp = timestamp + packet.segment,
                                 .marker = packet.marker};
            if (random_u32() % 100 >= loss) receive(&p, &rtp, clock_hz);
        }
        p.o.now += 10 * CW_MS;
        receive(&p, NULL, clock_hz);
    }
    p.o.now += CW_SECOND;
    receive(&p, NULL, clock_hz);
    p.got[p.count] = want[added] = '\0';
    if (strcmp(p.got, want) == 0) {
        for (size_t i = 0; i < count; i++) *shorter += p.durations[i] + 20 < durations[i];
        for (size_t i = 0; i < count; i++) CHECK(p.durations[i] <= durations[i]);
        return 0;
    }
    return p.count > added ? p.count - added : added - p.count + (p.count == added);
}

static void random_digits(void) {
    static const uint32_t clocks[] = {8000, 16000, 48000};
    size_t wrong_at_20 = 0, sent_at_20 = 0, shorter = 0;
    for (uint32_t seed = 1; seed <= 20; seed++) {
        for (int c = 0; c < 3; c++) {
            shorter = 0;
            CHECK_INT(trial(seed, clocks[c], 0, 60, &shorter), 0);
            CHECK_INT(shorter, 0);
            CHECK_INT(trial(seed, clocks[c], 5, 60, &shorter), 0);
            CHECK_INT(trial(seed, clocks[c], 10, 60, &shorter), 0);
            wrong_at_20 += trial(seed, clocks[c], 20, 60, &shorter);
            sent_at_20 += 60;
        }
    }
    CHECK(wrong_at_20 * 500 <= sent_at_20); // a 40 ms digit has 5 packets: 0.03% are lost with all of them
}

// ---------------------------------------------------------------- INFO

static void check_info(const char *type, const char *body, char digit, unsigned duration_ms) {
    struct cw_dtmf_info info = {0};
    int err = cw_dtmf_info_parse(type, body, &info);
    CHECK_INT(err == 0, digit != 0);
    CHECK_INT(info.digit, digit);
    CHECK_INT(info.duration_ms, duration_ms);
}

static void info_bodies(void) {
    static const char relay[] = "application/dtmf-relay", plain[] = "application/dtmf";
    check_info(relay, "Signal=5\r\nDuration=160\r\n", '5', 160);
    check_info(relay, "Signal=5\r\nDuration=160", '5', 160);
    check_info(relay, "Signal= #\nDuration= 250\n", '#', 250);
    check_info(relay, "signal = a \r\nduration = 100\r\n", 'A', 100);
    check_info(relay, "Duration=100\r\nSignal=*\r\n", '*', 100);
    check_info(relay, "Signal=10\r\n", '*', 160);
    check_info(relay, "Signal=11\r\n", '#', 160);
    check_info(relay, "Signal=15\r\nDuration=99999999999\r\n", 'D', 160);
    check_info(relay, "Signal=1\r\nDuration=9999\r\n", '1', 6000);
    check_info(relay, "Signal=1\r\nDuration=1\r\n", '1', 40);
    check_info(relay, "Signal=1\r\nDuration=-7\r\n", '1', 160);
    check_info("Application/DTMF-Relay; charset=x", "Signal=0", '0', 160);
    check_info(plain, "5", '5', 160);
    check_info(plain, " #\r\n", '#', 160);
    check_info(plain, "10", '*', 160);
    check_info(plain, "Signal=7\r\nDuration=80", '7', 80);
    check_info(relay, "Signal=16\r\n", 0, 0); // flash
    check_info(relay, "Signal=55\r\n", 0, 0);
    check_info(relay, "Signal=5x\r\n", 0, 0);
    check_info(relay, "Signal=\r\nDuration=160\r\n", 0, 0);
    check_info(relay, "5", 0, 0);
    check_info(relay, "", 0, 0);
    check_info(plain, "", 0, 0);
    check_info(plain, "hello", 0, 0);
    struct cw_dtmf_info out = {'#', 160}, back;
    char text[CW_DTMF_INFO_SIZE];
    CHECK_INT(cw_dtmf_info_parse("text/plain", "5", &back), CW_EUNSUPPORTED);
    cw_dtmf_info_write(&out, text);
    CHECK_STR(text, "Signal=#\r\nDuration=160\r\n");
    CHECK_INT(cw_dtmf_info_parse(relay, text, &back), 0);
    CHECK(back.digit == '#' && back.duration_ms == 160);
}

// ---------------------------------------------------------------- POST …/dtmf

static void api_digits(void) {
    struct cw_media_dtmf_send send;
    struct cw_problem problem = {0};
    struct cw_dtmf_params params = {.digits = "09*#ABCDabcd,"};
    CHECK_INT(cw_dtmf_take_params(&params, &send, &problem), 0);
    CHECK_STR(send.digits, "09*#ABCDabcd,");
    CHECK_INT(send.duration_ms, 100);
    CHECK_INT(send.gap_ms, 70);
    CHECK_INT(send.method, CW_DTMF_AUTO);
    params = (struct cw_dtmf_params){.digits = "", .method = "inband", .duration_ms = 6000, .gap_ms = 30};
    CHECK_INT(cw_dtmf_take_params(&params, &send, &problem), 0);
    CHECK_INT(send.method, CW_DTMF_INBAND);
    CHECK_INT(send.duration_ms, 6000);
    params.digits = "12e";
    CHECK(cw_dtmf_take_params(&params, &send, &problem) != 0);
    CHECK_INT(problem.status, 400);
    CHECK_STR(problem.pointer, "/digits");
    CHECK(strstr(problem.detail, "Character 3") != NULL);
    char many[CW_MEDIA_DTMF_DIGITS_MAX + 2];
    memset(many, '1', sizeof many);
    many[sizeof many - 1] = '\0';
    params.digits = many;
    CHECK(cw_dtmf_take_params(&params, &send, &problem) != 0);
}

static const struct cw_test tests[] = {
    TEST(packets_of_a_digit), TEST(segments),      TEST(pause_and_limits), TEST(abort_queue),
    TEST(open_tones),         TEST(random_digits), TEST(info_bodies),      TEST(api_digits),
};

TEST_MAIN(tests)
