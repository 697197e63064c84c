// call.quality: at an interval, how well each side of an answered call is heard.
#include <math.h>

#include "core/call_internal.h"
#include "core/node.h"
#include "core/owner.h"
#include "core/peer_internal.h"
#include "proto/rtp_stats.h"

static json_t *rounded(double value) { return json_real(round(value * 100) / 100); }

static const struct cw_media_direction_stats *heard_audio(const struct cw_media_stats *stats) {
    for (size_t i = 0; i < stats->stream_count; i++)
        if (stats->streams[i].kind == CW_MEDIA_AUDIO) return &stats->streams[i].in;
    return NULL;
}

// Share of the packets since the last event that never came.
static double loss_since(const struct cw_call_ear *ear, const struct cw_media_direction_stats *in) {
    int64_t came = (int64_t)(in->packets - ear->packets), lost = in->lost - ear->lost;
    return lost > 0 ? (double)lost / (double)(came + lost) : 0;
}

// A side that sent nothing since the last time (on hold, muted) has no quality. The call outlives the question: it is
// remembered for longer after its end than any worker takes to answer.
static void on_stats(void *arg, const struct cw_media_stats *stats) {
    struct cw_call_ear *ear = arg;
    const struct cw_media_direction_stats *in = stats ? heard_audio(stats) : NULL;
    ear->asked = false;
    if (!in || in->packets <= ear->packets || ear->call->state == CW_CALL_ENDED) return;
    double loss = loss_since(ear, in);
    json_t *data = json_pack("{s:s}", "leg", ear->name);
    json_object_set_new(data, "mos", rounded(cw_rtp_mos(loss, in->rtt_ms, in->jitter_ms)));
    json_object_set_new(data, "loss_percent", rounded(100 * loss));
    json_object_set_new(data, "jitter_ms", rounded(in->jitter_ms));
    json_object_set_new(data, "rtt_ms", in->rtt_ms > 0 ? rounded(in->rtt_ms) : json_null());
    ear->packets = in->packets;
    ear->lost = in->lost;
    cw_call_event(ear->call, "call.quality", data);
}

static void ask(struct cw_call *c, struct cw_call_ear *ear, const char *name, uint64_t leg) {
    if (ear->asked) return; // a worker that is that late has other troubles
    ear->call = c;
    ear->name = name;
    ear->asked = cw_owner_get_stats(c->node, leg, on_stats, ear) == 0;
}

void cw_call_quality_tick(struct cw_call *c, cw_time now) {
    int64_t interval = cw_config_int(c->node->config, "calls.quality_interval_ms");
    if (!interval || !c->answered_wall_us || c->state == CW_CALL_ENDED) return;
    if (!c->quality_at) c->quality_at = now + interval * CW_MS;
    if (now < c->quality_at) return;
    c->quality_at += interval * CW_MS;
    if (c->peer && c->peer->in_media) ask(c, &c->ears[0], "browser", c->peer->leg);
    if (c->leg_in_media) ask(c, &c->ears[1], "far", c->leg);
}
