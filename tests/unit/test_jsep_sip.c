// Offer/answer with phones: AVP and SAVP, hold, late offers, early answers, IPv6, RTCP, other m-lines.
#include "jsep_pair.h"

#define HEAD "v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\n"
#define KEY "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5"
#define PHONE HEAD "m=audio 5004 RTP/AVP 0 8 101\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\n"

static struct cw_jsep *make_sip(void) { return make_jsep(CW_JSEP_SIP, &cw_jsep_caps_sip, false); }

static void a_phone_is_answered(void) {
    struct cw_jsep *jsep = make_sip();
    struct cw_jsep_opts opts = sip_opts("198.51.100.1", 30000);
    char ip[CW_ADDR_SIZE];
    REQUIRE(set(jsep, CW_JSEP_OFFER, PHONE "a=ptime:30\r\n") == 0);
    char *made = answer(jsep, &opts);
    CHECK_STR(made, "v=0\r\no=- 4711 1 IN IP4 198.51.100.1\r\ns=-\r\nc=IN IP4 198.51.100.1\r\nt=0 0\r\n"
                    "m=audio 30000 RTP/AVP 0 8 101\r\na=sendrecv\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\n"
                    "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:30\r\n");
    const struct cw_jsep_media *media = cw_jsep_media_at(jsep, 0);
    CHECK_STR(cw_addr_text(&media->transport->rtp, ip), "192.0.2.9:5004");
    CHECK_STR(cw_addr_text(&media->transport->rtcp, ip), "192.0.2.9:5005");
    CHECK(!media->transport->srtp && !media->transport->rtcp_mux);
    CHECK_INT(media->ptime_ms, 30);
    CHECK_INT(media->events[0].pt_send, 101);
    CHECK_STR(media->events[0].fmtp_send, "0-16");
    CHECK_STR(media->mid, "");
    free(made);
    cw_jsep_free(jsep);
}

static void rtcp_places(void) {
    static const struct {
        const char *lines, *rtcp, *answered;
        bool mux;
    } table[] = {
        {"", "192.0.2.9:5005", "a=rtcp", false},
        {"a=rtcp:6000\r\n", "192.0.2.9:6000", "a=rtcp", false},
        {"a=rtcp:6000 IN IP4 192.0.2.10\r\n", "192.0.2.10:6000", "a=rtcp", false},
        {"a=rtcp:6000\r\na=rtcp-mux\r\n", "192.0.2.9:5004", "a=rtcp-mux", true},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct cw_jsep *jsep = make_sip();
        struct cw_jsep_opts opts = sip_opts("198.51.100.1", 30000);
        char text[1024], ip[CW_ADDR_SIZE];
        snprintf(text, sizeof text, "%s%s", PHONE, table[i].lines);
        CHECK_INT(set(jsep, CW_JSEP_OFFER, text), 0);
        char *made = answer(jsep, &opts);
        CHECK_INT(strstr(made, table[i].answered) != NULL, table[i].mux);
        CHECK_STR(cw_addr_text(&cw_jsep_media_at(jsep, 0)->transport->rtcp, ip), table[i].rtcp);
        CHECK_INT(cw_jsep_media_at(jsep, 0)->transport->rtcp_mux, table[i].mux);
        free(made);
        cw_jsep_free(jsep);
    }
    struct cw_jsep *jsep = make_sip();
    struct cw_jsep_opts opts = sip_opts("198.51.100.1", 30000);
    opts.local.rtcp_port[CW_KIND_AUDIO] = 31000;
    CHECK_INT(set(jsep, CW_JSEP_OFFER, PHONE), 0);
    char *made = answer(jsep, &opts);
    CHECK(has(made, "a=rtcp:31000\r\n"));
    free(made);
    cw_jsep_free(jsep);
}

