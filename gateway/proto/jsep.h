// One offer/answer negotiation with one remote side (RFC 3264, RFC 8829, updated by RFC 9429).
//
//                    create_offer                       set_remote(OFFER)
//   have-local-offer <----------- stable -------------------------> have-remote-offer
//          |  set_remote(ANSWER)   ^  ^              create_answer         |
//          +-----------------------+  +------------------------------------+
//          | set_remote(PRANSWER): stays, result is final enough for media
//   rollback leads back to stable from both.
//
// Two profiles. WEBRTC: ICE, DTLS-SRTP, one BUNDLE transport, rtcp-mux. SIP: RTP/AVP(F) and RTP/SAVP(F) with SDES,
// one address per m-line. Descriptions made here are applied at once (createAnswer and setLocalDescription in one).
// Pure state: no socket, no clock; SSRCs and SDES keys come from base/random. One thread at a time (control).
#ifndef CW_PROTO_JSEP_H
#define CW_PROTO_JSEP_H

#include "proto/codec.h"
#include "proto/sdp.h"

enum cw_jsep_profile { CW_JSEP_WEBRTC, CW_JSEP_SIP };
enum cw_jsep_state { CW_JSEP_STABLE, CW_JSEP_HAVE_LOCAL_OFFER, CW_JSEP_HAVE_REMOTE_OFFER };
enum cw_jsep_type { CW_JSEP_OFFER, CW_JSEP_PRANSWER, CW_JSEP_ANSWER };

struct cw_jsep_error {
    const char *code; // snake_case, constant, one of the list below; NULL: no error
    int line;         // of the SDP text, from 1; 0: none
    int mline;        // m-line index; -1: none
    char detail[160]; // for people; no secrets
};
// Codes: bad_sdp, too_many_sections, wrong_state, no_media, no_common_codec, unsupported_transport,
// unsupported_media, bundle_required, rtcp_mux_required, ice_credentials_missing, fingerprint_missing,
// setup_conflict, no_common_crypto, address_unusable, mline_mismatch, local_transport_missing, no_memory.

// ---------------------------------------------------------------- what the caller can do

struct cw_jsep_cap {
    enum cw_codec_id codec;
    uint32_t clock_hz; // 0: the table's; telephone-event, CN, red, L16: which clock
    int pt;            // for our offers when still free; -1: any dynamic one
    const char *fmtp;  // ours: offered, and answered for audio; video: must be compatible (NULL: any profile) and the
                       // offer's is mirrored
    unsigned feedback; // CW_SDP_FEEDBACK_* that we take part in
};

enum cw_jsep_order { CW_JSEP_ORDER_OFFER, CW_JSEP_ORDER_CAPS }; // of the codecs in an answer
enum cw_jsep_srtp {
    CW_JSEP_SRTP_OFF,     // SAVP refused
    CW_JSEP_SRTP_ACCEPT,  // AVP offered, both taken; a=crypto in AVP answered too (RFC 8643)
    CW_JSEP_SRTP_OFFER,   // SAVP offered, both taken
    CW_JSEP_SRTP_REQUIRE, // AVP refused
};

// Constant while a negotiation uses it; strings and tables are borrowed.
struct cw_jsep_caps {
    const struct cw_jsep_cap *codecs[CW_KINDS]; // in preference order; helpers (telephone-event, CN, red) among them
    size_t codec_count[CW_KINDS];
    bool application;                     // WEBRTC: data channels
    bool rtx;                             // with every video codec
    const char *const *extmaps[CW_KINDS]; // URIs taken, ends with NULL; or NULL
    enum cw_sdp_dir dir[CW_KINDS];        // default direction wanted
    enum cw_jsep_order order;
    bool simulcast_recv;
    unsigned max_sections; // 0: CW_SDP_MAX_MEDIA
    // SIP
    enum cw_jsep_srtp srtp;
    enum cw_srtp_profile suites[4]; // in preference order, ends early with CW_SRTP_NONE
    bool rtcp_mux;                  // offered and taken
    unsigned ptime_ms;              // ours; 0: 20
};

// Everything a browser may use of us: opus, G.722, PCMU, PCMA, CN, telephone-event at 48000 and 8000; VP8, VP9, H.264,
// AV1 with rtx; data channels; simulcast; the header extensions of enum cw_jsep_ext.
extern const struct cw_jsep_caps cw_jsep_caps_webrtc;
// Its audio codecs, in that order and number, where Opus tells that no more than this rate is of use.
const struct cw_jsep_cap *cw_jsep_webrtc_audio(uint32_t playback_hz);
// A phone: opus, G.722, PCMU, PCMA, telephone-event/8000 and /48000; SRTP accepted; rtcp-mux accepted.
extern const struct cw_jsep_caps cw_jsep_caps_sip;

struct cw_jsep_config {
    enum cw_jsep_profile profile;
    const struct cw_jsep_caps *caps; // borrowed, lives as long as the negotiation
    bool ice_lite;                   // WEBRTC; else full with trickle
    uint64_t session_id;             // o=, below 2^62
    const char *cname;               // copied; a token
    const char *stream_id;           // copied; WEBRTC: msid of all we send, so that a browser groups it; a token
};

