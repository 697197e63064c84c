// Fuzz target: configuration files.
#include <stddef.h>
#include <stdint.h>

#include "base/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct cw_config *config;
    struct cw_str errors = {0};
    if (cw_config_parse(&config, "fuzz", (const char *)data, size, NULL, &errors) == 0) {
        cw_config_check(config, &errors);
        cw_config_free(config);
    }
    cw_str_fini(&errors);
    return 0;
}
