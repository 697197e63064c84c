// Calls of the SIP plugin against a phone that is a bare UDP socket, and against a second instance of the plugin.
#include <stdio.h>
#include <string.h>

#include "sip_fake.h"
#include "tests/test.h"

#define WAIT 3000
#define SDP "Content-Type: application/sdp\r\n"

extern const struct cw_plugin cw_plugin_entry;

static struct fake gateway, other;
static struct phone phone;
static char port_setting[2][32];
static char uri[64];

// Timers run 20 times faster than in life: T1 25 ms, ACK and transactions give up after 1.6 s.
static const char *const settings[] = {port_setting[0], "address=127.0.0.1", "t1_ms=25", "max_legs=2000", NULL};
static const char *const other_settings[] = {port_setting[1], "address=127.0.0.1", "t1_ms=25", NULL};

static void set_up(void) {
    int port = fake_free_port();
    snprintf(port_setting[0], sizeof port_setting[0], "port=%d", port);
    if (fake_start(&gateway, &cw_plugin_entry, settings, NULL) != 0) abort();
    phone_open(&phone, port);
    snprintf(uri, sizeof uri, "sip:bob@127.0.0.1:%d", phone.port);
}

static void tear_down(void) {
    fake_stop(&gateway);
    phone_close(&phone);
}

static const struct cw_endpoint *endpoint(void) { return gateway.plugin->endpoint; }

static void request_in(const char *method, const char *call, const char *extra, const char *body) {
    char tag[256];
    snprintf(tag, sizeof tag, "%s", phone_to_tag(&phone));
    phone_request(&phone, method, call, tag, extra, body);
}

// An outgoing call that the phone has answered. invite: the INVITE, for requests of the phone in its dialog.
static struct fake_leg *call_out(char *invite, size_t cap, const char *allow) {
    struct fake_leg *leg = fake_dial(&gateway, &(struct cw_dial){.to = uri, .sdp = fake_sdp}, NULL);
    if (!leg || !phone_wait(&phone, "INVITE ", WAIT)) return NULL;
    snprintf(invite, cap, "%.8000s", phone.in);
    phone_reply(&phone, "200 OK", allow, fake_sdp);
    if (!phone_wait(&phone, "ACK ", WAIT) || !fake_run_bool(&leg->answered, WAIT)) return NULL;
    return leg;
}

// An incoming call that the gateway has answered.
static struct fake_leg *call_in(const char *call, const char *extra) {
    char headers[512];
    snprintf(headers, sizeof headers, SDP "%s", extra);
    int before = gateway.leg_count;
    phone_request(&phone, "INVITE", call, "", headers, fake_sdp);
    struct fake_leg *leg = fake_wait_leg(&gateway, before + 1, WAIT);
    if (!leg) return NULL;
    endpoint()->answer(leg->leg, fake_sdp);
    if (!phone_wait(&phone, "SIP/2.0 200", WAIT)) return NULL;
    request_in("ACK", call, "", NULL);
    return leg;
}

// ---------------------------------------------------------------- outgoing

static void outgoing_call(void) {
    set_up();
    const struct cw_header headers[] = {{"X-Ticket", "42"}};
    struct fake_leg *leg = fake_dial(
        &gateway,
        &(struct cw_dial){
            .to = uri, .from = "alice", .display = "A \"B\"", .sdp = fake_sdp, .headers = headers, .header_count = 1},
        NULL);
    REQUIRE(leg && phone_wait(&phone, "INVITE sip:bob@127.0.0.1", WAIT));
    CHECK_STR(phone_header(&phone, "X-Ticket"), "42");
    CHECK(strstr(phone_header(&phone, "From"), "\"A \\\"B\\\"\" <sip:alice@127.0.0.1>;tag="));
    CHECK(strstr(phone_header(&phone, "Contact"), port_setting[0] + 5));
    CHECK(strstr(phone_header(&phone, "Supported"), "100rel"));
    CHECK_STR(phone_header(&phone, "Session-Expires"), "1800");
    CHECK_STR(phone_body(&phone), fake_sdp);
    phone_reply(&phone, "180 Ringing", "", NULL);
    phone_reply(&phone, "183 Session Progress", "", fake_sdp);
    phone_reply(&phone, "180 Ringing", "", NULL);
    phone_reply(&phone, "200 OK", "", fake_sdp);
    CHECK(phone_wait(&phone, "ACK ", WAIT));
    REQUIRE(fake_run_bool(&leg->answered, WAIT));
    CHECK_STR(leg->progress, "180 183+sdp 180 ");
    CHECK_STR(leg->answer_sdp, fake_sdp);
    fake_hangup(&gateway, leg, 0);
    CHECK(phone_wait(&phone, "BYE ", WAIT));
    phone_reply(&phone, "200 OK", "", NULL);
    tear_down();
}

