// A worker's packet core, without sockets, threads and clocks: datagrams, commands and `now` in; datagrams, events
// and the next deadline out. io.c gives it real sockets; the simulation gives it a network of its own.
// Everything here is for the worker's thread.
#ifndef CW_MEDIA_WORKER_H
#define CW_MEDIA_WORKER_H

#include <stdatomic.h>

#include "media/media.h"
#include "media/table.h"
#include "media/wheel.h"

#define CW_PACKET_SIZE 2048 // the largest datagram that is taken or made

struct cw_leg;
struct cw_mailbox;
struct cw_nice;

enum cw_sock_kind { CW_SOCK_BROWSERS, CW_SOCK_RTP, CW_SOCK_RTCP, CW_SOCK_LISTENER, CW_SOCK_STREAM };

// A socket, or what stands for one. The core never touches fd.
struct cw_sock {
    int fd;
    uint8_t kind;   // enum cw_sock_kind
    uint16_t index; // BROWSERS, STREAM: the `path` of ICE, see cw_worker_sock
    bool connected; // to `remote` only: others are not heard
    struct cw_addr local, remote;
    struct cw_leg *leg; // RTP, RTCP; STREAM: of which a check came by it, or NULL
    void *queue;        // the output's own
};

// Where packets go. All functions are called with arg.
struct cw_worker_output {
    void *arg;
    // Room for one packet (CW_PACKET_SIZE bytes). Always the same until send is called.
    uint8_t *(*reserve)(void *arg);
    // Sends the first len bytes of the room.
    void (*send)(void *arg, struct cw_sock *sock, const struct cw_addr *to, size_t len);
    // Begins to hear an RTP or RTCP socket; CW_EIO.
    int (*open)(void *arg, struct cw_sock *sock);
    // To one peer only, or (NULL) to anybody again; sets sock->connected.
    void (*connect)(void *arg, struct cw_sock *sock, const struct cw_addr *to);
    // Closes it; nothing refers to sock afterwards.
    void (*close)(void *arg, struct cw_sock *sock);
};

// Written by the worker alone, read by any thread.
struct cw_counters {
    _Atomic uint64_t packets_in, bytes_in, packets_out, bytes_out;
    _Atomic uint64_t wake_ups, system_calls, refused;
    _Atomic uint64_t drops[CW_MEDIA_DROP_COUNT];
    _Atomic uint32_t legs, transcoded, complexity;
    _Atomic uint64_t concealed_us;
    _Atomic int64_t jitter_delay_us; // of all transcoded streams together
    _Atomic uint32_t rate;           // packets received a second, lately
};

// One writer: no locked instruction is needed.
static inline void cw_count(_Atomic uint64_t *counter, uint64_t add) {
    atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + add, memory_order_relaxed);
}

struct cw_worker {
    const struct cw_media_config *config;
    struct cw_worker_output out;
    struct cw_sctp_owner *sctp;
    struct cw_nice *nice;     // full ICE: its thread, set by the caller after cw_worker_init; NULL: lite
    struct cw_mailbox *inbox; // the worker's own, for answers of other threads; may be NULL
    cw_time now;              // of this wake-up
    int64_t wall_offset;      // [us] wall clock - monotonic, for NTP times
    struct cw_sock browsers[CW_MEDIA_ADDRESSES_MAX];
    size_t browser_count;
    bool listens[CW_MEDIA_ADDRESSES_MAX]; // browsers[n]'s address and port are open for TCP too
    // Browsers' TCP connections, config->tcp_connections places that their owner fills; NULL: no TCP.
    struct cw_sock **connections;
    struct cw_table by_id, by_addr, by_ufrag;
    struct cw_wheel wheel;
    struct cw_wheel beats;   // of transcoded streams
    unsigned complexity;     // of Opus encoders, by the load
    uint32_t stream_version; // the last one given to a stream
    struct cw_leg *legs;
    struct cw_leg *graveyard; // removed in this wake-up; freed at its end
    struct cw_counters counters;
};

// config is borrowed; browsers[] is filled by the caller afterwards. inbox may be NULL if no leg has data channels.
int cw_worker_init(struct cw_worker *w, const struct cw_media_config *config, const struct cw_worker_output *out,
                   struct cw_mailbox *inbox, cw_time now, int64_t wall_us);
void cw_worker_end(struct cw_worker *w); // ends all legs, without events
void cw_worker_fini(struct cw_worker *w);

// The socket of a browser's path: of browsers[] below CW_MEDIA_ADDRESSES_MAX, of connections[] from there on. NULL:
// gone.
static inline struct cw_sock *cw_worker_sock(struct cw_worker *w, int path) {
    return path < CW_MEDIA_ADDRESSES_MAX ? &w->browsers[path] : w->connections[path - CW_MEDIA_ADDRESSES_MAX];
}

// One datagram; data is changed in place and must have CW_PACKET_SIZE bytes of room.
void cw_worker_input(struct cw_worker *w, struct cw_sock *sock, const struct cw_addr *src, uint8_t *data, size_t len,
                     cw_time now);
void cw_worker_tick(struct cw_worker *w, cw_time now); // runs what is due
cw_time cw_worker_next(const struct cw_worker *w);     // when to call tick; CW_NEVER
void cw_worker_reap(struct cw_worker *w);              // end of a wake-up: nothing refers to removed legs

// What part of its thread's time the worker was busy in the last second [%].
void cw_worker_set_load(struct cw_worker *w, unsigned percent);

struct cw_leg *cw_worker_leg(const struct cw_worker *w, uint64_t id); // or NULL

// The commands of media.h. w->now must have been set.
void cw_worker_add_webrtc(struct cw_worker *w, uint64_t id, const struct cw_webrtc_setup *setup);
void cw_worker_update_webrtc(struct cw_worker *w, uint64_t id, const struct cw_webrtc_setup *setup);
void cw_worker_add_candidate(struct cw_worker *w, uint64_t id, const char *candidate);
void cw_worker_add_rtp(struct cw_worker *w, uint64_t id, const struct cw_rtp_pair *ports,
                       const struct cw_rtp_setup *setup);
void cw_worker_update_rtp(struct cw_worker *w, uint64_t id, const struct cw_rtp_setup *setup);
void cw_worker_set_streams(struct cw_worker *w, uint64_t id, const struct cw_media_stream *streams, size_t count);
void cw_worker_bridge(struct cw_worker *w, uint64_t a, uint64_t b);
void cw_worker_unbridge(struct cw_worker *w, uint64_t id);
void cw_worker_attach_app(struct cw_worker *w, uint64_t id, const struct cw_app_media *ops, void *peer);
void cw_worker_run(struct cw_worker *w, uint64_t id, void (*fn)(void *, struct cw_media_peer *, const void *),
                   const void *data);
void cw_worker_set_flow(struct cw_worker *w, uint64_t id, unsigned flags);
void cw_worker_play(struct cw_worker *w, uint64_t id, const struct cw_media_play *what);            // player.c
void cw_worker_set_dtmf(struct cw_worker *w, uint64_t id, const struct cw_media_dtmf_setup *setup); // dtmf.c
void cw_worker_send_dtmf(struct cw_worker *w, uint64_t id, const struct cw_media_dtmf_send *send);
void cw_worker_dtmf_received(struct cw_worker *w, uint64_t id, const struct cw_media_dtmf_heard *heard);
void cw_worker_request_key_frame(struct cw_worker *w, uint64_t id);
void cw_worker_remove(struct cw_worker *w, uint64_t id);
void cw_worker_get_stats(struct cw_worker *w, uint64_t id, uint64_t token);

#endif
