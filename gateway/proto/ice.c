// The ICE lite agent of one peer.
#include "proto/ice.h"

#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/random.h"
#include "proto/ice_check.h"

#define MADE_UFRAG 8
#define MADE_PWD 24

const struct cw_ice_config cw_ice_config_default = {
    .disconnected_after = 5 * CW_SECOND,
    .failed_after = 30 * CW_SECOND,
    .connect_within = 30 * CW_SECOND,
};

const char *cw_ice_drop_name(enum cw_ice_drop drop) {
    static const char *const names[CW_ICE_DROP_COUNT] = {"malformed", "not_request", "no_auth", "username",
                                                         "integrity", "attribute",   "role",    "failed"};
    return (unsigned)drop < CW_ICE_DROP_COUNT ? names[drop] : "unknown";
}

const char *cw_ice_state_name(enum cw_ice_state state) {
    static const char *const names[] = {"new", "checking", "connected", "disconnected", "failed"};
    return (unsigned)state < sizeof names / sizeof *names ? names[state] : "unknown";
}

void cw_ice_credentials_make(struct cw_ice_credentials *out) {
    memset(out, 0, sizeof *out);
    cw_random_text(out->ufrag, MADE_UFRAG);
    cw_random_text(out->pwd, MADE_PWD);
}

// ---- life

void cw_ice_init(struct cw_ice *ice, const struct cw_ice_config *config, const struct cw_ice_credentials *local) {
    *ice = (struct cw_ice){
        .config = config ? config : &cw_ice_config_default, .selected = -1, .local = *local, .since = CW_NEVER};
}

static bool is_ice_text(const char *s) {
    size_t len = strlen(s);
    if (len < 4 || len > CW_ICE_TEXT_MAX) return false;
    for (; *s; s++) {
        bool alnum = (*s >= '0' && *s <= '9') || (*s >= 'A' && *s <= 'Z') || (*s >= 'a' && *s <= 'z');
        if (!alnum && *s != '+' && *s != '/') return false;
    }
    return true;
}

int cw_ice_set_remote(struct cw_ice *ice, cw_time now, const char *ufrag) {
    if (!is_ice_text(ufrag)) return CW_EINVAL;
    cw_strlcpy(ice->remote_ufrag, ufrag, sizeof ice->remote_ufrag);
    ice->since = now;
    return 0;
}

void cw_ice_restart(struct cw_ice *ice, const struct cw_ice_credentials *local) {
    // Before the first nomination nobody depends on the old credentials.
    ice->previous = ice->selected >= 0 ? ice->local : (struct cw_ice_credentials){{0}, {0}};
    ice->local = *local;
    ice->remote_ufrag[0] = 0;
    if (ice->state != CW_ICE_FAILED) return;
    ice->state = CW_ICE_NEW;
    ice->pair_count = 0;
    ice->selected = -1;
    ice->since = CW_NEVER;
}

// ---- validated pairs

static int find_pair(const struct cw_ice *ice, const struct cw_addr *addr, int path) {
    for (int i = 0; i < ice->pair_count; i++)
        if (ice->pairs[i].path == path && cw_addr_equal(&ice->pairs[i].addr, addr)) return i;
    return -1;
}

static int oldest_unselected(const struct cw_ice *ice) {
    int oldest = -1;
    for (int i = 0; i < ice->pair_count; i++)
        if (i != ice->selected && (oldest < 0 || ice->pairs[i].seen < ice->pairs[oldest].seen)) oldest = i;
    return oldest;
}

static int remember_pair(struct cw_ice *ice, cw_time now, const struct cw_addr *src, int path,
                         struct cw_ice_result *result) {
    int i = find_pair(ice, src, path);
    if (i < 0) {
        result->events |= CW_ICE_EVENT_VALID;
        if (ice->pair_count < CW_ICE_PAIRS_MAX) {
            i = ice->pair_count++;
        } else {
            i = oldest_unselected(ice);
            result->events |= CW_ICE_EVENT_EVICTED;
            result->evicted = ice->pairs[i];
        }
        ice->pairs[i] = (struct cw_ice_pair){.addr = *src, .path = path};
    }
    ice->pairs[i].seen = now;
    return i;
}

