// Memory that is freed at once: the strings and arrays of one description. Inner header of the SDP and JSEP files.
#ifndef CW_PROTO_SDP_POOL_H
#define CW_PROTO_SDP_POOL_H

#include <stdbool.h>
#include <stddef.h>

struct cw_sdp_chunk;

// Zero it to start. After a failed allocation `bad` stays set.
struct cw_sdp_pool {
    struct cw_sdp_chunk *chunks;
    size_t used; // of the first chunk
    bool bad;
};

void *cw_sdp_pool_alloc(struct cw_sdp_pool *pool, size_t size); // zeroed; NULL and bad
const char *cw_sdp_pool_text(struct cw_sdp_pool *pool, const char *text, size_t len);
const char *cw_sdp_pool_dup(struct cw_sdp_pool *pool, const char *text); // NULL gives NULL
// A copy of an array with room for one more; the same array while it has room.
void *cw_sdp_pool_grow(struct cw_sdp_pool *pool, const void *array, size_t count, size_t size);
// A copy of an array that can be grown without touching the first one.
void *cw_sdp_pool_clone(struct cw_sdp_pool *pool, const void *array, size_t count, size_t size);
void cw_sdp_pool_fini(struct cw_sdp_pool *pool);

// Appends item (an lvalue) to array; on failure the array becomes empty and the pool bad.
#define CW_SDP_PUSH(pool, array, count, item)                                                                          \
    do {                                                                                                               \
        (array) = cw_sdp_pool_grow((pool), (array), (count), sizeof *(array));                                         \
        if (array)                                                                                                     \
            memcpy((void *)&(array)[(count)++], &(item), sizeof *(array));                                             \
        else                                                                                                           \
            (count) = 0;                                                                                               \
    } while (0)

#endif