// ---------------------------------------------------------------- per description

// Our end, as it is now. Given with each create_*; borrowed during the call.
struct cw_jsep_local {
    // WEBRTC
    const char *ice_ufrag, *ice_pwd;
    struct cw_sdp_fingerprint fingerprint;
    const struct cw_sdp_candidate *candidates;
    size_t candidate_count;
    bool end_of_candidates;
    enum cw_sdp_setup setup; // answering actpass: ACTIVE or PASSIVE; NONE: ACTIVE, see cw_jsep_create_answer
    // SIP, by kind; unset: that kind is refused. rtcp_port 0: port + 1.
    struct cw_addr rtp[CW_KINDS];
    uint16_t rtcp_port[CW_KINDS];
};

// What is wanted of one m-line, beyond the caps.
struct cw_jsep_want {
    int mline;         // an existing one (of the remote offer, or of what was negotiated); -1: a new one (offers only)
    enum cw_kind kind; // of a new one
    enum cw_sdp_dir dir;
    bool stop;                 // reject it or give it up: port 0
    const char *const *codecs; // as cw_jsep_opts.codecs; NULL: that one
};

struct cw_jsep_opts {
    struct cw_jsep_local local;
    // Restriction and order for each kind, ends with NULL: "PCMU", "telephone-event/8000", "H264". NULL: no
    // restriction.
    const char *const *codecs[CW_KINDS];
    // For m-lines that need something else than the caps' direction; in a later description, than before.
    const struct cw_jsep_want *wants;
    size_t want_count;
};

// ---------------------------------------------------------------- what was negotiated

struct cw_jsep_codec {
    const struct cw_codec *codec;
    uint8_t pt_send; // in what we send to them
    uint8_t pt_recv; // in what they send to us
    uint32_t clock_hz;
    uint8_t channels;
    const char *fmtp_send;  // theirs: how to send to them; or NULL
    const char *fmtp_recv;  // ours; or NULL
    unsigned feedback;      // CW_SDP_FEEDBACK_*, agreed
    long variant;           // cw_fmtp_variant: two with equal codec, clock, channels and variant are the same
    int rtx_send, rtx_recv; // payload types, -1: none
};

enum cw_jsep_ext { // RFC 8285 header extensions we know
    CW_EXT_OTHER,
    CW_EXT_MID,
    CW_EXT_RID,
    CW_EXT_REPAIRED_RID,
    CW_EXT_AUDIO_LEVEL,
    CW_EXT_CSRC_AUDIO_LEVEL,
    CW_EXT_ABS_SEND_TIME,
    CW_EXT_TRANSPORT_CC,
    CW_EXT_TOFFSET,
    CW_EXT_VIDEO_ORIENTATION,
    CW_EXT_PLAYOUT_DELAY,
    CW_EXT_VIDEO_CONTENT_TYPE,
    CW_EXT_VIDEO_TIMING,
    CW_EXT_COLOR_SPACE,
    CW_EXT_DEPENDENCY_DESCRIPTOR,
    CW_EXT_VIDEO_LAYERS_ALLOCATION,
    CW_EXT_COUNT,
};
const char *cw_jsep_ext_uri(enum cw_jsep_ext ext); // NULL for OTHER
enum cw_jsep_ext cw_jsep_ext_by_uri(const char *uri);

struct cw_jsep_extmap {
    enum cw_jsep_ext ext;
    const char *uri;
    uint8_t id;          // the same both ways (RFC 8285 §6)
    enum cw_sdp_dir dir; // ours: may we send it, may they
};

// A stream they announced: primary SSRC, its retransmission (FID) or 0.
struct cw_jsep_ssrc {
    uint32_t ssrc, rtx_ssrc;
    const char *cname; // or NULL
};

struct cw_jsep_rid {
    const char *rid;
    bool paused;
};

// Where the other end is. All accepted m-lines of WEBRTC share one.
struct cw_jsep_transport {
    // WEBRTC
    const char *ice_ufrag, *ice_pwd; // remote
    bool remote_ice_lite, remote_trickle, renomination;
    bool end_of_candidates;
    const struct cw_sdp_candidate *candidates; // remote, names included; none kept if we are lite
    size_t candidate_count;
    const struct cw_sdp_fingerprint *fingerprints; // remote: any of them may match (RFC 8122 §5)
    size_t fingerprint_count;
    bool dtls_client; // our role: we send the ClientHello
    // SIP
    struct cw_addr rtp, rtcp; // remote; rtp unset: old-style hold (c=0.0.0.0), send nothing
    bool srtp;                // SDES: the keys below are set
    struct cw_sdes send_key, recv_key;
    bool rtcp_mux; // both profiles
};

