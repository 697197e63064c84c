// DTLS 1.2 (RFC 6347) of one peer for WebRTC (RFC 8827): mutual certificates checked against the fingerprints of the
// description, keys for SRTP (RFC 5764), and the bytes of the SCTP association of data channels (RFC 8261).
// Sans-IO: datagrams in and out. Only pass in what comes from an address ICE has validated.
//
//     NEW --start, or first input--> CONNECTING --handshake done, fingerprint matches--> CONNECTED --close--> CLOSED
//                                        +---- mismatch, alert, time-out, flood ------> FAILED
//
// An object belongs to one thread; an identity is read-only and shared by all.
#ifndef CW_PROTO_DTLS_H
#define CW_PROTO_DTLS_H

#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "proto/srtp.h"

#define CW_DTLS_MTU 1200       // the largest datagram cw_dtls_poll gives [bytes]
#define CW_DTLS_DATA_MAX 1150  // the largest message cw_dtls_send takes
#define CW_DTLS_RECV_MAX 16384 // the largest message cw_dtls_recv gives
#define CW_DTLS_FINGERPRINTS_MAX 4

// ---- our certificate

struct cw_dtls_identity;

// A fresh self-signed ECDSA P-256 certificate (valid for a year).
int cw_dtls_identity_new(struct cw_dtls_identity **out);
// From PEM texts. CW_EFORMAT: unreadable, or the key does not fit the certificate.
int cw_dtls_identity_from_pem(struct cw_dtls_identity **out, const char *certificate, const char *key);
void cw_dtls_identity_free(struct cw_dtls_identity *identity); // after the last cw_dtls made with it

// "AB:CD:…" of SHA-256, for a=fingerprint:sha-256. Valid as long as the identity. Any thread.
const char *cw_dtls_identity_fingerprint(const struct cw_dtls_identity *identity);

// ---- the peer's certificate, as its description tells

enum cw_dtls_hash { CW_DTLS_SHA256, CW_DTLS_SHA384, CW_DTLS_SHA512 };

struct cw_dtls_fingerprint {
    enum cw_dtls_hash hash;
    uint8_t value[64];
};

// hash: "sha-256" in any case; value: "AB:CD:…" (RFC 8122 §5). CW_EUNSUPPORTED: another hash (sha-1 too); CW_EFORMAT.
int cw_dtls_fingerprint_parse(struct cw_dtls_fingerprint *out, const char *hash, const char *value);

// ---- the connection

enum cw_dtls_role { CW_DTLS_PASSIVE, CW_DTLS_ACTIVE }; // a=setup: the server, the client

enum cw_dtls_state { CW_DTLS_NEW, CW_DTLS_CONNECTING, CW_DTLS_CONNECTED, CW_DTLS_CLOSED, CW_DTLS_FAILED };

enum cw_dtls_reason { // why CLOSED or FAILED
    CW_DTLS_REASON_NONE,
    CW_DTLS_REASON_LOCAL,       // cw_dtls_close
    CW_DTLS_REASON_REMOTE,      // the peer's close_notify
    CW_DTLS_REASON_FINGERPRINT, // its certificate is not the one of the description
    CW_DTLS_REASON_CERTIFICATE, // it sent none
    CW_DTLS_REASON_PROFILE,     // it has no SRTP profile of ours
    CW_DTLS_REASON_ALERT,       // it sent a fatal alert
    CW_DTLS_REASON_PROTOCOL,    // malformed, or a version or cipher we refuse
    CW_DTLS_REASON_TIMEOUT,     // no answer to our retransmissions
    CW_DTLS_REASON_FLOOD,       // more handshake packets than any handshake needs
};
const char *cw_dtls_reason_name(enum cw_dtls_reason reason); // "fingerprint", never NULL
const char *cw_dtls_state_name(enum cw_dtls_state state);

struct cw_dtls;

// accepted: 1..CW_DTLS_FINGERPRINTS_MAX; the peer's certificate has to match one of them.
int cw_dtls_new(struct cw_dtls **out, const struct cw_dtls_identity *identity, enum cw_dtls_role role,
                const struct cw_dtls_fingerprint *accepted, size_t count);
void cw_dtls_free(struct cw_dtls *dtls); // says nothing to the peer: see cw_dtls_close

// Active: makes the ClientHello; call it when ICE has an address. Passive: optional. CW_ESTATE: started before.
int cw_dtls_start(struct cw_dtls *dtls, cw_time now);

// One datagram. Afterwards look at the state, drain cw_dtls_poll and cw_dtls_recv, and take cw_dtls_next again.
// 0, or a negative code if it made the connection fail or was dropped (junk, or after the end).
int cw_dtls_input(struct cw_dtls *dtls, cw_time now, const void *data, size_t len);

// The next datagram to send, copied to buf (cap >= CW_DTLS_MTU). Returns its length; 0: nothing.
size_t cw_dtls_poll(struct cw_dtls *dtls, void *buf, size_t cap);

// The next message of application data (SCTP), cut to cap. Returns its length; 0: nothing.
size_t cw_dtls_recv(struct cw_dtls *dtls, void *buf, size_t cap);
// Sends one message; take the datagram with cw_dtls_poll. CW_ESTATE: not connected.
int cw_dtls_send(struct cw_dtls *dtls, const void *data, size_t len);

// Retransmission: when to call cw_dtls_timeout (CW_NEVER: not at all), which makes datagrams for cw_dtls_poll or fails.
// 400 ms, doubled up to 3.2 s, 30 s in all. OpenSSL checks its timer against gettimeofday and offers no other clock, so
// `now` has to advance as that does; a program with a clock of its own replaces gettimeofday (tests/sim/fake_time.c).
cw_time cw_dtls_next(const struct cw_dtls *dtls);
void cw_dtls_timeout(struct cw_dtls *dtls, cw_time now);

// close_notify; the state is CLOSED and one last datagram is to be polled. Harmless in every state.
void cw_dtls_close(struct cw_dtls *dtls);

enum cw_dtls_state cw_dtls_get_state(const struct cw_dtls *dtls);
enum cw_dtls_reason cw_dtls_get_reason(const struct cw_dtls *dtls);

// Once CONNECTED (also after shrink failed, not after it succeeded). CW_ESTATE otherwise.
int cw_dtls_srtp_keys(const struct cw_dtls *dtls, struct cw_srtp_keys *out);

// After the keys were taken and cw_dtls_recv gave 0: gives OpenSSL's memory (about 76 kB) back. What is kept (about
// 1 kB, 3 kB once there was data) answers a repeated last flight of the peer, protects and reads data, reads the peer's
// close_notify and sends ours.
// CW_ESTATE: not CONNECTED. CW_EUNSUPPORTED: a cipher other than AES-128-GCM was agreed; the connection works on.
int cw_dtls_shrink(struct cw_dtls *dtls);

#endif
