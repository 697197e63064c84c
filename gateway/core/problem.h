// What goes wrong for the API's caller: the content of an RFC 9457 problem document.
#ifndef CW_CORE_PROBLEM_H
#define CW_CORE_PROBLEM_H

#include <jansson.h>

struct cw_problem {
    int status;        // HTTP
    char code[40];     // stable, snake_case
    char detail[240];  // one sentence for a person
    char pointer[96];  // JSON Pointer of the field at fault (RFC 6901), or ""
    char allow[64];    // 405: the methods that exist here
    int retry_after_s; // 429, 503; 0: none
    int sip_status;    // a SIP failure, or 0
    char sip_reason[64];
};

// Fills the problem (retry_after_s of 429 and 503: 5) and returns CW_EINVAL, so that a handler can `return
// cw_problem_set(…)`. pointer may be NULL.
int cw_problem_set(struct cw_problem *p, int status, const char *code, const char *pointer, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));

// The document: type, title, status, detail, code and what else is set. New reference; NULL without memory.
json_t *cw_problem_json(const struct cw_problem *p);

#endif
