// Notes of the sip thread, run on the control thread: they become the host's leg_* calls.
#include <stdio.h>
#include <stdlib.h>

#include "plugin.h"

struct delivery {
    struct cw_sip_plugin *plugin;
    struct cw_sip_note *note;
};

void cw_sip_plugin_unref(struct cw_sip_plugin *plugin) {
    if (atomic_fetch_sub(&plugin->references, 1) != 1) return;
    cw_sip_config_fini(&plugin->config);
    cw_sip_table_fini(&plugin->legs);
    free(plugin);
}

static void free_delivery(struct delivery *delivery) {
    cw_sip_plugin_unref(delivery->plugin);
    free(delivery->note);
    free(delivery);
}

static void drop(void *arg) { free_delivery(arg); }

// ---------------------------------------------------------------- legs

struct cw_sip_leg *cw_sip_leg_new(struct cw_sip_plugin *plugin, uint64_t id, cw_handle handle) {
    struct cw_sip_leg *leg = calloc(1, sizeof *leg);
    if (!leg) return NULL;
    *leg = (struct cw_sip_leg){.plugin = plugin, .id = id, .handle = handle, .incoming = id & 1};
    if (cw_sip_table_add(&plugin->legs, id, leg) < 0) {
        free(leg);
        return NULL;
    }
    return leg;
}

void cw_sip_leg_free(struct cw_sip_leg *leg) {
    cw_sip_table_remove(&leg->plugin->legs, leg->id);
    free(leg);
}

static void log_leg(const struct cw_sip_plugin *plugin, const char *event, cw_handle handle, uint64_t id, int status) {
    char text[128];
    snprintf(text, sizeof text, "leg=%llu sip_leg=%llu status=%d", (unsigned long long)handle, (unsigned long long)id,
             status);
    plugin->host->log(plugin->host, CW_HOST_INFO, event, text);
}

// ---------------------------------------------------------------- notes

static void refuse(struct cw_sip_plugin *plugin, uint64_t id, int status) {
    const struct cw_sip_note note = {.kind = CW_SIP_HANGUP, .leg = id, .status = status};
    if (cw_sip_stack_post(plugin->stack, &note) < 0)
        plugin->host->log(plugin->host, CW_HOST_ERROR, "sip.memory", "what=refusal");
}

void cw_sip_leg_set_dtmf(const struct cw_sip_leg *leg, const char *account) {
    const struct cw_host *host = leg->plugin->host;
    if (host->size <= offsetof(struct cw_host, leg_dtmf_mode)) return; // a host of ABI 1.0
    host->leg_dtmf_mode(host, leg->handle, cw_sip_config_dtmf(&leg->plugin->config, account));
}

static void on_incoming(struct cw_sip_plugin *plugin, const struct cw_sip_note *note) {
    const struct cw_sip_leg *replaced = cw_sip_table_find(&plugin->legs, note->other);
    if (note->other != 0 && !replaced) { // it ended in between
        refuse(plugin, note->leg, 481);
        return;
    }
    struct cw_sip_leg *leg = cw_sip_leg_new(plugin, note->leg, 0);
    if (!leg) {
        refuse(plugin, note->leg, 503);
        return;
    }
    const struct cw_incoming incoming = {.to_user = note->to_user,
                                         .to = note->to,
                                         .from = note->from,
                                         .display = note->display,
                                         .account = note->account,
                                         .sdp = note->sdp,
                                         .headers = note->headers,
                                         .header_count = note->header_count,
                                         .replaces = replaced ? replaced->handle : 0};
    cw_handle handle = 0;
    int result = plugin->host->call_incoming(plugin->host, &incoming, leg, &handle);
    log_leg(plugin, "sip.incoming", handle, note->leg, result);
    if (result == 0) {
        leg->handle = handle;
        cw_sip_leg_set_dtmf(leg, note->account);
        return;
    }
    cw_sip_leg_free(leg);
    refuse(plugin, note->leg, result >= 300 && result < 700 ? result : 500);
}

