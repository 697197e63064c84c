// The libnice agent of one leg: what the leg tells it, what it tells the leg.
#include "media/nice_peer.h"

#include <nice/agent.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "media/nice_thread.h"
#include "media/nice_watch.h"
#include "media/worker.h"

#define COMPONENT 1     // RTP, RTCP and data are multiplexed (RFC 8843)
#define WAITING_MAX 100 // candidates that came before their credentials
#define PREFIX "a=candidate:"

struct cw_nice_peer {
    struct cw_nice_peer_config config;
    NiceAgent *agent;
    guint stream;
    bool gathered;
    char local_ufrag[CW_ICE_LOCAL_UFRAG_SIZE];
    char remote_ufrag[CW_ICE_TEXT_MAX + 1];
    GPtrArray *waiting; // texts
    bool waiting_end;
    struct cw_nice_watch *watch; // NULL: no pair yet
};

// ---------------------------------------------------------------- to the leg

static struct cw_nice_event *event_new(const struct cw_nice_peer *p, enum cw_nice_event_kind kind, size_t room) {
    struct cw_nice_event *e = malloc(sizeof *e + room);
    if (!e) abort(); // as GLib does
    memset(e, 0, sizeof *e);
    e->msg.run = cw_path_full_on_event;
    e->leg = p->config.leg;
    e->kind = kind;
    return e;
}

static void tell(struct cw_nice_peer *p, enum cw_nice_event_kind kind, const void *data, size_t len, size_t room) {
    struct cw_nice_event *e = event_new(p, kind, room);
    e->len = len;
    if (len) memcpy(e->data, data, len);
    cw_mailbox_post(p->config.inbox, &e->msg);
}

static void on_datagram(NiceAgent *agent, guint stream, guint component, guint len, gchar *data, gpointer arg) {
    (void)agent;
    (void)stream;
    (void)component;
    if (len <= CW_PACKET_SIZE) tell(arg, CW_NICE_DATAGRAM, data, len, CW_PACKET_SIZE);
}

static void copy_addr(struct cw_addr *out, const NiceAddress *addr) {
    memset(out, 0, sizeof *out);
    nice_address_copy_to_sockaddr(addr, &out->sa);
}

// Behind a 1:1 NAT a host candidate says the public address.
static void advertise(const struct cw_nice_peer *p, NiceCandidate *candidate) {
    const struct cw_media_config *media = p->config.media;
    struct cw_addr addr;
    copy_addr(&addr, &candidate->addr);
    for (size_t i = 0; i < media->address_count; i++) {
        if (!cw_addr_is_set(&media->advertised[i]) || !cw_addr_same_host(&addr, &media->addresses[i])) continue;
        nice_address_set_from_sockaddr(&candidate->addr, &media->advertised[i].sa);
        nice_address_set_port(&candidate->addr, cw_addr_port(&addr));
        return;
    }
}

static void tell_candidate(struct cw_nice_peer *p, const NiceCandidate *candidate) {
    NiceCandidate *said = nice_candidate_copy(candidate);
    if (said->type == NICE_CANDIDATE_TYPE_HOST) advertise(p, said);
    gchar *text = nice_agent_generate_local_candidate_sdp(p->agent, said);
    const char *from = g_str_has_prefix(text, "a=") ? text + 2 : text;
    size_t len = strlen(from) + 1;
    tell(p, CW_NICE_CANDIDATE, from, len, len);
    g_free(text);
    nice_candidate_free(said);
}

static void on_candidate(NiceAgent *agent, NiceCandidate *candidate, gpointer arg) {
    (void)agent;
    tell_candidate(arg, candidate);
}

static void on_gathered(NiceAgent *agent, guint stream, gpointer arg) {
    struct cw_nice_peer *p = arg;
    (void)agent;
    (void)stream;
    p->gathered = true;
    tell(p, CW_NICE_CANDIDATE, NULL, 0, 0);
}

static void on_state(NiceAgent *agent, guint stream, guint component, guint state, gpointer arg) {
    (void)agent;
    (void)stream;
    (void)component;
    if (state == NICE_COMPONENT_STATE_CONNECTED || state == NICE_COMPONENT_STATE_READY)
        tell(arg, CW_NICE_CONNECTED, NULL, 0, 0);
    else if (state == NICE_COMPONENT_STATE_FAILED)
        tell(arg, CW_NICE_FAILED, NULL, 0, 0);
}

static void on_silence(void *arg, bool silent) { tell(arg, silent ? CW_NICE_SILENT : CW_NICE_HEARD, NULL, 0, 0); }