static void phone_hangs_up(void) {
    char invite[8192];
    set_up();
    struct fake_leg *leg = call_out(invite, sizeof invite, "");
    REQUIRE(leg);
    phone_callee_request(&phone, invite, "BYE", 2, "Reason: Q.850;cause=31;text=\"Normal, unspecified\"\r\n", NULL);
    CHECK(phone_wait(&phone, "SIP/2.0 200", WAIT));
    CHECK(fake_run_bool(&leg->ended, WAIT));
    CHECK_INT(leg->end_status, 0);
    CHECK_STR(leg->end_code, "hangup");
    CHECK_INT(leg->end_q850, 31);
    CHECK_STR(leg->end_reason, "Normal, unspecified");
    tear_down();
}

static void refused_calls(void) {
    static const char *const answers[] = {"486 Busy Here", "404 Not Found", "603 Decline", "302 Moved Temporarily",
                                          "401 Unauthorized"};
    set_up();
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        struct fake_leg *leg = fake_dial(&gateway, &(struct cw_dial){.to = uri, .sdp = fake_sdp}, NULL);
        REQUIRE(leg && phone_wait(&phone, "INVITE ", WAIT));
        phone_reply(&phone, answers[i], "WWW-Authenticate: Digest realm=\"x\", nonce=\"y\"\r\n", NULL);
        CHECK(phone_wait(&phone, "ACK ", WAIT));
        CHECK(fake_run_bool(&leg->ended, WAIT));
        CHECK_INT(leg->end_status, atoi(answers[i]));
        CHECK_STR(leg->end_reason, answers[i] + 4);
    }
    tear_down();
}

static void no_answer_at_all(void) {
    set_up();
    struct fake_leg *leg = fake_dial(&gateway, &(struct cw_dial){.to = uri, .sdp = fake_sdp}, NULL);
    CHECK(fake_run_bool(&leg->ended, WAIT));
    CHECK_INT(leg->end_status, 408);
    tear_down();
}

static void cancelled_before_and_after_ringing(void) {
    char invite[8192];
    set_up();
    for (int ringing = 0; ringing < 2; ringing++) {
        struct fake_leg *leg = fake_dial(&gateway, &(struct cw_dial){.to = uri, .sdp = fake_sdp}, NULL);
        REQUIRE(leg && phone_wait(&phone, "INVITE ", WAIT));
        snprintf(invite, sizeof invite, "%.8000s", phone.in);
        if (ringing) {
            phone_reply(&phone, "180 Ringing", "", NULL);
            fake_run(50);
        }
        fake_hangup(&gateway, leg, 0);
        if (!ringing) { // no CANCEL before a response (RFC 3261 section 9.1)
            CHECK(!phone_wait(&phone, "CANCEL ", 100));
            snprintf(phone.in, sizeof phone.in, "%s", invite);
            phone_reply(&phone, "180 Ringing", "", NULL);
        }
        REQUIRE(phone_wait(&phone, "CANCEL ", WAIT));
        phone_reply(&phone, "200 OK", "", NULL);
        snprintf(phone.in, sizeof phone.in, "%s", invite);
        phone_reply(&phone, "487 Request Terminated", "", NULL);
        CHECK(phone_wait(&phone, "ACK ", WAIT));
    }
    tear_down();
}