static void on_ended(struct cw_sip_leg *leg, const struct cw_sip_note *note) {
    const struct cw_sip_plugin *plugin = leg->plugin;
    const struct cw_leg_status status = {
        .status = note->status, .reason = note->reason, .code = note->code, .q850 = note->q850};
    cw_handle handle = leg->handle;
    log_leg(plugin, "sip.ended", handle, leg->id, note->status);
    cw_sip_leg_free(leg);
    plugin->host->leg_ended(plugin->host, handle, &status);
}

static int status_of_refusal(int result) {
    switch (result) {
    case CW_RESULT_INVALID: return 400;
    case CW_RESULT_NOT_FOUND: return 481;
    case CW_RESULT_WRONG_STATE: return 491;
    default: return 603;
    }
}

static void on_referred(const struct cw_sip_leg *leg, const struct cw_sip_note *note) {
    struct cw_sip_plugin *plugin = leg->plugin;
    const struct cw_host *host = plugin->host;
    const struct cw_refer refer = {.to = note->to, .replaces = note->body, .by = note->from};
    struct cw_sip_note done = {.kind = CW_SIP_REFER_DONE, .leg = leg->id};
    bool knows = host->size > offsetof(struct cw_host, leg_refer) && host->leg_refer;
    int result = knows ? host->leg_refer(host, leg->handle, &refer) : CW_RESULT_UNSUPPORTED;
    done.status = result == 0 ? 100 : status_of_refusal(result);
    if (cw_sip_stack_post(plugin->stack, &done) < 0) host->log(host, CW_HOST_ERROR, "sip.memory", "what=refer");
}

// The host may hang the leg up inside any of these: leg is not touched after them.
static void on_leg_note(struct cw_sip_leg *leg, const struct cw_sip_note *note) {
    const struct cw_host *host = leg->plugin->host;
    const struct cw_leg_status status = {.status = note->status, .reason = note->reason};
    switch (note->kind) {
    case CW_SIP_PROGRESS: host->leg_progress(host, leg->handle, &status, note->sdp); break;
    case CW_SIP_ANSWERED: host->leg_answered(host, leg->handle, note->sdp); break;
    case CW_SIP_REOFFERED: host->leg_reoffer(host, leg->handle, note->sdp); break;
    case CW_SIP_REOFFER_DONE: host->leg_reoffer_done(host, leg->handle, note->status, note->sdp); break;
    case CW_SIP_GOT_INFO: host->leg_info(host, leg->handle, note->type, note->body); break;
    case CW_SIP_GOT_MESSAGE: host->leg_message(host, leg->handle, note->type, note->body); break;
    case CW_SIP_REFERRED: on_referred(leg, note); break;
    case CW_SIP_ENDED: on_ended(leg, note); break;
    default: break;
    }
}

static void run(void *arg) {
    struct delivery *delivery = arg;
    struct cw_sip_plugin *plugin = delivery->plugin;
    const struct cw_sip_note *note = delivery->note;
    if (!plugin->closed) {
        struct cw_sip_leg *leg = cw_sip_table_find(&plugin->legs, note->leg);
        if (note->kind == CW_SIP_NODE_EVENT)
            plugin->host->node_event(plugin->host, note->type, note->body);
        else if (note->kind == CW_SIP_INCOMING)
            on_incoming(plugin, note);
        else if (leg)
            on_leg_note(leg, note);
    }
    free_delivery(delivery);
}

void cw_sip_deliver(void *context, const struct cw_sip_note *note) {
    struct cw_sip_plugin *plugin = context;
    struct delivery *delivery = malloc(sizeof *delivery);
    struct cw_sip_note *copy = cw_sip_note_copy(note);
    if (!delivery || !copy) {
        free(delivery);
        free(copy);
        plugin->host->log(plugin->host, CW_HOST_ERROR, "sip.memory", "what=note");
        return;
    }
    *delivery = (struct delivery){.plugin = plugin, .note = copy};
    atomic_fetch_add(&plugin->references, 1);
    plugin->host->run_on_control(plugin->host, run, drop, delivery);
}
