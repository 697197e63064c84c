// Sessions and their events over REST.
#include "core/node.h"
#include "core/session.h"
#include "signaling/rest.h"
#include "signaling/stream.h"

// What the browser's RTCPeerConnection takes as iceServers.
static json_t *ice_servers(const struct cw_config *config) {
    json_t *servers = json_array();
    for (unsigned i = 0; i < cw_config_count(config, "ice.servers"); i++) {
        json_t *urls = json_array(), *server = json_pack("{s:o}", "urls", urls);
        for (unsigned k = 0; k < cw_config_count(config, "ice.servers[%u].urls", i); k++)
            json_array_append_new(urls, json_string(cw_config_item(config, k, "ice.servers[%u].urls", i)));
        const char *user = cw_config_string(config, "ice.servers[%u].username", i);
        const char *credential = cw_config_string(config, "ice.servers[%u].credential", i);
        if (*user) json_object_set_new(server, "username", json_string(user));
        if (*credential) json_object_set_new(server, "credential", json_string(credential));
        json_array_append_new(servers, server);
    }
    return servers;
}

int cw_rest_create_session(struct cw_request *r, struct cw_answer *a) {
    struct cw_session_params params = {
        .endpoint = cw_rest_string(r, "endpoint"),
        .metadata = json_object_get(r->body, "metadata"),
    };
    struct cw_session *s;
    if (json_is_null(params.metadata)) params.metadata = NULL;
    int err = cw_session_new(r->node, &params, &s, &a->problem);
    if (err) return err;
    json_t *json = cw_session_json(s);
    json_object_set_new(json, "token", json_string(s->token));
    json_object_set_new(json, "events", json_sprintf("/v1/sessions/%s/events", s->id));
    json_object_set_new(json, "ice_servers", ice_servers(r->node->config));
    return cw_rest_created(a, "/v1/sessions", s->id, json);
}

static json_t *session_json(const void *session) { return cw_session_json(session); }

int cw_rest_list_sessions(struct cw_request *r, struct cw_answer *a) {
    GArray *items = g_array_new(FALSE, FALSE, sizeof(struct cw_rest_item));
    GHashTableIter i;
    gpointer value;
    g_hash_table_iter_init(&i, r->node->sessions);
    while (g_hash_table_iter_next(&i, NULL, &value)) {
        const struct cw_session *s = value;
        struct cw_rest_item item = {s->created_wall_us, s->id, s};
        g_array_append_val(items, item);
    }
    int err = cw_rest_page(r, a, items, session_json);
    g_array_free(items, TRUE);
    return err;
}

int cw_rest_get_session(struct cw_request *r, struct cw_answer *a) {
    struct cw_session *s = cw_rest_session(r, a);
    if (!s) return -1;
    a->json = cw_session_json(s);
    return 0;
}

int cw_rest_delete_session(struct cw_request *r, struct cw_answer *a) {
    struct cw_session *s = cw_rest_session(r, a);
    if (!s) return -1;
    cw_session_end(s, "deleted");
    return 0;
}

// A client that says nothing of where it was begins at the oldest event that is remembered: what came between the
// creation of the session and the opening of its stream is not lost.
int cw_rest_session_events(struct cw_request *r, struct cw_answer *a) {
    struct cw_session *s = cw_rest_session(r, a);
    return s ? cw_stream_open(r, s->events, "0") : -1;
}

int cw_rest_node_events(struct cw_request *r, struct cw_answer *a) {
    (void)a;
    return cw_stream_open(r, r->node->events, NULL);
}
