// What is wrong with a configuration: unknown keys and variables, wrong shapes, and the list of all problems.
#include "base/config_internal.h"

#include "base/err.h"

#define MAX_SHOWN 20

enum role { UNKNOWN, SECTION, SECTION_LIST, KEY, WORD };

// What the tables say a (general) path is.
static enum role role_of(const struct cw_config *config, const char *general) {
    if (!*general) return SECTION;
    size_t len = strlen(general);
    bool item = g_str_has_suffix(general, "[]");
    for (guint i = 0; i < config->keys->len; i++) {
        const struct cw_config_key *key = config->keys->pdata[i];
        if (strcmp(key->path, general) == 0) return KEY;
        if (cw_config_is_under(key->path, general, ".")) return SECTION;
        if (cw_config_is_under(key->path, general, "[]")) return SECTION_LIST;
        if (item && key->type == CW_CONFIG_LIST && strlen(key->path) == len - 2 && g_str_has_prefix(general, key->path))
            return WORD;
    }
    return UNKNOWN;
}

// Below anything else, the parent is the problem.
static bool is_child_of_section(const struct cw_config *config, const char *general) {
    if (g_str_has_suffix(general, "[]")) return false;
    const char *dot = strrchr(general, '.');
    char *parent = g_strndup(general, dot ? (gsize)(dot - general) : 0);
    enum role role = role_of(config, parent);
    g_free(parent);
    return role == SECTION;
}

static bool is_ignored(const struct cw_config *config, const char *path, const char *separator) {
    for (guint i = 0; i < config->ignored->len; i++) {
        const char *section = config->ignored->pdata[i];
        if (strcmp(path, section) == 0 || cw_config_is_under(path, section, separator)) return true;
    }
    return false;
}

static void add_unknown(struct cw_config *config, const struct cw_config_node *node,
                        const struct cw_config_variable *variable, char *hint) {
    const char *what = node ? "key" : "variable", *name = node ? node->path : variable->name;
    cw_config_add_problem(config, node ? &node->key_at : NULL, variable, "unknown %s \"%s\"%s%s%s", what, name,
                          hint ? "; did you mean \"" : "", hint ? hint : "", hint ? "\"?" : "");
    g_free(hint);
}

static void check_node(struct cw_config *config, const struct cw_config_node *node) {
    if (is_ignored(config, node->path, ".")) return;
    char *general = cw_config_general_path(node->path);
    enum role role = role_of(config, general);
    if (role == UNKNOWN && is_child_of_section(config, general))
        add_unknown(config, node, NULL, cw_config_suggest_path(config, node->path));
    else if (role == SECTION && node->kind != CW_CONFIG_MAPPING && node->kind != CW_CONFIG_EMPTY)
        cw_config_add_problem(config, &node->value_at, NULL, "%s: expected a section with keys",
                              *node->path ? node->path : "the file");
    else if (role == SECTION_LIST && node->kind != CW_CONFIG_SEQUENCE && node->kind != CW_CONFIG_EMPTY)
        cw_config_add_problem(config, &node->value_at, NULL, "%s: expected a list of sections", node->path);
    g_free(general);
}

// Kubernetes gives every pod the addresses of its services in variables; for one named "causeway" they begin like ours.
static bool is_service_variable(const char *name) {
    return g_str_has_prefix(name, CW_CONFIG_PREFIX "SERVICE_") || strcmp(name, CW_CONFIG_PREFIX "PORT") == 0 ||
           g_str_has_prefix(name, CW_CONFIG_PREFIX "PORT_");
}

static void check_variable(struct cw_config *config, const struct cw_config_variable *variable) {
    if (variable->used || is_service_variable(variable->name)) return;
    char *lower = g_ascii_strdown(variable->name + strlen(CW_CONFIG_PREFIX), -1);
    if (!is_ignored(config, lower, "_"))
        add_unknown(config, NULL, variable, cw_config_suggest_variable(config, variable->name));
    g_free(lower);
}

static int by_place(const void *a, const void *b) {
    const struct cw_config_problem *x = *(struct cw_config_problem *const *)a;
    const struct cw_config_problem *y = *(struct cw_config_problem *const *)b;
    if (!x->at.line != !y->at.line) return x->at.line ? -1 : 1; // the file first
    if (x->at.line != y->at.line) return x->at.line < y->at.line ? -1 : 1;
    if (x->at.column != y->at.column) return x->at.column < y->at.column ? -1 : 1;
    return strcmp(x->text, y->text);
}

void cw_config_reject(struct cw_config *config, const char *path, const char *fmt, ...) {
    const struct cw_config_variable *variable = cw_config_find_variable(config, path);
    const struct cw_config_node *node = variable ? NULL : g_hash_table_lookup(config->node_at, path);
    va_list ap;
    va_start(ap, fmt);
    char *text = g_strdup_vprintf(fmt, ap);
    va_end(ap);
    cw_config_add_problem(config, node ? &node->value_at : NULL, variable, "%s: %s", path, text);
    g_free(text);
}

int cw_config_check(struct cw_config *config, struct cw_str *errors) {
    for (guint i = 0; i < config->nodes->len; i++) check_node(config, config->nodes->pdata[i]);
    for (guint i = 0; i < config->variables->len; i++) check_variable(config, config->variables->pdata[i]);
    cw_config_check_core(config);
    if (config->problems->len == 0) return 0;
    g_ptr_array_sort(config->problems, by_place);
    for (guint i = 0; i < config->problems->len && i < MAX_SHOWN; i++) {
        const struct cw_config_problem *problem = config->problems->pdata[i];
        cw_str_printf(errors, "%s\n", problem->text);
    }
    if (config->problems->len > MAX_SHOWN) cw_str_printf(errors, "and %u more\n", config->problems->len - MAX_SHOWN);
    return CW_EFORMAT;
}
