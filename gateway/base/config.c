// The configuration: its life, and reading its values.
#include "base/config_internal.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>

#include "base/err.h"

#define MAX_FILE_BYTES (1024 * 1024)

static void free_node(void *arg) {
    struct cw_config_node *node = arg;
    g_free(node->path);
    g_free(node->text);
    g_free(node);
}

static void free_variable(void *arg) {
    struct cw_config_variable *variable = arg;
    g_free(variable->name);
    g_free(variable->value);
    g_free(variable);
}

static void free_key(void *arg) {
    struct cw_config_key *key = arg;
    g_free((char *)key->path);
    g_free(key);
}

static void free_value(void *arg) {
    struct cw_config_value *value = arg;
    g_strfreev(value->items);
    g_free(value);
}

static void free_problem(void *arg) {
    struct cw_config_problem *problem = arg;
    g_free(problem->text);
    g_free(problem);
}

void cw_config_add_problem(struct cw_config *config, const struct cw_config_place *at,
                           const struct cw_config_variable *variable, const char *fmt, ...) {
    struct cw_config_problem *problem = g_new0(struct cw_config_problem, 1);
    va_list ap;
    va_start(ap, fmt);
    char *text = g_strdup_vprintf(fmt, ap);
    va_end(ap);
    if (at) {
        problem->at = *at;
        problem->text = g_strdup_printf("%s:%u:%u: %s", config->name, at->line, at->column, text);
    } else if (variable) {
        problem->text = g_strdup_printf("environment %s: %s", variable->name, text);
    } else {
        problem->text = g_strdup_printf("%s: %s", config->name, text);
    }
    g_free(text);
    g_ptr_array_add(config->problems, problem);
}

bool cw_config_clean(char *text, size_t len) {
    bool clean = true;
    for (size_t i = 0; i < len; i++) {
        if (!g_ascii_iscntrl(text[i])) continue;
        text[i] = '?';
        clean = false;
    }
    return clean;
}

// --- life ---

static bool is_section_name(const char *name) {
    if (!g_ascii_islower(*name)) return false;
    for (; *name; name++)
        if (!g_ascii_islower(*name) && !g_ascii_isdigit(*name) && *name != '_') return false;
    return true;
}

static bool has_section(const struct cw_config *config, const char *section) {
    for (guint i = 0; i < config->keys->len; i++) {
        const struct cw_config_key *key = config->keys->pdata[i];
        if (cw_config_is_under(key->path, section, ".") || cw_config_is_under(key->path, section, "[")) return true;
    }
    return false;
}

int cw_config_add_keys(struct cw_config *config, const char *section, const struct cw_config_key *keys, size_t count) {
    if (section && !is_section_name(section)) return CW_EINVAL;
    if (section && has_section(config, section)) return CW_EEXIST;
    for (size_t i = 0; i < count; i++) {
        struct cw_config_key *key = g_new0(struct cw_config_key, 1);
        *key = keys[i];
        key->path = section ? g_strconcat(section, ".", keys[i].path, NULL) : g_strdup(keys[i].path);
        g_ptr_array_add(config->keys, key);
        cw_config_make_values(config, key, g_strdup(""), key->path);
    }
    return 0;
}

int cw_config_ignore_section(struct cw_config *config, const char *section) {
    if (!is_section_name(section)) return CW_EINVAL;
    if (has_section(config, section)) return CW_EEXIST;
    g_ptr_array_add(config->ignored, g_strdup(section));
    return 0;
}

static void add_variables(struct cw_config *config, char *const *environment) {
    for (; environment && *environment; environment++) {
        const char *equals = strchr(*environment, '=');
        if (!equals || !g_str_has_prefix(*environment, CW_CONFIG_PREFIX)) continue;
        struct cw_config_variable *variable = g_new0(struct cw_config_variable, 1);
        variable->name = g_strndup(*environment, (gsize)(equals - *environment));
        variable->value = g_strdup(equals + 1);
        g_ptr_array_add(config->variables, variable);
        if (!cw_config_clean(variable->value, strlen(variable->value)))
            cw_config_add_problem(config, NULL, variable, "control character in the value");
    }
}

