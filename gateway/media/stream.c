// Streams: what was negotiated for each m-line, who sends on it, and how a packet is sent on it.
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/random.h"
#include "media/dtmf.h"
#include "media/player.h"
#include "media/transcode.h"
#include "proto/codec.h"

bool cw_media_codec_equal(const struct cw_media_codec *a, const struct cw_media_codec *b) {
    return a->codec == b->codec && a->clock_hz == b->clock_hz && a->channels == b->channels && a->variant == b->variant;
}

struct cw_stream *cw_leg_stream(const struct cw_leg *leg, uint16_t index) {
    for (size_t i = 0; i < leg->stream_count; i++)
        if (leg->streams[i]->conf.index == index) return leg->streams[i];
    return NULL;
}

// ---------------------------------------------------------------- what was negotiated

static bool has_feedback(const struct cw_media_stream *conf, unsigned flag) {
    for (size_t i = 0; i < conf->codec_count; i++)
        if (conf->codecs[i].feedback & flag) return true;
    return false;
}

static void index_codecs(struct cw_stream *s) {
    memset(s->codec_of, CW_STREAM_NO_CODEC, sizeof s->codec_of);
    memset(s->rtx_of, CW_STREAM_NO_CODEC, sizeof s->rtx_of);
    s->helpers = 0;
    for (size_t i = 0; i < s->conf.codec_count; i++) {
        const struct cw_media_codec *c = &s->conf.codecs[i];
        if (c->pt_receive < 128) s->codec_of[c->pt_receive] = (uint8_t)i;
        if (c->rtx_receive < 128) s->rtx_of[c->rtx_receive] = (uint8_t)i;
        if (c->codec == CW_CODEC_TELEPHONE_EVENT || c->codec == CW_CODEC_CN) s->helpers |= 1u << i;
    }
}

// The extensions we stamp ourselves; those that are copied depend on the source (translate).
static void set_own_exts(struct cw_stream *s) {
    memset(&s->exts, 0, sizeof s->exts);
    s->transport_cc_in = 0;
    for (size_t i = 0; i < s->conf.ext_count; i++) {
        const struct cw_media_ext *e = &s->conf.exts[i];
        if (e->kind == CW_MEDIA_EXT_MID && e->send) s->exts.mid_id = e->id;
        if (e->kind == CW_MEDIA_EXT_ABS_SEND_TIME && e->send) s->exts.abs_send_time_id = e->id;
        if (e->kind != CW_MEDIA_EXT_TRANSPORT_CC) continue;
        if (e->receive) s->transport_cc_in = e->id;
        // Audio's rate is what it is: feedback about it would only be more packets.
        if (e->send && s->video) s->exts.transport_cc_id = e->id;
    }
    s->exts.mid_len = (uint8_t)strnlen(s->conf.mid, sizeof s->exts.mid);
    memcpy(s->exts.mid, s->conf.mid, s->exts.mid_len);
}

static uint8_t ext_id(const struct cw_media_stream *conf, enum cw_media_ext_kind kind) {
    for (size_t i = 0; i < conf->ext_count; i++)
        if (conf->exts[i].kind == kind) return conf->exts[i].id;
    return 0;
}

static uint32_t main_clock(const struct cw_stream *s) {
    for (size_t i = 0; i < s->conf.codec_count; i++)
        if (!(s->helpers >> i & 1)) return s->conf.codecs[i].clock_hz;
    return 8000;
}

static int configure(struct cw_stream *s, const struct cw_media_stream *conf) {
    s->conf = *conf;
    s->conf.mid[sizeof s->conf.mid - 1] = 0;
    s->version = ++s->leg->worker->stream_version;
    s->mapped_version = 0;
    index_codecs(s);
    set_own_exts(s);
    int err = cw_dtmf_stage_prepare(s);
    return err ? err : cw_player_prepare(s);
}

static struct cw_stream *new_stream(struct cw_leg *leg, const struct cw_media_stream *conf) {
    struct cw_stream *s = calloc(1, sizeof *s);
    if (!s) return NULL;
    if (conf->kind == CW_MEDIA_VIDEO && !(s->video = calloc(1, sizeof *s->video))) {
        free(s);
        return NULL;
    }
    s->leg = leg;
    s->in_pt = s->out_pt = CW_MEDIA_PT_NONE;
    if (s->video) cw_nack_init(&s->video->nack);
    if (configure(s, conf)) {
        cw_dtmf_stage_free(s);
        free(s->video);
        free(s);
        return NULL;
    }
    cw_rtp_map_init(&s->map, conf->ssrc, main_clock(s), conf->kind == CW_MEDIA_AUDIO,
                    (uint16_t)(cw_random_u32() & 0x7fff), cw_random_u32());
    return s;
}

