// SRTP: the RFCs' vectors, libsrtp's own ciphers as the other side, replay, roll-over, wrong keys, SDES.
#include "proto/srtp.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <srtp2/auth.h>
#include <srtp2/cipher.h>

#include "base/buf.h"
#include "base/err.h"
#include "proto/srtp_sdes.h"
#include "test.h"

#define SSRC 0xdecafbadU
#define PAYLOAD 160

// Exported by libsrtp2, in none of its installed headers.
srtp_err_status_t srtp_crypto_kernel_alloc_cipher(srtp_cipher_type_id_t id, srtp_cipher_pointer_t *cp, int key_len,
                                                  int tag_len);

static const enum cw_srtp_profile all_profiles[] = {CW_SRTP_AEAD_AES_128_GCM, CW_SRTP_AEAD_AES_256_GCM,
                                                    CW_SRTP_AES_CM_128_HMAC_SHA1_80, CW_SRTP_AES_CM_128_HMAC_SHA1_32};
#define PROFILES (sizeof all_profiles / sizeof *all_profiles)

static struct cw_srtp_key key_of(uint8_t seed) {
    struct cw_srtp_key key;
    for (size_t i = 0; i < sizeof key.bytes; i++) key.bytes[i] = (uint8_t)(seed + i * 7);
    return key;
}

static size_t make_rtp(uint8_t *pkt, uint16_t seq, uint32_t ssrc) {
    memset(pkt, 0xab, 12 + PAYLOAD);
    pkt[0] = 0x80;
    pkt[1] = 0;
    cw_put_u16(pkt + 2, seq);
    cw_put_u32(pkt + 4, seq * 160U);
    cw_put_u32(pkt + 8, ssrc);
    return 12 + PAYLOAD;
}

static size_t make_rtcp(uint8_t *pkt, uint32_t ssrc) {
    static const uint8_t report[] = {0x80, 201, 0, 1};
    memcpy(pkt, report, sizeof report);
    cw_put_u32(pkt + 4, ssrc);
    return 8;
}

static int init_pair(struct cw_srtp *out, struct cw_srtp *in, enum cw_srtp_profile profile) {
    struct cw_srtp_key key = key_of(1);
    int err = cw_srtp_init(out, profile, &key, CW_SRTP_OUTBOUND);
    return err ? err : cw_srtp_init(in, profile, &key, CW_SRTP_INBOUND);
}

// ---- against libsrtp's own ciphers: this test has to be the first, while they are still in place

static srtp_t stock_session(enum cw_srtp_profile profile, srtp_ssrc_type_t direction) {
    struct cw_srtp_key key = key_of(1);
    srtp_policy_t policy = {.key = key.bytes, .window_size = 128, .ssrc = {.type = direction}};
    switch (profile) {
    case CW_SRTP_AEAD_AES_128_GCM:
        srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtp);
        srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtcp);
        break;
    case CW_SRTP_AEAD_AES_256_GCM:
        srtp_crypto_policy_set_aes_gcm_256_16_auth(&policy.rtp);
        srtp_crypto_policy_set_aes_gcm_256_16_auth(&policy.rtcp);
        break;
    case CW_SRTP_AES_CM_128_HMAC_SHA1_32:
        srtp_crypto_policy_set_aes_cm_128_hmac_sha1_32(&policy.rtp);
        srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy.rtcp);
        break;
    default:
        srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy.rtp);
        srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy.rtcp);
    }
    srtp_t session = NULL;
    return srtp_create(&session, &policy) == srtp_err_status_ok ? session : NULL;
}

