// What nua says about a leg: responses, requests of the far side, changes of state.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "auth.h"
#include "call.h"
#include "text.h"

static bool is_challenge(int status) { return status == 401 || status == 407; }

// True: the request goes out again, wait for the next response. False: it is over.
static bool answer_challenge(struct cw_sip_call *call, const struct cw_sip_event *event) {
    bool in_dialog = call->state != CW_SIP_CALL_CALLING;
    if (cw_sip_account_authorize(call->account, event, in_dialog, &call->tries)) return true;
    cw_sip_auth_refuse(event->nh);
    return false;
}

// ---------------------------------------------------------------- responses to INVITE

static void on_progress(struct cw_sip_call *call, const struct cw_sip_event *event) {
    char *sdp = call->late_offer ? NULL : cw_sip_sdp_of(event->sip);
    bool news = event->status != call->last_progress || (sdp && (!call->remote_sdp || strcmp(sdp, call->remote_sdp)));
    cw_sip_call_learn(call, event->sip);
    call->last_progress = event->status;
    if (sdp) cw_sip_call_keep(&call->remote_sdp, sdp);
    struct cw_sip_note note = {.kind = CW_SIP_PROGRESS, .status = event->status, .reason = event->phrase, .sdp = sdp};
    if (news) cw_sip_call_tell(call, &note);
    free(sdp);
}

static void on_answered(struct cw_sip_call *call, const struct cw_sip_event *event) {
    char *sdp = cw_sip_sdp_of(event->sip);
    call->tries = 0;
    cw_sip_call_learn(call, event->sip);
    cw_sip_call_set_state(call, CW_SIP_CALL_ACTIVE);
    if (sdp) cw_sip_call_keep(&call->remote_sdp, sdp);
    cw_sip_offer_start_refresh(call, event->sip);
    if (call->late_offer && !sdp) { // nothing to answer: the far side broke RFC 3261 section 13.2.1
        nua_ack(call->nh, TAG_END());
        cw_sip_call_tell_end(call, NULL, 488, "No offer in the answer", NULL);
        cw_sip_call_end(call, 488, NULL);
    } else {
        struct cw_sip_note note = {.kind = call->late_offer ? CW_SIP_REOFFERED : CW_SIP_ANSWERED, .sdp = sdp};
        call->offer = call->late_offer ? CW_SIP_OFFER_FIRST : CW_SIP_OFFER_NONE;
        cw_sip_call_tell(call, &note);
    }
    free(sdp);
}

// An answer that crossed our CANCEL.
static void on_answered_too_late(struct cw_sip_call *call) {
    if (call->late_offer) nua_ack(call->nh, TAG_END());
    nua_bye(call->nh, TAG_END());
}

static void on_refused(struct cw_sip_call *call, const struct cw_sip_event *event) {
    if (event->sip)
        cw_sip_call_tell_end(call, event->sip, event->status, event->phrase, NULL);
    else // no response came: time-out, or no way to send
        cw_sip_call_tell_end(call, NULL, event->status == 408 ? 408 : 0, event->phrase,
                             event->status == 408 ? "timeout" : "network");
    cw_sip_call_leave(call);
}

static void on_invite_response(struct cw_sip_call *call, const struct cw_sip_event *event) {
    if (event->status <= 100) return;
    if (is_challenge(event->status) && answer_challenge(call, event)) return;
    if (call->state == CW_SIP_CALL_CALLING) {
        if (event->status < 200)
            on_progress(call, event);
        else if (event->status < 300)
            on_answered(call, event);
        else
            on_refused(call, event);
    } else if (call->state == CW_SIP_CALL_ENDING) {
        if (event->status >= 200 && event->status < 300) on_answered_too_late(call);
    } else if (event->status >= 200) {
        cw_sip_offer_on_response(call, event);
    }
}

// ---------------------------------------------------------------- requests of the far side

static void on_ack(struct cw_sip_call *call, const struct cw_sip_event *event) {
    if (call->state != CW_SIP_CALL_ANSWERED) {
        cw_sip_offer_on_ack(call, event);
        return;
    }
    cw_sip_call_set_state(call, CW_SIP_CALL_ACTIVE);
    if (call->hangup_waits) {
        cw_sip_call_end(call, 0, NULL);
        return;
    }
    if (!call->late_offer) return;
    char *sdp = cw_sip_sdp_of(event->sip);
    if (sdp) cw_sip_call_keep(&call->remote_sdp, sdp);
    if (sdp) {
        struct cw_sip_note note = {.kind = CW_SIP_ANSWERED, .sdp = sdp};
        cw_sip_call_tell(call, &note);
    } else {
        cw_sip_call_tell_end(call, NULL, 488, "No answer in the ACK", NULL);
        cw_sip_call_end(call, 488, NULL);
    }
    free(sdp);
}

// ---------------------------------------------------------------- the end

static void on_state(struct cw_sip_call *call, const struct cw_sip_event *event) {
    int state = nua_callstate_init;
    tl_gets(event->tags, NUTAG_CALLSTATE_REF(state), TAG_END());
    if (state != nua_callstate_terminating && state != nua_callstate_terminated) return;
    cw_sip_call_tell_end(call, NULL, 0, event->phrase, call->end_code ? call->end_code : "timeout");
    if (state == nua_callstate_terminated)
        cw_sip_call_free(call);
    else if (call->state != CW_SIP_CALL_ENDING)
        cw_sip_call_leave(call);
}

static void on_bye_response(struct cw_sip_call *call, const struct cw_sip_event *event) {
    if (event->status < 200 || !is_challenge(event->status)) return;
    if (!answer_challenge(call, event)) cw_sip_call_leave(call);
}

static void on_far_end(struct cw_sip_call *call, const struct cw_sip_event *event, int status, const char *code) {
    cw_sip_call_tell_end(call, event->sip, status, status ? sip_status_phrase(status) : NULL, code);
    cw_sip_call_leave(call);
}

void cw_sip_call_on_event(struct cw_sip_owner *owner, const struct cw_sip_event *event) {
    struct cw_sip_call *call = (struct cw_sip_call *)owner;
    switch (event->type) {
    case nua_r_invite: on_invite_response(call, event); break;
    case nua_r_bye: on_bye_response(call, event); break;
    case nua_r_info:
    case nua_r_message:
        if (!is_challenge(event->status) || !answer_challenge(call, event)) cw_sip_body_on_response(call, event);
        break;
    case nua_r_update:
    case nua_r_prack:
    case nua_r_notify:
        if (is_challenge(event->status)) answer_challenge(call, event);
        break;
    case nua_i_invite: cw_sip_offer_on_invite(call, event); break;
    case nua_i_update: cw_sip_offer_on_update(call, event); break;
    case nua_i_ack: on_ack(call, event); break;
    case nua_i_cancel: on_far_end(call, event, 487, NULL); break;
    case nua_i_bye: on_far_end(call, event, 0, "hangup"); break;
    case nua_i_info:
    case nua_i_message: cw_sip_body_on_request(call, event); break;
    case nua_i_refer: cw_sip_refer_on_request(call, event); break;
    case nua_i_error:
        if (event->status == 408) call->end_code = "timeout"; // no ACK or PRACK came
        break;
    case nua_i_state: on_state(call, event); break;
    default: break;
    }
}
