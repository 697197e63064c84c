// Fuzz target: everything that a worker's sockets can bring, by the demultiplexer, while a call stands between a
// browser and a phone. The input is a stream of datagrams, each | sender | length | octets …; the browser's media are
// also sent under its keys, so that what is behind SRTP is reached. Afterwards the call must still carry sound both
// ways.
#include <assert.h>
#include <string.h>

#include "sim/sim.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum sender { BROWSER, BROWSER_RTP, BROWSER_RTCP, PHONE_RTP, PHONE_RTCP, STRANGER, SENDERS };

#define SSRC_AT 8 // in an RTP header

// A browser does not send two streams under one SSRC; nor do we test that here.
static void set_own_ssrc(uint8_t *packet, size_t len) {
    if (len > SSRC_AT) packet[SSRC_AT] |= 0x80;
}

static void send_datagram(struct sim *sim, enum sender sender, const uint8_t *data, size_t len) {
    struct cw_addr browsers = sim_addr("192.0.2.1", 40000), rtp = sim_addr("192.0.2.1", 42000),
                   rtcp = sim_addr("192.0.2.1", 42001), stranger = sim_addr("192.0.2.66", 6666);
    uint8_t packet[CW_PACKET_SIZE];
    memcpy(packet, data, len);
    switch (sender) {
    case BROWSER: sim_send(sim, &sim->browser.addr, &browsers, data, len); break;
    case BROWSER_RTP:
        set_own_ssrc(packet, len);
        if (cw_srtp_protect(&sim->browser.out, packet, &len, sizeof packet)) return;
        sim_send(sim, &sim->browser.addr, &browsers, packet, len);
        break;
    case BROWSER_RTCP:
        if (cw_srtp_protect_rtcp(&sim->browser.out, packet, &len, sizeof packet)) return;
        sim_send(sim, &sim->browser.addr, &browsers, packet, len);
        break;
    case PHONE_RTP: sim_send(sim, &sim->phone.rtp, &rtp, data, len); break;
    case PHONE_RTCP: sim_send(sim, &sim->phone.rtcp, &rtcp, data, len); break;
    default: sim_send(sim, &stranger, &browsers, data, len); break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct sim sim;
    sim_init(&sim);
    sim_call(&sim, 300 * CW_MS);
    assert(sim.browser.secure && sim.browser.heard.packets && sim.phone.heard.packets);
    for (size_t at = 0; at + 2 <= size;) {
        enum sender sender = data[at] % SENDERS;
        size_t len = data[at + 1] < size - at - 2 ? data[at + 1] : size - at - 2;
        if (len) send_datagram(&sim, sender, data + at + 2, len);
        at += 2 + len;
        sim_run(&sim, 5 * CW_MS);
    }
    sim_run(&sim, 200 * CW_MS);
    uint32_t browser = sim.browser.heard.packets, phone = sim.phone.heard.packets;
    sim_run(&sim, CW_SECOND);
    assert(sim.browser.heard.packets > browser && sim.phone.heard.packets > phone);
    sim_fini(&sim);
    return 0;
}
