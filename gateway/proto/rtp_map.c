// Keeps one outgoing RTP stream continuous over whatever its source does.
#include "proto/rtp_map.h"

#include "base/err.h"

#define DROPOUT_MAX 3000               // RFC 3550 A.1: a larger step forward is a restart, not loss
#define SILENCE (CW_SECOND / 2)        // after this a far-off packet needs no second one to be believed
#define STUCK CW_SECOND                // only old numbers for this long: the source restarted a little behind itself
#define DRIFT_MAX (2 * CW_SECOND)      // timestamps that stray further from the wall clock are re-based
#define RESUME_DRIFT (CW_SECOND / 4)   // the same after a pause, where many small ones would add up
#define FIRST_CYCLE ((int64_t)1 << 16) // extended numbers start here, so that early packets stay positive

void cw_rtp_pt_map_init(struct cw_rtp_pt_map *map) { memset(map->to, CW_RTP_PT_NONE, sizeof map->to); }

void cw_rtp_map_init(struct cw_rtp_map *map, uint32_t ssrc, uint32_t clock_hz, bool audio, uint16_t first_seq,
                     uint32_t first_timestamp) {
    *map = (struct cw_rtp_map){
        .ssrc = ssrc,
        .clock_hz = clock_hz,
        .audio = audio,
        .out_max = FIRST_CYCLE + first_seq - 1,
        .out_timestamp = first_timestamp,
        .timestamp_step = clock_hz / (audio ? 50 : 30),
    };
}

void cw_rtp_map_set_clock(struct cw_rtp_map *map, uint32_t clock_hz) {
    if (map->clock_hz == clock_hz) return;
    map->clock_hz = clock_hz;
    map->timestamp_step = clock_hz / (map->audio ? 50 : 30);
    map->restart = map->force_timestamp = true;
    map->frames = false;
}

void cw_rtp_map_pause(struct cw_rtp_map *map) {
    map->restart = true;
    map->frames = false;
}

static int64_t to_units(const struct cw_rtp_map *map, cw_time us) { return us * map->clock_hz / CW_SECOND; }

static int64_t extend(int64_t near, uint16_t seq) { return near + (int16_t)(seq - (uint16_t)near); }

static bool was_seen(const struct cw_rtp_map *map, int64_t out) {
    return map->seen[out / 64 % (CW_RTP_MAP_WINDOW / 64)] >> (out % 64) & 1;
}

static void set_seen(struct cw_rtp_map *map, int64_t out, bool seen) {
    uint64_t bit = (uint64_t)1 << (out % 64);
    uint64_t *word = &map->seen[out / 64 % (CW_RTP_MAP_WINDOW / 64)];
    *word = seen ? *word | bit : *word & ~bit;
}

// `out` is new and above all others.
static void raise_max(struct cw_rtp_map *map, int64_t out, cw_time now) {
    if (out - map->out_max >= CW_RTP_MAP_WINDOW)
        memset(map->seen, 0, sizeof map->seen);
    else
        for (int64_t i = map->out_max + 1; i < out; i++) set_seen(map, i, false);
    set_seen(map, out, true);
    map->out_max = out;
    map->progress = now;
}

static size_t skips_before(const struct cw_rtp_map *map, int64_t source) {
    size_t n = map->skip_count;
    while (n > 0 && map->skipped[n - 1] >= source) n--;
    return n;
}

// Forgets the oldest skip: the segment then begins behind it.
static void fold_skip(struct cw_rtp_map *map) {
    struct cw_rtp_segment *s = &map->segments[map->segment];
    s->out_first += map->skipped[0] - s->source_first; // of those before it; it had none itself
    s->source_first = map->skipped[0] + 1;
    map->skip_count--;
    memmove(map->skipped, map->skipped + 1, map->skip_count * sizeof *map->skipped);
}

// How far the source's timestamps have run ahead of the wall clock since the last one that moved on [units].
static int64_t drift(const struct cw_rtp_map *map, uint32_t timestamp, cw_time now) {
    return (int32_t)(timestamp - map->source_timestamp) - to_units(map, now - map->source_time);
}

