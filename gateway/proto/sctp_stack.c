// usrsctp as a whole: start and end, its timers, and the way from its callbacks to the owner of an association.
#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <usrsctp.h>

#include "base/err.h"
#include "proto/sctp_internal.h"

// An id: where to find the association, and a serial that makes it unique. Never 0: slots count from 1.
//   63        56 55            32 31             0
//  | owner slot |  index          |  serial       |
#define SLOT_SHIFT 56
#define INDEX_SHIFT 32
#define INDEX_MAX 0xffffff
#define OWNERS 256
#define FIRST_CAPACITY 16
#define GRACE CW_SECOND // ticks go on this long for what usrsctp still cleans up
#define MAX_ELAPSED_MS 60000

struct owner_slot {
    _Atomic(struct cw_sctp_owner *) owner; // read by its own thread
    _Atomic(struct cw_mailbox *) inbox;    // read by the ticking thread
};

// A packet (or, without bytes, "look at your socket") on its way to the owner.
struct delivery {
    struct cw_msg msg;
    uint64_t id;
    size_t len;
    uint8_t packet[];
};

static struct owner_slot owners[OWNERS]; // slot 0 stays empty
static atomic_uint next_serial;
static atomic_size_t alive; // associations
static atomic_bool started;
static void (*first_hook)(void *arg);
static void *first_arg;

// The ticking thread's.
static cw_time ticked_at = -1;
static cw_time idle_since = -1;

// The association whose owner is calling usrsctp on this thread.
static _Thread_local struct cw_sctp *inside;

// --- from usrsctp to the owner ---

static struct cw_sctp *find(uint64_t id) {
    struct cw_sctp_owner *owner = atomic_load(&owners[id >> SLOT_SHIFT].owner);
    size_t index = (id >> INDEX_SHIFT) & INDEX_MAX;
    if (!owner || index >= owner->capacity) return NULL;
    struct cw_sctp *sctp = owner->associations[index];
    return sctp && sctp->id == id ? sctp : NULL;
}

// On the owner's thread.
static void run_delivery(struct cw_msg *msg, void *thread_owner) {
    struct delivery *delivery = (struct delivery *)msg;
    struct cw_sctp *sctp = thread_owner ? find(delivery->id) : NULL;
    if (sctp && delivery->len > 0) cw_sctp_outbox_push(sctp, delivery->packet, delivery->len);
    free(delivery);
    if (sctp) sctp->owner->on_ready(sctp->user);
}

// On the ticking thread. Out of memory is a lost packet: SCTP sends it again.
static void deliver(uint64_t id, const void *packet, size_t len) {
    struct cw_mailbox *inbox = atomic_load(&owners[id >> SLOT_SHIFT].inbox);
    struct delivery *delivery = inbox ? malloc(sizeof *delivery + len) : NULL;
    if (!delivery) return;
    delivery->msg = (struct cw_msg){.run = run_delivery};
    delivery->id = id;
    delivery->len = len;
    if (len > 0) memcpy(delivery->packet, packet, len);
    cw_mailbox_post(inbox, &delivery->msg);
}

static int on_output(void *address, void *packet, size_t len, uint8_t tos, uint8_t set_df) {
    (void)tos, (void)set_df;
    uint64_t id = (uintptr_t)address;
    if (inside && inside->id == id)
        cw_sctp_outbox_push(inside, packet, len);
    else
        deliver(id, packet, len);
    return 0;
}

void cw_sctp_on_upcall(struct socket *socket, void *arg, int flags) {
    (void)socket, (void)flags;
    uint64_t id = (uintptr_t)arg;
    // The owner looks for events after its own calls anyway.
    if (!inside || inside->id != id) deliver(id, NULL, 0);
}

void cw_sctp_enter(struct cw_sctp *sctp) {
    assert(!inside);
    inside = sctp;
}

void cw_sctp_leave(void) { inside = NULL; }

// --- owners and ids ---

int cw_sctp_owner_new(struct cw_sctp_owner **out, struct cw_mailbox *inbox, void (*on_ready)(void *user)) {
    struct cw_sctp_owner *owner = calloc(1, sizeof *owner);
    if (!owner) return CW_ENOMEM;
    owner->inbox = inbox;
    owner->on_ready = on_ready;
    for (unsigned slot = 1; slot < OWNERS; slot++) {
        struct cw_sctp_owner *none = NULL;
        if (!atomic_compare_exchange_strong(&owners[slot].owner, &none, owner)) continue;
        owner->slot = slot;
        atomic_store(&owners[slot].inbox, inbox);
        *out = owner;
        return CW_OK;
    }
    free(owner);
    return CW_ELIMIT;
}

void cw_sctp_owner_free(struct cw_sctp_owner *owner) {
    if (!owner) return;
    for (size_t i = 0; i < owner->capacity; i++) assert(!owner->associations[i]);
    atomic_store(&owners[owner->slot].inbox, NULL);
    atomic_store(&owners[owner->slot].owner, NULL);
    free(owner->associations);
    free(owner);
}

