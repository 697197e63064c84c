// The DTMF bridge: joins a browser to a plain RTP endpoint, which is told what to expect by its URI and never asked.
// The host makes the leg, the bridge between the two, and turns digits into RFC 4733 events and back; this plugin
// speaks for the endpoint in the host's negotiation.
//
//     dial(rtp:…) ─▶ first_offer: the endpoint's SDP ─▶ answer_reoffer: ours, kept for GET …/options ─▶ leg_answered
//     PATCH …/options ─▶ leg_reoffer: its new SDP ─▶ answer_reoffer          hold: reoffer ─▶ leg_reoffer_done
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cw_plugin.h"
#include "dtmf/describe.h"

struct plugin {
    const struct cw_host *host;
    struct leg *legs;
};

struct leg {
    struct plugin *plugin;
    struct leg *next, **back;
    cw_handle handle;
    struct dtmf_target target;
    char *given;      // the endpoint's own SDP, set by the API; NULL: made from target
    char *offer;      // what first_offer gave
    char *ours;       // the gateway's description towards the endpoint
    unsigned version; // of the descriptions that are made
    int status;       // what the host said to the last description
    bool answered;
};

// ---------------------------------------------------------------- what is told to the host later

// Not from inside the host's calls: a task finds the leg again, if it is still there.
struct task {
    struct plugin *plugin;
    cw_handle handle;
    char *sdp; // the answer to a re-offer; NULL: the call is answered
};

static struct leg *find(const struct plugin *plugin, cw_handle handle) {
    for (struct leg *leg = plugin->legs; leg; leg = leg->next)
        if (leg->handle == handle) return leg;
    return NULL;
}

static void drop_task(void *arg) {
    struct task *task = arg;
    free(task->sdp);
    free(task);
}

static void run_task(void *arg) {
    const struct task *task = arg;
    const struct cw_host *host = task->plugin->host;
    // A leg that ends meanwhile is no fault.
    if (find(task->plugin, task->handle)) {
        if (task->sdp)
            (void)host->leg_reoffer_done(host, task->handle, 200, task->sdp);
        else
            (void)host->leg_answered(host, task->handle, NULL);
    }
    drop_task(arg);
}

// Takes sdp.
static int tell_later(const struct leg *leg, char *sdp) {
    struct task *task = malloc(sizeof *task);
    if (!task) {
        free(sdp);
        return CW_RESULT_NO_MEMORY;
    }
    *task = (struct task){leg->plugin, leg->handle, sdp};
    leg->plugin->host->run_on_control(leg->plugin->host, run_task, drop_task, task);
    return 0;
}

// ---------------------------------------------------------------- options

// options: an object with what a target may have, and "sdp". *sdp: a copy, or NULL if it is not named.
static int read_options(const char *text, struct dtmf_target *target, char **sdp, struct cw_plugin_error *error) {
    json_t *options = json_loads(text ? text : "{}", JSON_REJECT_DUPLICATES, NULL);
    const json_t *given = json_object_get(options, "sdp");
    int err = 0;
    *sdp = NULL;
    if (!json_is_object(options))
        err = dtmf_refuse(error, "invalid_option", "", "options must be an object");
    else if (given && (!json_is_string(given) || json_string_length(given) > DTMF_SDP_MAX))
        err = dtmf_refuse(error, "invalid_option", "sdp", "must be a session description of at most 64 kB");
    if (!err) err = dtmf_target_patch(target, options, error);
    if (!err && given) {
        *sdp = strdup(json_string_value(given));
        if (!*sdp) err = CW_RESULT_NO_MEMORY;
        if (*sdp && !dtmf_sdp_address(*sdp, target->host, sizeof target->host, &target->port)) {
            err = dtmf_refuse(error, "invalid_option", "sdp", "has no audio with an address and a port");
            free(*sdp);
            *sdp = NULL;
        }
    }
    json_decref(options);
    return err;
}

static int join(void *self, const char *options, char *uri, size_t cap, struct cw_plugin_error *error) {
    struct dtmf_target target = {0};
    char *sdp;
    (void)self;
    int err = read_options(options, &target, &sdp, error);
    if (err) return err;
    free(sdp); // dial gets it again
    if (!target.port)
        return dtmf_refuse(error, "missing_field", "to", "the endpoint's URI (rtp:ADDRESS:PORT) or its sdp");
    return dtmf_target_uri(&target, uri, cap);
}

// The endpoint's SDP as it is now, towards us.
static char *describe(struct leg *leg, const char *direction) {
    if (leg->given) return dtmf_redirect(leg->given, direction);
    return dtmf_describe(&leg->target, direction, ++leg->version);
}

static int refused(const struct leg *leg, bool by_sdp, struct cw_plugin_error *error) {
    dtmf_refuse(error, "sdp_refused", by_sdp ? "sdp" : "",
                "the gateway cannot use this endpoint: no codec in common, or SRTP");
    error->status = 422;
    if (leg->status != 491) return CW_RESULT_INVALID;
    dtmf_refuse(error, "wrong_state", "", "the endpoint is being re-negotiated, try again");
    error->status = 409;
    return CW_RESULT_WRONG_STATE;
}