static void savp_and_avp(void) {
    static const struct {
        enum cw_jsep_srtp policy;
        const char *protocol, *lines, *code; // code NULL: accepted
        enum cw_srtp_profile profile;
    } table[] = {
        {CW_JSEP_SRTP_OFF, "RTP/AVP", "", NULL, CW_SRTP_NONE},
        {CW_JSEP_SRTP_OFF, "RTP/AVPF", "", NULL, CW_SRTP_NONE},
        {CW_JSEP_SRTP_OFF, "RTP/SAVP", "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" KEY "\r\n", "unsupported_transport",
         0},
        {CW_JSEP_SRTP_OFF, "RTP/AVP", "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" KEY "\r\n", NULL, CW_SRTP_NONE},
        {CW_JSEP_SRTP_ACCEPT, "RTP/SAVP", "a=crypto:7 AES_CM_128_HMAC_SHA1_80 inline:" KEY "\r\n", NULL,
         CW_SRTP_AES_CM_128_HMAC_SHA1_80},
        {CW_JSEP_SRTP_ACCEPT, "RTP/SAVPF", "a=crypto:7 AES_CM_128_HMAC_SHA1_32 inline:" KEY "|2^48\r\n", NULL,
         CW_SRTP_AES_CM_128_HMAC_SHA1_32},
        {CW_JSEP_SRTP_ACCEPT, "RTP/SAVP",
         "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" KEY "\r\n"
         "a=crypto:7 AEAD_AES_128_GCM inline:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nw==\r\n",
         NULL, CW_SRTP_AEAD_AES_128_GCM},
        {CW_JSEP_SRTP_ACCEPT, "RTP/SAVP",
         "a=crypto:7 AEAD_AES_256_GCM inline:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM=\r\n", NULL,
         CW_SRTP_AEAD_AES_256_GCM},
        {CW_JSEP_SRTP_ACCEPT, "RTP/AVP", "a=crypto:7 AES_CM_128_HMAC_SHA1_80 inline:" KEY "\r\n", NULL,
         CW_SRTP_AES_CM_128_HMAC_SHA1_80}, // RFC 8643
        {CW_JSEP_SRTP_ACCEPT, "RTP/SAVP", "", "no_common_crypto", 0},
        {CW_JSEP_SRTP_ACCEPT, "RTP/SAVP", "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" KEY "|1:4\r\n",
         "no_common_crypto", 0},
        {CW_JSEP_SRTP_REQUIRE, "RTP/AVP", "", "unsupported_transport", 0},
        {CW_JSEP_SRTP_ACCEPT, "UDP/TLS/RTP/SAVPF", "", "unsupported_transport", 0},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct cw_jsep_caps caps = cw_jsep_caps_sip;
        caps.srtp = table[i].policy;
        struct cw_jsep *jsep = make_jsep(CW_JSEP_SIP, &caps, false);
        struct cw_jsep_opts opts = sip_opts("198.51.100.1", 30000);
        char text[1024], mline[64];
        snprintf(text, sizeof text, HEAD "m=audio 5004 %s 0\r\n%s", table[i].protocol, table[i].lines);
        int err = set(jsep, CW_JSEP_OFFER, text);
        CHECK_INT(err == 0, table[i].code == NULL);
        if (err < 0) CHECK_STR(wrong.code, table[i].code);
        if (err == 0) {
            char *made = answer(jsep, &opts);
            const struct cw_jsep_transport *transport = cw_jsep_media_at(jsep, 0)->transport;
            snprintf(mline, sizeof mline, "m=audio 30000 %s 0\r\n", table[i].protocol);
            CHECK(has(made, mline));
            CHECK_INT(transport->srtp, table[i].profile != CW_SRTP_NONE);
            CHECK_INT(strstr(made, "a=crypto:7 ") != NULL, transport->srtp);
            CHECK_INT(transport->send_key.profile, table[i].profile);
            if (transport->srtp) CHECK_MEM(transport->recv_key.key.bytes, "0123456789", 10);
            if (transport->srtp) CHECK(memcmp(transport->send_key.key.bytes, "0123456789", 10) != 0);
            free(made);
        }
        cw_jsep_free(jsep);
    }
}

