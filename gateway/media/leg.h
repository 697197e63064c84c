// Inside of media: a leg and its streams. Worker thread only.
//
//   datagram ─▶ worker.c ─▶ leg_webrtc.c / leg_rtp.c ─▶ leg.c: cw_leg_input_rtp ─▶ stream.c ─▶ bridge.c / app.c
//   (demux)  (path_lite.c: ICE) (DTLS, latch, SRTP)    (statistics, feedback)                       │
//   datagram ◀─ output ◀─── leg_webrtc.c / leg_rtp.c ◀── cw_leg_send ◀── stream.c: cw_stream_send ◀──┘
#ifndef CW_MEDIA_LEG_H
#define CW_MEDIA_LEG_H

#include "media/path.h"
#include "media/worker.h"
#include "proto/nack.h"
#include "proto/rtcp.h"
#include "proto/rtcp_schedule.h"
#include "proto/rtp.h"
#include "proto/rtp_map.h"
#include "proto/rtp_stats.h"
#include "proto/sctp.h"
#include "proto/srtp.h"
#include "proto/twcc.h"

struct cw_leg;

#define CW_STREAM_NO_CODEC 0xff

// Why a stream is not sent its source's audio.
enum cw_stream_holding {
    CW_STREAM_HOLDS_FOR_DIGIT = 1, // dtmf.c sends one
    CW_STREAM_HOLDS_FOR_SOUND = 2, // player.c plays something else
};

// What only video needs.
struct cw_stream_video {
    struct cw_nack nack;
    cw_time key_frame_asked; // 0: never
    bool key_frame_wanted;   // to be asked for as soon as the limit allows
    uint8_t fir_seq;
    uint8_t layer; // index of the rid that is passed on
    cw_time layer_seen;
};

// One m-line of a leg, both directions.
struct cw_stream {
    struct cw_leg *leg;
    struct cw_media_stream conf;
    uint32_t version;      // of conf; no two streams of a worker ever have the same
    uint32_t helpers;      // bit n: conf.codecs[n] rides beside a codec (telephone-event, comfort noise)
    uint8_t codec_of[128]; // payload type we receive → index in conf.codecs, or CW_STREAM_NO_CODEC
    uint8_t rtx_of[128];   // the same of retransmissions
    bool started;          // the first packet came
    uint8_t in_pt;         // last received and sent; CW_MEDIA_PT_NONE
    uint8_t out_pt;
    struct cw_rtp_map map;
    struct cw_rtp_send sent;
    struct cw_rtp_exts exts;
    uint8_t transport_cc_in; // the extension's id in what we receive; exts has it only where we send it
    struct cw_rtp_pt_map types;
    uint8_t out_codec[128];         // a source's payload type → index in conf.codecs
    uint32_t mapped_version;        // of the source that `types`, `out_codec` and `exts` translate; 0: to be made
    struct cw_stream *other;        // of the bridged leg, NULL: none
    uint32_t events;                // bit n: conf.codecs[n] is telephone-event
    bool listening;                 // tones in what it receives are digits
    uint8_t holding;                // the source's audio is not sent: enum cw_stream_holding
    struct cw_dtmf_stage *dtmf;     // digits (dtmf.h), NULL: none come and go here
    struct cw_transcode *transcode; // of what it receives, for `other`; NULL: relayed
    struct cw_player *player;       // sound of our own (player.h), NULL: none
    struct cw_stream_video *video;
    uint32_t nacks_in, nacks_out, key_frames_in, key_frames_out;
};

// A sender we hear: one SSRC.
struct cw_source {
    uint32_t ssrc;
    struct cw_stream *stream;
    int8_t rid; // index in the stream's rids, -1: none
    bool rtx;
    uint32_t primary; // of a retransmission: the SSRC it repairs; 0: not known
    cw_time seen;
    struct cw_rtp_recv recv;
};
#define CW_SOURCES_MAX 24

struct cw_webrtc;
struct cw_rtp_leg;

