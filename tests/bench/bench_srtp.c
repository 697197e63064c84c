// What SRTP costs: nanoseconds per 172-byte packet (protect and unprotect) and heap per session pair, by profile and
// number of session pairs. Allocations per packet are counted and must be none.
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "proto/srtp.h"

#define PACKETS 200000
#define PAYLOAD 160

struct pair {
    struct cw_srtp out, in;
    uint16_t seq;
};

static size_t allocations;
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);

// Count what libsrtp and OpenSSL ask for.
void *malloc(size_t size) {
    allocations++;
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
    allocations++;
    return __libc_calloc(count, size);
}

static int round_trip(struct pair *pair) {
    uint8_t pkt[256] = {0x80};
    size_t len = 12 + PAYLOAD;
    cw_put_u16(pkt + 2, pair->seq++);
    cw_put_u32(pkt + 8, 1);
    int err = cw_srtp_protect(&pair->out, pkt, &len, sizeof pkt);
    return err ? err : cw_srtp_unprotect(&pair->in, pkt, &len);
}

static void run(enum cw_srtp_profile profile, size_t count) {
    struct pair *pairs = calloc(count, sizeof *pairs);
    struct cw_srtp_key key = {{1, 2, 3}};
    if (!pairs) abort();
    size_t before = mallinfo2().uordblks;
    for (size_t i = 0; i < count; i++) {
        key.bytes[0] = (uint8_t)i;
        if (cw_srtp_init(&pairs[i].out, profile, &key, CW_SRTP_OUTBOUND)) abort();
        if (cw_srtp_init(&pairs[i].in, profile, &key, CW_SRTP_INBOUND)) abort();
        if (round_trip(&pairs[i])) abort(); // makes the streams
    }
    size_t heap = (mallinfo2().uordblks - before) / count;
    size_t allocated = allocations;
    if (allocated < count) abort(); // the count itself is broken
    clock_t start = clock();        // of this process, so that a busy machine matters less
    for (size_t i = 0; i < PACKETS; i++)
        if (round_trip(&pairs[i % count])) abort();
    double ns = (double)(clock() - start) * 1e9 / CLOCKS_PER_SEC / PACKETS;
    printf("%-24s %6zu pairs %7.0f ns/packet %7zu B/pair %zu allocations\n", cw_srtp_profile_name(profile), count, ns,
           heap + sizeof(struct pair), allocations - allocated);
    for (size_t i = 0; i < count; i++) {
        cw_srtp_fini(&pairs[i].out);
        cw_srtp_fini(&pairs[i].in);
    }
    free(pairs);
}

int main(void) {
    static const size_t counts[] = {1, 100, 2000};
    struct cw_srtp first = {0}; // brings the libraries up, so that they are not counted as the first pair's
    if (cw_srtp_init(&first, CW_SRTP_AEAD_AES_128_GCM, &(struct cw_srtp_key){{1}}, CW_SRTP_OUTBOUND)) abort();
    cw_srtp_fini(&first);
    for (int p = CW_SRTP_NONE + 1; p < CW_SRTP_PROFILE_COUNT; p++)
        for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) run((enum cw_srtp_profile)p, counts[i]);
    return 0;
}
