// SRTP and SRTCP (RFC 3711, RFC 7714) of one direction, on libsrtp2 with OpenSSL's ciphers (keyed once)
// in place of its own, which slow down with the number of sessions. No heap allocation per packet.
// The first cw_srtp_init of the process installs the ciphers. A context belongs to one thread at a time.
#ifndef CW_PROTO_SRTP_H
#define CW_PROTO_SRTP_H

#include <stddef.h>
#include <stdint.h>

enum cw_srtp_profile { // in our order of preference
    CW_SRTP_NONE,
    CW_SRTP_AEAD_AES_128_GCM,
    CW_SRTP_AEAD_AES_256_GCM,
    CW_SRTP_AES_CM_128_HMAC_SHA1_80,
    CW_SRTP_AES_CM_128_HMAC_SHA1_32, // SDES only
    CW_SRTP_PROFILE_COUNT
};

#define CW_SRTP_KEY_MAX 44  // the longest master key and salt together
#define CW_SRTP_OVERHEAD 20 // most bytes that protection adds (tag, and the SRTCP index)
#define CW_SRTP_SSRC_MAX 64 // sources of one inbound context
#define CW_SRTP_WINDOW 512  // replay window [packets]

const char *cw_srtp_profile_name(enum cw_srtp_profile profile); // "AEAD_AES_128_GCM" (RFC 4568, RFC 7714), never NULL
size_t cw_srtp_key_len(enum cw_srtp_profile profile);           // master key bytes: 16 or 32
size_t cw_srtp_salt_len(enum cw_srtp_profile profile);          // master salt bytes: 12 or 14

// Master key followed by master salt.
struct cw_srtp_key {
    uint8_t bytes[CW_SRTP_KEY_MAX];
};

// Both directions as a key exchange gives them.
struct cw_srtp_keys {
    enum cw_srtp_profile profile;
    struct cw_srtp_key local;  // what we send with
    struct cw_srtp_key remote; // what the peer sends with
};

enum cw_srtp_direction { CW_SRTP_INBOUND, CW_SRTP_OUTBOUND };

struct cw_srtp {
    void *session; // libsrtp's; NULL: not ready
    enum cw_srtp_direction direction;
    uint32_t ssrc_count;
    uint32_t ssrcs[CW_SRTP_SSRC_MAX];
};

// Brings the library up now, which takes long enough to be heard in the first call that would do it. Any thread.
// CW_EIO.
int cw_srtp_library_init(void);

// Any SSRC is taken. The key is copied; wipe yours. CW_EINVAL: no such profile.
int cw_srtp_init(struct cw_srtp *srtp, enum cw_srtp_profile profile, const struct cw_srtp_key *key,
                 enum cw_srtp_direction direction);
void cw_srtp_fini(struct cw_srtp *srtp);

// In place. *len is the packet's length before and after; cap the room at pkt (>= *len + CW_SRTP_OVERHEAD).
// CW_ETOOBIG: no room. CW_EFORMAT: not RTP/RTCP. CW_EREPLAY: this sequence number was sent before.
int cw_srtp_protect(struct cw_srtp *srtp, uint8_t *pkt, size_t *len, size_t cap);
int cw_srtp_protect_rtcp(struct cw_srtp *srtp, uint8_t *pkt, size_t *len, size_t cap);

// In place; *len shrinks. CW_EAUTH: forged or wrong key. CW_EREPLAY: seen before or too old. CW_EFORMAT: not SRTP.
// CW_ELIMIT: an SSRC too many. After an error the packet's bytes are undefined.
int cw_srtp_unprotect(struct cw_srtp *srtp, uint8_t *pkt, size_t *len);
int cw_srtp_unprotect_rtcp(struct cw_srtp *srtp, uint8_t *pkt, size_t *len);

#endif
