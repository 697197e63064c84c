// RTCP ends at each leg: reports are read here, feedback is passed to whom it is about.
#include "media/leg.h"

static struct cw_stream *sent_by_us(const struct cw_leg *leg, uint32_t ssrc) {
    for (size_t i = 0; i < leg->stream_count; i++)
        if (leg->streams[i]->conf.ssrc == ssrc) return leg->streams[i];
    return NULL;
}

static void on_blocks(struct cw_leg *leg, const struct cw_rtcp *p) {
    struct cw_rtcp_block block;
    for (unsigned i = 0; cw_rtcp_block_parse(p, i, &block) == 0; i++) {
        struct cw_stream *s = sent_by_us(leg, block.ssrc);
        if (!s) continue;
        cw_rtp_send_block(&s->sent, &block, cw_leg_ntp(leg));
        if (s->sent.rtt) leg->rtt = s->sent.rtt;
    }
}

static void on_sender_report(struct cw_leg *leg, const struct cw_rtcp *p) {
    struct cw_rtcp_sender sender;
    struct cw_source *source = cw_leg_source_find(leg, p->sender_ssrc);
    if (source && cw_rtcp_sender_parse(p, &sender) == 0) cw_rtp_recv_sr(&source->recv, &sender, leg->worker->now);
    on_blocks(leg, p);
}

static void on_extended_report(struct cw_leg *leg, const struct cw_rtcp *p) {
    uint64_t ntp;
    struct cw_rtcp_dlrr echo;
    if (cw_rtcp_rrtr_parse(p, &ntp) == 0) {
        leg->rrtr_seen = true;
        leg->rrtr_ssrc = p->sender_ssrc;
        leg->rrtr_middle = cw_rtp_ntp_middle(ntp);
        leg->rrtr_time = leg->worker->now;
    }
    for (unsigned i = 0; cw_rtcp_dlrr_parse(p, i, &echo) == 0; i++)
        if (leg->stream_count && echo.ssrc == leg->streams[0]->conf.ssrc)
            leg->rtt = cw_rtp_rtt(cw_leg_ntp(leg), echo.last_rr, echo.delay);
}

// The receiver of s wants a key frame: who feeds s is asked.
static void on_key_frame_request(struct cw_stream *s) {
    s->key_frames_in++;
    if (s->leg->app)
        cw_app_feedback(s, CW_FEEDBACK_PLI, 0);
    else if (s->other)
        cw_stream_want_key_frame(s->other);
}

static void on_fir(struct cw_leg *leg, const struct cw_rtcp *p) {
    uint32_t ssrc;
    uint8_t seq;
    for (unsigned i = 0; cw_rtcp_fir_parse(p, i, &ssrc, &seq) == 0; i++) {
        struct cw_stream *s = sent_by_us(leg, ssrc);
        if (s) on_key_frame_request(s);
    }
}

// The numbers are ours; the sender behind the bridge knows them by its own.
static void on_nack(struct cw_leg *leg, const struct cw_rtcp *p) {
    uint16_t lost[CW_NACK_MAX], theirs[CW_NACK_MAX], seq;
    size_t count, found = 0;
    uint32_t ssrc = 0, of;
    struct cw_stream *s = sent_by_us(leg, p->media_ssrc);
    if (!s || !s->video || cw_rtcp_nack_parse(p, lost, CW_NACK_MAX, &count)) return;
    s->nacks_in += (uint32_t)count;
    struct cw_stream *from = leg->app ? s : s->other; // of the application's peers we only know the echo
    if (!from) return;
    for (size_t i = 0; i < count; i++) {
        if (cw_rtp_map_to_source(&s->map, lost[i], &of, &seq)) continue;
        if (found && of != ssrc) continue; // of a source before this one: not worth asking for
        ssrc = of;
        theirs[found++] = seq;
    }
    if (found && cw_leg_source_find(from->leg, ssrc)) cw_stream_send_nack(from, theirs, found, ssrc);
}

static void on_remb(struct cw_leg *leg, const struct cw_rtcp *p) {
    uint64_t bps;
    if (cw_rtcp_remb_parse(p, &bps)) return;
    if (leg->app) {
        for (size_t i = 0; i < leg->stream_count; i++)
            if (leg->streams[i]->video) cw_app_feedback(leg->streams[i], CW_FEEDBACK_REMB, bps);
    } else if (leg->other) {
        leg->other->remote_bitrate_cap = bps;
        leg->other->remb_next = leg->worker->now;
        if (leg->other->ready) cw_leg_arm(leg->other, leg->worker->now);
    }
}

void cw_leg_input_rtcp(struct cw_leg *leg, const uint8_t *data, size_t len) {
    struct cw_reader r;
    struct cw_rtcp p;
    if (cw_rtcp_open(&r, data, len)) {
        cw_leg_drop(leg, CW_MEDIA_DROP_MALFORMED);
        return;
    }
    while (cw_rtcp_next(&r, &p) == 0) {
        struct cw_stream *s;
        switch (cw_rtcp_kind(&p)) {
        case CW_RTCP_SR: on_sender_report(leg, &p); break;
        case CW_RTCP_RR: on_blocks(leg, &p); break;
        case CW_RTCP_XR: on_extended_report(leg, &p); break;
        case CW_RTCP_PLI:
            if ((s = sent_by_us(leg, p.media_ssrc))) on_key_frame_request(s);
            break;
        case CW_RTCP_FIR: on_fir(leg, &p); break;
        case CW_RTCP_NACK: on_nack(leg, &p); break;
        case CW_RTCP_AFB: on_remb(leg, &p); break;
        default: break; // SDES, BYE, TWCC of what we send: nothing depends on them
        }
    }
}
