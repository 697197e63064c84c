// Numbers that keep their meaning for the life of a negotiation: payload types and header extension ids.
#include "proto/jsep_impl.h"

static void register_formats(struct cw_jsep *jsep, const struct cw_sdp_media *media) {
    for (size_t i = 0; i < media->format_count; i++) {
        const struct cw_sdp_format *format = &media->formats[i];
        const struct cw_codec *codec = cw_codec_by_name(format->name, format->clock_hz);
        struct cw_jsep_pt pt = {.used = true, .clock_hz = format->clock_hz};
        if (codec) {
            pt.codec = codec->id;
            pt.variant = codec->id == CW_CODEC_RTX ? cw_fmtp_int(format->fmtp, "apt", 10, -1)
                                                   : cw_fmtp_variant(codec->id, format->fmtp);
        }
        jsep->pts[format->pt] = pt;
    }
}

// The caps' own copy of the URI, which outlives the description; NULL: not one of ours.
static const char *caps_uri(const struct cw_jsep_caps *caps, const char *uri) {
    for (int kind = 0; kind < CW_KINDS; kind++)
        for (const char *const *at = caps->extmaps[kind]; at && *at; at++)
            if (strcmp(*at, uri) == 0) return *at;
    return NULL;
}

static void register_extmaps(struct cw_jsep *jsep, const struct cw_sdp_media *media) {
    for (size_t i = 0; i < media->extmap_count; i++) {
        const struct cw_sdp_extmap *extmap = &media->extmaps[i];
        const char *uri = caps_uri(jsep->config.caps, extmap->uri);
        if (extmap->id >= CW_JSEP_EXT_IDS) continue;
        for (size_t id = 0; uri && id < CW_JSEP_EXT_IDS; id++)
            if (jsep->ext_uris[id] == uri) jsep->ext_uris[id] = ""; // they moved it; the old id stays unused
        jsep->ext_uris[extmap->id] = uri ? uri : "";
    }
}

void cw_jsep_register_remote(struct cw_jsep *jsep, const struct cw_sdp *remote) {
    for (size_t i = 0; i < remote->media_count; i++) {
        register_formats(jsep, &remote->media[i]);
        register_extmaps(jsep, &remote->media[i]);
    }
}

uint8_t cw_jsep_assign_pt(struct cw_jsep *jsep, const struct cw_jsep_pt *what, int preferred) {
    int pt = -1;
    for (int i = 0; i < 128 && pt < 0; i++) {
        const struct cw_jsep_pt *at = &jsep->pts[i];
        if (at->used && at->codec == what->codec && at->clock_hz == what->clock_hz && at->variant == what->variant)
            pt = i;
    }
    if (pt < 0 && preferred >= 0 && preferred < 128 && !jsep->pts[preferred].used) pt = preferred;
    for (int i = 96; i < 128 && pt < 0; i++)
        if (!jsep->pts[i].used) pt = i;
    for (int i = 35; i < 64 && pt < 0; i++) // RFC 5761 §4: 64 to 95 look like RTCP
        if (!jsep->pts[i].used) pt = i;
    if (pt < 0) return CW_JSEP_NO_PT;
    jsep->pts[pt] = *what;
    jsep->pts[pt].used = true;
    return (uint8_t)pt;
}

static bool is_wanted(const char *const *uris, const char *uri) {
    for (; uris && *uris; uris++)
        if (strcmp(*uris, uri) == 0) return true;
    return false;
}

static bool has_extmap(const struct cw_jsep_plan *plan, const struct cw_sdp_extmap *extmap) {
    for (size_t i = 0; i < plan->extmap_count; i++)
        if (plan->extmaps[i].id == extmap->id || strcmp(plan->extmaps[i].uri, extmap->uri) == 0) return true;
    return false;
}

void cw_jsep_match_extmaps(struct cw_jsep_draft *draft, struct cw_jsep_plan *plan) {
    const char *const *uris = draft->jsep->config.caps->extmaps[plan->section->kind];
    for (size_t i = 0; i < plan->offered->extmap_count; i++) {
        struct cw_sdp_extmap extmap = plan->offered->extmaps[i];
        extmap.dir = cw_sdp_dir_reverse(extmap.dir);
        if (extmap.id > 255 || extmap.id == 15 || extmap.dir == CW_SDP_INACTIVE) continue; // 15: RFC 8285 §4.2
        if (!is_wanted(uris, extmap.uri) || has_extmap(plan, &extmap)) continue;
        CW_SDP_PUSH(&draft->pool, plan->extmaps, plan->extmap_count, extmap);
    }
}

static uint16_t assign_ext(struct cw_jsep *jsep, const char *uri) {
    for (uint16_t id = 1; id < CW_JSEP_EXT_IDS; id++)
        if (jsep->ext_uris[id] && strcmp(jsep->ext_uris[id], uri) == 0) return id;
    for (uint16_t id = 1; id < CW_JSEP_EXT_IDS; id++) {
        if (jsep->ext_uris[id] || id == 15) continue;
        jsep->ext_uris[id] = uri;
        return id;
    }
    return 0;
}

void cw_jsep_offer_extmaps(struct cw_jsep_draft *draft, struct cw_jsep_plan *plan) {
    const char *const *uris = draft->jsep->config.caps->extmaps[plan->section->kind];
    for (; uris && *uris; uris++) {
        struct cw_sdp_extmap extmap = {assign_ext(draft->jsep, *uris), CW_SDP_SENDRECV, *uris};
        if (extmap.id) CW_SDP_PUSH(&draft->pool, plan->extmaps, plan->extmap_count, extmap);
    }
}
