// Request bodies, routes, keys, Idempotency-Key: what the API checks without the node.
#include <glib.h>
#include <jansson.h>

#include "base/config.h"
#include "signaling/auth.h"
#include "signaling/idempotency.h"
#include "signaling/router.h"
#include "signaling/schema.h"
#include "test.h"

static const struct cw_field description_fields[] = {
    {.name = "type", .type = CW_FIELD_STRING, .required = true, .choices = "offer|answer"},
    {.name = "sdp", .type = CW_FIELD_TEXT, .required = true, .min = 1, .max = 64},
    {0},
};

static const struct cw_field fields[] = {
    {.name = "endpoint", .type = CW_FIELD_STRING, .max = 8},
    {.name = "timeout_ms", .type = CW_FIELD_INT, .min = 10, .max = 100},
    {.name = "description", .type = CW_FIELD_OBJECT, .fields = description_fields},
    {.name = "metadata", .type = CW_FIELD_FREE, .max = 40},
    {.name = "codecs", .type = CW_FIELD_STRINGS, .max = 2},
    {.name = "headers", .type = CW_FIELD_HEADERS, .max = 2},
    {.name = "record", .type = CW_FIELD_BOOL},
    {.name = "to", .type = CW_FIELD_STRING, .required = true, .min = 1},
    {0},
};

// Parses and checks text; the problem's code and pointer as "code pointer", or "ok".
static const char *verdict(const char *text, struct cw_problem *p) {
    static char out[200];
    json_t *json = NULL;
    memset(p, 0, sizeof *p);
    int err = cw_schema_parse(text, strlen(text), &json, p);
    if (!err) err = cw_schema_check(fields, json, "", p);
    json_decref(json);
    snprintf(out, sizeof out, "%s%s%s", err ? p->code : "ok", p->pointer[0] ? " " : "", p->pointer);
    return out;
}

static void bodies_are_checked_field_by_field(void) {
    static const char *const rows[][2] = {
        {"{\"to\":\"sip:a@b\"}", "ok"},
        {"{\"to\":\"a\",\"endpoint\":null,\"record\":true,\"timeout_ms\":10}", "ok"},
        {"{}", "missing_field /to"},
        {"{\"to\":null}", "wrong_type /to"},
        {"{\"to\":\"\"}", "invalid_value /to"},
        {"[]", "wrong_type"},
        {"{\"to\":\"a\",\"timeout_ms\":9}", "invalid_value /timeout_ms"},
        {"{\"to\":\"a\",\"timeout_ms\":10.5}", "wrong_type /timeout_ms"},
        {"{\"to\":\"a\",\"endpoint\":\"123456789\"}", "too_long /endpoint"},
        {"{\"to\":\"a\\r\\nVia: x\"}", "invalid_value /to"},
        {"{\"to\":\"a\",\"description\":{\"type\":\"offer\",\"sdp\":\"v=0\\r\\n\"}}", "ok"},
        {"{\"to\":\"a\",\"description\":{\"type\":\"rollback\",\"sdp\":\"v\"}}", "invalid_value /description/type"},
        {"{\"to\":\"a\",\"description\":{\"type\":\"offer\"}}", "missing_field /description/sdp"},
        {"{\"to\":\"a\",\"description\":\"v=0\"}", "wrong_type /description"},
        {"{\"to\":\"a\",\"metadata\":{\"k\":[1,{\"x\":null}]}}", "ok"},
        {"{\"to\":\"a\",\"metadata\":{\"k\":\"0123456789012345678901234567890123456789\"}}", "too_long /metadata"},
        {"{\"to\":\"a\",\"codecs\":[\"PCMU\",7]}", "wrong_type /codecs/1"},
        {"{\"to\":\"a\",\"codecs\":[\"a\",\"b\",\"c\"]}", "too_long /codecs"},
        {"{\"to\":\"a\",\"headers\":{\"X-A\":\"b\"}}", "ok"},
        {"{\"to\":\"a\",\"headers\":{\"X A\":\"b\"}}", "invalid_value /headers/X A"},
        {"{\"to\":\"a\",\"headers\":{\"X-A\":\"b\\nc\"}}", "invalid_value /headers/X-A"},
        {"{\"to\":\"a\",\"headers\":{\"X/~\":\"b\"}}", "invalid_value /headers/X~1~0"},
        {"{\"to\":\"a\",\"record\":1}", "wrong_type /record"},
        {"{\"to\":\"a\",\"to\":\"b\"}", "malformed_json"},
        {"{\"to\":\"a\\u0000b\"}", "malformed_json"},
        {"{\"to\":\"a\"} x", "malformed_json"},
        {"{\"to\":\"\xff\"}", "malformed_json"},
        {"", "malformed_json"},
    };
    struct cw_problem p;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) CHECK_STR(verdict(rows[i][0], &p), rows[i][1]);
}

