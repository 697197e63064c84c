// Looking up built-in files.
#include "signaling/static.h"

#include <string.h>

const struct cw_static_file *cw_static_find(const char *name) {
    for (const struct cw_static_file *file = cw_static_files; file->name; file++) {
        if (strcmp(file->name, name) == 0) return file;
    }
    return NULL;
}
