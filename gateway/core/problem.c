// Problem documents (RFC 9457).
#include "core/problem.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/err.h"

#define RETRY_AFTER_S 5

struct title {
    int status;
    const char *text;
};

static const struct title titles[] = {
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {422, "Unprocessable Content"},
    {426, "Upgrade Required"},
    {429, "Too Many Requests"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
};

static const char *title_of(int status) {
    for (size_t i = 0; i < sizeof titles / sizeof *titles; i++) {
        if (titles[i].status == status) return titles[i].text;
    }
    return status < 500 ? "Request Failed" : "Server Error";
}

// Cuts a byte sequence that snprintf left incomplete at the end: JSON text must be valid UTF-8.
static void trim_utf8(char *text) {
    size_t len = strlen(text), tail = 0;
    while (tail < len && tail < 4 && ((unsigned char)text[len - 1 - tail] & 0xc0) == 0x80) tail++;
    if (tail == len) {
        if (len) text[0] = '\0';
        return;
    }
    unsigned char lead = (unsigned char)text[len - 1 - tail];
    size_t want = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : lead >= 0xc0 ? 1 : 0;
    if (tail != want) text[len - 1 - tail] = '\0';
}

int cw_problem_set(struct cw_problem *p, int status, const char *code, const char *pointer, const char *fmt, ...) {
    va_list ap;
    *p = (struct cw_problem){.status = status};
    if (status == 429 || status == 503) p->retry_after_s = RETRY_AFTER_S;
    cw_strlcpy(p->code, code, sizeof p->code);
    cw_strlcpy(p->pointer, pointer, sizeof p->pointer);
    trim_utf8(p->pointer);
    va_start(ap, fmt);
    vsnprintf(p->detail, sizeof p->detail, fmt, ap);
    va_end(ap);
    trim_utf8(p->detail);
    return CW_EINVAL;
}

// A text that is not UTF-8 (a SIP reason phrase, say) is told with '?' in place of what is not ASCII.
static json_t *text_json(const char *text) {
    json_t *json = json_string(text);
    if (json) return json;
    char ascii[256];
    cw_strlcpy(ascii, text, sizeof ascii);
    for (char *c = ascii; *c; c++) {
        if ((unsigned char)*c >= 0x80) *c = '?';
    }
    return json_string(ascii);
}

json_t *cw_problem_json(const struct cw_problem *p) {
    json_t *doc = json_pack("{s:s, s:s, s:i, s:o, s:s}", "type", "about:blank", "title", title_of(p->status), "status",
                            p->status, "detail", text_json(p->detail), "code", p->code);
    if (!doc) return NULL;
    int failed = 0;
    if (p->pointer[0]) failed |= json_object_set_new(doc, "pointer", text_json(p->pointer));
    if (p->sip_status) {
        failed |= json_object_set_new(
            doc, "sip", json_pack("{s:i, s:o}", "status", p->sip_status, "reason", text_json(p->sip_reason)));
    }
    if (!failed) return doc;
    json_decref(doc);
    return NULL;
}
