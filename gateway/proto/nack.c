// The list of missing packets behind NACK.
#include "proto/nack.h"

#include <string.h>

#define REORDER_WAIT (5 * CW_MS) // a packet that was merely overtaken gets this long
#define RTT_UNKNOWN (100 * CW_MS)
#define RTT_MIN (10 * CW_MS)
#define FIRST_CYCLE ((int64_t)1 << 16)

void cw_nack_init(struct cw_nack *n) { *n = (struct cw_nack){.started = false}; }

static void start(struct cw_nack *n, uint32_t ssrc, uint16_t seq) {
    n->started = true;
    n->ssrc = ssrc;
    n->max_seq = FIRST_CYCLE + seq;
    n->count = 0;
}

static void give_up(struct cw_nack *n, uint32_t count) {
    n->given_up += count;
    n->need_keyframe = true;
    n->count -= count;
    memmove(n->missing, n->missing + count, n->count * sizeof *n->missing);
}

static void add_missing(struct cw_nack *n, int64_t first, int64_t end, cw_time now) {
    int64_t excess = n->count + (end - first) - CW_NACK_MAX;
    if (excess > 0) give_up(n, (uint32_t)excess);
    for (int64_t seq = first; seq < end; seq++)
        n->missing[n->count++] = (struct cw_nack_entry){.seq = seq, .next = now + REORDER_WAIT};
}

static void remove_missing(struct cw_nack *n, int64_t seq) {
    for (uint32_t i = 0; i < n->count; i++) {
        if (n->missing[i].seq != seq) continue;
        if (n->missing[i].tries) n->recovered++;
        n->count--;
        memmove(n->missing + i, n->missing + i + 1, (n->count - i) * sizeof *n->missing);
        return;
    }
}

void cw_nack_packet(struct cw_nack *n, uint32_t ssrc, uint16_t seq, cw_time now) {
    if (!n->started || ssrc != n->ssrc) {
        start(n, ssrc, seq);
        return;
    }
    int64_t ahead = (int16_t)(seq - (uint16_t)n->max_seq);
    if (ahead <= 0) {
        // One from far behind is no longer of interest, unless the source started over: then all will be.
        if (ahead < -8 * CW_NACK_MAX)
            start(n, ssrc, seq);
        else
            remove_missing(n, n->max_seq + ahead);
        return;
    }
    if (ahead > CW_NACK_MAX) {
        give_up(n, n->count);
        start(n, ssrc, seq);
        return;
    }
    if (ahead > 1) add_missing(n, n->max_seq + 1, n->max_seq + ahead, now);
    n->max_seq += ahead;
}

cw_time cw_nack_next(const struct cw_nack *n) {
    cw_time next = CW_NEVER;
    for (uint32_t i = 0; i < n->count; i++)
        if (n->missing[i].next < next) next = n->missing[i].next;
    return next;
}

size_t cw_nack_list(struct cw_nack *n, cw_time now, cw_time rtt, uint16_t *seqs, size_t cap) {
    size_t listed = 0;
    uint32_t kept = 0;
    cw_time wait = rtt ? rtt : RTT_UNKNOWN;
    if (wait < RTT_MIN) wait = RTT_MIN;
    for (uint32_t i = 0; i < n->count; i++) {
        struct cw_nack_entry e = n->missing[i];
        if (e.next <= now && e.tries == CW_NACK_TRIES) {
            n->given_up++;
            n->need_keyframe = true;
            continue;
        }
        if (e.next <= now && listed < cap) {
            seqs[listed++] = (uint16_t)e.seq;
            e.tries++;
            e.next = now + wait + wait * (e.tries - 1) / 2;
        }
        n->missing[kept++] = e;
    }
    n->count = kept;
    n->requested += listed;
    return listed;
}
