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
    signaling/websocket.c \
    signaling/rest.c signaling/rest.h \
    signaling/rest_call.c signaling/rest_common.c signaling/rest_node.c \
    signaling/rest_peer.c signaling/rest_session.c
