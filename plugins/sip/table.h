// Objects by number: a hash table of one thread.
#ifndef CW_SIP_TABLE_H
#define CW_SIP_TABLE_H

#include <stddef.h>
#include <stdint.h>

struct cw_sip_slot {
    uint64_t id; // 0: free
    void *object;
};

// All zero is an empty table.
struct cw_sip_table {
    struct cw_sip_slot *slots;
    size_t size, count; // size is a power of two
};

// id is not 0 and not in the table. CW_RESULT_NO_MEMORY.
int cw_sip_table_add(struct cw_sip_table *table, uint64_t id, void *object);
void *cw_sip_table_find(const struct cw_sip_table *table, uint64_t id);
// Returns the object, or NULL if there is none.
void *cw_sip_table_remove(struct cw_sip_table *table, uint64_t id);
// Any object of the table, or NULL when it is empty.
void *cw_sip_table_any(const struct cw_sip_table *table);
void cw_sip_table_fini(struct cw_sip_table *table); // not the objects

#endif
