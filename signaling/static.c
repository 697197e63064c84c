// Reading and finding the page's files.
#include "signaling/static.h"

#include <glib.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"

#define MAX_FILES 100
#define MAX_FILE_BYTES ((gsize)4 << 20)

struct cw_static {
    GHashTable *files; // name → struct cw_static_file, owned
};

struct type {
    const char *ending, *content_type;
};

static const struct type types[] = {
    {".html", "text/html; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".ico", "image/x-icon"},
    {".json", "application/json"},
    {".webmanifest", "application/manifest+json"},
    {".wav", "audio/wav"},
    {".ogg", "audio/ogg"},
};

static const char *type_of(const char *name) {
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (g_str_has_suffix(name, types[i].ending)) return types[i].content_type;
    }
    return NULL;
}

static void free_file(void *arg) {
    struct cw_static_file *file = arg;
    g_free(file->name);
    g_free(file->data);
    g_free(file);
}

static void make_etag(struct cw_static_file *file) {
    unsigned char hash[SHA256_DIGEST_LENGTH];
    SHA256((const unsigned char *)file->data, file->len, hash);
    file->etag[0] = '"';
    for (int i = 0; i < 8; i++) snprintf(file->etag + 1 + 2 * i, 3, "%02x", hash[i]);
    strcat(file->etag, "\"");
}

static void read_file(struct cw_static *files, const char *folder, const char *name) {
    const char *type = type_of(name);
    char *data = NULL, *path = g_build_filename(folder, name, NULL);
    gsize len = 0;
    if (type && g_file_test(path, G_FILE_TEST_IS_REGULAR) && g_file_get_contents(path, &data, &len, NULL) &&
        len <= MAX_FILE_BYTES) {
        struct cw_static_file *file = g_new0(struct cw_static_file, 1);
        file->name = g_strdup(name);
        file->content_type = type;
        file->data = g_steal_pointer(&data);
        file->len = len;
        make_etag(file);
        g_hash_table_replace(files->files, file->name, file);
    }
    g_free(data);
    g_free(path);
}

struct cw_static *cw_static_new(const char *folder) {
    struct cw_static *files = g_new0(struct cw_static, 1);
    char quoted[200];
    const char *name;
    files->files = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, free_file);
    GDir *dir = g_dir_open(folder, 0, NULL);
    if (!dir) cw_warn("http.no_pages", "folder=\"%s\"", cw_log_quote(quoted, sizeof quoted, folder));
    while (dir && (name = g_dir_read_name(dir)) && g_hash_table_size(files->files) < MAX_FILES) {
        read_file(files, folder, name);
    }
    if (dir) g_dir_close(dir);
    return files;
}

void cw_static_free(struct cw_static *files) {
    if (!files) return;
    g_hash_table_destroy(files->files);
    g_free(files);
}

const struct cw_static_file *cw_static_find(const struct cw_static *files, const char *name) {
    return g_hash_table_lookup(files->files, name);
}
