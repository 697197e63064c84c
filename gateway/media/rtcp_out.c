// RTCP that a leg sends: reports of its own, and feedback to the sender of each stream.
#include "media/leg.h"

#include "base/err.h"

#define KEY_FRAME_INTERVAL (300 * CW_MS)
#define REMB_INTERVAL CW_SECOND
#define REMB_UNLIMITED 1000000000ULL // [bit/s] takes a cap back

static uint32_t own_ssrc(const struct cw_leg *leg) { return leg->streams[0]->conf.ssrc; }

static void begin(struct cw_leg *leg, struct cw_writer *w) {
    const struct cw_worker_output *out = &leg->worker->out;
    cw_writer_init(w, out->reserve(out->arg), CW_RTCP_SIZE);
}

// RFC 4585 §3.1: a compound packet unless reduced size was negotiated (RFC 5506).
static void begin_feedback(const struct cw_stream *s, struct cw_writer *w) {
    begin(s->leg, w);
    if (s->conf.rtcp_reduced) return;
    cw_rtcp_write_rr(w, own_ssrc(s->leg), NULL, 0);
    cw_rtcp_write_cname(w, own_ssrc(s->leg), s->leg->cname);
}

static void finish(struct cw_leg *leg, const struct cw_writer *w) {
    if (w->len) cw_leg_send_rtcp(leg, w->data, w->len);
}

// ---------------------------------------------------------------- reports

static size_t collect_blocks(struct cw_leg *leg, struct cw_rtcp_block *blocks) {
    size_t count = 0;
    for (size_t i = 0; i < leg->source_count; i++) {
        struct cw_source *source = &leg->sources[i];
        // A sender that is silent since the report before last is no member any more (RFC 3550 §6.3.5).
        if (source->rtx || leg->worker->now - source->seen > 5 * leg->rtcp.interval) continue;
        if (cw_rtp_recv_block(&source->recv, leg->worker->now, &blocks[count]) == 0) count++;
    }
    return count;
}

static bool write_sender(struct cw_leg *leg, struct cw_stream *s, struct cw_writer *w,
                         const struct cw_rtcp_block *blocks, size_t count) {
    uint32_t timestamp;
    struct cw_rtcp_sender sender;
    if (!s->sent.packets_total || cw_rtp_map_now(&s->map, leg->worker->now, &timestamp)) return false;
    cw_rtp_send_sr(&s->sent, cw_leg_ntp(leg), timestamp, &sender);
    cw_rtcp_write_sr(w, s->conf.ssrc, &sender, blocks, count);
    return true;
}

static void write_extended(struct cw_leg *leg, struct cw_writer *w) {
    if (leg->rrtr_seen) {
        cw_time delay = leg->worker->now - leg->rrtr_time;
        struct cw_rtcp_dlrr echo = {leg->rrtr_ssrc, leg->rrtr_middle, cw_rtp_delay_units(delay)};
        cw_rtcp_write_dlrr(w, own_ssrc(leg), &echo, 1);
        leg->rrtr_seen = false;
    }
}

void cw_leg_send_report(struct cw_leg *leg, bool bye) {
    struct cw_rtcp_block blocks[CW_SOURCES_MAX];
    struct cw_writer w;
    if (!leg->stream_count) return;
    size_t count = collect_blocks(leg, blocks);
    begin(leg, &w);
    bool reported = false;
    for (size_t i = 0; i < leg->stream_count; i++)
        reported |= write_sender(leg, leg->streams[i], &w, blocks, reported ? 0 : count);
    if (!reported) cw_rtcp_write_rr(&w, own_ssrc(leg), blocks, count);
    cw_rtcp_write_cname(&w, own_ssrc(leg), leg->cname);
    for (size_t i = 1; i < leg->stream_count; i++)
        if (leg->streams[i]->sent.packets_total) cw_rtcp_write_cname(&w, leg->streams[i]->conf.ssrc, leg->cname);
    write_extended(leg, &w);
    for (size_t i = 0; bye && i < leg->stream_count; i++) cw_rtcp_write_bye(&w, leg->streams[i]->conf.ssrc);
    finish(leg, &w);
}

// ---------------------------------------------------------------- feedback

