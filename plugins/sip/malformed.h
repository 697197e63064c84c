// Counts messages that Sofia refuses for their headers; nua does not show its own statistics.
#ifndef CW_SIP_MALFORMED_H
#define CW_SIP_MALFORMED_H

#include "thread.h"

#include <sofia-sip/msg_mclass.h>

// The parser to give to nua (NTATAG_MCLASS), for a stack that runs on this thread. NULL without memory; free it after
// nua.
msg_mclass_t *cw_sip_malformed_new(struct cw_sip_stack *stack);
void cw_sip_malformed_free(msg_mclass_t *parser);

#endif
