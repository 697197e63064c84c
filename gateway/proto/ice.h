// ICE lite (RFC 8445 §2.5): the agent of one peer. It answers the peer's connectivity checks, remembers which
// addresses they came from, follows the peer's nomination and notices when its checks stop (RFC 7675).
// It never sends a check itself and is always the controlled side. STUN is read and written by libnice's STUN library.
//
//            check verified           nomination                no check for `disconnected_after`
//     NEW ------------------> CHECKING ---------> CONNECTED <---------------------> DISCONNECTED
//      |  no nomination `connect_within` |               (a check comes)                 | no check for `failed_after`
//      +---------------------------------+--------------------> FAILED <-----------------+
//
// Embedded in its owner and used on the owner's thread; about 1 kB, no heap.
#ifndef CW_PROTO_ICE_H
#define CW_PROTO_ICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/clock.h"

#define CW_ICE_LOCAL_UFRAG_SIZE 17 // ours: up to 16 characters and a NUL
#define CW_ICE_LOCAL_PWD_SIZE 41   // ours: up to 40 characters and a NUL
#define CW_ICE_TEXT_MAX 256        // the longest ufrag or pwd of a peer (RFC 8839 §5.4)
#define CW_ICE_PAIRS_MAX 8         // validated addresses remembered
#define CW_ICE_REPLY_MAX 256       // the size of a reply buffer

// Ours: what the a=ice-ufrag and a=ice-pwd lines say.
struct cw_ice_credentials {
    char ufrag[CW_ICE_LOCAL_UFRAG_SIZE];
    char pwd[CW_ICE_LOCAL_PWD_SIZE];
};

// Random ones: 8 and 24 characters (47 and 142 bits).
void cw_ice_credentials_make(struct cw_ice_credentials *out);

struct cw_ice_config {          // shared by all agents, outlives them
    cw_time disconnected_after; // [us] 5 s
    cw_time failed_after;       // [us] 30 s (RFC 7675 §5.1)
    cw_time connect_within;     // [us] 30 s from cw_ice_set_remote to the first nomination
};
extern const struct cw_ice_config cw_ice_config_default;

enum cw_ice_state { CW_ICE_NEW, CW_ICE_CHECKING, CW_ICE_CONNECTED, CW_ICE_DISCONNECTED, CW_ICE_FAILED };

// Why a packet was not obeyed; an index into cw_ice.drops.
enum cw_ice_drop {
    CW_ICE_DROP_MALFORMED,   // not STUN, cut short, bad FINGERPRINT or none
    CW_ICE_DROP_NOT_REQUEST, // a response, or a method other than Binding
    CW_ICE_DROP_NO_AUTH,     // no USERNAME or no MESSAGE-INTEGRITY: answered 400
    CW_ICE_DROP_USERNAME,    // not for us, or not from our peer: answered 401
    CW_ICE_DROP_INTEGRITY,   // MESSAGE-INTEGRITY wrong: answered 401
    CW_ICE_DROP_ATTRIBUTE,   // an unknown comprehension-required attribute: answered 420
    CW_ICE_DROP_ROLE,        // the peer claims to be controlled: answered 487
    CW_ICE_DROP_FAILED,      // consent has expired; only a restart helps
    CW_ICE_DROP_COUNT
};
const char *cw_ice_drop_name(enum cw_ice_drop drop); // "integrity", never NULL
const char *cw_ice_state_name(enum cw_ice_state state);

// An address of the peer and the local way to it.
struct cw_ice_pair {
    struct cw_addr addr;
    int path;     // the caller's tag of the socket or TCP connection
    cw_time seen; // its newest verified check
};

