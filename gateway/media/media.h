// Media: the workers that receive, map and send packets. This is all that the control thread knows of them.
//
//     control ── commands (messages) ──▶ worker: its legs, its sockets, its timers
//     control ◀── events (function) ──── worker
//
// A leg is one side of a call or an application's peer: `webrtc` (ICE, DTLS-SRTP, SCTP) or `rtp` (plain or SDES-SRTP,
// a SIP peer). Legs that belong together live on the same worker.
// Commands are copied into a message to the leg's worker, run there in order, and do nothing for a leg that is gone.
// A worker runs its messages before it looks at a batch of packets: an answer sent after a command was posted cannot
// race with the packets that it causes.
// Unless a function says otherwise: control thread; returns 0 or CW_ENOMEM (then nothing was done).
#ifndef CW_MEDIA_MEDIA_H
#define CW_MEDIA_MEDIA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/clock.h"
#include "media/clip.h"
#include "media/ports.h"
#include "plugin/cw_plugin.h"
#include "proto/dtls.h"
#include "proto/ice.h"
#include "proto/srtp.h"
#include "proto/tone.h"

struct cw_media;
struct cw_media_event;

// ---------------------------------------------------------------- the whole

#define CW_MEDIA_WORKERS_MAX 255
#define CW_MEDIA_ADDRESSES_MAX 16

enum cw_media_ice_mode { CW_MEDIA_ICE_LITE, CW_MEDIA_ICE_FULL };

struct cw_media_config {
    unsigned workers;                                  // 1..CW_MEDIA_WORKERS_MAX
    uint16_t port;                                     // of worker 0 for all its browsers; worker n has port + n
    struct cw_addr addresses[CW_MEDIA_ADDRESSES_MAX];  // local addresses for browsers (ports ignored); one socket each
    struct cw_addr advertised[CW_MEDIA_ADDRESSES_MAX]; // what candidates say for addresses[i] (1:1 NAT); unset: itself
    size_t address_count;
    // ICE-TCP (lite mode) on the same addresses and ports: connections of one worker at once, of one address; 0: no
    // TCP.
    unsigned tcp_connections, tcp_connections_per_address;
    enum cw_media_ice_mode ice_mode;
    struct cw_ice_config ice; // time-outs
    // Full mode, copied: "HOST:PORT" (no port: 3478); NULL or "": none.
    const char *stun_server, *turn_server, *turn_user, *turn_password;
    const struct cw_dtls_identity *identity; // borrowed, outlives the media
    bool transcode;                          // where the two sides of a bridge have no codec in common
    unsigned complexity;                     // of the Opus encoder when there is little to do, 0..10
    cw_time jitter_max;                      // [us] longest delay of a transcoded stream's jitter buffer
    cw_time rtp_timeout;                     // [us] an RTP leg from which nothing comes; 0: never
    cw_time silence_after;                   // [us] an RTP leg that is sent nothing gets silence; 0: never
    // Called on a worker thread; what `event` points to is valid during the call only. Never blocks.
    void (*on_event)(void *arg, const struct cw_media_event *event);
    void *arg;
};

// Opens the workers' sockets and starts their threads. CW_EIO (logged) if a port cannot be bound.
int cw_media_new(struct cw_media **out, const struct cw_media_config *config);
// Ends all legs without events and joins the threads.
void cw_media_free(struct cw_media *media);

unsigned cw_media_worker_count(const struct cw_media *media);
// For a new call. A worker is filled to some part of a core before the next one has to wake up as well, since packets
// that come in one wake-up are cheaper; when all are, the one with the fewest legs.
unsigned cw_media_pick_worker(const struct cw_media *media);
// The transport addresses for the host candidates of a description, advertised ones, at most max: their count.
size_t cw_media_candidates(const struct cw_media *media, unsigned worker, struct cw_addr *out, size_t max);
// The same of passive TCP candidates (RFC 6544).
size_t cw_media_tcp_candidates(const struct cw_media *media, unsigned worker, struct cw_addr *out, size_t max);

// ---------------------------------------------------------------- legs

// A new leg's id, never 0 and never used twice; the worker is in its top byte.
uint64_t cw_media_leg_id(struct cw_media *media, unsigned worker);
static inline unsigned cw_media_leg_worker(uint64_t leg) { return (unsigned)(leg >> 56); }

