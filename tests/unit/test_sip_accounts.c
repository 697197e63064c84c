// Accounts of the SIP plugin (registration, digest, pings) and all that is no plain call: Replaces, REFER, OPTIONS,
// MESSAGE, session timers, junk. The PBX is a phone that is a bare UDP socket.
#include <stdio.h>
#include <string.h>

#include "plugins/sip/digest.h"
#include "sip_fake.h"
#include "tests/test.h"

#define WAIT 3000
#define SDP "Content-Type: application/sdp\r\n"
#define CHALLENGE(realm, algorithm)                                                                                    \
    "WWW-Authenticate: Digest realm=\"" realm "\", nonce=\"n1\", algorithm=" algorithm ", qop=\"auth\"\r\n"

extern const struct cw_plugin cw_plugin_entry;

static struct fake gateway;
static struct phone pbx, stranger;
static char text[16][64]; // settings
static const char *settings[24];

static void open_phones(int *port) {
    *port = fake_free_port();
    phone_open(&pbx, *port);
    phone_open(&stranger, *port);
}

// more: further settings, ends with NULL.
static void set_up(const char *const *more) {
    int port;
    size_t count = 0;
    open_phones(&port);
    snprintf(text[0], sizeof text[0], "port=%d", port);
    snprintf(text[1], sizeof text[1], "accounts.0.host=127.0.0.1:%d", pbx.port);
    settings[count++] = text[0];
    settings[count++] = "address=127.0.0.1";
    settings[count++] = "t1_ms=25";
    while (*more) settings[count++] = *more++;
    for (size_t i = 0; i < count; i++)
        if (strncmp(settings[i], "accounts.", 9) == 0) {
            settings[count++] = text[1];
            break;
        }
    settings[count] = NULL;
    if (fake_start(&gateway, &cw_plugin_entry, settings, NULL) != 0) abort();
}

static void tear_down(void) {
    fake_stop(&gateway);
    phone_close(&pbx);
    phone_close(&stranger);
}

static const struct cw_endpoint *endpoint(void) { return gateway.plugin->endpoint; }

// A parameter of an Authorization header, without quotes.
static const char *param(const char *header, const char *name) {
    static char value[256];
    char pattern[32];
    snprintf(pattern, sizeof pattern, "%s=", name);
    const char *at = strstr(header, pattern);
    value[0] = 0;
    if (!at) return value;
    at += strlen(pattern);
    at += *at == '"';
    snprintf(value, sizeof value, "%.*s", (int)strcspn(at, "\","), at);
    return value;
}

// Computes what the header should say and compares.
static bool is_right(const char *header, const char *method, const char *realm, enum cw_sip_algorithm algorithm) {
    char want[65], uri[256], cnonce[256];
    struct cw_sip_challenge challenge = {.algorithm = algorithm, .qop_auth = true};
    snprintf(challenge.realm, sizeof challenge.realm, "%s", realm);
    snprintf(challenge.nonce, sizeof challenge.nonce, "%s", param(header, "nonce"));
    snprintf(uri, sizeof uri, "%s", param(header, "uri"));
    snprintf(cnonce, sizeof cnonce, "%s", param(header, "cnonce"));
    const struct cw_sip_signed_request request = {.method = method, .uri = uri, .cnonce = cnonce, .nonce_count = 1};
    if (cw_sip_digest_response(&challenge, &(struct cw_sip_credentials){"gw", "se:cret"}, &request, want) < 0)
        return false;
    return strcmp(want, param(header, "response")) == 0;
}

#define ACCOUNT "accounts.0.name=pbx", "accounts.0.user=gw", "accounts.0.password=se:cret"

// ---------------------------------------------------------------- registration