void cw_leg_send_twcc(struct cw_leg *leg) {
    cw_time now = leg->worker->now;
    uint32_t media = leg->source_count ? leg->sources[leg->source_last].ssrc : 0;
    // A long list takes several packets; the bound is for a sender that jumps all over the numbers.
    for (int i = 0; i < 4 && leg->stream_count && cw_twcc_next(leg->twcc) <= now; i++) {
        struct cw_writer w;
        begin_feedback(leg->streams[0], &w);
        if (cw_twcc_write(leg->twcc, &w, own_ssrc(leg), media, now)) return;
        finish(leg, &w);
    }
}

void cw_leg_send_remb(struct cw_leg *leg) {
    uint32_t ssrcs[CW_SOURCES_MAX];
    size_t count = 0;
    uint64_t cap = leg->bitrate_cap;
    if (leg->remote_bitrate_cap && (!cap || leg->remote_bitrate_cap < cap)) cap = leg->remote_bitrate_cap;
    leg->remb_next = cap ? leg->worker->now + REMB_INTERVAL : CW_NEVER;
    struct cw_stream *speaker = NULL;
    for (size_t i = 0; i < leg->source_count; i++) {
        if (!leg->sources[i].stream->video || leg->sources[i].rtx) continue;
        speaker = leg->sources[i].stream;
        ssrcs[count++] = leg->sources[i].ssrc;
    }
    if (!speaker) return;
    struct cw_writer w;
    begin_feedback(speaker, &w);
    cw_rtcp_write_remb(&w, own_ssrc(leg), cap ? cap : REMB_UNLIMITED, ssrcs, count);
    finish(leg, &w);
}

void cw_stream_send_nack(struct cw_stream *s, const uint16_t *seqs, size_t count, uint32_t media_ssrc) {
    struct cw_writer w;
    begin_feedback(s, &w);
    cw_rtcp_write_nack(&w, own_ssrc(s->leg), media_ssrc, seqs, count);
    s->nacks_out += (uint32_t)count;
    finish(s->leg, &w);
}

static unsigned feedback_of(const struct cw_stream *s) {
    unsigned flags = 0;
    for (size_t i = 0; i < s->conf.codec_count; i++) flags |= s->conf.codecs[i].feedback;
    return flags;
}

// False: there is nobody to ask yet.
static bool ask_key_frame(struct cw_stream *s) {
    struct cw_source *source = cw_stream_source(s);
    unsigned flags = feedback_of(s);
    struct cw_writer w;
    if (!source || !s->leg->ready) return false;
    if (!(flags & (CW_MEDIA_PLI | CW_MEDIA_FIR))) return true; // it would not understand
    begin_feedback(s, &w);
    if (flags & CW_MEDIA_PLI)
        cw_rtcp_write_pli(&w, own_ssrc(s->leg), source->ssrc);
    else
        cw_rtcp_write_fir(&w, own_ssrc(s->leg), source->ssrc, ++s->video->fir_seq);
    s->key_frames_out++;
    finish(s->leg, &w);
    return true;
}

static cw_time tick_key_frame(struct cw_stream *s) {
    struct cw_stream_video *v = s->video;
    if (!v->key_frame_wanted) return CW_NEVER;
    cw_time now = s->leg->worker->now;
    cw_time at = v->key_frame_asked ? v->key_frame_asked + KEY_FRAME_INTERVAL : now;
    if (at > now) return at;
    if (!ask_key_frame(s)) return CW_NEVER; // its first packet asks again
    v->key_frame_asked = now;
    v->key_frame_wanted = false;
    return CW_NEVER;
}

void cw_stream_want_key_frame(struct cw_stream *s) {
    if (!s->video) return;
    s->video->key_frame_wanted = true;
    cw_leg_arm(s->leg, tick_key_frame(s));
}

static cw_time tick_nack(struct cw_stream *s) {
    struct cw_stream_video *v = s->video;
    cw_time now = s->leg->worker->now;
    uint16_t seqs[CW_NACK_MAX];
    if (cw_nack_next(&v->nack) <= now) {
        size_t count = cw_nack_list(&v->nack, now, s->leg->rtt, seqs, CW_NACK_MAX);
        if (count) cw_stream_send_nack(s, seqs, count, v->nack.ssrc);
    }
    if (v->nack.need_keyframe) {
        v->nack.need_keyframe = false;
        v->key_frame_wanted = true;
    }
    return cw_nack_next(&v->nack);
}

cw_time cw_stream_tick(struct cw_stream *s) {
    if (!s->video) return CW_NEVER;
    cw_time next = tick_nack(s);
    return cw_earlier(next, tick_key_frame(s));
}
