// Offer/answer with browsers: real offers answered, our offers, renegotiation, ICE restart, errors.
#include "jsep_pair.h"

static void chromium_offer_is_answered(void) {
    char *text = sdp_file("chromium-simulcast-offer.sdp");
    struct cw_jsep *jsep = make_webrtc();
    struct cw_jsep_opts opts = webrtc_opts("abcd");
    struct cw_sdp_candidate candidate;
    CHECK_INT(cw_sdp_candidate_parse(&candidate, "candidate:1 1 udp 2130706431 192.0.2.7 40000 typ host"), 0);
    opts.local.candidates = &candidate;
    opts.local.candidate_count = 1;
    opts.local.end_of_candidates = true;
    REQUIRE(set(jsep, CW_JSEP_OFFER, text) == 0);
    CHECK_INT(cw_jsep_state(jsep), CW_JSEP_HAVE_REMOTE_OFFER);
    CHECK_INT(cw_jsep_media_count(jsep), 3); // what it would be
    char *made = answer(jsep, &opts);
    CHECK(has(made, "a=ice-lite\r\na=group:BUNDLE 0 1 2\r\n"));
    CHECK(has(made, "m=audio 40000 UDP/TLS/RTP/SAVPF 111 9 0 8 13 110\r\nc=IN IP4 192.0.2.7\r\n"));
    CHECK_INT(count_of(made, "a=candidate:1 1 udp 2130706431 192.0.2.7 40000 typ host\r\na=end-of-candidates\r\n"), 1);
    CHECK(has(made, "a=simulcast:recv h;m;l\r\n") && has(made, "a=rid:m recv\r\n"));
    CHECK(has(made, "m=application 40000 UDP/DTLS/SCTP webrtc-datachannel\r\n"));
    CHECK(has(made, "a=sctp-port:5000\r\na=max-message-size:262144\r\n"));
    CHECK_INT(count_of(made, "a=setup:active\r\n"), 3);
    CHECK_INT(count_of(made, "a=msid:stream stream-"), 2);
    CHECK(!strstr(made, "trickle"));

    const struct cw_jsep_media *audio = cw_jsep_media_at(jsep, 0), *video = cw_jsep_media_at(jsep, 1);
    CHECK_INT(audio->changed, CW_JSEP_NEW);
    CHECK_INT(audio->codec_count, 4);
    CHECK_INT(audio->codecs[0].codec->id, CW_CODEC_OPUS);
    CHECK_INT(audio->codecs[0].channels, 2);
    CHECK_STR(audio->codecs[0].fmtp_send, "minptime=10;useinbandfec=1");
    CHECK_INT(audio->event_count, 1); // beside Opus not that of 8 kHz, which Chromium would take
    CHECK_INT(cw_jsep_codec_find(audio->events, 1, CW_CODEC_TELEPHONE_EVENT, 48000)->pt_recv, 110);
    CHECK_INT(audio->helpers[0].codec->id, CW_CODEC_CN);
    CHECK_INT(audio->extmaps[3].ext, CW_EXT_MID);
    CHECK_INT(audio->extmaps[3].id, 4);
    CHECK_INT(audio->ssrcs[0].ssrc, 3023676556);
    CHECK(audio->local_ssrc && audio->local_ssrc != video->local_ssrc && video->local_rtx_ssrc);
    CHECK_INT(audio->dir, CW_SDP_SENDRECV);
    CHECK_INT(video->codec_count, 10);
    CHECK_INT(video->codecs[0].rtx_send, 97);
    CHECK_INT(video->codecs[0].feedback, CW_SDP_FEEDBACK_ALL);
    CHECK_INT(video->rid_count, 3);
    CHECK_STR(video->rids[0].rid, "h");
    CHECK(audio->transport == video->transport && audio->transport->dtls_client);
    CHECK_STR(audio->transport->ice_ufrag, "W5P0");
    CHECK_INT(audio->transport->fingerprints[0].digest[0], 0x2a);
    CHECK_INT(cw_jsep_media_of_kind(jsep, CW_KIND_APPLICATION)->sctp_port, 5000);
    CHECK_STR(cw_jsep_local_sdp(jsep), made);
    free(made);
    free(text);
    cw_jsep_free(jsep);
}

