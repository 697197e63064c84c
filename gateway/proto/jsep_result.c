// What a local and a remote description agree on, m-line by m-line.
#include "proto/jsep_impl.h"

#include <stdlib.h>

static const struct cw_jsep_transport no_transport;

const struct cw_jsep_transport *cw_jsep_result_transport(const struct cw_jsep_result *result) {
    for (size_t i = 0; result && i < result->count; i++)
        if (!result->media[i].rejected) return result->media[i].transport;
    return NULL;
}

static bool is_accepted(const struct cw_jsep_agreement *in, size_t mline) {
    return !cw_sdp_media_rejected(&in->local->media[mline]) &&
           !(in->remote && cw_sdp_media_rejected(&in->remote->media[mline]));
}

static struct cw_jsep_transport *webrtc_transport(struct cw_jsep_result *result, const struct cw_jsep_agreement *in) {
    struct cw_sdp_pool *pool = &result->pool;
    struct cw_jsep_transport *out = cw_sdp_pool_alloc(pool, sizeof *out);
    bool accepted[CW_SDP_MAX_MEDIA] = {false}, any = false;
    for (size_t i = 0; i < result->count; i++) any |= accepted[i] = is_accepted(in, i);
    if (!out || !any || !in->remote) return out;
    size_t mline = cw_jsep_pick_transport(in->remote, accepted), own = 0;
    const struct cw_sdp_media *remote = &in->remote->media[mline];
    while (!accepted[own]) own++;
    out->ice_ufrag = cw_sdp_pool_dup(pool, remote->ice_ufrag);
    out->ice_pwd = cw_sdp_pool_dup(pool, remote->ice_pwd);
    out->remote_ice_lite = in->remote->ice_lite;
    out->remote_trickle = remote->ice_trickle;
    out->renomination = remote->ice_renomination;
    out->end_of_candidates = remote->end_of_candidates;
    out->fingerprints =
        cw_sdp_pool_clone(pool, remote->fingerprints, remote->fingerprint_count, sizeof *out->fingerprints);
    out->fingerprint_count = remote->fingerprint_count;
    out->rtcp_mux = true;
    // Ours says it when we answered, theirs when they did; without a=setup they start (RFC 4145 §4's default).
    out->dtls_client =
        in->we_offered ? remote->setup == CW_SDP_SETUP_PASSIVE : in->local->media[own].setup == CW_SDP_SETUP_ACTIVE;
    if (in->jsep->config.ice_lite) return out; // who only answers checks needs no candidates
    out->candidates = cw_sdp_pool_clone(pool, remote->candidates, remote->candidate_count, sizeof *out->candidates);
    out->candidate_count = remote->candidate_count;
    return out;
}

static struct cw_jsep_transport *sip_transport(struct cw_jsep_result *result, const struct cw_jsep_agreement *in,
                                               size_t mline, struct cw_jsep_error *error) {
    struct cw_jsep_transport *out = cw_sdp_pool_alloc(&result->pool, sizeof *out);
    const struct cw_sdp_media *local = &in->local->media[mline];
    if (!out || !in->remote) return out;
    const struct cw_sdp_media *remote = &in->remote->media[mline];
    out->rtcp_mux = local->rtcp_mux && remote->rtcp_mux;
    if (!cw_jsep_sip_address(remote, out)) {
        cw_jsep_fail(error, CW_EUNSUPPORTED, "address_unusable", remote->line, (int)mline,
                     "c= is no unicast IP address");
        return NULL;
    }
    if (!cw_jsep_sip_keys(local, remote, in->we_offered, out)) {
        cw_jsep_fail(error, CW_EUNSUPPORTED, "no_common_crypto", remote->line, (int)mline,
                     "no a=crypto fits what was offered");
        return NULL;
    }
    return out;
}

static void agree_data(struct cw_jsep_media *out, const struct cw_sdp_media *remote) {
    out->dir = CW_SDP_SENDRECV;
    if (!remote) return;
    out->sctp_port = remote->sctp_port ? remote->sctp_port : CW_JSEP_SCTP_PORT;
    out->max_message_size = remote->has_max_message_size ? remote->max_message_size : 65536; // RFC 8841 §6.1
}

