// Statistics as JSON.
#include "core/stats_json.h"

#include <math.h>

#include "proto/codec.h"

static json_t *rounded(double value) { return json_real(round(value * 100) / 100); }

static json_t *direction(const struct cw_media_direction_stats *d) {
    if (d->pt == CW_MEDIA_PT_NONE) return json_null();
    const struct cw_codec *codec = cw_codec_by_id(d->codec);
    json_t *o = json_pack("{s:s, s:i, s:i, s:I, s:I, s:I, s:I}", "codec", codec ? codec->name : "", "payload_type",
                          d->pt, "clock_hz", (int)d->clock_hz, "ssrc", (json_int_t)d->ssrc, "packets",
                          (json_int_t)d->packets, "bytes", (json_int_t)d->bytes, "lost", (json_int_t)d->lost);
    json_object_set_new(o, "jitter_ms", rounded(d->jitter_ms));
    json_object_set_new(o, "rtt_ms", d->rtt_ms > 0 ? rounded(d->rtt_ms) : json_null());
    if (d->mos > 0) json_object_set_new(o, "mos", rounded(d->mos));
    json_object_set_new(o, "nacks", json_integer(d->nacks));
    json_object_set_new(o, "key_frame_requests", json_integer(d->key_frame_requests));
    if (d->transcoded) {
        json_object_set_new(o, "jitter_buffer_ms", rounded(d->jitter_buffer_ms));
        json_object_set_new(o, "concealed_ms", rounded(d->concealed_ms));
    }
    return o;
}

static json_t *drops(const struct cw_media_stats *stats) {
    json_t *o = json_object();
    for (int i = 0; i < CW_MEDIA_DROP_COUNT; i++) {
        if (stats->drops[i]) json_object_set_new(o, cw_media_drop_name(i), json_integer((json_int_t)stats->drops[i]));
    }
    return o;
}

json_t *cw_stats_json(const struct cw_media_stats *stats) {
    char local[CW_ADDR_SIZE], remote[CW_ADDR_SIZE];
    json_t *streams = json_array();
    for (size_t i = 0; i < stats->stream_count; i++) {
        const struct cw_media_stream_stats *s = &stats->streams[i];
        json_array_append_new(streams, json_pack("{s:i, s:s, s:o, s:o}", "index", s->index, "kind",
                                                 s->kind == CW_MEDIA_AUDIO ? "audio" : "video", "in", direction(&s->in),
                                                 "out", direction(&s->out)));
    }
    json_t *o = json_pack("{s:s, s:b, s:{s:s, s:s, s:s}, s:s, s:s, s:I, s:I, s:I, s:I, s:o, s:o}", "leg",
                          stats->webrtc ? "webrtc" : "rtp", "connected", stats->connected, "pair", "local",
                          cw_addr_text(&stats->local, local), "remote", cw_addr_text(&stats->remote, remote),
                          "transport", stats->tcp ? "tcp" : "udp", "dtls", stats->dtls_version, "srtp_profile",
                          stats->srtp_profile, "packets_in", (json_int_t)stats->packets_in, "bytes_in",
                          (json_int_t)stats->bytes_in, "packets_out", (json_int_t)stats->packets_out, "bytes_out",
                          (json_int_t)stats->bytes_out, "drops", drops(stats), "streams", streams);
    return o;
}
