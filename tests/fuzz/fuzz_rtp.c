// Fuzz target: RTP. The input is a stream of datagrams, each | length | wait | octets …; they go through the whole path
// of a packet without SRTP: demultiplexer, parser, statistics, re-basing, rewriting.
#include <assert.h>

#include "base/err.h"
#include "proto/demux.h"
#include "proto/nack.h"
#include "proto/rtp_map.h"
#include "proto/rtp_stats.h"
#include "proto/twcc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define HEADROOM CW_RTP_HEADER_MAX

struct path {
    struct cw_rtp_recv stats;
    struct cw_rtp_map map;
    struct cw_rtp_exts exts;
    struct cw_nack nack;
    struct cw_twcc twcc;
    cw_time now;
};

static void check_forwarded(const struct path *p, const struct cw_rtp *in, const struct cw_rtp_head *head) {
    uint32_t ssrc;
    uint16_t seq;
    assert(head->ssrc == p->map.ssrc);
    assert(cw_rtp_map_to_source(&p->map, head->seq, &ssrc, &seq) == 0);
    assert(ssrc == in->ssrc && seq == in->seq);
}

static void check_written(const uint8_t *at, size_t len, const struct cw_rtp_head *head, size_t payload_len) {
    struct cw_rtp again;
    uint16_t transport_seq;
    assert(cw_rtp_parse(&again, at, len) == 0);
    assert(again.seq == head->seq && again.timestamp == head->timestamp && again.ssrc == head->ssrc);
    assert(again.payload_len == payload_len && again.csrc_count == 0 && again.padding == 0);
    assert(cw_rtp_ext_transport_seq(&again, 5, &transport_seq) && transport_seq == head->transport_seq);
}

static void walk(const struct cw_rtp *rtp) {
    struct cw_rtp_ext ext;
    uint8_t level;
    bool voice;
    unsigned sum = 0;
    for (size_t at = 0; cw_rtp_ext_next(rtp, &at, &ext);)
        for (unsigned i = 0; i < ext.len; i++) sum += ext.data[i];
    for (unsigned i = 0; i < rtp->payload_len; i++) sum += rtp->payload[i];
    if (sum) cw_rtp_ext_audio_level(rtp, 1, &level, &voice);
}

static void forward(struct path *p, struct cw_rtp *in) {
    struct cw_rtp_head head = {.transport_seq = in->seq, .abs_send_time = cw_rtp_abs_send_time(p->now)};
    uint8_t *at;
    size_t len;
    switch (in->payload_len % 16) {
    case 1: cw_rtp_map_pause(&p->map); break;
    case 2: cw_rtp_map_insert(&p->map, p->now, &head); break;
    case 3: cw_rtp_map_skip(&p->map, in, p->now); return;
    default: break;
    }
    if (cw_rtp_map_packet(&p->map, in, NULL, p->now, &head) != 0) return;
    check_forwarded(p, in, &head);
    size_t payload_len = in->payload_len;
    int err = cw_rtp_rewrite(&at, &len, in, HEADROOM, &head, &p->exts);
    assert(err == 0);
    check_written(at, len, &head, payload_len);
}

static void input(struct path *p, const uint8_t *data, size_t len) {
    uint8_t datagram[HEADROOM + 256];
    struct cw_rtp rtp;
    uint16_t seqs[16], transport_seq;
    memcpy(datagram + HEADROOM, data, len);
    if (cw_demux(datagram + HEADROOM, len) != CW_PACKET_RTP || cw_rtp_parse(&rtp, datagram + HEADROOM, len) != 0)
        return;
    walk(&rtp);
    cw_rtp_recv_packet(&p->stats, &rtp, p->now);
    cw_nack_packet(&p->nack, rtp.ssrc, rtp.seq, p->now);
    cw_nack_list(&p->nack, p->now, 0, seqs, 16);
    if (cw_rtp_ext_transport_seq(&rtp, 3, &transport_seq)) cw_twcc_packet(&p->twcc, transport_seq, p->now);
    forward(p, &rtp);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct path p;
    struct cw_rtcp_block block;
    uint8_t out[1500];
    struct cw_writer w;
    p = (struct path){.now = CW_SECOND, .exts = {.mid_id = 9, .mid_len = 1, .mid = "0", .transport_cc_id = 5}};
    for (unsigned id = 1; id < 256; id++)
        if (id != 5 && id != 9) p.exts.copy[id] = (uint8_t)id;
    cw_rtp_recv_init(&p.stats, 8000);
    cw_rtp_map_init(&p.map, 1, 8000, true, 65000, 0);
    cw_nack_init(&p.nack);
    cw_twcc_init(&p.twcc);
    while (size >= 2) {
        size_t len = data[0] < size - 2 ? data[0] : size - 2;
        p.now += (cw_time)data[1] * data[1] * 100;
        input(&p, data + 2, len);
        data += 2 + len;
        size -= 2 + len;
    }
    cw_rtp_recv_block(&p.stats, p.now, &block);
    cw_writer_init(&w, out, sizeof out);
    while (cw_twcc_write(&p.twcc, &w, 1, 2, p.now) == 0) {
    }
    return 0;
}