static int set_options(void *object, const char *patch, struct cw_plugin_error *error) {
    struct leg *leg = object;
    const struct cw_host *host = leg->plugin->host;
    struct dtmf_target target = leg->target, old = leg->target;
    char *given, *old_given = leg->given;
    int err = read_options(patch, &target, &given, error);
    if (err) return err;
    leg->target = target;
    leg->given = given;
    leg->status = 0;
    char *sdp = given ? strdup(given) : describe(leg, "sendrecv");
    err = sdp ? host->leg_reoffer(host, leg->handle, sdp) : CW_RESULT_NO_MEMORY;
    free(sdp);
    if (!err && leg->status != 200) err = refused(leg, given != NULL, error);
    if (err) {
        leg->target = old;
        leg->given = old_given;
        free(given);
    } else {
        free(old_given);
    }
    return err;
}

static int get_options(void *object, char *out, size_t cap) {
    const struct leg *leg = object;
    json_t *options = dtmf_target_json(&leg->target);
    json_object_set_new(options, "sdp", leg->ours ? json_string(leg->ours) : json_null());
    size_t len = json_dumpb(options, out, cap, JSON_COMPACT);
    json_decref(options);
    if (!len || len >= cap) return CW_RESULT_INVALID;
    out[len] = '\0';
    return 0;
}

// ---------------------------------------------------------------- the leg

static int check(void *self, const char *uri, struct cw_plugin_error *error) {
    struct dtmf_target target;
    (void)self;
    return dtmf_target_parse(&target, uri, error);
}

static void free_leg(struct leg *leg) {
    *leg->back = leg->next;
    if (leg->next) leg->next->back = leg->back;
    free(leg->given);
    free(leg->offer);
    free(leg->ours);
    free(leg);
}

static int dial(void *self, cw_handle handle, const struct cw_dial *dial, void **out, struct cw_plugin_error *error) {
    struct plugin *plugin = self;
    struct dtmf_target target, ignored = {0};
    char *given = NULL;
    int err = dtmf_target_parse(&target, dial->to, error);
    if (!err && dial->options)
        err = read_options(dial->options, &ignored, &given, error); // the URI has all but the SDP
    if (err) return err;
    struct leg *leg = calloc(1, sizeof *leg);
    if (!leg) {
        free(given);
        return CW_RESULT_NO_MEMORY;
    }
    *leg = (struct leg){.plugin = plugin,
                        .next = plugin->legs,
                        .back = &plugin->legs,
                        .handle = handle,
                        .target = target,
                        .given = given};
    if (leg->next) leg->next->back = &leg->next;
    plugin->legs = leg;
    *out = leg;
    return 0;
}

static const char *first_offer(void *object) {
    struct leg *leg = object;
    free(leg->offer);
    leg->offer = leg->given ? strdup(leg->given) : describe(leg, "sendrecv");
    return leg->offer;
}

static void keep_ours(struct leg *leg, const char *sdp) {
    char *copy = sdp ? strdup(sdp) : NULL;
    if (!copy) return;
    free(leg->ours);
    leg->ours = copy;
}

static int answer_reoffer(void *object, int status, const char *sdp) {
    struct leg *leg = object;
    leg->status = status;
    keep_ours(leg, sdp);
    if (leg->answered || status != 200) return 0;
    leg->answered = true;
    return tell_later(leg, NULL);
}

// The gateway holds or resumes. The endpoint hears nothing of it but the silence, unless its SDP is exchanged
// elsewhere.
static int reoffer(void *object, const char *sdp) {
    struct leg *leg = object;
    keep_ours(leg, sdp);
    char *answer = describe(leg, dtmf_answering_direction(sdp));
    return answer ? tell_later(leg, answer) : CW_RESULT_NO_MEMORY;
}

static void hangup(void *object, int status, const char *reason) {
    (void)status, (void)reason;
    free_leg(object);
}

// ---------------------------------------------------------------- the plugin

static int init(const struct cw_host *host, void **self, struct cw_plugin_error *error) {
    struct plugin *plugin = calloc(1, sizeof *plugin);
    (void)error;
    if (!plugin) return CW_RESULT_NO_MEMORY;
    plugin->host = host;
    *self = plugin;
    return 0;
}

static void fini(void *self) {
    struct plugin *plugin = self;
    while (plugin->legs) free_leg(plugin->legs);
    free(plugin);
}

static const char *const schemes[] = {"rtp", NULL};

static const struct cw_endpoint endpoint = {.schemes = schemes,
                                            .check = check,
                                            .dial = dial,
                                            .hangup = hangup,
                                            .reoffer = reoffer,
                                            .answer_reoffer = answer_reoffer,
                                            .first_offer = first_offer,
                                            .join = join,
                                            .set_options = set_options,
                                            .get_options = get_options};

CW_PLUGIN_EXPORT extern const struct cw_plugin cw_plugin_entry;
const struct cw_plugin cw_plugin_entry = {.abi_major = CW_ABI_MAJOR,
                                          .abi_minor = CW_ABI_MINOR,
                                          .size = sizeof(struct cw_plugin),
                                          .name = "dtmf",
                                          .version = "1.0",
                                          .description =
                                              "Joins a peer to a plain RTP endpoint (rtp:), digits as RFC 2833 events",
                                          .init = init,
                                          .fini = fini,
                                          .endpoint = &endpoint};
