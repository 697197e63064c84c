// Two DTLS ends and a network between them that can lose datagrams, on fake time. Include once per program.
#ifndef CW_TEST_DTLS_NET_H
#define CW_TEST_DTLS_NET_H
#include "proto/dtls.h"

#include <malloc.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "base/err.h"
#include "proto/dtls_internal.h"
#include "sim/fake_time.h"
#include "test.h"

#define DELAY (10 * CW_MS)
#define IN_FLIGHT 64

static struct cw_dtls_identity *gateway_identity, *browser_identity;

static inline void identities(void) {
    if (gateway_identity) return;
    if (cw_dtls_identity_new(&gateway_identity) || cw_dtls_identity_new(&browser_identity)) abort();
}

static inline struct cw_dtls_fingerprint fingerprint_of(const struct cw_dtls_identity *identity) {
    struct cw_dtls_fingerprint f;
    if (cw_dtls_fingerprint_parse(&f, "sha-256", cw_dtls_identity_fingerprint(identity))) abort();
    return f;
}

// ---- the network: every datagram takes DELAY; some are lost

struct datagram {
    cw_time at;
    int to;
    size_t len;
    uint8_t data[CW_DTLS_MTU];
};

struct net {
    struct cw_dtls *ends[2]; // 0: passive, 1: active
    struct datagram wire[IN_FLIGHT];
    size_t count;
    uint64_t lose[2]; // bit n: the nth datagram to that end is lost
    unsigned sent[2];
    unsigned loss_percent;
    uint32_t random;
    size_t largest;
};

static inline void net_init(struct net *net, const struct cw_dtls_identity *passive,
                            const struct cw_dtls_identity *active) {
    struct cw_dtls_fingerprint of_passive = fingerprint_of(passive), of_active = fingerprint_of(active);
    memset(net, 0, sizeof *net);
    fake_time += 100 * CW_SECOND;
    if (cw_dtls_new(&net->ends[0], passive, CW_DTLS_PASSIVE, &of_active, 1)) abort();
    if (cw_dtls_new(&net->ends[1], active, CW_DTLS_ACTIVE, &of_passive, 1)) abort();
}

static inline void net_fini(struct net *net) {
    cw_dtls_free(net->ends[0]);
    cw_dtls_free(net->ends[1]);
}

static inline bool is_lost(struct net *net, int to) {
    unsigned n = net->sent[to]++;
    net->random = net->random * 1664525U + 1013904223U;
    bool by_chance = (net->random >> 8) % 100 < net->loss_percent;
    return by_chance || (n < 64 && net->lose[to] >> n & 1);
}

static inline void collect(struct net *net, int from) {
    uint8_t pkt[CW_DTLS_MTU];
    size_t len;
    while ((len = cw_dtls_poll(net->ends[from], pkt, sizeof pkt)) > 0) {
        if (len > net->largest) net->largest = len;
        if (is_lost(net, !from) || net->count == IN_FLIGHT) continue;
        struct datagram *d = &net->wire[net->count++];
        *d = (struct datagram){.at = fake_time + DELAY, .to = !from, .len = len};
        memcpy(d->data, pkt, len);
    }
}

static inline void deliver(struct net *net) {
    size_t kept = 0, count = net->count;
    struct datagram due[IN_FLIGHT];
    size_t due_count = 0;
    for (size_t i = 0; i < count; i++) {
        if (net->wire[i].at <= fake_time)
            due[due_count++] = net->wire[i];
        else
            net->wire[kept++] = net->wire[i];
    }
    net->count = kept;
    for (size_t i = 0; i < due_count; i++) {
        uint8_t *exact = malloc(due[i].len); // so that a sanitizer sees a read past the end
        memcpy(exact, due[i].data, due[i].len);
        cw_dtls_input(net->ends[due[i].to], fake_time, exact, due[i].len);
        free(exact);
        collect(net, due[i].to);
    }
}

static inline cw_time next_event(const struct net *net) {
    cw_time next = cw_dtls_next(net->ends[0]);
    if (cw_dtls_next(net->ends[1]) < next) next = cw_dtls_next(net->ends[1]);
    for (size_t i = 0; i < net->count; i++)
        if (net->wire[i].at < next) next = net->wire[i].at;
    return next;
}

// Runs until nothing is left to happen, or `within` has passed.
static inline void run(struct net *net, cw_time within) {
    cw_time end = fake_time + within;
    for (int i = 0; i < 2; i++) collect(net, i);
    for (cw_time next; (next = next_event(net)) <= end;) {
        if (next > fake_time) fake_time = next;
        deliver(net);
        for (int i = 0; i < 2; i++) {
            cw_dtls_timeout(net->ends[i], fake_time);
            collect(net, i);
        }
    }
}

static inline void connect_both(struct net *net) {
    CHECK_INT(cw_dtls_start(net->ends[0], fake_time), 0);
    CHECK_INT(cw_dtls_start(net->ends[1], fake_time), 0);
    run(net, 60 * CW_SECOND);
}

static inline void check_connected(const struct net *net) {
    CHECK_INT(cw_dtls_get_state(net->ends[0]), CW_DTLS_CONNECTED);
    CHECK_INT(cw_dtls_get_state(net->ends[1]), CW_DTLS_CONNECTED);
    struct cw_srtp_keys a, b;
    REQUIRE(cw_dtls_srtp_keys(net->ends[0], &a) == 0);
    REQUIRE(cw_dtls_srtp_keys(net->ends[1], &b) == 0);
    CHECK_INT(a.profile, CW_SRTP_AEAD_AES_128_GCM);
    CHECK_MEM(&a.local, &b.remote, sizeof a.local);
    CHECK_MEM(&a.remote, &b.local, sizeof a.local);
    CHECK(memcmp(&a.local, &a.remote, sizeof a.local) != 0);
}

// ---- handshakes

#endif
