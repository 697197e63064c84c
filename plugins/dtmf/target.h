// A plain RTP endpoint: where it is and what it speaks. Written as URI and as JSON options, with the same names:
//
//   rtp:10.0.0.5:4000;codec=PCMU;ptime=20;dtmf_pt=101        {"to": "rtp:10.0.0.5:4000", "codec": "PCMU", …}
//
//   codec       PCMU (default), PCMA, G722 or opus
//   pt          payload type of the codec, 0 to 127; default: 0, 8, 9, or 111 for opus
//   ptime       packet length [ms], 10 to 60; default 20
//   dtmf_pt     payload type of telephone-event (RFC 4733), 96 to 127; default 101; 0: it has none
//   dtmf_clock  clock rate of telephone-event [Hz]: 8000, 16000 or 48000; default: that of the codec
#ifndef CW_DTMF_TARGET_H
#define CW_DTMF_TARGET_H

#include <jansson.h>

#include "cw_plugin.h"

#define DTMF_URI_MAX 256

struct dtmf_codec {
    const char *name, *rtpmap; // "opus", "opus/48000/2"
    int clock_hz, pt;
};

struct dtmf_target {
    char host[64]; // an IP address: nothing here asks a name server
    int port;
    const struct dtmf_codec *codec;
    int pt, ptime_ms, dtmf_pt, dtmf_clock_hz;
};

// "rtp:…". CW_RESULT_INVALID with *error filled; pointer is that of the field, or the one given for a whole URI
// ("/to").
int dtmf_target_parse(struct dtmf_target *out, const char *uri, struct cw_plugin_error *error);
// Changes what the options name, but for "sdp". The pointers of errors are "/codec", ….
int dtmf_target_patch(struct dtmf_target *target, const json_t *options, struct cw_plugin_error *error);
int dtmf_target_uri(const struct dtmf_target *target, char *out, size_t cap); // CW_RESULT_INVALID: does not fit
json_t *dtmf_target_json(const struct dtmf_target *target);                   // new reference

// CW_RESULT_INVALID, and *error says so: 400 with the code, about the field `name` ("" for the whole).
int dtmf_refuse(struct cw_plugin_error *error, const char *code, const char *name, const char *detail);

#endif
