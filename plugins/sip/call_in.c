// What nua says about a leg: responses, requests of the far side, changes of state.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "auth.h"
#include "call.h"
#include "text.h"

#define TEXT_SIZE 1280

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

static void on_body(struct cw_sip_call *call, const struct cw_sip_event *event, enum cw_sip_note_kind kind) {
    const sip_content_type_t *type = event->sip->sip_content_type;
    char *body = cw_sip_body_of(event->sip);
    int status = call->state == CW_SIP_CALL_ENDING ? 481 : body ? 200 : 413;
    struct cw_sip_note note = {.kind = kind, .type = type && type->c_type ? type->c_type : "", .body = body};
    if (status == 200) cw_sip_call_tell(call, &note);
    nua_respond(event->nh, status, sip_status_phrase(status), NUTAG_WITH_THIS(call->stack->nua), TAG_END());
    free(body);
}

// Replaces out of "Replaces=…&X=…", unescaped.
static bool find_replaces(const char *headers, char *out, size_t cap) {
    for (; headers; headers = strchr(headers, '&')) {
        headers += *headers == '&';
        if (strncasecmp(headers, "Replaces=", 9) != 0) continue;
        char text[TEXT_SIZE];
        snprintf(text, sizeof text, "%.*s", (int)strcspn(headers + 9, "&"), headers + 9);
        cw_sip_unescape(text, out, cap);
        return cw_sip_text_is_safe(out);
    }
    return false;
}

static void keep_refer_event(struct cw_sip_call *call, const tagi_t *tags) {
    sip_event_t const *event = NULL;
    tl_gets(tags, NUTAG_REFER_EVENT_REF(event), TAG_END());
    snprintf(call->refer_event, sizeof call->refer_event, "refer%s%.32s", event && event->o_id ? ";id=" : "",
             event && event->o_id ? event->o_id : "");
}

static void on_refer(struct cw_sip_call *call, const struct cw_sip_event *event) {
    const sip_refer_to_t *refer = event->sip->sip_refer_to;
    const sip_referred_by_t *by = event->sip->sip_referred_by;
    char to[TEXT_SIZE] = "", by_uri[TEXT_SIZE] = "", replaces[TEXT_SIZE];
    struct cw_sip_uri uri;
    const char *why;
    int status = 202;
    if (call->told || call->state != CW_SIP_CALL_ACTIVE) status = 481;
    if (status == 202 && call->refer_event[0]) status = 603; // one at a time
    if (refer) {
        url_t url = *refer->r_url;
        url.url_headers = NULL;
        url_e(to, sizeof to, &url);
    }
    if (status == 202 && cw_sip_uri_parse(to, &uri, &why) < 0) status = 400;
    if (by) url_e(by_uri, sizeof by_uri, by->b_url);
    if (status == 202) keep_refer_event(call, event->tags);
    nua_respond(event->nh, status, sip_status_phrase(status), NUTAG_WITH_THIS(call->stack->nua), TAG_END());
    if (status != 202) return;
    cw_sip_call_notify_refer(call, 100, NULL);
    struct cw_sip_note note = {.kind = CW_SIP_REFERRED, .to = to, .from = by_uri[0] ? by_uri : NULL};
    if (find_replaces(refer->r_url->url_headers, replaces, sizeof replaces)) note.body = replaces;
    cw_sip_call_tell(call, &note);
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
    case nua_i_info: on_body(call, event, CW_SIP_GOT_INFO); break;
    case nua_i_message: on_body(call, event, CW_SIP_GOT_MESSAGE); break;
    case nua_i_refer: on_refer(call, event); break;
    case nua_i_error:
        if (event->status == 408) call->end_code = "timeout"; // no ACK or PRACK came
        break;
    case nua_i_state: on_state(call, event); break;
    default: break;
    }
}
