// A SIP peer's leg: RTP and RTCP on a pair of ports, with a latch for peers behind a NAT, plain or SDES-SRTP.
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "media/leg.h"
#include "proto/demux.h"
#include "proto/latch.h"

struct cw_rtp_leg {
    struct cw_sock rtp_sock, rtcp_sock;
    struct cw_latch rtp, rtcp;
    bool rtcp_mux;
    bool rtcp_follows; // the RTCP latch has been set to where RTP was found
    enum cw_srtp_profile profile;
    struct cw_srtp_key send_key, recv_key;
    bool hold;
    cw_time heard; // or: since when we wait
};

// ---------------------------------------------------------------- sending

void cw_rtp_leg_transmit(struct cw_leg *leg, size_t len, bool rtcp) {
    struct cw_rtp_leg *r = leg->rtp;
    bool apart = rtcp && !r->rtcp_mux;
    const struct cw_addr *to = cw_latch_remote(apart ? &r->rtcp : &r->rtp);
    if (!to) {
        cw_leg_drop(leg, CW_MEDIA_DROP_NO_TARGET);
        return;
    }
    const struct cw_worker_output *out = &leg->worker->out;
    out->send(out->arg, apart ? &r->rtcp_sock : &r->rtp_sock, to, len);
    leg->packets_out++;
    leg->bytes_out += len;
    cw_count(&leg->worker->counters.packets_out, 1);
    cw_count(&leg->worker->counters.bytes_out, len);
}

// ---------------------------------------------------------------- receiving

// The SDP's address may still win over a quicker stranger for a while; before that nobody is shut out.
static cw_time connect_at(const struct cw_latch *l) {
    if (!l->locked) return CW_NEVER;
    bool as_told = cw_addr_is_set(&l->expected) && cw_addr_equal(&l->expected, &l->remote);
    return as_told ? l->locked_at : l->locked_at + CW_LATCH_WINDOW;
}

// RTP was found elsewhere than the SDP said: RTCP will be there too, at a port of its own.
static void follow_rtcp(struct cw_rtp_leg *r) {
    const struct cw_addr *found = cw_latch_remote(&r->rtp);
    if (!found || r->rtcp_mux || r->rtcp_follows) return;
    r->rtcp_follows = true;
    if (cw_addr_is_set(&r->rtp.expected) && cw_addr_same_host(found, &r->rtp.expected)) return;
    struct cw_addr guess = *found;
    cw_addr_set_port(&guess, (uint16_t)(cw_addr_port(found) + 1));
    cw_latch_reset(&r->rtcp, &guess);
}

static bool latch(struct cw_leg *leg, struct cw_latch *l, const struct cw_latch_packet *packet) {
    bool was_locked = l->locked;
    enum cw_latch_verdict verdict = cw_latch_input(l, packet, leg->worker->now);
    if (verdict == CW_LATCH_REJECT) {
        cw_leg_drop(leg, CW_MEDIA_DROP_LATCH);
        return false;
    }
    if (l == &leg->rtp->rtp && l->locked && !was_locked) {
        follow_rtcp(leg->rtp);
        cw_leg_arm(leg, connect_at(l));
    }
    leg->rtp->heard = leg->worker->now;
    return true;
}

static int unprotect(struct cw_leg *leg, uint8_t *data, size_t *len, bool rtcp) {
    if (leg->rtp->profile == CW_SRTP_NONE) return 0;
    if (!leg->srtp_in.session) return CW_EAUTH; // there was no memory for the keys
    return rtcp ? cw_srtp_unprotect_rtcp(&leg->srtp_in, data, len) : cw_srtp_unprotect(&leg->srtp_in, data, len);
}

static void drop_unprotected(struct cw_leg *leg, int err) {
    cw_leg_drop(leg, err == CW_EREPLAY ? CW_MEDIA_DROP_REPLAY
                     : err == CW_EAUTH ? CW_MEDIA_DROP_AUTH
                                       : CW_MEDIA_DROP_MALFORMED);
}

static void input_rtp(struct cw_leg *leg, const struct cw_addr *src, uint8_t *data, size_t len) {
    struct cw_rtp rtp;
    struct cw_latch_packet packet = {.source = src, .ssrc = cw_rtp_peek_ssrc(data)};
    int err = unprotect(leg, data, &len, false);
    if (err) {
        if (err == CW_EAUTH) cw_latch_input(&leg->rtp->rtp, &packet, leg->worker->now); // counts it
        drop_unprotected(leg, err);
        return;
    }
    packet.authenticated = leg->rtp->profile != CW_SRTP_NONE;
    if (cw_rtp_parse(&rtp, data, len)) {
        cw_leg_drop(leg, CW_MEDIA_DROP_MALFORMED);
        return;
    }
    for (size_t i = 0; i < leg->stream_count && !packet.valid; i++)
        packet.valid = leg->streams[i]->codec_of[rtp.pt] != CW_STREAM_NO_CODEC;
    if (latch(leg, &leg->rtp->rtp, &packet)) cw_leg_input_rtp(leg, &rtp);
}

