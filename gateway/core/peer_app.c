// What application plugins ask of the core.
#include "core/peer_app.h"

#include "base/err.h"
#include "core/node.h"
#include "core/owner.h"
#include "core/peer_internal.h"

static struct cw_peer *find(struct cw_node *node, cw_handle handle) {
    struct cw_owner *leg = cw_owner_find(node, handle);
    return leg ? leg->peer : NULL;
}

int cw_peer_app_run(struct cw_node *node, cw_handle peer,
                    void (*fn)(void *peer, struct cw_media_peer *media, const void *data), const void *data,
                    size_t size) {
    if (!find(node, peer)) return CW_RESULT_NOT_FOUND;
    return cw_media_run(node->media, peer, fn, data, size);
}

int cw_peer_app_event(struct cw_node *node, cw_handle peer, const char *type, const char *data) {
    struct cw_peer *p = find(node, peer);
    if (!p) return CW_RESULT_NOT_FOUND;
    json_t *object = data ? json_loads(data, 0, NULL) : NULL;
    if (data && !json_is_object(object)) {
        json_decref(object);
        return CW_RESULT_INVALID;
    }
    cw_peer_event(p, type, object);
    return 0;
}
