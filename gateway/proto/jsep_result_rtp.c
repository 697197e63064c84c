// What one audio or video m-line agrees on: formats, extensions, streams.
#include "proto/jsep_impl.h"

// The same codec in another m-line's formats, the same payload type preferred.
static const struct cw_sdp_format *find_counterpart(const struct cw_sdp_media *media,
                                                    const struct cw_sdp_format *format, const struct cw_codec *codec) {
    const struct cw_sdp_format *found = NULL;
    for (size_t i = 0; i < media->format_count; i++) {
        const struct cw_sdp_format *at = &media->formats[i];
        if (cw_codec_by_name(at->name, at->clock_hz) != codec || at->clock_hz != format->clock_hz) continue;
        if (cw_fmtp_variant(codec->id, at->fmtp) != cw_fmtp_variant(codec->id, format->fmtp)) continue;
        if (at->pt == format->pt) return at;
        if (!found) found = at;
    }
    return found;
}

// The payload type of its retransmissions, or -1.
static int find_rtx(const struct cw_sdp_media *media, uint8_t pt) {
    for (size_t i = 0; i < media->format_count; i++)
        if (cw_codec_name_equal(media->formats[i].name, "rtx") &&
            cw_fmtp_int(media->formats[i].fmtp, "apt", 10, -1) == pt)
            return media->formats[i].pt;
    return -1;
}

static void add_codec(struct cw_sdp_pool *pool, struct cw_jsep_media *out, const struct cw_jsep_codec *codec) {
    if (codec->codec->id == CW_CODEC_TELEPHONE_EVENT)
        CW_SDP_PUSH(pool, out->events, out->event_count, *codec);
    else if (codec->codec->helper)
        CW_SDP_PUSH(pool, out->helpers, out->helper_count, *codec);
    else
        CW_SDP_PUSH(pool, out->codecs, out->codec_count, *codec);
}

static void agree_format(struct cw_sdp_pool *pool, struct cw_jsep_media *out, const struct cw_sdp_media *local,
                         const struct cw_sdp_media *remote, const struct cw_sdp_format *format) {
    const struct cw_codec *codec = cw_codec_by_name(format->name, format->clock_hz);
    if (!codec || codec->id == CW_CODEC_RTX) return;
    const struct cw_sdp_format *ours = find_counterpart(local, format, codec);
    const struct cw_sdp_format *theirs = find_counterpart(remote, format, codec);
    if (!ours || !theirs) return;
    struct cw_jsep_codec agreed = {.codec = codec,
                                   .pt_send = theirs->pt,
                                   .pt_recv = ours->pt,
                                   .clock_hz = format->clock_hz,
                                   .channels = codec->id == CW_CODEC_OPUS ? 2 : format->channels,
                                   .fmtp_send = cw_sdp_pool_dup(pool, theirs->fmtp),
                                   .fmtp_recv = cw_sdp_pool_dup(pool, ours->fmtp),
                                   .feedback = ours->feedback & theirs->feedback,
                                   .variant = cw_fmtp_variant(codec->id, format->fmtp),
                                   .rtx_send = find_rtx(remote, theirs->pt),
                                   .rtx_recv = find_rtx(local, ours->pt)};
    if (agreed.rtx_send < 0 || agreed.rtx_recv < 0) agreed.rtx_send = agreed.rtx_recv = -1;
    add_codec(pool, out, &agreed);
}

