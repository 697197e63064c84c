// What the files of DTLS share. Internal to dtls*.c.
#ifndef CW_PROTO_DTLS_INTERNAL_H
#define CW_PROTO_DTLS_INTERNAL_H

#include <openssl/ssl.h>
#include <stdbool.h>

#include "proto/dtls.h"

#define CW_DTLS_FINGERPRINT_SIZE 96 // "AB:" 32 times and a NUL

struct cw_dtls_identity {
    SSL_CTX *ctx;
    char fingerprint[CW_DTLS_FINGERPRINT_SIZE];
};

// The one question about the peer's certificate: does it match an accepted fingerprint? 1 or 0.
int cw_dtls_verify(X509_STORE_CTX *store, void *arg);
// The digest of the certificate equals the fingerprint; takes the same time wherever they differ.
bool cw_dtls_fingerprint_matches(const struct cw_dtls_fingerprint *fingerprint, const X509 *certificate);

// ---- DTLS records on the wire (RFC 6347 §4.1)
//    type 1 | version 2 | epoch 2 | sequence 6 | length 2 | fragment
#define CW_DTLS_HEADER 13
enum { CW_DTLS_CHANGE_CIPHER = 20, CW_DTLS_ALERT = 21, CW_DTLS_HANDSHAKE = 22, CW_DTLS_APPLICATION = 23 };

struct cw_dtls_record {
    const uint8_t *header;
    uint8_t type;
    uint16_t epoch;
    uint64_t sequence;
    const uint8_t *fragment;
    size_t len;
};

// The next record of a datagram; false: no whole one is left. Moves *data and *len behind it.
bool cw_dtls_record_next(struct cw_dtls_record *out, const uint8_t **data, size_t *len);

// ---- what is left of a connection that was shrunk

#define CW_DTLS_FLIGHT_MAX 256 // ChangeCipherSpec and Finished take about 75 bytes
#define CW_DTLS_SEAL_MAX 37    // what sealing adds to a text: header, explicit nonce, tag

struct cw_dtls_tail {
    uint8_t read_key[16], write_key[16];
    uint8_t read_salt[4], write_salt[4];
    EVP_CIPHER_CTX *reader, *writer; // made with the first record
    uint64_t write_sequence;         // of our newest record of epoch 1
    uint64_t write_nonce;            // the part of its nonce that is sent
    uint64_t read_newest;            // sequence of the newest authentic record of the peer
    uint64_t read_seen;              // bit n: so was read_newest - n (RFC 6347 §4.1.2.6)
    uint8_t repeats;                 // times the flight may still be repeated
    uint16_t flight_len;             // 0: the peer had the last word
    uint8_t flight[CW_DTLS_FLIGHT_MAX];
};

// Takes the keys of records out of an established connection with AES-128-GCM; else CW_EUNSUPPORTED.
int cw_dtls_tail_keys(struct cw_dtls_tail *tail, SSL *ssl);
void cw_dtls_tail_fini(struct cw_dtls_tail *tail); // wipes the keys
// Notes what OpenSSL sends. in_handshake: its last flight is kept.
void cw_dtls_tail_note(struct cw_dtls_tail *tail, const uint8_t *data, size_t len, bool in_handshake);
// Writes a protected record of our own; returns its length, 0: cap is less than len + CW_DTLS_SEAL_MAX, or no memory.
size_t cw_dtls_tail_seal(struct cw_dtls_tail *tail, uint8_t type, const void *text, size_t len, uint8_t *out,
                         size_t cap);
// The text of a record of the peer: written to text (room for record->len). CW_EAUTH, CW_EREPLAY, CW_ENOMEM.
int cw_dtls_tail_open(struct cw_dtls_tail *tail, const struct cw_dtls_record *record, uint8_t *text, size_t *len);
// Does the text of an alert record end the connection?
bool cw_dtls_alert_ends(const uint8_t *text, size_t len);

#endif
