// The endpoint's functions, called by the host on the control thread: checks, then notes to the sip thread.
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "plugin.h"
#include "text.h"

#define HEADERS_MAX_BYTES 8000u

static int refuse(struct cw_plugin_error *error, int status, const char *code, const char *pointer,
                  const char *detail) {
    *error = (struct cw_plugin_error){.status = status};
    snprintf(error->code, sizeof error->code, "%s", code);
    snprintf(error->pointer, sizeof error->pointer, "%s", pointer);
    snprintf(error->detail, sizeof error->detail, "%s", detail);
    return CW_RESULT_INVALID;
}

// ---------------------------------------------------------------- checks

static int check_uri(const struct cw_sip_plugin *plugin, const char *text, struct cw_sip_uri *uri,
                     struct cw_plugin_error *error) {
    const char *why;
    int result = cw_sip_uri_parse(text, uri, &why);
    if (result < 0) return refuse(error, 400, "invalid_uri", "/to", why);
    if (uri->scheme == CW_SIP_SCHEME_TEL && plugin->config.account_count == 0)
        return refuse(error, 422, "no_trunk", "/to", "a tel: URI needs a trunk: sip.accounts is empty");
    bool tls = uri->scheme == CW_SIP_SCHEME_SIPS || strcasestr(uri->params, ";transport=tls");
    if (tls && !cw_sip_config_has_tls(&plugin->config))
        return refuse(error, 422, "no_tls", "/to", "TLS needs sip.tls_certificate or sip.tls_ca");
    return 0;
}

static int check(void *self, const char *text, struct cw_plugin_error *error) {
    struct cw_sip_uri uri;
    return check_uri(self, text, &uri, error);
}

static int check_caller(const struct cw_dial *dial, struct cw_plugin_error *error) {
    char text[512];
    const char *why;
    struct cw_sip_uri uri;
    if (dial->display && (strlen(dial->display) > 200 || !cw_sip_text_is_safe(dial->display)))
        return refuse(error, 400, "invalid_display", "/display", "control characters, or longer than 200 bytes");
    if (!dial->from) return 0;
    bool whole = strchr(dial->from, ':') != NULL;
    int len = snprintf(text, sizeof text, "%s%s%s", whole ? "" : "sip:", dial->from, whole ? "" : "@invalid");
    if (len < 0 || (size_t)len >= sizeof text) return refuse(error, 400, "invalid_uri", "/from", "too long");
    if (cw_sip_uri_parse(text, &uri, &why) < 0) return refuse(error, 400, "invalid_uri", "/from", why);
    return 0;
}

static int check_headers(const struct cw_dial *dial, struct cw_plugin_error *error) {
    size_t total = 0;
    if (dial->header_count > CW_SIP_HEADERS_MAX)
        return refuse(error, 400, "too_many_headers", "/headers", "more than 32 headers");
    for (size_t i = 0; i < dial->header_count; i++) {
        const struct cw_header *header = &dial->headers[i];
        char pointer[80];
        snprintf(pointer, sizeof pointer, "/headers/%.64s", cw_sip_text_is_safe(header->name) ? header->name : "");
        if (!cw_sip_header_is_allowed(header->name))
            return refuse(error, 400, "invalid_header", pointer, "only X- headers of letters, digits and - can be set");
        if (!cw_sip_text_is_safe(header->value))
            return refuse(error, 400, "invalid_header", pointer, "a control character in the value");
        total += strlen(header->name) + strlen(header->value) + 4;
    }
    if (total > HEADERS_MAX_BYTES) return refuse(error, 400, "too_many_headers", "/headers", "more than 8000 bytes");
    return 0;
}

// The account named; else the one whose host the URI has; else, for numbers, the first.
static int choose_account(const struct cw_sip_plugin *plugin, const struct cw_dial *dial, const struct cw_sip_uri *uri,
                          const char **name, struct cw_plugin_error *error) {
    const struct cw_sip_config *config = &plugin->config;
    *name = NULL;
    for (size_t i = 0; i < config->account_count; i++) {
        const char *host = config->accounts[i].host;
        size_t len = uri->host_len + (uri->port_len ? uri->port_len + 1 : 0);
        bool here = uri->host_len > 0 && strlen(host) == len && strncasecmp(host, uri->host, len) == 0;
        if (dial->account ? strcmp(dial->account, config->accounts[i].name) == 0
                          : here || uri->scheme == CW_SIP_SCHEME_TEL) {
            *name = config->accounts[i].name;
            return 0;
        }
    }
    return dial->account ? refuse(error, 422, "unknown_trunk", "/trunk", "no account of this name in sip.accounts") : 0;
}

