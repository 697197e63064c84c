// OpenSSL's AES-CM, AES-GCM and HMAC-SHA1 as libsrtp2 cipher and auth types. Internal to srtp.c.
#ifndef CW_PROTO_SRTP_CIPHERS_H
#define CW_PROTO_SRTP_CIPHERS_H

// Puts them in place of libsrtp's own, after libsrtp has tested them with vectors of the RFCs and with
// random data. After srtp_init, once in a process, before other threads use libsrtp. 0 or CW_EIO.
int cw_srtp_ciphers_install(void);

#endif
