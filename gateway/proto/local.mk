# Files of gateway/proto.
libcauseway_la_SOURCES += \
    gateway/proto/demux.c gateway/proto/demux.h \
    gateway/proto/frame.c gateway/proto/frame.h \
    gateway/proto/dtls.c gateway/proto/dtls.h gateway/proto/dtls_identity.c gateway/proto/dtls_internal.h \
    gateway/proto/dtls_tail.c \
    gateway/proto/ice.c gateway/proto/ice.h gateway/proto/ice_check.c gateway/proto/ice_check.h \
    gateway/proto/srtp.c gateway/proto/srtp.h gateway/proto/srtp_ciphers.c gateway/proto/srtp_ciphers.h \
    gateway/proto/srtp_sdes.c gateway/proto/srtp_sdes.h
# SDP and offer/answer.
libcauseway_la_SOURCES += gateway/proto/codec.c gateway/proto/codec.h
libcauseway_la_SOURCES += gateway/proto/jsep.h gateway/proto/sdp.c gateway/proto/sdp.h
libcauseway_la_SOURCES += gateway/proto/sdp_attr.c gateway/proto/sdp_attr_rtp.c gateway/proto/sdp_impl.h
libcauseway_la_SOURCES += gateway/proto/sdp_candidate.c gateway/proto/sdp_candidate.h gateway/proto/sdp_crypto.c
libcauseway_la_SOURCES += gateway/proto/sdp_parse.c gateway/proto/sdp_pool.c gateway/proto/sdp_pool.h
libcauseway_la_SOURCES += gateway/proto/sdp_text.c gateway/proto/sdp_text.h
libcauseway_la_SOURCES += gateway/proto/jsep.c gateway/proto/jsep_impl.h gateway/proto/jsep_caps.c
libcauseway_la_SOURCES += gateway/proto/jsep_answer.c gateway/proto/jsep_offer.c gateway/proto/jsep_write.c
libcauseway_la_SOURCES += gateway/proto/jsep_match.c gateway/proto/jsep_registry.c gateway/proto/jsep_section.c
libcauseway_la_SOURCES += gateway/proto/jsep_result.c gateway/proto/jsep_result_rtp.c gateway/proto/jsep_change.c
libcauseway_la_SOURCES += gateway/proto/jsep_remote.c gateway/proto/jsep_sip.c gateway/proto/jsep_ext.c
libcauseway_la_SOURCES += gateway/proto/rtcp_write.c \
    gateway/proto/latch.c gateway/proto/latch.h \
    gateway/proto/nack.c gateway/proto/nack.h \
    gateway/proto/rtcp.c gateway/proto/rtcp.h \
    gateway/proto/rtcp_schedule.c gateway/proto/rtcp_schedule.h \
    gateway/proto/rtp.c gateway/proto/rtp.h \
    gateway/proto/rtp_map.c gateway/proto/rtp_map.h \
    gateway/proto/rtp_stats.c gateway/proto/rtp_stats.h \
    gateway/proto/tone.c gateway/proto/tone.h \
    gateway/proto/twcc.c gateway/proto/twcc.h
libcauseway_la_SOURCES += \
    gateway/proto/dcep.c gateway/proto/dcep.h \
    gateway/proto/sctp.c gateway/proto/sctp.h gateway/proto/sctp_internal.h \
    gateway/proto/sctp_channel.c gateway/proto/sctp_check.c gateway/proto/sctp_outbox.c \
    gateway/proto/sctp_socket.c gateway/proto/sctp_stack.c
libcauseway_la_SOURCES += gateway/proto/dtmf.c gateway/proto/dtmf.h gateway/proto/dtmf_receive.c \
    gateway/proto/dtmf_send.c gateway/proto/dtmf_info.c gateway/proto/dtmf_info.h \
    gateway/proto/dtmf_tone.c gateway/proto/dtmf_tone.h
# Sound: codecs, jitter buffer, time scale.
libcauseway_la_SOURCES += \
    gateway/proto/arrival.c gateway/proto/arrival.h \
    gateway/proto/audio_codec.c gateway/proto/audio_codec.h gateway/proto/audio_decode.c gateway/proto/audio_encode.c \
    gateway/proto/cn.c gateway/proto/cn.h \
    gateway/proto/jitter.c gateway/proto/jitter.h \
    gateway/proto/playout.c gateway/proto/playout.h \
    gateway/proto/time_scale.c gateway/proto/time_scale.h
