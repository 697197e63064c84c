// Fuzz target: the SIP plugin with Sofia below it, on loopback. The first byte chooses: a bare datagram, a request with
// these further headers and body, inside a dialog or not, or a response of that kind to one of ours. Nothing may crash,
// and the stack must go on answering.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "sip_fake.h"

#define INPUT_MAX 8192
#define ALIVE_EVERY 256
#define ALIVE_MS 10000

int LLVMFuzzerInitialize(int *argc, char ***argv);
const char *__asan_default_options(void);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

extern const struct cw_plugin cw_plugin_entry;

static const char *const methods[] = {"INVITE", "UPDATE", "INFO",   "MESSAGE",   "REFER",    "PRACK",
                                      "BYE",    "CANCEL", "NOTIFY", "SUBSCRIBE", "REGISTER", "OPTIONS"};
static const char *const statuses[] = {"180 Ringing",
                                       "183 Session Progress",
                                       "200 OK",
                                       "302 Moved",
                                       "401 Unauthorized",
                                       "407 Proxy Authentication Required",
                                       "422 Session Interval Too Small",
                                       "491 x"};
#define COUNT(list) (sizeof(list) / sizeof *(list))

static struct fake gateway;
static struct phone phone;
static char port_setting[32], host_setting[64];
static const char *settings[] = {port_setting,          host_setting,         "address=127.0.0.1",          "t1_ms=10",
                                 "accounts.0.name=pbx", "accounts.0.user=gw", "accounts.0.password=secret", NULL};

static void forget_legs(void) {
    for (int i = 0; i < gateway.leg_count; i++) fake_hangup(&gateway, &gateway.legs[i], 480);
    gateway.leg_count = 0;
}

static void drain(void) {
    char message[2048];
    while (recv(phone.fd, message, sizeof message, MSG_DONTWAIT) > 0) continue;
}

static void check_alive(void) {
    static unsigned count;
    char call[32];
    snprintf(call, sizeof call, "alive%u", count++);
    drain();
    phone_request(&phone, "OPTIONS", call, "", "", NULL);
    if (!phone_wait(&phone, "SIP/2.0 200", ALIVE_MS)) abort();
}

// text: headers, an empty line, a body. Each header line ends in CRLF.
static void split(char *text, const char **headers, const char **body) {
    char *end = strstr(text, "\r\n\r\n");
    *body = end ? end + 4 : "";
    *headers = end ? text : "";
    if (end) end[2] = 0;
}

static void request(unsigned method, const char *headers, const char *body, bool dialog) {
    static unsigned count;
    char call[32], tag[256] = "";
    snprintf(call, sizeof call, "fuzz%u", count++);
    phone.cseq = 0;
    if (dialog) {
        phone_request(&phone, "INVITE", call, "", "Content-Type: application/sdp\r\n", fake_sdp);
        if (!phone_wait(&phone, "SIP/2.0 200", 1000)) return;
        snprintf(tag, sizeof tag, "%s", phone_to_tag(&phone));
        phone_request(&phone, "ACK", call, tag, "", NULL);
    }
    phone_request(&phone, methods[method % COUNT(methods)], call, tag, headers, body);
}

static void response(unsigned status, const char *headers, const char *body) {
    char uri[64];
    snprintf(uri, sizeof uri, "sip:bob@127.0.0.1:%d", phone.port);
    if (!fake_dial(&gateway, &(struct cw_dial){.to = uri, .sdp = fake_sdp, .account = "pbx"}, NULL)) return;
    if (!phone_wait(&phone, "INVITE ", 1000)) return;
    phone_reply(&phone, statuses[status % COUNT(statuses)], headers, body);
}

// Sofia frees a transaction long after its message: what is not freed yet is no leak.
const char *__asan_default_options(void) { return "detect_leaks=0"; }

int LLVMFuzzerInitialize(int *argc, char ***argv) {
    (void)argc;
    (void)argv;
    int port = fake_free_port();
    snprintf(port_setting, sizeof port_setting, "port=%d", port);
    phone_open(&phone, port);
    snprintf(host_setting, sizeof host_setting, "accounts.0.host=127.0.0.1:%d", phone.port);
    if (fake_start(&gateway, &cw_plugin_entry, settings, NULL) != 0) abort();
    gateway.auto_answer = true;
    gateway.takes_refers = true;
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static unsigned count;
    static char text[INPUT_MAX];
    const char *headers, *body;
    if (size < 2 || size > INPUT_MAX) return 0;
    memcpy(text, data + 2, size - 2);
    text[size - 2] = 0;
    if (data[0] % 4 == 0) {
        phone_send_bytes(&phone, data + 1, size - 1);
    } else {
        split(text, &headers, &body);
        if (data[0] % 4 == 3)
            response(data[1], headers, body);
        else
            request(data[1], headers, body, data[0] % 4 == 2);
    }
    fake_run(1);
    forget_legs();
    drain();
    if (++count % ALIVE_EVERY == 0) check_alive();
    return 0;
}
