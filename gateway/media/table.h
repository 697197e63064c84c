// A hash table of pointers with open addressing, for what a worker looks up per packet: the items hold their keys.
// Never allocates but when it grows. Plain struct; one thread.
#ifndef CW_MEDIA_TABLE_H
#define CW_MEDIA_TABLE_H

#include <stdbool.h>
#include <stdint.h>

struct cw_table_slot {
    uint32_t hash;
    void *item; // NULL: free
};

struct cw_table {
    bool (*match)(const void *item, const void *key);
    struct cw_table_slot *slots;
    uint32_t mask; // slots - 1
    uint32_t count;
};

void cw_table_init(struct cw_table *t, bool (*match)(const void *item, const void *key));
void cw_table_fini(struct cw_table *t);
void *cw_table_find(const struct cw_table *t, uint32_t hash, const void *key);
// The caller has seen that the key is not there. CW_ENOMEM.
int cw_table_add(struct cw_table *t, uint32_t hash, void *item);
// Removes this very item; harmless if it is not there.
void cw_table_remove(struct cw_table *t, uint32_t hash, const void *item);

uint32_t cw_hash_bytes(const void *data, uint32_t len); // FNV-1a with a final mix
static inline uint32_t cw_hash_u64(uint64_t v) {
    v ^= v >> 32;
    v *= 0x9e3779b97f4a7c15U;
    return (uint32_t)(v >> 32);
}

#endif
