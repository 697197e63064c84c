// A leg's numbers for the API, and the names of reasons.
#include <string.h>

#include "media/transcode.h"

static void fill_codec(const struct cw_stream *s, uint8_t pt, bool in, struct cw_media_direction_stats *out) {
    out->pt = pt;
    for (size_t i = 0; i < s->conf.codec_count; i++) {
        const struct cw_media_codec *c = &s->conf.codecs[i];
        if ((in ? c->pt_receive : c->pt_send) != pt) continue;
        out->codec = c->codec;
        out->clock_hz = c->clock_hz;
        return;
    }
}

static void fill_direction(const struct cw_stream *s, const struct cw_rtp_stats *stats,
                           struct cw_media_direction_stats *out) {
    out->packets = stats->packets;
    out->bytes = stats->bytes;
    out->lost = stats->lost;
    out->jitter_ms = stats->jitter_ms;
    out->rtt_ms = stats->rtt_ms > 0 ? stats->rtt_ms : (double)s->leg->rtt / 1000.0;
    if (s->conf.kind == CW_MEDIA_AUDIO && stats->packets)
        out->mos = cw_rtp_mos(stats->fraction, out->rtt_ms, stats->jitter_ms);
}

// All senders of a stream together; jitter and loss of the newest.
static void fill_in(const struct cw_stream *s, struct cw_media_direction_stats *out) {
    struct cw_rtp_stats sum = {0}, one;
    const struct cw_source *newest = cw_stream_source(s);
    for (size_t i = 0; i < s->leg->source_count; i++) {
        const struct cw_source *source = &s->leg->sources[i];
        if (source->stream != s || source->rtx) continue;
        cw_rtp_recv_stats(&source->recv, &one);
        sum.packets += one.packets;
        sum.bytes += one.bytes;
        sum.lost += one.lost;
        if (source != newest) continue;
        sum.jitter_ms = one.jitter_ms;
        sum.fraction = one.fraction;
    }
    fill_codec(s, s->in_pt, true, out);
    fill_direction(s, &sum, out);
    out->ssrc = newest ? newest->ssrc : 0;
    out->nacks = s->nacks_out;
    out->key_frame_requests = s->key_frames_out;
    cw_transcode_stats(s, out);
}

static void fill_out(const struct cw_stream *s, struct cw_media_direction_stats *out) {
    struct cw_rtp_stats stats;
    cw_rtp_send_stats(&s->sent, s->map.clock_hz, &stats);
    fill_codec(s, s->out_pt, false, out);
    fill_direction(s, &stats, out);
    out->ssrc = s->conf.ssrc;
    out->nacks = s->nacks_in;
    out->key_frame_requests = s->key_frames_in;
}

void cw_leg_stats(struct cw_leg *leg, struct cw_media_stats *out) {
    memset(out, 0, sizeof *out);
    if (leg->webrtc)
        cw_webrtc_stats(leg, out);
    else
        cw_rtp_leg_stats(leg, out);
    out->packets_in = leg->packets_in;
    out->bytes_in = leg->bytes_in;
    out->packets_out = leg->packets_out;
    out->bytes_out = leg->bytes_out;
    for (int i = 0; i < CW_MEDIA_DROP_COUNT; i++) out->drops[i] = leg->drops[i];
    for (size_t i = 0; i < leg->stream_count; i++) {
        const struct cw_stream *s = leg->streams[i];
        struct cw_media_stream_stats *to = &out->streams[out->stream_count++];
        to->index = s->conf.index;
        to->kind = s->conf.kind;
        fill_in(s, &to->in);
        fill_out(s, &to->out);
    }
}

const char *cw_media_drop_name(enum cw_media_drop drop) {
    static const char *const names[CW_MEDIA_DROP_COUNT] = {
        [CW_MEDIA_DROP_MALFORMED] = "malformed", [CW_MEDIA_DROP_UNKNOWN_SOURCE] = "unknown_source",
        [CW_MEDIA_DROP_STUN] = "stun",           [CW_MEDIA_DROP_DTLS] = "dtls",
        [CW_MEDIA_DROP_NOT_READY] = "not_ready", [CW_MEDIA_DROP_AUTH] = "auth",
        [CW_MEDIA_DROP_REPLAY] = "replay",       [CW_MEDIA_DROP_LATCH] = "latch",
        [CW_MEDIA_DROP_STREAM] = "stream",       [CW_MEDIA_DROP_PAYLOAD_TYPE] = "payload_type",
        [CW_MEDIA_DROP_NO_CODEC] = "no_codec",   [CW_MEDIA_DROP_NO_TARGET] = "no_target",
        [CW_MEDIA_DROP_FLOW] = "flow",           [CW_MEDIA_DROP_STRAY] = "stray",
        [CW_MEDIA_DROP_SEND] = "send",
    };
    return drop < CW_MEDIA_DROP_COUNT ? names[drop] : "unknown";
}

const char *cw_media_reason_name(enum cw_media_reason reason) {
    switch (reason) {
    case CW_MEDIA_REASON_NONE: return "none";
    case CW_MEDIA_REASON_ICE_TIMEOUT: return "ice_timeout";
    case CW_MEDIA_REASON_CONSENT_EXPIRED: return "consent_expired";
    case CW_MEDIA_REASON_DTLS_FAILED: return "dtls_failed";
    case CW_MEDIA_REASON_FINGERPRINT_MISMATCH: return "fingerprint_mismatch";
    case CW_MEDIA_REASON_NO_MEMORY: return "no_memory";
    }
    return "unknown";
}
