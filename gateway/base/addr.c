// Transport addresses.
#include "base/addr.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"

int cw_addr_parse(struct cw_addr *out, const char *ip, uint16_t port) {
    struct cw_addr a;
    memset(&a, 0, sizeof a);
    if (inet_pton(AF_INET, ip, &a.v4.sin_addr) == 1)
        a.sa.sa_family = AF_INET;
    else if (inet_pton(AF_INET6, ip, &a.v6.sin6_addr) == 1)
        a.sa.sa_family = AF_INET6;
    else
        return CW_EFORMAT;
    cw_addr_set_port(&a, port);
    *out = a;
    return 0;
}

bool cw_addr_same_host(const struct cw_addr *a, const struct cw_addr *b) {
    if (a->sa.sa_family != b->sa.sa_family) return false;
    if (a->sa.sa_family == AF_INET) return a->v4.sin_addr.s_addr == b->v4.sin_addr.s_addr;
    return memcmp(&a->v6.sin6_addr, &b->v6.sin6_addr, sizeof a->v6.sin6_addr) == 0;
}

bool cw_addr_equal(const struct cw_addr *a, const struct cw_addr *b) {
    return a->v4.sin_port == b->v4.sin_port && cw_addr_same_host(a, b);
}

uint32_t cw_addr_hash(const struct cw_addr *a) {
    uint32_t h = a->v4.sin_port;
    if (a->sa.sa_family == AF_INET) {
        h ^= a->v4.sin_addr.s_addr;
    } else {
        uint32_t w[4];
        memcpy(w, &a->v6.sin6_addr, sizeof w);
        h ^= w[0] ^ (w[1] * 0x85ebca6bU) ^ (w[2] * 0xc2b2ae35U) ^ w[3];
    }
    h ^= h >> 16;
    h *= 0x7feb352dU;
    h ^= h >> 15;
    h *= 0x846ca68bU;
    return h ^ h >> 16;
}

uint16_t cw_addr_port(const struct cw_addr *a) { return ntohs(a->v4.sin_port); }

void cw_addr_set_port(struct cw_addr *a, uint16_t port) { a->v4.sin_port = htons(port); }

socklen_t cw_addr_len(const struct cw_addr *a) { return a->sa.sa_family == AF_INET6 ? sizeof a->v6 : sizeof a->v4; }

bool cw_addr_is_set(const struct cw_addr *a) { return a->sa.sa_family != AF_UNSPEC; }

bool cw_addr_is_loopback(const struct cw_addr *a) {
    if (a->sa.sa_family == AF_INET) return ntohl(a->v4.sin_addr.s_addr) >> 24 == 127;
    return a->sa.sa_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&a->v6.sin6_addr);
}

bool cw_addr_is_any(const struct cw_addr *a) {
    if (a->sa.sa_family == AF_INET) return a->v4.sin_addr.s_addr == 0;
    return a->sa.sa_family == AF_INET6 && IN6_IS_ADDR_UNSPECIFIED(&a->v6.sin6_addr);
}

const char *cw_addr_ip(const struct cw_addr *a, char *out) {
    const void *ip = a->sa.sa_family == AF_INET6 ? (const void *)&a->v6.sin6_addr : (const void *)&a->v4.sin_addr;
    if (!cw_addr_is_set(a) || !inet_ntop(a->sa.sa_family, ip, out, CW_ADDR_SIZE)) strcpy(out, "-");
    return out;
}

const char *cw_addr_text(const struct cw_addr *a, char *out) {
    char ip[CW_ADDR_SIZE];
    bool v6 = a->sa.sa_family == AF_INET6;
    snprintf(out, CW_ADDR_SIZE, v6 ? "[%.45s]:%u" : "%.45s:%u", cw_addr_ip(a, ip), cw_addr_port(a));
    return out;
}
