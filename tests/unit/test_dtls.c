// DTLS between two of our ends over a network that loses, on a clock of our own.
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

static void identities(void) {
    if (gateway_identity) return;
    if (cw_dtls_identity_new(&gateway_identity) || cw_dtls_identity_new(&browser_identity)) abort();
}

static struct cw_dtls_fingerprint fingerprint_of(const struct cw_dtls_identity *identity) {
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

static void net_init(struct net *net, const struct cw_dtls_identity *passive, const struct cw_dtls_identity *active) {
    struct cw_dtls_fingerprint of_passive = fingerprint_of(passive), of_active = fingerprint_of(active);
    memset(net, 0, sizeof *net);
    fake_time += 100 * CW_SECOND;
    if (cw_dtls_new(&net->ends[0], passive, CW_DTLS_PASSIVE, &of_active, 1)) abort();
    if (cw_dtls_new(&net->ends[1], active, CW_DTLS_ACTIVE, &of_passive, 1)) abort();
}

static void net_fini(struct net *net) {
    cw_dtls_free(net->ends[0]);
    cw_dtls_free(net->ends[1]);
}

static bool is_lost(struct net *net, int to) {
    unsigned n = net->sent[to]++;
    net->random = net->random * 1664525U + 1013904223U;
    bool by_chance = (net->random >> 8) % 100 < net->loss_percent;
    return by_chance || (n < 64 && net->lose[to] >> n & 1);
}

static void collect(struct net *net, int from) {
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

static void deliver(struct net *net) {
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

static cw_time next_event(const struct net *net) {
    cw_time next = cw_dtls_next(net->ends[0]);
    if (cw_dtls_next(net->ends[1]) < next) next = cw_dtls_next(net->ends[1]);
    for (size_t i = 0; i < net->count; i++)
        if (net->wire[i].at < next) next = net->wire[i].at;
    return next;
}

// Runs until nothing is left to happen, or `within` has passed.
static void run(struct net *net, cw_time within) {
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

static void connect_both(struct net *net) {
    CHECK_INT(cw_dtls_start(net->ends[0], fake_time), 0);
    CHECK_INT(cw_dtls_start(net->ends[1], fake_time), 0);
    run(net, 60 * CW_SECOND);
}

static void check_connected(const struct net *net) {
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

static void handshake_takes_two_round_trips(void) {
    struct net net;
    identities();
    net_init(&net, gateway_identity, browser_identity);
    cw_time start = fake_time;
    connect_both(&net);
    check_connected(&net);
    CHECK_INT(fake_time - start, 4 * DELAY);
    CHECK(net.largest <= CW_DTLS_MTU);
    CHECK_INT(cw_dtls_next(net.ends[0]), CW_NEVER);
    CHECK_INT(cw_dtls_next(net.ends[1]), CW_NEVER);
    net_fini(&net);
}

static void passive_end_needs_no_start(void) {
    struct net net;
    identities();
    net_init(&net, gateway_identity, browser_identity);
    CHECK_INT(cw_dtls_next(net.ends[0]), CW_NEVER);
    CHECK_INT(cw_dtls_start(net.ends[1], fake_time), 0);
    CHECK_INT(cw_dtls_start(net.ends[1], fake_time), CW_ESTATE);
    run(&net, CW_SECOND);
    check_connected(&net);
    net_fini(&net);
}

static void any_one_datagram_may_be_lost(void) {
    identities();
    for (int to = 0; to < 2; to++) {
        for (int n = 0; n < 4; n++) {
            struct net net;
            net_init(&net, gateway_identity, browser_identity);
            net.lose[to] = 1ULL << n;
            cw_time start = fake_time;
            connect_both(&net);
            check_connected(&net);
            CHECK(fake_time - start < CW_SECOND);
            net_fini(&net);
        }
    }
}

static void heavy_loss_both_ways(void) {
    unsigned connected = 0;
    identities();
    for (uint32_t seed = 0; seed < 40; seed++) {
        struct net net;
        net_init(&net, gateway_identity, browser_identity);
        net.loss_percent = 30;
        net.random = seed * 7919;
        connect_both(&net);
        bool both =
            cw_dtls_get_state(net.ends[0]) == CW_DTLS_CONNECTED && cw_dtls_get_state(net.ends[1]) == CW_DTLS_CONNECTED;
        connected += both;
        net_fini(&net);
    }
    CHECK(connected >= 38); // 30 s of trying are a bound
}

static void silence_is_a_timeout(void) {
    struct net net;
    identities();
    net_init(&net, gateway_identity, browser_identity);
    net.loss_percent = 100;
    cw_time start = fake_time;
    connect_both(&net);
    for (int i = 0; i < 2; i++) {
        CHECK_INT(cw_dtls_get_state(net.ends[i]), CW_DTLS_FAILED);
        CHECK_INT(cw_dtls_get_reason(net.ends[i]), CW_DTLS_REASON_TIMEOUT);
    }
    CHECK_INT(fake_time - start, 30 * CW_SECOND);
    CHECK(net.sent[0] >= 8 && net.sent[0] <= 14); // 0.4, 0.8, 1.6, 3.2, 3.2 … s apart
    net_fini(&net);
}

// ---- certificates

static void wrong_fingerprint_fails(void) {
    identities();
    for (int wrong = 0; wrong < 2; wrong++) {
        struct net net;
        struct cw_dtls_fingerprint own = fingerprint_of(wrong ? browser_identity : gateway_identity);
        net_init(&net, gateway_identity, browser_identity);
        cw_dtls_free(net.ends[wrong]);
        REQUIRE(cw_dtls_new(&net.ends[wrong], wrong ? browser_identity : gateway_identity,
                            wrong ? CW_DTLS_ACTIVE : CW_DTLS_PASSIVE, &own, 1) == 0);
        connect_both(&net);
        CHECK_INT(cw_dtls_get_state(net.ends[wrong]), CW_DTLS_FAILED);
        CHECK_INT(cw_dtls_get_reason(net.ends[wrong]), CW_DTLS_REASON_FINGERPRINT);
        CHECK_INT(cw_dtls_get_state(net.ends[!wrong]), CW_DTLS_FAILED);
        CHECK_INT(cw_dtls_get_reason(net.ends[!wrong]), CW_DTLS_REASON_ALERT);
        struct cw_srtp_keys keys;
        CHECK_INT(cw_dtls_srtp_keys(net.ends[wrong], &keys), CW_ESTATE);
        net_fini(&net);
    }
}

static void digest_text(char *out, const struct cw_dtls_identity *identity, const EVP_MD *md) {
    uint8_t digest[64];
    unsigned len = 0;
    X509_digest(SSL_CTX_get0_certificate(identity->ctx), md, digest, &len);
    for (unsigned i = 0; i < len; i++) sprintf(out + i * 3, i + 1 < len ? "%02x:" : "%02x", digest[i]);
}

static void longer_hashes_and_several_fingerprints(void) {
    identities();
    for (int i = 0; i < 2; i++) {
        struct net net;
        struct cw_dtls_fingerprint accepted[2] = {fingerprint_of(gateway_identity)}; // the first does not match
        char text[200];
        digest_text(text, browser_identity, i ? EVP_sha512() : EVP_sha384());
        REQUIRE(cw_dtls_fingerprint_parse(&accepted[1], i ? "SHA-512" : "sha-384", text) == 0);
        net_init(&net, gateway_identity, browser_identity);
        cw_dtls_free(net.ends[0]);
        REQUIRE(cw_dtls_new(&net.ends[0], gateway_identity, CW_DTLS_PASSIVE, accepted, 2) == 0);
        connect_both(&net);
        check_connected(&net);
        net_fini(&net);
    }
}

static void fingerprint_lines(void) {
    struct cw_dtls_fingerprint f;
    char text[200];
    identities();
    strcpy(text, cw_dtls_identity_fingerprint(gateway_identity));
    CHECK_INT(strlen(text), 95);
    CHECK_INT(cw_dtls_fingerprint_parse(&f, "SHA-256", text), 0);
    CHECK_INT(cw_dtls_fingerprint_parse(&f, "sha-1", text), CW_EUNSUPPORTED);
    CHECK_INT(cw_dtls_fingerprint_parse(&f, "sha-384", text), CW_EFORMAT);
    CHECK_INT(cw_dtls_fingerprint_parse(&f, "sha-256", text + 1), CW_EFORMAT);
    text[2] = '-';
    CHECK_INT(cw_dtls_fingerprint_parse(&f, "sha-256", text), CW_EFORMAT);
    text[2] = ':';
    text[94] = 'g';
    CHECK_INT(cw_dtls_fingerprint_parse(&f, "sha-256", text), CW_EFORMAT);
    CHECK_INT(cw_dtls_fingerprint_parse(&f, "sha-256", ""), CW_EFORMAT);
}

static char *pem_of(X509 *certificate, const EVP_PKEY *key) {
    BIO *bio = BIO_new(BIO_s_mem());
    char *data;
    if (certificate) PEM_write_bio_X509(bio, certificate);
    if (key) PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL);
    long len = BIO_get_mem_data(bio, &data);
    char *text = strndup(data, (size_t)len);
    BIO_free(bio);
    return text;
}

static void identity_from_pem(void) {
    struct cw_dtls_identity *loaded = NULL;
    identities();
    char *certificate = pem_of(SSL_CTX_get0_certificate(gateway_identity->ctx), NULL);
    char *key = pem_of(NULL, SSL_CTX_get0_privatekey(gateway_identity->ctx));
    char *other = pem_of(NULL, SSL_CTX_get0_privatekey(browser_identity->ctx));
    REQUIRE(cw_dtls_identity_from_pem(&loaded, certificate, key) == 0);
    CHECK_STR(cw_dtls_identity_fingerprint(loaded), cw_dtls_identity_fingerprint(gateway_identity));
    cw_dtls_identity_free(loaded);
    CHECK_INT(cw_dtls_identity_from_pem(&loaded, certificate, other), CW_EFORMAT);
    CHECK_INT(cw_dtls_identity_from_pem(&loaded, key, key), CW_EFORMAT);
    CHECK_INT(cw_dtls_identity_from_pem(&loaded, "", ""), CW_EFORMAT);
    free(certificate);
    free(key);
    free(other);
}

// ---- peers that lack something

// The browser with a context of its own.
static SSL_CTX *odd_context(void) {
    SSL_CTX *ctx = SSL_CTX_new(DTLS_method());
    SSL_CTX_use_certificate(ctx, SSL_CTX_get0_certificate(browser_identity->ctx));
    SSL_CTX_use_PrivateKey(ctx, SSL_CTX_get0_privatekey(browser_identity->ctx));
    SSL_CTX_set_cert_verify_callback(ctx, cw_dtls_verify, NULL);
    SSL_CTX_set_options(ctx, SSL_OP_NO_QUERY_MTU);
    return ctx;
}

static enum cw_dtls_reason reason_against(SSL_CTX *ctx, enum cw_dtls_role role) {
    struct cw_dtls_identity odd = {.ctx = ctx};
    struct cw_dtls_fingerprint of_gateway = fingerprint_of(gateway_identity),
                               of_browser = fingerprint_of(browser_identity);
    struct net net;
    int us = role == CW_DTLS_PASSIVE ? 0 : 1;
    net_init(&net, gateway_identity, browser_identity);
    net_fini(&net);
    if (cw_dtls_new(&net.ends[us], gateway_identity, role, &of_browser, 1)) abort();
    if (cw_dtls_new(&net.ends[!us], &odd, us ? CW_DTLS_PASSIVE : CW_DTLS_ACTIVE, &of_gateway, 1)) abort();
    connect_both(&net);
    CHECK_INT(cw_dtls_get_state(net.ends[us]), CW_DTLS_FAILED);
    enum cw_dtls_reason reason = cw_dtls_get_reason(net.ends[us]);
    net_fini(&net);
    SSL_CTX_free(ctx);
    return reason;
}

static void peer_without_srtp(void) {
    identities();
    CHECK_STR(cw_dtls_reason_name(reason_against(odd_context(), CW_DTLS_PASSIVE)), "profile");
    CHECK_STR(cw_dtls_reason_name(reason_against(odd_context(), CW_DTLS_ACTIVE)), "profile");
}

static void peer_without_certificate(void) {
    identities();
    SSL_CTX *ctx = SSL_CTX_new(DTLS_method());
    SSL_CTX_set_options(ctx, SSL_OP_NO_QUERY_MTU);
    SSL_CTX_set_tlsext_use_srtp(ctx, "SRTP_AEAD_AES_128_GCM");
    CHECK_STR(cw_dtls_reason_name(reason_against(ctx, CW_DTLS_PASSIVE)), "certificate");
}

static void dtls_1_0_is_refused(void) {
    identities();
    SSL_CTX *ctx = odd_context();
    SSL_CTX_set_security_level(ctx, 0);
    SSL_CTX_set_min_proto_version(ctx, DTLS1_VERSION);
    SSL_CTX_set_max_proto_version(ctx, DTLS1_VERSION);
    CHECK_STR(cw_dtls_reason_name(reason_against(ctx, CW_DTLS_PASSIVE)), "protocol");
}

static void profiles_are_agreed_in_our_order(void) {
    static const struct {
        const char *theirs;
        enum cw_srtp_profile want;
    } cases[] = {
        {"SRTP_AES128_CM_SHA1_80:SRTP_AEAD_AES_256_GCM:SRTP_AEAD_AES_128_GCM", CW_SRTP_AEAD_AES_128_GCM},
        {"SRTP_AES128_CM_SHA1_80:SRTP_AEAD_AES_256_GCM", CW_SRTP_AEAD_AES_256_GCM},
        {"SRTP_AES128_CM_SHA1_32:SRTP_AES128_CM_SHA1_80", CW_SRTP_AES_CM_128_HMAC_SHA1_80},
    };
    identities();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct cw_dtls_identity odd = {.ctx = odd_context()};
        struct cw_dtls_fingerprint of_gateway = fingerprint_of(gateway_identity);
        struct net net;
        struct cw_srtp_keys a, b;
        SSL_CTX_set_tlsext_use_srtp(odd.ctx, cases[i].theirs);
        net_init(&net, gateway_identity, browser_identity);
        cw_dtls_free(net.ends[1]);
        REQUIRE(cw_dtls_new(&net.ends[1], &odd, CW_DTLS_ACTIVE, &of_gateway, 1) == 0);
        connect_both(&net);
        REQUIRE(cw_dtls_srtp_keys(net.ends[0], &a) == 0);
        REQUIRE(cw_dtls_srtp_keys(net.ends[1], &b) == 0);
        CHECK_INT(a.profile, cases[i].want);
        CHECK_INT(b.profile, cases[i].want);
        CHECK_MEM(&a.local, &b.remote, sizeof a.local);
        net_fini(&net);
        SSL_CTX_free(odd.ctx);
    }
}

// ---- after the handshake

static void data_both_ways(void) {
    struct net net;
    uint8_t message[CW_DTLS_DATA_MAX], got[CW_DTLS_RECV_MAX];
    identities();
    net_init(&net, gateway_identity, browser_identity);
    CHECK_INT(cw_dtls_send(net.ends[1], "x", 1), CW_ESTATE);
    connect_both(&net);
    for (int from = 0; from < 2; from++) {
        memset(message, 'a' + from, sizeof message);
        CHECK_INT(cw_dtls_send(net.ends[from], message, sizeof message), 0);
        CHECK_INT(cw_dtls_send(net.ends[from], message, sizeof message + 1), CW_ETOOBIG);
        uint8_t pkt[CW_DTLS_MTU];
        size_t len = cw_dtls_poll(net.ends[from], pkt, sizeof pkt);
        CHECK(len > sizeof message && len <= CW_DTLS_MTU);
        CHECK_INT(cw_dtls_input(net.ends[!from], fake_time, pkt, len), 0);
        CHECK_INT(cw_dtls_recv(net.ends[!from], got, sizeof got), sizeof message);
        CHECK_MEM(got, message, sizeof message);
        CHECK_INT(cw_dtls_recv(net.ends[!from], got, sizeof got), 0);
        CHECK_INT(cw_dtls_input(net.ends[!from], fake_time, pkt, len), 0); // a replay gives nothing
        CHECK_INT(cw_dtls_recv(net.ends[!from], got, sizeof got), 0);
        pkt[len - 1] ^= 1; // nor does a forgery
        CHECK_INT(cw_dtls_input(net.ends[!from], fake_time, pkt, len), 0);
        CHECK_INT(cw_dtls_recv(net.ends[!from], got, sizeof got), 0);
        CHECK_INT(cw_dtls_get_state(net.ends[!from]), CW_DTLS_CONNECTED);
    }
    net_fini(&net);
}

static void several_records_in_a_datagram(void) {
    struct net net;
    uint8_t pkt[CW_DTLS_MTU], got[64];
    size_t len = 0;
    identities();
    net_init(&net, gateway_identity, browser_identity);
    connect_both(&net);
    for (int i = 0; i < 3; i++) {
        CHECK_INT(cw_dtls_send(net.ends[1], "record", 6), 0);
        len += cw_dtls_poll(net.ends[1], pkt + len, sizeof pkt - len);
    }
    CHECK_INT(cw_dtls_input(net.ends[0], fake_time, pkt, len), 0);
    for (int i = 0; i < 3; i++) CHECK_INT(cw_dtls_recv(net.ends[0], got, sizeof got), 6);
    CHECK_INT(cw_dtls_recv(net.ends[0], got, sizeof got), 0);
    net_fini(&net);
}

// Either end says goodbye; each may have been shrunk.
static void close_is_told(void) {
    identities();
    for (int c = 0; c < 8; c++) {
        int closer = c & 1;
        struct net net;
        net_init(&net, gateway_identity, browser_identity);
        connect_both(&net);
        if (c & 2) CHECK_INT(cw_dtls_shrink(net.ends[closer]), 0);
        if (c & 4) CHECK_INT(cw_dtls_shrink(net.ends[!closer]), 0);
        cw_dtls_close(net.ends[closer]);
        run(&net, CW_SECOND);
        CHECK_INT(cw_dtls_get_state(net.ends[closer]), CW_DTLS_CLOSED);
        CHECK_INT(cw_dtls_get_reason(net.ends[closer]), CW_DTLS_REASON_LOCAL);
        CHECK_INT(cw_dtls_get_state(net.ends[!closer]), CW_DTLS_CLOSED);
        CHECK_INT(cw_dtls_get_reason(net.ends[!closer]), CW_DTLS_REASON_REMOTE);
        CHECK_INT(cw_dtls_input(net.ends[!closer], fake_time, "\x17\xfe\xfd 1234567890", 13), CW_ESTATE);
        net_fini(&net);
    }
}

// The last flight is lost after the passive end was shrunk: it is repeated from the copy.
static void shrunk_end_repeats_the_last_flight(void) {
    struct net net;
    identities();
    net_init(&net, gateway_identity, browser_identity);
    net.loss_percent = 0;
    CHECK_INT(cw_dtls_start(net.ends[1], fake_time), 0);
    unsigned rounds = 0;
    while (cw_dtls_get_state(net.ends[0]) != CW_DTLS_CONNECTED && rounds++ < 10) {
        for (int i = 0; i < 2; i++) collect(&net, i);
        fake_time += DELAY;
        deliver(&net);
    }
    REQUIRE(cw_dtls_get_state(net.ends[0]) == CW_DTLS_CONNECTED);
    net.count = 0; // lost
    CHECK_INT(cw_dtls_shrink(net.ends[0]), 0);
    CHECK_INT(cw_dtls_get_state(net.ends[1]), CW_DTLS_CONNECTING);
    net.lose[1] = 1ULL << net.sent[1]; // and once more
    run(&net, 5 * CW_SECOND);
    CHECK_INT(cw_dtls_get_state(net.ends[1]), CW_DTLS_CONNECTED);
    CHECK_INT(cw_dtls_get_state(net.ends[0]), CW_DTLS_CONNECTED);
    struct cw_srtp_keys keys;
    CHECK_INT(cw_dtls_srtp_keys(net.ends[0], &keys), CW_ESTATE);
    CHECK_INT(cw_dtls_send(net.ends[0], "x", 1), CW_ESTATE);
    net_fini(&net);
}

static void forged_alerts_do_not_close_a_shrunk_end(void) {
    struct net net;
    uint8_t pkt[CW_DTLS_MTU];
    identities();
    net_init(&net, gateway_identity, browser_identity);
    connect_both(&net);
    CHECK_INT(cw_dtls_shrink(net.ends[0]), 0);
    cw_dtls_close(net.ends[1]);
    size_t len = cw_dtls_poll(net.ends[1], pkt, sizeof pkt);
    for (size_t bit = 0; bit < len * 8; bit++) {
        pkt[bit / 8] ^= (uint8_t)(1 << bit % 8);
        CHECK_INT(cw_dtls_input(net.ends[0], fake_time, pkt, len), CW_EAUTH);
        pkt[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    for (size_t n = 0; n < len; n++) CHECK(cw_dtls_input(net.ends[0], fake_time, pkt, n) < 0);
    CHECK_INT(cw_dtls_get_state(net.ends[0]), CW_DTLS_CONNECTED);
    CHECK_INT(cw_dtls_input(net.ends[0], fake_time, pkt, len), 0);
    CHECK_INT(cw_dtls_get_state(net.ends[0]), CW_DTLS_CLOSED);
    net_fini(&net);
}

static void a_shrunk_end_is_small(void) {
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    enum { PEERS = 20 };
    struct net nets[2];
    struct cw_dtls *kept[PEERS];
    size_t full = 0, small = 0;
    identities();
    net_init(&nets[0], gateway_identity, browser_identity); // warms the libraries
    connect_both(&nets[0]);
    net_fini(&nets[0]);
    size_t before = mallinfo2().uordblks;
    for (int i = 0; i < PEERS; i++) {
        net_init(&nets[1], gateway_identity, browser_identity);
        connect_both(&nets[1]);
        cw_dtls_free(nets[1].ends[1]);
        kept[i] = nets[1].ends[0];
    }
    full = (mallinfo2().uordblks - before) / PEERS;
    for (int i = 0; i < PEERS; i++) CHECK_INT(cw_dtls_shrink(kept[i]), 0);
    small = (mallinfo2().uordblks - before) / PEERS;
    printf("# %zu bytes connected, %zu shrunk\n", full, small);
    CHECK(small < 1500);
    for (int i = 0; i < PEERS; i++) cw_dtls_free(kept[i]);
#endif
}

// ---- bad input

static void junk_does_not_end_a_connection(void) {
    struct net net;
    uint8_t junk[64];
    uint32_t random = 3;
    identities();
    net_init(&net, gateway_identity, browser_identity);
    connect_both(&net);
    for (int i = 0; i < 2000; i++) {
        for (size_t j = 0; j < sizeof junk; j++) junk[j] = (uint8_t)((random = random * 1664525U + 1013904223U) >> 24);
        junk[0] = (uint8_t)(20 + i % 44);
        junk[1] = 0xfe;
        junk[2] = 0xfd;
        junk[3] = 0;
        junk[4] = (uint8_t)(i & 1);
        junk[11] = 0;
        junk[12] = 51;
        cw_dtls_input(net.ends[0], fake_time, junk, sizeof junk);
    }
    CHECK_INT(cw_dtls_get_state(net.ends[0]), CW_DTLS_CONNECTED);
    net_fini(&net);
}

static void a_flood_of_handshake_packets_fails(void) {
    struct net net;
    uint8_t hello[CW_DTLS_MTU];
    identities();
    net_init(&net, gateway_identity, browser_identity);
    CHECK_INT(cw_dtls_start(net.ends[1], fake_time), 0);
    size_t len = cw_dtls_poll(net.ends[1], hello, sizeof hello);
    int n = 0;
    while (cw_dtls_get_state(net.ends[0]) < CW_DTLS_CLOSED && n++ < 1000)
        cw_dtls_input(net.ends[0], fake_time, hello, len);
    CHECK_INT(cw_dtls_get_reason(net.ends[0]), CW_DTLS_REASON_FLOOD);
    CHECK_INT(n, 257);
    net_fini(&net);
}

static void arguments_are_checked(void) {
    struct cw_dtls *dtls = NULL;
    struct cw_dtls_fingerprint f[5] = {0};
    identities();
    CHECK_INT(cw_dtls_new(&dtls, gateway_identity, CW_DTLS_PASSIVE, f, 0), CW_EINVAL);
    CHECK_INT(cw_dtls_new(&dtls, gateway_identity, CW_DTLS_PASSIVE, f, 5), CW_EINVAL);
    cw_dtls_free(NULL);
    REQUIRE(cw_dtls_new(&dtls, gateway_identity, CW_DTLS_PASSIVE, f, 1) == 0);
    CHECK_INT(cw_dtls_shrink(dtls), CW_ESTATE);
    CHECK_INT(cw_dtls_input(dtls, fake_time, "\x16", 1), CW_EFORMAT);
    cw_dtls_close(dtls);
    cw_dtls_close(dtls);
    CHECK_INT(cw_dtls_get_state(dtls), CW_DTLS_CLOSED);
    cw_dtls_free(dtls);
    cw_dtls_identity_free(gateway_identity);
    cw_dtls_identity_free(browser_identity);
    gateway_identity = browser_identity = NULL;
}

static const struct cw_test tests[] = {
    TEST(handshake_takes_two_round_trips),
    TEST(passive_end_needs_no_start),
    TEST(any_one_datagram_may_be_lost),
    TEST(heavy_loss_both_ways),
    TEST(silence_is_a_timeout),
    TEST(wrong_fingerprint_fails),
    TEST(longer_hashes_and_several_fingerprints),
    TEST(fingerprint_lines),
    TEST(identity_from_pem),
    TEST(peer_without_srtp),
    TEST(peer_without_certificate),
    TEST(dtls_1_0_is_refused),
    TEST(profiles_are_agreed_in_our_order),
    TEST(data_both_ways),
    TEST(several_records_in_a_datagram),
    TEST(close_is_told),
    TEST(shrunk_end_repeats_the_last_flight),
    TEST(forged_alerts_do_not_close_a_shrunk_end),
    TEST(a_shrunk_end_is_small),
    TEST(junk_does_not_end_a_connection),
    TEST(a_flood_of_handshake_packets_fails),
    TEST(arguments_are_checked),
};
TEST_MAIN(tests)