static void srtp_between_two_of_us(void) {
    struct cw_jsep_caps caps = cw_jsep_caps_sip;
    caps.srtp = CW_JSEP_SRTP_REQUIRE;
    struct cw_jsep *a = make_jsep(CW_JSEP_SIP, &caps, false), *b = make_sip();
    struct cw_jsep_want audio = {.mline = -1, .kind = CW_KIND_AUDIO, .dir = CW_SDP_SENDRECV};
    struct cw_jsep_opts ours = sip_opts("192.0.2.1", 30000), theirs = sip_opts("2001:db8::2", 40000);
    ours.wants = &audio;
    ours.want_count = 1;
    char *text = offer(a, &ours);
    CHECK(has(text, "m=audio 30000 RTP/SAVP 96 9 0 8 13 101 97\r\n"));
    CHECK_INT(count_of(text, "a=crypto:"), 4);
    CHECK_INT(set(b, CW_JSEP_OFFER, text), 0);
    char *made = answer(b, &theirs);
    CHECK(has(made, "c=IN IP6 2001:db8::2\r\n") && has(made, "a=crypto:1 AEAD_AES_128_GCM inline:"));
    CHECK(has(made, "a=rtcp-mux\r\n"));
    CHECK_INT(count_of(made, "a=crypto:"), 1);
    CHECK_INT(set(a, CW_JSEP_ANSWER, made), 0);
    const struct cw_jsep_transport *at = cw_jsep_media_at(a, 0)->transport, *bt = cw_jsep_media_at(b, 0)->transport;
    char ip[CW_ADDR_SIZE];
    CHECK(at->srtp && bt->srtp && at->rtcp_mux);
    CHECK_MEM(at->send_key.key.bytes, bt->recv_key.key.bytes, 28);
    CHECK_MEM(bt->send_key.key.bytes, at->recv_key.key.bytes, 28);
    CHECK_STR(cw_addr_text(&at->rtp, ip), "[2001:db8::2]:40000");
    CHECK_STR(cw_addr_text(&at->rtcp, ip), "[2001:db8::2]:40000");
    free(text);
    free(made);
    ours.want_count = 0; // a refresh changes nothing, not even the keys
    exchange(b, &theirs, a, &ours);
    CHECK_INT(cw_jsep_changed(a), 0);
    CHECK_INT(cw_jsep_changed(b), 0);
    cw_jsep_free(a);
    cw_jsep_free(b);
}

static void hold_in_both_styles(void) {
    static const struct {
        const char *line, *address, *answered;
        enum cw_sdp_dir dir;
    } table[] = {
        {"a=sendonly\r\n", "192.0.2.9", "a=recvonly\r\n", CW_SDP_RECVONLY},
        {"a=inactive\r\n", "192.0.2.9", "a=inactive\r\n", CW_SDP_INACTIVE},
        {"", "0.0.0.0", "a=recvonly\r\n", CW_SDP_RECVONLY},
        {"a=sendonly\r\n", "0.0.0.0", "a=recvonly\r\n", CW_SDP_RECVONLY},
        {"a=recvonly\r\n", "0.0.0.0", "a=inactive\r\n", CW_SDP_INACTIVE},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct cw_jsep *jsep = make_sip();
        struct cw_jsep_opts opts = sip_opts("198.51.100.1", 30000);
        char text[1024];
        CHECK_INT(set(jsep, CW_JSEP_OFFER, PHONE), 0);
        free(answer(jsep, &opts));
        snprintf(text, sizeof text, "%s%s", PHONE, table[i].line);
        char *held = sdp_edit(strdup(text), "c=IN IP4 192.0.2.9",
                              table[i].address[0] == '0' ? "c=IN IP4 0.0.0.0" : "c=IN IP4 192.0.2.9");
        CHECK_INT(set(jsep, CW_JSEP_OFFER, held), 0);
        char *made = answer(jsep, &opts);
        CHECK(has(made, table[i].answered) && has(made, "o=- 4711 2 "));
        CHECK_INT(cw_jsep_media_at(jsep, 0)->dir, table[i].dir);
        CHECK(cw_jsep_media_at(jsep, 0)->changed & CW_JSEP_DIRECTION);
        CHECK_INT(cw_jsep_media_at(jsep, 0)->remote_hold, (table[i].dir & CW_SDP_SENDONLY) == 0);
        CHECK_INT(cw_addr_is_set(&cw_jsep_media_at(jsep, 0)->transport->rtp), table[i].address[0] != '0');
        free(made);
        CHECK_INT(set(jsep, CW_JSEP_OFFER, PHONE), 0); // and back
        made = answer(jsep, &opts);
        CHECK(has(made, "a=sendrecv\r\n"));
        CHECK(cw_jsep_changed(jsep) & CW_JSEP_DIRECTION);
        free(made);
        free(held);
        cw_jsep_free(jsep);
    }
}

