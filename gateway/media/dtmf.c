// Digits on a leg.
#include "media/dtmf.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "media/dtmf_inband.h"
#include "proto/codec.h"
#include "proto/dtmf.h"

struct cw_dtmf_stage {
    struct cw_dtmf_receiver in;
    struct cw_dtmf_once once;
    uint16_t taken[CW_MEDIA_DTMF_API]; // by source; bit n: the event n that has begun there is a press of its own
    struct cw_dtmf_sender out;
    uint32_t timestamp;          // of the digit that is being sent
    struct cw_dtmf_ear *ear;     // NULL: tones are only sound
    struct cw_dtmf_voice *voice; // NULL: no digit was to be sent as a tone yet
};

static bool needs_stage(const struct cw_stream *s) {
    return s->conf.kind == CW_MEDIA_AUDIO &&
           (s->events || s->leg->dtmf.method != CW_DTMF_RFC4733 || s->leg->dtmf.detect_inband);
}

static int make_stage(struct cw_stream *s) {
    s->dtmf = calloc(1, sizeof *s->dtmf);
    if (!s->dtmf) return CW_ENOMEM;
    cw_dtmf_receiver_init(&s->dtmf->in);
    cw_dtmf_once_init(&s->dtmf->once);
    cw_dtmf_sender_init(&s->dtmf->out, 8000);
    return 0;
}

static int make_voice(struct cw_dtmf_stage *stage) { return stage->voice ? 0 : cw_dtmf_voice_new(&stage->voice); }

int cw_dtmf_stage_prepare(struct cw_stream *s) {
    s->events = 0;
    for (size_t i = 0; i < s->conf.codec_count; i++)
        if (s->conf.codecs[i].codec == CW_CODEC_TELEPHONE_EVENT) s->events |= 1u << i;
    if (!s->dtmf && !needs_stage(s)) return 0;
    int err = s->dtmf ? 0 : make_stage(s);
    if (!err && s->leg->dtmf.method == CW_DTMF_INBAND) err = make_voice(s->dtmf);
    if (!err && s->leg->dtmf.detect_inband && !s->dtmf->ear) err = cw_dtmf_ear_new(&s->dtmf->ear);
    s->listening = !err && s->leg->dtmf.detect_inband;
    return err;
}

void cw_dtmf_stage_free(struct cw_stream *s) {
    if (s->dtmf) {
        cw_dtmf_ear_free(s->dtmf->ear);
        cw_dtmf_voice_free(s->dtmf->voice);
    }
    free(s->dtmf);
    s->dtmf = NULL;
}

// ---------------------------------------------------------------- telling control

static void tell(const struct cw_stream *s, enum cw_media_event_type type, char digit, uint32_t duration_ms,
                 uint8_t source) {
    const struct cw_media_config *config = s->leg->worker->config;
    struct cw_media_event event = {.type = type,
                                   .leg = s->leg->id,
                                   .stream = s->conf.index,
                                   .digit = digit,
                                   .source = source,
                                   .duration_ms = duration_ms};
    config->on_event(config->arg, &event);
}

// ---------------------------------------------------------------- sending

// The telephone-event that we send with: of the audio's clock if there is one. NULL: none.
static const struct cw_media_codec *event_codec(const struct cw_stream *s, uint32_t clock_hz) {
    const struct cw_media_codec *found = NULL;
    for (size_t i = 0; i < s->conf.codec_count; i++) {
        const struct cw_media_codec *c = &s->conf.codecs[i];
        if (!(s->events >> i & 1) || c->pt_send >= 128) continue;
        if (!found || c->clock_hz == clock_hz) found = c;
        if (c->clock_hz == clock_hz) break;
    }
    return found;
}

static void send_event(struct cw_stream *s, const struct cw_dtmf_packet *p) {
    struct cw_dtmf_stage *stage = s->dtmf;
    const struct cw_media_codec *codec = event_codec(s, stage->out.clock_hz);
    if (!codec || codec->clock_hz != stage->out.clock_hz) return; // renegotiated meanwhile
    struct cw_stream_own own = {
        .pt = codec->pt_send, .marker = p->marker, .payload = p->payload, .payload_len = sizeof p->payload};
    // All timestamps of a stream are in the audio's clock, durations in that of the payload type.
    own.keep_timestamp = !p->marker;
    own.timestamp = stage->timestamp + (uint32_t)((uint64_t)p->segment * s->map.clock_hz / codec->clock_hz);
    if (cw_stream_insert(s, &own) == 0 && p->marker) stage->timestamp = own.timestamp;
}

