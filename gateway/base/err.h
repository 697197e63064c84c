// Error codes: functions return 0 or one of these, negative. Outputs are written only on success.
#ifndef CW_BASE_ERR_H
#define CW_BASE_ERR_H

enum cw_err {
    CW_OK = 0,
    CW_ENOMEM = -1,        // out of memory
    CW_EINVAL = -2,        // an argument is out of range
    CW_EFORMAT = -3,       // malformed input
    CW_ETOOBIG = -4,       // input or result is larger than allowed
    CW_ENOENT = -5,        // no such thing
    CW_EEXIST = -6,        // there is one already
    CW_ESTATE = -7,        // not possible in this state
    CW_EAGAIN = -8,        // nothing now, try later
    CW_EAUTH = -9,         // authentication failed (digest, integrity, fingerprint)
    CW_EUNSUPPORTED = -10, // understood, but not something we do
    CW_EIO = -11,          // the system or a library failed
    CW_EREPLAY = -12,      // a packet seen before, or too old to tell
    CW_ELIMIT = -13,       // a configured limit is reached
};

// A short snake_case name ("no_memory"), never NULL. Any thread.
const char *cw_err_name(int err);

#endif
