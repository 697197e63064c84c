// Plays a queue of digits as telephone-events (RFC 4733 §2.5.1).
//
//     start                                        start + duration
//       |M 20|   |40|   |60|   |80|   ...  |D-20|   |D E| |D E| |D E|  gap  |M 20| ...
//       +- 20 ms -+                                 +10ms +10ms+
//
// All packets of a digit have the timestamp of its beginning, until its duration does not fit 16 bits (8.19 s at 8 kHz,
// 1.365 s at 48 kHz): then a packet of the full duration ends the segment, and the next segment's timestamp follows on.
//
//       |M .. t|   |.. t|   |65535 t| |435 t+65535|   |1395 t+65535|   ...
#include "proto/dtmf.h"

#include "base/err.h"

#define END_BIT 0x80
#define SEGMENT_MAX 0xffff
#define ENDS 3
#define FORGOTTEN (CW_SECOND / 2) // an open tone that is not told to go on ends: its source is gone
#define END_INTERVAL (10 * CW_MS) // all three are sent within the smallest gap

void cw_dtmf_sender_init(struct cw_dtmf_sender *s, uint32_t clock_hz) {
    *s = (struct cw_dtmf_sender){.clock_hz = clock_hz ? clock_hz : 8000, .next = CW_NEVER};
}

static struct cw_dtmf_tone *current(struct cw_dtmf_sender *s) { return &s->queue[s->head]; }

const struct cw_dtmf_tone *cw_dtmf_sender_tone(const struct cw_dtmf_sender *s) {
    return s->sounding ? &s->queue[s->head] : NULL;
}

cw_time cw_dtmf_sender_next(const struct cw_dtmf_sender *s) {
    if (s->sounding) return s->next;
    return s->count ? s->free_at : CW_NEVER;
}

// ---------------------------------------------------------------- the queue

int cw_dtmf_sender_add(struct cw_dtmf_sender *s, const struct cw_dtmf_tone *tone) {
    if (tone->digit != ',' && cw_dtmf_code(tone->digit) < 0) return CW_EINVAL;
    if (s->count == CW_DTMF_QUEUE) return CW_ELIMIT;
    struct cw_dtmf_tone *t = &s->queue[(s->head + s->count++) % CW_DTMF_QUEUE];
    *t = *tone;
    if (t->gap_ms < CW_DTMF_GAP_MIN_MS) t->gap_ms = CW_DTMF_GAP_MIN_MS;
    if (!t->open && t->duration_ms < CW_DTMF_DURATION_MIN_MS) t->duration_ms = CW_DTMF_DURATION_MIN_MS;
    return 0;
}

static struct cw_dtmf_tone *open_tone(struct cw_dtmf_sender *s, uint8_t source) {
    for (unsigned i = s->count; i-- > 0;) {
        struct cw_dtmf_tone *t = &s->queue[(s->head + i) % CW_DTMF_QUEUE];
        if (t->open && t->source == source) return t;
    }
    return NULL;
}

void cw_dtmf_sender_grow(struct cw_dtmf_sender *s, uint8_t source, uint32_t duration_ms) {
    struct cw_dtmf_tone *t = open_tone(s, source);
    if (t && duration_ms > t->duration_ms) t->duration_ms = duration_ms;
}

// Not shorter than what was said already, nor than what a phone can tell from noise.
static void set_duration(struct cw_dtmf_sender *s, struct cw_dtmf_tone *t, uint32_t duration_ms, cw_time now) {
    bool is_current = s->sounding && t == current(s);
    uint32_t said_ms = is_current ? (uint32_t)((s->said + CW_MS - 1) / CW_MS) : 0;
    t->open = false;
    t->duration_ms = duration_ms;
    if (t->duration_ms < said_ms) t->duration_ms = said_ms;
    if (t->duration_ms < CW_DTMF_DURATION_MIN_MS) t->duration_ms = CW_DTMF_DURATION_MIN_MS;
    if (!is_current) return;
    cw_time end = s->start + t->duration_ms * CW_MS;
    if (end < now) end = now; // its last packets are late, but not all at once
    if (end < s->next) s->next = end;
}

