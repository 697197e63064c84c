// Fuzz target: a=crypto values. What is understood is written and understood the same again.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "proto/srtp_sdes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct cw_sdes sdes, back;
    char text[CW_SDES_SIZE];
    char *value = malloc(size + 1);
    if (!value) return 0;
    memcpy(value, data, size);
    value[size] = 0;
    if (cw_sdes_parse(&sdes, value) == 0) {
        if (cw_sdes_write(&sdes, text, sizeof text)) abort();
        if (cw_sdes_parse(&back, text)) abort();
        if (back.tag != sdes.tag || back.profile != sdes.profile) abort();
        if (memcmp(&back.key, &sdes.key, sizeof sdes.key) != 0) abort();
    }
    free(value);
    return 0;
}
