// Data channels of a browser's leg: SCTP over its DTLS association, to and from the application.
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "media/leg.h"

_Static_assert(CW_SCTP_MTU <= CW_DTLS_DATA_MAX, "an SCTP packet fits one DTLS record");

struct cw_data {
    struct cw_leg *leg;
    struct cw_sctp *sctp;
    bool flushing; // an application's call inside of a callback does not start a second round
    bool held;     // no application yet: reading is paused until there is one
};

static const struct cw_app_media *app_of(const struct cw_data *d) { return d->leg->app_started ? d->leg->app : NULL; }

// ---------------------------------------------------------------- events of SCTP

static void on_opened(struct cw_data *d, const struct cw_sctp_event *event) {
    const struct cw_app_media *app = app_of(d);
    if (!app || !app->on_channel) return;
    const struct cw_dcep_open *open = &event->open;
    char label[CW_DCEP_LABEL_MAX + 1], protocol[CW_DCEP_PROTOCOL_MAX + 1];
    memcpy(label, open->label, open->label_len);
    memcpy(protocol, open->protocol, open->protocol_len);
    label[open->label_len] = protocol[open->protocol_len] = 0;
    struct cw_channel channel = {
        .id = event->id,
        .label = label,
        .protocol = protocol,
        .ordered = !open->unordered,
        .max_retransmits = open->reliability == CW_DCEP_MAX_RETRANSMITS ? (int)(open->value & INT32_MAX) : -1,
        .max_lifetime_ms = open->reliability == CW_DCEP_MAX_LIFETIME ? (int)(open->value & INT32_MAX) : -1};
    app->on_channel(d->leg->app_peer, cw_leg_peer(d->leg), &channel);
}

static void on_event(struct cw_data *d, const struct cw_sctp_event *event) {
    const struct cw_app_media *app = app_of(d);
    void *peer = d->leg->app_peer;
    struct cw_media_peer *media = cw_leg_peer(d->leg);
    if (!app) return;
    switch (event->type) {
    case CW_SCTP_EVENT_OPENED: on_opened(d, event); break;
    case CW_SCTP_EVENT_MESSAGE:
        if (app->on_message)
            app->on_message(peer, media, event->id, event->text ? CW_MESSAGE_TEXT : CW_MESSAGE_BINARY, event->data,
                            event->len);
        break;
    case CW_SCTP_EVENT_CLOSED:
        if (app->on_channel_closed) app->on_channel_closed(peer, media, event->id);
        break;
    case CW_SCTP_EVENT_UP:
    case CW_SCTP_EVENT_LOW:
        if (app->on_writable) app->on_writable(peer, media);
        break;
    case CW_SCTP_EVENT_ACKNOWLEDGED:
    case CW_SCTP_EVENT_RESTARTED:
    case CW_SCTP_EVENT_LOST: break;
    }
}

void cw_data_flush(struct cw_data *d) {
    struct cw_sctp_event event;
    uint8_t packet[CW_SCTP_MTU];
    size_t len;
    if (d->flushing) return;
    d->flushing = true;
    do {
        while (cw_sctp_event(d->sctp, &event) == 0) on_event(d, &event);
        len = 0;
        // A packet that DTLS does not take is lost like one on the way; SCTP sends it again.
        while (cw_sctp_poll(d->sctp, packet, sizeof packet, &len) == 0) (void)cw_webrtc_send_data(d->leg, packet, len);
    } while (len); // sending may have made room, and so an event
    d->flushing = false;
}

void cw_data_input(struct cw_data *d, const uint8_t *packet, size_t len) {
    if (cw_sctp_input(d->sctp, packet, len)) cw_leg_drop(d->leg, CW_MEDIA_DROP_MALFORMED);
    cw_data_flush(d);
}

void cw_data_on_ready(void *user) {
    struct cw_data *d = user;
    cw_data_flush(d);
}

// ---------------------------------------------------------------- life

int cw_data_new(struct cw_leg *leg, bool dtls_client, struct cw_data **out) {
    struct cw_sctp_config config = {.dtls_client = dtls_client};
    struct cw_data *d = calloc(1, sizeof *d);
    if (!d) return CW_ENOMEM;
    d->leg = leg;
    cw_webrtc_data_setup(leg, &config);
    int err = leg->worker->sctp ? cw_sctp_new(&d->sctp, leg->worker->sctp, &config, d) : CW_EUNSUPPORTED;
    if (!err) err = cw_sctp_start(d->sctp);
    if (err) {
        cw_data_free(d);
        return err;
    }
    d->held = !leg->app_started;
    if (d->held) cw_sctp_pause_read(d->sctp, true);
    *out = d;
    return 0;
}

void cw_data_free(struct cw_data *d) {
    if (!d) return;
    if (d->sctp) cw_sctp_free(d->sctp);
    free(d);
}

void cw_data_abort(struct cw_data *d) {
    d->leg->app_started = false; // its last call was on_stop
    cw_sctp_abort(d->sctp);
    cw_data_flush(d);
}

void cw_data_app_started(struct cw_data *d) {
    if (!d->held) return;
    d->held = false;
    cw_sctp_pause_read(d->sctp, false);
    cw_data_flush(d);
}

// ---------------------------------------------------------------- the application's calls

int cw_data_send(struct cw_data *d, uint16_t channel, enum cw_message_kind kind, const void *bytes, size_t len) {
    int err = cw_sctp_send(d->sctp, channel, kind == CW_MESSAGE_TEXT, bytes, len);
    cw_data_flush(d);
    return err;
}

int cw_data_open(struct cw_data *d, const struct cw_channel *channel, uint16_t *id) {
    struct cw_dcep_open open = {.unordered = !channel->ordered,
                                .label = channel->label,
                                .label_len = strlen(channel->label),
                                .protocol = channel->protocol,
                                .protocol_len = strlen(channel->protocol)};
    if (channel->max_retransmits >= 0) {
        open.reliability = CW_DCEP_MAX_RETRANSMITS;
        open.value = (uint32_t)channel->max_retransmits;
    } else if (channel->max_lifetime_ms >= 0) {
        open.reliability = CW_DCEP_MAX_LIFETIME;
        open.value = (uint32_t)channel->max_lifetime_ms;
    }
    int err = cw_sctp_open_channel(d->sctp, &open, id);
    cw_data_flush(d);
    return err;
}

int cw_data_close(struct cw_data *d, uint16_t channel) {
    int err = cw_sctp_close_channel(d->sctp, channel);
    cw_data_flush(d);
    return err;
}

int cw_data_pause(struct cw_data *d, bool paused) {
    cw_sctp_pause_read(d->sctp, paused);
    cw_data_flush(d);
    return 0;
}
