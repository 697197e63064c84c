// A peer's descriptions: offers and answers both ways, candidates, and what they mean for the media worker.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "core/media_setup.h"
#include "core/node.h"
#include "core/owner.h"
#include "core/peer_app.h"
#include "core/peer_internal.h"
#include "core/session.h"

#define CANDIDATES_MAX 32
#define HOST_TYPE_PREFERENCE 126u    // RFC 8445 §5.1.2.1
#define TCP_TYPE_PREFERENCE 90u      // RFC 6544 §4.2: below every kind of UDP but relayed
#define TCP_PASSIVE_PREFERENCE 32768 // 2^13 * 4: the direction's part of the local preference

int cw_peer_jsep_problem(struct cw_problem *problem, const struct cw_jsep_error *error, const char *pointer) {
    const char *code = error->code ? error->code : "internal_error";
    int status = 422;
    if (strcmp(code, "wrong_state") == 0) status = 409;
    if (strcmp(code, "no_memory") == 0 || strcmp(code, "local_transport_missing") == 0) status = 500;
    if (error->line)
        return cw_problem_set(problem, status, code, pointer, "%s (line %d of the SDP)", error->detail, error->line);
    return cw_problem_set(problem, status, code, pointer, "%s", error->detail);
}

static void make_candidate(struct cw_sdp_candidate *out, size_t number, const struct cw_addr *addr, bool tcp) {
    unsigned local = tcp ? TCP_PASSIVE_PREFERENCE + 8191 : 65535;
    memset(out, 0, sizeof *out);
    snprintf(out->foundation, sizeof out->foundation, "%zu", number + 1);
    out->component = 1;
    out->priority = (tcp ? TCP_TYPE_PREFERENCE : HOST_TYPE_PREFERENCE) << 24 | (uint32_t)(local - number) << 8 | 255;
    out->addr = *addr;
    out->port = cw_addr_port(addr);
    out->type = CW_SDP_HOST;
    out->tcp = tcp ? CW_SDP_TCP_PASSIVE : CW_SDP_UDP;
}

static size_t host_candidates(const struct cw_peer *p, struct cw_sdp_candidate *out) {
    struct cw_addr addrs[CANDIDATES_MAX];
    const struct cw_media *media = p->session->node->media;
    unsigned worker = cw_media_leg_worker(p->leg);
    size_t udp = cw_media_candidates(media, worker, addrs, CANDIDATES_MAX);
    size_t count = udp + cw_media_tcp_candidates(media, worker, addrs + udp, CANDIDATES_MAX - udp);
    for (size_t i = 0; i < count; i++) make_candidate(&out[i], i, &addrs[i], i >= udp);
    return count;
}

static int fill_local(const struct cw_peer *p, struct cw_jsep_local *local, struct cw_sdp_candidate *candidates) {
    const struct cw_node *node = p->session->node;
    char text[CW_SDP_FINGERPRINT_TEXT_SIZE];
    snprintf(text, sizeof text, "sha-256 %s", cw_dtls_identity_fingerprint(node->identity));
    bool lite = strcmp(cw_config_string(node->config, "ice.mode"), "lite") == 0;
    *local = (struct cw_jsep_local){
        .ice_ufrag = p->ice.ufrag,
        .ice_pwd = p->ice.pwd,
        .candidates = candidates,
        .candidate_count = lite ? host_candidates(p, candidates) : 0,
        .end_of_candidates = lite,
        .setup = CW_SDP_SETUP_ACTIVE,
    };
    return cw_sdp_fingerprint_parse(&local->fingerprint, text);
}

static void fill_options(const struct cw_peer *p, struct cw_jsep_opts *opts, struct cw_sdp_candidate *candidates) {
    *opts = (struct cw_jsep_opts){0};
    if (fill_local(p, &opts->local, candidates)) abort(); // our own fingerprint
    if (p->codecs[0]) opts->codecs[CW_KIND_AUDIO] = p->codecs;
}

void cw_peer_restrict_codecs(struct cw_peer *p, const char *const *names, size_t count) {
    size_t n = 0;
    for (size_t i = 0; i < count && n < G_N_ELEMENTS(p->codecs) - 3; i++, n++) {
        cw_strlcpy(p->codec_text[n], names[i], sizeof p->codec_text[n]);
        p->codecs[n] = p->codec_text[n];
    }
    p->codecs[n++] = "telephone-event/48000";
    p->codecs[n++] = "telephone-event/8000";
    p->codecs[n] = NULL;
}

