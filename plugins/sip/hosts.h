// Names of /etc/hosts, answered to Sofia's resolver in place of a name server (RFC 1035 messages).
#ifndef CW_SIP_HOSTS_H
#define CW_SIP_HOSTS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

// The longest answer written.
#define CW_SIP_HOSTS_ANSWER_MAX 512

// Is the question of this query about a name that hosts (a stream in the form of hosts(5), read from its beginning)
// has? Then the answer goes to out and its length is returned: its addresses for A and AAAA, no record for any other
// type, and for SRV names (_sip._udp.NAME) none either, so that no name server is asked about it. CW_RESULT_NOT_FOUND:
// a name server may know. CW_RESULT_INVALID: not a query with one question.
int cw_sip_hosts_answer(FILE *hosts, const uint8_t *query, size_t len, uint8_t out[CW_SIP_HOSTS_ANSWER_MAX]);

// An IPv6 address in [] as a name that cw_sip_hosts_answer knows whatever the file says: [2001:db8::1] is
// 20010db8000000000000000000000001.ip6.invalid. CW_RESULT_INVALID: it is none.
#define CW_SIP_HOSTS_NAME_SIZE 48
int cw_sip_hosts_name_of(const char *host, char out[CW_SIP_HOSTS_NAME_SIZE]);

#endif
