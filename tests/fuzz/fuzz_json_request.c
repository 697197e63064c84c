// Requests to the REST API: "METHOD PATH?QUERY", a line break, the body. In path and body "ses_0" is a session that
// exists. Any byte but the line break may be anywhere.
#include "rest_stub.h"

#define MAX_LINE 400

static struct rest rest;
static struct cw_session *session;

static void start(void) {
    static const char text[] = "media: {workers: 1, addresses: [127.0.0.1], rtp_port_min: 45940, rtp_port_max: 45980}\n"
                               "session: {max_sessions: 4, event_queue: 16}\n";
    rest_start(&rest, text);
}

static void make_session(void) {
    struct cw_session_params params = {.endpoint = "fuzz"};
    struct cw_problem problem;
    if (cw_session_new(rest.node, &params, &session, &problem)) abort();
    cw_event_add(session->events, "test.event", session->id, NULL, NULL, NULL);
}

// Ids cannot be guessed: the name of the session stands for its id.
static void put_id(struct cw_str *out, const char *text, size_t len) {
    static const char name[] = "ses_0";
    for (const char *at; (at = memmem(text, len, name, sizeof name - 1));) {
        size_t before = (size_t)(at - text);
        cw_str_add(out, text, before);
        cw_str_add(out, session->id, strlen(session->id));
        text = at + sizeof name - 1;
        len -= before + sizeof name - 1;
    }
    cw_str_add(out, text, len);
}

static void check_answer(void) {
    if (!rest_answer.status || rest_answer.stream) return;
    if (rest_answer.status < 200 || rest_answer.status > 599) abort();
    if (rest_answer.status < 400) return;
    if (!rest_answer.json || !rest_string("code")[0] || !rest_string("detail")[0]) abort();
    if (rest_answer.status == 500) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char line[MAX_LINE + 1] = "", method[16] = "", path[MAX_LINE + 1] = "";
    const uint8_t *end = memchr(data, '\n', size);
    size_t len = end ? (size_t)(end - data) : size;
    struct cw_str body = {0}, where = {0};
    if (!rest.node) start();
    if (len > MAX_LINE) return 0;
    make_session();
    memcpy(line, data, len);
    sscanf(line, "%15s %400[^\n]", method, path);
    put_id(&where, path, strlen(path));
    if (end) put_id(&body, (const char *)end + 1, size - len - 1);
    char *query = where.s ? strchr(where.s, '?') : NULL;
    if (query) *query++ = '\0';
    rest_ask_bytes(&rest, method, where.s ? where.s : "", query, body.s ? body.s : "", body.len, NULL);
    check_answer();
    cw_stream_close(rest.streams, rest.last_id);
    rest_end_sessions(&rest);
    cw_str_fini(&body);
    cw_str_fini(&where);
    return 0;
}
