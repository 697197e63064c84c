// A jitter buffer.
#include "proto/jitter.h"

#include <string.h>

#include "base/err.h"

#define MASK (CW_JITTER_SLOTS - 1)
#define UNDERRUN (120 * CW_MS) // concealed at a stretch
#define JUMP (2 * CW_SECOND)   // a timestamp further from where it should be is a new beginning
#define LATE_RUN 5             // so many late ones in a row too
#define EXCESS (60 * CW_MS)    // over the longest delay, before packets are given up
#define TOLERANCE (5 * CW_MS)  // of timestamps that do not quite join

void cw_jitter_init(struct cw_jitter *j, uint32_t clock_hz, cw_time delay_max) {
    memset(j, 0, offsetof(struct cw_jitter, store));
    j->clock_hz = clock_hz;
    j->delay_max = delay_max;
    cw_arrival_init(&j->arrival);
}

static cw_time to_time(const struct cw_jitter *j, int64_t units) { return units * CW_SECOND / j->clock_hz; }

// ---------------------------------------------------------------- in

static void restart(struct cw_jitter *j, const struct cw_rtp *rtp, cw_time now) {
    j->restarts += j->started;
    j->started = true;
    j->state = j->state == CW_JITTER_WAITING ? CW_JITTER_WAITING : CW_JITTER_PAUSED;
    j->ssrc = rtp->ssrc;
    j->seq_max = j->seq_next = ((int64_t)1 << 16) + rtp->seq;
    j->timestamp_max = j->played = ((int64_t)1 << 32) + rtp->timestamp;
    j->newest = now;
    j->present = 0;
    j->late_run = 0;
    j->concealed = 0;
    cw_arrival_restart(&j->arrival);
}

static int64_t extend_seq(const struct cw_jitter *j, uint16_t seq) {
    return j->seq_max + (int16_t)(seq - (uint16_t)j->seq_max);
}

static int64_t extend_timestamp(const struct cw_jitter *j, uint32_t timestamp) {
    return j->timestamp_max + (int32_t)(timestamp - (uint32_t)j->timestamp_max);
}

static bool is_jump(const struct cw_jitter *j, const struct cw_rtp *rtp, cw_time now) {
    cw_time off = to_time(j, extend_timestamp(j, rtp->timestamp) - j->timestamp_max) - (now - j->newest);
    return off > JUMP || off < -JUMP - j->delay_max;
}

static bool overlaps(const struct cw_jitter_slot *s, size_t at, size_t len) {
    return s->at < at + len && at < (size_t)s->at + s->len;
}

// Room in the ring of payloads; whatever is older and still there is lost.
static uint16_t reserve(struct cw_jitter *j, size_t len) {
    size_t at = j->store_at + len > CW_JITTER_STORE ? 0 : j->store_at;
    for (uint64_t rest = j->present; rest; rest &= rest - 1) {
        int i = __builtin_ctzll(rest);
        if (!overlaps(&j->slots[i], at, len)) continue;
        j->present &= ~(1ULL << i);
        j->overflows++;
    }
    j->store_at = (uint16_t)(at + len);
    return (uint16_t)at;
}

// Too far ahead for the slots: the oldest are given up.
static void make_way(struct cw_jitter *j, int64_t seq) {
    if (seq - j->seq_next < CW_JITTER_SLOTS) return;
    int64_t first = seq - CW_JITTER_SLOTS + 1;
    for (int64_t i = j->seq_next; i < first && i < j->seq_next + CW_JITTER_SLOTS; i++) {
        j->overflows += j->present >> (i & MASK) & 1;
        j->present &= ~(1ULL << (i & MASK));
    }
    j->seq_next = first;
}

static int drop_late(struct cw_jitter *j, const struct cw_rtp *rtp, cw_time now) {
    j->late++;
    if (++j->late_run < LATE_RUN) return CW_EREPLAY;
    restart(j, rtp, now); // the sender has set its clock back
    cw_arrival_packet(&j->arrival, to_time(j, j->timestamp_max), now);
    return 0;
}

int cw_jitter_put(struct cw_jitter *j, const struct cw_rtp *rtp, uint32_t units, bool noise, cw_time now) {
    if (rtp->payload_len > CW_JITTER_STORE / 4) return CW_ETOOBIG;
    if (!j->started || rtp->ssrc != j->ssrc || is_jump(j, rtp, now)) restart(j, rtp, now);
    int64_t seq = extend_seq(j, rtp->seq), timestamp = extend_timestamp(j, rtp->timestamp);
    cw_arrival_packet(&j->arrival, to_time(j, timestamp), now);
    if (seq < j->seq_next && j->state == CW_JITTER_WAITING && seq > j->seq_max - CW_JITTER_SLOTS) {
        j->seq_next = seq; // overtaken by the first one
        j->played = timestamp;
    } else if (seq < j->seq_next) {
        if (drop_late(j, rtp, now)) return CW_EREPLAY;
        seq = j->seq_max;
        timestamp = j->timestamp_max;
    }
    j->late_run = 0;
    if (j->present >> (seq & MASK) & 1 && j->slots[seq & MASK].seq == seq) {
        j->duplicates++;
        return CW_EREPLAY;
    }
    make_way(j, seq);
    if (units) j->frame = units;
    struct cw_jitter_slot *slot = &j->slots[seq & MASK];
    *slot = (struct cw_jitter_slot){seq, timestamp, units, reserve(j, rtp->payload_len), rtp->payload_len, noise};
    memcpy(j->store + slot->at, rtp->payload, rtp->payload_len);
    j->present |= 1ULL << (seq & MASK);
    if (seq > j->seq_max) j->seq_max = seq;
    if (timestamp > j->timestamp_max) {
        j->timestamp_max = timestamp;
        j->newest = now;
    }
    return 0;
}

