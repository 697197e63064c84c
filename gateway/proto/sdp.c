// The SDP model: look-ups, names, the writer.
#include "proto/sdp.h"

const struct cw_sdp_group *cw_sdp_bundle(const struct cw_sdp *sdp) {
    for (size_t i = 0; i < sdp->group_count; i++)
        if (strcmp(sdp->groups[i].semantics, "BUNDLE") == 0) return &sdp->groups[i];
    return NULL;
}

bool cw_sdp_group_has(const struct cw_sdp_group *group, const char *mid) {
    for (size_t i = 0; group && mid && i < group->count; i++)
        if (strcmp(group->mids[i], mid) == 0) return true;
    return false;
}

const struct cw_sdp_format *cw_sdp_format_find(const struct cw_sdp_media *media, unsigned pt) {
    for (size_t i = 0; i < media->format_count; i++)
        if (media->formats[i].pt == pt) return &media->formats[i];
    return NULL;
}

const char *cw_sdp_attribute(const struct cw_sdp_lines *lines, const char *name) {
    for (size_t i = 0; i < lines->count; i++) {
        const struct cw_sdp_line *line = &lines->at[i];
        if (line->type == 'a' && strcmp(line->name, name) == 0) return line->value ? line->value : "";
    }
    return NULL;
}

bool cw_sdp_media_rejected(const struct cw_sdp_media *media) { return media->port == 0 && !media->bundle_only; }

const char *cw_sdp_dir_name(enum cw_sdp_dir dir) {
    static const char *const names[] = {"inactive", "sendonly", "recvonly", "sendrecv"};
    return names[dir & CW_SDP_SENDRECV];
}

enum cw_sdp_dir cw_sdp_dir_reverse(enum cw_sdp_dir dir) {
    return (enum cw_sdp_dir)((dir & CW_SDP_SENDONLY) << 1 | (dir & CW_SDP_RECVONLY) >> 1);
}

const char *cw_sdp_setup_name(enum cw_sdp_setup setup) {
    static const char *const names[] = {"", "actpass", "active", "passive", "holdconn"};
    return (unsigned)setup < sizeof names / sizeof *names ? names[setup] : "";
}

static void write_lines(const struct cw_sdp_lines *lines, struct cw_str *out) {
    for (size_t i = 0; i < lines->count; i++) {
        const struct cw_sdp_line *line = &lines->at[i];
        const char type[] = {line->type, '='};
        cw_str_add(out, type, 2);
        cw_str_add(out, line->text, strlen(line->text));
        cw_str_add(out, "\r\n", 2);
    }
}

void cw_sdp_write(const struct cw_sdp *sdp, struct cw_str *out) {
    write_lines(&sdp->lines, out);
    for (size_t i = 0; i < sdp->media_count; i++) write_lines(&sdp->media[i].lines, out);
}
