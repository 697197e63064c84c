// Reading and writing what a plain RTP endpoint is.
#include "dtmf/target.h"

#include <arpa/inet.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct dtmf_codec codecs[] = {
    {"PCMU", "PCMU/8000", 8000, 0},
    {"PCMA", "PCMA/8000", 8000, 8},
    {"G722", "G722/8000", 8000, 9}, // its RTP clock (RFC 3551 §4.5.2)
    {"opus", "opus/48000/2", 48000, 111},
};

int dtmf_refuse(struct cw_plugin_error *error, const char *code, const char *name, const char *detail) {
    error->status = 400;
    snprintf(error->code, sizeof error->code, "%s", code);
    snprintf(error->detail, sizeof error->detail, "%.40s%s%.140s", name, *name ? ": " : "", detail);
    snprintf(error->pointer, sizeof error->pointer, "%s%.60s", *name ? "/" : "", name);
    return CW_RESULT_INVALID;
}

// ---------------------------------------------------------------- parameters

static bool is_payload_type(int n) { return n >= 0 && n <= 127; }
static bool is_ptime(int n) { return n >= 10 && n <= 60; }
static bool is_event_payload_type(int n) { return n == 0 || (n >= 96 && n <= 127); }
static bool is_event_clock(int n) { return n == 8000 || n == 16000 || n == 48000; }

static const struct parameter {
    const char *name;
    size_t offset; // in struct dtmf_target
    bool (*fits)(int n);
    const char *what;
} parameters[] = {
    {"pt", offsetof(struct dtmf_target, pt), is_payload_type, "a payload type is a number from 0 to 127"},
    {"ptime", offsetof(struct dtmf_target, ptime_ms), is_ptime, "a packet has from 10 to 60 ms"},
    {"dtmf_pt", offsetof(struct dtmf_target, dtmf_pt), is_event_payload_type,
     "telephone-event has a payload type from 96 to 127, or 0: there is none"},
    {"dtmf_clock", offsetof(struct dtmf_target, dtmf_clock_hz), is_event_clock,
     "telephone-event has a clock of 8000, 16000 or 48000 Hz"},
};

static int *place_of(struct dtmf_target *t, const struct parameter *p) {
    return (int *)(void *)((char *)t + p->offset);
}

// Sets the codec, and what follows from it.
static int set_codec(struct dtmf_target *t, const char *name, struct cw_plugin_error *error) {
    for (size_t i = 0; i < sizeof codecs / sizeof *codecs; i++) {
        if (strcasecmp(codecs[i].name, name) != 0) continue;
        t->codec = &codecs[i];
        t->pt = codecs[i].pt;
        t->dtmf_clock_hz = codecs[i].clock_hz;
        return 0;
    }
    return dtmf_refuse(error, "unknown_codec", "codec", "the codecs are PCMU, PCMA, G722 and opus");
}

static int set_number(struct dtmf_target *t, const char *name, int n, struct cw_plugin_error *error) {
    for (size_t i = 0; i < sizeof parameters / sizeof *parameters; i++) {
        const struct parameter *p = &parameters[i];
        if (strcmp(p->name, name) != 0) continue;
        if (!p->fits(n)) return dtmf_refuse(error, "invalid_option", name, p->what);
        *place_of(t, p) = n;
        return 0;
    }
    return dtmf_refuse(error, "unknown_option", name, "there are to, codec, pt, ptime, dtmf_pt and dtmf_clock");
}

static int check_whole(const struct dtmf_target *t, struct cw_plugin_error *error) {
    if (t->dtmf_pt && t->dtmf_pt == t->pt)
        return dtmf_refuse(error, "invalid_option", "dtmf_pt", "this is the codec's payload type");
    return 0;
}

// ---------------------------------------------------------------- the URI

// Digits only; -1: something else.
static int number_of(const char *text) {
    size_t len = strlen(text);
    return len && len < 7 && strspn(text, "0123456789") == len ? atoi(text) : -1;
}

// "HOST:PORT" or "[HOST]:PORT", changed.
static int set_address(struct dtmf_target *t, char *text, struct cw_plugin_error *error) {
    struct in6_addr any;
    bool v6 = *text == '[';
    char *port = strrchr(text, ':'), *end = port;
    if (v6 && port) end = port[-1] == ']' ? port - 1 : NULL;
    if (end) {
        *port++ = '\0';
        *end = '\0';
    }
    const char *host = text + v6;
    int n = end ? number_of(port) : 0;
    if (n < 1 || n > 65535 || inet_pton(v6 ? AF_INET6 : AF_INET, host, &any) != 1)
        return dtmf_refuse(error, "invalid_uri", "to",
                           "an RTP endpoint is rtp:ADDRESS:PORT with an IP address ([…] around IPv6)");
    snprintf(t->host, sizeof t->host, "%s", host);
    t->port = n;
    return 0;
}

