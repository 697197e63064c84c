// What both kinds of leg have in common: life, received packets, timers.
#include "media/leg.h"

#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "media/dtmf.h"
#include "media/player.h"
#include "media/transcode.h"

#define LAYER_SILENT CW_SECOND // a simulcast layer that pauses this long is given up for another

void cw_leg_drop(struct cw_leg *leg, enum cw_media_drop reason) {
    leg->drops[reason]++;
    cw_count(&leg->worker->counters.drops[reason], 1);
}

void cw_leg_event(struct cw_leg *leg, enum cw_media_event_type type, enum cw_media_reason reason, const char *text) {
    const struct cw_media_config *config = leg->worker->config;
    struct cw_media_event event = {.type = type, .leg = leg->id, .reason = reason, .text = text};
    config->on_event(config->arg, &event);
}

static void started_event(struct cw_stream *s) {
    const struct cw_media_config *config = s->leg->worker->config;
    struct cw_media_event event = {.type = CW_MEDIA_STARTED, .leg = s->leg->id, .stream = s->conf.index};
    s->started = true;
    config->on_event(config->arg, &event);
}

// ---------------------------------------------------------------- life

struct cw_leg *cw_leg_new(struct cw_worker *w, uint64_t id, const char *cname) {
    struct cw_leg *leg = calloc(1, sizeof *leg);
    if (!leg) return NULL;
    leg->id = id;
    leg->worker = w;
    cw_strlcpy(leg->cname, cname, sizeof leg->cname);
    leg->remb_next = CW_NEVER;
    leg->dtmf.method = CW_DTMF_RFC4733;
    leg->transport_seq = (uint16_t)cw_random_u32();
    cw_rtcp_schedule_init(&leg->rtcp, CW_RTCP_INTERVAL_AUDIO, cw_random_u32(), w->now);
    return leg;
}

void cw_leg_free(struct cw_leg *leg) {
    if (!leg) return;
    cw_wheel_clear(&leg->worker->wheel, &leg->timer);
    cw_webrtc_free(leg);
    cw_rtp_leg_free(leg);
    cw_srtp_fini(&leg->srtp_in);
    cw_srtp_fini(&leg->srtp_out);
    for (size_t i = 0; i < leg->stream_count; i++) {
        cw_dtmf_stage_free(leg->streams[i]);
        cw_transcode_end(leg->streams[i]);
        cw_player_free(leg->streams[i]);
        free(leg->streams[i]->video);
        free(leg->streams[i]);
    }
    free(leg->sources);
    free(leg->twcc);
    free(leg);
}

void cw_leg_start(struct cw_leg *leg) {
    cw_rtcp_schedule_init(&leg->rtcp, leg->rtcp.interval, cw_random_u32(), leg->worker->now);
    cw_leg_arm(leg, leg->rtcp.next);
    if (leg->app) cw_app_start(leg);
    for (size_t i = 0; i < leg->stream_count; i++) {
        if (leg->streams[i]->other) cw_stream_want_key_frame(leg->streams[i]->other);
        if (leg->streams[i]->player) cw_leg_arm(leg, cw_player_tick(leg->streams[i]));
    }
}

// ---------------------------------------------------------------- sending

void cw_leg_send_rtp(struct cw_leg *leg, uint8_t *packet, size_t len) {
    if (leg->srtp_out.session && cw_srtp_protect(&leg->srtp_out, packet, &len, CW_PACKET_SIZE)) {
        cw_leg_drop(leg, CW_MEDIA_DROP_REPLAY);
        return;
    }
    if (leg->webrtc)
        cw_webrtc_transmit(leg, len);
    else
        cw_rtp_leg_transmit(leg, len, false);
}

void cw_leg_send_rtcp(struct cw_leg *leg, uint8_t *packet, size_t len) {
    if (!leg->ready) return;
    if (leg->srtp_out.session && cw_srtp_protect_rtcp(&leg->srtp_out, packet, &len, CW_PACKET_SIZE)) {
        cw_leg_drop(leg, CW_MEDIA_DROP_SEND);
        return;
    }
    if (leg->webrtc)
        cw_webrtc_transmit(leg, len);
    else
        cw_rtp_leg_transmit(leg, len, true);
}

// ---------------------------------------------------------------- receiving

// RFC 4588: turns a retransmission into the packet that was lost. False: nothing in it (a probe), or of no known codec.
static bool unwrap_rtx(const struct cw_source *source, struct cw_rtp *rtp) {
    const struct cw_stream *s = source->stream;
    uint8_t codec = s->rtx_of[rtp->pt];
    if (codec == CW_STREAM_NO_CODEC || rtp->payload_len < 2 || !source->primary) return false;
    rtp->seq = cw_get_u16(rtp->payload);
    rtp->payload += 2;
    rtp->payload_len = (uint16_t)(rtp->payload_len - 2);
    rtp->pt = s->conf.codecs[codec].pt_receive;
    rtp->ssrc = source->primary;
    return true;
}

static void note_transport_seq(struct cw_leg *leg, const struct cw_stream *s, const struct cw_rtp *rtp) {
    uint16_t seq;
    if (!leg->twcc || !cw_rtp_ext_transport_seq(rtp, s->transport_cc_in, &seq)) return;
    cw_twcc_packet(leg->twcc, seq, leg->worker->now);
    cw_leg_arm(leg, cw_twcc_next(leg->twcc));
}

