// The HTTP server over real loopback sockets, with a control thread of the test's own in place of the node.
#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/config.h"
#include "base/loop.h"
#include "core/events.h"
#include "signaling/http.h"
#include "signaling/stream.h"
#include "test.h"

// ---------------------------------------------------------------- the stub of the node

struct stub {
    struct cw_loop loop;
    struct cw_event_queue *events;
    struct cw_request *held; // by POST /v1/hold, until /v1/release
    int handled;
};

struct job {
    struct cw_msg msg;
    void (*fn)(struct cw_node *node, void *arg);
    void *arg;
};

static struct stub *stub;

static void run_job(struct cw_msg *msg, void *owner) {
    struct job *job = (struct job *)msg;
    job->fn(owner, job->arg);
    free(job);
}

static void run(struct cw_node *node, void (*fn)(struct cw_node *node, void *arg), void *arg) {
    struct job *job = calloc(1, sizeof *job);
    (void)node;
    *job = (struct job){.msg.run = run_job, .fn = fn, .arg = arg};
    cw_loop_post(&stub->loop, &job->msg);
}

static int echo(struct cw_request *r, struct cw_answer *a) {
    stub->handled++;
    a->status = 201;
    a->json = json_pack("{s:O, s:i}", "body", r->body, "handled", stub->handled);
    snprintf(a->location, sizeof a->location, "/v1/echo/%d", stub->handled);
    return 0;
}

static int get_echo(struct cw_request *r, struct cw_answer *a) {
    a->json = json_pack("{s:s}", "id", r->match.params[0]);
    return 0;
}

static int hold(struct cw_request *r, struct cw_answer *a) {
    (void)a;
    stub->held = r;
    return CW_ANSWER_LATER;
}

static int release(struct cw_request *r, struct cw_answer *a) {
    (void)r;
    (void)a;
    if (stub->held) cw_request_finish(stub->held, 0);
    stub->held = NULL;
    return 0;
}

static int fire(struct cw_request *r, struct cw_answer *a) {
    int n = (int)json_integer_value(json_object_get(r->body, "n"));
    (void)a;
    for (int i = 0; i < n; i++)
        cw_event_add(stub->events, "test.event", "ses_1", NULL, NULL, json_pack("{s:i}", "n", i));
    return 0;
}

static int events(struct cw_request *r, struct cw_answer *a) {
    (void)a;
    return cw_stream_open(r, stub->events, "0");
}

static int restart(struct cw_request *r, struct cw_answer *a) {
    (void)r;
    (void)a;
    cw_event_queue_free(stub->events);
    stub->events = cw_event_queue_new(64);
    return 0;
}

static int authorize(struct cw_request *r, struct cw_problem *p) {
    if (strcmp(r->bearer, "session-token") == 0) return 0;
    return cw_problem_set(p, 401, "unauthorized", NULL, "The token is not known.");
}

static const struct cw_field echo_fields[] = {{.name = "text", .type = CW_FIELD_STRING, .max = 300000}, {0}};
static const struct cw_field fire_fields[] = {{.name = "n", .type = CW_FIELD_INT, .required = true, .max = 10000}, {0}};

static const struct cw_route routes[] = {
    {"POST", "/v1/echo", CW_SCOPE_CALLS, 0, echo_fields, NULL, echo},
    {"GET", "/v1/echo/{id}", CW_SCOPE_CALLS, 0, NULL, NULL, get_echo},
    {"POST", "/v1/hold", CW_SCOPE_CALLS, 0, NULL, NULL, hold},
    {"POST", "/v1/release", CW_SCOPE_CALLS, 0, NULL, NULL, release},
    {"POST", "/v1/fire", CW_SCOPE_CALLS, 0, fire_fields, NULL, fire},
    {"POST", "/v1/restart", CW_SCOPE_CALLS, 0, NULL, NULL, restart},
    {"GET", "/v1/events", CW_SCOPE_CALLS, CW_ROUTE_STREAM, NULL, NULL, events},
    {"GET", "/healthz", 0, CW_ROUTE_OPEN, NULL, NULL, get_echo},
};