static void input_rtcp(struct cw_leg *leg, struct cw_latch *l, const struct cw_addr *src, uint8_t *data, size_t len) {
    struct cw_latch_packet packet = {.source = src, .ssrc = cw_get_u32(data + 4)};
    struct cw_reader reader;
    int err = unprotect(leg, data, &len, true);
    if (err) {
        drop_unprotected(leg, err);
        return;
    }
    packet.authenticated = leg->rtp->profile != CW_SRTP_NONE;
    packet.valid = cw_rtcp_open(&reader, data, len) == 0;
    if (!packet.valid)
        cw_leg_drop(leg, CW_MEDIA_DROP_MALFORMED);
    else if (l == &leg->rtp->rtp && !(cw_latch_remote(l) && cw_addr_equal(src, cw_latch_remote(l))))
        cw_leg_drop(leg, CW_MEDIA_DROP_LATCH); // RTCP on RTP's port never teaches RTP's address
    else if (l == &leg->rtp->rtp || latch(leg, l, &packet))
        cw_leg_input_rtcp(leg, data, len);
}

void cw_rtp_leg_input(struct cw_leg *leg, struct cw_sock *sock, const struct cw_addr *src, uint8_t *data, size_t len) {
    struct cw_latch *l = sock->kind == CW_SOCK_RTCP ? &leg->rtp->rtcp : &leg->rtp->rtp;
    leg->packets_in++;
    leg->bytes_in += len;
    enum cw_packet_kind kind = cw_demux(data, len);
    if (kind != CW_PACKET_RTP && kind != CW_PACKET_RTCP) {
        cw_leg_drop(leg, CW_MEDIA_DROP_MALFORMED);
    } else if (cw_latch_hopeless(l, src, leg->worker->now)) {
        l->rejected_source++;
        cw_leg_drop(leg, CW_MEDIA_DROP_LATCH);
    } else if (kind == CW_PACKET_RTCP) {
        input_rtcp(leg, l, src, data, len);
    } else if (sock->kind == CW_SOCK_RTP) {
        input_rtp(leg, src, data, len);
    } else {
        cw_leg_drop(leg, CW_MEDIA_DROP_MALFORMED);
    }
}

// ---------------------------------------------------------------- time

static cw_time check_silence(struct cw_leg *leg) {
    struct cw_rtp_leg *r = leg->rtp;
    cw_time now = leg->worker->now, timeout = leg->worker->config->rtp_timeout;
    if (!timeout) return CW_NEVER;
    if (r->hold || leg->flow & CW_MEDIA_HOLD) r->heard = now;
    if (now - r->heard >= timeout) {
        r->heard = now;
        cw_leg_event(leg, CW_MEDIA_RTP_TIMEOUT, CW_MEDIA_REASON_NONE, NULL);
    }
    return r->heard + timeout;
}

cw_time cw_rtp_leg_tick(struct cw_leg *leg) {
    struct cw_rtp_leg *r = leg->rtp;
    const struct cw_worker_output *out = &leg->worker->out;
    cw_time next = check_silence(leg);
    if (r->rtp_sock.connected) return next;
    cw_time at = connect_at(&r->rtp);
    if (at > leg->worker->now) return cw_earlier(next, at);
    out->connect(out->arg, &r->rtp_sock, cw_latch_remote(&r->rtp));
    return next;
}

// ---------------------------------------------------------------- life

static int set_keys(struct cw_leg *leg, const struct cw_rtp_setup *setup) {
    struct cw_rtp_leg *r = leg->rtp;
    size_t len = sizeof r->send_key.bytes;
    bool same = r->profile == setup->profile;
    bool send = !same || memcmp(r->send_key.bytes, setup->send_key.bytes, len) != 0;
    bool recv = !same || memcmp(r->recv_key.bytes, setup->recv_key.bytes, len) != 0;
    r->profile = setup->profile;
    r->send_key = setup->send_key;
    r->recv_key = setup->recv_key;
    if (send) cw_srtp_fini(&leg->srtp_out);
    if (recv) cw_srtp_fini(&leg->srtp_in);
    if (r->profile == CW_SRTP_NONE) return 0;
    int err = send ? cw_srtp_init(&leg->srtp_out, r->profile, &r->send_key, CW_SRTP_OUTBOUND) : 0;
    if (!err && recv) err = cw_srtp_init(&leg->srtp_in, r->profile, &r->recv_key, CW_SRTP_INBOUND);
    return err;
}

