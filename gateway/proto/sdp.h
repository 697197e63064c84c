// SDP: parser, model and writer (RFC 8866; ICE RFC 8839, DTLS RFC 8842/8122, BUNDLE RFC 8843, rtcp-mux RFC 5761/8858,
// SSRCs RFC 5576, RIDs RFC 8851, simulcast RFC 8853, SCTP RFC 8841, SDES RFC 4568, header extensions RFC 8285).
//
// A description keeps every line in its order, so writing gives back what was parsed; beside that, what we use is
// parsed into typed fields. The typed fields of a media section already contain what it inherits from the session.
// All text in a description belongs to it and lives as long. One thread at a time. Pure: no clock, no socket.
#ifndef CW_PROTO_SDP_H
#define CW_PROTO_SDP_H

#include "base/addr.h"
#include "base/buf.h"
#include "base/err.h"
#include "proto/codec.h"
#include "proto/sdp_candidate.h"
#include "proto/srtp_sdes.h"

#define CW_SDP_MAX_BYTES 65536
#define CW_SDP_MAX_LINE 8192 // [bytes]
#define CW_SDP_MAX_MEDIA 64
#define CW_SDP_MAX_CANDIDATES 100 // in the whole description

struct cw_sdp_error {
    int line;       // from 1; 0 when it is about the whole
    char text[128]; // for people
};

// A line as it came: "TYPE=TEXT".
struct cw_sdp_line {
    char type;
    int number;
    const char *text;
    const char *name;  // type 'a': attribute name; else NULL
    const char *value; // type 'a': after the colon; NULL when there is none
};

struct cw_sdp_lines {
    const struct cw_sdp_line *at;
    size_t count;
};

// Direction seen from who wrote the description; a bit set.
enum cw_sdp_dir { CW_SDP_INACTIVE = 0, CW_SDP_SENDONLY = 1, CW_SDP_RECVONLY = 2, CW_SDP_SENDRECV = 3 };

enum cw_sdp_setup { // RFC 4145 / 8842
    CW_SDP_SETUP_NONE,
    CW_SDP_SETUP_ACTPASS,
    CW_SDP_SETUP_ACTIVE,
    CW_SDP_SETUP_PASSIVE,
    CW_SDP_SETUP_HOLDCONN,
};

#define CW_SDP_DIGEST_SIZE 64
struct cw_sdp_fingerprint { // RFC 8122
    char hash[12];          // "sha-256", lower case
    uint8_t digest[CW_SDP_DIGEST_SIZE];
    uint8_t digest_len;
};

#define CW_SDP_FEEDBACK_NACK (1u << 0)
#define CW_SDP_FEEDBACK_PLI (1u << 1)          // nack pli
#define CW_SDP_FEEDBACK_FIR (1u << 2)          // ccm fir
#define CW_SDP_FEEDBACK_REMB (1u << 3)         // goog-remb
#define CW_SDP_FEEDBACK_TRANSPORT_CC (1u << 4) // transport-cc
#define CW_SDP_FEEDBACK_ALL 31u

// One payload type of an m-line: rtpmap (or the static table's), fmtp and rtcp-fb together.
struct cw_sdp_format {
    uint8_t pt;
    const char *name;  // "opus"; NULL: neither rtpmap nor static
    uint32_t clock_hz; // of the rtpmap
    uint8_t channels;  // 1 when not given
    const char *fmtp;  // or NULL
    unsigned feedback; // CW_SDP_FEEDBACK_*
};

struct cw_sdp_extmap { // RFC 8285
    uint16_t id;
    enum cw_sdp_dir dir;
    const char *uri;
};

struct cw_sdp_ssrc { // RFC 5576; one per SSRC
    uint32_t ssrc;
    const char *cname; // or NULL
    const char *msid;  // or NULL
};

struct cw_sdp_ssrc_group {
    const char *semantics; // "FID", "SIM"
    const uint32_t *ssrcs;
    size_t count;
};

struct cw_sdp_rid { // RFC 8851
    const char *id;
    bool send;
    const char *params; // restrictions after the direction, or NULL
};

// a=simulcast (RFC 8853): one entry per stream, its first alternative. ~ before a rid: paused.
struct cw_sdp_simulcast_stream {
    const char *rid;
    bool paused;
};

struct cw_sdp_simulcast {
    const struct cw_sdp_simulcast_stream *streams;
    size_t count;
};

struct cw_sdp_connection { // c=
    struct cw_addr addr;   // port 0; unset if it is a name or multicast
    const char *host;      // as written; NULL: no c= line
};

