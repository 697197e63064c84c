// The softphone page and causeway.js: the files of http.web_dir, read once at start, so that no request reads a disk
// and no name reaches a file system. The set never changes: any thread.
#ifndef CW_SIGNALING_STATIC_H
#define CW_SIGNALING_STATIC_H

#include <stddef.h>

struct cw_static;

struct cw_static_file {
    char *name; // "causeway.js"; "index.html" is "/"
    const char *content_type;
    char etag[24]; // quoted
    char *data;
    size_t len;
};

// Reads the files of a folder whose types are known (not of folders in it). A folder that cannot be read is logged and
// gives an empty set. Main thread.
struct cw_static *cw_static_new(const char *folder);
void cw_static_free(struct cw_static *files);

// NULL: there is none of that name.
const struct cw_static_file *cw_static_find(const struct cw_static *files, const char *name);

#endif
