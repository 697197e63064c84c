// Options of an echo peer: {"audio": true, "video": true, "bitrate_bps": 0}.
#ifndef CW_ECHO_OPTIONS_H
#define CW_ECHO_OPTIONS_H

#include "cw_plugin.h"

#define ECHO_BITRATE_MAX 1000000000 // [bit/s]

struct echo_options {
    bool audio, video;    // is it sent back?
    uint64_t bitrate_bps; // cap of what the browser sends; 0: none
};

// Changes what the JSON object text names. CW_RESULT_INVALID with *error filled, and *options as it was.
int echo_options_patch(struct echo_options *options, const char *text, struct cw_plugin_error *error);
// As JSON object text. CW_RESULT_INVALID if it does not fit.
int echo_options_write(const struct echo_options *options, char *out, size_t cap);

#endif
