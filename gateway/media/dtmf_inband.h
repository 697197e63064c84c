// Digits as tones in a leg's sound: an ear for what comes in, a voice for what goes out. Worker thread only.
// Memory is taken by *_new, and for a decoder or encoder when the codec is another one than before.
#ifndef CW_MEDIA_DTMF_INBAND_H
#define CW_MEDIA_DTMF_INBAND_H

#include "media/leg.h"
#include "proto/codec.h"
#include "proto/dtmf.h"

// ---------------------------------------------------------------- hearing

struct cw_dtmf_ear;

int cw_dtmf_ear_new(struct cw_dtmf_ear **out); // CW_ENOMEM
void cw_dtmf_ear_free(struct cw_dtmf_ear *ear);
// Sound of the leg's peer, in the order of arrival. Then call cw_dtmf_ear_event until it is false.
void cw_dtmf_ear_input(struct cw_dtmf_ear *ear, enum cw_codec_id codec, const struct cw_rtp *rtp);
bool cw_dtmf_ear_event(struct cw_dtmf_ear *ear, struct cw_dtmf_event *out);
uint32_t cw_dtmf_ear_duration_ms(const struct cw_dtmf_ear *ear); // of the digit that sounds, else 0
// The packet that was put in last, or silence in its place if a digit sounds in it (valid until the next one).
const struct cw_rtp *cw_dtmf_ear_filter(struct cw_dtmf_ear *ear, const struct cw_rtp *rtp);

// ---------------------------------------------------------------- speaking

struct cw_dtmf_voice;

int cw_dtmf_voice_new(struct cw_dtmf_voice **out); // CW_ENOMEM
void cw_dtmf_voice_free(struct cw_dtmf_voice *voice);
// A step of the sender (20 ms of the digit, or its end) as sound in the codec that is sent on s.
void cw_dtmf_voice_say(struct cw_dtmf_voice *voice, struct cw_stream *s, const struct cw_dtmf_packet *step);

#endif
