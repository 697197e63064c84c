// The REST resources on a real node, called without HTTP.
#include "rest_stub.h"
#include "test.h"

#define CONFIG                                                                                                         \
    "media: {workers: 1, addresses: [127.0.0.1]}\nsession: {max_sessions: 9}\n"                                        \
    "ice: {servers: [{urls: [\"stun:a.example\"], username: u, credential: c}]}\n"

static void sessions_live_and_end(void) {
    struct rest r;
    char id[64], token[64], path[128];
    rest_start(&r, CONFIG);
    CHECK_INT(rest_ask(&r, "POST", "/v1/sessions", "{\"endpoint\":\"alice\",\"metadata\":{\"a\":1}}", NULL), 201);
    snprintf(id, sizeof id, "%s", rest_string("id"));
    snprintf(token, sizeof token, "%s", rest_string("token"));
    snprintf(path, sizeof path, "/v1/sessions/%s", id);
    CHECK_STR(rest_answer.reply.location, path);
    CHECK_STR(rest_string("endpoint"), "alice");
    CHECK_INT(json_integer_value(json_object_get(rest_answer.json, "expires_in_ms")), 60000);
    json_t *server = json_array_get(json_object_get(rest_answer.json, "ice_servers"), 0);
    CHECK_STR(json_string_value(json_array_get(json_object_get(server, "urls"), 0)), "stun:a.example");
    CHECK_STR(json_string_value(json_object_get(server, "credential")), "c");
    CHECK_INT(rest_ask(&r, "POST", "/v1/sessions", "{\"endpoint\":\"alice\"}", NULL), 409);
    CHECK_STR(rest_string("code"), "endpoint_taken");
    CHECK_INT(rest_ask(&r, "GET", path, "", token), 200);
    CHECK(!json_object_get(rest_answer.json, "token"));
    CHECK_INT(rest_ask(&r, "DELETE", path, "", token), 204);
    CHECK_INT(rest_ask(&r, "GET", path, "", token), 401);
    CHECK_INT(rest_ask(&r, "GET", path, "", NULL), 404);
    rest_stop(&r);
}

static void a_token_reaches_its_own_session_only(void) {
    struct rest r;
    char mine[128], other[128], token[64], events[160];
    rest_start(&r, CONFIG);
    CHECK_INT(rest_ask(&r, "POST", "/v1/sessions", "{}", NULL), 201);
    snprintf(other, sizeof other, "%s", rest_answer.reply.location);
    CHECK_INT(rest_ask(&r, "POST", "/v1/sessions", "{}", NULL), 201);
    snprintf(mine, sizeof mine, "%s", rest_answer.reply.location);
    snprintf(token, sizeof token, "%s", rest_string("token"));
    CHECK_INT(rest_ask(&r, "GET", mine, "", token), 200);
    CHECK_INT(rest_ask(&r, "GET", other, "", token), 404);
    CHECK_INT(rest_ask(&r, "DELETE", other, "", token), 404);
    snprintf(events, sizeof events, "%s/events?wait_ms=0", other);
    CHECK_INT(rest_ask(&r, "GET", events, "", token), 404);
    snprintf(events, sizeof events, "%s/events?wait_ms=0", mine);
    CHECK_INT(rest_ask(&r, "GET", events, "", token), 200);
    CHECK_INT(rest_ask(&r, "GET", "/v1/sessions", "", token), 403);
    CHECK_INT(rest_ask(&r, "POST", "/v1/sessions", "{}", token), 403);
    CHECK_INT(rest_ask(&r, "GET", "/v1/events", "", token), 403);
    CHECK_INT(rest_ask(&r, "GET", "/v1", "", token), 200);
    CHECK_INT(rest_ask(&r, "GET", "/v1/calls", "", token), 200);
    char body[200];
    snprintf(body, sizeof body, "{\"session\":\"%s\",\"plugin\":\"echo\"}", other + strlen("/v1/sessions/"));
    CHECK_INT(rest_ask(&r, "POST", "/v1/peers", body, token), 404);
    CHECK_STR(rest_string("pointer"), "/session");
    CHECK_INT(rest_ask(&r, "GET", mine, "", "nonsense"), 401);
    rest_stop(&r);
}

