// Digits on a leg: telephone-events that come in are taken out of the stream and told to control once a press, however
// many ways it was reported; digits for the leg's peer are played out in the way that it takes them, with its own
// payload type and clock.
//
//   packet of `from` ─▶ receiver ─▶ once ─▶ CW_MEDIA_DTMF to control
//   INFO, tones ────────────────────▶ │
//                                     └──▶ sender of from->other (method of that leg) ─▶ telephone-event
//   cw_media_send_dtmf ─────────────────▶ sender of the leg                           ├▶ CW_MEDIA_SEND_INFO to control
//                                                                                     └▶ tones
// While a digit is sent to a leg the audio of its source is held back. Worker thread only.
#ifndef CW_MEDIA_DTMF_H
#define CW_MEDIA_DTMF_H

#include "media/leg.h"

struct cw_dtmf_stage;

// After every change of the stream or of the leg's way: makes what it needs. CW_ENOMEM.
int cw_dtmf_stage_prepare(struct cw_stream *s);
void cw_dtmf_stage_free(struct cw_stream *s);
// For the packets that cw_dtmf_stage_wants: what is to be passed on, NULL: nothing.
const struct cw_rtp *cw_dtmf_stage_take(struct cw_stream *from, const struct cw_rtp *rtp);
// The same for a leg of an application, which gets the packet too.
void cw_dtmf_stage_hear(struct cw_stream *from, const struct cw_rtp *rtp);
// Sends what is due; the next deadline.
cw_time cw_dtmf_stage_tick(struct cw_stream *s);

static inline bool cw_dtmf_is_event(const struct cw_stream *s, const struct cw_rtp *rtp) {
    return s->events >> s->codec_of[rtp->pt] & 1; // CW_STREAM_NO_CODEC never comes here
}

// A bridged packet: does it concern digits?
static inline bool cw_dtmf_stage_wants(const struct cw_stream *from, const struct cw_rtp *rtp) {
    return from->other->holding | from->listening | cw_dtmf_is_event(from, rtp);
}

#endif
