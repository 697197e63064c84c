// The API's verbs on a call, and how it reads.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "core/call_internal.h"
#include "core/node.h"
#include "core/owner.h"
#include "core/peer_internal.h"
#include "core/session.h"

// What can be done now, for the 409 of everything else.
static const char *possible(const struct cw_call *c) {
    if (c->state == CW_CALL_ENDED) return "nothing: the call has ended";
    if (c->incoming && !c->answered_wall_us) return "answer, ring, reject, DELETE";
    if (!c->answered_wall_us) return "DELETE";
    if (c->holds.us) return "resume, mute, unmute, message, DELETE";
    return "hold, mute, unmute, message, dtmf, DELETE";
}

int cw_call_wrong_state(const struct cw_call *c, struct cw_problem *problem) {
    return cw_problem_set(problem, 409, "wrong_state", NULL, "The call is %s; possible now: %s.",
                          cw_call_state_name(c->state), possible(c));
}

static bool rings_here(const struct cw_call *c) {
    return c->incoming && c->state == CW_CALL_RINGING && !c->answered_wall_us;
}

// Our SDP for the 200: an answer, or the offer that a late offer asks for.
static int far_description(struct cw_call *c, char **sdp) {
    return c->late_offer ? cw_call_far_offer(c, sdp) : cw_call_far_answer(c, sdp);
}

int cw_call_answer(struct cw_call *c, const char *type, const char *sdp, struct cw_problem *problem) {
    char *ours = NULL;
    if (!rings_here(c)) return cw_call_wrong_state(c, problem);
    bool offer = strcmp(type, "offer") == 0;
    int err = offer ? cw_peer_accept_offer(c->peer, sdp, "/description/sdp", problem)
                    : cw_peer_accept_answer(c->peer, sdp, "/description/sdp", problem);
    if (err) return err;
    if (!cw_jsep_media_of_kind(c->peer->jsep, CW_KIND_AUDIO)) {
        return cw_problem_set(problem, 422, "no_common_codec", "/description/sdp",
                              "The description has no audio in a codec that the caller understands.");
    }
    if (far_description(c, &ours)) {
        c->cause.sip_status = 488;
        cw_call_hangup(c, "no_common_codec");
        return cw_problem_set(problem, 422, "no_common_codec", "/description/sdp",
                              "The call's two sides have no codec in common.");
    }
    c->plugin->plugin->endpoint->answer(c->plugin_leg, ours);
    free(ours);
    cw_call_input(c, CW_CALL_ON_ACCEPT);
    cw_call_far_apply(c);
    struct cw_owner *replaced = c->replaces ? cw_owner_find(c->node, c->replaces) : NULL;
    if (replaced && replaced->call) cw_call_hangup(replaced->call, "replaced");
    return 0;
}

int cw_call_ring(struct cw_call *c, struct cw_problem *problem) {
    if (!rings_here(c)) return cw_call_wrong_state(c, problem);
    c->plugin->plugin->endpoint->ring(c->plugin_leg, 180, NULL);
    return 0;
}

int cw_call_reject(struct cw_call *c, int sip_status, struct cw_problem *problem) {
    if (!rings_here(c)) return cw_call_wrong_state(c, problem);
    if (sip_status && (sip_status < 400 || sip_status > 699))
        return cw_problem_set(problem, 400, "invalid_status", "/status", "A SIP status to reject with is 400 to 699.");
    c->cause.sip_status = sip_status ? sip_status : 603;
    cw_call_hangup(c, "rejected");
    return 0;
}

static int hold_or_resume(struct cw_call *c, enum cw_call_input input, struct cw_problem *problem) {
    if (!c->plugin && c->state != CW_CALL_ENDED)
        return cw_problem_set(problem, 409, "no_far_side", NULL, "A call to an application cannot be held.");
    return cw_call_input(c, input) ? cw_call_wrong_state(c, problem) : 0;
}

int cw_call_hold(struct cw_call *c, struct cw_problem *problem) { return hold_or_resume(c, CW_CALL_ON_HOLD, problem); }

int cw_call_resume(struct cw_call *c, struct cw_problem *problem) {
    return hold_or_resume(c, CW_CALL_ON_RESUME, problem);
}