struct cw_leg {
    uint64_t id;
    struct cw_worker *worker;
    struct cw_leg *next, **back; // worker's list
    struct cw_timer timer;
    struct cw_webrtc *webrtc; // one of these two
    struct cw_rtp_leg *rtp;
    bool ready;   // keys are there: media may be sent
    bool dead;    // in the graveyard
    uint8_t flow; // enum cw_media_flow
    char cname[32];
    struct cw_stream *streams[CW_MEDIA_STREAMS_MAX];
    size_t stream_count;
    struct cw_source *sources;
    size_t source_count, source_cap, source_last;
    struct cw_leg *other; // bridged with
    struct cw_media_dtmf_setup dtmf;
    const struct cw_app_media *app;
    void *app_peer;
    bool app_started;
    struct cw_srtp srtp_in, srtp_out; // session NULL: plain
    struct cw_rtcp_schedule rtcp;
    cw_time rtt; // [us] to the peer by its answers to our reports; 0: not known
    struct cw_twcc *twcc;
    uint16_t transport_seq;
    uint64_t bitrate_cap, remote_bitrate_cap; // of the application, of the bridged receiver; 0: none
    cw_time remb_next;
    bool rrtr_seen; // an XR receiver reference time to be answered in the next report
    uint32_t rrtr_ssrc, rrtr_middle;
    cw_time rrtr_time;
    uint64_t packets_in, bytes_in, packets_out, bytes_out;
    uint32_t drops[CW_MEDIA_DROP_COUNT];
};

static inline cw_time cw_earlier(cw_time a, cw_time b) { return a < b ? a : b; }
static inline struct cw_leg *cw_leg_of(struct cw_media_peer *peer) { return (struct cw_leg *)(void *)peer; }
static inline struct cw_media_peer *cw_leg_peer(struct cw_leg *leg) { return (struct cw_media_peer *)(void *)leg; }

// --- leg.c
struct cw_leg *cw_leg_new(struct cw_worker *w, uint64_t id, const char *cname);
void cw_leg_free(struct cw_leg *leg);
void cw_leg_drop(struct cw_leg *leg, enum cw_media_drop reason); // counts
void cw_leg_event(struct cw_leg *leg, enum cw_media_event_type type, enum cw_media_reason reason, const char *text);
// The keys are there: starts reports and the application.
void cw_leg_start(struct cw_leg *leg);
// A decrypted packet of the peer.
void cw_leg_input_rtp(struct cw_leg *leg, struct cw_rtp *rtp);
// Protects and sends the first len bytes of the reserved room.
void cw_leg_send_rtp(struct cw_leg *leg, uint8_t *packet, size_t len);
void cw_leg_send_rtcp(struct cw_leg *leg, uint8_t *packet, size_t len);
// Runs what is due and sets the timer anew.
void cw_leg_tick(struct cw_leg *leg);
// Brings the timer forward if need be.
static inline void cw_leg_arm(struct cw_leg *leg, cw_time deadline) {
    cw_wheel_hasten(&leg->worker->wheel, &leg->timer, deadline);
}
static inline uint64_t cw_leg_ntp(const struct cw_leg *leg) {
    return cw_clock_ntp(leg->worker->now + leg->worker->wall_offset);
}

// --- stream.c
int cw_leg_set_streams(struct cw_leg *leg, const struct cw_media_stream *streams, size_t count);
struct cw_stream *cw_leg_stream(const struct cw_leg *leg, uint16_t index); // by m-line, or NULL
// The source a packet belongs to, by SSRC or (a new one) by rid, mid and payload type; NULL: of no stream.
struct cw_source *cw_leg_source(struct cw_leg *leg, const struct cw_rtp *rtp);
struct cw_source *cw_leg_source_find(struct cw_leg *leg, uint32_t ssrc); // or NULL
// The newest primary source of a stream, or NULL.
struct cw_source *cw_stream_source(const struct cw_stream *s);
// Sends a packet on s. from: the stream whose payload types and extensions it has; NULL: it has ours.
int cw_stream_send(struct cw_stream *s, const struct cw_stream *from, const struct cw_rtp *rtp);
// A packet of our own, behind what was sent last; *own as cw_stream_insert leaves it.
struct cw_stream_own {
    uint8_t pt;
    bool marker;
    bool keep_timestamp; // `timestamp` is given; else it is that of now, and written
    uint32_t timestamp;
    const uint8_t *payload;
    size_t payload_len;
};
int cw_stream_insert(struct cw_stream *s, struct cw_stream_own *own);
// What becomes of the payload types of `from`, in s->types and s->out_codec; NULL: they are ours.
void cw_stream_translate(struct cw_stream *s, const struct cw_stream *from);
// False: not connected, muted, on hold, or one way.
bool cw_stream_may_send(const struct cw_stream *s);
// Sends a frame that the gateway made itself: of conf.codecs[codec], `units` of its clock long.
void cw_stream_send_frame(struct cw_stream *s, uint8_t codec, const void *payload, size_t len, uint32_t units);
bool cw_media_codec_equal(const struct cw_media_codec *a, const struct cw_media_codec *b);

