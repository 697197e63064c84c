// What the files of one SCTP association share. Nobody else includes this.
#ifndef CW_PROTO_SCTP_INTERNAL_H
#define CW_PROTO_SCTP_INTERNAL_H

#include "proto/sctp.h"

struct socket; // usrsctp's

#define CW_SCTP_SCRATCH (64 * 1024) // one read from usrsctp; longer messages are joined on the heap
#define CW_SCTP_OUTBOX_MAX (512 * 1024)

struct cw_sctp_owner {
    unsigned slot; // in the table of owners
    struct cw_mailbox *inbox;
    void (*on_ready)(void *user);
    struct cw_sctp **associations; // by the index in their ids; NULL: free
    size_t capacity;
    uint8_t scratch[CW_SCTP_SCRATCH]; // what the last event of any association borrows
};

// Packets for cw_sctp_poll, each behind its 16-bit length.
struct cw_sctp_outbox {
    uint8_t *data;
    size_t head, len, cap;
};

//            open_channel            ACK
//  FREE ───────────────────> OPENING ───> OPEN <──── OPEN from the peer ──── FREE
//                               │          │
//                               └────┬─────┘ close_channel, or the peer resets its stream: we reset ours
//                                    v
//  FREE <── event() ── CLOSED <── CLOSING     both streams are reset
//                   (a refused channel goes from FREE to CLOSING and gives no event)
enum cw_sctp_channel_state {
    CW_SCTP_CHANNEL_FREE,
    CW_SCTP_CHANNEL_OPENING,
    CW_SCTP_CHANNEL_OPEN,
    CW_SCTP_CHANNEL_CLOSING,
    CW_SCTP_CHANNEL_CLOSED,
};

struct cw_sctp_channel {
    uint8_t state;
    uint8_t reliability;
    bool unordered : 1;
    bool reset_in : 1;  // the peer has reset its direction
    bool reset_out : 1; // ours is reset
    bool silent : 1;    // refused: the caller never heard of it
    bool ack_due : 1;   // the ACK did not fit into the send buffer
    uint32_t value;
};

enum cw_sctp_state {
    CW_SCTP_STATE_NEW,
    CW_SCTP_STATE_CONNECTING,
    CW_SCTP_STATE_UP,
    CW_SCTP_STATE_LOST,
    CW_SCTP_STATE_ENDED, // by us
};

struct cw_sctp {
    uint64_t id; // usrsctp's name for us; never used twice
    struct cw_sctp_owner *owner;
    void *user;
    struct cw_sctp_config config;
    enum cw_sctp_state state;
    struct socket *socket;
    bool registered; // the id, with usrsctp
    bool paused;

    struct cw_sctp_outbox outbox;
    struct cw_sctp_channel *channels; // by id; grows with the ids in use
    unsigned channel_count;           // entries in channels
    unsigned streams;                 // negotiated
    unsigned closed_untold;           // channels in CLOSED
    unsigned acks_due;

    uint8_t *partial; // the message that is being joined, or was given with the last event
    size_t partial_len, partial_cap;
    uint16_t partial_id;
    bool partial_open; // the end is still to come
    bool partial_skip; // it is too big: thrown away up to its end
    bool replay;       // it is an OPEN that waits for the CLOSED of the channel before

    size_t buffered_known; // at the last look, and what was sent since
    size_t buffered_since;
    size_t group_messages; // sent since the last group was full
    size_t group_bytes;
    size_t low_at; // LOW is due at or below this
    bool low_armed;
    struct cw_sctp_stats stats;
};

// --- sctp_stack.c: the process, owners, names ---

// Gives the association its id and a place in its owner's table.
int cw_sctp_enlist(struct cw_sctp *sctp);
void cw_sctp_delist(struct cw_sctp *sctp);
// Between these two, what usrsctp sends for sctp goes into its outbox at once; else it comes by the mailbox.
void cw_sctp_enter(struct cw_sctp *sctp);
void cw_sctp_leave(void);
// usrsctp's upcall, with the id as its argument.
void cw_sctp_on_upcall(struct socket *socket, void *arg, int flags);

// --- sctp_socket.c: the socket, its options, its data ---

int cw_sctp_socket_open(struct cw_sctp *sctp);
void cw_sctp_socket_close(struct cw_sctp *sctp); // ABORT
int cw_sctp_socket_connect(struct cw_sctp *sctp);
void cw_sctp_socket_input(struct cw_sctp *sctp, const void *packet, size_t len);
// CW_EAGAIN, CW_ETOOBIG, CW_EIO. channel: ordering and reliability; NULL: ordered and reliable.
int cw_sctp_socket_send(struct cw_sctp *sctp, uint16_t id, enum cw_dcep_ppid ppid,
                        const struct cw_sctp_channel *channel, const void *data, size_t len);
// What a read from usrsctp gave; the bytes are in the owner's scratch.
struct cw_sctp_piece {
    size_t len;
    bool notification;
    bool end; // of the message
    uint16_t id;
    uint32_t ppid;
};
// CW_EAGAIN: nothing there. CW_EIO: the association is gone.
int cw_sctp_socket_read(struct cw_sctp *sctp, struct cw_sctp_piece *piece);
bool cw_sctp_socket_failed(struct cw_sctp *sctp);
int cw_sctp_socket_reset(struct cw_sctp *sctp, uint16_t id);
size_t cw_sctp_socket_buffered(struct cw_sctp *sctp);

// --- sctp_check.c ---

#define CW_SCTP_INPUT_MAX 16384 // what a DTLS record can hold
// A packet that usrsctp may see: CW_OK, CW_EFORMAT or CW_ETOOBIG.
int cw_sctp_check(const void *packet, size_t len);

// --- sctp_outbox.c ---

void cw_sctp_outbox_push(struct cw_sctp *sctp, const void *packet, size_t len);
int cw_sctp_outbox_pop(struct cw_sctp *sctp, void *out, size_t cap, size_t *len);

// --- sctp_channel.c ---

// The channel, NULL if it is FREE.
struct cw_sctp_channel *cw_sctp_channel_find(struct cw_sctp *sctp, uint16_t id);
// A DCEP message. CW_OK: *event was filled; CW_EAGAIN: nothing to tell; CW_ESTATE: the channel before it is closed by
// this, tell that and call again.
int cw_sctp_channel_dcep(struct cw_sctp *sctp, uint16_t id, const uint8_t *data, size_t len,
                         struct cw_sctp_event *event);
// Streams of the id were reset: the incoming one by the peer, or the outgoing one by us.
void cw_sctp_channel_on_reset(struct cw_sctp *sctp, uint16_t id, bool incoming, bool outgoing);
void cw_sctp_channel_begin_close(struct cw_sctp *sctp, struct cw_sctp_channel *channel, uint16_t id);
bool cw_sctp_channel_next_closed(struct cw_sctp *sctp, struct cw_sctp_event *event);
void cw_sctp_channel_flush_acks(struct cw_sctp *sctp);
void cw_sctp_channel_forget_all(struct cw_sctp *sctp);

#endif