static void our_hold_and_resume(void) {
    struct cw_jsep *a = make_sip(), *b = make_sip();
    struct cw_jsep_want audio = {.mline = -1, .kind = CW_KIND_AUDIO, .dir = CW_SDP_SENDRECV};
    struct cw_jsep_opts ours = sip_opts("192.0.2.1", 30000), theirs = sip_opts("192.0.2.2", 40000);
    ours.wants = &audio;
    ours.want_count = 1;
    exchange(a, &ours, b, &theirs);
    audio = (struct cw_jsep_want){.mline = 0, .dir = CW_SDP_SENDONLY};
    exchange(a, &ours, b, &theirs);
    CHECK(cw_jsep_media_at(b, 0)->remote_hold);
    CHECK_INT(cw_jsep_media_at(a, 0)->dir, CW_SDP_SENDONLY);
    audio.dir = CW_SDP_SENDRECV;
    theirs = sip_opts("192.0.2.2", 40010); // the phone moves as well
    exchange(a, &ours, b, &theirs);
    CHECK_INT(cw_jsep_changed(a), CW_JSEP_DIRECTION | CW_JSEP_ADDRESS);
    CHECK_INT(cw_addr_port(&cw_jsep_media_at(a, 0)->transport->rtp), 40010);
    cw_jsep_free(a);
    cw_jsep_free(b);
}

static void late_offer_and_early_answer(void) {
    struct cw_jsep *jsep = make_sip();
    struct cw_jsep_want audio = {.mline = -1, .kind = CW_KIND_AUDIO, .dir = CW_SDP_SENDRECV};
    static const char *const narrow[] = {"PCMA", "telephone-event/8000", NULL};
    struct cw_jsep_opts opts = sip_opts("198.51.100.1", 30000);
    opts.wants = &audio;
    opts.want_count = 1;
    opts.codecs[CW_KIND_AUDIO] = narrow;
    char *text = offer(jsep, &opts);
    CHECK(has(text, "m=audio 30000 RTP/AVP 8 101\r\n") && has(text, "a=ptime:20\r\n"));
    // 183 from one place, 200 from another with other payload types.
    CHECK_INT(set(jsep, CW_JSEP_PRANSWER, HEAD "m=audio 6000 RTP/AVP 8\r\n"), 0);
    CHECK_INT(cw_addr_port(&cw_jsep_media_at(jsep, 0)->transport->rtp), 6000);
    CHECK_INT(cw_jsep_media_at(jsep, 0)->event_count, 0);
    CHECK_INT(set(jsep, CW_JSEP_ANSWER, HEAD "m=audio 6010 RTP/AVP 8 110\r\na=rtpmap:110 telephone-event/8000\r\n"), 0);
    const struct cw_jsep_media *media = cw_jsep_media_at(jsep, 0);
    CHECK_INT(cw_addr_port(&media->transport->rtp), 6010);
    CHECK_INT(media->events[0].pt_send, 110);
    CHECK_INT(media->events[0].pt_recv, 101);
    CHECK_INT(set(jsep, CW_JSEP_PRANSWER, PHONE), CW_ESTATE);
    free(text);
    opts.want_count = 0;
    text = offer(jsep, &opts); // our numbers stay ours
    CHECK(has(text, "m=audio 30000 RTP/AVP 8 101\r\n"));
    CHECK_INT(set(jsep, CW_JSEP_ANSWER, HEAD "m=audio 0 RTP/AVP 8\r\n"), 0);
    CHECK_INT(cw_jsep_changed(jsep), CW_JSEP_REJECTED);
    free(text);
    cw_jsep_free(jsep);
}

