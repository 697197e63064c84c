// ICE candidates in writing (RFC 8839 §5.1).
#include "proto/sdp_candidate.h"

#include "base/buf.h"
#include "base/err.h"
#include "proto/sdp_text.h"

#include <stdio.h>
#include <strings.h>

static const char *const type_names[] = {"host", "srflx", "prflx", "relay"};
static const char *const tcp_names[] = {"", "active", "passive", "so"};

static const char *skip_prefix(const char *text, const char *prefix) {
    size_t len = strlen(prefix);
    return strncmp(text, prefix, len) == 0 ? text + len : text;
}

// Component, transport, priority.
static int parse_numbers(struct cw_sdp_candidate *out, const char **cursor, bool *tcp) {
    struct cw_sdp_word component, transport, priority;
    uint64_t value;
    cw_sdp_word_next(cursor, &component);
    cw_sdp_word_next(cursor, &transport);
    cw_sdp_word_next(cursor, &priority);
    if (!cw_sdp_word_uint(&component, 256, &value) || value == 0) return CW_EFORMAT;
    out->component = (uint16_t)value;
    if (!cw_sdp_word_uint(&priority, UINT32_MAX, &value)) return CW_EFORMAT;
    out->priority = (uint32_t)value;
    *tcp = cw_sdp_word_is_like(&transport, "tcp");
    return *tcp || cw_sdp_word_is_like(&transport, "udp") ? CW_OK : CW_EUNSUPPORTED;
}

static int parse_address(struct cw_sdp_candidate *out, const char **cursor) {
    struct cw_sdp_word host, port;
    uint64_t value;
    cw_sdp_word_next(cursor, &host);
    cw_sdp_word_next(cursor, &port);
    if (host.len == 0) return CW_EFORMAT;
    if (!cw_sdp_word_copy(&host, out->host, sizeof out->host)) return CW_EUNSUPPORTED; // a long name
    if (!cw_sdp_word_uint(&port, UINT16_MAX, &value)) return CW_EFORMAT;
    out->port = (uint16_t)value;
    if (cw_addr_parse(&out->addr, out->host, out->port) < 0) out->addr = (struct cw_addr){0}; // a name
    return CW_OK;
}

static int parse_type(struct cw_sdp_candidate *out, const char **cursor) {
    struct cw_sdp_word key, type;
    if (!cw_sdp_word_next(cursor, &key) || !cw_sdp_word_is(&key, "typ")) return CW_EFORMAT;
    if (!cw_sdp_word_next(cursor, &type)) return CW_EFORMAT;
    for (int i = 0; i < 4; i++) {
        if (!cw_sdp_word_is_like(&type, type_names[i])) continue;
        out->type = (enum cw_sdp_candidate_type)i;
        return CW_OK;
    }
    return CW_EUNSUPPORTED;
}

static int parse_tcptype(struct cw_sdp_candidate *out, const struct cw_sdp_word *value) {
    for (int i = CW_SDP_TCP_ACTIVE; i <= CW_SDP_TCP_SO; i++) {
        if (!cw_sdp_word_is_like(value, tcp_names[i])) continue;
        out->tcp = (enum cw_sdp_candidate_tcp)i;
        return CW_OK;
    }
    return CW_EFORMAT;
}

// raddr, rport, tcptype, ufrag; other extensions come in pairs too and are skipped.
static int parse_extensions(struct cw_sdp_candidate *out, const char **cursor) {
    struct cw_sdp_word key, value;
    char related[64] = "";
    uint64_t port = 0;
    while (cw_sdp_word_next(cursor, &key) && cw_sdp_word_next(cursor, &value)) {
        int err = CW_OK;
        if (cw_sdp_word_is(&key, "raddr"))
            (void)cw_sdp_word_copy(&value, related, sizeof related); // informative: one that is too long is not kept
        else if (cw_sdp_word_is(&key, "rport"))
            err = cw_sdp_word_uint(&value, UINT16_MAX, &port) ? CW_OK : CW_EFORMAT;
        else if (cw_sdp_word_is(&key, "tcptype"))
            err = parse_tcptype(out, &value);
        else if (cw_sdp_word_is(&key, "ufrag"))
            (void)cw_sdp_word_copy(&value, out->ufrag, sizeof out->ufrag);
        if (err < 0) return err;
    }
    if (*related && cw_addr_parse(&out->related, related, (uint16_t)port) < 0) out->related = (struct cw_addr){0};
    return CW_OK;
}

