// The thread of full ICE: its mailbox, its table of agents, its life.
#include "media/nice_thread.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "media/nice_peer.h"

#define STUN_PORT 3478            // RFC 8489 §8.1, RFC 8656 §4
#define CLOSE_WAIT G_USEC_PER_SEC // for TURN servers to answer at the end

struct cw_nice {
    const struct cw_media_config *media;
    struct cw_nice_servers servers;
    struct cw_mailbox inbox;
    GMainContext *context;
    GSource *source;   // ready when there is mail
    GHashTable *peers; // leg → struct cw_nice_peer
    unsigned closing;  // agents that still say goodbye
    bool ended;
    gint64 deadline; // of the end
    pthread_t thread;
    bool started;
};

struct command {
    struct cw_msg msg;
    uint64_t leg;
    void (*apply)(struct cw_nice *nice, struct command *c);
    struct cw_mailbox *inbox;
    size_t size;
    _Alignas(max_align_t) unsigned char data[];
};

// ---------------------------------------------------------------- on the thread

static void run_command(struct cw_msg *msg, void *owner) {
    struct command *c = (struct command *)msg;
    if (owner) c->apply(owner, c);
    explicit_bzero(c->data, c->size); // passwords
    free(c);
}

static const void *data_of(const struct command *c) { return c->data; }

static struct cw_nice_peer *find(const struct cw_nice *nice, uint64_t leg) {
    return g_hash_table_lookup(nice->peers, &leg);
}

static void apply_open(struct cw_nice *nice, struct command *c) {
    struct cw_nice_peer_config config = {nice->context, nice->media, &nice->servers, c->leg, c->inbox};
    struct cw_nice_peer *p = cw_nice_peer_new(&config, data_of(c));
    if (p) // else the leg's time to connect runs out
        g_hash_table_insert(nice->peers, (gpointer)cw_nice_peer_leg(p), p);
    else
        cw_error("media.nice", "leg=%llx error=no_agent", (unsigned long long)c->leg);
}

static void apply_update(struct cw_nice *nice, struct command *c) {
    struct cw_nice_peer *p = find(nice, c->leg);
    if (p) cw_nice_peer_update(p, data_of(c));
}

static void apply_candidate(struct cw_nice *nice, struct command *c) {
    struct cw_nice_peer *p = find(nice, c->leg);
    if (p) cw_nice_peer_candidate(p, c->size ? data_of(c) : NULL);
}

static void apply_send(struct cw_nice *nice, struct command *c) {
    struct cw_nice_peer *p = find(nice, c->leg);
    if (p) cw_nice_peer_send(p, c->data, c->size);
}

static void on_closed(void *arg) {
    struct cw_nice *nice = arg;
    nice->closing--;
}

static void close_peer(struct cw_nice *nice, struct cw_nice_peer *p) {
    nice->closing++;
    cw_nice_peer_free(p, on_closed, nice);
}

static void apply_close(struct cw_nice *nice, struct command *c) {
    struct cw_nice_peer *p = find(nice, c->leg);
    if (!p) return;
    g_hash_table_remove(nice->peers, &c->leg);
    close_peer(nice, p);
}

static void apply_end(struct cw_nice *nice, struct command *c) {
    (void)c;
    GHashTableIter iter;
    gpointer p;
    g_hash_table_iter_init(&iter, nice->peers);
    while (g_hash_table_iter_next(&iter, NULL, &p)) {
        g_hash_table_iter_steal(&iter);
        close_peer(nice, p);
    }
    nice->ended = true;
    nice->deadline = g_get_monotonic_time() + CLOSE_WAIT;
    g_source_set_ready_time(nice->source, nice->deadline);
}

static gboolean on_mail(GSource *source, GSourceFunc callback, gpointer arg) {
    struct cw_nice *nice = arg;
    (void)callback;
    g_source_set_ready_time(source, -1); // before the look: mail that comes meanwhile sets it again
    cw_mailbox_drain(&nice->inbox, nice);
    return G_SOURCE_CONTINUE;
}

static void *run(void *arg) {
    struct cw_nice *nice = arg;
    pthread_setname_np(pthread_self(), "cw-nice");
    g_main_context_push_thread_default(nice->context);
    while (!nice->ended || (nice->closing && g_get_monotonic_time() < nice->deadline))
        g_main_context_iteration(nice->context, TRUE);
    g_main_context_pop_thread_default(nice->context);
    return NULL;
}

// ---------------------------------------------------------------- life

static void wake(void *arg) { g_source_set_ready_time(arg, 0); }