// `changed` bits, against the result before this negotiation.
#define CW_JSEP_NEW (1u << 0)      // an m-line that was not there
#define CW_JSEP_REJECTED (1u << 1) // was in use, is not any more
#define CW_JSEP_RECYCLED (1u << 2) // another medium at an m-line that was given up
#define CW_JSEP_DIRECTION (1u << 3)
#define CW_JSEP_CODECS (1u << 4)      // codecs, payload types, events, feedback, extension ids
#define CW_JSEP_STREAMS (1u << 5)     // remote SSRCs, rids
#define CW_JSEP_ICE_RESTART (1u << 6) // remote ufrag or pwd
#define CW_JSEP_FINGERPRINT (1u << 7)
#define CW_JSEP_ADDRESS (1u << 8) // SIP: remote RTP or RTCP address, mux
#define CW_JSEP_KEYS (1u << 9)    // SIP: SDES suite or keys, or SRTP on or off

struct cw_jsep_media {
    unsigned index;  // m-line
    const char *mid; // "" if none
    enum cw_kind kind;
    bool rejected;
    const char *reason;  // why we rejected it: an error code; NULL: not rejected, or by them
    enum cw_sdp_dir dir; // ours: SENDONLY bit: we may send
    bool remote_hold;    // they do not want our media: sendonly, inactive, or c=0.0.0.0
    unsigned changed;
    const struct cw_jsep_codec *codecs; // preference order of the answer; without helpers
    size_t codec_count;
    const struct cw_jsep_codec *events; // telephone-event, one per clock
    size_t event_count;
    const struct cw_jsep_codec *helpers; // CN, red, ulpfec
    size_t helper_count;
    const struct cw_jsep_extmap *extmaps;
    size_t extmap_count;
    bool extmap_allow_mixed, rtcp_rsize, rtcp_xr_rrtr;
    const struct cw_jsep_ssrc *ssrcs; // remote
    size_t ssrc_count;
    const char *remote_msid;             // "STREAM TRACK" or NULL
    uint32_t local_ssrc, local_rtx_ssrc; // ours, for life; rtx 0: no rtx
    const struct cw_jsep_rid *rids;      // that they send and we take
    size_t rid_count;
    unsigned ptime_ms, maxptime_ms;            // what they ask for; 0: not given
    uint32_t bandwidth_kbps;                   // theirs; 0: not given
    uint16_t sctp_port;                        // remote
    uint64_t max_message_size;                 // remote: largest message they take; 0: any
    const struct cw_jsep_transport *transport; // never NULL; of rejected m-lines all zero
};

struct cw_jsep;

// config is copied but for the caps. CW_EINVAL for a cname or stream id that is no token.
int cw_jsep_new(struct cw_jsep **out, const struct cw_jsep_config *config);
void cw_jsep_free(struct cw_jsep *jsep);
enum cw_jsep_state cw_jsep_state(const struct cw_jsep *jsep);

// On every error the state is as before the call, and *error (never NULL) says why; return CW_ESTATE (wrong order),
// CW_EFORMAT, CW_ETOOBIG, CW_EUNSUPPORTED (well-formed, but we cannot), CW_EINVAL (bad opts), CW_ENOMEM.
// Texts are given to the caller: free().
int cw_jsep_set_remote(struct cw_jsep *jsep, enum cw_jsep_type type, const char *sdp, size_t len,
                       struct cw_jsep_error *error);
// local.setup: our DTLS role when the offer leaves it to us. ACTIVE is one round trip faster from the browser's first
// check to its first media: our ClientHello goes out with the answer to its check instead of waiting for theirs.
// Once an association exists its role is kept.
// After an ICE restart local.ice_ufrag and ice_pwd must be new ones.
int cw_jsep_create_answer(struct cw_jsep *jsep, const struct cw_jsep_opts *opts, char **sdp,
                          struct cw_jsep_error *error);
// Existing m-lines stay (mids, payload types, directions wanted before) but for what wants says; new ones are added, in
// the place of a given-up one if there is one.
int cw_jsep_create_offer(struct cw_jsep *jsep, const struct cw_jsep_opts *opts, char **sdp,
                         struct cw_jsep_error *error);
int cw_jsep_rollback(struct cw_jsep *jsep, struct cw_jsep_error *error);

// The result. In stable: what was negotiated last. In have-remote-offer: what the caps would make of the offer (to
// choose codecs and see an ICE restart before answering). In have-local-offer: what we may get already, before the
// answer (payload types, our SSRCs), or the provisional answer's result. Valid until the next set_remote, create_*,
// rollback or free.
size_t cw_jsep_media_count(const struct cw_jsep *jsep);
const struct cw_jsep_media *cw_jsep_media_at(const struct cw_jsep *jsep, size_t index); // NULL: out of range
// The first accepted m-line of a kind, or NULL.
const struct cw_jsep_media *cw_jsep_media_of_kind(const struct cw_jsep *jsep, enum cw_kind kind);
unsigned cw_jsep_changed(const struct cw_jsep *jsep); // all m-lines' bits together
// The codec of that id in the list (clock 0: any), or NULL.
const struct cw_jsep_codec *cw_jsep_codec_find(const struct cw_jsep_codec *list, size_t count, enum cw_codec_id id,
                                               uint32_t clock_hz);
// Our present local description (the last one made or applied), or NULL.
const char *cw_jsep_local_sdp(const struct cw_jsep *jsep);

#endif
