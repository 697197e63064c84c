// Names of error codes.
#include "base/err.h"

const char *cw_err_name(int err) {
    switch (err) {
    case CW_OK: return "ok";
    case CW_ENOMEM: return "no_memory";
    case CW_EINVAL: return "invalid_argument";
    case CW_EFORMAT: return "malformed";
    case CW_ETOOBIG: return "too_big";
    case CW_ENOENT: return "not_found";
    case CW_EEXIST: return "exists";
    case CW_ESTATE: return "wrong_state";
    case CW_EAGAIN: return "try_again";
    case CW_EAUTH: return "authentication_failed";
    case CW_EUNSUPPORTED: return "unsupported";
    case CW_EIO: return "io_error";
    case CW_EREPLAY: return "replayed";
    case CW_ELIMIT: return "limit_reached";
    default: return "unknown_error";
    }
}