static void firefox_offer_is_answered(void) {
    char *text = sdp_file("firefox-offer.sdp");
    struct cw_jsep *jsep = make_jsep(CW_JSEP_WEBRTC, &cw_jsep_caps_webrtc, false);
    struct cw_jsep_opts opts = webrtc_opts("abcd");
    opts.local.setup = CW_SDP_SETUP_PASSIVE;
    REQUIRE(set(jsep, CW_JSEP_OFFER, text) == 0);
    char *made = answer(jsep, &opts);
    CHECK(has(made, "m=audio 9 UDP/TLS/RTP/SAVPF 109 9 0 8 101\r\nc=IN IP4 0.0.0.0\r\n"));
    CHECK(has(made, "a=ice-options:trickle\r\n") && has(made, "a=setup:passive\r\n"));
    CHECK(has(made, "a=extmap:6/sendonly http://www.webrtc.org/experiments/rtp-hdrext/playout-delay\r\n"));
    const struct cw_jsep_media *video = cw_jsep_media_at(jsep, 1);
    CHECK_INT(video->ssrc_count, 1);
    CHECK_INT(video->ssrcs[0].rtx_ssrc, 3963940718);
    CHECK_STR(video->remote_msid, "{df308e44-2ad4-465e-8224-03ff95937aa2} {f2c874fa-dba9-4627-bb21-07472def829e}");
    CHECK(!video->transport->dtls_client && video->transport->remote_trickle && video->transport->end_of_candidates);
    CHECK_INT(video->transport->candidate_count, 8);
    CHECK_INT(cw_jsep_media_at(jsep, 2)->max_message_size, 1073741823);
    free(made);
    free(text);
    cw_jsep_free(jsep);
}

static void every_real_offer_and_answer_fits(void) {
    static const char *const offers[] = {"chromium-offer.sdp", "chromium-simulcast-offer.sdp", "firefox-offer.sdp",
                                         "firefox-simulcast-offer.sdp"};
    for (size_t i = 0; i < 4; i++) {
        char *text = sdp_file(offers[i]);
        struct cw_jsep *jsep = make_webrtc();
        struct cw_jsep_opts opts = webrtc_opts("abcd");
        CHECK_INT(set(jsep, CW_JSEP_OFFER, text), 0);
        char *made = answer(jsep, &opts);
        struct cw_sdp *sdp = NULL;
        REQUIRE(cw_sdp_parse(&sdp, made, strlen(made), NULL) == 0);
        for (size_t m = 0; m < sdp->media_count; m++) {
            CHECK(!cw_sdp_media_rejected(&sdp->media[m]));
            CHECK(cw_sdp_group_has(cw_sdp_bundle(sdp), sdp->media[m].mid));
            CHECK_INT(sdp->media[m].kind == CW_KIND_APPLICATION || sdp->media[m].rtcp_mux, true);
        }
        cw_sdp_free(sdp);
        free(made);
        free(text);
        cw_jsep_free(jsep);
    }
}

static void our_offer_and_its_answer(void) {
    struct cw_jsep *a = make_webrtc(), *b = make_jsep(CW_JSEP_WEBRTC, &cw_jsep_caps_webrtc, false);
    struct cw_jsep_opts ours = with_wants(webrtc_opts("aaaa"), three, 3), theirs = webrtc_opts("bbbb");
    char *text = offer(a, &ours);
    CHECK(has(text, "a=group:BUNDLE 0 1 2\r\n"));
    CHECK(has(text, "m=audio 9 UDP/TLS/RTP/SAVPF 111 9 0 8 13 110 126\r\n"));
    CHECK(has(text, "m=video 9 UDP/TLS/RTP/SAVPF 96 98 102 45 97 99 103 46\r\n"));
    CHECK(has(text, "a=fmtp:103 apt=102\r\n") && has(text, "packetization-mode=1;profile-level-id=42e01f"));
    CHECK_INT(count_of(text, "a=setup:actpass\r\n"), 3);
    CHECK_INT(cw_jsep_media_at(a, 0)->codecs[0].pt_recv, 111); // may come before the answer
    CHECK(cw_jsep_media_at(a, 0)->local_ssrc);
    CHECK_INT(set(b, CW_JSEP_OFFER, text), 0);
    char *made = answer(b, &theirs);
    CHECK(has(made, "a=recvonly\r\n"));
    CHECK_INT(set(a, CW_JSEP_PRANSWER, made), 0);
    CHECK_INT(cw_jsep_state(a), CW_JSEP_HAVE_LOCAL_OFFER);
    CHECK_STR(cw_jsep_media_at(a, 0)->transport->ice_ufrag, "bbbb");
    CHECK_INT(set(a, CW_JSEP_ANSWER, made), 0);
    CHECK_INT(cw_jsep_state(a), CW_JSEP_STABLE);
    CHECK(!cw_jsep_media_at(a, 0)->transport->dtls_client); // b took the active role
    CHECK(cw_jsep_media_at(b, 0)->transport->dtls_client);
    CHECK_INT(cw_jsep_media_at(a, 1)->dir, CW_SDP_SENDONLY);
    CHECK_INT(cw_jsep_media_at(b, 1)->dir, CW_SDP_RECVONLY);
    CHECK_INT(cw_jsep_media_at(b, 1)->ssrcs[0].rtx_ssrc, cw_jsep_media_at(a, 1)->local_rtx_ssrc);
    CHECK(cw_jsep_media_at(b, 0)->transport->remote_ice_lite);
    free(text);
    free(made);
    cw_jsep_free(a);
    cw_jsep_free(b);
}

