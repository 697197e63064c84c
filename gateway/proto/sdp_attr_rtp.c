// Attributes of SDP about RTP: payload formats, header extensions, SSRCs, RIDs.
#include "proto/sdp_impl.h"

// The section's own format of the payload type in word; NULL with *wrong set or, if m= does not list it, without.
static struct cw_sdp_format *find_format(struct cw_sdp_media *media, const struct cw_sdp_word *word,
                                         const char **wrong) {
    uint64_t pt;
    *wrong = cw_sdp_word_uint(word, 127, &pt) ? NULL : "payload type is not 0 to 127";
    return *wrong ? NULL : (struct cw_sdp_format *)cw_sdp_format_find(media, (unsigned)pt);
}

const char *cw_sdp_attr_rtpmap(struct cw_sdp_parser *parser, struct cw_sdp_media *media, const char *value) {
    struct cw_sdp_word pt, name, clock, channels;
    const char *wrong;
    uint64_t clock_hz, channel_count = 1;
    cw_sdp_word_next(&value, &pt);
    cw_sdp_word_until(&value, '/', &name);
    cw_sdp_word_until(&value, '/', &clock);
    if (!cw_sdp_word_is_token(&name)) return "rtpmap has no encoding name";
    if (!cw_sdp_word_uint(&clock, UINT32_MAX, &clock_hz) || clock_hz == 0) return "rtpmap has no clock rate";
    if (cw_sdp_word_next(&value, &channels) && !cw_sdp_word_uint(&channels, 255, &channel_count))
        return "rtpmap's channels are not a number";
    struct cw_sdp_format *format = find_format(media, &pt, &wrong);
    if (!format) return wrong;
    format->name = cw_sdp_pool_text(parser->pool, name.at, name.len);
    format->clock_hz = (uint32_t)clock_hz;
    format->channels = (uint8_t)channel_count;
    return NULL;
}

const char *cw_sdp_attr_fmtp(struct cw_sdp_parser *parser, struct cw_sdp_media *media, const char *value) {
    struct cw_sdp_word word;
    const char *wrong = NULL;
    cw_sdp_word_next(&value, &word);
    if (!strstr(media->protocol, "RTP/")) return NULL; // e.g. "webrtc-datachannel max-message-size=…"
    struct cw_sdp_format *format = find_format(media, &word, &wrong);
    value += strspn(value, " \t");
    if (format && !format->fmtp && *value) format->fmtp = cw_sdp_pool_dup(parser->pool, value);
    return wrong;
}