static void registers(const char *challenge, enum cw_sip_algorithm algorithm) {
    set_up((const char *[]){ACCOUNT, "accounts.0.register=true", "accounts.0.expires_s=60", NULL});
    REQUIRE(phone_wait(&pbx, "REGISTER ", WAIT));
    CHECK_STR(phone_header(&pbx, "Expires"), "60");
    CHECK(strstr(phone_header(&pbx, "Contact"), ";cw="));
    phone_reply(&pbx, "401 Unauthorized", challenge, NULL);
    REQUIRE(phone_wait(&pbx, "REGISTER ", WAIT));
    CHECK(is_right(phone_header(&pbx, "Authorization"), "REGISTER", "pbx.example", algorithm));
    char contact[256];
    snprintf(contact, sizeof contact, "Contact: %.128s;expires=60\r\n", phone_header(&pbx, "Contact"));
    phone_reply(&pbx, "200 OK", contact, NULL);
    fake_run(100);
    CHECK_STR(gateway.node_events, "trunk.up ");
    gateway.plugin->fini(gateway.self); // un-registers; the PBX does not answer in time
    CHECK(phone_wait(&pbx, "REGISTER ", 100));
    phone_close(&pbx);
    phone_close(&stranger);
}

static void registers_md5(void) { registers(CHALLENGE("pbx.example", "MD5"), CW_SIP_MD5); }
static void registers_sha256(void) { registers(CHALLENGE("pbx.example", "SHA-256"), CW_SIP_SHA256); }
static void registers_strongest(void) {
    registers(CHALLENGE("pbx.example", "MD5") CHALLENGE("pbx.example", "SHA-512-256")
                  CHALLENGE("pbx.example", "SHA-256"),
              CW_SIP_SHA256);
}

static void wrong_password_backs_off(void) {
    set_up((const char *[]){ACCOUNT, "accounts.0.register=true", NULL});
    for (int i = 0; i < 2; i++) {
        REQUIRE(phone_wait(&pbx, "REGISTER ", WAIT));
        CHECK_STR(phone_header(&pbx, "Authorization"), "");
        phone_reply(&pbx, "401 Unauthorized", CHALLENGE("pbx.example", "MD5"), NULL);
        REQUIRE(phone_wait(&pbx, "REGISTER ", WAIT));
        CHECK(phone_header(&pbx, "Authorization")[0] != 0);
        phone_reply(&pbx, "401 Unauthorized", "WWW-Authenticate: Digest realm=\"pbx.example\", nonce=\"n2\"\r\n", NULL);
        CHECK(!phone_wait(&pbx, "REGISTER ", 100)); // not before 10·T1
    }
    CHECK_STR(gateway.node_events, "trunk.down ");
    REQUIRE(phone_wait(&pbx, "REGISTER ", WAIT));
    phone_reply(&pbx, "200 OK", "", NULL);
    fake_run(50);
    CHECK_STR(gateway.node_events, "trunk.down trunk.up ");
    REQUIRE(phone_wait(&pbx, "X", 1) == false);
    tear_down();
}

static void other_realm_gets_nothing(void) {
    set_up((const char *[]){ACCOUNT, "accounts.0.register=true", "accounts.0.realm=pbx.example", NULL});
    REQUIRE(phone_wait(&pbx, "REGISTER ", WAIT));
    phone_reply(&pbx, "401 Unauthorized", CHALLENGE("evil.example", "MD5"), NULL);
    CHECK(!phone_wait(&pbx, "REGISTER ", 100));
    tear_down();
}

static void pings(void) {
    set_up((const char *[]){ACCOUNT, "accounts.0.ping_s=1", NULL});
    REQUIRE(phone_wait(&pbx, "OPTIONS ", WAIT));
    phone_reply(&pbx, "404 Not Found", "", NULL); // it answers
    fake_run(50);
    CHECK_STR(gateway.node_events, "trunk.up ");
    REQUIRE(phone_wait(&pbx, "OPTIONS ", WAIT));
    phone_reply(&pbx, "503 Service Unavailable", "", NULL);
    fake_run(50);
    CHECK_STR(gateway.node_events, "trunk.up trunk.down ");
    CHECK_STR(gateway.node_data, "{\"trunk\":\"pbx\",\"status\":503,\"reason\":\"Service Unavailable\"}");
    tear_down();
}

// ---------------------------------------------------------------- calls of an account