struct cw_ice {
    const struct cw_ice_config *config;
    enum cw_ice_state state;
    uint8_t pair_count;
    int8_t selected; // index of the pair to send to; -1: none yet
    struct cw_ice_pair pairs[CW_ICE_PAIRS_MAX];
    struct cw_ice_credentials local;
    struct cw_ice_credentials previous; // of before the restart; empty ufrag: none
    char remote_ufrag[CW_ICE_TEXT_MAX + 1];
    cw_time since; // when waiting for the first nomination began; CW_NEVER: not yet
    cw_time check; // the newest verified check of the peer
    cw_time heard; // the newest sign of life: a check, or what cw_ice_heard reported
    uint32_t drops[CW_ICE_DROP_COUNT];
};

// config may be NULL (defaults). Nothing to release, so there is no fini.
void cw_ice_init(struct cw_ice *ice, const struct cw_ice_config *config, const struct cw_ice_credentials *local);

// The peer's ufrag from its description (its pwd is never needed by a lite agent); starts the wait for a nomination.
// Until then checks are verified by our own credentials alone (RFC 8445 §7.3). CW_EINVAL: not 4..256 ice-chars.
int cw_ice_set_remote(struct cw_ice *ice, cw_time now, const char *ufrag);

// ICE restart (RFC 8445 §9): new local credentials; the old ones are answered until the peer nominates a pair with
// the new ones (drop the old ufrag from any table at CW_ICE_EVENT_RESTARTED). Call cw_ice_set_remote afterwards
// with the peer's new ufrag. The selected pair stays in use meanwhile.
void cw_ice_restart(struct cw_ice *ice, const struct cw_ice_credentials *local);

// What happened in an input or a time-out; bits.
enum cw_ice_event {
    CW_ICE_EVENT_VALID = 1,     // the source address is validated now and was not before
    CW_ICE_EVENT_EVICTED = 2,   // an older validated address was forgotten for it: see result.evicted
    CW_ICE_EVENT_SELECTED = 4,  // the address to send to was set or has changed: see cw_ice_selected
    CW_ICE_EVENT_STATE = 8,     // the state changed
    CW_ICE_EVENT_RESTARTED = 16 // the credentials of before the restart are no longer answered
};

struct cw_ice_result {
    unsigned events;            // of enum cw_ice_event
    size_t reply_len;           // bytes of reply to send back to src over path; 0: none
    struct cw_ice_pair evicted; // with CW_ICE_EVENT_EVICTED
};

// One STUN packet. reply has CW_ICE_REPLY_MAX bytes. Returns 0 if it was a verified check (or a keepalive indication),
// else what was wrong with it (counted in drops); a reply may have to be sent in both cases, so result is always
// written.
int cw_ice_input(struct cw_ice *ice, cw_time now, const struct cw_addr *src, int path, const void *data, size_t len,
                 uint8_t *reply, struct cw_ice_result *result);

// A packet of the peer authenticated in another way (SRTP) came: not disconnected yet. Does not renew consent.
static inline void cw_ice_heard(struct cw_ice *ice, cw_time now) { ice->heard = now; }

// Is this an address of the peer? DTLS is accepted only from such ones.
bool cw_ice_is_valid(const struct cw_ice *ice, const struct cw_addr *addr, int path);
// Where to send: the pair nominated last; NULL before the first nomination.
const struct cw_ice_pair *cw_ice_selected(const struct cw_ice *ice);
// The path is gone (a TCP connection closed): its addresses are forgotten; may leave nothing selected.
void cw_ice_forget_path(struct cw_ice *ice, int path);

cw_time cw_ice_next(const struct cw_ice *ice);            // when to call cw_ice_timeout; CW_NEVER: not at all
unsigned cw_ice_timeout(struct cw_ice *ice, cw_time now); // events; harmless when called early

// The receiver's ufrag (USERNAME up to the ':') of a raw Binding request, nothing verified: the key for finding
// the agent. Points into data, not terminated. CW_EFORMAT: not a Binding request with a USERNAME.
int cw_ice_peek_ufrag(const void *data, size_t len, const char **ufrag, size_t *ufrag_len);

#endif
