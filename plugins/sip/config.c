// The section `sip:` of the configuration.
#include "config.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

static const char *const transports[] = {"udp", "tcp", "tls", NULL};
static const char *const dtmf_modes[] = {"auto", "rfc4733", "info", "inband", NULL}; // enum cw_dtmf_mode
static const char *const verifications[] = {"none", "servers", "all", NULL};         // enum cw_sip_tls_verify

const struct cw_config_entry cw_sip_config_entries[] = {
    {"port", CW_KEY_INT, "5060", 1, 65535, NULL, 0, "UDP and TCP port of the SIP stack"},
    {"address", CW_KEY_STRING, "", 0, 0, NULL, 0, "address to listen on; empty: all"},
    {"advertised_address", CW_KEY_STRING, "", 0, 0, NULL, 0,
     "address that peers reach the gateway at, behind a 1:1 NAT; empty: the local one that routes to each peer"},
    {"user", CW_KEY_STRING, "causeway", 0, 0, NULL, 0, "caller's user name when a call gives none"},
    {"tls_port", CW_KEY_INT, "5061", 1, 65535, NULL, 0,
     "TLS port, open when tls_certificate, tls_ca or an account with transport tls is set"},
    {"tls_certificate", CW_KEY_STRING, "", 0, 0, NULL, 0,
     "PEM file with the certificate for SIP over TLS and its intermediates; empty: calls out only"},
    {"tls_key", CW_KEY_STRING, "", 0, 0, NULL, 0, "PEM file with its private key; empty: in tls_certificate"},
    {"tls_ca", CW_KEY_STRING, "", 0, 0, NULL, 0,
     "PEM file with the authorities that peers' certificates come from; empty: the system's"},
    {"tls_verify", CW_KEY_ENUM, "servers", 0, 0, verifications, 0,
     "whose certificates must be valid: servers (whom we connect to, with the name dialled), all (callers too), none"},
    {"dtmf", CW_KEY_ENUM, "auto", 0, 0, dtmf_modes, 0,
     "how digits go to phones of no account: rfc4733, info, inband; auto: rfc4733 if the phone takes it, else info"},
    {"session_expires_s", CW_KEY_INT, "1800", 0, 86400, NULL, 0,
     "session timer (RFC 4028) in seconds; the standard's least is 90; 0: none"},
    {"min_se_s", CW_KEY_INT, "90", 1, 86400, NULL, 0, "shortest session timer accepted, in seconds"},
    {"max_legs", CW_KEY_INT, "10000", 1, 1000000, NULL, 0, "SIP legs at once; more incoming calls get 503"},
    {"t1_ms", CW_KEY_INT, "500", 10, 5000, NULL, 0,
     "round-trip estimate T1 of RFC 3261 in milliseconds; its other timers follow"},
    {"udp_mtu", CW_KEY_INT, "65535", 548, 65535, NULL, 0,
     "requests longer than this many bytes change from UDP to TCP (RFC 3261 says 1300; many trunks have no TCP)"},
    {"receive_buffer_bytes", CW_KEY_INT, "4194304", 65536, 268435456, NULL, 0, "receive buffer of the UDP socket"},
    {"accounts[].name", CW_KEY_STRING, NULL, 0, 0, NULL, 0, "name of the account or trunk; the first is the default"},
    {"accounts[].host", CW_KEY_STRING, NULL, 0, 0, NULL, 0,
     "domain or address of the PBX or trunk, with :port if not 5060"},
    {"accounts[].proxy", CW_KEY_STRING, "", 0, 0, NULL, 0, "outbound proxy as host or host:port; empty: none"},
    {"accounts[].transport", CW_KEY_ENUM, "udp", 0, 0, transports, 0, "transport to the account"},
    {"accounts[].user", CW_KEY_STRING, "", 0, 0, NULL, 0, "user part of our address there"},
    {"accounts[].auth_user", CW_KEY_STRING, "", 0, 0, NULL, 0, "user name for digest; empty: user"},
    {"accounts[].password", CW_KEY_STRING, "", 0, 0, NULL, CW_KEY_SECRET, "password for digest"},
    {"accounts[].realm", CW_KEY_STRING, "", 0, 0, NULL, 0,
     "the one realm that may ask for the password; empty: the first that the account's host names"},
    {"accounts[].display", CW_KEY_STRING, "", 0, 0, NULL, 0, "display name of calls that give none"},
    {"accounts[].dtmf", CW_KEY_ENUM, "auto", 0, 0, dtmf_modes, 0, "how digits go to the account, as sip.dtmf"},
    {"accounts[].register", CW_KEY_BOOL, "false", 0, 0, NULL, 0, "register there, so that its calls come here"},
    {"accounts[].expires_s", CW_KEY_INT, "600", 1, 86400, NULL, 0, "registration time asked for, in seconds"},
    {"accounts[].ping_s", CW_KEY_INT, "0", 0, 86400, NULL, 0, "seconds between OPTIONS to the account; 0: none"},
    {0},
};

