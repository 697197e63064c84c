libcauseway_la_SOURCES += \
    gateway/media/media.h \
    gateway/media/ports.h
libcauseway_la_SOURCES += gateway/media/route.c gateway/media/route.h
