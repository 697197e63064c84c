// Requests that begin something: the first INVITE of a dialog, and requests outside of any.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <jansson.h>

#include "call.h"
#include "text.h"

#define TEXT_SIZE 1280
#define RETRY_AFTER "5" // seconds

static void refuse(const struct cw_sip_event *event, int status) {
    nua_respond(event->nh, status, sip_status_phrase(status), NUTAG_WITH_THIS(event->stack->nua),
                TAG_IF(status == 503, SIPTAG_RETRY_AFTER_STR(RETRY_AFTER)),
                TAG_IF(status == 415, SIPTAG_ACCEPT_STR("application/sdp")), TAG_END());
    nua_handle_destroy(event->nh);
}

// ---------------------------------------------------------------- INVITE

static const char *transport_of(const sip_t *sip) {
    const char *protocol = sip->sip_via ? sip->sip_via->v_protocol : "";
    return strcasestr(protocol, "/TLS") ? "tls" : strcasestr(protocol, "/TCP") ? "tcp" : "udp";
}

static void read_headers(const sip_t *sip, struct cw_sip_note *note) {
    for (const sip_unknown_t *header = sip->sip_unknown; header; header = header->un_next) {
        if (!cw_sip_header_is_allowed(header->un_name) || !header->un_value || strlen(header->un_value) > 1024)
            continue;
        if (note->header_count == CW_SIP_HEADERS_MAX) return;
        note->headers[note->header_count++] = (struct cw_header){.name = header->un_name, .value = header->un_value};
    }
}

// Which call does this one take the place of (RFC 3891 section 3)? 0 and *id (0: none), or the status to refuse with.
static int find_replaced(struct cw_sip_stack *stack, const sip_t *sip, uint64_t *id) {
    *id = 0;
    if (!sip->sip_replaces) return 0;
    nua_handle_t *nh = nua_handle_by_replaces(stack->nua, sip->sip_replaces);
    if (!nh) return 481;
    struct cw_sip_owner *owner = nua_handle_magic(nh);
    nua_handle_unref(nh);
    if (!owner || owner->on_event != cw_sip_call_on_event) return 481;
    struct cw_sip_call *call = (struct cw_sip_call *)owner;
    if (call->state == CW_SIP_CALL_ENDING) return 603;
    if (call->state == CW_SIP_CALL_RINGING) return 481; // an early dialog that its caller did not begin
    if (call->state != CW_SIP_CALL_CALLING && sip->sip_replaces->rp_early_only) return 486;
    *id = call->id;
    return 0;
}

// Where our requests in this dialog go: back to where the INVITE came from, if its Contact leads nowhere. That is so
// behind a NAT, and over TLS, where a caller needs no certificate of its own: only its connection is sure.
static void keep_way_back(const struct cw_sip_call *call, const sip_t *sip, const char *source, const char *transport) {
    char sender[CW_SIP_SENDER_SIZE], proxy[CW_SIP_SENDER_SIZE + 24];
    const char *contact = sip->sip_contact ? sip->sip_contact->m_url->url_host : NULL;
    bool tls = strcmp(transport, "tls") == 0;
    bool natted = contact && cw_sip_address_is_private(contact) && !cw_sip_address_is_private(source);
    if (sip->sip_record_route) return;
    if (contact && !tls && !natted) {
        char target[TEXT_SIZE];
        url_e(target, sizeof target, sip->sip_contact->m_url);
        cw_sip_aim(call->stack, call->nh, target);
    }
    if (!(tls || natted) || !cw_sip_event_sender(call->stack, sender)) return;
    snprintf(proxy, sizeof proxy, "sip:%s;transport=%s", sender, transport);
    nua_set_hparams(call->nh, NUTAG_PROXY(proxy), TAG_END());
}

