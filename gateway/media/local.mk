libcauseway_la_SOURCES += \
    gateway/media/media.h \
    gateway/media/ports.h
