// From negotiated descriptions to media commands.
#include "core/media_setup.h"

#include <string.h>

#include "base/buf.h"
#include "base/err.h"

static uint8_t payload_type(int pt) { return pt < 0 ? CW_MEDIA_PT_NONE : (uint8_t)pt; }

static uint32_t feedback_flags(unsigned sdp) {
    return (sdp & CW_SDP_FEEDBACK_NACK ? CW_MEDIA_NACK : 0u) | (sdp & CW_SDP_FEEDBACK_PLI ? CW_MEDIA_PLI : 0u) |
           (sdp & CW_SDP_FEEDBACK_FIR ? CW_MEDIA_FIR : 0u) | (sdp & CW_SDP_FEEDBACK_REMB ? CW_MEDIA_REMB : 0u) |
           (sdp & CW_SDP_FEEDBACK_TRANSPORT_CC ? CW_MEDIA_TRANSPORT_CC : 0u);
}

// Formats that one decoder cannot take for another get different numbers; the caller's own choice of numbers.
static uint32_t variant(const struct cw_jsep_codec *c) {
    const char *fmtp = c->fmtp_recv ? c->fmtp_recv : c->fmtp_send;
    switch (c->codec->id) {
    case CW_CODEC_H264:
        return (uint32_t)cw_fmtp_int(fmtp, "packetization-mode", 10, 0) << 24 |
               ((uint32_t)cw_fmtp_int(fmtp, "profile-level-id", 16, 0x42e01f) & 0xffff00) >> 8;
    case CW_CODEC_VP9: return (uint32_t)cw_fmtp_int(fmtp, "profile-id", 10, 0);
    case CW_CODEC_AV1: return (uint32_t)cw_fmtp_int(fmtp, "profile", 10, 0);
    default: return 0;
    }
}

static void add_codecs(struct cw_media_stream *out, const struct cw_jsep_codec *list, size_t count) {
    for (size_t i = 0; i < count && out->codec_count < CW_MEDIA_CODECS_MAX; i++) {
        const struct cw_jsep_codec *c = &list[i];
        out->codecs[out->codec_count++] = (struct cw_media_codec){
            .codec = (uint8_t)c->codec->id,
            .channels = c->channels,
            .pt_receive = c->pt_recv,
            .pt_send = c->pt_send,
            .rtx_receive = payload_type(c->rtx_recv),
            .rtx_send = payload_type(c->rtx_send),
            .clock_hz = c->clock_hz,
            .variant = variant(c),
            .feedback = feedback_flags(c->feedback),
            .fec = cw_fmtp_int(c->fmtp_send, "useinbandfec", 10, 0) == 1,
            .dtx = cw_fmtp_int(c->fmtp_send, "usedtx", 10, 0) == 1,
        };
    }
}

static enum cw_media_ext_kind ext_kind(enum cw_jsep_ext ext) {
    switch (ext) {
    case CW_EXT_MID: return CW_MEDIA_EXT_MID;
    case CW_EXT_RID: return CW_MEDIA_EXT_RID;
    case CW_EXT_REPAIRED_RID: return CW_MEDIA_EXT_REPAIRED_RID;
    case CW_EXT_AUDIO_LEVEL: return CW_MEDIA_EXT_AUDIO_LEVEL;
    case CW_EXT_ABS_SEND_TIME: return CW_MEDIA_EXT_ABS_SEND_TIME;
    case CW_EXT_TRANSPORT_CC: return CW_MEDIA_EXT_TRANSPORT_CC;
    default: return CW_MEDIA_EXT_RELAY;
    }
}

static void add_extensions(struct cw_media_stream *out, const struct cw_jsep_media *m) {
    for (size_t i = 0; i < m->extmap_count && out->ext_count < CW_MEDIA_EXTS_MAX; i++) {
        const struct cw_jsep_extmap *e = &m->extmaps[i];
        out->exts[out->ext_count++] = (struct cw_media_ext){
            .kind = (uint8_t)ext_kind(e->ext),
            .id = e->id,
            .send = e->dir & CW_SDP_SENDONLY,
            .receive = e->dir & CW_SDP_RECVONLY,
            .uri = cw_media_uri_hash(e->uri),
        };
    }
}

static void add_sources(struct cw_media_stream *out, const struct cw_jsep_media *m) {
    for (size_t i = 0; i < m->ssrc_count && out->ssrc_count < CW_MEDIA_SSRCS_MAX; i++) {
        out->ssrcs[out->ssrc_count++] = (struct cw_media_remote_ssrc){m->ssrcs[i].ssrc, m->ssrcs[i].rtx_ssrc};
    }
    for (size_t i = 0; i < m->rid_count && out->rid_count < CW_MEDIA_RIDS_MAX; i++) {
        if (cw_strlcpy(out->rids[out->rid_count], m->rids[i].rid, sizeof out->rids[0])) out->rid_count++;
    }
}

