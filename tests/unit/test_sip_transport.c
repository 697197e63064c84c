// Transports of the SIP plugin: calls between two instances over UDP, TCP and TLS, IPv4 and IPv6, by address and by a
// name of /etc/hosts; and whose certificates are taken.
#include <stdio.h>
#include <string.h>

#include "sip_certs.h"
#include "sip_fake.h"
#include "tests/test.h"

#define WAIT 3000

extern const struct cw_plugin cw_plugin_entry;

// One instance with its ports.
struct side {
    struct fake fake;
    int port, tls_port;
    char text[6][128];
    const char *settings[16];
};

// Sofia loses the names that it reads in a certificate, some 200 bytes a connection that we open.
const char *__asan_default_options(void);
const char *__lsan_default_suppressions(void);
const char *__asan_default_options(void) { return "fast_unwind_on_malloc=0"; }
const char *__lsan_default_suppressions(void) { return "leak:libsofia-sip-ua"; }

static struct side here, there;
static struct certs certs;

// certificate NULL: without TLS; "": to call only. more: another setting or NULL.
static int start(struct side *side, const char *address, const char *certificate, const char *more) {
    struct cw_plugin_error error;
    size_t n = 0;
    side->port = fake_free_port();
    side->tls_port = fake_free_port();
    snprintf(side->text[n++], 128, "port=%d", side->port);
    snprintf(side->text[n++], 128, "tls_port=%d", side->tls_port);
    snprintf(side->text[n++], 128, "address=%s", address);
    snprintf(side->text[n++], 128, "tls_certificate=%s", certificate ? certificate : "");
    snprintf(side->text[n++], 128, "tls_ca=%s", certificate ? certs.root : "");
    for (size_t i = 0; i < n; i++) side->settings[i] = side->text[i];
    side->settings[n++] = "t1_ms=25";
    side->settings[n++] = more;
    side->settings[n] = NULL;
    int result = fake_start(&side->fake, &cw_plugin_entry, side->settings, &error);
    side->fake.auto_answer = true;
    return result;
}

static void stop(void) {
    fake_stop(&here.fake);
    fake_stop(&there.fake);
}

static bool both(const char *address, const char *ours, const char *theirs, const char *more) {
    if (start(&here, address, ours, more) != 0) return false;
    if (start(&there, address, theirs, more) == 0) return true;
    fake_stop(&here.fake);
    return false;
}

static struct fake_leg *dial(const char *format, int port) {
    char uri[128];
    snprintf(uri, sizeof uri, format, port);
    return fake_dial(&here.fake, &(struct cw_dial){.to = uri, .sdp = fake_sdp}, NULL);
}

// Answered, re-offered from there (a request of the called side goes the other way), ended by one side.
static void talk(const char *format, int port, bool we_hang_up) {
    int legs = there.fake.leg_count;
    struct fake_leg *ours = dial(format, port);
    REQUIRE(ours != NULL);
    struct fake_leg *theirs = fake_wait_leg(&there.fake, legs + 1, WAIT);
    REQUIRE(theirs && fake_run_bool(&ours->answered, WAIT));
    CHECK(strstr(theirs->to, "sip") == theirs->to);
    fake_run(20); // the ACK
    there.fake.plugin->endpoint->reoffer(theirs->leg, fake_sdp_hold);
    REQUIRE(fake_run_until(&ours->reoffers, WAIT));
    here.fake.plugin->endpoint->answer_reoffer(ours->leg, 200, fake_sdp);
    CHECK(fake_run_until(&theirs->done_count, WAIT));
    CHECK_INT(theirs->done_status, 200);
    if (we_hang_up)
        fake_hangup(&here.fake, ours, 0);
    else
        fake_hangup(&there.fake, theirs, 0);
    CHECK(fake_run_bool(we_hang_up ? &theirs->ended : &ours->ended, WAIT));
}

static void talk_twice(const char *format, int port) {
    talk(format, port, true);
    talk(format, port, false);
}

static void udp_and_tcp(void) {
    REQUIRE(both("127.0.0.1", NULL, NULL, NULL));
    talk_twice("sip:carol@127.0.0.1:%d", there.port);
    talk_twice("sip:carol@127.0.0.1:%d;transport=tcp", there.port);
    stop();
}

