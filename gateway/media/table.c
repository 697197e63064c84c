// A hash table of pointers with open addressing: linear probing, and removal that shifts back what follows.
#include "media/table.h"

#include <stdlib.h>

#include "base/err.h"

#define FIRST_SIZE 64

void cw_table_init(struct cw_table *t, bool (*match)(const void *item, const void *key)) {
    *t = (struct cw_table){.match = match};
}

void cw_table_fini(struct cw_table *t) {
    free(t->slots);
    t->slots = NULL;
    t->count = t->mask = 0;
}

void *cw_table_find(const struct cw_table *t, uint32_t hash, const void *key) {
    if (!t->slots) return NULL;
    for (uint32_t i = hash & t->mask; t->slots[i].item; i = (i + 1) & t->mask)
        if (t->slots[i].hash == hash && t->match(t->slots[i].item, key)) return t->slots[i].item;
    return NULL;
}

static void place(struct cw_table *t, uint32_t hash, void *item) {
    uint32_t i = hash & t->mask;
    while (t->slots[i].item) i = (i + 1) & t->mask;
    t->slots[i] = (struct cw_table_slot){hash, item};
}

static int grow(struct cw_table *t) {
    uint32_t size = t->slots ? (t->mask + 1) * 2 : FIRST_SIZE;
    struct cw_table old = *t;
    struct cw_table_slot *slots = calloc(size, sizeof *slots);
    if (!slots) return CW_ENOMEM;
    t->slots = slots;
    t->mask = size - 1;
    for (uint32_t i = 0; old.slots && i <= old.mask; i++)
        if (old.slots[i].item) place(t, old.slots[i].hash, old.slots[i].item);
    free(old.slots);
    return 0;
}

int cw_table_add(struct cw_table *t, uint32_t hash, void *item) {
    if (!t->slots || t->count >= (t->mask + 1) / 2) {
        int err = grow(t);
        if (err) return err;
    }
    place(t, hash, item);
    t->count++;
    return 0;
}

void cw_table_remove(struct cw_table *t, uint32_t hash, const void *item) {
    if (!t->slots) return;
    uint32_t i = hash & t->mask;
    while (t->slots[i].item && t->slots[i].item != item) i = (i + 1) & t->mask;
    if (!t->slots[i].item) return;
    t->count--;
    for (uint32_t j = (i + 1) & t->mask; t->slots[j].item; j = (j + 1) & t->mask) {
        uint32_t home = t->slots[j].hash & t->mask;
        if (((j - home) & t->mask) < ((j - i) & t->mask)) continue; // still reachable from its home
        t->slots[i] = t->slots[j];
        i = j;
    }
    t->slots[i].item = NULL;
}

uint32_t cw_hash_bytes(const void *data, uint32_t len) {
    const uint8_t *p = data;
    uint32_t h = 2166136261U;
    for (uint32_t i = 0; i < len; i++) h = (h ^ p[i]) * 16777619U;
    h ^= h >> 15;
    h *= 0x2c1b3c6dU;
    return h ^ h >> 13;
}
