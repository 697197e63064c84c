// Fuzz target: bodies of SIP INFO. The input is | type, NUL | body |.
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "proto/dtmf.h"
#include "proto/dtmf_info.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct cw_dtmf_info info, again;
    char text[CW_DTMF_INFO_SIZE], *copy = malloc(size + 1);
    if (!copy) return 0;
    memcpy(copy, data, size);
    copy[size] = '\0';
    size_t type = strlen(copy);
    const char *body = type < size ? copy + type + 1 : "";
    if (cw_dtmf_info_parse(copy, body, &info) == 0) {
        assert(cw_dtmf_code(info.digit) >= 0);
        assert(info.duration_ms >= CW_DTMF_DURATION_MIN_MS && info.duration_ms <= CW_DTMF_DURATION_MAX_MS);
        cw_dtmf_info_write(&info, text);
        assert(cw_dtmf_info_parse(CW_DTMF_INFO_TYPE, text, &again) == 0);
        assert(again.digit == info.digit && again.duration_ms == info.duration_ms);
    }
    free(copy);
    return 0;
}