static char *copy_string(const struct cw_host *host, const char *path) {
    const char *value = host->config_string(host, path);
    return strdup(value ? value : "");
}

static char *copy_member(const struct cw_host *host, size_t index, const char *field) {
    char path[64];
    snprintf(path, sizeof path, "accounts.%zu.%s", index, field);
    return copy_string(host, path);
}

static unsigned member_int(const struct cw_host *host, size_t index, const char *field) {
    char path[64];
    snprintf(path, sizeof path, "accounts.%zu.%s", index, field);
    return (unsigned)host->config_int(host, path);
}

// Index of the value of an enum, 0 if it is none of them.
static unsigned choice_of(const struct cw_host *host, const char *path, const char *const *choices) {
    const char *value = host->config_string(host, path);
    for (unsigned i = 0; value && choices[i]; i++)
        if (strcmp(value, choices[i]) == 0) return i;
    return 0;
}

static enum cw_dtmf_mode member_dtmf(const struct cw_host *host, size_t index) {
    char path[64];
    snprintf(path, sizeof path, "accounts.%zu.dtmf", index);
    return (enum cw_dtmf_mode)choice_of(host, path, dtmf_modes);
}

static int reject(struct cw_plugin_error *error, const char *what, const char *value) {
    snprintf(error->detail, sizeof error->detail, "%s: %.120s", what, value);
    return CW_RESULT_INVALID;
}

