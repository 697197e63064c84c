// An SCTP association: its life, packets in and out, events, messages. Channels are in sctp_channel.c.
#include "proto/sctp.h"

#include <stdlib.h>
#include <string.h>
#include <usrsctp.h>

#include "base/err.h"
#include "proto/sctp_internal.h"

#define FIRST_PARTIAL CW_SCTP_SCRATCH

// --- life ---

static bool is_open(const struct cw_sctp *sctp) {
    return sctp->state == CW_SCTP_STATE_CONNECTING || sctp->state == CW_SCTP_STATE_UP;
}

static void set_config(struct cw_sctp *sctp, const struct cw_sctp_config *config) {
    sctp->config = *config;
    struct cw_sctp_config *own = &sctp->config;
    if (own->local_port == 0) own->local_port = CW_SCTP_PORT;
    if (own->remote_port == 0) own->remote_port = CW_SCTP_PORT;
    if (own->streams == 0) own->streams = CW_SCTP_STREAMS;
    if (own->low_bytes == 0) own->low_bytes = CW_SCTP_SEND_BUFFER / 2;
    if (own->remote_message_max == 0 || own->remote_message_max > CW_SCTP_MESSAGE_MAX)
        own->remote_message_max = CW_SCTP_MESSAGE_MAX;
}

int cw_sctp_new(struct cw_sctp **out, struct cw_sctp_owner *owner, const struct cw_sctp_config *config, void *user) {
    if (config->streams > CW_SCTP_STREAMS_MAX) return CW_EINVAL;
    struct cw_sctp *sctp = calloc(1, sizeof *sctp);
    if (!sctp) return CW_ENOMEM;
    sctp->owner = owner;
    sctp->user = user;
    set_config(sctp, config);
    int err = cw_sctp_enlist(sctp);
    if (!err) err = cw_sctp_socket_open(sctp);
    if (err) {
        cw_sctp_free(sctp);
        return err;
    }
    *out = sctp;
    return CW_OK;
}

static void end(struct cw_sctp *sctp, enum cw_sctp_state state) {
    cw_sctp_socket_close(sctp);
    cw_sctp_channel_forget_all(sctp);
    free(sctp->partial);
    sctp->partial = NULL;
    sctp->partial_len = sctp->partial_cap = 0;
    sctp->partial_open = sctp->replay = sctp->low_armed = false;
    sctp->state = state;
}

void cw_sctp_abort(struct cw_sctp *sctp) { end(sctp, CW_SCTP_STATE_ENDED); }

void cw_sctp_free(struct cw_sctp *sctp) {
    if (!sctp) return;
    end(sctp, CW_SCTP_STATE_ENDED);
    cw_sctp_delist(sctp);
    free(sctp->outbox.data);
    free(sctp);
}

int cw_sctp_start(struct cw_sctp *sctp) {
    if (sctp->state != CW_SCTP_STATE_NEW) return CW_ESTATE;
    int err = cw_sctp_socket_connect(sctp);
    if (!err) sctp->state = CW_SCTP_STATE_CONNECTING;
    return err;
}

int cw_sctp_input(struct cw_sctp *sctp, const void *packet, size_t len) {
    if (!is_open(sctp)) return CW_ESTATE;
    int err = cw_sctp_check(packet, len);
    if (err) {
        sctp->stats.bad_packets++;
        return err;
    }
    cw_sctp_socket_input(sctp, packet, len);
    return CW_OK;
}

int cw_sctp_poll(struct cw_sctp *sctp, void *out, size_t cap, size_t *len) {
    return cw_sctp_outbox_pop(sctp, out, cap, len);
}

void cw_sctp_pause_read(struct cw_sctp *sctp, bool pause) { sctp->paused = pause; }

const struct cw_sctp_stats *cw_sctp_stats(const struct cw_sctp *sctp) { return &sctp->stats; }

// --- sending ---

size_t cw_sctp_buffered(struct cw_sctp *sctp) { return is_open(sctp) ? cw_sctp_socket_buffered(sctp) : 0; }