// ---------------------------------------------------------------- dial

static int post_failed(struct cw_plugin_error *error) {
    refuse(error, 503, "no_memory", "", "no memory for another call");
    return CW_RESULT_NO_MEMORY;
}

static int dial(void *self, cw_handle handle, const struct cw_dial *dial, void **out, struct cw_plugin_error *error) {
    struct cw_sip_plugin *plugin = self;
    struct cw_sip_uri uri;
    struct cw_sip_note note = {.kind = CW_SIP_DIAL,
                               .to = dial->to,
                               .from = dial->from,
                               .display = dial->display,
                               .sdp = dial->sdp,
                               .header_count = dial->header_count};
    int result = check_uri(plugin, dial->to, &uri, error);
    if (result == 0) result = check_caller(dial, error);
    if (result == 0) result = check_headers(dial, error);
    if (result == 0) result = choose_account(plugin, dial, &uri, &note.account, error);
    if (result < 0) return result;
    if (plugin->legs.count >= plugin->config.max_legs)
        return refuse(error, 503, "too_many_legs", "", "sip.max_legs is reached");
    for (size_t i = 0; i < dial->header_count; i++) note.headers[i] = dial->headers[i];

    plugin->last_outgoing += 2;
    struct cw_sip_leg *leg = cw_sip_leg_new(plugin, plugin->last_outgoing, handle);
    if (!leg) return post_failed(error);
    note.leg = leg->id;
    if (cw_sip_stack_post(plugin->stack, &note) < 0) {
        cw_sip_leg_free(leg);
        return post_failed(error);
    }
    cw_sip_leg_set_dtmf(leg, note.account);
    *out = leg;
    return 0;
}

// ---------------------------------------------------------------- the rest

static int post(const struct cw_sip_leg *leg, struct cw_sip_note note) {
    note.leg = leg->id;
    return cw_sip_stack_post(leg->plugin->stack, &note);
}

static int ring(void *leg, int status, const char *sdp) {
    if (status <= 100 || status >= 200) return CW_RESULT_INVALID;
    return post(leg, (struct cw_sip_note){.kind = CW_SIP_RING, .status = status, .sdp = sdp});
}

static int answer(void *leg, const char *sdp) {
    return post(leg, (struct cw_sip_note){.kind = CW_SIP_ANSWER, .sdp = sdp});
}

static void hangup(void *object, int status, const char *reason) {
    struct cw_sip_leg *leg = object;
    const struct cw_host *host = leg->plugin->host;
    bool refuses = status >= 300 && status < 700;
    if (post(leg, (struct cw_sip_note){.kind = CW_SIP_HANGUP, .status = refuses ? status : 0, .reason = reason}) < 0)
        host->log(host, CW_HOST_ERROR, "sip.memory", "what=hangup");
    cw_sip_leg_free(leg);
}

static int reoffer(void *leg, const char *sdp) {
    if (!sdp) return CW_RESULT_INVALID;
    return post(leg, (struct cw_sip_note){.kind = CW_SIP_REOFFER, .sdp = sdp});
}

static int answer_reoffer(void *leg, int status, const char *sdp) {
    if (status < 200 || status >= 700) return CW_RESULT_INVALID;
    return post(leg, (struct cw_sip_note){.kind = CW_SIP_ANSWER_REOFFER, .status = status, .sdp = sdp});
}

static int send_body(void *leg, enum cw_sip_note_kind kind, const char *content_type, const char *body) {
    if (!content_type || !body || !strchr(content_type, '/') || !cw_sip_text_is_safe(content_type))
        return CW_RESULT_INVALID;
    return post(leg, (struct cw_sip_note){.kind = kind, .type = content_type, .body = body});
}

static int info(void *leg, const char *content_type, const char *body) {
    return send_body(leg, CW_SIP_SEND_INFO, content_type, body);
}

static int message(void *leg, const char *content_type, const char *body) {
    return send_body(leg, CW_SIP_SEND_MESSAGE, content_type, body);
}

static int refer_done(void *leg, int status, const char *reason) {
    if (status < 100 || status >= 700) return CW_RESULT_INVALID;
    return post(leg, (struct cw_sip_note){.kind = CW_SIP_REFER_DONE, .status = status, .reason = reason});
}

static const char *const schemes[] = {"sip", "sips", "tel", NULL};

const struct cw_endpoint cw_sip_endpoint = {
    .schemes = schemes,
    .check = check,
    .dial = dial,
    .ring = ring,
    .answer = answer,
    .hangup = hangup,
    .reoffer = reoffer,
    .answer_reoffer = answer_reoffer,
    .info = info,
    .message = message,
    .refer_done = refer_done,
};
