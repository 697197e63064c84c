// The HTTP server over real loopback sockets, with a control thread of the test's own in place of the node, and a
// client of bytes. Included once a program.
#ifndef TESTS_HTTP_STUB_H
#define TESTS_HTTP_STUB_H

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

static inline void run_job(struct cw_msg *msg, void *owner) {
    struct job *job = (struct job *)msg;
    job->fn(owner, job->arg);
    free(job);
}

static inline void run(struct cw_node *node, void (*fn)(struct cw_node *node, void *arg), void *arg) {
    struct job *job = calloc(1, sizeof *job);
    (void)node;
    *job = (struct job){.msg.run = run_job, .fn = fn, .arg = arg};
    cw_loop_post(&stub->loop, &job->msg);
}

static inline int echo(struct cw_request *r, struct cw_answer *a) {
    stub->handled++;
    a->status = 201;
    a->json = json_pack("{s:O, s:i}", "body", r->body, "handled", stub->handled);
    snprintf(a->location, sizeof a->location, "/v1/echo/%d", stub->handled);
    return 0;
}

static inline int get_echo(struct cw_request *r, struct cw_answer *a) {
    a->json = json_pack("{s:s}", "id", r->match.params[0]);
    return 0;
}

static inline int hold(struct cw_request *r, struct cw_answer *a) {
    (void)a;
    stub->held = r;
    return CW_ANSWER_LATER;
}

static inline int release(struct cw_request *r, struct cw_answer *a) {
    (void)r;
    (void)a;
    if (stub->held) cw_request_finish(stub->held, 0);
    stub->held = NULL;
    return 0;
}

static inline int fire(struct cw_request *r, struct cw_answer *a) {
    int n = (int)json_integer_value(json_object_get(r->body, "n"));
    (void)a;
    for (int i = 0; i < n; i++)
        cw_event_add(stub->events, "test.event", "ses_1", NULL, NULL, json_pack("{s:i}", "n", i));
    return 0;
}

static inline int events(struct cw_request *r, struct cw_answer *a) {
    (void)a;
    return cw_stream_open(r, stub->events, "0");
}

static inline int restart(struct cw_request *r, struct cw_answer *a) {
    (void)r;
    (void)a;
    cw_event_queue_free(stub->events);
    stub->events = cw_event_queue_new(64);
    return 0;
}

static inline int authorize(struct cw_request *r, struct cw_problem *p) {
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
    {"GET", "/", 0, CW_ROUTE_PAGE, NULL, NULL, NULL},
    {"GET", "/{file}", 0, CW_ROUTE_PAGE, NULL, NULL, NULL},
};

struct server {
    struct stub stub;
    struct cw_config *config;
    struct cw_http *http;
};

static inline void start(struct server *s, const char *text) {
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

static inline void stop(struct server *s) {
    cw_http_free(s->http);
    cw_loop_stop(&s->stub.loop);
    cw_loop_fini(&s->stub.loop);
    cw_event_queue_free(s->stub.events);
    cw_config_free(s->config);
}

// ---------------------------------------------------------------- a client of bytes

#define PLAIN "http: {port: 0}\n"
#define WAIT_MS 5000

static inline int dial(const struct server *s) {
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(cw_http_port(s->http))};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(fd, (struct sockaddr *)&to, sizeof to)) abort();
    return fd;
}

static inline void say(int fd, const char *text) {
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
static inline bool hear(int fd, const char *until) {
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

static inline void forget(void) {
    heard.len = 0;
    heard.closed = false;
    heard.text[0] = '\0';
}

// One request on a connection of its own; what came back is in `heard`. The status, or 0.
static inline int ask(const struct server *s, const char *request) {
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

static inline int post(const struct server *s, const char *path, const char *headers, const char *body) {
    struct cw_str request = {0};
    cw_str_printf(&request, "POST %s HTTP/1.1\r\n" JSON "%sContent-Length: %zu\r\n\r\n%s", path, headers, strlen(body),
                  body);
    int status = ask(s, request.s);
    cw_str_fini(&request);
    return status;
}

static bool said(const char *what) { return strstr(heard.text, what) != NULL; }

#endif
