// The data channel establishment protocol: what is read as OPEN is written back byte for byte, but for ignored bits.
#include <stdlib.h>

#include "base/err.h"
#include "proto/dcep.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    enum cw_dcep_type type;
    struct cw_dcep_open open, again;
    uint8_t out[CW_DCEP_OPEN_SIZE];
    size_t len;
    if (cw_dcep_parse(&type, &open, data, size) != CW_OK || type != CW_DCEP_OPEN) return 0;
    if (cw_dcep_write_open(&open, out, sizeof out, &len) != CW_OK || len != size) abort();
    if (cw_dcep_parse(&type, &again, out, len) != CW_OK || again.value != open.value) abort();
    return 0;
}
