// The SDP parser: lines, the session part, m= sections.
#include "proto/sdp_impl.h"

#include <stdio.h>
#include <stdlib.h>

// The description and the memory it lives in.
struct owner {
    struct cw_sdp sdp;
    struct cw_sdp_pool pool;
};

static const char *parse_origin(struct cw_sdp_parser *parser, const char *text) {
    struct cw_sdp_word word[6];
    uint64_t version;
    for (int i = 0; i < 6; i++)
        if (!cw_sdp_word_next(&text, &word[i])) return "o= needs six fields";
    if (!cw_sdp_word_uint(&word[2], UINT64_MAX, &version)) return "o= version is not a number";
    parser->sdp->origin_id = cw_sdp_pool_text(parser->pool, word[1].at, word[1].len);
    parser->sdp->origin_version = version;
    return NULL;
}

bool cw_sdp_parse_connection(struct cw_sdp_parser *parser, const char *text, struct cw_sdp_connection *out) {
    struct cw_sdp_word net, type, host;
    char ip[64];
    if (!cw_sdp_word_next(&text, &net) || !cw_sdp_word_is_like(&net, "IN")) return false;
    if (!cw_sdp_word_next(&text, &type)) return false;
    if (!cw_sdp_word_is_like(&type, "IP4") && !cw_sdp_word_is_like(&type, "IP6")) return false;
    if (!cw_sdp_word_next(&text, &host)) return false;
    *out = (struct cw_sdp_connection){.host = cw_sdp_pool_text(parser->pool, host.at, host.len)};
    if (memchr(host.at, '/', host.len) || !cw_sdp_word_copy(&host, ip, sizeof ip)) return true; // multicast, a name
    if (cw_addr_parse(&out->addr, ip, 0) < 0) out->addr = (struct cw_addr){0};
    return true;
}

static const char *parse_bandwidth(struct cw_sdp_media *media, const char *text) {
    struct cw_sdp_word type, number;
    uint64_t value;
    if (!cw_sdp_word_until(&text, ':', &type)) return "b= needs TYPE:NUMBER";
    cw_sdp_word_next(&text, &number);
    if (!cw_sdp_word_uint(&number, UINT64_MAX, &value)) return "b= is not a number";
    if (cw_sdp_word_is(&type, "AS"))
        media->bandwidth_kbps = value > UINT32_MAX ? UINT32_MAX : (uint32_t)value;
    else if (cw_sdp_word_is(&type, "TIAS") && !media->bandwidth_kbps)
        media->bandwidth_kbps =
            value / 1000 >= UINT32_MAX ? UINT32_MAX : (uint32_t)(value / 1000 + (value % 1000 != 0));
    return NULL;
}

static enum cw_kind kind_of(const char *media) {
    for (int kind = 0; kind < CW_KINDS; kind++)
        if (strcmp(media, cw_kind_name((enum cw_kind)kind)) == 0) return (enum cw_kind)kind;
    return CW_KIND_OTHER;
}

// One payload type of m=; what the static table knows of it until a=rtpmap says more.
static const char *add_format(struct cw_sdp_parser *parser, struct cw_sdp_media *media, struct cw_sdp_word *word) {
    struct cw_sdp_format format = {.channels = 1};
    uint64_t pt;
    if (!cw_sdp_word_uint(word, 127, &pt)) return "payload type is not 0 to 127";
    format.pt = (uint8_t)pt;
    if (cw_sdp_format_find(media, format.pt)) return NULL;
    const struct cw_codec *codec = cw_codec_by_static_pt(format.pt);
    if (codec) {
        format.name = codec->name;
        format.clock_hz = codec->clock_hz ? codec->clock_hz : 8000; // CN, payload type 13
    }
    CW_SDP_PUSH(parser->pool, media->formats, media->format_count, format);
    return NULL;
}

