// SDP: round trips of real descriptions, typed fields, candidates, malformed input, limits.
#include "proto/sdp.h"
#include "sdp_text.h"
#include "test.h"

#define HEAD "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n" // four lines
#define AUDIO "m=audio 9 RTP/AVP 0 96\r\n"

static const char *const files[] = {"chromium-offer.sdp", "chromium-answer.sdp", "chromium-simulcast-offer.sdp",
                                    "firefox-offer.sdp",  "firefox-answer.sdp",  "firefox-simulcast-offer.sdp"};
#define FILE_COUNT (sizeof files / sizeof *files)

static struct cw_sdp *parse(const char *text) {
    struct cw_sdp *sdp = NULL;
    struct cw_sdp_error error;
    int err = cw_sdp_parse(&sdp, text, strlen(text), &error);
    if (err < 0) printf("# line %d: %s\n", error.line, error.text);
    return sdp;
}

static char *written(const struct cw_sdp *sdp) {
    struct cw_str out = {0};
    cw_sdp_write(sdp, &out);
    return cw_str_take(&out);
}

static char *without_cr(char *text) {
    char *o = text;
    for (const char *p = text; *p; p++)
        if (*p != '\r') *o++ = *p;
    *o = '\0';
    return text;
}

static void real_descriptions_come_back(void) {
    for (size_t i = 0; i < FILE_COUNT; i++) {
        char *text = sdp_file(files[i]);
        struct cw_sdp *sdp = parse(text);
        REQUIRE(sdp);
        char *out = written(sdp);
        CHECK(strstr(out, "\r\n") != NULL);
        CHECK_STR(without_cr(out), without_cr(text));
        cw_sdp_free(sdp);
        free(out);
        free(text);
    }
}

static void chromium_fields(void) {
    char *text = sdp_file("chromium-simulcast-offer.sdp");
    struct cw_sdp *sdp = parse(text);
    REQUIRE(sdp);
    CHECK_STR(sdp->origin_id, "7179449673483779968");
    CHECK_INT(sdp->origin_version, 2);
    CHECK_INT(sdp->media_count, 3);
    CHECK_INT(cw_sdp_bundle(sdp)->count, 3);
    CHECK(cw_sdp_group_has(cw_sdp_bundle(sdp), "2"));
    const struct cw_sdp_media *audio = &sdp->media[0], *video = &sdp->media[1], *data = &sdp->media[2];
    CHECK_INT(audio->kind, CW_KIND_AUDIO);
    CHECK_INT(audio->line, 8);
    CHECK_INT(audio->format_count, 8);
    CHECK_STR(audio->formats[0].name, "opus");
    CHECK_INT(audio->formats[0].channels, 2);
    CHECK_STR(audio->formats[0].fmtp, "minptime=10;useinbandfec=1");
    CHECK_INT(audio->formats[0].feedback, CW_SDP_FEEDBACK_TRANSPORT_CC);
    CHECK_INT(audio->dir, CW_SDP_SENDRECV);
    CHECK_INT(audio->setup, CW_SDP_SETUP_ACTPASS);
    CHECK_STR(audio->ice_ufrag, "W5P0");
    CHECK(audio->ice_trickle && audio->rtcp_mux && audio->rtcp_rsize && audio->rtcp_xr_rrtr);
    CHECK(audio->extmap_allow_mixed); // from the session part
    CHECK_INT(audio->extmap_count, 4);
    CHECK_INT(audio->ssrc_count, 1);
    CHECK_STR(audio->ssrcs[0].cname, "EF9Em07dGx6d3tIK");
    CHECK_INT(audio->fingerprint_count, 1);
    CHECK_STR(audio->fingerprints[0].hash, "sha-256");
    CHECK_INT(audio->fingerprints[0].digest_len, 32);
    CHECK_INT(audio->fingerprints[0].digest[1], 0x93);
    CHECK_INT(video->rid_count, 3);
    CHECK_INT(video->simulcast_send.count, 3);
    CHECK_STR(video->simulcast_send.streams[2].rid, "l");
    CHECK_INT(video->format_count, 23);
    CHECK_STR(data->mid, "2");
    CHECK_INT(data->sctp_port, 5000);
    CHECK_INT(data->max_message_size, 262144);
    CHECK_STR(data->fmts[0], "webrtc-datachannel");
    cw_sdp_free(sdp);
    free(text);
}

