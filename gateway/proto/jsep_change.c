// What a negotiation changed against the one before.
#include "proto/jsep_impl.h"

static bool same_text(const char *a, const char *b) { return a == b || (a && b && strcmp(a, b) == 0); }

bool cw_jsep_same_fingerprints(const struct cw_sdp_fingerprint *a, size_t a_count, const struct cw_sdp_fingerprint *b,
                               size_t b_count) {
    if (a_count != b_count) return false;
    for (size_t i = 0; i < a_count; i++)
        if (strcmp(a[i].hash, b[i].hash) != 0 || a[i].digest_len != b[i].digest_len ||
            memcmp(a[i].digest, b[i].digest, a[i].digest_len) != 0)
            return false;
    return true;
}

static bool same_codecs(const struct cw_jsep_codec *a, size_t a_count, const struct cw_jsep_codec *b, size_t b_count) {
    if (a_count != b_count) return false;
    for (size_t i = 0; i < a_count; i++) {
        if (a[i].codec != b[i].codec || a[i].clock_hz != b[i].clock_hz || a[i].channels != b[i].channels ||
            a[i].variant != b[i].variant || a[i].pt_send != b[i].pt_send || a[i].pt_recv != b[i].pt_recv ||
            a[i].feedback != b[i].feedback || a[i].rtx_send != b[i].rtx_send || a[i].rtx_recv != b[i].rtx_recv)
            return false;
        if (!same_text(a[i].fmtp_send, b[i].fmtp_send) || !same_text(a[i].fmtp_recv, b[i].fmtp_recv)) return false;
    }
    return true;
}

static bool same_formats(const struct cw_jsep_media *a, const struct cw_jsep_media *b) {
    if (a->extmap_count != b->extmap_count) return false;
    for (size_t i = 0; i < a->extmap_count; i++)
        if (a->extmaps[i].id != b->extmaps[i].id || a->extmaps[i].dir != b->extmaps[i].dir ||
            strcmp(a->extmaps[i].uri, b->extmaps[i].uri) != 0)
            return false;
    return same_codecs(a->codecs, a->codec_count, b->codecs, b->codec_count) &&
           same_codecs(a->events, a->event_count, b->events, b->event_count) &&
           same_codecs(a->helpers, a->helper_count, b->helpers, b->helper_count);
}

static bool same_streams(const struct cw_jsep_media *a, const struct cw_jsep_media *b) {
    if (a->ssrc_count != b->ssrc_count || a->rid_count != b->rid_count) return false;
    for (size_t i = 0; i < a->ssrc_count; i++)
        if (a->ssrcs[i].ssrc != b->ssrcs[i].ssrc || a->ssrcs[i].rtx_ssrc != b->ssrcs[i].rtx_ssrc) return false;
    for (size_t i = 0; i < a->rid_count; i++)
        if (strcmp(a->rids[i].rid, b->rids[i].rid) != 0) return false;
    return true;
}

static bool same_address(const struct cw_addr *a, const struct cw_addr *b) {
    if (!cw_addr_is_set(a) || !cw_addr_is_set(b)) return cw_addr_is_set(a) == cw_addr_is_set(b);
    return cw_addr_equal(a, b);
}

static bool same_key(const struct cw_sdes *a, const struct cw_sdes *b) {
    return a->profile == b->profile && memcmp(&a->key, &b->key, sizeof a->key) == 0;
}

static unsigned compare_transports(const struct cw_jsep_transport *a, const struct cw_jsep_transport *b) {
    unsigned changed = 0;
    if (!same_text(a->ice_ufrag, b->ice_ufrag) || !same_text(a->ice_pwd, b->ice_pwd)) changed |= CW_JSEP_ICE_RESTART;
    if (!cw_jsep_same_fingerprints(a->fingerprints, a->fingerprint_count, b->fingerprints, b->fingerprint_count))
        changed |= CW_JSEP_FINGERPRINT;
    if (!same_address(&a->rtp, &b->rtp) || !same_address(&a->rtcp, &b->rtcp) || a->rtcp_mux != b->rtcp_mux)
        changed |= CW_JSEP_ADDRESS;
    if (a->srtp != b->srtp || !same_key(&a->send_key, &b->send_key) || !same_key(&a->recv_key, &b->recv_key))
        changed |= CW_JSEP_KEYS;
    return changed;
}

static unsigned compare_media(const struct cw_jsep_media *now, const struct cw_jsep_media *before) {
    unsigned changed = 0;
    if (now->rejected) return before && !before->rejected ? CW_JSEP_REJECTED : 0;
    if (!before) return CW_JSEP_NEW;
    if (before->kind != now->kind || strcmp(before->mid, now->mid) != 0) return CW_JSEP_RECYCLED;
    if (before->rejected) return CW_JSEP_NEW;
    if (now->dir != before->dir || now->remote_hold != before->remote_hold) changed |= CW_JSEP_DIRECTION;
    if (!same_formats(now, before)) changed |= CW_JSEP_CODECS;
    if (!same_streams(now, before)) changed |= CW_JSEP_STREAMS;
    return changed;
}

void cw_jsep_result_compare(struct cw_jsep_result *now, const struct cw_jsep_result *before) {
    now->changed = 0;
    for (size_t i = 0; i < now->count; i++) {
        struct cw_jsep_media *media = &now->media[i];
        const struct cw_jsep_media *old = before && i < before->count ? &before->media[i] : NULL;
        media->changed = compare_media(media, old);
        // A transport may go on under other m-lines (BUNDLE); a SIP one belongs to its m-line.
        const struct cw_jsep_transport *old_transport = cw_jsep_result_transport(before);
        if (!media->transport->ice_ufrag) old_transport = old && !old->rejected ? old->transport : NULL;
        if (!media->rejected && old_transport) media->changed |= compare_transports(media->transport, old_transport);
        now->changed |= media->changed;
    }
}
