// The HTTP server: events by long-poll, SSE and WebSocket.
#include "http_stub.h"

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
    TEST(long_poll_waits_for_an_event), TEST(events_stream_and_replay),        TEST(slow_reader_is_told),
    TEST(websocket_carries_events),     TEST(websocket_ends_with_its_session), TEST(the_server_ends_with_streams_open),
};
TEST_MAIN(tests)
