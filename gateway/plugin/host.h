// The plugin host: opens shared objects, checks that they fit, brings their configuration keys, starts and ends them,
// and gives them the functions of cw_plugin.h. A plugin that does not fit or start is refused with a log line and the
// gateway runs on without it.
#ifndef CW_PLUGIN_HOST_H
#define CW_PLUGIN_HOST_H

struct cw_config;
struct cw_node;
struct cw_plugin_host;

// Opens what `plugins.load` names, from `plugins.dir`, and adds their keys to the configuration. Call between
// cw_config_load and cw_config_check. Fails only without memory.
int cw_plugin_host_open(struct cw_plugin_host **out, struct cw_config *config);
// Calls each plugin's init and registers it with the node. Before the node starts; main thread.
void cw_plugin_host_start(struct cw_plugin_host *host, struct cw_node *node);
// Calls each fini, after the control thread has ended (cw_node_stop). Main thread.
void cw_plugin_host_stop(struct cw_plugin_host *host);
void cw_plugin_host_free(struct cw_plugin_host *host); // closes the objects; NULL is fine

#endif
