// Digest for Sofia's requests. Sofia keeps, for each realm of a handle, a struct that begins with its auth_client_t.
#include "auth.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SOFIA_EXTEND_AUTH_CLIENT 1 // as the library is built
#include <sofia-sip/auth_client_plugin.h>
#include <sofia-sip/msg_header.h>

#include "cw_plugin.h"

struct digest_client {
    auth_client_t base;
    struct cw_sip_challenge challenge;
    bool usable;
    unsigned nonce_count;
};

// ---------------------------------------------------------------- texts in Sofia's "Digest:realm:user:password"

// Hexadecimal, since the format gives ':' a meaning that it has not in passwords.
static char *to_hex(const char *text) {
    size_t len = strlen(text);
    char *hex = malloc(2 * len + 3);
    if (!hex) return NULL;
    strcpy(hex, "0x");
    for (size_t i = 0; i < len; i++) snprintf(hex + 2 + 2 * i, 3, "%02x", (unsigned char)text[i]);
    return hex;
}

static char *from_hex(const char *hex) {
    size_t len = strlen(hex);
    if (len < 2 || len % 2) return NULL;
    char *text = malloc(len / 2);
    if (!text) return NULL;
    for (size_t i = 2; i < len; i += 2) {
        unsigned byte = 0;
        if (sscanf(hex + i, "%2x", &byte) != 1) byte = '?';
        text[i / 2 - 1] = (char)byte;
    }
    text[len / 2 - 1] = 0;
    return text;
}

static void free_secret(char *text) {
    if (text) OPENSSL_cleanse(text, strlen(text));
    free(text);
}

// ---------------------------------------------------------------- the plugin

// 2: new, 1: nothing new. A weaker algorithm never replaces a stronger one of the same realm: a response may list both,
// and someone on the path may leave the stronger one out.
static int on_challenge(auth_client_t *base, msg_auth_t const *header) {
    struct digest_client *client = (struct digest_client *)base;
    struct cw_sip_challenge challenge;
    if (cw_sip_challenge_parse(&challenge, header->au_params) < 0) return 1;
    if (client->usable && challenge.algorithm < client->challenge.algorithm) return 1;
    bool same = client->usable && challenge.algorithm == client->challenge.algorithm;
    if (same && strcmp(challenge.nonce, client->challenge.nonce) == 0) return 1;
    client->challenge = challenge;
    client->usable = true;
    client->nonce_count = 0;
    return 2;
}

static int sign(struct digest_client *client, const char *method, const char *uri, char *out, size_t cap) {
    unsigned char random[16];
    char cnonce[33];
    if (RAND_bytes(random, sizeof random) != 1) return -1;
    for (size_t i = 0; i < sizeof random; i++) snprintf(cnonce + 2 * i, 3, "%02x", random[i]);
    char *user = from_hex(client->base.ca_user), *password = from_hex(client->base.ca_pass);
    const struct cw_sip_credentials credentials = {.user = user, .password = password};
    const struct cw_sip_signed_request request = {
        .method = method, .uri = uri, .cnonce = cnonce, .nonce_count = ++client->nonce_count};
    int result = user && password ? cw_sip_digest_header(&client->challenge, &credentials, &request, out, cap) : -1;
    free_secret(user);
    free_secret(password);
    return result;
}

static int on_authorize(auth_client_t *base, su_home_t *home, char const *method, url_t const *url,
                        msg_payload_t const *body, msg_header_t **out) {
    struct digest_client *client = (struct digest_client *)base;
    char value[4096];
    (void)body;
    if (!client->usable || base->ca_clear || !base->ca_user || !base->ca_pass) return 0;
    char *uri = url_as_string(home, url);
    if (!uri || sign(client, method, uri, value, sizeof value) < 0) return -1;
    base->ca_clear = 1; // once
    *out = msg_header_make(home, base->ca_credential_class, value);
    return *out ? 0 : -1;
}

static int on_clear(auth_client_t *base) {
    base->ca_clear = 1;
    return 1;
}

static bool is_hex_of(const char *hex, const char *text) {
    char *plain = from_hex(hex);
    bool same = plain && strcmp(plain, text) == 0;
    free(plain);
    return same;
}

