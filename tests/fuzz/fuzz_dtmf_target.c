// What the dtmf plugin reads: URIs (written again they mean the same), options, and an endpoint's SDP.
#include <stdlib.h>
#include <string.h>

#include "dtmf/describe.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_uri(const char *text) {
    struct dtmf_target target = {0}, again = {0};
    struct cw_plugin_error error = {0};
    char uri[DTMF_URI_MAX];
    if (dtmf_target_parse(&target, text, &error)) return;
    if (dtmf_target_uri(&target, uri, sizeof uri) || dtmf_target_parse(&again, uri, &error)) abort();
    if (strcmp(target.host, again.host) != 0 || target.port != again.port || target.codec != again.codec) abort();
    free(dtmf_describe(&target, "sendrecv", 1));
}

static void read_options(const char *text) {
    struct dtmf_target target = {0};
    struct cw_plugin_error error = {0};
    json_t *options = json_loads(text, 0, NULL);
    if (json_is_object(options)) (void)dtmf_target_patch(&target, options, &error);
    json_decref(options);
}

static void read_sdp(const char *text) {
    char host[64];
    int port;
    char *other = dtmf_redirect(text, dtmf_answering_direction(text));
    (void)dtmf_sdp_address(text, host, sizeof host, &port);
    if (other && strstr(other, "\nm=") && !strstr(other, "a="))
        abort(); // the direction stands before the first section
    free(other);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char *text = malloc(size + 1);
    if (!text) abort();
    memcpy(text, data, size);
    text[size] = '\0';
    read_uri(text);
    read_options(text);
    read_sdp(text);
    free(text);
    return 0;
}
