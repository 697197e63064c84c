// The receiving half of a sound stream: packets in as they come, samples out at an even pace.
//
//     packet ─▶ jitter buffer ─▶ decoder, concealment, comfort noise ─▶ ready ─▶ time scale ─▶ samples
//
// Delay follows the jitter: when it is longer than needed a period of the sound is left out now and then, when it is
// too short one is repeated, which also makes up for two clocks that do not run alike. One allocation, at the start. No
// clock; one thread at a time.
#ifndef CW_PROTO_PLAYOUT_H
#define CW_PROTO_PLAYOUT_H

#include "proto/audio_codec.h"
#include "proto/cn.h"
#include "proto/jitter.h"

struct cw_playout_config {
    enum cw_codec_id codec;
    uint32_t clock_hz;  // of its RTP timestamps
    uint32_t sample_hz; // of what comes out
    cw_time delay_max;
};

struct cw_playout_stats {
    uint64_t played, concealed, silent; // samples out: of packets, made up, of pauses
    uint64_t shortened, lengthened;     // samples left out and repeated
};

struct cw_playout;

// CW_EUNSUPPORTED: the codec does not run at sample_hz. CW_ENOMEM.
int cw_playout_new(struct cw_playout **out, const struct cw_playout_config *config);
void cw_playout_free(struct cw_playout *p);
const struct cw_playout_config *cw_playout_config(const struct cw_playout *p);

// A packet of the codec, or (noise) of comfort noise beside it. CW_EFORMAT: not a payload of the codec; the errors of
// cw_jitter_put.
int cw_playout_put(struct cw_playout *p, const struct cw_rtp *rtp, bool noise, cw_time now);

// Exactly so many samples, at most 60 ms. False: it is all silence or comfort noise, the sender sends nothing now.
bool cw_playout_get(struct cw_playout *p, int16_t *pcm, size_t samples, cw_time now);

// By how much what was put out last is older than the quickest packets would let it be [us].
cw_time cw_playout_delay(const struct cw_playout *p);
const struct cw_playout_stats *cw_playout_stats(const struct cw_playout *p);
const struct cw_jitter *cw_playout_jitter(const struct cw_playout *p);

#endif
