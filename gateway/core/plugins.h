// The plugins that are loaded, as the core sees them. Filled by the plugin host; control thread.
#ifndef CW_CORE_PLUGINS_H
#define CW_CORE_PLUGINS_H

#include "plugin/cw_plugin.h"

struct cw_node;

struct cw_plugin_slot {
    const struct cw_plugin *plugin;
    void *self; // what init gave
    struct cw_node *node;
    struct cw_host host; // the plugin's own copy; host.module is this slot
};

// The application plugin of that name, or NULL.
struct cw_plugin_slot *cw_plugins_find_app(struct cw_node *node, const char *name);
// The endpoint plugin that dials this URI's scheme ("sip:…"), or NULL.
struct cw_plugin_slot *cw_plugins_find_endpoint(struct cw_node *node, const char *uri);
// What the endpoint plugin says in the part of its table that came with ABI 1.1; NULL if it has none.
const struct cw_endpoint *cw_plugins_endpoint_1_1(const struct cw_plugin_slot *slot);
// The endpoint plugin of that name to which peers can be joined, or NULL.
struct cw_plugin_slot *cw_plugins_find_joinable(struct cw_node *node, const char *name);

#endif
