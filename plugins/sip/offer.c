// Offers inside a dialog: our re-INVITEs, theirs, UPDATE, glare, and refreshing the session (RFC 3264, 3311, 4028).
//
// Both sides at once: the far side's INVITE meets ours, each answers 491, each tries again after a time that depends on
// who began the dialog (RFC 3261 section 14.1).
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <openssl/rand.h>

#include "call.h"

#define OVERLAP_RETRY_AFTER "2" // seconds

static unsigned random_below(unsigned limit) {
    unsigned value = 0;
    RAND_bytes((unsigned char *)&value, sizeof value);
    return value % limit;
}

static const char *phrase_of(int status) {
    const char *phrase = sip_status_phrase(status);
    return phrase ? phrase : "Not Acceptable Here";
}

static void tell_done(struct cw_sip_call *call, int status, const char *sdp) {
    struct cw_sip_note note = {.kind = CW_SIP_REOFFER_DONE, .status = status, .sdp = sdp};
    cw_sip_call_tell(call, &note);
}

// ---------------------------------------------------------------- ours

static void send_reinvite(struct cw_sip_call *call, const char *sdp) {
    nua_invite(call->nh, SIPTAG_CONTACT_STR(call->contact), NUTAG_AUTOACK(1),
               SIPTAG_CONTENT_TYPE_STR("application/sdp"), SIPTAG_PAYLOAD_STR(sdp), TAG_END());
}

static void send_ours(struct cw_sip_call *call) {
    call->offer = CW_SIP_OFFER_OURS;
    send_reinvite(call, call->offer_sdp);
}

static void on_retry(su_root_magic_t *stack, su_timer_t *timer, su_timer_arg_t *arg) {
    struct cw_sip_call *call = arg;
    (void)stack;
    (void)timer;
    if (call->offer == CW_SIP_OFFER_OURS_LATER && call->state == CW_SIP_CALL_ACTIVE) send_ours(call);
}

// 2.1 to 4 s for who made the Call-ID, 0 to 2 s for the other, in steps of 10 ms; scaled as the other timers are.
static void retry_later(struct cw_sip_call *call) {
    unsigned step = 10 * cw_sip_config_of(call->stack)->t1_ms / 500;
    unsigned delay = call->incoming ? random_below(201) : 210 + random_below(191);
    if (step == 0) step = 1;
    call->offer = CW_SIP_OFFER_OURS_LATER;
    su_timer_destroy(call->timer);
    call->timer = cw_sip_timer(call->stack, on_retry, call, delay * step);
}

void cw_sip_offer_send(struct cw_sip_call *call, const char *sdp) {
    if (call->state == CW_SIP_CALL_ENDING) return;
    if (call->state != CW_SIP_CALL_ACTIVE) { // no ACK yet
        tell_done(call, 491, NULL);
        return;
    }
    cw_sip_call_keep(&call->offer_sdp, sdp);
    if (call->offer == CW_SIP_OFFER_NONE)
        send_ours(call);
    else if (call->offer == CW_SIP_OFFER_REFRESH)
        call->offer = CW_SIP_OFFER_OURS_LATER; // when the refresh is answered
    else
        retry_later(call);
}

static void schedule_refresh(struct cw_sip_call *call);

void cw_sip_offer_on_response(struct cw_sip_call *call, const struct cw_sip_event *event) {
    char *sdp = cw_sip_sdp_of(event->sip);
    bool fine = event->status < 300, refresh = call->offer == CW_SIP_OFFER_REFRESH;
    call->tries = 0;
    cw_sip_call_learn(call, event->sip);
    if (fine && sdp) cw_sip_call_keep(&call->remote_sdp, sdp);
    if (fine) {
        call->we_answered = false;
        schedule_refresh(call);
    }
    if (refresh) {
        call->offer = CW_SIP_OFFER_NONE;
    } else if (call->offer == CW_SIP_OFFER_OURS_LATER) {
        send_ours(call);
    } else if (call->offer == CW_SIP_OFFER_OURS && event->status == 491) {
        retry_later(call);
    } else if (call->offer == CW_SIP_OFFER_OURS) {
        call->offer = CW_SIP_OFFER_NONE;
        if (fine) cw_sip_call_keep(&call->local_sdp, call->offer_sdp);
        tell_done(call, event->status, fine ? sdp : NULL);
    }
    free(sdp);
}

