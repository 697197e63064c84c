// Attributes of SDP: the table, and those about the section and its transport.
#include "proto/sdp_impl.h"

static const char *dir_attr(struct cw_sdp_media *media, enum cw_sdp_dir dir) {
    media->dir = dir;
    return NULL;
}

static const char *attr_sendrecv(struct cw_sdp_parser *parser, struct cw_sdp_media *media, const char *value) {
    (void)parser, (void)value;
    return dir_attr(media, CW_SDP_SENDRECV);
}

static const char *attr_sendonly(struct cw_sdp_parser *parser, struct cw_sdp_media *media, const char *value) {
    (void)parser, (void)value;
    return dir_attr(media, CW_SDP_SENDONLY);
}

static const char *attr_recvonly(struct cw_sdp_parser *parser, struct cw_sdp_media *media, const char *value) {
    (void)parser, (void)value;
    return dir_attr(media, CW_SDP_RECVONLY);
}

static const char *attr_inactive(struct cw_sdp_parser *parser, struct cw_sdp_media *media, const char *value) {
    (void)parser, (void)value;
    return dir_attr(media, CW_SDP_INACTIVE);
}

static const char *attr_mid(struct cw_sdp_parser *parser, struct cw_sdp_media *media, const char *value) {
    if (!cw_sdp_is_token(value)) return "mid is not a token";
    media->mid = cw_sdp_pool_dup(parser->pool, value);
    return NULL;
}

static const char *attr_group(struct cw_sdp_parser *parser, struct cw_sdp_media *media, const char *value) {
    struct cw_sdp_group group = {0};
    struct cw_sdp_word word;
    (void)media;
    if (!cw_sdp_word_next(&value, &word) || !cw_sdp_word_is_token(&word)) return "group has no semantics";
    group.semantics = cw_sdp_pool_text(parser->pool, word.at, word.len);
    while (cw_sdp_word_next(&value, &word)) {
        const char *mid = cw_sdp_pool_text(parser->pool, word.at, word.len);
        CW_SDP_PUSH(parser->pool, group.mids, group.count, mid);
    }
    CW_SDP_PUSH(parser->pool, parser->sdp->groups, parser->sdp->group_count, group);
    return NULL;
}

static const char *attr_ice_ufrag(struct cw_sdp_parser *parser, struct cw_sdp_media *media, const char *value) {
    if (!cw_sdp_is_ice_text(value, 4, 256)) return "ice-ufrag is not 4 to 256 ICE characters";
    media->ice_ufrag = cw_sdp_pool_dup(parser->pool, value);
    return NULL;
}

static const char *attr_ice_pwd(struct cw_sdp_parser *parser, struct cw_sdp_media *media, const char *value) {
    if (!cw_sdp_is_ice_text(value, 22, 256)) return "ice-pwd is not 22 to 256 ICE characters";
    media->ice_pwd = cw_sdp_pool_dup(parser->pool, value);
    return NULL;
}

static const char *attr_ice_options(struct cw_sdp_parser *parser, struct cw_sdp_media *media, const char *value) {
    struct cw_sdp_word word;
    (void)parser;
    while (cw_sdp_word_next(&value, &word)) {
        if (cw_sdp_word_is(&word, "trickle")) media->ice_trickle = true;
        if (cw_sdp_word_is(&word, "renomination")) media->ice_renomination = true;
    }
    return NULL;
}

static const char *attr_setup(struct cw_sdp_parser *parser, struct cw_sdp_media *media, const char *value) {
    (void)parser;
    for (int setup = CW_SDP_SETUP_ACTPASS; setup <= CW_SDP_SETUP_HOLDCONN; setup++) {
        if (strcmp(value, cw_sdp_setup_name((enum cw_sdp_setup)setup)) != 0) continue;
        media->setup = (enum cw_sdp_setup)setup;
        return NULL;
    }
    return "setup is none of actpass, active, passive, holdconn";
}

static const char *attr_candidate(struct cw_sdp_parser *parser, struct cw_sdp_media *media, const char *value) {
    struct cw_sdp_candidate candidate;
    if (++parser->candidate_count > CW_SDP_MAX_CANDIDATES) return "too many candidates";
    int err = cw_sdp_candidate_parse(&candidate, value);
    if (err == CW_EUNSUPPORTED) return NULL;
    if (err < 0) return "candidate is malformed";
    CW_SDP_PUSH(parser->pool, media->candidates, media->candidate_count, candidate);
    return NULL;
}

static const char *attr_rtcp(struct cw_sdp_parser *parser, struct cw_sdp_media *media, const char *value) {
    struct cw_sdp_word word;
    uint64_t port;
    cw_sdp_word_next(&value, &word);
    if (!cw_sdp_word_uint(&word, UINT16_MAX, &port)) return "rtcp port is not 0 to 65535";
    if (*value && !cw_sdp_parse_connection(parser, value, &media->rtcp)) return "rtcp address is malformed";
    media->has_rtcp = true;
    media->rtcp_port = (uint16_t)port;
    return NULL;
}

// Phones write "20.0" and "20 " too: the leading digits count.
static const char *parse_ms(const char *value, uint16_t *out) {
    struct cw_sdp_word word = {value, strspn(value, "0123456789")};
    uint64_t number;
    if (!cw_sdp_word_uint(&word, UINT16_MAX, &number)) return "packet time is not a number";
    *out = (uint16_t)number;
    return NULL;
}