static void call_with_digest(void) {
    char invite[8192];
    set_up((const char *[]){ACCOUNT, NULL});
    struct fake_leg *leg = fake_dial(&gateway, &(struct cw_dial){.to = "tel:+49-30-(123)#", .sdp = fake_sdp}, NULL);
    REQUIRE(leg && phone_wait(&pbx, "INVITE sip:+4930123%23@127.0.0.1:", WAIT));
    CHECK(strstr(phone_header(&pbx, "From"), "<sip:gw@127.0.0.1"));
    phone_reply(&pbx, "407 Proxy Authentication Required",
                "Proxy-Authenticate: Digest realm=\"pbx.example\", nonce=\"n1\", algorithm=SHA-256, qop=\"auth\"\r\n",
                NULL);
    CHECK(phone_wait(&pbx, "ACK ", WAIT));
    REQUIRE(phone_wait(&pbx, "INVITE ", WAIT));
    CHECK(is_right(phone_header(&pbx, "Proxy-Authorization"), "INVITE", "pbx.example", CW_SIP_SHA256));
    snprintf(invite, sizeof invite, "%.8000s", pbx.in);
    phone_reply(&pbx, "200 OK", "", fake_sdp);
    REQUIRE(phone_wait(&pbx, "ACK ", WAIT));
    CHECK(fake_run_bool(&leg->answered, WAIT));
    fake_hangup(&gateway, leg, 0); // the BYE is challenged as well
    REQUIRE(phone_wait(&pbx, "BYE ", WAIT));
    phone_reply(&pbx, "401 Unauthorized", CHALLENGE("pbx.example", "SHA-256"), NULL);
    REQUIRE(phone_wait(&pbx, "BYE ", WAIT));
    CHECK(is_right(phone_header(&pbx, "Authorization"), "BYE", "pbx.example", CW_SIP_SHA256));
    phone_reply(&pbx, "200 OK", "", NULL);
    tear_down();
}

// CVE-2021-41158: who gets a request of ours inside a dialog, at another address, gets no digest for the PBX's realm,
// even when it got hold of the Contact that we registered.
static void dialog_elsewhere_gets_nothing(void) {
    char tag[256], token[64];
    struct phone thief;
    set_up((const char *[]){ACCOUNT, "accounts.0.register=true", "accounts.0.realm=pbx.example", NULL});
    REQUIRE(phone_wait(&pbx, "REGISTER ", WAIT));
    snprintf(token, sizeof token, "%.20s", strstr(phone_header(&pbx, "Contact"), ";cw="));
    phone_reply(&pbx, "200 OK", "", NULL);
    phone_open_at(&thief, pbx.gateway_port, "127.0.0.3");
    thief.to_params = token;
    phone_request(&thief, "INVITE", "leak", "", SDP, fake_sdp);
    struct fake_leg *leg = fake_wait_leg(&gateway, 1, WAIT);
    REQUIRE(leg);
    CHECK_STR(leg->account, "pbx");
    endpoint()->answer(leg->leg, fake_sdp);
    REQUIRE(phone_wait(&thief, "SIP/2.0 200", WAIT));
    snprintf(tag, sizeof tag, "%s", phone_to_tag(&thief));
    phone_request(&thief, "ACK", "leak", tag, "", NULL);
    fake_run(50);
    fake_hangup(&gateway, leg, 0);
    REQUIRE(phone_wait(&thief, "BYE ", WAIT));
    phone_reply(&thief, "401 Unauthorized", CHALLENGE("pbx.example", "MD5"), NULL);
    CHECK(!phone_wait(&thief, "BYE ", 100));
    phone_close(&thief);
    tear_down();
}

