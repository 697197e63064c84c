// DNS for Sofia through a relay on loopback.
//
// Sofia's resolver spins for ever when no name server can be reached at all (connect: network is unreachable), which
// would stop all calls for one host name in a URI or Contact. Loopback can always be reached: Sofia asks this relay,
// and the relay asks the servers of /etc/resolv.conf, or answers "server failure". Names of /etc/hosts, which Sofia
// does not read, are answered here.
//
//   nua ──► 127.0.0.1:relay ──► each name server; the first answer goes back
//                  └─ /etc/hosts
#ifndef CW_SIP_DNS_H
#define CW_SIP_DNS_H

#include "sofia.h"

struct cw_sip_dns;

#define CW_SIP_DNS_PATH_SIZE 40

// Sip thread. path: of a resolv.conf for SRESTAG_RESOLV_CONF, there until free. CW_RESULT_FAILED.
int cw_sip_dns_new(struct cw_sip_dns **out, su_root_t *root, char path[CW_SIP_DNS_PATH_SIZE]);
void cw_sip_dns_free(struct cw_sip_dns *dns); // before the root

#endif
