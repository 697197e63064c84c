// The browser's side of ICE for tests and load: a full agent's checks on one pair, as the controlling side.
// Sends a Binding request, repeats it until it is answered, then checks consent every 5 s (RFC 7675). Sans-IO.
#ifndef TESTS_SIM_ICE_CLIENT_H
#define TESTS_SIM_ICE_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stun/stunagent.h>

#include "base/addr.h"
#include "base/clock.h"

#define CW_ICE_CLIENT_REQUEST_MAX 640

struct cw_ice_client {
    StunAgent agent;
    char username[514];
    char pwd[257];
    uint64_t tie_breaker;
    bool controlled; // claims the wrong role, until a 487 corrects it
    bool nominate;   // USE-CANDIDATE in every check (aggressive); change it at any time (regular)
    bool connected;  // an answer has come
    int error;       // the newest error answer's code, 0: none
    uint32_t random; // of the jitter
    unsigned tries;  // of the request under way; 0: none is
    cw_time next;
    struct cw_addr mapped; // our address as the other side sees it
    StunTransactionId id;
    size_t request_len;
    uint8_t request[CW_ICE_CLIENT_REQUEST_MAX];
};

// ufrag is ours, the remote ones are the gateway's. seed: of the tie-breaker and of the jitter. Nominates at once.
void cw_ice_client_init(struct cw_ice_client *client, const char *ufrag, const char *remote_ufrag,
                        const char *remote_pwd, uint32_t seed);
void cw_ice_client_start(struct cw_ice_client *client, cw_time now);
// The datagram due now: a new check or a repeated one. 0: none.
size_t cw_ice_client_poll(struct cw_ice_client *client, cw_time now, void *out, size_t cap);
// An answer. 0 if it was one of ours and a success; CW_EAUTH: an error answer; CW_EFORMAT: not ours.
int cw_ice_client_input(struct cw_ice_client *client, cw_time now, const void *data, size_t len);
cw_time cw_ice_client_next(const struct cw_ice_client *client);

#endif