static void agree_media(struct cw_jsep_result *result, const struct cw_jsep_agreement *in, size_t mline) {
    struct cw_jsep_media *out = &result->media[mline];
    const struct cw_sdp_media *local = &in->local->media[mline];
    const struct cw_sdp_media *remote = in->remote ? &in->remote->media[mline] : NULL;
    out->bandwidth_kbps = remote ? remote->bandwidth_kbps : 0;
    if (out->kind == CW_KIND_APPLICATION) {
        agree_data(out, remote);
        return;
    }
    enum cw_sdp_dir theirs = remote ? cw_jsep_effective_dir(in->jsep->config.profile, remote) : CW_SDP_SENDRECV;
    out->dir = local->dir & cw_sdp_dir_reverse(theirs);
    out->remote_hold = !(theirs & CW_SDP_RECVONLY);
    cw_jsep_result_rtp(&result->pool, out, local, remote, in->we_offered);
    out->local_rtx_ssrc = 0;
    for (size_t i = 0; i < out->codec_count; i++)
        if (out->codecs[i].rtx_send >= 0) out->local_rtx_ssrc = in->sections->at[mline].rtx_ssrc;
}

static void start_media(struct cw_jsep_result *result, const struct cw_jsep_agreement *in, size_t mline) {
    const struct cw_jsep_section *section = &in->sections->at[mline];
    struct cw_jsep_media *out = &result->media[mline];
    out->index = (unsigned)mline;
    out->mid = cw_sdp_pool_dup(&result->pool, section->mid);
    out->kind = section->kind;
    out->local_ssrc = section->ssrc;
    out->rejected = !is_accepted(in, mline);
    out->reason = in->plans ? in->plans[mline].reason : NULL;
    out->transport = &no_transport;
}

static int agree_all(struct cw_jsep_result *result, const struct cw_jsep_agreement *in, struct cw_jsep_error *error) {
    struct cw_jsep_transport *shared = NULL;
    bool webrtc = in->jsep->config.profile == CW_JSEP_WEBRTC;
    if (webrtc && !(shared = webrtc_transport(result, in))) return CW_ENOMEM;
    for (size_t i = 0; i < result->count; i++) {
        struct cw_jsep_media *out = &result->media[i];
        start_media(result, in, i);
        if (out->rejected) continue;
        agree_media(result, in, i);
        if (result->pool.bad) return CW_ENOMEM;
        if (out->kind != CW_KIND_APPLICATION && out->codec_count == 0)
            return cw_jsep_fail(error, CW_EUNSUPPORTED, "no_common_codec", in->remote ? in->remote->media[i].line : 0,
                                (int)i, "an accepted m-line has no codec in common");
        out->transport = webrtc ? shared : sip_transport(result, in, i, error);
        if (!out->transport) return error->code ? CW_EUNSUPPORTED : CW_ENOMEM;
    }
    return result->pool.bad ? CW_ENOMEM : CW_OK;
}

int cw_jsep_result_make(struct cw_jsep_result **out, const struct cw_jsep_agreement *in, struct cw_jsep_error *error) {
    struct cw_jsep_result *result = calloc(1, sizeof *result);
    if (!result) return CW_ENOMEM;
    result->count = in->local->media_count;
    result->media = cw_sdp_pool_alloc(&result->pool, result->count * sizeof *result->media);
    int err = result->media ? agree_all(result, in, error) : CW_ENOMEM;
    if (err < 0)
        cw_jsep_result_free(result);
    else
        *out = result;
    return err;
}

void cw_jsep_result_free(struct cw_jsep_result *result) {
    if (!result) return;
    for (size_t i = 0; result->media && i < result->count; i++) {
        struct cw_jsep_transport *transport = (struct cw_jsep_transport *)result->media[i].transport;
        if (!transport || !transport->srtp) continue;
        explicit_bzero(&transport->send_key, sizeof transport->send_key);
        explicit_bzero(&transport->recv_key, sizeof transport->recv_key);
    }
    cw_sdp_pool_fini(&result->pool);
    free(result);
}
