// Accounts of a PBX or trunk.
//
//   REGISTER ──200──► registered ──(nua refreshes)──► …        OPTIONS every ping_s: any answer but 408 and 503 is "up"
//      │ ≥300 or time-out                     │ fails
//      └────────► wait 10·T1·2^n, at most 5 min ◄┘
#include "account.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <jansson.h>
#include <openssl/rand.h>

#include "auth.h"

#define TRUSTED_MAX 8
#define BACKOFF_MAX_MS 300000u
#define TRIES_MAX 3

struct probe {
    struct cw_sip_owner owner;
    struct cw_sip_account *account;
    nua_handle_t *nh;
    su_timer_t *timer;
    unsigned tries;
};

struct cw_sip_account {
    struct cw_sip_stack *stack;
    const struct cw_sip_account_config *config;
    struct probe registration, ping;
    bool registered, answering, leaving;
    bool told_up, told_once;
    unsigned failures;
    char token[17];
    char realm[256]; // learned
    char trusted[TRUSTED_MAX][CW_SIP_ADDRESS_SIZE];
    unsigned trusted_next;
};

static void register_now(su_root_magic_t *stack, su_timer_t *timer, su_timer_arg_t *arg);
static void ping_now(su_root_magic_t *stack, su_timer_t *timer, su_timer_arg_t *arg);

// ---------------------------------------------------------------- state

static void tell_state(struct cw_sip_account *account, int status, const char *reason) {
    bool up =
        (!account->config->registers || account->registered) && (account->config->ping_s == 0 || account->answering);
    if (account->told_once && account->told_up == up) return;
    account->told_once = true;
    account->told_up = up;
    cw_sip_log(account->stack, up ? CW_HOST_INFO : CW_HOST_WARN, up ? "sip.trunk.up" : "sip.trunk.down",
               "trunk=%s status=%d", account->config->name, status);
    json_t *data =
        json_pack("{s:s, s:i, s:s}", "trunk", account->config->name, "status", status, "reason", reason ? reason : "");
    char *text = data ? json_dumps(data, JSON_COMPACT) : NULL;
    const struct cw_sip_note note = {.kind = CW_SIP_NODE_EVENT, .type = up ? "trunk.up" : "trunk.down", .body = text};
    if (text) cw_sip_tell(account->stack, &note);
    free(text);
    json_decref(data);
}

static bool is_trusted(const struct cw_sip_account *account, const char *source) {
    for (size_t i = 0; i < TRUSTED_MAX; i++)
        if (strcmp(account->trusted[i], source) == 0) return true;
    return false;
}

static void trust(struct cw_sip_account *account, const char *source) {
    if (is_trusted(account, source)) return;
    snprintf(account->trusted[account->trusted_next++ % TRUSTED_MAX], CW_SIP_ADDRESS_SIZE, "%s", source);
}

// ---------------------------------------------------------------- digest

bool cw_sip_account_authorize(struct cw_sip_account *account, const struct cw_sip_event *event, bool in_dialog,
                              unsigned *tries) {
    char source[CW_SIP_ADDRESS_SIZE];
    struct cw_sip_challenge challenge;
    if (!account || !event->sip || !account->config->password[0]) return false;
    if (!cw_sip_event_source(event->stack, source)) return false;
    if (in_dialog && !is_trusted(account, source)) {
        cw_sip_log(event->stack, CW_HOST_WARN, "sip.auth.refused", "trunk=%s source=%s why=not_its_address",
                   account->config->name, source);
        return false;
    }
    const char *realm = account->config->realm[0] ? account->config->realm : account->realm;
    if (in_dialog && !realm[0]) return false;
    if (cw_sip_auth_find(event->sip, realm, &challenge) < 0) {
        cw_sip_log(event->stack, CW_HOST_WARN, "sip.auth.refused", "trunk=%s source=%s why=not_its_realm",
                   account->config->name, source);
        return false;
    }
    if (++*tries > (challenge.stale ? TRIES_MAX : 1)) return false;
    const struct cw_sip_credentials credentials = {.user = account->config->auth_user[0] ? account->config->auth_user
                                                                                         : account->config->user,
                                                   .password = account->config->password};
    if (cw_sip_auth_answer(event->nh, &challenge, &credentials) < 0) return false;
    if (!in_dialog) {
        trust(account, source);
        if (!account->realm[0]) snprintf(account->realm, sizeof account->realm, "%s", challenge.realm);
    }
    return true;
}

