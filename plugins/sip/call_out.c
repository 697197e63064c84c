// What the control thread asks of a leg: dial, ring, answer, hang up, INFO, MESSAGE.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "call.h"
#include "text.h"

#define GUARD_MS(config) (64u * (config)->t1_ms + 5000u)
#define URI_SIZE 1280
#define HEADERS_SIZE 8192

// ---------------------------------------------------------------- dial

struct invite {
    const struct cw_sip_account_config *account; // or NULL
    const char *transport;
    char peer[CW_SIP_ADDRESS_SIZE];
    char uri[URI_SIZE], to[URI_SIZE + 4], from[URI_SIZE * 2], route[CW_SIP_ROUTE_SIZE], headers[HEADERS_SIZE];
};

// The control thread has checked the URI; here it only becomes a request URI.
static void write_uri(struct invite *invite, const char *to) {
    struct cw_sip_uri uri;
    const char *why, *host;
    int host_len;
    if (cw_sip_uri_parse(to, &uri, &why) < 0) return;
    if (uri.scheme == CW_SIP_SCHEME_TEL) {
        char digits[80];
        cw_sip_tel_digits(&uri, digits, sizeof digits);
        for (char *hash; (hash = strchr(digits, '#')) && strlen(digits) + 3 < sizeof digits;) { // not a user character
            memmove(hash + 3, hash + 1, strlen(hash + 1) + 1);
            memcpy(hash, "%23", 3);
        }
        host = invite->account ? invite->account->host : "invalid";
        host_len = (int)strcspn(host, host[0] == '[' ? "]" : ":") + (host[0] == '[');
        snprintf(invite->uri, sizeof invite->uri, "sip:%s@%s;user=phone", digits, host);
    } else {
        host = uri.host;
        host_len = (int)uri.host_len;
        snprintf(invite->uri, sizeof invite->uri, "%s", to);
    }
    snprintf(invite->peer, sizeof invite->peer, "%.*s", host_len, host);
    bool says = strcasestr(uri.params, ";transport=tcp") || strcasestr(uri.params, ";transport=tls");
    if (uri.scheme == CW_SIP_SCHEME_SIPS || strcasestr(uri.params, ";transport=tls")) invite->transport = "tls";
    if (strcasestr(uri.params, ";transport=tcp")) invite->transport = "tcp";
    snprintf(invite->to, sizeof invite->to, "<%s>", invite->uri);
    if (!says && uri.scheme != CW_SIP_SCHEME_SIPS && strcmp(invite->transport, "udp") != 0) {
        size_t len = strlen(invite->uri);
        snprintf(invite->uri + len, sizeof invite->uri - len, ";transport=%s", invite->transport);
    }
}

static void write_from(struct invite *invite, const struct cw_sip_stack *stack, const struct cw_sip_note *note) {
    char display[512] = "", host[CW_SIP_ADDRESS_SIZE + 2];
    const struct cw_sip_config *config = cw_sip_config_of(stack);
    const char *name = note->display ? note->display : invite->account ? invite->account->display : "";
    const char *user = note->from ? note->from : invite->account ? invite->account->user : config->user;
    if (name[0] && cw_sip_quote(name, display, sizeof display) < 0) display[0] = 0;
    if (strchr(user, ':')) { // a whole URI
        snprintf(invite->from, sizeof invite->from, "%s%s<%s>", display, display[0] ? " " : "", user);
        return;
    }
    cw_sip_local_host(stack, invite->peer, host);
    snprintf(invite->from, sizeof invite->from, "%s%s<sip:%s%s%s>", display, display[0] ? " " : "", user,
             user[0] ? "@" : "", invite->account ? invite->account->host : host);
}

static void write_headers(struct invite *invite, const struct cw_sip_note *note) {
    size_t len = 0;
    for (size_t i = 0; i < note->header_count; i++) {
        size_t need = strlen(note->headers[i].name) + strlen(note->headers[i].value) + 5;
        if (len + need >= sizeof invite->headers) return; // the control thread has bounded it
        len += (size_t)snprintf(invite->headers + len, sizeof invite->headers - len, "%s: %s\r\n",
                                note->headers[i].name, note->headers[i].value);
    }
}

static void send_invite(struct cw_sip_call *call, const struct cw_sip_note *note, struct invite *invite) {
    const struct cw_sip_contact contact = {.peer = invite->peer,
                                           .transport = invite->transport,
                                           .user = invite->account && invite->account->user[0]
                                                       ? invite->account->user
                                                       : cw_sip_config_of(call->stack)->user,
                                           .token = call->account ? cw_sip_account_token(call->account) : NULL};
    cw_sip_contact_write(call->stack, &contact, call->contact);
    if (note->sdp) cw_sip_call_keep(&call->local_sdp, note->sdp);
    call->late_offer = note->sdp == NULL;
    nua_invite(call->nh, NUTAG_URL((url_string_t *)invite->uri), SIPTAG_FROM_STR(invite->from),
               SIPTAG_TO_STR(invite->to), SIPTAG_CONTACT_STR(call->contact),
               TAG_IF(invite->route[0], NUTAG_INITIAL_ROUTE_STR(invite->route)),
               TAG_IF(invite->headers[0], SIPTAG_HEADER_STR(invite->headers)), TAG_IF(!note->sdp, NUTAG_AUTOACK(0)),
               TAG_IF(note->sdp, SIPTAG_CONTENT_TYPE_STR("application/sdp")),
               TAG_IF(note->sdp, SIPTAG_PAYLOAD_STR(note->sdp)), TAG_END());
}

