// Accounts: registration at a PBX or trunk, OPTIONS pings, and who may ask for their passwords. Sip thread.
#ifndef CW_SIP_ACCOUNT_H
#define CW_SIP_ACCOUNT_H

#include "thread.h"

// Starts registrations and pings of all configured accounts. CW_RESULT_NO_MEMORY.
int cw_sip_accounts_start(struct cw_sip_stack *stack);
// Un-registers.
void cw_sip_accounts_stop(struct cw_sip_stack *stack);
// Is an un-REGISTER still waiting for its answer?
bool cw_sip_accounts_are_busy(const struct cw_sip_stack *stack);
void cw_sip_accounts_fini(struct cw_sip_stack *stack);

struct cw_sip_account *cw_sip_account_find(const struct cw_sip_stack *stack, const char *name);
const struct cw_sip_account_config *cw_sip_account_config_of(const struct cw_sip_account *account);
// What marks our Contacts at this account, so that its requests are known whatever address they come from. Random, so
// that no one else can claim to be it.
const char *cw_sip_account_token(const struct cw_sip_account *account);
// The account that a request came by: from its own Contact, else from its source. NULL: none.
const struct cw_sip_account *cw_sip_account_of_request(const struct cw_sip_stack *stack, const sip_t *sip,
                                                       const char *source);
// Route of its initial requests: "" or "<sip:…;lr>".
void cw_sip_account_route(const struct cw_sip_account *account, const char *uri, char out[CW_SIP_ROUTE_SIZE]);

// Handles a 401 or 407 to a request of the account. in_dialog: the request went where the far side said, not where the
// configuration does. tries counts per request. True: the request goes out again.
bool cw_sip_account_authorize(struct cw_sip_account *account, const struct cw_sip_event *event, bool in_dialog,
                              unsigned *tries);

#endif