bool cw_ice_is_valid(const struct cw_ice *ice, const struct cw_addr *addr, int path) {
    return find_pair(ice, addr, path) >= 0;
}

const struct cw_ice_pair *cw_ice_selected(const struct cw_ice *ice) {
    return ice->selected >= 0 ? &ice->pairs[ice->selected] : NULL;
}

void cw_ice_forget_path(struct cw_ice *ice, int path) {
    uint8_t kept = 0;
    int8_t selected = -1;
    for (int i = 0; i < ice->pair_count; i++) {
        if (ice->pairs[i].path == path) continue;
        if (i == ice->selected) selected = (int8_t)kept;
        ice->pairs[kept++] = ice->pairs[i];
    }
    ice->pair_count = kept;
    ice->selected = selected;
}

// ---- states

static unsigned set_state(struct cw_ice *ice, enum cw_ice_state state) {
    if (ice->state == state) return 0;
    ice->state = state;
    return CW_ICE_EVENT_STATE;
}

// A verified check of the peer: the pair is valid, and selected if nominated (RFC 8445 §7.3.2).
// The newest nomination wins; so regular and aggressive nomination and a peer that moves are all the same.
static void on_check(struct cw_ice *ice, cw_time now, const struct cw_addr *src, int path,
                     const struct cw_ice_check *check, struct cw_ice_result *result) {
    int i = remember_pair(ice, now, src, path, result);
    ice->check = ice->heard = now;
    if (check->nominates && i != ice->selected) {
        ice->selected = (int8_t)i;
        result->events |= CW_ICE_EVENT_SELECTED;
    }
    if (check->nominates && check->current && ice->previous.ufrag[0]) {
        ice->previous = (struct cw_ice_credentials){{0}, {0}};
        result->events |= CW_ICE_EVENT_RESTARTED;
    }
    result->events |= set_state(ice, ice->selected >= 0 ? CW_ICE_CONNECTED : CW_ICE_CHECKING);
}

int cw_ice_input(struct cw_ice *ice, cw_time now, const struct cw_addr *src, int path, const void *data, size_t len,
                 uint8_t *reply, struct cw_ice_result *result) {
    struct cw_ice_check check;
    *result = (struct cw_ice_result){0};
    int err = CW_ESTATE;
    check.drop = CW_ICE_DROP_FAILED;
    if (ice->state != CW_ICE_FAILED) err = cw_ice_check_read(&check, ice, src, data, len, reply, &result->reply_len);
    if (err) {
        ice->drops[check.drop]++;
        return err;
    }
    if (!check.indication) on_check(ice, now, src, path, &check, result);
    return 0;
}

cw_time cw_ice_next(const struct cw_ice *ice) {
    cw_time silent = ice->heard + ice->config->disconnected_after;
    cw_time expired = ice->check + ice->config->failed_after;
    switch (ice->state) {
    case CW_ICE_NEW:
    case CW_ICE_CHECKING: return ice->since == CW_NEVER ? CW_NEVER : ice->since + ice->config->connect_within;
    case CW_ICE_CONNECTED: return silent < expired ? silent : expired;
    case CW_ICE_DISCONNECTED: return expired;
    case CW_ICE_FAILED: break;
    }
    return CW_NEVER;
}

unsigned cw_ice_timeout(struct cw_ice *ice, cw_time now) {
    if (now < cw_ice_next(ice)) return 0;
    bool nominated = ice->state == CW_ICE_CONNECTED || ice->state == CW_ICE_DISCONNECTED;
    bool expired = !nominated || now >= ice->check + ice->config->failed_after;
    return set_state(ice, expired ? CW_ICE_FAILED : CW_ICE_DISCONNECTED);
}