static void answer_crosses_cancel(void) {
    char invite[8192];
    set_up();
    struct fake_leg *leg = fake_dial(&gateway, &(struct cw_dial){.to = uri, .sdp = fake_sdp}, NULL);
    REQUIRE(leg && phone_wait(&phone, "INVITE ", WAIT));
    snprintf(invite, sizeof invite, "%.8000s", phone.in);
    phone_reply(&phone, "180 Ringing", "", NULL);
    fake_run(50);
    fake_hangup(&gateway, leg, 0);
    REQUIRE(phone_wait(&phone, "CANCEL ", WAIT));
    phone_reply(&phone, "200 OK", "", NULL);
    snprintf(phone.in, sizeof phone.in, "%s", invite);
    phone_reply(&phone, "200 OK", "", fake_sdp);
    CHECK(phone_wait(&phone, "BYE ", WAIT));
    phone_reply(&phone, "200 OK", "", NULL);
    tear_down();
}

static void reliable_early_media(void) {
    char invite[8192];
    set_up();
    struct fake_leg *leg = fake_dial(&gateway, &(struct cw_dial){.to = uri, .sdp = fake_sdp}, NULL);
    REQUIRE(leg && phone_wait(&phone, "INVITE ", WAIT));
    snprintf(invite, sizeof invite, "%.8000s", phone.in);
    phone_reply(&phone, "183 Session Progress", "Require: 100rel\r\nRSeq: 7\r\n", fake_sdp);
    REQUIRE(phone_wait(&phone, "PRACK ", WAIT));
    CHECK(strncmp(phone_header(&phone, "RAck"), "7 ", 2) == 0);
    phone_reply(&phone, "200 OK", "", NULL);
    snprintf(phone.in, sizeof phone.in, "%s", invite);
    phone_reply(&phone, "200 OK", "", NULL);
    CHECK(phone_wait(&phone, "ACK ", WAIT));
    CHECK(fake_run_bool(&leg->answered, WAIT));
    CHECK_STR(leg->progress, "183+sdp ");
    CHECK_STR(leg->answer_sdp, "");
    fake_hangup(&gateway, leg, 0);
    CHECK(phone_wait(&phone, "BYE ", WAIT));
    phone_reply(&phone, "200 OK", "", NULL);
    tear_down();
}

static void dial_without_offer(void) {
    set_up();
    struct fake_leg *leg = fake_dial(&gateway, &(struct cw_dial){.to = uri}, NULL);
    REQUIRE(leg && phone_wait(&phone, "INVITE ", WAIT));
    CHECK_STR(phone_body(&phone), "");
    phone_reply(&phone, "200 OK", "", fake_sdp);
    REQUIRE(fake_run_until(&leg->reoffers, WAIT));
    CHECK_STR(leg->reoffer_sdp, fake_sdp);
    endpoint()->answer_reoffer(leg->leg, 200, fake_sdp_hold);
    REQUIRE(phone_wait(&phone, "ACK ", WAIT));
    CHECK_STR(phone_body(&phone), fake_sdp_hold);
    CHECK(fake_run_bool(&leg->answered, WAIT));
    fake_hangup(&gateway, leg, 0);
    CHECK(phone_wait(&phone, "BYE ", WAIT));
    phone_reply(&phone, "200 OK", "", NULL);
    tear_down();
}

// ---------------------------------------------------------------- incoming

static void incoming_call(void) {
    set_up();
    phone_request(&phone, "INVITE", "in1", "", SDP "X-Color: red\r\n", fake_sdp);
    struct fake_leg *leg = fake_wait_leg(&gateway, 1, WAIT);
    REQUIRE(leg);
    CHECK_STR(leg->to_user, "alice");
    CHECK_STR(leg->from, "sip:phone@127.0.0.1");
    CHECK_STR(leg->display, "Phone \"1\"");
    CHECK_STR(leg->header, "X-Color=red");
    CHECK_STR(leg->sdp, fake_sdp);
    endpoint()->ring(leg->leg, 180, NULL);
    CHECK(phone_wait(&phone, "SIP/2.0 180", WAIT));
    endpoint()->ring(leg->leg, 183, fake_sdp);
    CHECK(phone_wait(&phone, "SIP/2.0 183", WAIT));
    CHECK_STR(phone_body(&phone), fake_sdp);
    endpoint()->answer(leg->leg, NULL);
    REQUIRE(phone_wait(&phone, "SIP/2.0 200", WAIT));
    CHECK_STR(phone_body(&phone), fake_sdp);
    CHECK(strstr(phone_header(&phone, "Contact"), "sip:causeway@127.0.0.1:"));
    CHECK(phone_wait(&phone, "SIP/2.0 200", WAIT)); // sent again: no ACK yet
    request_in("ACK", "in1", "", NULL);
    request_in("BYE", "in1", "", NULL);
    CHECK(phone_wait(&phone, "SIP/2.0 200", WAIT));
    CHECK(fake_run_bool(&leg->ended, WAIT));
    CHECK_STR(leg->end_code, "hangup");
    tear_down();
}

