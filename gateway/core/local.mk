# Files of gateway/core.
libcauseway_la_SOURCES += \
    gateway/core/events.c gateway/core/events.h \
    gateway/core/problem.c gateway/core/problem.h