// Each of these ends up in a URI or header of ours.
static int check_account(const struct cw_sip_account_config *account, struct cw_plugin_error *error) {
    char uri[1024];
    const char *why;
    struct cw_sip_uri parsed;
    if (!account->name[0] ||
        strspn(account->name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") !=
            strlen(account->name))
        return reject(error, "sip.accounts: a name is letters, digits and -_.", account->name);
    const char *hosts[] = {account->host, account->proxy[0] ? account->proxy : account->host};
    for (size_t i = 0; i < 2; i++) {
        bool user = account->user[0] != 0;
        snprintf(uri, sizeof uri, "sip:%s%s%s", account->user, user ? "@" : "", hosts[i]);
        if (cw_sip_uri_parse(uri, &parsed, &why) < 0 || parsed.params[0])
            return reject(error, "sip.accounts: bad URI", uri);
    }
    if (!cw_sip_text_is_safe(account->display))
        return reject(error, "sip.accounts: bad display name of", account->name);
    return 0;
}

static int read_account(struct cw_sip_account_config *account, const struct cw_host *host, size_t index,
                        struct cw_plugin_error *error) {
    char path[64];
    snprintf(path, sizeof path, "accounts.%zu.register", index);
    *account = (struct cw_sip_account_config){
        .name = copy_member(host, index, "name"),
        .host = copy_member(host, index, "host"),
        .proxy = copy_member(host, index, "proxy"),
        .transport = copy_member(host, index, "transport"),
        .user = copy_member(host, index, "user"),
        .auth_user = copy_member(host, index, "auth_user"),
        .password = copy_member(host, index, "password"),
        .realm = copy_member(host, index, "realm"),
        .display = copy_member(host, index, "display"),
        .dtmf = member_dtmf(host, index),
        .registers = host->config_bool(host, path),
        .expires_s = member_int(host, index, "expires_s"),
        .ping_s = member_int(host, index, "ping_s"),
    };
    if (!account->name || !account->host || !account->proxy || !account->transport || !account->user ||
        !account->auth_user || !account->password || !account->realm || !account->display)
        return CW_RESULT_NO_MEMORY;
    return check_account(account, error);
}

static int read_accounts(struct cw_sip_config *config, const struct cw_host *host, struct cw_plugin_error *error) {
    size_t count = host->config_count(host, "accounts");
    if (count > CW_SIP_ACCOUNTS_MAX) return reject(error, "sip.accounts", "more than 64");
    for (size_t i = 0; i < count; i++) {
        config->account_count = i + 1;
        int result = read_account(&config->accounts[i], host, i, error);
        if (result < 0) return result;
        for (size_t j = 0; j < i; j++)
            if (strcmp(config->accounts[j].name, config->accounts[i].name) == 0)
                return reject(error, "sip.accounts: two of the name", config->accounts[i].name);
    }
    return 0;
}

int cw_sip_config_init(struct cw_sip_config *config, const struct cw_host *host, struct cw_plugin_error *error) {
    *config = (struct cw_sip_config){
        .port = (unsigned)host->config_int(host, "port"),
        .tls_port = (unsigned)host->config_int(host, "tls_port"),
        .address = copy_string(host, "address"),
        .advertised_address = copy_string(host, "advertised_address"),
        .user = copy_string(host, "user"),
        .tls_certificate = copy_string(host, "tls_certificate"),
        .tls_key = copy_string(host, "tls_key"),
        .tls_ca = copy_string(host, "tls_ca"),
        .tls_verify = (enum cw_sip_tls_verify)choice_of(host, "tls_verify", verifications),
        .dtmf = (enum cw_dtmf_mode)choice_of(host, "dtmf", dtmf_modes),
        .session_expires_s = (unsigned)host->config_int(host, "session_expires_s"),
        .min_se_s = (unsigned)host->config_int(host, "min_se_s"),
        .max_legs = (size_t)host->config_int(host, "max_legs"),
        .t1_ms = (unsigned)host->config_int(host, "t1_ms"),
        .udp_mtu = (unsigned)host->config_int(host, "udp_mtu"),
        .receive_buffer_bytes = (unsigned)host->config_int(host, "receive_buffer_bytes"),
    };
    if (!config->address || !config->advertised_address || !config->user || !config->tls_certificate ||
        !config->tls_key || !config->tls_ca)
        return CW_RESULT_NO_MEMORY;
    return read_accounts(config, host, error);
}

bool cw_sip_config_has_tls(const struct cw_sip_config *config) {
    for (size_t i = 0; i < config->account_count; i++)
        if (strcmp(config->accounts[i].transport, "tls") == 0) return true;
    return config->tls_certificate[0] || config->tls_ca[0];
}

enum cw_dtmf_mode cw_sip_config_dtmf(const struct cw_sip_config *config, const char *account) {
    for (size_t i = 0; account && i < config->account_count; i++)
        if (strcmp(config->accounts[i].name, account) == 0) return config->accounts[i].dtmf;
    return config->dtmf;
}

static void fini_account(struct cw_sip_account_config *account) {
    if (account->password) OPENSSL_cleanse(account->password, strlen(account->password));
    free(account->name);
    free(account->host);
    free(account->proxy);
    free(account->transport);
    free(account->user);
    free(account->auth_user);
    free(account->password);
    free(account->realm);
    free(account->display);
}

void cw_sip_config_fini(struct cw_sip_config *config) {
    for (size_t i = 0; i < config->account_count; i++) fini_account(&config->accounts[i]);
    free(config->address);
    free(config->advertised_address);
    free(config->user);
    free(config->tls_certificate);
    free(config->tls_key);
    free(config->tls_ca);
    *config = (struct cw_sip_config){0};
}