// "HOST", "HOST:PORT", "[v6]:PORT".
static void set_server(struct cw_nice_server *out, const char *text) {
    memset(out, 0, sizeof *out);
    if (!text || !text[0]) return;
    const char *host = text[0] == '[' ? text + 1 : text;
    const char *bracket = text[0] == '[' ? strchr(text, ']') : NULL;
    const char *colon = strrchr(bracket ? bracket : host, ':');
    const char *host_end = bracket ? bracket : colon ? colon : host + strlen(host);
    size_t len = MIN((size_t)(host_end - host), sizeof out->host - 1);
    memcpy(out->host, host, len);
    long port = colon ? strtol(colon + 1, NULL, 10) : 0;
    out->port = port > 0 && port <= UINT16_MAX ? (uint16_t)port : STUN_PORT;
}

static void set_servers(struct cw_nice_servers *out, const struct cw_media_config *config) {
    set_server(&out->stun, config->stun_server);
    set_server(&out->turn, config->turn_server);
    cw_strlcpy(out->turn_user, config->turn_user ? config->turn_user : "", sizeof out->turn_user);
    cw_strlcpy(out->turn_password, config->turn_password ? config->turn_password : "", sizeof out->turn_password);
}

int cw_nice_new(struct cw_nice **out, const struct cw_media_config *config) {
    static GSourceFuncs functions = {.dispatch = on_mail}; // GLib wants it writable
    struct cw_nice *nice = calloc(1, sizeof *nice);
    if (!nice) return CW_ENOMEM;
    nice->media = config;
    set_servers(&nice->servers, config);
    nice->context = g_main_context_new();
    nice->source = g_source_new(&functions, sizeof(GSource));
    g_source_set_callback(nice->source, NULL, nice, NULL);
    g_source_attach(nice->source, nice->context);
    nice->peers = g_hash_table_new(g_int64_hash, g_int64_equal);
    cw_mailbox_init(&nice->inbox, wake, nice->source);
    if (pthread_create(&nice->thread, NULL, run, nice)) {
        cw_nice_free(nice);
        return CW_EIO;
    }
    nice->started = true;
    *out = nice;
    return 0;
}

static struct command *command_new(uint64_t leg, void (*apply)(struct cw_nice *, struct command *), const void *data,
                                   size_t size) {
    struct command *c = malloc(sizeof *c + size);
    if (!c) return NULL;
    *c = (struct command){.msg.run = run_command, .leg = leg, .apply = apply, .size = size};
    if (size) memcpy(c->data, data, size);
    return c;
}

void cw_nice_free(struct cw_nice *nice) {
    if (!nice) return;
    if (nice->started) {
        struct command *c = command_new(0, apply_end, NULL, 0);
        if (!c) abort(); // nothing sensible is left to do
        cw_nice_post(nice, &c->msg);
        pthread_join(nice->thread, NULL);
    }
    cw_mailbox_close(&nice->inbox);
    g_hash_table_destroy(nice->peers);
    g_source_destroy(nice->source);
    g_source_unref(nice->source);
    g_main_context_unref(nice->context);
    explicit_bzero(&nice->servers, sizeof nice->servers);
    free(nice);
}

// ---------------------------------------------------------------- commands

void cw_nice_post(struct cw_nice *nice, struct cw_msg *msg) { cw_mailbox_post(&nice->inbox, msg); }

static int post(struct cw_nice *nice, struct command *c) {
    if (!c) return CW_ENOMEM;
    cw_nice_post(nice, &c->msg);
    return 0;
}

int cw_nice_open(struct cw_nice *nice, uint64_t leg, struct cw_mailbox *inbox, const struct cw_webrtc_setup *setup,
                 struct cw_msg **close) {
    struct command *end = command_new(leg, apply_close, NULL, 0);
    struct command *c = end ? command_new(leg, apply_open, setup, sizeof *setup) : NULL;
    if (!c) {
        free(end);
        return CW_ENOMEM;
    }
    c->inbox = inbox;
    *close = &end->msg;
    return post(nice, c);
}

int cw_nice_update(struct cw_nice *nice, uint64_t leg, const struct cw_webrtc_setup *setup) {
    return post(nice, command_new(leg, apply_update, setup, sizeof *setup));
}

int cw_nice_candidate(struct cw_nice *nice, uint64_t leg, const char *text) {
    return post(nice, command_new(leg, apply_candidate, text, text ? strlen(text) + 1 : 0));
}

int cw_nice_send(struct cw_nice *nice, uint64_t leg, const void *data, size_t len) {
    return post(nice, command_new(leg, apply_send, data, len));
}
