// A sample application plugin: what a browser writes on a data channel comes back in capitals.
// Built outside Causeway's tree, against the installed header alone:
//
//   cc -shared -fPIC $(pkg-config --cflags causeway) -o shout.so shout.c
//
// and loaded by `plugins: {load: [echo, sip, shout]}` with shout.so in plugins.dir.
#include <causeway/cw_plugin.h>

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define MESSAGE_MAX 4096

struct shout {
    const struct cw_host *host;
    int64_t limit; // configuration: shout.limit
};

struct peer {
    const struct shout *shout;
};

static int attach(void *self, cw_handle handle, const char *options, void **peer, struct cw_plugin_error *error) {
    (void)handle, (void)options, (void)error;
    struct peer *p = calloc(1, sizeof *p);
    if (!p) return CW_RESULT_NO_MEMORY;
    p->shout = self;
    *peer = p;
    return 0;
}

static void wish(void *peer, struct cw_app_wish *wish) {
    (void)peer;
    *wish = (struct cw_app_wish){.data = true, .send = true, .receive = true};
}

static void detach(void *peer) { free(peer); }

static void on_message(void *peer, struct cw_media_peer *media, uint16_t channel, enum cw_message_kind kind,
                       const void *data, size_t len) {
    const struct shout *shout = ((struct peer *)peer)->shout;
    char text[MESSAGE_MAX];
    size_t n = len < (size_t)shout->limit ? len : (size_t)shout->limit;
    if (kind != CW_MESSAGE_TEXT) return;
    for (size_t i = 0; i < n; i++) text[i] = (char)toupper(((const unsigned char *)data)[i]);
    shout->host->media->channel_send(media, channel, CW_MESSAGE_TEXT, text, n);
}

static int init(const struct cw_host *host, void **self, struct cw_plugin_error *error) {
    (void)error;
    struct shout *s = calloc(1, sizeof *s);
    if (!s) return CW_RESULT_NO_MEMORY;
    s->host = host;
    s->limit = host->config_int(host, "limit");
    *self = s;
    return 0;
}

static void fini(void *self) { free(self); }

static const struct cw_config_entry keys[] = {
    {.path = "limit",
     .type = CW_KEY_INT,
     .default_value = "1024",
     .min = 1,
     .max = MESSAGE_MAX,
     .doc = "longest answer [bytes]"},
    {.path = NULL},
};

static const struct cw_app app = {
    .attach = attach,
    .wish = wish,
    .detach = detach,
    .media = {.on_message = on_message},
};

CW_PLUGIN_EXPORT const struct cw_plugin cw_plugin_entry = {
    .abi_major = CW_ABI_MAJOR,
    .abi_minor = CW_ABI_MINOR,
    .size = sizeof(struct cw_plugin),
    .name = "shout",
    .version = "1.0",
    .description = "data channel messages come back in capitals",
    .config = keys,
    .init = init,
    .fini = fini,
    .app = &app,
};