// Asks usrsctp only when the bound may have been passed.
static void note_sent(struct cw_sctp *sctp, size_t len) {
    sctp->stats.messages_out++;
    sctp->stats.bytes_out += len;
    sctp->group_messages++;
    sctp->group_bytes += len ? len : 1;
    sctp->buffered_since += len;
    if (sctp->low_armed || sctp->buffered_known + sctp->buffered_since <= sctp->config.low_bytes) return;
    sctp->buffered_known = cw_sctp_socket_buffered(sctp);
    sctp->buffered_since = 0;
    sctp->low_armed = sctp->buffered_known > sctp->config.low_bytes;
    sctp->low_at = sctp->config.low_bytes;
}

// Full may also mean too many small messages: then LOW waits until half of them are gone.
static void note_full(struct cw_sctp *sctp) {
    size_t half = cw_sctp_socket_buffered(sctp) / 2;
    sctp->low_at = half < sctp->config.low_bytes ? half : sctp->config.low_bytes;
    sctp->low_armed = true;
}

// usrsctp bounds bytes only, tells no count, and a message of one byte costs it 400. So: of the two latest groups of
// messages the older must be gone before a third begins, which is when no more bytes wait than the younger has.
static bool has_too_many(struct cw_sctp *sctp) {
    if (sctp->group_messages < CW_SCTP_QUEUE_MAX / 2) return false;
    if (cw_sctp_socket_buffered(sctp) > sctp->group_bytes) return true;
    sctp->group_messages = sctp->group_bytes = 0;
    return false;
}

int cw_sctp_send(struct cw_sctp *sctp, uint16_t id, bool text, const void *data, size_t len) {
    if (sctp->state != CW_SCTP_STATE_UP) return CW_ESTATE;
    struct cw_sctp_channel *channel = cw_sctp_channel_find(sctp, id);
    if (!channel || channel->state >= CW_SCTP_CHANNEL_CLOSING) return CW_ENOENT;
    if (len > sctp->config.remote_message_max) return CW_ETOOBIG;
    enum cw_dcep_ppid ppid = text ? CW_PPID_STRING : CW_PPID_BINARY;
    // SCTP has no empty messages: one zero byte with an id that says so (RFC 8831 §6.6).
    if (len == 0) ppid = text ? CW_PPID_STRING_EMPTY : CW_PPID_BINARY_EMPTY;
    int err = CW_EAGAIN; // while our ACK waits, so does what follows it
    if (!channel->ack_due && !has_too_many(sctp))
        err = cw_sctp_socket_send(sctp, id, ppid, channel, len ? data : "", len ? len : 1);
    if (err == CW_EAGAIN) note_full(sctp);
    if (err == CW_OK) note_sent(sctp, len);
    return err;
}

static bool next_low(struct cw_sctp *sctp, struct cw_sctp_event *event) {
    if (!sctp->low_armed || sctp->acks_due > 0) return false;
    sctp->buffered_known = cw_sctp_socket_buffered(sctp);
    sctp->buffered_since = 0;
    if (sctp->buffered_known > sctp->low_at) return false;
    sctp->low_armed = false;
    *event = (struct cw_sctp_event){.type = CW_SCTP_EVENT_LOW};
    return true;
}

// --- receiving ---

static void drop_partial(struct cw_sctp *sctp) {
    free(sctp->partial);
    sctp->partial = NULL;
    sctp->partial_len = sctp->partial_cap = 0;
    sctp->partial_open = sctp->partial_skip = false;
}

static bool append_partial(struct cw_sctp *sctp, const uint8_t *data, size_t len) {
    if (len > CW_SCTP_MESSAGE_MAX - sctp->partial_len) return false;
    size_t cap = sctp->partial_cap ? sctp->partial_cap : FIRST_PARTIAL;
    while (cap - sctp->partial_len < len) cap *= 2;
    if (cap != sctp->partial_cap) {
        uint8_t *grown = realloc(sctp->partial, cap);
        if (!grown) return false;
        sctp->partial = grown;
        sctp->partial_cap = cap;
    }
    memcpy(sctp->partial + sctp->partial_len, data, len);
    sctp->partial_len += len;
    return true;
}

