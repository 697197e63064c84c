// The dtmf plugin's endpoints: URIs, options, descriptions.
#include <stdlib.h>

#include "dtmf/describe.h"
#include "test.h"

static void a_uri_is_read_and_written(void) {
    struct dtmf_target t;
    struct cw_plugin_error error;
    char uri[DTMF_URI_MAX];
    REQUIRE(dtmf_target_parse(&t, "rtp:10.0.0.5:4000", &error) == 0);
    CHECK_STR(t.host, "10.0.0.5");
    CHECK_INT(t.port, 4000);
    CHECK_STR(t.codec->name, "PCMU");
    REQUIRE(dtmf_target_uri(&t, uri, sizeof uri) == 0);
    CHECK_STR(uri, "rtp:10.0.0.5:4000;codec=PCMU;pt=0;ptime=20;dtmf_pt=101;dtmf_clock=8000");
    // What the codec sets by default does not depend on where it stands.
    REQUIRE(dtmf_target_parse(&t, "RTP:[fd99::1]:9;dtmf_clock=8000;pt=96;codec=OPUS;dtmf_pt=0", &error) == 0);
    REQUIRE(dtmf_target_uri(&t, uri, sizeof uri) == 0);
    CHECK_STR(uri, "rtp:[fd99::1]:9;codec=opus;pt=96;ptime=20;dtmf_pt=0;dtmf_clock=8000");
    CHECK_INT(dtmf_target_uri(&t, uri, 20), CW_RESULT_INVALID);
}

static void a_bad_uri_is_refused(void) {
    static const char *const bad[] = {
        "rtp:",
        "rtp:10.0.0.5",
        "rtp:10.0.0.5:",
        "rtp:10.0.0.5:0",
        "rtp:10.0.0.5:65536",
        "rtp:host:4000",
        "rtp:[::1:4000",
        "rtp:[::1]4000",
        "rtp:[::1]",
        "rtp:::1:4000",
        "sip:10.0.0.5:1",
        "rtp:10.0.0.5:4000;x=1",
        "rtp:10.0.0.5:4;codec",
        "rtp:1.2.3.4:5;pt=-1",
        "rtp:1.2.3.4:5;pt=128",
        "rtp:1.2.3.4:5;ptime=9",
        "rtp:1.2.3.4:5;dtmf_pt=95",
        "rtp:1.2.3.4:5;pt=101",
        "rtp:1.2.3.4:5;dtmf_clock=44100",
        "rtp:1.2.3.4:5;pt=1;pt=2;pt=3;pt=4;pt=5;pt=6;pt=7;pt=8;pt=9;pt=1;pt=2;pt=3;pt=4;pt=5;pt=6;pt=7;pt=8",
    };
    struct dtmf_target t = {0};
    char longest[600] = "rtp:1.2.3.4:5;";
    memset(longest + strlen(longest), ';', sizeof longest - strlen(longest) - 1);
    for (size_t i = 0; i <= sizeof bad / sizeof *bad; i++) {
        struct cw_plugin_error error = {0};
        CHECK_INT(dtmf_target_parse(&t, i < sizeof bad / sizeof *bad ? bad[i] : longest, &error), CW_RESULT_INVALID);
        CHECK_INT(error.status, 400);
        CHECK_STR(error.pointer, "/to");
        CHECK(error.detail[0] && !t.codec);
    }
}

static int patch(struct dtmf_target *t, const char *text, struct cw_plugin_error *error) {
    json_t *options = json_loads(text, 0, NULL);
    int err = dtmf_target_patch(t, options, error);
    json_decref(options);
    return err;
}

static void options_change_what_they_name(void) {
    struct dtmf_target t = {0};
    struct cw_plugin_error error = {0};
    CHECK_INT(patch(&t, "{\"dtmf_pt\":97,\"to\":\"rtp:1.2.3.4:5;codec=PCMA\",\"ptime\":30}", &error), 0);
    CHECK_STR(t.codec->name, "PCMA");
    CHECK_INT(t.pt, 8);
    CHECK_INT(t.dtmf_pt, 97);
    CHECK_INT(patch(&t, "{\"codec\":\"opus\"}", &error), 0);
    CHECK_INT(t.dtmf_clock_hz, 48000);
    CHECK_INT(t.dtmf_pt, 97);
    CHECK_INT(t.ptime_ms, 30);
    struct dtmf_target before = t;
    CHECK_INT(patch(&t, "{\"ptime\":40,\"pt\":97}", &error), CW_RESULT_INVALID);
    CHECK_STR(error.pointer, "/dtmf_pt");
    CHECK_INT(patch(&t, "{\"ptime\":\"40\"}", &error), CW_RESULT_INVALID);
    CHECK_STR(error.pointer, "/ptime");
    CHECK_INT(patch(&t, "{\"codec\":7}", &error), CW_RESULT_INVALID);
    CHECK_STR(error.pointer, "/codec");
    CHECK_INT(patch(&t, "{\"port\":7}", &error), CW_RESULT_INVALID);
    CHECK_STR(error.code, "unknown_option");
    CHECK_MEM(&t, &before, sizeof t);
}

static void it_is_described(void) {
    struct dtmf_target t;
    struct cw_plugin_error error;
    REQUIRE(dtmf_target_parse(&t, "rtp:[::1]:4000;codec=opus;ptime=40", &error) == 0);
    char *sdp = dtmf_describe(&t, "recvonly", 3);
    CHECK_STR(sdp,
              "v=0\r\no=- 1 3 IN IP6 ::1\r\ns=-\r\nc=IN IP6 ::1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 111 101\r\n"
              "a=rtpmap:111 opus/48000/2\r\na=rtpmap:101 telephone-event/48000\r\na=fmtp:101 0-15\r\na=ptime:40\r\n"
              "a=recvonly\r\n");
    CHECK_STR(dtmf_answering_direction(sdp), "sendonly");
    char *other = dtmf_redirect(sdp, "inactive");
    CHECK(strstr(other, "t=0 0\r\na=inactive\r\nm=audio 4000"));
    CHECK(!strstr(other, "recvonly"));
    CHECK_STR(dtmf_answering_direction(other), "inactive");
    char host[64];
    int port = 0;
    CHECK(dtmf_sdp_address(other, host, sizeof host, &port));
    CHECK_STR(host, "::1");
    CHECK_INT(port, 4000);
    CHECK(!dtmf_sdp_address("v=0\r\nm=audio 4000 RTP/AVP 0\r\n", host, sizeof host, &port));
    CHECK(!dtmf_sdp_address("c=IN IP4 1.2.3.4\nm=audio 0 RTP/AVP 0\n", host, sizeof host, &port));
    CHECK(!dtmf_sdp_address("c=IN IP4\nm=audio 5 RTP/AVP 0", host, sizeof host, &port));
    CHECK(dtmf_sdp_address(
        "c=IN IP4 1.2.3.4\nm=video 6 x 1\nm=audio 5 RTP/AVP 0\nc=IN IP4 5.6.7.8/127\nm=audio 1 x 2\nc=IN IP4 9.9.9.9",
        host, sizeof host, &port));
    CHECK_STR(host, "5.6.7.8");
    CHECK_INT(port, 5);
    free(sdp);
    free(other);
}

static const struct cw_test tests[] = {
    TEST(a_uri_is_read_and_written),
    TEST(a_bad_uri_is_refused),
    TEST(options_change_what_they_name),
    TEST(it_is_described),
};
TEST_MAIN(tests)