static void incoming_refused(void) {
    set_up();
    gateway.refuse_with = 404;
    phone_request(&phone, "INVITE", "in2", "", SDP, fake_sdp);
    CHECK(phone_wait(&phone, "SIP/2.0 404", WAIT));
    request_in("ACK", "in2", "", NULL);
    gateway.refuse_with = 0;
    phone_request(&phone, "INVITE", "in3", "", SDP, fake_sdp);
    struct fake_leg *leg = fake_wait_leg(&gateway, 1, WAIT);
    REQUIRE(leg);
    fake_hangup(&gateway, leg, 486);
    CHECK(phone_wait(&phone, "SIP/2.0 486", WAIT));
    request_in("ACK", "in3", "", NULL);
    phone_request(&phone, "INVITE", "in4", "", "Content-Type: text/plain\r\n", "hello");
    CHECK(phone_wait(&phone, "SIP/2.0 415", WAIT));
    tear_down();
}

static void incoming_cancelled(void) {
    set_up();
    phone_request(&phone, "INVITE", "in5", "", SDP, fake_sdp);
    struct fake_leg *leg = fake_wait_leg(&gateway, 1, WAIT);
    REQUIRE(leg);
    phone_request(&phone, "CANCEL", "in5", "", "", NULL);
    CHECK(phone_wait(&phone, "SIP/2.0 487", WAIT));
    CHECK(fake_run_bool(&leg->ended, WAIT));
    CHECK_INT(leg->end_status, 487);
    tear_down();
}

static void ack_lost(void) {
    set_up();
    phone_request(&phone, "INVITE", "in6", "", SDP, fake_sdp);
    struct fake_leg *leg = fake_wait_leg(&gateway, 1, WAIT);
    REQUIRE(leg);
    endpoint()->answer(leg->leg, fake_sdp);
    CHECK(phone_wait(&phone, "BYE ", WAIT));
    phone_reply(&phone, "200 OK", "", NULL);
    CHECK(fake_run_bool(&leg->ended, WAIT));
    CHECK_STR(leg->end_code, "timeout");
    tear_down();
}

static void hangup_waits_for_ack(void) {
    set_up();
    phone_request(&phone, "INVITE", "in7", "", SDP, fake_sdp);
    struct fake_leg *leg = fake_wait_leg(&gateway, 1, WAIT);
    REQUIRE(leg);
    endpoint()->answer(leg->leg, fake_sdp);
    fake_hangup(&gateway, leg, 0);
    REQUIRE(phone_wait(&phone, "SIP/2.0 200", WAIT));
    CHECK(!phone_wait(&phone, "BYE ", 60));
    request_in("ACK", "in7", "", NULL);
    CHECK(phone_wait(&phone, "BYE ", WAIT));
    phone_reply(&phone, "200 OK", "", NULL);
    tear_down();
}

static void incoming_without_offer(void) {
    set_up();
    phone_request(&phone, "INVITE", "in8", "", "", NULL);
    struct fake_leg *leg = fake_wait_leg(&gateway, 1, WAIT);
    REQUIRE(leg);
    CHECK_STR(leg->sdp, "");
    endpoint()->answer(leg->leg, fake_sdp);
    REQUIRE(phone_wait(&phone, "SIP/2.0 200", WAIT));
    CHECK_STR(phone_body(&phone), fake_sdp);
    request_in("ACK", "in8", SDP, fake_sdp_hold);
    CHECK(fake_run_bool(&leg->answered, WAIT));
    CHECK_STR(leg->answer_sdp, fake_sdp_hold);
    fake_hangup(&gateway, leg, 0);
    CHECK(phone_wait(&phone, "BYE ", WAIT));
    phone_reply(&phone, "200 OK", "", NULL);
    tear_down();
}