static bool is_within(int64_t value, int64_t limit) { return value >= -limit && value <= limit; }

// Packets that repeat the last timestamp are no break however late: frames of several packets, and telephone-events,
// which keep the time of their start.
static bool timestamp_follows(const struct cw_rtp_map *map, uint32_t timestamp, cw_time now) {
    int64_t limit = to_units(map, DRIFT_MAX);
    int64_t moved = (int32_t)(timestamp - map->source_timestamp);
    return moved <= 0 ? moved >= -limit : is_within(drift(map, timestamp, now), limit);
}

// Our timestamp after a break: the wall time that passed, in whole frames for audio, and always forward.
static uint32_t resume_timestamp(const struct cw_rtp_map *map, cw_time now) {
    int64_t step = map->timestamp_step ? map->timestamp_step : 1;
    int64_t units = to_units(map, now - map->out_time);
    if (map->audio) units = (units + step / 2) / step * step;
    return map->out_timestamp + (uint32_t)(units < step ? step : units);
}

static void rebase_timestamp(struct cw_rtp_map *map, struct cw_rtp_segment *s, uint32_t timestamp, cw_time now) {
    uint32_t ours = map->started ? resume_timestamp(map, now) : map->out_timestamp;
    s->timestamp_offset = ours - timestamp;
    map->source_timestamp = timestamp;
    map->source_time = now;
}

static void begin_segment(struct cw_rtp_map *map, const struct cw_rtp *in, cw_time now) {
    while (map->skip_count) fold_skip(map);
    const struct cw_rtp_segment *old = &map->segments[map->segment];
    bool first = !old->used;
    bool goes_on = !first && old->ssrc == in->ssrc && !map->force_timestamp &&
                   is_within(drift(map, in->timestamp, now), to_units(map, RESUME_DRIFT));
    uint32_t offset = old->timestamp_offset;
    map->segment = (map->segment + 1) % CW_RTP_MAP_SEGMENTS;
    struct cw_rtp_segment *s = &map->segments[map->segment];
    // The very first packet may have been overtaken: there is room before it.
    int64_t before = map->started ? 0 : CW_RTP_MAP_WINDOW;
    *s = (struct cw_rtp_segment){
        .out_first = map->out_max + 1 - before,
        .source_first = FIRST_CYCLE + in->seq - before,
        .source_max = FIRST_CYCLE + in->seq,
        .ssrc = in->ssrc,
        .timestamp_offset = offset,
        .used = true,
    };
    if (!goes_on) rebase_timestamp(map, s, in->timestamp, now);
    if (!first) map->restarts++;
    map->restart = map->force_timestamp = map->jump_seen = false;
}

// A packet far off what was expected is believed when its successor comes, or at once after a silence.
static bool jump_is_real(struct cw_rtp_map *map, uint16_t seq, cw_time silent, cw_time enough) {
    bool real = silent > enough || (map->jump_seen && seq == map->jump_seq);
    map->jump_seen = !real;
    map->jump_seq = (uint16_t)(seq + 1);
    if (!real) map->strays++;
    return real;
}

// Overtaken by a change of source: its number is one that this source had reached before.
static bool is_leftover(const struct cw_rtp_map *map, const struct cw_rtp *in, cw_time now) {
    if (now - map->progress > STUCK) return false;
    for (size_t i = 0; i < CW_RTP_MAP_SEGMENTS; i++) {
        const struct cw_rtp_segment *s = &map->segments[i];
        int64_t behind = s->source_max - extend(s->source_max, in->seq);
        if (s->used && s->ssrc == in->ssrc && behind >= 0 && behind < CW_RTP_MAP_WINDOW) return true;
    }
    return false;
}