static void firefox_fields(void) {
    char *text = sdp_file("firefox-offer.sdp");
    struct cw_sdp *sdp = parse(text);
    REQUIRE(sdp);
    const struct cw_sdp_media *audio = &sdp->media[0], *video = &sdp->media[1];
    CHECK_INT(audio->port, 35271);
    CHECK_INT(audio->candidate_count, 8);
    CHECK_INT(audio->candidates[2].tcp, CW_SDP_TCP_ACTIVE);
    CHECK(audio->end_of_candidates);
    CHECK_INT(audio->rtcp_port, 33057);
    CHECK_INT(audio->extmaps[1].dir, CW_SDP_RECVONLY);
    CHECK_INT(audio->fingerprint_count, 1); // the session's
    CHECK(audio->ice_trickle);
    CHECK_INT(video->ssrc_group_count, 1);
    CHECK_STR(video->ssrc_groups[0].semantics, "FID");
    CHECK_INT(video->ssrc_groups[0].ssrcs[1], 3963940718);
    CHECK_INT(cw_sdp_format_find(video, 120)->feedback, CW_SDP_FEEDBACK_ALL);
    cw_sdp_free(sdp);
    free(text);
}

static void sections_inherit_and_override(void) {
    struct cw_sdp *sdp =
        parse(HEAD "c=IN IP6 2001:db8::1\r\na=recvonly\r\na=ice-lite\r\na=setup:passive\r\n"
                   "a=fingerprint:sha-1 00:01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0F:10:11:12:13\r\n"
                   "a=extmap:1 urn:a\r\na=extmap:2 urn:b\r\na=extmap:3 urn:c\r\n"
                   "m=audio 4000 RTP/AVP 0\r\na=extmap:4 urn:d\r\n"
                   "m=audio 4002 RTP/AVP 0\r\nc=IN IP4 192.0.2.1\r\na=inactive\r\na=extmap:5 urn:e\r\n"
                   "a=fingerprint:x-new AA:BB\r\na=fingerprint:x-two CC\r\n");
    REQUIRE(sdp);
    const struct cw_sdp_media *a = &sdp->media[0], *b = &sdp->media[1];
    char ip[CW_ADDR_SIZE];
    CHECK(sdp->ice_lite && a->ice_lite);
    CHECK_STR(cw_addr_ip(&a->connection.addr, ip), "2001:db8::1");
    CHECK_STR(cw_addr_ip(&b->connection.addr, ip), "192.0.2.1");
    CHECK_INT(a->dir, CW_SDP_RECVONLY);
    CHECK_INT(b->dir, CW_SDP_INACTIVE);
    CHECK_INT(a->setup, CW_SDP_SETUP_PASSIVE);
    CHECK_INT(a->extmap_count, 4);
    CHECK_STR(a->extmaps[3].uri, "urn:d");
    CHECK_STR(b->extmaps[3].uri, "urn:e");
    CHECK_STR(a->fingerprints[0].hash, "sha-1");
    CHECK_INT(b->fingerprint_count, 2);
    CHECK_INT(b->fingerprints[1].digest[0], 0xcc);
    cw_sdp_free(sdp);
}

static void odd_but_legal_lines(void) {
    // No CR, no newline at the end, unknown lines and attributes, an m= that keeps sofia-sip busy forever.
    struct cw_sdp *sdp =
        parse("v=0\no=- 1 2 IN IP4 127.0.0.1\ns= \nq=unknown\nb=X:1\na=unknown:value\na=flag\n\n"
              "m=message 9 TCP/MSRP \xc3\x84\na=path:msrp://x\n"
              "m=audio 9/2 RTP/AVP 0 8 13 101\nb=TIAS:64001\na=rtcp-fb:* nack\na=ptime:20.0\na=maxptime:60");
    REQUIRE(sdp);
    CHECK_INT(sdp->media[0].kind, CW_KIND_OTHER);
    CHECK_STR(sdp->media[0].fmts[0], "\xc3\x84");
    CHECK_STR(cw_sdp_attribute(&sdp->lines, "unknown"), "value");
    CHECK_STR(cw_sdp_attribute(&sdp->lines, "flag"), "");
    CHECK(!cw_sdp_attribute(&sdp->lines, "path"));
    CHECK_STR(cw_sdp_attribute(&sdp->media[0].lines, "path"), "msrp://x");
    const struct cw_sdp_media *audio = &sdp->media[1];
    CHECK_INT(audio->port, 9);
    CHECK_INT(audio->ptime_ms, 20);
    CHECK_INT(audio->maxptime_ms, 60);
    CHECK_INT(audio->bandwidth_kbps, 65);
    CHECK_STR(audio->formats[1].name, "PCMA"); // static, without rtpmap
    CHECK_INT(audio->formats[2].clock_hz, 8000);
    CHECK(audio->formats[3].name == NULL);
    CHECK_INT(audio->formats[3].feedback, CW_SDP_FEEDBACK_NACK);
    cw_sdp_free(sdp);
}

