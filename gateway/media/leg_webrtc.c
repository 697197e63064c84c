// A browser's leg: DTLS and SRTP over a path that ICE has made.
//
//     path usable and fingerprints known ─▶ DTLS ─▶ keys ─▶ media (and SCTP, if data was negotiated)
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "media/leg.h"
#include "proto/demux.h"

struct cw_webrtc {
    struct cw_path *path;
    struct cw_dtls *dtls; // NULL: not begun
    struct cw_data *data; // NULL: none
    bool usable;          // the path can send
    bool ended;           // failed or closed: told once
    enum cw_srtp_profile profile;
    enum cw_dtls_role role;
    size_t fingerprint_count;
    struct cw_dtls_fingerprint fingerprints[CW_DTLS_FINGERPRINTS_MAX];
    bool has_data;
    uint16_t sctp_local_port, sctp_remote_port;
    uint32_t max_message_size;
};

struct cw_path *cw_webrtc_path(const struct cw_leg *leg) {
    return leg->webrtc->path;
}
struct cw_data *cw_webrtc_data(const struct cw_leg *leg) {
    return leg->webrtc ? leg->webrtc->data : NULL;
}

// ---------------------------------------------------------------- sending

void cw_webrtc_transmit(struct cw_leg *leg, size_t len) {
    struct cw_webrtc *r = leg->webrtc;
    if (!r->path->ops->send(r->path, len)) {
        cw_leg_drop(leg, CW_MEDIA_DROP_NO_TARGET);
        return;
    }
    leg->packets_out++;
    leg->bytes_out += len;
    cw_count(&leg->worker->counters.packets_out, 1);
    cw_count(&leg->worker->counters.bytes_out, len);
}

static void flush_dtls(struct cw_leg *leg) {
    const struct cw_worker_output *out = &leg->worker->out;
    size_t len;
    while (leg->webrtc->usable && (len = cw_dtls_poll(leg->webrtc->dtls, out->reserve(out->arg), CW_PACKET_SIZE)) > 0)
        cw_webrtc_transmit(leg, len);
}

int cw_webrtc_send_data(struct cw_leg *leg, const void *data, size_t len) {
    if (!leg->webrtc->dtls) return CW_ESTATE;
    int err = cw_dtls_send(leg->webrtc->dtls, data, len);
    flush_dtls(leg);
    return err;
}

// ---------------------------------------------------------------- the association

static int set_keys(struct cw_leg *leg) {
    struct cw_srtp_keys keys;
    int err = cw_dtls_srtp_keys(leg->webrtc->dtls, &keys);
    if (err) return err;
    cw_srtp_fini(&leg->srtp_in); // of an association before this one
    cw_srtp_fini(&leg->srtp_out);
    err = cw_srtp_init(&leg->srtp_in, keys.profile, &keys.remote, CW_SRTP_INBOUND);
    if (!err) err = cw_srtp_init(&leg->srtp_out, keys.profile, &keys.local, CW_SRTP_OUTBOUND);
    leg->webrtc->profile = keys.profile;
    explicit_bzero(&keys, sizeof keys);
    return err;
}

static void end(struct cw_leg *leg, enum cw_media_event_type type, enum cw_media_reason reason, const char *text) {
    if (leg->webrtc->ended) return;
    leg->webrtc->ended = true;
    leg->ready = false;
    cw_leg_event(leg, type, reason, text);
}

static void on_dtls_connected(struct cw_leg *leg) {
    struct cw_webrtc *r = leg->webrtc;
    bool again = leg->ready;
    int err = set_keys(leg);
    if (!err && r->has_data && !r->data) err = cw_data_new(leg, r->role == CW_DTLS_ACTIVE, &r->data);
    if (err) {
        end(leg, CW_MEDIA_FAILED, err == CW_ENOMEM ? CW_MEDIA_REASON_NO_MEMORY : CW_MEDIA_REASON_DTLS_FAILED, "keys");
        return;
    }
    leg->ready = true;
    if (again) return;
    cw_leg_event(leg, CW_MEDIA_CONNECTED, CW_MEDIA_REASON_NONE, NULL);
    cw_leg_start(leg);
    if (r->data) cw_data_flush(r->data);
}

static void on_dtls_end(struct cw_leg *leg) {
    enum cw_dtls_reason reason = cw_dtls_get_reason(leg->webrtc->dtls);
    if (cw_dtls_get_state(leg->webrtc->dtls) == CW_DTLS_CLOSED)
        end(leg, CW_MEDIA_CLOSED, CW_MEDIA_REASON_NONE, NULL);
    else
        end(leg, CW_MEDIA_FAILED,
            reason == CW_DTLS_REASON_FINGERPRINT ? CW_MEDIA_REASON_FINGERPRINT_MISMATCH : CW_MEDIA_REASON_DTLS_FAILED,
            cw_dtls_reason_name(reason));
}

