// The node: its parts in the order of their lives, and the control thread.
#include "core/node.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/log.h"
#include "config.h"
#include "core/call_internal.h"
#include "core/control.h"
#include "core/owner.h"
#include "core/peer_internal.h"
#include "core/session.h"
#include "proto/dtls.h"

#define TICK_MS 250

// ---------------------------------------------------------------- made from the configuration

static int read_file(const char *path, char **out) {
    GError *error = NULL;
    if (g_file_get_contents(path, out, NULL, &error)) return 0;
    char why[200];
    cw_error("dtls.certificate", "reason=\"%s\"", cw_log_quote(why, sizeof why, error->message));
    g_error_free(error);
    return CW_EIO;
}

static int make_identity(struct cw_node *node) {
    const char *certificate = cw_config_string(node->config, "dtls.certificate");
    const char *key = cw_config_string(node->config, "dtls.key");
    char *certificate_pem = NULL, *key_pem = NULL;
    if (!certificate[0]) return cw_dtls_identity_new(&node->identity);
    int err = read_file(certificate, &certificate_pem);
    if (!err) err = read_file(key, &key_pem);
    if (!err) {
        err = cw_dtls_identity_from_pem(&node->identity, certificate_pem, key_pem);
        if (err) cw_error("dtls.certificate", "reason=\"dtls.certificate and dtls.key do not make a certificate\"");
    }
    g_free(certificate_pem);
    g_free(key_pem);
    return err;
}

static size_t address_list(const struct cw_config *config, const char *path, struct cw_addr *out) {
    size_t count = 0;
    for (unsigned i = 0; i < cw_config_count(config, "%s", path) && count < CW_MEDIA_ADDRESSES_MAX; i++) {
        if (cw_addr_parse(&out[count], cw_config_item(config, i, "%s", path), 0) == 0) count++; // checked with the file
    }
    return count;
}

// The n-th advertised address of a family stands for the n-th local one of that family.
static void pair_advertised(const struct cw_addr *locals, size_t count, const struct cw_addr *public,
                            size_t public_count, struct cw_addr *out) {
    for (size_t i = 0, used[2] = {0, 0}; i < count; i++) {
        size_t v6 = locals[i].sa.sa_family == AF_INET6, skip = used[v6];
        for (size_t k = 0; k < public_count; k++) {
            if ((public[k].sa.sa_family == AF_INET6) != v6 || skip-- > 0) continue;
            out[i] = public[k];
            used[v6]++;
            break;
        }
    }
}

static void read_addresses(struct cw_node *node, struct cw_media_config *media) {
    struct cw_addr public[CW_MEDIA_ADDRESSES_MAX], fixed;
    struct cw_routes *routes = &node->routes;
    media->address_count = address_list(node->config, "media.addresses", media->addresses);
    if (!media->address_count)
        media->address_count = cw_route_machine_addresses(media->addresses, CW_MEDIA_ADDRESSES_MAX);
    size_t count = address_list(node->config, "media.advertised_addresses", public);
    pair_advertised(media->addresses, media->address_count, public, count, media->advertised);
    for (size_t i = 0; i < media->address_count && i < CW_ROUTES_MAX; i++) {
        routes->local[i] = media->addresses[i];
        routes->advertised[i] = media->advertised[i];
        routes->count = i + 1;
    }
    const char *rtp = cw_config_string(node->config, "media.rtp_address");
    if (rtp[0] && cw_addr_parse(&fixed, rtp, 0) == 0) routes->fixed[fixed.sa.sa_family == AF_INET6] = fixed;
}

