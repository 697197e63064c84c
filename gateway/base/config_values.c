// From a key to its values: one, or one for each section of the lists in its path; environment, file or default.
#include "base/config_internal.h"

#define MAX_SECTIONS_OF_A_LIST 1000

struct cw_config_variable *cw_config_find_variable(const struct cw_config *config, const char *path) {
    char *name = cw_config_variable_name(path);
    struct cw_config_variable *found = NULL;
    for (guint i = 0; i < config->variables->len && !found; i++) {
        struct cw_config_variable *variable = config->variables->pdata[i];
        if (strcmp(variable->name, name) == 0) found = variable;
    }
    g_free(name);
    return found;
}

static bool any_variable_under(const struct cw_config *config, const char *path) {
    char *name = cw_config_variable_name(path);
    bool found = false;
    for (guint i = 0; i < config->variables->len && !found; i++) {
        const struct cw_config_variable *variable = config->variables->pdata[i];
        found = cw_config_is_under(variable->name, name, "_");
    }
    g_free(name);
    return found;
}

// How many sections a list has: those of the file, and those that the environment adds after them.
static unsigned count_sections(const struct cw_config *config, const char *path) {
    const struct cw_config_node *node = g_hash_table_lookup(config->node_at, path);
    unsigned count = node ? node->count : 0;
    for (; count < MAX_SECTIONS_OF_A_LIST; count++) {
        char *item = g_strdup_printf("%s[%u]", path, count);
        bool more = any_variable_under(config, item);
        g_free(item);
        if (!more) break;
    }
    return count;
}

static void set_words(struct cw_config_value *value, const char *text) {
    g_strfreev(value->items);
    if (value->key->type != CW_CONFIG_LIST) {
        value->items = g_new0(char *, 2);
        value->items[0] = g_strdup(text);
        value->count = 1;
        return;
    }
    char **words = g_strsplit(text, ",", -1);
    value->count = 0;
    for (char **word = words; *word; word++) {
        if (!*g_strstrip(*word))
            g_free(*word);
        else
            words[value->count++] = *word;
    }
    words[value->count] = NULL;
    value->items = words;
}

static void set_default(struct cw_config_value *value) {
    set_words(value, value->key->fallback ? value->key->fallback : "");
    g_free(cw_config_convert(value)); // NULL: a test converts every default; a required field's is empty
}

// The strings of a node, false if it has not the shape of the key.
static bool set_from_node(const struct cw_config *config, struct cw_config_value *value,
                          const struct cw_config_node *node) {
    bool list = value->key->type == CW_CONFIG_LIST;
    if (node->kind != (list ? CW_CONFIG_SEQUENCE : CW_CONFIG_SCALAR)) return false;
    if (!list) {
        set_words(value, node->text);
        return true;
    }
    g_strfreev(value->items);
    value->items = g_new0(char *, node->count + 1);
    value->count = 0;
    for (unsigned i = 0; i < node->count; i++) {
        char *path = g_strdup_printf("%s[%u]", node->path, i);
        const struct cw_config_node *item = g_hash_table_lookup(config->node_at, path);
        g_free(path);
        if (!item || item->kind != CW_CONFIG_SCALAR) return false;
        value->items[value->count++] = g_strdup(item->text);
    }
    return true;
}

// Fills the value from the environment, the file or the default, in this order.
static void resolve(struct cw_config *config, struct cw_config_value *value, const char *path) {
    struct cw_config_variable *variable = cw_config_find_variable(config, path);
    const struct cw_config_node *node = g_hash_table_lookup(config->node_at, path);
    bool list = value->key->type == CW_CONFIG_LIST;
    set_default(value);
    if (variable) {
        variable->used = true;
        set_words(value, variable->value);
    } else if (node && node->kind != CW_CONFIG_EMPTY) {
        if (!set_from_node(config, value, node)) {
            cw_config_add_problem(config, &node->value_at, NULL, "%s: expected %s", path,
                                  list ? "a list of words" : "a single value");
            set_default(value);
            return;
        }
    } else {
        return;
    }
    char *wrong = cw_config_convert(value);
    if (!wrong) return;
    cw_config_add_problem(config, variable ? NULL : &node->value_at, variable, "%s: %s", path, wrong);
    g_free(wrong);
    set_default(value);
}

static void check_required(struct cw_config *config, const struct cw_config_value *value, const char *path) {
    if (!(value->key->flags & CW_CONFIG_REQUIRED)) return;
    if (value->count > 0 && *value->items[0]) return;
    char *section = g_strndup(path, (gsize)(strrchr(path, '.') - path));
    const struct cw_config_node *node = g_hash_table_lookup(config->node_at, section);
    cw_config_add_problem(config, node ? &node->value_at : NULL, NULL, "%s is missing", path);
    g_free(section);
}

void cw_config_make_values(struct cw_config *config, const struct cw_config_key *key, char *done, const char *rest) {
    const char *list = strstr(rest, "[].");
    if (!list) {
        struct cw_config_value *value = g_new0(struct cw_config_value, 1);
        char *path = g_strconcat(done, rest, NULL);
        value->key = key;
        resolve(config, value, path);
        check_required(config, value, path);
        g_hash_table_insert(config->values, path, value);
        g_free(done);
        return;
    }
    char *path = g_strdup_printf("%s%.*s", done, (int)(list - rest), rest);
    unsigned count = count_sections(config, path);
    for (unsigned i = 0; i < count; i++)
        cw_config_make_values(config, key, g_strdup_printf("%s[%u].", path, i), list + 3);
    struct cw_config_value *value = g_new0(struct cw_config_value, 1);
    value->count = count;
    g_hash_table_replace(config->values, path, value);
    g_free(done);
}
