// Texts of the configuration turned into numbers, and checked against their key.
#include "base/config_internal.h"

#include <errno.h>

#include "base/addr.h"

static bool parse_whole(const char *text, int64_t *out, const char **rest) {
    char *end;
    if (!g_ascii_isdigit(*text) && !(*text == '-' && g_ascii_isdigit(text[1]))) return false;
    errno = 0;
    long long number = strtoll(text, &end, 10);
    if (errno) return false;
    *out = number;
    *rest = end;
    return true;
}

static bool parse_duration(const char *text, int64_t *out) {
    static const struct {
        const char *name;
        int64_t ms;
    } units[] = {{"", 1}, {"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}};
    const char *unit;
    int64_t number;
    if (!parse_whole(text, &number, &unit)) return false;
    for (size_t i = 0; i < G_N_ELEMENTS(units); i++) {
        if (strcmp(unit, units[i].name) != 0) continue;
        return !__builtin_mul_overflow(number, units[i].ms, out);
    }
    return false;
}

static bool parse_bool(const char *text, int64_t *out) {
    *out = strcmp(text, "true") == 0;
    return *out || strcmp(text, "false") == 0;
}

static int index_of_word(const char *words, const char *text) {
    char **list = g_strsplit(words, "|", -1);
    int found = -1;
    for (int i = 0; list[i] && found < 0; i++)
        if (strcmp(list[i], text) == 0) found = i;
    g_strfreev(list);
    return found;
}

static bool is_valid(const struct cw_config_key *key, const char *text, int64_t *number) {
    struct cw_addr address;
    const char *rest;
    switch (key->type) {
    case CW_CONFIG_BOOL: return parse_bool(text, number);
    case CW_CONFIG_INT: return parse_whole(text, number, &rest) && !*rest && *number >= key->min && *number <= key->max;
    case CW_CONFIG_DURATION: return parse_duration(text, number) && *number >= key->min && *number <= key->max;
    case CW_CONFIG_ENUM: return (*number = index_of_word(key->values, text)) >= 0;
    case CW_CONFIG_LIST:
        if (!*text || (key->values && index_of_word(key->values, text) < 0)) return false;
        break;
    case CW_CONFIG_STRING: break;
    }
    return !(key->flags & CW_CONFIG_IP) || !*text || cw_addr_parse(&address, text, 0) == 0;
}

static char *expected(const struct cw_config_key *key) {
    switch (key->type) {
    case CW_CONFIG_BOOL: return g_strdup("expected true or false");
    case CW_CONFIG_INT:
        return g_strdup_printf("expected a whole number from %lld to %lld", (long long)key->min, (long long)key->max);
    case CW_CONFIG_DURATION:
        return g_strdup_printf("expected a time from %lld to %lld ms (1500, 500ms, 30s, 5m or 1h)", (long long)key->min,
                               (long long)key->max);
    case CW_CONFIG_ENUM:
    case CW_CONFIG_LIST:
        if (!key->values) break;
        char **words = g_strsplit(key->values, "|", -1);
        char *list = g_strjoinv(", ", words);
        char *text = g_strdup_printf("expected %s %s", key->type == CW_CONFIG_LIST ? "any of" : "one of", list);
        g_strfreev(words);
        g_free(list);
        return text;
    case CW_CONFIG_STRING: break;
    }
    return g_strdup(key->flags & CW_CONFIG_IP ? "expected an IPv4 or IPv6 address" : "expected a word");
}

char *cw_config_convert(struct cw_config_value *value) {
    const struct cw_config_key *key = value->key;
    for (unsigned i = 0; i < value->count; i++) {
        if (is_valid(key, value->items[i], &value->number)) continue;
        char *what = expected(key);
        char *hint = key->values ? cw_config_suggest_word(key->values, value->items[i]) : NULL;
        char *text = key->flags & CW_CONFIG_SECRET
                         ? g_strdup(what)
                         : g_strdup_printf("%s, not \"%s\"%s%s%s", what, value->items[i],
                                           hint ? "; did you mean \"" : "", hint ? hint : "", hint ? "\"?" : "");
        g_free(what);
        g_free(hint);
        return text;
    }
    return NULL;
}