// Of the offer that was just set.
static void choose_codec(struct cw_peer *p) {
    const struct cw_jsep_media *m = cw_jsep_media_of_kind(p->jsep, CW_KIND_AUDIO);
    for (size_t i = 0; m && p->codecs[i]; i++) {
        const struct cw_codec *codec = cw_codec_by_name(p->codecs[i], 0);
        if (!codec || codec->helper || !cw_jsep_codec_find(m->codecs, m->codec_count, codec->id, 0)) continue;
        cw_peer_restrict_codecs(p, &codec->name, 1);
        return;
    }
}

int cw_peer_apply(struct cw_peer *p) {
    struct cw_media *media = p->session->node->media;
    // Who made the first offer controls; a conflict (glare) is settled by the checks themselves.
    struct cw_webrtc_setup setup = {.local = p->ice,
                                    .ice_controlling = cw_jsep_state(p->jsep) == CW_JSEP_HAVE_LOCAL_OFFER};
    struct cw_media_stream streams[CW_MEDIA_STREAMS_MAX];
    cw_strlcpy(setup.cname, p->id, sizeof setup.cname);
    cw_media_setup_webrtc(p->jsep, &setup);
    size_t count = cw_media_setup_streams(p->jsep, streams);
    if (p->in_media) {
        cw_media_update_webrtc(media, p->leg, &setup);
    } else {
        int err = cw_media_add_webrtc(media, p->leg, &setup);
        if (err) return err;
        p->in_media = true;
        if (p->app) cw_media_attach_app(media, p->leg, &p->app->plugin->app->media, p->app_peer);
        cw_peer_app_ready(p);
    }
    return cw_media_set_streams(media, p->leg, streams, count);
}

// The candidates in the browser's description, for full ICE.
static void add_described_candidates(struct cw_peer *p) {
    const struct cw_jsep_media *first = NULL;
    for (size_t i = 0; i < cw_jsep_media_count(p->jsep) && !first; i++) {
        const struct cw_jsep_media *m = cw_jsep_media_at(p->jsep, i);
        if (!m->rejected) first = m;
    }
    if (!first) return;
    for (size_t i = 0; i < first->transport->candidate_count; i++) {
        char text[CW_SDP_CANDIDATE_SIZE];
        cw_sdp_candidate_print(&first->transport->candidates[i], text);
        cw_media_add_candidate(p->session->node->media, p->leg, text);
    }
    if (first->transport->end_of_candidates) cw_media_add_candidate(p->session->node->media, p->leg, NULL);
}

static int applied(struct cw_peer *p, struct cw_problem *problem) {
    if (cw_peer_apply(p)) return cw_problem_set(problem, 503, "no_memory", NULL, "Out of memory.");
    add_described_candidates(p);
    if (p->owner) p->owner_ops->on_negotiated(p->owner);
    return 0;
}

int cw_peer_accept_offer(struct cw_peer *p, const char *sdp, const char *pointer, struct cw_problem *problem) {
    struct cw_jsep_error error = {0};
    struct cw_sdp_candidate candidates[CANDIDATES_MAX];
    struct cw_jsep_opts opts;
    char *answer = NULL;
    // Glare: the gateway yields (RFC 8829 §4.1.10.2); its own offer is made again when still needed.
    if (cw_jsep_state(p->jsep) == CW_JSEP_HAVE_LOCAL_OFFER && cw_jsep_rollback(p->jsep, &error)) goto failed;
    if (cw_jsep_set_remote(p->jsep, CW_JSEP_OFFER, sdp, strlen(sdp), &error)) goto failed;
    struct cw_ice_credentials before = p->ice;
    if (p->in_media && cw_jsep_changed(p->jsep) & CW_JSEP_ICE_RESTART) cw_ice_credentials_make(&p->ice);
    if (p->one_codec) choose_codec(p);
    fill_options(p, &opts, candidates);
    if (cw_jsep_create_answer(p->jsep, &opts, &answer, &error)) {
        struct cw_jsep_error ignored = {0};
        p->ice = before;
        cw_jsep_rollback(p->jsep, &ignored);
        goto failed;
    }
    free(answer); // kept by jsep: cw_jsep_local_sdp
    return applied(p, problem);
failed:
    return cw_peer_jsep_problem(problem, &error, pointer);
}