static void unknown_field_gets_a_suggestion(void) {
    struct cw_problem p;
    CHECK_STR(verdict("{\"to\":\"a\",\"timeoutMs\":10}", &p), "unknown_field /timeoutMs");
    CHECK(strstr(p.detail, "did you mean \"timeout_ms\"?") != NULL);
    CHECK_STR(verdict("{\"to\":\"a\",\"zzzzzz\":10}", &p), "unknown_field /zzzzzz");
    CHECK(strstr(p.detail, "did you mean") == NULL);
}

static void malformed_json_tells_the_place(void) {
    struct cw_problem p;
    verdict("{\n \"to\": \"a\",\n \"x\" 1}", &p);
    CHECK(strstr(p.detail, "line 3, column") != NULL);
    CHECK_INT(p.status, 400);
    char deep[200] = "";
    for (int i = 0; i < 40; i++) strcat(deep, "[");
    CHECK_STR(verdict(deep, &p), "malformed_json");
    CHECK(strstr(p.detail, "levels") != NULL);
    CHECK_STR(verdict("{\"to\":\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\\\"[[[[\"}", &p), "ok");
}

static int candidates(const char *text, struct cw_problem *p) {
    json_t *json = json_loads(text, JSON_DECODE_ANY, NULL);
    int err = cw_schema_check_candidates(json, p);
    json_decref(json);
    return err;
}

static void candidates_come_alone_in_lists_or_as_null(void) {
    struct cw_problem p;
    CHECK_INT(candidates("null", &p), 0);
    CHECK_INT(candidates("{\"candidate\":\"\",\"sdpMid\":\"0\",\"sdpMLineIndex\":0,\"usernameFragment\":null}", &p), 0);
    CHECK_INT(candidates("[{\"candidate\":\"candidate:1\"},null]", &p), 0);
    CHECK(candidates("[{\"candidate\":7}]", &p) < 0);
    CHECK_STR(p.pointer, "/0/candidate");
    CHECK(candidates("\"x\"", &p) < 0);
    char many[600] = "[";
    for (int i = 0; i < 101; i++) strcat(many, i ? ",null" : "null");
    CHECK(candidates(strcat(many, "]"), &p) < 0);
    CHECK_STR(p.code, "too_long");
}

static const struct cw_route routes[] = {
    {.method = "GET", .pattern = "/v1/peers"},
    {.method = "POST", .pattern = "/v1/peers"},
    {.method = "GET", .pattern = "/v1/peers/{id}"},
    {.method = "DELETE", .pattern = "/v1/peers/{id}"},
    {.method = "POST", .pattern = "/v1/calls/{id}/{verb}"},
    {.method = "GET", .pattern = "/"},
    {.method = "GET", .pattern = "/{file}"},
};

static void routes_are_found(void) {
    const struct cw_router router = {routes, sizeof routes / sizeof *routes};
    struct cw_problem p;
    struct cw_match m;
    CHECK_INT(cw_router_match(&router, "GET", "/v1/peers/peer_1", &m, &p), 0);
    CHECK(m.route == &routes[2]);
    CHECK_STR(m.params[0], "peer_1");
    CHECK_INT(cw_router_match(&router, "POST", "/v1/calls/call_1/hold", &m, &p), 0);
    CHECK_STR(m.params[1], "hold");
    CHECK_INT(cw_router_match(&router, "HEAD", "/v1/peers", &m, &p), 0);
    CHECK_INT(cw_router_match(&router, "GET", "/", &m, &p), 0);
    CHECK(m.route == &routes[5]);
    CHECK_INT(cw_router_match(&router, "GET", "/b.js", &m, &p), 0);
    CHECK_STR(m.params[0], "b.js");
    CHECK(cw_router_match(&router, "PUT", "/v1/peers", &m, &p) < 0);
    CHECK_INT(p.status, 405);
    CHECK_STR(p.allow, "GET, HEAD, POST, OPTIONS");
    CHECK(cw_router_match(&router, "POST", "/v1/nothing/at/all/here", &m, &p) < 0);
    CHECK_INT(p.status, 404);
    CHECK(cw_router_match(&router, "POST", "/nothing", &m, &p) < 0);
    CHECK_INT(p.status, 405); // the pages' GET
    const struct cw_router api = {routes, 5};
    CHECK(cw_router_match(&api, "GET", "/v1/nothing", &m, &p) < 0);
    CHECK_INT(p.status, 404);
    CHECK(cw_router_match(&api, "GET", "/v1/peers/", &m, &p) < 0);
    CHECK_INT(p.status, 404);
    char longest[200] = "/v1/peers/";
    memset(longest + 10, 'x', 100);
    CHECK(cw_router_match(&api, "GET", longest, &m, &p) < 0);
}

