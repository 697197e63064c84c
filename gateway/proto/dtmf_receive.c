// Makes digits of telephone-event packets. RFC 4733 says what a packet should look like; what comes:
//
//   regular       M|5 160|  |5 320|  |5 480|  |5 640 E|  |5 640 E|  |5 640 E|     one timestamp, one digit
//   end only                                  |5 640 E|  |5 640 E|  |5 640 E|     Chrome, when its clocks differ
//   ends lost     M|5 160|  |5 320|  ...150 ms...                                 ended by time-out
//   new timestamp M|5 160 t|  |5 320 t+160|  |5 480 E t+320|                      per packet: it overlaps, or grows as
//                                                                                 much as its timestamp moves
//   segments      M|5 65535 t|  |5 800 t+65535|  |5 4465 E t+65535|               one digit of 70000 (RFC 4733
//   §2.5.1.3) packed        |5 320 E|6 320 E| t                                             6 begins at t+320
//
// A packet belongs to an event it knows if it has its timestamp, lies in its time, or continues it; else it is a new
// one, whatever its marker says.
#include "proto/dtmf.h"

#include <string.h>

#define END_BIT 0x80
#define SEGMENT_MAX 0xffff
#define RED_BLOCKS_MAX 8
#define FORGET (2 * CW_SECOND) // after this the same timestamp is another event: recorded keys that are played again
#define LATE_MAX_S 2           // an event that is further back than this is no latecomer: the source counts anew

struct report {
    uint32_t ssrc, timestamp, duration;
    uint8_t code;
    bool end;
    bool packed; // not the first event of its payload
};

void cw_dtmf_receiver_init(struct cw_dtmf_receiver *r) {
    memset(r, 0, sizeof *r);
    r->clock_hz = 8000;
}

static void tell(struct cw_dtmf_receiver *r, enum cw_dtmf_event_type type, const struct cw_dtmf_heard *h) {
    uint64_t units = (uint64_t)h->before + h->duration;
    r->events[r->event_count++] =
        (struct cw_dtmf_event){.type = (uint8_t)type,
                               .digit = cw_dtmf_digit(h->code),
                               .duration_ms = (uint32_t)((units * 1000 + r->clock_hz / 2) / r->clock_hz)};
}

static void close_event(struct cw_dtmf_receiver *r, struct cw_dtmf_heard *h) {
    h->open = false;
    tell(r, CW_DTMF_END, h);
}

// ---------------------------------------------------------------- is it one we know?

static bool near(int64_t value, int64_t target, int64_t slack) {
    return value >= target - slack && value <= target + slack;
}

// It continues the open event in a segment of its own. Chrome begins that one when it sees that the duration does not
// fit any more, others where the full one ends.
static bool is_next_segment(const struct cw_dtmf_receiver *r, const struct cw_dtmf_heard *h, int32_t delta) {
    return h->open && near(delta, SEGMENT_MAX, r->clock_hz / 4);
}

// The timestamp moves with the packets.
static bool grows_with_timestamp(const struct cw_dtmf_receiver *r, const struct cw_dtmf_heard *h,
                                 const struct report *p, int32_t delta) {
    int64_t growth = (int64_t)p->duration - h->duration;
    return h->open && delta > 0 && growth > 0 && near(delta, growth, r->clock_hz / 100);
}

// Another SSRC says the same: its timestamps tell nothing.
static bool goes_on_elsewhere(const struct cw_dtmf_heard *h, const struct report *p, cw_time now) {
    if (p->ssrc == h->ssrc || now - h->seen > CW_DTMF_TIMEOUT) return false;
    return h->open ? p->duration >= h->duration : p->end && p->duration == h->duration;
}

static bool overlaps(const struct cw_dtmf_heard *h, const struct report *p, cw_time now) {
    bool recent = h->open || now - h->seen <= CW_DTMF_TIMEOUT;
    return recent && (int32_t)(p->timestamp - h->first) >= 0 &&
           (int64_t)(int32_t)(p->timestamp - h->timestamp) < (int64_t)h->duration;
}

