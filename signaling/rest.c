// The table of the REST API: every route with who may use it and what its body holds.
#include "signaling/rest.h"

#include <string.h>

#include "core/node.h"
#include "core/session.h"

#define SDP_MAX 65536
#define METADATA_MAX 16384
#define OPTIONS_MAX 131072 // a session description may be one of them
#define OWN CW_ROUTE_SESSION

// clang-format off
static const struct cw_field nothing[] = {{0}};

static const struct cw_field description_fields[] = {
    {.name = "type", .type = CW_FIELD_STRING, .required = true, .choices = "offer|answer"},
    {.name = "sdp", .type = CW_FIELD_TEXT, .required = true, .min = 1, .max = SDP_MAX},
    {0},
};

static const struct cw_field session_fields[] = {
    {.name = "endpoint", .type = CW_FIELD_STRING, .max = 64, .doc = "the name that incoming calls ring"},
    {.name = "metadata", .type = CW_FIELD_FREE, .max = METADATA_MAX},
    {0},
};

static const struct cw_field peer_fields[] = {
    {.name = "session", .type = CW_FIELD_STRING, .required = true, .max = 64},
    {.name = "plugin", .type = CW_FIELD_STRING, .required = true, .min = 1, .max = 32},
    {.name = "description", .type = CW_FIELD_OBJECT, .fields = description_fields},
    {.name = "options", .type = CW_FIELD_FREE, .max = OPTIONS_MAX},
    {0},
};

static const struct cw_field call_fields[] = {
    {.name = "to", .type = CW_FIELD_STRING, .required = true, .min = 3, .max = 512},
    {.name = "session", .type = CW_FIELD_STRING, .required = true, .max = 64},
    {.name = "description", .type = CW_FIELD_OBJECT, .required = true, .fields = description_fields},
    {.name = "from", .type = CW_FIELD_STRING, .min = 1, .max = 512},
    {.name = "trunk", .type = CW_FIELD_STRING, .min = 1, .max = 64},
    {.name = "headers", .type = CW_FIELD_HEADERS, .max = 32},
    {.name = "timeout_ms", .type = CW_FIELD_INT, .min = 1000, .max = 3600000},
    {.name = "max_duration_ms", .type = CW_FIELD_INT, .min = 1000, .max = 2592000000},
    {.name = "codecs", .type = CW_FIELD_STRINGS, .max = 12},
    {.name = "metadata", .type = CW_FIELD_FREE, .max = METADATA_MAX},
    {0},
};

static const struct cw_field call_patch_fields[] = {
    {.name = "metadata", .type = CW_FIELD_FREE, .required = true, .max = METADATA_MAX, .doc = "in place of what was"},
    {0},
};

static const struct cw_field answer_fields[] = {
    {.name = "description", .type = CW_FIELD_OBJECT, .required = true, .fields = description_fields},
    {0},
};
static const struct cw_field reject_fields[] = {
    {.name = "status", .type = CW_FIELD_INT, .min = 400, .max = 699, .doc = "SIP status, 603 by default"},
    {0},
};
static const struct cw_field mute_fields[] = {
    {.name = "leg", .type = CW_FIELD_STRING, .choices = "browser|far"},
    {0},
};
static const struct cw_field message_fields[] = {
    {.name = "text", .type = CW_FIELD_TEXT, .required = true, .min = 1, .max = 8192},
    {0},
};

static const struct cw_field dtmf_fields[] = {
    {.name = "digits", .type = CW_FIELD_STRING, .required = true, .max = 64, .doc = "\"\" ends what is being sent"},
    {.name = "duration_ms", .type = CW_FIELD_INT, .min = 40, .max = 6000, .doc = "100 by default"},
    {.name = "gap_ms", .type = CW_FIELD_INT, .min = 30, .max = 6000, .doc = "70 by default"},
    {.name = "method", .type = CW_FIELD_STRING, .choices = "auto|rfc4733|info|inband"},
    {0},
};

// The body of options is the plugin's: it says itself what it does not know.
static int any_object(const json_t *body, struct cw_problem *problem) {
    if (json_is_object(body)) return 0;
    return cw_problem_set(problem, 400, "wrong_type", "", "The body must be an object.");
}
static int anything(const json_t *body, struct cw_problem *problem) {
    (void)body, (void)problem;
    return 0;
}

