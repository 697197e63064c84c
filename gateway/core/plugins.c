// Looking up plugins by name and by scheme.
#include "core/plugins.h"

#include <string.h>
#include <strings.h>

#include "core/node.h"

struct cw_plugin_slot *cw_plugins_find_app(struct cw_node *node, const char *name) {
    for (guint i = 0; i < node->plugins->len; i++) {
        struct cw_plugin_slot *slot = g_ptr_array_index(node->plugins, i);
        if (slot->plugin->app && strcmp(slot->plugin->name, name) == 0) return slot;
    }
    return NULL;
}

static bool dials(const struct cw_endpoint *endpoint, const char *uri, size_t scheme_len) {
    for (const char *const *s = endpoint->schemes; *s; s++) {
        if (strlen(*s) == scheme_len && strncasecmp(*s, uri, scheme_len) == 0) return true;
    }
    return false;
}

struct cw_plugin_slot *cw_plugins_find_endpoint(struct cw_node *node, const char *uri) {
    size_t scheme_len = strcspn(uri, ":");
    for (guint i = 0; i < node->plugins->len; i++) {
        struct cw_plugin_slot *slot = g_ptr_array_index(node->plugins, i);
        if (slot->plugin->endpoint && dials(slot->plugin->endpoint, uri, scheme_len)) return slot;
    }
    return NULL;
}

const struct cw_endpoint *cw_plugins_endpoint_1_1(const struct cw_plugin_slot *slot) {
    return slot->plugin->abi_minor >= 1 ? slot->plugin->endpoint : NULL;
}

struct cw_plugin_slot *cw_plugins_find_joinable(struct cw_node *node, const char *name) {
    for (guint i = 0; i < node->plugins->len; i++) {
        struct cw_plugin_slot *slot = g_ptr_array_index(node->plugins, i);
        const struct cw_endpoint *endpoint = cw_plugins_endpoint_1_1(slot);
        if (endpoint && endpoint->join && strcmp(slot->plugin->name, name) == 0) return slot;
    }
    return NULL;
}