static struct cw_config *config_of(const char *text) {
    struct cw_config *config = NULL;
    struct cw_str errors = {0};
    if (cw_config_parse(&config, "test", text, strlen(text), NULL, &errors) || cw_config_check(config, &errors)) {
        printf("# %s\n", errors.s);
        abort();
    }
    cw_str_fini(&errors);
    return config;
}

// The status of the refusal, or 0.
static int who(const struct cw_auth *auth, const char *host, const char *origin, bool loopback) {
    struct cw_identity id;
    struct cw_problem p = {0};
    struct cw_credentials shown = {NULL, host, origin, loopback};
    return cw_auth_check(auth, &shown, &id, &p) ? p.status : 0;
}

static void without_keys_only_this_machine_is_served(void) {
    struct cw_config *config = config_of("http: {cors_origins: [\"https://app.example.org\", \"*\"]}\n");
    struct cw_auth *auth = NULL;
    REQUIRE(cw_auth_new(config, &auth) == 0);
    CHECK(!cw_auth_has_keys(auth));
    CHECK_INT(who(auth, "127.0.0.1:8080", NULL, true), 0);
    CHECK_INT(who(auth, "localhost", NULL, true), 0);
    CHECK_INT(who(auth, "[::1]:8080", NULL, true), 0);
    CHECK_INT(who(auth, "gw.localhost:8080", NULL, true), 0);
    CHECK_INT(who(auth, NULL, NULL, true), 0);
    CHECK_INT(who(auth, "127.0.0.1", NULL, false), 403);
    CHECK_INT(who(auth, "evil.example", NULL, true), 403); // a name rebound to 127.0.0.1
    CHECK_INT(who(auth, "127.0.0.1.evil.example", NULL, true), 403);
    CHECK_INT(who(auth, "notlocalhost", NULL, true), 403);
    CHECK_INT(who(auth, "", NULL, true), 403);
    CHECK_INT(who(auth, "192.0.2.1:8080", NULL, true), 403);
    CHECK_INT(who(auth, "localhost:8080", "http://localhost:8080", true), 0);
    CHECK_INT(who(auth, "localhost:8080", "http://localhost:9090", true), 403);
    CHECK_INT(who(auth, "localhost:8080", "https://app.example.org", true), 0);
    CHECK_INT(who(auth, "localhost:8080", "https://evil.example", true), 403); // "*" does not count
    CHECK_INT(who(auth, "localhost:8080", "null", true), 403);
    cw_auth_free(auth);
    cw_config_free(config);
}

static void keys_have_scopes(void) {
    struct cw_config *config = config_of("http: {cors_origins: [\"*\"]}\n"
                                         "api:\n  keys:\n    - {name: all, key: secret-1}\n"
                                         "    - {name: some, key: secret-2, scopes: [calls, metrics]}\n");
    struct cw_auth *auth = NULL;
    struct cw_identity id;
    struct cw_problem p;
    REQUIRE(cw_auth_new(config, &auth) == 0);
    struct cw_credentials shown = {.bearer = "secret-2", .host = "gw.example", .origin = "https://evil.example"};
    CHECK_INT(cw_auth_check(auth, &shown, &id, &p), 0);
    CHECK_INT(id.who, CW_WHO_KEY);
    CHECK_INT(id.scopes, CW_SCOPE_CALLS | CW_SCOPE_METRICS);
    CHECK_STR(id.name, "some");
    shown.bearer = "secret-1";
    CHECK_INT(cw_auth_check(auth, &shown, &id, &p), 0);
    CHECK_INT(id.scopes, CW_SCOPE_ALL);
    shown.bearer = "secret-";
    CHECK_INT(cw_auth_check(auth, &shown, &id, &p), 0);
    CHECK_INT(id.who, CW_WHO_TOKEN);
    CHECK_INT(id.scopes, 0);
    shown.bearer = NULL;
    shown.from_loopback = true;
    CHECK_INT(cw_auth_check(auth, &shown, &id, &p), 0);
    CHECK_INT(id.who, CW_WHO_NOBODY);
    CHECK(cw_auth_origin_allowed(auth, "https://any.example"));
    CHECK_STR(cw_auth_bearer("bearer  x"), "x");
    CHECK(!cw_auth_bearer("Basic x") && !cw_auth_bearer("Bearer ") && !cw_auth_bearer(NULL));
    cw_auth_free(auth);
    cw_config_free(config);
}

