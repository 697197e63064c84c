libcauseway_la_SOURCES += \
    gateway/base/addr.c gateway/base/addr.h \
    gateway/base/buf.c gateway/base/buf.h \
    gateway/base/clock.c gateway/base/clock.h \
    gateway/base/config.c gateway/base/config.h gateway/base/config_internal.h \
    gateway/base/config_check.c \
    gateway/base/config_convert.c \
    gateway/base/config_keys.c \
    gateway/base/config_names.c \
    gateway/base/config_values.c \
    gateway/base/config_yaml.c \
    gateway/base/err.c gateway/base/err.h \
    gateway/base/log.c gateway/base/log.h \
    gateway/base/loop.c gateway/base/loop.h \
    gateway/base/mailbox.c gateway/base/mailbox.h \
    gateway/base/random.c gateway/base/random.h
