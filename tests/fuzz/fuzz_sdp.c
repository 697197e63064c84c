// SDP: what parses is written and parsed again to the same lines; candidates likewise.
#include "proto/sdp.h"

#include <stdlib.h>

static char *written(const struct cw_sdp *sdp, size_t *len) {
    struct cw_str out = {0};
    cw_sdp_write(sdp, &out);
    *len = out.len;
    return cw_str_take(&out);
}

static void check_candidate(const struct cw_sdp_candidate *candidate) {
    char first[CW_SDP_CANDIDATE_SIZE], second[CW_SDP_CANDIDATE_SIZE];
    struct cw_sdp_candidate again;
    cw_sdp_candidate_print(candidate, first);
    if (cw_sdp_candidate_parse(&again, first) < 0) abort();
    if (strcmp(first, cw_sdp_candidate_print(&again, second)) != 0) abort();
}

static void check_media(const struct cw_sdp_media *media) {
    char text[CW_SDP_FINGERPRINT_TEXT_SIZE];
    struct cw_sdp_fingerprint again;
    for (size_t i = 0; i < media->candidate_count; i++) check_candidate(&media->candidates[i]);
    for (size_t i = 0; i < media->fingerprint_count; i++)
        if (cw_sdp_fingerprint_parse(&again, cw_sdp_fingerprint_print(&media->fingerprints[i], text)) < 0) abort();
    for (size_t i = 0; i < media->format_count; i++)
        if (cw_sdp_format_find(media, media->formats[i].pt) != &media->formats[i]) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct cw_sdp *sdp = NULL, *again = NULL;
    struct cw_sdp_error error;
    size_t len, again_len;
    if (cw_sdp_parse(&sdp, (const char *)data, size, &error) < 0) return 0;
    for (size_t i = 0; i < sdp->media_count; i++) check_media(&sdp->media[i]);
    char *text = written(sdp, &len), *text_again = NULL;
    int err = cw_sdp_parse(&again, text, len, &error);
    if (err < 0 && err != CW_ETOOBIG) abort(); // CRLF for LF may make it larger
    if (err == 0) {
        text_again = written(again, &again_len);
        if (again->media_count != sdp->media_count || strcmp(text, text_again) != 0) abort();
    }
    free(text);
    free(text_again);
    cw_sdp_free(sdp);
    cw_sdp_free(again);
    return 0;
}
