// One outgoing RTP stream: own SSRC, and a sequence and timestamp that go on whatever the source does.
//
//     source  A:100 A:101 (lost) A:103 | B:9 B:10 | hold ........ | B:700 B:701
//     ours      500   501         503  |  504 505 |               |   506   507      one SSRC all the way
//
// Loss and reordering of the source stay visible (so NACK and concealment work); a restart of the source (new SSRC, a
// jump of sequence or timestamp, the end of a hold) is closed up: sequence + 1, timestamp advanced by the wall time
// that passed. Plain struct, no allocation, no clock; one thread.
#ifndef CW_PROTO_RTP_MAP_H
#define CW_PROTO_RTP_MAP_H

#include "base/clock.h"
#include "proto/rtp.h"

#define CW_RTP_PT_NONE 0xff

// Payload types of the source → ours; CW_RTP_PT_NONE: not negotiated there.
struct cw_rtp_pt_map {
    uint8_t to[128];
};
void cw_rtp_pt_map_init(struct cw_rtp_pt_map *map); // nothing mapped

#define CW_RTP_MAP_SEGMENTS 4
#define CW_RTP_MAP_SKIPS 16
#define CW_RTP_MAP_WINDOW 512 // packets older than this are not forwarded

// A stretch of the source that is mapped with one pair of offsets.
struct cw_rtp_segment {
    int64_t out_first;    // our first (extended) sequence number in it
    int64_t source_first; // the source's first, and its highest so far, extended within the segment
    int64_t source_max;
    uint32_t ssrc;
    uint32_t timestamp_offset; // ours - theirs
    bool used;
};

struct cw_rtp_map {
    uint32_t ssrc; // ours
    uint32_t clock_hz;
    bool audio;
    bool started;         // something was given out
    bool restart;         // the next packet of the source begins a segment
    bool force_timestamp; // and its timestamp is not the old one's continuation (other clock)
    bool jump_seen;       // the last packet was far off; jump_seq would confirm a restart
    uint16_t jump_seq;
    int64_t out_max;        // our highest sequence number, extended
    cw_time progress;       // when it last rose
    uint32_t out_timestamp; // our newest timestamp, and when it was given out
    cw_time out_time;
    uint32_t source_timestamp; // the source's newest timestamp that moved on, and when it came
    cw_time source_time;
    uint32_t timestamp_step; // between two of our timestamps
    bool frames;             // the last packet was one of cw_rtp_map_frame, the next one has frame_timestamp
    uint32_t frame_timestamp;
    uint32_t skip_count;
    int64_t skipped[CW_RTP_MAP_SKIPS]; // source numbers in the current segment that we did not forward, ascending
    struct cw_rtp_segment segments[CW_RTP_MAP_SEGMENTS];
    uint32_t segment;                            // index of the current one
    uint64_t seen[CW_RTP_MAP_WINDOW / 64];       // which of ours were given out, by the low bits of the number
    uint64_t late, duplicates, strays, restarts; // counted for the metrics
};

// `first_seq` and `first_timestamp` should be random (RFC 3550 §5.1); first_seq below 2^15 leaves SRTP room for early
// reordering. ssrc is ours for the life of the leg. audio: markers are set after a restart, timestamps keep to whole
// frames.
void cw_rtp_map_init(struct cw_rtp_map *map, uint32_t ssrc, uint32_t clock_hz, bool audio, uint16_t first_seq,
                     uint32_t first_timestamp);

// The codec changed (re-INVITE): clock rate from the next packet on, which begins a new segment.
void cw_rtp_map_set_clock(struct cw_rtp_map *map, uint32_t clock_hz);

// Maps one packet of the source; fills ssrc, seq, timestamp, pt and marker of `out`. `types` NULL keeps the payload
// type. CW_ENOENT: payload type not mapped; the packet is skipped, without a gap in ours. CW_EREPLAY: a duplicate, or
// too late to be placed. CW_EAGAIN: far off, taken for a stray unless its successor follows.
int cw_rtp_map_packet(struct cw_rtp_map *map, const struct cw_rtp *in, const struct cw_rtp_pt_map *types, cw_time now,
                      struct cw_rtp_head *out);

// Instead of cw_rtp_map_packet, for a packet that is kept back on purpose (a digit taken out): ours shows no gap.
void cw_rtp_map_skip(struct cw_rtp_map *map, const struct cw_rtp *in, cw_time now);

// Hold, mute or a change of what is sent: whatever comes next from the source closes up to what we sent last.
// Packets that arrive during the hold are not given to the map.
void cw_rtp_map_pause(struct cw_rtp_map *map);

// A packet of the gateway's own (a digit, an announcement): the next sequence number, and the timestamp of `now`.
// The source closes up behind it.
void cw_rtp_map_insert(struct cw_rtp_map *map, cw_time now, struct cw_rtp_head *out);

// A frame of sound that the gateway makes at an even pace, `units` long: the next sequence number, and a timestamp that
// follows on the last frame's, or (marker) on what was sent before the first one. cw_rtp_map_pause if one is left out.
void cw_rtp_map_frame(struct cw_rtp_map *map, uint32_t units, cw_time now, struct cw_rtp_head *out);

// Our timestamp at `now`: what goes in a sender report. Before the first packet: CW_ESTATE.
int cw_rtp_map_now(const struct cw_rtp_map *map, cw_time now, uint32_t *timestamp);

// Backwards, for a NACK from our receiver: whose packet was our `seq`? CW_ENOENT: ours, or forgotten.
int cw_rtp_map_to_source(const struct cw_rtp_map *map, uint16_t seq, uint32_t *source_ssrc, uint16_t *source_seq);

// For a sender report of the source: its RTP timestamp in our clock. CW_ENOENT: not a source we know.
int cw_rtp_map_timestamp(const struct cw_rtp_map *map, uint32_t source_ssrc, uint32_t source_timestamp, uint32_t *out);

#endif
