// The section `sip:` of the configuration, copied so that the sip thread can read it. Constant after init.
#ifndef CW_SIP_CONFIG_H
#define CW_SIP_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include "cw_plugin.h"

#define CW_SIP_ACCOUNTS_MAX 64

// A PBX or trunk. Texts are never NULL.
struct cw_sip_account_config {
    char *name, *host, *proxy, *transport, *user, *auth_user, *password, *realm, *display;
    enum cw_dtmf_mode dtmf;
    bool registers;
    unsigned expires_s, ping_s;
};

enum cw_sip_tls_verify { CW_SIP_TLS_VERIFY_NONE, CW_SIP_TLS_VERIFY_SERVERS, CW_SIP_TLS_VERIFY_ALL };

struct cw_sip_config {
    unsigned port, tls_port;
    char *address, *advertised_address, *user;
    char *tls_certificate, *tls_key, *tls_ca;
    enum cw_sip_tls_verify tls_verify;
    enum cw_dtmf_mode dtmf; // of legs without an account
    unsigned session_expires_s, min_se_s, t1_ms, udp_mtu, receive_buffer_bytes;
    size_t max_legs;
    struct cw_sip_account_config accounts[CW_SIP_ACCOUNTS_MAX];
    size_t account_count;
};

extern const struct cw_config_entry cw_sip_config_entries[];

// Control thread, inside init. Error: text in error->detail; fini it all the same.
int cw_sip_config_init(struct cw_sip_config *config, const struct cw_host *host, struct cw_plugin_error *error);
// Is TLS wanted, to call or to be called?
bool cw_sip_config_has_tls(const struct cw_sip_config *config);
// How digits go to legs of that account; NULL: of none.
enum cw_dtmf_mode cw_sip_config_dtmf(const struct cw_sip_config *config, const char *account);
void cw_sip_config_fini(struct cw_sip_config *config);

#endif
