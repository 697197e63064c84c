// The packets of an association that wait for DTLS: one block of memory, given back when it is empty.
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "proto/sctp_internal.h"

#define PREFIX 2
#define FIRST_BYTES 4096 // kept when empty; a larger block is freed

static bool make_room(struct cw_sctp_outbox *box, size_t bytes) {
    if (box->cap - box->len >= bytes) return true;
    if (box->head > 0) {
        memmove(box->data, box->data + box->head, box->len - box->head);
        box->len -= box->head;
        box->head = 0;
    }
    size_t cap = box->cap ? box->cap : FIRST_BYTES;
    while (cap - box->len < bytes && cap < CW_SCTP_OUTBOX_MAX) cap *= 2;
    if (cap - box->len < bytes) return false;
    if (cap == box->cap) return true;
    uint8_t *grown = realloc(box->data, cap);
    if (!grown) return false;
    box->data = grown;
    box->cap = cap;
    return true;
}

void cw_sctp_outbox_push(struct cw_sctp *sctp, const void *packet, size_t len) {
    struct cw_sctp_outbox *box = &sctp->outbox;
    if (len == 0 || len > CW_SCTP_MTU || !make_room(box, PREFIX + len)) {
        sctp->stats.packets_overflown++;
        return;
    }
    cw_put_u16(box->data + box->len, (uint16_t)len);
    memcpy(box->data + box->len + PREFIX, packet, len);
    box->len += PREFIX + len;
}

int cw_sctp_outbox_pop(struct cw_sctp *sctp, void *out, size_t cap, size_t *len) {
    struct cw_sctp_outbox *box = &sctp->outbox;
    if (box->head == box->len) return CW_EAGAIN;
    size_t size = cw_get_u16(box->data + box->head);
    if (size > cap) return CW_ETOOBIG;
    memcpy(out, box->data + box->head + PREFIX, size);
    *len = size;
    box->head += PREFIX + size;
    if (box->head < box->len) return CW_OK;
    if (box->cap > FIRST_BYTES) {
        free(box->data);
        *box = (struct cw_sctp_outbox){0};
    }
    box->head = box->len = 0;
    return CW_OK;
}
