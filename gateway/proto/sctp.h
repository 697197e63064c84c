// One SCTP association over DTLS for WebRTC data channels (RFC 8831, RFC 8832, RFC 8261), on usrsctp.
// DTLS application data in; SCTP packets for DTLS, and events, out. It opens no socket.
//
// Threads. usrsctp keeps one global state behind locks of its own and one list of timers for all associations:
//
//      worker A ── cw_sctp_input, _send, _event, _poll ──┐
//      worker B ── the same for its own associations ────┤ usrsctp
//      ticker   ── cw_sctp_tick, every 10 ms ────────────┘
//         └── what the timers make for an association: a copy, through the mailbox of its owner ──> A or B
//
// - An association is made, used and freed by one thread: that of its owner.
// - Exactly one thread calls cw_sctp_tick (it may be a worker). What an association's timer sends is handed to the
//   owner's mailbox as a message with a copy; the owner queues it and gets on_ready. No lock but the mailbox's.
// - usrsctp knows an association only as a number that is never used twice: a late timer, packet or message
//   for one that is gone finds nothing.
// - cw_sctp_tick answers CW_NEVER when there is no association (no wake-ups then) and on_first says when to start
// again.
//
// After cw_sctp_start, cw_sctp_input, cw_sctp_event, any sending, and in on_ready: take all events, then poll
// all packets. usrsctp reads its own clock for round-trip times; only its timers follow cw_sctp_tick.
#ifndef CW_PROTO_SCTP_H
#define CW_PROTO_SCTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/mailbox.h"
#include "proto/dcep.h"

#define CW_SCTP_MTU 1148    // the largest packet cw_sctp_poll gives [bytes]: what fits one DTLS record
#define CW_SCTP_PORT 5000   // the usual port in a=sctp-port (RFC 8841)
#define CW_SCTP_STREAMS 256 // default bound of channel ids; an idle association keeps 100 bytes for each, and 13 kB
#define CW_SCTP_STREAMS_MAX 1024          // the most a configuration may ask for
#define CW_SCTP_MESSAGE_MAX 262144        // the most we receive or send in one message; for a=max-message-size
#define CW_SCTP_SEND_BUFFER (1024 * 1024) // unacknowledged and unsent bytes of an association
#define CW_SCTP_QUEUE_MAX 2048            // and messages
#define CW_SCTP_RECEIVE_BUFFER (256 * 1024)
#define CW_SCTP_TICK (10 * CW_MS)

// --- the process ---

// Once, before any other call. on_first(arg): the first association is there, call cw_sctp_tick soon; runs on the
// thread that made it, and may run when ticks are under way. CW_ESTATE: called before.
int cw_sctp_global_init(void (*on_first)(void *arg), void *arg);
// When all associations and owners are freed and nobody ticks. CW_ESTATE if usrsctp still holds some.
int cw_sctp_global_fini(void);
// Ticking thread: runs the timers that are due. Returns when to call again, CW_NEVER if there is no association.
cw_time cw_sctp_tick(cw_time now);

// --- one for each thread that has associations ---

struct cw_sctp_owner;

// inbox: the mailbox of the thread; must outlive the last tick. on_ready(user): the association made with `user`
// has packets or events that no call of yours made; runs on the owner's thread, inside the mailbox's drain; it
// may free the association. CW_ELIMIT: more than 255 owners.
int cw_sctp_owner_new(struct cw_sctp_owner **out, struct cw_mailbox *inbox, void (*on_ready)(void *user));
// All its associations are freed before.
void cw_sctp_owner_free(struct cw_sctp_owner *owner);

// --- an association: owner's thread only ---

struct cw_sctp;

struct cw_sctp_config {
    uint16_t local_port;  // a=sctp-port of ours and of theirs; 0: CW_SCTP_PORT
    uint16_t remote_port; //
    uint16_t streams;     // channel ids are below this, in both directions; 0: CW_SCTP_STREAMS
    bool dtls_client;     // we were the DTLS client: our ids are even (RFC 8832 §6)
    // Their a=max-message-size: cw_sctp_send refuses longer ones. 0: no limit but ours. (Without the attribute: 65536.)
    uint32_t remote_message_max;
    uint32_t low_bytes; // CW_SCTP_EVENT_LOW at or below this; 0: half of CW_SCTP_SEND_BUFFER
};

