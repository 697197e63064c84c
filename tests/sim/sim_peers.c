// The browser and the phone of the simulation.
#include <stdlib.h>
#include <string.h>

#include "proto/demux.h"
#include "sim/sim.h"

// ---------------------------------------------------------------- sound

void sim_source_begin(struct sim_source *s, uint32_t ssrc, uint16_t seq, uint32_t timestamp, uint8_t pt, cw_time now) {
    *s = (struct sim_source){.on = true,
                             .next = now,
                             .ssrc = ssrc,
                             .timestamp = timestamp,
                             .step = 960,
                             .seq = seq,
                             .pt = pt,
                             .period = 20 * CW_MS};
}

void sim_source_advance(struct sim_source *s) {
    s->seq++;
    s->timestamp += s->step;
    s->next += s->period;
    s->sent++;
}

size_t sim_source_write(const struct sim_source *s, uint8_t mark, uint8_t *out) {
    struct cw_writer w;
    struct cw_rtp_head head = {
        .ssrc = s->ssrc, .timestamp = s->timestamp, .seq = s->seq, .pt = s->pt, .marker = s->marker};
    uint8_t marked[1500];
    const uint8_t *payload = s->payload ? s->payload : marked;
    size_t len = s->payload ? s->payload_len : 160;
    memset(marked, mark, sizeof marked);
    if (s->fill) len = s->fill(s->arg, marked);
    if (!len) return 0;
    cw_writer_init(&w, out, CW_PACKET_SIZE);
    if (cw_rtp_write(&w, &head, NULL, NULL, payload, len)) abort();
    return w.len;
}

void sim_sink_rtp(struct sim_sink *s, const uint8_t *data, size_t len) {
    struct cw_rtp rtp;
    if (cw_rtp_parse(&rtp, data, len)) abort();
    if (s->started) {
        s->ssrc_changes += rtp.ssrc != s->ssrc;
        s->seq_jumps += rtp.seq != (uint16_t)(s->seq + 1);
        s->timestamp_jumps += s->step && rtp.timestamp != s->timestamp + s->step;
    }
    s->started = true;
    s->packets++;
    s->ssrc = rtp.ssrc;
    s->seq = rtp.seq;
    s->timestamp = rtp.timestamp;
    s->pt = rtp.pt;
    s->payload = rtp.payload[0];
    s->foreign += !s->hear && rtp.payload[0] == 0xee;
    if (s->hear) s->hear(s->arg, &rtp);
}

void sim_sink_rtcp(struct sim_sink *s, const uint8_t *data, size_t len) {
    struct cw_reader r;
    struct cw_rtcp p;
    struct cw_rtcp_dlrr dlrr;
    if (cw_rtcp_open(&r, data, len)) abort();
    while (cw_rtcp_next(&r, &p) == 0) {
        switch (cw_rtcp_kind(&p)) {
        case CW_RTCP_SR:
            cw_rtcp_sender_parse(&p, &s->sender);
            // fall through
        case CW_RTCP_RR:
            s->reports++;
            if (cw_rtcp_block_parse(&p, 0, &s->block) == 0) s->has_block = true;
            break;
        case CW_RTCP_BYE: s->byes++; break;
        case CW_RTCP_PLI: s->plis++; break;
        case CW_RTCP_NACK: s->nacks++; break;
        case CW_RTCP_TWCC: s->twcc++; break;
        case CW_RTCP_XR: s->dlrrs += cw_rtcp_dlrr_parse(&p, 0, &dlrr) == 0; break;
        default: break;
        }
    }
}

// ---------------------------------------------------------------- browser

#define BROWSER_UFRAG "brow"

static const struct cw_addr *gateway(const struct sim *sim) { return &sim->worker.browsers[0].local; }

void sim_browser_init(struct sim *sim) {
    struct sim_browser *b = &sim->browser;
    b->addr = sim_addr("203.0.113.5", 5000);
    b->role = CW_DTLS_PASSIVE;
    b->heard.step = 960;
    sim->phone.heard.step = 960;
    if (cw_dtls_identity_new(&b->identity)) abort();
    struct cw_webrtc_setup *setup = &sim->setup;
    cw_ice_credentials_make(&setup->local);
    strcpy(setup->remote_ufrag, BROWSER_UFRAG);
    strcpy(setup->cname, "gateway");
    setup->role = CW_DTLS_ACTIVE;
    setup->fingerprint_count = 1;
    if (cw_dtls_fingerprint_parse(&setup->fingerprints[0], "sha-256", cw_dtls_identity_fingerprint(b->identity)))
        abort();
}

void sim_browser_start(struct sim *sim) {
    struct sim_browser *b = &sim->browser;
    struct cw_dtls_fingerprint fingerprint;
    if (cw_dtls_fingerprint_parse(&fingerprint, "sha-256", cw_dtls_identity_fingerprint(sim->identity))) abort();
    if (cw_dtls_new(&b->dtls, b->identity, b->role, &fingerprint, 1)) abort();
    cw_ice_client_init(&b->ice, BROWSER_UFRAG, sim->setup.local.ufrag, sim->setup.local.pwd, 7);
    cw_ice_client_start(&b->ice, sim->now);
    b->ice_on = true;
}

void sim_browser_fini(struct sim_browser *b) {
    cw_dtls_free(b->dtls);
    cw_dtls_identity_free(b->identity);
    cw_srtp_fini(&b->in);
    cw_srtp_fini(&b->out);
}