// ---------------------------------------------------------------- theirs

static void respond(struct cw_sip_call *call, int status, const char *sdp) {
    bool update = call->offer == CW_SIP_OFFER_THEIRS_UPDATE;
    nua_respond(call->nh, status, phrase_of(status), TAG_IF(update, NUTAG_WITH_SAVED(call->update)),
                SIPTAG_CONTACT_STR(call->contact), TAG_IF(sdp, SIPTAG_CONTENT_TYPE_STR("application/sdp")),
                TAG_IF(sdp, SIPTAG_PAYLOAD_STR(sdp)), TAG_END());
    if (update) nua_destroy_event(call->update);
}

// The same offer again is a session refresh: the same answer, without asking the host.
static bool is_refresh(const struct cw_sip_call *call, const char *sdp) {
    return sdp && call->we_answered && call->remote_sdp && call->local_sdp && strcmp(sdp, call->remote_sdp) == 0;
}

static void ask_host(struct cw_sip_call *call, enum cw_sip_offer_state offer, char *sdp) {
    struct cw_sip_note note = {.kind = CW_SIP_REOFFERED, .sdp = sdp};
    call->offer = offer;
    if (sdp) {
        free(call->remote_sdp);
        call->remote_sdp = sdp;
    }
    cw_sip_call_tell(call, &note);
}

void cw_sip_offer_on_invite(struct cw_sip_call *call, const struct cw_sip_event *event) {
    char *sdp = cw_sip_sdp_of(event->sip);
    bool waits = call->offer == CW_SIP_OFFER_THEIRS_UPDATE;
    int status = 0;
    if (call->told || call->state == CW_SIP_CALL_ENDING) status = 481;
    if (status == 0 && waits) status = 500;
    if (status == 0 && !sdp && event->sip->sip_payload && event->sip->sip_payload->pl_len > 0) status = 415;
    if (status != 0) {
        nua_respond(call->nh, status, phrase_of(status),
                    TAG_IF(status == 500, SIPTAG_RETRY_AFTER_STR(OVERLAP_RETRY_AFTER)), TAG_END());
        free(sdp);
        return;
    }
    cw_sip_call_learn(call, event->sip);
    cw_sip_offer_start_refresh(call, event->sip);
    if (is_refresh(call, sdp)) {
        nua_respond(call->nh, SIP_200_OK, SIPTAG_CONTACT_STR(call->contact), SIPTAG_CONTENT_TYPE_STR("application/sdp"),
                    SIPTAG_PAYLOAD_STR(call->local_sdp), TAG_END());
        free(sdp);
        return;
    }
    call->late_offer = sdp == NULL;
    ask_host(call, CW_SIP_OFFER_THEIRS, sdp);
}

void cw_sip_offer_on_update(struct cw_sip_call *call, const struct cw_sip_event *event) {
    char *sdp = cw_sip_sdp_of(event->sip);
    int status = 0;
    cw_sip_call_learn(call, event->sip);
    if (call->told || call->state == CW_SIP_CALL_ENDING)
        status = 481;
    else if (!sdp) // refreshes the session or the target
        status = 200;
    else if (call->offer == CW_SIP_OFFER_OURS || call->offer == CW_SIP_OFFER_REFRESH)
        status = 491;
    else if (call->offer == CW_SIP_OFFER_THEIRS || call->offer == CW_SIP_OFFER_THEIRS_UPDATE ||
             call->state != CW_SIP_CALL_ACTIVE)
        status = 500;
    else if (!nua_save_event(call->stack->nua, call->update))
        status = 500;
    if (status != 0) {
        nua_respond(call->nh, status, phrase_of(status), NUTAG_WITH_THIS(call->stack->nua),
                    SIPTAG_CONTACT_STR(call->contact),
                    TAG_IF(status == 500, SIPTAG_RETRY_AFTER_STR(OVERLAP_RETRY_AFTER)), TAG_END());
        free(sdp);
        return;
    }
    call->late_offer = false;
    ask_host(call, CW_SIP_OFFER_THEIRS_UPDATE, sdp);
}

