// What the files of the offer/answer negotiation share. Inner header.
//
// A local description is planned (one struct cw_jsep_plan per m-line, by jsep_answer.c or jsep_offer.c), written as
// text (jsep_write.c) and parsed back; the result is then computed from the two parsed descriptions, local and remote
// (jsep_result.c), the same way whoever offered.
#ifndef CW_PROTO_JSEP_IMPL_H
#define CW_PROTO_JSEP_IMPL_H

#include "proto/jsep.h"
#include "proto/sdp_pool.h"
#include "proto/sdp_text.h"

#define CW_JSEP_MID_SIZE 33
#define CW_JSEP_EXT_IDS 64 // the ids we assign ourselves are below

// What an m-line keeps over renegotiations.
struct cw_jsep_section {
    enum cw_kind kind;
    bool in_use; // not rejected
    char mid[CW_JSEP_MID_SIZE];
    char media[16];       // the m-line's own word for its kind
    const char *protocol; // SIP: agreed, constant; NULL: not yet
    bool crypto;          // SIP: keys were agreed
    enum cw_sdp_dir want_dir;
    uint32_t ssrc, rtx_ssrc;
    struct cw_sdes keys[4]; // of ours, one per suite of the caps; profile CW_SRTP_NONE: not made yet
};

struct cw_jsep_sections {
    struct cw_jsep_section *at;
    size_t count;
};

struct cw_jsep_result {
    struct cw_sdp_pool pool;
    struct cw_jsep_media *media;
    size_t count;
    unsigned changed;
};

// What a payload type was used for: it never means another thing in this negotiation (RFC 3264 §8.3.2).
struct cw_jsep_pt {
    bool used;
    enum cw_codec_id codec;
    uint32_t clock_hz;
    long variant; // rtx: the payload type it repeats
};

struct cw_jsep {
    struct cw_jsep_config config; // strings are ours
    enum cw_jsep_state state;
    struct cw_jsep_sections sections, next; // agreed; being negotiated
    struct cw_jsep_result *current, *pending;
    struct cw_sdp *remote_offer; // in have-remote-offer
    struct cw_sdp *local_offer;  // in have-local-offer
    char *local_text;            // the last one made
    char *before_text;           // local_text before the present offer, for rollback
    char *ice_ufrag;             // ours in local_text
    uint64_t version;
    bool version_spent; // on an offer that was rolled back: local_text has an older one
    struct cw_jsep_pt pts[128];
    const char *ext_uris[CW_JSEP_EXT_IDS]; // by id; of the caps, or "" for one that is not ours
};

struct cw_jsep_format {
    uint8_t pt;
    const struct cw_codec *codec;
    uint32_t clock_hz;
    uint8_t channels;
    const char *fmtp; // or NULL
    unsigned feedback;
    int apt;              // rtx: whose; else -1
    unsigned rank, place; // order: by rank, then by place
};

struct cw_jsep_plan {
    struct cw_jsep_section *section;
    const struct cw_sdp_media *offered; // when answering
    const struct cw_jsep_want *want;    // when offering, or NULL
    bool rejected;
    const char *reason; // error code, NULL: not by us
    bool bundled;
    enum cw_sdp_dir dir;
    const char *protocol;
    struct cw_jsep_format *formats;
    size_t format_count;
    struct cw_sdp_extmap *extmaps;
    size_t extmap_count;
    bool rtcp_mux, rtcp_rsize, rtcp_xr_rrtr, extmap_allow_mixed;
    bool rtx;
    const struct cw_jsep_rid *rids; // simulcast that we take
    size_t rid_count;
    struct cw_sdes *keys;
    size_t key_count;
    unsigned ptime_ms;
};

struct cw_jsep_draft {
    struct cw_jsep *jsep;
    const struct cw_jsep_opts *opts;
    struct cw_jsep_error *error;
    const struct cw_sdp *offer; // when answering
    struct cw_sdp_pool pool;
    struct cw_jsep_plan *plans;
    size_t count;
    enum cw_sdp_setup setup;
};

// Fills error and returns err.
int cw_jsep_fail(struct cw_jsep_error *error, int err, const char *code, int line, int mline, const char *fmt, ...)
    __attribute__((format(printf, 6, 7)));

// jsep_section.c
int cw_jsep_sections_copy(struct cw_jsep_sections *out, const struct cw_jsep_sections *from, size_t count);
void cw_jsep_sections_fini(struct cw_jsep_sections *sections);
// A fresh m-line in this place: new SSRCs, no keys.
void cw_jsep_section_reset(struct cw_jsep_sections *sections, size_t index, enum cw_kind kind, enum cw_sdp_dir dir);
// After an offer: whether it is in use, and how (SIP).
void cw_jsep_section_settle(struct cw_jsep_section *section, bool in_use, const char *protocol, bool crypto);
// Our key for the caps' suite number i, made when first asked for.
const struct cw_sdes *cw_jsep_section_key(struct cw_jsep_section *section, unsigned i, enum cw_srtp_profile profile);