struct cw_webrtc_setup {
    struct cw_ice_credentials local;
    char remote_ufrag[CW_ICE_TEXT_MAX + 1]; // empty: not known yet (we offered)
    char remote_pwd[CW_ICE_TEXT_MAX + 1];   // only a full agent needs it
    bool ice_controlling;                   // we made the first offer (RFC 8445 §6.1.1); only a full agent needs it
    struct cw_dtls_fingerprint fingerprints[CW_DTLS_FINGERPRINTS_MAX];
    size_t fingerprint_count; // 0: not known yet
    enum cw_dtls_role role;   // used once the fingerprints are known
    bool has_data;
    uint16_t sctp_local_port, sctp_remote_port; // 0: 5000
    uint32_t max_message_size;                  // theirs [bytes]; 0: no limit but ours
    char cname[32];                             // of all we send
};

int cw_media_add_webrtc(struct cw_media *media, uint64_t leg, const struct cw_webrtc_setup *setup);
// After every negotiation. New local credentials: ICE restart. New fingerprints when the association stands: a new
// association (RFC 8842 §5.1). Data may be turned on, never off.
int cw_media_update_webrtc(struct cw_media *media, uint64_t leg, const struct cw_webrtc_setup *setup);

// A candidate of the peer ("candidate:…"), NULL: the last one came. Only full ICE takes notice.
int cw_media_add_candidate(struct cw_media *media, uint64_t leg, const char *candidate);

struct cw_rtp_setup {
    struct cw_addr remote_rtp; // unset: send nothing until the peer is heard, or (hold) until an update
    struct cw_addr remote_rtcp;
    bool rtcp_mux;
    bool strict;                  // send to the signalled address whatever comes
    enum cw_srtp_profile profile; // CW_SRTP_NONE: plain RTP
    struct cw_srtp_key send_key, recv_key;
    bool hold; // no time-out: nothing is expected from the peer
    char cname[32];
};

// Takes the sockets of `ports` (its fds become -1), also when it fails.
int cw_media_add_rtp(struct cw_media *media, uint64_t leg, struct cw_rtp_pair *ports, const struct cw_rtp_setup *setup);
// Address or keys changed (re-INVITE): the latch starts over if the address is another one; same keys: SRTP goes on.
int cw_media_update_rtp(struct cw_media *media, uint64_t leg, const struct cw_rtp_setup *setup);

// ---------------------------------------------------------------- streams

#define CW_MEDIA_STREAMS_MAX 16
#define CW_MEDIA_CODECS_MAX 24
#define CW_MEDIA_SSRCS_MAX 8
#define CW_MEDIA_RIDS_MAX 4
#define CW_MEDIA_EXTS_MAX 16
#define CW_MEDIA_PT_NONE 0xff

// One payload format of an m-line. Two are the same codec if codec, clock_hz, channels and variant are equal.
// telephone-event, CN, red and so on are entries like any other.
struct cw_media_codec {
    uint8_t codec; // enum cw_codec_id
    uint8_t channels;
    uint8_t pt_receive;  // in what they send; CW_MEDIA_PT_NONE: not received
    uint8_t pt_send;     // in what we send; CW_MEDIA_PT_NONE: not sent
    uint8_t rtx_receive; // payload type of its retransmissions (RFC 4588), or CW_MEDIA_PT_NONE
    uint8_t rtx_send;
    uint32_t clock_hz; // RTP clock
    uint32_t
        variant; // of formats that differ by fmtp (H.264 packetization mode and profile), chosen by control; else 0
    uint32_t feedback; // enum cw_media_feedback_flag, agreed
    bool fec, dtx;     // Opus: they take in-band FEC, they would like silence not to be sent
};

enum cw_media_feedback_flag {
    CW_MEDIA_NACK = 1,
    CW_MEDIA_PLI = 2,
    CW_MEDIA_FIR = 4,
    CW_MEDIA_REMB = 8,
    CW_MEDIA_TRANSPORT_CC = 16,
};

