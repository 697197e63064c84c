// For tests of the SIP plugin: a phone that is a bare UDP socket.
#include <arpa/inet.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "sip_fake.h"

static int64_t now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void phone_open(struct phone *phone, int gateway_port) { phone_open_at(phone, gateway_port, "127.0.0.1"); }

void phone_open_at(struct phone *phone, int gateway_port, const char *at) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = inet_addr(at)};
    socklen_t len = sizeof address;
    memset(phone, 0, sizeof *phone);
    phone->gateway_port = gateway_port;
    phone->address = at;
    phone->to_params = "";
    phone->fd = socket(AF_INET, SOCK_DGRAM, 0);
    if (bind(phone->fd, (struct sockaddr *)&address, len) < 0) abort();
    getsockname(phone->fd, (struct sockaddr *)&address, &len);
    phone->port = ntohs(address.sin_port);
}

void phone_close(struct phone *phone) { close(phone->fd); }

void phone_send_bytes(struct phone *phone, const void *bytes, size_t len) {
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)phone->gateway_port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (sendto(phone->fd, bytes, len, 0, (struct sockaddr *)&to, sizeof to) < 0) perror("sendto");
}

void phone_send(struct phone *phone, const char *fmt, ...) {
    static char text[65536];
    va_list list;
    va_start(list, fmt);
    int len = vsnprintf(text, sizeof text, fmt, list);
    va_end(list);
    if (getenv("SIP_TEST_TRACE")) fprintf(stderr, "<<<<\n%s\n", text);
    phone_send_bytes(phone, text, (size_t)len);
}

bool phone_wait(struct phone *phone, const char *prefix, int ms) {
    int64_t end = now_ms() + ms;
    while (now_ms() < end) {
        struct pollfd poller = {.fd = phone->fd, .events = POLLIN};
        fake_run(1);
        if (poll(&poller, 1, 2) <= 0) continue;
        ssize_t len = recv(phone->fd, phone->in, sizeof phone->in - 1, 0);
        phone->in[len > 0 ? len : 0] = 0;
        if (getenv("SIP_TEST_TRACE")) fprintf(stderr, ">>>>\n%s\n", phone->in);
        if (strncmp(phone->in, prefix, strlen(prefix)) == 0) return true;
    }
    return false;
}

static const char *header_in(const char *message, const char *name) {
    static char values[8][2048];
    static int next;
    char *value = values[next++ % 8];
    size_t len = strlen(name);
    value[0] = 0;
    for (const char *line = message; (line = strstr(line, "\r\n")) && strncmp(line, "\r\n\r\n", 4) != 0;) {
        line += 2;
        if (strncasecmp(line, name, len) != 0 || line[len] != ':') continue;
        snprintf(value, 2048, "%.*s", (int)strcspn(line + len + 1, "\r\n"), line + len + 1);
        memmove(value, value + strspn(value, " "), strlen(value + strspn(value, " ")) + 1);
        break;
    }
    return value;
}

const char *phone_header(const struct phone *phone, const char *name) { return header_in(phone->in, name); }

const char *phone_body(const struct phone *phone) {
    const char *body = strstr(phone->in, "\r\n\r\n");
    return body ? body + 4 : "";
}

const char *phone_to_tag(const struct phone *phone) {
    const char *tag = strstr(phone_header(phone, "To"), ";tag=");
    return tag ? tag : "";
}

void phone_reply(struct phone *phone, const char *status, const char *extra, const char *sdp) {
    char to[2048];
    snprintf(to, sizeof to, "%s", phone_header(phone, "To"));
    bool trying = strncmp(status, "100", 3) == 0;
    phone_send(phone,
               "SIP/2.0 %s\r\nVia: %s\r\nFrom: %s\r\nTo: %s%s\r\nCall-ID: %s\r\nCSeq: %s\r\n"
               "Contact: <sip:phone@127.0.0.1:%d>\r\n%s%sContent-Length: %zu\r\n\r\n%s",
               status, phone_header(phone, "Via"), phone_header(phone, "From"), to,
               trying || strstr(to, ";tag=") ? "" : ";tag=phone", phone_header(phone, "Call-ID"),
               phone_header(phone, "CSeq"), phone->port, extra, sdp ? "Content-Type: application/sdp\r\n" : "",
               sdp ? strlen(sdp) : (size_t)0, sdp ? sdp : "");
}

void phone_request(struct phone *phone, const char *method, const char *call, const char *to_tag, const char *extra,
                   const char *body) {
    bool ack = strcmp(method, "ACK") == 0 || strcmp(method, "CANCEL") == 0;
    char contact[80];
    if (!ack) phone->cseq++;
    snprintf(contact, sizeof contact, "%s:%d", phone->address, phone->port);
    phone_send(phone,
               "%s sip:alice@127.0.0.1:%d%s SIP/2.0\r\nVia: SIP/2.0/UDP %s:%d;branch=z9hG4bK%s%d%s;rport\r\n"
               "Max-Forwards: 70\r\nFrom: \"Phone \\\"1\\\"\" <sip:phone@127.0.0.1>;tag=%s\r\n"
               "To: <sip:alice@127.0.0.1>%s\r\nCall-ID: %s@phone\r\nCSeq: %d %s\r\n"
               "Contact: <sip:phone@%s>\r\n%sContent-Length: %zu\r\n\r\n%s",
               method, phone->gateway_port, phone->to_params, phone->address, phone->port, call, phone->cseq,
               strcmp(method, "ACK") == 0 && to_tag[0] ? "ack" : "", call, to_tag, call, phone->cseq, method,
               phone->contact ? phone->contact : contact, extra, body ? strlen(body) : (size_t)0, body ? body : "");
}

void phone_callee_request(struct phone *phone, const char *invite, const char *method, int cseq, const char *extra,
                          const char *body) {
    char target[512] = "";
    const char *contact = header_in(invite, "Contact"), *open = strchr(contact, '<');
    if (open) snprintf(target, sizeof target, "%.*s", (int)strcspn(open + 1, ">"), open + 1);
    const char *to = header_in(invite, "To");
    phone_send(phone,
               "%s %s SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:%d;branch=z9hG4bKcallee%d%s;rport\r\nMax-Forwards: 70\r\n"
               "From: %s%s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %d %s\r\nContact: <sip:phone@127.0.0.1:%d>\r\n"
               "%sContent-Length: %zu\r\n\r\n%s",
               method, target, phone->port, cseq, method, to, strstr(to, ";tag=") ? "" : ";tag=phone",
               header_in(invite, "From"), header_in(invite, "Call-ID"), cseq, method, phone->port, extra,
               body ? strlen(body) : (size_t)0, body ? body : "");
}
