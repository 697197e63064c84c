// Digits in SIP INFO: application/dtmf-relay ("Signal=5\r\nDuration=160\r\n") and application/dtmf ("5").
// Pure functions, any thread.
#ifndef CW_PROTO_DTMF_INFO_H
#define CW_PROTO_DTMF_INFO_H

#include <stddef.h>
#include <stdint.h>

#define CW_DTMF_INFO_TYPE "application/dtmf-relay"
#define CW_DTMF_INFO_SIZE 48

struct cw_dtmf_info {
    char digit; // 0-9 * # A-D
    uint32_t duration_ms;
};

// content_type may have parameters. CW_EUNSUPPORTED: a type that carries no digits; CW_EFORMAT: no digit in the body.
// Without a (sensible) duration it is 160 ms; it is limited to what RFC 4733 senders may use here (dtmf.h).
int cw_dtmf_info_parse(const char *content_type, const char *body, struct cw_dtmf_info *out);

// The body of type CW_DTMF_INFO_TYPE, NUL-terminated.
void cw_dtmf_info_write(const struct cw_dtmf_info *info, char out[CW_DTMF_INFO_SIZE]);

#endif
