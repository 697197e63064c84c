// For tests of SIP over TLS: certificates.
#include "sip_certs.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DAY_S (24 * 3600)

struct identity {
    X509 *certificate;
    EVP_PKEY *key;
};

static void add_extension(X509 *certificate, X509 *issuer, int nid, const char *value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    if (!extension || !X509_add_ext(certificate, extension, -1)) abort();
    X509_EXTENSION_free(extension);
}

// issuer NULL: signs itself. names: of subjectAltName, NULL: an authority.
static struct identity make(const char *name, const struct identity *issuer, const char *names, long until_s) {
    static long serial = 1;
    struct identity made = {.certificate = X509_new(), .key = EVP_EC_gen("P-256")};
    const struct identity *by = issuer ? issuer : &made;
    X509 *certificate = made.certificate;
    if (!certificate || !made.key) abort();
    X509_set_version(certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial++);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -10L * DAY_S);
    X509_gmtime_adj(X509_getm_notAfter(certificate), until_s);
    X509_set_pubkey(certificate, made.key);
    X509_NAME *subject = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1, 0);
    X509_set_issuer_name(certificate, X509_get_subject_name(by->certificate));
    add_extension(certificate, by->certificate, NID_basic_constraints, names ? "CA:FALSE" : "critical,CA:TRUE");
    if (names) add_extension(certificate, by->certificate, NID_subject_alt_name, names);
    if (!X509_sign(certificate, by->key, EVP_sha256())) abort();
    return made;
}

static void free_identity(const struct identity *identity) {
    X509_free(identity->certificate);
    EVP_PKEY_free(identity->key);
}

static void write_pem(const struct certs *certs, const char *name, char path[CERTS_PATH], const struct identity *leaf,
                      const struct identity *above) {
    snprintf(path, CERTS_PATH, "%s/%s.pem", certs->folder, name);
    FILE *file = fopen(path, "we");
    if (!file) abort();
    if (above && !PEM_write_PrivateKey(file, leaf->key, NULL, NULL, 0, NULL, NULL)) abort();
    if (!PEM_write_X509(file, leaf->certificate)) abort();
    if (above && above != leaf && !PEM_write_X509(file, above->certificate)) abort();
    fclose(file);
}

static void make_leaf(const struct certs *certs, const char *name, char path[CERTS_PATH], const struct identity *issuer,
                      const char *names, long until_s) {
    struct identity leaf = make(name, issuer, names, until_s);
    write_pem(certs, name, path, &leaf, issuer ? issuer : &leaf);
    free_identity(&leaf);
}

void certs_make(struct certs *certs) {
    strcpy(certs->folder, "/tmp/cw-certs-XXXXXX");
    if (!mkdtemp(certs->folder)) abort();
    struct identity root = make("root", NULL, NULL, DAY_S);
    struct identity intermediate = make("intermediate", &root, NULL, DAY_S);
    write_pem(certs, "root", certs->root, &root, NULL);
    make_leaf(certs, "good", certs->good, &intermediate, "DNS:localhost,URI:sip:127.0.0.1,URI:sip:[::1]", DAY_S);
    make_leaf(certs, "other", certs->other, &intermediate, "DNS:other.example", DAY_S);
    make_leaf(certs, "expired", certs->expired, &intermediate, "DNS:localhost", -DAY_S);
    make_leaf(certs, "unknown", certs->unknown, NULL, "DNS:localhost", DAY_S);
    free_identity(&intermediate);
    free_identity(&root);
}

void certs_remove(const struct certs *certs) {
    const char *const paths[] = {certs->root, certs->good, certs->other, certs->expired, certs->unknown};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) unlink(paths[i]);
    rmdir(certs->folder);
}
