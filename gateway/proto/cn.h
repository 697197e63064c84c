// Comfort noise, RFC 3389: what a silence sounded like, in a payload of one octet and more.
//
//      0               1               2               N
//     +-+-------------+---------------+---------------+
//     |0|    level    |  k1 quantized |  k2 quantized |  …      level: -dBov; k: reflection coefficients, 127 is 0
//     +-+-------------+---------------+---------------+
//
// Plain structs, no allocation, no clock; one thread.
#ifndef CW_PROTO_CN_H
#define CW_PROTO_CN_H

#include <stddef.h>
#include <stdint.h>

#define CW_CN_ORDER 10               // reflection coefficients that are used; further ones are ignored
#define CW_CN_SIZE (1 + CW_CN_ORDER) // of a payload we make

// A generator; zero it to start: silence.
struct cw_cn {
    double gain; // of the excitation
    size_t order;
    double k[CW_CN_ORDER];
    double delayed[CW_CN_ORDER + 1]; // the lattice's memory
    uint32_t random;
};

// Takes the payload of a comfort noise packet. CW_EFORMAT: empty.
int cw_cn_set(struct cw_cn *cn, const uint8_t *payload, size_t len);
void cw_cn_make(struct cw_cn *cn, int16_t *pcm, size_t samples);

// Describes the noise in pcm: the payload of a comfort noise packet with up to order coefficients. Its length.
size_t cw_cn_describe(const int16_t *pcm, size_t samples, size_t order, uint8_t out[CW_CN_SIZE]);

#endif