enum cw_sctp_event_type {
    CW_SCTP_EVENT_UP,           // the association is there; channels can be opened
    CW_SCTP_EVENT_LOST,         // it is gone, and every channel with it; the last event
    CW_SCTP_EVENT_RESTARTED,    // the peer began anew: every channel is gone, the association is up
    CW_SCTP_EVENT_OPENED,       // the peer opened channel `id` (`open`); it is acknowledged already
    CW_SCTP_EVENT_ACKNOWLEDGED, // the peer acknowledged our channel `id`
    CW_SCTP_EVENT_MESSAGE,      // a whole message on channel `id`
    CW_SCTP_EVENT_CLOSED,       // channel `id` is closed in both directions; the id may be used again
    CW_SCTP_EVENT_LOW,          // the send buffer was above `low_bytes` or full, and has drained: go on sending
};

struct cw_sctp_event {
    enum cw_sctp_event_type type;
    uint16_t id;
    bool text;                // MESSAGE: text (UTF-8, not checked) or binary
    const uint8_t *data;      // MESSAGE: borrowed until the next call with any association of this owner
    size_t len;               //
    struct cw_dcep_open open; // OPENED: label and protocol are borrowed the same way
};

// Counters since cw_sctp_new: what came and went, and junk by reason.
struct cw_sctp_stats {
    uint64_t messages_in, messages_out;
    uint64_t bytes_in, bytes_out;
    uint32_t channels_opened, channels_closed;
    uint32_t refused_channels;  // label too long, id not of their parity
    uint32_t too_big;           // messages above CW_SCTP_MESSAGE_MAX: their channel was closed
    uint32_t bad_dcep;          // malformed or out of place
    uint32_t unknown_ppid;      // dropped
    uint32_t partial_ppid;      // deprecated ids 52 and 54: their channel was closed
    uint32_t no_channel;        // data without a channel: dropped
    uint32_t bad_packets;       // refused by cw_sctp_input: malformed, or with chunks that data channels do not use
    uint32_t packets_overflown; // nobody polled: dropped like a lost packet
};

// user: for on_ready. CW_EINVAL, CW_ENOMEM, CW_ELIMIT, CW_EIO (usrsctp).
int cw_sctp_new(struct cw_sctp **out, struct cw_sctp_owner *owner, const struct cw_sctp_config *config, void *user);
// Without a word to the peer, unless cw_sctp_abort was called and polled.
void cw_sctp_free(struct cw_sctp *sctp);

// Sends INIT; both sides do (RFC 8831 §6.2 over RFC 9260 §5.2.1). Once. CW_ESTATE, CW_EIO.
int cw_sctp_start(struct cw_sctp *sctp);
// Ends the association with ABORT, which cw_sctp_poll then gives. No event follows.
void cw_sctp_abort(struct cw_sctp *sctp);

// One DTLS application record: one SCTP packet. Junk is counted and dropped. CW_EFORMAT, CW_ETOOBIG.
int cw_sctp_input(struct cw_sctp *sctp, const void *packet, size_t len);
// The next packet for DTLS; cap at least CW_SCTP_MTU. CW_EAGAIN: none.
int cw_sctp_poll(struct cw_sctp *sctp, void *out, size_t cap, size_t *len);
// The next event. CW_EAGAIN: none.
int cw_sctp_event(struct cw_sctp *sctp, struct cw_sctp_event *event);
// While paused only LOST and LOW are given; at most CW_SCTP_RECEIVE_BUFFER waits here, and the peer is held by the
// closed window.
void cw_sctp_pause_read(struct cw_sctp *sctp, bool pause);

// Opens a channel with the next id of our parity; it may be sent on at once. CW_ESTATE: not up. CW_ELIMIT: no id is
// free. CW_ETOOBIG: label or protocol. CW_EAGAIN: send buffer full.
int cw_sctp_open_channel(struct cw_sctp *sctp, const struct cw_dcep_open *open, uint16_t *id);
// A channel both sides agreed on elsewhere (negotiated: true): nothing is sent. CW_EEXIST, CW_EINVAL, CW_ESTATE.
int cw_sctp_add_channel(struct cw_sctp *sctp, const struct cw_dcep_open *open, uint16_t id);
// Stream reset (RFC 8831 §6.7) after what was sent; CW_SCTP_EVENT_CLOSED follows. CW_ENOENT.
int cw_sctp_close_channel(struct cw_sctp *sctp, uint16_t id);

// One message, empty ones too. CW_ENOENT: no such channel, or it closes. CW_ETOOBIG. CW_EAGAIN: the buffer is full and
// nothing was taken; CW_SCTP_EVENT_LOW says when to go on. CW_ESTATE: not up. CW_EIO.
int cw_sctp_send(struct cw_sctp *sctp, uint16_t id, bool text, const void *data, size_t len);
// Bytes sent but not yet acknowledged by the peer, all channels.
size_t cw_sctp_buffered(struct cw_sctp *sctp);
const struct cw_sctp_stats *cw_sctp_stats(const struct cw_sctp *sctp);

#endif