static const char *attr_ptime(struct cw_sdp_parser *parser, struct cw_sdp_media *media, const char *value) {
    (void)parser;
    return parse_ms(value, &media->ptime_ms);
}

static const char *attr_maxptime(struct cw_sdp_parser *parser, struct cw_sdp_media *media, const char *value) {
    (void)parser;
    return parse_ms(value, &media->maxptime_ms);
}

static const char *attr_msid(struct cw_sdp_parser *parser, struct cw_sdp_media *media, const char *value) {
    if (!media->msid) media->msid = cw_sdp_pool_dup(parser->pool, value);
    return NULL;
}

static const char *attr_sctp_port(struct cw_sdp_parser *parser, struct cw_sdp_media *media, const char *value) {
    struct cw_sdp_word word;
    uint64_t port;
    (void)parser;
    cw_sdp_word_next(&value, &word); // a=sctpmap (expired draft) goes on after the port
    if (!cw_sdp_word_uint(&word, UINT16_MAX, &port)) return "sctp port is not 0 to 65535";
    media->sctp_port = (uint16_t)port;
    return NULL;
}

static const char *attr_max_message_size(struct cw_sdp_parser *parser, struct cw_sdp_media *media, const char *value) {
    struct cw_sdp_word word;
    (void)parser;
    cw_sdp_word_next(&value, &word);
    if (!cw_sdp_word_uint(&word, UINT64_MAX, &media->max_message_size)) return "max-message-size is not a number";
    media->has_max_message_size = true;
    return NULL;
}

static const char *attr_rtcp_xr(struct cw_sdp_parser *parser, struct cw_sdp_media *media, const char *value) {
    (void)parser;
    if (strstr(value, "rcvr-rtt")) media->rtcp_xr_rrtr = true;
    return NULL;
}

#define FLAG(field)                                                                                                    \
    static const char *attr_##field(struct cw_sdp_parser *parser, struct cw_sdp_media *media, const char *value) {     \
        (void)parser, (void)value;                                                                                     \
        media->field = true;                                                                                           \
        return NULL;                                                                                                   \
    }
FLAG(ice_lite)
FLAG(bundle_only)
FLAG(rtcp_mux)
FLAG(rtcp_rsize)
FLAG(extmap_allow_mixed)
FLAG(end_of_candidates)

enum level { SESSION = 1, MEDIA = 2, BOTH = 3 };

static const struct {
    const char *name;
    enum level level; // elsewhere it is kept, but means nothing
    cw_sdp_attr_fn *parse;
} attributes[] = {
    {"rtpmap", MEDIA, cw_sdp_attr_rtpmap},
    {"fmtp", MEDIA, cw_sdp_attr_fmtp},
    {"rtcp-fb", MEDIA, cw_sdp_attr_rtcp_fb},
    {"ssrc", MEDIA, cw_sdp_attr_ssrc},
    {"candidate", MEDIA, attr_candidate},
    {"extmap", BOTH, cw_sdp_attr_extmap},
    {"sendrecv", BOTH, attr_sendrecv},
    {"sendonly", BOTH, attr_sendonly},
    {"recvonly", BOTH, attr_recvonly},
    {"inactive", BOTH, attr_inactive},
    {"mid", MEDIA, attr_mid},
    {"ice-ufrag", BOTH, attr_ice_ufrag},
    {"ice-pwd", BOTH, attr_ice_pwd},
    {"ice-options", BOTH, attr_ice_options},
    {"ice-lite", SESSION, attr_ice_lite},
    {"fingerprint", BOTH, cw_sdp_attr_fingerprint},
    {"setup", BOTH, attr_setup},
    {"group", SESSION, attr_group},
    {"bundle-only", MEDIA, attr_bundle_only},
    {"rtcp", MEDIA, attr_rtcp},
    {"rtcp-mux", MEDIA, attr_rtcp_mux},
    {"rtcp-rsize", MEDIA, attr_rtcp_rsize},
    {"rtcp-xr", BOTH, attr_rtcp_xr},
    {"extmap-allow-mixed", BOTH, attr_extmap_allow_mixed},
    {"end-of-candidates", BOTH, attr_end_of_candidates},
    {"msid", MEDIA, attr_msid},
    {"ssrc-group", MEDIA, cw_sdp_attr_ssrc_group},
    {"rid", MEDIA, cw_sdp_attr_rid},
    {"simulcast", MEDIA, cw_sdp_attr_simulcast},
    {"crypto", MEDIA, cw_sdp_attr_crypto},
    {"ptime", MEDIA, attr_ptime},
    {"maxptime", MEDIA, attr_maxptime},
    {"sctp-port", MEDIA, attr_sctp_port},
    {"sctpmap", MEDIA, attr_sctp_port},
    {"max-message-size", MEDIA, attr_max_message_size},
};

const char *cw_sdp_parse_attribute(struct cw_sdp_parser *parser, const char *name, const char *value) {
    enum level here = parser->media ? MEDIA : SESSION;
    for (size_t i = 0; i < sizeof attributes / sizeof *attributes; i++) {
        if (strcmp(name, attributes[i].name) != 0) continue;
        if (!(attributes[i].level & here)) return NULL;
        return attributes[i].parse(parser, parser->media ? parser->media : &parser->session, value);
    }
    return NULL;
}