// Of simulcast one layer is passed on; another takes over when it falls silent.
static bool is_chosen_layer(struct cw_stream *s, const struct cw_source *source) {
    struct cw_stream_video *v = s->video;
    if (!v || s->conf.rid_count < 2 || source->rid < 0) return true;
    cw_time now = s->leg->worker->now;
    if (source->rid != v->layer) {
        if (v->layer_seen && now - v->layer_seen < LAYER_SILENT) return false;
        v->layer = (uint8_t)source->rid;
        cw_stream_want_key_frame(s);
    }
    v->layer_seen = now;
    return true;
}

static void note_video(struct cw_stream *s, const struct cw_rtp *rtp) {
    struct cw_stream_video *v = s->video;
    if (!v || !(s->conf.codecs[s->codec_of[rtp->pt]].feedback & CW_MEDIA_NACK)) return;
    cw_nack_packet(&v->nack, rtp->ssrc, rtp->seq, s->leg->worker->now);
    cw_leg_arm(s->leg, cw_nack_next(&v->nack));
}

static void count_received(struct cw_source *source, const struct cw_rtp *rtp, uint8_t codec) {
    struct cw_stream *s = source->stream;
    if (!(s->helpers >> codec & 1)) {
        source->recv.clock_hz = s->conf.codecs[codec].clock_hz;
        s->in_pt = rtp->pt;
    }
    cw_rtp_recv_packet(&source->recv, rtp, s->leg->worker->now);
    if (!s->started) started_event(s);
    if (s->video && s->video->key_frame_wanted) cw_stream_want_key_frame(s); // there was nobody to ask before
}

static void pass_on(struct cw_stream *s, const struct cw_rtp *rtp) {
    struct cw_leg *leg = s->leg;
    if (leg->flow & (CW_MEDIA_MUTE_IN | CW_MEDIA_HOLD) || !s->conf.may_receive) {
        // Who is muted can still press keys.
        if (!(leg->flow & CW_MEDIA_HOLD) && cw_dtmf_is_event(s, rtp)) cw_dtmf_stage_hear(s, rtp);
        cw_leg_drop(leg, CW_MEDIA_DROP_FLOW);
    } else if (leg->app) {
        if (cw_dtmf_is_event(s, rtp)) cw_dtmf_stage_hear(s, rtp);
        cw_app_packet(s, rtp);
    } else if (s->other) {
        cw_bridge_forward(s, rtp);
    } else {
        cw_leg_drop(leg, CW_MEDIA_DROP_NO_TARGET);
    }
}

void cw_leg_input_rtp(struct cw_leg *leg, struct cw_rtp *rtp) {
    struct cw_source *source = cw_leg_source(leg, rtp);
    if (!source) {
        cw_leg_drop(leg, CW_MEDIA_DROP_STREAM);
        return;
    }
    struct cw_stream *s = source->stream;
    source->seen = leg->worker->now;
    note_transport_seq(leg, s, rtp);
    bool repaired = source->rtx;
    if (repaired && !unwrap_rtx(source, rtp)) return;
    uint8_t codec = s->codec_of[rtp->pt];
    if (codec == CW_STREAM_NO_CODEC) {
        if (s->other) cw_rtp_map_skip(&s->other->map, rtp, leg->worker->now); // no loss to its receiver
        cw_leg_drop(leg, CW_MEDIA_DROP_PAYLOAD_TYPE);
        return;
    }
    if (!repaired) count_received(source, rtp, codec);
    if (!is_chosen_layer(s, source)) return;
    note_video(s, rtp);
    if (rtp->payload_len) pass_on(s, rtp);
}

// ---------------------------------------------------------------- time

static cw_time tick_feedback(struct cw_leg *leg) {
    cw_time now = leg->worker->now, next = leg->rtcp.next;
    if (leg->stream_count && next <= now) {
        cw_leg_send_report(leg, false);
        cw_rtcp_schedule_sent(&leg->rtcp, now);
        next = leg->rtcp.next;
    }
    if (!leg->stream_count) next = CW_NEVER;
    if (leg->twcc) {
        if (cw_twcc_next(leg->twcc) <= now) cw_leg_send_twcc(leg);
        next = cw_earlier(next, cw_twcc_next(leg->twcc));
    }
    if (leg->remb_next <= now) cw_leg_send_remb(leg);
    next = cw_earlier(next, leg->remb_next);
    for (size_t i = 0; i < leg->stream_count; i++) {
        next = cw_earlier(next, cw_stream_tick(leg->streams[i]));
        next = cw_earlier(next, cw_dtmf_stage_tick(leg->streams[i]));
        next = cw_earlier(next, cw_player_tick(leg->streams[i]));
    }
    return next;
}

void cw_leg_tick(struct cw_leg *leg) {
    cw_time next = leg->webrtc ? cw_webrtc_tick(leg) : cw_rtp_leg_tick(leg);
    if (leg->ready) next = cw_earlier(next, tick_feedback(leg));
    cw_leg_arm(leg, next); // the timer may be set already, by what has just been done
}
