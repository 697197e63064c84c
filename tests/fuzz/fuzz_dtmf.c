// Fuzz target: telephone-events. The input is a stream of packets, each | length | wait | timestamp step | octets …|;
// they go to the receiver as they are and as redundancy, its digits to a sender, and that one's packets to a second
// receiver.
#include <assert.h>

#include "proto/dtmf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct line {
    struct cw_dtmf_receiver in, far;
    struct cw_dtmf_sender out;
    cw_time now;
    unsigned open; // digits that have begun and not ended
};

static void check_far(struct line *l) {
    struct cw_dtmf_event e;
    while (cw_dtmf_receiver_event(&l->far, &e)) assert(cw_dtmf_code(e.digit) >= 0);
}

static void send_digits(struct line *l) {
    struct cw_dtmf_packet p;
    while (cw_dtmf_sender_poll(&l->out, l->now, &p)) {
        struct cw_rtp rtp = {.payload = p.payload, .payload_len = sizeof p.payload, .timestamp = p.segment, .ssrc = 1};
        cw_dtmf_receiver_input(&l->far, &rtp, 8000, l->now);
        check_far(l);
    }
    assert(cw_dtmf_sender_next(&l->out) > l->now);
}

static void take_digits(struct line *l) {
    struct cw_dtmf_event e;
    while (cw_dtmf_receiver_event(&l->in, &e)) {
        assert(cw_dtmf_code(e.digit) >= 0);
        struct cw_dtmf_tone tone = {.digit = e.digit, .open = true};
        if (e.type == CW_DTMF_BEGIN) {
            l->open++;
            cw_dtmf_sender_add(&l->out, &tone);
        } else {
            assert(l->open > 0);
            l->open--;
            cw_dtmf_sender_close(&l->out, 0, e.duration_ms, l->now);
        }
    }
    cw_dtmf_sender_grow(&l->out, 0, cw_dtmf_receiver_duration_ms(&l->in));
    assert(l->open == (cw_dtmf_receiver_next(&l->in) != CW_NEVER));
    send_digits(l);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct line l = {.now = 1000 * CW_SECOND};
    uint32_t timestamp = 0;
    cw_dtmf_receiver_init(&l.in);
    cw_dtmf_receiver_init(&l.far);
    cw_dtmf_sender_init(&l.out, 8000);
    while (size >= 3) {
        size_t len = data[0] & 0x3f;
        bool red = data[0] & 0x40, other = data[0] & 0x80;
        l.now += data[1] * 4 * CW_MS;
        timestamp += data[2] * 300u;
        if (len > size - 3) len = size - 3;
        struct cw_rtp rtp = {
            .payload = data + 3, .payload_len = (uint16_t)len, .timestamp = timestamp, .ssrc = other ? 2 : 1};
        cw_dtmf_receiver_tick(&l.in, l.now);
        take_digits(&l);
        if (red)
            cw_dtmf_receiver_input_red(&l.in, &rtp, 101, 8000, l.now);
        else
            cw_dtmf_receiver_input(&l.in, &rtp, 8000, l.now);
        take_digits(&l);
        data += 3 + len;
        size -= 3 + len;
    }
    return 0;
}
