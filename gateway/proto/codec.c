// The codec table, and the format parameters that decide whether two payload formats are the same.
#include "proto/codec.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct cw_codec codecs[] = {
    {CW_CODEC_OPUS, CW_KIND_AUDIO, "opus", 48000, 48000, 2, -1, false},
    {CW_CODEC_PCMU, CW_KIND_AUDIO, "PCMU", 8000, 8000, 1, 0, false},
    {CW_CODEC_PCMA, CW_KIND_AUDIO, "PCMA", 8000, 8000, 1, 8, false},
    {CW_CODEC_G722, CW_KIND_AUDIO, "G722", 8000, 16000, 1, 9, false},
    {CW_CODEC_GSM, CW_KIND_AUDIO, "GSM", 8000, 8000, 1, 3, false},
    {CW_CODEC_G729, CW_KIND_AUDIO, "G729", 8000, 8000, 1, 18, false},
    {CW_CODEC_L16, CW_KIND_AUDIO, "L16", 0, 0, 1, -1, false},
    {CW_CODEC_CN, CW_KIND_AUDIO, "CN", 0, 0, 1, 13, true},
    {CW_CODEC_TELEPHONE_EVENT, CW_KIND_AUDIO, "telephone-event", 0, 0, 1, -1, true},
    {CW_CODEC_RED, CW_KIND_OTHER, "red", 0, 0, 1, -1, true},
    {CW_CODEC_VP8, CW_KIND_VIDEO, "VP8", 90000, 0, 1, -1, false},
    {CW_CODEC_VP9, CW_KIND_VIDEO, "VP9", 90000, 0, 1, -1, false},
    {CW_CODEC_H264, CW_KIND_VIDEO, "H264", 90000, 0, 1, -1, false},
    {CW_CODEC_AV1, CW_KIND_VIDEO, "AV1", 90000, 0, 1, -1, false},
    {CW_CODEC_RTX, CW_KIND_OTHER, "rtx", 0, 0, 1, -1, true},
    {CW_CODEC_ULPFEC, CW_KIND_OTHER, "ulpfec", 0, 0, 1, -1, true},
};
#define CODEC_COUNT (sizeof codecs / sizeof *codecs)

const struct cw_codec *cw_codec_by_id(enum cw_codec_id id) {
    for (size_t i = 0; i < CODEC_COUNT; i++)
        if (codecs[i].id == id) return &codecs[i];
    return NULL;
}

bool cw_codec_name_equal(const char *a, const char *b) { return a && b && strcasecmp(a, b) == 0; }

const struct cw_codec *cw_codec_by_name(const char *name, uint32_t clock_hz) {
    for (size_t i = 0; i < CODEC_COUNT; i++) {
        if (clock_hz && codecs[i].clock_hz && clock_hz != codecs[i].clock_hz) continue;
        if (cw_codec_name_equal(codecs[i].name, name)) return &codecs[i];
    }
    return NULL;
}

const struct cw_codec *cw_codec_by_static_pt(unsigned pt) {
    for (size_t i = 0; i < CODEC_COUNT; i++)
        if (codecs[i].static_pt >= 0 && (unsigned)codecs[i].static_pt == pt) return &codecs[i];
    return NULL;
}

const char *cw_kind_name(enum cw_kind kind) {
    static const char *const names[] = {"audio", "video", "application", "other"};
    return (unsigned)kind < sizeof names / sizeof *names ? names[kind] : "other";
}

const char *cw_fmtp_get(const char *fmtp, const char *key, size_t *len) {
    size_t key_len = strlen(key);
    for (const char *p = fmtp; p && *p;) {
        p += strspn(p, "; \t");
        size_t item = strcspn(p, ";");
        if (item > key_len && p[key_len] == '=' && strncasecmp(p, key, key_len) == 0) {
            *len = item - key_len - 1;
            while (*len && p[key_len + *len] == ' ') --*len;
            return p + key_len + 1;
        }
        p += item;
    }
    return NULL;
}

long cw_fmtp_int(const char *fmtp, const char *key, int base, long fallback) {
    size_t len;
    const char *value = cw_fmtp_get(fmtp, key, &len);
    char text[16], *end;
    if (!value || len == 0 || len >= sizeof text) return fallback;
    memcpy(text, value, len);
    text[len] = '\0';
    long number = strtol(text, &end, base);
    return *end || number < 0 ? fallback : number;
}

// RFC 6184 table 5: several profile_idc and constraint bits (profile-iop) name the same profile.
static long h264_profile(const char *fmtp) {
    static const struct {
        uint8_t idc, mask, bits;
        char profile;
    } table[] = {
        {0x42, 0x4f, 0x40, 'c'}, {0x4d, 0x8f, 0x80, 'c'}, {0x58, 0xcf, 0xc0, 'c'}, // constrained baseline
        {0x42, 0x4f, 0x00, 'b'}, {0x58, 0xcf, 0x80, 'b'},                          // baseline
        {0x4d, 0xaf, 0x00, 'm'}, {0x58, 0xcf, 0x00, 'e'},                          // main, extended
        {0x64, 0xff, 0x00, 'h'}, {0x64, 0xff, 0x0c, 'C'},                          // high, constrained high
    };
    long id = cw_fmtp_int(fmtp, "profile-level-id", 16, 0x42000a); // the default of RFC 6184 §8.1
    unsigned idc = (unsigned)id >> 16 & 0xff, iop = (unsigned)id >> 8 & 0xff;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (table[i].idc == idc && (iop & table[i].mask) == table[i].bits) return table[i].profile;
    return id >> 8; // another one: equal only to itself
}

long cw_fmtp_variant(enum cw_codec_id id, const char *fmtp) {
    switch (id) {
    case CW_CODEC_H264: return h264_profile(fmtp) << 8 | (cw_fmtp_int(fmtp, "packetization-mode", 10, 0) & 0xff);
    case CW_CODEC_VP9: return cw_fmtp_int(fmtp, "profile-id", 10, 0);
    case CW_CODEC_AV1: return cw_fmtp_int(fmtp, "profile", 10, 0);
    default: return 0;
    }
}
