// The data channels of an association: opening (RFC 8832), closing by stream resets (RFC 8831 §6.7), ids.
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "proto/sctp_internal.h"

#define FIRST_CHANNELS 8

struct cw_sctp_channel *cw_sctp_channel_find(struct cw_sctp *sctp, uint16_t id) {
    if (id >= sctp->channel_count) return NULL;
    struct cw_sctp_channel *channel = &sctp->channels[id];
    return channel->state == CW_SCTP_CHANNEL_FREE ? NULL : channel;
}

// The entry of an id, FREE or not. NULL: the id is not negotiated, or no memory.
static struct cw_sctp_channel *entry(struct cw_sctp *sctp, uint16_t id) {
    if (id >= sctp->streams) return NULL;
    if (id < sctp->channel_count) return &sctp->channels[id];
    unsigned count = sctp->channel_count ? sctp->channel_count : FIRST_CHANNELS;
    while (count <= id) count *= 2;
    struct cw_sctp_channel *grown = realloc(sctp->channels, count * sizeof *grown);
    if (!grown) return NULL;
    memset(grown + sctp->channel_count, 0, (count - sctp->channel_count) * sizeof *grown);
    sctp->channels = grown;
    sctp->channel_count = count;
    return &grown[id];
}

void cw_sctp_channel_forget_all(struct cw_sctp *sctp) {
    free(sctp->channels);
    sctp->channels = NULL;
    sctp->channel_count = sctp->closed_untold = sctp->acks_due = 0;
}

// --- closing ---

static void free_channel(struct cw_sctp *sctp, struct cw_sctp_channel *channel) {
    if (channel->ack_due) sctp->acks_due--;
    *channel = (struct cw_sctp_channel){0};
}

static void close_done(struct cw_sctp *sctp, struct cw_sctp_channel *channel) {
    if (channel->silent) {
        free_channel(sctp, channel);
        return;
    }
    channel->state = CW_SCTP_CHANNEL_CLOSED;
    sctp->closed_untold++;
}

void cw_sctp_channel_begin_close(struct cw_sctp *sctp, struct cw_sctp_channel *channel, uint16_t id) {
    channel->state = CW_SCTP_CHANNEL_CLOSING;
    // A peer without stream resets (RFC 6525) leaves nothing to wait for.
    if (cw_sctp_socket_reset(sctp, id) != CW_OK) close_done(sctp, channel);
}

void cw_sctp_channel_on_reset(struct cw_sctp *sctp, uint16_t id, bool incoming, bool outgoing) {
    struct cw_sctp_channel *channel = cw_sctp_channel_find(sctp, id);
    if (!channel || channel->state == CW_SCTP_CHANNEL_CLOSED) return;
    if (incoming) channel->reset_in = true;
    if (outgoing && channel->state == CW_SCTP_CHANNEL_CLOSING) channel->reset_out = true;
    if (incoming && channel->state != CW_SCTP_CHANNEL_CLOSING) cw_sctp_channel_begin_close(sctp, channel, id);
    if (channel->state == CW_SCTP_CHANNEL_CLOSING && channel->reset_in && channel->reset_out) close_done(sctp, channel);
}

bool cw_sctp_channel_next_closed(struct cw_sctp *sctp, struct cw_sctp_event *event) {
    if (sctp->closed_untold == 0) return false;
    for (unsigned id = 0; id < sctp->channel_count; id++) {
        struct cw_sctp_channel *channel = &sctp->channels[id];
        if (channel->state != CW_SCTP_CHANNEL_CLOSED) continue;
        free_channel(sctp, channel);
        sctp->closed_untold--;
        sctp->stats.channels_closed++;
        *event = (struct cw_sctp_event){.type = CW_SCTP_EVENT_CLOSED, .id = (uint16_t)id};
        return true;
    }
    return false;
}

int cw_sctp_close_channel(struct cw_sctp *sctp, uint16_t id) {
    struct cw_sctp_channel *channel = cw_sctp_channel_find(sctp, id);
    if (!channel || channel->state >= CW_SCTP_CHANNEL_CLOSING) return CW_ENOENT;
    cw_sctp_channel_begin_close(sctp, channel, id);
    return CW_OK;
}

// --- opening, from the peer ---

static void send_ack(struct cw_sctp *sctp, struct cw_sctp_channel *channel, uint16_t id) {
    uint8_t ack[1];
    size_t len;
    if (cw_dcep_write_ack(ack, sizeof ack, &len) != CW_OK) return;
    bool due = cw_sctp_socket_send(sctp, id, CW_PPID_DCEP, NULL, ack, len) == CW_EAGAIN;
    if (due && !channel->ack_due) sctp->acks_due++;
    if (!due && channel->ack_due) sctp->acks_due--;
    channel->ack_due = due;
}

void cw_sctp_channel_flush_acks(struct cw_sctp *sctp) {
    for (unsigned id = 0; sctp->acks_due > 0 && id < sctp->channel_count; id++)
        if (sctp->channels[id].ack_due) send_ack(sctp, &sctp->channels[id], (uint16_t)id);
}