struct server {
    struct stub stub;
    struct cw_config *config;
    struct cw_http *http;
};

static void start(struct server *s, const char *text) {
    struct cw_str errors = {0};
    memset(s, 0, sizeof *s);
    stub = &s->stub;
    if (cw_config_parse(&s->config, "test", text, strlen(text), NULL, &errors) || cw_config_check(s->config, &errors)) {
        printf("# %s\n", errors.s);
        abort();
    }
    cw_str_fini(&errors);
    s->stub.events = cw_event_queue_new(64);
    cw_loop_init(&s->stub.loop, "control", stub);
    cw_loop_start(&s->stub.loop);
    struct cw_http_params params = {.config = s->config,
                                    .node = (struct cw_node *)(void *)stub,
                                    .router = {routes, sizeof routes / sizeof *routes},
                                    .authorize = authorize,
                                    .run = run};
    if (cw_http_new(&params, &s->http)) abort();
}

static void stop(struct server *s) {
    cw_http_free(s->http);
    cw_loop_stop(&s->stub.loop);
    cw_loop_fini(&s->stub.loop);
    cw_event_queue_free(s->stub.events);
    cw_config_free(s->config);
}

// ---------------------------------------------------------------- a client of bytes

#define PLAIN "http: {port: 0}\n"
#define WAIT_MS 5000

static int dial(const struct server *s) {
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(cw_http_port(s->http))};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(fd, (struct sockaddr *)&to, sizeof to)) abort();
    return fd;
}

static void say(int fd, const char *text) {
    size_t len = strlen(text);
    while (len) {
        ssize_t n = send(fd, text, len, MSG_NOSIGNAL);
        if (n <= 0) return;
        text += n;
        len -= (size_t)n;
    }
}

struct heard {
    char text[400000];
    size_t len;
    bool closed;
};

static struct heard heard;

// Reads until `until` is there, the peer closes, or WAIT_MS are over. NULL: until it closes. True: it came.
static bool hear(int fd, const char *until) {
    cw_time end = cw_clock_now() + WAIT_MS * CW_MS;
    while (!until || !memmem(heard.text, heard.len, until, strlen(until))) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        cw_time left = end - cw_clock_now();
        if (left <= 0 || poll(&p, 1, (int)(left / CW_MS) + 1) <= 0) return false;
        if (heard.len > sizeof heard.text / 2) { // only the last of a long stream matters
            memmove(heard.text, heard.text + heard.len - 1000, 1000);
            heard.len = 1000;
        }
        ssize_t n = recv(fd, heard.text + heard.len, sizeof heard.text - 1 - heard.len, 0);
        if (n <= 0) {
            heard.closed = true;
            return !until;
        }
        heard.len += (size_t)n;
        heard.text[heard.len] = '\0';
    }
    return true;
}

static void forget(void) {
    heard.len = 0;
    heard.closed = false;
    heard.text[0] = '\0';
}

// One request on a connection of its own; what came back is in `heard`. The status, or 0.
static int ask(const struct server *s, const char *request) {
    int fd = dial(s), status = 0;
    forget();
    say(fd, request);
    hear(fd, NULL);
    close(fd);
    sscanf(heard.text, "HTTP/1.1 %d", &status);
    return status;
}

#define HEAD "Host: localhost\r\nConnection: close\r\n"
#define JSON HEAD "Content-Type: application/json\r\n"

static int post(const struct server *s, const char *path, const char *headers, const char *body) {
    struct cw_str request = {0};
    cw_str_printf(&request, "POST %s HTTP/1.1\r\n" JSON "%sContent-Length: %zu\r\n\r\n%s", path, headers, strlen(body),
                  body);
    int status = ask(s, request.s);
    cw_str_fini(&request);
    return status;
}

static bool said(const char *what) { return strstr(heard.text, what) != NULL; }

// ---------------------------------------------------------------- requests

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

