// Randomness from the kernel, and the ids made of it.
#ifndef CW_BASE_RANDOM_H
#define CW_BASE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

void cw_random_bytes(void *out, size_t len); // aborts if the kernel has none
uint32_t cw_random_u32(void);
// len characters of [A-Za-z0-9] and a NUL: an ice-ufrag, a token. 5.95 bits each.
void cw_random_text(char *out, size_t len);

#define CW_ID_SIZE 32
// "kind_" and 22 random characters (131 bits), e.g. "call_3Fk…"; kind has at most 8 letters. out: CW_ID_SIZE bytes.
void cw_id_make(char *out, const char *kind);

#endif
