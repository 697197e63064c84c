// The files of signaling/web, built into the program. Any thread.
#ifndef CW_SIGNALING_STATIC_H
#define CW_SIGNALING_STATIC_H

#include <stddef.h>

struct cw_static_file {
    const char *name; // "causeway.js"; "index.html" is "/"
    const char *content_type;
    const char *etag; // quoted
    const unsigned char *data;
    size_t len;
};

// NULL: there is none of that name. Only names of the table are found: nothing is read from a disk.
const struct cw_static_file *cw_static_find(const char *name);

// Of the generated web_files.c; ends with name NULL.
extern const struct cw_static_file cw_static_files[];

#endif
