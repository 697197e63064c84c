// The growing string.
#include "base/buf.h"

#include <stdio.h>
#include <stdlib.h>

static bool reserve(struct cw_str *str, size_t more) {
    if (str->bad) return false;
    if (str->cap - str->len > more) return true;
    size_t cap = str->cap ? str->cap * 2 : 256;
    while (cap - str->len <= more) cap *= 2;
    char *s = realloc(str->s, cap);
    if (!s) {
        str->bad = true;
        return false;
    }
    str->s = s;
    str->cap = cap;
    return true;
}

void cw_str_add(struct cw_str *str, const char *data, size_t len) {
    if (!reserve(str, len)) return;
    if (len) memcpy(str->s + str->len, data, len);
    str->len += len;
    str->s[str->len] = '\0';
}

void cw_str_vprintf(struct cw_str *str, const char *fmt, va_list ap) {
    va_list again;
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    if (n >= 0 && reserve(str, (size_t)n)) {
        vsnprintf(str->s + str->len, (size_t)n + 1, fmt, again);
        str->len += (size_t)n;
    }
    va_end(again);
}

void cw_str_printf(struct cw_str *str, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    cw_str_vprintf(str, fmt, ap);
    va_end(ap);
}

void cw_str_fini(struct cw_str *str) {
    free(str->s);
    *str = (struct cw_str){0};
}

char *cw_str_take(struct cw_str *str) {
    cw_str_add(str, "", 0);
    char *s = str->bad ? NULL : str->s;
    if (str->bad) free(str->s);
    *str = (struct cw_str){0};
    return s;
}

bool cw_strlcpy(char *out, const char *src, size_t cap) {
    size_t len = src ? strlen(src) : 0;
    size_t n = len < cap ? len : cap - 1;
    if (n) memcpy(out, src, n);
    out[n] = '\0';
    return n == len;
}
