// The state of a negotiation: who has offered, what stands, what is pending.
#include "proto/jsep_impl.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

int cw_jsep_fail(struct cw_jsep_error *error, int err, const char *code, int line, int mline, const char *fmt, ...) {
    va_list args;
    error->code = code;
    error->line = line;
    error->mline = mline;
    va_start(args, fmt);
    vsnprintf(error->detail, sizeof error->detail, fmt, args);
    va_end(args);
    return err;
}

static int finish(int err, struct cw_jsep_error *error) {
    if (err < 0 && !error->code) cw_jsep_fail(error, err, "no_memory", 0, -1, "out of memory");
    return err;
}

static int wrong_state(const struct cw_jsep *jsep, struct cw_jsep_error *error) {
    static const char *const names[] = {"stable", "have-local-offer", "have-remote-offer"};
    return cw_jsep_fail(error, CW_ESTATE, "wrong_state", 0, -1, "not possible in %s", names[jsep->state]);
}

int cw_jsep_new(struct cw_jsep **out, const struct cw_jsep_config *config) {
    const char *cname = config->cname ? config->cname : "causeway";
    const char *stream_id = config->stream_id ? config->stream_id : "causeway";
    if (!cw_sdp_is_token(cname) || !cw_sdp_is_token(stream_id)) return CW_EINVAL;
    struct cw_jsep *jsep = calloc(1, sizeof *jsep);
    if (!jsep) return CW_ENOMEM;
    jsep->config = *config;
    jsep->config.cname = strdup(cname);
    jsep->config.stream_id = strdup(stream_id);
    if (!jsep->config.cname || !jsep->config.stream_id) {
        cw_jsep_free(jsep);
        return CW_ENOMEM;
    }
    *out = jsep;
    return CW_OK;
}

void cw_jsep_free(struct cw_jsep *jsep) {
    if (!jsep) return;
    cw_jsep_sections_fini(&jsep->sections);
    cw_jsep_sections_fini(&jsep->next);
    cw_jsep_result_free(jsep->current);
    cw_jsep_result_free(jsep->pending);
    cw_sdp_free(jsep->remote_offer);
    cw_sdp_free(jsep->local_offer);
    free(jsep->local_text);
    free(jsep->before_text);
    free(jsep->ice_ufrag);
    free((char *)jsep->config.cname);
    free((char *)jsep->config.stream_id);
    free(jsep);
}

enum cw_jsep_state cw_jsep_state(const struct cw_jsep *jsep) { return jsep->state; }

// Ends the pending exchange without its result.
static void drop_pending(struct cw_jsep *jsep) {
    cw_jsep_sections_fini(&jsep->next);
    cw_jsep_result_free(jsep->pending);
    cw_sdp_free(jsep->remote_offer);
    cw_sdp_free(jsep->local_offer);
    jsep->pending = NULL;
    jsep->remote_offer = jsep->local_offer = NULL;
    jsep->state = CW_JSEP_STABLE;
}

// Ends the pending exchange with this result.
static void settle(struct cw_jsep *jsep, struct cw_jsep_result *result) {
    struct cw_jsep_sections settled = jsep->next;
    cw_jsep_sections_fini(&jsep->sections);
    cw_jsep_result_free(jsep->current);
    jsep->sections = settled;
    jsep->next = (struct cw_jsep_sections){0};
    jsep->current = result;
    free(jsep->before_text);
    jsep->before_text = NULL;
    drop_pending(jsep);
}

static int parse(struct cw_sdp **out, const char *text, size_t len, struct cw_jsep_error *error) {
    struct cw_sdp_error wrong;
    int err = cw_sdp_parse(out, text, len, &wrong);
    if (err == CW_ENOMEM) return err;
    return err < 0 ? cw_jsep_fail(error, err, "bad_sdp", wrong.line, -1, "%s", wrong.text) : CW_OK;
}

// Reads back what we wrote. It can only be too large: many m-lines, each with all our codecs.
static int parse_own(struct cw_sdp **out, const char *text, struct cw_jsep_error *error) {
    int err = parse(out, text, strlen(text), error);
    if (err != CW_ETOOBIG) return err;
    return cw_jsep_fail(error, err, "too_many_sections", 0, -1, "our description would be larger than 64 kB");
}