static void m_lines_come_go_and_come_back(void) {
    struct cw_jsep *a = make_webrtc(), *b = make_webrtc();
    struct cw_jsep_opts ours = webrtc_opts("aaaa"), theirs = webrtc_opts("bbbb");
    struct cw_jsep_opts first = with_wants(ours, three, 1), add = with_wants(theirs, three + 1, 1);
    exchange(a, &first, b, &theirs);
    uint32_t audio_ssrc = cw_jsep_media_at(a, 0)->local_ssrc;
    exchange(b, &add, a, &ours); // b adds video
    CHECK_INT(cw_jsep_media_count(a), 2);
    CHECK_INT(cw_jsep_media_at(a, 0)->changed, 0);
    CHECK_INT(cw_jsep_media_at(a, 1)->changed, CW_JSEP_NEW);
    CHECK_STR(cw_jsep_media_at(a, 1)->mid, "1");
    CHECK_INT(cw_jsep_media_at(a, 0)->local_ssrc, audio_ssrc);

    struct cw_jsep_want stop = {.mline = 1, .stop = true};
    struct cw_jsep_opts gone = with_wants(ours, &stop, 1);
    char *text = offer(a, &gone);
    CHECK(has(text, "a=group:BUNDLE 0\r\n") && has(text, "m=video 0 UDP/TLS/RTP/SAVPF 0\r\n"));
    CHECK_INT(set(b, CW_JSEP_OFFER, text), 0);
    free(text);
    text = answer(b, &theirs);
    CHECK_INT(set(a, CW_JSEP_ANSWER, text), 0);
    CHECK(has(text, "m=video 0 ") && has(text, "a=mid:1\r\na=inactive\r\n"));
    CHECK_INT(cw_jsep_changed(b), CW_JSEP_REJECTED);
    CHECK(cw_jsep_media_at(b, 1)->rejected && cw_jsep_media_of_kind(b, CW_KIND_VIDEO) == NULL);
    CHECK(cw_jsep_media_at(b, 1)->transport && !cw_jsep_media_at(b, 1)->transport->ice_ufrag);
    free(text);

    struct cw_jsep_opts data = with_wants(ours, three + 2, 1); // takes the given-up place
    exchange(a, &data, b, &theirs);
    CHECK_INT(cw_jsep_media_count(b), 2);
    CHECK_INT(cw_jsep_media_at(b, 1)->kind, CW_KIND_APPLICATION);
    CHECK_STR(cw_jsep_media_at(b, 1)->mid, "2");
    CHECK_INT(cw_jsep_media_at(b, 1)->changed, CW_JSEP_RECYCLED);
    exchange(b, &add, a, &ours); // video again, behind
    CHECK_INT(cw_jsep_media_count(a), 3);
    CHECK_STR(cw_jsep_media_at(a, 2)->mid, "1");
    cw_jsep_free(a);
    cw_jsep_free(b);
}

static unsigned long version_of(const char *text) {
    unsigned long version = 0;
    sscanf(text, "v=0\r\no=- 4711 %lu", &version);
    return version;
}

