// Texts that enter or leave SIP headers.
#include "text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cw_plugin.h"

#define URI_MAX 1024

static const struct {
    const char *prefix;
    enum cw_sip_scheme scheme;
} schemes[] = {{"sip:", CW_SIP_SCHEME_SIP}, {"sips:", CW_SIP_SCHEME_SIPS}, {"tel:", CW_SIP_SCHEME_TEL}};

static int refuse(const char **why, const char *text) {
    *why = text;
    return CW_RESULT_INVALID;
}

// Characters that RFC 3986 allows in a URI at all, less '?' which would start headers.
static bool is_uri_text(const char *text) {
    for (; *text; text++)
        if (!isalnum((unsigned char)*text) && !strchr("-_.!~*'()&=+$,;/%:@[]#", *text)) return false;
    return true;
}

static bool has_good_escapes(const char *text) {
    for (; (text = strchr(text, '%')); text++)
        if (!isxdigit((unsigned char)text[1]) || !isxdigit((unsigned char)text[2]) || strncmp(text, "%00", 3) == 0)
            return false;
    return true;
}

static bool is_host(const char *host, size_t len) {
    if (len == 0 || len > 255) return false;
    bool bracketed = host[0] == '[';
    if (bracketed && (len < 4 || host[len - 1] != ']')) return false;
    for (size_t i = bracketed; i < len - bracketed; i++) {
        unsigned char c = (unsigned char)host[i];
        if (bracketed ? !isxdigit(c) && c != ':' && c != '.' : !isalnum(c) && c != '-' && c != '.' && c != '_')
            return false;
    }
    return true;
}

static bool is_port(const char *port, size_t len) {
    if (len == 0 || len > 5 || strspn(port, "0123456789") < len) return false;
    long number = strtol(port, NULL, 10);
    return number >= 1 && number <= 65535;
}

static int parse_tel(const char *rest, struct cw_sip_uri *out, const char **why) {
    out->user = rest;
    out->user_len = strcspn(rest, ";");
    out->params = rest + out->user_len;
    size_t digits = 0;
    for (size_t i = 0; i < out->user_len; i++) {
        bool plus = rest[i] == '+' && i == 0;
        if (!plus && !isxdigit((unsigned char)rest[i]) && !strchr("-.()*#", rest[i]))
            return refuse(why, "not a telephone number");
        digits += isxdigit((unsigned char)rest[i]) || rest[i] == '*' || rest[i] == '#';
    }
    return digits > 0 && digits <= 64 ? 0 : refuse(why, "not a telephone number");
}

static int parse_sip(const char *rest, struct cw_sip_uri *out, const char **why) {
    const char *at = strchr(rest, '@');
    if (at && strchr(at + 1, '@')) return refuse(why, "more than one @");
    out->user = rest;
    out->user_len = at ? (size_t)(at - rest) : 0;
    if (at && out->user_len == 0) return refuse(why, "the user part is empty");
    if (memchr(rest, ':', out->user_len)) return refuse(why, "a password in a URI is not sent");
    out->host = at ? at + 1 : rest;
    out->params = out->host + strcspn(out->host, ";");
    size_t len = (size_t)(out->params - out->host);
    const char *bracket = memchr(out->host, ']', len);
    const char *from = bracket ? bracket : out->host;
    const char *colon = memchr(from, ':', (size_t)(out->params - from));
    out->host_len = colon ? (size_t)(colon - out->host) : len;
    if (!is_host(out->host, out->host_len)) return refuse(why, "the host is not a name or address");
    if (colon) {
        out->port = colon + 1;
        out->port_len = (size_t)(out->params - out->port);
        if (!is_port(out->port, out->port_len)) return refuse(why, "the port is not a number from 1 to 65535");
    }
    return 0;
}

int cw_sip_uri_parse(const char *text, struct cw_sip_uri *out, const char **why) {
    *why = "the scheme is not sip, sips or tel";
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
        size_t len = strlen(schemes[i].prefix);
        if (strncasecmp(text, schemes[i].prefix, len) != 0) continue;
        struct cw_sip_uri uri = {.scheme = schemes[i].scheme, .user = "", .host = "", .port = "", .params = ""};
        if (strlen(text) > URI_MAX) return refuse(why, "the URI is longer than 1024 characters");
        if (!is_uri_text(text)) return refuse(why, "the URI has a character that cannot stand in one");
        if (!has_good_escapes(text)) return refuse(why, "the URI has a broken % escape");
        int result =
            uri.scheme == CW_SIP_SCHEME_TEL ? parse_tel(text + len, &uri, why) : parse_sip(text + len, &uri, why);
        if (result == 0) *out = uri;
        return result;
    }
    return CW_RESULT_UNSUPPORTED;
}

bool cw_sip_text_is_safe(const char *text) {
    for (; *text; text++)
        if (((unsigned char)*text < 0x20 && *text != '\t') || *text == 0x7f) return false;
    return true;
}

bool cw_sip_header_is_allowed(const char *name) {
    size_t len = strlen(name);
    if (len < 3 || len > 64 || strncasecmp(name, "X-", 2) != 0) return false;
    for (const char *c = name; *c; c++)
        if (!isalnum((unsigned char)*c) && !strchr("-.!%*_+`'~", *c)) return false;
    return true;
}

int cw_sip_quote(const char *text, char *out, size_t cap) {
    size_t len = 0;
    if (cap < 3) return CW_RESULT_INVALID;
    out[len++] = '"';
    for (; *text; text++) {
        if (len + 4 > cap) return CW_RESULT_INVALID;
        if (*text == '"' || *text == '\\') out[len++] = '\\';
        out[len++] = *text;
    }
    out[len++] = '"';
    out[len] = 0;
    return 0;
}

void cw_sip_unquote(const char *text, char *out, size_t cap) {
    bool quoted = *text == '"';
    size_t len = 0;
    for (text += quoted; *text && len + 1 < cap && !(quoted && *text == '"'); text++) {
        if (quoted && *text == '\\' && text[1]) text++;
        out[len++] = *text;
    }
    out[len] = 0;
}

static int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    return tolower((unsigned char)c) - 'a' + 10;
}

void cw_sip_unescape(const char *text, char *out, size_t cap) {
    size_t len = 0;
    for (; *text && len + 1 < cap; text++) {
        char c = *text;
        if (c == '%' && isxdigit((unsigned char)text[1]) && isxdigit((unsigned char)text[2])) {
            c = (char)(hex_digit(text[1]) * 16 + hex_digit(text[2]));
            text += 2;
        }
        if (c) out[len++] = c;
    }
    out[len] = 0;
}

void cw_sip_tel_digits(const struct cw_sip_uri *uri, char *out, size_t cap) {
    size_t len = 0;
    for (size_t i = 0; i < uri->user_len && len + 1 < cap; i++)
        if (!strchr("-.()", uri->user[i])) out[len++] = uri->user[i];
    out[len] = 0;
}
