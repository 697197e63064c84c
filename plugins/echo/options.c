// Options of an echo peer.
#include "echo/options.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

static int refuse(struct cw_plugin_error *error, const char *code, const char *key, const char *why) {
    error->status = 400;
    snprintf(error->code, sizeof error->code, "%s", code);
    snprintf(error->detail, sizeof error->detail, "%s%s%.100s", why, *key ? ": " : "", key);
    // RFC 6901: "~" and "/" in a name are written as ~0 and ~1; a name that does not fit is cut.
    size_t len = 0;
    if (*key) error->pointer[len++] = '/';
    for (; *key && len + 3 < sizeof error->pointer; key++) {
        if (*key == '~' || *key == '/') error->pointer[len++] = '~';
        error->pointer[len++] = *key == '~' ? '0' : *key == '/' ? '1' : *key;
    }
    error->pointer[len] = 0;
    return CW_RESULT_INVALID;
}

static int set_bool(bool *to, const char *key, const json_t *value, struct cw_plugin_error *error) {
    if (!json_is_boolean(value)) return refuse(error, "invalid_option", key, "must be true or false");
    *to = json_is_true(value);
    return 0;
}

static int set_bitrate(uint64_t *to, const char *key, const json_t *value, struct cw_plugin_error *error) {
    json_int_t bps = json_integer_value(value);
    if (!json_is_integer(value) || bps < 0 || bps > ECHO_BITRATE_MAX)
        return refuse(error, "invalid_option", key, "must be a number of bit/s from 0 (no cap) to 1000000000");
    *to = (uint64_t)bps;
    return 0;
}

static int set_option(struct echo_options *o, const char *key, const json_t *value, struct cw_plugin_error *error) {
    if (strcmp(key, "audio") == 0) return set_bool(&o->audio, key, value, error);
    if (strcmp(key, "video") == 0) return set_bool(&o->video, key, value, error);
    if (strcmp(key, "bitrate_bps") == 0) return set_bitrate(&o->bitrate_bps, key, value, error);
    return refuse(error, "unknown_option", key, "echo has no such option");
}

int echo_options_patch(struct echo_options *options, const char *text, struct cw_plugin_error *error) {
    struct echo_options changed = *options;
    json_t *object = json_loads(text, JSON_REJECT_DUPLICATES, NULL), *value;
    const char *key;
    int err = 0;
    if (!json_is_object(object)) err = refuse(error, "invalid_option", "", "options must be an object");
    json_object_foreach(object, key, value) {
        err = set_option(&changed, key, value, error);
        if (err) break;
    }
    json_decref(object);
    if (!err) *options = changed;
    return err;
}

int echo_options_write(const struct echo_options *options, char *out, size_t cap) {
    int len = snprintf(out, cap, "{\"audio\":%s,\"video\":%s,\"bitrate_bps\":%llu}", options->audio ? "true" : "false",
                       options->video ? "true" : "false", (unsigned long long)options->bitrate_bps);
    return len >= 0 && (size_t)len < cap ? 0 : CW_RESULT_INVALID;
}
