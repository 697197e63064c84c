// The SIP bridge: calls to and from SIP phones, PBXs and trunks. This file is its entry, start and end.
#include "plugin.h"

#include <stdio.h>
#include <stdlib.h>

static int init(const struct cw_host *host, void **self, struct cw_plugin_error *error) {
    const char *why;
    struct cw_sip_plugin *plugin = calloc(1, sizeof *plugin);
    if (!plugin) return CW_RESULT_NO_MEMORY;
    plugin->host = host;
    atomic_init(&plugin->references, 1);
    int result = cw_sip_config_init(&plugin->config, host, error);
    if (result < 0) {
        cw_sip_plugin_unref(plugin);
        return result;
    }
    const struct cw_sip_stack_options options = {
        .host = host, .config = &plugin->config, .deliver = cw_sip_deliver, .context = plugin};
    result = cw_sip_stack_start(&plugin->stack, &options, &why);
    if (result < 0) {
        snprintf(error->detail, sizeof error->detail, "%s", why);
        cw_sip_plugin_unref(plugin);
        return result;
    }
    *self = plugin;
    return 0;
}

static void fini(void *self) {
    struct cw_sip_plugin *plugin = self;
    plugin->closed = true;
    cw_sip_stack_stop(plugin->stack);
    for (struct cw_sip_leg *leg; (leg = cw_sip_table_any(&plugin->legs));) cw_sip_leg_free(leg);
    cw_sip_plugin_unref(plugin);
}

CW_PLUGIN_EXPORT extern const struct cw_plugin cw_plugin_entry;
const struct cw_plugin cw_plugin_entry = {
    .abi_major = CW_ABI_MAJOR,
    .abi_minor = CW_ABI_MINOR,
    .size = sizeof(struct cw_plugin),
    .name = "sip",
    .version = "0.1.0",
    .description = "calls to and from SIP phones, PBXs and trunks",
    .config = cw_sip_config_entries,
    .init = init,
    .fini = fini,
    .endpoint = &cw_sip_endpoint,
};
