// The state machine of a peer, as a table: one row a state, one column an input.
#include "core/peer_fsm.h"

#define NEW CW_PEER_NEW
#define CHK CW_PEER_CONNECTING
#define CON CW_PEER_CONNECTED
#define DIS CW_PEER_DISCONNECTED
#define FAI CW_PEER_FAILED
#define CLO CW_PEER_CLOSED

static const unsigned char next[CW_PEER_STATES][CW_PEER_INPUTS] = {
    //                        check secure silent consent failure close
    [CW_PEER_NEW] = {CHK, CON, NEW, NEW, FAI, CLO},       [CW_PEER_CONNECTING] = {CHK, CON, CHK, CHK, FAI, CLO},
    [CW_PEER_CONNECTED] = {CON, CON, DIS, CON, FAI, CLO}, [CW_PEER_DISCONNECTED] = {DIS, CON, DIS, CON, FAI, CLO},
    [CW_PEER_FAILED] = {FAI, FAI, FAI, FAI, FAI, CLO},    [CW_PEER_CLOSED] = {CLO, CLO, CLO, CLO, CLO, CLO},
};

enum cw_peer_state cw_peer_step(enum cw_peer_state state, enum cw_peer_input input) { return next[state][input]; }

const char *cw_peer_state_name(enum cw_peer_state state) {
    static const char *const names[] = {"new", "connecting", "connected", "disconnected", "failed", "closed"};
    return names[state];
}
