// Learns the address of a peer from its packets, once.
#include "proto/latch.h"

void cw_latch_init(struct cw_latch *l, const struct cw_addr *expected, unsigned needed, unsigned flags) {
    *l = (struct cw_latch){.needed = (uint8_t)needed, .flags = (uint8_t)flags};
    if (expected) l->expected = l->remote = *expected;
}

void cw_latch_reset(struct cw_latch *l, const struct cw_addr *expected) {
    static const struct cw_addr none;
    if (!expected) expected = &none;
    bool both_unset = !cw_addr_is_set(expected) && !cw_addr_is_set(&l->expected);
    if (both_unset || cw_addr_equal(expected, &l->expected)) return;
    l->expected = l->remote = *expected;
    l->locked = false;
    l->candidate_count = l->expected_count = 0;
}

static bool is_expected(const struct cw_latch *l, const struct cw_addr *source) {
    return cw_addr_is_set(&l->expected) && cw_addr_equal(&l->expected, source);
}

static enum cw_latch_verdict lock(struct cw_latch *l, const struct cw_addr *remote, cw_time now) {
    bool moves = !cw_addr_is_set(&l->remote) || !cw_addr_equal(&l->remote, remote);
    if (!l->locked) l->locked_at = now; // taking a lock over does not open the window again
    l->locked = true;
    l->remote = *remote;
    return moves ? CW_LATCH_ACCEPT_AND_SEND_THERE : CW_LATCH_ACCEPT;
}

static enum cw_latch_verdict reject_source(struct cw_latch *l) {
    l->rejected_source++;
    return CW_LATCH_REJECT;
}

static enum cw_latch_verdict input_expected(struct cw_latch *l, const struct cw_addr *source, cw_time now) {
    l->candidate_count = 0; // a stranger must win without the SDP's address being heard
    if (++l->expected_count >= l->needed) return lock(l, source, now);
    return l->locked ? reject_source(l) : CW_LATCH_ACCEPT;
}

static bool may_learn(const struct cw_latch *l, const struct cw_addr *source) {
    if (l->flags & CW_LATCH_STRICT) return false;
    if (l->flags & CW_LATCH_SAME_HOST) return cw_addr_same_host(&l->expected, source);
    return true;
}

// A vote: the candidate's packets count for it, all others against it, so that a few stray ones neither win nor hold up
// the one who goes on sending.
static enum cw_latch_verdict input_stranger(struct cw_latch *l, const struct cw_latch_packet *p, cw_time now) {
    if (!may_learn(l, p->source)) return reject_source(l);
    bool same = l->candidate_count && l->candidate_ssrc == p->ssrc && cw_addr_equal(&l->candidate, p->source);
    if (!same && l->candidate_count && --l->candidate_count) return reject_source(l);
    if (!same) {
        l->candidate = *p->source;
        l->candidate_ssrc = p->ssrc;
    }
    if (++l->candidate_count >= l->needed) return lock(l, p->source, now);
    return l->expected_count ? reject_source(l) : CW_LATCH_ACCEPT;
}

bool cw_latch_hopeless(const struct cw_latch *l, const struct cw_addr *source, cw_time now) {
    if (!l->locked || cw_addr_equal(&l->remote, source)) return false;
    return now - l->locked_at > CW_LATCH_WINDOW || !is_expected(l, source);
}

enum cw_latch_verdict cw_latch_input(struct cw_latch *l, const struct cw_latch_packet *p, cw_time now) {
    if (cw_latch_hopeless(l, p->source, now)) return reject_source(l);
    if ((l->flags & CW_LATCH_SECURE) && !p->authenticated) {
        l->rejected_auth++;
        return CW_LATCH_REJECT;
    }
    if (!p->valid) {
        l->rejected_invalid++;
        return CW_LATCH_REJECT;
    }
    if (l->locked && cw_addr_equal(&l->remote, p->source)) return CW_LATCH_ACCEPT;
    return is_expected(l, p->source) ? input_expected(l, p->source, now) : input_stranger(l, p, now);
}
