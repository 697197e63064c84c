// Calls by Janus's HTTP API: a session and a handle for each browser; answers come by long-poll.
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "bench/driver.h"
#include "bench/http_client.h"

static struct http_client *client;
static enum driver_kind kind;
static char phone[CW_ADDR_SIZE + 16], address[CW_ADDR_SIZE];

static int open_driver(const struct driver_options *options) {
    char text[CW_ADDR_SIZE];
    kind = options->kind;
    cw_addr_ip(&options->phone, address);
    snprintf(phone, sizeof phone, "sip:phone@%s", cw_addr_text(&options->phone, text));
    return http_client_new(&client, options->epoll, &options->server);
}

static void post(struct browser *browser, json_t *json, http_done *done) {
    char path[160];
    snprintf(path, sizeof path, "/janus%s%s%s%s", *browser->session ? "/" : "", browser->session,
             *browser->handle ? "/" : "", browser->handle);
    json_object_set_new(json, "transaction", json_string("t"));
    char *body = json_dumps(json, JSON_COMPACT);
    http_request(client, "POST", path, "", body, done, browser);
    free(body);
    json_decref(json);
}

// ---------------------------------------------------------------- events

static void on_event(void *arg, int status, const char *body);

static void wait_event(struct browser *browser) {
    char path[160];
    snprintf(path, sizeof path, "/janus/%s?maxev=1", browser->session);
    http_request(client, "GET", path, "", NULL, on_event, browser);
}

static void on_event(void *arg, int status, const char *body) {
    struct browser *browser = arg;
    json_t *json = json_loads(body, 0, NULL);
    json_t *data = json_object_get(json_object_get(json, "plugindata"), "data");
    const char *event = json_string_value(json_object_get(json_object_get(data, "result"), "event"));
    const char *sdp = json_string_value(json_object_get(json_object_get(json, "jsep"), "sdp"));
    if (status != 200 || json_object_get(data, "error")) {
        browser_fail(browser, "an error event");
    } else if (sdp) {
        browser_answer(browser, sdp); // and no more polling
    } else if (event && strcmp(event, "registered") == 0) {
        browser_set_state(browser, BROWSER_PREPARED);
    } else {
        wait_event(browser);
    }
    json_decref(json);
}

static void on_taken(void *arg, int status, const char *body) {
    struct browser *browser = arg;
    if (status != 200 || strstr(body, "\"error\"")) browser_fail(browser, "a request refused");
}

// ---------------------------------------------------------------- a session and a handle

// The number of a new session or handle. False: there is none.
static bool take_id(struct browser *browser, int status, const char *body, char *out, size_t cap) {
    json_t *json = json_loads(body, 0, NULL);
    json_int_t id = json_integer_value(json_object_get(json_object_get(json, "data"), "id"));
    json_decref(json);
    if (status != 200 || !id) {
        browser_fail(browser, "no session or handle");
        return false;
    }
    snprintf(out, cap, "%lld", (long long)id);
    return true;
}

static void on_handle(void *arg, int status, const char *body) {
    struct browser *browser = arg;
    char user[CW_ADDR_SIZE + 32];
    if (!take_id(browser, status, body, browser->handle, sizeof browser->handle)) return;
    if (kind == DRIVER_ECHO) {
        browser_set_state(browser, BROWSER_PREPARED);
        return;
    }
    snprintf(user, sizeof user, "sip:browser%u@%s", browser->index, address);
    wait_event(browser);
    post(browser,
         json_pack("{ss s{ss ss ss}}", "janus", "message", "body", "request", "register", "type", "guest", "username",
                   user),
         on_taken);
}

static void on_session(void *arg, int status, const char *body) {
    struct browser *browser = arg;
    if (!take_id(browser, status, body, browser->session, sizeof browser->session)) return;
    post(browser,
         json_pack("{ss ss}", "janus", "attach", "plugin",
                   kind == DRIVER_SIP ? "janus.plugin.sip" : "janus.plugin.echotest"),
         on_handle);
}

static void prepare(struct browser *browser) { post(browser, json_pack("{ss}", "janus", "create"), on_session); }

// ---------------------------------------------------------------- a call

static void call(struct browser *browser, const char *offer) {
    json_t *body = kind == DRIVER_SIP ? json_pack("{ss ss}", "request", "call", "uri", phone)
                                      : json_pack("{sb sb}", "audio", 1, "video", 0);
    wait_event(browser);
    post(browser,
         json_pack("{ss so s{ss ss}}", "janus", "message", "body", body, "jsep", "type", "offer", "sdp", offer),
         on_taken);
}

static void on_ended(void *arg, int status, const char *body) { (void)arg, (void)status, (void)body; }

static void hang_up(struct browser *browser) {
    browser->handle[0] = 0;
    post(browser, json_pack("{ss}", "janus", "destroy"), on_ended);
}

const struct driver driver_janus = {"janus", open_driver, prepare, call, hang_up};