static void dial_checks(void) {
    static const struct {
        const char *to, *from, *account, *name, *value, *pointer;
    } bad[] = {
        {"sip:a@b\r\nX: y", NULL, NULL, NULL, NULL, "/to"},
        {"sip:a@127.0.0.1?Replaces=x", NULL, NULL, NULL, NULL, "/to"},
        {"sip:@127.0.0.1", NULL, NULL, NULL, NULL, "/to"},
        {"sip:a@127.0.0.1:0", NULL, NULL, NULL, NULL, "/to"},
        {"http://x", NULL, NULL, NULL, NULL, "/to"},
        {"sips:a@127.0.0.1", NULL, NULL, NULL, NULL, "/to"},
        {"tel:+49", NULL, NULL, NULL, NULL, "/to"}, // no account here
        {"sip:a@127.0.0.1", "a b", NULL, NULL, NULL, "/from"},
        {"sip:a@127.0.0.1", NULL, "nobody", NULL, NULL, "/trunk"},
        {"sip:a@127.0.0.1", NULL, NULL, "Via", "x", "/headers/Via"},
        {"sip:a@127.0.0.1", NULL, NULL, "X-A", "b\r\nVia: x", "/headers/X-A"},
    };
    set_up((const char *[]){NULL});
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct cw_plugin_error error = {0};
        const struct cw_header header = {bad[i].name, bad[i].value};
        const struct cw_dial dial = {.to = bad[i].to,
                                     .from = bad[i].from,
                                     .account = bad[i].account,
                                     .sdp = fake_sdp,
                                     .headers = &header,
                                     .header_count = bad[i].name != NULL};
        CHECK(fake_dial(&gateway, &dial, &error) == NULL);
        CHECK_STR(error.pointer, bad[i].pointer);
        CHECK(error.status >= 400 && error.status < 500);
    }
    tear_down();
}

// ---------------------------------------------------------------- inside and outside of dialogs

static struct fake_leg *call_in(const char *call, const char *extra, char tag[256]) {
    char headers[512];
    int before = gateway.leg_count;
    snprintf(headers, sizeof headers, SDP "%s", extra);
    phone_request(&pbx, "INVITE", call, "", headers, fake_sdp);
    struct fake_leg *leg = fake_wait_leg(&gateway, before + 1, WAIT);
    if (!leg) return NULL;
    endpoint()->answer(leg->leg, fake_sdp);
    if (!phone_wait(&pbx, "SIP/2.0 200", WAIT)) return NULL;
    snprintf(tag, 256, "%s", phone_to_tag(&pbx));
    phone_request(&pbx, "ACK", call, tag, "", NULL);
    return leg;
}

static void replaces(void) {
    char tag[256], header[512];
    set_up((const char *[]){NULL});
    struct fake_leg *leg = call_in("first", "", tag);
    REQUIRE(leg);
    snprintf(header, sizeof header, SDP "Replaces: first@phone;to-tag=%s;from-tag=first\r\n", tag + 5);
    stranger.cseq = 100;
    phone_request(&stranger, "INVITE", "second", "", header, fake_sdp);
    struct fake_leg *second = fake_wait_leg(&gateway, 2, WAIT);
    REQUIRE(second);
    CHECK_INT(second->replaces, leg->handle);
    phone_request(&stranger, "INVITE", "third", "", SDP "Replaces: nothing@phone;to-tag=a;from-tag=b\r\n", fake_sdp);
    CHECK(phone_wait(&stranger, "SIP/2.0 481", WAIT));
    snprintf(header, sizeof header, SDP "Replaces: first@phone;to-tag=%s;from-tag=first;early-only\r\n", tag + 5);
    phone_request(&stranger, "INVITE", "fourth", "", header, fake_sdp);
    CHECK(phone_wait(&stranger, "SIP/2.0 486", WAIT));
    phone_request(&pbx, "BYE", "first", tag, "", NULL);
    CHECK(fake_run_bool(&leg->ended, WAIT));
    fake_hangup(&gateway, second, 480);
    tear_down();
}