static void tell_incoming(struct cw_sip_call *call, const sip_t *sip, struct cw_sip_note *note) {
    char to_user[256] = "", to[TEXT_SIZE], from[TEXT_SIZE], display[256] = "";
    const url_t *target = sip->sip_request->rq_url;
    if (target->url_user) cw_sip_unescape(target->url_user, to_user, sizeof to_user);
    if (sip->sip_from->a_display) cw_sip_unquote(sip->sip_from->a_display, display, sizeof display);
    url_e(to, sizeof to, target);
    url_e(from, sizeof from, sip->sip_from->a_url);
    note->kind = CW_SIP_INCOMING;
    note->to_user = to_user;
    note->to = to;
    note->from = from;
    note->display = display[0] ? display : NULL;
    note->sdp = call->remote_sdp;
    read_headers(sip, note);
    cw_sip_call_tell(call, note);
}

static int check_invite(const struct cw_sip_event *event, const char *sdp) {
    struct cw_sip_stack *stack = event->stack;
    if (stack->stopping || stack->calls.count >= cw_sip_config_of(stack)->max_legs) return 503;
    if (!sdp && event->sip->sip_payload && event->sip->sip_payload->pl_len > 0) return 415;
    return 0;
}

void cw_sip_call_on_invite(struct cw_sip_stack *stack, const struct cw_sip_event *event) {
    struct cw_sip_call *call;
    struct cw_sip_note note = {0};
    char source[CW_SIP_ADDRESS_SIZE];
    char *sdp = cw_sip_sdp_of(event->sip);
    int status = check_invite(event, sdp);
    if (status == 0) status = find_replaced(stack, event->sip, &note.other);
    stack->last_incoming += 2;
    if (status == 0 && cw_sip_call_new(&call, stack, stack->last_incoming | 1, event->nh) < 0) status = 503;
    if (status != 0) {
        cw_sip_count(stack, "refused");
        free(sdp);
        refuse(event, status);
        return;
    }
    cw_sip_event_source(stack, source);
    const struct cw_sip_account *account = cw_sip_account_of_request(stack, event->sip, source);
    note.account = account ? cw_sip_account_config_of(account)->name : NULL;
    call->account = note.account ? cw_sip_account_find(stack, note.account) : NULL;
    call->incoming = true;
    call->late_offer = sdp == NULL;
    call->remote_sdp = sdp;
    cw_sip_call_learn(call, event->sip);
    cw_sip_call_set_state(call, CW_SIP_CALL_RINGING);
    const struct cw_sip_contact contact = {.peer = source,
                                           .transport = transport_of(event->sip),
                                           .user = cw_sip_config_of(stack)->user,
                                           .token = account ? cw_sip_account_token(account) : NULL};
    cw_sip_contact_write(stack, &contact, call->contact);
    keep_way_back(call, event->sip, source, contact.transport);
    cw_sip_offer_start_refresh(call, event->sip);
    tell_incoming(call, event->sip, &note);
}

// ---------------------------------------------------------------- outside of dialogs

static void on_message(struct cw_sip_stack *stack, const struct cw_sip_event *event) {
    char to[TEXT_SIZE], from[TEXT_SIZE];
    const sip_content_type_t *type = event->sip->sip_content_type;
    char *body = cw_sip_body_of(event->sip), *text = NULL;
    json_t *data = NULL;
    url_e(to, sizeof to, event->sip->sip_request->rq_url);
    url_e(from, sizeof from, event->sip->sip_from->a_url);
    if (body) // NULL when a text is not UTF-8
        data = json_pack("{s:s, s:s, s:s, s:s}", "to", to, "from", from, "content_type",
                         type && type->c_type ? type->c_type : "", "body", body);
    if (data) text = json_dumps(data, JSON_COMPACT);
    const struct cw_sip_note note = {.kind = CW_SIP_NODE_EVENT, .type = "sip.message", .body = text};
    if (text) cw_sip_tell(stack, &note);
    refuse(event, !body ? 413 : text ? 202 : 400);
    free(text);
    free(body);
    json_decref(data);
}

void cw_sip_on_stray_event(struct cw_sip_stack *stack, const struct cw_sip_event *event) {
    switch (event->type) {
    case nua_i_invite: cw_sip_call_on_invite(stack, event); break;
    case nua_i_message: on_message(stack, event); break;
    case nua_i_info:
    case nua_i_update: refuse(event, 481); break;
    case nua_i_refer: refuse(event, 403); break;
    case nua_i_error: break; // of the stack, not of a handle that someone owns
    default: nua_handle_destroy(event->nh); break;
    }
}
