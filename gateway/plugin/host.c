// Opening, checking, starting and ending plugins.
#include "plugin/host.h"

#include <dlfcn.h>
#include <glib.h>
#include <stdio.h>
#include <string.h>

#include "base/config.h"
#include "base/err.h"
#include "base/log.h"
#include "core/node.h"
#include "core/plugins.h"
#include "plugin/host_api.h"

#ifndef CW_PLUGIN_DIR
#define CW_PLUGIN_DIR "/usr/lib/causeway/plugins"
#endif

struct loaded {
    struct cw_plugin_slot slot;
    void *object; // of dlopen
    struct cw_config_key *keys;
    GPtrArray *words; // strings that keys point to
    bool started;
};

struct cw_plugin_host {
    GPtrArray *plugins; // struct loaded
};

static void free_loaded(void *arg) {
    struct loaded *l = arg;
    if (l->object) dlclose(l->object);
    if (l->words) g_ptr_array_free(l->words, TRUE);
    g_free(l->keys);
    g_free(l);
}

static bool name_ok(const char *name) {
    size_t len = name ? strlen(name) : 0;
    return len >= 1 && len <= 15 && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == len && name[0] >= 'a';
}

// Why this plugin cannot be used, into why; false if it can.
static bool unfit(const struct cw_plugin *plugin, const char *wanted, char *why, size_t cap) {
    if (plugin->abi_major != CW_ABI_MAJOR || plugin->abi_minor > CW_ABI_MINOR)
        snprintf(why, cap, "built for plugin ABI %u.%u, this gateway has %d.%d", plugin->abi_major, plugin->abi_minor,
                 CW_ABI_MAJOR, CW_ABI_MINOR);
    else if (plugin->size < sizeof *plugin)
        snprintf(why, cap, "its struct cw_plugin is too small (%zu bytes)", plugin->size);
    else if (!name_ok(plugin->name) || strcmp(plugin->name, wanted) != 0)
        snprintf(why, cap, "it calls itself \"%.20s\", not \"%.20s\"", plugin->name ? plugin->name : "", wanted);
    else if (!plugin->init || !plugin->fini || (!plugin->app && !plugin->endpoint))
        snprintf(why, cap, "init, fini, or both of app and endpoint are missing");
    else
        return false;
    return true;
}

static enum cw_config_type key_type(enum cw_key_type type) {
    switch (type) {
    case CW_KEY_BOOL: return CW_CONFIG_BOOL;
    case CW_KEY_INT: return CW_CONFIG_INT;
    case CW_KEY_ENUM: return CW_CONFIG_ENUM;
    case CW_KEY_STRING_LIST: return CW_CONFIG_LIST;
    default: return CW_CONFIG_STRING;
    }
}

static size_t copy_keys(struct loaded *l) {
    const struct cw_config_entry *e = l->slot.plugin->config;
    size_t count = 0;
    while (e[count].path) count++;
    l->keys = g_new0(struct cw_config_key, count);
    l->words = g_ptr_array_new_with_free_func(g_free);
    for (size_t i = 0; i < count; i++) {
        char *words = e[i].choices ? g_strjoinv("|", (char **)e[i].choices) : NULL;
        if (words) g_ptr_array_add(l->words, words);
        bool member = strstr(e[i].path, "[].") != NULL;
        l->keys[i] = (struct cw_config_key){
            .path = e[i].path,
            .type = key_type(e[i].type),
            .fallback = e[i].default_value,
            .min = e[i].min,
            .max = e[i].max,
            .values = words,
            .flags = (e[i].flags & CW_KEY_SECRET ? CW_CONFIG_SECRET : 0u) |
                     (member && !e[i].default_value ? CW_CONFIG_REQUIRED : 0u),
            .doc = e[i].doc,
        };
    }
    return count;
}

