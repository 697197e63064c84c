libcauseway_la_SOURCES += \
    signaling/auth.c signaling/auth.h \
    signaling/check.c \
    signaling/connection.c \
    signaling/exchange.c signaling/exchange.h \
    signaling/http.c signaling/http.h signaling/http_internal.h \
    signaling/idempotency.c signaling/idempotency.h \
    signaling/reply.c signaling/reply.h \
    signaling/request.c signaling/request.h \
    signaling/respond.c \
    signaling/router.c signaling/router.h \
    signaling/schema.c signaling/schema.h \
    signaling/sse.c \
    signaling/static.c signaling/static.h \
    signaling/stream.c signaling/stream.h \
    signaling/suggest.c signaling/suggest.h \
    signaling/watch.c \
    signaling/websocket.c
nodist_libcauseway_la_SOURCES = signaling/web_files.c

# Every file of signaling/web is part of the program; the list is kept so that one that is added or taken away counts.
WEB_FILES = $(sort $(wildcard $(top_srcdir)/signaling/web/*.*))
signaling/web_files.list: FORCE
	@mkdir -p signaling && echo $(WEB_FILES) >$@.new
	@if cmp -s $@.new $@; then rm $@.new; else mv $@.new $@; fi
signaling/web_files.c: $(WEB_FILES) $(top_srcdir)/signaling/embed.sh signaling/web_files.list
	$(AM_V_GEN)$(top_srcdir)/signaling/embed.sh $(WEB_FILES) >$@.new && mv $@.new $@
FORCE:
.PHONY: FORCE
CLEANFILES = signaling/web_files.c signaling/web_files.list
EXTRA_DIST += signaling/embed.sh signaling/web
libcauseway_la_SOURCES += \
    signaling/rest.c signaling/rest.h \
    signaling/rest_call.c signaling/rest_common.c signaling/rest_node.c \
    signaling/rest_peer.c signaling/rest_session.c
