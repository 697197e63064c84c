// One worker, one browser, one phone and a stranger in one process, on a network and a clock of the test's own.
//
//   browser 203.0.113.5:5000 ◀─10 ms─▶ worker 192.0.2.1:40000 | 42000, 42001 ◀─10 ms─▶ phone 198.51.100.7:6000, 6001
#ifndef TESTS_SIM_SIM_H
#define TESTS_SIM_SIM_H

#include "media/worker.h"
#include "proto/dtls.h"
#include "proto/rtcp.h"
#include "proto/rtp.h"
#include "proto/rtp_stats.h"
#include "proto/srtp.h"
#include "sim/ice_client.h"

#define SIM_BROWSER_LEG 1
#define SIM_PHONE_LEG 2
#define SIM_DELAY (10 * CW_MS)
#define SIM_START (1000 * CW_SECOND)
#define SIM_EVENTS_MAX 64
#define SIM_QUEUE 512

struct sim;

// What one side sends: a packet each `period`.
struct sim_source {
    bool on;
    cw_time next;
    uint32_t ssrc, timestamp, step;
    uint16_t seq;
    uint8_t pt;
    bool marker;
    uint32_t sent;
    const uint8_t *payload; // NULL: 160 octets of the side's mark
    size_t payload_len;
    cw_time period; // 20 ms
    // What is in it instead of a mark; its length, 0: nothing is sent. NULL: marks.
    size_t (*fill)(void *arg, uint8_t *payload);
    void *arg;
};

// What one side has received: continuity as a jitter buffer would see it.
struct sim_sink {
    uint32_t packets, ssrc_changes, seq_jumps, timestamp_jumps;
    bool started;
    uint32_t ssrc, timestamp, step; // step: of the timestamp per packet, 0: not checked
    uint16_t seq;
    uint8_t pt;
    uint8_t payload;  // first octet of the last payload
    uint32_t foreign; // packets that carry the stranger's mark
    // RTCP
    uint32_t reports, byes, plis, nacks, dlrrs;
    struct cw_rtcp_sender sender;
    struct cw_rtcp_block block;
    bool has_block;
    uint32_t twcc;
    void (*hear)(void *arg, const struct cw_rtp *rtp); // each packet, or NULL
    void *arg;
};

struct sim_browser {
    struct cw_addr addr;
    struct cw_ice_client ice;
    bool ice_on;
    struct cw_dtls *dtls;
    struct cw_dtls_identity *identity;
    enum cw_dtls_role role;
    bool secure, closed;
    struct cw_srtp in, out;
    struct sim_source audio;
    struct sim_sink heard;
};

struct sim_phone {
    struct cw_addr rtp, rtcp;
    bool secure;
    struct cw_srtp in, out;
    struct sim_source audio;
    struct sim_sink heard;
};

struct sim_packet {
    cw_time at;
    struct cw_addr from, to;
    size_t len;
    uint8_t data[CW_PACKET_SIZE];
};

struct sim {
    cw_time now;
    struct cw_media_config config;
    struct cw_worker worker;
    struct cw_dtls_identity *identity;
    struct cw_webrtc_setup setup;
    struct cw_rtp_setup rtp;
    struct cw_sock *socks[4]; // of the phone's leg
    size_t sock_count;
    uint8_t room[CW_PACKET_SIZE];
    uint8_t received[CW_PACKET_SIZE];
    struct sim_packet *queue;
    size_t queued;
    bool (*lose)(struct sim *sim, const struct sim_packet *packet); // true: the packet gets lost; NULL: none does
    uint32_t random;
    unsigned loss_percent;
    cw_time jitter; // of RTP on its way, evenly spread
    struct sim_browser browser;
    struct sim_phone phone;
    // Data channels: what the test does at each of its deadlines, and with what DTLS brings the browser.
    void (*on_step)(struct sim *sim);
    void (*on_data)(struct sim *sim, const uint8_t *data, size_t len);
    void (*on_rtp)(struct sim *sim, bool browser, const uint8_t *data, size_t len); // what either side has received
    cw_time step_at;
    struct cw_media_event events[SIM_EVENTS_MAX];
    size_t event_count;
    struct cw_media_stats stats; // of the last stats event
};

void sim_init(struct sim *sim);
void sim_init_data(struct sim *sim, struct cw_mailbox *inbox); // the worker can have data channels
void sim_fini(struct sim *sim);
void sim_run(struct sim *sim, cw_time duration);
void sim_send(struct sim *sim, const struct cw_addr *from, const struct cw_addr *to, const void *data, size_t len);
// How many such events of a leg came.
unsigned sim_events(const struct sim *sim, uint64_t leg, enum cw_media_event_type type);
const struct cw_media_event *sim_last_event(const struct sim *sim, uint64_t leg, enum cw_media_event_type type);
const struct cw_media_stats *sim_stats(struct sim *sim, uint64_t leg);
uint32_t sim_random(struct sim *sim);
struct cw_addr sim_addr(const char *ip, uint16_t port);

// A leg of Opus and telephone-event/48000 for the browser (111, 110) or the phone (96, 101); ssrc is ours.
struct cw_media_stream sim_audio_stream(bool browser, uint32_t ssrc);
void sim_add_browser(struct sim *sim); // with its stream, not yet started
void sim_add_phone(struct sim *sim);   // by sim->rtp
// Both legs, joined; the browser connects and both talk for the given time.
void sim_call(struct sim *sim, cw_time duration);

void sim_browser_init(struct sim *sim);
void sim_browser_fini(struct sim_browser *b);
void sim_browser_start(struct sim *sim);
void sim_browser_input(struct sim *sim, const struct sim_packet *packet);
void sim_browser_step(struct sim *sim);
cw_time sim_browser_next(const struct sim_browser *b);
void sim_browser_send_rtp(struct sim *sim, const struct sim_source *as, uint8_t mark);
void sim_browser_send_rtcp(struct sim *sim, const uint8_t *data, size_t len);

void sim_phone_input(struct sim *sim, const struct sim_packet *packet);
void sim_phone_step(struct sim *sim);
cw_time sim_phone_next(const struct sim_phone *p);
void sim_phone_send_rtp(struct sim *sim, const struct sim_source *as, const struct cw_addr *from, uint8_t mark);

void sim_source_begin(struct sim_source *s, uint32_t ssrc, uint16_t seq, uint32_t timestamp, uint8_t pt, cw_time now);
void sim_source_advance(struct sim_source *s);
size_t sim_source_write(const struct sim_source *s, uint8_t mark, uint8_t *out);
void sim_sink_rtp(struct sim_sink *s, const uint8_t *data, size_t len);
void sim_sink_rtcp(struct sim_sink *s, const uint8_t *data, size_t len);

#endif