void cw_dtmf_sender_close(struct cw_dtmf_sender *s, uint8_t source, uint32_t duration_ms, cw_time now) {
    struct cw_dtmf_tone *t = open_tone(s, source);
    if (t) set_duration(s, t, duration_ms, now);
}

void cw_dtmf_sender_abort(struct cw_dtmf_sender *s, cw_time now) {
    s->count = s->sounding;
    if (s->sounding && !s->ends) set_duration(s, current(s), 0, now);
}

// ---------------------------------------------------------------- playing

static void pop(struct cw_dtmf_sender *s, cw_time free_at) {
    s->head = (s->head + 1) % CW_DTMF_QUEUE;
    s->count--;
    s->sounding = false;
    s->next = CW_NEVER;
    s->free_at = free_at;
}

static bool begin(struct cw_dtmf_sender *s, cw_time now) {
    while (s->count && now >= s->free_at) {
        if (current(s)->digit == ',') {
            pop(s, now + CW_DTMF_PAUSE_MS * CW_MS);
            continue;
        }
        s->sounding = true;
        s->start = s->next = now;
        s->said = 0;
        s->segment = 0;
        s->packets = s->ends = 0;
        return true;
    }
    return false;
}

// What the packet of s->next says [us]: time has run, but an open digit is not ahead of its source by more than it
// takes to tell that it goes on.
static cw_time duration_now(const struct cw_dtmf_sender *s, const struct cw_dtmf_tone *t) {
    cw_time run = s->next - s->start + CW_DTMF_PTIME, heard = t->duration_ms * CW_MS;
    if (t->open && heard < CW_DTMF_PTIME) heard = CW_DTMF_PTIME;
    cw_time said = run < heard ? run : heard;
    return said > s->said ? said : s->said;
}

static void write_packet(struct cw_dtmf_sender *s, const struct cw_dtmf_tone *t, uint32_t units,
                         struct cw_dtmf_packet *out) {
    *out = (struct cw_dtmf_packet){.digit = t->digit,
                                   .source = t->source,
                                   .method = t->method,
                                   .marker = s->packets == 0,
                                   .end = s->ends > 0,
                                   .finished = s->ends == ENDS,
                                   .segment = s->segment,
                                   .duration_ms = (uint32_t)(s->said / CW_MS)};
    out->payload[0] = (uint8_t)cw_dtmf_code(t->digit);
    out->payload[1] = (uint8_t)((out->end ? END_BIT : 0) | CW_DTMF_VOLUME);
    out->payload[2] = (uint8_t)(units >> 8);
    out->payload[3] = (uint8_t)units;
    if (s->packets < 255) s->packets++;
}

// The time of the next packet: each 20 ms, and at the end.
static void schedule(struct cw_dtmf_sender *s, const struct cw_dtmf_tone *t) {
    cw_time end = s->start + t->duration_ms * CW_MS;
    s->next += s->ends ? END_INTERVAL : CW_DTMF_PTIME;
    if (!t->open && !s->ends && s->next > end) s->next = end;
}

bool cw_dtmf_sender_poll(struct cw_dtmf_sender *s, cw_time now, struct cw_dtmf_packet *out) {
    if (!s->sounding && !begin(s, now)) return false;
    if (now < s->next) return false;
    struct cw_dtmf_tone *t = current(s);
    if (t->open && s->next - s->start > t->duration_ms * CW_MS + FORGOTTEN) set_duration(s, t, t->duration_ms, now);
    bool over = !t->open && s->next - s->start >= t->duration_ms * CW_MS;
    s->said = over ? t->duration_ms * CW_MS : duration_now(s, t);
    uint64_t units = (uint64_t)s->said * s->clock_hz / CW_SECOND - s->segment;
    if (units > SEGMENT_MAX) { // then the rest, in the same moment
        write_packet(s, t, SEGMENT_MAX, out);
        out->full_segment = true;
        s->segment += SEGMENT_MAX;
        return true;
    }
    if (over) s->ends++;
    write_packet(s, t, (uint32_t)units, out);
    if (out->finished)
        pop(s, s->start + (t->duration_ms + t->gap_ms) * CW_MS);
    else
        schedule(s, t);
    return true;
}
