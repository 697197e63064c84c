// Copies of notes: the struct and its texts in one block.
#include "note.h"

#include <stdlib.h>
#include <string.h>

static const size_t text_offsets[] = {
    offsetof(struct cw_sip_note, to_user), offsetof(struct cw_sip_note, to),      offsetof(struct cw_sip_note, from),
    offsetof(struct cw_sip_note, display), offsetof(struct cw_sip_note, account), offsetof(struct cw_sip_note, sdp),
    offsetof(struct cw_sip_note, reason),  offsetof(struct cw_sip_note, code),    offsetof(struct cw_sip_note, type),
    offsetof(struct cw_sip_note, body),
};
#define TEXTS (sizeof text_offsets / sizeof *text_offsets)

static const char **text_at(struct cw_sip_note *note, size_t i) {
    return (const char **)(void *)((char *)note + text_offsets[i]);
}

static size_t text_size(const char *text) { return text ? strlen(text) + 1 : 0; }

static const char *move_text(const char *text, char **end) {
    if (!text) return NULL;
    size_t size = strlen(text) + 1;
    char *copy = memcpy(*end, text, size);
    *end += size;
    return copy;
}

struct cw_sip_note *cw_sip_note_copy(const struct cw_sip_note *note) {
    struct cw_sip_note source = *note;
    size_t size = sizeof source;
    for (size_t i = 0; i < TEXTS; i++) size += text_size(*text_at(&source, i));
    for (size_t i = 0; i < source.header_count; i++)
        size += text_size(source.headers[i].name) + text_size(source.headers[i].value);

    struct cw_sip_note *copy = malloc(size);
    if (!copy) return NULL;
    *copy = source;
    char *end = (char *)(copy + 1);
    for (size_t i = 0; i < TEXTS; i++) *text_at(copy, i) = move_text(*text_at(&source, i), &end);
    for (size_t i = 0; i < source.header_count; i++) {
        copy->headers[i].name = move_text(source.headers[i].name, &end);
        copy->headers[i].value = move_text(source.headers[i].value, &end);
    }
    return copy;
}
