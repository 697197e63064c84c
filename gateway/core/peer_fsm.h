// The state machine of a peer: a pure function over a table.
#ifndef CW_CORE_PEER_FSM_H
#define CW_CORE_PEER_FSM_H

enum cw_peer_state {
    CW_PEER_NEW,
    CW_PEER_CONNECTING,
    CW_PEER_CONNECTED,
    CW_PEER_DISCONNECTED,
    CW_PEER_FAILED,
    CW_PEER_CLOSED,
    CW_PEER_STATES,
};

enum cw_peer_input {
    CW_PEER_ON_CHECK,   // the first valid connectivity check
    CW_PEER_ON_SECURE,  // DTLS done, keys in place
    CW_PEER_ON_SILENT,  // no consent for ice.disconnected_ms
    CW_PEER_ON_CONSENT, // consent is back
    CW_PEER_ON_FAILURE, // consent expired, DTLS failed, ICE timed out
    CW_PEER_ON_CLOSE,   // by the API, close_notify, the call or the session
    CW_PEER_INPUTS,
};

// The state after the input; the same state if the input means nothing there.
enum cw_peer_state cw_peer_step(enum cw_peer_state state, enum cw_peer_input input);
const char *cw_peer_state_name(enum cw_peer_state state); // as in the API

#endif