int cw_peer_accept_answer(struct cw_peer *p, const char *sdp, const char *pointer, struct cw_problem *problem) {
    struct cw_jsep_error error = {0};
    if (cw_jsep_set_remote(p->jsep, CW_JSEP_ANSWER, sdp, strlen(sdp), &error))
        return cw_peer_jsep_problem(problem, &error, pointer);
    return applied(p, problem);
}

int cw_peer_make_offer(struct cw_peer *p, struct cw_problem *problem) {
    struct cw_jsep_error error = {0};
    struct cw_sdp_candidate candidates[CANDIDATES_MAX];
    struct cw_jsep_opts opts;
    struct cw_jsep_want wants[CW_KINDS];
    char *offer = NULL;
    fill_options(p, &opts, candidates);
    opts.wants = wants;
    if (cw_jsep_media_count(p->jsep) == 0) {
        for (int kind = CW_KIND_AUDIO; kind < CW_KINDS; kind++) {
            bool wanted = kind == CW_KIND_APPLICATION ? p->caps.application : p->caps.codec_count[kind] > 0;
            if (wanted)
                wants[opts.want_count++] = (struct cw_jsep_want){.mline = -1, .kind = kind, .dir = p->caps.dir[kind]};
        }
    }
    if (cw_jsep_create_offer(p->jsep, &opts, &offer, &error)) return cw_peer_jsep_problem(problem, &error, "");
    free(offer);
    return cw_peer_apply(p) ? cw_problem_set(problem, 503, "no_memory", NULL, "Out of memory.") : 0;
}

json_t *cw_peer_local_description(const struct cw_peer *p) {
    const char *sdp = cw_jsep_local_sdp(p->jsep);
    const char *type = cw_jsep_state(p->jsep) == CW_JSEP_HAVE_LOCAL_OFFER ? "offer" : "answer";
    return sdp ? json_pack("{s:s, s:s}", "type", type, "sdp", sdp) : json_null();
}

void cw_peer_tell_offer(struct cw_peer *p) {
    cw_peer_event(p, "peer.description", json_pack("{s:o}", "description", cw_peer_local_description(p)));
}

int cw_peer_set_description(struct cw_peer *p, const char *type, const char *sdp, struct cw_problem *problem) {
    if (p->state == CW_PEER_FAILED || p->state == CW_PEER_CLOSED) {
        return cw_problem_set(problem, 409, "wrong_state", NULL, "The peer is %s; make a new one.",
                              cw_peer_state_name(p->state));
    }
    if (strcmp(type, "offer") == 0) return cw_peer_accept_offer(p, sdp, "/sdp", problem);
    if (strcmp(type, "answer") == 0) return cw_peer_accept_answer(p, sdp, "/sdp", problem);
    return cw_problem_set(problem, 400, "invalid_type", "/type", "type is \"offer\" or \"answer\".");
}

// ---------------------------------------------------------------- candidates

json_t *cw_peer_candidate_json(const struct cw_peer *p, const char *text) {
    const struct cw_jsep_media *first = cw_jsep_media_at(p->jsep, 0);
    return json_pack("{s:o}", "candidate",
                     text ? json_pack("{s:s, s:s, s:i, s:s}", "candidate", text, "sdpMid", first ? first->mid : "0",
                                      "sdpMLineIndex", 0, "usernameFragment", p->ice.ufrag)
                          : json_null());
}

int cw_peer_add_candidate(struct cw_peer *p, const json_t *candidate, struct cw_problem *problem) {
    struct cw_media *media = p->session->node->media;
    const char *text = candidate ? json_string_value(json_object_get(candidate, "candidate")) : NULL;
    if (!candidate || (text && !text[0])) {
        cw_media_add_candidate(media, p->leg, NULL);
        return 0;
    }
    if (!text)
        return cw_problem_set(problem, 400, "invalid_candidate", "/candidate", "candidate is missing or not a string.");
    struct cw_sdp_candidate parsed;
    int err = cw_sdp_candidate_parse(&parsed, text);
    if (err == CW_EFORMAT)
        return cw_problem_set(problem, 400, "invalid_candidate", "/candidate",
                              "This is not an ICE candidate (RFC 8839).");
    if (err == 0) cw_media_add_candidate(media, p->leg, text);
    return 0; // a transport or a type that is of no use to us is fine
}
