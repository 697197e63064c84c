// The configuration: one YAML file and the environment, read through tables of keys.
// One table serves the file, the environment, the defaults, the sample file and the plugins' own keys; that is why this
// stands on libyaml, which gives line and column of every node, and not on a schema library that fills C structs:
// a struct is no help for a variable's name, a suggestion or a key that a plugin brings at run time.
//
//   load (core keys) -> read plugins.load -> add each plugin's keys -> check (all errors at once) -> get
//
// An environment variable wins over the file: CAUSEWAY_ and the path in capitals, '.' turned '_', an item of a list of
// sections by its index (sip.registrations[0].user is CAUSEWAY_SIP_REGISTRATIONS_0_USER), a list of strings comma
// separated.
//
// One thread until cw_config_check has passed; after it nothing changes and any thread may read.
#ifndef CW_BASE_CONFIG_H
#define CW_BASE_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

enum cw_config_type {
    CW_CONFIG_BOOL,     // true or false
    CW_CONFIG_INT,      // min..max
    CW_CONFIG_DURATION, // [ms], min..max; written as a number of milliseconds or with a unit: 500ms, 30s, 5m, 1h
    CW_CONFIG_STRING,
    CW_CONFIG_ENUM, // one of `values`
    CW_CONFIG_LIST, // of strings; each one of `values` if there are any
};

enum cw_config_flag {
    CW_CONFIG_SECRET = 1,   // never printed, not even in an error
    CW_CONFIG_REQUIRED = 2, // must be given and not empty in each item of its list (path with "[]")
    CW_CONFIG_IP = 4,       // strings: empty, or an IPv4 or IPv6 address
};

// Tables of these are constant and outlive the configuration.
struct cw_config_key {
    const char *path; // "http.port"; "api.keys[].name" for a field of every item of a list of sections
    enum cw_config_type type;
    const char *fallback; // the default, as it would be written in the environment; NULL counts as ""
    int64_t min, max;     // INT, DURATION
    const char *values;   // ENUM, LIST: the words allowed, "lite|full"; NULL: any
    unsigned flags;       // enum cw_config_flag
    const char *doc;      // one line: what it does, with the unit
};

extern const struct cw_config_key cw_config_core_keys[];
extern const size_t cw_config_core_key_count;

struct cw_config;

// Reads the file (NULL: none) and the CAUSEWAY_ variables of environment (as environ; NULL: none) and adds the core
// keys, whose values can be read at once. CW_EIO if the file cannot be read, CW_EFORMAT if it is not YAML, with the
// reason in errors (a line each). What is wrong with keys and values is told by cw_config_check.
int cw_config_load(struct cw_config **out, const char *file, char *const *environment, struct cw_str *errors);
// The same from memory; name stands for the file in messages.
int cw_config_parse(struct cw_config **out, const char *name, const char *text, size_t len, char *const *environment,
                    struct cw_str *errors);
void cw_config_free(struct cw_config *config);

// Adds a plugin's keys; their paths get "section." before them (NULL: as they are). CW_EEXIST if the section is taken.
int cw_config_add_keys(struct cw_config *config, const char *section, const struct cw_config_key *keys, size_t count);
// The section belongs to a plugin that is there but not loaded: its keys are not errors.
int cw_config_ignore_section(struct cw_config *config, const char *section);
// Reports a value that its reader cannot accept ("%s: no such file"), with the place it was given at; before
// cw_config_check.
void cw_config_reject(struct cw_config *config, const char *path, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

// 0, or CW_EFORMAT with "FILE:LINE:COLUMN: what is wrong" or "environment NAME: what is wrong", a line each, in errors.
int cw_config_check(struct cw_config *config, struct cw_str *errors);

// The values. path is a printf format that gives a concrete path ("api.keys[%u].name"), of a key of that type that was
// added (else it asserts). Strings live as long as the configuration and are never NULL.
bool cw_config_bool(const struct cw_config *config, const char *path, ...) __attribute__((format(printf, 2, 3)));
int64_t cw_config_int(const struct cw_config *config, const char *path, ...) // INT; DURATION in ms
    __attribute__((format(printf, 2, 3)));
const char *cw_config_string(const struct cw_config *config, const char *path, ...) // STRING; the word of an ENUM
    __attribute__((format(printf, 2, 3)));
// ENUM: the index of its word in `values`.
int cw_config_choice(const struct cw_config *config, const char *path, ...) __attribute__((format(printf, 2, 3)));
// How many strings a LIST has, or sections a list of sections ("api.keys").
unsigned cw_config_count(const struct cw_config *config, const char *path, ...) __attribute__((format(printf, 2, 3)));
// String `index` of a LIST; asserts index < count.
const char *cw_config_item(const struct cw_config *config, unsigned index, const char *path, ...)
    __attribute__((format(printf, 3, 4)));
// The key behind a concrete path, or NULL: for a caller that cannot be sure of the path (a plugin's).
const struct cw_config_key *cw_config_find_key(const struct cw_config *config, const char *path);

#endif
