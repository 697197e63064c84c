// Which codecs a call offers to either side. media.codec_policy decides:
//
//   passthrough  far side: what the browser negotiated, then the rest of the call's; the browser is moved to a codec
//                that both have (a new offer), so sound is transcoded only where there is none
//   quality      far side: the call's codecs in their order; the browser: Opus if it has it, and nothing else
//   relay        both sides: the call's codecs alone; without a common one there is no call
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "core/call_internal.h"
#include "core/node.h"
#include "core/peer_internal.h"

enum policy { PASSTHROUGH, QUALITY, RELAY }; // as `media.codec_policy` lists them

static enum policy policy_of(const struct cw_call *c) {
    return (enum policy)cw_config_choice(c->node->config, "media.codec_policy");
}

// ---------------------------------------------------------------- of the call

static int add_codec(struct cw_call *c, const char *name) {
    const struct cw_codec *codec = cw_codec_by_name(name, 0);
    if (!codec || codec->kind != CW_KIND_AUDIO || codec->helper || c->codec_count == CW_CALL_CODECS_MAX)
        return CW_EINVAL;
    cw_strlcpy(c->codec_text[c->codec_count], codec->name, sizeof c->codec_text[0]);
    c->codecs[c->codec_count] = c->codec_text[c->codec_count];
    c->codec_count++;
    return 0;
}

int cw_call_take_codecs(struct cw_call *c, const json_t *names, struct cw_problem *problem) {
    const struct cw_config *config = c->node->config;
    for (size_t i = 0; i < json_array_size(names); i++) {
        const char *name = json_string_value(json_array_get(names, i));
        if (add_codec(c, name ? name : "")) {
            char pointer[32];
            snprintf(pointer, sizeof pointer, "/codecs/%zu", i);
            return cw_problem_set(problem, 400, "unknown_codec", pointer,
                                  "\"%.40s\" is not an audio codec of this gateway.", name ? name : "");
        }
    }
    unsigned configured = c->codec_count ? 0 : cw_config_count(config, "media.codecs");
    for (unsigned i = 0; i < configured; i++) add_codec(c, cw_config_item(config, i, "media.codecs"));
    return 0;
}

void cw_call_follow_offer(struct cw_call *c) {
    const struct cw_jsep_media *m = cw_jsep_media_of_kind(c->far, CW_KIND_AUDIO);
    char text[CW_CALL_CODECS_MAX][32];
    size_t n = 0;
    for (size_t i = 0; m && i < m->codec_count && n < CW_CALL_CODECS_MAX; i++) {
        for (size_t k = 0; k < c->codec_count && n < CW_CALL_CODECS_MAX; k++) {
            if (cw_codec_name_equal(m->codecs[i].codec->name, c->codecs[k])) strcpy(text[n++], c->codec_text[k]);
        }
    }
    memcpy(c->codec_text, text, sizeof text[0] * n);
    c->codec_count = n;
    for (size_t i = 0; i < n; i++) c->codecs[i] = c->codec_text[i];
}

// ---------------------------------------------------------------- lists for either side

struct list {
    const char **names;
    size_t count, cap;
};

static bool has(const char *const *names, size_t count, const char *name) {
    for (size_t i = 0; i < count; i++)
        if (cw_codec_name_equal(names[i], name)) return true;
    return false;
}

static void add(struct list *list, const char *name) {
    if (list->count < list->cap && !has(list->names, list->count, name)) list->names[list->count++] = name;
}

void cw_call_far_codecs(const struct cw_call *c, const char **out, size_t cap) {
    struct list list = {out, 0, cap - 4};
    enum policy policy = policy_of(c);
    const struct cw_jsep_media *m = NULL;
    if (c->peer && cw_jsep_state(c->peer->jsep) == CW_JSEP_STABLE && policy != QUALITY)
        m = cw_jsep_media_of_kind(c->peer->jsep, CW_KIND_AUDIO);
    for (size_t i = 0; m && i < m->codec_count; i++) {
        const char *name = m->codecs[i].codec->name;
        if (has(c->codecs, c->codec_count, name)) add(&list, name);
    }
    for (size_t i = 0; (!m || policy != RELAY) && i < c->codec_count; i++) add(&list, c->codecs[i]);
    // A relayed browser could not play it, and Chromium would send it on its own.
    if (policy == QUALITY) out[list.count++] = "CN/8000";
    out[list.count++] = "telephone-event/8000";
    out[list.count++] = "telephone-event/48000";
    out[list.count] = NULL;
}

// The most that a sound of the call can have on the far side.
static uint32_t far_rate(const struct cw_call *c) {
    uint32_t rate = 0;
    for (size_t i = 0; i < c->codec_count; i++) {
        const struct cw_codec *codec = cw_codec_by_name(c->codecs[i], 0);
        if (codec->sample_hz > rate) rate = codec->sample_hz;
    }
    return rate;
}

void cw_call_restrict_browser(struct cw_call *c, struct cw_peer *p, bool we_offer) {
    static const char *const all[] = {"opus", "G722", "PCMU", "PCMA"};
    const char *names[CW_CALL_CODECS_MAX + G_N_ELEMENTS(all)];
    struct list list = {names, 0, G_N_ELEMENTS(names)};
    enum policy policy = policy_of(c);
    if (policy == QUALITY) add(&list, all[0]);
    for (size_t i = 0; i < c->codec_count; i++) add(&list, c->codecs[i]);
    for (size_t i = 0; policy != RELAY && i < G_N_ELEMENTS(all); i++) add(&list, all[i]);
    p->one_codec = policy == QUALITY;
    p->caps.codecs[CW_KIND_AUDIO] = cw_jsep_webrtc_audio(far_rate(c));
    cw_peer_restrict_codecs(p, names, policy == QUALITY && we_offer ? 1 : list.count);
}

// ---------------------------------------------------------------- after the far side's answer

static bool find(const struct cw_jsep_media *m, const struct cw_jsep_codec *codec) {
    return cw_jsep_codec_find(m->codecs, m->codec_count, codec->codec->id, codec->clock_hz) != NULL;
}

void cw_call_align_browser(struct cw_call *c) {
    const struct cw_jsep_media *far = cw_jsep_media_of_kind(c->far, CW_KIND_AUDIO);
    if (policy_of(c) == QUALITY || !c->peer || !far || cw_jsep_state(c->peer->jsep) != CW_JSEP_STABLE) return;
    const struct cw_jsep_media *browser = cw_jsep_media_of_kind(c->peer->jsep, CW_KIND_AUDIO);
    if (!browser || !browser->codec_count || find(far, &browser->codecs[0])) return;
    const char *names[CW_CALL_CODECS_MAX];
    struct list list = {names, 0, G_N_ELEMENTS(names)};
    for (size_t i = 0; i < far->codec_count; i++)
        if (find(browser, &far->codecs[i])) add(&list, far->codecs[i].codec->name);
    if (!list.count) return; // it is transcoded
    struct cw_problem problem = {0};
    cw_peer_restrict_codecs(c->peer, names, list.count);
    if (cw_peer_make_offer(c->peer, &problem))
        cw_warn("call.codec", "call=%s code=%s", c->id, problem.code);
    else
        cw_peer_tell_offer(c->peer);
}