// ---------------------------------------------------------------- addresses

static const char *server_of(const struct cw_sip_account_config *config) {
    return config->proxy[0] ? config->proxy : config->host;
}

// Address part of host:port, for a look at the route to it.
static void bare_host(const char *server, char out[CW_SIP_ADDRESS_SIZE]) {
    size_t len = server[0] == '[' ? strcspn(server, "]") + 1 : strcspn(server, ":");
    snprintf(out, CW_SIP_ADDRESS_SIZE, "%.*s", (int)len, server);
}

static const char *transport_param(const struct cw_sip_account_config *config) {
    return strcmp(config->transport, "tcp") == 0   ? ";transport=tcp"
           : strcmp(config->transport, "tls") == 0 ? ";transport=tls"
                                                   : "";
}

static bool is_at_host(const struct cw_sip_account_config *config, const char *uri) {
    const char *at = strchr(uri, '@'), *colon = strchr(uri, ':');
    const char *host = at ? at + 1 : colon ? colon + 1 : uri;
    size_t len = strcspn(host, ";?>");
    return len == strlen(config->host) && strncasecmp(host, config->host, len) == 0;
}

void cw_sip_account_route(const struct cw_sip_account *account, const char *uri, char out[CW_SIP_ROUTE_SIZE]) {
    const struct cw_sip_account_config *config = account->config;
    out[0] = 0;
    if (config->proxy[0] || !is_at_host(config, uri))
        snprintf(out, CW_SIP_ROUTE_SIZE, "<sip:%s%s;lr>", server_of(config), transport_param(config));
}

static void account_contact(const struct cw_sip_account *account, char out[CW_SIP_CONTACT_SIZE]) {
    char peer[CW_SIP_ADDRESS_SIZE];
    bare_host(server_of(account->config), peer);
    const struct cw_sip_contact contact = {
        .peer = peer, .transport = account->config->transport, .user = account->config->user, .token = account->token};
    cw_sip_contact_write(account->stack, &contact, out);
}

// ---------------------------------------------------------------- registration and pings

static void close_probe(struct probe *probe) {
    if (!probe->nh) return;
    nua_handle_bind(probe->nh, NULL);
    nua_handle_destroy(probe->nh);
    probe->nh = NULL;
    probe->tries = 0;
}

static void run_later(struct probe *probe, su_timer_f run, unsigned delay_ms) {
    su_timer_destroy(probe->timer);
    probe->timer = cw_sip_timer(probe->account->stack, run, probe->account, delay_ms);
}

static unsigned backoff_ms(const struct cw_sip_account *account) {
    unsigned shift = account->failures < 16 ? account->failures : 16;
    uint64_t delay = (uint64_t)10 * cw_sip_config_of(account->stack)->t1_ms << shift;
    unsigned char random = 0;
    RAND_bytes(&random, 1);
    if (delay > BACKOFF_MAX_MS) delay = BACKOFF_MAX_MS;
    return (unsigned)(delay * (192u + random / 2u) / 256u); // 75 to 125%: not all at once after a crash of the PBX
}

static void on_registration_failed(struct cw_sip_account *account, int status, const char *reason) {
    close_probe(&account->registration);
    account->registered = false;
    tell_state(account, status, reason);
    run_later(&account->registration, register_now, backoff_ms(account));
    account->failures++;
}

