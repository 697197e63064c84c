// TCP connections: absolute deadlines. libmicrohttpd's own time-out is for silence only; a client that sends a byte
// a second would hold its connection for ever.
#include <stdlib.h>
#include <sys/socket.h>

#include "base/addr.h"
#include "signaling/http_internal.h"

static bool is_loopback(const struct sockaddr *sa) {
    struct cw_addr addr = {0};
    if (sa->sa_family == AF_INET) {
        addr.v4 = *(const struct sockaddr_in *)(const void *)sa;
    } else if (sa->sa_family == AF_INET6) {
        addr.v6 = *(const struct sockaddr_in6 *)(const void *)sa;
        if (IN6_IS_ADDR_V4MAPPED(&addr.v6.sin6_addr)) return addr.v6.sin6_addr.s6_addr[12] == 127;
    }
    return cw_addr_is_loopback(&addr);
}

static struct cw_connection *add_connection(struct cw_http *http, struct MHD_Connection *connection) {
    struct cw_connection *c = calloc(1, sizeof *c);
    if (!c) return NULL;
    c->fd = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    c->loopback = is_loopback(MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr);
    c->deadline = cw_clock_now() + http->request_timeout;
    c->next = http->connections;
    c->prev = &http->connections;
    if (c->next) c->next->prev = &c->next;
    http->connections = c;
    return c;
}

void cw_connection_notify(void *arg, struct MHD_Connection *connection, void **socket_context,
                          enum MHD_ConnectionNotificationCode toe) {
    if (toe == MHD_CONNECTION_NOTIFY_STARTED) {
        *socket_context = add_connection(arg, connection);
        return;
    }
    struct cw_connection *c = *socket_context;
    if (!c) return;
    *c->prev = c->next;
    if (c->next) c->next->prev = c->prev;
    free(c);
    *socket_context = NULL;
}

struct cw_connection *cw_connection_of(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info ? info->socket_context : NULL;
}

// libmicrohttpd owns the descriptor: it sees the end and closes it.
static void shut(struct cw_connection *c) {
    shutdown(c->fd, SHUT_RDWR);
    c->deadline = CW_NEVER;
}

void cw_connection_sweep(struct cw_http *http, cw_time now) {
    for (struct cw_connection *c = http->connections; c; c = c->next) {
        if (now >= c->deadline) shut(c);
    }
}

void cw_connection_shut_all(struct cw_http *http) {
    for (struct cw_connection *c = http->connections; c; c = c->next) shut(c);
}