static int make_media(struct cw_node *node) {
    const struct cw_config *config = node->config;
    int64_t workers = cw_config_int(config, "media.workers");
    if (!workers) workers = sysconf(_SC_NPROCESSORS_ONLN);
    struct cw_media_config media = {
        .workers = (unsigned)CLAMP(workers, 1, CW_MEDIA_WORKERS_MAX),
        .port = (uint16_t)cw_config_int(config, "media.port"),
        .tcp_connections = (unsigned)cw_config_int(config, "media.tcp_connections"),
        .tcp_connections_per_address = (unsigned)cw_config_int(config, "media.tcp_connections_per_address"),
        .ice_mode = strcmp(cw_config_string(config, "ice.mode"), "full") == 0 ? CW_MEDIA_ICE_FULL : CW_MEDIA_ICE_LITE,
        .ice = cw_ice_config_default,
        .stun_server = cw_config_string(config, "ice.stun_server"),
        .turn_server = cw_config_string(config, "ice.turn_server"),
        .turn_user = cw_config_string(config, "ice.turn_user"),
        .turn_password = cw_config_string(config, "ice.turn_password"),
        .identity = node->identity,
        .transcode = strcmp(cw_config_string(config, "media.codec_policy"), "relay") != 0,
        .complexity = (unsigned)cw_config_int(config, "media.opus_complexity"),
        .jitter_max = cw_config_int(config, "media.jitter_max_ms") * CW_MS,
        .rtp_timeout = cw_config_int(config, "media.rtp_timeout_ms") * CW_MS,
        .silence_after = cw_config_int(config, "media.silence_after_ms") * CW_MS,
        .on_event = cw_owner_on_media,
        .arg = node,
    };
    media.ice.disconnected_after = cw_config_int(config, "ice.disconnected_ms") * CW_MS;
    media.ice.failed_after = cw_config_int(config, "ice.consent_timeout_ms") * CW_MS;
    read_addresses(node, &media);
    return cw_media_new(&node->media, &media);
}

// Read before the control thread runs: nothing waits for the disk then.
static int load_hold_music(struct cw_node *node) {
    const char *path = cw_config_string(node->config, "calls.hold_music");
    if (!path[0]) return 0;
    int err = cw_clip_load(&node->hold_music, path);
    if (!err) return 0;
    const char *reason = err == CW_EIO       ? "it cannot be read"
                         : err == CW_EFORMAT ? "it is no sound file that libsndfile knows"
                         : err == CW_ETOOBIG ? "it is longer than ten minutes"
                                             : cw_err_name(err);
    cw_error("calls.hold_music", "file=\"%s\" reason=\"%s\"", path, reason);
    return err;
}

static int make_ports(struct cw_node *node) {
    static const char *const any[] = {"0.0.0.0", "::"};
    uint16_t min = (uint16_t)cw_config_int(node->config, "media.rtp_port_min");
    uint16_t max = (uint16_t)cw_config_int(node->config, "media.rtp_port_max");
    for (int v6 = 0; v6 < 2; v6++) {
        struct cw_addr addr;
        if (cw_addr_parse(&addr, any[v6], 0)) return CW_EIO;
        if (cw_addr_is_set(&node->routes.fixed[v6])) addr = node->routes.fixed[v6];
        int err = cw_rtp_ports_new(&node->rtp_ports[v6], &addr, min, max);
        if (err) {
            cw_error("media.rtp_ports", "min=%u max=%u reason=\"no even port with its odd neighbour in the range\"",
                     min, max);
            return err;
        }
    }
    return 0;
}

static void make_tables(struct cw_node *node) {
    node->plugins = g_ptr_array_new();
    node->plugin_counts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    node->sessions = g_hash_table_new(g_str_hash, g_str_equal);
    node->session_tokens = g_hash_table_new(g_str_hash, g_str_equal);
    node->endpoints = g_hash_table_new(g_str_hash, g_str_equal);
    node->peers = g_hash_table_new(g_str_hash, g_str_equal);
    node->calls = g_hash_table_new(g_str_hash, g_str_equal);
    node->legs = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, g_free);
    node->stats_queries = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, g_free);
    node->events = cw_event_queue_new((size_t)cw_config_int(node->config, "session.node_event_queue"));
}

int cw_node_new(struct cw_node **out, struct cw_config *config) {
    struct cw_node *node = g_new0(struct cw_node, 1);
    node->config = config;
    node->started_at = node->now = cw_clock_now();
    int err = cw_loop_init(&node->loop, "cw-control", node);
    if (err) {
        g_free(node);
        return err;
    }
    make_tables(node);
    err = make_identity(node);
    if (!err) err = make_media(node);
    if (!err) err = make_ports(node);
    if (!err) err = load_hold_music(node);
    if (err) {
        cw_node_free(node);
        return err;
    }
    *out = node;
    return 0;
}

// ---------------------------------------------------------------- the control thread

// A tick may end what it looks at: so over copies of the keys.
static void tick_all(GHashTable *table, void (*tick)(void *item, cw_time now), cw_time now) {
    GList *items = g_hash_table_get_values(table);
    for (GList *i = items; i; i = i->next) tick(i->data, now);
    g_list_free(items);
}

