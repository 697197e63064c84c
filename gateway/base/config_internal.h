// What the files of the configuration share; only gateway/base/config*.c includes it.
// GLib's containers are used: everything here happens once, at start, where running out of memory may end the program.
#ifndef CW_BASE_CONFIG_INTERNAL_H
#define CW_BASE_CONFIG_INTERNAL_H

#include <glib.h>

#include "base/config.h"

#define CW_CONFIG_PREFIX "CAUSEWAY_"

enum cw_config_kind { CW_CONFIG_EMPTY, CW_CONFIG_SCALAR, CW_CONFIG_SEQUENCE, CW_CONFIG_MAPPING };

struct cw_config_place {
    unsigned line, column; // from 1
};

// A node of the file. path: "", "http", "http.port", "api.keys[0].name", "media.codecs[2]".
struct cw_config_node {
    char *path;
    enum cw_config_kind kind;
    char *text;     // SCALAR
    unsigned count; // SEQUENCE
    struct cw_config_place key_at, value_at;
};

struct cw_config_variable {
    char *name; // with the prefix
    char *value;
    bool used;
};

// A key at a concrete path, or (key NULL) a list of sections.
struct cw_config_value {
    const struct cw_config_key *key;
    char **items; // one string, or those of a LIST
    unsigned count;
    int64_t number; // BOOL, INT, DURATION, index of an ENUM
};

struct cw_config_problem {
    struct cw_config_place at; // line 0: not in the file
    char *text;
};

struct cw_config {
    char *name;           // of the file, for messages
    GPtrArray *nodes;     // of struct cw_config_node, in the file's order
    GHashTable *node_at;  // path -> node
    GPtrArray *variables; // of struct cw_config_variable
    GPtrArray *keys;      // of struct cw_config_key, with paths of their own
    GPtrArray *ignored;   // names of sections
    GHashTable *values;   // concrete path -> struct cw_config_value
    GPtrArray *problems;  // of struct cw_config_problem
};

// config_yaml.c: the file's nodes. CW_EFORMAT with the reason in errors; odd keys become problems.
int cw_config_read_yaml(struct cw_config *config, const char *text, size_t len, struct cw_str *errors);

// config_names.c
char *
cw_config_variable_name(const char *path);      // "http.port" -> "CAUSEWAY_HTTP_PORT"; "[]" and "[0]" -> "_0". g_free()
char *cw_config_general_path(const char *path); // "api.keys[3].name" -> "api.keys[].name". g_free()
bool cw_config_is_under(const char *path, const char *parent, const char *separator); // "http.port", "http", "."
unsigned cw_config_distance(const char *a, const char *b); // edits, a swap of neighbours counting as one
// The key's path, cut to the depth of path, that is most like it, or NULL. g_free()
char *cw_config_suggest_path(const struct cw_config *config, const char *path);
char *cw_config_suggest_variable(const struct cw_config *config, const char *name);
char *cw_config_suggest_word(const char *words, const char *text);

// config_convert.c: fills number and checks items. NULL, or what was expected (g_free()).
char *cw_config_convert(struct cw_config_value *value);

// config.c
// Turns control characters into "?": they have no place in a value and must not reach a log line or a header. True:
// none.
bool cw_config_clean(char *text, size_t len);
// Notes a problem of a node (its key or its value) or of a variable; both NULL: of no place in particular.
void cw_config_add_problem(struct cw_config *config, const struct cw_config_place *at,
                           const struct cw_config_variable *variable, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

// config_values.c
struct cw_config_variable *cw_config_find_variable(const struct cw_config *config, const char *path);
// Makes the values of a key. done is concrete ("api.keys[0]."), rest still has "[]" in it. Takes done.
void cw_config_make_values(struct cw_config *config, const struct cw_config_key *key, char *done, const char *rest);

// config_keys.c: the rules between the core's keys.
void cw_config_check_core(struct cw_config *config);

#endif
