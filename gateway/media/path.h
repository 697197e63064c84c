// How a webrtc leg reaches its browser: the seam between ICE and what rides on it. Lite (path_lite.c) answers checks on
// the worker's port; full (path_full.c) stands for an agent on a thread of its own (nice_thread.h). Worker thread only.
//
//     datagram ─▶ path ─▶ cw_webrtc_input      ICE's state ─▶ cw_webrtc_on_path      cw_path.ops.send ─▶ datagram
#ifndef CW_MEDIA_PATH_H
#define CW_MEDIA_PATH_H

#include "media/worker.h"

struct cw_path;

enum cw_path_event {
    CW_PATH_CHECKING,     // the first verified check: datagrams can be sent from now on
    CW_PATH_MOVED,        // another pair is in use
    CW_PATH_DISCONNECTED, // nothing heard for a while
    CW_PATH_RESUMED,      // heard again
    CW_PATH_TIMEOUT,      // never connected; the end
    CW_PATH_EXPIRED,      // consent is gone (RFC 7675); the end
};

struct cw_path_ops {
    // Sends the first len bytes of the worker's reserved room; false: no pair yet.
    bool (*send)(struct cw_path *path, size_t len);
    // New credentials, ours (restart) or the peer's.
    int (*update)(struct cw_path *path, const struct cw_webrtc_setup *setup);
    // A candidate of the peer, NULL: the last one came.
    int (*candidate)(struct cw_path *path, const char *text);
    void (*heard)(struct cw_path *path);                                  // an authenticated packet of the peer came
    cw_time (*tick)(struct cw_path *path);                                // runs what is due; the next deadline
    void (*pair)(const struct cw_path *path, struct cw_media_stats *out); // local, remote, tcp
    void (*free)(struct cw_path *path);
};

struct cw_path {
    const struct cw_path_ops *ops;
    struct cw_leg *leg;
};

// --- lite
int cw_path_lite_new(struct cw_path **out, struct cw_leg *leg, const struct cw_webrtc_setup *setup);
// A datagram on a browsers' socket that is STUN.
void cw_path_lite_stun(struct cw_worker *w, struct cw_sock *sock, const struct cw_addr *src, const uint8_t *data,
                       size_t len);
// Whose datagram is this? NULL: no leg has validated the address.
struct cw_leg *cw_path_lite_find(struct cw_worker *w, const struct cw_sock *sock, const struct cw_addr *src);
// A browser's TCP connection ends: its leg has to find another way.
void cw_path_lite_forget(const struct cw_sock *sock);
// For the worker's tables.
bool cw_path_lite_match_addr(const void *item, const void *key);
bool cw_path_lite_match_ufrag(const void *item, const void *key);

// --- full: datagrams come by messages of the nice thread, which find the leg by its id
int cw_path_full_new(struct cw_path **out, struct cw_leg *leg, const struct cw_webrtc_setup *setup);

#endif
