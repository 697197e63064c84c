// A leg's statistics as the API shows them (GET /v1/peers/{id}/stats).
#ifndef CW_CORE_STATS_JSON_H
#define CW_CORE_STATS_JSON_H

#include <jansson.h>

#include "media/media.h"

json_t *cw_stats_json(const struct cw_media_stats *stats); // new reference

#endif
