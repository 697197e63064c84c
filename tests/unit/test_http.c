// The HTTP server: requests and their answers.
#include "http_stub.h"

static void a_request_is_answered(void) {
    static struct server s;
    start(&s, PLAIN);
    CHECK_INT(post(&s, "/v1/echo", "", "{\"text\":\"hi\"}"), 201);
    CHECK(said("{\"body\":{\"text\":\"hi\"},\"handled\":1}"));
    CHECK(said("Location: /v1/echo/1\r\n"));
    CHECK(said("X-Request-Id: "));
    CHECK(said("Content-Type: application/json\r\n"));
    CHECK_INT(ask(&s, "GET /v1/echo/abc HTTP/1.1\r\n" HEAD "\r\n"), 200);
    CHECK(said("{\"id\":\"abc\"}"));
    CHECK_INT(ask(&s, "HEAD /v1/echo/abc HTTP/1.1\r\n" HEAD "\r\n"), 200);
    CHECK(said("Content-Length: 12") && !said("abc\"}"));
    CHECK_INT(ask(&s, "GET /healthz HTTP/1.1\r\nHost: other.example\r\nConnection: close\r\n\r\n"), 200);
    CHECK_INT(ask(&s, "POST /v1/release HTTP/1.1\r\n" HEAD "Content-Length: 0\r\n\r\n"), 204);
    stop(&s);
}

static void errors_are_problems(void) {
    static struct server s;
    start(&s, PLAIN);
    CHECK_INT(post(&s, "/v1/echo", "", "{\"text\":}"), 400);
    CHECK(said("application/problem+json") && said("malformed_json"));
    CHECK_INT(post(&s, "/v1/echo", "", "{\"txt\":\"\"}"), 400);
    CHECK(said("\"pointer\":\"/txt\"") && said("did you mean \\\"text\\\"?"));
    CHECK_INT(post(&s, "/v1/nothing", "", "{}"), 404);
    CHECK_INT(ask(&s, "DELETE /v1/echo HTTP/1.1\r\n" HEAD "\r\n"), 405);
    CHECK(said("Allow: POST, OPTIONS\r\n"));
    CHECK_INT(ask(&s, "BREW /v1/echo HTTP/1.1\r\n" HEAD "\r\n"), 405);
    CHECK_INT(ask(&s, "POST /v1/echo HTTP/1.1\r\n" HEAD "Content-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}"),
              415);
    CHECK_INT(ask(&s, "GET /v1/echo/%01 HTTP/1.1\r\n" HEAD "\r\n"), 404);
    CHECK_INT(ask(&s, "GET /v1/events?wait_ms=x HTTP/1.1\r\n" HEAD "\r\n"), 400);
    CHECK_INT(ask(&s, "GET /v1/echo/1 HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"), 403);
    CHECK(said("host_not_allowed"));
    CHECK_INT(ask(&s, "GET /v1/echo/1 HTTP/1.1\r\n" HEAD "Origin: https://evil.example\r\n\r\n"), 403);
    CHECK_INT(ask(&s, "GET /v1/echo/1 HTTP/1.1\r\n" HEAD "Authorization: Bearer nonsense\r\n\r\n"), 401);
    CHECK(said("WWW-Authenticate: Bearer"));
    CHECK_INT(ask(&s, "GET /v1/echo/1 HTTP/1.1\r\n" HEAD "Authorization: Bearer session-token\r\n\r\n"), 200);
    ask(&s, "\x16\x03\x01\x02nonsense\r\n\r\n\r\n");
    CHECK_INT(post(&s, "/v1/echo", "", "{}"), 201);
    stop(&s);
}

static void bodies_are_bounded(void) {
    static struct server s;
    static char body[310000];
    start(&s, PLAIN);
    strcpy(body, "{\"text\":\"");
    memset(body + 9, 'x', 262144);
    strcpy(body + 9 + 262144, "\"}");
    CHECK_INT(post(&s, "/v1/echo", "", body), 413);
    CHECK(said("body_too_large"));
    CHECK_INT(ask(&s, "POST /v1/echo HTTP/1.1\r\n" JSON "Content-Length: 99999999999\r\n\r\n{"), 413);
    CHECK_INT(ask(&s, "POST /v1/echo HTTP/1.1\r\n" JSON "Transfer-Encoding: chunked\r\n\r\n"
                      "8\r\n{\"text\":\r\n5\r\n\"abc\"\r\n1\r\n}\r\n0\r\n\r\n"),
              201);
    CHECK(said("{\"text\":\"abc\"}"));
    int fd = dial(&s);
    forget();
    say(fd, "POST /v1/echo HTTP/1.1\r\n" JSON "Transfer-Encoding: chunked\r\n\r\n");
    for (int i = 0; i < 40; i++) { // 1.3 MB: more than is read to its end
        char chunk[32768 + 16];
        memset(chunk, ' ', sizeof chunk);
        memcpy(chunk, "8000\r\n", 6);
        memcpy(chunk + 6 + 32768, "\r\n", 3);
        say(fd, chunk);
    }
    CHECK(hear(fd, NULL));
    CHECK(heard.closed);
    close(fd);
    CHECK_INT(post(&s, "/v1/echo", "", "{}"), 201);
    stop(&s);
}