static void many_m_lines(void) {
    struct cw_jsep *jsep = make_sip();
    struct cw_jsep_opts opts = sip_opts("198.51.100.1", 30000);
    REQUIRE(set(jsep, CW_JSEP_OFFER,
                HEAD "m=message 9 TCP/MSRP \xc3\x84\r\nm=audio 5000 RTP/AVP 18\r\nm=audio 5002 RTP/SAVP 0\r\n"
                     "m=audio 5004 RTP/AVP 0\r\nm=audio 5006 RTP/AVP 0\r\nm=video 5008 RTP/AVP 96\r\n"
                     "a=rtpmap:96 H264/90000\r\nm=image 5010 udptl t38\r\nm=application 9 UDP/DTLS/SCTP x\r\n") == 0);
    char *made = answer(jsep, &opts);
    CHECK(has(made, "m=message 0 TCP/MSRP 0\r\n") && has(made, "m=audio 0 RTP/AVP 18\r\n"));
    CHECK(has(made, "m=audio 0 RTP/SAVP 0\r\n") && has(made, "m=audio 30000 RTP/AVP 0\r\n"));
    CHECK(has(made, "m=video 0 RTP/AVP 96\r\n") && has(made, "m=image 0 udptl t38\r\n"));
    CHECK_INT(cw_jsep_media_count(jsep), 8);
    static const char *const reasons[] = {"unsupported_media", "no_common_codec",   "no_common_crypto", NULL,
                                          "unsupported_media", "unsupported_media", "unsupported_media"};
    for (size_t i = 0; i < 7; i++) {
        const struct cw_jsep_media *media = cw_jsep_media_at(jsep, i);
        CHECK_INT(media->rejected, reasons[i] != NULL);
        if (reasons[i]) CHECK_STR(media->reason, reasons[i]);
    }
    CHECK_INT(cw_jsep_media_of_kind(jsep, CW_KIND_AUDIO)->index, 3);
    free(made);
    made = offer(jsep, &opts);
    CHECK(has(made, "m=message 0 RTP/AVP 0\r\n") &&
          has(made, "m=audio 30000 RTP/AVP 97 9 0 8 13 101 98\r\n")); // 96 is their H264
    CHECK_INT(count_of(made, "m="), 8);
    CHECK(has(made, "m=application 0 UDP/DTLS/SCTP webrtc-datachannel\r\n"));
    free(made);
    cw_jsep_free(jsep);
}

static void refused_offers_say_why(void) {
    static const struct {
        const char *text, *code;
        int line;
    } table[] = {
        {HEAD "m=audio 5004 RTP/AVP 18\r\n", "no_common_codec", 6},
        {HEAD "m=audio 5004 RTP/AVP 101\r\na=rtpmap:101 telephone-event/8000\r\n", "no_common_codec", 6},
        {HEAD "m=video 5004 RTP/AVP 96\r\n", "unsupported_media", 6},
        {HEAD "m=audio 0 RTP/AVP 0\r\n", "no_media", 0},
        {HEAD, "no_media", 0},
        {HEAD "m=audio 5004 RTP/AVP 0\r\nc=IN IP4 phone.example.org\r\n", "address_unusable", 6},
        {HEAD "m=audio 5004 RTP/AVP 0\r\nc=IN IP4 224.2.1.1/127\r\n", "address_unusable", 6},
        {"v=0\r\nm=audio 5004 RTP/AVP 0\r\n", "address_unusable", 2},
        {HEAD "m=audio 5004 RTP/AVP 0\r\na=ptime:x\r\n", "bad_sdp", 7},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct cw_jsep *jsep = make_sip();
        CHECK(set(jsep, CW_JSEP_OFFER, table[i].text) < 0);
        CHECK_STR(wrong.code, table[i].code);
        CHECK_INT(wrong.line, table[i].line);
        cw_jsep_free(jsep);
    }
    struct cw_jsep *jsep = make_sip();
    struct cw_jsep_opts none = {0}, opts = sip_opts("198.51.100.1", 30000);
    static const char *const only[] = {"G722", NULL};
    char *made = NULL;
    CHECK_INT(set(jsep, CW_JSEP_OFFER, PHONE), 0);
    CHECK(cw_jsep_create_answer(jsep, &none, &made, &wrong) < 0); // no port of ours
    opts.codecs[CW_KIND_AUDIO] = only;
    CHECK_INT(cw_jsep_create_answer(jsep, &opts, &made, &wrong), CW_EUNSUPPORTED);
    CHECK_STR(wrong.code, "no_common_codec");
    CHECK_INT(cw_jsep_state(jsep), CW_JSEP_HAVE_REMOTE_OFFER); // another try is possible
    opts.codecs[CW_KIND_AUDIO] = NULL;
    made = answer(jsep, &opts);
    free(made);
    cw_jsep_free(jsep);
}

