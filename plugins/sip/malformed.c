// Counts messages that Sofia refuses for their headers: a copy of its message class with another body function, which
// is called when the headers of a message have been parsed.
#include "malformed.h"

#include <stdlib.h>

#include <sofia-sip/sip_parser.h>
#include <sofia-sip/sip_util.h>

// The parser gets no argument of ours, and belongs to the thread of one stack.
static _Thread_local struct cw_sip_stack *stack_here;

static issize_t extract_body(msg_t *msg, msg_pub_t *message, char bytes[], isize_t len, int end) {
    sip_t *sip = (sip_t *)message;
    bool first = !(sip->sip_flags & MSG_FLG_BODY);
    if (first && stack_here && (sip->sip_error || sip_sanity_check(sip) < 0)) cw_sip_count(stack_here, "malformed");
    return sip_default_mclass()->mc_extract_body(msg, message, bytes, len, end);
}

msg_mclass_t *cw_sip_malformed_new(struct cw_sip_stack *stack) {
    msg_mclass_t *parser = msg_mclass_clone(sip_default_mclass(), 0, 0);
    if (!parser) return NULL;
    parser->mc_extract_body = extract_body;
    stack_here = stack;
    return parser;
}

void cw_sip_malformed_free(msg_mclass_t *parser) { free(parser); }
