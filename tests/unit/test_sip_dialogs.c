// Inside dialogs of the SIP plugin, what seldom happens: forked answers, glare, session timers, NAT, INFO in a row. The
// other side is a phone that is a bare UDP socket.
#include <stdio.h>
#include <string.h>

#include "sip_fake.h"
#include "tests/test.h"

#define WAIT 3000
#define SDP "Content-Type: application/sdp\r\n"
#define RELAY "Content-Type: application/dtmf-relay\r\n"

extern const struct cw_plugin cw_plugin_entry;

static struct fake gateway;
static struct phone phone;
static char port_setting[32], uri[64];
static const char *settings[20];

// more: further settings, ends with NULL. Timers run 20 times faster than in life.
static void set_up(const char *const *more) {
    int port = fake_free_port();
    size_t n = 0;
    snprintf(port_setting, sizeof port_setting, "port=%d", port);
    settings[n++] = port_setting;
    settings[n++] = "address=127.0.0.1";
    settings[n++] = "t1_ms=25";
    while (*more) settings[n++] = *more++;
    settings[n] = NULL;
    if (fake_start(&gateway, &cw_plugin_entry, settings, NULL) != 0) abort();
    phone_open(&phone, port);
    snprintf(uri, sizeof uri, "sip:bob@127.0.0.1:%d", phone.port);
}

static void tear_down(void) {
    fake_stop(&gateway);
    phone_close(&phone);
}

static const struct cw_endpoint *endpoint(void) { return gateway.plugin->endpoint; }

static struct fake_leg *dial(void) { return fake_dial(&gateway, &(struct cw_dial){.to = uri, .sdp = fake_sdp}, NULL); }

// Makes message the one received last, for phone_reply.
static void back_to(const char *message) { snprintf(phone.in, sizeof phone.in, "%s", message); }

static struct fake_leg *call_out(char *invite, size_t cap, const char *headers) {
    struct fake_leg *leg = dial();
    if (!leg || !phone_wait(&phone, "INVITE ", WAIT)) return NULL;
    snprintf(invite, cap, "%.8000s", phone.in);
    phone_reply(&phone, "200 OK", headers, fake_sdp);
    if (!phone_wait(&phone, "ACK ", WAIT) || !fake_run_bool(&leg->answered, WAIT)) return NULL;
    return leg;
}

static struct fake_leg *call_in(const char *call, const char *headers, char tag[256]) {
    char all[512];
    int before = gateway.leg_count;
    snprintf(all, sizeof all, SDP "%s", headers);
    phone_request(&phone, "INVITE", call, "", all, fake_sdp);
    struct fake_leg *leg = fake_wait_leg(&gateway, before + 1, WAIT);
    if (!leg) return NULL;
    endpoint()->answer(leg->leg, fake_sdp);
    if (!phone_wait(&phone, "SIP/2.0 200", WAIT)) return NULL;
    snprintf(tag, 256, "%s", phone_to_tag(&phone));
    phone_request(&phone, "ACK", call, tag, "", NULL);
    return leg;
}

static void end_by_us(struct fake_leg *leg) {
    fake_hangup(&gateway, leg, 0);
    CHECK(phone_wait(&phone, "BYE ", WAIT));
    phone_reply(&phone, "200 OK", "", NULL);
    tear_down();
}

// ---------------------------------------------------------------- forks and glare

// A proxy has forked the INVITE and two phones answer: the second is acknowledged and ended, the first call goes on.
static void second_phone_answers_too(void) {
    char invite[8192], other[8192], *tag;
    set_up((const char *[]){NULL});
    struct fake_leg *leg = call_out(invite, sizeof invite, "");
    REQUIRE(leg);
    snprintf(other, sizeof other, "%s", invite);
    back_to(invite);
    tag = strstr(phone.in, "To: ");
    REQUIRE(tag);
    tag += strcspn(tag, "\r");
    memmove(tag + 11, tag, strlen(tag) + 1);
    memcpy(tag, ";tag=second", 11);
    phone_reply(&phone, "200 OK", "", fake_sdp);
    REQUIRE(phone_wait(&phone, "ACK ", WAIT));
    CHECK(strstr(phone_header(&phone, "To"), "tag=second") != NULL);
    REQUIRE(phone_wait(&phone, "BYE ", WAIT));
    CHECK(strstr(phone_header(&phone, "To"), "tag=second") != NULL);
    phone_reply(&phone, "200 OK", "", NULL);
    fake_run(50);
    CHECK(!leg->ended);
    end_by_us(leg);
}

