// Digits in RTP (telephone-event, RFC 4733): a receiver that makes digits of what real peers send, a sender that plays
// a queue of digits, and a filter that lets a digit that came in several ways pass once.
//
//      0                   1                   2                   3
//      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//     |     event     |E|R| volume    |          duration             |
//     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//
// Sans-IO: packets and `now` in; digits, packets and the next deadline out. Plain structs, no allocation; one thread.
#ifndef CW_PROTO_DTMF_H
#define CW_PROTO_DTMF_H

#include "base/clock.h"
#include "proto/rtp.h"

#define CW_DTMF_PAYLOAD_SIZE 4
#define CW_DTMF_DURATION_MIN_MS 40
#define CW_DTMF_DURATION_MAX_MS 6000
#define CW_DTMF_GAP_MIN_MS 30
#define CW_DTMF_GAP_MAX_MS 6000
#define CW_DTMF_PAUSE_MS 2000 // of ','

// '0'-'9', '*', '#', 'A'-'D' (lower case too) ↔ 0..15; -1 and '\0': none.
int cw_dtmf_code(char digit);
char cw_dtmf_digit(unsigned code);

// ---------------------------------------------------------------- receiver

enum cw_dtmf_event_type { CW_DTMF_BEGIN, CW_DTMF_END };

struct cw_dtmf_event {
    uint8_t type; // enum cw_dtmf_event_type
    char digit;
    uint32_t duration_ms; // END: as the sender measured it
};

#define CW_DTMF_TIMEOUT (150 * CW_MS) // an event of which nothing more comes has ended
#define CW_DTMF_HEARD 8
#define CW_DTMF_EVENTS 16

// An event of the source; all timestamps and durations in its units.
struct cw_dtmf_heard {
    uint32_t ssrc;
    uint32_t first;     // timestamp of its beginning
    uint32_t timestamp; // of its newest segment
    uint32_t before;    // duration of the segments before that one
    uint32_t duration;  // in that one, the longest seen
    cw_time seen;
    uint8_t code;
    bool used, open;
};

struct cw_dtmf_receiver {
    uint32_t clock_hz;
    struct cw_dtmf_heard heard[CW_DTMF_HEARD]; // newest first; only that one may be open
    struct cw_dtmf_event events[CW_DTMF_EVENTS];
    size_t event_count, event_next;
    uint64_t malformed, ignored; // payloads of less than 4 octets; events that are no digits
};

void cw_dtmf_receiver_init(struct cw_dtmf_receiver *r);
// A telephone-event packet. clock_hz: of its payload type. Then call cw_dtmf_receiver_event until it is false.
void cw_dtmf_receiver_input(struct cw_dtmf_receiver *r, const struct cw_rtp *rtp, uint32_t clock_hz, cw_time now);
// A packet of RFC 2198 redundancy; the blocks of payload type event_pt are taken, the others are not looked at.
void cw_dtmf_receiver_input_red(struct cw_dtmf_receiver *r, const struct cw_rtp *rtp, uint8_t event_pt,
                                uint32_t clock_hz, cw_time now);
void cw_dtmf_receiver_tick(struct cw_dtmf_receiver *r, cw_time now);
cw_time cw_dtmf_receiver_next(const struct cw_dtmf_receiver *r);
bool cw_dtmf_receiver_event(struct cw_dtmf_receiver *r, struct cw_dtmf_event *out);
// How long the open event has lasted by what its sender says; 0: none is open.
uint32_t cw_dtmf_receiver_duration_ms(const struct cw_dtmf_receiver *r);

// ---------------------------------------------------------------- sender

#define CW_DTMF_QUEUE 128
#define CW_DTMF_PTIME (20 * CW_MS)
#define CW_DTMF_VOLUME 10 // [-dBm0]

// A digit to be sent. `source` and `method` are the caller's own and come back with its packets.
struct cw_dtmf_tone {
    char digit; // or ',': a pause
    uint8_t source, method;
    bool open; // still going on at its source: duration_ms is what has been heard of it
    uint32_t duration_ms;
    uint32_t gap_ms; // to the next digit, at least
};

// One step of playing a digit: a packet, unless the caller sends digits in another way.
struct cw_dtmf_packet {
    char digit;
    uint8_t source, method;
    bool marker;          // the digit begins
    bool end;             // one of the three last packets
    bool finished;        // the last one
    bool full_segment;    // ends a segment: another packet is due in the same moment
    uint32_t segment;     // [units] from the digit's beginning to that of this packet's segment: its timestamp
    uint32_t duration_ms; // of the digit so far
    uint8_t payload[CW_DTMF_PAYLOAD_SIZE];
};

struct cw_dtmf_sender {
    uint32_t clock_hz;
    struct cw_dtmf_tone queue[CW_DTMF_QUEUE]; // a ring
    unsigned head, count;
    bool sounding;    // queue[head] is being sent
    cw_time start;    // of that one
    cw_time next;     // its next packet
    cw_time free_at;  // before this no other begins
    uint32_t segment; // [units] before the present segment
    cw_time said;     // [us] duration in its last packet
    uint8_t packets, ends;
};

void cw_dtmf_sender_init(struct cw_dtmf_sender *s, uint32_t clock_hz);
// Appends. CW_ELIMIT: the queue is full. CW_EINVAL: no digit and no ','. Poll afterwards.
int cw_dtmf_sender_add(struct cw_dtmf_sender *s, const struct cw_dtmf_tone *tone);
// The open tone of a source has lasted so long.
void cw_dtmf_sender_grow(struct cw_dtmf_sender *s, uint8_t source, uint32_t duration_ms);
// It has ended and lasted so long; it is played to its end.
void cw_dtmf_sender_close(struct cw_dtmf_sender *s, uint8_t source, uint32_t duration_ms, cw_time now);
// Empties the queue and ends the digit that is being sent. Poll afterwards.
void cw_dtmf_sender_abort(struct cw_dtmf_sender *s, cw_time now);
// The next packet that is due; call until it is false.
bool cw_dtmf_sender_poll(struct cw_dtmf_sender *s, cw_time now, struct cw_dtmf_packet *out);
cw_time cw_dtmf_sender_next(const struct cw_dtmf_sender *s);
// A digit is being sent: what, or NULL.
const struct cw_dtmf_tone *cw_dtmf_sender_tone(const struct cw_dtmf_sender *s);

// ---------------------------------------------------------------- once

// The same press may come as RFC 4733, by INFO and as a tone. Reports of one digit from different sources are the same
// press if they are no further apart than this; two reports from one source never are.
//
//     RFC 4733  5────5          5───5              a press each: the n-th report of a source belongs to the n-th press
//     INFO            5              5             (belongs to the press before it)
//     tone       5───5           5──5
#define CW_DTMF_WINDOW CW_SECOND
#define CW_DTMF_PRESSES 8

struct cw_dtmf_press {
    char digit; // '\0': none
    uint8_t owner;
    unsigned sources; // bit n: source n reported it
    bool open;
    cw_time seen; // last report of it
};

struct cw_dtmf_once {
    struct cw_dtmf_press presses[CW_DTMF_PRESSES]; // newest first
};

void cw_dtmf_once_init(struct cw_dtmf_once *o);
// A digit begins (source 0..31). True: it is a new press, which the source owns; else another source was first.
bool cw_dtmf_once_begin(struct cw_dtmf_once *o, char digit, uint8_t source, cw_time now);
// The press that the source owns is over.
void cw_dtmf_once_end(struct cw_dtmf_once *o, char digit, uint8_t source, cw_time now);

#endif
