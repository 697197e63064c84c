// The functions of struct cw_host: thin, each leads to the core.
#include "plugin/host_api.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/config.h"
#include "base/err.h"
#include "base/log.h"
#include "config.h"
#include "core/control.h"
#include "core/far.h"
#include "core/node.h"
#include "core/peer_app.h"
#include "core/plugins.h"
#include "media/media.h"

static struct cw_plugin_slot *slot_of(const struct cw_host *host) { return host->module; }

static void host_log(const struct cw_host *host, enum cw_host_log_level level, const char *event, const char *text) {
    cw_log((enum cw_log_level)level, event, "plugin=%s %s", slot_of(host)->plugin->name, text);
}

static int64_t host_now(const struct cw_host *host) {
    (void)host;
    return cw_clock_now();
}

struct task {
    void (*fn)(void *arg);
    void (*drop)(void *arg);
    void *arg;
};

static void run_task(struct cw_node *node, void *arg) {
    struct task *task = arg;
    if (node)
        task->fn(task->arg);
    else if (task->drop)
        task->drop(task->arg);
    free(task);
}

static void host_run_on_control(const struct cw_host *host, void (*fn)(void *arg), void (*drop)(void *arg), void *arg) {
    struct task *task = malloc(sizeof *task);
    if (!task) abort();
    *task = (struct task){fn, drop, arg};
    cw_control_run(slot_of(host)->node, run_task, task);
}

struct count {
    char name[64];
    uint64_t add;
};

static void add_count(struct cw_node *node, void *arg) {
    struct count *count = arg;
    if (node) {
        uint64_t *value = g_hash_table_lookup(node->plugin_counts, count->name);
        if (!value) {
            value = g_new0(uint64_t, 1);
            g_hash_table_insert(node->plugin_counts, g_strdup(count->name), value);
        }
        *value += count->add;
    }
    free(count);
}

static void host_count(const struct cw_host *host, const char *name, uint64_t add) {
    struct count *count = malloc(sizeof *count);
    if (!count) return;
    snprintf(count->name, sizeof count->name, "%s_%.40s", slot_of(host)->plugin->name, name);
    count->add = add;
    cw_control_run(slot_of(host)->node, add_count, count);
}

// "registrations.0.user" → "sip.registrations[0].user"
static void full_path(const struct cw_host *host, const char *path, char *out, size_t cap) {
    size_t n = (size_t)snprintf(out, cap, "%s.", slot_of(host)->plugin->name);
    bool open = false;
    for (; *path && n + 2 < cap; path++) {
        if (*path == '.' && path[1] >= '0' && path[1] <= '9') {
            out[n++] = '[';
            open = true;
            continue;
        }
        if (open && (*path < '0' || *path > '9')) {
            out[n++] = ']';
            open = false;
        }
        out[n++] = *path;
    }
    if (open && n + 1 < cap) out[n++] = ']';
    out[n] = '\0';
}

// The key, when it is one and has that type; else a line in the log: a plugin's mistake must not end the gateway.
static bool has_key(const struct cw_host *host, const char *path, unsigned types) {
    const struct cw_config *config = slot_of(host)->node->config;
    const struct cw_config_key *key = cw_config_find_key(config, path);
    if (key && (types & 1u << key->type)) return true;
    cw_error("plugin.config", "plugin=%s path=%s reason=\"no such key of that type\"", slot_of(host)->plugin->name,
             path);
    return false;
}

static const char *host_config_string(const struct cw_host *host, const char *path) {
    char full[160];
    full_path(host, path, full, sizeof full);
    if (!has_key(host, full, 1u << CW_CONFIG_STRING | 1u << CW_CONFIG_ENUM | 1u << CW_CONFIG_LIST)) return NULL;
    const struct cw_config *config = slot_of(host)->node->config;
    const char *value = cw_config_string(config, "%s", full);
    return value[0] ? value : NULL;
}

static int64_t host_config_int(const struct cw_host *host, const char *path) {
    char full[160];
    full_path(host, path, full, sizeof full);
    if (!has_key(host, full, 1u << CW_CONFIG_INT | 1u << CW_CONFIG_DURATION)) return 0;
    return cw_config_int(slot_of(host)->node->config, "%s", full);
}

