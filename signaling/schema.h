// Request bodies: JSON text read strictly, and tables that say which fields an object has. The tables are also what
// the OpenAPI document is checked against. Pure functions, any thread.
#ifndef CW_SIGNALING_SCHEMA_H
#define CW_SIGNALING_SCHEMA_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/problem.h"

enum cw_field_type {
    CW_FIELD_STRING,  // one line: no control characters (it may reach a SIP header); max: bytes
    CW_FIELD_TEXT,    // lines; max: bytes, above it 413
    CW_FIELD_INT,     // min..max
    CW_FIELD_BOOL,    //
    CW_FIELD_OBJECT,  // with `fields`
    CW_FIELD_FREE,    // an object that is the application's own; max: bytes as JSON
    CW_FIELD_STRINGS, // list of one-line strings; max: members
    CW_FIELD_HEADERS, // object of one-line strings whose names are tokens (RFC 3261 §25.1); max: members
};

// A table ends with name NULL. A field may always be null if it is not required: it counts as absent.
struct cw_field {
    const char *name;
    enum cw_field_type type;
    bool required;
    int64_t min, max;
    const char *choices; // strings: "offer|answer"; NULL: any
    const struct cw_field *fields;
    const char *doc;
};

// Reads a document: any value, no duplicate names, at most 32 levels. Problem 400 malformed_json with line, column and
// position.
int cw_schema_parse(const char *text, size_t len, json_t **out, struct cw_problem *problem);

// Checks an object against its table. The pointer of the problem begins with `at` ("" for the document).
int cw_schema_check(const struct cw_field *fields, const json_t *object, const char *at, struct cw_problem *problem);

// The candidates of POST …/candidates: an RTCIceCandidateInit, a list of at most 100 of them, or null.
int cw_schema_check_candidates(const json_t *body, struct cw_problem *problem);

#endif