static void wrong_answers_are_refused(void) {
    static const struct {
        const char *text, *code;
    } table[] = {
        {HEAD "m=audio 5004 RTP/AVP 18\r\n", "no_common_codec"},
        {HEAD "m=audio 5004 RTP/SAVP 0\r\n", "unsupported_transport"},
        {HEAD "m=audio 5004 RTP/AVP 0\r\nm=audio 5006 RTP/AVP 0\r\n", "mline_mismatch"},
        {HEAD, "mline_mismatch"},
        {HEAD "m=video 5004 RTP/AVP 0\r\n", "mline_mismatch"},
        {HEAD "m=audio 5004 RTP/AVP 0\r\nc=IN IP4 x.example\r\n", "address_unusable"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct cw_jsep *jsep = make_sip();
        struct cw_jsep_want audio = {.mline = -1, .kind = CW_KIND_AUDIO, .dir = CW_SDP_SENDRECV};
        struct cw_jsep_opts opts = sip_opts("198.51.100.1", 30000);
        opts.wants = &audio;
        opts.want_count = 1;
        free(offer(jsep, &opts));
        CHECK(set(jsep, CW_JSEP_ANSWER, table[i].text) < 0);
        CHECK_STR(wrong.code, table[i].code);
        CHECK_INT(set(jsep, CW_JSEP_ANSWER, PHONE), 0); // a good one is still taken
        cw_jsep_free(jsep);
    }
}

// What the two sides of a call from a browser to a phone may use together.
static void opus_and_g722_with_a_phone(void) {
    struct cw_jsep *jsep = make_sip();
    struct cw_jsep_opts opts = sip_opts("198.51.100.1", 30000);
    REQUIRE(set(jsep, CW_JSEP_OFFER,
                HEAD "m=audio 5004 RTP/AVP 9 107 0 101 102\r\na=rtpmap:107 opus/48000/2\r\na=fmtp:107 stereo=1\r\n"
                     "a=rtpmap:101 telephone-event/48000\r\na=rtpmap:102 telephone-event/8000\r\n") == 0);
    char *made = answer(jsep, &opts);
    CHECK(has(made, "m=audio 30000 RTP/AVP 9 107 0 101 102\r\n") && has(made, "a=rtpmap:9 G722/8000\r\n"));
    CHECK(has(made, "a=rtpmap:107 opus/48000/2\r\na=fmtp:107 useinbandfec=1\r\n"));
    const struct cw_jsep_media *media = cw_jsep_media_at(jsep, 0);
    CHECK_INT(media->codecs[0].codec->sample_hz, 16000);
    CHECK_INT(media->event_count, 2);
    free(made);
    cw_jsep_free(jsep);
}

static const struct cw_test tests[] = {
    TEST(a_phone_is_answered),
    TEST(rtcp_places),
    TEST(savp_and_avp),
    TEST(srtp_between_two_of_us),
    TEST(hold_in_both_styles),
    TEST(our_hold_and_resume),
    TEST(late_offer_and_early_answer),
    TEST(many_m_lines),
    TEST(refused_offers_say_why),
    TEST(wrong_answers_are_refused),
    TEST(opus_and_g722_with_a_phone),
};
TEST_MAIN(tests)