// ---------------------------------------------------------------- events

static void long_poll_waits_for_an_event(void) {
    static struct server s;
    start(&s, PLAIN);
    CHECK_INT(ask(&s, "GET /v1/events?wait_ms=0 HTTP/1.1\r\n" HEAD "\r\n"), 200);
    CHECK(said("{\"items\":[]}"));
    CHECK_INT(ask(&s, "GET /v1/events?wait_ms=300 HTTP/1.1\r\n" HEAD "\r\n"), 200);
    CHECK(said("{\"items\":[]}"));
    int fd = dial(&s), gone = dial(&s);
    say(fd, "GET /v1/events?wait_ms=30000 HTTP/1.1\r\n" HEAD "\r\n");
    say(gone, "GET /v1/events?wait_ms=30000 HTTP/1.1\r\n" HEAD "\r\n");
    CHECK_INT(post(&s, "/v1/echo", "", "{}"), 201);
    close(gone);
    CHECK_INT(post(&s, "/v1/fire", "", "{\"n\":2}"), 204);
    forget();
    CHECK(hear(fd, NULL));
    CHECK(said("\"seq\":1"));
    close(fd);
    char id[64] = "", request[256];
    sscanf(strstr(heard.text, "\"id\":\"") + 6, "%60[^\"]", id);
    snprintf(request, sizeof request, "GET /v1/events?after=%s HTTP/1.1\r\n" HEAD "\r\n", id);
    CHECK_INT(ask(&s, request), 200);
    CHECK(!said("\"seq\":1,") && said("\"seq\":2,"));
    stop(&s);
}

#define SSE "GET /v1/events HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n"

static void events_stream_and_replay(void) {
    static struct server s;
    start(&s, PLAIN);
    int fd = dial(&s);
    forget();
    say(fd, SSE "\r\n");
    CHECK(hear(fd, "retry: 1000\n\n"));
    CHECK(said("Content-Type: text/event-stream\r\n"));
    char id[64] = "", request[256];
    struct heard *h = &heard;
    CHECK_INT(post(&s, "/v1/fire", "", "{\"n\":3}"), 204);
    forget();
    CHECK(hear(fd, "\"seq\":3"));
    char *at = strstr(h->text, "id: evt_");
    REQUIRE(at);
    sscanf(at + 4, "%60[^\n]", id);
    close(fd);
    fd = dial(&s);
    snprintf(request, sizeof request, SSE "Last-Event-ID: %s\r\n\r\n", id);
    forget();
    say(fd, request);
    CHECK(hear(fd, "\"seq\":3"));
    CHECK(said("\"seq\":2") && !said("\"seq\":1,"));
    int other = dial(&s);
    say(other, "POST /v1/restart HTTP/1.1\r\n" HEAD "Content-Length: 0\r\n\r\n");
    CHECK(hear(fd, "0\r\n\r\n")); // the stream's end
    close(fd);
    close(other);
    stop(&s);
}

// A reader that does not read costs nothing, and is told what it lost.
static void slow_reader_is_told(void) {
    static struct server s;
    start(&s, PLAIN);
    int fd = dial(&s), size = 65536;
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    say(fd, SSE "\r\n");
    forget();
    CHECK(hear(fd, "retry"));
    for (int i = 0; i < 20; i++) CHECK_INT(post(&s, "/v1/fire", "", "{\"n\":2000}"), 204);
    forget();
    CHECK(hear(fd, "events.dropped"));
    CHECK(hear(fd, "\"seq\":40000,"));
    CHECK_INT(post(&s, "/v1/fire", "", "{\"n\":1}"), 204);
    forget();
    CHECK(hear(fd, "\"seq\":40001"));
    close(fd);
    stop(&s);
}

#define WS                                                                                                             \
    "GET /v1/events HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"          \
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"

