// Reads headers of a SIP request and writes the reply.
#include "bench/sip_text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

// Is this line the header? Then where its value begins.
static const char *value_of(const char *line, const char *name, char compact) {
    size_t len = strlen(name);
    if (strncasecmp(line, name, len) == 0)
        line += len;
    else if (compact && (line[0] | 0x20) == compact)
        line++;
    else
        return NULL;
    line += strspn(line, " ");
    if (*line++ != ':') return NULL;
    return line + strspn(line, " ");
}

static const char *next_line(const char *line) {
    const char *end = strstr(line, "\r\n");
    return end && strncmp(end, "\r\n\r\n", 4) != 0 ? end + 2 : NULL;
}

bool sip_header(const char *message, const char *name, char compact, char *out, size_t cap) {
    for (const char *line = next_line(message); line; line = next_line(line)) {
        const char *value = value_of(line, name, compact);
        if (!value) continue;
        size_t len = strcspn(value, "\r\n");
        if (len >= cap) return false;
        memcpy(out, value, len);
        out[len] = 0;
        return true;
    }
    return false;
}

struct text {
    char *at;
    size_t len, cap;
};

static void add(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add(struct text *text, const char *format, ...) {
    va_list ap;
    if (text->len >= text->cap) return;
    va_start(ap, format);
    int len = vsnprintf(text->at + text->len, text->cap - text->len, format, ap);
    va_end(ap);
    text->len += len > 0 ? (size_t)len : 0;
}

// Every header of that name, as it is.
static void copy(struct text *text, const char *request, const char *name, char compact) {
    for (const char *line = next_line(request); line; line = next_line(line)) {
        const char *value = value_of(line, name, compact);
        if (value) add(text, "%s: %.*s\r\n", name, (int)strcspn(value, "\r\n"), value);
    }
}

size_t sip_reply(char *out, size_t cap, const char *request, const char *status, const char *tag, const char *contact,
                 const char *sdp) {
    char to[512];
    struct text text = {out, 0, cap};
    add(&text, "SIP/2.0 %s\r\n", status);
    copy(&text, request, "Via", 'v');
    copy(&text, request, "Record-Route", 0);
    copy(&text, request, "From", 'f');
    if (sip_header(request, "To", 't', to, sizeof to))
        add(&text, "To: %s%s%s\r\n", to, strstr(to, ";tag=") ? "" : ";tag=", strstr(to, ";tag=") ? "" : tag);
    copy(&text, request, "Call-ID", 'i');
    copy(&text, request, "CSeq", 0);
    if (contact) add(&text, "Contact: <%s>\r\n", contact);
    if (sdp) add(&text, "Content-Type: application/sdp\r\n");
    add(&text, "Content-Length: %zu\r\n\r\n%s", sdp ? strlen(sdp) : 0, sdp ? sdp : "");
    return text.len < cap ? text.len : 0;
}
