// Who may call the API: keys of the configuration, tokens, and the rules of a gateway without keys.
// The set of keys is read once and never changes: any thread.
#ifndef CW_SIGNALING_AUTH_H
#define CW_SIGNALING_AUTH_H

#include <stdbool.h>

#include "core/problem.h"

struct cw_config;
struct cw_auth;

enum cw_scope {
    CW_SCOPE_SESSIONS = 1, // create, list and end sessions, read their events
    CW_SCOPE_CALLS = 2,    // peers and calls
    CW_SCOPE_METRICS = 4,
    CW_SCOPE_TOKENS = 8, // client tokens
    CW_SCOPE_ADMIN = 16, // the node and its events
    CW_SCOPE_ALL = 31,
};

enum cw_who {
    CW_WHO_NOBODY, // nothing was shown
    CW_WHO_LOCAL,  // this machine, and no key is configured
    CW_WHO_KEY,
    CW_WHO_TOKEN, // a bearer that is no key: a session's or client's token, looked up on the control thread
};

struct cw_identity {
    enum cw_who who;
    unsigned scopes;  // enum cw_scope
    const char *name; // of the key, for the log; else ""
};

// What a request shows; strings may be NULL.
struct cw_credentials {
    const char *bearer;
    const char *host;   // Host header
    const char *origin; // Origin header: a browser's page
    bool from_loopback;
};

// config was checked and is borrowed. CW_ENOMEM.
int cw_auth_new(const struct cw_config *config, struct cw_auth **out);
void cw_auth_free(struct cw_auth *auth);
bool cw_auth_has_keys(const struct cw_auth *auth);

// Who it is; problem 401 unauthorized or 403 if the request is not to be served at all:
//   no keys: only this machine (403 loopback_only), only by a name or address of its own (403 host_not_allowed: a page
//   whose name was rebound to 127.0.0.1), and from pages only if they are ours or in http.cors_origins
//   (403 origin_not_allowed).
int cw_auth_check(const struct cw_auth *auth, const struct cw_credentials *shown, struct cw_identity *out,
                  struct cw_problem *problem);

// The page's origin may read answers (CORS): it is configured, by name or "*".
bool cw_auth_origin_allowed(const struct cw_auth *auth, const char *origin);

// "Bearer abc" -> "abc"; NULL if it is another scheme.
const char *cw_auth_bearer(const char *authorization);

#endif