// --- bridge.c
void cw_bridge_join(struct cw_leg *a, struct cw_leg *b);
void cw_bridge_leave(struct cw_leg *leg);
void cw_bridge_match(struct cw_leg *leg); // streams of either side have changed
void cw_bridge_forward(struct cw_stream *from, const struct cw_rtp *rtp);

// --- rtcp_in.c
void cw_leg_input_rtcp(struct cw_leg *leg, const uint8_t *data, size_t len);

// --- rtcp_out.c
void cw_leg_send_report(struct cw_leg *leg, bool bye);
void cw_leg_send_twcc(struct cw_leg *leg);
void cw_leg_send_remb(struct cw_leg *leg);
void cw_stream_send_nack(struct cw_stream *s, const uint16_t *seqs, size_t count, uint32_t media_ssrc);
// Asks the sender of s for a key frame, now or when the limit of one in 300 ms allows.
void cw_stream_want_key_frame(struct cw_stream *s);
// Runs the feedback of one stream that is due; returns the next deadline.
cw_time cw_stream_tick(struct cw_stream *s);

// --- app.c
void cw_app_start(struct cw_leg *leg);
void cw_app_stop(struct cw_leg *leg);
void cw_app_packet(struct cw_stream *from, const struct cw_rtp *rtp);
void cw_app_feedback(struct cw_stream *s, enum cw_feedback_type type, uint64_t bitrate_bps);

// --- leg_webrtc.c
int cw_webrtc_new(struct cw_leg *leg, const struct cw_webrtc_setup *setup);
int cw_webrtc_update(struct cw_leg *leg, const struct cw_webrtc_setup *setup);
int cw_webrtc_add_candidate(struct cw_leg *leg, const char *candidate); // NULL: the last one came
void cw_webrtc_close(struct cw_leg *leg);                               // says goodbye and gives up its path
void cw_webrtc_free(struct cw_leg *leg);
// DTLS, SRTP or SRTCP of the peer, from an address that ICE has validated.
void cw_webrtc_input(struct cw_leg *leg, uint8_t *data, size_t len);
void cw_webrtc_transmit(struct cw_leg *leg, size_t len); // what is in the reserved room
cw_time cw_webrtc_tick(struct cw_leg *leg);
// Ports and message size of its SCTP association.
void cw_webrtc_data_setup(const struct cw_leg *leg, struct cw_sctp_config *out);
void cw_webrtc_stats(const struct cw_leg *leg, struct cw_media_stats *out);
// A message for DTLS (SCTP).
int cw_webrtc_send_data(struct cw_leg *leg, const void *data, size_t len);
struct cw_path *cw_webrtc_path(const struct cw_leg *leg);
void cw_webrtc_on_path(struct cw_leg *leg, enum cw_path_event event);

// --- leg_data.c: the data channels of a webrtc leg
struct cw_data;
int cw_data_new(struct cw_leg *leg, bool dtls_client, struct cw_data **out);
void cw_data_free(struct cw_data *data);
void cw_data_abort(struct cw_data *data);
void cw_data_input(struct cw_data *data, const uint8_t *packet, size_t len);
void cw_data_flush(struct cw_data *data);
void cw_data_on_ready(void *user); // cw_sctp_owner_new's
void cw_data_app_started(struct cw_data *data);
int cw_data_send(struct cw_data *data, uint16_t channel, enum cw_message_kind kind, const void *bytes, size_t len);
int cw_data_open(struct cw_data *data, const struct cw_channel *channel, uint16_t *id);
int cw_data_close(struct cw_data *data, uint16_t channel);
int cw_data_pause(struct cw_data *data, bool paused);
struct cw_data *cw_webrtc_data(const struct cw_leg *leg); // or NULL

// --- leg_rtp.c
int cw_rtp_leg_new(struct cw_leg *leg, const struct cw_rtp_pair *ports, const struct cw_rtp_setup *setup);
void cw_rtp_leg_update(struct cw_leg *leg, const struct cw_rtp_setup *setup);
void cw_rtp_leg_close(struct cw_leg *leg);
void cw_rtp_leg_free(struct cw_leg *leg);
void cw_rtp_leg_input(struct cw_leg *leg, struct cw_sock *sock, const struct cw_addr *src, uint8_t *data, size_t len);
void cw_rtp_leg_transmit(struct cw_leg *leg, size_t len, bool rtcp);
cw_time cw_rtp_leg_tick(struct cw_leg *leg);
void cw_rtp_leg_stats(const struct cw_leg *leg, struct cw_media_stats *out);

// --- stats.c
void cw_leg_stats(struct cw_leg *leg, struct cw_media_stats *out);

#endif