// Header extensions that the gateway acts on; all others are relayed by their uri where both sides have it.
enum cw_media_ext_kind {
    CW_MEDIA_EXT_RELAY,
    CW_MEDIA_EXT_MID,
    CW_MEDIA_EXT_RID,
    CW_MEDIA_EXT_REPAIRED_RID,
    CW_MEDIA_EXT_AUDIO_LEVEL, // relayed too
    CW_MEDIA_EXT_ABS_SEND_TIME,
    CW_MEDIA_EXT_TRANSPORT_CC,
};

struct cw_media_ext {
    uint8_t kind; // enum cw_media_ext_kind
    uint8_t id;   // the same both ways
    bool send, receive;
    uint32_t uri; // any hash of the URI, the same for all legs (cw_media_uri_hash)
};
uint32_t cw_media_uri_hash(const char *uri); // any thread

struct cw_media_remote_ssrc {
    uint32_t ssrc;
    uint32_t rtx; // its retransmissions, 0: none
};

// One m-line of audio or video (data is in the setup).
struct cw_media_stream {
    uint16_t index; // of the m-line
    uint8_t kind;   // enum cw_media_kind
    bool may_send, may_receive;
    bool rtcp_reduced;    // a=rtcp-rsize
    uint16_t ptime_ms;    // of audio: packet length that they ask for, 0: any
    uint16_t maxptime_ms; // the most that they take, 0: any
    char mid[16];         // "" if none
    uint32_t ssrc;        // ours, for the life of the leg
    uint32_t rtx_ssrc;    // ours, 0: none
    struct cw_media_codec codecs[CW_MEDIA_CODECS_MAX];
    size_t codec_count;
    struct cw_media_ext exts[CW_MEDIA_EXTS_MAX];
    size_t ext_count;
    struct cw_media_remote_ssrc ssrcs[CW_MEDIA_SSRCS_MAX]; // announced; others are learnt by mid, rid, payload type
    size_t ssrc_count;
    char rids[CW_MEDIA_RIDS_MAX][16]; // that they send (simulcast), best first
    size_t rid_count;
};

// All accepted audio and video m-lines, after every negotiation; a stream that is not named is gone. Sequence,
// timestamps and statistics of one that stays go on. CW_EINVAL: more than CW_MEDIA_STREAMS_MAX.
int cw_media_set_streams(struct cw_media *media, uint64_t leg, const struct cw_media_stream *streams, size_t count);

// Joins two legs of one worker: the n-th stream of a kind with the n-th of the other side. CW_EINVAL: not one worker.
// A bridge that either has ends.
int cw_media_bridge(struct cw_media *media, uint64_t a, uint64_t b);
int cw_media_unbridge(struct cw_media *media, uint64_t leg);

// Gives the leg's packets, feedback and data channels to an application plugin; ops is constant, outlives the leg and
// may be called until the removed event.
int cw_media_attach_app(struct cw_media *media, uint64_t leg, const struct cw_app_media *ops, void *peer);
// fn(peer, media, copy of data) on the leg's worker, peer being that of attach_app (ABI: run_on_worker). Not called if
// the leg is gone.
int cw_media_run(struct cw_media *media, uint64_t leg,
                 void (*fn)(void *peer, struct cw_media_peer *media, const void *data), const void *data, size_t size);
const struct cw_media_host *cw_media_host(void); // any thread; the table of the ABI

enum cw_media_flow {
    CW_MEDIA_MUTE_IN = 1,  // what the peer sends is not passed on
    CW_MEDIA_MUTE_OUT = 2, // the peer is sent nothing
    CW_MEDIA_HOLD = 4,     // both, and the RTP time-out rests
};
// flags: all that hold now.
int cw_media_set_flow(struct cw_media *media, uint64_t leg, unsigned flags);

// ---------------------------------------------------------------- sound of the gateway's own

enum cw_media_sound { CW_MEDIA_SOUND_NONE, CW_MEDIA_SOUND_SILENCE, CW_MEDIA_SOUND_TONE, CW_MEDIA_SOUND_CLIP };

struct cw_media_play {
    uint8_t sound;                // enum cw_media_sound
    struct cw_tone_rhythm rhythm; // of a tone
    const struct cw_clip *clip;   // over and over; borrowed, outlives the media
};
// From now on the leg's peer hears this, also on hold, and not the other side; NONE: the other side again.
int cw_media_play(struct cw_media *media, uint64_t leg, const struct cw_media_play *what);

