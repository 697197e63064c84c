// Keys in SDP, a=crypto (RFC 4568; AEAD suites RFC 7714 §14.2): what a SIP phone with RTP/SAVP exchanges.
#ifndef CW_PROTO_SRTP_SDES_H
#define CW_PROTO_SRTP_SDES_H

#include "proto/srtp.h"

struct cw_sdes {
    uint32_t tag; // 1..999999999
    enum cw_srtp_profile profile;
    struct cw_srtp_key key; // of the one who wrote the line
};

#define CW_SDES_SIZE 128 // what cw_sdes_write needs at most, with its NUL

// value: the attribute without "a=crypto:". The lifetime is accepted and not kept (2^48 packets do not come).
// CW_EFORMAT: malformed. CW_EUNSUPPORTED: unknown suite, an MKI, several keys, or a session parameter
// that changes the packets (take the next line).
int cw_sdes_parse(struct cw_sdes *out, const char *value);
// "1 AES_CM_128_HMAC_SHA1_80 inline:…" Returns 0 or CW_ETOOBIG.
int cw_sdes_write(const struct cw_sdes *sdes, char *out, size_t cap);
// A fresh key.
int cw_sdes_make(struct cw_sdes *out, uint32_t tag, enum cw_srtp_profile profile);

#endif
