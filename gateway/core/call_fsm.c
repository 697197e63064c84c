// The state machine of a call: one function per state.
#include "core/call_fsm.h"

static struct cw_call_step stay(enum cw_call_state state, unsigned commands) {
    return (struct cw_call_step){state, commands};
}

static struct cw_call_step refuse(enum cw_call_state state) { return stay(state, CW_CALL_DO_REFUSE); }

static const struct cw_call_step hang_up = {CW_CALL_ENDED, CW_CALL_DO_HANGUP_FAR | CW_CALL_DO_END};
static const struct cw_call_step far_gone = {CW_CALL_ENDED, CW_CALL_DO_END};
static const struct cw_call_step answered = {CW_CALL_ANSWERED, CW_CALL_DO_TELL_ANSWERED};

// Outgoing: dialing, ringing and early differ in what they tell.
static struct cw_call_step before_answer(enum cw_call_state state, enum cw_call_input input) {
    switch (input) {
    case CW_CALL_ON_RINGING:
        if (state == CW_CALL_RINGING) return stay(state, CW_CALL_DO_NOTHING); // 180 again
        return stay(state == CW_CALL_EARLY ? CW_CALL_EARLY : CW_CALL_RINGING, CW_CALL_DO_TELL_RINGING);
    case CW_CALL_ON_EARLY:
        return stay(CW_CALL_EARLY, state == CW_CALL_EARLY ? CW_CALL_DO_NOTHING : CW_CALL_DO_TELL_EARLY);
    case CW_CALL_ON_ANSWERED: return answered;
    case CW_CALL_ON_ACCEPT: // only an incoming call rings here with nobody dialed: the caller checks the direction
        return (struct cw_call_step){CW_CALL_ANSWERED, CW_CALL_DO_ANSWER_FAR | CW_CALL_DO_TELL_ANSWERED};
    case CW_CALL_ON_HANGUP: return hang_up;
    case CW_CALL_ON_FAR_ENDED: return far_gone;
    default: return refuse(state);
    }
}

static enum cw_call_state by_holds(const struct cw_call_holds *holds) {
    return holds->us || holds->far ? CW_CALL_HELD : CW_CALL_ANSWERED;
}

// One side's hold begins or ends; told only when it changes something.
static struct cw_call_step hold_changes(bool *hold, bool value, const struct cw_call_holds *holds, unsigned extra) {
    unsigned tell = value ? CW_CALL_DO_TELL_HELD : CW_CALL_DO_TELL_RESUMED;
    if (*hold == value) return stay(by_holds(holds), CW_CALL_DO_NOTHING);
    *hold = value;
    return stay(by_holds(holds), tell | extra);
}

static struct cw_call_step after_answer(enum cw_call_state state, struct cw_call_holds *holds,
                                        enum cw_call_input input) {
    switch (input) {
    case CW_CALL_ON_HOLD:
        if (holds->us) return refuse(state);
        return hold_changes(&holds->us, true, holds, CW_CALL_DO_REOFFER_HOLD);
    case CW_CALL_ON_RESUME:
        if (!holds->us) return refuse(state);
        return hold_changes(&holds->us, false, holds, CW_CALL_DO_REOFFER_RESUME);
    case CW_CALL_ON_FAR_HOLD: return hold_changes(&holds->far, true, holds, 0);
    case CW_CALL_ON_FAR_RESUME: return hold_changes(&holds->far, false, holds, 0);
    case CW_CALL_ON_HANGUP: return hang_up;
    case CW_CALL_ON_FAR_ENDED: return far_gone;
    case CW_CALL_ON_RINGING:
    case CW_CALL_ON_EARLY:
    case CW_CALL_ON_ANSWERED: return stay(state, CW_CALL_DO_NOTHING); // late and repeated responses
    default: return refuse(state);
    }
}

struct cw_call_step cw_call_step(enum cw_call_state state, struct cw_call_holds *holds, enum cw_call_input input) {
    switch (state) {
    case CW_CALL_DIALING:
    case CW_CALL_RINGING:
    case CW_CALL_EARLY: return before_answer(state, input);
    case CW_CALL_ANSWERED:
    case CW_CALL_HELD: return after_answer(state, holds, input);
    default: return refuse(CW_CALL_ENDED);
    }
}

const char *cw_call_state_name(enum cw_call_state state) {
    static const char *const names[] = {"dialing", "ringing", "early", "answered", "held", "ended"};
    return names[state];
}
