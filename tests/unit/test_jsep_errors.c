// Offer/answer with browsers: what is refused, and how it says why.
#include "jsep_pair.h"

static void bundle_rules(void) {
    struct cw_jsep_opts opts = webrtc_opts("abcd");
    // Only what is in the group; the offered order of the group stays.
    struct cw_jsep *jsep = make_webrtc();
    char *text = sdp_edit(sdp_file("chromium-offer.sdp"), "BUNDLE 0 1 2", "BUNDLE 2 0");
    CHECK_INT(set(jsep, CW_JSEP_OFFER, text), 0);
    char *made = answer(jsep, &opts);
    CHECK(has(made, "a=group:BUNDLE 2 0\r\n") && has(made, "m=video 0 "));
    CHECK_STR(cw_jsep_media_at(jsep, 1)->reason, "bundle_required");
    free(made);
    free(text);
    cw_jsep_free(jsep);
    // No group: the first m-line alone.
    jsep = make_webrtc();
    text = sdp_edit(sdp_file("chromium-offer.sdp"), "a=group:BUNDLE 0 1 2\r\n", "");
    CHECK_INT(set(jsep, CW_JSEP_OFFER, text), 0);
    made = answer(jsep, &opts);
    CHECK(!strstr(made, "BUNDLE") && has(made, "m=video 0 ") && has(made, "m=application 0 "));
    CHECK(!cw_jsep_media_at(jsep, 0)->rejected);
    free(made);
    free(text);
    cw_jsep_free(jsep);
    // max-bundle: port 0 with bundle-only is not a rejection.
    jsep = make_webrtc();
    text = sdp_edit(sdp_file("chromium-offer.sdp"), "m=video 9", "m=video 0");
    text = sdp_edit(text, "a=mid:1\r\n", "a=mid:1\r\na=bundle-only\r\n");
    CHECK_INT(set(jsep, CW_JSEP_OFFER, text), 0);
    made = answer(jsep, &opts);
    CHECK(has(made, "m=video 9 "));
    free(made);
    free(text);
    cw_jsep_free(jsep);
}

static void refused_offers_say_why(void) {
    static const struct {
        const char *from, *to, *code;
        int mline;
    } table[] = {
        {"v=0", "v=1", "bad_sdp", -1},
        {"a=rtcp-mux\r\n", "", NULL, -1}, // the data channel remains
        {"a=ice-pwd", "a=x-pwd", "ice_credentials_missing", 0},
        {"a=ice-ufrag", "a=x-ufrag", "ice_credentials_missing", 0},
        {"a=fingerprint:sha-256", "a=fingerprint:md-99", "fingerprint_missing", 0},
        {"a=setup:actpass", "a=setup:holdconn", "setup_conflict", 0},
        {"UDP/TLS/RTP/SAVPF", "RTP/AVP", NULL, -1},
        {"m=audio 9 UDP/TLS/RTP/SAVPF 111 63 9 0 8 13 110 126", "m=audio 9 UDP/TLS/RTP/SAVPF 63 110 126", NULL, -1},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct cw_jsep *jsep = make_webrtc();
        char *text = sdp_edit(sdp_file("chromium-offer.sdp"), table[i].from, table[i].to);
        int err = set(jsep, CW_JSEP_OFFER, text);
        CHECK_INT(err == 0, table[i].code == NULL);
        CHECK_INT(cw_jsep_state(jsep), err < 0 ? CW_JSEP_STABLE : CW_JSEP_HAVE_REMOTE_OFFER);
        if (err < 0) CHECK_STR(wrong.code, table[i].code);
        if (err < 0) CHECK_INT(wrong.mline, table[i].mline);
        free(text);
        cw_jsep_free(jsep);
    }
}

#define ONE(protocol, formats, more)                                                                                   \
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=audio 9 " protocol " " formats "\r\na=mid:0\r\n" more        \
    "a=ice-ufrag:abcd\r\na=ice-pwd:" PWD "\r\na=fingerprint:" PRINT "\r\n"

