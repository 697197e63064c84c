// The node: everything that lives on the control thread, and that thread. Sessions, peers and calls are reached
// through it. All functions are for the control thread unless they say otherwise.
#ifndef CW_CORE_NODE_H
#define CW_CORE_NODE_H

#include <glib.h>
#include <jansson.h>
#include <stdbool.h>

#include "base/clock.h"
#include "base/config.h"
#include "base/loop.h"
#include "core/events.h"
#include "core/metrics.h"
#include "core/problem.h"

struct cw_media;
struct cw_plugin_host;
struct cw_dtls_identity;

struct cw_node {
    struct cw_loop loop; // control; owner is the node
    struct cw_config *config;
    struct cw_media *media;
    struct cw_rtp_ports *rtp_ports;
    struct cw_dtls_identity *identity;
    struct cw_plugin_host *plugins;
    struct cw_event_queue *events; // of the node (GET /v1/events)
    GHashTable *sessions;          // id → struct cw_session, owned
    GHashTable *peers;             // id → struct cw_peer, owned by their session
    GHashTable *calls;             // id → struct cw_call, owned by the node
    GHashTable *legs;              // media leg id → struct cw_peer or cw_call leg (core/leg.h)
    struct cw_metrics metrics;
    uv_timer_t tick;    // 250 ms: time-outs
    cw_time started_at; // monotonic
    cw_time now;        // of this wake-up of the control loop
    bool draining;      // no new sessions and calls
};

// Reads the configuration, starts media workers, loads the plugins, starts the control thread. Any problem that
// keeps the gateway from running is logged. Main thread.
int cw_node_new(struct cw_config *config, struct cw_node **out);
int cw_node_start(struct cw_node *node);
// Ends calls (BYE), sessions, plugins, workers; joins the threads. Main thread.
void cw_node_free(struct cw_node *node);

// GET /v1: name, version, plugins, features, limits. New reference.
json_t *cw_node_describe(const struct cw_node *node);

#endif
