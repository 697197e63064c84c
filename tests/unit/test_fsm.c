// The state machines of peers and calls: every row.
#include "core/call_fsm.h"
#include "core/peer_fsm.h"
#include "test.h"

static void peer_every_row(void) {
    static const struct {
        enum cw_peer_state from;
        enum cw_peer_input input;
        enum cw_peer_state to;
    } rows[] = {
        {CW_PEER_NEW, CW_PEER_ON_CHECK, CW_PEER_CONNECTING},
        {CW_PEER_NEW, CW_PEER_ON_SECURE, CW_PEER_CONNECTED},
        {CW_PEER_NEW, CW_PEER_ON_SILENT, CW_PEER_NEW},
        {CW_PEER_NEW, CW_PEER_ON_CONSENT, CW_PEER_NEW},
        {CW_PEER_CONNECTING, CW_PEER_ON_CHECK, CW_PEER_CONNECTING},
        {CW_PEER_CONNECTING, CW_PEER_ON_SECURE, CW_PEER_CONNECTED},
        {CW_PEER_CONNECTING, CW_PEER_ON_SILENT, CW_PEER_CONNECTING},
        {CW_PEER_CONNECTING, CW_PEER_ON_CONSENT, CW_PEER_CONNECTING},
        {CW_PEER_CONNECTED, CW_PEER_ON_CHECK, CW_PEER_CONNECTED},
        {CW_PEER_CONNECTED, CW_PEER_ON_SECURE, CW_PEER_CONNECTED},
        {CW_PEER_CONNECTED, CW_PEER_ON_SILENT, CW_PEER_DISCONNECTED},
        {CW_PEER_CONNECTED, CW_PEER_ON_CONSENT, CW_PEER_CONNECTED},
        {CW_PEER_DISCONNECTED, CW_PEER_ON_CHECK, CW_PEER_DISCONNECTED},
        {CW_PEER_DISCONNECTED, CW_PEER_ON_SECURE, CW_PEER_CONNECTED},
        {CW_PEER_DISCONNECTED, CW_PEER_ON_SILENT, CW_PEER_DISCONNECTED},
        {CW_PEER_DISCONNECTED, CW_PEER_ON_CONSENT, CW_PEER_CONNECTED},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        CHECK_INT(cw_peer_step(rows[i].from, rows[i].input), rows[i].to);
    for (int s = 0; s < CW_PEER_STATES; s++) {
        CHECK_INT(cw_peer_step(s, CW_PEER_ON_CLOSE), CW_PEER_CLOSED);
        CHECK_INT(cw_peer_step(s, CW_PEER_ON_FAILURE), s == CW_PEER_CLOSED ? CW_PEER_CLOSED : CW_PEER_FAILED);
    }
    for (int i = 0; i < CW_PEER_INPUTS; i++) CHECK_INT(cw_peer_step(CW_PEER_CLOSED, i), CW_PEER_CLOSED);
    for (int i = 0; i < CW_PEER_ON_CLOSE; i++) CHECK_INT(cw_peer_step(CW_PEER_FAILED, i), CW_PEER_FAILED);
}

#define REFUSED                                                                                                        \
    { -1, 0, 0, 0 }

// What a step gives: next state (-1: refused), holds afterwards, commands.
struct outcome {
    int state;
    bool us, far;
    unsigned commands;
};

static void expect(enum cw_call_state state, bool us, bool far, enum cw_call_input input, struct outcome want) {
    struct cw_call_holds holds = {us, far};
    struct cw_call_step step = cw_call_step(state, &holds, input);
    if (want.state < 0) {
        CHECK_INT(step.commands, CW_CALL_DO_REFUSE);
        CHECK_INT(step.state, state);
        return;
    }
    CHECK_INT(step.state, want.state);
    CHECK_INT(step.commands, want.commands);
    CHECK_INT(holds.us, want.us);
    CHECK_INT(holds.far, want.far);
}

static void call_before_the_answer(void) {
    const unsigned end = CW_CALL_DO_END, bye = CW_CALL_DO_HANGUP_FAR | CW_CALL_DO_END;
    for (int s = CW_CALL_DIALING; s <= CW_CALL_EARLY; s++) {
        int after_180 = s == CW_CALL_EARLY ? CW_CALL_EARLY : CW_CALL_RINGING;
        unsigned tell_180 = s == CW_CALL_RINGING ? 0 : CW_CALL_DO_TELL_RINGING;
        expect(s, 0, 0, CW_CALL_ON_RINGING, (struct outcome){after_180, 0, 0, tell_180});
        expect(s, 0, 0, CW_CALL_ON_EARLY,
               (struct outcome){CW_CALL_EARLY, 0, 0, s == CW_CALL_EARLY ? 0 : CW_CALL_DO_TELL_EARLY});
        expect(s, 0, 0, CW_CALL_ON_ANSWERED, (struct outcome){CW_CALL_ANSWERED, 0, 0, CW_CALL_DO_TELL_ANSWERED});
        expect(s, 0, 0, CW_CALL_ON_HANGUP, (struct outcome){CW_CALL_ENDED, 0, 0, bye});
        expect(s, 0, 0, CW_CALL_ON_FAR_ENDED, (struct outcome){CW_CALL_ENDED, 0, 0, end});
        for (int i = CW_CALL_ON_HOLD; i <= CW_CALL_ON_FAR_RESUME; i++) expect(s, 0, 0, i, (struct outcome)REFUSED);
    }
    expect(CW_CALL_RINGING, 0, 0, CW_CALL_ON_ACCEPT,
           (struct outcome){CW_CALL_ANSWERED, 0, 0, CW_CALL_DO_ANSWER_FAR | CW_CALL_DO_TELL_ANSWERED});
}

static void call_holds(void) {
    const unsigned held = CW_CALL_DO_TELL_HELD, resumed = CW_CALL_DO_TELL_RESUMED;
    expect(CW_CALL_ANSWERED, 0, 0, CW_CALL_ON_HOLD,
           (struct outcome){CW_CALL_HELD, 1, 0, held | CW_CALL_DO_REOFFER_HOLD});
    expect(CW_CALL_HELD, 1, 0, CW_CALL_ON_HOLD, (struct outcome)REFUSED);
    expect(CW_CALL_HELD, 1, 0, CW_CALL_ON_RESUME,
           (struct outcome){CW_CALL_ANSWERED, 0, 0, resumed | CW_CALL_DO_REOFFER_RESUME});
    expect(CW_CALL_ANSWERED, 0, 0, CW_CALL_ON_RESUME, (struct outcome)REFUSED);
    expect(CW_CALL_ANSWERED, 0, 0, CW_CALL_ON_FAR_HOLD, (struct outcome){CW_CALL_HELD, 0, 1, held});
    expect(CW_CALL_HELD, 0, 1, CW_CALL_ON_FAR_HOLD, (struct outcome){CW_CALL_HELD, 0, 1, 0});
    expect(CW_CALL_HELD, 0, 1, CW_CALL_ON_FAR_RESUME, (struct outcome){CW_CALL_ANSWERED, 0, 0, resumed});
    expect(CW_CALL_ANSWERED, 0, 0, CW_CALL_ON_FAR_RESUME, (struct outcome){CW_CALL_ANSWERED, 0, 0, 0});
    // Both hold: it goes on when both have resumed.
    expect(CW_CALL_HELD, 0, 1, CW_CALL_ON_HOLD, (struct outcome){CW_CALL_HELD, 1, 1, held | CW_CALL_DO_REOFFER_HOLD});
    expect(CW_CALL_HELD, 1, 1, CW_CALL_ON_FAR_RESUME, (struct outcome){CW_CALL_HELD, 1, 0, resumed});
    expect(CW_CALL_HELD, 1, 1, CW_CALL_ON_RESUME,
           (struct outcome){CW_CALL_HELD, 0, 1, resumed | CW_CALL_DO_REOFFER_RESUME});
}

static void call_after_the_answer(void) {
    for (int s = CW_CALL_ANSWERED; s <= CW_CALL_HELD; s++) {
        bool us = s == CW_CALL_HELD;
        expect(s, us, 0, CW_CALL_ON_HANGUP,
               (struct outcome){CW_CALL_ENDED, us, 0, CW_CALL_DO_HANGUP_FAR | CW_CALL_DO_END});
        expect(s, us, 0, CW_CALL_ON_FAR_ENDED, (struct outcome){CW_CALL_ENDED, us, 0, CW_CALL_DO_END});
        expect(s, us, 0, CW_CALL_ON_ACCEPT, (struct outcome)REFUSED);
        for (int i = CW_CALL_ON_RINGING; i <= CW_CALL_ON_ANSWERED; i++)
            expect(s, us, 0, i, (struct outcome){s, us, 0, 0});
    }
}

static void call_ended_stays(void) {
    for (int i = 0; i < CW_CALL_INPUTS; i++) expect(CW_CALL_ENDED, 0, 0, i, (struct outcome)REFUSED);
}

static void names(void) {
    CHECK_STR(cw_peer_state_name(CW_PEER_DISCONNECTED), "disconnected");
    CHECK_STR(cw_call_state_name(CW_CALL_EARLY), "early");
}

static const struct cw_test tests[] = {
    TEST(peer_every_row),        TEST(call_before_the_answer), TEST(call_holds),
    TEST(call_after_the_answer), TEST(call_ended_stays),       TEST(names),
};
TEST_MAIN(tests)