size_t cw_media_setup_streams(const struct cw_jsep *jsep, struct cw_media_stream *out) {
    size_t count = 0;
    for (size_t i = 0; i < cw_jsep_media_count(jsep) && count < CW_MEDIA_STREAMS_MAX; i++) {
        const struct cw_jsep_media *m = cw_jsep_media_at(jsep, i);
        if (m->rejected || (m->kind != CW_KIND_AUDIO && m->kind != CW_KIND_VIDEO)) continue;
        struct cw_media_stream *s = &out[count++];
        *s = (struct cw_media_stream){
            .index = (uint16_t)m->index,
            .kind = m->kind == CW_KIND_AUDIO ? CW_MEDIA_AUDIO : CW_MEDIA_VIDEO,
            .may_send = m->dir & CW_SDP_SENDONLY,
            .may_receive = m->dir & CW_SDP_RECVONLY,
            .rtcp_reduced = m->rtcp_rsize,
            .ptime_ms = (uint16_t)m->ptime_ms,
            .maxptime_ms = (uint16_t)m->maxptime_ms,
            .ssrc = m->local_ssrc,
            .rtx_ssrc = m->local_rtx_ssrc,
        };
        cw_strlcpy(s->mid, m->mid, sizeof s->mid);
        add_codecs(s, m->codecs, m->codec_count);
        add_codecs(s, m->events, m->event_count);
        add_codecs(s, m->helpers, m->helper_count);
        add_extensions(s, m);
        add_sources(s, m);
    }
    return count;
}

static const struct cw_jsep_media *first_accepted(const struct cw_jsep *jsep) {
    for (size_t i = 0; i < cw_jsep_media_count(jsep); i++) {
        const struct cw_jsep_media *m = cw_jsep_media_at(jsep, i);
        if (!m->rejected && m->transport->ice_ufrag) return m;
    }
    return NULL;
}

static void add_fingerprints(struct cw_webrtc_setup *out, const struct cw_jsep_transport *t) {
    out->fingerprint_count = 0;
    for (size_t i = 0; i < t->fingerprint_count && out->fingerprint_count < CW_DTLS_FINGERPRINTS_MAX; i++) {
        const struct cw_sdp_fingerprint *f = &t->fingerprints[i];
        struct cw_dtls_fingerprint *o = &out->fingerprints[out->fingerprint_count];
        if (strcmp(f->hash, "sha-256") == 0)
            o->hash = CW_DTLS_SHA256;
        else if (strcmp(f->hash, "sha-384") == 0)
            o->hash = CW_DTLS_SHA384;
        else if (strcmp(f->hash, "sha-512") == 0)
            o->hash = CW_DTLS_SHA512;
        else
            continue;
        memcpy(o->value, f->digest, f->digest_len);
        out->fingerprint_count++;
    }
}

void cw_media_setup_webrtc(const struct cw_jsep *jsep, struct cw_webrtc_setup *out) {
    const struct cw_jsep_media *m = first_accepted(jsep);
    if (m) {
        cw_strlcpy(out->remote_ufrag, m->transport->ice_ufrag, sizeof out->remote_ufrag);
        cw_strlcpy(out->remote_pwd, m->transport->ice_pwd, sizeof out->remote_pwd);
        out->role = m->transport->dtls_client ? CW_DTLS_ACTIVE : CW_DTLS_PASSIVE;
        add_fingerprints(out, m->transport);
    }
    const struct cw_jsep_media *data = cw_jsep_media_of_kind(jsep, CW_KIND_APPLICATION);
    if (data) {
        out->has_data = true;
        out->sctp_remote_port = data->sctp_port;
        out->max_message_size = data->max_message_size > UINT32_MAX ? 0 : (uint32_t)data->max_message_size;
    }
}

int cw_media_setup_rtp(const struct cw_jsep *jsep, struct cw_rtp_setup *out) {
    const struct cw_jsep_media *m = cw_jsep_media_of_kind(jsep, CW_KIND_AUDIO);
    if (!m) return CW_ENOENT;
    const struct cw_jsep_transport *t = m->transport;
    out->remote_rtp = t->rtp;
    out->remote_rtcp = t->rtcp;
    out->rtcp_mux = t->rtcp_mux;
    out->profile = CW_SRTP_NONE;
    if (t->srtp) {
        out->profile = t->send_key.profile;
        out->send_key = t->send_key.key;
        out->recv_key = t->recv_key.key;
    }
    out->hold = !(m->dir & CW_SDP_RECVONLY);
    return 0;
}
