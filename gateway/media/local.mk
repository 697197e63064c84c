# Files of gateway/media.
libcauseway_la_SOURCES += gateway/media/route.c gateway/media/route.h
libcauseway_la_SOURCES += \
    gateway/media/app.c \
    gateway/media/bridge.c \
    gateway/media/clip.c gateway/media/clip.h \
    gateway/media/dtmf.c gateway/media/dtmf.h \
    gateway/media/dtmf_inband.c gateway/media/dtmf_inband.h \
    gateway/media/io.c gateway/media/io.h \
    gateway/media/leg.c gateway/media/leg.h \
    gateway/media/leg_data.c \
    gateway/media/leg_rtp.c \
    gateway/media/leg_webrtc.c \
    gateway/media/media.c gateway/media/media.h \
    gateway/media/nice_peer.c gateway/media/nice_peer.h \
    gateway/media/nice_thread.c gateway/media/nice_thread.h \
    gateway/media/nice_watch.c gateway/media/nice_watch.h \
    gateway/media/path.h gateway/media/path_full.c gateway/media/path_lite.c \
    gateway/media/player.c gateway/media/player.h \
    gateway/media/ports.c gateway/media/ports.h \
    gateway/media/rtcp_in.c gateway/media/rtcp_out.c \
    gateway/media/stats.c \
    gateway/media/stream.c gateway/media/stream_send.c \
    gateway/media/transcode.c gateway/media/transcode.h \
    gateway/media/table.c gateway/media/table.h \
    gateway/media/tcp.c gateway/media/tcp.h \
    gateway/media/udp.c \
    gateway/media/wheel.c gateway/media/wheel.h \
    gateway/media/worker.c gateway/media/worker.h