static void send_frame(int fd, unsigned char opcode, const char *text) {
    unsigned char frame[140] = {(unsigned char)(0x80 | opcode), (unsigned char)(0x80 | strlen(text)), 1, 2, 3, 4};
    size_t len = strlen(text);
    for (size_t i = 0; i < len; i++) frame[6 + i] = (unsigned char)(text[i] ^ frame[2 + i % 4]);
    if (send(fd, frame, 6 + len, MSG_NOSIGNAL) < 0) printf("# send failed\n");
}

static void websocket_carries_events(void) {
    static struct server s;
    start(&s, PLAIN);
    CHECK_INT(ask(&s, WS "Sec-WebSocket-Version: 12\r\n\r\n"), 426);
    CHECK(said("Sec-WebSocket-Version: 13"));
    int fd = dial(&s);
    forget();
    say(fd, WS "Sec-WebSocket-Version: 13\r\n\r\n");
    CHECK(hear(fd, "\r\n\r\n"));
    CHECK(said("HTTP/1.1 101") && said("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n")); // RFC 6455 §1.3
    CHECK_INT(post(&s, "/v1/fire", "", "{\"n\":200}"), 204);
    forget();
    CHECK(hear(fd, "\"seq\":200"));
    CHECK((unsigned char)heard.text[0] == 0x81); // one text frame each
    forget();
    send_frame(fd, 0x9, "are you there");
    CHECK(hear(fd, "\x8a\x0d"
                   "are you there"));
    send_frame(fd, 0x1, "ignored");
    send_frame(fd, 0x8, "\x03\xe8");
    forget();
    CHECK(hear(fd, NULL));
    CHECK(heard.closed && (unsigned char)heard.text[0] == 0x88);
    close(fd);
    stop(&s);
}

static void websocket_ends_with_its_session(void) {
    static struct server s;
    start(&s, PLAIN);
    int fd = dial(&s), rude = dial(&s);
    forget();
    say(rude, WS "Sec-WebSocket-Version: 13\r\n\r\n");
    CHECK(hear(rude, "\r\n\r\n"));
    forget();
    say(fd, WS "Sec-WebSocket-Version: 13\r\n\r\n");
    CHECK(hear(fd, "\r\n\r\n"));
    say(rude, "this is no frame at all, and it is not masked either");
    CHECK(hear(rude, NULL));
    close(rude);
    int other = dial(&s);
    say(other, "POST /v1/restart HTTP/1.1\r\n" HEAD "Content-Length: 0\r\n\r\n");
    forget();
    CHECK(hear(fd, "the session has ended"));
    send_frame(fd, 0x8, "\x03\xe8");
    CHECK(hear(fd, NULL));
    close(fd);
    close(other);
    stop(&s);
}

static void the_server_ends_with_streams_open(void) {
    static struct server s;
    start(&s, PLAIN);
    int sse = dial(&s), ws = dial(&s), poller = dial(&s), idle = dial(&s), half = dial(&s), gone = dial(&s);
    forget();
    say(sse, SSE "\r\n");
    CHECK(hear(sse, "retry"));
    forget();
    say(ws, WS "Sec-WebSocket-Version: 13\r\n\r\n");
    CHECK(hear(ws, "\r\n\r\n"));
    say(poller, "GET /v1/events?wait_ms=30000 HTTP/1.1\r\nHost: localhost\r\n\r\n");
    say(half, "POST /v1/echo HTTP/1.1\r\nHost");
    say(gone, SSE "\r\n");
    close(gone);
    CHECK_INT(post(&s, "/v1/echo", "", "{}"), 201);
    cw_time begin = cw_clock_now();
    stop(&s);
    CHECK(cw_clock_now() - begin < 4 * CW_SECOND);
    forget();
    CHECK(hear(ws, "the gateway is ending"));
    close(sse);
    close(ws);
    close(poller);
    close(idle);
    close(half);
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
    TEST(long_poll_waits_for_an_event),
    TEST(events_stream_and_replay),
    TEST(slow_reader_is_told),
    TEST(websocket_carries_events),
    TEST(websocket_ends_with_its_session),
    TEST(the_server_ends_with_streams_open),
};
TEST_MAIN(tests)
