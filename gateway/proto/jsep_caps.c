// The ready-made capabilities: all we do with a browser, and with a phone.
#include "proto/jsep.h"

#define OPUS_FMTP "minptime=10;useinbandfec=1"

// RFC 7587 §6.1: a browser need not code what is not passed on. The rate of bits is said too: Chromium goes down to 12
// kbit/s for a narrow band.
#define NARROW_FMTP OPUS_FMTP ";maxplaybackrate=8000;maxaveragebitrate=24000"
#define WIDE_FMTP OPUS_FMTP ";maxplaybackrate=16000;maxaveragebitrate=32000"

// clang-format off
#define WEBRTC_AUDIO(opus_fmtp) { \
    {CW_CODEC_OPUS, 0, 111, opus_fmtp, CW_SDP_FEEDBACK_TRANSPORT_CC | CW_SDP_FEEDBACK_NACK}, \
    {CW_CODEC_G722, 0, 9, NULL, CW_SDP_FEEDBACK_TRANSPORT_CC}, \
    {CW_CODEC_PCMU, 0, 0, NULL, CW_SDP_FEEDBACK_TRANSPORT_CC}, \
    {CW_CODEC_PCMA, 0, 8, NULL, CW_SDP_FEEDBACK_TRANSPORT_CC}, \
    {CW_CODEC_CN, 8000, 13, NULL, 0}, \
    {CW_CODEC_TELEPHONE_EVENT, 48000, 110, "0-15", 0}, \
    {CW_CODEC_TELEPHONE_EVENT, 8000, 126, "0-15", 0}, \
}
// clang-format on
static const struct cw_jsep_cap webrtc_audio[] = WEBRTC_AUDIO(OPUS_FMTP);
static const struct cw_jsep_cap narrow_audio[] = WEBRTC_AUDIO(NARROW_FMTP);
static const struct cw_jsep_cap wide_audio[] = WEBRTC_AUDIO(WIDE_FMTP);

const struct cw_jsep_cap *cw_jsep_webrtc_audio(uint32_t playback_hz) {
    return playback_hz <= 8000 ? narrow_audio : playback_hz <= 16000 ? wide_audio : webrtc_audio;
}

#define H264_FMTP "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f"
static const struct cw_jsep_cap webrtc_video[] = {
    {CW_CODEC_VP8, 0, 96, NULL, CW_SDP_FEEDBACK_ALL},
    {CW_CODEC_VP9, 0, 98, NULL, CW_SDP_FEEDBACK_ALL},
    {CW_CODEC_H264, 0, 102, NULL, CW_SDP_FEEDBACK_ALL},
    {CW_CODEC_AV1, 0, 45, NULL, CW_SDP_FEEDBACK_ALL},
};

static const char *const audio_extmaps[] = {
    "urn:ietf:params:rtp-hdrext:ssrc-audio-level",
    "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
    "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
    "urn:ietf:params:rtp-hdrext:sdes:mid",
    NULL,
};

static const char *const video_extmaps[] = {
    "urn:ietf:params:rtp-hdrext:toffset",
    "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
    "urn:3gpp:video-orientation",
    "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
    "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay",
    "http://www.webrtc.org/experiments/rtp-hdrext/video-content-type",
    "http://www.webrtc.org/experiments/rtp-hdrext/video-timing",
    "http://www.webrtc.org/experiments/rtp-hdrext/color-space",
    "urn:ietf:params:rtp-hdrext:sdes:mid",
    "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id",
    "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id",
    "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension",
    NULL,
};

#define COUNT(array) (sizeof(array) / sizeof *(array))

const struct cw_jsep_caps cw_jsep_caps_webrtc = {
    .codecs = {webrtc_audio, webrtc_video},
    .codec_count = {COUNT(webrtc_audio), COUNT(webrtc_video)},
    .application = true,
    .rtx = true,
    .extmaps = {audio_extmaps, video_extmaps},
    .dir = {CW_SDP_SENDRECV, CW_SDP_SENDRECV, CW_SDP_SENDRECV},
    .simulcast_recv = true,
};

static const struct cw_jsep_cap sip_audio[] = {
    {CW_CODEC_OPUS, 0, 96, "useinbandfec=1", 0},
    {CW_CODEC_G722, 0, 9, NULL, 0},
    {CW_CODEC_PCMU, 0, 0, NULL, 0},
    {CW_CODEC_PCMA, 0, 8, NULL, 0},
    {CW_CODEC_CN, 8000, 13, NULL, 0},
    {CW_CODEC_TELEPHONE_EVENT, 8000, 101, "0-15", 0},
    {CW_CODEC_TELEPHONE_EVENT, 48000, 97, "0-15", 0},
};

const struct cw_jsep_caps cw_jsep_caps_sip = {
    .codecs = {sip_audio},
    .codec_count = {COUNT(sip_audio)},
    .dir = {CW_SDP_SENDRECV, CW_SDP_SENDRECV, CW_SDP_SENDRECV},
    .srtp = CW_JSEP_SRTP_ACCEPT,
    .suites = {CW_SRTP_AEAD_AES_128_GCM, CW_SRTP_AEAD_AES_256_GCM, CW_SRTP_AES_CM_128_HMAC_SHA1_80,
               CW_SRTP_AES_CM_128_HMAC_SHA1_32},
    .rtcp_mux = true,
    .ptime_ms = 20,
};