static void refer(void) {
    char tag[256];
    set_up((const char *[]){NULL});
    struct fake_leg *leg = call_in("ref", "", tag);
    REQUIRE(leg);
    phone_request(&pbx, "REFER", "ref", tag,
                  "Refer-To: <sip:carol@127.0.0.1?Replaces=abc%3Bto-tag%3Dx>\r\nReferred-By: <sip:phone@127.0.0.1>\r\n",
                  NULL);
    CHECK(phone_wait(&pbx, "SIP/2.0 603", WAIT)); // the host has no transfers: no subscription begins
    CHECK(!phone_wait(&pbx, "NOTIFY ", 50));
    CHECK_STR(leg->refer, "sip:carol@127.0.0.1|abc;to-tag=x|sip:phone@127.0.0.1");

    gateway.takes_refers = true;
    phone_request(&pbx, "REFER", "ref", tag, "Refer-To: <sip:dave@127.0.0.1>\r\n", NULL);
    CHECK(phone_wait(&pbx, "SIP/2.0 202", WAIT));
    REQUIRE(phone_wait(&pbx, "NOTIFY ", WAIT));
    CHECK(strstr(phone_body(&pbx), "SIP/2.0 100"));
    phone_reply(&pbx, "200 OK", "", NULL);
    endpoint()->refer_done(leg->leg, 180, NULL);
    REQUIRE(phone_wait(&pbx, "NOTIFY ", WAIT));
    CHECK(strstr(phone_body(&pbx), "SIP/2.0 180"));
    phone_reply(&pbx, "200 OK", "", NULL);
    endpoint()->refer_done(leg->leg, 200, NULL);
    REQUIRE(phone_wait(&pbx, "NOTIFY ", WAIT));
    CHECK(strstr(phone_body(&pbx), "SIP/2.0 200 OK"));
    CHECK(strstr(phone_header(&pbx, "Subscription-State"), "terminated"));
    phone_reply(&pbx, "200 OK", "", NULL);
    phone_request(&pbx, "REFER", "ref", tag, "Refer-To: <http://x/>\r\n", NULL);
    CHECK(phone_wait(&pbx, "SIP/2.0 400", WAIT));
    phone_request(&pbx, "REFER", "ref", tag, "Refer-To: <sip:dave@127.0.0.1>\r\n", NULL);
    REQUIRE(phone_wait(&pbx, "NOTIFY ", WAIT));
    phone_reply(&pbx, "200 OK", "", NULL);
    phone_request(&pbx, "REFER", "ref", tag, "Refer-To: <sip:erin@127.0.0.1>\r\n", NULL);
    CHECK(phone_wait(&pbx, "SIP/2.0 491", WAIT)); // one at a time
    phone_request(&pbx, "BYE", "ref", tag, "", NULL);
    CHECK(fake_run_bool(&leg->ended, WAIT));
    tear_down();
}

static void info_and_message(void) {
    char tag[256];
    set_up((const char *[]){NULL});
    struct fake_leg *leg = call_in("inf", "", tag);
    REQUIRE(leg);
    phone_request(&pbx, "INFO", "inf", tag, "Content-Type: application/dtmf-relay\r\n", "Signal=5\r\n");
    CHECK(phone_wait(&pbx, "SIP/2.0 200", WAIT));
    phone_request(&pbx, "MESSAGE", "inf", tag, "Content-Type: text/plain\r\n", "hi");
    CHECK(phone_wait(&pbx, "SIP/2.0 200", WAIT));
    fake_run(20);
    CHECK_STR(leg->info, "application/dtmf-relay:Signal=5\r\n");
    CHECK_STR(leg->message, "text/plain:hi");
    endpoint()->info(leg->leg, "application/dtmf-relay", "Signal=7\r\n");
    REQUIRE(phone_wait(&pbx, "INFO ", WAIT));
    CHECK_STR(phone_body(&pbx), "Signal=7\r\n");
    phone_reply(&pbx, "200 OK", "", NULL);
    endpoint()->message(leg->leg, "text/plain", "ho");
    REQUIRE(phone_wait(&pbx, "MESSAGE ", WAIT));
    phone_reply(&pbx, "200 OK", "", NULL);
    phone_request(&pbx, "BYE", "inf", tag, "", NULL);
    CHECK(fake_run_bool(&leg->ended, WAIT));
    tear_down();
}

