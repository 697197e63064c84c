// What a call is made of, for the files that work on it: call.c (its life), call_verbs.c (the API's verbs),
// call_far.c (the far leg: negotiation and the endpoint plugin's reports), call_codecs.c, call_incoming.c.
#ifndef CW_CORE_CALL_INTERNAL_H
#define CW_CORE_CALL_INTERNAL_H

#include <glib.h>

#include "base/clock.h"
#include "base/random.h"
#include "core/call.h"
#include "core/cause.h"
#include "core/plugins.h"
#include "media/media.h"
#include "proto/jsep.h"

#define CW_CALL_CODECS_MAX 12

// What was heard of one side when call.quality was told last.
struct cw_call_ear {
    struct cw_call *call;
    const char *name; // "browser" or "far"
    bool asked;       // the worker has not answered yet
    uint64_t packets;
    int64_t lost;
};

enum cw_call_sound { CW_CALL_SOUND_NONE, CW_CALL_SOUND_RINGING, CW_CALL_SOUND_HOLD };

struct cw_call {
    struct cw_node *node;
    char id[CW_ID_SIZE];
    char session_id[CW_ID_SIZE];
    bool incoming;
    enum cw_call_state state;
    struct cw_call_holds holds;
    unsigned muted; // enum cw_call_mute
    struct cw_cause cause;
    struct cw_peer *peer; // the browser's leg; NULL after the end
    char *to, *from, *display, *account;
    json_t *headers, *metadata;

    // The far leg; plugin NULL: an application ("app:echo") answers, there is none.
    struct cw_plugin_slot *plugin;
    void *plugin_leg; // NULL: not dialed, or gone
    uint64_t leg;
    bool leg_in_media;
    struct cw_jsep_caps caps; // of far: lives as long
    struct cw_jsep *far;
    struct cw_rtp_pair ports;
    struct cw_addr rtp; // what our SDP says
    char *early_sdp;    // provisional answer, until a final one comes
    bool reoffer_pending;
    bool late_offer;              // incoming without SDP: the answer comes with the ACK
    char transfer_of[CW_ID_SIZE]; // the call whose far side asked for this one, until it is answered or fails
    cw_handle replaces;           // the leg that ends when this call is answered (RFC 3891), or 0
    enum cw_sdp_dir told_dir;     // direction of our last description to the far side
    enum cw_dtmf_mode dtmf_mode;  // how its account wants digits
    unsigned dtmf_waiting;        // digits of the API on their way

    const char *codecs[CW_CALL_CODECS_MAX]; // that the far side may be offered, best first
    char codec_text[CW_CALL_CODECS_MAX][32];
    size_t codec_count;

    enum cw_call_sound browser_hears, far_hears; // of the gateway itself
    cw_time ringing_at;                          // when the far side began to ring

    cw_time quality_at; // of the next call.quality, 0: not set
    struct cw_call_ear ears[2];

    int64_t created_wall_us, ringing_wall_us, answered_wall_us, ended_wall_us; // 0: not
    cw_time ring_deadline, talk_deadline, forget_at;                           // CW_NEVER: none
};

enum cw_call_mute { CW_CALL_MUTE_BROWSER = 1, CW_CALL_MUTE_FAR = 2 };

// ---- call.c
struct cw_call *cw_call_make(struct cw_session *s, bool incoming);
void cw_call_discard(struct cw_call *c); // never dialed: an error while it is being made
// Steps the machine, does what it commands. CW_ESTATE if the input is refused.
int cw_call_input(struct cw_call *c, enum cw_call_input input);
void cw_call_event(struct cw_call *c, const char *type, json_t *data);        // takes data
void cw_call_tick(struct cw_call *c, cw_time now);                            // may free it
void cw_call_on_media(struct cw_call *c, const struct cw_media_event *event); // of the far leg
// Makes the browser's peer of the call; with an offer it is answered, else the gateway's offer is made.
int cw_call_make_peer(struct cw_call *c, struct cw_session *s, const char *offer, struct cw_problem *problem);
void cw_call_apply_flow(struct cw_call *c); // mute and hold, to the workers

void cw_call_uri_host(const char *uri, char *out, size_t cap); // "" for tel:
int cw_call_plugin_problem(struct cw_problem *problem, const struct cw_plugin_error *e);
int cw_call_far_failed(struct cw_problem *problem, int err);

// ---- call_offered.c: an endpoint that offers at once (cw_endpoint.first_offer)
bool cw_call_far_offers(const struct cw_call *c);
int cw_call_dial_offered(struct cw_call *c, struct cw_session *s, const struct cw_call_params *params,
                         struct cw_problem *problem);
int cw_call_set_options(void *call, const json_t *patch, struct cw_problem *problem);
json_t *cw_call_options(void *call);

// ---- call_codecs.c
// Of the request, or (names NULL or empty) of the configuration.
int cw_call_take_codecs(struct cw_call *c, const json_t *names, struct cw_problem *problem);
// Restricts the call's codecs to those of the far side's offer, in the offer's order.
void cw_call_follow_offer(struct cw_call *c);
// For a description to the far side; ends with NULL.
void cw_call_far_codecs(const struct cw_call *c, const char **out, size_t cap);
// For the descriptions to the browser; we_offer: ours comes first.
void cw_call_restrict_browser(struct cw_call *c, struct cw_peer *p, bool we_offer);
// The browser sends its first codec: if the far side did not take that one but another, the browser is offered those.
void cw_call_align_browser(struct cw_call *c);

// ---- call_quality.c
void cw_call_quality_tick(struct cw_call *c, cw_time now);

// ---- call_dtmf.c
void cw_call_apply_dtmf(struct cw_call *c); // how the far side takes digits, to the worker
void cw_call_on_digit(struct cw_call *c, const struct cw_media_event *event);
void cw_call_send_info(struct cw_call *c, const struct cw_media_event *event);

// ---- call_sound.c
void cw_call_sound_update(struct cw_call *c); // after a change of its state, and as time goes by

// ---- call_transfer.c
void cw_call_take_browser(struct cw_call *to, struct cw_call *from);
void cw_call_transfer_step(struct cw_call *c, unsigned commands); // before they are performed; transfer_of is set

// ---- call_verbs.c
int cw_call_wrong_state(const struct cw_call *c, struct cw_problem *problem); // 409
json_t *cw_call_cause_json(const struct cw_call *c);                          // {code, by, sip?} or null

// ---- call_far.c
// Allocates ports and the leg on the peer's worker. host: where the far side is (an address or NULL).
int cw_call_far_open(struct cw_call *c, const char *host);
int cw_call_far_offer(struct cw_call *c, char **sdp);  // a new offer with the direction of `holds`; free() it
int cw_call_far_answer(struct cw_call *c, char **sdp); // to the far side's offer, in the browser's codecs
int cw_call_far_apply(struct cw_call *c);              // what was negotiated, to the worker; joins the legs
void cw_call_far_close(struct cw_call *c);             // media and ports
void cw_call_sync_hold(struct cw_call *c);             // re-INVITE if the far side knows another direction

#endif
