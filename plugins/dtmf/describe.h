// SDP of a plain RTP endpoint: made from what it is, or its own text with another direction.
#ifndef CW_DTMF_DESCRIBE_H
#define CW_DTMF_DESCRIBE_H

#include "dtmf/target.h"

#define DTMF_SDP_MAX 65536 // [bytes]

// direction: "sendrecv", …. version: of the o= line, rising. free() it; NULL without memory.
char *dtmf_describe(const struct dtmf_target *target, const char *direction, unsigned version);
// The text with its direction attributes replaced. free() it; NULL without memory.
char *dtmf_redirect(const char *sdp, const char *direction);
// The direction that answers the one in the text.
const char *dtmf_answering_direction(const char *sdp);
// Where an SDP wants its audio, for rtp:ADDRESS:PORT: the first m=audio and the c= line that holds for it. False: none.
bool dtmf_sdp_address(const char *sdp, char *host, size_t cap, int *port);

#endif
