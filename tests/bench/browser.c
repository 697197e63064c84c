// A simulated browser.
#include "bench/browser.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stun/usages/ice.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/random.h"
#include "bench/browser_sdp.h"
#include "bench/stamp.h"
#include "proto/demux.h"
#include "proto/rtp.h"

#define PAYLOAD 160           // 20 ms of PCMU [octets]
#define SOCKET_BUFFER 1048576 // so that a pause of this process loses nothing [octets]
#define PACKET_MAX 2048

int browsers_init(struct browsers *all, int epoll, const struct cw_addr *address) {
    memset(all, 0, sizeof *all);
    all->epoll = epoll;
    all->address = *address;
    all->begin = all->end = INT64_MAX;
    stun_agent_init(&all->stun, STUN_ALL_KNOWN_ATTRIBUTES, STUN_COMPATIBILITY_RFC5389,
                    STUN_AGENT_USAGE_SHORT_TERM_CREDENTIALS | STUN_AGENT_USAGE_USE_FINGERPRINT);
    int err = cw_srtp_library_init();
    return err ? err : cw_dtls_identity_new(&all->identity);
}

void browser_set_state(struct browser *browser, enum browser_state state) {
    browser->all->counts[browser->state]--;
    browser->all->counts[state]++;
    browser->state = state;
}

void browser_fail(struct browser *browser, const char *why) {
    browser->all->why = why;
    browser_set_state(browser, BROWSER_FAILED);
}

static void send_datagram(struct browser *browser, const void *data, size_t len) {
    // A full buffer loses it, as a network would; the counts show it.
    (void)sendto(browser->watch.fd, data, len, 0, &browser->remote.sa, cw_addr_len(&browser->remote));
}

// ---------------------------------------------------------------- media

static bool is_in_window(const struct browsers *all, int64_t sent) { return sent >= all->begin && sent < all->end; }

static void send_packet(struct browser *browser) {
    uint8_t packet[CW_RTP_HEADER_SIZE + SPEECH_FRAME_MAX + CW_SRTP_OVERHEAD];
    const struct speech *speech = browser->all->speech;
    size_t len = CW_RTP_HEADER_SIZE + PAYLOAD;
    memset(packet, 0xff, sizeof packet);
    packet[0] = 0x80;
    packet[1] = (uint8_t)(browser->pt | (browser->number ? 0 : 0x80));
    cw_put_u16(packet + 2, browser->seq++);
    cw_put_u32(packet + 4, browser->timestamp);
    cw_put_u32(packet + 8, browser->ssrc);
    browser->timestamp += browser->all->opus ? 960 : PAYLOAD;
    int64_t now = stamp_now();
    if (speech)
        len = CW_RTP_HEADER_SIZE + speech_frame(speech, browser->all->narrow, browser->index + browser->number++,
                                                packet + CW_RTP_HEADER_SIZE);
    else
        stamp_write(packet + CW_RTP_HEADER_SIZE, (struct stamp){.number = browser->number++, .sent = now});
    if (is_in_window(browser->all, now)) browser->all->sent++;
    if (cw_srtp_protect(&browser->out, packet, &len, sizeof packet) == 0) send_datagram(browser, packet, len);
}

static void on_media(struct browser *browser, uint8_t *data, size_t len, int64_t at) {
    struct cw_rtp rtp;
    struct stamp stamp;
    struct browsers *all = browser->all;
    if (browser->state < BROWSER_SENDING || cw_srtp_unprotect(&browser->in, data, &len)) return;
    if (cw_rtp_parse(&rtp, data, len)) return;
    if (!all->speech && !stamp_read(&stamp, rtp.payload, rtp.payload_len)) return;
    if (browser->state == BROWSER_SENDING) {
        browser_set_state(browser, BROWSER_TALKING);
        histogram_add(&all->to_media, at - browser->posted);
    }
    if (all->speech) { // made anew on its way: there is nothing to know it by
        if (is_in_window(all, at)) all->received++;
        return;
    }
    if (stamp.number < browser->next_back) return; // a duplicate
    browser->next_back = stamp.number + 1;
    if (!is_in_window(all, stamp.sent)) return;
    all->received++;
    if (stamp.phone_in) {
        histogram_add(&all->delay, stamp.phone_in - stamp.sent);
        histogram_add(&all->delay, at - stamp.phone_out);
    } else {
        histogram_add(&all->delay, at - stamp.sent);
    }
}

// ---------------------------------------------------------------- DTLS

static void on_keys(struct browser *browser) {
    struct cw_srtp_keys keys;
    if (cw_dtls_srtp_keys(browser->dtls, &keys) ||
        cw_srtp_init(&browser->in, keys.profile, &keys.remote, CW_SRTP_INBOUND) ||
        cw_srtp_init(&browser->out, keys.profile, &keys.local, CW_SRTP_OUTBOUND)) {
        browser_fail(browser, "no SRTP keys");
        return;
    }
    browser->profile = keys.profile;
    browser_set_state(browser, BROWSER_SENDING);
    send_packet(browser);
}

static void after_dtls(struct browser *browser) {
    uint8_t datagram[CW_DTLS_MTU];
    size_t len;
    while ((len = cw_dtls_poll(browser->dtls, datagram, sizeof datagram))) send_datagram(browser, datagram, len);
    enum cw_dtls_state state = cw_dtls_get_state(browser->dtls);
    if (state == CW_DTLS_CONNECTED && browser->state < BROWSER_SENDING) on_keys(browser);
    if (state == CW_DTLS_FAILED && browser->state < BROWSER_SENDING)
        browser_fail(browser, cw_dtls_reason_name(cw_dtls_get_reason(browser->dtls)));
}