static void sdes_and_simulcast(void) {
    struct cw_sdp *sdp =
        parse(HEAD "m=audio 9 RTP/SAVP 0\r\n"
                   "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5|2^31\r\n"
                   "a=crypto:2 F8_128_HMAC_SHA1_80 inline:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5\r\n"
                   "m=video 9 RTP/AVP 96\r\na=rid:1 send pt=96;max-width=1280\r\na=rid:2 recv\r\n"
                   "a=simulcast:recv 2 send ~1,x;y\r\na=ssrc-group:SIM 1 2 3\r\n");
    REQUIRE(sdp);
    CHECK_INT(sdp->media[0].crypto_count, 1); // F8 is none of ours
    CHECK_INT(sdp->media[0].cryptos[0].tag, 1);
    CHECK_MEM(sdp->media[0].cryptos[0].key.bytes, "012345678901234567890123456789", 30);
    const struct cw_sdp_media *video = &sdp->media[1];
    CHECK_STR(video->rids[0].params, "pt=96;max-width=1280");
    CHECK(!video->rids[1].send);
    CHECK_INT(video->simulcast_send.count, 2);
    CHECK(video->simulcast_send.streams[0].paused);
    CHECK_STR(video->simulcast_send.streams[0].rid, "1");
    CHECK_STR(video->simulcast_recv.streams[0].rid, "2");
    CHECK_INT(video->ssrc_groups[0].count, 3);
    cw_sdp_free(sdp);
}

