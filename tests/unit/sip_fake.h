// For tests of the SIP plugin: a host that records what it is told, and a phone that is a bare UDP socket.
// The control thread is the test's own: what the plugins post runs inside fake_run and the phone's waits.
#ifndef CW_TEST_SIP_FAKE_H
#define CW_TEST_SIP_FAKE_H

#include <stdbool.h>
#include <stdint.h>

#include "cw_plugin.h"

#define FAKE_LEGS 2048
#define FAKE_TEXT 4096

// A leg as its host sees it.
struct fake_leg {
    cw_handle handle;
    void *leg; // the plugin's
    bool incoming, answered, ended;
    char to_user[64], to[256], from[256], display[64], account[64], header[128]; // header: the first, "name=value"
    cw_handle replaces;
    enum cw_dtmf_mode dtmf;
    char progress[128]; // "180 183+sdp 180 "
    char sdp[FAKE_TEXT], answer_sdp[FAKE_TEXT];
    int reoffers, done_count, done_status;
    char reoffer_sdp[FAKE_TEXT], done_sdp[FAKE_TEXT];
    char info[256], message[256], refer[256];
    int end_status, end_q850;
    char end_code[32], end_reason[128];
};

// One plugin instance and its host.
struct fake {
    struct cw_host host;
    const struct cw_plugin *plugin;
    void *self;
    const char *const *settings; // "port=5060", …, NULL
    struct fake_leg legs[FAKE_LEGS];
    int leg_count;
    int refuse_with;                                    // answer of call_incoming, 0: takes it
    bool takes_refers;                                  // leg_refer returns 0
    bool auto_answer;                                   // incoming calls are answered with fake_sdp at once
    int malformed, refused, info_failed, tls_untrusted; // counters
    char node_events[1024];                             // "trunk.up trunk.down "
    char node_data[1024];
};

extern const char fake_sdp[], fake_sdp_hold[];

// Starts an instance; settings end with NULL. Returns init's result; error in error if not NULL.
int fake_start(struct fake *fake, const struct cw_plugin *plugin, const char *const *settings,
               struct cw_plugin_error *error);
void fake_stop(struct fake *fake);
// A UDP port that nothing uses now.
int fake_free_port(void);
// Runs control until *flag is not 0 or ms have gone. Returns *flag.
int fake_run_until(const int *flag, int ms);
bool fake_run_bool(const bool *flag, int ms);
// Runs control for ms.
void fake_run(int ms);
// Runs control until the fake has count legs.
struct fake_leg *fake_wait_leg(struct fake *fake, int count, int ms);
struct fake_leg *fake_dial(struct fake *fake, const struct cw_dial *dial, struct cw_plugin_error *error);
void fake_hangup(struct fake *fake, struct fake_leg *leg, int status);

// ---------------------------------------------------------------- the phone

struct phone {
    int fd, port;
    int gateway_port;
    char in[65536]; // the message received last
    int cseq;
    const char *address;   // its own
    const char *to_params; // of its request URIs: "" or ";name=value"
    const char *contact;   // host:port of the Contact of its requests, or NULL: where it is
};

// At 127.0.0.1 or another address of loopback.
void phone_open(struct phone *phone, int gateway_port);
void phone_open_at(struct phone *phone, int gateway_port, const char *address);
void phone_close(struct phone *phone);
void phone_send(struct phone *phone, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void phone_send_bytes(struct phone *phone, const void *bytes, size_t len);
// Waits for a message that starts with prefix ("INVITE ", "SIP/2.0 200"), drops others; control runs meanwhile.
bool phone_wait(struct phone *phone, const char *prefix, int ms);
// The value of the first such header of the message received last, or "".
const char *phone_header(const struct phone *phone, const char *name);
const char *phone_body(const struct phone *phone);
// Answers the request received last. extra: header lines with CRLF, or "". sdp: or NULL.
void phone_reply(struct phone *phone, const char *status, const char *extra, const char *sdp);
// A request of a dialog or alone. call: names Call-ID and From tag; to_tag: "" or ";tag=…".
void phone_request(struct phone *phone, const char *method, const char *call, const char *to_tag, const char *extra,
                   const char *body);
// The To tag of the message received last, as ";tag=…".
const char *phone_to_tag(const struct phone *phone);
// In the dialog of the INVITE received last at invite (as the called side): BYE, re-INVITE, …
void phone_callee_request(struct phone *phone, const char *invite, const char *method, int cseq, const char *extra,
                          const char *body);

#endif
