// A worker with its thread and its sockets: what drives the packet core (worker.h) in the gateway.
//
//   uv loop ─▶ (nap, when busy) ─▶ epoll ─▶ recvmmsg ─▶ mailbox ─▶ cw_worker_input … ─▶ flush (sendmmsg) ─▶ uv loop
//
// All browsers of the worker share one socket for each local address; each RTP leg has sockets of its own. They are in
// an epoll set of the worker's, which is one handle of the loop.
#ifndef CW_MEDIA_IO_H
#define CW_MEDIA_IO_H

#include "base/loop.h"
#include "media/worker.h"

#define CW_IO_BATCH 64 // datagrams read from a socket at once
// Datagrams that wait to be sent at once: enough to keep the code of one step in the caches, few enough that the first
// does not wait long for the last.
#define CW_IO_QUEUE 24

struct cw_io_queue;
struct cw_tcp;
struct cw_io_single;

struct cw_io {
    struct cw_loop loop; // owner is this
    struct cw_worker worker;
    int epoll;
    uv_poll_t poll;
    uv_timer_t timer;
    uv_timer_t sctp_timer; // worker 0: the timers of all SCTP associations
    uv_prepare_t prepare;
    cw_time load_at; // when the load was measured last, and the CPU time then [us]
    int64_t load_cpu;
    cw_time timer_at; // what the timer is set to
    struct cw_io_receive *receive;
    uint8_t (*slots)[CW_PACKET_SIZE]; // CW_IO_QUEUE of them: datagrams to be sent
    unsigned slot_count;              // in use
    struct cw_io_queue *queues;       // one for each browsers' socket
    struct cw_tcp *tcp;               // NULL: no TCP
    struct cw_io_single *singles;     // what waits for other sockets
    unsigned single_count;
    // packets a second, to see when it pays to wait for more of them
    cw_time rate_since;
    uint32_t rate_count;
    uint32_t rate;
};

// Opens the sockets of worker `index`. CW_EIO is logged.
int cw_io_init(struct cw_io *io, const struct cw_media_config *config, unsigned index);
int cw_io_start(struct cw_io *io);
// Ends the legs and the thread (if it was started), closes everything.
void cw_io_stop(struct cw_io *io);
void cw_io_fini(struct cw_io *io);
// Any thread: cw_sctp_tick is to be called from now on.
void cw_io_start_sctp(struct cw_io *io);

// --- udp.c
int cw_udp_init(struct cw_io *io);
void cw_udp_fini(struct cw_io *io);
// One more socket for browsers; port 0: any. CW_EIO is logged.
int cw_udp_add_browsers(struct cw_io *io, const struct cw_addr *local, uint16_t port);
extern const struct cw_worker_output cw_udp_output; // but for arg
// Reads and handles one batch of a socket. Returns how many datagrams it was.
unsigned cw_udp_read(struct cw_io *io, struct cw_sock *sock);
void cw_udp_flush(struct cw_io *io);
uint8_t *cw_udp_packet(struct cw_io *io); // room of CW_PACKET_SIZE for a datagram that came in another way

#endif
