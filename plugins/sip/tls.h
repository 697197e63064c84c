// Certificate files in the form that Sofia wants them: a directory with agent.pem and cafile.pem.
#ifndef CW_SIP_TLS_H
#define CW_SIP_TLS_H

#include "config.h"

#define CW_SIP_TLS_DIRECTORY_SIZE 64

// Makes a directory that only this user can read. CW_RESULT_FAILED.
int cw_sip_tls_prepare(const struct cw_sip_config *config, char directory[CW_SIP_TLS_DIRECTORY_SIZE]);
// Removes it; Sofia has read it by then. "" is fine.
void cw_sip_tls_clean(const char *directory);

#endif