// ";name=value" after ";name=value", changed. The codec comes first: others have defaults that follow from it.
static int set_parameters(struct dtmf_target *t, char *text, struct cw_plugin_error *error) {
    char *names[16], *values[16];
    size_t count = 0;
    int err = 0;
    for (char *one; count < 16 && (one = strsep(&text, ";"));) {
        if (!*one) continue;
        names[count] = strsep(&one, "=");
        values[count++] = one ? one : "";
    }
    if (text) return dtmf_refuse(error, "invalid_uri", "to", "too many parameters");
    for (size_t i = 0; i < count && !err; i++)
        if (strcmp(names[i], "codec") == 0) err = set_codec(t, values[i], error);
    for (size_t i = 0; i < count && !err; i++)
        if (strcmp(names[i], "codec") != 0) err = set_number(t, names[i], number_of(values[i]), error);
    return err;
}

static int set_uri(struct dtmf_target *t, const char *uri, struct cw_plugin_error *error) {
    char text[DTMF_URI_MAX];
    size_t len = strlen(uri);
    if (strncasecmp(uri, "rtp:", 4) != 0 || len >= sizeof text)
        return dtmf_refuse(error, "invalid_uri", "to", "an RTP endpoint is rtp:ADDRESS:PORT;codec=PCMU;…");
    memcpy(text, uri + 4, len - 3);
    char *rest = text, *address = strsep(&rest, ";");
    int err = set_address(t, address, error);
    return !err && rest ? set_parameters(t, rest, error) : err;
}

static struct dtmf_target defaults(void) {
    return (struct dtmf_target){
        .codec = codecs, .pt = codecs->pt, .dtmf_clock_hz = codecs->clock_hz, .ptime_ms = 20, .dtmf_pt = 101};
}

int dtmf_target_parse(struct dtmf_target *out, const char *uri, struct cw_plugin_error *error) {
    struct dtmf_target t = defaults();
    int err = set_uri(&t, uri, error);
    if (!err) err = check_whole(&t, error);
    // Of a URI every field is one and the same.
    if (err) strcpy(error->pointer, "/to");
    if (!err) *out = t;
    return err;
}

// ---------------------------------------------------------------- options

static int set_text(struct dtmf_target *t, const char *name, const json_t *value, struct cw_plugin_error *error) {
    if (!json_is_string(value)) return dtmf_refuse(error, "invalid_option", name, "must be a string");
    return *name == 't' ? set_uri(t, json_string_value(value), error) : set_codec(t, json_string_value(value), error);
}

int dtmf_target_patch(struct dtmf_target *target, const json_t *options, struct cw_plugin_error *error) {
    static const char *const first[] = {"to", "codec"};
    struct dtmf_target t = target->codec ? *target : defaults();
    const char *name;
    const json_t *value;
    int err = 0;
    for (int i = 0; i < 2 && !err; i++) {
        value = json_object_get(options, first[i]);
        if (value) err = set_text(&t, first[i], value, error);
    }
    json_object_foreach((json_t *)(uintptr_t)options, name, value) {
        bool other = strcmp(name, "to") != 0 && strcmp(name, "codec") != 0 && strcmp(name, "sdp") != 0;
        if (!other || err) continue;
        bool fits = json_is_integer(value) && json_integer_value(value) >= 0 && json_integer_value(value) < 1000000;
        err = set_number(&t, name, fits ? (int)json_integer_value(value) : -1, error);
    }
    if (!err) err = check_whole(&t, error);
    if (!err) *target = t;
    return err;
}

// ---------------------------------------------------------------- written

int dtmf_target_uri(const struct dtmf_target *t, char *out, size_t cap) {
    bool v6 = strchr(t->host, ':') != NULL;
    int len =
        snprintf(out, cap, "rtp:%s%s%s:%d;codec=%s;pt=%d;ptime=%d;dtmf_pt=%d;dtmf_clock=%d", v6 ? "[" : "", t->host,
                 v6 ? "]" : "", t->port, t->codec->name, t->pt, t->ptime_ms, t->dtmf_pt, t->dtmf_clock_hz);
    return len > 0 && (size_t)len < cap ? 0 : CW_RESULT_INVALID;
}

json_t *dtmf_target_json(const struct dtmf_target *t) {
    bool v6 = strchr(t->host, ':') != NULL;
    char to[DTMF_URI_MAX];
    snprintf(to, sizeof to, "rtp:%s%s%s:%d", v6 ? "[" : "", t->host, v6 ? "]" : "", t->port);
    json_t *options = json_pack("{s:s, s:s}", "to", to, "codec", t->codec->name);
    for (size_t i = 0; i < sizeof parameters / sizeof *parameters; i++)
        json_object_set_new(options, parameters[i].name,
                            json_integer(*(const int *)(const void *)((const char *)t + parameters[i].offset)));
    return options;
}