static void reliable_ringing(void) {
    char tag[256];
    set_up();
    phone_request(&phone, "INVITE", "in9", "", SDP "Require: 100rel\r\n", fake_sdp);
    struct fake_leg *leg = fake_wait_leg(&gateway, 1, WAIT);
    REQUIRE(leg);
    endpoint()->ring(leg->leg, 180, NULL);
    REQUIRE(phone_wait(&phone, "SIP/2.0 180", WAIT));
    CHECK(strstr(phone_header(&phone, "Require"), "100rel"));
    char prack[64];
    snprintf(prack, sizeof prack, "RAck: %s 1 INVITE\r\n", phone_header(&phone, "RSeq"));
    endpoint()->answer(leg->leg, fake_sdp); // waits for the PRACK
    CHECK(!phone_wait(&phone, "SIP/2.0 200", 10) || strstr(phone_header(&phone, "CSeq"), "INVITE") == NULL);
    snprintf(tag, sizeof tag, "%s", phone_to_tag(&phone));
    phone_request(&phone, "PRACK", "in9", tag, prack, NULL);
    CHECK(phone_wait(&phone, "SIP/2.0 200", WAIT));
    CHECK(strstr(phone_header(&phone, "CSeq"), "PRACK") != NULL);
    CHECK(phone_wait(&phone, "SIP/2.0 200", WAIT));
    phone.cseq = 1;
    phone_request(&phone, "ACK", "in9", tag, "", NULL);
    phone.cseq = 2;
    phone_request(&phone, "BYE", "in9", tag, "", NULL);
    CHECK(fake_run_bool(&leg->ended, WAIT));
    tear_down();
}

// ---------------------------------------------------------------- offers inside the dialog

static void we_hold_and_meet_glare(void) {
    char invite[8192];
    set_up();
    struct fake_leg *leg = call_out(invite, sizeof invite, "");
    REQUIRE(leg);
    endpoint()->reoffer(leg->leg, fake_sdp_hold);
    REQUIRE(phone_wait(&phone, "INVITE ", WAIT));
    CHECK_STR(phone_body(&phone), fake_sdp_hold);
    phone_reply(&phone, "491 Request Pending", "", NULL);
    CHECK(phone_wait(&phone, "ACK ", WAIT));
    REQUIRE(phone_wait(&phone, "INVITE ", WAIT));
    CHECK_STR(phone_body(&phone), fake_sdp_hold);
    phone_reply(&phone, "200 OK", "", fake_sdp);
    CHECK(fake_run_until(&leg->done_count, WAIT));
    CHECK_INT(leg->done_status, 200);
    CHECK_STR(leg->done_sdp, fake_sdp);
    CHECK(phone_wait(&phone, "ACK ", WAIT));
    endpoint()->reoffer(leg->leg, fake_sdp);
    REQUIRE(phone_wait(&phone, "INVITE ", WAIT));
    phone_reply(&phone, "488 Not Acceptable Here", "", NULL);
    fake_run(100);
    CHECK_INT(leg->done_status, 488);
    CHECK(!leg->ended);
    fake_hangup(&gateway, leg, 0);
    CHECK(phone_wait(&phone, "BYE ", WAIT));
    phone_reply(&phone, "200 OK", "", NULL);
    tear_down();
}

static void phone_holds_and_refreshes(void) {
    set_up();
    struct fake_leg *leg = call_in("hold", "");
    REQUIRE(leg);
    request_in("INVITE", "hold", SDP, fake_sdp_hold);
    REQUIRE(fake_run_until(&leg->reoffers, WAIT));
    CHECK_STR(leg->reoffer_sdp, fake_sdp_hold);
    endpoint()->answer_reoffer(leg->leg, 200, fake_sdp);
    REQUIRE(phone_wait(&phone, "SIP/2.0 200", WAIT));
    request_in("ACK", "hold", "", NULL);
    request_in("INVITE", "hold", SDP, fake_sdp_hold); // the same again: only refreshes
    REQUIRE(phone_wait(&phone, "SIP/2.0 200", WAIT));
    CHECK_STR(phone_body(&phone), fake_sdp);
    request_in("ACK", "hold", "", NULL);
    CHECK_INT(leg->reoffers, 1);
    request_in("INVITE", "hold", SDP, fake_sdp);
    fake_run(100);
    CHECK_INT(leg->reoffers, 2);
    endpoint()->answer_reoffer(leg->leg, 488, NULL);
    CHECK(phone_wait(&phone, "SIP/2.0 488", WAIT));
    request_in("ACK", "hold", "", NULL);
    request_in("INVITE", "hold", "", NULL); // asks for our offer
    fake_run(100);
    CHECK_INT(leg->reoffers, 3);
    CHECK_STR(leg->reoffer_sdp, "");
    endpoint()->answer_reoffer(leg->leg, 200, fake_sdp);
    REQUIRE(phone_wait(&phone, "SIP/2.0 200", WAIT));
    request_in("ACK", "hold", SDP, fake_sdp_hold);
    CHECK(fake_run_until(&leg->done_count, WAIT));
    CHECK_STR(leg->done_sdp, fake_sdp_hold);
    request_in("BYE", "hold", "", NULL);
    CHECK(fake_run_bool(&leg->ended, WAIT));
    tear_down();
}