static struct cw_dtmf_heard *find(struct cw_dtmf_receiver *r, const struct report *p, cw_time now) {
    struct cw_dtmf_heard *newest = &r->heard[0];
    for (size_t i = 0; i < CW_DTMF_HEARD; i++) {
        struct cw_dtmf_heard *h = &r->heard[i];
        if (!h->used || h->code != p->code || h->ssrc != p->ssrc || now - h->seen > FORGET) continue;
        if (h->timestamp == p->timestamp || h->first == p->timestamp) return h;
        if (!p->packed && overlaps(h, p, now)) return h;
    }
    if (!newest->used || newest->code != p->code || p->packed) return NULL;
    if (goes_on_elsewhere(newest, p, now)) return newest;
    if (newest->ssrc != p->ssrc) return NULL;
    int32_t delta = (int32_t)(p->timestamp - newest->timestamp);
    return is_next_segment(r, newest, delta) || grows_with_timestamp(r, newest, p, delta) ? newest : NULL;
}

// ---------------------------------------------------------------- what it says

static void extend_event(struct cw_dtmf_receiver *r, struct cw_dtmf_heard *h, const struct report *p, cw_time now) {
    int32_t delta = (int32_t)(p->timestamp - h->timestamp);
    h->seen = now;
    if (!h->open) { // a repeated or overtaken packet; the timestamps of the ends may move too
        if (p->end && delta > 0 && p->ssrc == h->ssrc) h->timestamp = p->timestamp;
        return;
    }
    if (p->ssrc != h->ssrc) {
        h->first = h->timestamp = p->timestamp;
        h->ssrc = p->ssrc;
    } else if (is_next_segment(r, h, delta)) {
        h->before += delta < SEGMENT_MAX ? (uint32_t)delta : SEGMENT_MAX;
        h->timestamp = p->timestamp;
        h->duration = 0;
    } else if (delta > 0) {
        h->timestamp = p->timestamp;
    } else if (delta < 0 && (int32_t)(p->timestamp - h->first) >= 0 && h->before) {
        return; // of a segment that is over
    }
    if (p->duration > h->duration) h->duration = p->duration;
    if (p->end) close_event(r, h);
}

static void put(struct cw_dtmf_receiver *r, size_t at, const struct report *p, cw_time now) {
    memmove(&r->heard[at + 1], &r->heard[at], (CW_DTMF_HEARD - at - 1) * sizeof r->heard[0]);
    r->heard[at] = (struct cw_dtmf_heard){.ssrc = p->ssrc,
                                          .first = p->timestamp,
                                          .timestamp = p->timestamp,
                                          .duration = p->duration,
                                          .seen = now,
                                          .code = p->code,
                                          .used = true,
                                          .open = true};
    tell(r, CW_DTMF_BEGIN, &r->heard[at]);
    if (p->end) close_event(r, &r->heard[at]);
}

// It began before the newest one that we know. Only its end tells enough.
static bool is_late(const struct cw_dtmf_receiver *r, const struct report *p) {
    const struct cw_dtmf_heard *newest = &r->heard[0];
    int32_t delta = (int32_t)(p->timestamp - newest->first);
    return newest->used && newest->ssrc == p->ssrc && delta < 0 && delta > -(int64_t)r->clock_hz * LATE_MAX_S;
}

static void take(struct cw_dtmf_receiver *r, const struct report *p, cw_time now) {
    if (r->event_count + 3 > CW_DTMF_EVENTS) return;
    struct cw_dtmf_heard *known = find(r, p, now);
    if (known) {
        extend_event(r, known, p, now);
    } else if (is_late(r, p)) {
        if (p->end) put(r, 1, p, now);
    } else {
        if (r->heard[0].open) close_event(r, &r->heard[0]);
        put(r, 0, p, now);
    }
}