static const struct {
    int line;
    const char *text;
} malformed[] = {
    {0, ""},
    {0, "\r\n\n"},
    {1, "o=- 1 2 IN IP4 127.0.0.1\r\n"},
    {1, "v=1\r\n"},
    {1, "v=0"
        "\rx\r\n"},
    {2, "v=0\r\no=- 1 2 IN IP4\r\n"},
    {2, "v=0\no=- 1 x IN IP4 127.0.0.1\n"},
    {2, "v=0\nhello\n"},
    {2, "v=0\nV=0\n"},
    {2, "v=0\n=\n"},
    {5, HEAD "c=IN IP4\r\n"},
    {5, HEAD "c=ATM NSAP x\r\n"},
    {5, HEAD "m=\r\n"},
    {5, HEAD "m=audio\r\n"},
    {5, HEAD "m=audio 65536 RTP/AVP 0\r\n"},
    {5, HEAD "m=audio -1 RTP/AVP 0\r\n"},
    {5, HEAD "m=audio 9/ RTP/AVP 0\r\n"},
    {5, HEAD "m=audio 9/x RTP/AVP 0\r\n"},
    {5, HEAD "m=audio 9\r\n"},
    {5, HEAD "m=aud\"io 9 RTP/AVP 0\r\n"},
    {5, HEAD "m=audio 9 RTP/AVP 128\r\n"},
    {5, HEAD "m=audio 9 RTP/AVP 0 x\r\n"},
    {6, HEAD AUDIO "o=- 1 2 IN IP4 127.0.0.1\r\n"},
    {6, HEAD AUDIO "b=AS:x\r\n"},
    {6, HEAD AUDIO "b=AS\r\n"},
    {6, HEAD AUDIO "a=rtpmap:96\r\n"},
    {6, HEAD AUDIO "a=rtpmap:96 opus\r\n"},
    {6, HEAD AUDIO "a=rtpmap:96 opus/\r\n"},
    {6, HEAD AUDIO "a=rtpmap:96 opus/0\r\n"},
    {6, HEAD AUDIO "a=rtpmap:96 opus/48000/two\r\n"},
    {6, HEAD AUDIO "a=rtpmap:x opus/48000\r\n"},
    {6, HEAD AUDIO "a=fmtp:300 x=1\r\n"},
    {6, HEAD AUDIO "a=rtcp-fb:x nack\r\n"},
    {6, HEAD AUDIO "a=extmap:0 urn:x\r\n"},
    {6, HEAD AUDIO "a=extmap:1\r\n"},
    {6, HEAD AUDIO "a=extmap:1/both urn:x\r\n"},
    {6, HEAD AUDIO "a=ssrc:4294967296 cname:x\r\n"},
    {6, HEAD AUDIO "a=ssrc-group:FID 1 x\r\n"},
    {6, HEAD AUDIO "a=ssrc-group:\r\n"},
    {6, HEAD AUDIO "a=rid:a b\r\n"},
    {6, HEAD AUDIO "a=rid:a+b send\r\n"},
    {6, HEAD AUDIO "a=simulcast:send\r\n"},
    {6, HEAD AUDIO "a=simulcast:both a;b\r\n"},
    {6, HEAD AUDIO "a=simulcast:send ;;\r\n"},
    {6, HEAD AUDIO "a=mid:\r\n"},
    {6, HEAD AUDIO "a=mid:a b\r\n"},
    {7, HEAD "a=group:BUNDLE a a\r\nm=audio 9 RTP/AVP 0\r\nm=audio 9 RTP/AVP 0 \xff\r\n"},
    {9, HEAD AUDIO "a=mid:a\r\nm=video 9 RTP/AVP 96\r\na=mid:b\r\nm=video 9 RTP/AVP 96\r\na=mid:a\r\n"},
    {5, HEAD "a=group:\r\n"},
    {6, HEAD AUDIO "a=ice-ufrag:abc\r\n"},
    {6, HEAD AUDIO "a=ice-ufrag:ab\"d\r\n"},
    {6, HEAD AUDIO "a=ice-pwd:short\r\n"},
    {6, HEAD AUDIO "a=setup:maybe\r\n"},
    {6, HEAD AUDIO "a=fingerprint:sha-256 AB:CD\r\n"},
    {6, HEAD AUDIO "a=fingerprint:x-y AB:C\r\n"},
    {6, HEAD AUDIO "a=fingerprint:x-y AB;CD\r\n"},
    {6, HEAD AUDIO "a=fingerprint:\r\n"},
    {6, HEAD AUDIO "a=candidate:1 1 udp x 192.0.2.1 1 typ host\r\n"},
    {6, HEAD AUDIO "a=candidate:\r\n"},
    {6, HEAD AUDIO "a=rtcp:x\r\n"},
    {6, HEAD AUDIO "a=rtcp:1 IN IP4\r\n"},
    {6, HEAD AUDIO "a=crypto:x AES_CM_128_HMAC_SHA1_80 inline:MDEy\r\n"},
    {6, HEAD AUDIO "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:MDEy\r\n"},
    {6, HEAD AUDIO "a=ptime:x\r\n"},
    {6, HEAD AUDIO "a=ptime:65536\r\n"},
    {6, HEAD AUDIO "a=sctp-port:70000\r\n"},
    {6, HEAD AUDIO "a=max-message-size:-1\r\n"},
};

static void malformed_lines_are_named(void) {
    for (size_t i = 0; i < sizeof malformed / sizeof *malformed; i++) {
        struct cw_sdp *sdp = NULL;
        struct cw_sdp_error error = {.line = -1};
        int err = cw_sdp_parse(&sdp, malformed[i].text, strlen(malformed[i].text), &error);
        if (err != CW_EFORMAT || error.line != malformed[i].line || !*error.text || sdp) {
            printf("# row %zu: %d, line %d (%s)\n", i, err, error.line, error.text);
            cw_test_failures++;
        }
        cw_sdp_free(sdp);
    }
    struct cw_sdp *sdp = NULL;
    CHECK_INT(cw_sdp_parse(&sdp, "v=0\r\ns=\0\r\n", 10, NULL), CW_EFORMAT);
}