// After everything that may have changed the association; `before` is its state then.
static void after_dtls(struct cw_leg *leg, enum cw_dtls_state before) {
    struct cw_webrtc *r = leg->webrtc;
    flush_dtls(leg);
    enum cw_dtls_state state = cw_dtls_get_state(r->dtls);
    if (state != before && state == CW_DTLS_CONNECTED) on_dtls_connected(leg);
    uint8_t record[CW_PACKET_SIZE];
    size_t len;
    while (r->data && (len = cw_dtls_recv(r->dtls, record, sizeof record)) > 0) cw_data_input(r->data, record, len);
    state = cw_dtls_get_state(r->dtls);
    // What came with the handshake has been read. A refusal (a cipher that cannot be shrunk) costs memory only.
    if (state != before && state == CW_DTLS_CONNECTED) (void)cw_dtls_shrink(r->dtls);
    if (state != before && (state == CW_DTLS_CLOSED || state == CW_DTLS_FAILED)) on_dtls_end(leg);
    cw_leg_arm(leg, cw_dtls_next(r->dtls));
}

// Makes the association as soon as there is a way to send and something to check the peer's certificate against.
static void begin_dtls(struct cw_leg *leg) {
    struct cw_webrtc *r = leg->webrtc;
    if (r->dtls || r->ended || !r->usable || !r->fingerprint_count) return;
    int err = cw_dtls_new(&r->dtls, leg->worker->config->identity, r->role, r->fingerprints, r->fingerprint_count);
    if (!err) err = cw_dtls_start(r->dtls, leg->worker->now);
    if (err)
        end(leg, CW_MEDIA_FAILED, err == CW_ENOMEM ? CW_MEDIA_REASON_NO_MEMORY : CW_MEDIA_REASON_DTLS_FAILED, "start");
    if (r->dtls) after_dtls(leg, CW_DTLS_NEW);
}

void cw_webrtc_on_path(struct cw_leg *leg, enum cw_path_event event) {
    switch (event) {
    case CW_PATH_CHECKING:
        leg->webrtc->usable = true;
        cw_leg_event(leg, CW_MEDIA_CONNECTING, CW_MEDIA_REASON_NONE, NULL);
        begin_dtls(leg);
        break;
    case CW_PATH_MOVED: break;
    case CW_PATH_DISCONNECTED: cw_leg_event(leg, CW_MEDIA_DISCONNECTED, CW_MEDIA_REASON_NONE, NULL); break;
    case CW_PATH_RESUMED: cw_leg_event(leg, CW_MEDIA_RESUMED, CW_MEDIA_REASON_NONE, NULL); break;
    case CW_PATH_TIMEOUT: end(leg, CW_MEDIA_FAILED, CW_MEDIA_REASON_ICE_TIMEOUT, NULL); break;
    case CW_PATH_EXPIRED: end(leg, CW_MEDIA_FAILED, CW_MEDIA_REASON_CONSENT_EXPIRED, NULL); break;
    }
}

// ---------------------------------------------------------------- receiving

static void input_dtls(struct cw_leg *leg, const uint8_t *data, size_t len) {
    struct cw_webrtc *r = leg->webrtc;
    if (!r->dtls) {
        cw_leg_drop(leg, CW_MEDIA_DROP_NOT_READY);
        return;
    }
    enum cw_dtls_state before = cw_dtls_get_state(r->dtls);
    if (cw_dtls_input(r->dtls, leg->worker->now, data, len)) cw_leg_drop(leg, CW_MEDIA_DROP_DTLS);
    after_dtls(leg, before);
}

// CW_OK: data is decrypted.
static int unprotect(struct cw_leg *leg, uint8_t *data, size_t *len, bool rtcp) {
    if (!leg->ready) {
        cw_leg_drop(leg, CW_MEDIA_DROP_NOT_READY);
        return CW_ESTATE;
    }
    int err = rtcp ? cw_srtp_unprotect_rtcp(&leg->srtp_in, data, len) : cw_srtp_unprotect(&leg->srtp_in, data, len);
    if (err == CW_EREPLAY)
        cw_leg_drop(leg, CW_MEDIA_DROP_REPLAY);
    else if (err)
        cw_leg_drop(leg, err == CW_EAUTH ? CW_MEDIA_DROP_AUTH : CW_MEDIA_DROP_MALFORMED);
    else
        leg->webrtc->path->ops->heard(leg->webrtc->path);
    return err;
}

void cw_webrtc_input(struct cw_leg *leg, uint8_t *data, size_t len) {
    struct cw_rtp rtp;
    leg->packets_in++;
    leg->bytes_in += len;
    switch (cw_demux(data, len)) {
    case CW_PACKET_DTLS: input_dtls(leg, data, len); break;
    case CW_PACKET_RTP:
        if (unprotect(leg, data, &len, false)) break;
        if (cw_rtp_parse(&rtp, data, len))
            cw_leg_drop(leg, CW_MEDIA_DROP_MALFORMED);
        else
            cw_leg_input_rtp(leg, &rtp);
        break;
    case CW_PACKET_RTCP:
        if (!unprotect(leg, data, &len, true)) cw_leg_input_rtcp(leg, data, len);
        break;
    case CW_PACKET_STUN:
    case CW_PACKET_JUNK: cw_leg_drop(leg, CW_MEDIA_DROP_MALFORMED); break;
    }
}

