// Which of this machine's addresses a peer sees: the kernel is asked by connecting a UDP socket.
#include "address.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int address_towards(const char *destination, char out[CW_SIP_ADDRESS_SIZE]) {
    struct addrinfo *to = NULL, hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_DGRAM, .ai_flags = AI_NUMERICHOST};
    struct sockaddr_storage local;
    socklen_t len = sizeof local;
    if (getaddrinfo(destination, "9", &hints, &to) != 0) return -1;
    int fd = socket(to->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    int result =
        fd >= 0 && connect(fd, to->ai_addr, to->ai_addrlen) == 0 &&
                getsockname(fd, (struct sockaddr *)&local, &len) == 0 &&
                getnameinfo((struct sockaddr *)&local, len, out, CW_SIP_ADDRESS_SIZE, NULL, 0, NI_NUMERICHOST) == 0
            ? 0
            : -1;
    if (fd >= 0) close(fd);
    freeaddrinfo(to);
    return result;
}

void cw_sip_local_address(const char *destination, char out[CW_SIP_ADDRESS_SIZE]) {
    char bare[CW_SIP_ADDRESS_SIZE] = "";
    if (destination) snprintf(bare, sizeof bare, "%s", destination + (destination[0] == '['));
    bare[strcspn(bare, "]")] = 0;
    if (bare[0] && address_towards(bare, out) == 0) return;
    if (address_towards("192.0.2.1", out) == 0) return; // TEST-NET-1: never local, so the default route's
    strcpy(out, "127.0.0.1");
}

bool cw_sip_address_is_private(const char *address) {
    struct in_addr in;
    if (inet_pton(AF_INET, address, &in) != 1) return false;
    uint32_t value = ntohl(in.s_addr);
    return value >> 24 == 10 || value >> 20 == 0xac1 || value >> 16 == 0xc0a8 || value >> 22 == 0x64400000u >> 22;
}

static bool can_bind(const struct addrinfo *at, int type) {
    int on = 1, fd = socket(at->ai_family, type | SOCK_CLOEXEC, 0);
    if (fd < 0) return false;
    if (type == SOCK_STREAM) setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    bool fine = bind(fd, at->ai_addr, at->ai_addrlen) == 0;
    close(fd);
    return fine;
}

bool cw_sip_port_is_free(const char *address, unsigned port) {
    struct addrinfo *at = NULL, hints = {.ai_family = address[0] ? AF_UNSPEC : AF_INET,
                                         .ai_socktype = SOCK_DGRAM,
                                         .ai_flags = AI_NUMERICHOST | AI_PASSIVE};
    char service[8];
    snprintf(service, sizeof service, "%u", port);
    if (getaddrinfo(address[0] ? address : NULL, service, &hints, &at) != 0) return false;
    bool fine = can_bind(at, SOCK_DGRAM) && can_bind(at, SOCK_STREAM);
    freeaddrinfo(at);
    return fine;
}