static void versions_and_directions(void) {
    struct cw_jsep *a = make_webrtc(), *b = make_webrtc();
    struct cw_jsep_opts ours = webrtc_opts("aaaa"), theirs = webrtc_opts("bbbb"), first = with_wants(ours, three, 1);
    exchange(a, &first, b, &theirs);
    CHECK_INT(version_of(cw_jsep_local_sdp(b)), 1);
    exchange(a, &ours, b, &theirs);
    CHECK_INT(version_of(cw_jsep_local_sdp(a)), 2); // without the event of 8 kHz, now that they have a better one
    exchange(a, &ours, b, &theirs);
    CHECK_INT(version_of(cw_jsep_local_sdp(a)), 2); // a refresh
    CHECK_INT(version_of(cw_jsep_local_sdp(b)), 1);
    CHECK_INT(cw_jsep_changed(b), 0);
    static const enum cw_sdp_dir dirs[] = {CW_SDP_SENDONLY, CW_SDP_INACTIVE, CW_SDP_RECVONLY, CW_SDP_SENDRECV};
    for (unsigned i = 0; i < 4; i++) {
        struct cw_jsep_want want = {.mline = 0, .dir = dirs[i]};
        struct cw_jsep_opts change = with_wants(ours, &want, 1);
        exchange(a, &change, b, &theirs);
        CHECK_INT(version_of(cw_jsep_local_sdp(a)), i + 3);
        CHECK_INT(cw_jsep_media_at(a, 0)->dir, dirs[i]);
        CHECK_INT(cw_jsep_media_at(b, 0)->dir, cw_sdp_dir_reverse(dirs[i]));
        CHECK_INT(cw_jsep_media_at(b, 0)->remote_hold, !(dirs[i] & CW_SDP_RECVONLY));
        CHECK(cw_jsep_media_at(b, 0)->changed & CW_JSEP_DIRECTION);
    }
    struct cw_jsep_want mute = {.mline = 0, .dir = CW_SDP_RECVONLY}; // the answerer wants less
    struct cw_jsep_opts less = with_wants(theirs, &mute, 1);
    exchange(a, &ours, b, &less);
    CHECK_INT(cw_jsep_media_at(b, 0)->dir, CW_SDP_RECVONLY);
    CHECK_INT(cw_jsep_media_at(a, 0)->dir, CW_SDP_SENDONLY);
    exchange(a, &ours, b, &theirs); // and still does when not asked again
    CHECK_INT(cw_jsep_media_at(b, 0)->dir, CW_SDP_RECVONLY);
    cw_jsep_free(a);
    cw_jsep_free(b);
}

static void ice_restart_needs_new_credentials(void) {
    struct cw_jsep *a = make_webrtc(), *b = make_webrtc();
    struct cw_jsep_opts ours = webrtc_opts("aaaa"), theirs = webrtc_opts("bbbb"), first = with_wants(ours, three, 3);
    exchange(a, &first, b, &theirs);
    CHECK(cw_jsep_media_at(b, 0)->transport->dtls_client);
    struct cw_jsep_opts again = webrtc_opts("aaa2");
    char *text = offer(a, &again), *made = NULL;
    CHECK_INT(set(b, CW_JSEP_OFFER, text), 0);
    CHECK_INT(cw_jsep_changed(b), CW_JSEP_ICE_RESTART); // seen before answering
    CHECK_INT(cw_jsep_create_answer(b, &theirs, &made, &wrong), CW_EINVAL);
    CHECK_STR(wrong.code, "local_transport_missing");
    struct cw_jsep_opts fresh = webrtc_opts("bbb2");
    fresh.local.setup = CW_SDP_SETUP_PASSIVE; // the association stays, and its roles
    made = answer(b, &fresh);
    CHECK(has(made, "a=setup:active\r\n"));
    CHECK_INT(set(a, CW_JSEP_ANSWER, made), 0);
    CHECK_INT(cw_jsep_changed(a), CW_JSEP_ICE_RESTART);
    CHECK_STR(cw_jsep_media_at(a, 1)->transport->ice_ufrag, "bbb2");
    free(text);
    free(made);
    again.local.fingerprint.digest[0] = 0xff; // another certificate: a new association
    text = offer(a, &again);
    CHECK_INT(set(b, CW_JSEP_OFFER, text), 0);
    CHECK_INT(cw_jsep_changed(b), CW_JSEP_FINGERPRINT);
    made = answer(b, &fresh);
    CHECK(has(made, "a=setup:passive\r\n"));
    free(text);
    free(made);
    cw_jsep_free(a);
    cw_jsep_free(b);
}

