// Frees what Sofia forgets of a TLS connection.
#ifndef CW_SIP_TLS_FREE_H
#define CW_SIP_TLS_FREE_H

struct cw_sip_stack;

// Sip thread, before its first connection: from now on the SSLs of this thread are freed with their connections;
// servers whose certificates were not to be trusted are logged then. CW_RESULT_NO_MEMORY.
int cw_sip_tls_free_install(const struct cw_sip_stack *stack);

#endif