static void on_dtls(struct browser *browser, const uint8_t *data, size_t len) {
    if (!browser->dtls) return;
    // What is wrong with it shows in the state.
    (void)cw_dtls_input(browser->dtls, cw_clock_now(), data, len);
    after_dtls(browser);
}

// ---------------------------------------------------------------- ICE

static void poll_ice(struct browser *browser, cw_time now) {
    uint8_t request[CW_ICE_CLIENT_REQUEST_MAX];
    size_t len = cw_ice_client_poll(&browser->ice, now, request, sizeof request);
    if (len) send_datagram(browser, request, len);
}

static bool give_password(StunAgent *agent, StunMessage *message, uint8_t *name, uint16_t name_len, uint8_t **password,
                          size_t *password_len, void *arg) {
    struct browser *browser = arg;
    (void)agent, (void)message, (void)name, (void)name_len;
    *password = (uint8_t *)browser->pwd;
    *password_len = strlen(browser->pwd);
    return true;
}

// A check of the other side, if it is a full agent.
static void on_check(struct browser *browser, const uint8_t *data, size_t len, struct cw_addr *from) {
    StunMessage request, reply;
    uint8_t buffer[512];
    size_t reply_len = sizeof buffer;
    bool control = true;
    StunAgent *agent = &browser->all->stun;
    if (stun_agent_validate(agent, &request, data, len, give_password, browser) != STUN_VALIDATION_SUCCESS) return;
    if (stun_usage_ice_conncheck_create_reply(agent, &request, &reply, buffer, &reply_len,
                                              (struct sockaddr_storage *)from, cw_addr_len(from), &control, 1,
                                              STUN_USAGE_ICE_COMPATIBILITY_RFC5245) == STUN_USAGE_ICE_RETURN_SUCCESS)
        (void)sendto(browser->watch.fd, buffer, reply_len, 0, &from->sa, cw_addr_len(from));
}

static void on_stun(struct browser *browser, const uint8_t *data, size_t len, struct cw_addr *from) {
    if (browser->state < BROWSER_CHECKING || len < 20) return;
    if (data[0] == 0 && data[1] == 1) {
        on_check(browser, data, len, from);
        return;
    }
    if (cw_ice_client_input(&browser->ice, cw_clock_now(), data, len)) {
        poll_ice(browser, cw_clock_now()); // after a role conflict
        return;
    }
    if (browser->state != BROWSER_CHECKING) return;
    browser_set_state(browser, BROWSER_HANDSHAKE);
    if (browser->active && cw_dtls_start(browser->dtls, cw_clock_now()) == 0) after_dtls(browser);
}

// ---------------------------------------------------------------- the browser

static void on_readable(struct watch *watch, uint32_t events) {
    struct browser *browser = WATCH_OWNER(struct browser, watch, watch);
    _Alignas(struct sockaddr_storage) uint8_t data[PACKET_MAX];
    union { // libnice wants the larger type
        struct cw_addr addr;
        struct sockaddr_storage storage;
    } from;
    int64_t at;
    (void)events;
    ssize_t len = stamp_receive(watch->fd, data, sizeof data, &from.addr, &at);
    if (len <= 0 || browser->state == BROWSER_FAILED) return;
    switch (cw_demux(data, (size_t)len)) {
    case CW_PACKET_STUN: on_stun(browser, data, (size_t)len, &from.addr); break;
    case CW_PACKET_DTLS: on_dtls(browser, data, (size_t)len); break;
    case CW_PACKET_RTP: on_media(browser, data, (size_t)len, at); break;
    default: break;
    }
}

int browser_init(struct browser *browser, struct browsers *all, unsigned index) {
    memset(browser, 0, sizeof *browser);
    browser->all = all;
    browser->index = index;
    browser->local = all->address;
    all->counts[BROWSER_IDLE]++;
    cw_random_text(browser->ufrag, sizeof browser->ufrag - 1);
    cw_random_text(browser->pwd, sizeof browser->pwd - 1);
    browser->ssrc = cw_random_u32();
    browser->timestamp = cw_random_u32();
    browser->watch.ready = on_readable;
    browser->watch.fd = stamp_socket(&browser->local, SOCKET_BUFFER);
    if (browser->watch.fd < 0) return CW_EIO;
    return watch_add(all->epoll, &browser->watch, EPOLLIN) ? CW_EIO : 0;
}

void browser_answer(struct browser *browser, const char *sdp) {
    struct browser_answer answer;
    if (browser->state != BROWSER_CALLING) return;
    if (browser_read_answer(&answer, sdp)) {
        browser_fail(browser, "an answer that cannot be read");
        return;
    }
    browser->remote = answer.address;
    browser->active = answer.active;
    browser->pt = answer.pt;
    if (cw_dtls_new(&browser->dtls, browser->all->identity, answer.active ? CW_DTLS_ACTIVE : CW_DTLS_PASSIVE,
                    &answer.fingerprint, 1)) {
        browser_fail(browser, "no DTLS");
        return;
    }
    cw_ice_client_init(&browser->ice, browser->ufrag, answer.ufrag, answer.pwd, browser->ssrc);
    cw_ice_client_start(&browser->ice, cw_clock_now());
    browser_set_state(browser, BROWSER_CHECKING);
    poll_ice(browser, cw_clock_now());
}

void browser_tick(struct browser *browser) {
    if (browser->state < BROWSER_CHECKING || browser->state == BROWSER_FAILED) return;
    cw_time now = cw_clock_now();
    poll_ice(browser, now);
    if (browser->state < BROWSER_SENDING && cw_dtls_next(browser->dtls) <= now) {
        cw_dtls_timeout(browser->dtls, now);
        after_dtls(browser);
    }
    if (browser->state >= BROWSER_SENDING && browser->state != BROWSER_FAILED) send_packet(browser);
}