// ---------------------------------------------------------------- a remote offer, our answer

// The new m-lines of an offer, and those that come back as something else.
static int take_sections(struct cw_jsep *jsep, const struct cw_sdp *offer) {
    size_t known = jsep->sections.count;
    int err = cw_jsep_sections_copy(&jsep->next, &jsep->sections, offer->media_count);
    for (size_t i = 0; i < offer->media_count && err == CW_OK; i++) {
        const struct cw_sdp_media *media = &offer->media[i];
        struct cw_jsep_section *section = &jsep->next.at[i];
        const char *mid = media->mid ? media->mid : "";
        if (i < known && section->kind == media->kind && strcmp(section->mid, mid) == 0) continue;
        enum cw_sdp_dir dir = media->kind < CW_KINDS ? jsep->config.caps->dir[media->kind] : CW_SDP_INACTIVE;
        cw_jsep_section_reset(&jsep->next, i, media->kind, dir);
        cw_strlcpy(section->mid, mid, sizeof section->mid);
        if (!cw_strlcpy(section->media, media->media, sizeof section->media))
            cw_strlcpy(section->media, cw_kind_name(CW_KIND_APPLICATION), sizeof section->media);
    }
    return err;
}

static int agree(struct cw_jsep_result **result, const struct cw_jsep_agreement *in, struct cw_jsep_error *error) {
    int err = cw_jsep_result_make(result, in, error);
    if (err == CW_OK) cw_jsep_result_compare(*result, in->jsep->current);
    return err;
}

// Makes the answer's text and what it means. Nothing of jsep but `next` changes.
static int answer(struct cw_jsep *jsep, const struct cw_jsep_opts *opts, char **text, uint64_t *version,
                  struct cw_jsep_result **result, struct cw_jsep_error *error) {
    struct cw_jsep_draft draft = {.jsep = jsep, .opts = opts, .error = error, .offer = jsep->remote_offer};
    struct cw_sdp *local = NULL;
    int err = cw_jsep_plan_answer(&draft);
    if (err == CW_OK && draft.pool.bad) err = CW_ENOMEM;
    char *made = err == CW_OK ? cw_jsep_write(&draft, version) : NULL;
    if (err == CW_OK && !made) err = CW_ENOMEM;
    if (err == CW_OK) err = parse_own(&local, made, error);
    if (err == CW_OK) {
        struct cw_jsep_agreement in = {
            .jsep = jsep, .sections = &jsep->next, .local = local, .remote = jsep->remote_offer, .plans = draft.plans};
        err = agree(result, &in, error);
    }
    cw_sdp_free(local);
    cw_sdp_pool_fini(&draft.pool);
    if (err == CW_OK)
        *text = made;
    else
        free(made);
    return err;
}

// What an answer by the caps alone would be: the result that a caller sees before it answers.
static int try_answer(struct cw_jsep *jsep, struct cw_jsep_error *error) {
    struct cw_jsep_opts opts = {.local = {.ice_ufrag = "none", .ice_pwd = "nonenonenonenonenonenone"}};
    char *text = NULL;
    uint64_t version;
    for (int kind = 0; kind < CW_KINDS; kind++) (void)cw_addr_parse(&opts.local.rtp[kind], "192.0.2.1", 9);
    opts.local.fingerprint = (struct cw_sdp_fingerprint){.hash = "sha-256", .digest_len = 32};
    int err = answer(jsep, &opts, &text, &version, &jsep->pending, error);
    free(text);
    return err;
}

static int set_offer(struct cw_jsep *jsep, struct cw_sdp *offer, struct cw_jsep_error *error) {
    jsep->remote_offer = offer;
    int err = cw_jsep_check_offer(jsep, offer, error);
    if (err == CW_OK) err = take_sections(jsep, offer);
    if (err == CW_OK) err = try_answer(jsep, error);
    if (err < 0) {
        drop_pending(jsep);
        return err;
    }
    cw_jsep_register_remote(jsep, offer);
    jsep->state = CW_JSEP_HAVE_REMOTE_OFFER;
    return CW_OK;
}

