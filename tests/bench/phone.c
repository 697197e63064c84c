// A phone that answers every SIP call at once and sends each RTP packet back to where it came from, on one of a range
// of ports. A process of its own, so that its work is not counted with the gateway's or the browsers'.
//   phone ADDRESS SIP_PORT RTP_PORT COUNT
// The ports RTP_PORT, RTP_PORT + 2, … echo without a call as well, for what speaks no SIP. Ends with its standard
// input.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "bench/sip_text.h"
#include "bench/stamp.h"
#include "bench/watch.h"
#include "proto/rtp.h"

#define RTP_BUFFER 262144
#define SIP_BUFFER 4194304
#define SDP_MAX 512

struct line { // one call at most
    struct watch watch;
    struct cw_addr local;
    char call[256]; // Call-ID; empty: free
};

static struct cw_addr address;
static struct watch sip;
static char contact[CW_ADDR_SIZE + 16];
static struct line *lines;
static unsigned line_count;
static bool ended;

// ---------------------------------------------------------------- sound

static void on_sound(struct watch *watch, uint32_t events) {
    uint8_t packet[2048];
    struct cw_addr from;
    struct cw_rtp rtp;
    struct stamp stamp;
    int64_t at;
    (void)events;
    ssize_t len = stamp_receive(watch->fd, packet, sizeof packet, &from, &at);
    if (len <= 0 || cw_rtp_parse(&rtp, packet, (size_t)len)) return;
    cw_put_u32(packet + 8, ~rtp.ssrc); // a source of our own
    if (stamp_read(&stamp, rtp.payload, rtp.payload_len)) {
        stamp.phone_in = at;
        stamp.phone_out = stamp_now();
        stamp_write(packet + (rtp.payload - packet), stamp);
    }
    (void)sendto(watch->fd, packet, (size_t)len, 0, &from.sa, cw_addr_len(&from));
}

static int open_line(int epoll, struct line *line, uint16_t port) {
    struct cw_addr control = address;
    line->local = address;
    cw_addr_set_port(&line->local, port);
    cw_addr_set_port(&control, (uint16_t)(port + 1));
    line->watch.ready = on_sound;
    line->watch.fd = stamp_socket(&line->local, RTP_BUFFER);
    // RTCP is taken and not read: without a socket each report would cost the sender an ICMP error.
    if (line->watch.fd < 0 || stamp_socket(&control, 1) < 0) return -1;
    return watch_add(epoll, &line->watch, EPOLLIN);
}

// ---------------------------------------------------------------- calls

static struct line *find_line(const char *call) {
    for (unsigned i = 0; i < line_count; i++)
        if (strcmp(lines[i].call, call) == 0) return &lines[i];
    return NULL;
}

// The answer: the first codec that was offered, if it is PCMU or Opus, else PCMU.
static void write_sdp(const struct line *line, const char *offer, char *out) {
    char ip[CW_ADDR_SIZE];
    unsigned pt = 0;
    const char *media = strstr(offer, "m=audio ");
    if (media) sscanf(media, "m=audio %*u RTP/AVP %u", &pt);
    cw_addr_ip(&line->local, ip);
    snprintf(out, SDP_MAX,
             "v=0\r\no=- 1 1 IN IP4 %s\r\ns=-\r\nc=IN IP4 %s\r\nt=0 0\r\nm=audio %u RTP/AVP %u\r\na=rtpmap:%u "
             "%s\r\na=ptime:20\r\na=sendrecv\r\n",
             ip, ip, cw_addr_port(&line->local), pt, pt, pt >= 96 ? "opus/48000/2" : "PCMU/8000");
}

static void reply(const char *request, const struct cw_addr *to, const char *status, const char *sdp) {
    char out[SIP_MESSAGE_MAX];
    size_t len = sip_reply(out, sizeof out, request, status, "phone", contact, sdp);
    if (len) (void)sendto(sip.fd, out, len, 0, &to->sa, cw_addr_len(to));
}

static void on_request(const char *request, const struct cw_addr *from) {
    char call[sizeof lines->call], sdp[SDP_MAX];
    if (!sip_header(request, "Call-ID", 'i', call, sizeof call)) return;
    struct line *line = find_line(call);
    if (strncmp(request, "INVITE ", 7) == 0) {
        if (!line) line = find_line("");
        if (line) cw_strlcpy(line->call, call, sizeof line->call);
        if (line) write_sdp(line, request, sdp);
        reply(request, from, line ? "200 OK" : "486 Busy Here", line ? sdp : NULL);
    } else if (strncmp(request, "ACK ", 4) != 0) {
        if (line && strncmp(request, "BYE ", 4) == 0) line->call[0] = 0;
        reply(request, from, "200 OK", NULL);
    }
}

static void on_sip(struct watch *watch, uint32_t events) {
    char request[SIP_MESSAGE_MAX];
    struct cw_addr from;
    (void)events;
    ssize_t len = stamp_receive(watch->fd, request, sizeof request - 1, &from, NULL);
    if (len <= 4 || strncmp(request, "SIP/2.0 ", 8) == 0) return;
    request[len] = 0;
    on_request(request, &from);
}

// ---------------------------------------------------------------- the process

static void on_input(struct watch *watch, uint32_t events) {
    char data[64];
    (void)events;
    if (read(watch->fd, data, sizeof data) <= 0) ended = true;
}

static int open_all(int epoll, uint16_t sip_port, uint16_t rtp_port) {
    struct cw_addr local = address;
    char text[CW_ADDR_SIZE];
    cw_addr_set_port(&local, sip_port);
    snprintf(contact, sizeof contact, "sip:phone@%s", cw_addr_text(&local, text));
    sip.ready = on_sip;
    sip.fd = stamp_socket(&local, SIP_BUFFER);
    if (sip.fd < 0 || watch_add(epoll, &sip, EPOLLIN)) return -1;
    for (unsigned i = 0; i < line_count; i++)
        if (open_line(epoll, &lines[i], (uint16_t)(rtp_port + 2 * i))) return -1;
    return 0;
}

int main(int argc, char **argv) {
    struct watch input = {.fd = 0, .ready = on_input};
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    if (argc != 5 || cw_addr_parse(&address, argv[1], 0)) {
        fprintf(stderr, "usage: phone ADDRESS SIP_PORT RTP_PORT COUNT\n");
        return 2;
    }
    line_count = (unsigned)atoi(argv[4]);
    lines = calloc(line_count, sizeof *lines);
    struct rlimit limit = {2 * line_count + 100, 2 * line_count + 100};
    (void)setrlimit(RLIMIT_NOFILE, &limit); // a failure shows when the ports are opened
    prctl(PR_SET_PDEATHSIG, 9);
    if (!lines || open_all(epoll, (uint16_t)atoi(argv[2]), (uint16_t)atoi(argv[3])) ||
        watch_add(epoll, &input, EPOLLIN)) {
        perror("phone");
        return 1;
    }
    printf("ready\n");
    fflush(stdout);
    while (!ended) watch_run(epoll, 1000000000);
    return 0;
}
