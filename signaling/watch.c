// Watching suspended connections: libmicrohttpd does not look at them, so a client that leaves would not be noticed.
#include <stdlib.h>

#include "signaling/http_internal.h"

struct cw_watch {
    uv_poll_t poll;
    void (*gone)(void *arg);
    void *arg;
};

static void on_event(uv_poll_t *poll, int status, int events) {
    struct cw_watch *watch = poll->data;
    if (!status && !(events & UV_DISCONNECT)) return;
    uv_poll_stop(poll);
    watch->gone(watch->arg);
}

struct cw_watch *cw_watch_new(struct cw_http *http, struct MHD_Connection *connection, void (*gone)(void *arg),
                              void *arg) {
    int fd = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    struct cw_watch *watch = calloc(1, sizeof *watch);
    if (!watch) return NULL;
    if (uv_poll_init(&http->loop.uv, &watch->poll, fd)) {
        free(watch);
        return NULL;
    }
    watch->poll.data = watch;
    watch->gone = gone;
    watch->arg = arg;
    uv_poll_start(&watch->poll, UV_DISCONNECT, on_event);
    return watch;
}

static void on_closed(uv_handle_t *handle) { free(handle->data); }

void cw_watch_free(struct cw_watch *watch) {
    if (watch) uv_close((uv_handle_t *)&watch->poll, on_closed);
}
