// The stage of a bridge where sound changes its codec: one direction of a stream whose packets the other side cannot be
// sent. It exists from the first such packet until one comes that can be relayed, or the bridge ends.
//
//   packet of `from` ─▶ jitter buffer ┄┄ beat: every ptime ┄┄▶ decoder ─▶ samples ─▶ encoder ─▶ frame to from->other
//
// The beats are the worker's, on a grid of 10 ms, so many streams share a wake-up. What is sent goes on in sequence and
// timestamp whether it is relayed or made here. Memory is taken when it begins and when a codec changes, not for a
// packet. Worker thread only.
#ifndef CW_MEDIA_TRANSCODE_H
#define CW_MEDIA_TRANSCODE_H

#include "media/leg.h"

// Takes the packet if it is to be decoded; false: it is relayed (or dropped) as it is.
bool cw_transcode_take(struct cw_stream *from, const struct cw_rtp *rtp);
void cw_transcode_beat(struct cw_timer *timer); // of worker->beats, when due
void cw_transcode_end(struct cw_stream *from);  // does nothing if there is none
void cw_transcode_stats(const struct cw_stream *from, struct cw_media_direction_stats *out);

#endif
