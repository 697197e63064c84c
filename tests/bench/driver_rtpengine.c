// rtpengine by its ng protocol (bencoded dictionaries over UDP): the browser's description as the offer, one of the
// phone's ports as the answer. There is no SIP, and what a SIP server would add is not counted.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/buf.h"
#include "bench/driver.h"
#include "bench/stamp.h"

#define MESSAGE_MAX 8192

static struct watch control;
static struct cw_addr phone;
static uint16_t phone_rtp;
static struct browser *calling[65536]; // by index

static void add(struct cw_str *out, const char *key, const char *value) {
    cw_str_printf(out, "%zu:%s%zu:%s", strlen(key), key, strlen(value), value);
}

// The text value of a key of a flat bencoded dictionary. False: none.
static bool find_text(const char *message, const char *key, char *out, size_t cap) {
    char mark[32];
    size_t len;
    snprintf(mark, sizeof mark, "%zu:%s", strlen(key), key);
    const char *at = strstr(message, mark);
    if (!at) return false;
    at += strlen(mark);
    char *text;
    len = strtoul(at, &text, 10);
    if (*text != ':' || len >= cap || strlen(text + 1) < len) return false;
    memcpy(out, text + 1, len);
    out[len] = 0;
    return true;
}

// The cookie tells the browser and the step when the answer comes: "INDEX-STEP".
static void begin(struct cw_str *out, const struct browser *browser, const char *step, const char *command) {
    char name[32];
    snprintf(name, sizeof name, "call%u", browser->index);
    cw_str_printf(out, "%u-%s d", browser->index, step);
    add(out, "call-id", name);
    add(out, "command", command);
    add(out, "from-tag", "browser");
}

static void finish(struct cw_str *out) {
    cw_str_add(out, "e", 1);
    if (!out->bad) (void)send(control.fd, out->s, out->len, 0); // a lost one shows as a call that does not begin
    cw_str_fini(out);
}

static void call(struct browser *browser, const char *offer) {
    struct cw_str out = {0};
    calling[browser->index & 0xffff] = browser;
    begin(&out, browser, "o", "offer");
    add(&out, "ICE", "remove");
    add(&out, "transport-protocol", "RTP/AVP");
    cw_str_printf(&out, "8:rtcp-muxl5:demuxe");
    // The phone is offered PCMU alone, and what it sends is made Opus.
    if (browser->all->speech) cw_str_printf(&out, "5:codecd4:maskl4:opuse9:transcodel4:PCMUee");
    add(&out, "sdp", offer);
    finish(&out);
}

static void answer(struct browser *browser) {
    struct cw_str out = {0};
    char sdp[512], ip[CW_ADDR_SIZE];
    unsigned pt = browser->all->opus && !browser->all->speech ? 111 : 0;
    cw_addr_ip(&phone, ip);
    snprintf(sdp, sizeof sdp,
             "v=0\r\no=- 1 1 IN IP4 %s\r\ns=-\r\nc=IN IP4 %s\r\nt=0 0\r\nm=audio %u RTP/AVP %u\r\na=rtpmap:%u "
             "%s\r\na=ptime:20\r\na=sendrecv\r\n",
             ip, ip, phone_rtp + 2 * browser->index, pt, pt, pt ? "opus/48000/2" : "PCMU/8000");
    begin(&out, browser, "a", "answer");
    add(&out, "ICE", "force");
    add(&out, "sdp", sdp);
    add(&out, "to-tag", "phone");
    finish(&out);
}

static void on_message(struct watch *watch, uint32_t events) {
    char message[MESSAGE_MAX], sdp[MESSAGE_MAX], step;
    unsigned index;
    (void)events;
    ssize_t len = recv(watch->fd, message, sizeof message - 1, 0);
    if (len <= 0) return;
    message[len] = 0;
    if (sscanf(message, "%u-%c", &index, &step) != 2 || !calling[index & 0xffff]) return;
    struct browser *browser = calling[index & 0xffff];
    if (step == 'd') return;
    if (!strstr(message, "6:result2:ok"))
        browser_fail(browser, "an ng command refused");
    else if (step == 'o')
        answer(browser);
    else if (find_text(message, "sdp", sdp, sizeof sdp))
        browser_answer(browser, sdp);
}

static int open_driver(const struct driver_options *options) {
    struct cw_addr local = options->server;
    cw_addr_set_port(&local, 0);
    phone = options->phone;
    phone_rtp = options->phone_rtp;
    control.ready = on_message;
    control.fd = stamp_socket(&local, 4194304);
    if (control.fd < 0 || connect(control.fd, &options->server.sa, cw_addr_len(&options->server))) return -1;
    return watch_add(options->epoll, &control, EPOLLIN);
}

static void prepare(struct browser *browser) { browser_set_state(browser, BROWSER_PREPARED); }

static void hang_up(struct browser *browser) {
    struct cw_str out = {0};
    begin(&out, browser, "d", "delete");
    finish(&out);
}

const struct driver driver_rtpengine = {"rtpengine", open_driver, prepare, call, hang_up};