// Our re-INVITE is on its way when theirs comes (RFC 3261 section 14.1).
static void theirs_meets_ours(void) {
    char tag[256], ours[8192];
    set_up((const char *[]){NULL});
    struct fake_leg *leg = call_in("glare", "", tag);
    REQUIRE(leg);
    fake_run(20);
    endpoint()->reoffer(leg->leg, fake_sdp_hold);
    REQUIRE(phone_wait(&phone, "INVITE ", WAIT));
    snprintf(ours, sizeof ours, "%.8000s", phone.in);
    phone_request(&phone, "INVITE", "glare", tag, SDP, fake_sdp_hold);
    REQUIRE(phone_wait(&phone, "SIP/2.0 491", WAIT));
    phone_request(&phone, "ACK", "glare", tag, "", NULL);
    CHECK_INT(leg->reoffers, 0);
    back_to(ours);
    phone_reply(&phone, "491 Request Pending", "", NULL);
    REQUIRE(phone_wait(&phone, "ACK ", WAIT));
    REQUIRE(phone_wait(&phone, "INVITE ", WAIT)); // again, after a while
    CHECK_STR(phone_body(&phone), fake_sdp_hold);
    phone_reply(&phone, "200 OK", "", fake_sdp);
    CHECK(fake_run_until(&leg->done_count, WAIT));
    CHECK_INT(leg->done_status, 200);
    CHECK(phone_wait(&phone, "ACK ", WAIT));
    end_by_us(leg);
}

// ---------------------------------------------------------------- session timers (RFC 4028)

static void interval_too_small(void) {
    set_up((const char *[]){"session_expires_s=2", "min_se_s=1", NULL});
    struct fake_leg *leg = dial();
    REQUIRE(leg && phone_wait(&phone, "INVITE ", WAIT));
    CHECK_STR(phone_header(&phone, "Session-Expires"), "2");
    phone_reply(&phone, "422 Session Interval Too Small", "Min-SE: 90\r\n", NULL);
    REQUIRE(phone_wait(&phone, "ACK ", WAIT));
    REQUIRE(phone_wait(&phone, "INVITE ", WAIT));
    CHECK_INT(atoi(phone_header(&phone, "Session-Expires")), 90);
    CHECK_INT(atoi(phone_header(&phone, "Min-SE")), 90);
    CHECK_STR(phone_body(&phone), fake_sdp);
    phone_reply(&phone, "200 OK", "", fake_sdp);
    CHECK(phone_wait(&phone, "ACK ", WAIT));
    CHECK(fake_run_bool(&leg->answered, WAIT));
    end_by_us(leg);
}

static void callee_does_not_refresh(void) {
    char invite[8192];
    set_up((const char *[]){"session_expires_s=3", "min_se_s=2", NULL});
    struct fake_leg *leg = call_out(invite, sizeof invite,
                                    "Allow: INVITE, ACK, BYE, CANCEL, UPDATE\r\nSupported: timer\r\nRequire: timer\r\n"
                                    "Session-Expires: 3;refresher=uas\r\n");
    REQUIRE(leg);
    CHECK(phone_wait(&phone, "BYE ", 4500));
    phone_reply(&phone, "200 OK", "", NULL);
    CHECK(fake_run_bool(&leg->ended, WAIT));
    CHECK_STR(leg->end_code, "timeout");
    tear_down();
}

// ---------------------------------------------------------------- NAT and strangers

// The phone says an address that only its own network knows: the BYE goes to where the INVITE came from.
static void contact_behind_nat(void) {
    char tag[256];
    set_up((const char *[]){NULL});
    phone.contact = "192.168.77.7:5060";
    struct fake_leg *leg = call_in("nat", "", tag);
    REQUIRE(leg);
    fake_run(20);
    fake_hangup(&gateway, leg, 0);
    REQUIRE(phone_wait(&phone, "BYE sip:phone@192.168.77.7:5060 ", WAIT));
    phone_reply(&phone, "200 OK", "", NULL);
    tear_down();
}

// A password is for its account alone, whatever realm someone else asks in.
static void stranger_asks_for_password(void) {
    set_up((const char *[]){"accounts.0.name=pbx", "accounts.0.user=gw", "accounts.0.password=secret",
                            "accounts.0.host=127.0.0.9", NULL});
    struct fake_leg *leg = dial();
    REQUIRE(leg && phone_wait(&phone, "INVITE ", WAIT));
    phone_reply(&phone, "401 Unauthorized", "WWW-Authenticate: Digest realm=\"127.0.0.9\", nonce=\"n\"\r\n", NULL);
    CHECK(phone_wait(&phone, "ACK ", WAIT));
    CHECK(!phone_wait(&phone, "INVITE ", 100));
    CHECK(fake_run_bool(&leg->ended, WAIT));
    CHECK_INT(leg->end_status, 401);
    tear_down();
}