static void phone_updates(void) {
    set_up();
    struct fake_leg *leg = call_in("upd", "");
    REQUIRE(leg);
    request_in("UPDATE", "upd", "", NULL);
    CHECK(phone_wait(&phone, "SIP/2.0 200", WAIT));
    request_in("UPDATE", "upd", SDP, fake_sdp_hold);
    REQUIRE(fake_run_until(&leg->reoffers, WAIT));
    CHECK_STR(leg->reoffer_sdp, fake_sdp_hold);
    request_in("INVITE", "upd", SDP, fake_sdp); // the UPDATE is not answered yet
    CHECK(phone_wait(&phone, "SIP/2.0 500", WAIT));
    request_in("ACK", "upd", "", NULL);
    endpoint()->answer_reoffer(leg->leg, 200, fake_sdp);
    REQUIRE(phone_wait(&phone, "SIP/2.0 200", WAIT));
    CHECK_STR(phone_body(&phone), fake_sdp);
    CHECK(strstr(phone_header(&phone, "CSeq"), "UPDATE"));
    request_in("BYE", "upd", "", NULL);
    CHECK(fake_run_bool(&leg->ended, WAIT));
    tear_down();
}

static void two_instances(void) {
    set_up();
    int port = fake_free_port();
    snprintf(port_setting[1], sizeof port_setting[1], "port=%d", port);
    REQUIRE(fake_start(&other, &cw_plugin_entry, other_settings, NULL) == 0);
    other.auto_answer = true;
    snprintf(uri, sizeof uri, "sip:carol@127.0.0.1:%d", port);
    for (int i = 0; i < 20; i++) {
        struct fake_leg *leg = fake_dial(&gateway, &(struct cw_dial){.to = uri, .sdp = fake_sdp}, NULL);
        REQUIRE(leg && fake_run_bool(&leg->answered, WAIT));
        struct fake_leg *theirs = fake_wait_leg(&other, i + 1, WAIT);
        REQUIRE(theirs);
        fake_run(5);
        if (i % 2) {
            fake_hangup(&gateway, leg, 0);
            CHECK(fake_run_bool(&theirs->ended, WAIT));
        } else {
            fake_hangup(&other, theirs, 0);
            CHECK(fake_run_bool(&leg->ended, WAIT));
        }
    }
    fake_stop(&other);
    tear_down();
}

static void port_taken(void) {
    struct cw_plugin_error error = {0};
    set_up();
    CHECK(fake_start(&other, &cw_plugin_entry, settings, &error) < 0);
    CHECK(strstr(error.detail, "sip.port") != NULL);
    tear_down();
}

static const struct cw_test tests[] = {
    TEST(outgoing_call),
    TEST(phone_hangs_up),
    TEST(refused_calls),
    TEST(no_answer_at_all),
    TEST(cancelled_before_and_after_ringing),
    TEST(answer_crosses_cancel),
    TEST(reliable_early_media),
    TEST(dial_without_offer),
    TEST(incoming_call),
    TEST(incoming_refused),
    TEST(incoming_cancelled),
    TEST(ack_lost),
    TEST(hangup_waits_for_ack),
    TEST(incoming_without_offer),
    TEST(reliable_ringing),
    TEST(we_hold_and_meet_glare),
    TEST(phone_holds_and_refreshes),
    TEST(phone_updates),
    TEST(two_instances),
    TEST(port_taken),
};

TEST_MAIN(tests)
