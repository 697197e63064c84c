// REFER inside a dialog (RFC 3515): the far side asks us to call someone in its place.
//
//   REFER ──► host ──► declined: final response
//                 └──► taken: 202, NOTIFY 100 … NOTIFY with the final status
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "call.h"
#include "text.h"

#define TEXT_SIZE 1280

static const char *phrase_of(int status) {
    const char *phrase = sip_status_phrase(status);
    return phrase ? phrase : "Declined";
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

static void keep_event(struct cw_sip_call *call, const tagi_t *tags) {
    sip_event_t const *event = NULL;
    tl_gets(tags, NUTAG_REFER_EVENT_REF(event), TAG_END());
    snprintf(call->refer_event, sizeof call->refer_event, "refer%s%.32s", event && event->o_id ? ";id=" : "",
             event && event->o_id ? event->o_id : "");
}

// 0, or the status to refuse with. to: Refer-To without its headers.
static int check(const struct cw_sip_call *call, const sip_t *sip, char to[TEXT_SIZE]) {
    struct cw_sip_uri uri;
    const char *why;
    if (call->told || call->state != CW_SIP_CALL_ACTIVE) return 481;
    if (call->refer_waits || call->refer_event[0]) return 491; // one at a time
    if (!sip->sip_refer_to) return 400;
    url_t url = *sip->sip_refer_to->r_url;
    url.url_headers = NULL;
    url_e(to, TEXT_SIZE, &url);
    return cw_sip_uri_parse(to, &uri, &why) < 0 ? 400 : 0;
}

void cw_sip_refer_on_request(struct cw_sip_call *call, const struct cw_sip_event *event) {
    const sip_t *sip = event->sip;
    char to[TEXT_SIZE] = "", by[TEXT_SIZE] = "", replaces[TEXT_SIZE];
    int status = check(call, sip, to);
    if (status == 0 && !nua_save_event(call->stack->nua, call->refer)) status = 500;
    if (status != 0) {
        nua_respond(event->nh, status, phrase_of(status), NUTAG_WITH_THIS(call->stack->nua), TAG_END());
        return;
    }
    call->refer_waits = true;
    keep_event(call, event->tags);
    if (sip->sip_referred_by) url_e(by, sizeof by, sip->sip_referred_by->b_url);
    struct cw_sip_note note = {.kind = CW_SIP_REFERRED, .to = to, .from = by[0] ? by : NULL};
    if (find_replaces(sip->sip_refer_to->r_url->url_headers, replaces, sizeof replaces)) note.body = replaces;
    cw_sip_call_tell(call, &note);
}

static void respond(struct cw_sip_call *call, int status) {
    nua_respond(call->nh, status, phrase_of(status), NUTAG_WITH_SAVED(call->refer), TAG_END());
    nua_destroy_event(call->refer);
    call->refer_waits = false;
}

static void notify(struct cw_sip_call *call, int status, const char *reason) {
    char body[256];
    snprintf(body, sizeof body, "SIP/2.0 %d %.200s\r\n", status,
             reason && cw_sip_text_is_safe(reason) ? reason : phrase_of(status));
    nua_notify(call->nh, SIPTAG_EVENT_STR(call->refer_event), SIPTAG_CONTENT_TYPE_STR("message/sipfrag;version=2.0"),
               SIPTAG_PAYLOAD_STR(body), NUTAG_SUBSTATE(status < 200 ? nua_substate_active : nua_substate_terminated),
               TAG_END());
}

void cw_sip_refer_done(struct cw_sip_call *call, int status, const char *reason) {
    if (!call->refer_event[0]) return;
    if (call->refer_waits && status >= 300) {
        respond(call, status);
        call->refer_event[0] = 0;
        return;
    }
    if (call->refer_waits) {
        respond(call, 202);
        notify(call, 100, NULL);
        if (status <= 100) return;
    }
    notify(call, status, reason);
    if (status >= 200) call->refer_event[0] = 0;
}

void cw_sip_refer_fini(struct cw_sip_call *call) {
    if (call->refer_waits) respond(call, 481);
    call->refer_event[0] = 0;
}