static void limits_hold(void) {
    struct cw_sdp *sdp = NULL;
    struct cw_sdp_error error;
    struct cw_str text = {0};
    cw_str_printf(&text, HEAD);
    for (int i = 0; i < 64; i++) cw_str_printf(&text, AUDIO);
    CHECK_INT(cw_sdp_parse(&sdp, text.s, text.len, &error), 0);
    CHECK_INT(sdp->media_count, 64);
    cw_sdp_free(sdp);
    cw_str_printf(&text, AUDIO);
    CHECK_INT(cw_sdp_parse(&sdp, text.s, text.len, &error), CW_ETOOBIG);
    CHECK_INT(error.line, 69);
    cw_str_fini(&text);

    cw_str_printf(&text, HEAD AUDIO);
    for (int i = 0; i < 100; i++) cw_str_printf(&text, "a=candidate:1 1 udp 1 192.0.2.1 1 typ host\r\n");
    CHECK_INT(cw_sdp_parse(&sdp, text.s, text.len, &error), 0);
    CHECK_INT(sdp->media[0].candidate_count, 100);
    cw_sdp_free(sdp);
    cw_str_printf(&text, "a=candidate:1 1 udp 1 192.0.2.1 1 typ host\r\n");
    CHECK_INT(cw_sdp_parse(&sdp, text.s, text.len, &error), CW_ETOOBIG);
    CHECK_INT(error.line, 106);
    cw_str_fini(&text);

    cw_str_printf(&text, HEAD "i=");
    for (int i = 0; i < CW_SDP_MAX_LINE - 2; i++) cw_str_add(&text, "x", 1);
    CHECK_INT(cw_sdp_parse(&sdp, text.s, text.len, &error), 0);
    cw_sdp_free(sdp);
    cw_str_add(&text, "x", 1);
    CHECK_INT(cw_sdp_parse(&sdp, text.s, text.len, &error), CW_EFORMAT);
    CHECK_INT(error.line, 5);
    for (int i = 0; text.len <= CW_SDP_MAX_BYTES; i++) cw_str_printf(&text, "\r\na=x:%d", i);
    CHECK_INT(cw_sdp_parse(&sdp, text.s, text.len, &error), CW_ETOOBIG);
    cw_str_fini(&text);
}

static void candidates_both_ways(void) {
    static const char *const lines[] = {
        "candidate:842163049 1 udp 1677729535 203.0.113.5 61500 typ srflx raddr 192.168.1.4 rport 61500",
        "candidate:1 1 udp 2122252543 2001:db8::1 58445 typ host",
        "candidate:2 2 tcp 2105458943 192.0.2.1 9 typ host tcptype active",
        "candidate:3 1 udp 41885439 192.0.2.9 3478 typ relay raddr 0.0.0.0 rport 9 ufrag W5P0",
        "candidate:4 1 udp 2122194687 5f9b6a53-1c3d-4e2c-8c6e-5d1d5a1f1c11.local 61500 typ host",
    };
    char text[CW_SDP_CANDIDATE_SIZE];
    struct cw_sdp_candidate candidate;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        REQUIRE(cw_sdp_candidate_parse(&candidate, lines[i]) == 0);
        CHECK_STR(cw_sdp_candidate_print(&candidate, text), lines[i]);
    }
    CHECK(cw_sdp_candidate_is_name(&candidate) && cw_sdp_candidate_is_mdns(&candidate));
    CHECK_INT(cw_sdp_candidate_parse(&candidate, "a=candidate:a/+ 1 UDP 7 192.0.2.1 5 typ host generation 0 "
                                                 "network-id 1 network-cost 10\r\n"),
              0);
    CHECK_STR(cw_sdp_candidate_print(&candidate, text), "candidate:a/+ 1 udp 7 192.0.2.1 5 typ host");
    CHECK(!cw_sdp_candidate_is_name(&candidate));
    CHECK_INT(cw_sdp_candidate_parse(&candidate, "1 1 udp 7 turn.example.org 5 typ host"), 0);
    CHECK(cw_sdp_candidate_is_name(&candidate) && !cw_sdp_candidate_is_mdns(&candidate));
    CHECK_INT(cw_sdp_candidate_parse(&candidate, "1 1 sctp 7 192.0.2.1 5 typ host"), CW_EUNSUPPORTED);
    CHECK_INT(cw_sdp_candidate_parse(&candidate, "1 1 tcp 7 192.0.2.1 5 typ host"), CW_EUNSUPPORTED);
    CHECK_INT(cw_sdp_candidate_parse(&candidate, "1 1 udp 7 192.0.2.1 5 typ guest"), CW_EUNSUPPORTED);
    CHECK_INT(cw_sdp_candidate_parse(&candidate, "1 0 udp 7 192.0.2.1 5 typ host"), CW_EFORMAT);
    CHECK_INT(cw_sdp_candidate_parse(&candidate, "1 1 udp 7 192.0.2.1 65536 typ host"), CW_EFORMAT);
    CHECK_INT(cw_sdp_candidate_parse(&candidate, "1 1 udp 4294967296 192.0.2.1 5 typ host"), CW_EFORMAT);
    CHECK_INT(cw_sdp_candidate_parse(&candidate, "1 1 udp 7 192.0.2.1 5"), CW_EFORMAT);
    CHECK_INT(cw_sdp_candidate_parse(&candidate, "1 1 udp 7 192.0.2.1 5 typ host tcptype active"), CW_EFORMAT);
    CHECK_INT(cw_sdp_candidate_parse(&candidate, "1 1 udp 7 192.0.2.1 5 typ host\r\na=inactive"), CW_EFORMAT);
    CHECK_INT(cw_sdp_candidate_parse(&candidate, ""), CW_EFORMAT);
}

