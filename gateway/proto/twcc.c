// Transport-wide congestion control feedback.
//
//      0                   1                   2                   3
//     |V=2|P| FMT=15  |    PT=205     |            length             |
//     |                 SSRC of sender, SSRC of media                 |
//     |      base sequence number     |      packet status count      |
//     |           reference time (64 ms)              | fb pkt. count |
//     |          packet chunk         |  …            | receive deltas (250 us) …
#include "proto/twcc.h"

#include "base/err.h"

#define TICK 250             // [us]
#define REFERENCE_TICKS 256U // 64 ms
#define MANY 128             // that came: report at once
#define FIRST_CYCLE ((int64_t)1 << 16)
#define HEAD 20 // octets before the chunks
#define RUN_MAX 0x1fffU
#define ONE_BIT 14U // symbols in a vector chunk
#define TWO_BIT 7U

enum symbol { LOST, SMALL, LARGE }; // not received; delta of 1 octet; delta of 2 octets, signed

void cw_twcc_init(struct cw_twcc *t) { *t = (struct cw_twcc){.deadline = CW_NEVER}; }

static uint32_t *slot(struct cw_twcc *t, int64_t seq) { return &t->arrivals[seq % CW_TWCC_WINDOW]; }

static void restart(struct cw_twcc *t, uint16_t seq) {
    if (t->started) t->restarts++;
    memset(t->arrivals, 0, sizeof t->arrivals);
    t->started = true;
    t->next_seq = FIRST_CYCLE + seq;
    t->max_seq = t->next_seq;
    t->pending = 0;
}

// Makes room up to seq; what falls out of the window unreported is forgotten.
static void raise_max(struct cw_twcc *t, int64_t seq) {
    while (t->max_seq < seq) *slot(t, ++t->max_seq) = 0;
    if (t->next_seq <= seq - CW_TWCC_WINDOW) t->next_seq = seq - CW_TWCC_WINDOW + 1;
}

void cw_twcc_packet(struct cw_twcc *t, uint16_t seq, cw_time now) {
    int64_t ahead = (int16_t)(seq - (uint16_t)t->max_seq);
    if (!t->started || ahead >= CW_TWCC_WINDOW || ahead <= -CW_TWCC_WINDOW) {
        restart(t, seq);
        ahead = 0;
    }
    int64_t at = t->max_seq + ahead;
    if (ahead > 0) raise_max(t, at);
    if (*slot(t, at)) return; // a duplicate
    uint32_t tick = (uint32_t)(now / TICK);
    *slot(t, at) = tick ? tick : 1;
    t->received++;
    if (at < t->next_seq) {
        t->late++;
        t->next_seq = at;
    }
    if (t->pending++ == 0) t->deadline = now + CW_TWCC_INTERVAL;
    if (t->pending >= MANY) t->deadline = now;
}

// The report under work: a symbol for each packet, and the deltas.
struct report {
    size_t count;
    size_t delta_len;
    uint32_t reference; // [64 ms]
    uint8_t symbols[CW_TWCC_WINDOW];
    uint8_t deltas[2 * CW_TWCC_WINDOW];
};

static bool add_arrival(struct report *r, uint32_t arrival, uint32_t last) {
    int64_t delta = (int32_t)(arrival - last);
    if (delta < INT16_MIN || delta > INT16_MAX) return false;
    if (delta >= 0 && delta <= UINT8_MAX) {
        r->symbols[r->count++] = SMALL;
        r->deltas[r->delta_len++] = (uint8_t)delta;
    } else {
        r->symbols[r->count++] = LARGE;
        cw_put_u16(r->deltas + r->delta_len, (uint16_t)delta);
        r->delta_len += 2;
    }
    return true;
}

// As many packets as fit into `room`: every chunk but the last covers TWO_BIT symbols or more. False if none that came
// did.
static bool collect(struct cw_twcc *t, struct report *r, size_t room) {
    bool any = false;
    uint32_t last = 0;
    r->count = r->delta_len = 0;
    for (int64_t seq = t->next_seq; seq <= t->max_seq; seq++) {
        size_t most = HEAD + 2 * (r->count / TWO_BIT + 2) + r->delta_len + 2 + 3;
        if (most > room) break;
        uint32_t arrival = *slot(t, seq);
        if (!arrival) {
            r->symbols[r->count++] = LOST;
            continue;
        }
        if (!any) {
            r->reference = arrival / REFERENCE_TICKS;
            last = r->reference * REFERENCE_TICKS;
        }
        // A pause that no delta can tell begins a new report.
        if (!add_arrival(r, arrival, last)) break;
        last = arrival;
        any = true;
    }
    return any;
}

static size_t run_length(const struct report *r, size_t at) {
    size_t n = 1;
    while (at + n < r->count && n < RUN_MAX && r->symbols[at + n] == r->symbols[at]) n++;
    return n;
}