static void send_step(struct cw_stream *s, const struct cw_dtmf_packet *p) {
    if (p->method == CW_DTMF_RFC4733) send_event(s, p);
    if (p->method == CW_DTMF_INBAND && s->dtmf->voice) cw_dtmf_voice_say(s->dtmf->voice, s, p);
    if (!p->finished) return;
    if (p->method == CW_DTMF_INFO) tell(s, CW_MEDIA_SEND_INFO, p->digit, p->duration_ms, p->source);
    if (p->source == CW_MEDIA_DTMF_API) tell(s, CW_MEDIA_DTMF, p->digit, p->duration_ms, p->source);
}

static void send_due(struct cw_stream *s) {
    struct cw_dtmf_sender *out = &s->dtmf->out;
    struct cw_dtmf_packet p;
    if (!cw_dtmf_sender_tone(out)) {
        const struct cw_media_codec *codec = event_codec(s, s->map.clock_hz);
        if (codec) out->clock_hz = codec->clock_hz;
    }
    while (cw_dtmf_sender_poll(out, s->leg->worker->now, &p)) send_step(s, &p);
    const struct cw_dtmf_tone *tone = cw_dtmf_sender_tone(out);
    bool holds = tone && tone->method != CW_DTMF_INFO;
    s->holding = (uint8_t)((s->holding & ~CW_STREAM_HOLDS_FOR_DIGIT) | (holds ? CW_STREAM_HOLDS_FOR_DIGIT : 0));
    cw_leg_arm(s->leg, cw_dtmf_sender_next(out));
}

// A full queue drops the digit: nobody hears so many.
static void play(struct cw_stream *to, struct cw_dtmf_tone tone) {
    if (!to || !to->dtmf) return;
    if (tone.method == CW_DTMF_AUTO) tone.method = to->leg->dtmf.method;
    if (tone.method == CW_DTMF_RFC4733 && !event_codec(to, to->map.clock_hz)) return; // nothing to send it with
    if (cw_dtmf_sender_add(&to->dtmf->out, &tone) == 0) send_due(to);
}

// ---------------------------------------------------------------- receiving

// What we say ourselves comes back from a phone's line.
static bool is_echo(const struct cw_dtmf_stage *stage, char digit, enum cw_media_dtmf_source source) {
    const struct cw_dtmf_tone *tone = cw_dtmf_sender_tone(&stage->out);
    return source == CW_MEDIA_DTMF_INBAND && tone && tone->method == CW_DTMF_INBAND && tone->digit == digit;
}

static void on_begin(struct cw_stream *from, char digit, enum cw_media_dtmf_source source) {
    struct cw_dtmf_stage *stage = from->dtmf;
    uint16_t bit = (uint16_t)(1u << cw_dtmf_code(digit));
    stage->taken[source] &= (uint16_t)~bit;
    if (is_echo(stage, digit, source)) return;
    if (!cw_dtmf_once_begin(&stage->once, digit, (uint8_t)source, from->leg->worker->now)) return;
    stage->taken[source] |= bit;
    play(from->other, (struct cw_dtmf_tone){.digit = digit, .source = (uint8_t)source, .open = true});
}

static void on_end(struct cw_stream *from, char digit, uint32_t duration_ms, enum cw_media_dtmf_source source) {
    struct cw_dtmf_stage *stage = from->dtmf;
    struct cw_stream *to = from->other;
    cw_time now = from->leg->worker->now;
    uint16_t bit = (uint16_t)(1u << cw_dtmf_code(digit));
    if (!(stage->taken[source] & bit)) return;
    stage->taken[source] &= (uint16_t)~bit;
    cw_dtmf_once_end(&stage->once, digit, (uint8_t)source, now);
    tell(from, CW_MEDIA_DTMF, digit, duration_ms, (uint8_t)source);
    if (!to || !to->dtmf) return;
    cw_dtmf_sender_close(&to->dtmf->out, (uint8_t)source, duration_ms, now);
    send_due(to);
}

static void on_event(struct cw_stream *from, const struct cw_dtmf_event *e, enum cw_media_dtmf_source source) {
    if (e->type == CW_DTMF_BEGIN)
        on_begin(from, e->digit, source);
    else
        on_end(from, e->digit, e->duration_ms, source);
}

static void grow(struct cw_stream *to, enum cw_media_dtmf_source source, uint32_t duration_ms) {
    if (duration_ms && to && to->dtmf) cw_dtmf_sender_grow(&to->dtmf->out, (uint8_t)source, duration_ms);
}

static void take_events(struct cw_stream *from) {
    struct cw_dtmf_stage *stage = from->dtmf;
    struct cw_dtmf_event e;
    while (cw_dtmf_receiver_event(&stage->in, &e)) on_event(from, &e, CW_MEDIA_DTMF_RFC4733);
    grow(from->other, CW_MEDIA_DTMF_RFC4733, cw_dtmf_receiver_duration_ms(&stage->in));
    cw_leg_arm(from->leg, cw_dtmf_receiver_next(&stage->in));
}

