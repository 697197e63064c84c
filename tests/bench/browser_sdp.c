// The simulated browser's offer, and what it reads in the answer.
#include "bench/browser_sdp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/err.h"

void browser_offer(const struct browser *browser, char *out) {
    char ip[CW_ADDR_SIZE];
    unsigned port = cw_addr_port(&browser->local);
    const char *codecs = browser->all->opus ? "a=rtpmap:111 opus/48000/2\r\na=fmtp:111 minptime=10;useinbandfec=1\r\n"
                                              "a=rtpmap:110 telephone-event/48000\r\n"
                                            : "a=rtpmap:0 PCMU/8000\r\na=rtpmap:126 telephone-event/8000\r\n";
    cw_addr_ip(&browser->local, ip);
    snprintf(out, BROWSER_SDP_MAX,
             "v=0\r\no=- %u 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\na=extmap-allow-mixed\r\n"
             "a=msid-semantic: WMS stream\r\nm=audio %u UDP/TLS/RTP/SAVPF %s\r\nc=IN IP4 %s\r\n"
             "a=rtcp:%u IN IP4 %s\r\na=candidate:1 1 udp 2122260223 %s %u typ host generation 0\r\n"
             "a=ice-ufrag:%s\r\na=ice-pwd:%s\r\na=ice-options:trickle\r\na=fingerprint:sha-256 %s\r\n"
             "a=setup:actpass\r\na=mid:0\r\na=sendrecv\r\na=msid:stream track\r\na=rtcp-mux\r\n%s"
             "a=ssrc:%u cname:bench\r\na=ssrc:%u msid:stream track\r\n",
             browser->ssrc, port, browser->all->opus ? "111 110" : "0 126", ip, port, ip, ip, port, browser->ufrag,
             browser->pwd, cw_dtls_identity_fingerprint(browser->all->identity), codecs, browser->ssrc, browser->ssrc);
}

// The rest of the first line that begins with the prefix.
static bool find_line(const char *sdp, const char *prefix, char *out, size_t cap) {
    const char *at = sdp;
    while (strncmp(at, prefix, strlen(prefix)) != 0) {
        at = strchr(at, '\n');
        if (!at) return false;
        at++;
    }
    at += strlen(prefix);
    size_t len = strcspn(at, "\r\n");
    if (len >= cap) return false;
    memcpy(out, at, len);
    out[len] = 0;
    return true;
}

// The first candidate of UDP over IPv4 for RTP.
static bool find_candidate(const char *sdp, struct cw_addr *out) {
    for (const char *at = strstr(sdp, "a=candidate:"); at; at = strstr(at + 1, "a=candidate:")) {
        char transport[16], ip[64];
        unsigned component, port;
        if (sscanf(at, "a=candidate:%*s %u %15s %*u %63s %u", &component, transport, ip, &port) != 4) continue;
        if (component != 1 || strcasecmp(transport, "udp") != 0 || strchr(ip, ':')) continue;
        if (cw_addr_parse(out, ip, (uint16_t)port) == 0) return true;
    }
    return false;
}

int browser_read_answer(struct browser_answer *out, const char *sdp) {
    char text[256], hash[16], value[200];
    if (!find_line(sdp, "a=ice-ufrag:", out->ufrag, sizeof out->ufrag)) return CW_EFORMAT;
    if (!find_line(sdp, "a=ice-pwd:", out->pwd, sizeof out->pwd)) return CW_EFORMAT;
    if (!find_candidate(sdp, &out->address)) return CW_EFORMAT;
    if (!find_line(sdp, "a=setup:", text, sizeof text)) return CW_EFORMAT;
    out->active = strcmp(text, "active") != 0;
    if (!find_line(sdp, "m=audio ", text, sizeof text)) return CW_EFORMAT;
    if (sscanf(text, "%*u %*s %hhu", &out->pt) != 1) return CW_EFORMAT;
    if (!find_line(sdp, "a=fingerprint:", text, sizeof text)) return CW_EFORMAT;
    if (sscanf(text, "%15s %199s", hash, value) != 2) return CW_EFORMAT;
    return cw_dtls_fingerprint_parse(&out->fingerprint, hash, value);
}