// ---------------------------------------------------------------- INFO

static void info_of_other_types(void) {
    static const struct {
        const char *headers, *body, *answer, *told;
    } rows[] = {
        {RELAY, "Signal=5\r\nDuration=160\r\n", "SIP/2.0 200", "application/dtmf-relay:Signal=5\r\nDuration=160\r\n"},
        {"Content-Type: application/DTMF\r\n", "7", "SIP/2.0 200", "application/DTMF:7"},
        {"Content-Type: application/media_control+xml\r\n", "<x/>", "SIP/2.0 415", ""},
        {"", NULL, "SIP/2.0 200", ""},
    };
    char tag[256];
    set_up((const char *[]){NULL});
    struct fake_leg *leg = call_in("inf", "", tag);
    REQUIRE(leg);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        leg->info[0] = 0;
        phone_request(&phone, "INFO", "inf", tag, rows[i].headers, rows[i].body);
        CHECK(phone_wait(&phone, rows[i].answer, WAIT));
        if (strstr(rows[i].answer, "415")) CHECK(strstr(phone_header(&phone, "Accept"), "application/dtmf-relay"));
        fake_run(20);
        CHECK_STR(leg->info, rows[i].told);
    }
    phone_request(&phone, "INFO", "nowhere", ";tag=x", RELAY, "Signal=5\r\n");
    CHECK(phone_wait(&phone, "SIP/2.0 481", WAIT));
    end_by_us(leg);
}

// One at a time, in order; one that is refused does not hold up the next.
static void info_in_a_row(void) {
    static const char *const bodies[] = {"Signal=1\r\n", "Signal=2\r\n", "Signal=3\r\n"};
    char tag[256];
    set_up((const char *[]){NULL});
    struct fake_leg *leg = call_in("row", "", tag);
    REQUIRE(leg);
    for (int i = 0; i < 3; i++) endpoint()->info(leg->leg, "application/dtmf-relay", bodies[i]);
    for (int i = 0; i < 3; i++) {
        REQUIRE(phone_wait(&phone, "INFO ", WAIT));
        CHECK_STR(phone_body(&phone), bodies[i]);
        if (i == 0) CHECK(!phone_wait(&phone, "INFO ", 15)); // the next waits for the answer
        if (i == 0) phone_request(&phone, "OPTIONS", "other", "", "", NULL);
        if (i == 0) CHECK(phone_wait(&phone, "INFO ", WAIT)); // sent again: UDP
        phone_reply(&phone, i == 1 ? "415 Unsupported Media Type" : "200 OK", "", NULL);
    }
    fake_run(50);
    CHECK_INT(gateway.info_failed, 1);
    CHECK(!leg->ended);
    end_by_us(leg);
}

// The mode of the account that a call goes to or comes from, else the general one.
static void dtmf_mode_of_account(void) {
    char tag[256];
    set_up((const char *[]){"dtmf=rfc4733", "accounts.0.name=pbx", "accounts.0.dtmf=info", "accounts.0.host=127.0.0.9",
                            "accounts.1.name=trunk", "accounts.1.dtmf=inband", "accounts.1.host=127.0.0.1", NULL});
    struct fake_leg *leg = dial();
    REQUIRE(leg);
    CHECK_INT(leg->dtmf, CW_DTMF_RFC4733);
    fake_hangup(&gateway, leg, 0);
    leg = fake_dial(&gateway, &(struct cw_dial){.to = uri, .sdp = fake_sdp, .account = "pbx"}, NULL);
    REQUIRE(leg);
    CHECK_INT(leg->dtmf, CW_DTMF_INFO);
    fake_hangup(&gateway, leg, 0);
    leg = call_in("mode", "", tag);
    REQUIRE(leg);
    CHECK_STR(leg->account, "trunk"); // by its address
    CHECK_INT(leg->dtmf, CW_DTMF_INBAND);
    end_by_us(leg);
}

static const struct cw_test tests[] = {
    TEST(second_phone_answers_too), TEST(theirs_meets_ours),  TEST(interval_too_small),
    TEST(callee_does_not_refresh),  TEST(contact_behind_nat), TEST(stranger_asks_for_password),
    TEST(info_of_other_types),      TEST(info_in_a_row),      TEST(dtmf_mode_of_account),
};

TEST_MAIN(tests)
