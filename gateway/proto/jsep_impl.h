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
    int apt; // rtx: whose; else -1
    unsigned rank;
};

struct cw_jsep_plan {
    struct cw_jsep_section *section;
    const struct cw_sdp_media *offered; // when answering
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
void cw_jsep_section_reset(struct cw_jsep *jsep, struct cw_jsep_section *section, enum cw_kind kind);
// Our key for the caps' suite number i, made when first asked for.
const struct cw_sdes *cw_jsep_section_key(const struct cw_jsep *jsep, struct cw_jsep_section *section, unsigned i);

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
uint8_t cw_jsep_assign_pt(struct cw_jsep *jsep, const struct cw_jsep_pt *what, int preferred);
void cw_jsep_match_extmaps(struct cw_jsep_draft *draft, struct cw_jsep_plan *plan);
void cw_jsep_offer_extmaps(struct cw_jsep_draft *draft, struct cw_jsep_plan *plan);

// jsep_sip.c
bool cw_jsep_is_savp(const char *protocol);
bool cw_jsep_sip_protocol_ok(const struct cw_jsep *jsep, const struct cw_sdp_media *offered, const char **reason);
// Chooses the answer's key. False: none fits though one is needed.
bool cw_jsep_sip_match_crypto(struct cw_jsep_draft *draft, struct cw_jsep_plan *plan);
void cw_jsep_sip_offer_crypto(struct cw_jsep_draft *draft, struct cw_jsep_plan *plan);
// What they want, c=0.0.0.0 (RFC 2543 hold) counted as not receiving.
enum cw_sdp_dir cw_jsep_effective_dir(const struct cw_sdp_media *media);
bool cw_jsep_sip_address(const struct cw_sdp_media *remote, struct cw_jsep_transport *out);
bool cw_jsep_sip_keys(const struct cw_sdp_media *local, const struct cw_sdp_media *remote, bool we_offered,
                      struct cw_jsep_transport *out);

// jsep_answer.c, jsep_offer.c: fill draft->plans. draft->error is set when they fail.
int cw_jsep_plan_answer(struct cw_jsep_draft *draft);
int cw_jsep_plan_offer(struct cw_jsep_draft *draft);
const struct cw_jsep_want *cw_jsep_want_for(const struct cw_jsep_opts *opts, size_t mline);
const char *const *cw_jsep_filter_for(const struct cw_jsep_opts *opts, size_t mline, enum cw_kind kind);

// jsep_write.c: the text, or NULL without memory. *version: of the text.
char *cw_jsep_write(struct cw_jsep_draft *draft, uint64_t *version);

// jsep_transport.c: which m-line of a remote description carries the transport; checks ICE, DTLS.
// accepted: local description when it is the answer, else the remote one itself.
int cw_jsep_pick_transport(const struct cw_sdp *remote, const struct cw_sdp *answer, size_t *mline);
int cw_jsep_check_transport(const struct cw_sdp *remote, size_t mline, bool is_answer, struct cw_jsep_error *error);

// jsep_remote.c
int cw_jsep_check_offer(const struct cw_jsep *jsep, const struct cw_sdp *offer, struct cw_jsep_error *error);
int cw_jsep_check_answer(const struct cw_jsep *jsep, const struct cw_sdp *answer, struct cw_jsep_error *error);

// jsep_result.c. remote NULL: no answer yet. *out is new; cw_jsep_result_free.
struct cw_jsep_result_in {
    const struct cw_jsep *jsep;
    const struct cw_jsep_sections *sections;
    const struct cw_sdp *local, *remote;
    bool we_offered;
    const struct cw_jsep_plan *plans; // when answering: why m-lines were rejected
};
int cw_jsep_result_make(struct cw_jsep_result **out, const struct cw_jsep_result_in *in, struct cw_jsep_error *error);
void cw_jsep_result_free(struct cw_jsep_result *result);
// jsep_change.c: sets the changed bits of now against before (NULL: nothing was).
void cw_jsep_result_compare(struct cw_jsep_result *now, const struct cw_jsep_result *before);

#endif