static void free_stream(struct cw_stream *s) {
    struct cw_leg *leg = s->leg;
    cw_transcode_end(s);
    size_t kept = 0;
    for (size_t i = 0; i < leg->source_count; i++)
        if (leg->sources[i].stream != s) leg->sources[kept++] = leg->sources[i];
    leg->source_count = kept;
    leg->source_last = 0;
    if (s->other) s->other->other = NULL;
    cw_dtmf_stage_free(s);
    cw_player_free(s);
    free(s->video);
    free(s);
}

// Room for the senders we expect, and for one change of each stream's SSRC without forgetting.
static int reserve_sources(struct cw_leg *leg) {
    size_t cap = 0;
    for (size_t i = 0; i < leg->stream_count; i++) {
        const struct cw_media_stream *c = &leg->streams[i]->conf;
        cap += c->kind == CW_MEDIA_VIDEO ? 2 * (c->rid_count ? c->rid_count : 1) + 2 : 2;
    }
    if (cap > CW_SOURCES_MAX) cap = CW_SOURCES_MAX;
    if (cap <= leg->source_cap) return 0;
    struct cw_source *grown = realloc(leg->sources, cap * sizeof *grown);
    if (!grown) return CW_ENOMEM;
    leg->sources = grown;
    leg->source_cap = cap;
    return 0;
}

static int prepare_feedback(struct cw_leg *leg) {
    bool video = false, wanted = false;
    for (size_t i = 0; i < leg->stream_count; i++) {
        const struct cw_stream *s = leg->streams[i];
        video |= s->video != NULL;
        wanted |= s->transport_cc_in && has_feedback(&s->conf, CW_MEDIA_TRANSPORT_CC);
    }
    cw_rtcp_schedule_set(&leg->rtcp, video ? CW_RTCP_INTERVAL_VIDEO : CW_RTCP_INTERVAL_AUDIO, leg->worker->now);
    if (leg->ready) cw_leg_arm(leg, leg->rtcp.next);
    if (!wanted || leg->twcc) return 0;
    leg->twcc = malloc(sizeof *leg->twcc);
    if (!leg->twcc) return CW_ENOMEM;
    cw_twcc_init(leg->twcc);
    return 0;
}

// Takes the stream out of the old list if it goes on, else makes one.
static struct cw_stream *take_stream(struct cw_leg *leg, struct cw_stream **old, size_t count,
                                     const struct cw_media_stream *conf) {
    for (size_t i = 0; i < count; i++) {
        struct cw_stream *s = old[i];
        if (!s || s->conf.index != conf->index || s->conf.kind != conf->kind || s->conf.ssrc != conf->ssrc) continue;
        old[i] = NULL;
        if (configure(s, conf) == 0) return s;
        free_stream(s);
        return NULL;
    }
    return new_stream(leg, conf);
}

int cw_leg_set_streams(struct cw_leg *leg, const struct cw_media_stream *streams, size_t count) {
    struct cw_stream *old[CW_MEDIA_STREAMS_MAX];
    size_t old_count = leg->stream_count;
    int err = 0;
    memcpy(old, leg->streams, sizeof old);
    leg->stream_count = 0;
    for (size_t i = 0; i < count; i++) {
        struct cw_stream *s = take_stream(leg, old, old_count, &streams[i]);
        if (s)
            leg->streams[leg->stream_count++] = s;
        else
            err = CW_ENOMEM;
    }
    for (size_t i = 0; i < old_count; i++)
        if (old[i]) free_stream(old[i]);
    if (!err) err = reserve_sources(leg);
    if (!err) err = prepare_feedback(leg);
    return err;
}

// ---------------------------------------------------------------- who sends

struct cw_source *cw_leg_source_find(struct cw_leg *leg, uint32_t ssrc) {
    if (leg->source_last < leg->source_count && leg->sources[leg->source_last].ssrc == ssrc)
        return &leg->sources[leg->source_last];
    for (size_t i = 0; i < leg->source_count; i++)
        if (leg->sources[i].ssrc == ssrc) {
            leg->source_last = i;
            return &leg->sources[i];
        }
    return NULL;
}

