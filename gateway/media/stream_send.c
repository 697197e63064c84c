// Sending on a stream: another stream's packet becomes ours (SSRC, sequence, timestamp, payload type, extensions).
#include <string.h>

#include "base/err.h"
#include "media/leg.h"

static void translate_codecs(struct cw_stream *s, const struct cw_media_stream *from, bool own) {
    cw_rtp_pt_map_init(&s->types);
    memset(s->out_codec, CW_STREAM_NO_CODEC, sizeof s->out_codec);
    for (size_t i = 0; i < from->codec_count; i++) {
        uint8_t pt = own ? from->codecs[i].pt_send : from->codecs[i].pt_receive;
        if (pt >= 128 || s->types.to[pt] != CW_RTP_PT_NONE) continue;
        for (size_t j = 0; j < s->conf.codec_count; j++) {
            const struct cw_media_codec *to = &s->conf.codecs[j];
            if (to->pt_send >= 128 || !cw_media_codec_equal(&from->codecs[i], to)) continue;
            s->types.to[pt] = to->pt_send;
            s->out_codec[pt] = (uint8_t)j;
            break;
        }
    }
}

static void translate_exts(struct cw_stream *s, const struct cw_media_stream *from) {
    memset(s->exts.copy, 0, sizeof s->exts.copy);
    for (size_t i = 0; i < from->ext_count; i++) {
        const struct cw_media_ext *e = &from->exts[i];
        if (e->kind != CW_MEDIA_EXT_RELAY && e->kind != CW_MEDIA_EXT_AUDIO_LEVEL) continue;
        for (size_t j = 0; j < s->conf.ext_count; j++) {
            const struct cw_media_ext *ours = &s->conf.exts[j];
            if (ours->kind == e->kind && ours->uri == e->uri && ours->send) s->exts.copy[e->id] = ours->id;
        }
    }
}

// A stream rarely has more than one source, so the tables are kept until it changes.
void cw_stream_translate(struct cw_stream *s, const struct cw_stream *from) {
    uint32_t version = from ? from->version : s->version | 1u << 31;
    if (s->mapped_version == version) return;
    translate_codecs(s, from ? &from->conf : &s->conf, from == NULL);
    translate_exts(s, from ? &from->conf : &s->conf);
    s->mapped_version = version;
}

static int map_error(struct cw_leg *leg, int err) {
    cw_leg_drop(leg, err == CW_ENOENT   ? CW_MEDIA_DROP_NO_CODEC
                     : err == CW_EAGAIN ? CW_MEDIA_DROP_STRAY
                                        : CW_MEDIA_DROP_REPLAY);
    return err;
}

// The stream's clock is that of its codec. A helper of another clock cannot be placed in it.
static int set_clock(struct cw_stream *s, const struct cw_rtp *rtp) {
    uint8_t codec = s->out_codec[rtp->pt];
    if (codec == CW_STREAM_NO_CODEC) return 0; // left to the map, which closes the gap
    uint32_t clock = s->conf.codecs[codec].clock_hz;
    if (clock == s->map.clock_hz) return 0;
    if (s->helpers >> codec & 1) {
        cw_rtp_map_skip(&s->map, rtp, s->leg->worker->now);
        return CW_ENOENT;
    }
    cw_rtp_map_set_clock(&s->map, clock);
    return 0;
}

bool cw_stream_may_send(const struct cw_stream *s) {
    return s->leg->ready && !(s->leg->flow & (CW_MEDIA_MUTE_OUT | CW_MEDIA_HOLD)) && s->conf.may_send;
}

static bool is_open(struct cw_stream *s) {
    if (cw_stream_may_send(s)) return true;
    cw_leg_drop(s->leg, s->leg->ready ? CW_MEDIA_DROP_FLOW : CW_MEDIA_DROP_NO_TARGET);
    return false;
}

// Stamps, writes and sends.
static int put(struct cw_stream *s, struct cw_rtp_head *head, const struct cw_rtp *from, const uint8_t *payload,
               size_t len) {
    struct cw_leg *leg = s->leg;
    struct cw_worker *w = leg->worker;
    struct cw_writer out;
    head->transport_seq = s->exts.transport_cc_id ? leg->transport_seq++ : 0;
    head->abs_send_time = cw_rtp_abs_send_time(w->now);
    cw_writer_init(&out, w->out.reserve(w->out.arg), CW_PACKET_SIZE - CW_SRTP_OVERHEAD);
    int err = cw_rtp_write(&out, head, &s->exts, from, payload, len);
    if (err) return err;
    cw_rtp_send_packet(&s->sent, (uint16_t)len);
    cw_leg_send_rtp(leg, out.data, out.len);
    return 0;
}

int cw_stream_insert(struct cw_stream *s, struct cw_stream_own *own) {
    struct cw_rtp_head head = {.pt = own->pt};
    if (!is_open(s)) return CW_ESTATE;
    cw_rtp_map_insert(&s->map, s->leg->worker->now, &head);
    head.marker = own->marker;
    if (own->keep_timestamp) head.timestamp = own->timestamp;
    own->timestamp = head.timestamp;
    return put(s, &head, NULL, own->payload, own->payload_len);
}

int cw_stream_send(struct cw_stream *s, const struct cw_stream *from, const struct cw_rtp *rtp) {
    struct cw_rtp_head head;
    if (!is_open(s)) {
        cw_rtp_map_pause(&s->map);
        return CW_ESTATE;
    }
    cw_stream_translate(s, from);
    int err = set_clock(s, rtp);
    if (!err) err = cw_rtp_map_packet(&s->map, rtp, &s->types, s->leg->worker->now, &head);
    if (err) return map_error(s->leg, err);
    err = put(s, &head, rtp, rtp->payload, rtp->payload_len);
    if (!err && !(s->helpers >> s->out_codec[rtp->pt] & 1)) s->out_pt = head.pt;
    return err;
}

void cw_stream_send_frame(struct cw_stream *s, uint8_t codec, const void *payload, size_t len, uint32_t units) {
    struct cw_rtp_head head;
    cw_rtp_map_set_clock(&s->map, s->conf.codecs[codec].clock_hz);
    cw_rtp_map_frame(&s->map, units, s->leg->worker->now, &head);
    bool helper = s->helpers >> codec & 1;
    head.pt = s->conf.codecs[codec].pt_send;
    head.marker &= !helper;                        // RFC 3551 §4.1: where a talk spurt begins, not in its pauses
    if (put(s, &head, NULL, payload, len)) return; // never: a payload of sound fits
    if (!helper) s->out_pt = head.pt;
}