static void every_scope_of_the_configuration_is_one(void) {
    const struct cw_config_key *key = NULL;
    struct cw_config *config = config_of("api: {keys: [{name: a, key: b, scopes: [calls]}]}\n");
    key = cw_config_find_key(config, "api.keys[0].scopes");
    REQUIRE(key && key->values);
    char **words = g_strsplit(key->values, "|", -1);
    for (char **word = words; *word; word++) {
        char text[128];
        snprintf(text, sizeof text, "api: {keys: [{name: a, key: b, scopes: [%s]}]}\n", *word);
        struct cw_config *one = config_of(text);
        struct cw_auth *auth = NULL;
        struct cw_identity id = {0};
        struct cw_problem p;
        struct cw_credentials shown = {.bearer = "b", .host = "gw.example"};
        REQUIRE(cw_auth_new(one, &auth) == 0);
        CHECK_INT(cw_auth_check(auth, &shown, &id, &p), 0);
        CHECK(id.scopes != 0);
        cw_auth_free(auth);
        cw_config_free(one);
    }
    g_strfreev(words);
    cw_config_free(config);
}

static void reply_of(struct cw_reply *r, int n) { cw_reply_json(r, 201, json_pack("{s:i}", "n", n)); }

static void the_first_answer_is_given_again(void) {
    struct cw_idempotency *t = cw_idempotency_new(3, 1 << 20);
    const uint8_t a[CW_IDEMPOTENCY_HASH] = {1}, b[CW_IDEMPOTENCY_HASH] = {2};
    const struct cw_reply *saved = NULL;
    uint64_t first = 0, other = 0;
    struct cw_reply reply = {0};
    CHECK_INT(cw_idempotency_begin(t, "k", a, 0, &first, &saved), CW_IDEMPOTENCY_FIRST);
    CHECK_INT(cw_idempotency_begin(t, "k", a, 1, &other, &saved), CW_IDEMPOTENCY_BUSY);
    CHECK_INT(cw_idempotency_begin(t, "k", b, 1, &other, &saved), CW_IDEMPOTENCY_OTHER);
    reply_of(&reply, 7);
    cw_idempotency_finish(t, first, &reply);
    cw_reply_fini(&reply);
    CHECK_INT(cw_idempotency_begin(t, "k", a, 2, &other, &saved), CW_IDEMPOTENCY_REPLAY);
    REQUIRE(saved);
    CHECK_STR(saved->body, "{\"n\":7}");
    CHECK_INT(saved->status, 201);
    CHECK_INT(cw_idempotency_begin(t, "k", a, 25 * 3600 * CW_SECOND, &first, &saved), CW_IDEMPOTENCY_FIRST);
    cw_idempotency_abandon(t, first);
    CHECK_INT(cw_idempotency_begin(t, "k", b, 26 * 3600 * CW_SECOND, &first, &saved), CW_IDEMPOTENCY_FIRST);
    cw_idempotency_free(t);
}

static void old_answers_make_room(void) {
    struct cw_idempotency *t = cw_idempotency_new(3, 1 << 20);
    const uint8_t hash[CW_IDEMPOTENCY_HASH] = {1};
    const struct cw_reply *saved;
    uint64_t serial[5];
    char key[16];
    for (int i = 0; i < 5; i++) {
        struct cw_reply reply = {0};
        snprintf(key, sizeof key, "k%d", i);
        CHECK_INT(cw_idempotency_begin(t, key, hash, i, &serial[i], &saved), CW_IDEMPOTENCY_FIRST);
        reply_of(&reply, i);
        cw_idempotency_finish(t, serial[i], &reply);
        cw_reply_fini(&reply);
        if (i > 0) CHECK_INT(cw_idempotency_begin(t, "k0", hash, i, &serial[i], &saved), CW_IDEMPOTENCY_REPLAY);
    }
    CHECK_INT(cw_idempotency_begin(t, "k4", hash, 9, &serial[0], &saved), CW_IDEMPOTENCY_REPLAY);
    CHECK_INT(cw_idempotency_begin(t, "k1", hash, 9, &serial[0], &saved), CW_IDEMPOTENCY_FIRST);
    cw_idempotency_finish(t, 12345, &(struct cw_reply){0}); // pushed out long ago
    cw_idempotency_free(t);
}

static const struct cw_test tests[] = {
    TEST(bodies_are_checked_field_by_field),
    TEST(unknown_field_gets_a_suggestion),
    TEST(malformed_json_tells_the_place),
    TEST(candidates_come_alone_in_lists_or_as_null),
    TEST(routes_are_found),
    TEST(without_keys_only_this_machine_is_served),
    TEST(keys_have_scopes),
    TEST(every_scope_of_the_configuration_is_one),
    TEST(the_first_answer_is_given_again),
    TEST(old_answers_make_room),
};
TEST_MAIN(tests)
