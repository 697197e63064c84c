// SRTP contexts on libsrtp2.
#include "proto/srtp.h"

#include <pthread.h>
#include <srtp2/srtp.h>
#include <stdbool.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "proto/srtp_ciphers.h"

#define RTP_HEADER 12
#define RTCP_HEADER 8

static const struct {
    const char *name;
    uint8_t key_len;
    uint8_t salt_len;
} profiles[CW_SRTP_PROFILE_COUNT] = {
    [CW_SRTP_NONE] = {"none", 0, 0},
    [CW_SRTP_AEAD_AES_128_GCM] = {"AEAD_AES_128_GCM", 16, 12},
    [CW_SRTP_AEAD_AES_256_GCM] = {"AEAD_AES_256_GCM", 32, 12},
    [CW_SRTP_AES_CM_128_HMAC_SHA1_80] = {"AES_CM_128_HMAC_SHA1_80", 16, 14},
    [CW_SRTP_AES_CM_128_HMAC_SHA1_32] = {"AES_CM_128_HMAC_SHA1_32", 16, 14},
};

static bool known(enum cw_srtp_profile profile) { return profile > CW_SRTP_NONE && profile < CW_SRTP_PROFILE_COUNT; }

const char *cw_srtp_profile_name(enum cw_srtp_profile profile) {
    return profiles[known(profile) ? profile : CW_SRTP_NONE].name;
}

size_t cw_srtp_key_len(enum cw_srtp_profile profile) {
    return profiles[known(profile) ? profile : CW_SRTP_NONE].key_len;
}

size_t cw_srtp_salt_len(enum cw_srtp_profile profile) {
    return profiles[known(profile) ? profile : CW_SRTP_NONE].salt_len;
}

// ---- the library, once in a process

static pthread_once_t library_once = PTHREAD_ONCE_INIT;
static int library_status;

static void library_init(void) {
    library_status = srtp_init() == srtp_err_status_ok ? cw_srtp_ciphers_install() : CW_EIO;
}

static int status_to_err(srtp_err_status_t status) {
    switch (status) {
    case srtp_err_status_ok: return 0;
    case srtp_err_status_auth_fail: return CW_EAUTH;
    case srtp_err_status_replay_fail:
    case srtp_err_status_replay_old: return CW_EREPLAY;
    case srtp_err_status_key_expired: return CW_ELIMIT;
    case srtp_err_status_alloc_fail: return CW_ENOMEM;
    case srtp_err_status_bad_param:
    case srtp_err_status_parse_err: return CW_EFORMAT;
    default: return CW_EIO;
    }
}

static void set_policy(srtp_policy_t *policy, enum cw_srtp_profile profile) {
    switch (profile) {
    case CW_SRTP_AEAD_AES_128_GCM:
        srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy->rtp);
        srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy->rtcp);
        break;
    case CW_SRTP_AEAD_AES_256_GCM:
        srtp_crypto_policy_set_aes_gcm_256_16_auth(&policy->rtp);
        srtp_crypto_policy_set_aes_gcm_256_16_auth(&policy->rtcp);
        break;
    case CW_SRTP_AES_CM_128_HMAC_SHA1_32: // RTCP keeps the long tag (RFC 5764 §4.1.2)
        srtp_crypto_policy_set_aes_cm_128_hmac_sha1_32(&policy->rtp);
        srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy->rtcp);
        break;
    default:
        srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy->rtp);
        srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy->rtcp);
        break;
    }
}

int cw_srtp_library_init(void) {
    pthread_once(&library_once, library_init);
    return library_status;
}

int cw_srtp_init(struct cw_srtp *srtp, enum cw_srtp_profile profile, const struct cw_srtp_key *key,
                 enum cw_srtp_direction direction) {
    if (!known(profile)) return CW_EINVAL;
    if (cw_srtp_library_init()) return library_status;
    struct cw_srtp_key copy = *key; // libsrtp wants it writable
    srtp_policy_t policy = {.key = copy.bytes, .window_size = CW_SRTP_WINDOW};
    policy.ssrc.type = direction == CW_SRTP_INBOUND ? ssrc_any_inbound : ssrc_any_outbound;
    set_policy(&policy, profile);
    srtp_t session = NULL;
    srtp_err_status_t status = srtp_create(&session, &policy);
    explicit_bzero(&copy, sizeof copy);
    if (status != srtp_err_status_ok) return status_to_err(status);
    *srtp = (struct cw_srtp){.session = session, .direction = direction};
    return 0;
}

void cw_srtp_fini(struct cw_srtp *srtp) {
    if (srtp->session) srtp_dealloc(srtp->session);
    *srtp = (struct cw_srtp){0};
}

// ---- packets

static int protect(struct cw_srtp *srtp, uint8_t *pkt, size_t *len, size_t cap,
                   srtp_err_status_t (*run)(srtp_t, void *, int *)) {
    if (!srtp->session) return CW_ESTATE;
    if (cap < CW_SRTP_OVERHEAD || *len > cap - CW_SRTP_OVERHEAD || *len > INT32_MAX / 2) return CW_ETOOBIG;
    int n = (int)*len;
    int err = status_to_err(run(srtp->session, pkt, &n));
    if (!err) *len = (size_t)n;
    return err;
}

int cw_srtp_protect(struct cw_srtp *srtp, uint8_t *pkt, size_t *len, size_t cap) {
    if (*len < RTP_HEADER) return CW_EFORMAT;
    return protect(srtp, pkt, len, cap, srtp_protect);
}

int cw_srtp_protect_rtcp(struct cw_srtp *srtp, uint8_t *pkt, size_t *len, size_t cap) {
    if (*len < RTCP_HEADER) return CW_EFORMAT;
    return protect(srtp, pkt, len, cap, srtp_protect_rtcp);
}

static bool source_known(const struct cw_srtp *srtp, uint32_t ssrc) {
    for (uint32_t i = 0; i < srtp->ssrc_count; i++)
        if (srtp->ssrcs[i] == ssrc) return true;
    return false;
}

// libsrtp keeps a stream per authenticated SSRC for good, so their number is bounded here.
static int unprotect(struct cw_srtp *srtp, uint8_t *pkt, size_t *len, uint32_t ssrc,
                     srtp_err_status_t (*run)(srtp_t, void *, int *)) {
    if (!srtp->session) return CW_ESTATE;
    if (*len > INT32_MAX / 2) return CW_ETOOBIG;
    bool is_known = source_known(srtp, ssrc);
    if (!is_known && srtp->ssrc_count == CW_SRTP_SSRC_MAX) return CW_ELIMIT;
    int n = (int)*len;
    int err = status_to_err(run(srtp->session, pkt, &n));
    if (err) return err;
    if (!is_known) srtp->ssrcs[srtp->ssrc_count++] = ssrc;
    *len = (size_t)n;
    return 0;
}

int cw_srtp_unprotect(struct cw_srtp *srtp, uint8_t *pkt, size_t *len) {
    if (*len < RTP_HEADER) return CW_EFORMAT;
    return unprotect(srtp, pkt, len, cw_get_u32(pkt + 8), srtp_unprotect);
}

int cw_srtp_unprotect_rtcp(struct cw_srtp *srtp, uint8_t *pkt, size_t *len) {
    if (*len < RTCP_HEADER) return CW_EFORMAT;
    return unprotect(srtp, pkt, len, cw_get_u32(pkt + 4), srtp_unprotect_rtcp);
}
