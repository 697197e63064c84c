// An incoming call: which session it rings, and the first offer.
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "core/call_internal.h"
#include "core/far.h"
#include "core/node.h"
#include "core/owner.h"
#include "core/peer_internal.h"
#include "core/session.h"

// The address in the first c= line, for choosing our own; "" if none. The SDP is checked by whoever negotiates it.
static void sdp_host(const char *sdp, char *out, size_t cap) {
    const char *c = sdp ? strstr(sdp, "\nc=IN IP") : NULL;
    out[0] = '\0';
    if (!c) return;
    c += 10; // "\nc=IN IP4 "
    size_t len = strcspn(c, "/\r\n ");
    if (len < cap) {
        memcpy(out, c, len);
        out[len] = '\0';
    }
}

// 0, or the SIP status to refuse with.
static int prepare(struct cw_call *c, struct cw_session *s, const struct cw_incoming *in) {
    struct cw_problem problem = {0};
    struct cw_jsep_error error = {0};
    char host[CW_ADDR_SIZE];
    sdp_host(in->sdp, host, sizeof host);
    cw_call_take_codecs(c, NULL, &problem);
    c->late_offer = in->sdp == NULL;
    if (cw_call_far_open(c, host[0] ? host : NULL)) return 503;
    if (in->sdp && cw_jsep_set_remote(c->far, CW_JSEP_OFFER, in->sdp, strlen(in->sdp), &error)) {
        cw_info("call.refused", "call=%s code=%s line=%d", c->id, error.code, error.line);
        return error.code && strcmp(error.code, "bad_sdp") == 0 ? 400 : 488;
    }
    if (in->sdp) cw_call_follow_offer(c);
    if (!c->codec_count) return 488;
    if (cw_call_make_peer(c, s, NULL, &problem)) return 500;
    return 0;
}

static json_t *headers_json(const struct cw_incoming *in) {
    json_t *headers = json_object();
    for (size_t i = 0; i < in->header_count; i++)
        json_object_set_new(headers, in->headers[i].name, json_string(in->headers[i].value));
    return headers;
}

int cw_far_incoming(struct cw_plugin_slot *slot, const struct cw_incoming *in, void *leg, cw_handle *handle) {
    struct cw_node *node = slot->node;
    struct cw_owner *replaced = in->replaces ? cw_owner_find(node, in->replaces) : NULL;
    struct cw_session *s =
        replaced && replaced->call ? cw_call_session(replaced->call) : cw_session_find_endpoint(node, in->to_user);
    if (!s) return 404;
    if (node->draining || (int64_t)g_hash_table_size(node->calls) >= cw_config_int(node->config, "calls.max_calls"))
        return 503;
    struct cw_call *c = cw_call_make(s, true);
    c->plugin = slot;
    c->to = g_strdup(in->to);
    c->from = g_strdup(in->from);
    c->display = g_strdup(in->display);
    c->account = g_strdup(in->account);
    json_decref(c->headers);
    c->headers = headers_json(in);
    // The leg's worker is chosen first, the browser's leg follows it.
    int status = prepare(c, s, in);
    if (status) {
        cw_call_discard(c);
        return status;
    }
    c->plugin_leg = leg;
    c->replaces = in->replaces;
    c->ring_deadline = node->now + cw_config_int(node->config, "calls.timeout_ms") * CW_MS;
    c->ringing_wall_us = cw_clock_wall_us();
    node->metrics.calls_incoming++;
    *handle = c->leg;
    char from[128];
    cw_info("call.incoming", "session=%s call=%s from=\"%s\"", s->id, c->id, cw_log_quote(from, sizeof from, c->from));
    cw_call_event(c, "call.incoming",
                  json_pack("{s:s?, s:s?, s:s?, s:s?, s:O, s:o}", "from", c->from, "to", c->to, "display", c->display,
                            "account", c->account, "headers", c->headers, "description",
                            cw_peer_local_description(c->peer)));
    slot->plugin->endpoint->ring(leg, 180, NULL);
    return 0;
}