static void on_registration_event(struct cw_sip_owner *owner, const struct cw_sip_event *event) {
    struct cw_sip_account *account = ((struct probe *)owner)->account;
    if (event->type == nua_r_unregister && event->status >= 200) {
        if ((event->status == 401 || event->status == 407) &&
            cw_sip_account_authorize(account, event, false, &account->registration.tries))
            return;
        account->leaving = false;
        close_probe(&account->registration);
        return;
    }
    if (event->type != nua_r_register || event->status < 200) return;
    if ((event->status == 401 || event->status == 407) &&
        cw_sip_account_authorize(account, event, false, &account->registration.tries))
        return;
    account->registration.tries = 0;
    if (event->status >= 300) {
        on_registration_failed(account, event->status, event->phrase);
        return;
    }
    char source[CW_SIP_ADDRESS_SIZE];
    if (cw_sip_event_source(event->stack, source)) trust(account, source);
    account->registered = true;
    account->failures = 0;
    tell_state(account, event->status, event->phrase);
}

static void write_aor(const struct cw_sip_account_config *config, char *out, size_t cap) {
    snprintf(out, cap, "<sip:%s%s%s>", config->user, config->user[0] ? "@" : "", config->host);
}

static void register_now(su_root_magic_t *stack, su_timer_t *timer, su_timer_arg_t *arg) {
    struct cw_sip_account *account = arg;
    const struct cw_sip_account_config *config = account->config;
    char aor[512], registrar[512], contact[CW_SIP_CONTACT_SIZE], route[CW_SIP_ROUTE_SIZE] = "", expires[16];
    (void)timer;
    if (stack->stopping) return;
    close_probe(&account->registration);
    write_aor(config, aor, sizeof aor);
    snprintf(registrar, sizeof registrar, "sip:%s%s", config->host, config->proxy[0] ? "" : transport_param(config));
    snprintf(expires, sizeof expires, "%u", config->expires_s);
    account_contact(account, contact);
    if (config->proxy[0]) cw_sip_account_route(account, registrar, route);
    account->registration.nh =
        nua_handle(stack->nua, &account->registration.owner, SIPTAG_FROM_STR(aor), SIPTAG_TO_STR(aor), TAG_END());
    if (!account->registration.nh) {
        on_registration_failed(account, 500, "no memory");
        return;
    }
    cw_sip_aim(stack, account->registration.nh, route[0] ? route : registrar);
    nua_register(account->registration.nh, NUTAG_REGISTRAR((url_string_t *)registrar), SIPTAG_CONTACT_STR(contact),
                 SIPTAG_EXPIRES_STR(expires), TAG_IF(route[0], NUTAG_INITIAL_ROUTE_STR(route)), TAG_END());
}

static void on_ping_event(struct cw_sip_owner *owner, const struct cw_sip_event *event) {
    struct cw_sip_account *account = ((struct probe *)owner)->account;
    if (event->type != nua_r_options || event->status < 200) return;
    if ((event->status == 401 || event->status == 407) &&
        cw_sip_account_authorize(account, event, false, &account->ping.tries))
        return;
    bool own = event->sip == NULL; // no answer came
    account->answering = !own && event->status != 408 && event->status != 503;
    tell_state(account, event->status, event->phrase);
    close_probe(&account->ping);
    run_later(&account->ping, ping_now, account->config->ping_s * 1000u);
}

static void ping_now(su_root_magic_t *stack, su_timer_t *timer, su_timer_arg_t *arg) {
    struct cw_sip_account *account = arg;
    const struct cw_sip_account_config *config = account->config;
    char to[512], url[512], contact[CW_SIP_CONTACT_SIZE], route[CW_SIP_ROUTE_SIZE];
    (void)timer;
    if (stack->stopping) return;
    close_probe(&account->ping);
    snprintf(to, sizeof to, "<sip:%s>", config->host);
    snprintf(url, sizeof url, "sip:%s%s", config->host, config->proxy[0] ? "" : transport_param(config));
    cw_sip_account_route(account, to, route);
    account_contact(account, contact);
    char aor[512];
    write_aor(config, aor, sizeof aor);
    account->ping.nh = nua_handle(stack->nua, &account->ping.owner, TAG_END());
    if (!account->ping.nh) return;
    cw_sip_aim(stack, account->ping.nh, route[0] ? route : url);
    nua_options(account->ping.nh, NUTAG_URL((url_string_t *)url), SIPTAG_FROM_STR(aor), SIPTAG_TO_STR(to),
                SIPTAG_CONTACT_STR(contact), TAG_IF(config->proxy[0], NUTAG_INITIAL_ROUTE_STR(route)), TAG_END());
}