static void name_of_hosts_file(void) {
    REQUIRE(both("127.0.0.1", NULL, NULL, NULL));
    talk_twice("sip:carol@localhost:%d", there.port);
    talk_twice("sip:carol@localhost:%d;transport=tcp", there.port);
    stop();
}

static void ipv6(void) {
    REQUIRE(both("::1", certs.good, certs.good, NULL));
    talk_twice("sip:carol@[::1]:%d", there.port);
    talk_twice("sip:carol@[::1]:%d;transport=tcp", there.port);
    talk_twice("sip:carol@[::1]:%d;transport=tls", there.tls_port);
    stop();
}

static void all_addresses(void) {
    REQUIRE(both("", NULL, NULL, NULL));
    talk_twice("sip:carol@127.0.0.1:%d", there.port);
    talk_twice("sip:carol@[::1]:%d", there.port);
    talk_twice("sip:carol@[::1]:%d;transport=tcp", there.port);
    stop();
}

static void tls(void) {
    REQUIRE(both("127.0.0.1", certs.good, certs.good, NULL));
    talk_twice("sips:carol@localhost:%d", there.tls_port);
    talk_twice("sip:carol@127.0.0.1:%d;transport=tls", there.tls_port);
    stop();
}

static void tls_without_certificate(void) {
    REQUIRE(both("127.0.0.1", "", certs.good, NULL));
    talk_twice("sips:carol@localhost:%d", there.tls_port);
    stop();
}

// Who calls shows a certificate too.
static void tls_verifies_callers(void) {
    REQUIRE(both("127.0.0.1", certs.good, certs.good, "tls_verify=all"));
    talk_twice("sips:carol@localhost:%d", there.tls_port);
    stop();
    REQUIRE(both("127.0.0.1", certs.unknown, certs.good, "tls_verify=all"));
    struct fake_leg *leg = dial("sips:carol@localhost:%d", there.tls_port);
    REQUIRE(leg && fake_run_bool(&leg->ended, WAIT));
    CHECK_INT(there.fake.leg_count, 0);
    stop();
}

static void tls_refuses_wrong_certificates(void) {
    const char *const wrong[] = {certs.other, certs.expired, certs.unknown};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        REQUIRE(both("127.0.0.1", certs.good, wrong[i], NULL));
        struct fake_leg *leg = dial("sips:carol@localhost:%d", there.tls_port);
        REQUIRE(leg && fake_run_bool(&leg->ended, WAIT));
        CHECK(!leg->answered);
        CHECK_INT(leg->end_status, 408); // Sofia gives no sign that the connection was not to be trusted
        CHECK_INT(there.fake.leg_count, 0);
        CHECK(here.fake.tls_untrusted > 0 || wrong[i] == certs.other); // a wrong name is not told
        stop();
    }
    REQUIRE(both("127.0.0.1", certs.good, certs.unknown, "tls_verify=none"));
    talk("sips:carol@localhost:%d", there.tls_port, true);
    stop();
}

// A caller that listens with a certificate nobody knows, or not at all: requests go back on its own connection.
static void tls_caller_without_a_name(void) {
    REQUIRE(start(&here, "127.0.0.1", certs.unknown, "tls_verify=none") == 0);
    REQUIRE(start(&there, "127.0.0.1", certs.good, NULL) == 0);
    talk_twice("sips:carol@localhost:%d", there.tls_port);
    stop();
}

static const struct cw_test tests[] = {
    TEST(udp_and_tcp),
    TEST(name_of_hosts_file),
    TEST(ipv6),
    TEST(all_addresses),
    TEST(tls),
    TEST(tls_without_certificate),
    TEST(tls_verifies_callers),
    TEST(tls_refuses_wrong_certificates),
    TEST(tls_caller_without_a_name),
};

int main(int argc, char **argv) {
    certs_make(&certs);
    int result = cw_test_main(tests, sizeof tests / sizeof *tests, argc, argv);
    certs_remove(&certs);
    return result;
}
