// Digest for Sofia's requests, by a plugin for its authentication client. Credentials are used once each time they are
// given: a challenge inside a dialog comes back to us before anything is answered (CVE-2021-41158).
#ifndef CW_SIP_AUTH_H
#define CW_SIP_AUTH_H

#include "digest.h"
#include "sofia.h"

// Once per process, before the first nua. CW_RESULT_FAILED if this Sofia does not take it.
int cw_sip_auth_install(void);

// Finds the challenge of 401 or 407 that realm ("" for any) may make and that can be answered, the strongest first.
// CW_RESULT_NOT_FOUND.
int cw_sip_auth_find(const sip_t *sip, const char *realm, struct cw_sip_challenge *out);

// Answers the challenge: the request that waits in nh goes out again.
int cw_sip_auth_answer(nua_handle_t *nh, const struct cw_sip_challenge *challenge,
                       const struct cw_sip_credentials *credentials);
// Gives up the request that waits.
void cw_sip_auth_refuse(nua_handle_t *nh);

#endif
