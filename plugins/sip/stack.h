// The sip thread: su_root, one nua stack on fixed ports, the mailbox into it. See call.h and account.h for what lives
// there.
#ifndef CW_SIP_STACK_H
#define CW_SIP_STACK_H

#include <stdint.h>

#include "config.h"
#include "note.h"
#include "table.h"

struct cw_sip_stack;

// What the control thread needs of the stack.
struct cw_sip_stack_options {
    const struct cw_host *host;
    const struct cw_sip_config *config; // outlives the stack
    // Takes a note for the control thread: sip thread, note borrowed.
    void (*deliver)(void *context, const struct cw_sip_note *note);
    void *context;
};

// Starts the thread and waits until its ports are open. CW_RESULT_FAILED with *why (constant text).
int cw_sip_stack_start(struct cw_sip_stack **out, const struct cw_sip_stack_options *options, const char **why);
// Any thread. The note is copied. CW_RESULT_NO_MEMORY.
int cw_sip_stack_post(struct cw_sip_stack *stack, const struct cw_sip_note *note);
// Un-registers, ends what is left and joins the thread; at most a few seconds. NULL is fine.
void cw_sip_stack_stop(struct cw_sip_stack *stack);

#endif