// Our answer to the offer in the 200 to our first INVITE.
static void answer_first(struct cw_sip_call *call, int status, const char *sdp) {
    call->offer = CW_SIP_OFFER_NONE;
    if (status >= 300 || !sdp) {
        nua_ack(call->nh, TAG_END());
        cw_sip_call_end(call, 488, NULL);
        return;
    }
    cw_sip_call_keep(&call->local_sdp, sdp);
    call->we_answered = true;
    nua_ack(call->nh, SIPTAG_CONTENT_TYPE_STR("application/sdp"), SIPTAG_PAYLOAD_STR(sdp), TAG_END());
    struct cw_sip_note note = {.kind = CW_SIP_ANSWERED};
    cw_sip_call_tell(call, &note);
}

void cw_sip_offer_answer(struct cw_sip_call *call, int status, const char *sdp) {
    if (call->offer == CW_SIP_OFFER_FIRST) {
        answer_first(call, status, sdp);
        return;
    }
    if (call->offer != CW_SIP_OFFER_THEIRS && call->offer != CW_SIP_OFFER_THEIRS_UPDATE) return;
    bool fine = status >= 200 && status < 300;
    respond(call, status, fine ? sdp : NULL);
    if (fine && sdp) cw_sip_call_keep(&call->local_sdp, sdp);
    if (fine) call->we_answered = !call->late_offer;
    call->offer = fine && call->late_offer ? CW_SIP_OFFER_ACK : CW_SIP_OFFER_NONE;
}

void cw_sip_offer_on_ack(struct cw_sip_call *call, const struct cw_sip_event *event) {
    if (call->offer != CW_SIP_OFFER_ACK) return;
    char *sdp = cw_sip_sdp_of(event->sip);
    call->offer = CW_SIP_OFFER_NONE;
    if (sdp) cw_sip_call_keep(&call->remote_sdp, sdp);
    tell_done(call, sdp ? 200 : 488, sdp);
    free(sdp);
}

// ---------------------------------------------------------------- session timer

// nua refreshes with UPDATE. A far side that has no UPDATE gets a re-INVITE with what we sent last, from here, a little
// before nua would send one of its own, which would carry an old offer or none.
static void on_refresh(su_root_magic_t *stack, su_timer_t *timer, su_timer_arg_t *arg) {
    struct cw_sip_call *call = arg;
    (void)stack;
    (void)timer;
    if (call->state == CW_SIP_CALL_ACTIVE && call->offer == CW_SIP_OFFER_NONE && call->local_sdp) {
        call->offer = CW_SIP_OFFER_REFRESH;
        send_reinvite(call, call->local_sdp);
    }
    schedule_refresh(call);
}

static void schedule_refresh(struct cw_sip_call *call) {
    su_timer_destroy(call->refresh);
    call->refresh = NULL;
    if (call->refresh_s == 0) return;
    call->refresh = cw_sip_timer(call->stack, on_refresh, call, call->refresh_s * 1000u * 2 / 5);
}

// Who refreshes (RFC 4028 sections 7 to 9): the other side only if it can and nothing says that it is us.
static bool we_refresh(const struct cw_sip_call *call, const sip_t *sip) {
    const sip_session_expires_t *expires = sip->sip_session_expires;
    bool request = sip->sip_request != NULL;
    if (!call->peer_has_timer) return true;
    if (expires && expires->x_refresher) return strcasecmp(expires->x_refresher, request ? "uas" : "uac") == 0;
    return !request;
}

void cw_sip_offer_start_refresh(struct cw_sip_call *call, const sip_t *sip) {
    unsigned interval = cw_sip_config_of(call->stack)->session_expires_s;
    call->refresh_s = 0;
    if (!call->peer_updates) {
        nua_set_hparams(call->nh, NUTAG_UPDATE_REFRESH(0), TAG_END());
        if (sip->sip_session_expires && (interval == 0 || sip->sip_session_expires->x_delta < interval))
            interval = (unsigned)sip->sip_session_expires->x_delta;
        if (we_refresh(call, sip)) call->refresh_s = interval;
    }
    schedule_refresh(call);
}

void cw_sip_offer_fini(struct cw_sip_call *call) {
    if (call->offer == CW_SIP_OFFER_THEIRS_UPDATE) nua_destroy_event(call->update);
    call->offer = CW_SIP_OFFER_NONE;
    su_timer_destroy(call->refresh);
    call->refresh = NULL;
    free(call->offer_sdp);
    call->offer_sdp = NULL;
}