// The chunk for the symbols from `at` on; *covers says how many.
static uint16_t make_chunk(const struct report *r, size_t at, size_t *covers) {
    size_t left = r->count - at, run = run_length(r, at);
    bool one_bit = true;
    for (size_t i = 0; i < ONE_BIT && i < left; i++) one_bit = one_bit && r->symbols[at + i] != LARGE;
    if (run == left || run >= (one_bit ? ONE_BIT : TWO_BIT)) {
        *covers = run;
        return (uint16_t)(r->symbols[at] << 13U | run);
    }
    size_t size = one_bit ? ONE_BIT : TWO_BIT;
    unsigned chunk = one_bit ? 0x8000 : 0xc000;
    *covers = left < size ? left : size;
    for (size_t i = 0; i < *covers; i++)
        chunk |= (unsigned)r->symbols[at + i] << (one_bit ? ONE_BIT - 1 - i : 2 * (TWO_BIT - 1 - i));
    return (uint16_t)chunk;
}

static void write_report(struct cw_writer *w, const struct report *r) {
    for (size_t at = 0, covers; at < r->count; at += covers) cw_write_u16(w, make_chunk(r, at, &covers));
    cw_write_bytes(w, r->deltas, r->delta_len);
}

int cw_twcc_write(struct cw_twcc *t, struct cw_writer *w, uint32_t sender_ssrc, uint32_t media_ssrc, cw_time now) {
    struct report r;
    if (!t->pending) return CW_ENOENT;
    size_t start = w->len, room = w->full ? 0 : w->cap - w->len;
    if (!collect(t, &r, room < CW_TWCC_SIZE ? room : CW_TWCC_SIZE)) return CW_ETOOBIG;
    cw_write_u8(w, 0x80 | CW_RTCP_TWCC >> 8);
    cw_write_u8(w, CW_RTCP_RTPFB);
    cw_write_u16(w, 0);
    cw_write_u32(w, sender_ssrc);
    cw_write_u32(w, media_ssrc);
    cw_write_u16(w, (uint16_t)t->next_seq);
    cw_write_u16(w, (uint16_t)r.count);
    cw_write_u24(w, r.reference & 0xffffff);
    cw_write_u8(w, t->feedback_count);
    write_report(w, &r);
    // Zeros without the padding bit: that one belongs to the last packet of a compound only.
    while ((w->len - start) % 4) cw_write_u8(w, 0);
    cw_put_u16(w->data + start + 2, (uint16_t)((w->len - start) / 4 - 1));
    t->feedback_count++;
    t->next_seq += (int64_t)r.count;
    if (t->next_seq > t->max_seq) t->pending = 0;
    t->deadline = t->pending ? now : CW_NEVER;
    return 0;
}

// Reads symbols one by one.
struct symbols {
    struct cw_reader chunks;
    unsigned chunk;
    unsigned left; // of this chunk
};

static int next_symbol(struct symbols *s) {
    if (!s->left) {
        s->chunk = cw_read_u16(&s->chunks);
        if (s->chunks.bad) return CW_EFORMAT;
        s->left = !(s->chunk & 0x8000) ? s->chunk & RUN_MAX : s->chunk & 0x4000 ? TWO_BIT : ONE_BIT;
        if (!s->left) return CW_EFORMAT;
    }
    s->left--;
    if (!(s->chunk & 0x8000)) return s->chunk >> 13;
    return s->chunk & 0x4000 ? s->chunk >> 2 * s->left & 3 : s->chunk >> s->left & 1;
}

// Where the deltas begin: behind the chunks for `count` symbols.
static int find_deltas(struct symbols s, size_t count, struct cw_reader *deltas) {
    for (size_t i = 0; i < count; i++)
        if (next_symbol(&s) < 0) return CW_EFORMAT;
    *deltas = s.chunks;
    return 0;
}

int cw_twcc_parse(const struct cw_rtcp *p, struct cw_twcc_feedback *out, struct cw_twcc_arrival *arrivals, size_t cap) {
    if (cw_rtcp_kind(p) != CW_RTCP_TWCC || p->len < HEAD - 4) return CW_EFORMAT;
    struct cw_twcc_feedback f = {.base_seq = cw_get_u16(p->body + 8), .count = cw_get_u16(p->body + 10)};
    uint32_t word = cw_get_u32(p->body + 12);
    f.feedback_count = (uint8_t)word;
    int64_t time_us = (int64_t)(word >> 8) * REFERENCE_TICKS * TICK;
    struct symbols s = {.left = 0};
    struct cw_reader deltas;
    cw_reader_init(&s.chunks, p->body + HEAD - 4, p->len - (HEAD - 4));
    if (find_deltas(s, f.count, &deltas) != 0) return CW_EFORMAT;
    for (uint32_t i = 0; i < f.count; i++) {
        int symbol = next_symbol(&s);
        if (symbol > LARGE) return CW_EFORMAT;
        int delta = symbol == SMALL ? cw_read_u8(&deltas) : symbol == LARGE ? (int16_t)cw_read_u16(&deltas) : 0;
        if (deltas.bad) return CW_EFORMAT;
        time_us += (int64_t)delta * TICK;
        f.received += symbol != LOST;
        f.lost += symbol == LOST;
        if (arrivals && i < cap)
            arrivals[i] = (struct cw_twcc_arrival){
                .seq = (uint16_t)(f.base_seq + i), .received = symbol != LOST, .time_us = symbol ? time_us : 0};
    }
    *out = f;
    return 0;
}