static void single_sections_say_why(void) {
    static const struct {
        const char *text, *code;
    } table[] = {
        {ONE("UDP/TLS/RTP/SAVPF", "0", "a=rtcp-mux\r\n"), NULL}, // one m-line needs no group; no setup: as actpass
        {ONE("UDP/TLS/RTP/SAVPF", "0", ""), "rtcp_mux_required"},
        {ONE("RTP/AVP", "0", "a=rtcp-mux\r\n"), "unsupported_transport"},
        {ONE("UDP/TLS/RTP/SAVPF", "18", "a=rtcp-mux\r\n"), "no_common_codec"},
        {ONE("UDP/TLS/RTP/SAVPF", "13 101", "a=rtcp-mux\r\na=rtpmap:101 telephone-event/8000\r\n"), "no_common_codec"},
        {ONE("UDP/TLS/RTP/SAVPF", "0", "m=image 1 udptl t38\r\n"), "rtcp_mux_required"},
        {"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n", "no_media"},
        {"v=0\r\nm=audio 0 RTP/AVP 0\r\n", "no_media"},
        {"v=0\r\nm=message 9 TCP/MSRP \xc3\x84\r\n", "unsupported_media"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct cw_jsep *jsep = make_webrtc();
        int err = set(jsep, CW_JSEP_OFFER, table[i].text);
        CHECK_INT(err == 0, table[i].code == NULL);
        if (err < 0) CHECK_STR(wrong.code, table[i].code);
        cw_jsep_free(jsep);
    }
}

static void foreign_sections_are_rejected_well(void) {
    struct cw_jsep *jsep = make_webrtc();
    struct cw_jsep_opts opts = webrtc_opts("abcd");
    char *text = sdp_file("chromium-offer.sdp"), *made;
    text = sdp_edit(text, "m=application", "m=message 9 TCP/MSRP \xc3\x84\r\na=mid:x\r\nm=application");
    CHECK_INT(set(jsep, CW_JSEP_OFFER, text), 0);
    made = answer(jsep, &opts);
    CHECK(has(made, "m=message 0 TCP/MSRP 0\r\nc=IN IP4 0.0.0.0\r\na=mid:x\r\na=inactive\r\n"));
    CHECK_INT(cw_jsep_media_count(jsep), 4);
    free(made);
    made = offer(jsep, &opts); // and in our offers
    CHECK(has(made, "m=message 0 RTP/AVP 0\r\n") && has(made, "a=group:BUNDLE 0 1 2\r\n"));
    free(made);
    free(text);
    cw_jsep_free(jsep);
}

static void wrong_answers_are_refused(void) {
    static const struct {
        const char *from, *to, *code;
    } table[] = {
        {"a=mid:0", "a=mid:7", "mline_mismatch"},
        {"m=audio", "m=video", "mline_mismatch"},
        {"m=video 9", "m=video 9 RTP/AVP 0\r\nm=video 9", "mline_mismatch"},
        {"BUNDLE 0 1 2", "BUNDLE 0 1", "bundle_required"},
        {"a=rtcp-mux\r\n", "", "rtcp_mux_required"},
        {"a=setup:active", "a=setup:actpass", "setup_conflict"},
        {"a=ice-ufrag", "a=x", "ice_credentials_missing"},
        {"opus", "unknown", NULL}, // others remain
        {"SAVPF 111 9 0 8 13", "SAVPF 18 13", "no_common_codec"},
        {"v=0", "v=2", "bad_sdp"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct cw_jsep *a = make_webrtc(), *b = make_webrtc();
        struct cw_jsep_opts ours = with_wants(webrtc_opts("aaaa"), three, 3), theirs = webrtc_opts("bbbb");
        char *text = offer(a, &ours);
        CHECK_INT(set(b, CW_JSEP_OFFER, text), 0);
        char *made = sdp_edit(answer(b, &theirs), table[i].from, table[i].to);
        int err = set(a, CW_JSEP_ANSWER, made);
        CHECK_INT(err == 0, table[i].code == NULL);
        CHECK_INT(cw_jsep_state(a), err < 0 ? CW_JSEP_HAVE_LOCAL_OFFER : CW_JSEP_STABLE);
        if (err < 0) CHECK_STR(wrong.code, table[i].code);
        free(text);
        free(made);
        cw_jsep_free(a);
        cw_jsep_free(b);
    }
}

static void limits_and_arguments(void) {
    struct cw_jsep_caps caps = cw_jsep_caps_webrtc;
    caps.max_sections = 2;
    struct cw_jsep *jsep = make_jsep(CW_JSEP_WEBRTC, &caps, true);
    struct cw_jsep_opts opts = webrtc_opts("abcd"), all = with_wants(opts, three, 3), none = {0};
    char *text = sdp_file("chromium-offer.sdp"), *made = NULL;
    CHECK_INT(set(jsep, CW_JSEP_OFFER, text), CW_ETOOBIG);
    CHECK_STR(wrong.code, "too_many_sections");
    CHECK_INT(cw_jsep_create_offer(jsep, &all, &made, &wrong), CW_ETOOBIG);
    CHECK_INT(cw_jsep_create_offer(jsep, &opts, &made, &wrong), CW_EINVAL);
    CHECK_STR(wrong.code, "no_media");
    CHECK_INT(cw_jsep_create_offer(jsep, &none, &made, &wrong), CW_EINVAL);
    CHECK_STR(wrong.code, "local_transport_missing");
    struct cw_jsep_want absent = {.mline = 3};
    struct cw_jsep_opts bad = with_wants(opts, &absent, 1);
    CHECK_INT(cw_jsep_create_offer(jsep, &bad, &made, &wrong), CW_EINVAL);
    CHECK_INT(cw_jsep_state(jsep), CW_JSEP_STABLE);
    CHECK(cw_jsep_media_at(jsep, 0) == NULL && cw_jsep_local_sdp(jsep) == NULL && !made);
    free(text);
    cw_jsep_free(jsep);
    struct cw_jsep_config config = {.caps = &caps, .cname = "two words"};
    CHECK_INT(cw_jsep_new(&jsep, &config), CW_EINVAL);
    cw_jsep_free(NULL);
}

static const struct cw_test tests[] = {
    TEST(bundle_rules),
    TEST(refused_offers_say_why),
    TEST(single_sections_say_why),
    TEST(foreign_sections_are_rejected_well),
    TEST(wrong_answers_are_refused),
    TEST(limits_and_arguments),
};
TEST_MAIN(tests)
