// STUN Binding requests: a strict walk of our own first, then libnice's STUN library verifies and answers.
#include "proto/ice_check.h"

#include <string.h>
#include <stun/stunagent.h>
#include <stun/usages/ice.h>

#include "base/buf.h"
#include "base/err.h"

#define HEADER_LEN 20
#define COOKIE 0x2112a442U
#define INTEGRITY_LEN 20
#define FINGERPRINT_LEN 4

enum { BINDING_REQUEST = 0x0001, BINDING_INDICATION = 0x0011 };

// What the walk finds. libnice trusts the lengths of MESSAGE-INTEGRITY, so they are checked here.
struct outline {
    uint16_t type;
    const char *username; // not terminated; NULL: none
    size_t username_len;
    bool integrity;
    bool fingerprint;
    bool controlled; // the sender says it is
};

static int note_attribute(struct outline *o, uint16_t type, const uint8_t *value, size_t len) {
    if (o->fingerprint) return CW_EFORMAT; // it is the last one
    if (type == STUN_ATTRIBUTE_FINGERPRINT) {
        o->fingerprint = true;
        return len == FINGERPRINT_LEN ? 0 : CW_EFORMAT;
    }
    if (o->integrity) return CW_EFORMAT; // what follows it is not protected
    switch (type) {
    case STUN_ATTRIBUTE_USERNAME:
        if (o->username) return CW_EFORMAT;
        o->username = (const char *)value;
        o->username_len = len;
        return 0;
    case STUN_ATTRIBUTE_MESSAGE_INTEGRITY: o->integrity = true; return len == INTEGRITY_LEN ? 0 : CW_EFORMAT;
    case STUN_ATTRIBUTE_ICE_CONTROLLED: o->controlled = true; return 0;
    default: return 0;
    }
}

static int outline_read(struct outline *o, const void *data, size_t len) {
    struct cw_reader r;
    *o = (struct outline){0};
    cw_reader_init(&r, data, len);
    o->type = cw_read_u16(&r);
    size_t body = cw_read_u16(&r);
    uint32_t cookie = cw_read_u32(&r);
    cw_read_bytes(&r, 12); // transaction id
    if (r.bad || cookie != COOKIE || o->type & 0xc000 || body != r.left || body % 4 != 0) return CW_EFORMAT;
    while (r.left) {
        uint16_t type = cw_read_u16(&r);
        size_t value_len = cw_read_u16(&r);
        const uint8_t *value = cw_read_bytes(&r, value_len);
        cw_read_bytes(&r, -value_len % 4); // padding
        if (r.bad) return CW_EFORMAT;
        int err = note_attribute(o, type, value, value_len);
        if (err) return err;
    }
    return 0;
}

int cw_ice_peek_ufrag(const void *data, size_t len, const char **ufrag, size_t *ufrag_len) {
    struct outline o;
    int err = outline_read(&o, data, len);
    if (err) return err;
    if (o.type != BINDING_REQUEST || !o.username) return CW_EFORMAT;
    const char *colon = memchr(o.username, ':', o.username_len);
    if (!colon || colon == o.username) return CW_EFORMAT;
    *ufrag = o.username;
    *ufrag_len = (size_t)(colon - o.username);
    return 0;
}

// ---- credentials

static bool text_is(const char *s, size_t len, const char *want) {
    return strlen(want) == len && memcmp(s, want, len) == 0;
}

// USERNAME is "ours:theirs" (RFC 8445 §7.2.2). The password it stands for; NULL: not for us.
static const char *find_password(const struct cw_ice *ice, const struct outline *o, bool *current) {
    const char *colon = memchr(o->username, ':', o->username_len);
    if (!colon) return NULL;
    size_t local_len = (size_t)(colon - o->username);
    size_t remote_len = o->username_len - local_len - 1;
    *current = text_is(o->username, local_len, ice->local.ufrag);
    if (*current) {
        bool from_peer = !ice->remote_ufrag[0] || text_is(colon + 1, remote_len, ice->remote_ufrag);
        return from_peer ? ice->local.pwd : NULL;
    }
    if (ice->previous.ufrag[0] && text_is(o->username, local_len, ice->previous.ufrag)) return ice->previous.pwd;
    return NULL;
}

static bool give_password(StunAgent *agent, StunMessage *message, uint8_t *username, uint16_t username_len,
                          uint8_t **password, size_t *password_len, void *user_data) {
    (void)agent, (void)message, (void)username, (void)username_len;
    *password = user_data;
    *password_len = strlen(user_data);
    return true;
}

// ---- answers