// ---------------------------------------------------------------- digits

// How a digit came, or that the application sent it.
enum cw_media_dtmf_source { CW_MEDIA_DTMF_RFC4733, CW_MEDIA_DTMF_INFO, CW_MEDIA_DTMF_INBAND, CW_MEDIA_DTMF_API };
const char *cw_media_dtmf_source_name(enum cw_media_dtmf_source source); // "rfc4733"; any thread

// How a leg's peer takes digits. Without it: RFC 4733, where telephone-event is negotiated.
struct cw_media_dtmf_setup {
    uint8_t method;     // enum cw_dtmf_mode (cw_plugin.h); not AUTO
    bool detect_inband; // tones in its sound are digits, and are taken out
};
int cw_media_set_dtmf(struct cw_media *media, uint64_t leg, const struct cw_media_dtmf_setup *setup);

#define CW_MEDIA_DTMF_DIGITS_MAX 64 // at once; twice as many wait in the leg's queue, what is more gets lost

// Digits to a leg's peer, behind those that are waiting: 0-9 A-D a-d * # and ',' (2 s). "": what is being sent ends and
// what waits is dropped.
struct cw_media_dtmf_send {
    char digits[CW_MEDIA_DTMF_DIGITS_MAX + 1];
    uint8_t method;       // enum cw_dtmf_mode; AUTO: the leg's
    uint16_t duration_ms; // 40..6000
    uint16_t gap_ms;      // from 30
};
// Each digit that was sent gives a CW_MEDIA_DTMF event of source API.
int cw_media_send_dtmf(struct cw_media *media, uint64_t leg, const struct cw_media_dtmf_send *send);

// A digit that the leg's peer sent in another way than by its packets (INFO). If the same press comes by packets too,
// it is one (proto/dtmf.h: CW_DTMF_WINDOW); else it is told and played to the bridged leg like any other.
struct cw_media_dtmf_heard {
    char digit;
    uint8_t source; // enum cw_media_dtmf_source
    uint32_t duration_ms;
};
int cw_media_dtmf_received(struct cw_media *media, uint64_t leg, const struct cw_media_dtmf_heard *heard);

// Asks the leg's sender for a key frame of all its video.
int cw_media_request_key_frame(struct cw_media *media, uint64_t leg);

// Ends the leg: BYE, close_notify, on_stop of its application, then the removed event, after which no event of the
// leg comes and nothing refers to what control gave for it. If memory is short it is tried until it succeeds.
void cw_media_remove(struct cw_media *media, uint64_t leg);

// ---------------------------------------------------------------- events

enum cw_media_event_type {
    CW_MEDIA_CONNECTING,   // webrtc: the first verified check
    CW_MEDIA_CONNECTED,    // webrtc: DTLS is done; media flows
    CW_MEDIA_STARTED,      // the first packet of `stream`
    CW_MEDIA_DISCONNECTED, // webrtc: nothing heard for a while
    CW_MEDIA_RESUMED,      // webrtc: heard again
    CW_MEDIA_FAILED,       // webrtc: `reason`; the leg is of no more use, remove it
    CW_MEDIA_CLOSED,       // webrtc: the browser closed it
    CW_MEDIA_RTP_TIMEOUT,  // rtp: nothing came for rtp_timeout; again after as long
    CW_MEDIA_STATS,        // `stats`, `token`; after the leg is gone: stats NULL
    CW_MEDIA_REMOVED,      // the last event of a leg
    CW_MEDIA_DTMF,         // `digit`, `duration_ms`, `source`: pressed by the leg's peer, or (API) sent to it
    CW_MEDIA_SEND_INFO,    // a digit to be sent to the leg's peer by INFO
    CW_MEDIA_CANDIDATE,    // full ICE: a local candidate in `text`; NULL: that was the last
};

enum cw_media_reason {
    CW_MEDIA_REASON_NONE,
    CW_MEDIA_REASON_ICE_TIMEOUT,     // no nomination in time
    CW_MEDIA_REASON_CONSENT_EXPIRED, // checks stopped (RFC 7675)
    CW_MEDIA_REASON_DTLS_FAILED,     // `text` says more
    CW_MEDIA_REASON_FINGERPRINT_MISMATCH,
    CW_MEDIA_REASON_NO_MEMORY,
};
const char *cw_media_reason_name(enum cw_media_reason reason); // "ice_timeout"; any thread

