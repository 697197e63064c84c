// Suggestions for mistyped names.
#include "signaling/suggest.h"

#include <ctype.h>
#include <string.h>

#define MAX_NAME 64

static unsigned min3(unsigned a, unsigned b, unsigned c) {
    unsigned ab = a < b ? a : b;
    return ab < c ? ab : c;
}

// Edits between two names, by one row of the table; upper and lower case and '-' and '_' count as equal.
static unsigned distance(const char *a, const char *b) {
    unsigned row[MAX_NAME + 1];
    size_t b_len = strlen(b);
    for (size_t j = 0; j <= b_len; j++) row[j] = (unsigned)j;
    for (size_t i = 0; a[i]; i++) {
        unsigned diagonal = row[0];
        row[0] = (unsigned)i + 1;
        for (size_t j = 0; j < b_len; j++) {
            int ca = a[i] == '-' ? '_' : tolower((unsigned char)a[i]);
            int cb = b[j] == '-' ? '_' : tolower((unsigned char)b[j]);
            unsigned above = row[j + 1];
            row[j + 1] = min3(above + 1, row[j] + 1, diagonal + (ca != cb));
            diagonal = above;
        }
    }
    return row[b_len];
}

void cw_suggest(struct cw_suggestion *best, const char *name, const char *candidate) {
    size_t len = strlen(name);
    if (len > MAX_NAME || strlen(candidate) > MAX_NAME) return;
    unsigned d = distance(name, candidate);
    if (d > 2 && d > len / 3) return;
    if (d >= len || (best->name && d >= best->distance)) return;
    *best = (struct cw_suggestion){candidate, d};
}
