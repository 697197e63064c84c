// DTLS between two of our ends over a network that loses, on a clock of our own.
#include "dtls_net.h"

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
};
TEST_MAIN(tests)