static void fingerprints_both_ways(void) {
    char text[CW_SDP_FINGERPRINT_TEXT_SIZE];
    struct cw_sdp_fingerprint fingerprint;
    REQUIRE(cw_sdp_fingerprint_parse(&fingerprint,
                                     "SHA-1 00:01:02:03:04:05:06:07:08:09:0a:0b:0c:0d:0e:0f:10:11:12:fF") == 0);
    CHECK_STR(cw_sdp_fingerprint_print(&fingerprint, text),
              "sha-1 00:01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0F:10:11:12:FF");
}

static void codecs_and_parameters(void) {
    size_t len;
    CHECK_INT(cw_codec_by_name("OPUS", 48000)->id, CW_CODEC_OPUS);
    CHECK(cw_codec_by_name("opus", 8000) == NULL);
    CHECK(cw_codec_by_name(NULL, 8000) == NULL);
    CHECK_INT(cw_codec_by_name("telephone-event", 16000)->id, CW_CODEC_TELEPHONE_EVENT);
    CHECK_INT(cw_codec_by_static_pt(9)->sample_hz, 16000);
    CHECK(cw_codec_by_static_pt(96) == NULL);
    CHECK_INT(cw_fmtp_int("apt=96;rtx-time=3000", "rtx-time", 10, -1), 3000);
    CHECK_INT(cw_fmtp_int("x-apt=1; APT=96 ;", "apt", 10, -1), 96);
    CHECK_INT(cw_fmtp_int("apt=9x", "apt", 10, -1), -1);
    CHECK_INT(cw_fmtp_int(NULL, "apt", 10, -1), -1);
    CHECK(cw_fmtp_get("a;b", "a", &len) == NULL);
#define H264(id, mode) cw_fmtp_variant(CW_CODEC_H264, "packetization-mode=" mode ";profile-level-id=" id)
    CHECK(H264("42e01f", "1") == H264("42c00d", "1")); // constrained baseline, whatever the level
    CHECK(H264("42e01f", "1") == H264("4d801f", "1")); // and by another profile_idc
    CHECK(H264("42e01f", "1") != H264("42e01f", "0"));
    CHECK(H264("42e01f", "1") != H264("42001f", "1"));
    CHECK(H264("64001f", "1") != H264("640c1f", "1"));
    CHECK(cw_fmtp_variant(CW_CODEC_H264, NULL) == H264("420015", "0"));
    CHECK(cw_fmtp_variant(CW_CODEC_VP9, NULL) == cw_fmtp_variant(CW_CODEC_VP9, "profile-id=0"));
    CHECK(cw_fmtp_variant(CW_CODEC_VP9, "profile-id=2") != cw_fmtp_variant(CW_CODEC_VP9, NULL));
    CHECK(cw_fmtp_variant(CW_CODEC_OPUS, "stereo=1") == cw_fmtp_variant(CW_CODEC_OPUS, NULL));
}

static const struct cw_test tests[] = {
    TEST(real_descriptions_come_back),   TEST(chromium_fields),       TEST(firefox_fields),
    TEST(sections_inherit_and_override), TEST(odd_but_legal_lines),   TEST(sdes_and_simulcast),
    TEST(malformed_lines_are_named),     TEST(limits_hold),           TEST(candidates_both_ways),
    TEST(fingerprints_both_ways),        TEST(codecs_and_parameters),
};
TEST_MAIN(tests)
