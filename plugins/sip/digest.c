// HTTP digest for SIP (RFC 7616 section 3.4, RFC 8760).
#include "digest.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "cw_plugin.h"

static const struct {
    const char *name;
    bool session;
} algorithms[] = {
    [CW_SIP_MD5] = {"MD5", false},
    [CW_SIP_MD5_SESS] = {"MD5-sess", true},
    [CW_SIP_SHA256] = {"SHA-256", false},
    [CW_SIP_SHA256_SESS] = {"SHA-256-sess", true},
};

// ---------------------------------------------------------------- challenges

// "name=value": where the value begins, or NULL if the parameter has another name.
static const char *value_of(const char *param, const char *name) {
    size_t len = strlen(name);
    return strncasecmp(param, name, len) == 0 && param[len] == '=' ? param + len + 1 : NULL;
}

static int unquote(const char *value, char *out, size_t cap) {
    bool quoted = *value == '"';
    size_t len = 0;
    for (value += quoted; *value && !(quoted && *value == '"'); value++) {
        if (quoted && *value == '\\' && value[1]) value++;
        if (len + 1 >= cap) return CW_RESULT_INVALID;
        out[len++] = *value;
    }
    out[len] = 0;
    return 0;
}

static int parse_algorithm(struct cw_sip_challenge *challenge, const char *value) {
    char name[32];
    if (unquote(value, name, sizeof name) < 0) return CW_RESULT_UNSUPPORTED;
    for (size_t i = 0; i < sizeof algorithms / sizeof *algorithms; i++)
        if (strcasecmp(name, algorithms[i].name) == 0) {
            challenge->algorithm = (enum cw_sip_algorithm)i;
            return 0;
        }
    return CW_RESULT_UNSUPPORTED;
}

// A list: "auth,auth-int". Only auth is known here.
static int parse_qop(struct cw_sip_challenge *challenge, const char *value) {
    char list[64], *rest = list;
    if (unquote(value, list, sizeof list) < 0) return CW_RESULT_UNSUPPORTED;
    for (char *word; (word = strsep(&rest, ", \t"));)
        if (strcasecmp(word, "auth") == 0) challenge->qop_auth = true;
    return challenge->qop_auth ? 0 : CW_RESULT_UNSUPPORTED;
}

static int parse_param(struct cw_sip_challenge *challenge, const char *param) {
    const char *value;
    if ((value = value_of(param, "realm"))) return unquote(value, challenge->realm, sizeof challenge->realm);
    if ((value = value_of(param, "nonce"))) return unquote(value, challenge->nonce, sizeof challenge->nonce);
    if ((value = value_of(param, "algorithm"))) return parse_algorithm(challenge, value);
    if ((value = value_of(param, "qop"))) return parse_qop(challenge, value);
    if ((value = value_of(param, "opaque"))) {
        challenge->has_opaque = true;
        return unquote(value, challenge->opaque, sizeof challenge->opaque);
    }
    if ((value = value_of(param, "stale"))) challenge->stale = strncasecmp(value + (*value == '"'), "true", 4) == 0;
    return 0;
}

// What goes back between quotes must not end them.
static bool is_quotable(const char *text) { return strpbrk(text, "\"\\\r\n") == NULL; }

int cw_sip_challenge_parse(struct cw_sip_challenge *out, const char *const *params) {
    struct cw_sip_challenge challenge = {.algorithm = CW_SIP_MD5};
    for (; params && *params; params++) {
        int result = parse_param(&challenge, *params);
        if (result < 0) return result;
    }
    if (!challenge.realm[0] || !challenge.nonce[0]) return CW_RESULT_INVALID;
    if (!is_quotable(challenge.realm) || !is_quotable(challenge.nonce) || !is_quotable(challenge.opaque))
        return CW_RESULT_INVALID;
    *out = challenge;
    return 0;
}

// ---------------------------------------------------------------- answers

// Hexadecimal digest of the texts with ':' between them.
static int hash(enum cw_sip_algorithm algorithm, const char *const *texts, char out[65]) {
    const EVP_MD *type = algorithm >= CW_SIP_SHA256 ? EVP_sha256() : EVP_md5();
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool fine = context && EVP_DigestInit_ex(context, type, NULL);
    for (size_t i = 0; fine && texts[i]; i++) {
        if (i > 0) fine = EVP_DigestUpdate(context, ":", 1);
        fine = fine && EVP_DigestUpdate(context, texts[i], strlen(texts[i]));
    }
    fine = fine && EVP_DigestFinal_ex(context, digest, &len);
    EVP_MD_CTX_free(context);
    if (!fine) return CW_RESULT_FAILED;
    for (unsigned i = 0; i < len; i++) snprintf(out + 2 * i, 3, "%02x", digest[i]);
    return 0;
}

int cw_sip_digest_response(const struct cw_sip_challenge *challenge, const struct cw_sip_credentials *credentials,
                           const struct cw_sip_signed_request *request, char out[65]) {
    char secret[65], text[65], count[9];
    enum cw_sip_algorithm algorithm = challenge->algorithm;
    snprintf(count, sizeof count, "%08x", request->nonce_count);
    int result = hash(algorithm,
                      (const char *const[]){credentials->user, challenge->realm, credentials->password, NULL}, secret);
    if (result < 0) return result;
    if (algorithms[algorithm].session)
        result = hash(algorithm, (const char *const[]){secret, challenge->nonce, request->cnonce, NULL}, secret);
    if (result < 0) return result;
    result = hash(algorithm, (const char *const[]){request->method, request->uri, NULL}, text);
    if (result < 0) return result;
    if (challenge->qop_auth)
        return hash(algorithm,
                    (const char *const[]){secret, challenge->nonce, count, request->cnonce, "auth", text, NULL}, out);
    return hash(algorithm, (const char *const[]){secret, challenge->nonce, text, NULL}, out);
}

int cw_sip_digest_header(const struct cw_sip_challenge *challenge, const struct cw_sip_credentials *credentials,
                         const struct cw_sip_signed_request *request, char *out, size_t cap) {
    char response[65], extra[512] = "";
    if (!is_quotable(credentials->user) || !is_quotable(request->uri)) return CW_RESULT_INVALID;
    int result = cw_sip_digest_response(challenge, credentials, request, response);
    if (result < 0) return result;
    if (challenge->qop_auth)
        snprintf(extra, sizeof extra, ", qop=auth, nc=%08x, cnonce=\"%s\"", request->nonce_count, request->cnonce);
    else if (algorithms[challenge->algorithm].session)
        snprintf(extra, sizeof extra, ", cnonce=\"%s\"", request->cnonce);
    int len = snprintf(
        out, cap,
        "Digest username=\"%s\", realm=\"%s\", nonce=\"%s\", uri=\"%s\", response=\"%s\", algorithm=%s%s%s%s%s",
        credentials->user, challenge->realm, challenge->nonce, request->uri, response,
        algorithms[challenge->algorithm].name, extra, challenge->has_opaque ? ", opaque=\"" : "", challenge->opaque,
        challenge->has_opaque ? "\"" : "");
    return len > 0 && (size_t)len < cap ? 0 : CW_RESULT_INVALID;
}