static void close_for(struct cw_sctp *sctp, uint16_t id, uint32_t *counter) {
    (*counter)++;
    struct cw_sctp_channel *channel = cw_sctp_channel_find(sctp, id);
    if (channel && channel->state < CW_SCTP_CHANNEL_CLOSING) cw_sctp_channel_begin_close(sctp, channel, id);
}

// A whole message of a channel. CW_OK: *event was filled; CW_EAGAIN: nothing to tell.
static int on_user_message(struct cw_sctp *sctp, uint16_t id, uint32_t ppid, const uint8_t *data, size_t len,
                           struct cw_sctp_event *event) {
    struct cw_sctp_channel *channel = cw_sctp_channel_find(sctp, id);
    if (!channel || channel->state >= CW_SCTP_CHANNEL_CLOSING) {
        sctp->stats.no_channel++;
        return CW_EAGAIN;
    }
    *event = (struct cw_sctp_event){.type = CW_SCTP_EVENT_MESSAGE, .id = id, .data = data, .len = len};
    switch (ppid) {
    case CW_PPID_STRING: event->text = true; break;
    case CW_PPID_BINARY: break;
    case CW_PPID_STRING_EMPTY: event->text = true; // fall through
    case CW_PPID_BINARY_EMPTY: event->len = 0; break;
    case CW_PPID_STRING_PARTIAL:
    case CW_PPID_BINARY_PARTIAL: close_for(sctp, id, &sctp->stats.partial_ppid); return CW_EAGAIN;
    default: sctp->stats.unknown_ppid++; return CW_EAGAIN;
    }
    sctp->stats.messages_in++;
    sctp->stats.bytes_in += event->len;
    return CW_OK;
}

static int on_message(struct cw_sctp *sctp, uint16_t id, uint32_t ppid, const uint8_t *data, size_t len,
                      struct cw_sctp_event *event) {
    if (ppid != CW_PPID_DCEP) return on_user_message(sctp, id, ppid, data, len, event);
    int err = cw_sctp_channel_dcep(sctp, id, data, len, event);
    if (err != CW_ESTATE) return err;
    if (data != sctp->partial) {
        drop_partial(sctp);
        if (!append_partial(sctp, data, len)) return CW_EAGAIN;
    }
    sctp->partial_id = id;
    sctp->replay = true;
    return CW_EAGAIN;
}

static int on_data(struct cw_sctp *sctp, const struct cw_sctp_piece *piece, struct cw_sctp_event *event) {
    const uint8_t *data = sctp->owner->scratch;
    // usrsctp joins one message at a time; a piece of another one means that it gave up the first.
    if (sctp->partial_open && sctp->partial_id != piece->id) drop_partial(sctp);
    if (!sctp->partial_open && piece->end) return on_message(sctp, piece->id, piece->ppid, data, piece->len, event);
    if (!sctp->partial_open) drop_partial(sctp);
    sctp->partial_open = true;
    sctp->partial_id = piece->id;
    if (!sctp->partial_skip && !append_partial(sctp, data, piece->len)) {
        drop_partial(sctp);
        sctp->partial_open = sctp->partial_skip = true;
        close_for(sctp, piece->id, &sctp->stats.too_big);
    }
    if (!piece->end) return CW_EAGAIN;
    bool skipped = sctp->partial_skip;
    sctp->partial_open = sctp->partial_skip = false;
    return skipped ? CW_EAGAIN : on_message(sctp, piece->id, piece->ppid, sctp->partial, sctp->partial_len, event);
}

// --- notifications ---

static int on_association(struct cw_sctp *sctp, const struct sctp_assoc_change *change, struct cw_sctp_event *event) {
    uint16_t out = change->sac_outbound_streams, in = change->sac_inbound_streams;
    switch (change->sac_state) {
    case SCTP_COMM_UP:
    case SCTP_RESTART:
        event->type = sctp->state == CW_SCTP_STATE_UP ? CW_SCTP_EVENT_RESTARTED : CW_SCTP_EVENT_UP;
        cw_sctp_channel_forget_all(sctp);
        drop_partial(sctp);
        sctp->streams = out < in ? out : in;
        sctp->state = CW_SCTP_STATE_UP;
        return CW_OK;
    case SCTP_COMM_LOST:
    case SCTP_CANT_STR_ASSOC:
    case SCTP_SHUTDOWN_COMP: return CW_EIO;
    default: return CW_EAGAIN;
    }
}

