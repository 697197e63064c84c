// A call to an endpoint that is described at once, without signalling (cw_endpoint.first_offer), and peers that are
// joined to such endpoints.
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "core/call_internal.h"
#include "core/node.h"
#include "core/peer_internal.h"
#include "core/session.h"

#define URI_MAX 512
#define OPTIONS_MAX (128 * 1024)

static const struct cw_endpoint *endpoint_of(const struct cw_call *c) {
    return c->plugin ? cw_plugins_endpoint_1_1(c->plugin) : NULL;
}

bool cw_call_far_offers(const struct cw_call *c) {
    const struct cw_endpoint *endpoint = endpoint_of(c);
    return endpoint && endpoint->first_offer;
}

static int dial(struct cw_call *c, const struct cw_call_params *params, struct cw_problem *problem) {
    struct cw_plugin_error error = {0};
    char *options = params->options ? json_dumps(params->options, JSON_COMPACT) : NULL;
    struct cw_dial dial = {.to = params->to, .from = params->from, .account = params->account, .options = options};
    int err = c->plugin->plugin->endpoint->dial(c->plugin->self, c->leg, &dial, &c->plugin_leg, &error);
    free(options);
    return err ? cw_call_plugin_problem(problem, &error) : 0;
}

// The endpoint's offer, which decides about the call's codecs.
static int take_offer(struct cw_call *c, const char *pointer, struct cw_problem *problem) {
    struct cw_jsep_error error = {0};
    const char *offer = endpoint_of(c)->first_offer(c->plugin_leg);
    if (!offer) return cw_problem_set(problem, 503, "no_memory", NULL, "Out of memory.");
    if (cw_jsep_set_remote(c->far, CW_JSEP_OFFER, offer, strlen(offer), &error))
        return cw_peer_jsep_problem(problem, &error, pointer);
    cw_call_follow_offer(c);
    if (c->codec_count) return 0;
    return cw_problem_set(problem, 422, "no_common_codec", pointer,
                          "The endpoint has no codec that this call may use.");
}

static int give_answer(struct cw_call *c, const char *pointer, struct cw_problem *problem) {
    char *ours = NULL;
    if (cw_call_far_answer(c, &ours))
        return cw_problem_set(problem, 422, "no_common_codec", pointer,
                              "The call's two sides have no codec in common.");
    int err = cw_call_far_apply(c);
    if (!err) err = endpoint_of(c)->answer_reoffer(c->plugin_leg, 200, ours);
    free(ours);
    return err ? cw_call_far_failed(problem, err) : 0;
}

// As with an incoming call the far side comes first, and the browser gets what it understands.
int cw_call_dial_offered(struct cw_call *c, struct cw_session *s, const struct cw_call_params *params,
                         struct cw_problem *problem) {
    const char *pointer = json_object_get(params->options, "sdp") ? "/options/sdp" : "/to";
    char host[256];
    cw_call_uri_host(params->to, host, sizeof host);
    int err = cw_call_far_open(c, host);
    if (err) return cw_call_far_failed(problem, err);
    err = dial(c, params, problem);
    if (err) return err;
    err = take_offer(c, pointer, problem);
    if (!err && !c->peer) err = cw_call_make_peer(c, s, params->sdp, problem); // of a transfer it is there
    if (!err) err = give_answer(c, pointer, problem);
    if (err) endpoint_of(c)->hangup(c->plugin_leg, 0, NULL);
    if (err) c->plugin_leg = NULL;
    return err;
}

// ---------------------------------------------------------------- joined peers

int cw_call_join(struct cw_session *s, struct cw_plugin_slot *plugin, const struct cw_peer_params *params,
                 struct cw_peer **out, struct cw_problem *problem) {
    struct cw_plugin_error error = {0};
    struct cw_call *c;
    char uri[URI_MAX];
    char *text = params->options ? json_dumps(params->options, JSON_COMPACT) : NULL;
    int err = plugin->plugin->endpoint->join(plugin->self, text, uri, sizeof uri, &error);
    free(text);
    if (err) return cw_peer_plugin_problem(problem, &error, "/options");
    struct cw_call_params call = {.to = uri, .type = params->type, .sdp = params->sdp, .options = params->options};
    err = cw_call_new(s, &call, &c, problem);
    if (err) return err;
    c->peer->joined = plugin;
    *out = c->peer;
    return 0;
}

int cw_call_set_options(void *call, const json_t *patch, struct cw_problem *problem) {
    struct cw_call *c = call;
    const struct cw_endpoint *endpoint = endpoint_of(c);
    struct cw_plugin_error error = {0};
    if (!endpoint || !endpoint->set_options || !c->plugin_leg)
        return cw_problem_set(problem, 409, "no_options", NULL, "This peer has no options that can be changed.");
    char *text = json_dumps(patch, JSON_COMPACT);
    int err = endpoint->set_options(c->plugin_leg, text, &error);
    free(text);
    return err ? cw_peer_plugin_problem(problem, &error, "") : 0;
}

json_t *cw_call_options(void *call) {
    const struct cw_call *c = call;
    const struct cw_endpoint *endpoint = endpoint_of(c);
    if (!endpoint || !endpoint->get_options || !c->plugin_leg) return json_object();
    char *text = g_malloc(OPTIONS_MAX);
    json_t *options = endpoint->get_options(c->plugin_leg, text, OPTIONS_MAX) ? NULL : json_loads(text, 0, NULL);
    g_free(text);
    return options ? options : json_object();
}
