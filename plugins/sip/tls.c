// Certificate files in the form that Sofia wants them.
#include "tls.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int append(FILE *to, const char *from) {
    char block[4096];
    size_t len;
    FILE *file = fopen(from, "re");
    if (!file) return CW_RESULT_FAILED;
    while ((len = fread(block, 1, sizeof block, file)) > 0) fwrite(block, 1, len, to);
    fputc('\n', to);
    fclose(file);
    return ferror(to) ? CW_RESULT_FAILED : 0;
}

static int join_files(const char *directory, const char *name, const char *first, const char *second) {
    char path[CW_SIP_TLS_DIRECTORY_SIZE + 16];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    FILE *file = fopen(path, "we");
    if (!file) return CW_RESULT_FAILED;
    int result = append(file, first);
    if (result == 0 && second[0]) result = append(file, second);
    return fclose(file) == 0 ? result : CW_RESULT_FAILED;
}

int cw_sip_tls_prepare(const struct cw_sip_config *config, char directory[CW_SIP_TLS_DIRECTORY_SIZE]) {
    const char *ca = config->tls_ca[0] ? config->tls_ca : config->tls_certificate;
    strcpy(directory, "/tmp/causeway-sip-XXXXXX");
    if (!mkdtemp(directory)) { // mode 0700
        directory[0] = 0;
        return CW_RESULT_FAILED;
    }
    int result = join_files(directory, "agent.pem", config->tls_certificate, config->tls_key);
    if (result == 0) result = join_files(directory, "cafile.pem", ca, "");
    if (result < 0) {
        cw_sip_tls_clean(directory);
        directory[0] = 0;
    }
    return result;
}

void cw_sip_tls_clean(const char *directory) {
    char path[CW_SIP_TLS_DIRECTORY_SIZE + 16];
    if (!directory[0]) return;
    snprintf(path, sizeof path, "%s/agent.pem", directory);
    unlink(path);
    snprintf(path, sizeof path, "%s/cafile.pem", directory);
    unlink(path);
    rmdir(directory);
}