static void take_payload(struct cw_dtmf_receiver *r, uint32_t ssrc, uint32_t timestamp, const uint8_t *payload,
                         size_t len, cw_time now) {
    if (len < CW_DTMF_PAYLOAD_SIZE) {
        r->malformed++;
        return;
    }
    for (size_t at = 0; at + CW_DTMF_PAYLOAD_SIZE <= len; at += CW_DTMF_PAYLOAD_SIZE) {
        struct report p = {.ssrc = ssrc,
                           .timestamp = timestamp,
                           .duration = cw_get_u16(payload + at + 2),
                           .code = payload[at],
                           .end = payload[at + 1] & END_BIT,
                           .packed = at > 0};
        if (cw_dtmf_digit(p.code))
            take(r, &p, now);
        else
            r->ignored++;
        timestamp += p.duration;
    }
}

static void set_clock(struct cw_dtmf_receiver *r, uint32_t clock_hz) {
    if (clock_hz) r->clock_hz = clock_hz;
}

void cw_dtmf_receiver_input(struct cw_dtmf_receiver *r, const struct cw_rtp *rtp, uint32_t clock_hz, cw_time now) {
    set_clock(r, clock_hz);
    take_payload(r, rtp->ssrc, rtp->timestamp, rtp->payload, rtp->payload_len, now);
}

// RFC 2198 §3: heads, the last of one octet, then the blocks in the same order, oldest first.
//
//     |1| PT | timestamp offset (14) | length (10) | ... |0| PT | block | ... | primary |
void cw_dtmf_receiver_input_red(struct cw_dtmf_receiver *r, const struct cw_rtp *rtp, uint8_t event_pt,
                                uint32_t clock_hz, cw_time now) {
    struct {
        uint8_t pt;
        uint32_t offset, len;
    } heads[RED_BLOCKS_MAX];
    struct cw_reader in;
    size_t count = 0;
    uint8_t octet;
    set_clock(r, clock_hz);
    cw_reader_init(&in, rtp->payload, rtp->payload_len);
    while ((octet = (uint8_t)cw_read_uint(&in, 1)) & 0x80 && count < RED_BLOCKS_MAX) {
        uint32_t rest = (uint32_t)cw_read_uint(&in, 3);
        heads[count].pt = octet & 0x7f;
        heads[count].offset = rest >> 10;
        heads[count++].len = rest & 0x3ff;
    }
    for (size_t i = 0; i < count; i++) {
        const uint8_t *block = cw_read_bytes(&in, heads[i].len);
        if (block && heads[i].pt == event_pt)
            take_payload(r, rtp->ssrc, rtp->timestamp - heads[i].offset, block, heads[i].len, now);
    }
    if (in.bad || octet & 0x80)
        r->malformed++;
    else if (octet == event_pt)
        take_payload(r, rtp->ssrc, rtp->timestamp, in.p, in.left, now);
}

// ---------------------------------------------------------------- time and what came of it

cw_time cw_dtmf_receiver_next(const struct cw_dtmf_receiver *r) {
    return r->heard[0].open ? r->heard[0].seen + CW_DTMF_TIMEOUT : CW_NEVER;
}

void cw_dtmf_receiver_tick(struct cw_dtmf_receiver *r, cw_time now) {
    if (now >= cw_dtmf_receiver_next(r) && r->event_count < CW_DTMF_EVENTS) close_event(r, &r->heard[0]);
}

bool cw_dtmf_receiver_event(struct cw_dtmf_receiver *r, struct cw_dtmf_event *out) {
    if (r->event_next == r->event_count) {
        r->event_next = r->event_count = 0;
        return false;
    }
    *out = r->events[r->event_next++];
    return true;
}

uint32_t cw_dtmf_receiver_duration_ms(const struct cw_dtmf_receiver *r) {
    const struct cw_dtmf_heard *h = &r->heard[0];
    return h->open ? (uint32_t)(((uint64_t)h->before + h->duration) * 1000 / r->clock_hz) : 0;
}