static int check_local(const struct cw_jsep *jsep, const struct cw_jsep_local *local, struct cw_jsep_error *error) {
    if (jsep->config.profile == CW_JSEP_SIP) return CW_OK; // by m-line
    if (!cw_sdp_is_ice_text(local->ice_ufrag, 4, 256) || !cw_sdp_is_ice_text(local->ice_pwd, 22, 256) ||
        local->fingerprint.digest_len == 0)
        return cw_jsep_fail(error, CW_EINVAL, "local_transport_missing", 0, -1, "local ICE credentials or fingerprint");
    bool restart = jsep->current && jsep->pending && jsep->pending->changed & CW_JSEP_ICE_RESTART;
    if (restart && jsep->ice_ufrag && strcmp(jsep->ice_ufrag, local->ice_ufrag) == 0)
        return cw_jsep_fail(error, CW_EINVAL, "local_transport_missing", 0, -1,
                            "an ICE restart needs new local credentials");
    return CW_OK;
}

// Keeps the text as our local description and gives a copy to the caller.
static int keep_local(struct cw_jsep *jsep, const struct cw_jsep_local *local, char *text, uint64_t version,
                      char **out) {
    char *copy = strdup(text), *ufrag = local->ice_ufrag ? strdup(local->ice_ufrag) : NULL;
    if (!copy || (local->ice_ufrag && !ufrag)) {
        free(copy);
        free(ufrag);
        return CW_ENOMEM;
    }
    free(jsep->before_text);
    jsep->before_text = jsep->local_text;
    jsep->local_text = text;
    free(jsep->ice_ufrag);
    jsep->ice_ufrag = ufrag;
    jsep->version = version;
    jsep->version_spent = false;
    *out = copy;
    return CW_OK;
}

int cw_jsep_create_answer(struct cw_jsep *jsep, const struct cw_jsep_opts *opts, char **sdp,
                          struct cw_jsep_error *error) {
    struct cw_jsep_result *result = NULL;
    char *text = NULL;
    uint64_t version = 0;
    *error = (struct cw_jsep_error){.mline = -1};
    if (jsep->state != CW_JSEP_HAVE_REMOTE_OFFER) return wrong_state(jsep, error);
    int err = check_local(jsep, &opts->local, error);
    if (err == CW_OK) err = answer(jsep, opts, &text, &version, &result, error);
    if (err == CW_OK) err = keep_local(jsep, &opts->local, text, version, sdp);
    if (err < 0) {
        free(text);
        cw_jsep_result_free(result);
        return finish(err, error);
    }
    settle(jsep, result);
    return CW_OK;
}

// ---------------------------------------------------------------- our offer, a remote answer

int cw_jsep_create_offer(struct cw_jsep *jsep, const struct cw_jsep_opts *opts, char **sdp,
                         struct cw_jsep_error *error) {
    struct cw_jsep_draft draft = {.jsep = jsep, .opts = opts, .error = error};
    char *text = NULL;
    uint64_t version = 0;
    *error = (struct cw_jsep_error){.mline = -1};
    if (jsep->state != CW_JSEP_STABLE) return wrong_state(jsep, error);
    int err = check_local(jsep, &opts->local, error);
    if (err == CW_OK) err = cw_jsep_plan_offer(&draft);
    if (err == CW_OK && (draft.pool.bad || !(text = cw_jsep_write(&draft, &version)))) err = CW_ENOMEM;
    cw_sdp_pool_fini(&draft.pool);
    if (err == CW_OK) err = parse_own(&jsep->local_offer, text, error);
    struct cw_jsep_agreement in = {
        .jsep = jsep, .sections = &jsep->next, .local = jsep->local_offer, .we_offered = true};
    if (err == CW_OK) err = cw_jsep_result_make(&jsep->pending, &in, error);
    if (err == CW_OK) err = keep_local(jsep, &opts->local, text, version, sdp);
    if (err < 0) {
        free(text);
        drop_pending(jsep);
        return finish(err, error);
    }
    jsep->state = CW_JSEP_HAVE_LOCAL_OFFER;
    return CW_OK;
}

