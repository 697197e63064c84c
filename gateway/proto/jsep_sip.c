// The SIP side of offer/answer: RTP profiles, SDES keys (RFC 4568, best effort: RFC 8643), addresses, hold.
#include "proto/jsep_impl.h"

bool cw_jsep_is_savp(const char *protocol) {
    return strcmp(protocol, "RTP/SAVP") == 0 || strcmp(protocol, "RTP/SAVPF") == 0;
}

bool cw_jsep_sip_protocol_ok(enum cw_jsep_srtp policy, const char *protocol) {
    if (cw_jsep_is_savp(protocol)) return policy != CW_JSEP_SRTP_OFF;
    bool plain = strcmp(protocol, "RTP/AVP") == 0 || strcmp(protocol, "RTP/AVPF") == 0;
    return plain && policy != CW_JSEP_SRTP_REQUIRE;
}

static size_t suite_count(const struct cw_jsep_caps *caps) {
    size_t count = 0;
    while (count < sizeof caps->suites / sizeof *caps->suites && caps->suites[count] != CW_SRTP_NONE) count++;
    return caps->srtp == CW_JSEP_SRTP_OFF ? 0 : count;
}

static const struct cw_sdes *find_profile(const struct cw_sdp_media *media, enum cw_srtp_profile profile) {
    for (size_t i = 0; i < media->crypto_count; i++)
        if (media->cryptos[i].profile == profile) return &media->cryptos[i];
    return NULL;
}

bool cw_jsep_sip_match_crypto(struct cw_jsep_draft *draft, struct cw_jsep_plan *plan) {
    const struct cw_jsep_caps *caps = draft->jsep->config.caps;
    for (unsigned i = 0; i < suite_count(caps); i++) {
        const struct cw_sdes *offered = find_profile(plan->offered, caps->suites[i]);
        if (!offered) continue;
        struct cw_sdes key = *cw_jsep_section_key(plan->section, i, caps->suites[i]);
        key.tag = offered->tag;
        CW_SDP_PUSH(&draft->pool, plan->keys, plan->key_count, key);
        return true;
    }
    return !cw_jsep_is_savp(plan->offered->protocol);
}

void cw_jsep_sip_offer_crypto(struct cw_jsep_draft *draft, struct cw_jsep_plan *plan) {
    const struct cw_jsep_caps *caps = draft->jsep->config.caps;
    for (unsigned i = 0; i < suite_count(caps); i++) {
        struct cw_sdes key = *cw_jsep_section_key(plan->section, i, caps->suites[i]);
        CW_SDP_PUSH(&draft->pool, plan->keys, plan->key_count, key);
    }
}

enum cw_sdp_dir cw_jsep_effective_dir(enum cw_jsep_profile profile, const struct cw_sdp_media *media) {
    bool hold =
        profile == CW_JSEP_SIP && cw_addr_is_set(&media->connection.addr) && cw_addr_is_any(&media->connection.addr);
    return hold ? media->dir & CW_SDP_SENDONLY : media->dir;
}

bool cw_jsep_sip_address(const struct cw_sdp_media *remote, struct cw_jsep_transport *out) {
    if (!cw_addr_is_set(&remote->connection.addr)) return false;
    if (cw_addr_is_any(&remote->connection.addr)) return true; // on hold: nowhere to send
    out->rtp = out->rtcp = remote->connection.addr;
    cw_addr_set_port(&out->rtp, remote->port);
    cw_addr_set_port(&out->rtcp, out->rtcp_mux ? remote->port : (uint16_t)(remote->port + 1));
    if (out->rtcp_mux || !remote->has_rtcp) return true;
    if (cw_addr_is_set(&remote->rtcp.addr)) out->rtcp = remote->rtcp.addr;
    cw_addr_set_port(&out->rtcp, remote->rtcp_port);
    return true;
}

bool cw_jsep_sip_keys(const struct cw_sdp_media *local, const struct cw_sdp_media *remote, bool we_offered,
                      struct cw_jsep_transport *out) {
    const struct cw_sdp_media *answer = we_offered ? remote : local, *offer = we_offered ? local : remote;
    if (answer->crypto_count == 0) return !cw_jsep_is_savp(answer->protocol);
    const struct cw_sdes *chosen = &answer->cryptos[0];
    for (size_t i = 0; i < offer->crypto_count; i++) {
        const struct cw_sdes *offered = &offer->cryptos[i];
        if (offered->tag != chosen->tag || offered->profile != chosen->profile) continue;
        out->srtp = true;
        out->send_key = we_offered ? *offered : *chosen;
        out->recv_key = we_offered ? *chosen : *offered;
        return true;
    }
    return false;
}
