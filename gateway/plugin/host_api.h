// The functions of struct cw_host, one set for all plugins.
#ifndef CW_PLUGIN_HOST_API_H
#define CW_PLUGIN_HOST_API_H

struct cw_plugin_slot;

// Fills slot->host. slot->node must be set.
void cw_plugin_host_api(struct cw_plugin_slot *slot);

#endif
