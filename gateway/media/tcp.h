// Browsers over TCP: ICE-TCP passive (RFC 6544) on the worker's port, for networks that block UDP. A connection is a
// path of ICE like a browsers' UDP socket, but of one leg only; datagrams are framed by RFC 4571.
// Worker thread only.
#ifndef CW_MEDIA_TCP_H
#define CW_MEDIA_TCP_H

#include "media/io.h"

// Listens on the address and port of each browsers' socket. A port that is taken is logged, the others work.
int cw_tcp_init(struct cw_io *io);
void cw_tcp_fini(struct cw_io *io);

// A listener or a connection has something to tell. Returns how many datagrams were handled.
unsigned cw_tcp_ready(struct cw_io *io, struct cw_sock *sock);
// Sends the datagram, or drops it when the browser does not read.
void cw_tcp_send(struct cw_io *io, struct cw_sock *sock, const uint8_t *data, size_t len);
void cw_tcp_close(struct cw_io *io, struct cw_sock *sock); // its memory lasts until cw_tcp_reap
void cw_tcp_reap(struct cw_io *io);                        // end of a wake-up

#endif
