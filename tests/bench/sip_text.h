// The few parts of a SIP message that an answering phone needs (RFC 3261).
#ifndef TESTS_BENCH_SIP_TEXT_H
#define TESTS_BENCH_SIP_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#define SIP_MESSAGE_MAX 8192

// The value of the first header of that name ("Call-ID"; compact: its one letter form, 0: none). False: none, or too
// long.
bool sip_header(const char *message, const char *name, char compact, char *out, size_t cap);
// A reply with the request's Via, From, To (with `tag`, if it has none), Call-ID, CSeq and Record-Route; contact and
// sdp may be NULL. Its length; 0: it does not fit.
size_t sip_reply(char *out, size_t cap, const char *request, const char *status, const char *tag, const char *contact,
                 const char *sdp);

#endif
