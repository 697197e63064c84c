// A transport address: IPv4 or IPv6 and a UDP/TCP port. A plain value; copy it freely.
#ifndef CW_BASE_ADDR_H
#define CW_BASE_ADDR_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cw_addr {
    union {
        struct sockaddr sa;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    };
}; // all zero: no address

#define CW_ADDR_SIZE 56 // "[v6]:port" and its NUL

// From "192.0.2.1" or "2001:db8::1" (no name, no brackets). CW_EFORMAT if it is not an address.
int cw_addr_parse(struct cw_addr *out, const char *ip, uint16_t port);
bool cw_addr_equal(const struct cw_addr *a, const struct cw_addr *b);
bool cw_addr_same_host(const struct cw_addr *a, const struct cw_addr *b);
uint32_t cw_addr_hash(const struct cw_addr *a);
uint16_t cw_addr_port(const struct cw_addr *a);
void cw_addr_set_port(struct cw_addr *a, uint16_t port);
socklen_t cw_addr_len(const struct cw_addr *a);
bool cw_addr_is_set(const struct cw_addr *a);
bool cw_addr_is_loopback(const struct cw_addr *a);
bool cw_addr_is_any(const struct cw_addr *a);
// "192.0.2.1" without the port; "192.0.2.1:5060" or "[2001:db8::1]:5060". Return out (CW_ADDR_SIZE bytes).
const char *cw_addr_ip(const struct cw_addr *a, char *out);
const char *cw_addr_text(const struct cw_addr *a, char *out);

#endif
