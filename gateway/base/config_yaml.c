// The configuration file: YAML by libyaml, turned into nodes with a path each.
#include "base/config_internal.h"

#include <yaml.h>

#include "base/err.h"

// Bounds of a file that somebody wrote by hand; aliases could otherwise multiply a small one without end.
#define MAX_DEPTH 8
#define MAX_NODES 20000

struct walk {
    struct cw_config *config;
    yaml_document_t *document;
    bool too_big;
};

static struct cw_config_place place_of(yaml_mark_t mark) {
    return (struct cw_config_place){(unsigned)mark.line + 1, (unsigned)mark.column + 1};
}

static bool is_name(const char *text, size_t len) {
    for (size_t i = 0; i < len; i++)
        if (!g_ascii_isalnum(text[i]) && text[i] != '_' && text[i] != '-') return false;
    return len > 0;
}

// A plain empty word, ~ or null: a key without a value.
static bool is_null(const yaml_node_t *node) {
    const char *text = (const char *)node->data.scalar.value;
    if (node->data.scalar.style != YAML_PLAIN_SCALAR_STYLE) return false;
    return !*text || strcmp(text, "~") == 0 || strcmp(text, "null") == 0;
}

static struct cw_config_node *add_node(struct walk *walk, yaml_node_t *yaml, char *path, yaml_mark_t key) {
    struct cw_config_node *node = g_new0(struct cw_config_node, 1);
    node->path = path;
    node->key_at = place_of(key);
    node->value_at = place_of(yaml->start_mark);
    g_ptr_array_add(walk->config->nodes, node);
    const struct cw_config_node *first = g_hash_table_lookup(walk->config->node_at, path);
    if (first)
        cw_config_add_problem(walk->config, &node->key_at, NULL, "%s is given twice, first in line %u", path,
                              first->key_at.line);
    else
        g_hash_table_insert(walk->config->node_at, node->path, node);
    return node;
}

static void walk_node(struct walk *walk, int id, char *path, yaml_mark_t key, unsigned depth);

static void walk_scalar(struct walk *walk, yaml_node_t *yaml, struct cw_config_node *node) {
    const char *text = (const char *)yaml->data.scalar.value;
    if (is_null(yaml)) return;
    node->kind = CW_CONFIG_SCALAR;
    node->text = g_strndup(text, yaml->data.scalar.length);
    if (cw_config_clean(node->text, yaml->data.scalar.length)) return;
    cw_config_add_problem(walk->config, &node->value_at, NULL, "%s: control character in the value", node->path);
}

static void walk_mapping(struct walk *walk, yaml_node_t *yaml, struct cw_config_node *node, unsigned depth) {
    node->kind = CW_CONFIG_MAPPING;
    for (yaml_node_pair_t *pair = yaml->data.mapping.pairs.start; pair < yaml->data.mapping.pairs.top; pair++) {
        yaml_node_t *key = yaml_document_get_node(walk->document, pair->key);
        const char *name = key->type == YAML_SCALAR_NODE ? (const char *)key->data.scalar.value : "";
        if (key->type != YAML_SCALAR_NODE || !is_name(name, key->data.scalar.length)) {
            struct cw_config_place at = place_of(key->start_mark);
            cw_config_add_problem(walk->config, &at, NULL, "a key is made of letters, digits and '_'");
            continue;
        }
        char *path = *node->path ? g_strconcat(node->path, ".", name, NULL) : g_strdup(name);
        walk_node(walk, pair->value, path, key->start_mark, depth + 1);
    }
}

static void walk_sequence(struct walk *walk, yaml_node_t *yaml, struct cw_config_node *node, unsigned depth) {
    node->kind = CW_CONFIG_SEQUENCE;
    for (yaml_node_item_t *item = yaml->data.sequence.items.start; item < yaml->data.sequence.items.top; item++) {
        yaml_mark_t mark = yaml_document_get_node(walk->document, *item)->start_mark;
        walk_node(walk, *item, g_strdup_printf("%s[%u]", node->path, node->count++), mark, depth + 1);
    }
}

// Takes path.
static void walk_node(struct walk *walk, int id, char *path, yaml_mark_t key, unsigned depth) {
    if (depth > MAX_DEPTH || walk->config->nodes->len >= MAX_NODES) {
        walk->too_big = true;
        g_free(path);
        return;
    }
    yaml_node_t *yaml = yaml_document_get_node(walk->document, id);
    struct cw_config_node *node = add_node(walk, yaml, path, key);
    if (yaml->type == YAML_SCALAR_NODE) walk_scalar(walk, yaml, node);
    if (yaml->type == YAML_MAPPING_NODE) walk_mapping(walk, yaml, node, depth);
    if (yaml->type == YAML_SEQUENCE_NODE) walk_sequence(walk, yaml, node, depth);
}

static int syntax_error(const struct cw_config *config, const yaml_parser_t *parser, struct cw_str *errors) {
    const char *why = parser->problem ? parser->problem : "not YAML";
    struct cw_config_place at = place_of(parser->problem_mark);
    cw_str_printf(errors, "%s:%u:%u: %s\n", config->name, at.line, at.column, why);
    return CW_EFORMAT;
}

static int read_document(struct cw_config *config, yaml_document_t *document, struct cw_str *errors) {
    yaml_node_t *root = yaml_document_get_root_node(document);
    if (!root) return 0; // an empty file: all defaults
    struct walk walk = {.config = config, .document = document};
    walk_node(&walk, 1, g_strdup(""), root->start_mark, 0);
    if (!walk.too_big) return 0;
    cw_str_printf(errors, "%s: more than %d levels or %d values\n", config->name, MAX_DEPTH, MAX_NODES);
    return CW_ETOOBIG;
}

int cw_config_read_yaml(struct cw_config *config, const char *text, size_t len, struct cw_str *errors) {
    yaml_parser_t parser;
    yaml_document_t document, second;
    if (!yaml_parser_initialize(&parser)) return CW_ENOMEM;
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, len);
    int err;
    if (!yaml_parser_load(&parser, &document)) {
        err = syntax_error(config, &parser, errors);
        goto out;
    }
    err = read_document(config, &document, errors);
    yaml_document_delete(&document);
    if (err) goto out;
    if (!yaml_parser_load(&parser, &second)) {
        err = syntax_error(config, &parser, errors);
        goto out;
    }
    if (yaml_document_get_root_node(&second)) {
        cw_str_printf(errors, "%s:%u:1: a second document: only one is read\n", config->name,
                      (unsigned)second.start_mark.line + 1);
        err = CW_EFORMAT;
    }
    yaml_document_delete(&second);
out:
    yaml_parser_delete(&parser);
    return err;
}
