// Bytes: a reader and a writer that never run past their end, and a growing string.
// Numbers are in network byte order.
#ifndef CW_BASE_BUF_H
#define CW_BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

// Reads past the end give 0 and set `bad`; check it once after the last read.
struct cw_reader {
    const uint8_t *p;
    size_t left;
    bool bad;
};

static inline void cw_reader_init(struct cw_reader *r, const void *data, size_t len) {
    *r = (struct cw_reader){.p = data, .left = len};
}

// The next n bytes, or NULL (and bad) if there are fewer.
static inline const uint8_t *cw_read_bytes(struct cw_reader *r, size_t n) {
    if (r->bad || n > r->left) {
        r->bad = true;
        return NULL;
    }
    const uint8_t *at = r->p;
    r->p += n;
    r->left -= n;
    return at;
}

static inline uint64_t cw_read_uint(struct cw_reader *r, size_t n) {
    const uint8_t *at = cw_read_bytes(r, n);
    uint64_t v = 0;
    for (size_t i = 0; at && i < n; i++) v = v << 8 | at[i];
    return v;
}

static inline uint8_t cw_read_u8(struct cw_reader *r) { return (uint8_t)cw_read_uint(r, 1); }
static inline uint16_t cw_read_u16(struct cw_reader *r) { return (uint16_t)cw_read_uint(r, 2); }
static inline uint32_t cw_read_u24(struct cw_reader *r) { return (uint32_t)cw_read_uint(r, 3); }
static inline uint32_t cw_read_u32(struct cw_reader *r) { return (uint32_t)cw_read_uint(r, 4); }
static inline uint64_t cw_read_u64(struct cw_reader *r) { return cw_read_uint(r, 8); }

// Writes past the end are dropped and set `full`; check it once after the last write.
struct cw_writer {
    uint8_t *data;
    size_t len;
    size_t cap;
    bool full;
};

static inline void cw_writer_init(struct cw_writer *w, void *data, size_t cap) {
    *w = (struct cw_writer){.data = data, .cap = cap};
}

static inline void cw_write_bytes(struct cw_writer *w, const void *data, size_t n) {
    if (w->full || n > w->cap - w->len) {
        w->full = true;
        return;
    }
    if (n) memcpy(w->data + w->len, data, n);
    w->len += n;
}

static inline void cw_write_uint(struct cw_writer *w, uint64_t v, size_t n) {
    uint8_t b[8];
    for (size_t i = 0; i < n; i++) b[i] = (uint8_t)(v >> (8 * (n - 1 - i)));
    cw_write_bytes(w, b, n);
}

static inline void cw_write_u8(struct cw_writer *w, uint8_t v) { cw_write_uint(w, v, 1); }
static inline void cw_write_u16(struct cw_writer *w, uint16_t v) { cw_write_uint(w, v, 2); }
static inline void cw_write_u24(struct cw_writer *w, uint32_t v) { cw_write_uint(w, v, 3); }
static inline void cw_write_u32(struct cw_writer *w, uint32_t v) { cw_write_uint(w, v, 4); }
static inline void cw_write_u64(struct cw_writer *w, uint64_t v) { cw_write_uint(w, v, 8); }

static inline uint16_t cw_get_u16(const uint8_t *p) { return (uint16_t)(p[0] << 8 | p[1]); }
static inline uint32_t cw_get_u32(const uint8_t *p) {
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}
static inline void cw_put_u16(uint8_t *p, uint16_t v) {
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}
static inline void cw_put_u32(uint8_t *p, uint32_t v) {
    cw_put_u16(p, (uint16_t)(v >> 16));
    cw_put_u16(p + 2, (uint16_t)v);
}

// A growing, NUL-terminated string; zero it to start. After a failed allocation `bad` is set and
// later appends do nothing.
struct cw_str {
    char *s;
    size_t len;
    size_t cap;
    bool bad;
};

void cw_str_add(struct cw_str *str, const char *data, size_t len);
void cw_str_printf(struct cw_str *str, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void cw_str_vprintf(struct cw_str *str, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));
void cw_str_fini(struct cw_str *str);
// Gives the string to the caller (free() it) and leaves str empty; NULL if bad. An empty string is "".
char *cw_str_take(struct cw_str *str);

// Copies src (NULL counts as "") cut to cap-1 bytes; true if it fitted.
bool cw_strlcpy(char *out, const char *src, size_t cap);

#endif
