// DNS for Sofia through a relay on loopback. Messages are RFC 1035's; only their ids and flags are read here, their
// questions in hosts.c.
#include "dns.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/rand.h>

#include "cw_plugin.h"
#include "hosts.h"

#define SERVERS_MAX 3
#define QUERIES_MAX 256u // the oldest is forgotten
#define HEADER_BYTES 12

struct query {
    struct sockaddr_in from;
    uint8_t client_id[2], id[2];
    bool used;
};

// One end of the relay.
struct end {
    int fd, index; // index: of su_root's registration, or -1
    su_wait_t wait[1];
};

struct cw_sip_dns {
    su_root_t *root;
    struct end client, server;
    bool v6; // the server end takes both families
    int file;
    struct query queries[QUERIES_MAX];
    unsigned next;
};

// ---------------------------------------------------------------- name servers

static bool parse_server(const char *text, bool v6, struct sockaddr_storage *out) {
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)out;
    struct sockaddr_in *four = (struct sockaddr_in *)out;
    char mapped[80];
    memset(out, 0, sizeof *out);
    if (!v6) {
        four->sin_family = AF_INET;
        four->sin_port = htons(53);
        return inet_pton(AF_INET, text, &four->sin_addr) == 1;
    }
    snprintf(mapped, sizeof mapped, "%s%.64s", strchr(text, ':') ? "" : "::ffff:", text);
    six->sin6_family = AF_INET6;
    six->sin6_port = htons(53);
    return inet_pton(AF_INET6, mapped, &six->sin6_addr) == 1;
}

// Read again for each query, which are few: the file changes when the network does.
static size_t read_servers(bool v6, struct sockaddr_storage servers[SERVERS_MAX]) {
    char line[256], text[80];
    size_t count = 0;
    FILE *file = fopen("/etc/resolv.conf", "re");
    if (!file) return 0;
    while (count < SERVERS_MAX && fgets(line, sizeof line, file))
        if (sscanf(line, " nameserver %79s", text) == 1 && parse_server(text, v6, &servers[count])) count++;
    fclose(file);
    return count;
}

static bool is_server(bool v6, const struct sockaddr_storage *from) {
    struct sockaddr_storage servers[SERVERS_MAX];
    size_t count = read_servers(v6, servers);
    for (size_t i = 0; i < count; i++) {
        const struct sockaddr_in6 *a6 = (const struct sockaddr_in6 *)&servers[i], *b6 = (const void *)from;
        const struct sockaddr_in *a4 = (const struct sockaddr_in *)&servers[i], *b4 = (const void *)from;
        if (v6 && a6->sin6_port == b6->sin6_port && memcmp(&a6->sin6_addr, &b6->sin6_addr, 16) == 0) return true;
        if (!v6 && a4->sin_port == b4->sin_port && a4->sin_addr.s_addr == b4->sin_addr.s_addr) return true;
    }
    return false;
}

// ---------------------------------------------------------------- both ways

static void reply(struct cw_sip_dns *dns, const struct query *query, uint8_t *message, size_t len) {
    memcpy(message, query->client_id, 2);
    sendto(dns->client.fd, message, len, 0, (const struct sockaddr *)&query->from, sizeof query->from);
}

static void forward(struct cw_sip_dns *dns, struct query *query, uint8_t *message, size_t len) {
    struct sockaddr_storage servers[SERVERS_MAX];
    size_t count = read_servers(dns->v6, servers);
    bool sent = false;
    RAND_bytes(query->id, sizeof query->id);
    memcpy(message, query->id, 2);
    for (size_t i = 0; i < count; i++)
        sent |= sendto(dns->server.fd, message, len, 0, (const struct sockaddr *)&servers[i],
                       dns->v6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in)) == (ssize_t)len;
    query->used = sent;
    if (sent) return;
    message[2] |= 0x80; // a response
    message[3] = 2;     // server failure
    reply(dns, query, message, len);
}

// Read again for each query, as the servers are.
static bool answer_by_hosts(struct cw_sip_dns *dns, const struct query *query, const uint8_t *message, size_t len) {
    uint8_t answer[CW_SIP_HOSTS_ANSWER_MAX];
    FILE *hosts = fopen("/etc/hosts", "re");
    int answer_len = cw_sip_hosts_answer(hosts, message, len, answer);
    if (hosts) fclose(hosts);
    if (answer_len < 0) return false;
    reply(dns, query, answer, (size_t)answer_len);
    return true;
}