// realm: in quotes, as Sofia's format has it.
static int on_save(auth_client_t *base, char const *scheme, char const *realm, char const *user, char const *password) {
    struct digest_client *client = (struct digest_client *)base;
    char hex[2 * sizeof client->challenge.realm + 8];
    (void)scheme;
    if (!client->usable || !realm || !user || !password) return 0;
    snprintf(hex, sizeof hex, "%s", realm + (realm[0] == '"'));
    hex[strcspn(hex, "\"")] = 0;
    if (!is_hex_of(hex, client->challenge.realm)) return 0;
    if (base->ca_pass) OPENSSL_cleanse(base->ca_pass, strlen(base->ca_pass));
    su_free(base->ca_home, base->ca_user);
    su_free(base->ca_home, base->ca_pass);
    base->ca_user = su_strdup(base->ca_home, user);
    base->ca_pass = su_strdup(base->ca_home, password);
    base->ca_clear = 0;
    return base->ca_user && base->ca_pass ? 1 : -1;
}

// Never copied from one handle to another.
static int on_copy(auth_client_t *to, auth_client_t const *from) {
    (void)to;
    (void)from;
    return 0;
}

// ---------------------------------------------------------------- installing it

// Sofia replaces the first plugin whose name differs, and finds plugins without regard to case: in lower case ours
// takes the place of its own Digest, which is the first. The check below is for a Sofia that counts otherwise.
static const auth_client_plugin_t digest_plugin = {
    .auc_plugin_size = sizeof digest_plugin,
    .auc_size = sizeof(struct digest_client),
    .auc_name = "digest",
    .auc_challenge = on_challenge,
    .auc_authorize = on_authorize,
    .auc_clear = on_clear,
    .auc_save_credentials = on_save,
    .auc_copy_credentials = on_copy,
};

static int installed; // result of install, for the whole process as Sofia's table is

static void install(void) {
    su_home_t home = SU_HOME_INIT(home);
    auth_client_t *list = NULL;
    auc_register_plugin(&digest_plugin);
    sip_www_authenticate_t *challenge = sip_www_authenticate_make(&home, "Digest realm=\"a\", nonce=\"b\"");
    if (!challenge || auc_challenge(&list, &home, challenge, sip_authorization_class) != 1 || !list ||
        list->ca_auc != &digest_plugin)
        installed = CW_RESULT_FAILED;
    su_home_deinit(&home);
}

int cw_sip_auth_install(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, install);
    return installed;
}

// ---------------------------------------------------------------- answering

static bool find_in(const msg_auth_t *header, const char *realm, struct cw_sip_challenge *best, bool found) {
    for (; header; header = header->au_next) {
        struct cw_sip_challenge challenge;
        if (!header->au_scheme || strcasecmp(header->au_scheme, "Digest") != 0) continue;
        if (cw_sip_challenge_parse(&challenge, header->au_params) < 0) continue;
        if (realm[0] && strcmp(realm, challenge.realm) != 0) continue;
        if (found && challenge.algorithm <= best->algorithm) continue;
        *best = challenge;
        found = true;
    }
    return found;
}

int cw_sip_auth_find(const sip_t *sip, const char *realm, struct cw_sip_challenge *out) {
    struct cw_sip_challenge best;
    bool found = find_in(sip->sip_www_authenticate, realm, &best, false);
    if (!found) found = find_in(sip->sip_proxy_authenticate, realm, &best, false);
    if (!found) return CW_RESULT_NOT_FOUND;
    *out = best;
    return 0;
}

int cw_sip_auth_answer(nua_handle_t *nh, const struct cw_sip_challenge *challenge,
                       const struct cw_sip_credentials *credentials) {
    char *realm = to_hex(challenge->realm), *user = to_hex(credentials->user),
         *password = to_hex(credentials->password), *all = NULL;
    int result = CW_RESULT_NO_MEMORY;
    if (realm && user && password && asprintf(&all, "Digest:\"%s\":%s:%s", realm, user, password) > 0) {
        nua_authenticate(nh, NUTAG_AUTH(all), TAG_END());
        result = 0;
    }
    free_secret(all);
    free_secret(password);
    free(user);
    free(realm);
    return result;
}

void cw_sip_auth_refuse(nua_handle_t *nh) { nua_authenticate(nh, TAG_END()); }