static size_t answer_error(StunAgent *agent, const StunMessage *request, StunError code, const char *password,
                           uint8_t *reply) {
    StunMessage message;
    if (!stun_agent_init_error(agent, &message, reply, CW_ICE_REPLY_MAX, request, code)) return 0;
    return stun_agent_finish_message(agent, &message, (const uint8_t *)password, password ? strlen(password) : 0);
}

static size_t answer_success(StunAgent *agent, const StunMessage *request, const struct cw_addr *src,
                             const char *password, uint8_t *reply) {
    StunMessage message;
    struct sockaddr_storage mapped = {0};
    memcpy(&mapped, &src->sa, cw_addr_len(src));
    if (!stun_agent_init_response(agent, &message, reply, CW_ICE_REPLY_MAX, request)) return 0;
    if (stun_message_append_xor_addr(&message, STUN_ATTRIBUTE_XOR_MAPPED_ADDRESS, &mapped, cw_addr_len(src)) !=
        STUN_MESSAGE_RETURN_SUCCESS)
        return 0;
    return stun_agent_finish_message(agent, &message, (const uint8_t *)password, strlen(password));
}

static int refuse(struct cw_ice_check *check, enum cw_ice_drop drop, int err) {
    check->drop = drop;
    return err;
}

// The message is well-formed and a Binding request. The agent lives on the stack: only replies are made,
// so none of the transactions it could remember (11 kB a peer, if it were kept) are in use.
static int verify_request(struct cw_ice_check *check, const struct cw_ice *ice, const struct outline *o,
                          const struct cw_addr *src, const void *data, size_t len, uint8_t *reply, size_t *reply_len) {
    static const uint16_t known[] = {STUN_ATTRIBUTE_USERNAME, STUN_ATTRIBUTE_MESSAGE_INTEGRITY, STUN_ATTRIBUTE_PRIORITY,
                                     STUN_ATTRIBUTE_USE_CANDIDATE, 0};
    const char *password = o->username && o->integrity ? find_password(ice, o, &check->current) : NULL;
    StunAgent agent;
    StunMessage request;
    stun_agent_init(&agent, known, STUN_COMPATIBILITY_RFC5389,
                    STUN_AGENT_USAGE_SHORT_TERM_CREDENTIALS | STUN_AGENT_USAGE_USE_FINGERPRINT);
    StunValidationStatus status =
        stun_agent_validate(&agent, &request, data, len, password ? give_password : NULL, (void *)(uintptr_t)password);
    switch (status) {
    case STUN_VALIDATION_SUCCESS: break;
    case STUN_VALIDATION_UNKNOWN_REQUEST_ATTRIBUTE: {
        StunMessage message;
        *reply_len = stun_agent_build_unknown_attributes_error(&agent, &message, reply, CW_ICE_REPLY_MAX, &request);
        return refuse(check, CW_ICE_DROP_ATTRIBUTE, CW_EUNSUPPORTED);
    }
    case STUN_VALIDATION_UNAUTHORIZED_BAD_REQUEST:
        *reply_len = answer_error(&agent, &request, STUN_ERROR_BAD_REQUEST, NULL, reply);
        return refuse(check, CW_ICE_DROP_NO_AUTH, CW_EAUTH);
    case STUN_VALIDATION_UNAUTHORIZED:
        *reply_len = answer_error(&agent, &request, STUN_ERROR_UNAUTHORIZED, NULL, reply);
        return refuse(check, password ? CW_ICE_DROP_INTEGRITY : CW_ICE_DROP_USERNAME, CW_EAUTH);
    default: return refuse(check, CW_ICE_DROP_MALFORMED, CW_EFORMAT);
    }
    if (o->controlled) { // a lite agent cannot take the other role: the peer has to (RFC 8445 §7.3.1.1)
        *reply_len = answer_error(&agent, &request, STUN_ERROR_ROLE_CONFLICT, password, reply);
        return refuse(check, CW_ICE_DROP_ROLE, CW_ESTATE);
    }
    *reply_len = answer_success(&agent, &request, src, password, reply);
    check->nominates = stun_usage_ice_conncheck_use_candidate(&request);
    return 0;
}

int cw_ice_check_read(struct cw_ice_check *check, const struct cw_ice *ice, const struct cw_addr *src, const void *data,
                      size_t len, uint8_t *reply, size_t *reply_len) {
    struct outline o;
    *check = (struct cw_ice_check){0};
    if (outline_read(&o, data, len)) return refuse(check, CW_ICE_DROP_MALFORMED, CW_EFORMAT);
    check->indication = o.type == BINDING_INDICATION;
    if (check->indication) return 0;
    if (o.type != BINDING_REQUEST) return refuse(check, CW_ICE_DROP_NOT_REQUEST, CW_EUNSUPPORTED);
    return verify_request(check, ice, &o, src, data, len, reply, reply_len);
}