static void flush_dtls(struct sim *sim) {
    struct sim_browser *b = &sim->browser;
    uint8_t datagram[CW_PACKET_SIZE];
    size_t len;
    while ((len = cw_dtls_poll(b->dtls, datagram, sizeof datagram)) > 0)
        sim_send(sim, &b->addr, gateway(sim), datagram, len);
    if (cw_dtls_get_state(b->dtls) == CW_DTLS_CLOSED) b->closed = true;
    while ((len = cw_dtls_recv(b->dtls, datagram, sizeof datagram)) > 0)
        if (sim->on_data) sim->on_data(sim, datagram, len);
    if (b->secure || cw_dtls_get_state(b->dtls) != CW_DTLS_CONNECTED) return;
    struct cw_srtp_keys keys;
    if (cw_dtls_srtp_keys(b->dtls, &keys) || cw_srtp_init(&b->in, keys.profile, &keys.remote, CW_SRTP_INBOUND) ||
        cw_srtp_init(&b->out, keys.profile, &keys.local, CW_SRTP_OUTBOUND))
        abort();
    b->secure = true;
}

void sim_browser_input(struct sim *sim, const struct sim_packet *packet) {
    struct sim_browser *b = &sim->browser;
    uint8_t data[CW_PACKET_SIZE];
    size_t len = packet->len;
    memcpy(data, packet->data, len);
    switch (cw_demux(data, len)) {
    case CW_PACKET_STUN:
        // A browser that plays the DTLS client begins when its check is answered.
        if (cw_ice_client_input(&b->ice, sim->now, data, len) == 0 && b->role == CW_DTLS_ACTIVE &&
            cw_dtls_get_state(b->dtls) == CW_DTLS_NEW)
            cw_dtls_start(b->dtls, sim->now);
        break;
    case CW_PACKET_DTLS: cw_dtls_input(b->dtls, sim->now, data, len); break;
    case CW_PACKET_RTP:
        if (!b->secure || cw_srtp_unprotect(&b->in, data, &len)) break;
        sim_sink_rtp(&b->heard, data, len);
        if (sim->on_rtp) sim->on_rtp(sim, true, data, len);
        break;
    case CW_PACKET_RTCP:
        if (b->secure && cw_srtp_unprotect_rtcp(&b->in, data, &len) == 0) sim_sink_rtcp(&b->heard, data, len);
        break;
    case CW_PACKET_JUNK: abort();
    }
    flush_dtls(sim);
}

void sim_browser_send_rtp(struct sim *sim, const struct sim_source *as, uint8_t mark) {
    uint8_t data[CW_PACKET_SIZE];
    size_t len = sim_source_write(as, mark, data);
    if (!len || !sim->browser.secure || cw_srtp_protect(&sim->browser.out, data, &len, sizeof data)) return;
    sim_send(sim, &sim->browser.addr, gateway(sim), data, len);
}

void sim_browser_send_rtcp(struct sim *sim, const uint8_t *rtcp, size_t len) {
    uint8_t data[CW_PACKET_SIZE];
    memcpy(data, rtcp, len);
    if (cw_srtp_protect_rtcp(&sim->browser.out, data, &len, sizeof data)) abort();
    sim_send(sim, &sim->browser.addr, gateway(sim), data, len);
}

void sim_browser_step(struct sim *sim) {
    struct sim_browser *b = &sim->browser;
    uint8_t check[CW_ICE_CLIENT_REQUEST_MAX];
    size_t len;
    while (b->ice_on && (len = cw_ice_client_poll(&b->ice, sim->now, check, sizeof check)) > 0)
        sim_send(sim, &b->addr, gateway(sim), check, len);
    if (b->dtls && cw_dtls_next(b->dtls) <= sim->now) cw_dtls_timeout(b->dtls, sim->now);
    if (b->dtls) flush_dtls(sim);
    for (; b->audio.on && b->audio.next <= sim->now; sim_source_advance(&b->audio))
        sim_browser_send_rtp(sim, &b->audio, 0xb0);
}

static cw_time earlier(cw_time a, cw_time b) { return a < b ? a : b; }

cw_time sim_browser_next(const struct sim_browser *b) {
    cw_time next = b->audio.on ? b->audio.next : CW_NEVER;
    if (b->ice_on) next = earlier(next, cw_ice_client_next(&b->ice));
    return b->dtls ? earlier(next, cw_dtls_next(b->dtls)) : next;
}

// ---------------------------------------------------------------- phone

void sim_phone_input(struct sim *sim, const struct sim_packet *packet) {
    struct sim_phone *p = &sim->phone;
    uint8_t data[CW_PACKET_SIZE];
    size_t len = packet->len;
    memcpy(data, packet->data, len);
    bool rtcp = cw_demux(data, len) == CW_PACKET_RTCP;
    if (p->secure && (rtcp ? cw_srtp_unprotect_rtcp(&p->in, data, &len) : cw_srtp_unprotect(&p->in, data, &len)))
        abort();
    if (rtcp)
        sim_sink_rtcp(&p->heard, data, len);
    else
        sim_sink_rtp(&p->heard, data, len);
    if (sim->on_rtp && !rtcp) sim->on_rtp(sim, false, data, len);
}

void sim_phone_send_rtp(struct sim *sim, const struct sim_source *as, const struct cw_addr *from, uint8_t mark) {
    struct cw_addr to = sim_addr("192.0.2.1", 42000);
    uint8_t data[CW_PACKET_SIZE];
    size_t len = sim_source_write(as, mark, data);
    if (!len) return;
    if (sim->phone.secure && cw_srtp_protect(&sim->phone.out, data, &len, sizeof data)) abort();
    sim_send(sim, from, &to, data, len);
}

void sim_phone_step(struct sim *sim) {
    struct sim_phone *p = &sim->phone;
    for (; p->audio.on && p->audio.next <= sim->now; sim_source_advance(&p->audio))
        sim_phone_send_rtp(sim, &p->audio, &p->rtp, 0xf0);
}

cw_time sim_phone_next(const struct sim_phone *p) { return p->audio.on ? p->audio.next : CW_NEVER; }
