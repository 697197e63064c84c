// Notices that nothing comes any more on an agent's sockets, long before its consent runs out (libnice: 10 s), and that
// something comes again. What is heard is not authenticated: it decides what a client is told, not who is sent media.
// Nice thread only.
#ifndef CW_MEDIA_NICE_WATCH_H
#define CW_MEDIA_NICE_WATCH_H

#include <nice/agent.h>
#include <stdbool.h>

#include "base/clock.h"

struct cw_nice_watch;

struct cw_nice_watch_config {
    GMainContext *context;
    NiceAgent *agent; // outlives the watch
    guint stream, component;
    cw_time silent_after;                      // [us]
    void (*on_change)(void *arg, bool silent); // never twice the same
    void *arg;
};

struct cw_nice_watch *cw_nice_watch_new(const struct cw_nice_watch_config *config);
void cw_nice_watch_free(struct cw_nice_watch *watch); // NULL is fine

#endif
