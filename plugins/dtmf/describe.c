// SDP of a plain RTP endpoint.
#include "dtmf/describe.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// What both description of a target and rewriting need.
struct text {
    char *s;
    size_t len, cap;
    bool bad;
};

static void append(struct text *t, const char *data, size_t len) {
    if (t->len + len + 1 > t->cap) {
        size_t cap = (t->len + len + 1) * 2;
        char *grown = t->bad ? NULL : realloc(t->s, cap);
        t->bad = !grown;
        if (!grown) return;
        t->s = grown;
        t->cap = cap;
    }
    memcpy(t->s + t->len, data, len);
    t->len += len;
    t->s[t->len] = '\0';
}

static void line(struct text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void line(struct text *t, const char *fmt, ...) {
    char buf[256];
    va_list ap;
    va_start(ap, fmt);
    int len = vsnprintf(buf, sizeof buf, fmt, ap);
    va_end(ap);
    append(t, buf, len > 0 ? (size_t)len : 0);
    append(t, "\r\n", 2);
}

static char *finish(struct text *t) {
    if (!t->bad) return t->s;
    free(t->s);
    return NULL;
}

char *dtmf_describe(const struct dtmf_target *target, const char *direction, unsigned version) {
    struct text t = {0};
    const char *family = strchr(target->host, ':') ? "IP6" : "IP4";
    line(&t, "v=0");
    line(&t, "o=- 1 %u IN %s %s", version, family, target->host);
    line(&t, "s=-");
    line(&t, "c=IN %s %s", family, target->host);
    line(&t, "t=0 0");
    if (target->dtmf_pt)
        line(&t, "m=audio %d RTP/AVP %d %d", target->port, target->pt, target->dtmf_pt);
    else
        line(&t, "m=audio %d RTP/AVP %d", target->port, target->pt);
    line(&t, "a=rtpmap:%d %s", target->pt, target->codec->rtpmap);
    if (target->dtmf_pt) {
        line(&t, "a=rtpmap:%d telephone-event/%d", target->dtmf_pt, target->dtmf_clock_hz);
        line(&t, "a=fmtp:%d 0-15", target->dtmf_pt);
    }
    line(&t, "a=ptime:%d", target->ptime_ms);
    line(&t, "a=%s", direction);
    return finish(&t);
}

// ---------------------------------------------------------------- text of others

static size_t line_len(const char *at) { return strcspn(at, "\r\n"); }

static const char *next_line(const char *at) {
    at += line_len(at);
    return at + strspn(at, "\r\n");
}

static const char *direction_of(const char *at) {
    static const char *const directions[] = {"sendrecv", "sendonly", "recvonly", "inactive"};
    for (size_t i = 0; i < 4; i++)
        if (line_len(at) == 10 && strncmp(at, "a=", 2) == 0 && strncmp(at + 2, directions[i], 8) == 0)
            return directions[i];
    return NULL;
}

char *dtmf_redirect(const char *sdp, const char *direction) {
    struct text t = {0};
    bool told = false;
    for (const char *at = sdp; *at; at = next_line(at)) {
        if (direction_of(at)) continue;
        if (!told && strncmp(at, "m=", 2) == 0) {
            line(&t, "a=%s", direction); // of the session: it holds for all its sections
            told = true;
        }
        append(&t, at, line_len(at));
        append(&t, "\r\n", 2);
    }
    return finish(&t);
}

const char *dtmf_answering_direction(const char *sdp) {
    const char *found = "sendrecv";
    for (const char *at = sdp; *at; at = next_line(at))
        if (direction_of(at)) found = direction_of(at);
    if (strcmp(found, "sendonly") == 0) return "recvonly";
    if (strcmp(found, "recvonly") == 0) return "sendonly";
    return found;
}

bool dtmf_sdp_address(const char *sdp, char *host, size_t cap, int *port) {
    bool in_audio = false, found = false;
    for (const char *at = sdp; *at; at = next_line(at)) {
        if (strncmp(at, "m=", 2) == 0) {
            if (in_audio) break;
            in_audio = sscanf(at, "m=audio %d ", port) == 1;
        }
        const char *address = at + strlen("c=IN IP4 ");
        if (strncmp(at, "c=IN IP", 7) != 0 || line_len(at) < 10) continue;
        size_t len = strcspn(address, "/ \r\n");
        found = len && len < cap;
        if (found) snprintf(host, cap, "%.*s", (int)len, address);
    }
    return in_audio && found && *port > 0 && *port <= 65535;
}