// ---------------------------------------------------------------- public

static int make_token(struct cw_sip_account *account) {
    unsigned char random[8];
    if (RAND_bytes(random, sizeof random) != 1) return CW_RESULT_FAILED;
    for (size_t i = 0; i < sizeof random; i++) snprintf(account->token + 2 * i, 3, "%02x", random[i]);
    return 0;
}

int cw_sip_accounts_start(struct cw_sip_stack *stack) {
    const struct cw_sip_config *config = cw_sip_config_of(stack);
    if (config->account_count == 0) return 0;
    stack->accounts = calloc(config->account_count, sizeof *stack->accounts);
    if (!stack->accounts) return CW_RESULT_NO_MEMORY;
    for (size_t i = 0; i < config->account_count; i++) {
        struct cw_sip_account *account = &stack->accounts[i];
        account->stack = stack;
        account->config = &config->accounts[i];
        account->registration = (struct probe){.owner = {on_registration_event}, .account = account};
        account->ping = (struct probe){.owner = {on_ping_event}, .account = account};
        int result = make_token(account);
        if (result < 0) return result;
        if (account->config->registers) register_now(stack, NULL, account);
        if (account->config->ping_s > 0) ping_now(stack, NULL, account);
    }
    return 0;
}

void cw_sip_accounts_stop(struct cw_sip_stack *stack) {
    for (size_t i = 0; stack->accounts && i < cw_sip_config_of(stack)->account_count; i++) {
        struct cw_sip_account *account = &stack->accounts[i];
        close_probe(&account->ping);
        if (!account->registration.nh) continue;
        if (account->registered) {
            account->leaving = true;
            nua_unregister(account->registration.nh, TAG_END());
        } else {
            close_probe(&account->registration);
        }
    }
}

bool cw_sip_accounts_are_busy(const struct cw_sip_stack *stack) {
    for (size_t i = 0; stack->accounts && i < cw_sip_config_of(stack)->account_count; i++)
        if (stack->accounts[i].leaving) return true;
    return false;
}

void cw_sip_accounts_fini(struct cw_sip_stack *stack) {
    for (size_t i = 0; stack->accounts && i < cw_sip_config_of(stack)->account_count; i++) {
        close_probe(&stack->accounts[i].ping);
        close_probe(&stack->accounts[i].registration);
        su_timer_destroy(stack->accounts[i].ping.timer);
        su_timer_destroy(stack->accounts[i].registration.timer);
    }
    free(stack->accounts);
    stack->accounts = NULL;
}

struct cw_sip_account *cw_sip_account_find(const struct cw_sip_stack *stack, const char *name) {
    for (size_t i = 0; name && stack->accounts && i < cw_sip_config_of(stack)->account_count; i++)
        if (strcmp(stack->accounts[i].config->name, name) == 0) return &stack->accounts[i];
    return NULL;
}

const struct cw_sip_account_config *cw_sip_account_config_of(const struct cw_sip_account *account) {
    return account->config;
}

const char *cw_sip_account_token(const struct cw_sip_account *account) { return account->token; }

const struct cw_sip_account *cw_sip_account_of_request(const struct cw_sip_stack *stack, const sip_t *sip,
                                                       const char *source) {
    char token[32] = "";
    const char *params = sip->sip_request->rq_url->url_params;
    size_t count = stack->accounts ? cw_sip_config_of(stack)->account_count : 0;
    if (params) url_param(params, "cw", token, sizeof token);
    for (size_t i = 0; token[0] && i < count; i++)
        if (strcmp(stack->accounts[i].token, token) == 0) return &stack->accounts[i];
    for (size_t i = 0; i < count; i++) {
        char host[CW_SIP_ADDRESS_SIZE];
        bare_host(server_of(stack->accounts[i].config), host);
        if (strcmp(host, source) == 0 || is_trusted(&stack->accounts[i], source)) return &stack->accounts[i];
    }
    return NULL;
}