int cw_sdp_candidate_parse(struct cw_sdp_candidate *out, const char *text) {
    struct cw_sdp_candidate made = {0};
    struct cw_sdp_word foundation;
    char line[1024];
    bool tcp = false;
    text = skip_prefix(skip_prefix(text, "a="), "candidate:");
    size_t len = strcspn(text, "\r\n");
    if (len >= sizeof line || text[len + strspn(text + len, "\r\n")] != '\0') return CW_EFORMAT;
    memcpy(line, text, len);
    line[len] = '\0';
    const char *cursor = line;
    if (!cw_sdp_word_next(&cursor, &foundation)) return CW_EFORMAT;
    if (!cw_sdp_word_copy(&foundation, made.foundation, sizeof made.foundation)) return CW_EFORMAT;
    int err = parse_numbers(&made, &cursor, &tcp);
    if (err == CW_OK) err = parse_address(&made, &cursor);
    if (err == CW_OK) err = parse_type(&made, &cursor);
    if (err == CW_OK) err = parse_extensions(&made, &cursor);
    if (err < 0) return err;
    if (tcp != (made.tcp != CW_SDP_UDP)) return tcp ? CW_EUNSUPPORTED : CW_EFORMAT; // TCP before RFC 6544 has no type
    *out = made;
    return CW_OK;
}

bool cw_sdp_candidate_is_name(const struct cw_sdp_candidate *candidate) { return !cw_addr_is_set(&candidate->addr); }

bool cw_sdp_candidate_is_mdns(const struct cw_sdp_candidate *candidate) {
    size_t len = strlen(candidate->host);
    return cw_sdp_candidate_is_name(candidate) && len > 6 && strcasecmp(candidate->host + len - 6, ".local") == 0;
}

const char *cw_sdp_candidate_print(const struct cw_sdp_candidate *candidate, char *out) {
    char ip[CW_ADDR_SIZE];
    size_t cap = CW_SDP_CANDIDATE_SIZE;
    const char *host = cw_addr_is_set(&candidate->addr) ? cw_addr_ip(&candidate->addr, ip) : candidate->host;
    uint16_t port = cw_addr_is_set(&candidate->addr) ? cw_addr_port(&candidate->addr) : candidate->port;
    int n = snprintf(out, cap, "candidate:%s %u %s %u %s %u typ %s", candidate->foundation, candidate->component,
                     candidate->tcp ? "tcp" : "udp", candidate->priority, host, port, type_names[candidate->type & 3]);
    if (candidate->type != CW_SDP_HOST && n > 0 && (size_t)n < cap) {
        bool known = cw_addr_is_set(&candidate->related); // RFC 8839 wants raddr with these; 0.0.0.0 hides it
        n += snprintf(out + n, cap - (size_t)n, " raddr %s rport %u",
                      known ? cw_addr_ip(&candidate->related, ip) : "0.0.0.0",
                      known ? cw_addr_port(&candidate->related) : 9);
    }
    if (candidate->tcp && n > 0 && (size_t)n < cap)
        n += snprintf(out + n, cap - (size_t)n, " tcptype %s", tcp_names[candidate->tcp & 3]);
    if (*candidate->ufrag && n > 0 && (size_t)n < cap)
        snprintf(out + n, cap - (size_t)n, " ufrag %s", candidate->ufrag);
    return out;
}
