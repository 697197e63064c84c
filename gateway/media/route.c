// Choosing local addresses.
#include "media/route.h"

#include <ifaddrs.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/err.h"

// A connected UDP socket has the source address that the kernel would use.
static int source_for(const struct cw_addr *remote, struct cw_addr *out) {
    struct cw_addr to = *remote, local = {0};
    socklen_t len = sizeof local;
    int fd = socket(to.sa.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return CW_EIO;
    if (!cw_addr_port(&to)) cw_addr_set_port(&to, 9);
    int err = connect(fd, &to.sa, cw_addr_len(&to)) || getsockname(fd, &local.sa, &len) ? CW_EIO : 0;
    close(fd);
    if (err) return err;
    cw_addr_set_port(&local, 0);
    *out = local;
    return 0;
}

static int default_source(struct cw_addr *out) {
    static const char *const anywhere[] = {"192.0.2.1", "2001:db8::1", "127.0.0.1"}; // RFC 5737, RFC 3849
    for (size_t i = 0; i < 3; i++) {
        struct cw_addr to;
        if (cw_addr_parse(&to, anywhere[i], 9) == 0 && source_for(&to, out) == 0) return 0;
    }
    return CW_EIO;
}

int cw_route_local(const struct cw_routes *routes, const struct cw_addr *remote, struct cw_addr *out) {
    struct cw_addr local;
    bool known = cw_addr_is_set(remote) && !cw_addr_is_any(remote);
    const struct cw_addr *fixed = &routes->fixed[known && remote->sa.sa_family == AF_INET6];
    if (cw_addr_is_set(fixed)) {
        local = *fixed;
    } else {
        int err = known ? source_for(remote, &local) : default_source(&local);
        if (err) return err;
    }
    for (size_t i = 0; i < routes->count; i++) {
        if (cw_addr_same_host(&routes->local[i], &local) && cw_addr_is_set(&routes->advertised[i]) &&
            !cw_addr_is_loopback(&local)) {
            local = routes->advertised[i];
            break;
        }
    }
    cw_addr_set_port(&local, 0);
    *out = local;
    return 0;
}

static bool useful(const struct ifaddrs *i, struct cw_addr *addr) {
    if (!i->ifa_addr || !(i->ifa_flags & IFF_UP)) return false;
    memset(addr, 0, sizeof *addr);
    if (i->ifa_addr->sa_family == AF_INET)
        memcpy(&addr->v4, i->ifa_addr, sizeof addr->v4);
    else if (i->ifa_addr->sa_family == AF_INET6)
        memcpy(&addr->v6, i->ifa_addr, sizeof addr->v6);
    else
        return false;
    return addr->sa.sa_family == AF_INET || !IN6_IS_ADDR_LINKLOCAL(&addr->v6.sin6_addr);
}

size_t cw_route_machine_addresses(struct cw_addr *out, size_t max) {
    struct ifaddrs *list = NULL;
    size_t count = 0;
    if (getifaddrs(&list) == 0) {
        for (const struct ifaddrs *i = list; i && count < max; i = i->ifa_next) {
            if (useful(i, &out[count]) && !cw_addr_is_loopback(&out[count])) count++;
        }
        freeifaddrs(list);
    }
    if (count == 0 && max > 0 && cw_addr_parse(&out[0], "127.0.0.1", 0) == 0) count = 1;
    return count;
}