static void agree_extmaps(struct cw_sdp_pool *pool, struct cw_jsep_media *out, const struct cw_sdp_media *local,
                          const struct cw_sdp_media *remote, const struct cw_sdp_media *answer) {
    for (size_t i = 0; i < answer->extmap_count; i++) {
        const struct cw_sdp_extmap *extmap = &answer->extmaps[i], *ours = NULL, *theirs = NULL;
        for (size_t j = 0; j < local->extmap_count && !ours; j++)
            if (strcmp(local->extmaps[j].uri, extmap->uri) == 0) ours = &local->extmaps[j];
        for (size_t j = 0; j < remote->extmap_count && !theirs; j++)
            if (strcmp(remote->extmaps[j].uri, extmap->uri) == 0) theirs = &remote->extmaps[j];
        if (!ours || !theirs || extmap->id > 255) continue;
        struct cw_jsep_extmap agreed = {.ext = cw_jsep_ext_by_uri(extmap->uri),
                                        .uri = cw_sdp_pool_dup(pool, extmap->uri),
                                        .id = (uint8_t)extmap->id,
                                        .dir = ours->dir & cw_sdp_dir_reverse(theirs->dir)};
        if (local == remote) agreed.dir = ours->dir;
        if (agreed.dir != CW_SDP_INACTIVE) CW_SDP_PUSH(pool, out->extmaps, out->extmap_count, agreed);
    }
}

// The retransmission or repair stream of ssrc (semantics "FID"), or 0.
static uint32_t group_second(const struct cw_sdp_media *media, const char *semantics, uint32_t ssrc) {
    for (size_t i = 0; i < media->ssrc_group_count; i++) {
        const struct cw_sdp_ssrc_group *group = &media->ssrc_groups[i];
        if (strcmp(group->semantics, semantics) == 0 && group->count == 2 && group->ssrcs[0] == ssrc)
            return group->ssrcs[1];
    }
    return 0;
}

static bool is_second(const struct cw_sdp_media *media, uint32_t ssrc) {
    for (size_t i = 0; i < media->ssrc_group_count; i++) {
        const struct cw_sdp_ssrc_group *group = &media->ssrc_groups[i];
        bool pair = strcmp(group->semantics, "FID") == 0 || strcmp(group->semantics, "FEC-FR") == 0;
        if (pair && group->count == 2 && group->ssrcs[1] == ssrc) return true;
    }
    return false;
}

static void add_streams(struct cw_sdp_pool *pool, struct cw_jsep_media *out, const struct cw_sdp_media *local,
                        const struct cw_sdp_media *remote) {
    out->remote_msid = cw_sdp_pool_dup(pool, remote->msid);
    for (size_t i = 0; i < remote->ssrc_count; i++) {
        const struct cw_sdp_ssrc *at = &remote->ssrcs[i];
        struct cw_jsep_ssrc ssrc = {at->ssrc, group_second(remote, "FID", at->ssrc), cw_sdp_pool_dup(pool, at->cname)};
        if (is_second(remote, at->ssrc)) continue;
        if (!out->remote_msid) out->remote_msid = cw_sdp_pool_dup(pool, at->msid); // Plan B's way
        CW_SDP_PUSH(pool, out->ssrcs, out->ssrc_count, ssrc);
    }
    for (size_t i = 0; i < local->simulcast_recv.count; i++) {
        const struct cw_sdp_simulcast_stream *at = &local->simulcast_recv.streams[i];
        struct cw_jsep_rid rid = {cw_sdp_pool_dup(pool, at->rid), at->paused};
        CW_SDP_PUSH(pool, out->rids, out->rid_count, rid);
    }
}

void cw_jsep_result_rtp(struct cw_sdp_pool *pool, struct cw_jsep_media *out, const struct cw_sdp_media *local,
                        const struct cw_sdp_media *remote, bool we_offered) {
    const struct cw_sdp_media *theirs = remote ? remote : local, *answer = we_offered ? theirs : local;
    for (size_t i = 0; i < answer->format_count; i++) agree_format(pool, out, local, theirs, &answer->formats[i]);
    agree_extmaps(pool, out, local, theirs, answer);
    out->extmap_allow_mixed = local->extmap_allow_mixed && theirs->extmap_allow_mixed;
    out->rtcp_rsize = local->rtcp_rsize && theirs->rtcp_rsize;
    out->rtcp_xr_rrtr = local->rtcp_xr_rrtr && theirs->rtcp_xr_rrtr;
    if (!remote) return;
    out->ptime_ms = remote->ptime_ms;
    out->maxptime_ms = remote->maxptime_ms;
    add_streams(pool, out, local, remote);
}
