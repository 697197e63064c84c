// Digits by the API: what POST …/dtmf asks for, and how digits are told. Control thread.
#ifndef CW_CORE_DTMF_H
#define CW_CORE_DTMF_H

#include <jansson.h>
#include <stdint.h>

#include "core/problem.h"
#include "media/media.h"

struct cw_call;
struct cw_peer;

struct cw_dtmf_params {
    const char *digits;          // "" aborts
    const char *method;          // "auto", "rfc4733", "info", "inband" or NULL: auto
    int64_t duration_ms, gap_ms; // 0: 100, 70
};

// To the far side of a call. 400 invalid_digits; 409 wrong_state, no_media, not_negotiated, dtmf_queue_full.
int cw_call_dtmf(struct cw_call *c, const struct cw_dtmf_params *params, struct cw_problem *problem);
// For a peer of a call the same; to the browser of an application's peer.
int cw_peer_dtmf(struct cw_peer *p, const struct cw_dtmf_params *params, struct cw_problem *problem);

// Fills what the worker needs; problem 400.
int cw_dtmf_take_params(const struct cw_dtmf_params *params, struct cw_media_dtmf_send *out,
                        struct cw_problem *problem);
// {"digit","duration_ms","source"} of a CW_MEDIA_DTMF event.
json_t *cw_dtmf_json(const struct cw_media_event *event);

#endif