static void dtls_roles(void) {
    static const struct {
        const char *offered;
        enum cw_sdp_setup wish;
        const char *answered;
    } table[] = {
        {"actpass", CW_SDP_SETUP_NONE, "active"},     {"actpass", CW_SDP_SETUP_ACTIVE, "active"},
        {"actpass", CW_SDP_SETUP_PASSIVE, "passive"}, {"active", CW_SDP_SETUP_ACTIVE, "passive"},
        {"passive", CW_SDP_SETUP_PASSIVE, "active"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char setup[40];
        struct cw_jsep *jsep = make_webrtc();
        struct cw_jsep_opts opts = webrtc_opts("abcd");
        snprintf(setup, sizeof setup, "a=setup:%s", table[i].offered);
        char *text = sdp_edit(sdp_file("chromium-offer.sdp"), "a=setup:actpass", setup);
        opts.local.setup = table[i].wish;
        CHECK_INT(set(jsep, CW_JSEP_OFFER, text), 0);
        char *made = answer(jsep, &opts);
        snprintf(setup, sizeof setup, "a=setup:%s\r\n", table[i].answered);
        CHECK(has(made, setup));
        CHECK_INT(cw_jsep_media_at(jsep, 0)->transport->dtls_client, strcmp(table[i].answered, "active") == 0);
        free(text);
        free(made);
        cw_jsep_free(jsep);
    }
}

static void glare_is_rolled_back(void) {
    struct cw_jsep *a = make_webrtc(), *b = make_webrtc();
    struct cw_jsep_opts ours = webrtc_opts("aaaa"), theirs = webrtc_opts("bbbb"), first = with_wants(ours, three, 1);
    exchange(a, &first, b, &theirs);
    char *before = strdup(cw_jsep_local_sdp(a)), *none = NULL;
    struct cw_jsep_opts more = with_wants(ours, three + 1, 1), data = with_wants(theirs, three + 2, 1);
    char *mine = offer(a, &more), *other = offer(b, &data);
    CHECK_INT(set(a, CW_JSEP_OFFER, other), CW_ESTATE);
    CHECK_STR(wrong.code, "wrong_state");
    CHECK_INT(cw_jsep_create_offer(a, &more, &none, &wrong), CW_ESTATE);
    CHECK_INT(cw_jsep_create_answer(a, &ours, &none, &wrong), CW_ESTATE);
    CHECK_INT(cw_jsep_rollback(a, &wrong), 0);
    CHECK_INT(cw_jsep_rollback(a, &wrong), CW_ESTATE);
    CHECK_STR(cw_jsep_local_sdp(a), before);
    CHECK_INT(cw_jsep_media_count(a), 1);
    CHECK_INT(set(a, CW_JSEP_ANSWER, other), CW_ESTATE);
    CHECK_INT(set(a, CW_JSEP_OFFER, other), 0);
    CHECK_INT(cw_jsep_rollback(a, &wrong), 0);
    CHECK_INT(set(a, CW_JSEP_OFFER, other), 0);
    char *made = answer(a, &ours);
    CHECK(version_of(made) > version_of(mine)); // a description that was sent keeps its number
    CHECK_INT(set(b, CW_JSEP_ANSWER, made), 0);
    CHECK_INT(cw_jsep_media_at(b, 1)->kind, CW_KIND_APPLICATION);
    free(mine);
    mine = offer(a, &more);
    CHECK_INT(cw_jsep_rollback(a, &wrong), 0);
    free(other);
    other = offer(a, &ours); // as the answer was, but that is two descriptions ago
    CHECK_INT(version_of(other), version_of(mine) + 1);
    free(before);
    free(mine);
    free(other);
    free(made);
    cw_jsep_free(a);
    cw_jsep_free(b);
}

static void filters_and_order(void) {
    static const char *const pcmu[] = {"PCMU", "telephone-event/8000", NULL}, *const g722[] = {"G722/16000", "opus",
                                                                                               NULL};
    char *text = sdp_file("chromium-offer.sdp");
    struct cw_jsep *jsep = make_webrtc();
    struct cw_jsep_opts opts = webrtc_opts("abcd");
    struct cw_jsep_want no_video = {.mline = 1, .stop = true};
    opts.codecs[CW_KIND_AUDIO] = pcmu;
    opts.wants = &no_video;
    opts.want_count = 1;
    CHECK_INT(set(jsep, CW_JSEP_OFFER, text), 0);
    char *made = answer(jsep, &opts);
    CHECK(has(made, "SAVPF 0 126\r\n") && has(made, "m=video 0 ") && has(made, "a=group:BUNDLE 0 2\r\n"));
    CHECK_STR(cw_jsep_media_at(jsep, 1)->reason, "not_wanted");
    CHECK_INT(cw_jsep_media_at(jsep, 0)->codec_count, 1);
    free(made);
    opts.codecs[CW_KIND_AUDIO] = g722;
    text = sdp_edit(text, "m=video 9", "m=video 0");
    CHECK_INT(set(jsep, CW_JSEP_OFFER, text), 0);
    made = answer(jsep, &opts);
    CHECK(has(made, "SAVPF 9 111\r\n"));
    CHECK_INT(cw_jsep_media_at(jsep, 0)->changed, CW_JSEP_CODECS);
    CHECK(cw_jsep_media_at(jsep, 1)->rejected && !cw_jsep_media_at(jsep, 1)->reason); // by them
    free(made);
    free(text);
    cw_jsep_free(jsep);

    struct cw_jsep_caps caps = cw_jsep_caps_webrtc;
    caps.order = CW_JSEP_ORDER_CAPS;
    caps.simulcast_recv = false;
    caps.rtx = false;
    caps.application = false;
    jsep = make_jsep(CW_JSEP_WEBRTC, &caps, true);
    text = sdp_edit(sdp_file("chromium-simulcast-offer.sdp"), " 111 63 9 0 8 ", " 8 0 9 63 111 ");
    opts = webrtc_opts("abcd");
    CHECK_INT(set(jsep, CW_JSEP_OFFER, text), 0);
    made = answer(jsep, &opts);
    CHECK(has(made, "SAVPF 111 9 0 8 13 110\r\n") && has(made, "SAVPF 96 98 100 102 104 108 114 116 39 45\r\n"));
    CHECK(!strstr(made, "simulcast") && has(made, "m=application 0 UDP/DTLS/SCTP webrtc-datachannel\r\n"));
    CHECK_STR(cw_jsep_media_at(jsep, 2)->reason, "unsupported_media");
    CHECK_INT(cw_jsep_media_at(jsep, 1)->local_rtx_ssrc, 0);
    free(made);
    free(text);
    cw_jsep_free(jsep);
}

static void renegotiation_keeps_its_order(void) {
    struct cw_jsep *jsep = make_webrtc();
    struct cw_jsep_opts opts = webrtc_opts("abcd");
    char *text = sdp_file("chromium-offer.sdp");
    CHECK_INT(set(jsep, CW_JSEP_OFFER, text), 0);
    free(answer(jsep, &opts));
    char *fewer = strdup(text), *at = strstr(fewer, "m=application");
    *at = '\0';
    CHECK_INT(set(jsep, CW_JSEP_OFFER, fewer), CW_EFORMAT);
    CHECK_STR(wrong.code, "mline_mismatch");
    char *moved = sdp_edit(strdup(text), "a=mid:1", "a=mid:9");
    CHECK_INT(set(jsep, CW_JSEP_OFFER, moved), CW_EFORMAT);
    CHECK_STR(wrong.code, "mline_mismatch");
    CHECK_INT(wrong.mline, 1);
    // Payload types and extension ids of our offers are those of theirs.
    char *made = offer(jsep, &opts);
    CHECK(has(made, "m=audio 9 UDP/TLS/RTP/SAVPF 111 9 0 8 13 110\r\n"));
    CHECK(has(made, "a=rtpmap:45 AV1/90000\r\n") && has(made, "a=extmap:14 urn:ietf:params:rtp-hdrext:toffset\r\n"));
    free(made);
    free(fewer);
    free(moved);
    free(text);
    cw_jsep_free(jsep);

    jsep = make_webrtc(); // and those of Firefox are others
    text = sdp_file("firefox-offer.sdp");
    CHECK_INT(set(jsep, CW_JSEP_OFFER, text), 0);
    free(answer(jsep, &opts));
    made = offer(jsep, &opts);
    CHECK(has(made, "m=audio 9 UDP/TLS/RTP/SAVPF 109 9 0 8 13 110 101\r\n"));
    CHECK(has(made, "a=rtpmap:120 VP8/90000\r\n") && has(made, "a=rtpmap:99 AV1/90000\r\n"));
    free(made);
    free(text);
    cw_jsep_free(jsep);
}

static const struct cw_test tests[] = {
    TEST(chromium_offer_is_answered),
    TEST(firefox_offer_is_answered),
    TEST(every_real_offer_and_answer_fits),
    TEST(our_offer_and_its_answer),
    TEST(m_lines_come_go_and_come_back),
    TEST(versions_and_directions),
    TEST(ice_restart_needs_new_credentials),
    TEST(dtls_roles),
    TEST(glare_is_rolled_back),
    TEST(filters_and_order),
    TEST(renegotiation_keeps_its_order),
};
TEST_MAIN(tests)
