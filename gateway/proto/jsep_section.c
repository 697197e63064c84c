// What an m-line keeps over renegotiations: its mid, our SSRCs, our SDES keys.
#include "base/random.h"
#include "proto/jsep_impl.h"

#include <stdlib.h>

int cw_jsep_sections_copy(struct cw_jsep_sections *out, const struct cw_jsep_sections *from, size_t count) {
    struct cw_jsep_section *copy = calloc(count ? count : 1, sizeof *copy);
    if (!copy) return CW_ENOMEM;
    size_t kept = from->count < count ? from->count : count;
    if (kept) memcpy(copy, from->at, kept * sizeof *copy);
    cw_jsep_sections_fini(out);
    *out = (struct cw_jsep_sections){copy, count};
    return CW_OK;
}

void cw_jsep_sections_fini(struct cw_jsep_sections *sections) {
    for (size_t i = 0; i < sections->count; i++) explicit_bzero(sections->at[i].keys, sizeof sections->at[i].keys);
    free(sections->at);
    *sections = (struct cw_jsep_sections){0};
}

static bool ssrc_is_taken(const struct cw_jsep_sections *sections, uint32_t ssrc) {
    for (size_t i = 0; i < sections->count; i++)
        if (sections->at[i].ssrc == ssrc || sections->at[i].rtx_ssrc == ssrc) return true;
    return ssrc == 0;
}

static uint32_t fresh_ssrc(const struct cw_jsep_sections *sections) {
    uint32_t ssrc;
    do ssrc = cw_random_u32();
    while (ssrc_is_taken(sections, ssrc));
    return ssrc;
}

void cw_jsep_section_reset(struct cw_jsep_sections *sections, size_t index, enum cw_kind kind, enum cw_sdp_dir dir) {
    struct cw_jsep_section *section = &sections->at[index];
    *section = (struct cw_jsep_section){.kind = kind, .want_dir = dir};
    cw_strlcpy(section->media, cw_kind_name(kind), sizeof section->media);
    if (kind != CW_KIND_AUDIO && kind != CW_KIND_VIDEO) return;
    section->ssrc = fresh_ssrc(sections);
    section->rtx_ssrc = kind == CW_KIND_VIDEO ? fresh_ssrc(sections) : 0;
}

void cw_jsep_section_settle(struct cw_jsep_section *section, bool in_use, const char *protocol, bool crypto) {
    static const char *const sip[] = {"RTP/AVP", "RTP/AVPF", "RTP/SAVP", "RTP/SAVPF"};
    section->in_use = in_use;
    if (!in_use) return;
    section->crypto = crypto;
    for (size_t i = 0; i < sizeof sip / sizeof *sip; i++)
        if (strcmp(protocol, sip[i]) == 0) section->protocol = sip[i];
}

const struct cw_sdes *cw_jsep_section_key(struct cw_jsep_section *section, unsigned i, enum cw_srtp_profile profile) {
    struct cw_sdes *key = &section->keys[i];
    if (key->profile != profile)
        (void)cw_sdes_make(key, i + 1, profile); // fails only for a profile the caps cannot hold
    return key;
}