cw_time cw_webrtc_tick(struct cw_leg *leg) {
    struct cw_webrtc *r = leg->webrtc;
    cw_time next = r->path->ops->tick(r->path);
    if (!r->dtls) return next;
    if (cw_dtls_next(r->dtls) <= leg->worker->now) {
        enum cw_dtls_state before = cw_dtls_get_state(r->dtls);
        cw_dtls_timeout(r->dtls, leg->worker->now);
        after_dtls(leg, before);
    }
    return cw_earlier(next, cw_dtls_next(r->dtls));
}

// ---------------------------------------------------------------- life

static bool same_fingerprints(const struct cw_webrtc *r, const struct cw_webrtc_setup *setup) {
    if (r->fingerprint_count != setup->fingerprint_count) return false;
    for (size_t i = 0; i < r->fingerprint_count; i++)
        if (r->fingerprints[i].hash != setup->fingerprints[i].hash ||
            memcmp(r->fingerprints[i].value, setup->fingerprints[i].value, sizeof r->fingerprints[i].value) != 0)
            return false;
    return true;
}

static void take_setup(struct cw_webrtc *r, const struct cw_webrtc_setup *setup) {
    r->fingerprint_count = setup->fingerprint_count;
    memcpy(r->fingerprints, setup->fingerprints, sizeof r->fingerprints);
    if (!r->dtls) r->role = setup->role; // an association keeps its role
    r->has_data |= setup->has_data;
    r->sctp_local_port = setup->sctp_local_port;
    r->sctp_remote_port = setup->sctp_remote_port;
    r->max_message_size = setup->max_message_size;
}

int cw_webrtc_new(struct cw_leg *leg, const struct cw_webrtc_setup *setup) {
    struct cw_webrtc *r = calloc(1, sizeof *r);
    if (!r) return CW_ENOMEM;
    leg->webrtc = r;
    take_setup(r, setup);
    if (leg->worker->nice) return cw_path_full_new(&r->path, leg, setup);
    return cw_path_lite_new(&r->path, leg, setup);
}

int cw_webrtc_update(struct cw_leg *leg, const struct cw_webrtc_setup *setup) {
    struct cw_webrtc *r = leg->webrtc;
    // Another certificate: another association. The old keys serve until the new ones are there.
    if (r->dtls && setup->fingerprint_count && !same_fingerprints(r, setup)) {
        cw_data_free(r->data);
        r->data = NULL;
        cw_dtls_free(r->dtls);
        r->dtls = NULL;
    }
    take_setup(r, setup);
    int err = r->path->ops->update(r->path, setup);
    begin_dtls(leg);
    if (!err && r->has_data && !r->data && leg->ready && cw_dtls_get_state(r->dtls) == CW_DTLS_CONNECTED) {
        err = cw_data_new(leg, r->role == CW_DTLS_ACTIVE, &r->data);
        if (!err) cw_data_flush(r->data);
    }
    return err;
}

int cw_webrtc_add_candidate(struct cw_leg *leg, const char *candidate) {
    return leg->webrtc->path->ops->candidate(leg->webrtc->path, candidate);
}

void cw_webrtc_close(struct cw_leg *leg) {
    struct cw_webrtc *r = leg->webrtc;
    if (r->data) cw_data_abort(r->data);
    if (r->dtls) {
        cw_dtls_close(r->dtls);
        flush_dtls(leg);
    }
    if (r->path) r->path->ops->free(r->path); // no datagram finds it from here on
    r->path = NULL;
}

void cw_webrtc_free(struct cw_leg *leg) {
    struct cw_webrtc *r = leg->webrtc;
    if (!r) return;
    if (r->path) r->path->ops->free(r->path);
    cw_data_free(r->data);
    cw_dtls_free(r->dtls);
    free(r);
    leg->webrtc = NULL;
}

void cw_webrtc_data_setup(const struct cw_leg *leg, struct cw_sctp_config *out) {
    const struct cw_webrtc *r = leg->webrtc;
    out->local_port = r->sctp_local_port;
    out->remote_port = r->sctp_remote_port;
    out->remote_message_max = r->max_message_size;
}

void cw_webrtc_stats(const struct cw_leg *leg, struct cw_media_stats *out) {
    const struct cw_webrtc *r = leg->webrtc;
    out->webrtc = true;
    out->connected = leg->ready;
    r->path->ops->pair(r->path, out);
    if (r->profile == CW_SRTP_NONE) return;
    cw_strlcpy(out->dtls_version, "DTLS 1.2", sizeof out->dtls_version);
    cw_strlcpy(out->srtp_profile, cw_srtp_profile_name(r->profile), sizeof out->srtp_profile);
}
