// Strict reading of request bodies.
#include "signaling/schema.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "signaling/suggest.h"

#define MAX_DEPTH 32
#define MAX_CANDIDATES 100
#define MAX_HEADER_BYTES 1024
#define MAX_MEMBER_BYTES 256

// jansson recurses once a level; strings are skipped so that brackets in them do not count.
static bool too_deep(const char *text, size_t len) {
    int depth = 0;
    bool in_string = false;
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        if (in_string) {
            if (c == '\\') i++;
            if (c == '"') in_string = false;
        } else if (c == '"') {
            in_string = true;
        } else if (c == '[' || c == '{') {
            if (++depth > MAX_DEPTH) return true;
        } else if (c == ']' || c == '}') {
            depth--;
        }
    }
    return false;
}

// jansson quotes what it did not understand; bytes of a body have no place in a log line or an answer's detail.
static void make_printable(char *text) {
    for (; *text; text++) {
        if ((unsigned char)*text < 0x20 || (unsigned char)*text >= 0x7f) *text = '?';
    }
}

int cw_schema_parse(const char *text, size_t len, json_t **out, struct cw_problem *problem) {
    if (too_deep(text, len)) {
        return cw_problem_set(problem, 400, "malformed_json", NULL, "The body nests more than %d levels.", MAX_DEPTH);
    }
    json_error_t error;
    json_t *json = json_loadb(text, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
    if (!json) {
        make_printable(error.text);
        return cw_problem_set(problem, 400, "malformed_json", NULL,
                              "The body is not JSON: line %d, column %d (byte %d): %s.", error.line, error.column,
                              error.position, error.text);
    }
    *out = json;
    return 0;
}

struct place {
    const char *at; // pointer of the object
    const char *name;
    struct cw_problem *problem;
};

// JSON Pointer (RFC 6901 §3): "~" is "~0" and "/" is "~1".
static const char *pointer_to(const struct place *place, char *out, size_t cap) {
    struct cw_writer w;
    cw_writer_init(&w, out, cap - 1);
    cw_write_bytes(&w, place->at, strlen(place->at));
    cw_write_u8(&w, '/');
    for (const char *c = place->name; *c; c++) {
        if (*c == '~' || *c == '/')
            cw_write_bytes(&w, *c == '~' ? "~0" : "~1", 2);
        else
            cw_write_u8(&w, (uint8_t)*c);
    }
    out[w.len] = '\0';
    return out;
}

static int refuse(const struct place *place, int status, const char *code, const char *what) {
    char pointer[sizeof place->problem->pointer];
    return cw_problem_set(place->problem, status, code, pointer_to(place, pointer, sizeof pointer), "\"%.64s\" %s.",
                          place->name, what);
}

static bool one_line(const char *text) {
    for (; *text; text++) {
        if ((unsigned char)*text < 0x20 || *text == 0x7f) return false;
    }
    return true;
}

static bool is_choice(const char *choices, const char *text) {
    size_t len = strlen(text);
    for (const char *at = choices; *at;) {
        size_t n = strcspn(at, "|");
        if (n == len && memcmp(at, text, n) == 0) return true;
        at += n + (at[n] != '\0');
    }
    return false;
}

static int check_string(const struct cw_field *f, const json_t *value, const struct place *place) {
    if (!json_is_string(value)) return refuse(place, 400, "wrong_type", "must be a string");
    const char *text = json_string_value(value);
    size_t len = json_string_length(value);
    if (f->max && len > (size_t)f->max) {
        char what[64];
        snprintf(what, sizeof what, "is longer than %lld bytes", (long long)f->max);
        return refuse(place, f->type == CW_FIELD_TEXT ? 413 : 400, "too_long", what);
    }
    if ((int64_t)len < f->min) return refuse(place, 400, "invalid_value", "must not be empty");
    if (f->type == CW_FIELD_STRING && !one_line(text)) {
        return refuse(place, 400, "invalid_value", "must not have line breaks or other control characters");
    }
    if (f->choices && !is_choice(f->choices, text)) {
        char what[160];
        snprintf(what, sizeof what, "must be one of %s", f->choices);
        return refuse(place, 400, "invalid_value", what);
    }
    return 0;
}

static int check_int(const struct cw_field *f, const json_t *value, const struct place *place) {
    if (!json_is_integer(value)) return refuse(place, 400, "wrong_type", "must be an integer");
    json_int_t n = json_integer_value(value);
    if (n >= f->min && n <= f->max) return 0;
    char what[80];
    snprintf(what, sizeof what, "must be from %lld to %lld", (long long)f->min, (long long)f->max);
    return refuse(place, 400, "invalid_value", what);
}

static int check_free(const struct cw_field *f, const json_t *value, const struct place *place) {
    if (!json_is_object(value)) return refuse(place, 400, "wrong_type", "must be an object");
    if (json_dumpb(value, NULL, 0, JSON_COMPACT) <= (size_t)f->max) return 0;
    return refuse(place, 413, "too_long", "is too large");
}

static int check_strings(const struct cw_field *f, const json_t *value, const struct place *place) {
    if (!json_is_array(value)) return refuse(place, 400, "wrong_type", "must be a list of strings");
    if (json_array_size(value) > (size_t)f->max) return refuse(place, 400, "too_long", "has too many members");
    static const struct cw_field member = {.type = CW_FIELD_STRING, .min = 1, .max = MAX_MEMBER_BYTES};
    char at[96], name[24];
    pointer_to(place, at, sizeof at);
    for (size_t i = 0; i < json_array_size(value); i++) {
        snprintf(name, sizeof name, "%zu", i);
        int err = check_string(&member, json_array_get(value, i), &(struct place){at, name, place->problem});
        if (err) return err;
    }
    return 0;
}

static bool is_token(const char *text) {
    for (const char *c = text; *c; c++) {
        if (!isalnum((unsigned char)*c) && !strchr("-.!%*_+`'~", *c)) return false;
    }
    return *text != '\0';
}

static int check_headers(const struct cw_field *f, const json_t *value, const struct place *place) {
    if (!json_is_object(value)) return refuse(place, 400, "wrong_type", "must be an object of strings");
    if (json_object_size(value) > (size_t)f->max) return refuse(place, 400, "too_long", "has too many members");
    static const struct cw_field member = {.type = CW_FIELD_STRING, .max = MAX_HEADER_BYTES};
    char at[96];
    const char *name;
    json_t *header;
    pointer_to(place, at, sizeof at);
    json_object_foreach((json_t *)value, name, header) {
        struct place here = {at, name, place->problem};
        if (!is_token(name)) return refuse(&here, 400, "invalid_value", "is not a header name");
        int err = check_string(&member, header, &here);
        if (err) return err;
    }
    return 0;
}

static int check_field(const struct cw_field *f, const json_t *value, const struct place *place) {
    char at[96];
    switch (f->type) {
    case CW_FIELD_STRING:
    case CW_FIELD_TEXT: return check_string(f, value, place);
    case CW_FIELD_INT: return check_int(f, value, place);
    case CW_FIELD_BOOL: return json_is_boolean(value) ? 0 : refuse(place, 400, "wrong_type", "must be true or false");
    case CW_FIELD_FREE: return check_free(f, value, place);
    case CW_FIELD_STRINGS: return check_strings(f, value, place);
    case CW_FIELD_HEADERS: return check_headers(f, value, place);
    case CW_FIELD_OBJECT: break;
    }
    if (!json_is_object(value)) return refuse(place, 400, "wrong_type", "must be an object");
    return cw_schema_check(f->fields, value, pointer_to(place, at, sizeof at), place->problem);
}

static const struct cw_field *find_field(const struct cw_field *fields, const char *name) {
    for (; fields->name; fields++) {
        if (strcmp(fields->name, name) == 0) return fields;
    }
    return NULL;
}

static int refuse_unknown(const struct cw_field *fields, const struct place *place) {
    struct cw_suggestion best = {0};
    char what[120] = "is not a field here";
    for (; fields->name; fields++) cw_suggest(&best, place->name, fields->name);
    if (best.name) snprintf(what, sizeof what, "is not a field here; did you mean \"%s\"?", best.name);
    int err = refuse(place, 400, "unknown_field", what);
    size_t len = strlen(place->problem->detail);
    if (best.name && len > 1) place->problem->detail[len - 1] = '\0'; // the question mark ends the sentence
    return err;
}

int cw_schema_check(const struct cw_field *fields, const json_t *object, const char *at, struct cw_problem *problem) {
    const char *name;
    json_t *value;
    if (!json_is_object(object)) {
        return cw_problem_set(problem, 400, "wrong_type", at, "The body must be a JSON object.");
    }
    json_object_foreach((json_t *)object, name, value) {
        struct place place = {at, name, problem};
        const struct cw_field *f = find_field(fields, name);
        if (!f) return refuse_unknown(fields, &place);
        if (json_is_null(value) && !f->required) continue;
        int err = check_field(f, value, &place);
        if (err) return err;
    }
    for (const struct cw_field *f = fields; f->name; f++) {
        if (f->required && !json_object_get(object, f->name)) {
            return refuse(&(struct place){at, f->name, problem}, 400, "missing_field", "is required");
        }
    }
    return 0;
}

static const struct cw_field candidate_fields[] = {
    {.name = "candidate", .type = CW_FIELD_STRING, .required = true, .max = 1024},
    {.name = "sdpMid", .type = CW_FIELD_STRING, .max = 64},
    {.name = "sdpMLineIndex", .type = CW_FIELD_INT, .max = 65535},
    {.name = "usernameFragment", .type = CW_FIELD_STRING, .max = 256},
    {0},
};

int cw_schema_check_candidates(const json_t *body, struct cw_problem *problem) {
    if (json_is_null(body)) return 0;
    if (json_is_object(body)) return cw_schema_check(candidate_fields, body, "", problem);
    if (!json_is_array(body)) {
        return cw_problem_set(problem, 400, "wrong_type", NULL,
                              "The body must be a candidate, a list of them or null.");
    }
    if (json_array_size(body) > MAX_CANDIDATES) {
        return cw_problem_set(problem, 400, "too_long", NULL, "At most %d candidates at once.", MAX_CANDIDATES);
    }
    for (size_t i = 0; i < json_array_size(body); i++) {
        char at[24];
        snprintf(at, sizeof at, "/%zu", i);
        const json_t *member = json_array_get(body, i);
        int err = json_is_null(member) ? 0 : cw_schema_check(candidate_fields, member, at, problem);
        if (err) return err;
    }
    return 0;
}
