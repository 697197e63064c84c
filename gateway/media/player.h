// Sound of the gateway's own for a leg's peer: a tone, a clip or silence instead of what the other side sends, or
// silence because the other side sends nothing (a phone or SBC that hears no RTP hangs up).
//
//     source     |.........|                  |........         filled: from `silence_after` behind its last packet
//     filled               |    ‿‿‿‿‿‿‿‿‿‿‿‿‿‿|                 to its next one
//
// The packets continue the stream that is there: SSRC, sequence, timestamp. Worker thread only.
#ifndef CW_MEDIA_PLAYER_H
#define CW_MEDIA_PLAYER_H

#include "media/leg.h"

struct cw_player;

// After every change of the stream: makes what it needs. CW_ENOMEM.
int cw_player_prepare(struct cw_stream *s);
void cw_player_free(struct cw_stream *s);
// Sends what is due; the next deadline.
cw_time cw_player_tick(struct cw_stream *s);
#endif
