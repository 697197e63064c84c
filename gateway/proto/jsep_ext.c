// The RTP header extensions we know, and the ready-made capabilities.
#include "proto/jsep.h"

static const struct {
    enum cw_jsep_ext ext;
    const char *uri;
} uris[] = {
    {CW_EXT_MID, "urn:ietf:params:rtp-hdrext:sdes:mid"},
    {CW_EXT_RID, "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"},
    {CW_EXT_REPAIRED_RID, "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id"},
    {CW_EXT_AUDIO_LEVEL, "urn:ietf:params:rtp-hdrext:ssrc-audio-level"},
    {CW_EXT_CSRC_AUDIO_LEVEL, "urn:ietf:params:rtp-hdrext:csrc-audio-level"},
    {CW_EXT_ABS_SEND_TIME, "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"},
    {CW_EXT_TRANSPORT_CC, "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"},
    {CW_EXT_TOFFSET, "urn:ietf:params:rtp-hdrext:toffset"},
    {CW_EXT_VIDEO_ORIENTATION, "urn:3gpp:video-orientation"},
    {CW_EXT_PLAYOUT_DELAY, "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay"},
    {CW_EXT_VIDEO_CONTENT_TYPE, "http://www.webrtc.org/experiments/rtp-hdrext/video-content-type"},
    {CW_EXT_VIDEO_TIMING, "http://www.webrtc.org/experiments/rtp-hdrext/video-timing"},
    {CW_EXT_COLOR_SPACE, "http://www.webrtc.org/experiments/rtp-hdrext/color-space"},
    {CW_EXT_DEPENDENCY_DESCRIPTOR,
     "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension"},
    {CW_EXT_VIDEO_LAYERS_ALLOCATION, "http://www.webrtc.org/experiments/rtp-hdrext/video-layers-allocation00"},
};

const char *cw_jsep_ext_uri(enum cw_jsep_ext ext) {
    for (size_t i = 0; i < sizeof uris / sizeof *uris; i++)
        if (uris[i].ext == ext) return uris[i].uri;
    return NULL;
}

enum cw_jsep_ext cw_jsep_ext_by_uri(const char *uri) {
    for (size_t i = 0; i < sizeof uris / sizeof *uris; i++)
        if (strcmp(uris[i].uri, uri) == 0) return uris[i].ext;
    return CW_EXT_OTHER;
}