static const char *parse_formats(struct cw_sdp_parser *parser, struct cw_sdp_media *media, const char *text) {
    struct cw_sdp_word word;
    bool rtp = strstr(media->protocol, "RTP/") != NULL && media->kind != CW_KIND_OTHER;
    while (cw_sdp_word_next(&text, &word)) {
        const char *fmt = cw_sdp_pool_text(parser->pool, word.at, word.len);
        CW_SDP_PUSH(parser->pool, media->fmts, media->fmt_count, fmt);
        const char *wrong = rtp ? add_format(parser, media, &word) : NULL;
        if (wrong) return wrong;
    }
    return NULL;
}

static struct cw_sdp_media *add_section(struct cw_sdp_parser *parser) {
    struct cw_sdp *sdp = parser->sdp;
    struct cw_sdp_media media = parser->session;
    // Lists of their own: sections must not write behind the end of the session's.
    media.fingerprints =
        cw_sdp_pool_clone(parser->pool, media.fingerprints, media.fingerprint_count, sizeof *media.fingerprints);
    media.extmaps = cw_sdp_pool_clone(parser->pool, media.extmaps, media.extmap_count, sizeof *media.extmaps);
    parser->own_fingerprints = false;
    CW_SDP_PUSH(parser->pool, sdp->media, sdp->media_count, media);
    return parser->pool->bad ? NULL : (struct cw_sdp_media *)&sdp->media[sdp->media_count - 1];
}

static const char *parse_media(struct cw_sdp_parser *parser, const char *text) {
    struct cw_sdp_word name, port, count, protocol;
    uint64_t value;
    if (!cw_sdp_word_next(&text, &name) || !cw_sdp_word_is_token(&name)) return "m= has no media type";
    if (!cw_sdp_word_until(&text, '/', &port) || !cw_sdp_word_uint(&port, UINT16_MAX, &value))
        return "m= port is not 0 to 65535";
    if (text[-1] == '/' && (!cw_sdp_word_next(&text, &count) || !cw_sdp_word_uint(&count, UINT16_MAX, &(uint64_t){0})))
        return "m= number of ports is not a number";
    if (!cw_sdp_word_next(&text, &protocol)) return "m= has no protocol";
    if (parser->sdp->media_count == CW_SDP_MAX_MEDIA) return "too many m= lines";
    struct cw_sdp_media *media = parser->media = add_section(parser);
    if (!media) return "out of memory";
    media->port = (uint16_t)value;
    media->media = cw_sdp_pool_text(parser->pool, name.at, name.len);
    media->protocol = cw_sdp_pool_text(parser->pool, protocol.at, protocol.len);
    if (!media->media || !media->protocol) return "out of memory";
    media->kind = kind_of(media->media);
    return parse_formats(parser, media, text);
}

static const char *parse_line(struct cw_sdp_parser *parser, const struct cw_sdp_line *line) {
    struct cw_sdp_media *media = parser->media ? parser->media : &parser->session;
    switch (line->type) {
    case 'v': return strcmp(line->text, "0") == 0 ? NULL : "version is not 0";
    case 'o': return parser->media ? "o= inside a media section" : parse_origin(parser, line->text);
    case 'c': return cw_sdp_parse_connection(parser, line->text, &media->connection) ? NULL : "c= is malformed";
    case 'b': return parser->media ? parse_bandwidth(media, line->text) : NULL;
    case 'm': return parse_media(parser, line->text);
    case 'a': return cw_sdp_parse_attribute(parser, line->name, line->value ? line->value : "");
    default: return NULL;
    }
}

// Splits "TYPE=TEXT" and, for an attribute, "NAME:VALUE".
static const char *split_line(struct cw_sdp_parser *parser, struct cw_sdp_line *line, const char *text, size_t len) {
    if (len > CW_SDP_MAX_LINE) return "line is too long";
    if (memchr(text, '\0', len) || memchr(text, '\r', len)) return "line holds a control character";
    if (len < 2 || text[1] != '=' || text[0] < 'a' || text[0] > 'z') return "line is not LETTER=VALUE";
    line->type = text[0];
    line->text = cw_sdp_pool_text(parser->pool, text + 2, len - 2);
    if (line->type != 'a' || !line->text) return NULL;
    const char *colon = strchr(line->text, ':');
    line->value = colon ? colon + 1 : NULL;
    line->name = colon ? cw_sdp_pool_text(parser->pool, line->text, (size_t)(colon - line->text)) : line->text;
    return NULL;
}