#define SES CW_SCOPE_SESSIONS
#define CAL CW_SCOPE_CALLS
static const struct cw_route routes[] = {
    {"POST",   "/v1/sessions",               SES, 0,   session_fields, NULL, cw_rest_create_session},
    {"GET",    "/v1/sessions",               SES, 0,   NULL, NULL, cw_rest_list_sessions},
    {"GET",    "/v1/sessions/{id}",          SES, OWN, NULL, NULL, cw_rest_get_session},
    {"DELETE", "/v1/sessions/{id}",          SES, OWN, NULL, NULL, cw_rest_delete_session},
    {"GET",    "/v1/sessions/{id}/events",   SES, OWN | CW_ROUTE_STREAM, NULL, NULL, cw_rest_session_events},
    {"GET",    "/v1/events",                 CW_SCOPE_ADMIN, CW_ROUTE_STREAM, NULL, NULL, cw_rest_node_events},

    {"POST",   "/v1/peers",                  CAL, OWN, peer_fields, NULL, cw_rest_create_peer},
    {"GET",    "/v1/peers",                  CAL, OWN, NULL, NULL, cw_rest_list_peers},
    {"GET",    "/v1/peers/{id}",             CAL, OWN, NULL, NULL, cw_rest_get_peer},
    {"DELETE", "/v1/peers/{id}",             CAL, OWN, NULL, NULL, cw_rest_delete_peer},
    {"PUT",    "/v1/peers/{id}/description", CAL, OWN, description_fields, NULL, cw_rest_put_description},
    {"POST",   "/v1/peers/{id}/candidates",  CAL, OWN, NULL, cw_schema_check_candidates, cw_rest_post_candidates},
    {"GET",    "/v1/peers/{id}/stats",       CAL, OWN, NULL, NULL, cw_rest_get_stats},
    {"GET",    "/v1/peers/{id}/options",     CAL, OWN, NULL, NULL, cw_rest_get_options},
    {"PATCH",  "/v1/peers/{id}/options",     CAL, OWN, NULL, any_object, cw_rest_patch_options},
    {"POST",   "/v1/peers/{id}/dtmf",        CAL, OWN, dtmf_fields, NULL, cw_rest_peer_dtmf},

    {"POST",   "/v1/calls",                  CAL, OWN, call_fields, NULL, cw_rest_create_call},
    {"GET",    "/v1/calls",                  CAL, OWN, NULL, NULL, cw_rest_list_calls},
    {"GET",    "/v1/calls/{id}",             CAL, OWN, NULL, NULL, cw_rest_get_call},
    {"PATCH",  "/v1/calls/{id}",             CAL, OWN, call_patch_fields, NULL, cw_rest_patch_call},
    {"DELETE", "/v1/calls/{id}",             CAL, OWN, NULL, NULL, cw_rest_delete_call},
    {"POST",   "/v1/calls/{id}/answer",      CAL, OWN, answer_fields, NULL, cw_rest_answer},
    {"POST",   "/v1/calls/{id}/ring",        CAL, OWN, nothing, NULL, cw_rest_ring},
    {"POST",   "/v1/calls/{id}/reject",      CAL, OWN, reject_fields, NULL, cw_rest_reject},
    {"POST",   "/v1/calls/{id}/hold",        CAL, OWN, nothing, NULL, cw_rest_hold},
    {"POST",   "/v1/calls/{id}/resume",      CAL, OWN, nothing, NULL, cw_rest_resume},
    {"POST",   "/v1/calls/{id}/mute",        CAL, OWN, mute_fields, NULL, cw_rest_mute},
    {"POST",   "/v1/calls/{id}/unmute",      CAL, OWN, mute_fields, NULL, cw_rest_unmute},
    {"POST",   "/v1/calls/{id}/message",     CAL, OWN, message_fields, NULL, cw_rest_message},
    {"POST",   "/v1/calls/{id}/dtmf",        CAL, OWN, dtmf_fields, NULL, cw_rest_call_dtmf},
    {"POST",   "/v1/calls/{id}/transfer",    CAL, OWN, NULL, anything, cw_rest_later},
    {"POST",   "/v1/calls/{id}/play",        CAL, OWN, NULL, anything, cw_rest_later},
    {"POST",   "/v1/calls/{id}/stop",        CAL, OWN, NULL, anything, cw_rest_later},
    {"POST",   "/v1/calls/{id}/record",      CAL, OWN, NULL, anything, cw_rest_later},

    {"GET",    "/v1",                        CW_SCOPE_ALL, OWN, NULL, NULL, cw_rest_node},
    {"GET",    "/healthz",                   0, CW_ROUTE_OPEN, NULL, NULL, cw_rest_health},
    {"GET",    "/readyz",                    0, CW_ROUTE_OPEN, NULL, NULL, cw_rest_ready},
    {"GET",    "/metrics",                   CW_SCOPE_METRICS, 0, NULL, NULL, cw_rest_metrics},
    {"GET",    "/",                          0, CW_ROUTE_PAGE, NULL, NULL, NULL},
    {"GET",    "/{file...}",                 0, CW_ROUTE_PAGE, NULL, NULL, NULL},
};
// clang-format on

const struct cw_router cw_rest_router = {routes, sizeof routes / sizeof *routes};

int cw_rest_authorize(struct cw_request *request, struct cw_problem *problem) {
    struct cw_session *s = cw_session_find_token(request->node, request->bearer);
    if (!s)
        return cw_problem_set(problem, 401, "unauthorized", NULL,
                              "The token is not known; its session may have ended.");
    if (!(request->match.route->flags & CW_ROUTE_SESSION))
        return cw_problem_set(problem, 403, "session_token", NULL,
                              "A session's token reaches that session's objects only.");
    strcpy(request->session, s->id);
    cw_session_touch(s);
    return 0;
}

void cw_rest_count(struct cw_node *node, uint64_t answers, uint64_t errors) {
    node->metrics.http_requests += answers;
    node->metrics.http_errors += errors;
}