static int grow(struct cw_sctp_owner *owner) {
    size_t capacity = owner->capacity ? owner->capacity * 2 : FIRST_CAPACITY;
    if (capacity > (size_t)INDEX_MAX + 1) return CW_ELIMIT;
    struct cw_sctp **grown = realloc(owner->associations, capacity * sizeof(struct cw_sctp *));
    if (!grown) return CW_ENOMEM;
    memset(grown + owner->capacity, 0, (capacity - owner->capacity) * sizeof(struct cw_sctp *));
    owner->associations = grown;
    owner->capacity = capacity;
    return CW_OK;
}

int cw_sctp_enlist(struct cw_sctp *sctp) {
    struct cw_sctp_owner *owner = sctp->owner;
    size_t index = 0;
    while (index < owner->capacity && owner->associations[index]) index++;
    if (index == owner->capacity) {
        int err = grow(owner);
        if (err) return err;
    }
    owner->associations[index] = sctp;
    uint32_t serial = atomic_fetch_add(&next_serial, 1);
    sctp->id = (uint64_t)owner->slot << SLOT_SHIFT | (uint64_t)index << INDEX_SHIFT | serial;
    if (atomic_fetch_add(&alive, 1) == 0 && first_hook) first_hook(first_arg);
    return CW_OK;
}

void cw_sctp_delist(struct cw_sctp *sctp) {
    if (sctp->id == 0) return;
    sctp->owner->associations[(sctp->id >> INDEX_SHIFT) & INDEX_MAX] = NULL;
    sctp->id = 0;
    atomic_fetch_sub(&alive, 1);
}

// --- the process ---

static void set_defaults(void) {
    // What data channels need (RFC 8831 §5, §6.2) and nothing else of what usrsctp has.
    usrsctp_sysctl_set_sctp_pr_enable(1);
    usrsctp_sysctl_set_sctp_reconfig_enable(1);
    usrsctp_sysctl_set_sctp_ecn_enable(0);
    usrsctp_sysctl_set_sctp_auto_asconf(0);
    usrsctp_sysctl_set_sctp_asconf_enable(0);
    usrsctp_sysctl_set_sctp_auth_enable(0);
    usrsctp_sysctl_set_sctp_nrsack_enable(0);
    usrsctp_sysctl_set_sctp_pktdrop_enable(0);
    usrsctp_sysctl_set_sctp_mobility_base(0);
    usrsctp_sysctl_set_sctp_mobility_fasthandoff(0);
    usrsctp_sysctl_set_sctp_nr_outgoing_streams_default(CW_SCTP_STREAMS);
    usrsctp_sysctl_set_sctp_nr_incoming_streams_default(CW_SCTP_STREAMS);
    // A message of the largest size is 230 chunks; the send buffer 900. Bounds what many tiny messages cost.
    usrsctp_sysctl_set_sctp_max_chunks_on_queue(2048);
    // A call's network, not the Internet of RFC 9260 §16: the path is known to be there (ICE), and to go (consent).
    usrsctp_sysctl_set_sctp_rto_initial_default(1000);
    usrsctp_sysctl_set_sctp_rto_min_default(400); // above the peer's delayed SACK of 200 ms
    usrsctp_sysctl_set_sctp_rto_max_default(10000);
    usrsctp_sysctl_set_sctp_init_rto_max_default(10000);
    usrsctp_sysctl_set_sctp_delayed_sack_time_default(20);
    // Freed chunks go back to the heap, not to lists that idle associations keep.
    usrsctp_sysctl_set_sctp_asoc_free_resc_limit(0);
    usrsctp_sysctl_set_sctp_system_free_resc_limit(0);
}

int cw_sctp_global_init(void (*on_first)(void *arg), void *arg) {
    if (atomic_exchange(&started, true)) return CW_ESTATE;
    first_hook = on_first;
    first_arg = arg;
    ticked_at = idle_since = -1;
    usrsctp_init_nothreads(0, on_output, NULL);
    set_defaults();
    return CW_OK;
}

int cw_sctp_global_fini(void) {
    if (atomic_load(&alive) > 0 || !atomic_load(&started)) return CW_ESTATE;
    // Closed associations may wait for a timer of usrsctp's that frees them.
    for (int i = 0; i < 200; i++) {
        if (usrsctp_finish() == 0) {
            atomic_store(&started, false);
            return CW_OK;
        }
        usrsctp_handle_timers(50);
    }
    return CW_ESTATE;
}

cw_time cw_sctp_tick(cw_time now) {
    if (ticked_at < 0) ticked_at = now - CW_SCTP_TICK;
    cw_time elapsed_ms = (now - ticked_at) / CW_MS;
    ticked_at += elapsed_ms * CW_MS;
    if (elapsed_ms > MAX_ELAPSED_MS) elapsed_ms = MAX_ELAPSED_MS; // the machine slept
    if (elapsed_ms > 0) usrsctp_handle_timers((uint32_t)elapsed_ms);
    if (atomic_load(&alive) > 0) {
        idle_since = -1;
        return now + CW_SCTP_TICK;
    }
    if (idle_since < 0) idle_since = now;
    if (now - idle_since < GRACE) return now + CW_SCTP_TICK;
    ticked_at = idle_since = -1;
    return CW_NEVER;
}
