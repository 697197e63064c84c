// Sound codecs: payloads to 16-bit samples of one channel and back, and concealment of what was lost.
// Opus (RFC 6716, 7587) by libopus; G.711 (PCMU, PCMA) and G.722 by spandsp, as is their concealment.
//
// A codec runs at the rate that the call needs, so nothing is resampled: Opus at 8000, 16000 or 48000 Hz whatever the
// other side's rate is, G.722 at 16000 or (its lower band alone) 8000, G.711 at 8000.
// Memory is taken by *_new alone. One object is used by one thread at a time. No clock.
#ifndef CW_PROTO_AUDIO_CODEC_H
#define CW_PROTO_AUDIO_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/codec.h"

#define CW_AUDIO_RATE_MAX 48000
#define CW_AUDIO_MS_MAX 120       // the longest packet that is decoded (RFC 6716 §3.2.5)
#define CW_AUDIO_PAYLOAD_MAX 1275 // the longest that is made [octets]

bool cw_audio_codec_known(enum cw_codec_id codec);
bool cw_audio_codec_runs_at(enum cw_codec_id codec, uint32_t sample_hz);
// The rate at which sound goes from one codec to the other [Hz]: the highest that both carry. 0: not known.
uint32_t cw_audio_codec_rate(enum cw_codec_id from, enum cw_codec_id to);
// The packet length nearest to the wanted one that the codec can make [ms]: 10..60 in steps of 10, Opus 10, 20, 40, 60.
unsigned cw_audio_codec_ptime(enum cw_codec_id codec, unsigned wanted_ms);

// ---------------------------------------------------------------- decoding

struct cw_decoder;

// CW_EUNSUPPORTED: not a codec we know, or not at this rate. CW_ENOMEM.
int cw_decoder_new(struct cw_decoder **out, enum cw_codec_id codec, uint32_t sample_hz);
void cw_decoder_free(struct cw_decoder *d);

// Samples in a payload, by its head alone; 0: malformed or longer than CW_AUDIO_MS_MAX.
size_t cw_decoder_samples(const struct cw_decoder *d, const uint8_t *payload, size_t len);
// The last packet before a silence of which nothing is sent (DTX): the gap behind it is no loss.
bool cw_decoder_is_silence(const struct cw_decoder *d, const uint8_t *payload, size_t len);
// Decodes into pcm, which has room for cw_decoder_samples(). CW_EFORMAT.
int cw_decoder_decode(struct cw_decoder *d, const uint8_t *payload, size_t len, int16_t *pcm);
// The packet before `next` was lost: what `next` repeats of it (Opus' in-band FEC), concealment if it repeats nothing.
void cw_decoder_recover(struct cw_decoder *d, const uint8_t *next, size_t len, int16_t *pcm, size_t samples);
// Makes sound for samples that never came; fades out by itself. samples: whole 2.5 ms, at most CW_AUDIO_MS_MAX.
void cw_decoder_conceal(struct cw_decoder *d, int16_t *pcm, size_t samples);

// ---------------------------------------------------------------- encoding

struct cw_encoder;

struct cw_encoder_options { // of Opus; the others have none
    unsigned complexity;    // 0 (quick) to 10
    unsigned loss_percent;  // that the receiver reports; 0: no FEC is sent
    bool fec, dtx;          // that the receiver takes
};

// CW_EUNSUPPORTED, CW_ENOMEM.
int cw_encoder_new(struct cw_encoder **out, enum cw_codec_id codec, uint32_t sample_hz);
void cw_encoder_free(struct cw_encoder *e);
void cw_encoder_set(struct cw_encoder *e, const struct cw_encoder_options *options);
// One packet of a length that cw_audio_codec_ptime gave; out has room for CW_AUDIO_PAYLOAD_MAX octets, *len: their
// count; 0: the packet need not be sent (DTX). CW_EINVAL: the length is none of the codec's.
int cw_encoder_encode(struct cw_encoder *e, const int16_t *pcm, size_t samples, uint8_t *out, size_t *len);

#endif
