// What crosses between the control thread and the sip thread: a kind, the leg's id and copies of texts.
#ifndef CW_SIP_NOTE_H
#define CW_SIP_NOTE_H

#include <stddef.h>
#include <stdint.h>

#include "cw_plugin.h"

enum cw_sip_note_kind {
    // control → sip
    CW_SIP_DIAL,
    CW_SIP_RING,
    CW_SIP_ANSWER,
    CW_SIP_HANGUP,
    CW_SIP_REOFFER,
    CW_SIP_ANSWER_REOFFER,
    CW_SIP_SEND_INFO,
    CW_SIP_SEND_MESSAGE,
    CW_SIP_REFER_DONE,
    CW_SIP_STOP,
    // sip → control
    CW_SIP_INCOMING,
    CW_SIP_PROGRESS,
    CW_SIP_ANSWERED,
    CW_SIP_REOFFERED,
    CW_SIP_REOFFER_DONE,
    CW_SIP_GOT_INFO,
    CW_SIP_GOT_MESSAGE,
    CW_SIP_REFERRED,
    CW_SIP_ENDED,
    CW_SIP_NODE_EVENT,
};

#define CW_SIP_HEADERS_MAX 32

// Which texts are set depends on the kind; the others are NULL.
struct cw_sip_note {
    enum cw_sip_note_kind kind;
    uint64_t leg;   // the plugin's own number of the leg, the same on both threads
    uint64_t other; // INCOMING: the leg that it replaces, or 0
    int status, q850;
    const char *to_user, *to, *from, *display, *account;
    const char *sdp;
    const char *reason, *code;
    const char *type, *body; // of INFO, MESSAGE and node events
    struct cw_header headers[CW_SIP_HEADERS_MAX];
    size_t header_count;
};

// A copy of all texts in one block, for free(); NULL without memory.
struct cw_sip_note *cw_sip_note_copy(const struct cw_sip_note *note);

#endif