int cw_call_mute(struct cw_call *c, const char *leg, bool muted, struct cw_problem *problem) {
    unsigned flag = CW_CALL_MUTE_BROWSER;
    if (leg && strcmp(leg, "far") == 0)
        flag = CW_CALL_MUTE_FAR;
    else if (leg && strcmp(leg, "browser") != 0)
        return cw_problem_set(problem, 400, "unknown_leg", "/leg", "leg is \"browser\" or \"far\".");
    if (c->state == CW_CALL_ENDED) return cw_call_wrong_state(c, problem);
    c->muted = muted ? c->muted | flag : c->muted & ~flag;
    cw_call_apply_flow(c);
    return 0;
}

int cw_call_message(struct cw_call *c, const char *text, struct cw_problem *problem) {
    if (!c->plugin_leg || !c->answered_wall_us) return cw_call_wrong_state(c, problem);
    if (!c->plugin->plugin->endpoint->message)
        return cw_problem_set(problem, 409, "not_supported", NULL, "This kind of call carries no messages.");
    c->plugin->plugin->endpoint->message(c->plugin_leg, "text/plain", text);
    return 0;
}

void cw_call_set_metadata(struct cw_call *c, json_t *metadata) {
    json_decref(c->metadata);
    c->metadata = json_incref(metadata);
}

static json_t *time_json(int64_t wall_us) {
    char text[CW_RFC3339_SIZE];
    if (!wall_us) return json_null();
    cw_clock_rfc3339(wall_us, text);
    return json_string(text);
}

static json_t *codec_json(const struct cw_jsep *jsep) {
    const struct cw_jsep_media *m = jsep ? cw_jsep_media_of_kind(jsep, CW_KIND_AUDIO) : NULL;
    return m && m->codec_count ? json_string(m->codecs[0].codec->name) : json_null();
}

static json_t *legs_json(const struct cw_call *c) {
    json_t *legs = json_array();
    if (c->peer) {
        json_array_append_new(legs, json_pack("{s:s, s:s, s:s, s:o, s:b}", "leg", "browser", "type", "webrtc", "peer",
                                              c->peer->id, "codec", codec_json(c->peer->jsep), "muted",
                                              (c->muted & CW_CALL_MUTE_BROWSER) != 0));
    }
    if (c->plugin && c->far) {
        json_array_append_new(legs, json_pack("{s:s, s:s, s:s, s:o, s:b}", "leg", "far", "type", "rtp", "plugin",
                                              c->plugin->plugin->name, "codec", codec_json(c->far), "muted",
                                              (c->muted & CW_CALL_MUTE_FAR) != 0));
    }
    return legs;
}

json_t *cw_call_cause_json(const struct cw_call *c) {
    if (!c->cause.code[0]) return json_null();
    json_t *cause = json_pack("{s:s, s:s}", "code", c->cause.code, "by", c->cause.by);
    if (c->cause.sip_status)
        json_object_set_new(cause, "sip",
                            json_pack("{s:i, s:s}", "status", c->cause.sip_status, "reason", c->cause.sip_reason));
    if (c->cause.q850) json_object_set_new(cause, "q850", json_integer(c->cause.q850));
    return cause;
}

json_t *cw_call_json(const struct cw_call *c) {
    json_t *o = json_pack("{s:s, s:s, s:s, s:s, s:s?, s:s?, s:s?, s:s?}", "id", c->id, "session", c->session_id,
                          "state", cw_call_state_name(c->state), "direction", c->incoming ? "incoming" : "outgoing",
                          "to", c->to, "from", c->from, "display", c->display, "peer", c->peer ? c->peer->id : NULL);
    json_object_set_new(o, "legs", legs_json(c));
    json_object_set_new(o, "cause", cw_call_cause_json(c));
    json_object_set(o, "headers", c->headers);
    json_object_set(o, "metadata", c->metadata);
    json_object_set_new(o, "created_at", time_json(c->created_wall_us));
    json_object_set_new(o, "ringing_at", time_json(c->ringing_wall_us));
    json_object_set_new(o, "answered_at", time_json(c->answered_wall_us));
    json_object_set_new(o, "ended_at", time_json(c->ended_wall_us));
    return o;
}
