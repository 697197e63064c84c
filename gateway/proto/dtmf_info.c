// Bodies of SIP INFO that carry a digit.
#include "proto/dtmf_info.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/err.h"
#include "proto/dtmf.h"

#define DURATION_DEFAULT_MS 160
#define BLANK " \t\r\n"

static bool is_type(const char *content_type, const char *name) {
    content_type += strspn(content_type, BLANK);
    size_t len = strcspn(content_type, "; \t\r\n");
    return len == strlen(name) && strncasecmp(content_type, name, len) == 0;
}

// The value of "name = value" on a line of its own, or NULL.
static const char *find_value(const char *body, const char *name) {
    size_t len = strlen(name);
    while (*body) {
        body += strspn(body, BLANK);
        if (strncasecmp(body, name, len) == 0) {
            const char *at = body + len;
            at += strspn(at, " \t");
            if (*at == '=' || *at == ':') return at + 1 + strspn(at + 1, " \t");
        }
        body += strcspn(body, "\r\n");
    }
    return NULL;
}

// At most four digits, so that nothing overflows; -1: no number. *len: its length.
static long read_number(const char *text, size_t *len) {
    long value = 0;
    size_t n = 0;
    while (n < 5 && text[n] >= '0' && text[n] <= '9') value = value * 10 + (text[n++] - '0');
    *len = n;
    return n >= 1 && n <= 4 ? value : -1;
}

// "5", "#", "a", or the event's number: "10" is '*'.
static char read_signal(const char *text) {
    size_t len = strcspn(text, BLANK), digits;
    if (len == 1) return cw_dtmf_digit((unsigned)cw_dtmf_code(text[0]));
    long number = read_number(text, &digits);
    return len == 2 && digits == 2 && number >= 10 ? cw_dtmf_digit((unsigned)number) : '\0';
}

static uint32_t read_duration(const char *text) {
    size_t len;
    long value = text ? read_number(text, &len) : -1;
    if (value <= 0) return DURATION_DEFAULT_MS;
    if (value < CW_DTMF_DURATION_MIN_MS) return CW_DTMF_DURATION_MIN_MS;
    return value > CW_DTMF_DURATION_MAX_MS ? CW_DTMF_DURATION_MAX_MS : (uint32_t)value;
}

int cw_dtmf_info_parse(const char *content_type, const char *body, struct cw_dtmf_info *out) {
    bool relay = is_type(content_type, CW_DTMF_INFO_TYPE);
    if (!relay && !is_type(content_type, "application/dtmf")) return CW_EUNSUPPORTED;
    const char *signal = find_value(body, "Signal");
    if (!signal && !relay) signal = body + strspn(body, BLANK);
    char digit = signal ? read_signal(signal) : '\0';
    if (!digit) return CW_EFORMAT;
    *out = (struct cw_dtmf_info){digit, read_duration(find_value(body, "Duration"))};
    return 0;
}

void cw_dtmf_info_write(const struct cw_dtmf_info *info, char out[CW_DTMF_INFO_SIZE]) {
    snprintf(out, CW_DTMF_INFO_SIZE, "Signal=%c\r\nDuration=%u\r\n", info->digit, (unsigned)info->duration_ms);
}
