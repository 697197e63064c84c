// Fuzz target: DTLS datagrams at a fresh passive end, or (odd first byte) at a connected one that was shrunk (with 2)
// or not. The input is a row of datagrams, each behind its length in two bytes.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "proto/dtls.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct cw_dtls_identity *identity;
static struct cw_dtls_fingerprint fingerprint;

static void drain(struct cw_dtls *dtls, struct cw_dtls *other) {
    uint8_t pkt[CW_DTLS_MTU], message[CW_DTLS_RECV_MAX];
    size_t len;
    while ((len = cw_dtls_poll(dtls, pkt, sizeof pkt)) > 0)
        if (other) cw_dtls_input(other, 0, pkt, len);
    while (cw_dtls_recv(dtls, message, sizeof message) > 0) continue;
}

static struct cw_dtls *new_end(enum cw_dtls_role role) {
    struct cw_dtls *dtls;
    if (cw_dtls_new(&dtls, identity, role, &fingerprint, 1)) abort();
    return dtls;
}

static void connect_to(struct cw_dtls *dtls) {
    struct cw_dtls *active = new_end(CW_DTLS_ACTIVE);
    if (cw_dtls_start(active, 0)) abort();
    for (int i = 0; i < 4; i++) {
        drain(active, dtls);
        drain(dtls, active);
    }
    if (cw_dtls_get_state(dtls) != CW_DTLS_CONNECTED) abort();
    cw_dtls_free(active);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (!identity) {
        if (cw_dtls_identity_new(&identity)) abort();
        if (cw_dtls_fingerprint_parse(&fingerprint, "sha-256", cw_dtls_identity_fingerprint(identity))) abort();
    }
    struct cw_reader r;
    cw_reader_init(&r, data, size);
    uint8_t mode = cw_read_u8(&r);
    struct cw_dtls *dtls = new_end(CW_DTLS_PASSIVE);
    if (mode & 1) connect_to(dtls);
    if ((mode & 3) == 3 && cw_dtls_shrink(dtls)) abort();
    while (r.left >= 2) {
        size_t len = cw_read_u16(&r);
        if (len > r.left) len = r.left;
        const uint8_t *datagram = cw_read_bytes(&r, len);
        uint8_t *exact = malloc(len + !len);
        if (!exact || !datagram) abort();
        memcpy(exact, datagram, len);
        cw_dtls_input(dtls, 0, exact, len);
        free(exact);
        drain(dtls, NULL);
    }
    if (!(mode & 1) && cw_dtls_get_state(dtls) == CW_DTLS_CONNECTED) abort();
    cw_dtls_close(dtls);
    drain(dtls, NULL);
    cw_dtls_free(dtls);
    return 0;
}
