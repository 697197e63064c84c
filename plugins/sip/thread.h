// What the files of the sip thread share. Nothing here is touched by another thread.
#ifndef CW_SIP_THREAD_H
#define CW_SIP_THREAD_H

#include <stdbool.h>

#include "address.h"
#include "sofia.h"
#include "stack.h"

#define CW_SIP_ROUTE_SIZE 512

struct cw_sip_account;

// An event of nua about one handle. Valid during the call.
struct cw_sip_event {
    struct cw_sip_stack *stack;
    nua_event_t type;
    int status;
    const char *phrase;
    nua_handle_t *nh;
    const sip_t *sip; // NULL when the stack made the event itself
    const tagi_t *tags;
};

// First member of what a handle is bound to.
struct cw_sip_owner {
    void (*on_event)(struct cw_sip_owner *owner, const struct cw_sip_event *event);
};

struct cw_sip_stack {
    struct cw_sip_stack_options options;
    su_root_t *root;
    nua_t *nua;
    struct cw_sip_table calls; // struct cw_sip_call by id
    struct cw_sip_account *accounts;
    uint64_t last_incoming; // odd numbers are incoming legs, even ones outgoing
    bool stopping;
};

static inline const struct cw_sip_config *cw_sip_config_of(const struct cw_sip_stack *stack) {
    return stack->options.config;
}

// A counter of the host: causeway_sip_<name>_total.
void cw_sip_count(const struct cw_sip_stack *stack, const char *name);
// Log line of the host with key=value text.
void cw_sip_log(const struct cw_sip_stack *stack, enum cw_host_log_level level, const char *event, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
void cw_sip_tell(const struct cw_sip_stack *stack, const struct cw_sip_note *note);

// Where the message of the event that runs now came from. False: it is the stack's own.
bool cw_sip_event_source(const struct cw_sip_stack *stack, char out[CW_SIP_ADDRESS_SIZE]);

// The same with its port, ready for a URI: "192.0.2.1:5060", "[2001:db8::1]:5060".
#define CW_SIP_SENDER_SIZE (CW_SIP_ADDRESS_SIZE + 10)
bool cw_sip_event_sender(const struct cw_sip_stack *stack, char out[CW_SIP_SENDER_SIZE]);

// Our address as that peer (an address, a name or NULL) reaches it, ready for a URI.
void cw_sip_local_host(const struct cw_sip_stack *stack, const char *peer, char out[CW_SIP_ADDRESS_SIZE + 2]);

// Sends the requests of nh to the host of uri if that is an IPv6 address in [] and we listen on all addresses: Sofia
// would take the first UDP socket for it, of whatever family.
void cw_sip_aim(const struct cw_sip_stack *stack, nua_handle_t *nh, const char *uri);

// What a Contact of ours says.
struct cw_sip_contact {
    const char *peer;      // address of the far side, or NULL
    const char *transport; // "udp", "tcp", "tls"
    const char *user;      // or ""
    const char *token;     // cw_sip_account_token of the account that the far side belongs to, or NULL
};
// Writes "<sip:user@address:port;…>". Cuts nothing: sizes are bounded.
#define CW_SIP_CONTACT_SIZE 512
void cw_sip_contact_write(const struct cw_sip_stack *stack, const struct cw_sip_contact *contact,
                          char out[CW_SIP_CONTACT_SIZE]);

// The session description of a message as text for free(), or NULL.
char *cw_sip_sdp_of(const sip_t *sip);
// Any other body, at most 16 kB, or NULL.
char *cw_sip_body_of(const sip_t *sip);

// A timer that runs once; 0 ms is at once. NULL without memory.
su_timer_t *cw_sip_timer(struct cw_sip_stack *stack, su_timer_f run, void *arg, unsigned delay_ms);

// Requests without a handle of ours: OPTIONS, MESSAGE and the rest.
void cw_sip_on_stray_event(struct cw_sip_stack *stack, const struct cw_sip_event *event);

#endif