static void settle_sections(struct cw_jsep *jsep, const struct cw_jsep_result *result, const struct cw_sdp *remote) {
    for (size_t i = 0; i < result->count; i++)
        cw_jsep_section_settle(&jsep->next.at[i], !result->media[i].rejected, remote->media[i].protocol,
                               result->media[i].transport->srtp);
}

static int set_answer(struct cw_jsep *jsep, enum cw_jsep_type type, const struct cw_sdp *remote,
                      struct cw_jsep_error *error) {
    struct cw_jsep_result *result = NULL;
    struct cw_jsep_agreement in = {
        .jsep = jsep, .sections = &jsep->next, .local = jsep->local_offer, .remote = remote, .we_offered = true};
    int err = cw_jsep_check_answer(jsep, remote, error);
    if (err == CW_OK) err = agree(&result, &in, error);
    if (err < 0) return err;
    if (type == CW_JSEP_ANSWER) {
        settle_sections(jsep, result, remote);
        settle(jsep, result);
    } else {
        cw_jsep_result_free(jsep->pending);
        jsep->pending = result;
    }
    return CW_OK;
}

int cw_jsep_set_remote(struct cw_jsep *jsep, enum cw_jsep_type type, const char *sdp, size_t len,
                       struct cw_jsep_error *error) {
    struct cw_sdp *remote = NULL;
    *error = (struct cw_jsep_error){.mline = -1};
    if (jsep->state != (type == CW_JSEP_OFFER ? CW_JSEP_STABLE : CW_JSEP_HAVE_LOCAL_OFFER))
        return wrong_state(jsep, error);
    int err = parse(&remote, sdp, len, error);
    if (err < 0) return finish(err, error);
    if (type == CW_JSEP_OFFER) return finish(set_offer(jsep, remote, error), error);
    err = set_answer(jsep, type, remote, error);
    cw_sdp_free(remote);
    return finish(err, error);
}

int cw_jsep_rollback(struct cw_jsep *jsep, struct cw_jsep_error *error) {
    *error = (struct cw_jsep_error){.mline = -1};
    if (jsep->state == CW_JSEP_STABLE) return wrong_state(jsep, error);
    if (jsep->state == CW_JSEP_HAVE_LOCAL_OFFER) {
        free(jsep->local_text);
        jsep->local_text = jsep->before_text;
        jsep->before_text = NULL;
        jsep->version_spent = true;
    }
    drop_pending(jsep);
    return CW_OK;
}

// ---------------------------------------------------------------- the result

static const struct cw_jsep_result *shown(const struct cw_jsep *jsep) {
    return jsep->pending ? jsep->pending : jsep->current;
}

size_t cw_jsep_media_count(const struct cw_jsep *jsep) { return shown(jsep) ? shown(jsep)->count : 0; }

const struct cw_jsep_media *cw_jsep_media_at(const struct cw_jsep *jsep, size_t index) {
    return index < cw_jsep_media_count(jsep) ? &shown(jsep)->media[index] : NULL;
}

const struct cw_jsep_media *cw_jsep_media_of_kind(const struct cw_jsep *jsep, enum cw_kind kind) {
    for (size_t i = 0; i < cw_jsep_media_count(jsep); i++) {
        const struct cw_jsep_media *media = cw_jsep_media_at(jsep, i);
        if (!media->rejected && media->kind == kind) return media;
    }
    return NULL;
}

unsigned cw_jsep_changed(const struct cw_jsep *jsep) { return shown(jsep) ? shown(jsep)->changed : 0; }

const struct cw_jsep_codec *cw_jsep_codec_find(const struct cw_jsep_codec *list, size_t count, enum cw_codec_id id,
                                               uint32_t clock_hz) {
    for (size_t i = 0; i < count; i++)
        if (list[i].codec->id == id && (!clock_hz || list[i].clock_hz == clock_hz)) return &list[i];
    return NULL;
}

const char *cw_jsep_local_sdp(const struct cw_jsep *jsep) { return jsep->local_text; }
