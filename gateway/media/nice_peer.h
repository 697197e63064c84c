// The libnice agent of one leg: one stream, one component. Nice thread only.
#ifndef CW_MEDIA_NICE_PEER_H
#define CW_MEDIA_NICE_PEER_H

#include <gio/gio.h>

#include "base/mailbox.h"
#include "media/media.h"

struct cw_nice_server {
    char host[256]; // empty: none
    uint16_t port;
};

struct cw_nice_servers {
    struct cw_nice_server stun, turn;
    char turn_user[256], turn_password[256];
};

struct cw_nice_peer_config {
    GMainContext *context;
    const struct cw_media_config *media;
    const struct cw_nice_servers *servers;
    uint64_t leg;
    struct cw_mailbox *inbox; // of the leg's worker; outlives the nice thread
};

struct cw_nice_peer;

// Begins to gather. NULL: libnice refused.
struct cw_nice_peer *cw_nice_peer_new(const struct cw_nice_peer_config *config, const struct cw_webrtc_setup *setup);
// Frees the peer; its agent gives back its TURN allocation first, then done is called (by the context) with done_arg.
void cw_nice_peer_free(struct cw_nice_peer *p, void (*done)(void *arg), void *done_arg);
const uint64_t *cw_nice_peer_leg(const struct cw_nice_peer *p); // lives as long as p
void cw_nice_peer_update(struct cw_nice_peer *p, const struct cw_webrtc_setup *setup);
void cw_nice_peer_candidate(struct cw_nice_peer *p, const char *text); // NULL: the last one came
void cw_nice_peer_send(struct cw_nice_peer *p, const uint8_t *data, size_t len);

#endif