// The packet's place among ours, within the current segment; or negative.
static int64_t place_in_segment(struct cw_rtp_map *map, struct cw_rtp_segment *s, const struct cw_rtp *in) {
    int64_t source = extend(s->source_max, in->seq);
    size_t skips = skips_before(map, source);
    int64_t out = s->out_first + source - s->source_first - (int64_t)skips;
    bool was_skipped = skips < map->skip_count && map->skipped[skips] == source;
    if (source < s->source_first || map->out_max - out >= CW_RTP_MAP_WINDOW) {
        map->late++;
        return CW_EREPLAY;
    }
    if (was_skipped || (out <= map->out_max && was_seen(map, out))) {
        map->duplicates++;
        return CW_EREPLAY;
    }
    if (source > s->source_max) s->source_max = source;
    return out;
}

static bool is_far(const struct cw_rtp_segment *s, uint16_t seq) {
    int64_t delta = extend(s->source_max, seq) - s->source_max;
    return delta > DROPOUT_MAX || delta <= -CW_RTP_MAP_WINDOW;
}

// The packet's sequence number among ours (extended), or a negative error. *fresh: it began a segment.
static int64_t place(struct cw_rtp_map *map, const struct cw_rtp *in, cw_time now, bool *fresh) {
    struct cw_rtp_segment *s = &map->segments[map->segment];
    cw_time silent = now - map->progress;
    *fresh = !s->used || map->restart || in->ssrc != s->ssrc;
    if (*fresh && s->used && is_leftover(map, in, now)) {
        map->late++;
        return CW_EREPLAY;
    }
    if (!*fresh && is_far(s, in->seq)) {
        if (!jump_is_real(map, in->seq, silent, SILENCE)) return CW_EAGAIN;
        *fresh = true;
    }
    if (!*fresh) {
        int64_t out = place_in_segment(map, s, in);
        if (out >= 0) map->jump_seen = false;
        if (out >= 0 || silent <= STUCK || !jump_is_real(map, in->seq, silent, CW_NEVER)) return out;
        *fresh = true;
    }
    begin_segment(map, in, now);
    return map->out_max + 1;
}

// Remembers how far the timestamps have come. Only for packets in order.
static void note_timestamps(struct cw_rtp_map *map, uint32_t source, uint32_t ours, cw_time now) {
    if ((int32_t)(source - map->source_timestamp) > 0) {
        map->source_timestamp = source;
        map->source_time = now;
    }
    uint32_t step = ours - map->out_timestamp;
    if (map->started && (int32_t)step <= 0) return;
    if (map->started && step <= map->clock_hz / 8) map->timestamp_step = step;
    map->out_timestamp = ours;
    map->out_time = now;
}

int cw_rtp_map_packet(struct cw_rtp_map *map, const struct cw_rtp *in, const struct cw_rtp_pt_map *types, cw_time now,
                      struct cw_rtp_head *out) {
    uint8_t pt = types ? types->to[in->pt & 0x7f] : in->pt;
    if (pt == CW_RTP_PT_NONE) {
        cw_rtp_map_skip(map, in, now);
        return CW_ENOENT;
    }
    bool fresh;
    int64_t seq = place(map, in, now, &fresh);
    if (seq < 0) return (int)seq;
    struct cw_rtp_segment *s = &map->segments[map->segment];
    if (seq > map->out_max) {
        if (!timestamp_follows(map, in->timestamp, now)) {
            rebase_timestamp(map, s, in->timestamp, now);
            map->restarts++;
            fresh = true;
        }
        note_timestamps(map, in->timestamp, in->timestamp + s->timestamp_offset, now);
        raise_max(map, seq, now);
        map->started = true;
        map->frames = false;
    } else {
        set_seen(map, seq, true);
    }
    out->ssrc = map->ssrc;
    out->seq = (uint16_t)seq;
    out->timestamp = in->timestamp + s->timestamp_offset;
    out->pt = pt;
    out->marker = in->marker || (fresh && map->audio);
    return 0;
}

