// The controlling side of ICE.
#include "sim/ice_client.h"

#include <stdio.h>
#include <string.h>
#include <stun/usages/ice.h>

#include "base/buf.h"
#include "base/err.h"

#define PRIORITY 0x6e7f1effU // a peer-reflexive candidate (RFC 8445 §5.1.2.1)
#define FIRST_WAIT (100 * CW_MS)
#define LONGEST_WAIT (1600 * CW_MS)
#define CONSENT_INTERVAL (5 * CW_SECOND)

static uint32_t next_random(struct cw_ice_client *client) {
    client->random = client->random * 1664525U + 1013904223U;
    return client->random >> 8;
}

void cw_ice_client_init(struct cw_ice_client *client, const char *ufrag, const char *remote_ufrag,
                        const char *remote_pwd, uint32_t seed) {
    memset(client, 0, sizeof *client);
    stun_agent_init(&client->agent, STUN_ALL_KNOWN_ATTRIBUTES, STUN_COMPATIBILITY_RFC5389,
                    STUN_AGENT_USAGE_SHORT_TERM_CREDENTIALS | STUN_AGENT_USAGE_USE_FINGERPRINT);
    snprintf(client->username, sizeof client->username, "%.256s:%.256s", remote_ufrag, ufrag);
    cw_strlcpy(client->pwd, remote_pwd, sizeof client->pwd);
    client->random = seed;
    client->tie_breaker = (uint64_t)next_random(client) << 32 | next_random(client);
    client->nominate = true;
    client->next = CW_NEVER;
}

void cw_ice_client_start(struct cw_ice_client *client, cw_time now) { client->next = now; }

static void make_request(struct cw_ice_client *client) {
    StunMessage message;
    client->request_len = stun_usage_ice_conncheck_create(
        &client->agent, &message, client->request, sizeof client->request, (const uint8_t *)client->username,
        strlen(client->username), (const uint8_t *)client->pwd, strlen(client->pwd), client->nominate,
        !client->controlled, PRIORITY, client->tie_breaker, NULL, STUN_USAGE_ICE_COMPATIBILITY_RFC5245);
    stun_message_id(&message, client->id);
}

size_t cw_ice_client_poll(struct cw_ice_client *client, cw_time now, void *out, size_t cap) {
    if (now < client->next) return 0;
    // Consent asks anew each time (RFC 7675 §5.1); before that a lost check is repeated as it was.
    if (client->connected && client->tries) {
        stun_agent_forget_transaction(&client->agent, client->id);
        client->tries = 0;
    }
    if (!client->tries) make_request(client);
    if (!client->request_len || client->request_len > cap) return 0;
    cw_time wait = FIRST_WAIT << (client->tries < 4 ? client->tries : 4);
    client->tries++;
    if (client->connected)
        wait = CONSENT_INTERVAL * (80 + next_random(client) % 41) / 100;
    else if (wait > LONGEST_WAIT)
        wait = LONGEST_WAIT;
    client->next = now + wait;
    memcpy(out, client->request, client->request_len);
    return client->request_len;
}

int cw_ice_client_input(struct cw_ice_client *client, cw_time now, const void *data, size_t len) {
    StunMessage message;
    if (!client->tries) return CW_EFORMAT;
    StunValidationStatus status = stun_agent_validate(&client->agent, &message, data, len, NULL, NULL);
    // A 400 or 401 comes without MESSAGE-INTEGRITY.
    if (status == STUN_VALIDATION_UNAUTHORIZED_BAD_REQUEST || status == STUN_VALIDATION_UNAUTHORIZED) {
        if (stun_message_get_class(&message) != STUN_ERROR) return CW_EFORMAT;
    } else if (status != STUN_VALIDATION_SUCCESS) {
        return CW_EFORMAT;
    }
    struct sockaddr_storage mapped = {0};
    socklen_t mapped_len = sizeof mapped;
    int code = 0;
    stun_message_find_error(&message, &code);
    StunUsageIceReturn answer =
        stun_usage_ice_conncheck_process(&message, &mapped, &mapped_len, STUN_USAGE_ICE_COMPATIBILITY_RFC5245);
    client->tries = 0;
    client->error = code;
    if (answer == STUN_USAGE_ICE_RETURN_ROLE_CONFLICT) {
        client->controlled = !client->controlled;
        client->next = now;
        return CW_EAUTH;
    }
    if (answer != STUN_USAGE_ICE_RETURN_SUCCESS) return CW_EAUTH;
    memcpy(&client->mapped, &mapped, sizeof client->mapped);
    if (!client->connected) client->next = now + CONSENT_INTERVAL * (80 + next_random(client) % 41) / 100;
    client->connected = true;
    return 0;
}

cw_time cw_ice_client_next(const struct cw_ice_client *client) { return client->next; }
