// Fuzz target: RTCP. Everything is read from whatever comes, and what was understood is written again and must read the
// same.
#include <assert.h>

#include "base/err.h"
#include "proto/rtp_stats.h"
#include "proto/twcc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t buffer[4096];

// The first packet of what was written.
static struct cw_rtcp reread(const struct cw_writer *w) {
    struct cw_reader r;
    struct cw_rtcp p;
    assert(!w->full && cw_rtcp_open(&r, w->data, w->len) == 0);
    int err = cw_rtcp_next(&r, &p);
    assert(err == 0);
    return p;
}

static void report(const struct cw_rtcp *p, struct cw_writer *w) {
    struct cw_rtcp_block blocks[CW_RTCP_BLOCKS_MAX], block;
    struct cw_rtcp_sender sender, again;
    struct cw_rtp_send sent = {.packets = 1};
    unsigned n = 0;
    while (cw_rtcp_block_parse(p, n, &blocks[n]) == 0) cw_rtp_send_block(&sent, &blocks[n++], 1);
    assert(n == p->count);
    if (cw_rtcp_sender_parse(p, &sender) == 0)
        cw_rtcp_write_sr(w, p->sender_ssrc, &sender, blocks, n);
    else
        cw_rtcp_write_rr(w, p->sender_ssrc, blocks, n);
    struct cw_rtcp q = reread(w);
    assert(q.sender_ssrc == p->sender_ssrc && q.type == p->type && q.count == n);
    if (cw_rtcp_sender_parse(&q, &again) == 0) assert(again.ntp == sender.ntp && again.octets == sender.octets);
    for (unsigned i = 0; i < n; i++) {
        int err = cw_rtcp_block_parse(&q, i, &block);
        assert(err == 0 && block.ssrc == blocks[i].ssrc && block.lost == blocks[i].lost);
        assert(block.max_seq == blocks[i].max_seq && block.delay == blocks[i].delay);
    }
}

static void nack(const struct cw_rtcp *p, struct cw_writer *w) {
    uint16_t seqs[200], again[200];
    size_t count, count_again;
    int err = cw_rtcp_nack_parse(p, seqs, 200, &count);
    assert(err == 0 && count <= 200);
    cw_rtcp_write_nack(w, 1, 2, seqs, count);
    if (!count) return;
    struct cw_rtcp q = reread(w);
    err = cw_rtcp_nack_parse(&q, again, 200, &count_again);
    assert(err == 0 && count_again <= count);
}

static void bitrate(const struct cw_rtcp *p, struct cw_writer *w) {
    uint64_t bps, again;
    uint32_t ssrc;
    for (unsigned i = 0; cw_rtcp_tmmbr_parse(p, i, &ssrc, &bps) == 0; i++) {
    }
    if (cw_rtcp_remb_parse(p, &bps) != 0) return;
    for (unsigned i = 0; cw_rtcp_remb_ssrc(p, i, &ssrc) == 0; i++) {
    }
    cw_rtcp_write_remb(w, 1, bps, &ssrc, 0);
    struct cw_rtcp q = reread(w);
    int err = cw_rtcp_remb_parse(&q, &again);
    assert(err == 0 && (again == bps || bps == UINT64_MAX));
}

static void extended(const struct cw_rtcp *p, struct cw_writer *w) {
    uint64_t ntp, again;
    struct cw_rtcp_dlrr item;
    for (unsigned i = 0; cw_rtcp_dlrr_parse(p, i, &item) == 0; i++) cw_rtp_rtt(1, item.last_rr, item.delay);
    if (cw_rtcp_rrtr_parse(p, &ntp) != 0) return;
    cw_rtcp_write_rrtr(w, 1, ntp);
    struct cw_rtcp q = reread(w);
    int err = cw_rtcp_rrtr_parse(&q, &again);
    assert(err == 0 && again == ntp);
}

static void transport_wide(const struct cw_rtcp *p) {
    static struct cw_twcc_arrival arrivals[65536];
    struct cw_twcc_feedback feedback;
    if (cw_twcc_parse(p, &feedback, arrivals, 65536) != 0) return;
    assert(feedback.received + feedback.lost == feedback.count);
}

static void names(const struct cw_rtcp *p) {
    const char *name;
    size_t len;
    uint32_t ssrc;
    uint8_t seq;
    if (cw_rtcp_cname_parse(p, &ssrc, &name, &len) == 0)
        assert((const uint8_t *)name >= p->body && (const uint8_t *)name + len <= p->body + p->len);
    for (unsigned i = 0; cw_rtcp_bye_parse(p, i, &ssrc) == 0; i++) {
    }
    for (unsigned i = 0; cw_rtcp_fir_parse(p, i, &ssrc, &seq) == 0; i++) {
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct cw_reader r;
    struct cw_rtcp p;
    int err;
    if (cw_rtcp_open(&r, data, size) != 0) return 0;
    while ((err = cw_rtcp_next(&r, &p)) == 0) {
        struct cw_writer w;
        cw_writer_init(&w, buffer, sizeof buffer);
        names(&p);
        bitrate(&p, &w);
        switch (cw_rtcp_kind(&p)) {
        case CW_RTCP_SR:
        case CW_RTCP_RR: report(&p, &w); break;
        case CW_RTCP_NACK: nack(&p, &w); break;
        case CW_RTCP_XR: extended(&p, &w); break;
        case CW_RTCP_TWCC: transport_wide(&p); break;
        default: break;
        }
    }
    assert(err == CW_ENOENT);
    return 0;
}
