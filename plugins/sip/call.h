// One leg on the sip thread: the nua handle of its dialog and where its offers and answers stand.
//
//            dial                    nua_i_invite
//              │                          │
//           CALLING                    RINGING ──answer──► ANSWERED ──ACK──┐
//              └───────200──────────────────────────────────────────────► ACTIVE
//   any state ──BYE, CANCEL, final response, time-out, hangup──► ENDING ──nua says terminated──► freed
//
// The host is told of the end once (`told`); after its own hangup nothing is told any more.
#ifndef CW_SIP_CALL_H
#define CW_SIP_CALL_H

#include "account.h"
#include "thread.h"

enum cw_sip_call_state {
    CW_SIP_CALL_CALLING,
    CW_SIP_CALL_RINGING,
    CW_SIP_CALL_ANSWERED,
    CW_SIP_CALL_ACTIVE,
    CW_SIP_CALL_ENDING,
};

// A re-INVITE or UPDATE that waits for its answer.
enum cw_sip_offer_state {
    CW_SIP_OFFER_NONE,
    CW_SIP_OFFER_OURS,       // re-INVITE sent
    CW_SIP_OFFER_OURS_LATER, // after 491: waits for the timer
    CW_SIP_OFFER_REFRESH,    // our re-INVITE that only refreshes the session: the host does not know of it
    CW_SIP_OFFER_THEIRS,     // re-INVITE received, the host decides
    CW_SIP_OFFER_THEIRS_UPDATE,
    CW_SIP_OFFER_ACK,   // answered theirs; the answer to our offer in it comes with the ACK
    CW_SIP_OFFER_FIRST, // the 200 to our INVITE without offer has theirs; our answer goes into the ACK
};

struct cw_sip_queued;

struct cw_sip_call {
    struct cw_sip_owner owner;
    struct cw_sip_stack *stack;
    uint64_t id;
    nua_handle_t *nh;
    enum cw_sip_call_state state;
    enum cw_sip_offer_state offer;
    bool incoming;
    bool late_offer;     // the first INVITE had no offer
    bool told;           // the host knows of the end
    bool hangup_waits;   // BYE goes out when the ACK has come
    bool we_answered;    // the last offer/answer exchange: the answer was ours
    bool peer_updates;   // Allow: UPDATE
    bool peer_has_timer; // Supported: timer
    unsigned refresh_s;  // we refresh with a re-INVITE after this time; 0: nua or the far side does
    unsigned tries;      // digest answers to the request that runs
    int last_progress;
    const char *end_code; // what the host is told if nothing better comes
    struct cw_sip_account *account;
    char *local_sdp, *remote_sdp; // last ones sent and received
    char *offer_sdp;              // ours that waits
    char *source;                 // address of the far side, of incoming calls
    char contact[CW_SIP_CONTACT_SIZE];
    char refer_event[64];        // of the REFER that waits or runs, or ""
    bool refer_waits;            // the host has not said whether it takes it
    nua_saved_event_t refer[1];  // refer_waits
    nua_saved_event_t update[1]; // OFFER_THEIRS_UPDATE
    struct cw_sip_queued *queue; // INFO and MESSAGE to be sent; the first is on its way
    unsigned queued;
    su_timer_t *timer; // after 491, and the guard of ENDING
    su_timer_t *refresh;
};

// ---------------------------------------------------------------- call.c

// CW_RESULT_NO_MEMORY. nh is owned from now on.
int cw_sip_call_new(struct cw_sip_call **out, struct cw_sip_stack *stack, uint64_t id, nua_handle_t *nh);
// Ends the handle; nua sends CANCEL or BYE if there is still something to end.
void cw_sip_call_free(struct cw_sip_call *call);
struct cw_sip_call *cw_sip_call_find(const struct cw_sip_stack *stack, uint64_t id);
void cw_sip_call_set_state(struct cw_sip_call *call, enum cw_sip_call_state state);
// A note with the leg's number, for the control thread; nothing once the host knows of the end.
void cw_sip_call_tell(struct cw_sip_call *call, struct cw_sip_note *note);
// Tells the host of the end, once. sip: the message that ended it, or NULL. code or reason may be NULL.
void cw_sip_call_tell_end(struct cw_sip_call *call, const sip_t *sip, int status, const char *reason, const char *code);
// Replaces a text; keeps the old one without memory.
void cw_sip_call_keep(char **slot, const char *text);
// Reads Allow and Supported.
void cw_sip_call_learn(struct cw_sip_call *call, const sip_t *sip);

// ---------------------------------------------------------------- call_out.c: what control asks for

void cw_sip_call_dial(struct cw_sip_stack *stack, const struct cw_sip_note *note);
void cw_sip_call_run(struct cw_sip_call *call, const struct cw_sip_note *note);
// Ends the dialog in the way of its state. status: for an incoming call that is not answered; 0: 480.
void cw_sip_call_end(struct cw_sip_call *call, int status, const char *reason);
// The dialog ends by itself: nothing is sent, the call is freed when nua says so or after a while.
void cw_sip_call_leave(struct cw_sip_call *call);

// ---------------------------------------------------------------- call_in.c: what nua says

void cw_sip_call_on_event(struct cw_sip_owner *owner, const struct cw_sip_event *event);
// The first INVITE of a dialog.
void cw_sip_call_on_invite(struct cw_sip_stack *stack, const struct cw_sip_event *event);

// ---------------------------------------------------------------- offer.c: offers inside a dialog

void cw_sip_offer_send(struct cw_sip_call *call, const char *sdp);
// The host's answer to theirs.
void cw_sip_offer_answer(struct cw_sip_call *call, int status, const char *sdp);
void cw_sip_offer_on_invite(struct cw_sip_call *call, const struct cw_sip_event *event);
void cw_sip_offer_on_update(struct cw_sip_call *call, const struct cw_sip_event *event);
// Final response to our re-INVITE.
void cw_sip_offer_on_response(struct cw_sip_call *call, const struct cw_sip_event *event);
void cw_sip_offer_on_ack(struct cw_sip_call *call, const struct cw_sip_event *event);
// The dialog is up: sip is the message that has the far side's view of the session timer.
void cw_sip_offer_start_refresh(struct cw_sip_call *call, const sip_t *sip);
void cw_sip_offer_fini(struct cw_sip_call *call);

// ---------------------------------------------------------------- refer.c: transfers that the far side asks for

void cw_sip_refer_on_request(struct cw_sip_call *call, const struct cw_sip_event *event);
// What the host says: 1xx takes the transfer or tells of its progress, a final status ends it. reason may be NULL.
void cw_sip_refer_done(struct cw_sip_call *call, int status, const char *reason);
void cw_sip_refer_fini(struct cw_sip_call *call);

// ---------------------------------------------------------------- body.c: INFO and MESSAGE

// Sends it when the ones before it are answered.
void cw_sip_body_send(struct cw_sip_call *call, const struct cw_sip_note *note);
void cw_sip_body_on_request(struct cw_sip_call *call, const struct cw_sip_event *event);
// Response to ours, no challenge that is answered.
void cw_sip_body_on_response(struct cw_sip_call *call, const struct cw_sip_event *event);
void cw_sip_body_fini(struct cw_sip_call *call);

#endif
