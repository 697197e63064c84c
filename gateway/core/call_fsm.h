// The state machine of a call: a pure function over a table; it returns what is to be done and does nothing itself.
//
//              ┌────────── out ──────────┐        ┌── in ──┐
//   dialing ──180──▶ ringing ──183+SDP──▶ early    ringing ─┐
//      │                │                  │                │ answer
//      └────────200─────┴────────200───────┴──▶ answered ◀──┘
//                                                │  ▲
//                                     hold (us or them)  resume
//                                                ▼  │
//                                               held          ended: from everywhere
#ifndef CW_CORE_CALL_FSM_H
#define CW_CORE_CALL_FSM_H

#include <stdbool.h>

enum cw_call_state {
    CW_CALL_DIALING,
    CW_CALL_RINGING,
    CW_CALL_EARLY,
    CW_CALL_ANSWERED,
    CW_CALL_HELD,
    CW_CALL_ENDED,
    CW_CALL_STATES,
};

enum cw_call_input {
    CW_CALL_ON_RINGING,  // far side: 180 without SDP
    CW_CALL_ON_EARLY,    // far side: 18x with SDP
    CW_CALL_ON_ANSWERED, // far side: 200
    CW_CALL_ON_ACCEPT,   // API: answer an incoming call
    CW_CALL_ON_HOLD,     // API: hold
    CW_CALL_ON_RESUME,   // API: resume
    CW_CALL_ON_FAR_HOLD, // far side holds by re-INVITE
    CW_CALL_ON_FAR_RESUME,
    CW_CALL_ON_HANGUP,    // API, session or peer gone, time-outs: our side ends it
    CW_CALL_ON_FAR_ENDED, // far side ended it
    CW_CALL_INPUTS,
};

enum cw_call_command {
    CW_CALL_DO_NOTHING = 0,
    CW_CALL_DO_TELL_RINGING = 1 << 0, // call.ringing
    CW_CALL_DO_TELL_EARLY = 1 << 1,
    CW_CALL_DO_TELL_ANSWERED = 1 << 2,
    CW_CALL_DO_TELL_HELD = 1 << 3,
    CW_CALL_DO_TELL_RESUMED = 1 << 4,
    CW_CALL_DO_ANSWER_FAR = 1 << 5, // 200 with our SDP
    CW_CALL_DO_REOFFER_HOLD = 1 << 6,
    CW_CALL_DO_REOFFER_RESUME = 1 << 7,
    CW_CALL_DO_HANGUP_FAR = 1 << 8, // CANCEL, final response or BYE
    CW_CALL_DO_END = 1 << 9,        // free the media, tell call.ended, write the record
    CW_CALL_DO_REFUSE = 1 << 10,    // not possible in this state
};

struct cw_call_step {
    enum cw_call_state state;
    unsigned commands;
};

// held_by_us / held_by_far are part of the state; they are kept by the caller from step to step.
struct cw_call_holds {
    bool us, far;
};

struct cw_call_step cw_call_step(enum cw_call_state state, struct cw_call_holds *holds, enum cw_call_input input);
const char *cw_call_state_name(enum cw_call_state state);

#endif
