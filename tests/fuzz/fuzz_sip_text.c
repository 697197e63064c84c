// Fuzz target: what the SIP plugin reads itself: URIs, quoted and escaped texts, challenges, names of the hosts file.
// The first byte chooses. No parser may read past its input, write past its output or accept what would end a header.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cw_plugin.h"
#include "plugins/sip/address.h"
#include "plugins/sip/digest.h"
#include "plugins/sip/hosts.h"
#include "plugins/sip/text.h"

#define PARAMS_MAX 16
#define OUT_SIZE 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_uri(const char *text) {
    struct cw_sip_uri uri;
    const char *why = NULL, *end = text + strlen(text);
    char digits[OUT_SIZE];
    int result = cw_sip_uri_parse(text, &uri, &why);
    if (result == CW_RESULT_INVALID && !why) abort();
    if (result < 0) return;
    if (!cw_sip_text_is_safe(text) || strpbrk(text, "<>\" ?")) abort(); // it goes between < and > of a header
    if (uri.user_len && (uri.user < text || uri.user + uri.user_len > end)) abort();
    if (uri.host_len && (uri.host < text || uri.host + uri.host_len > end)) abort();
    if (uri.port_len && (uri.port < text || uri.port + uri.port_len > end)) abort();
    if (uri.params < text || uri.params > end) abort();
    if (uri.scheme == CW_SIP_SCHEME_TEL) cw_sip_tel_digits(&uri, digits, sizeof digits);
}

static void check_text(const char *text) {
    char *out = malloc(OUT_SIZE), *back = malloc(OUT_SIZE);
    if (!out || !back) abort();
    cw_sip_unescape(text, out, OUT_SIZE);
    cw_sip_unquote(text, out, OUT_SIZE);
    if (cw_sip_quote(text, out, OUT_SIZE) == 0) {
        cw_sip_unquote(out, back, OUT_SIZE);
        if (strcmp(back, text) != 0) abort();
    }
    if (cw_sip_header_is_allowed(text) && strpbrk(text, ": \r\n")) abort();
    cw_sip_address_is_private(text);
    free(out);
    free(back);
}

// One parameter a line.
static void check_challenge(char *text) {
    const char *params[PARAMS_MAX + 1] = {0};
    struct cw_sip_challenge challenge;
    char out[4096], *rest = text;
    for (size_t i = 0; i < PARAMS_MAX && rest; i++) params[i] = strsep(&rest, "\n");
    if (cw_sip_challenge_parse(&challenge, params) < 0) return;
    const struct cw_sip_credentials credentials = {.user = "user", .password = "password"};
    const struct cw_sip_signed_request request = {
        .method = "INVITE", .uri = "sip:a@b", .cnonce = "c", .nonce_count = 1};
    if (cw_sip_digest_header(&challenge, &credentials, &request, out, sizeof out) == 0 && strpbrk(out, "\r\n")) abort();
}

// The file, a zero byte, the query.
static void check_hosts(const uint8_t *data, size_t size) {
    const uint8_t *end = memchr(data, 0, size);
    size_t file_len = end ? (size_t)(end - data) : size, len = end ? size - file_len - 1 : 0;
    uint8_t *answer = malloc(CW_SIP_HOSTS_ANSWER_MAX), *query = malloc(len ? len : 1);
    FILE *hosts = file_len ? fmemopen((void *)(uintptr_t)data, file_len, "r") : NULL;
    if (!answer || !query) abort();
    if (len) memcpy(query, end + 1, len);
    if (hosts) {
        int result = cw_sip_hosts_answer(hosts, query, len, answer);
        if (result > CW_SIP_HOSTS_ANSWER_MAX || (result >= 0 && result < 17)) abort();
        fclose(hosts);
    }
    free(answer);
    free(query);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 1) return 0;
    char *text = malloc(size); // exactly: a read past the end is seen
    if (!text) abort();
    memcpy(text, data + 1, size - 1);
    text[size - 1] = 0;
    switch (data[0] % 4) {
    case 0: check_uri(text); break;
    case 1: check_text(text); break;
    case 2: check_challenge(text); break;
    default: check_hosts(data + 1, size - 1); break;
    }
    free(text);
    return 0;
}