void cw_rtp_map_skip(struct cw_rtp_map *map, const struct cw_rtp *in, cw_time now) {
    struct cw_rtp_segment *s = &map->segments[map->segment];
    // Where a segment is going to begin anyway, and for a late packet, there is nothing to close.
    if (!s->used || map->restart || in->ssrc != s->ssrc || is_far(s, in->seq)) return;
    int64_t source = extend(s->source_max, in->seq);
    if (source <= s->source_max) return;
    if (map->skip_count == CW_RTP_MAP_SKIPS) fold_skip(map);
    map->skipped[map->skip_count++] = source;
    s->source_max = source;
    map->progress = now;
    if ((int32_t)(in->timestamp - map->source_timestamp) > 0 && timestamp_follows(map, in->timestamp, now)) {
        map->source_timestamp = in->timestamp;
        map->source_time = now;
    }
}

void cw_rtp_map_insert(struct cw_rtp_map *map, cw_time now, struct cw_rtp_head *out) {
    uint32_t timestamp = map->out_timestamp;
    if (cw_rtp_map_now(map, now, &timestamp) != 0) map->started = true;
    map->out_timestamp = timestamp;
    map->out_time = now;
    raise_max(map, map->out_max + 1, now);
    map->frames = false;
    map->restart = true;
    out->ssrc = map->ssrc;
    out->seq = (uint16_t)map->out_max;
    out->timestamp = timestamp;
    out->marker = false;
}

void cw_rtp_map_frame(struct cw_rtp_map *map, uint32_t units, cw_time now, struct cw_rtp_head *out) {
    uint32_t timestamp = map->frame_timestamp;
    cw_time ahead = (cw_time)(int32_t)(timestamp - map->out_timestamp) - to_units(map, now - map->out_time);
    bool fresh = !map->frames || !is_within(ahead, to_units(map, RESUME_DRIFT));
    if (fresh) timestamp = map->started ? resume_timestamp(map, now) : map->out_timestamp;
    map->frame_timestamp = timestamp + units;
    map->timestamp_step = units;
    map->started = map->restart = map->frames = true;
    map->out_timestamp = timestamp;
    map->out_time = now;
    raise_max(map, map->out_max + 1, now);
    *out = (struct cw_rtp_head){
        .ssrc = map->ssrc, .seq = (uint16_t)map->out_max, .timestamp = timestamp, .marker = fresh && map->audio};
}

int cw_rtp_map_now(const struct cw_rtp_map *map, cw_time now, uint32_t *timestamp) {
    if (!map->started) return CW_ESTATE;
    *timestamp = map->out_timestamp + (uint32_t)to_units(map, now - map->out_time);
    return 0;
}

int cw_rtp_map_to_source(const struct cw_rtp_map *map, uint16_t seq, uint32_t *source_ssrc, uint16_t *source_seq) {
    int64_t out = extend(map->out_max, seq);
    if (out > map->out_max) return CW_ENOENT;
    for (size_t i = 0; i < CW_RTP_MAP_SEGMENTS; i++) {
        size_t index = (map->segment + CW_RTP_MAP_SEGMENTS - i) % CW_RTP_MAP_SEGMENTS;
        const struct cw_rtp_segment *s = &map->segments[index];
        if (!s->used || out < s->out_first) continue;
        int64_t source = s->source_first + out - s->out_first;
        for (size_t k = 0; i == 0 && k < map->skip_count && map->skipped[k] <= source; k++) source++;
        if (source > s->source_max) return CW_ENOENT;
        *source_ssrc = s->ssrc;
        *source_seq = (uint16_t)source;
        return 0;
    }
    return CW_ENOENT;
}

int cw_rtp_map_timestamp(const struct cw_rtp_map *map, uint32_t source_ssrc, uint32_t source_timestamp, uint32_t *out) {
    for (size_t i = 0; i < CW_RTP_MAP_SEGMENTS; i++) {
        size_t index = (map->segment + CW_RTP_MAP_SEGMENTS - i) % CW_RTP_MAP_SEGMENTS;
        const struct cw_rtp_segment *s = &map->segments[index];
        if (!s->used || s->ssrc != source_ssrc) continue;
        *out = source_timestamp + s->timestamp_offset;
        return 0;
    }
    return CW_ENOENT;
}