static void check_both_ways(srtp_t sender, srtp_t receiver, struct cw_srtp *out, struct cw_srtp *in) {
    uint8_t plain[256], pkt[256];
    for (uint16_t seq = 65530; seq != 10; seq++) { // over the roll-over
        size_t want = make_rtp(plain, seq, SSRC), len = want;
        memcpy(pkt, plain, len);
        int n = (int)len;
        CHECK_INT(srtp_protect(sender, pkt, &n), srtp_err_status_ok);
        len = (size_t)n;
        CHECK_INT(cw_srtp_unprotect(in, pkt, &len), 0);
        CHECK_INT(len, want);
        CHECK_MEM(pkt, plain, want);
        CHECK_INT(cw_srtp_protect(out, pkt, &len, sizeof pkt), 0);
        n = (int)len;
        CHECK_INT(srtp_unprotect(receiver, pkt, &n), srtp_err_status_ok);
        CHECK_INT(n, want);
        CHECK_MEM(pkt, plain, want);
    }
    for (int i = 0; i < 3; i++) {
        size_t want = make_rtcp(plain, SSRC), len = want;
        memcpy(pkt, plain, len);
        int n = (int)len;
        CHECK_INT(srtp_protect_rtcp(sender, pkt, &n), srtp_err_status_ok);
        len = (size_t)n;
        CHECK_INT(cw_srtp_unprotect_rtcp(in, pkt, &len), 0);
        CHECK_INT(cw_srtp_protect_rtcp(out, pkt, &len, sizeof pkt), 0);
        n = (int)len;
        CHECK_INT(srtp_unprotect_rtcp(receiver, pkt, &n), srtp_err_status_ok);
        CHECK_MEM(pkt, plain, want);
    }
}

static void agrees_with_stock_ciphers(void) {
    srtp_t senders[PROFILES], receivers[PROFILES];
    REQUIRE(srtp_init() == srtp_err_status_ok);
    for (size_t i = 0; i < PROFILES; i++) {
        senders[i] = stock_session(all_profiles[i], ssrc_any_outbound);
        receivers[i] = stock_session(all_profiles[i], ssrc_any_inbound);
        REQUIRE(senders[i] && receivers[i]);
    }
    REQUIRE(srtp_shutdown() == srtp_err_status_ok); // sessions keep their ciphers; the next init replaces the types
    for (size_t i = 0; i < PROFILES; i++) {
        struct cw_srtp out = {0}, in = {0};
        CHECK_INT(init_pair(&out, &in, all_profiles[i]), 0);
        check_both_ways(senders[i], receivers[i], &out, &in);
        cw_srtp_fini(&out);
        cw_srtp_fini(&in);
        srtp_dealloc(senders[i]);
        srtp_dealloc(receivers[i]);
    }
}

// ---- vectors

// RFC 3711 B.3 gives the session keys of a master key; the packet they make is computed here.
static void rfc3711_key_derivation(void) {
    static const uint8_t master[] = {0xe1, 0xf9, 0x7a, 0x0d, 0x3e, 0x01, 0x8b, 0xe0, 0xd6, 0x4f,
                                     0xa3, 0x2c, 0x06, 0xde, 0x41, 0x39, 0x0e, 0xc6, 0x75, 0xad,
                                     0x49, 0x8a, 0xfe, 0xeb, 0xb6, 0x96, 0x0b, 0x3a, 0xab, 0xe6};
    static const uint8_t cipher_key[] = {0xc6, 0x1e, 0x7a, 0x93, 0x74, 0x4f, 0x39, 0xee,
                                         0x10, 0x73, 0x4a, 0xfe, 0x3f, 0xf7, 0xa0, 0x87};
    static const uint8_t salt[16] = {0x30, 0xcb, 0xbc, 0x08, 0x86, 0x3d, 0x8c,
                                     0x85, 0xd4, 0x9d, 0xb3, 0x4a, 0x9a, 0xe1};
    static const uint8_t auth_key[] = {0xce, 0xbe, 0x32, 0x1f, 0x6f, 0xf7, 0x71, 0x6b, 0x6f, 0xd4,
                                       0xab, 0x49, 0xaf, 0x25, 0x6a, 0x15, 0x6d, 0x38, 0xba, 0xa4};
    uint8_t pkt[256], want[256], iv[16] = {0}, tag[20];
    size_t len = make_rtp(pkt, 0x1234, SSRC);
    memcpy(want, pkt, len);

    cw_put_u32(iv + 4, SSRC); // IV = salt * 2^16 XOR SSRC * 2^64 XOR index * 2^16
    cw_put_u16(iv + 12, 0x1234);
    for (size_t i = 0; i < 14; i++) iv[i] ^= salt[i];
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    int done = 0;
    EVP_EncryptInit_ex(ctx, EVP_aes_128_ctr(), NULL, cipher_key, iv);
    EVP_EncryptUpdate(ctx, want + 12, &done, want + 12, PAYLOAD);
    EVP_CIPHER_CTX_free(ctx);
    memset(want + len, 0, 4); // the roll-over counter is authenticated behind the packet
    HMAC(EVP_sha1(), auth_key, sizeof auth_key, want, len + 4, tag, NULL);
    memcpy(want + len, tag, 10);

    struct cw_srtp out = {0};
    struct cw_srtp_key key = {0};
    memcpy(key.bytes, master, sizeof master);
    REQUIRE(cw_srtp_init(&out, CW_SRTP_AES_CM_128_HMAC_SHA1_80, &key, CW_SRTP_OUTBOUND) == 0);
    CHECK_INT(cw_srtp_protect(&out, pkt, &len, sizeof pkt), 0);
    CHECK_INT(len, 12 + PAYLOAD + 10);
    CHECK_MEM(pkt, want, len);
    cw_srtp_fini(&out);
}