struct cw_media_stats;

struct cw_media_event {
    enum cw_media_event_type type;
    uint64_t leg;
    enum cw_media_reason reason;
    uint16_t stream;
    char digit;
    uint8_t source; // enum cw_media_dtmf_source
    uint32_t duration_ms;
    uint64_t token;
    const char *text;
    const struct cw_media_stats *stats;
};

// ---------------------------------------------------------------- statistics

enum cw_media_drop {
    CW_MEDIA_DROP_MALFORMED,      // no RTP, RTCP, STUN or DTLS, or cut short
    CW_MEDIA_DROP_UNKNOWN_SOURCE, // of no leg, or an address that ICE has not validated
    CW_MEDIA_DROP_STUN,           // a check that was refused
    CW_MEDIA_DROP_DTLS,           // after the end, or junk
    CW_MEDIA_DROP_NOT_READY,      // media before the keys
    CW_MEDIA_DROP_AUTH,           // SRTP: forged
    CW_MEDIA_DROP_REPLAY,         // SRTP or sequence: seen before, or too late
    CW_MEDIA_DROP_LATCH,          // RTP from a stranger
    CW_MEDIA_DROP_STREAM,         // belongs to no negotiated stream
    CW_MEDIA_DROP_PAYLOAD_TYPE,   // not negotiated with its sender
    CW_MEDIA_DROP_NO_CODEC,       // the other side did not negotiate its codec
    CW_MEDIA_DROP_NO_TARGET,      // nobody to give it to (not bridged, not connected)
    CW_MEDIA_DROP_FLOW,           // muted or on hold, or the direction is not negotiated
    CW_MEDIA_DROP_STRAY,          // a sequence number far off
    CW_MEDIA_DROP_SEND,           // the system refused to send it
    CW_MEDIA_DROP_COUNT
};
const char *cw_media_drop_name(enum cw_media_drop drop); // "unknown_source"; any thread

struct cw_media_direction_stats {
    uint8_t pt;    // CW_MEDIA_PT_NONE: nothing yet
    uint8_t codec; // enum cw_codec_id
    uint32_t clock_hz;
    uint32_t ssrc;
    uint64_t packets, bytes; // bytes of payload
    int64_t lost;
    double jitter_ms, rtt_ms; // 0: not known
    double mos;               // audio; 0: not known
    uint32_t nacks, key_frame_requests;
    bool transcoded;                       // in: decoded here
    double jitter_buffer_ms, concealed_ms; // in, if transcoded
};

struct cw_media_stream_stats {
    uint16_t index;
    uint8_t kind; // enum cw_media_kind
    struct cw_media_direction_stats in, out;
};

struct cw_media_stats {
    bool webrtc;
    bool connected;
    struct cw_addr local, remote;                          // of the pair in use; unset: none
    bool tcp;                                              // it is of TCP
    char dtls_version[12];                                 // "DTLS 1.2" or ""
    char srtp_profile[32];                                 // "AEAD_AES_128_GCM" or ""
    uint64_t packets_in, bytes_in, packets_out, bytes_out; // all datagrams
    uint64_t drops[CW_MEDIA_DROP_COUNT];
    struct cw_media_stream_stats streams[CW_MEDIA_STREAMS_MAX];
    size_t stream_count;
};

// A stats event with the token follows, always.
int cw_media_get_stats(struct cw_media *media, uint64_t leg, uint64_t token);

struct cw_media_worker_stats {
    uint64_t packets_in, bytes_in, packets_out, bytes_out;
    uint64_t wake_ups, system_calls;
    uint64_t refused; // ICMP said that nobody listens there
    uint64_t drops[CW_MEDIA_DROP_COUNT];
    uint32_t legs;
    uint32_t transcoded;      // streams that are decoded and encoded anew
    uint32_t complexity;      // of their Opus encoders now
    uint32_t jitter_delay_ms; // of their jitter buffers, on the average
    uint64_t concealed_ms;    // of their sound that was made up
};
// Any thread, any time; the counters of one worker are each exact but not of one moment.
void cw_media_worker_stats(const struct cw_media *media, unsigned worker, struct cw_media_worker_stats *out);

#endif