struct cw_source *cw_stream_source(const struct cw_stream *s) {
    struct cw_source *best = NULL;
    for (size_t i = 0; i < s->leg->source_count; i++) {
        struct cw_source *source = &s->leg->sources[i];
        if (source->stream != s || source->rtx) continue;
        if (s->video && s->conf.rid_count > 1 && source->rid >= 0 && source->rid != s->video->layer) continue;
        if (!best || source->seen > best->seen) best = source;
    }
    return best;
}

static bool text_equal(const char *text, size_t cap, const uint8_t *data, uint8_t len) {
    return strnlen(text, cap) == len && memcmp(text, data, len) == 0;
}

static int8_t find_rid(const struct cw_stream *s, const uint8_t *rid, uint8_t len) {
    for (size_t i = 0; i < s->conf.rid_count; i++)
        if (text_equal(s->conf.rids[i], sizeof s->conf.rids[i], rid, len)) return (int8_t)i;
    return -1;
}

// Announced in the description.
static bool by_ssrc(const struct cw_stream *s, struct cw_source *out) {
    for (size_t i = 0; i < s->conf.ssrc_count; i++) {
        const struct cw_media_remote_ssrc *known = &s->conf.ssrcs[i];
        if (known->ssrc != out->ssrc && (!known->rtx || known->rtx != out->ssrc)) continue;
        out->rtx = known->ssrc != out->ssrc;
        out->primary = out->rtx ? known->ssrc : 0;
        return true;
    }
    return false;
}

// RFC 8843 §9.2: the MID says it; without one the payload type has to.
static bool by_content(const struct cw_stream *s, const struct cw_rtp *rtp, struct cw_source *out) {
    uint8_t len;
    const uint8_t *mid = cw_rtp_ext_find(rtp, ext_id(&s->conf, CW_MEDIA_EXT_MID), &len);
    if (mid && !text_equal(s->conf.mid, sizeof s->conf.mid, mid, len)) return false;
    out->rtx = s->rtx_of[rtp->pt] != CW_STREAM_NO_CODEC;
    if (!out->rtx && s->codec_of[rtp->pt] == CW_STREAM_NO_CODEC) return false;
    const uint8_t *rid =
        cw_rtp_ext_find(rtp, ext_id(&s->conf, out->rtx ? CW_MEDIA_EXT_REPAIRED_RID : CW_MEDIA_EXT_RID), &len);
    if (rid) out->rid = find_rid(s, rid, len);
    return true;
}

// A retransmission that was announced by its layer only.
static uint32_t find_primary(const struct cw_leg *leg, const struct cw_source *rtx) {
    for (size_t i = 0; i < leg->source_count; i++) {
        const struct cw_source *s = &leg->sources[i];
        if (s->stream == rtx->stream && !s->rtx && s->rid == rtx->rid) return s->ssrc;
    }
    return 0;
}

static struct cw_source *add_source(struct cw_leg *leg, const struct cw_source *made) {
    size_t at = leg->source_count;
    if (at == leg->source_cap) {
        if (!at) return NULL;
        at = 0;
        for (size_t i = 1; i < leg->source_count; i++)
            if (leg->sources[i].seen < leg->sources[at].seen) at = i;
    } else {
        leg->source_count++;
    }
    leg->sources[at] = *made;
    leg->source_last = at;
    cw_rtp_recv_init(&leg->sources[at].recv, main_clock(made->stream));
    return &leg->sources[at];
}

struct cw_source *cw_leg_source(struct cw_leg *leg, const struct cw_rtp *rtp) {
    struct cw_source *known = cw_leg_source_find(leg, rtp->ssrc);
    if (known) {
        if (known->rtx && !known->primary) known->primary = find_primary(leg, known);
        return known;
    }
    struct cw_source made = {.ssrc = rtp->ssrc, .rid = -1};
    for (size_t i = 0; i < leg->stream_count && !made.stream; i++)
        if (by_ssrc(leg->streams[i], &made)) made.stream = leg->streams[i];
    for (size_t i = 0; i < leg->stream_count && !made.stream; i++)
        if (by_content(leg->streams[i], rtp, &made)) made.stream = leg->streams[i];
    if (!made.stream) return NULL;
    if (made.rtx && !made.primary) made.primary = find_primary(leg, &made);
    return add_source(leg, &made);
}
