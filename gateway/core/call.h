// Calls: a browser's leg (a peer) and a far leg of an endpoint plugin, joined on one media worker. Control thread.
#ifndef CW_CORE_CALL_H
#define CW_CORE_CALL_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/call_fsm.h"
#include "core/problem.h"

struct cw_call;
struct cw_node;
struct cw_peer;
struct cw_peer_params;
struct cw_plugin_slot;
struct cw_session;

struct cw_call_params {
    const char *to;             // URI
    const char *from;           // or NULL
    const char *account;        // `trunk`, or NULL
    const char *type, *sdp;     // the browser's offer
    json_t *headers;            // object of strings or NULL
    json_t *codecs;             // array of names or NULL: the configuration's
    json_t *metadata;           // object or NULL
    const json_t *options;      // what the endpoint plugin's join took, or NULL
    struct cw_call *browser_of; // takes the browser of this call over; then there is no offer
    int64_t timeout_ms;         // ringing, 0: the configuration's
    int64_t max_duration_ms;    // 0: the configuration's
};

// Dials. The browser's answer is the local description of cw_call_peer().
int cw_call_new(struct cw_session *s, const struct cw_call_params *params, struct cw_call **out,
                struct cw_problem *problem);
// POST /v1/peers of an endpoint plugin: the peer is the browser's leg of a call that is made for it.
int cw_call_join(struct cw_session *s, struct cw_plugin_slot *plugin, const struct cw_peer_params *params,
                 struct cw_peer **out, struct cw_problem *problem);
struct cw_call *cw_call_find(struct cw_node *node, const char *id);
struct cw_session *cw_call_session(const struct cw_call *c);
struct cw_peer *cw_call_peer(const struct cw_call *c); // NULL before an incoming call is answered
const char *cw_call_id(const struct cw_call *c);

// Verbs; 409 wrong_state says what is possible. answer: an offer gives an answer (local description of the peer), an
// answer to the offer of call.incoming gives none.
int cw_call_answer(struct cw_call *c, const char *type, const char *sdp, struct cw_problem *problem);
int cw_call_ring(struct cw_call *c, struct cw_problem *problem);
int cw_call_reject(struct cw_call *c, int sip_status, struct cw_problem *problem);
int cw_call_hold(struct cw_call *c, struct cw_problem *problem);
int cw_call_resume(struct cw_call *c, struct cw_problem *problem);
// leg: "browser" (the far side no longer hears it), "far", or NULL for the browser's.
int cw_call_mute(struct cw_call *c, const char *leg, bool muted, struct cw_problem *problem);
int cw_call_message(struct cw_call *c, const char *text, struct cw_problem *problem);
void cw_call_set_metadata(struct cw_call *c, json_t *metadata); // borrowed object, in place of what was
// DELETE: hangs up in any state.
void cw_call_hangup(struct cw_call *c, const char *code);

json_t *cw_call_json(const struct cw_call *c);

#endif
