// Who a media leg belongs to, found by its id (node->legs).
#ifndef CW_CORE_OWNER_H
#define CW_CORE_OWNER_H

#include <stdint.h>

struct cw_call;
struct cw_media_event;
struct cw_node;
struct cw_peer;

// A leg outlives its owner until the worker says that it is removed: then the ports rest and the plugin's peer is
// freed.
struct cw_owner {
    uint64_t id;
    struct cw_peer *peer; // browser leg, or NULL
    struct cw_call *call; // far leg, or NULL
    void (*on_removed)(struct cw_node *node, void *arg);
    void *arg;
};

void cw_owner_add(struct cw_node *node, uint64_t id, struct cw_peer *peer, struct cw_call *call);
struct cw_owner *cw_owner_find(struct cw_node *node, uint64_t id);
// The owner is gone; on_removed(node, arg) runs when the worker has removed the leg. May be NULL.
void cw_owner_remove(struct cw_node *node, uint64_t id, void (*on_removed)(struct cw_node *node, void *arg), void *arg);
// Never in the media layer: forgotten at once.
void cw_owner_drop(struct cw_node *node, uint64_t id);

// Media events arrive here from any worker thread (struct cw_media_config.on_event, arg is the node).
void cw_owner_on_media(void *node, const struct cw_media_event *event);

// Statistics of a leg, later: done(arg, stats, leg id); stats NULL: the leg is gone.
struct cw_media_stats;
int cw_owner_get_stats(struct cw_node *node, uint64_t id, void (*done)(void *arg, const struct cw_media_stats *stats),
                       void *arg);

#endif