static void tick_call(void *call, cw_time now) { cw_call_tick(call, now); }
static void tick_session(void *session, cw_time now) { cw_session_tick(session, now); }

static void on_tick(uv_timer_t *timer) {
    struct cw_node *node = timer->data;
    node->now = cw_clock_now();
    tick_all(node->calls, tick_call, node->now);
    tick_all(node->sessions, tick_session, node->now);
}

int cw_node_start(struct cw_node *node) {
    uv_timer_init(&node->loop.uv, &node->tick);
    node->tick.data = node;
    uv_timer_start(&node->tick, on_tick, TICK_MS, TICK_MS);
    int err = cw_loop_start(&node->loop);
    node->started = err == 0;
    return err;
}

static void end_call(void *call, cw_time now) {
    (void)now;
    cw_call_hangup(call, "shutdown");
}

static void end_session(void *session, cw_time now) {
    (void)now;
    cw_session_end(session, "shutdown");
}

static void shut_down(struct cw_node *node, void *arg) {
    (void)arg;
    if (!node) return;
    node->draining = true;
    tick_all(node->calls, end_call, node->now);
    tick_all(node->sessions, end_session, node->now);
}

void cw_node_stop(struct cw_node *node) {
    if (!node->started) return;
    cw_control_run(node, shut_down, NULL);
    cw_loop_stop(&node->loop);
    node->started = false;
}

static void forget_call(void *call, cw_time now) {
    struct cw_call *c = call;
    (void)now;
    c->forget_at = 0;
    cw_call_tick(c, 1);
}

// The workers have ended: legs that they had not reported as removed give back what they hold.
static void release_legs(struct cw_node *node) {
    GList *legs = g_hash_table_get_values(node->legs);
    for (GList *i = legs; i; i = i->next) {
        struct cw_owner *leg = i->data;
        if (leg->on_removed) leg->on_removed(node, leg->arg);
    }
    g_list_free(legs);
}

void cw_node_free(struct cw_node *node) {
    if (!node) return;
    tick_all(node->calls, forget_call, 0);
    cw_media_free(node->media);
    cw_clip_free(node->hold_music);
    cw_loop_fini(&node->loop);
    release_legs(node);
    cw_rtp_ports_free(node->rtp_ports[0]);
    cw_rtp_ports_free(node->rtp_ports[1]);
    cw_dtls_identity_free(node->identity);
    cw_event_queue_free(node->events);
    g_ptr_array_free(node->plugins, TRUE);
    g_hash_table_destroy(node->plugin_counts);
    g_hash_table_destroy(node->sessions);
    g_hash_table_destroy(node->session_tokens);
    g_hash_table_destroy(node->endpoints);
    g_hash_table_destroy(node->peers);
    g_hash_table_destroy(node->calls);
    g_hash_table_destroy(node->legs);
    g_hash_table_destroy(node->stats_queries);
    g_free(node);
}

// ---------------------------------------------------------------- what it tells of itself

static json_t *plugins_json(const struct cw_node *node) {
    json_t *list = json_array();
    for (guint i = 0; i < node->plugins->len; i++) {
        const struct cw_plugin *p = ((struct cw_plugin_slot *)g_ptr_array_index(node->plugins, i))->plugin;
        json_t *o = json_pack("{s:s, s:s, s:s, s:b, s:[]}", "name", p->name, "version", p->version, "description",
                              p->description, "application", p->app != NULL, "schemes");
        for (const char *const *s = p->endpoint ? p->endpoint->schemes : NULL; s && *s; s++)
            json_array_append_new(json_object_get(o, "schemes"), json_string(*s));
        json_array_append_new(list, o);
    }
    return list;
}

json_t *cw_node_describe(const struct cw_node *node) {
    const struct cw_config *config = node->config;
    return json_pack("{s:s, s:s, s:o, s:{s:s, s:i}, s:{s:I, s:I, s:I, s:i, s:i}}", "name", PACKAGE_NAME, "version",
                     PACKAGE_VERSION, "plugins", plugins_json(node), "features", "ice",
                     cw_config_string(config, "ice.mode"), "workers", (int)cw_media_worker_count(node->media), "limits",
                     "sessions", (json_int_t)cw_config_int(config, "session.max_sessions"), "calls",
                     (json_int_t)cw_config_int(config, "calls.max_calls"), "body_bytes",
                     (json_int_t)cw_config_int(config, "limits.body_bytes"), "sdp_bytes", 65536, "candidates", 100);
}
