// Why a call ended: a stable word for the API, and the SIP status it stands for.
#ifndef CW_CORE_CAUSE_H
#define CW_CORE_CAUSE_H

struct cw_cause {
    char code[32];       // "hangup", "busy", "timeout" …; "" while the call lives
    int sip_status;      // of the far side, or what we told it; 0: none
    char sip_reason[64]; // its phrase
    int q850;            // cause of a Q.850 Reason header (RFC 3326), 0: none
    char by[8];          // "local", "far"
};

// "busy" for 486, … ; never NULL. Any thread.
const char *cw_cause_of_status(int sip_status);
// The status that an incoming call, not answered yet, is refused with.
int cw_cause_status(const char *code);

#endif