static void outside_of_dialogs(void) {
    set_up((const char *[]){"max_legs=1", NULL});
    phone_request(&pbx, "OPTIONS", "o1", "", "", NULL);
    REQUIRE(phone_wait(&pbx, "SIP/2.0 200", WAIT));
    CHECK(strstr(phone_header(&pbx, "Allow"), "INVITE"));
    CHECK(strstr(phone_header(&pbx, "Accept"), "application/sdp"));
    CHECK(strstr(phone_header(&pbx, "Supported"), "timer"));
    phone_request(&pbx, "MESSAGE", "o2", "", "Content-Type: text/plain\r\n", "hello");
    CHECK(phone_wait(&pbx, "SIP/2.0 202", WAIT));
    fake_run(20);
    CHECK_STR(gateway.node_events, "sip.message ");
    CHECK(strstr(gateway.node_data, "\"body\":\"hello\""));
    phone_request(&pbx, "SUBSCRIBE", "o3", "", "Event: presence\r\n", NULL);
    CHECK(phone_wait(&pbx, "SIP/2.0 405", WAIT));
    phone_request(&pbx, "JUMP", "o4", "", "", NULL);
    CHECK(phone_wait(&pbx, "SIP/2.0 501", WAIT));
    phone_request(&pbx, "BYE", "o5", ";tag=x", "", NULL);
    CHECK(phone_wait(&pbx, "SIP/2.0 481", WAIT));
    phone_request(&pbx, "INVITE", "o6", "", SDP "Require: teleport\r\n", fake_sdp);
    CHECK(phone_wait(&pbx, "SIP/2.0 420", WAIT));
    phone_request(&pbx, "INVITE", "o7", "", SDP, fake_sdp);
    struct fake_leg *leg = fake_wait_leg(&gateway, 1, WAIT);
    REQUIRE(leg);
    phone_request(&pbx, "INVITE", "o8", "", SDP, fake_sdp);
    CHECK(phone_wait(&pbx, "SIP/2.0 503", WAIT));
    CHECK(phone_header(&pbx, "Retry-After")[0] != 0);
    fake_hangup(&gateway, leg, 486);
    tear_down();
}

// ---------------------------------------------------------------- session timers (RFC 4028)

static void refreshes_with(const char *allow, const char *method) {
    set_up((const char *[]){"session_expires_s=4", "min_se_s=2", NULL});
    char to[64];
    snprintf(to, sizeof to, "sip:bob@127.0.0.1:%d", pbx.port);
    struct fake_leg *leg = fake_dial(&gateway, &(struct cw_dial){.to = to, .sdp = fake_sdp}, NULL);
    REQUIRE(leg && phone_wait(&pbx, "INVITE ", WAIT));
    phone_reply(&pbx, "200 OK", allow, fake_sdp_hold);
    REQUIRE(phone_wait(&pbx, "ACK ", WAIT));
    REQUIRE(phone_wait(&pbx, method, WAIT));
    if (method[0] == 'I') CHECK_STR(phone_body(&pbx), fake_sdp);
    if (method[0] == 'U') CHECK_STR(phone_body(&pbx), "");
    phone_reply(&pbx, "200 OK", allow, method[0] == 'I' ? fake_sdp_hold : NULL);
    if (method[0] == 'I') CHECK(phone_wait(&pbx, "ACK ", WAIT));
    CHECK_INT(leg->done_count, 0);
    CHECK(!leg->ended);
    fake_hangup(&gateway, leg, 0);
    CHECK(phone_wait(&pbx, "BYE ", WAIT));
    phone_reply(&pbx, "200 OK", "", NULL);
    tear_down();
}

static void refreshes_with_update(void) {
    refreshes_with("Allow: INVITE, ACK, BYE, CANCEL, UPDATE\r\nSupported: timer\r\nRequire: timer\r\n"
                   "Session-Expires: 4;refresher=uac\r\n",
                   "UPDATE ");
}

static void refreshes_with_invite(void) { refreshes_with("Allow: INVITE, ACK, BYE, CANCEL\r\n", "INVITE "); }