// RFC 7714 §16.1.1 and §16.2.1 give session keys, so they are put to the cipher itself.
static void rfc7714_vectors(void) {
    static const uint8_t header[] = {0x80, 0x40, 0xf1, 0x7b, 0x80, 0x41, 0xf8, 0xd3, 0x55, 0x01, 0xa0, 0xb2};
    static const char text[] = "Gallia est omnis divisa in partes tres";
    static const uint8_t sealed[2][54] = {
        {0xf2, 0x4d, 0xe3, 0xa3, 0xfb, 0x34, 0xde, 0x6c, 0xac, 0xba, 0x86, 0x1c, 0x9d, 0x7e, 0x4b, 0xca, 0xbe, 0x63,
         0x3b, 0xd5, 0x0d, 0x29, 0x4e, 0x6f, 0x42, 0xa5, 0xf4, 0x7a, 0x51, 0xc7, 0xd1, 0x9b, 0x36, 0xde, 0x3a, 0xdf,
         0x88, 0x33, 0x89, 0x9d, 0x7f, 0x27, 0xbe, 0xb1, 0x6a, 0x91, 0x52, 0xcf, 0x76, 0x5e, 0xe4, 0x39, 0x0c, 0xce},
        {0x32, 0xb1, 0xde, 0x78, 0xa8, 0x22, 0xfe, 0x12, 0xef, 0x9f, 0x78, 0xfa, 0x33, 0x2e, 0x33, 0xaa, 0xb1, 0x80,
         0x12, 0x38, 0x9a, 0x58, 0xe2, 0xf3, 0xb5, 0x0b, 0x2a, 0x02, 0x76, 0xff, 0xae, 0x0f, 0x1b, 0xa6, 0x37, 0x99,
         0xb8, 0x7b, 0x7a, 0xa3, 0xdb, 0x36, 0xdf, 0xff, 0xd6, 0xb0, 0xf9, 0xbb, 0x78, 0x78, 0xd7, 0xa7, 0x6c, 0x13}};
    uint8_t iv[] = {0x51, 0x75, 0x3c, 0x65, 0x80, 0xc2, 0x72, 0x6f, 0x20, 0x71, 0x84, 0x14};
    struct cw_srtp warm = {0};
    struct cw_srtp_key any = key_of(9);
    REQUIRE(cw_srtp_init(&warm, CW_SRTP_AEAD_AES_128_GCM, &any, CW_SRTP_OUTBOUND) == 0);
    cw_srtp_fini(&warm);
    for (int big = 0; big < 2; big++) {
        uint8_t key[44] = {0}, data[64];
        for (uint8_t i = 0; i < (big ? 32 : 16); i++) key[i] = i;
        srtp_cipher_t *cipher = NULL;
        REQUIRE(srtp_crypto_kernel_alloc_cipher(big ? SRTP_AES_GCM_256 : SRTP_AES_GCM_128, &cipher, big ? 44 : 28,
                                                16) == 0);
        CHECK(strstr(cipher->type->description, "EVP") != NULL);
        CHECK_INT(srtp_cipher_init(cipher, key), 0);
        CHECK_INT(srtp_cipher_set_iv(cipher, iv, srtp_direction_encrypt), 0);
        CHECK_INT(srtp_cipher_set_aad(cipher, header, sizeof header), 0);
        uint32_t len = 38, tag_len = 16;
        memcpy(data, text, len);
        CHECK_INT(srtp_cipher_encrypt(cipher, data, &len), 0);
        CHECK_INT(srtp_cipher_get_tag(cipher, data + len, &tag_len), 0);
        CHECK_MEM(data, sealed[big], 54);
        CHECK_INT(srtp_cipher_set_iv(cipher, iv, srtp_direction_decrypt), 0);
        CHECK_INT(srtp_cipher_set_aad(cipher, header, sizeof header), 0);
        len = 54;
        CHECK_INT(srtp_cipher_decrypt(cipher, data, &len), 0);
        CHECK_INT(len, 38);
        CHECK_MEM(data, text, 38);
        srtp_cipher_dealloc(cipher);
    }
}

