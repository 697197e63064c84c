// The far leg of a call: what an endpoint plugin reports about it. The functions are those of struct cw_host
// (plugin/cw_plugin.h), which says what they mean. Control thread.
#ifndef CW_CORE_FAR_H
#define CW_CORE_FAR_H

#include "core/plugins.h"

struct cw_node;

int cw_far_incoming(struct cw_plugin_slot *slot, const struct cw_incoming *incoming, void *leg, cw_handle *handle);
int cw_far_progress(struct cw_node *node, cw_handle leg, const struct cw_leg_status *status, const char *sdp);
int cw_far_answered(struct cw_node *node, cw_handle leg, const char *sdp);
int cw_far_reoffer(struct cw_node *node, cw_handle leg, const char *sdp);
int cw_far_reoffer_done(struct cw_node *node, cw_handle leg, int status, const char *sdp);
int cw_far_info(struct cw_node *node, cw_handle leg, const char *content_type, const char *body);
int cw_far_dtmf_mode(struct cw_node *node, cw_handle leg, enum cw_dtmf_mode mode);
int cw_far_message(struct cw_node *node, cw_handle leg, const char *content_type, const char *body);
int cw_far_refer(struct cw_node *node, cw_handle leg, const struct cw_refer *refer);
int cw_far_ended(struct cw_node *node, cw_handle leg, const struct cw_leg_status *status);

#endif