void cw_dtmf_stage_hear(struct cw_stream *from, const struct cw_rtp *rtp) {
    if (!from->dtmf) return;
    uint32_t clock_hz = from->conf.codecs[from->codec_of[rtp->pt]].clock_hz;
    cw_dtmf_receiver_input(&from->dtmf->in, rtp, clock_hz, from->leg->worker->now);
    take_events(from);
}

// Looks for tones; the packet without them.
static const struct cw_rtp *listen_to(struct cw_stream *from, const struct cw_rtp *rtp) {
    struct cw_dtmf_ear *ear = from->dtmf->ear;
    uint8_t codec = from->codec_of[rtp->pt];
    struct cw_dtmf_event e;
    if (from->helpers >> codec & 1) return rtp;
    cw_dtmf_ear_input(ear, from->conf.codecs[codec].codec, rtp);
    while (cw_dtmf_ear_event(ear, &e)) on_event(from, &e, CW_MEDIA_DTMF_INBAND);
    grow(from->other, CW_MEDIA_DTMF_INBAND, cw_dtmf_ear_duration_ms(ear));
    return cw_dtmf_ear_filter(ear, rtp);
}

const struct cw_rtp *cw_dtmf_stage_take(struct cw_stream *from, const struct cw_rtp *rtp) {
    if (cw_dtmf_is_event(from, rtp)) {
        cw_rtp_map_skip(&from->other->map, rtp, from->leg->worker->now); // no loss to its receiver
        cw_dtmf_stage_hear(from, rtp);
        return NULL;
    }
    if (from->listening) rtp = listen_to(from, rtp);
    return from->other->holding && !from->transcode ? NULL : rtp; // what comes after the digit closes up
}

cw_time cw_dtmf_stage_tick(struct cw_stream *s) {
    if (!s->dtmf) return CW_NEVER;
    cw_dtmf_receiver_tick(&s->dtmf->in, s->leg->worker->now);
    take_events(s);
    send_due(s);
    return cw_earlier(cw_dtmf_receiver_next(&s->dtmf->in), cw_dtmf_sender_next(&s->dtmf->out));
}

// ---------------------------------------------------------------- commands

static struct cw_stream *audio_stream(const struct cw_leg *leg) {
    for (size_t i = 0; i < leg->stream_count; i++)
        if (leg->streams[i]->conf.kind == CW_MEDIA_AUDIO) return leg->streams[i];
    return NULL;
}

void cw_worker_set_dtmf(struct cw_worker *w, uint64_t id, const struct cw_media_dtmf_setup *setup) {
    struct cw_leg *leg = cw_worker_leg(w, id);
    if (!leg) return;
    leg->dtmf = *setup;
    for (size_t i = 0; i < leg->stream_count; i++) {
        if (cw_dtmf_stage_prepare(leg->streams[i])) cw_leg_event(leg, CW_MEDIA_FAILED, CW_MEDIA_REASON_NO_MEMORY, NULL);
    }
}

void cw_worker_send_dtmf(struct cw_worker *w, uint64_t id, const struct cw_media_dtmf_send *send) {
    struct cw_leg *leg = cw_worker_leg(w, id);
    struct cw_stream *s = leg ? audio_stream(leg) : NULL;
    if (!s || (!s->dtmf && make_stage(s))) return;
    if (!send->digits[0]) {
        cw_dtmf_sender_abort(&s->dtmf->out, w->now);
        send_due(s);
    }
    if (send->method == CW_DTMF_INBAND && make_voice(s->dtmf)) return;
    for (const char *digit = send->digits; *digit; digit++)
        play(s, (struct cw_dtmf_tone){.digit = *digit,
                                      .source = CW_MEDIA_DTMF_API,
                                      .method = send->method,
                                      .duration_ms = send->duration_ms,
                                      .gap_ms = send->gap_ms});
}

void cw_worker_dtmf_received(struct cw_worker *w, uint64_t id, const struct cw_media_dtmf_heard *heard) {
    struct cw_leg *leg = cw_worker_leg(w, id);
    struct cw_stream *from = leg ? audio_stream(leg) : NULL;
    if (!from) return;
    if (from->dtmf) {
        if (!cw_dtmf_once_begin(&from->dtmf->once, heard->digit, heard->source, w->now)) return;
        cw_dtmf_once_end(&from->dtmf->once, heard->digit, heard->source, w->now);
    }
    tell(from, CW_MEDIA_DTMF, heard->digit, heard->duration_ms, heard->source);
    play(from->other,
         (struct cw_dtmf_tone){.digit = heard->digit, .source = heard->source, .duration_ms = heard->duration_ms});
}

const char *cw_media_dtmf_source_name(enum cw_media_dtmf_source source) {
    static const char *const names[] = {"rfc4733", "info", "inband", "api"};
    return (unsigned)source < sizeof names / sizeof *names ? names[source] : "unknown";
}
