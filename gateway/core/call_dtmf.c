// Digits of a call: what the far side's INFO brings, and how it takes them.
#include "base/err.h"
#include "base/log.h"
#include "core/call_internal.h"
#include "core/far.h"
#include "core/node.h"
#include "core/owner.h"
#include "proto/dtmf_info.h"

static struct cw_call *find(struct cw_node *node, cw_handle handle) {
    struct cw_owner *leg = cw_owner_find(node, handle);
    return leg ? leg->call : NULL;
}

int cw_far_dtmf_mode(struct cw_node *node, cw_handle leg, enum cw_dtmf_mode mode) {
    struct cw_call *c = find(node, leg);
    if (!c) return CW_RESULT_NOT_FOUND;
    if ((unsigned)mode > CW_DTMF_INBAND) return CW_RESULT_INVALID;
    c->dtmf_mode = mode;
    return 0;
}

int cw_far_info(struct cw_node *node, cw_handle leg, const char *content_type, const char *body) {
    struct cw_call *c = find(node, leg);
    struct cw_dtmf_info info;
    if (!c) return CW_RESULT_NOT_FOUND;
    int err = cw_dtmf_info_parse(content_type, body, &info);
    if (err) {
        char type[64];
        cw_debug("call.info", "call=%s type=\"%s\" ignored=%s", c->id, cw_log_quote(type, sizeof type, content_type),
                 cw_err_name(err));
        return 0;
    }
    char digit[2] = {info.digit};
    cw_call_event(c, "call.dtmf",
                  json_pack("{s:s, s:i, s:s}", "digit", digit, "duration_ms", (int)info.duration_ms, "source", "info"));
    return 0;
}
