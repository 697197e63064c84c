// HTTP digest for SIP (RFC 7616, RFC 8760): challenges read, answers computed. Pure functions.
// Sofia knows MD5 alone; SHA-256 is what new PBXs ask for first.
#ifndef CW_SIP_DIGEST_H
#define CW_SIP_DIGEST_H

#include <stdbool.h>
#include <stddef.h>

enum cw_sip_algorithm { CW_SIP_MD5, CW_SIP_MD5_SESS, CW_SIP_SHA256, CW_SIP_SHA256_SESS }; // weakest first

struct cw_sip_challenge {
    enum cw_sip_algorithm algorithm;
    char realm[256], nonce[512], opaque[256]; // unquoted
    bool has_opaque;
    bool stale;    // the password was right, the nonce too old
    bool qop_auth; // qop=auth; without it the challenge is of RFC 2069's kind
};

struct cw_sip_credentials {
    const char *user, *password;
};

// What is signed.
struct cw_sip_signed_request {
    const char *method, *uri, *cnonce;
    unsigned nonce_count;
};

// params: the challenge's parameters as "name=value" texts, ends with NULL. CW_RESULT_UNSUPPORTED: an algorithm or qop
// that is not known here; CW_RESULT_INVALID: no realm or nonce, or one too long.
int cw_sip_challenge_parse(struct cw_sip_challenge *out, const char *const *params);

// The response parameter: 32 or 64 hexadecimal digits.
int cw_sip_digest_response(const struct cw_sip_challenge *challenge, const struct cw_sip_credentials *credentials,
                           const struct cw_sip_signed_request *request, char out[65]);
// The value of an Authorization or Proxy-Authorization header. CW_RESULT_INVALID if it does not fit.
int cw_sip_digest_header(const struct cw_sip_challenge *challenge, const struct cw_sip_credentials *credentials,
                         const struct cw_sip_signed_request *request, char *out, size_t cap);

#endif
