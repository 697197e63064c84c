# Files of gateway/proto.
libcauseway_la_SOURCES += \
    gateway/proto/demux.c gateway/proto/demux.h gateway/proto/dtls.h gateway/proto/ice.h \
    gateway/proto/srtp.h gateway/proto/srtp_sdes.h
libcauseway_la_SOURCES += \
    gateway/proto/latch.h gateway/proto/nack.h gateway/proto/rtcp.h gateway/proto/rtcp_schedule.h \
    gateway/proto/rtp.h gateway/proto/rtp_map.h gateway/proto/rtp_stats.h gateway/proto/twcc.h
libcauseway_la_SOURCES += \
    gateway/proto/codec.h \
    gateway/proto/jsep.h \
    gateway/proto/sdp.h \
    gateway/proto/sdp_candidate.h
libcauseway_la_SOURCES += \
    gateway/proto/dcep.c gateway/proto/dcep.h \
    gateway/proto/sctp.c gateway/proto/sctp.h gateway/proto/sctp_internal.h \
    gateway/proto/sctp_channel.c gateway/proto/sctp_outbox.c \
    gateway/proto/sctp_socket.c gateway/proto/sctp_stack.c
