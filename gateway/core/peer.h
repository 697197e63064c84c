// Peers: one WebRTC peer connection on the control thread: its negotiation, its state, its media leg, and the
// application plugin or call it belongs to.
//
//   new ──check──▶ connecting ──dtls──▶ connected ◀──consent──▶ disconnected
//    └──────────────────┴───────────────────┴──── failed ────────────┘   closed: by the API, the browser or the call
#ifndef CW_CORE_PEER_H
#define CW_CORE_PEER_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/random.h"
#include "core/peer_fsm.h"
#include "core/problem.h"

struct cw_session;
struct cw_call;
struct cw_jsep;
struct cw_node;

struct cw_peer;

struct cw_peer_params {
    const char *plugin; // "echo"
    const char *type;   // description: "offer", or NULL: the gateway offers
    const char *sdp;
    json_t *options; // borrowed object or NULL
};

// A peer of an application plugin. The answer (or the gateway's offer) is the peer's local description.
int cw_peer_new(struct cw_session *s, const struct cw_peer_params *params, struct cw_peer **out,
                struct cw_problem *problem);
struct cw_peer *cw_peer_find(struct cw_node *node, const char *id);
struct cw_session *cw_peer_session(const struct cw_peer *p);
const char *cw_peer_id(const struct cw_peer *p);

// PUT …/description. An offer: *answer_type/_sdp are the answer (borrowed until the next change); an answer: they are
// NULL.
int cw_peer_set_description(struct cw_peer *p, const char *type, const char *sdp, struct cw_problem *problem);
// {"type","sdp"} of the gateway's own present description. New reference.
json_t *cw_peer_local_description(const struct cw_peer *p);

// One RTCIceCandidateInit; NULL: end of candidates.
int cw_peer_add_candidate(struct cw_peer *p, const json_t *candidate, struct cw_problem *problem);

json_t *cw_peer_options(const struct cw_peer *p); // new reference
int cw_peer_set_options(struct cw_peer *p, const json_t *patch, struct cw_problem *problem);

// done(arg, stats) runs later on the control thread, once; stats (borrowed) is NULL if the peer is gone.
int cw_peer_get_stats(struct cw_peer *p, void (*done)(void *arg, json_t *stats), void *arg);

// reason: "deleted", "session_ended", "call_ended", "shutdown".
void cw_peer_close(struct cw_peer *p, const char *reason);
json_t *cw_peer_json(const struct cw_peer *p); // {id, session, plugin, state, options, call?, created_at}

#endif