static int on_client(su_root_magic_t *stack, su_wait_t *wait, su_wakeup_arg_t *arg) {
    struct cw_sip_dns *dns = (struct cw_sip_dns *)arg;
    struct query query = {0};
    uint8_t message[2048];
    socklen_t from_len = sizeof query.from;
    (void)stack;
    (void)wait;
    ssize_t len =
        recvfrom(dns->client.fd, message, sizeof message, MSG_DONTWAIT, (struct sockaddr *)&query.from, &from_len);
    if (len < HEADER_BYTES || (message[2] & 0x80)) return 0;
    memcpy(query.client_id, message, 2);
    if (answer_by_hosts(dns, &query, message, (size_t)len)) return 0;
    struct query *slot = &dns->queries[dns->next++ % QUERIES_MAX];
    *slot = query;
    forward(dns, slot, message, (size_t)len);
    return 0;
}

static int on_server(su_root_magic_t *stack, su_wait_t *wait, su_wakeup_arg_t *arg) {
    struct cw_sip_dns *dns = (struct cw_sip_dns *)arg;
    struct sockaddr_storage from;
    uint8_t message[4096];
    socklen_t from_len = sizeof from;
    (void)stack;
    (void)wait;
    ssize_t len = recvfrom(dns->server.fd, message, sizeof message, MSG_DONTWAIT, (struct sockaddr *)&from, &from_len);
    if (len < HEADER_BYTES || !is_server(dns->v6, &from)) return 0;
    for (size_t i = 0; i < QUERIES_MAX; i++) {
        struct query *query = &dns->queries[i];
        if (!query->used || memcmp(query->id, message, 2) != 0) continue;
        query->used = false;
        reply(dns, query, message, (size_t)len);
        break;
    }
    return 0;
}

// ---------------------------------------------------------------- lifetime

static int open_end(struct cw_sip_dns *dns, struct end *end, su_wakeup_f on_readable) {
    if (end->fd < 0 || su_wait_create(end->wait, end->fd, SU_WAIT_IN) < 0) return CW_RESULT_FAILED;
    end->index = su_root_register(dns->root, end->wait, on_readable, (su_wakeup_arg_t *)dns, su_pri_normal);
    return end->index < 0 ? CW_RESULT_FAILED : 0;
}

static void close_end(struct cw_sip_dns *dns, struct end *end) {
    if (end->index >= 0) su_root_deregister(dns->root, end->index);
    if (end->fd >= 0) close(end->fd);
}

static int open_sockets(struct cw_sip_dns *dns, unsigned *port) {
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof here;
    int off = 0;
    dns->client.fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (dns->client.fd < 0 || bind(dns->client.fd, (struct sockaddr *)&here, len) < 0 ||
        getsockname(dns->client.fd, (struct sockaddr *)&here, &len) < 0)
        return CW_RESULT_FAILED;
    *port = ntohs(here.sin_port);
    dns->server.fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    dns->v6 = dns->server.fd >= 0 && setsockopt(dns->server.fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off) == 0;
    if (dns->server.fd < 0) dns->server.fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    return 0;
}

// The system's file with the relay for its servers, in memory.
static int write_file(struct cw_sip_dns *dns, unsigned port, char path[CW_SIP_DNS_PATH_SIZE]) {
    char line[1024];
    dns->file = memfd_create("causeway-resolv", MFD_CLOEXEC);
    if (dns->file < 0) return CW_RESULT_FAILED;
    dprintf(dns->file, "port %u\nnameserver 127.0.0.1\n", port);
    FILE *file = fopen("/etc/resolv.conf", "re");
    while (file && fgets(line, sizeof line, file))
        if (strncmp(line, "search", 6) == 0 || strncmp(line, "domain", 6) == 0 || strncmp(line, "options", 7) == 0)
            dprintf(dns->file, "%s\n", line);
    if (file) fclose(file);
    snprintf(path, CW_SIP_DNS_PATH_SIZE, "/proc/self/fd/%d", dns->file);
    return 0;
}

int cw_sip_dns_new(struct cw_sip_dns **out, su_root_t *root, char path[CW_SIP_DNS_PATH_SIZE]) {
    struct cw_sip_dns *dns = calloc(1, sizeof *dns);
    unsigned port;
    if (!dns) return CW_RESULT_NO_MEMORY;
    dns->root = root;
    dns->file = -1;
    dns->client = dns->server = (struct end){.fd = -1, .index = -1};
    if (open_sockets(dns, &port) < 0 || open_end(dns, &dns->client, on_client) < 0 ||
        open_end(dns, &dns->server, on_server) < 0 || write_file(dns, port, path) < 0) {
        cw_sip_dns_free(dns);
        return CW_RESULT_FAILED;
    }
    *out = dns;
    return 0;
}

void cw_sip_dns_free(struct cw_sip_dns *dns) {
    if (!dns) return;
    close_end(dns, &dns->client);
    close_end(dns, &dns->server);
    if (dns->file >= 0) close(dns->file);
    free(dns);
}