static void peer_that_does_not_refresh(void) {
    char tag[256];
    set_up((const char *[]){"session_expires_s=4", "min_se_s=2", NULL});
    phone_request(&pbx, "INVITE", "se0", "", SDP "Supported: timer\r\nSession-Expires: 1\r\n", fake_sdp);
    CHECK(phone_wait(&pbx, "SIP/2.0 422", WAIT));
    struct fake_leg *leg = call_in(
        "se1", "Supported: timer\r\nAllow: INVITE, ACK, BYE, UPDATE\r\nSession-Expires: 3;refresher=uac\r\n", tag);
    REQUIRE(leg);
    CHECK(phone_wait(&pbx, "BYE ", 4500));
    phone_reply(&pbx, "200 OK", "", NULL);
    CHECK(fake_run_bool(&leg->ended, WAIT));
    CHECK_STR(leg->end_code, "timeout");
    tear_down();
}

// ---------------------------------------------------------------- what must not hurt

static void still_answers(const char *call) {
    phone_request(&pbx, "OPTIONS", call, "", "", NULL);
    CHECK(phone_wait(&pbx, "SIP/2.0 200", WAIT));
}

static void hostile_messages(void) {
    static const char msrp[] = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
                               "m=message 9 TCP/MSRP \xc3\x84\r\n";
    static const uint8_t stun[] = {0x00, 0x01, 0x00, 0x08, 0x21, 0x12, 0xa4, 0x42, 1,    2,    3,    4,    5, 6,
                                   7,    8,    9,    10,   11,   12,   0x00, 0x06, 0xff, 0xff, 0x41, 0x41, 0, 0};
    set_up((const char *[]){NULL});
    phone_request(&pbx, "INVITE", "msrp", "", SDP, msrp);
    struct fake_leg *leg = fake_wait_leg(&gateway, 1, WAIT);
    REQUIRE(leg);
    CHECK_STR(leg->sdp, msrp);
    fake_hangup(&gateway, leg, 488);
    CHECK(phone_wait(&pbx, "SIP/2.0 488", WAIT));
    phone_request(&pbx, "ACK", "msrp", phone_to_tag(&pbx), "", NULL);
    phone_send_bytes(&pbx, stun, sizeof stun);
    still_answers("h1");
    for (size_t len = 0; len <= sizeof stun; len++) phone_send_bytes(&pbx, stun, len);
    phone_send(&pbx, "INVITE sip:a SIP/2.0\r\n\r\n");
    phone_send(&pbx, "INVITE\r\n");
    phone_send(&pbx, "\r\n\r\n\r\n");
    phone_send(&pbx, "SIP/2.0 200 OK\r\nCSeq: 1 INVITE\r\n\r\n");
    phone_request(&pbx, "INVITE", "h2", "", "Content-Type: application/sdp\r\nContact: <<<\r\nRSeq: x\r\n", fake_sdp);
    phone_request(&pbx, "INVITE", "h3", "", "Session-Expires: 99999999999999999999\r\nMin-SE: -1\r\n", fake_sdp);
    static char noise[1400];
    unsigned seed = 1;
    for (int i = 0; i < 500; i++) {
        for (size_t j = 0; j < sizeof noise; j++) noise[j] = (char)((seed = seed * 1103515245u + 12345u) >> 16);
        if (i % 2) memcpy(noise, "INVITE sip:a@b SIP/2.0\r\nVia: ", 30);
        phone_send_bytes(&pbx, noise, sizeof noise);
    }
    still_answers("h4");
    CHECK(gateway.malformed > 0);
    for (int i = 1; i < gateway.leg_count; i++) fake_hangup(&gateway, &gateway.legs[i], 488);
    tear_down();
}

static const struct cw_test tests[] = {
    TEST(registers_md5),
    TEST(registers_sha256),
    TEST(registers_strongest),
    TEST(wrong_password_backs_off),
    TEST(other_realm_gets_nothing),
    TEST(pings),
    TEST(call_with_digest),
    TEST(dialog_elsewhere_gets_nothing),
    TEST(dial_checks),
    TEST(replaces),
    TEST(refer),
    TEST(info_and_message),
    TEST(outside_of_dialogs),
    TEST(refreshes_with_update),
    TEST(refreshes_with_invite),
    TEST(peer_that_does_not_refresh),
    TEST(hostile_messages),
};

TEST_MAIN(tests)