static const struct cw_addr *known(const struct cw_addr *addr) { return cw_addr_is_set(addr) ? addr : NULL; }

// The signalled address of RTCP: the next port unless the SDP says otherwise.
static struct cw_addr rtcp_address(const struct cw_rtp_setup *setup) {
    if (cw_addr_is_set(&setup->remote_rtcp) || !cw_addr_is_set(&setup->remote_rtp)) return setup->remote_rtcp;
    struct cw_addr a = setup->remote_rtp;
    cw_addr_set_port(&a, (uint16_t)(cw_addr_port(&a) + 1));
    return a;
}

static int open_socks(struct cw_leg *leg, const struct cw_rtp_pair *ports) {
    struct cw_rtp_leg *r = leg->rtp;
    const struct cw_worker_output *out = &leg->worker->out;
    r->rtp_sock = (struct cw_sock){.fd = ports->fd_rtp, .kind = CW_SOCK_RTP, .leg = leg};
    r->rtcp_sock = (struct cw_sock){.fd = ports->fd_rtcp, .kind = CW_SOCK_RTCP, .leg = leg};
    int err = out->open(out->arg, &r->rtp_sock);
    int err_rtcp = out->open(out->arg, &r->rtcp_sock);
    return err ? err : err_rtcp;
}

int cw_rtp_leg_new(struct cw_leg *leg, const struct cw_rtp_pair *ports, const struct cw_rtp_setup *setup) {
    struct cw_rtp_leg *r = calloc(1, sizeof *r);
    if (!r) return CW_ENOMEM;
    leg->rtp = r;
    r->rtcp_mux = setup->rtcp_mux;
    r->hold = setup->hold;
    r->heard = leg->worker->now;
    unsigned flags = (setup->profile ? CW_LATCH_SECURE : 0u) | (setup->strict ? CW_LATCH_STRICT : 0u);
    struct cw_addr rtcp = rtcp_address(setup);
    cw_latch_init(&r->rtp, known(&setup->remote_rtp), CW_LATCH_NEEDED, flags);
    cw_latch_init(&r->rtcp, known(&rtcp), 1, flags | CW_LATCH_SAME_HOST);
    int err = open_socks(leg, ports);
    if (!err) err = set_keys(leg, setup);
    if (err) return err;
    if (leg->worker->config->rtp_timeout) cw_leg_arm(leg, r->heard + leg->worker->config->rtp_timeout);
    leg->ready = true;
    return 0;
}

void cw_rtp_leg_update(struct cw_leg *leg, const struct cw_rtp_setup *setup) {
    struct cw_rtp_leg *r = leg->rtp;
    const struct cw_worker_output *out = &leg->worker->out;
    struct cw_addr rtcp = rtcp_address(setup);
    if (r->hold && !setup->hold) r->heard = leg->worker->now;
    r->hold = setup->hold;
    r->rtcp_mux = setup->rtcp_mux;
    bool moved = !cw_addr_is_set(&setup->remote_rtp) || !cw_addr_is_set(&r->rtp.expected) ||
                 !cw_addr_equal(&r->rtp.expected, &setup->remote_rtp);
    if (moved && r->rtp_sock.connected) out->connect(out->arg, &r->rtp_sock, NULL);
    cw_latch_reset(&r->rtp, known(&setup->remote_rtp));
    if (moved) {
        r->rtcp_follows = false;
        cw_latch_reset(&r->rtcp, known(&rtcp));
    }
    if (set_keys(leg, setup)) {
        leg->ready = false; // nothing goes out in the clear instead
        cw_leg_event(leg, CW_MEDIA_FAILED, CW_MEDIA_REASON_NO_MEMORY, NULL);
    }
}

void cw_rtp_leg_close(struct cw_leg *leg) {
    const struct cw_worker_output *out = &leg->worker->out;
    if (!leg->rtp) return;
    out->close(out->arg, &leg->rtp->rtp_sock);
    out->close(out->arg, &leg->rtp->rtcp_sock);
}

void cw_rtp_leg_free(struct cw_leg *leg) {
    if (!leg->rtp) return;
    explicit_bzero(leg->rtp, sizeof *leg->rtp);
    free(leg->rtp);
    leg->rtp = NULL;
}

void cw_rtp_leg_stats(const struct cw_leg *leg, struct cw_media_stats *out) {
    const struct cw_rtp_leg *r = leg->rtp;
    out->connected = r->rtp.locked;
    out->local = r->rtp_sock.local;
    out->remote = r->rtp.remote;
    if (r->profile != CW_SRTP_NONE)
        cw_strlcpy(out->srtp_profile, cw_srtp_profile_name(r->profile), sizeof out->srtp_profile);
}