static bool host_config_bool(const struct cw_host *host, const char *path) {
    char full[160];
    full_path(host, path, full, sizeof full);
    return has_key(host, full, 1u << CW_CONFIG_BOOL) && cw_config_bool(slot_of(host)->node->config, "%s", full);
}

static size_t host_config_count(const struct cw_host *host, const char *list) {
    char full[160];
    full_path(host, list, full, sizeof full);
    return cw_config_count(slot_of(host)->node->config, "%s", full);
}

static int host_run_on_worker(const struct cw_host *host, cw_handle peer,
                              void (*fn)(void *peer, struct cw_media_peer *media, const void *data), const void *data,
                              size_t size) {
    return cw_peer_app_run(slot_of(host)->node, peer, fn, data, size);
}

static int host_peer_event(const struct cw_host *host, cw_handle peer, const char *type, const char *data) {
    return cw_peer_app_event(slot_of(host)->node, peer, type, data);
}

static int host_leg_progress(const struct cw_host *host, cw_handle leg, const struct cw_leg_status *status,
                             const char *sdp) {
    return cw_far_progress(slot_of(host)->node, leg, status, sdp);
}

static int host_call_incoming(const struct cw_host *host, const struct cw_incoming *incoming, void *leg,
                              cw_handle *handle) {
    return cw_far_incoming(slot_of(host), incoming, leg, handle);
}

static int host_leg_answered(const struct cw_host *host, cw_handle leg, const char *sdp) {
    return cw_far_answered(slot_of(host)->node, leg, sdp);
}

static int host_leg_reoffer(const struct cw_host *host, cw_handle leg, const char *sdp) {
    return cw_far_reoffer(slot_of(host)->node, leg, sdp);
}

static int host_leg_reoffer_done(const struct cw_host *host, cw_handle leg, int status, const char *sdp) {
    return cw_far_reoffer_done(slot_of(host)->node, leg, status, sdp);
}

static int host_leg_info(const struct cw_host *host, cw_handle leg, const char *content_type, const char *body) {
    return cw_far_info(slot_of(host)->node, leg, content_type, body);
}

static int host_leg_dtmf_mode(const struct cw_host *host, cw_handle leg, enum cw_dtmf_mode mode) {
    return cw_far_dtmf_mode(slot_of(host)->node, leg, mode);
}

static int host_leg_message(const struct cw_host *host, cw_handle leg, const char *content_type, const char *body) {
    return cw_far_message(slot_of(host)->node, leg, content_type, body);
}

static int host_leg_refer(const struct cw_host *host, cw_handle leg, const struct cw_refer *refer) {
    return cw_far_refer(slot_of(host)->node, leg, refer);
}

static int host_leg_ended(const struct cw_host *host, cw_handle leg, const struct cw_leg_status *status) {
    return cw_far_ended(slot_of(host)->node, leg, status);
}

static void host_node_event(const struct cw_host *host, const char *type, const char *data) {
    json_t *object = data ? json_loads(data, 0, NULL) : NULL;
    cw_event_add(slot_of(host)->node->events, type, NULL, NULL, NULL, object);
}

void cw_plugin_host_api(struct cw_plugin_slot *slot) {
    slot->host = (struct cw_host){
        .abi_major = CW_ABI_MAJOR,
        .abi_minor = CW_ABI_MINOR,
        .size = sizeof slot->host,
        .version = PACKAGE_VERSION,
        .module = slot,
        .log = host_log,
        .now_us = host_now,
        .run_on_control = host_run_on_control,
        .count = host_count,
        .config_string = host_config_string,
        .config_int = host_config_int,
        .config_bool = host_config_bool,
        .config_count = host_config_count,
        .run_on_worker = host_run_on_worker,
        .peer_event = host_peer_event,
        .media = cw_media_host(),
        .call_incoming = host_call_incoming,
        .leg_progress = host_leg_progress,
        .leg_answered = host_leg_answered,
        .leg_reoffer = host_leg_reoffer,
        .leg_reoffer_done = host_leg_reoffer_done,
        .leg_info = host_leg_info,
        .leg_message = host_leg_message,
        .leg_ended = host_leg_ended,
        .node_event = host_node_event,
        .leg_refer = host_leg_refer,
        .leg_dtmf_mode = host_leg_dtmf_mode,
    };
}
