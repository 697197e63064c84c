// For tests of SIP over TLS: a root, an intermediate below it, and servers' certificates below that, in PEM files.
#ifndef CW_TEST_SIP_CERTS_H
#define CW_TEST_SIP_CERTS_H

#define CERTS_PATH 64

// Paths. Each server's file holds its key, its certificate and the intermediate.
struct certs {
    char folder[CERTS_PATH - 24];
    char root[CERTS_PATH];
    char good[CERTS_PATH];    // localhost, 127.0.0.1 and [::1]
    char other[CERTS_PATH];   // another name
    char expired[CERTS_PATH]; // localhost, until yesterday
    char unknown[CERTS_PATH]; // localhost, signed by itself
};

// Aborts when something fails.
void certs_make(struct certs *certs);
void certs_remove(const struct certs *certs);

#endif
