// Full ICE: one thread, "cw-nice", with a GMainContext and a libnice agent for each leg. It exists in full mode only.
//
//     worker ── commands (messages) ──▶ cw-nice: NiceAgent of the leg, its sockets, STUN, TURN
//     worker ◀── struct cw_nice_event ── cw-nice                 (path_full.c handles them)
//
// Nothing is shared: a leg is an id here, credentials, candidates and datagrams are copies. So a datagram costs a block
// of memory and a message each way: full mode is for a gateway behind NAT, not for the highest load.
#ifndef CW_MEDIA_NICE_THREAD_H
#define CW_MEDIA_NICE_THREAD_H

#include "base/mailbox.h"
#include "media/media.h"

struct cw_nice;

// Control thread. Starts the thread; config outlives it (its servers' names are copied). CW_ENOMEM, CW_EIO.
int cw_nice_new(struct cw_nice **out, const struct cw_media_config *config);
// Closes all agents (TURN allocations are given back, for at most a second) and joins the thread. No worker runs any
// more.
void cw_nice_free(struct cw_nice *nice);

// Worker thread, all of them. CW_ENOMEM: nothing was done.
// Makes the leg's agent, which gathers at once; events go to inbox. *close: the message that ends it.
int cw_nice_open(struct cw_nice *nice, uint64_t leg, struct cw_mailbox *inbox, const struct cw_webrtc_setup *setup,
                 struct cw_msg **close);
// Other local credentials: ICE restart. Other remote ones: the peer's of now.
int cw_nice_update(struct cw_nice *nice, uint64_t leg, const struct cw_webrtc_setup *setup);
// "candidate:…" (RFC 8839 §5.1) of the peer, NULL: the last one came.
int cw_nice_candidate(struct cw_nice *nice, uint64_t leg, const char *text);
int cw_nice_send(struct cw_nice *nice, uint64_t leg, const void *data, size_t len);
void cw_nice_post(struct cw_nice *nice, struct cw_msg *msg); // what cw_nice_open gave

enum cw_nice_event_kind {
    CW_NICE_DATAGRAM,  // data
    CW_NICE_CANDIDATE, // of ours: data is its text with a NUL; len 0: that was the last
    CW_NICE_PAIR,      // selected: local, remote; datagrams can be sent from now on
    CW_NICE_CONNECTED,
    CW_NICE_SILENT, // nothing came for `disconnected_after`
    CW_NICE_HEARD,  // something came again
    CW_NICE_FAILED, // no pair works, or consent is gone (10 s without an answer)
};

struct cw_nice_event {
    struct cw_msg msg; // run is cw_path_full_on_event
    uint64_t leg;
    enum cw_nice_event_kind kind;
    struct cw_addr local, remote;
    size_t len;
    uint8_t data[]; // room for CW_PACKET_SIZE if it is a datagram
};

// path_full.c; owner is the worker's struct cw_io.
void cw_path_full_on_event(struct cw_msg *msg, void *owner);

#endif
