// Digits by the API, for calls and peers alike.
#include "core/dtmf.h"

#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "core/call_internal.h"
#include "core/node.h"
#include "core/peer_internal.h"
#include "core/session.h"
#include "proto/dtmf.h"

#define DURATION_MS 100
#define GAP_MS 70

static enum cw_dtmf_mode method(const char *name) {
    static const char *const names[] = {"auto", "rfc4733", "info", "inband"};
    for (int i = CW_DTMF_INBAND; name && i > 0; i--)
        if (strcmp(name, names[i]) == 0) return (enum cw_dtmf_mode)i;
    return CW_DTMF_AUTO;
}

int cw_dtmf_take_params(const struct cw_dtmf_params *params, struct cw_media_dtmf_send *out,
                        struct cw_problem *problem) {
    size_t len = strlen(params->digits);
    for (size_t i = 0; i < len; i++) {
        if (params->digits[i] == ',' || cw_dtmf_code(params->digits[i]) >= 0) continue;
        return cw_problem_set(problem, 400, "invalid_digits", "/digits",
                              "Character %zu is not one of 0-9, A-D, a-d, *, # and the comma (a pause of 2 s).", i + 1);
    }
    if (len > CW_MEDIA_DTMF_DIGITS_MAX)
        return cw_problem_set(problem, 400, "invalid_digits", "/digits", "At most %d digits at once.",
                              CW_MEDIA_DTMF_DIGITS_MAX);
    *out = (struct cw_media_dtmf_send){
        .method = (uint8_t)method(params->method),
        .duration_ms = (uint16_t)(params->duration_ms ? params->duration_ms : DURATION_MS),
        .gap_ms = (uint16_t)(params->gap_ms ? params->gap_ms : GAP_MS),
    };
    memcpy(out->digits, params->digits, len + 1);
    return 0;
}

json_t *cw_dtmf_json(const struct cw_media_event *event) {
    char digit[2] = {event->digit};
    return json_pack("{s:s, s:i, s:s}", "digit", digit, "duration_ms", (int)event->duration_ms, "source",
                     cw_media_dtmf_source_name(event->source));
}

static int send_to_browser(struct cw_peer *p, const struct cw_dtmf_params *params, struct cw_problem *problem) {
    struct cw_media_dtmf_send send;
    const struct cw_jsep_media *m = cw_jsep_media_of_kind(p->jsep, CW_KIND_AUDIO);
    int err = cw_dtmf_take_params(params, &send, problem);
    if (err) return err;
    if (p->state != CW_PEER_CONNECTED)
        return cw_problem_set(problem, 409, "no_media", NULL, "The peer is %s, not connected.",
                              cw_peer_state_name(p->state));
    if (!m || !m->event_count || send.method > CW_DTMF_RFC4733)
        return cw_problem_set(problem, 409, "not_negotiated", send.method > CW_DTMF_RFC4733 ? "/method" : NULL,
                              "This peer takes telephone-events (RFC 4733) only%s.",
                              m && m->event_count ? "" : ", and has not negotiated them");
    if (cw_media_send_dtmf(p->session->node->media, p->leg, &send))
        return cw_problem_set(problem, 503, "no_memory", NULL, "Out of memory.");
    return 0;
}

int cw_peer_dtmf(struct cw_peer *p, const struct cw_dtmf_params *params, struct cw_problem *problem) {
    struct cw_call *c = p->call_id ? cw_call_find(p->session->node, p->call_id) : NULL;
    return c && c->plugin ? cw_call_dtmf(c, params, problem) : send_to_browser(p, params, problem);
}
