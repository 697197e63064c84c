// What application plugins ask of the core about their peers; see struct cw_host. Control thread.
#ifndef CW_CORE_PEER_APP_H
#define CW_CORE_PEER_APP_H

#include "plugin/cw_plugin.h"

struct cw_node;
struct cw_peer;

int cw_peer_app_run(struct cw_node *node, cw_handle peer,
                    void (*fn)(void *peer, struct cw_media_peer *media, const void *data), const void *data,
                    size_t size);
// The peer's leg was added: what waited for it runs.
void cw_peer_app_ready(struct cw_peer *peer);
int cw_peer_app_event(struct cw_node *node, cw_handle peer, const char *type, const char *data);

#endif
