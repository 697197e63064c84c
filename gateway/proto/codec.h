// The codecs we know by name: what a payload format is called in SDP, and how its clock runs.
#ifndef CW_PROTO_CODEC_H
#define CW_PROTO_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum cw_kind { CW_KIND_AUDIO, CW_KIND_VIDEO, CW_KIND_APPLICATION, CW_KIND_OTHER };
#define CW_KINDS 3 // those we negotiate: audio, video, application

enum cw_codec_id {
    CW_CODEC_NONE,
    CW_CODEC_OPUS,
    CW_CODEC_PCMU,
    CW_CODEC_PCMA,
    CW_CODEC_G722,
    CW_CODEC_GSM,
    CW_CODEC_G729,
    CW_CODEC_L16,
    CW_CODEC_CN,              // RFC 3389, helper
    CW_CODEC_TELEPHONE_EVENT, // RFC 4733, helper; any clock
    CW_CODEC_RED,             // RFC 2198, helper; audio and video
    CW_CODEC_VP8,
    CW_CODEC_VP9,
    CW_CODEC_H264,
    CW_CODEC_AV1,
    CW_CODEC_RTX,    // RFC 4588, helper
    CW_CODEC_ULPFEC, // RFC 5109, helper
};

struct cw_codec {
    enum cw_codec_id id;
    enum cw_kind kind;  // CW_KIND_OTHER: audio or video (red, rtx)
    const char *name;   // as in a=rtpmap; compared without case
    uint32_t clock_hz;  // RTP clock of the rtpmap; 0: any
    uint32_t sample_hz; // what the codec decodes to (G.722: 16000 though its clock says 8000); 0: not a sound codec
    uint8_t channels;   // of the rtpmap (opus: 2); 1 for video
    int8_t static_pt;   // RFC 3551, or -1
    bool helper;        // rides beside a codec; never negotiated alone
};

// NULL if unknown. Any thread; the table is constant.
const struct cw_codec *cw_codec_by_id(enum cw_codec_id id);
const struct cw_codec *cw_codec_by_name(const char *name, uint32_t clock_hz); // clock_hz 0: any
const struct cw_codec *cw_codec_by_static_pt(unsigned pt);
// Names are equal without case (RFC 4855 §3).
bool cw_codec_name_equal(const char *a, const char *b);
const char *cw_kind_name(enum cw_kind kind); // "audio", "video", "application", "other"

// The value of key in an a=fmtp parameter list ("apt=96;x=1"), or NULL; *len is its length. Keys without case.
const char *cw_fmtp_get(const char *fmtp, const char *key, size_t *len);
// The same as a number of the given base, or fallback when absent or malformed.
long cw_fmtp_int(const char *fmtp, const char *key, int base, long fallback);
// What of a=fmtp makes two formats of one codec different ones: H.264 packetization-mode and profile (RFC 6184 §8.2.2),
// VP9 profile-id, AV1 profile; 0 for codecs whose parameters are declarative. fmtp may be NULL (none given).
long cw_fmtp_variant(enum cw_codec_id id, const char *fmtp);

#endif
