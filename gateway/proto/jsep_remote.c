// Checks a remote description as a whole: its m-lines, mids, transport.
#include "proto/jsep_impl.h"

size_t cw_jsep_pick_transport(const struct cw_sdp *remote, const bool *accepted) {
    const struct cw_sdp_group *group = cw_sdp_bundle(remote);
    size_t first = remote->media_count, owner = remote->media_count;
    for (size_t g = 0; group && g < group->count; g++) {
        for (size_t i = 0; i < remote->media_count; i++) {
            const struct cw_sdp_media *media = &remote->media[i];
            if (!media->mid || strcmp(media->mid, group->mids[g]) != 0 || cw_sdp_media_rejected(media)) continue;
            if (first == remote->media_count && accepted[i]) first = i;
            if (owner == remote->media_count && media->ice_ufrag) owner = i;
        }
    }
    for (size_t i = 0; first == remote->media_count && i < remote->media_count; i++)
        if (accepted[i]) first = i;
    // A bundle-only m-line brings no transport: then it is the group's (RFC 8843 §6).
    bool bare = first < remote->media_count && !remote->media[first].ice_ufrag && remote->media[first].bundle_only;
    return bare && owner < remote->media_count ? owner : first;
}

static bool has_known_hash(const struct cw_sdp_media *media) {
    for (size_t i = 0; i < media->fingerprint_count; i++) {
        const char *hash = media->fingerprints[i].hash;
        if (!strcmp(hash, "sha-256") || !strcmp(hash, "sha-384") || !strcmp(hash, "sha-512")) return true;
    }
    return false;
}

int cw_jsep_check_transport(const struct cw_sdp *remote, size_t mline, bool is_answer, struct cw_jsep_error *error) {
    const struct cw_sdp_media *media = &remote->media[mline];
    int at = (int)mline, line = media->line;
    if (!media->ice_ufrag || !media->ice_pwd)
        return cw_jsep_fail(error, CW_EUNSUPPORTED, "ice_credentials_missing", line, at,
                            "ice-ufrag or ice-pwd is missing");
    if (!has_known_hash(media))
        return cw_jsep_fail(error, CW_EUNSUPPORTED, "fingerprint_missing", line, at,
                            "no fingerprint by sha-256, sha-384 or sha-512");
    if (media->setup == CW_SDP_SETUP_HOLDCONN || (is_answer && media->setup == CW_SDP_SETUP_ACTPASS))
        return cw_jsep_fail(error, CW_EUNSUPPORTED, "setup_conflict", line, at, "a=setup:%s does not start DTLS",
                            cw_sdp_setup_name(media->setup));
    return CW_OK;
}

static int check_offered_mline(const struct cw_jsep *jsep, const struct cw_sdp_media *media, size_t mline,
                               struct cw_jsep_error *error) {
    const struct cw_jsep_section *section = mline < jsep->sections.count ? &jsep->sections.at[mline] : NULL;
    const char *mid = media->mid ? media->mid : "";
    if (strlen(mid) >= CW_JSEP_MID_SIZE)
        return cw_jsep_fail(error, CW_EUNSUPPORTED, "bad_sdp", media->line, (int)mline, "the mid is too long");
    if (!section || !section->in_use) return CW_OK; // new, or given up and free for anything
    if (section->kind != media->kind || (*section->mid && strcmp(section->mid, mid) != 0))
        return cw_jsep_fail(error, CW_EFORMAT, "mline_mismatch", media->line, (int)mline,
                            "an m-line in use changed its medium or mid");
    return CW_OK;
}

int cw_jsep_check_offer(const struct cw_jsep *jsep, const struct cw_sdp *offer, struct cw_jsep_error *error) {
    unsigned max = jsep->config.caps->max_sections;
    if (max && offer->media_count > max)
        return cw_jsep_fail(error, CW_ETOOBIG, "too_many_sections", offer->media[max].line, (int)max,
                            "more than %u m-lines", max);
    if (offer->media_count == 0) return cw_jsep_fail(error, CW_EUNSUPPORTED, "no_media", 0, -1, "there is no m-line");
    if (offer->media_count < jsep->sections.count)
        return cw_jsep_fail(error, CW_EFORMAT, "mline_mismatch", 0, (int)offer->media_count, "m-lines have vanished");
    for (size_t i = 0; i < offer->media_count; i++) {
        int err = check_offered_mline(jsep, &offer->media[i], i, error);
        if (err < 0) return err;
    }
    return CW_OK;
}

// One accepted m-line of an answer to our offer.
static int check_answered_mline(const struct cw_jsep *jsep, const struct cw_sdp *answer, size_t mline,
                                struct cw_jsep_error *error) {
    const struct cw_sdp_media *media = &answer->media[mline], *ours = &jsep->local_offer->media[mline];
    int at = (int)mline, line = media->line;
    if (jsep->config.profile == CW_JSEP_SIP) {
        bool same = cw_jsep_is_savp(media->protocol) == cw_jsep_is_savp(ours->protocol);
        if (same && strncmp(media->protocol, "RTP/", 4) == 0) return CW_OK;
        return cw_jsep_fail(error, CW_EUNSUPPORTED, "unsupported_transport", line, at,
                            "%s answered with another protocol", ours->protocol);
    }
    const struct cw_sdp_group *group = cw_sdp_bundle(answer);
    size_t open = 0;
    for (size_t i = 0; i < answer->media_count; i++) open += !cw_sdp_media_rejected(&answer->media[i]);
    if (open > 1 && !cw_sdp_group_has(group, media->mid))
        return cw_jsep_fail(error, CW_EUNSUPPORTED, "bundle_required", line, at, "an accepted m-line is not bundled");
    if (media->kind != CW_KIND_APPLICATION && !media->rtcp_mux)
        return cw_jsep_fail(error, CW_EUNSUPPORTED, "rtcp_mux_required", line, at, "a=rtcp-mux is missing");
    return CW_OK;
}

int cw_jsep_check_answer(const struct cw_jsep *jsep, const struct cw_sdp *answer, struct cw_jsep_error *error) {
    const struct cw_sdp *offer = jsep->local_offer;
    bool accepted[CW_SDP_MAX_MEDIA] = {false}, any = false;
    if (answer->media_count != offer->media_count)
        return cw_jsep_fail(error, CW_EFORMAT, "mline_mismatch", 0, -1, "%zu m-lines answer %zu", answer->media_count,
                            offer->media_count);
    for (size_t i = 0; i < answer->media_count; i++) {
        const struct cw_sdp_media *media = &answer->media[i], *ours = &offer->media[i];
        bool same_mid = !media->mid || !ours->mid || strcmp(media->mid, ours->mid) == 0;
        if (strcmp(media->media, ours->media) != 0 || !same_mid)
            return cw_jsep_fail(error, CW_EFORMAT, "mline_mismatch", media->line, (int)i,
                                "another medium or mid than offered");
        if (cw_sdp_media_rejected(media) || cw_sdp_media_rejected(ours)) continue;
        int err = check_answered_mline(jsep, answer, i, error);
        if (err < 0) return err;
        any |= accepted[i] = true;
    }
    if (!any || jsep->config.profile == CW_JSEP_SIP) return CW_OK;
    return cw_jsep_check_transport(answer, cw_jsep_pick_transport(answer, accepted), true, error);
}