// Gives the line to the present part's list; all lists are slices of one array.
static void append_line(struct cw_sdp_parser *parser, struct cw_sdp_line *slot, int number) {
    struct cw_sdp_lines *lines = parser->media ? &parser->media->lines : &parser->sdp->lines;
    if (!lines->at) lines->at = slot;
    lines->count++;
    if (slot->type == 'm' && parser->media) parser->media->line = number;
}

static const char *parse_text(struct cw_sdp_parser *parser, const char *text, size_t len, int *number) {
    size_t line_count = 1, used = 0;
    for (size_t i = 0; i < len; i++) line_count += text[i] == '\n';
    struct cw_sdp_line *lines = cw_sdp_pool_alloc(parser->pool, line_count * sizeof *lines);
    for (size_t at = 0; lines && at < len;) {
        const char *end = memchr(text + at, '\n', len - at);
        size_t line_len = (end ? (size_t)(end - text) : len) - at, next = at + line_len + 1;
        const char *line_text = text + at;
        at = next;
        ++*number;
        if (line_len && line_text[line_len - 1] == '\r') line_len--;
        if (line_len == 0) continue;
        struct cw_sdp_line *line = &lines[used];
        line->number = *number;
        const char *wrong = split_line(parser, line, line_text, line_len);
        if (wrong) return wrong;
        if (parser->pool->bad) return "out of memory";
        if (used++ == 0 && line->type != 'v') return "the first line is not v=0";
        if ((wrong = parse_line(parser, line))) return wrong;
        append_line(parser, line, *number);
    }
    *number = used ? *number : 0;
    return used ? NULL : "the description is empty";
}

static const char *check_mids(const struct cw_sdp *sdp, int *number) {
    for (size_t i = 0; i < sdp->media_count; i++)
        for (size_t j = 0; j < i && sdp->media[i].mid; j++)
            if (sdp->media[j].mid && strcmp(sdp->media[i].mid, sdp->media[j].mid) == 0) {
                *number = sdp->media[i].line;
                return "two sections have the same mid";
            }
    return NULL;
}

static int fail(struct cw_sdp_error *error, int err, int line, const char *text) {
    if (!error) return err;
    error->line = line;
    snprintf(error->text, sizeof error->text, "%s", text);
    return err;
}

int cw_sdp_parse(struct cw_sdp **out, const char *text, size_t len, struct cw_sdp_error *error) {
    int number = 0;
    if (len > CW_SDP_MAX_BYTES) return fail(error, CW_ETOOBIG, 0, "the description is larger than 64 kB");
    struct owner *owner = calloc(1, sizeof *owner);
    if (!owner) return fail(error, CW_ENOMEM, 0, "out of memory");
    struct cw_sdp_parser parser = {
        .sdp = &owner->sdp, .pool = &owner->pool, .session = {.dir = CW_SDP_SENDRECV, .kind = CW_KIND_OTHER}};
    const char *wrong = parse_text(&parser, text, len, &number);
    if (!wrong) wrong = check_mids(&owner->sdp, &number);
    if (wrong || owner->pool.bad) {
        bool bad = owner->pool.bad;
        cw_sdp_free(&owner->sdp);
        bool big = wrong && strncmp(wrong, "too many", 8) == 0;
        return fail(error, bad ? CW_ENOMEM : big ? CW_ETOOBIG : CW_EFORMAT, number, bad ? "out of memory" : wrong);
    }
    owner->sdp.connection = parser.session.connection;
    owner->sdp.ice_lite = parser.session.ice_lite;
    *out = &owner->sdp;
    return CW_OK;
}

void cw_sdp_free(struct cw_sdp *sdp) {
    struct owner *owner = (struct owner *)sdp; // its first member
    if (!owner) return;
    cw_sdp_pool_fini(&owner->pool);
    free(owner);
}