static int open_one(struct cw_plugin_host *host, struct cw_config *config, const char *dir, const char *name) {
    char path[1024], why[400];
    snprintf(path, sizeof path, "%s/%s.so", dir, name);
    // NODELETE: libsofia-sip-ua, unloaded before it was used, deletes a thread key of somebody else's.
    void *object = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (!object) {
        cw_error("plugin.refused", "plugin=%s reason=\"%s\"", name, cw_log_quote(why, sizeof why, dlerror()));
        return CW_ENOENT;
    }
    const struct cw_plugin *plugin = dlsym(object, CW_PLUGIN_SYMBOL);
    if (!plugin)
        snprintf(why, sizeof why, "%.200s has no symbol " CW_PLUGIN_SYMBOL, path);
    else if (!unfit(plugin, name, why, sizeof why))
        why[0] = '\0';
    if (why[0]) {
        cw_error("plugin.refused", "plugin=%s reason=\"%s\"", name, why);
        dlclose(object);
        return CW_EUNSUPPORTED;
    }
    struct loaded *l = g_new0(struct loaded, 1);
    l->object = object;
    l->slot.plugin = plugin;
    g_ptr_array_add(host->plugins, l);
    if (!plugin->config) return 0;
    size_t count = copy_keys(l);
    int err = cw_config_add_keys(config, plugin->name, l->keys, count);
    if (!err) return 0;
    cw_error("plugin.refused", "plugin=%s reason=\"its section of the configuration is taken\"", plugin->name);
    g_ptr_array_remove(host->plugins, l);
    return err;
}

static bool is_wanted(const struct cw_config *config, const char *name) {
    for (unsigned i = 0; i < cw_config_count(config, "plugins.load"); i++)
        if (strcmp(cw_config_item(config, i, "plugins.load"), name) == 0) return true;
    return false;
}

// A plugin that is there may keep its section in the file while plugins.load leaves it out.
static void ignore_sections_of_others(struct cw_config *config, const char *dir) {
    GDir *files = g_dir_open(dir, 0, NULL);
    if (!files) return; // no folder, no plugins: what plugins.load names is refused by name
    for (const char *file; (file = g_dir_read_name(files));) {
        if (!g_str_has_suffix(file, ".so")) continue;
        char *name = g_strndup(file, strlen(file) - 3);
        if (!is_wanted(config, name)) cw_config_ignore_section(config, name);
        g_free(name);
    }
    g_dir_close(files);
}

int cw_plugin_host_open(struct cw_plugin_host **out, struct cw_config *config) {
    struct cw_plugin_host *host = g_new0(struct cw_plugin_host, 1);
    host->plugins = g_ptr_array_new_with_free_func(free_loaded);
    const char *dir = cw_config_string(config, "plugins.dir");
    if (!dir[0]) dir = CW_PLUGIN_DIR;
    for (unsigned i = 0; i < cw_config_count(config, "plugins.load"); i++) {
        const char *name = cw_config_item(config, i, "plugins.load");
        // A refused plugin's section is not an error in the file: the gateway runs on without it.
        if (!name_ok(name))
            cw_config_reject(config, "plugins.load", "\"%s\" is not a plugin's name", name);
        else if (open_one(host, config, dir, name) != 0)
            cw_config_ignore_section(config, name);
    }
    ignore_sections_of_others(config, dir);
    *out = host;
    return 0;
}

static bool start_one(struct loaded *l, struct cw_node *node) {
    const struct cw_plugin *plugin = l->slot.plugin;
    struct cw_plugin_error error = {0};
    l->slot.node = node;
    cw_plugin_host_api(&l->slot);
    int err = plugin->init(&l->slot.host, &l->slot.self, &error);
    if (err) {
        char why[200];
        cw_error("plugin.refused", "plugin=%s reason=\"init failed: %s\"", plugin->name,
                 cw_log_quote(why, sizeof why, error.detail[0] ? error.detail : cw_err_name(err)));
        return false;
    }
    cw_info("plugin.started", "plugin=%s version=%s", plugin->name, plugin->version);
    return true;
}

void cw_plugin_host_start(struct cw_plugin_host *host, struct cw_node *node) {
    for (guint i = 0; i < host->plugins->len; i++) {
        struct loaded *l = g_ptr_array_index(host->plugins, i);
        l->started = start_one(l, node);
        if (l->started) g_ptr_array_add(node->plugins, &l->slot);
    }
}

void cw_plugin_host_stop(struct cw_plugin_host *host) {
    for (guint i = host->plugins->len; i-- > 0;) {
        struct loaded *l = g_ptr_array_index(host->plugins, i);
        if (l->started) l->slot.plugin->fini(l->slot.self);
        l->started = false;
    }
}

void cw_plugin_host_free(struct cw_plugin_host *host) {
    if (!host) return;
    g_ptr_array_free(host->plugins, TRUE);
    g_free(host);
}
