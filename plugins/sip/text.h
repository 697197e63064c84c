// Texts that enter or leave SIP headers: what is safe to send, and small parsers. Pure functions.
#ifndef CW_SIP_TEXT_H
#define CW_SIP_TEXT_H

#include <stdbool.h>
#include <stddef.h>

enum cw_sip_scheme { CW_SIP_SCHEME_SIP, CW_SIP_SCHEME_SIPS, CW_SIP_SCHEME_TEL };

// Parts of a URI, as pointers into it. RFC 3261 section 19.1, RFC 3966.
struct cw_sip_uri {
    enum cw_sip_scheme scheme;
    const char *user, *host, *port, *params; // params: from the first ';' on, or the end
    size_t user_len, host_len, port_len;     // port_len 0: none
};

// Is this a URI that may be put into a request line or header as it is? `?headers` are refused: they would become
// headers of the request. CW_RESULT_INVALID with *why (constant text), CW_RESULT_UNSUPPORTED for another scheme.
int cw_sip_uri_parse(const char *text, struct cw_sip_uri *out, const char **why);

// No CR, LF or other control character: cannot end a header.
bool cw_sip_text_is_safe(const char *text);
// Headers of the application: X- and a token (RFC 3261 section 25.1).
bool cw_sip_header_is_allowed(const char *name);

// Writes a display name as a quoted string. CW_RESULT_INVALID if it does not fit.
int cw_sip_quote(const char *text, char *out, size_t cap);
// The other way; an unquoted name is copied. Cuts what does not fit.
void cw_sip_unquote(const char *text, char *out, size_t cap);
// %41 to A. Cuts what does not fit; %00 is dropped.
void cw_sip_unescape(const char *text, char *out, size_t cap);
// A number as dialled without its visual separators (RFC 3966 section 3); parameters are left out.
void cw_sip_tel_digits(const struct cw_sip_uri *uri, char *out, size_t cap);

#endif