// ---------------------------------------------------------------- out

static struct cw_jitter_slot *first(struct cw_jitter *j) {
    if (!j->present) return NULL;
    unsigned turn = (unsigned)(j->seq_next & MASK);
    uint64_t turned = turn ? j->present >> turn | j->present << (CW_JITTER_SLOTS - turn) : j->present;
    return &j->slots[(j->seq_next + __builtin_ctzll(turned)) & MASK];
}

static cw_time age(const struct cw_jitter *j, int64_t timestamp, cw_time now) {
    return now - to_time(j, timestamp) - j->arrival.floor;
}

cw_time cw_jitter_delay(const struct cw_jitter *j, cw_time now) { return j->started ? age(j, j->played, now) : 0; }

static enum cw_jitter_step play(struct cw_jitter *j, struct cw_jitter_slot *slot, struct cw_jitter_out *out) {
    j->present &= ~(1ULL << (slot->seq & MASK));
    *out = (struct cw_jitter_out){.payload = j->store + slot->at,
                                  .len = slot->len,
                                  .units = slot->units,
                                  .noise = slot->noise,
                                  .jump = j->jumped || j->state != CW_JITTER_PLAYING};
    j->jumped = false;
    j->seq_next = slot->seq + 1;
    j->played = slot->timestamp + slot->units;
    j->concealed = 0;
    j->silence = slot->noise;
    j->state = CW_JITTER_PLAYING;
    return CW_JITTER_PLAY;
}

static enum cw_jitter_step pause(struct cw_jitter *j, struct cw_jitter_out *out) {
    *out = (struct cw_jitter_out){0};
    if (j->state == CW_JITTER_PLAYING) j->state = CW_JITTER_PAUSED;
    return CW_JITTER_PAUSE;
}

static enum cw_jitter_step conceal(const struct cw_jitter *j, uint32_t units, const struct cw_jitter_slot *behind,
                                   struct cw_jitter_out *out) {
    *out = (struct cw_jitter_out){.units = units};
    if (behind && !behind->noise) {
        out->payload = j->store + behind->at;
        out->len = behind->len;
    }
    return CW_JITTER_CONCEAL;
}

// A gap before the packet: lost ones are concealed in place of it, as long as that makes sense.
static enum cw_jitter_step fill(struct cw_jitter *j, struct cw_jitter_slot *slot, cw_time now,
                                struct cw_jitter_out *out) {
    int64_t missing = slot->timestamp - j->played - j->concealed;
    bool lost = slot->seq != j->seq_next && !j->silence;
    if (missing <= 0 || (!lost && !j->silence && to_time(j, missing) <= TOLERANCE)) return play(j, slot, out);
    if (!lost || to_time(j, missing + j->concealed) > UNDERRUN) {
        if (age(j, slot->timestamp, now) >= cw_jitter_target(j)) return play(j, slot, out);
        return pause(j, out);
    }
    uint32_t frame = slot->units ? slot->units : j->frame;
    if (missing > frame)
        return conceal(j, (uint32_t)(missing - frame < j->frame ? missing - frame : j->frame), NULL, out);
    return conceal(j, (uint32_t)missing, missing == frame ? slot : NULL, out);
}

// More than the most that may wait: the oldest is given up, up to what is due.
static struct cw_jitter_slot *catch_up(struct cw_jitter *j, struct cw_jitter_slot *slot, cw_time now) {
    if (age(j, slot->timestamp, now) <= j->delay_max + EXCESS) return slot;
    while (j->present & (j->present - 1) && age(j, slot->timestamp, now) > cw_jitter_target(j)) {
        j->present &= ~(1ULL << (slot->seq & MASK));
        j->seq_next = slot->seq + 1;
        j->overflows++;
        slot = first(j);
        j->played = slot->timestamp;
        j->seq_next = slot->seq;
        j->concealed = 0;
        j->jumped = true;
    }
    return slot;
}

enum cw_jitter_step cw_jitter_next(struct cw_jitter *j, cw_time now, cw_time lead, struct cw_jitter_out *out) {
    struct cw_jitter_slot *slot = first(j);
    if (slot) slot = catch_up(j, slot, now);
    if (slot && j->state == CW_JITTER_PLAYING) return fill(j, slot, now - lead, out);
    if (slot && (j->jumped || age(j, slot->timestamp, now - lead) >= cw_jitter_target(j))) return play(j, slot, out);
    if (slot || j->state != CW_JITTER_PLAYING || j->silence || to_time(j, j->concealed) >= UNDERRUN)
        return pause(j, out);
    return conceal(j, j->frame, NULL, out);
}

void cw_jitter_concealed(struct cw_jitter *j, uint32_t units) { j->concealed += units; }

void cw_jitter_silence(struct cw_jitter *j) { j->silence = true; }
