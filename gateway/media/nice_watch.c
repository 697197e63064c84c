// Silence on an agent's sockets, by the time stamp that the system keeps of a socket's last datagram: libnice answers
// checks by itself and tells nobody of them.
#include "media/nice_watch.h"

#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/time.h>

#define LOOKS 4 // in the time that makes silence

struct cw_nice_watch {
    struct cw_nice_watch_config config;
    GSource *timer;
    struct timeval last; // of what came last
    gint64 heard;        // when that was first seen [us, monotonic]
    bool silent;
};

// The newest time stamp of all the agent's sockets; zero: none.
static struct timeval newest(const struct cw_nice_watch *w) {
    struct timeval newest = {0};
    GPtrArray *sockets = nice_agent_get_sockets(w->config.agent, w->config.stream, w->config.component);
    for (guint i = 0; sockets && i < sockets->len; i++) {
        struct timeval stamp;
        if (ioctl(g_socket_get_fd(sockets->pdata[i]), SIOCGSTAMP, &stamp)) continue; // nothing came yet
        if (timercmp(&stamp, &newest, >)) newest = stamp;
    }
    if (sockets) g_ptr_array_unref(sockets);
    return newest;
}

static void set_silent(struct cw_nice_watch *w, bool silent) {
    if (w->silent == silent) return;
    w->silent = silent;
    w->config.on_change(w->config.arg, silent);
}

static gboolean on_timer(gpointer arg) {
    struct cw_nice_watch *w = arg;
    struct timeval stamp = newest(w);
    gint64 now = g_source_get_time(w->timer);
    bool moved = timercmp(&stamp, &w->last, !=);
    w->last = stamp;
    if (moved) w->heard = now;
    set_silent(w, now - w->heard >= w->config.silent_after);
    return G_SOURCE_CONTINUE;
}

struct cw_nice_watch *cw_nice_watch_new(const struct cw_nice_watch_config *config) {
    struct cw_nice_watch *w = g_new0(struct cw_nice_watch, 1);
    w->config = *config;
    w->heard = g_get_monotonic_time();
    w->timer = g_timeout_source_new((guint)(config->silent_after / LOOKS / CW_MS));
    g_source_set_callback(w->timer, on_timer, w, NULL);
    g_source_attach(w->timer, config->context);
    return w;
}

void cw_nice_watch_free(struct cw_nice_watch *w) {
    if (!w) return;
    g_source_destroy(w->timer);
    g_source_unref(w->timer);
    g_free(w);
}
