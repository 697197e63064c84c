// What application plugins ask of the core about their peers; see struct cw_host. Control thread.
#ifndef CW_CORE_PEER_APP_H
#define CW_CORE_PEER_APP_H

#include "plugin/cw_plugin.h"

struct cw_node;

int cw_peer_app_run(struct cw_node *node, cw_handle peer,
                    void (*fn)(void *peer, struct cw_media_peer *media, const void *data), const void *data,
                    size_t size);
int cw_peer_app_event(struct cw_node *node, cw_handle peer, const char *type, const char *data);

#endif