static void fail_dial(struct cw_sip_stack *stack, uint64_t leg) {
    const struct cw_sip_note note = {.kind = CW_SIP_ENDED, .leg = leg, .status = 503, .reason = "no memory"};
    cw_sip_tell(stack, &note);
}

void cw_sip_call_dial(struct cw_sip_stack *stack, const struct cw_sip_note *note) {
    struct cw_sip_call *call;
    struct cw_sip_account *account = cw_sip_account_find(stack, note->account);
    struct invite *invite = calloc(1, sizeof *invite);
    nua_handle_t *nh = invite && !stack->stopping ? nua_handle(stack->nua, NULL, TAG_END()) : NULL;
    if (!nh || cw_sip_call_new(&call, stack, note->leg, nh) < 0) {
        if (nh) nua_handle_destroy(nh);
        free(invite);
        fail_dial(stack, note->leg);
        return;
    }
    call->account = account;
    invite->account = account ? cw_sip_account_config_of(account) : NULL;
    invite->transport = account ? invite->account->transport : "udp";
    write_uri(invite, note->to);
    write_from(invite, stack, note);
    write_headers(invite, note);
    if (account) cw_sip_account_route(account, invite->uri, invite->route);
    cw_sip_aim(stack, nh, invite->route[0] ? invite->route : invite->uri);
    cw_sip_call_set_state(call, CW_SIP_CALL_CALLING);
    send_invite(call, note, invite);
    free(invite);
}

// ---------------------------------------------------------------- end

static void on_guard(su_root_magic_t *stack, su_timer_t *timer, su_timer_arg_t *arg) {
    (void)timer;
    cw_sip_log(stack, CW_HOST_WARN, "sip.leg.stuck", "sip_leg=%llu",
               (unsigned long long)((struct cw_sip_call *)arg)->id);
    cw_sip_call_free(arg);
}

static const char *phrase_of(int status) { return sip_status_phrase(status) ? sip_status_phrase(status) : "Declined"; }

void cw_sip_call_leave(struct cw_sip_call *call) {
    cw_sip_call_set_state(call, CW_SIP_CALL_ENDING);
    cw_sip_offer_fini(call);
    cw_sip_refer_fini(call);
    su_timer_destroy(call->timer);
    call->timer = cw_sip_timer(call->stack, on_guard, call, GUARD_MS(cw_sip_config_of(call->stack)));
}

void cw_sip_call_end(struct cw_sip_call *call, int status, const char *reason) {
    char header[256] = "";
    if (call->state == CW_SIP_CALL_ENDING) return;
    if (call->state ==
        CW_SIP_CALL_ANSWERED) { // no BYE before the ACK (RFC 3261 section 15); nua sends it if none comes
        call->hangup_waits = true;
        return;
    }
    if (status == 0) status = 480;
    if (reason && cw_sip_text_is_safe(reason) && !strpbrk(reason, "\"\\"))
        snprintf(header, sizeof header, "SIP;cause=%d;text=\"%.200s\"", status, reason);
    enum cw_sip_call_state was = call->state;
    cw_sip_call_leave(call);
    switch (was) {
    case CW_SIP_CALL_CALLING: nua_cancel(call->nh, TAG_IF(header[0], SIPTAG_REASON_STR(header)), TAG_END()); break;
    case CW_SIP_CALL_RINGING:
        nua_respond(call->nh, status, phrase_of(status), TAG_IF(header[0], SIPTAG_REASON_STR(header)), TAG_END());
        break;
    default: nua_bye(call->nh, TAG_IF(header[0], SIPTAG_REASON_STR(header)), TAG_END()); break;
    }
}

// ---------------------------------------------------------------- the rest

static void respond(struct cw_sip_call *call, int status, const char *sdp) {
    const char *body = sdp ? sdp : call->local_sdp; // an early answer is repeated in the 200
    if (sdp) cw_sip_call_keep(&call->local_sdp, sdp);
    if (status == 180 && !sdp) body = NULL;
    nua_respond(call->nh, status, phrase_of(status), SIPTAG_CONTACT_STR(call->contact),
                TAG_IF(body, SIPTAG_CONTENT_TYPE_STR("application/sdp")), TAG_IF(body, SIPTAG_PAYLOAD_STR(body)),
                TAG_END());
}

static void answer(struct cw_sip_call *call, const char *sdp) {
    if (call->state != CW_SIP_CALL_RINGING) return;
    cw_sip_call_set_state(call, CW_SIP_CALL_ANSWERED);
    call->we_answered = !call->late_offer;
    respond(call, 200, sdp);
}

void cw_sip_call_run(struct cw_sip_call *call, const struct cw_sip_note *note) {
    switch (note->kind) {
    case CW_SIP_RING:
        if (call->state == CW_SIP_CALL_RINGING) respond(call, note->status, note->sdp);
        break;
    case CW_SIP_ANSWER: answer(call, note->sdp); break;
    case CW_SIP_HANGUP:
        call->told = true;
        cw_sip_call_end(call, note->status, note->reason);
        break;
    case CW_SIP_REOFFER: cw_sip_offer_send(call, note->sdp); break;
    case CW_SIP_ANSWER_REOFFER: cw_sip_offer_answer(call, note->status, note->sdp); break;
    case CW_SIP_SEND_INFO:
    case CW_SIP_SEND_MESSAGE: cw_sip_body_send(call, note); break;
    case CW_SIP_REFER_DONE: cw_sip_refer_done(call, note->status, note->reason); break;
    default: break;
    }
}