static struct cw_config *config_new(const char *name) {
    struct cw_config *config = g_new0(struct cw_config, 1);
    config->name = g_strdup(name);
    config->nodes = g_ptr_array_new_with_free_func(free_node);
    config->node_at = g_hash_table_new(g_str_hash, g_str_equal);
    config->variables = g_ptr_array_new_with_free_func(free_variable);
    config->keys = g_ptr_array_new_with_free_func(free_key);
    config->ignored = g_ptr_array_new_with_free_func(g_free);
    config->values = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_value);
    config->problems = g_ptr_array_new_with_free_func(free_problem);
    return config;
}

void cw_config_free(struct cw_config *config) {
    if (!config) return;
    g_hash_table_destroy(config->values);
    g_hash_table_destroy(config->node_at);
    GPtrArray *lists[] = {config->nodes, config->variables, config->keys, config->ignored, config->problems};
    for (size_t i = 0; i < G_N_ELEMENTS(lists); i++) g_ptr_array_free(lists[i], TRUE);
    g_free(config->name);
    g_free(config);
}

int cw_config_parse(struct cw_config **out, const char *name, const char *text, size_t len, char *const *environment,
                    struct cw_str *errors) {
    struct cw_config *config = config_new(name);
    int err = cw_config_read_yaml(config, text, len, errors);
    if (err) {
        cw_config_free(config);
        return err;
    }
    add_variables(config, environment);
    cw_config_add_keys(config, NULL, cw_config_core_keys, cw_config_core_key_count);
    *out = config;
    return 0;
}

int cw_config_load(struct cw_config **out, const char *file, char *const *environment, struct cw_str *errors) {
    if (!file) return cw_config_parse(out, "configuration", "", 0, environment, errors);
    FILE *stream = fopen(file, "re");
    if (!stream) {
        cw_str_printf(errors, "%s: %s\n", file, strerror(errno));
        return CW_EIO;
    }
    char *text = g_malloc(MAX_FILE_BYTES + 1);
    size_t len = fread(text, 1, MAX_FILE_BYTES + 1, stream);
    int err = 0;
    if (ferror(stream)) {
        cw_str_printf(errors, "%s: %s\n", file, strerror(errno));
        err = CW_EIO;
    } else if (len > MAX_FILE_BYTES) {
        cw_str_printf(errors, "%s: larger than %d bytes\n", file, MAX_FILE_BYTES);
        err = CW_ETOOBIG;
    }
    fclose(stream);
    if (!err) err = cw_config_parse(out, file, text, len, environment, errors);
    g_free(text);
    return err;
}

// --- reading ---

static const struct cw_config_value *find_value(const struct cw_config *config, const char *fmt, va_list ap) {
    char path[256];
    vsnprintf(path, sizeof path, fmt, ap);
    const struct cw_config_value *value = g_hash_table_lookup(config->values, path);
    assert(value && "no such configuration key");
    return value;
}

#define FIND(value, config, path)                                                                                      \
    va_list ap_;                                                                                                       \
    va_start(ap_, path);                                                                                               \
    const struct cw_config_value *value = find_value(config, path, ap_);                                               \
    va_end(ap_)

bool cw_config_bool(const struct cw_config *config, const char *path, ...) {
    FIND(value, config, path);
    assert(value->key && value->key->type == CW_CONFIG_BOOL);
    return value->number != 0;
}

int64_t cw_config_int(const struct cw_config *config, const char *path, ...) {
    FIND(value, config, path);
    assert(value->key && (value->key->type == CW_CONFIG_INT || value->key->type == CW_CONFIG_DURATION));
    return value->number;
}

const char *cw_config_string(const struct cw_config *config, const char *path, ...) {
    FIND(value, config, path);
    assert(value->key && (value->key->type == CW_CONFIG_STRING || value->key->type == CW_CONFIG_ENUM));
    return value->items[0];
}

int cw_config_choice(const struct cw_config *config, const char *path, ...) {
    FIND(value, config, path);
    assert(value->key && value->key->type == CW_CONFIG_ENUM);
    return (int)value->number;
}

unsigned cw_config_count(const struct cw_config *config, const char *path, ...) {
    FIND(value, config, path);
    assert(!value->key || value->key->type == CW_CONFIG_LIST);
    return value->count;
}

const char *cw_config_item(const struct cw_config *config, unsigned index, const char *path, ...) {
    FIND(value, config, path);
    assert(value->key && value->key->type == CW_CONFIG_LIST && index < value->count);
    return value->items[index];
}

const struct cw_config_key *cw_config_find_key(const struct cw_config *config, const char *path) {
    const struct cw_config_value *value = g_hash_table_lookup(config->values, path);
    return value ? value->key : NULL;
}
