// Texts of descriptions for the SDP and JSEP tests: files of tests/data/sdp, and edits of them.
#ifndef CW_TEST_SDP_TEXT_H
#define CW_TEST_SDP_TEXT_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static inline char *sdp_file(const char *name) {
    char path[512];
    snprintf(path, sizeof path, TEST_DATA "/sdp/%s", name);
    FILE *file = fopen(path, "rb");
    char *text = calloc(1, 65537);
    size_t len = file && text ? fread(text, 1, 65536, file) : 0;
    if (file) fclose(file);
    if (len == 0) printf("# cannot read %s\n", path);
    return text;
}

// text with every `from` replaced; frees text.
static inline char *sdp_edit(char *text, const char *from, const char *to) {
    size_t count = 0, from_len = strlen(from), to_len = strlen(to);
    for (const char *p = text; (p = strstr(p, from)); p += from_len) count++;
    if (!count) printf("# nothing to replace: %s\n", from);
    char *out = malloc(strlen(text) + count * (to_len + 1) + 1), *o = out;
    for (const char *p = text; *p;) {
        if (strncmp(p, from, from_len) == 0) {
            memcpy(o, to, to_len);
            o += to_len;
            p += from_len;
        } else {
            *o++ = *p++;
        }
    }
    *o = '\0';
    free(text);
    return out;
}

#endif
