// What application plugins ask of the core.
#include "core/peer_app.h"

#include <stddef.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "core/node.h"
#include "core/owner.h"
#include "core/peer_internal.h"
#include "core/session.h"

static struct cw_peer *find(struct cw_node *node, cw_handle handle) {
    struct cw_owner *leg = cw_owner_find(node, handle);
    return leg ? leg->peer : NULL;
}

// A function that waits for the leg, with its data.
struct waiting {
    void (*fn)(void *peer, struct cw_media_peer *media, const void *data);
    size_t size;
    max_align_t data[];
};

static void wait_for_leg(struct cw_peer *p, void (*fn)(void *, struct cw_media_peer *, const void *), const void *data,
                         size_t size) {
    struct waiting *w = g_malloc0(sizeof *w + size);
    w->fn = fn;
    w->size = size;
    if (size) memcpy(w->data, data, size);
    if (!p->waiting) p->waiting = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(p->waiting, w);
}

void cw_peer_app_ready(struct cw_peer *p) {
    for (guint i = 0; p->waiting && i < p->waiting->len; i++) {
        const struct waiting *w = p->waiting->pdata[i];
        if (cw_media_run(p->session->node->media, p->leg, w->fn, w->data, w->size))
            cw_error("plugin.memory", "peer=%s", p->id);
    }
    if (p->waiting) g_ptr_array_free(p->waiting, TRUE);
    p->waiting = NULL;
}

int cw_peer_app_run(struct cw_node *node, cw_handle peer,
                    void (*fn)(void *peer, struct cw_media_peer *media, const void *data), const void *data,
                    size_t size) {
    struct cw_peer *p = find(node, peer);
    if (!p) return CW_RESULT_NOT_FOUND;
    if (p->in_media) return cw_media_run(node->media, peer, fn, data, size);
    wait_for_leg(p, fn, data, size);
    return 0;
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