static unsigned feedback_flag(const char *value) {
    static const struct {
        const char *text;
        unsigned flag;
    } table[] = {
        {"nack", CW_SDP_FEEDBACK_NACK},
        {"nack pli", CW_SDP_FEEDBACK_PLI},
        {"ccm fir", CW_SDP_FEEDBACK_FIR},
        {"goog-remb", CW_SDP_FEEDBACK_REMB},
        {"transport-cc", CW_SDP_FEEDBACK_TRANSPORT_CC},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (strcmp(value, table[i].text) == 0) return table[i].flag;
    return 0;
}

const char *cw_sdp_attr_rtcp_fb(struct cw_sdp_parser *parser, struct cw_sdp_media *media, const char *value) {
    struct cw_sdp_word word;
    const char *wrong = NULL;
    (void)parser;
    cw_sdp_word_next(&value, &word);
    unsigned flag = feedback_flag(value + strspn(value, " \t"));
    if (cw_sdp_word_is(&word, "*")) {
        for (size_t i = 0; i < media->format_count; i++) ((struct cw_sdp_format *)media->formats)[i].feedback |= flag;
        return NULL;
    }
    struct cw_sdp_format *format = find_format(media, &word, &wrong);
    if (format) format->feedback |= flag;
    return wrong;
}

static bool parse_dir(const struct cw_sdp_word *word, enum cw_sdp_dir *out) {
    for (int dir = CW_SDP_INACTIVE; dir <= CW_SDP_SENDRECV; dir++) {
        if (!cw_sdp_word_is(word, cw_sdp_dir_name((enum cw_sdp_dir)dir))) continue;
        *out = (enum cw_sdp_dir)dir;
        return true;
    }
    return false;
}

const char *cw_sdp_attr_extmap(struct cw_sdp_parser *parser, struct cw_sdp_media *media, const char *value) {
    struct cw_sdp_word id, dir, uri;
    struct cw_sdp_extmap extmap = {.dir = CW_SDP_SENDRECV};
    uint64_t number;
    const char *before = value;
    cw_sdp_word_until(&value, '/', &id);
    if (!cw_sdp_word_uint(&id, 65535, &number) || number == 0) return "extmap id is not 1 to 65535";
    bool has_dir = value > before && value[-1] == '/';
    if (has_dir && (!cw_sdp_word_next(&value, &dir) || !parse_dir(&dir, &extmap.dir)))
        return "extmap has a bad direction";
    if (!cw_sdp_word_next(&value, &uri)) return "extmap has no URI";
    extmap.id = (uint16_t)number;
    extmap.uri = cw_sdp_pool_text(parser->pool, uri.at, uri.len);
    CW_SDP_PUSH(parser->pool, media->extmaps, media->extmap_count, extmap);
    return NULL;
}

static struct cw_sdp_ssrc *find_ssrc(struct cw_sdp_parser *parser, struct cw_sdp_media *media, uint32_t ssrc) {
    for (size_t i = 0; i < media->ssrc_count; i++)
        if (media->ssrcs[i].ssrc == ssrc) return (struct cw_sdp_ssrc *)&media->ssrcs[i];
    struct cw_sdp_ssrc item = {.ssrc = ssrc};
    CW_SDP_PUSH(parser->pool, media->ssrcs, media->ssrc_count, item);
    return media->ssrc_count ? (struct cw_sdp_ssrc *)&media->ssrcs[media->ssrc_count - 1] : NULL;
}

const char *cw_sdp_attr_ssrc(struct cw_sdp_parser *parser, struct cw_sdp_media *media, const char *value) {
    struct cw_sdp_word word, name;
    uint64_t number;
    cw_sdp_word_next(&value, &word);
    if (!cw_sdp_word_uint(&word, UINT32_MAX, &number)) return "ssrc is not a 32-bit number";
    struct cw_sdp_ssrc *ssrc = find_ssrc(parser, media, (uint32_t)number);
    if (!ssrc || !cw_sdp_word_until(&value, ':', &name)) return NULL;
    if (cw_sdp_word_is(&name, "cname")) ssrc->cname = cw_sdp_pool_dup(parser->pool, value);
    if (cw_sdp_word_is(&name, "msid")) ssrc->msid = cw_sdp_pool_dup(parser->pool, value);
    return NULL;
}

const char *cw_sdp_attr_ssrc_group(struct cw_sdp_parser *parser, struct cw_sdp_media *media, const char *value) {
    struct cw_sdp_ssrc_group group = {0};
    struct cw_sdp_word word;
    uint64_t number;
    if (!cw_sdp_word_next(&value, &word)) return "ssrc-group has no semantics";
    group.semantics = cw_sdp_pool_text(parser->pool, word.at, word.len);
    while (cw_sdp_word_next(&value, &word)) {
        if (!cw_sdp_word_uint(&word, UINT32_MAX, &number)) return "ssrc-group holds no 32-bit number";
        uint32_t ssrc = (uint32_t)number;
        CW_SDP_PUSH(parser->pool, group.ssrcs, group.count, ssrc);
    }
    CW_SDP_PUSH(parser->pool, media->ssrc_groups, media->ssrc_group_count, group);
    return NULL;
}

static bool is_rid(const struct cw_sdp_word *word) {
    if (!cw_sdp_word_is_token(word)) return false;
    for (size_t i = 0; i < word->len; i++)
        if (strchr("!#$%&'*+.^`{|}~", word->at[i])) return false; // of a token, letters, digits, - and _ remain
    return true;
}

const char *cw_sdp_attr_rid(struct cw_sdp_parser *parser, struct cw_sdp_media *media, const char *value) {
    struct cw_sdp_word id, dir;
    cw_sdp_word_next(&value, &id);
    cw_sdp_word_next(&value, &dir);
    if (!is_rid(&id)) return "rid is not made of letters and digits";
    if (!cw_sdp_word_is(&dir, "send") && !cw_sdp_word_is(&dir, "recv")) return "rid is neither send nor recv";
    value += strspn(value, " \t");
    struct cw_sdp_rid rid = {.id = cw_sdp_pool_text(parser->pool, id.at, id.len),
                             .send = dir.at[0] == 's',
                             .params = *value ? cw_sdp_pool_dup(parser->pool, value) : NULL};
    CW_SDP_PUSH(parser->pool, media->rids, media->rid_count, rid);
    return NULL;
}

// "f;~h,g;q": of alternatives, separated by commas, the first.
static const char *parse_streams(struct cw_sdp_parser *parser, const struct cw_sdp_word *list,
                                 struct cw_sdp_simulcast *out) {
    size_t at = 0;
    while (at < list->len) {
        size_t end = at;
        while (end < list->len && list->at[end] != ';') end++;
        struct cw_sdp_simulcast_stream stream = {.paused = list->at[at] == '~'};
        struct cw_sdp_word rid = {list->at + at + stream.paused, 0};
        while (rid.at + rid.len < list->at + end && rid.at[rid.len] != ',') rid.len++;
        if (!is_rid(&rid)) return "simulcast holds a bad rid";
        stream.rid = cw_sdp_pool_text(parser->pool, rid.at, rid.len);
        CW_SDP_PUSH(parser->pool, out->streams, out->count, stream);
        at = end + 1;
    }
    return NULL;
}

const char *cw_sdp_attr_simulcast(struct cw_sdp_parser *parser, struct cw_sdp_media *media, const char *value) {
    struct cw_sdp_word dir, list;
    while (cw_sdp_word_next(&value, &dir)) {
        bool send = cw_sdp_word_is(&dir, "send");
        if (!send && !cw_sdp_word_is(&dir, "recv")) return "simulcast is neither send nor recv";
        if (!cw_sdp_word_next(&value, &list)) return "simulcast has no streams";
        if (list.len > 4 && strncmp(list.at, "rid=", 4) == 0) list = (struct cw_sdp_word){list.at + 4, list.len - 4};
        const char *wrong = parse_streams(parser, &list, send ? &media->simulcast_send : &media->simulcast_recv);
        if (wrong) return wrong;
    }
    return NULL;
}
