// Memory that is freed at once.
#include "proto/sdp_pool.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

struct cw_sdp_chunk {
    struct cw_sdp_chunk *next;
    size_t size;
    alignas(max_align_t) unsigned char data[];
};

enum { FIRST_CHUNK = 2048, LARGEST_STEP = 16384 };

static bool add_chunk(struct cw_sdp_pool *pool, size_t need) {
    size_t size = pool->chunks ? pool->chunks->size * 2 : FIRST_CHUNK;
    if (size > LARGEST_STEP) size = LARGEST_STEP;
    if (size < need) size = need;
    struct cw_sdp_chunk *chunk = malloc(sizeof *chunk + size);
    if (!chunk) return false;
    chunk->next = pool->chunks;
    chunk->size = size;
    pool->chunks = chunk;
    pool->used = 0;
    return true;
}

static void *take(struct cw_sdp_pool *pool, size_t size, size_t align) {
    size_t start = (pool->used + align - 1) & ~(align - 1);
    if (pool->bad) return NULL;
    if (!pool->chunks || start > pool->chunks->size || size > pool->chunks->size - start) {
        start = 0;
        if (!add_chunk(pool, size)) {
            pool->bad = true;
            return NULL;
        }
    }
    pool->used = start + size;
    return memset(pool->chunks->data + start, 0, size);
}

void *cw_sdp_pool_alloc(struct cw_sdp_pool *pool, size_t size) { return take(pool, size, alignof(max_align_t)); }

const char *cw_sdp_pool_text(struct cw_sdp_pool *pool, const char *text, size_t len) {
    char *copy = take(pool, len + 1, 1);
    return copy && len ? memcpy(copy, text, len) : copy;
}

const char *cw_sdp_pool_dup(struct cw_sdp_pool *pool, const char *text) {
    return text ? cw_sdp_pool_text(pool, text, strlen(text)) : NULL;
}

// Arrays have room for a power of two of items: the next one above count when count is reached.
static size_t room_for(size_t count) {
    size_t room = 1;
    while (room <= count) room *= 2;
    return room;
}

void *cw_sdp_pool_clone(struct cw_sdp_pool *pool, const void *array, size_t count, size_t size) {
    void *copy = cw_sdp_pool_alloc(pool, room_for(count) * size);
    return copy && count ? memcpy(copy, array, count * size) : copy;
}

void *cw_sdp_pool_grow(struct cw_sdp_pool *pool, const void *array, size_t count, size_t size) {
    bool full = (count & (count - 1)) == 0; // 0 or a power of two
    if (!full && !pool->bad) return (void *)array;
    return cw_sdp_pool_clone(pool, array, count, size);
}

void cw_sdp_pool_fini(struct cw_sdp_pool *pool) {
    while (pool->chunks) {
        struct cw_sdp_chunk *next = pool->chunks->next;
        free(pool->chunks);
        pool->chunks = next;
    }
    *pool = (struct cw_sdp_pool){0};
}