static void lists_have_pages(void) {
    struct rest r;
    char path[256] = "/v1/sessions?limit=2";
    size_t seen = 0, pages = 0;
    rest_start(&r, CONFIG);
    for (int i = 0; i < 5; i++) CHECK_INT(rest_ask(&r, "POST", "/v1/sessions", "{}", NULL), 201);
    for (; path[0] && pages < 9; pages++) {
        CHECK_INT(rest_ask(&r, "GET", path, "", NULL), 200);
        seen += json_array_size(json_object_get(rest_answer.json, "items"));
        const char *next = rest_string("next");
        snprintf(path, sizeof path, next[0] ? "/v1/sessions?limit=2&cursor=%s" : "%s", next);
    }
    CHECK_INT(seen, 5);
    CHECK_INT(pages, 3);
    CHECK(json_is_null(json_object_get(rest_answer.json, "next")));
    CHECK_INT(rest_ask(&r, "GET", "/v1/sessions?limit=0", "", NULL), 400);
    CHECK_INT(rest_ask(&r, "GET", "/v1/sessions?cursor=x", "", NULL), 400);
    rest_stop(&r);
}

static void what_cannot_be_is_said(void) {
    struct rest r;
    char body[400], id[64];
    static char big[70000];
    rest_start(&r, CONFIG);
    CHECK_INT(rest_ask(&r, "POST", "/v1/sessions", "{}", NULL), 201);
    snprintf(id, sizeof id, "%s", rest_string("id"));
    snprintf(body, sizeof body, "{\"session\":\"%s\",\"plugin\":\"none\"}", id);
    CHECK_INT(rest_ask(&r, "POST", "/v1/peers", body, NULL), 400);
    CHECK_STR(rest_string("pointer"), "/plugin");
    snprintf(body, sizeof body,
             "{\"session\":\"%s\",\"to\":\"ftp:x\",\"description\":{\"type\":\"offer\",\"sdp\":\"v=0\\r\\n\"}}", id);
    CHECK_INT(rest_ask(&r, "POST", "/v1/calls", body, NULL), 400);
    CHECK_STR(rest_string("pointer"), "/to");
    CHECK_INT(rest_ask(&r, "POST", "/v1/calls", "{\"to\":\"sip:a\\r\\nVia: x@b\"}", NULL), 400);
    CHECK_STR(rest_string("pointer"), "/to");
    snprintf(big, sizeof big, "{\"type\":\"offer\",\"sdp\":\"%0*d\"}", 65537, 0);
    CHECK_INT(rest_ask(&r, "PUT", "/v1/peers/peer_x/description", big, NULL), 413);
    CHECK_STR(rest_string("pointer"), "/sdp");
    CHECK_INT(rest_ask(&r, "GET", "/v1/peers/peer_x", "", NULL), 404);
    CHECK_INT(rest_ask(&r, "GET", "/v1/peers/peer_x/stats", "", NULL), 404);
    CHECK_INT(rest_ask(&r, "POST", "/v1/calls/call_x/hold", "", NULL), 404);
    CHECK_INT(rest_ask(&r, "POST", "/v1/calls/call_x/dtmf", "{\"digits\":\"1\"}", NULL), 404);
    CHECK_INT(rest_ask(&r, "POST", "/v1/calls/call_x/dtmf", "{\"digits\":\"1\",\"gap_ms\":29}", NULL), 400);
    CHECK_STR(rest_string("pointer"), "/gap_ms");
    CHECK_INT(rest_ask(&r, "POST", "/v1/peers/peer_x/dtmf", "{\"digits\":\"1\",\"method\":\"mail\"}", NULL), 400);
    CHECK_STR(rest_string("pointer"), "/method");
    CHECK_INT(rest_ask(&r, "POST", "/v1/calls/call_x/record", "{}", NULL), 501);
    for (int i = 0; i < 8; i++) CHECK_INT(rest_ask(&r, "POST", "/v1/sessions", "{}", NULL), 201);
    CHECK_INT(rest_ask(&r, "POST", "/v1/sessions", "{}", NULL), 503);
    CHECK(rest_answer.reply.retry_after_s > 0);
    CHECK_INT(rest_ask(&r, "GET", "/readyz", "", NULL), 200);
    r.node->draining = true;
    CHECK_INT(rest_ask(&r, "GET", "/readyz", "", NULL), 503);
    CHECK_INT(rest_ask(&r, "GET", "/metrics", "", NULL), 200);
    CHECK(strstr(rest_answer.reply.body, "causeway_sessions 9\n") != NULL);
    rest_stop(&r);
}

static const struct cw_test tests[] = {
    TEST(sessions_live_and_end),
    TEST(a_token_reaches_its_own_session_only),
    TEST(lists_have_pages),
    TEST(what_cannot_be_is_said),
};
TEST_MAIN(tests)
