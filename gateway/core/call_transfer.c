// A transfer that the far side asks for (RFC 3515, blind): a new call of the same session dials the target and has the
// browser; the old call keeps the far side until it is known how that went.
//
//   far side ──REFER──► old call ──► new call: dials, and the browser hears it
//       NOTIFY 180  ◄─────────────── rings
//       NOTIFY 200, BYE  ◄────────── answered: the old call ends, cause "transferred"
//       NOTIFY 486  ◄─────────────── failed: the browser goes back to the old call
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "core/call_internal.h"
#include "core/far.h"
#include "core/node.h"
#include "core/owner.h"
#include "core/peer_internal.h"

// A caller could have others called at the cost of a trunk: by default those of accounts may ask, nobody else.
static bool may_refer(const struct cw_call *c) {
    enum { NEVER, ACCOUNTS, ALWAYS } who = cw_config_choice(c->node->config, "calls.far_transfer");
    return who == ALWAYS || (who == ACCOUNTS && c->account);
}

static void tell(struct cw_call *old, const struct cw_call *next, int status) {
    const struct cw_endpoint *endpoint = old->plugin->plugin->endpoint;
    if (status > 100 && old->plugin_leg && endpoint->refer_done) endpoint->refer_done(old->plugin_leg, status, NULL);
    cw_info("call.transfer", "session=%s call=%s next=%s status=%d", old->session_id, old->id, next->id, status);
    cw_call_event(old, "call.transfer",
                  json_pack("{s:s, s:s, s:s, s:i}", "by", "far", "to", next->to, "call", next->id, "status", status));
}

void cw_call_take_browser(struct cw_call *to, struct cw_call *from) {
    to->peer = from->peer;
    to->muted = (to->muted & ~CW_CALL_MUTE_BROWSER) | (from->muted & CW_CALL_MUTE_BROWSER);
    to->browser_hears = from->browser_hears;
    from->peer = NULL;
    if (!to->peer) return;
    to->peer->call_id = to->id;
    to->peer->owner = to;
}

int cw_far_refer(struct cw_node *node, cw_handle leg, const struct cw_refer *refer) {
    struct cw_owner *owner = cw_owner_find(node, leg);
    struct cw_call *c = owner ? owner->call : NULL, *next;
    struct cw_problem problem = {0};
    if (!c) return CW_RESULT_NOT_FOUND;
    struct cw_session *s = cw_call_session(c);
    if (refer->replaces || !may_refer(c)) return CW_RESULT_UNSUPPORTED;
    if (!s || !c->peer || !c->answered_wall_us || c->transfer_of[0]) return CW_RESULT_WRONG_STATE;
    const struct cw_call_params params = {.to = refer->to, .from = c->incoming ? NULL : c->from, .browser_of = c};
    if (cw_call_new(s, &params, &next, &problem)) {
        cw_info("call.transfer", "session=%s call=%s refused=%s", c->session_id, c->id, problem.code);
        cw_call_far_apply(c); // it may have been joined to the other
        return CW_RESULT_FAILED;
    }
    cw_strlcpy(next->transfer_of, c->id, sizeof next->transfer_of);
    tell(c, next, 100);
    return 0;
}

static int status_of(const struct cw_call *c, unsigned commands) {
    if (commands & CW_CALL_DO_TELL_ANSWERED) return 200;
    if (commands & CW_CALL_DO_END) return c->cause.sip_status >= 300 ? c->cause.sip_status : 487;
    if (commands & CW_CALL_DO_TELL_EARLY) return 183;
    return commands & CW_CALL_DO_TELL_RINGING ? 180 : 0;
}

static void give_back(struct cw_call *c, struct cw_call *old) {
    bool gone = !c->peer || c->peer->state == CW_PEER_FAILED || c->peer->state == CW_PEER_CLOSED;
    if (gone) {
        cw_call_hangup(old, c->cause.code);
        return;
    }
    cw_call_take_browser(old, c);
    cw_call_far_apply(old);
    cw_call_sound_update(old);
}

void cw_call_transfer_step(struct cw_call *c, unsigned commands) {
    struct cw_call *old = cw_call_find(c->node, c->transfer_of);
    int status = status_of(c, commands);
    if (status >= 200) c->transfer_of[0] = 0;
    if (!status || !old || old->state == CW_CALL_ENDED) return; // whom it was for is gone
    tell(old, c, status);
    if (status == 200)
        cw_call_hangup(old, "transferred");
    else if (status > 200)
        give_back(c, old);
}
