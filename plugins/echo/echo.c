// Echo: what a browser sends comes back to it. Audio and video on the stream they came by, messages on their channel.
#include <stdlib.h>
#include <string.h>

#include "cw_plugin.h"
#include "echo/options.h"

#define STREAMS 32 // m-lines of which it is remembered that a key frame was asked for

// A message that did not fit into the send buffer; while one waits no more are delivered.
struct waiting {
    void *data;
    size_t len;
    uint16_t channel;
    enum cw_message_kind kind;
};

struct peer {
    const struct cw_host *host;
    cw_handle handle;
    struct echo_options options; // control thread's
    // Worker's:
    struct echo_options active;
    uint32_t asked; // bit n: a key frame was asked for on stream n
    struct waiting waiting;
};

// ---------------------------------------------------------------- worker thread

// Without video there is nothing to cap, and that is no fault.
static void on_start(void *object, struct cw_media_peer *media) {
    struct peer *p = object;
    (void)p->host->media->limit_bitrate(media, p->active.bitrate_bps);
}

static void apply(void *object, struct cw_media_peer *media, const void *data) {
    struct peer *p = object;
    const struct echo_options *changed = data;
    if (changed->video && !p->active.video) p->asked = 0; // its receiver needs one to go on
    p->active = *changed;
    on_start(p, media);
}

static void ask_key_frame_once(struct peer *p, struct cw_media_peer *media, uint16_t stream) {
    uint32_t bit = stream < STREAMS ? 1u << stream : 0;
    if (p->asked & bit) return;
    p->asked |= bit;
    (void)p->host->media->request_key_frame(media, stream); // it can be asked for again by the receiver's PLI
}

// A packet that cannot be sent back is counted by the host.
static void on_packet(void *object, struct cw_media_peer *media, const struct cw_media_packet *packet) {
    struct peer *p = object;
    bool video = packet->kind == CW_MEDIA_VIDEO;
    if (!(video ? p->active.video : p->active.audio)) return;
    if (video) ask_key_frame_once(p, media, packet->stream);
    (void)p->host->media->send(media, packet->stream, packet);
}

static void on_feedback(void *object, struct cw_media_peer *media, const struct cw_media_feedback *feedback) {
    struct peer *p = object;
    if (feedback->type == CW_FEEDBACK_REMB) return; // the browser's own estimate of what it can receive of itself
    (void)p->host->media->request_key_frame(media, feedback->stream);
}

static void on_message(void *object, struct cw_media_peer *media, uint16_t channel, enum cw_message_kind kind,
                       const void *data, size_t len) {
    struct peer *p = object;
    if (p->host->media->channel_send(media, channel, kind, data, len) != CW_RESULT_AGAIN) return;
    void *copy = malloc(len ? len : 1);
    if (!copy || p->waiting.data) {
        free(copy);
        p->host->count(p->host, "messages_dropped", 1);
        return;
    }
    memcpy(copy, data, len);
    p->waiting = (struct waiting){copy, len, channel, kind};
    (void)p->host->media->pause_messages(media, true);
}

static void on_writable(void *object, struct cw_media_peer *media) {
    struct peer *p = object;
    struct waiting w = p->waiting;
    if (!w.data) return;
    if (p->host->media->channel_send(media, w.channel, w.kind, w.data, w.len) == CW_RESULT_AGAIN) return;
    p->waiting.data = NULL;
    free(w.data);
    (void)p->host->media->pause_messages(media, false);
}

static void on_stop(void *object, struct cw_media_peer *media) {
    struct peer *p = object;
    (void)media;
    free(p->waiting.data);
    p->waiting.data = NULL;
}

// ---------------------------------------------------------------- control thread

static int attach(void *self, cw_handle handle, const char *options, void **peer, struct cw_plugin_error *error) {
    struct echo_options wanted = {.audio = true, .video = true};
    int err = options ? echo_options_patch(&wanted, options, error) : 0;
    if (err) return err;
    struct peer *p = calloc(1, sizeof *p);
    if (!p) return CW_RESULT_NO_MEMORY;
    p->host = self;
    p->handle = handle;
    p->options = p->active = wanted;
    *peer = p;
    return 0;
}

static void wish(void *object, struct cw_app_wish *out) {
    (void)object;
    *out = (struct cw_app_wish){.audio = true, .video = true, .data = true, .send = true, .receive = true};
}

static int set_options(void *object, const char *patch, struct cw_plugin_error *error) {
    struct peer *p = object;
    struct echo_options changed = p->options;
    int err = echo_options_patch(&changed, patch, error);
    if (!err) err = p->host->run_on_worker(p->host, p->handle, apply, &changed, sizeof changed);
    if (!err) p->options = changed;
    return err;
}

static int get_options(void *object, char *out, size_t cap) {
    return echo_options_write(&((struct peer *)object)->options, out, cap);
}

static void detach(void *object) {
    struct peer *p = object;
    free(p->waiting.data);
    free(p);
}

static int init(const struct cw_host *host, void **self, struct cw_plugin_error *error) {
    (void)error;
    *self = (void *)(uintptr_t)host; // all that the plugin needs
    return 0;
}

static void fini(void *self) { (void)self; }

static const struct cw_app app = {.attach = attach,
                                  .wish = wish,
                                  .set_options = set_options,
                                  .get_options = get_options,
                                  .detach = detach,
                                  .media = {.on_start = on_start,
                                            .on_packet = on_packet,
                                            .on_feedback = on_feedback,
                                            .on_message = on_message,
                                            .on_writable = on_writable,
                                            .on_stop = on_stop}};

CW_PLUGIN_EXPORT extern const struct cw_plugin cw_plugin_entry;
const struct cw_plugin cw_plugin_entry = {.abi_major = CW_ABI_MAJOR,
                                          .abi_minor = CW_ABI_MINOR,
                                          .size = sizeof(struct cw_plugin),
                                          .name = "echo",
                                          .version = "1.0",
                                          .description = "Sends a peer's audio, video and messages back to it",
                                          .init = init,
                                          .fini = fini,
                                          .app = &app};
