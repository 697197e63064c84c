// From what was negotiated (proto/jsep.h) to what the media workers need (media/media.h). Pure; control thread.
#ifndef CW_CORE_MEDIA_SETUP_H
#define CW_CORE_MEDIA_SETUP_H

#include "media/media.h"
#include "proto/jsep.h"

// The accepted audio and video m-lines; out has CW_MEDIA_STREAMS_MAX. Returns their count.
size_t cw_media_setup_streams(const struct cw_jsep *jsep, struct cw_media_stream *out);

// Fills all but `local`, from the first accepted m-line and the data channel one.
void cw_media_setup_webrtc(const struct cw_jsep *jsep, struct cw_webrtc_setup *out);

// Of the audio m-line. CW_ENOENT: no accepted audio.
int cw_media_setup_rtp(const struct cw_jsep *jsep, struct cw_rtp_setup *out);

#endif
