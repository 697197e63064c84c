// Frees what Sofia forgets of a TLS connection.
#ifndef CW_SIP_TLS_FREE_H
#define CW_SIP_TLS_FREE_H

// Sip thread, before its first connection: from now on the SSLs of this thread are freed with their connections.
// CW_RESULT_NO_MEMORY.
int cw_sip_tls_free_install(void);

#endif
