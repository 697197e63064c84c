// The plugin's object and its legs on the control thread. Legs of the sip thread (call.h) have the same numbers.
#ifndef CW_SIP_PLUGIN_H
#define CW_SIP_PLUGIN_H

#include <stdatomic.h>
#include <stdbool.h>

#include "config.h"
#include "stack.h"
#include "table.h"

struct cw_sip_plugin {
    const struct cw_host *host;
    struct cw_sip_config config;
    struct cw_sip_stack *stack;
    struct cw_sip_table legs; // struct cw_sip_leg by id
    uint64_t last_outgoing;
    bool closed;
    atomic_uint references; // the host's, and one for each note on its way to the control thread
};

// A leg as the host knows it. Freed when the host forgets it.
struct cw_sip_leg {
    struct cw_sip_plugin *plugin;
    uint64_t id;
    cw_handle handle;
    bool incoming;
};

// NULL without memory.
struct cw_sip_leg *cw_sip_leg_new(struct cw_sip_plugin *plugin, uint64_t id, cw_handle handle);
void cw_sip_leg_free(struct cw_sip_leg *leg);
// Tells the host how digits go to this leg, of that account or (NULL) none.
void cw_sip_leg_set_dtmf(const struct cw_sip_leg *leg, const char *account);

// Sip thread: carries a note over. context: the plugin.
void cw_sip_deliver(void *context, const struct cw_sip_note *note);
void cw_sip_plugin_unref(struct cw_sip_plugin *plugin);

extern const struct cw_endpoint cw_sip_endpoint;

#endif
