// Which of this machine's addresses a peer sees.
#ifndef CW_SIP_ADDRESS_H
#define CW_SIP_ADDRESS_H

#include <stdbool.h>

#define CW_SIP_ADDRESS_SIZE 64

// The local address that packets to destination (an IPv4 or IPv6 address, with or without []) leave from; for a name or
// NULL the one of the default route, or loopback if there is none. Does not block, sends nothing.
void cw_sip_local_address(const char *destination, char out[CW_SIP_ADDRESS_SIZE]);

// An IPv4 address that no one outside of its network reaches (RFC 1918, RFC 6598)?
bool cw_sip_address_is_private(const char *address);

// Can UDP and TCP be opened at address ("": all) and port?
bool cw_sip_port_is_free(const char *address, unsigned port);

#endif
