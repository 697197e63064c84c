// Two legs joined: the n-th stream of a kind on one side feeds the n-th of that kind on the other.
#include "media/dtmf.h"
#include "media/transcode.h"

static struct cw_stream *nth_of_kind(const struct cw_leg *leg, uint8_t kind, unsigned n) {
    for (size_t i = 0; i < leg->stream_count; i++)
        if (leg->streams[i]->conf.kind == kind && n-- == 0) return leg->streams[i];
    return NULL;
}

static void match_side(struct cw_leg *leg, struct cw_leg *other) {
    unsigned seen[CW_MEDIA_DATA + 1] = {0};
    for (size_t i = 0; i < leg->stream_count; i++) {
        struct cw_stream *s = leg->streams[i];
        struct cw_stream *match = other ? nth_of_kind(other, s->conf.kind, seen[s->conf.kind]++) : NULL;
        bool changed = match && match != s->other;
        s->other = match;
        if (!match) cw_transcode_end(s);
        if (changed && other->ready) cw_stream_want_key_frame(s); // the other side has seen nothing of it
    }
}

void cw_bridge_match(struct cw_leg *leg) {
    match_side(leg, leg->other);
    if (leg->other) match_side(leg->other, leg);
}

void cw_bridge_leave(struct cw_leg *leg) {
    struct cw_leg *other = leg->other;
    if (!other) return;
    leg->other = other->other = NULL;
    match_side(leg, NULL);
    match_side(other, NULL);
}

void cw_bridge_join(struct cw_leg *a, struct cw_leg *b) {
    if (a->other == b) return;
    cw_bridge_leave(a);
    cw_bridge_leave(b);
    a->other = b;
    b->other = a;
    cw_bridge_match(a);
}

// A failure is counted where it happens.
void cw_bridge_forward(struct cw_stream *from, const struct cw_rtp *rtp) {
    if (cw_dtmf_stage_wants(from, rtp) && !(rtp = cw_dtmf_stage_take(from, rtp))) return;
    if (cw_transcode_take(from, rtp)) return;
    (void)cw_stream_send(from->other, from, rtp);
}
