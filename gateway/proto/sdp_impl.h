// What the SDP parser's files share. Inner header.
#ifndef CW_PROTO_SDP_IMPL_H
#define CW_PROTO_SDP_IMPL_H

#include "proto/sdp.h"
#include "proto/sdp_pool.h"
#include "proto/sdp_text.h"

struct cw_sdp_parser {
    struct cw_sdp *sdp;
    struct cw_sdp_pool *pool;
    struct cw_sdp_media session; // what sections inherit
    struct cw_sdp_media *media;  // the present section; NULL in the session part
    bool own_fingerprints;       // the section has its own: those of the session do not count
    size_t candidate_count;      // in the whole description
};

// Handles one attribute of parser's present part. NULL, or what is wrong with it.
const char *cw_sdp_parse_attribute(struct cw_sdp_parser *parser, const char *name, const char *value);

// An attribute's handler: fills media (the session's defaults in the session part). value is "" when there is none.
typedef const char *cw_sdp_attr_fn(struct cw_sdp_parser *parser, struct cw_sdp_media *media, const char *value);

// sdp_attr_rtp.c
cw_sdp_attr_fn cw_sdp_attr_rtpmap, cw_sdp_attr_fmtp, cw_sdp_attr_rtcp_fb, cw_sdp_attr_extmap, cw_sdp_attr_ssrc,
    cw_sdp_attr_ssrc_group, cw_sdp_attr_rid, cw_sdp_attr_simulcast;
// sdp_crypto.c
cw_sdp_attr_fn cw_sdp_attr_crypto, cw_sdp_attr_fingerprint;

// "IN IP4 192.0.2.1/127": false if malformed.
bool cw_sdp_parse_connection(struct cw_sdp_parser *parser, const char *text, struct cw_sdp_connection *out);

#endif