static void start_watch(struct cw_nice_peer *p) {
    const struct cw_nice_watch_config config = {.context = p->config.context,
                                                .agent = p->agent,
                                                .stream = p->stream,
                                                .component = COMPONENT,
                                                .silent_after = p->config.media->ice.disconnected_after,
                                                .on_change = on_silence,
                                                .arg = p};
    if (!p->watch) p->watch = cw_nice_watch_new(&config);
}

static void on_pair(NiceAgent *agent, guint stream, guint component, NiceCandidate *local, NiceCandidate *remote,
                    gpointer arg) {
    struct cw_nice_peer *p = arg;
    (void)agent;
    (void)stream;
    (void)component;
    struct cw_nice_event *e = event_new(p, CW_NICE_PAIR, 0);
    copy_addr(&e->local, &local->addr);
    copy_addr(&e->remote, &remote->addr);
    cw_mailbox_post(p->config.inbox, &e->msg);
    start_watch(p);
}

// ---------------------------------------------------------------- from the leg

// A candidate names the credentials it belongs to (RFC 8838 §13); those of others wait.
static bool is_of_now(const struct cw_nice_peer *p, const char *text) {
    char ufrag[CW_ICE_TEXT_MAX + 1];
    const char *at = strstr(text, " ufrag ");
    if (!p->remote_ufrag[0]) return false;
    if (!at) return true;
    at += strlen(" ufrag ");
    size_t len = strcspn(at, " ");
    if (len >= sizeof ufrag) return false;
    memcpy(ufrag, at, len);
    ufrag[len] = '\0';
    return strcmp(ufrag, p->remote_ufrag) == 0;
}

static void add_candidate(struct cw_nice_peer *p, const char *text) {
    gchar *line = g_strconcat("a=", text, NULL);
    NiceCandidate *candidate = nice_agent_parse_remote_candidate_sdp(p->agent, p->stream, line);
    g_free(line);
    if (!candidate) return; // a name of mDNS, for one: its checks will tell its address
    if (candidate->transport == NICE_CANDIDATE_TRANSPORT_UDP && candidate->component_id == COMPONENT) {
        GSList list = {.data = candidate};
        nice_agent_set_remote_candidates(p->agent, p->stream, COMPONENT, &list);
    }
    nice_candidate_free(candidate);
}

void cw_nice_peer_candidate(struct cw_nice_peer *p, const char *text) {
    if (!text && p->remote_ufrag[0])
        nice_agent_peer_candidate_gathering_done(p->agent, p->stream);
    else if (!text)
        p->waiting_end = true;
    else if (is_of_now(p, text))
        add_candidate(p, text);
    else if (p->waiting->len < WAITING_MAX)
        g_ptr_array_add(p->waiting, g_strdup(text));
}

static void set_remote(struct cw_nice_peer *p, const struct cw_webrtc_setup *setup) {
    if (!setup->remote_ufrag[0] || strcmp(setup->remote_ufrag, p->remote_ufrag) == 0) return;
    cw_strlcpy(p->remote_ufrag, setup->remote_ufrag, sizeof p->remote_ufrag);
    nice_agent_set_remote_credentials(p->agent, p->stream, setup->remote_ufrag, setup->remote_pwd);
    for (guint i = 0; i < p->waiting->len; i++)
        if (is_of_now(p, p->waiting->pdata[i])) add_candidate(p, p->waiting->pdata[i]);
    g_ptr_array_set_size(p->waiting, 0);
    if (p->waiting_end) nice_agent_peer_candidate_gathering_done(p->agent, p->stream);
    p->waiting_end = false;
}

// RFC 8445 §9. The sockets stay, so the same candidates are told again for the new credentials.
static void restart(struct cw_nice_peer *p, const struct cw_ice_credentials *local) {
    cw_strlcpy(p->local_ufrag, local->ufrag, sizeof p->local_ufrag);
    nice_agent_restart_stream(p->agent, p->stream);
    nice_agent_set_local_credentials(p->agent, p->stream, local->ufrag, local->pwd);
    GSList *candidates = nice_agent_get_local_candidates(p->agent, p->stream, COMPONENT);
    for (GSList *at = candidates; at; at = at->next) tell_candidate(p, at->data);
    g_slist_free_full(candidates, (GDestroyNotify)nice_candidate_free);
    if (p->gathered) tell(p, CW_NICE_CANDIDATE, NULL, 0, 0);
}

void cw_nice_peer_update(struct cw_nice_peer *p, const struct cw_webrtc_setup *setup) {
    if (strcmp(setup->local.ufrag, p->local_ufrag) != 0) restart(p, &setup->local);
    set_remote(p, setup);
}