static void set_open(struct cw_sctp_channel *channel, enum cw_sctp_channel_state state,
                     const struct cw_dcep_open *open) {
    *channel = (struct cw_sctp_channel){
        .state = (uint8_t)state,
        .reliability = (uint8_t)open->reliability,
        .unordered = open->unordered,
        .value = open->value,
    };
}

static bool is_ours(const struct cw_sctp *sctp, uint16_t id) { return (id % 2 == 0) == sctp->config.dtls_client; }

static void refuse(struct cw_sctp *sctp, struct cw_sctp_channel *channel, uint16_t id) {
    sctp->stats.refused_channels++;
    channel->silent = true;
    cw_sctp_channel_begin_close(sctp, channel, id);
}

static int on_open(struct cw_sctp *sctp, uint16_t id, const struct cw_dcep_open *open, bool too_long,
                   struct cw_sctp_event *event) {
    struct cw_sctp_channel *channel = entry(sctp, id);
    if (!channel) {
        sctp->stats.refused_channels++;
        return CW_EAGAIN;
    }
    if (channel->state == CW_SCTP_CHANNEL_CLOSING && channel->reset_in) {
        // The peer has seen our reset and uses the id again; its answer to us was lost on the way.
        close_done(sctp, channel);
        return CW_ESTATE;
    }
    if (channel->state != CW_SCTP_CHANNEL_FREE) {
        sctp->stats.bad_dcep++;
        return CW_EAGAIN;
    }
    if (too_long || is_ours(sctp, id)) {
        refuse(sctp, channel, id);
        return CW_EAGAIN;
    }
    set_open(channel, CW_SCTP_CHANNEL_OPEN, open);
    sctp->stats.channels_opened++;
    send_ack(sctp, channel, id);
    *event = (struct cw_sctp_event){.type = CW_SCTP_EVENT_OPENED, .id = id, .open = *open};
    return CW_OK;
}

static int on_ack(struct cw_sctp *sctp, uint16_t id, struct cw_sctp_event *event) {
    struct cw_sctp_channel *channel = cw_sctp_channel_find(sctp, id);
    if (!channel || channel->state != CW_SCTP_CHANNEL_OPENING) {
        // While a channel closes its ACK may still be on the way.
        if (!channel || channel->state == CW_SCTP_CHANNEL_OPEN) sctp->stats.bad_dcep++;
        return CW_EAGAIN;
    }
    channel->state = CW_SCTP_CHANNEL_OPEN;
    *event = (struct cw_sctp_event){.type = CW_SCTP_EVENT_ACKNOWLEDGED, .id = id};
    return CW_OK;
}

int cw_sctp_channel_dcep(struct cw_sctp *sctp, uint16_t id, const uint8_t *data, size_t len,
                         struct cw_sctp_event *event) {
    enum cw_dcep_type type;
    struct cw_dcep_open open = {0};
    int err = cw_dcep_parse(&type, &open, data, len);
    if (err == CW_ETOOBIG) return on_open(sctp, id, &open, true, event);
    if (err != CW_OK) {
        sctp->stats.bad_dcep++;
        return CW_EAGAIN;
    }
    return type == CW_DCEP_ACK ? on_ack(sctp, id, event) : on_open(sctp, id, &open, false, event);
}

// --- opening, by us ---

static struct cw_sctp_channel *free_id(struct cw_sctp *sctp, uint16_t *id) {
    for (unsigned i = sctp->config.dtls_client ? 0 : 1; i < sctp->streams; i += 2) {
        struct cw_sctp_channel *channel = entry(sctp, (uint16_t)i);
        if (!channel) return NULL;
        if (channel->state != CW_SCTP_CHANNEL_FREE) continue;
        *id = (uint16_t)i;
        return channel;
    }
    return NULL;
}

int cw_sctp_open_channel(struct cw_sctp *sctp, const struct cw_dcep_open *open, uint16_t *id) {
    if (sctp->state != CW_SCTP_STATE_UP) return CW_ESTATE;
    uint8_t message[CW_DCEP_OPEN_SIZE];
    size_t len;
    uint16_t at;
    int err = cw_dcep_write_open(open, message, sizeof message, &len);
    if (err) return err;
    struct cw_sctp_channel *channel = free_id(sctp, &at);
    if (!channel) return CW_ELIMIT;
    err = cw_sctp_socket_send(sctp, at, CW_PPID_DCEP, NULL, message, len);
    if (err) return err;
    set_open(channel, CW_SCTP_CHANNEL_OPENING, open);
    sctp->stats.channels_opened++;
    *id = at;
    return CW_OK;
}

int cw_sctp_add_channel(struct cw_sctp *sctp, const struct cw_dcep_open *open, uint16_t id) {
    if (sctp->state != CW_SCTP_STATE_UP) return CW_ESTATE;
    if (id >= sctp->streams) return CW_EINVAL;
    struct cw_sctp_channel *channel = entry(sctp, id);
    if (!channel) return CW_ENOMEM;
    if (channel->state != CW_SCTP_CHANNEL_FREE) return CW_EEXIST;
    set_open(channel, CW_SCTP_CHANNEL_OPEN, open);
    sctp->stats.channels_opened++;
    return CW_OK;
}