// The list of streams is in network order on the wire and in ours here; none listed: all.
static void on_stream_reset(struct cw_sctp *sctp, const uint8_t *data, size_t len) {
    struct sctp_stream_reset_event reset;
    memcpy(&reset, data, sizeof reset);
    bool failed = (reset.strreset_flags & (SCTP_STREAM_RESET_DENIED | SCTP_STREAM_RESET_FAILED)) != 0;
    bool outgoing = (reset.strreset_flags & SCTP_STREAM_RESET_OUTGOING_SSN) != 0;
    bool incoming = (reset.strreset_flags & SCTP_STREAM_RESET_INCOMING_SSN) != 0 && !failed;
    size_t count = (len - sizeof reset) / sizeof(uint16_t);
    for (size_t i = 0; i < count; i++) {
        uint16_t id;
        memcpy(&id, data + sizeof reset + i * sizeof id, sizeof id);
        // A refused reset ends our direction too: there is no other way to end it.
        cw_sctp_channel_on_reset(sctp, id, incoming || (failed && outgoing), outgoing);
    }
    for (unsigned id = 0; count == 0 && id < sctp->channel_count; id++)
        cw_sctp_channel_on_reset(sctp, (uint16_t)id, incoming, outgoing);
}

static int on_notification(struct cw_sctp *sctp, size_t len, struct cw_sctp_event *event) {
    const uint8_t *data = sctp->owner->scratch;
    uint16_t type = 0;
    if (len >= sizeof type) memcpy(&type, data, sizeof type);
    *event = (struct cw_sctp_event){0};
    if (type == SCTP_ASSOC_CHANGE && len >= sizeof(struct sctp_assoc_change)) {
        struct sctp_assoc_change change;
        memcpy(&change, data, sizeof change);
        return on_association(sctp, &change, event);
    }
    if (type == SCTP_STREAM_RESET_EVENT && len >= sizeof(struct sctp_stream_reset_event))
        on_stream_reset(sctp, data, len);
    if (type == SCTP_PARTIAL_DELIVERY_EVENT) drop_partial(sctp);
    return CW_EAGAIN;
}

// --- events ---

static int lost(struct cw_sctp *sctp, struct cw_sctp_event *event) {
    end(sctp, CW_SCTP_STATE_LOST);
    *event = (struct cw_sctp_event){.type = CW_SCTP_EVENT_LOST};
    return CW_OK;
}

static int replay(struct cw_sctp *sctp, struct cw_sctp_event *event) {
    sctp->replay = false;
    return on_message(sctp, sctp->partial_id, CW_PPID_DCEP, sctp->partial, sctp->partial_len, event);
}

int cw_sctp_event(struct cw_sctp *sctp, struct cw_sctp_event *event) {
    if (!is_open(sctp)) return CW_EAGAIN;
    cw_sctp_channel_flush_acks(sctp);
    for (;;) {
        if (sctp->paused && cw_sctp_socket_failed(sctp)) return lost(sctp, event);
        if (next_low(sctp, event)) return CW_OK;
        if (sctp->paused) return CW_EAGAIN;
        if (cw_sctp_channel_next_closed(sctp, event)) return CW_OK;
        if (sctp->replay && replay(sctp, event) == CW_OK) return CW_OK;
        if (!sctp->partial_open && !sctp->replay) drop_partial(sctp);
        struct cw_sctp_piece piece;
        int err = cw_sctp_socket_read(sctp, &piece);
        if (err == CW_OK)
            err = piece.notification ? on_notification(sctp, piece.len, event) : on_data(sctp, &piece, event);
        else if (err == CW_EAGAIN)
            return CW_EAGAIN;
        if (err == CW_EIO) return lost(sctp, event);
        if (err == CW_OK) return CW_OK;
    }
}