// ---- behaviour, with every profile

static void replay_is_refused(void) {
    for (size_t i = 0; i < PROFILES; i++) {
        struct cw_srtp out = {0}, in = {0};
        uint8_t first[256], pkt[256];
        REQUIRE(init_pair(&out, &in, all_profiles[i]) == 0);
        size_t first_len = make_rtp(first, 100, SSRC), len;
        CHECK_INT(cw_srtp_protect(&out, first, &first_len, sizeof first), 0);
        memcpy(pkt, first, len = first_len);
        CHECK_INT(cw_srtp_unprotect(&in, pkt, &len), 0);
        memcpy(pkt, first, len = first_len);
        CHECK_INT(cw_srtp_unprotect(&in, pkt, &len), CW_EREPLAY);
        CHECK_INT(len, first_len);
        len = make_rtp(pkt, (uint16_t)(100 + CW_SRTP_WINDOW + 1), SSRC);
        CHECK_INT(cw_srtp_protect(&out, pkt, &len, sizeof pkt), 0);
        CHECK_INT(cw_srtp_unprotect(&in, pkt, &len), 0);
        memcpy(pkt, first, len = first_len); // too old to tell
        CHECK_INT(cw_srtp_unprotect(&in, pkt, &len), CW_EREPLAY);
        len = make_rtp(pkt, 100, SSRC); // nor is a number sent twice
        CHECK_INT(cw_srtp_protect(&out, pkt, &len, sizeof pkt), CW_EREPLAY);
        size_t rtcp_len = make_rtcp(first, SSRC);
        CHECK_INT(cw_srtp_protect_rtcp(&out, first, &rtcp_len, sizeof first), 0);
        memcpy(pkt, first, len = rtcp_len);
        CHECK_INT(cw_srtp_unprotect_rtcp(&in, pkt, &len), 0);
        CHECK_INT(cw_srtp_unprotect_rtcp(&in, first, &rtcp_len), CW_EREPLAY);
        cw_srtp_fini(&out);
        cw_srtp_fini(&in);
    }
}

static void late_packets_within_the_window_pass_over_a_roll_over(void) {
    struct cw_srtp out = {0}, in = {0};
    uint8_t late[256], pkt[256];
    REQUIRE(init_pair(&out, &in, CW_SRTP_AEAD_AES_128_GCM) == 0);
    size_t late_len = 0, len;
    for (uint16_t seq = 65400; seq != 200; seq++) {
        len = make_rtp(pkt, seq, SSRC);
        CHECK_INT(cw_srtp_protect(&out, pkt, &len, sizeof pkt), 0);
        if (seq == 65500) {
            memcpy(late, pkt, late_len = len);
            continue;
        }
        CHECK_INT(cw_srtp_unprotect(&in, pkt, &len), 0);
    }
    CHECK_INT(cw_srtp_unprotect(&in, late, &late_len), 0);
    cw_srtp_fini(&out);
    cw_srtp_fini(&in);
}

