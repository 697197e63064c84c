// Calls by Causeway's REST API: one POST gives the answer.
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "bench/driver.h"
#include "bench/http_client.h"
#include "bench/stamp.h"

static struct http_client *client;
static enum driver_kind kind;
static char phone[CW_ADDR_SIZE + 16];

static int open_driver(const struct driver_options *options) {
    char text[CW_ADDR_SIZE];
    kind = options->kind;
    snprintf(phone, sizeof phone, "sip:phone@%s", cw_addr_text(&options->phone, text));
    return http_client_new(&client, options->epoll, &options->server);
}

static void on_session(void *arg, int status, const char *body) {
    struct browser *browser = arg;
    json_t *json = json_loads(body, 0, NULL);
    const char *id = json_string_value(json_object_get(json, "id"));
    const char *token = json_string_value(json_object_get(json, "token"));
    if (status == 201 && id && token) {
        cw_strlcpy(browser->session, id, sizeof browser->session);
        cw_strlcpy(browser->token, token, sizeof browser->token);
        browser_set_state(browser, BROWSER_PREPARED);
    } else {
        browser_fail(browser, "no session");
    }
    json_decref(json);
}

static void prepare(struct browser *browser) {
    http_request(client, "POST", "/v1/sessions", "", "{}", on_session, browser);
}

static void on_answer(void *arg, int status, const char *body) {
    struct browser *browser = arg;
    json_t *json = json_loads(body, 0, NULL);
    const char *sdp = json_string_value(json_object_get(json_object_get(json, "description"), "sdp"));
    if (status == 201 && sdp)
        browser_answer(browser, sdp);
    else
        browser_fail(browser, status == 503 ? "refused with 503" : "no answer");
    json_decref(json);
}

static void make_headers(const struct browser *browser, char *out, size_t cap) {
    snprintf(out, cap, "Authorization: Bearer %s\r\n", browser->token);
}

static void call(struct browser *browser, const char *offer) {
    char headers[200];
    json_t *json = json_pack("{ss s{ssss}}", "session", browser->session, "description", "type", "offer", "sdp", offer);
    if (kind == DRIVER_SIP)
        json_object_set_new(json, "to", json_string(phone));
    else
        json_object_set_new(json, "plugin", json_string("echo"));
    char *body = json_dumps(json, JSON_COMPACT);
    make_headers(browser, headers, sizeof headers);
    http_request(client, "POST", kind == DRIVER_SIP ? "/v1/calls" : "/v1/peers", headers, body, on_answer, browser);
    free(body);
    json_decref(json);
}

static void on_deleted(void *arg, int status, const char *body) { (void)arg, (void)status, (void)body; }

static void hang_up(struct browser *browser) {
    char path[96], headers[200];
    snprintf(path, sizeof path, "/v1/sessions/%s", browser->session);
    make_headers(browser, headers, sizeof headers);
    http_request(client, "DELETE", path, headers, NULL, on_deleted, browser);
}

const struct driver driver_causeway = {"causeway", open_driver, prepare, call, hang_up};
