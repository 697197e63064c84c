// Objects by number: open addressing, linear probing, holes closed on removal.
#include "table.h"

#include <stdlib.h>

#include "cw_plugin.h"

static size_t home_of(const struct cw_sip_table *table, uint64_t id) {
    return (size_t)((id * 0x9E3779B97F4A7C15u) >> 32) & (table->size - 1);
}

static size_t place_of(const struct cw_sip_table *table, uint64_t id) {
    size_t i = home_of(table, id);
    while (table->slots[i].id != 0 && table->slots[i].id != id) i = (i + 1) & (table->size - 1);
    return i;
}

static int grow(struct cw_sip_table *table) {
    struct cw_sip_table bigger = {.size = table->size ? table->size * 2 : 64, .count = table->count};
    bigger.slots = calloc(bigger.size, sizeof *bigger.slots);
    if (!bigger.slots) return CW_RESULT_NO_MEMORY;
    for (size_t i = 0; i < table->size; i++)
        if (table->slots[i].id != 0) bigger.slots[place_of(&bigger, table->slots[i].id)] = table->slots[i];
    free(table->slots);
    *table = bigger;
    return 0;
}

int cw_sip_table_add(struct cw_sip_table *table, uint64_t id, void *object) {
    if (table->count * 2 >= table->size) {
        int result = grow(table);
        if (result < 0) return result;
    }
    table->slots[place_of(table, id)] = (struct cw_sip_slot){.id = id, .object = object};
    table->count++;
    return 0;
}

void *cw_sip_table_find(const struct cw_sip_table *table, uint64_t id) {
    return table->size == 0 || id == 0 ? NULL : table->slots[place_of(table, id)].object;
}

void *cw_sip_table_remove(struct cw_sip_table *table, uint64_t id) {
    void *object = cw_sip_table_find(table, id);
    if (!object) return NULL;
    size_t hole = place_of(table, id), mask = table->size - 1;
    for (size_t i = (hole + 1) & mask; table->slots[i].id != 0; i = (i + 1) & mask) {
        size_t home = home_of(table, table->slots[i].id);
        if (((i - home) & mask) < ((i - hole) & mask)) continue; // its home lies behind the hole
        table->slots[hole] = table->slots[i];
        hole = i;
    }
    table->slots[hole] = (struct cw_sip_slot){0};
    table->count--;
    return object;
}

void *cw_sip_table_any(const struct cw_sip_table *table) {
    for (size_t i = 0; i < table->size; i++)
        if (table->slots[i].id != 0) return table->slots[i].object;
    return NULL;
}

void cw_sip_table_fini(struct cw_sip_table *table) {
    free(table->slots);
    *table = (struct cw_sip_table){0};
}
