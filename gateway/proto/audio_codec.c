// What the codecs have in common: which there are, their rates and packet lengths.
#include "proto/audio_codec.h"

bool cw_audio_codec_known(enum cw_codec_id codec) {
    return codec == CW_CODEC_OPUS || codec == CW_CODEC_PCMU || codec == CW_CODEC_PCMA || codec == CW_CODEC_G722;
}

bool cw_audio_codec_runs_at(enum cw_codec_id codec, uint32_t sample_hz) {
    switch (codec) {
    case CW_CODEC_OPUS: return sample_hz == 8000 || sample_hz == 16000 || sample_hz == 48000;
    case CW_CODEC_G722: return sample_hz == 8000 || sample_hz == 16000;
    case CW_CODEC_PCMU:
    case CW_CODEC_PCMA: return sample_hz == 8000;
    default: return false;
    }
}

uint32_t cw_audio_codec_rate(enum cw_codec_id from, enum cw_codec_id to) {
    if (!cw_audio_codec_known(from) || !cw_audio_codec_known(to)) return 0;
    uint32_t a = cw_codec_by_id(from)->sample_hz, b = cw_codec_by_id(to)->sample_hz;
    return a < b ? a : b;
}

unsigned cw_audio_codec_ptime(enum cw_codec_id codec, unsigned wanted_ms) {
    unsigned ms = wanted_ms < 10 ? 10 : wanted_ms > 60 ? 60 : wanted_ms / 10 * 10;
    if (codec != CW_CODEC_OPUS) return ms;
    return ms == 30 ? 20 : ms == 50 ? 40 : ms; // an Opus frame has 10, 20, 40 or 60 ms
}
