// Packets of any content, order and time into a playout of each codec: what comes out is sound of the asked length.
#include <stdlib.h>

#include "base/buf.h"
#include "proto/playout.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// A packet: what follows [octets], seq and timestamp relative to the last one, time that passes [ms], kind.
static void one(struct cw_playout *p, struct cw_reader *r, struct cw_rtp *rtp, cw_time *now) {
    uint8_t len = cw_read_u8(r), flags = cw_read_u8(r);
    rtp->seq = (uint16_t)(rtp->seq + (int8_t)cw_read_u8(r) * (flags & 4 ? 100 : 1));
    rtp->timestamp += (uint32_t)((int16_t)cw_read_u16(r) * (flags & 8 ? 1000 : 1));
    *now += cw_read_u8(r) * CW_MS;
    if (flags & 2) rtp->ssrc++;
    rtp->payload_len = len > r->left ? (uint16_t)r->left : len;
    rtp->payload = cw_read_bytes(r, rtp->payload_len);
    if (!r->bad) (void)cw_playout_put(p, rtp, flags & 1, *now);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const struct cw_playout_config kinds[] = {{CW_CODEC_OPUS, 48000, 8000, 300 * CW_MS},
                                                     {CW_CODEC_OPUS, 48000, 16000, 300 * CW_MS},
                                                     {CW_CODEC_PCMU, 8000, 8000, 300 * CW_MS},
                                                     {CW_CODEC_G722, 8000, 16000, 20 * CW_MS}};
    static int16_t pcm[48 * 60];
    struct cw_reader r;
    struct cw_playout *p = NULL;
    struct cw_rtp rtp = {.ssrc = 1};
    cw_time now = 1000 * CW_SECOND;
    cw_reader_init(&r, data, size);
    uint8_t kind = cw_read_u8(&r);
    const struct cw_playout_config *config = &kinds[kind & 3];
    if (cw_playout_new(&p, config)) abort();
    for (unsigned n = 0; r.left && !r.bad && n < 500; n++) {
        one(p, &r, &rtp, &now);
        if (n % 3 == 0 || kind & 4) (void)cw_playout_get(p, pcm, config->sample_hz / 100 * (1 + (kind >> 3) % 6), now);
    }
    cw_playout_free(p);
    return 0;
}