// jsep_match.c
// "name" or "name/clock" in a filter; its place, or -1. A NULL filter has everything at 0.
int cw_jsep_filter_rank(const char *const *filter, const char *name, uint32_t clock_hz);
// The formats of an offered m-line that we take, in the answer's order.
void cw_jsep_match_formats(struct cw_jsep_draft *draft, struct cw_jsep_plan *plan, const char *const *filter);
// The formats that we offer, with their payload types.
void cw_jsep_offer_formats(struct cw_jsep_draft *draft, struct cw_jsep_plan *plan, const char *const *filter);
bool cw_jsep_has_main_codec(const struct cw_jsep_plan *plan);
// jsep_registry.c
void cw_jsep_register_remote(struct cw_jsep *jsep, const struct cw_sdp *remote);
#define CW_JSEP_NO_PT 255
// The payload type that meant this before, else preferred if free, else any free one; CW_JSEP_NO_PT.
uint8_t cw_jsep_assign_pt(struct cw_jsep *jsep, const struct cw_jsep_pt *what, int preferred);
// Extensions have one id in all m-lines of a BUNDLE (RFC 8843 §9.3.2), and keep it.
void cw_jsep_match_extmaps(struct cw_jsep_draft *draft, struct cw_jsep_plan *plan);
void cw_jsep_offer_extmaps(struct cw_jsep_draft *draft, struct cw_jsep_plan *plan);

// jsep_sip.c
bool cw_jsep_is_savp(const char *protocol);
bool cw_jsep_sip_protocol_ok(enum cw_jsep_srtp policy, const char *protocol);
// Chooses the answer's key. False: none fits though one is needed.
bool cw_jsep_sip_match_crypto(struct cw_jsep_draft *draft, struct cw_jsep_plan *plan);
void cw_jsep_sip_offer_crypto(struct cw_jsep_draft *draft, struct cw_jsep_plan *plan);
// What they want; SIP: c=0.0.0.0 (RFC 2543 hold) counts as not receiving, WEBRTC: it says only "no candidate yet".
enum cw_sdp_dir cw_jsep_effective_dir(enum cw_jsep_profile profile, const struct cw_sdp_media *media);
// Fill what the two descriptions say into out (rtcp_mux is set before). False: unusable address, keys do not fit.
bool cw_jsep_sip_address(const struct cw_sdp_media *remote, struct cw_jsep_transport *out);
bool cw_jsep_sip_keys(const struct cw_sdp_media *local, const struct cw_sdp_media *remote, bool we_offered,
                      struct cw_jsep_transport *out);

// jsep_answer.c, jsep_offer.c: fill draft->plans. draft->error is set when they fail.
int cw_jsep_plan_answer(struct cw_jsep_draft *draft);
int cw_jsep_plan_offer(struct cw_jsep_draft *draft);
const struct cw_jsep_want *cw_jsep_want_for(const struct cw_jsep_opts *opts, size_t mline);
const char *const *cw_jsep_filter_for(const struct cw_jsep_opts *opts, size_t mline, enum cw_kind kind);

// jsep_write.c: the text (free()), or NULL without memory. *version: of the text.
#define CW_JSEP_SCTP_PORT 5000
#define CW_JSEP_MAX_MESSAGE 262144
char *cw_jsep_write(const struct cw_jsep_draft *draft, uint64_t *version);

// jsep_remote.c
// The m-line of a remote description that carries the transport (RFC 8843 §7.1); accepted: at least one.
size_t cw_jsep_pick_transport(const struct cw_sdp *remote, const bool *accepted);
int cw_jsep_check_transport(const struct cw_sdp *remote, size_t mline, bool is_answer, struct cw_jsep_error *error);
int cw_jsep_check_offer(const struct cw_jsep *jsep, const struct cw_sdp *offer, struct cw_jsep_error *error);
int cw_jsep_check_answer(const struct cw_jsep *jsep, const struct cw_sdp *answer, struct cw_jsep_error *error);

// jsep_result.c: what the two descriptions agree on. remote NULL: no answer yet, our offer alone.
struct cw_jsep_agreement {
    const struct cw_jsep *jsep;
    const struct cw_jsep_sections *sections;
    const struct cw_sdp *local, *remote;
    bool we_offered;
    const struct cw_jsep_plan *plans; // when answering: why m-lines were rejected
};
int cw_jsep_result_make(struct cw_jsep_result **out, const struct cw_jsep_agreement *in, struct cw_jsep_error *error);
void cw_jsep_result_free(struct cw_jsep_result *result);
// That of the first accepted m-line, or NULL. result may be NULL.
const struct cw_jsep_transport *cw_jsep_result_transport(const struct cw_jsep_result *result);
// jsep_result_rtp.c: formats, extensions, SSRCs of one m-line.
void cw_jsep_result_rtp(struct cw_sdp_pool *pool, struct cw_jsep_media *out, const struct cw_sdp_media *local,
                        const struct cw_sdp_media *remote, bool we_offered);
// jsep_change.c: sets the changed bits of now against before (NULL: nothing was).
void cw_jsep_result_compare(struct cw_jsep_result *now, const struct cw_jsep_result *before);
bool cw_jsep_same_fingerprints(const struct cw_sdp_fingerprint *a, size_t a_count, const struct cw_sdp_fingerprint *b,
                               size_t b_count);

#endif
