// Causes and SIP statuses (RFC 3261 §21).
#include "core/cause.h"

#include <stddef.h>
#include <string.h>

static const struct {
    int status;
    const char *code;
} by_status[] = {
    {400, "bad_request"},    {401, "unauthorized"},   {403, "forbidden"},       {404, "not_found"},
    {405, "not_allowed"},    {407, "unauthorized"},   {408, "no_answer"},       {410, "gone"},
    {415, "not_acceptable"}, {480, "unavailable"},    {481, "call_lost"},       {482, "loop"},
    {483, "too_many_hops"},  {484, "bad_number"},     {485, "ambiguous"},       {486, "busy"},
    {487, "cancelled"},      {488, "not_acceptable"}, {491, "request_pending"}, {500, "server_error"},
    {501, "not_supported"},  {502, "server_error"},   {503, "unavailable"},     {504, "server_timeout"},
    {600, "busy"},           {603, "declined"},       {604, "not_found"},       {606, "not_acceptable"},
};

const char *cw_cause_of_status(int sip_status) {
    for (size_t i = 0; i < sizeof by_status / sizeof *by_status; i++) {
        if (by_status[i].status == sip_status) return by_status[i].code;
    }
    if (sip_status >= 600) return "declined";
    if (sip_status >= 500) return "server_error";
    if (sip_status >= 400) return "refused";
    if (sip_status >= 300) return "redirected";
    return "hangup";
}

int cw_cause_status(const char *code) {
    static const struct {
        const char *code;
        int status;
    } table[] = {
        {"timeout", 480},         {"session_ended", 480}, {"shutdown", 503},     {"not_acceptable", 488},
        {"no_common_codec", 488}, {"hangup", 603},        {"server_error", 500},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        if (strcmp(table[i].code, code) == 0) return table[i].status;
    }
    return 480;
}