void cw_nice_peer_send(struct cw_nice_peer *p, const uint8_t *data, size_t len) {
    // What the system or libnice refuses is lost, as any datagram may be.
    (void)nice_agent_send(p->agent, p->stream, COMPONENT, (guint)len, (const gchar *)data);
}

// ---------------------------------------------------------------- life

static void add_addresses(struct cw_nice_peer *p) {
    const struct cw_media_config *media = p->config.media;
    for (size_t i = 0; i < media->address_count; i++) {
        NiceAddress addr;
        nice_address_init(&addr);
        nice_address_set_from_sockaddr(&addr, &media->addresses[i].sa);
        nice_address_set_port(&addr, 0);
        nice_agent_add_local_address(p->agent, &addr);
    }
}

static NiceAgent *make_agent(const struct cw_nice_peer *p, bool controlling) {
    const struct cw_nice_server *stun = &p->config.servers->stun;
    NiceAgent *agent = nice_agent_new_full(p->config.context, NICE_COMPATIBILITY_RFC5245,
                                           NICE_AGENT_OPTION_REGULAR_NOMINATION | NICE_AGENT_OPTION_ICE_TRICKLE |
                                               NICE_AGENT_OPTION_CONSENT_FRESHNESS);
    g_object_set(agent, "controlling-mode", (gboolean)controlling, "upnp", FALSE, "ice-tcp", FALSE, NULL);
    if (stun->host[0]) g_object_set(agent, "stun-server", stun->host, "stun-server-port", (guint)stun->port, NULL);
    return agent;
}

static bool start(struct cw_nice_peer *p, const struct cw_webrtc_setup *setup) {
    const struct cw_nice_servers *servers = p->config.servers;
    add_addresses(p);
    p->stream = nice_agent_add_stream(p->agent, 1);
    if (!p->stream) return false;
    nice_agent_set_local_credentials(p->agent, p->stream, setup->local.ufrag, setup->local.pwd);
    if (servers->turn.host[0])
        nice_agent_set_relay_info(p->agent, p->stream, COMPONENT, servers->turn.host, servers->turn.port,
                                  servers->turn_user, servers->turn_password, NICE_RELAY_TYPE_TURN_UDP);
    g_signal_connect(p->agent, "new-candidate-full", G_CALLBACK(on_candidate), p);
    g_signal_connect(p->agent, "candidate-gathering-done", G_CALLBACK(on_gathered), p);
    g_signal_connect(p->agent, "component-state-changed", G_CALLBACK(on_state), p);
    g_signal_connect(p->agent, "new-selected-pair-full", G_CALLBACK(on_pair), p);
    nice_agent_attach_recv(p->agent, p->stream, COMPONENT, p->config.context, on_datagram, p);
    return nice_agent_gather_candidates(p->agent, p->stream);
}

struct close {
    void (*done)(void *arg);
    void *arg;
};

static void on_closed(GObject *agent, GAsyncResult *result, gpointer arg) {
    struct close *close = arg;
    (void)result;
    g_object_unref(agent);
    if (close->done) close->done(close->arg);
    g_free(close);
}

void cw_nice_peer_free(struct cw_nice_peer *p, void (*done)(void *arg), void *done_arg) {
    struct close *close = g_new(struct close, 1);
    *close = (struct close){done, done_arg};
    cw_nice_watch_free(p->watch);
    g_signal_handlers_disconnect_by_data(p->agent, p);
    if (p->stream) nice_agent_attach_recv(p->agent, p->stream, COMPONENT, p->config.context, NULL, NULL);
    nice_agent_close_async(p->agent, on_closed, close);
    g_ptr_array_free(p->waiting, TRUE);
    g_free(p);
}

struct cw_nice_peer *cw_nice_peer_new(const struct cw_nice_peer_config *config, const struct cw_webrtc_setup *setup) {
    struct cw_nice_peer *p = g_new0(struct cw_nice_peer, 1);
    p->config = *config;
    p->waiting = g_ptr_array_new_with_free_func(g_free);
    cw_strlcpy(p->local_ufrag, setup->local.ufrag, sizeof p->local_ufrag);
    p->agent = make_agent(p, setup->ice_controlling);
    if (!start(p, setup)) {
        cw_nice_peer_free(p, NULL, NULL);
        return NULL;
    }
    set_remote(p, setup);
    return p;
}

const uint64_t *cw_nice_peer_leg(const struct cw_nice_peer *p) { return &p->config.leg; }