static void connections_are_kept_and_pipelined(void) {
    static struct server s;
    start(&s, PLAIN);
    int fd = dial(&s);
    forget();
    say(fd,
        "GET /v1/echo/one HTTP/1.1\r\nHost: localhost\r\n\r\nGET /v1/echo/two HTTP/1.1\r\nHost: localhost\r\n\r\n"
        "POST /v1/echo HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}");
    CHECK(hear(fd, "\"handled\":1}"));
    char *one = strstr(heard.text, "\"one\""), *two = strstr(heard.text, "\"two\"");
    CHECK(one && two && one < two);
    forget();
    say(fd, "GET /v1/echo/three HTTP/1.1\r\nHost: localhost\r\n\r\n");
    CHECK(hear(fd, "\"three\"}"));
    close(fd);
    stop(&s);
}

static void slow_requests_are_cut_off(void) {
    static struct server s;
    start(&s, "http: {port: 0, request_timeout_ms: 600}\n");
    int head = dial(&s), body = dial(&s);
    say(body, "POST /v1/echo HTTP/1.1\r\n" JSON "Content-Length: 50\r\n\r\n");
    cw_time begin = cw_clock_now();
    bool head_open = true, body_open = true;
    for (int i = 0; i < 50 && (head_open || body_open); i++) { // a byte each tenth of a second
        char byte;
        head_open = head_open && send(head, "G", 1, MSG_NOSIGNAL) == 1 && recv(head, &byte, 1, MSG_DONTWAIT) != 0;
        body_open = body_open && send(body, " ", 1, MSG_NOSIGNAL) == 1 && recv(body, &byte, 1, MSG_DONTWAIT) != 0;
        struct pollfd p = {.fd = -1};
        poll(&p, 1, 100);
    }
    CHECK(!head_open && !body_open);
    CHECK(cw_clock_now() - begin < 3 * CW_SECOND);
    close(head);
    close(body);
    CHECK_INT(post(&s, "/v1/echo", "", "{}"), 201);
    stop(&s);
}

static void addresses_have_a_limit(void) {
    static struct server s;
    start(&s, "http: {port: 0, max_connections_per_address: 3}\n");
    int fd[4];
    for (int i = 0; i < 4; i++) fd[i] = dial(&s);
    forget();
    say(fd[3], "GET /healthz HTTP/1.1\r\n" HEAD "\r\n");
    CHECK(hear(fd[3], NULL));
    CHECK_INT(heard.len, 0);
    for (int i = 0; i < 4; i++) close(fd[i]);
    for (int i = 0; i < 50 && post(&s, "/v1/echo", "", "{}") != 201; i++) poll(NULL, 0, 20);
    CHECK(said("handled"));
    stop(&s);
}

static void post_is_idempotent_with_a_key(void) {
    static struct server s;
    start(&s, PLAIN);
    CHECK_INT(post(&s, "/v1/echo", "Idempotency-Key: k1\r\n", "{\"text\":\"a\"}"), 201);
    CHECK_INT(post(&s, "/v1/echo", "Idempotency-Key: k1\r\n", "{\"text\":\"a\"}"), 201);
    CHECK(said("\"handled\":1}") && said("Location: /v1/echo/1"));
    CHECK_INT(post(&s, "/v1/echo", "Idempotency-Key: k1\r\n", "{\"text\":\"b\"}"), 409);
    CHECK_INT(post(&s, "/v1/echo", "Idempotency-Key: k2\r\n", "{\"text\":\"a\"}"), 201);
    CHECK(said("\"handled\":2}"));
    CHECK_INT(post(&s, "/v1/echo", "Idempotency-Key: k1\r\nAuthorization: Bearer session-token\r\n", "{}"), 201);
    CHECK(said("\"handled\":3}"));
    int fd = dial(&s);
    say(fd, "POST /v1/hold HTTP/1.1\r\n" HEAD "Idempotency-Key: k3\r\nContent-Length: 0\r\n\r\n");
    int status = 0;
    for (int i = 0; i < 100 && status != 409; i++) {
        status = post(&s, "/v1/fire", "", "{\"n\":0}"); // gives the first its time
        status = ask(&s, "POST /v1/hold HTTP/1.1\r\n" HEAD "Idempotency-Key: k3\r\nContent-Length: 0\r\n\r\n");
    }
    CHECK_INT(status, 409);
    CHECK(said("idempotency_in_progress"));
    CHECK_INT(post(&s, "/v1/release", "", ""), 204);
    forget();
    CHECK(hear(fd, "204"));
    close(fd);
    stop(&s);
}

