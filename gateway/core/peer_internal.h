// What a peer is made of, for the files of core that work on it (peer*.c, call*.c).
#ifndef CW_CORE_PEER_INTERNAL_H
#define CW_CORE_PEER_INTERNAL_H

#include <glib.h>

#include "core/peer.h"
#include "core/plugins.h"
#include "media/media.h"
#include "proto/jsep.h"

// What a call wants to hear from its browser leg.
struct cw_peer_owner_ops {
    void (*on_state)(void *owner, enum cw_peer_state state, const char *reason);
    void (*on_negotiated)(void *owner);                                // a description of the browser was applied
    void (*on_digit)(void *owner, const struct cw_media_event *event); // CW_MEDIA_DTMF
    // Options of the call's far endpoint.
    int (*set_options)(void *owner, const json_t *patch, struct cw_problem *problem);
    json_t *(*options)(void *owner); // new reference
};

struct cw_peer {
    struct cw_session *session;
    char id[CW_ID_SIZE];
    enum cw_peer_state state;
    struct cw_plugin_slot *app;    // application plugin, or NULL for a call's peer
    void *app_peer;                // the plugin's object
    struct cw_plugin_slot *joined; // endpoint plugin whose endpoint it was joined to, or NULL
    const struct cw_peer_owner_ops *owner_ops;
    void *owner; // the call; NULL: none
    const char *call_id;
    struct cw_jsep_caps caps; // of jsep: lives as long
    struct cw_jsep *jsep;
    struct cw_ice_credentials ice;
    uint64_t leg;
    bool in_media;           // the leg was added
    GPtrArray *waiting;      // what its plugin wants run on the worker as soon as it was (peer_app.c); or NULL
    const char *codecs[24];  // restriction of the audio codecs, ends with NULL; first NULL: none
    char codec_text[24][32]; // what codecs points to
    bool one_codec;          // an offer is answered with the best of them alone
    int64_t created_wall_us;
};

struct cw_peer_config {
    struct cw_plugin_slot *app;
    const struct cw_peer_owner_ops *owner_ops;
    void *owner;
    const char *call_id;
    unsigned worker;
    bool use_worker;
};

// A peer without a description and without media; registered with node and session.
struct cw_peer *cw_peer_make(struct cw_session *s, const struct cw_peer_config *config);
// Frees a peer that never got into the media layer (an error while it is being made).
void cw_peer_discard(struct cw_peer *p);

// Restricts and orders the audio codecs of the descriptions to come; telephone-event stays.
void cw_peer_restrict_codecs(struct cw_peer *p, const char *const *names, size_t count);

// The negotiation (peer_negotiate.c). An offer of the browser: answers it. pointer: prefix for problems
// ("/description").
int cw_peer_accept_offer(struct cw_peer *p, const char *sdp, const char *pointer, struct cw_problem *problem);
int cw_peer_accept_answer(struct cw_peer *p, const char *sdp, const char *pointer, struct cw_problem *problem);
// The gateway's own offer; audio, video and data as wanted for new m-lines (first offer) or the same as before.
int cw_peer_make_offer(struct cw_peer *p, struct cw_problem *problem);
// Sends the present offer to the browser as `peer.description`.
void cw_peer_tell_offer(struct cw_peer *p);
// Gives the negotiated streams to the worker, adding the leg the first time.
int cw_peer_apply(struct cw_peer *p);

// Steps the state machine and tells (event, owner). reason may be NULL.
void cw_peer_input(struct cw_peer *p, enum cw_peer_input input, const char *reason);
void cw_peer_event(struct cw_peer *p, const char *type, json_t *data); // takes data

// {"candidate": RTCIceCandidateInit or null} of one of our candidates.
json_t *cw_peer_candidate_json(const struct cw_peer *p, const char *text);

// Maps a negotiation's error to a problem.
int cw_peer_jsep_problem(struct cw_problem *problem, const struct cw_jsep_error *error, const char *pointer);

// A problem of what a plugin refused; prefix: of its pointers ("/options").
int cw_peer_plugin_problem(struct cw_problem *problem, const struct cw_plugin_error *e, const char *prefix);

void cw_peer_on_media(struct cw_peer *p, const struct cw_media_event *event);

#endif
