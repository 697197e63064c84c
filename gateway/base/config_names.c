// Names of configuration keys: as paths, as environment variables, and the one that a mistyped name was meant to be.
#include "base/config_internal.h"

#define MAX_NAME 128

char *cw_config_variable_name(const char *path) {
    GString *name = g_string_new(CW_CONFIG_PREFIX);
    for (const char *c = path; *c; c++) {
        if (*c == '.')
            g_string_append_c(name, '_');
        else if (*c == '[')
            g_string_append(name, c[1] == ']' ? "_0" : "_");
        else if (*c != ']')
            g_string_append_c(name, g_ascii_toupper(*c));
    }
    return g_string_free(name, FALSE);
}

char *cw_config_general_path(const char *path) {
    GString *general = g_string_new(NULL);
    bool index = false;
    for (const char *c = path; *c; c++) {
        if (*c == ']') index = false;
        if (!index) g_string_append_c(general, *c);
        if (*c == '[') index = true;
    }
    return g_string_free(general, FALSE);
}

bool cw_config_is_under(const char *path, const char *parent, const char *separator) {
    size_t len = strlen(parent);
    return strncmp(path, parent, len) == 0 && g_str_has_prefix(path + len, separator);
}

unsigned cw_config_distance(const char *a, const char *b) {
    size_t a_len = strlen(a), b_len = strlen(b);
    if (a_len > MAX_NAME || b_len > MAX_NAME) return MAX_NAME;
    unsigned rows[3][MAX_NAME + 1]; // of the table of optimal string alignment: this row and the two before
    for (size_t j = 0; j <= b_len; j++) rows[0][j] = (unsigned)j;
    for (size_t i = 1; i <= a_len; i++) {
        unsigned *row = rows[i % 3], *above = rows[(i + 2) % 3], *above2 = rows[(i + 1) % 3];
        row[0] = (unsigned)i;
        for (size_t j = 1; j <= b_len; j++) {
            unsigned best = above[j - 1] + (a[i - 1] != b[j - 1]);
            best = MIN(best, MIN(above[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) best = MIN(best, above2[j - 2] + 1);
            row[j] = best;
        }
    }
    return rows[a_len % 3][b_len];
}

// The best candidate so far; far-fetched ones are not offered.
struct guess {
    char *name;
    unsigned distance;
};

static struct guess guess_for(const char *name) {
    unsigned len = (unsigned)strlen(name);
    return (struct guess){.distance = MAX(len / 4, MIN(2, len / 2)) + 1};
}

// Takes candidate.
static void guess_try(struct guess *guess, const char *name, char *candidate) {
    unsigned distance = cw_config_distance(name, candidate);
    if (distance >= guess->distance) {
        g_free(candidate);
        return;
    }
    g_free(guess->name);
    guess->name = candidate;
    guess->distance = distance;
}

static unsigned depth_of(const char *path) {
    unsigned depth = 0;
    for (; *path; path++) depth += *path == '.';
    return depth;
}

static char *cut_to_depth(const char *path, unsigned depth) {
    const char *end = path;
    for (;; end++) {
        end += strcspn(end, ".");
        if (!*end || depth-- == 0) break;
    }
    char *cut = g_strndup(path, (gsize)(end - path));
    if (g_str_has_suffix(cut, "[]")) cut[strlen(cut) - 2] = 0;
    return cut;
}

static const char *last_name(const char *path) {
    const char *dot = strrchr(path, '.');
    return dot ? dot + 1 : path;
}

char *cw_config_suggest_path(const struct cw_config *config, const char *path) {
    char *general = cw_config_general_path(path);
    struct guess guess = guess_for(general);
    for (guint i = 0; i < config->keys->len; i++) {
        const struct cw_config_key *key = config->keys->pdata[i];
        guess_try(&guess, general, cut_to_depth(key->path, depth_of(general)));
    }
    // The right key in the wrong section.
    for (guint i = 0; !guess.name && i < config->keys->len; i++) {
        const struct cw_config_key *key = config->keys->pdata[i];
        if (strcmp(last_name(key->path), last_name(general)) == 0) guess.name = g_strdup(key->path);
    }
    g_free(general);
    return guess.name;
}

char *cw_config_suggest_variable(const struct cw_config *config, const char *name) {
    struct guess guess = guess_for(name + strlen(CW_CONFIG_PREFIX));
    for (guint i = 0; i < config->keys->len; i++) {
        const struct cw_config_key *key = config->keys->pdata[i];
        guess_try(&guess, name, cw_config_variable_name(key->path));
    }
    return guess.name;
}

char *cw_config_suggest_word(const char *words, const char *text) {
    char **list = g_strsplit(words, "|", -1);
    struct guess guess = guess_for(text);
    for (char **word = list; *word; word++) guess_try(&guess, text, g_strdup(*word));
    g_strfreev(list);
    return guess.name;
}
