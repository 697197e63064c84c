// Digits of a call: to the far side in the way that it takes them, and told when they come from either side.
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "core/call_internal.h"
#include "core/dtmf.h"
#include "core/far.h"
#include "core/node.h"
#include "core/owner.h"
#include "core/peer_internal.h"
#include "proto/dtmf_info.h"

#define WAITING_MAX 64 // digits of the API that were not sent yet

static const struct cw_endpoint *endpoint(const struct cw_call *c) { return c->plugin->plugin->endpoint; }

static bool has_events(const struct cw_call *c) {
    const struct cw_jsep_media *m = c->far ? cw_jsep_media_of_kind(c->far, CW_KIND_AUDIO) : NULL;
    return m && m->event_count > 0;
}

// By the account's mode; what the far side did not offer gives way to what there is.
static enum cw_dtmf_mode choose_method(const struct cw_call *c) {
    enum cw_dtmf_mode mode = c->dtmf_mode;
    if (mode == CW_DTMF_INBAND || (mode == CW_DTMF_INFO && endpoint(c)->info)) return mode;
    if (has_events(c)) return CW_DTMF_RFC4733;
    return endpoint(c)->info ? CW_DTMF_INFO : CW_DTMF_INBAND;
}

void cw_call_apply_dtmf(struct cw_call *c) {
    if (!c->leg_in_media) return;
    bool detect = cw_config_bool(c->node->config, "media.detect_dtmf");
    struct cw_media_dtmf_setup far = {(uint8_t)choose_method(c), detect || c->dtmf_mode == CW_DTMF_INBAND};
    struct cw_media_dtmf_setup browser = {CW_DTMF_RFC4733, detect};
    int err = cw_media_set_dtmf(c->node->media, c->leg, &far);
    if (!err && detect && c->peer && c->peer->in_media) err = cw_media_set_dtmf(c->node->media, c->peer->leg, &browser);
    if (err) cw_error("call.dtmf", "call=%s reason=memory", c->id);
}

static int check_method(const struct cw_call *c, enum cw_dtmf_mode method, struct cw_problem *problem) {
    if (method == CW_DTMF_RFC4733 && !has_events(c))
        return cw_problem_set(problem, 409, "not_negotiated", "/method",
                              "The far side has not negotiated telephone-event (RFC 4733).");
    if (method == CW_DTMF_INFO && !endpoint(c)->info)
        return cw_problem_set(problem, 409, "not_supported", "/method", "This kind of call has no INFO.");
    return 0;
}

int cw_call_dtmf(struct cw_call *c, const struct cw_dtmf_params *params, struct cw_problem *problem) {
    struct cw_media_dtmf_send send;
    int err = cw_dtmf_take_params(params, &send, problem);
    if (err) return err;
    if (c->state == CW_CALL_ENDED || c->holds.us) return cw_call_wrong_state(c, problem);
    if (!c->plugin && c->peer) return cw_peer_dtmf(c->peer, params, problem);
    if (!c->leg_in_media || !cw_jsep_media_of_kind(c->far, CW_KIND_AUDIO))
        return cw_problem_set(problem, 409, "no_media", NULL, "The call has no media yet.");
    err = check_method(c, send.method, problem);
    if (err) return err;
    unsigned digits = 0;
    for (const char *d = send.digits; *d; d++) digits += *d != ',';
    if (!send.digits[0]) c->dtmf_waiting = 0;
    if (c->dtmf_waiting && c->dtmf_waiting + digits > WAITING_MAX)
        return cw_problem_set(problem, 409, "dtmf_queue_full", NULL, "%u digits are still waiting to be sent.",
                              c->dtmf_waiting);
    if (cw_media_send_dtmf(c->node->media, c->leg, &send))
        return cw_problem_set(problem, 503, "no_memory", NULL, "Out of memory.");
    c->dtmf_waiting += digits;
    return 0;
}

// ---------------------------------------------------------------- what came of it

void cw_call_on_digit(struct cw_call *c, const struct cw_media_event *event) {
    if (event->source == CW_MEDIA_DTMF_API && c->dtmf_waiting) c->dtmf_waiting--;
    cw_call_event(c, "call.dtmf", cw_dtmf_json(event));
    if (c->peer && c->peer->joined) cw_peer_event(c->peer, "dtmf", cw_dtmf_json(event));
}

void cw_call_send_info(struct cw_call *c, const struct cw_media_event *event) {
    struct cw_dtmf_info info = {event->digit, event->duration_ms};
    char body[CW_DTMF_INFO_SIZE];
    if (!c->plugin_leg || !endpoint(c)->info) return;
    cw_dtmf_info_write(&info, body);
    endpoint(c)->info(c->plugin_leg, CW_DTMF_INFO_TYPE, body);
}

// ---------------------------------------------------------------- reports of the plugin

static struct cw_call *find(struct cw_node *node, cw_handle handle) {
    struct cw_owner *leg = cw_owner_find(node, handle);
    return leg ? leg->call : NULL;
}

int cw_far_dtmf_mode(struct cw_node *node, cw_handle leg, enum cw_dtmf_mode mode) {
    struct cw_call *c = find(node, leg);
    if (!c) return CW_RESULT_NOT_FOUND;
    if ((unsigned)mode > CW_DTMF_INBAND) return CW_RESULT_INVALID;
    c->dtmf_mode = mode;
    cw_call_apply_dtmf(c);
    return 0;
}

// The worker decides whether it is a press of its own: the same may come by its packets.
int cw_far_info(struct cw_node *node, cw_handle leg, const char *content_type, const char *body) {
    struct cw_call *c = find(node, leg);
    struct cw_dtmf_info info;
    if (!c) return CW_RESULT_NOT_FOUND;
    int err = cw_dtmf_info_parse(content_type, body, &info);
    if (err || !c->leg_in_media) {
        char type[64];
        cw_debug("call.info", "call=%s type=\"%s\" ignored=%s", c->id, cw_log_quote(type, sizeof type, content_type),
                 err ? cw_err_name(err) : "no_media");
        return 0;
    }
    struct cw_media_dtmf_heard heard = {info.digit, CW_MEDIA_DTMF_INFO, info.duration_ms};
    return cw_media_dtmf_received(node->media, c->leg, &heard) ? CW_RESULT_NO_MEMORY : 0;
}