struct cw_sdp_media {
    struct cw_sdp_lines lines; // from m= on
    int line;                  // of m=
    enum cw_kind kind;
    const char *media;    // "audio"
    const char *protocol; // "UDP/TLS/RTP/SAVPF"
    uint16_t port;        // 0: rejected, unless bundle_only
    const char *const *fmts;
    size_t fmt_count;
    struct cw_sdp_connection connection;
    enum cw_sdp_dir dir;
    const char *mid; // or NULL
    bool bundle_only;
    bool has_rtcp; // a=rtcp
    uint16_t rtcp_port;
    struct cw_sdp_connection rtcp; // host NULL: that of the media
    bool rtcp_mux, rtcp_rsize, rtcp_xr_rrtr, extmap_allow_mixed;
    uint16_t ptime_ms, maxptime_ms; // 0: not given
    uint32_t bandwidth_kbps;        // b=AS, or b=TIAS rounded up; 0: not given
    // transport
    const char *ice_ufrag, *ice_pwd; // or NULL
    bool ice_lite, ice_trickle, ice_renomination, end_of_candidates;
    const struct cw_sdp_fingerprint *fingerprints;
    size_t fingerprint_count;
    enum cw_sdp_setup setup;
    const struct cw_sdp_candidate *candidates; // this section's and the session's
    size_t candidate_count;
    const struct cw_sdes *cryptos; // those that we could use: known suite, no MKI, one key
    size_t crypto_count;
    // RTP
    const struct cw_sdp_format *formats; // in m= order
    size_t format_count;
    const struct cw_sdp_extmap *extmaps;
    size_t extmap_count;
    const struct cw_sdp_ssrc *ssrcs;
    size_t ssrc_count;
    const struct cw_sdp_ssrc_group *ssrc_groups;
    size_t ssrc_group_count;
    const char *msid; // "STREAM TRACK", the first; or NULL
    const struct cw_sdp_rid *rids;
    size_t rid_count;
    struct cw_sdp_simulcast simulcast_send, simulcast_recv; // seen from who wrote it
    // SCTP
    uint16_t sctp_port;        // 0: not given
    uint64_t max_message_size; // 0: none or unlimited; RFC 8841 says 65536 when not given
    bool has_max_message_size;
};

struct cw_sdp_group { // RFC 5888: "BUNDLE", "LS"
    const char *semantics;
    const char *const *mids;
    size_t count;
};

struct cw_sdp {
    struct cw_sdp_lines lines; // of the session part
    const char *origin_id;
    uint64_t origin_version;
    const struct cw_sdp_media *media;
    size_t media_count;
    const struct cw_sdp_group *groups;
    size_t group_count;
    bool ice_lite;
    struct cw_sdp_connection connection;
};

// Parses len bytes; lines end with LF or CRLF, the last may end without. Unknown lines and attributes are kept;
// malformed known ones are errors.
// CW_EFORMAT, CW_ETOOBIG or CW_ENOMEM with *error filled (NULL: not wanted); *out untouched then.
int cw_sdp_parse(struct cw_sdp **out, const char *text, size_t len, struct cw_sdp_error *error);
void cw_sdp_free(struct cw_sdp *sdp);
// Appends all lines, each ended with CRLF. Check out->bad.
void cw_sdp_write(const struct cw_sdp *sdp, struct cw_str *out);

// The BUNDLE group, or NULL.
const struct cw_sdp_group *cw_sdp_bundle(const struct cw_sdp *sdp);
bool cw_sdp_group_has(const struct cw_sdp_group *group, const char *mid);
const struct cw_sdp_format *cw_sdp_format_find(const struct cw_sdp_media *media, unsigned pt);
// The value of the first attribute of that name in these lines ("" if it has none), NULL if there is no such.
const char *cw_sdp_attribute(const struct cw_sdp_lines *lines, const char *name);
// A section that was offered or answered with port 0 and is not bundle-only.
bool cw_sdp_media_rejected(const struct cw_sdp_media *media);

const char *cw_sdp_dir_name(enum cw_sdp_dir dir); // "sendrecv"
enum cw_sdp_dir cw_sdp_dir_reverse(enum cw_sdp_dir dir);
const char *cw_sdp_setup_name(enum cw_sdp_setup setup);

#define CW_SDP_FINGERPRINT_TEXT_SIZE (12 + 1 + 3 * CW_SDP_DIGEST_SIZE)
// "sha-256 AB:CD:…" both ways; the length fits the hash (without "fingerprint:"). parse: CW_EFORMAT. print returns out.
int cw_sdp_fingerprint_parse(struct cw_sdp_fingerprint *out, const char *text);
const char *cw_sdp_fingerprint_print(const struct cw_sdp_fingerprint *fingerprint, char *out);

#endif