static void forged_packets_are_refused_and_leave_no_trace(void) {
    for (size_t i = 0; i < PROFILES; i++) {
        struct cw_srtp out = {0}, in = {0}, other = {0};
        uint8_t pkt[256], copy[256];
        REQUIRE(init_pair(&out, &in, all_profiles[i]) == 0);
        struct cw_srtp_key wrong = key_of(2);
        REQUIRE(cw_srtp_init(&other, all_profiles[i], &wrong, CW_SRTP_INBOUND) == 0);
        size_t len = make_rtp(pkt, 1, SSRC), n;
        CHECK_INT(cw_srtp_protect(&out, pkt, &len, sizeof pkt), 0);
        memcpy(copy, pkt, n = len);
        CHECK_INT(cw_srtp_unprotect(&other, copy, &n), CW_EAUTH);
        for (size_t at = 0; at < len; at += 5) {
            if (at == 0) continue; // the version decides whether it is RTP at all
            memcpy(copy, pkt, n = len);
            copy[at] ^= 1;
            CHECK_INT(cw_srtp_unprotect(&in, copy, &n), CW_EAUTH);
        }
        CHECK_INT(in.ssrc_count, 0);
        CHECK_INT(cw_srtp_unprotect(&in, pkt, &len), 0);
        CHECK_INT(in.ssrc_count, 1);
        cw_srtp_fini(&out);
        cw_srtp_fini(&in);
        cw_srtp_fini(&other);
    }
}

static void sources_are_bounded(void) {
    struct cw_srtp out = {0}, in = {0};
    uint8_t pkt[256];
    REQUIRE(init_pair(&out, &in, CW_SRTP_AEAD_AES_128_GCM) == 0);
    for (uint32_t i = 0; i <= CW_SRTP_SSRC_MAX; i++) {
        size_t len = make_rtp(pkt, 1, 1000 + i);
        CHECK_INT(cw_srtp_protect(&out, pkt, &len, sizeof pkt), 0);
        CHECK_INT(cw_srtp_unprotect(&in, pkt, &len), i < CW_SRTP_SSRC_MAX ? 0 : CW_ELIMIT);
    }
    cw_srtp_fini(&out);
    cw_srtp_fini(&in);
}

static void short_and_large_packets(void) {
    struct cw_srtp out = {0}, in = {0};
    uint8_t pkt[256] = {0x80};
    REQUIRE(init_pair(&out, &in, CW_SRTP_AEAD_AES_128_GCM) == 0);
    for (size_t n = 0; n < 40; n++) {
        size_t len = n;
        CHECK(cw_srtp_unprotect(&in, pkt, &len) < 0);
        CHECK(cw_srtp_unprotect_rtcp(&in, pkt, &len) < 0);
    }
    size_t len = make_rtp(pkt, 1, SSRC);
    CHECK_INT(cw_srtp_protect(&out, pkt, &len, len + CW_SRTP_OVERHEAD - 1), CW_ETOOBIG);
    CHECK_INT(cw_srtp_protect(&out, pkt, &len, len + CW_SRTP_OVERHEAD), 0);
    struct cw_srtp_key key = key_of(1);
    CHECK_INT(cw_srtp_init(&out, CW_SRTP_NONE, &key, CW_SRTP_OUTBOUND), CW_EINVAL);
    cw_srtp_fini(&out);
    cw_srtp_fini(&out);
    cw_srtp_fini(&in);
    CHECK_INT(cw_srtp_unprotect(&in, pkt, &len), CW_ESTATE);
}

// ---- SDES

