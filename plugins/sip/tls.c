// Certificate files in the form that Sofia wants them. It loads one certificate of agent.pem and sends what OpenSSL
// puts above it from the authorities of cafile.pem: so the intermediates go there.
#include "tls.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// The system's authorities, as distributions name the file.
static const char *const system_files[] = {"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt",
                                           "/etc/ssl/cert.pem"};

static const char *authorities(const struct cw_sip_config *config) {
    const char *file = getenv(X509_get_default_cert_file_env());
    if (config->tls_ca[0]) return config->tls_ca;
    if (file && file[0]) return file;
    for (size_t i = 0; i < sizeof system_files / sizeof *system_files; i++)
        if (access(system_files[i], R_OK) == 0) return system_files[i];
    return config->tls_certificate[0] ? config->tls_certificate : NULL; // Sofia insists on one
}

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

// The certificates after the first. One that signs itself would become an authority, so it is left out; the others are
// trusted only if an authority is above them.
static int append_intermediates(FILE *to, const char *from) {
    FILE *file = fopen(from, "re");
    X509 *certificate;
    if (!file) return CW_RESULT_FAILED;
    for (size_t i = 0; (certificate = PEM_read_X509(file, NULL, NULL, NULL)); i++) {
        if (i > 0 && !(X509_get_extension_flags(certificate) & EXFLAG_SS)) PEM_write_X509(to, certificate);
        X509_free(certificate);
    }
    ERR_clear_error(); // the end of the file is one
    fclose(file);
    return ferror(to) ? CW_RESULT_FAILED : 0;
}

static int write_file(const char *directory, const char *name, int (*const append_second)(FILE *, const char *),
                      const char *first, const char *second) {
    char path[CW_SIP_TLS_DIRECTORY_SIZE + 16];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    FILE *file = fopen(path, "we");
    if (!file) return CW_RESULT_FAILED;
    int result = append(file, first);
    if (result == 0 && second[0]) result = append_second(file, second);
    return fclose(file) == 0 ? result : CW_RESULT_FAILED;
}

int cw_sip_tls_prepare(const struct cw_sip_config *config, char directory[CW_SIP_TLS_DIRECTORY_SIZE]) {
    strcpy(directory, "/tmp/causeway-sip-XXXXXX");
    if (!mkdtemp(directory)) { // mode 0700
        directory[0] = 0;
        return CW_RESULT_FAILED;
    }
    const char *own = config->tls_certificate, *above = authorities(config);
    int result = above ? 0 : CW_RESULT_FAILED;
    if (result == 0 && own[0]) result = write_file(directory, "agent.pem", append, own, config->tls_key);
    if (result == 0) result = write_file(directory, "cafile.pem", append_intermediates, above, own);
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
