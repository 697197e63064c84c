# Files of gateway/plugin. The ABI header is the one that is installed.
libcauseway_la_SOURCES += \
    gateway/plugin/cw_plugin.h \
    gateway/plugin/host.c gateway/plugin/host.h \
    gateway/plugin/host_api.c gateway/plugin/host_api.h
