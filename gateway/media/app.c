// Application plugins on a leg: its packets and data channels go to the plugin, and the plugin's calls come back here.
#include "media/leg.h"

#include "base/err.h"

// What cw_media_packet.source points to.
struct packet_source {
    const struct cw_rtp *rtp;
    const struct cw_stream *stream;
};

void cw_app_start(struct cw_leg *leg) {
    if (leg->app_started || !leg->ready) return;
    leg->app_started = true;
    if (leg->app->on_start) leg->app->on_start(leg->app_peer, cw_leg_peer(leg));
    if (leg->webrtc && cw_webrtc_data(leg)) cw_data_app_started(cw_webrtc_data(leg));
}

void cw_app_stop(struct cw_leg *leg) {
    if (!leg->app) return;
    if (leg->app_started && leg->app->on_stop) leg->app->on_stop(leg->app_peer, cw_leg_peer(leg));
    leg->app = NULL;
    leg->app_peer = NULL;
    leg->app_started = false;
}

void cw_app_packet(struct cw_stream *from, const struct cw_rtp *rtp) {
    struct cw_leg *leg = from->leg;
    struct packet_source source = {rtp, from};
    if (!leg->app_started || !leg->app->on_packet) {
        cw_leg_drop(leg, CW_MEDIA_DROP_NO_TARGET);
        return;
    }
    struct cw_media_packet packet = {.stream = from->conf.index,
                                     .kind = from->conf.kind,
                                     .payload_type = rtp->pt,
                                     .marker = rtp->marker,
                                     .seq = rtp->seq,
                                     .timestamp = rtp->timestamp,
                                     .ssrc = rtp->ssrc,
                                     .payload = rtp->payload,
                                     .payload_len = rtp->payload_len,
                                     .source = &source};
    leg->app->on_packet(leg->app_peer, cw_leg_peer(leg), &packet);
}

void cw_app_feedback(struct cw_stream *s, enum cw_feedback_type type, uint64_t bitrate_bps) {
    struct cw_leg *leg = s->leg;
    if (!leg->app_started || !leg->app->on_feedback) return;
    struct cw_media_feedback feedback = {.stream = s->conf.index, .type = (uint8_t)type, .bitrate_bps = bitrate_bps};
    leg->app->on_feedback(leg->app_peer, cw_leg_peer(leg), &feedback);
}

// ---------------------------------------------------------------- the plugin's calls

static int host_send(struct cw_media_peer *to, uint16_t stream, const struct cw_media_packet *packet) {
    const struct packet_source *source = packet->source;
    struct cw_stream *s = cw_leg_stream(cw_leg_of(to), stream);
    if (!s) return CW_RESULT_NOT_FOUND;
    if (packet->payload_type > 127 || packet->payload_len > CW_PACKET_SIZE) return CW_RESULT_INVALID;
    struct cw_rtp rtp = source ? *source->rtp : (struct cw_rtp){0};
    rtp.pt = packet->payload_type;
    rtp.marker = packet->marker;
    rtp.seq = packet->seq;
    rtp.timestamp = packet->timestamp;
    rtp.ssrc = packet->ssrc;
    rtp.payload = packet->payload;
    rtp.payload_len = (uint16_t)packet->payload_len;
    return cw_stream_send(s, source ? source->stream : NULL, &rtp);
}

static int host_request_key_frame(struct cw_media_peer *from, uint16_t stream) {
    struct cw_stream *s = cw_leg_stream(cw_leg_of(from), stream);
    if (!s) return CW_RESULT_NOT_FOUND;
    if (!s->video) return CW_RESULT_UNSUPPORTED;
    cw_stream_want_key_frame(s);
    return 0;
}

static int host_limit_bitrate(struct cw_media_peer *from, uint64_t bitrate_bps) {
    struct cw_leg *leg = cw_leg_of(from);
    if (leg->bitrate_cap == bitrate_bps) return 0;
    leg->bitrate_cap = bitrate_bps;
    leg->remb_next = leg->worker->now;
    if (leg->ready) cw_leg_arm(leg, leg->remb_next);
    return 0;
}

static struct cw_data *data_of(struct cw_media_peer *peer) { return cw_webrtc_data(cw_leg_of(peer)); }

static int host_channel_send(struct cw_media_peer *to, uint16_t channel, enum cw_message_kind kind, const void *data,
                             size_t len) {
    return data_of(to) ? cw_data_send(data_of(to), channel, kind, data, len) : CW_RESULT_NOT_FOUND;
}

static int host_channel_open(struct cw_media_peer *to, const struct cw_channel *channel, uint16_t *id) {
    return data_of(to) ? cw_data_open(data_of(to), channel, id) : CW_RESULT_WRONG_STATE;
}

static int host_channel_close(struct cw_media_peer *to, uint16_t channel) {
    return data_of(to) ? cw_data_close(data_of(to), channel) : CW_RESULT_NOT_FOUND;
}

static int host_pause_messages(struct cw_media_peer *from, bool paused) {
    return data_of(from) ? cw_data_pause(data_of(from), paused) : CW_RESULT_NOT_FOUND;
}

static int64_t host_now_us(struct cw_media_peer *media) { return cw_leg_of(media)->worker->now; }

const struct cw_media_host *cw_media_host(void) {
    static const struct cw_media_host host = {.send = host_send,
                                              .request_key_frame = host_request_key_frame,
                                              .limit_bitrate = host_limit_bitrate,
                                              .channel_send = host_channel_send,
                                              .channel_open = host_channel_open,
                                              .channel_close = host_channel_close,
                                              .pause_messages = host_pause_messages,
                                              .now_us = host_now_us};
    return &host;
}
