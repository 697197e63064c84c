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
#include "media/route.h"

struct cw_clip;
struct cw_media;
struct cw_dtls_identity;

struct cw_node {
    struct cw_loop loop; // control; owner is the node
    struct cw_config *config;
    struct cw_media *media;
    struct cw_rtp_ports *rtp_ports[2]; // IPv4, IPv6
    struct cw_routes routes;           // which address a far side is told
    struct cw_clip *hold_music;        // NULL: silence
    struct cw_dtls_identity *identity;
    GPtrArray *plugins;            // struct cw_plugin_slot, owned by the plugin host
    GHashTable *plugin_counts;     // "sip_malformed" → uint64_t *, of /metrics
    struct cw_event_queue *events; // of the node (GET /v1/events)
    GHashTable *sessions;          // id → struct cw_session, owned
    GHashTable *session_tokens;    // token → struct cw_session
    GHashTable *endpoints;         // endpoint name → struct cw_session
    GHashTable *peers;             // id → struct cw_peer, owned by their session
    GHashTable *calls;             // id → struct cw_call, owned by the node
    GHashTable *legs;              // media leg id → struct cw_peer or cw_call leg (core/owner.h)
    GHashTable *stats_queries;     // token → who asked (core/owner.c)
    uint64_t stats_token;
    struct cw_metrics metrics;
    uv_timer_t tick;    // 250 ms: time-outs
    cw_time started_at; // monotonic
    cw_time now;        // of this wake-up of the control loop
    bool draining;      // no new sessions and calls
    bool started;       // the control thread runs
};

// The order of a life, all on the main thread: cw_config_load, cw_plugin_host_open, cw_config_check, cw_node_new,
// cw_plugin_host_start, cw_node_start … cw_node_stop, cw_plugin_host_stop, cw_node_free, cw_plugin_host_free.

// Makes the identity and the media workers; config is borrowed. A problem that keeps the gateway from running is
// logged.
int cw_node_new(struct cw_node **out, struct cw_config *config);
// Starts the control thread.
int cw_node_start(struct cw_node *node);
// Ends calls (BYE) and sessions, then joins the control thread; what is posted to it later is dropped.
void cw_node_stop(struct cw_node *node);
void cw_node_free(struct cw_node *node);

// GET /v1: name, version, plugins, features, limits. New reference.
json_t *cw_node_describe(const struct cw_node *node);

#endif
