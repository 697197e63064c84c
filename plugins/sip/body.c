// INFO and MESSAGE inside a dialog, both ways. Ours go out one after the other: a request that overtakes another would
// be refused for its sequence number (RFC 3261 section 12.2.2), and digits must arrive in their order.
#include <stdlib.h>
#include <strings.h>

#include "call.h"

#define QUEUE_MAX 128u // digits of one request of the API, and some

struct cw_sip_queued {
    struct cw_sip_queued *next;
    struct cw_sip_note *note;
};

// ---------------------------------------------------------------- out

static void send_first(struct cw_sip_call *call) {
    const struct cw_sip_note *note = call->queue->note;
    if (note->kind == CW_SIP_SEND_INFO)
        nua_info(call->nh, SIPTAG_CONTENT_TYPE_STR(note->type), SIPTAG_PAYLOAD_STR(note->body), TAG_END());
    else
        nua_message(call->nh, SIPTAG_CONTENT_TYPE_STR(note->type), SIPTAG_PAYLOAD_STR(note->body), TAG_END());
}

static void drop_first(struct cw_sip_call *call) {
    struct cw_sip_queued *first = call->queue;
    call->queue = first->next;
    call->queued--;
    free(first->note);
    free(first);
}

static void tell_failure(const struct cw_sip_call *call, const char *what, int status) {
    cw_sip_count(call->stack, what[0] == 'I' ? "info_failed" : "message_failed");
    cw_sip_log(call->stack, CW_HOST_WARN, "sip.body.failed", "sip_leg=%llu method=%s status=%d",
               (unsigned long long)call->id, what, status);
}

void cw_sip_body_send(struct cw_sip_call *call, const struct cw_sip_note *note) {
    const char *method = note->kind == CW_SIP_SEND_INFO ? "INFO" : "MESSAGE";
    if (call->state == CW_SIP_CALL_ENDING) return;
    struct cw_sip_queued *last = call->queued < QUEUE_MAX ? calloc(1, sizeof *last) : NULL;
    struct cw_sip_note *copy = last ? cw_sip_note_copy(note) : NULL;
    if (!copy) {
        free(last);
        tell_failure(call, method, 0);
        return;
    }
    last->note = copy;
    struct cw_sip_queued **end = &call->queue;
    while (*end) end = &(*end)->next;
    *end = last;
    if (++call->queued == 1) send_first(call);
}

void cw_sip_body_on_response(struct cw_sip_call *call, const struct cw_sip_event *event) {
    if (event->status < 200 || !call->queue) return;
    call->tries = 0;
    if (event->status >= 300) tell_failure(call, event->type == nua_r_info ? "INFO" : "MESSAGE", event->status);
    drop_first(call);
    if (call->queue && call->state != CW_SIP_CALL_ENDING) send_first(call);
}

void cw_sip_body_fini(struct cw_sip_call *call) {
    while (call->queue) drop_first(call);
}

// ---------------------------------------------------------------- in

static const char *type_of(const sip_t *sip) {
    const sip_content_type_t *type = sip->sip_content_type;
    return type && type->c_type ? type->c_type : "";
}

// 200 for an INFO without a body as well: some send it to see whether we live.
static int status_of(const struct cw_sip_call *call, const struct cw_sip_event *event, const char *body) {
    const char *type = type_of(event->sip);
    bool digits = strcasecmp(type, "application/dtmf-relay") == 0 || strcasecmp(type, "application/dtmf") == 0;
    if (call->state == CW_SIP_CALL_ENDING) return 481;
    if (!body) return 413;
    return event->type == nua_i_info && body[0] && !digits ? 415 : 200;
}

void cw_sip_body_on_request(struct cw_sip_call *call, const struct cw_sip_event *event) {
    char *body = cw_sip_body_of(event->sip);
    bool info = event->type == nua_i_info;
    int status = status_of(call, event, body);
    struct cw_sip_note note = {
        .kind = info ? CW_SIP_GOT_INFO : CW_SIP_GOT_MESSAGE, .type = type_of(event->sip), .body = body};
    if (status == 200 && body[0]) cw_sip_call_tell(call, &note);
    nua_respond(event->nh, status, sip_status_phrase(status), NUTAG_WITH_THIS(call->stack->nua),
                TAG_IF(status == 415, SIPTAG_ACCEPT_STR("application/dtmf-relay, application/dtmf")), TAG_END());
    free(body);
}
