// Randomness and ids.
#include "base/random.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

void cw_random_bytes(void *out, size_t len) {
    uint8_t *p = out;
    while (len) {
        ssize_t n = getrandom(p, len, 0);
        if (n < 0) abort();
        p += n;
        len -= (size_t)n;
    }
}

uint32_t cw_random_u32(void) {
    uint32_t v;
    cw_random_bytes(&v, sizeof v);
    return v;
}

void cw_random_text(char *out, size_t len) {
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    size_t n = 0;
    while (n < len) {
        uint8_t pool[64];
        cw_random_bytes(pool, sizeof pool);
        for (size_t i = 0; i < sizeof pool && n < len; i++) {
            if (pool[i] < 248) out[n++] = letters[pool[i] % 62]; // 248 = 4 * 62: no bias
        }
    }
    out[len] = '\0';
}

void cw_id_make(char *out, const char *kind) {
    char text[23];
    cw_random_text(text, sizeof text - 1);
    snprintf(out, CW_ID_SIZE, "%.8s_%s", kind, text);
}
