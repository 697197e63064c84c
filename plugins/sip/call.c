// Legs on the sip thread: lifetime, and what the host is told.
#include "call.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "text.h"

int cw_sip_call_new(struct cw_sip_call **out, struct cw_sip_stack *stack, uint64_t id, nua_handle_t *nh) {
    struct cw_sip_call *call = calloc(1, sizeof *call);
    if (!call) return CW_RESULT_NO_MEMORY;
    call->owner.on_event = cw_sip_call_on_event;
    call->stack = stack;
    call->id = id;
    if (cw_sip_table_add(&stack->calls, id, call) < 0) {
        free(call);
        return CW_RESULT_NO_MEMORY;
    }
    call->nh = nh;
    nua_handle_bind(nh, &call->owner);
    *out = call;
    return 0;
}

void cw_sip_call_free(struct cw_sip_call *call) {
    cw_sip_table_remove(&call->stack->calls, call->id);
    cw_sip_offer_fini(call);
    cw_sip_refer_fini(call);
    cw_sip_body_fini(call);
    su_timer_destroy(call->timer);
    nua_handle_bind(call->nh, NULL);
    nua_handle_destroy(call->nh);
    free(call->local_sdp);
    free(call->remote_sdp);
    free(call->source);
    free(call);
}

struct cw_sip_call *cw_sip_call_find(const struct cw_sip_stack *stack, uint64_t id) {
    return cw_sip_table_find(&stack->calls, id);
}

void cw_sip_call_set_state(struct cw_sip_call *call, enum cw_sip_call_state state) { call->state = state; }

void cw_sip_call_tell(struct cw_sip_call *call, struct cw_sip_note *note) {
    if (call->told) return;
    note->leg = call->id;
    cw_sip_tell(call->stack, note);
}

// Reason: Q.850;cause=16;text="Normal call clearing" (RFC 3326). Its text stands where the message has no phrase.
static void read_reason(const sip_t *sip, struct cw_sip_note *note, char *text, size_t cap) {
    for (const sip_reason_t *reason = sip->sip_reason; reason; reason = reason->re_next) {
        if (!reason->re_protocol || strcasecmp(reason->re_protocol, "Q.850") != 0 || !reason->re_cause) continue;
        int cause = atoi(reason->re_cause);
        note->q850 = cause >= 1 && cause <= 127 ? cause : 0;
        if (reason->re_text && !note->reason) {
            cw_sip_unquote(reason->re_text, text, cap);
            if (text[0]) note->reason = text;
        }
        return;
    }
}

void cw_sip_call_tell_end(struct cw_sip_call *call, const sip_t *sip, int status, const char *reason,
                          const char *code) {
    char text[128];
    struct cw_sip_note note = {.kind = CW_SIP_ENDED, .status = status, .reason = reason, .code = code};
    if (sip) read_reason(sip, &note, text, sizeof text);
    cw_sip_call_tell(call, &note);
    call->told = true;
}

void cw_sip_call_keep(char **slot, const char *text) {
    char *copy = strdup(text);
    if (!copy) return;
    free(*slot);
    *slot = copy;
}

void cw_sip_call_learn(struct cw_sip_call *call, const sip_t *sip) {
    if (!sip) return;
    if (sip->sip_allow) call->peer_updates = sip_is_allowed(sip->sip_allow, SIP_METHOD_UPDATE);
    if (sip->sip_supported || sip->sip_session_expires)
        call->peer_has_timer = sip->sip_session_expires || sip_has_feature(sip->sip_supported, "timer");
}