static void pages_of_other_origins_need_leave(void) {
    static struct server s;
    start(&s, "http: {port: 0, cors_origins: [\"https://app.example\"]}\n");
    CHECK_INT(ask(&s, "OPTIONS /v1/echo HTTP/1.1\r\n" HEAD "Origin: https://app.example\r\n"
                      "Access-Control-Request-Method: POST\r\n\r\n"),
              204);
    CHECK(said("Access-Control-Allow-Origin: https://app.example\r\n"));
    CHECK(said("Access-Control-Allow-Methods: POST, OPTIONS\r\n"));
    CHECK(said("Access-Control-Allow-Headers: Authorization, Content-Type"));
    CHECK_INT(post(&s, "/v1/echo", "Origin: https://app.example\r\n", "{}"), 201);
    CHECK(said("Access-Control-Allow-Origin: https://app.example\r\n"));
    CHECK_INT(ask(&s, "OPTIONS /v1/echo HTTP/1.1\r\n" HEAD "Origin: https://evil.example\r\n\r\n"), 204);
    CHECK(!said("Access-Control-Allow-Origin"));
    stop(&s);
}

static void keys_are_needed_when_there_are_any(void) {
    static struct server s;
    start(&s, "http: {port: 0}\napi: {keys: [{name: a, key: k-a}, {name: m, key: k-m, scopes: [metrics]}]}\n");
    CHECK_INT(ask(&s, "GET /v1/echo/1 HTTP/1.1\r\n" HEAD "\r\n"), 401);
    CHECK_INT(ask(&s, "GET /v1/echo/1 HTTP/1.1\r\n" HEAD "Authorization: Bearer k-a\r\n\r\n"), 200);
    CHECK_INT(ask(&s, "GET /v1/echo/1 HTTP/1.1\r\n" HEAD "Authorization: Bearer k-m\r\n\r\n"), 403);
    CHECK_INT(ask(&s, "GET /v1/echo/1?access_token=k-a HTTP/1.1\r\n" HEAD "\r\n"), 401);
    CHECK_INT(ask(&s, "GET /v1/events?access_token=k-a&wait_ms=0 HTTP/1.1\r\n" HEAD "\r\n"), 200);
    CHECK_INT(ask(&s, "GET /healthz HTTP/1.1\r\n" HEAD "\r\n"), 200);
    stop(&s);
}

static void put_file(const char *folder, const char *name, const char *text) {
    char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    if (!file || fputs(text, file) < 0 || fclose(file)) abort();
}

static void pages_come_from_one_folder(void) {
    static struct server s;
    char folder[] = "/tmp/causeway-test-XXXXXX", config[128], tag[32] = "", request[256];
    if (!mkdtemp(folder)) abort();
    put_file(folder, "index.html", "<p>hello");
    put_file(folder, "a.js", "export {};");
    put_file(folder, "notes.txt", "of no known type");
    snprintf(config, sizeof config, "http: {port: 0, web_dir: %s}\n", folder);
    start(&s, config);
    CHECK_INT(ask(&s, "GET / HTTP/1.1\r\n" HEAD "\r\n"), 200);
    CHECK(said("<p>hello") && said("Content-Type: text/html; charset=utf-8") && said("default-src 'self'"));
    CHECK(said("X-Content-Type-Options: nosniff"));
    CHECK_INT(ask(&s, "GET /a.js HTTP/1.1\r\n" HEAD "\r\n"), 200);
    CHECK(said("Content-Type: text/javascript"));
    const char *at = strstr(heard.text, "ETag: ");
    REQUIRE(at);
    sscanf(at + 6, "%30[^\r]", tag);
    snprintf(request, sizeof request, "GET /a.js HTTP/1.1\r\n" HEAD "If-None-Match: %s\r\n\r\n", tag);
    CHECK_INT(ask(&s, request), 304);
    CHECK_INT(ask(&s, "GET /notes.txt HTTP/1.1\r\n" HEAD "\r\n"), 404);
    CHECK_INT(ask(&s, "GET /../a.js HTTP/1.1\r\n" HEAD "\r\n"), 404);
    CHECK_INT(ask(&s, "GET /..%2fetc%2fpasswd HTTP/1.1\r\n" HEAD "\r\n"), 404);
    CHECK_INT(ask(&s, "GET /a.js%00.html HTTP/1.1\r\n" HEAD "\r\n") != 500, 1);
    stop(&s);
    for (size_t i = 0; i < 3; i++) {
        snprintf(config, sizeof config, "%s/%s", folder, (const char *[]){"index.html", "a.js", "notes.txt"}[i]);
        unlink(config);
    }
    rmdir(folder);
}

static const struct cw_test tests[] = {
    TEST(a_request_is_answered),
    TEST(errors_are_problems),
    TEST(bodies_are_bounded),
    TEST(connections_are_kept_and_pipelined),
    TEST(slow_requests_are_cut_off),
    TEST(addresses_have_a_limit),
    TEST(post_is_idempotent_with_a_key),
    TEST(pages_of_other_origins_need_leave),
    TEST(keys_are_needed_when_there_are_any),
    TEST(pages_come_from_one_folder),
};
TEST_MAIN(tests)
