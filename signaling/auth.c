// Keys, scopes and the rules of a gateway without keys.
#include "signaling/auth.h"

#include <arpa/inet.h>
#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/addr.h"
#include "base/buf.h"
#include "base/config.h"
#include "base/err.h"

struct key {
    const char *name; // lives as long as the configuration
    unsigned char hash[SHA256_DIGEST_LENGTH];
    unsigned scopes;
};

struct cw_auth {
    const struct cw_config *config;
    unsigned key_count;
    struct key keys[];
};

struct scope_name {
    const char *name;
    unsigned scope;
};

// The words of api.keys[].scopes.
static const struct scope_name scope_names[] = {
    {"sessions", CW_SCOPE_SESSIONS}, {"calls", CW_SCOPE_CALLS}, {"metrics", CW_SCOPE_METRICS},
    {"tokens", CW_SCOPE_TOKENS},     {"admin", CW_SCOPE_ALL},
};

static unsigned scope_of(const char *name) {
    for (size_t i = 0; i < sizeof scope_names / sizeof *scope_names; i++) {
        if (strcmp(scope_names[i].name, name) == 0) return scope_names[i].scope;
    }
    return 0;
}

static void read_key(const struct cw_config *config, unsigned index, struct key *key) {
    const char *secret = cw_config_string(config, "api.keys[%u].key", index);
    unsigned count = cw_config_count(config, "api.keys[%u].scopes", index);
    key->name = cw_config_string(config, "api.keys[%u].name", index);
    key->scopes = count ? 0 : CW_SCOPE_ALL;
    SHA256((const unsigned char *)secret, strlen(secret), key->hash);
    for (unsigned i = 0; i < count; i++)
        key->scopes |= scope_of(cw_config_item(config, i, "api.keys[%u].scopes", index));
}

int cw_auth_new(const struct cw_config *config, struct cw_auth **out) {
    unsigned count = cw_config_count(config, "api.keys");
    struct cw_auth *auth = calloc(1, sizeof *auth + count * sizeof auth->keys[0]);
    if (!auth) return CW_ENOMEM;
    auth->config = config;
    auth->key_count = count;
    for (unsigned i = 0; i < count; i++) read_key(config, i, &auth->keys[i]);
    *out = auth;
    return 0;
}

void cw_auth_free(struct cw_auth *auth) { free(auth); }

bool cw_auth_has_keys(const struct cw_auth *auth) { return auth->key_count > 0; }

const char *cw_auth_bearer(const char *authorization) {
    if (!authorization || strncasecmp(authorization, "Bearer ", 7) != 0) return NULL;
    const char *token = authorization + 7;
    while (*token == ' ') token++;
    return *token ? token : NULL;
}

// Compares hashes, so that the time taken says nothing of the keys, and looks at every key.
static const struct key *find_key(const struct cw_auth *auth, const char *bearer) {
    unsigned char hash[SHA256_DIGEST_LENGTH];
    const struct key *found = NULL;
    SHA256((const unsigned char *)bearer, strlen(bearer), hash);
    for (unsigned i = 0; i < auth->key_count; i++) {
        if (CRYPTO_memcmp(hash, auth->keys[i].hash, sizeof hash) == 0) found = &auth->keys[i];
    }
    return found;
}

// "127.0.0.1:8080", "[::1]", "localhost:8080": the host without the port.
static bool host_name(const char *host, char *out, size_t cap) {
    size_t len = host[0] == '[' ? strcspn(host, "]") : strcspn(host, ":");
    if (host[0] == '[') {
        host++;
        len--;
    }
    if (len == 0 || len >= cap) return false;
    memcpy(out, host, len);
    out[len] = '\0';
    return true;
}

static bool host_is_local(const char *host) {
    char name[64];
    struct cw_addr addr;
    if (!host) return true; // HTTP/1.0: no browser
    if (!host_name(host, name, sizeof name)) return false;
    if (cw_addr_parse(&addr, name, 0) == 0) return cw_addr_is_loopback(&addr);
    size_t len = strlen(name);
    return strcasecmp(name, "localhost") == 0 || (len > 10 && strcasecmp(name + len - 10, ".localhost") == 0);
}

static bool same_origin(const char *origin, const char *host) {
    if (!host) return false;
    const char *at = strncmp(origin, "http://", 7) == 0    ? origin + 7
                     : strncmp(origin, "https://", 8) == 0 ? origin + 8
                                                           : NULL;
    return at && strcasecmp(at, host) == 0;
}

static bool origin_listed(const struct cw_auth *auth, const char *origin) {
    unsigned count = cw_config_count(auth->config, "http.cors_origins");
    for (unsigned i = 0; i < count; i++) {
        if (strcasecmp(cw_config_item(auth->config, i, "http.cors_origins"), origin) == 0) return true;
    }
    return false;
}

bool cw_auth_origin_allowed(const struct cw_auth *auth, const char *origin) {
    // Without keys "*" would let every page that this machine's user opens drive the gateway.
    return origin_listed(auth, origin) || (cw_auth_has_keys(auth) && origin_listed(auth, "*"));
}

static int check_keyless(const struct cw_auth *auth, const struct cw_credentials *shown, struct cw_problem *problem) {
    if (!shown->from_loopback) {
        return cw_problem_set(problem, 403, "loopback_only", NULL,
                              "No API key is configured (api.keys), so this gateway serves its own machine only.");
    }
    if (!host_is_local(shown->host)) {
        return cw_problem_set(problem, 403, "host_not_allowed", NULL,
                              "Without API keys this gateway is reached as localhost or by a loopback address only.");
    }
    if (shown->origin && !same_origin(shown->origin, shown->host) && !cw_auth_origin_allowed(auth, shown->origin)) {
        return cw_problem_set(problem, 403, "origin_not_allowed", NULL,
                              "Without API keys pages of other origins need to be listed in http.cors_origins.");
    }
    return 0;
}

int cw_auth_check(const struct cw_auth *auth, const struct cw_credentials *shown, struct cw_identity *out,
                  struct cw_problem *problem) {
    *out = (struct cw_identity){.name = ""};
    if (!cw_auth_has_keys(auth)) {
        int err = check_keyless(auth, shown, problem);
        if (err) return err;
        out->who = shown->bearer ? CW_WHO_TOKEN : CW_WHO_LOCAL;
        out->scopes = shown->bearer ? 0 : CW_SCOPE_ALL;
        return 0;
    }
    if (!shown->bearer) return 0;
    const struct key *key = find_key(auth, shown->bearer);
    out->who = key ? CW_WHO_KEY : CW_WHO_TOKEN;
    if (key) {
        out->scopes = key->scopes;
        out->name = key->name;
    }
    return 0;
}