static void sdes_round_trip(void) {
    for (size_t i = 0; i < PROFILES; i++) {
        struct cw_sdes sdes, back;
        char text[CW_SDES_SIZE];
        REQUIRE(cw_sdes_make(&sdes, (uint32_t)i + 1, all_profiles[i]) == 0);
        CHECK_INT(cw_sdes_write(&sdes, text, sizeof text), 0);
        REQUIRE(cw_sdes_parse(&back, text) == 0);
        CHECK_INT(back.tag, i + 1);
        CHECK_INT(back.profile, all_profiles[i]);
        CHECK_MEM(&back.key, &sdes.key, sizeof sdes.key);
        CHECK_INT(cw_sdes_write(&sdes, text, 20), CW_ETOOBIG);
    }
}

static void sdes_lines(void) {
    static const char key[] = "inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz"; // RFC 4568 §4.1
    static const struct {
        const char *format;
        int want;
    } lines[] = {
        {"1 AES_CM_128_HMAC_SHA1_80 %s", 0},
        {"1 AES_CM_128_HMAC_SHA1_80 %s|2^20", 0},
        {"999999999 aes_cm_128_hmac_sha1_32  %s|1048576 WSH=128 -FUTURE=1\r\n", 0},
        {"1 AES_CM_128_HMAC_SHA1_80 %s|2^20|1:4", CW_EUNSUPPORTED},
        {"1 AES_CM_128_HMAC_SHA1_80 %s|1:4", CW_EUNSUPPORTED},
        {"1 AES_CM_128_HMAC_SHA1_80 %s;inline:x", CW_EUNSUPPORTED},
        {"1 AES_CM_128_HMAC_SHA1_80 %s UNENCRYPTED_SRTP", CW_EUNSUPPORTED},
        {"1 AES_CM_128_HMAC_SHA1_80 %s KDR=1", CW_EUNSUPPORTED},
        {"1 F8_128_HMAC_SHA1_80 %s", CW_EUNSUPPORTED},
        {"1 AEAD_AES_128_GCM %s", CW_EFORMAT}, // a key too long for it
        {"x AES_CM_128_HMAC_SHA1_80 %s", CW_EFORMAT},
        {"1234567890 AES_CM_128_HMAC_SHA1_80 %s", CW_EFORMAT},
        {"1 AES_CM_128_HMAC_SHA1_80 inline:%s", CW_EFORMAT},
        {"1 AES_CM_128_HMAC_SHA1_80", CW_EFORMAT},
        {"1 AES_CM_128_HMAC_SHA1_80 inline:", CW_EFORMAT},
        {"1", CW_EFORMAT},
        {"", CW_EFORMAT},
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        char text[256];
        struct cw_sdes sdes;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        snprintf(text, sizeof text, lines[i].format, key);
#pragma GCC diagnostic pop
        int got = cw_sdes_parse(&sdes, text);
        if (got != lines[i].want) printf("# %s\n", text);
        CHECK_INT(got, lines[i].want);
    }
    struct cw_sdes padded, bare; // 44 bytes: "…==" or nothing
    char text[CW_SDES_SIZE];
    REQUIRE(cw_sdes_make(&padded, 1, CW_SRTP_AEAD_AES_256_GCM) == 0);
    CHECK_INT(cw_sdes_write(&padded, text, sizeof text), 0);
    *strchr(text, '=') = 0;
    CHECK_INT(cw_sdes_parse(&bare, text), 0);
    CHECK_MEM(&bare.key, &padded.key, sizeof bare.key);
}

static const struct cw_test tests[] = {
    TEST(agrees_with_stock_ciphers),
    TEST(rfc3711_key_derivation),
    TEST(rfc7714_vectors),
    TEST(replay_is_refused),
    TEST(late_packets_within_the_window_pass_over_a_roll_over),
    TEST(forged_packets_are_refused_and_leave_no_trace),
    TEST(sources_are_bounded),
    TEST(short_and_large_packets),
    TEST(sdes_round_trip),
    TEST(sdes_lines),
};
TEST_MAIN(tests)
