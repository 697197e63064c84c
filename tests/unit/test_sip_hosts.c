// Names of the hosts file as answers of a name server.
#include "plugins/sip/hosts.h"

#include <string.h>

#include "cw_plugin.h"
#include "tests/test.h"

static const char file[] = "# comment 192.0.2.9 box\n"
                           "127.0.0.1\tlocalhost\n"
                           "::1     localhost ip6-localhost # loopback\n"
                           "192.0.2.1   pbx.example\tPBX\n"
                           "192.0.2.2 pbx.example\n"
                           "nonsense broken\n"
                           "192.0.2.3";

// A query for name; returns its length.
static size_t ask(const char *name, unsigned type, uint8_t out[512]) {
    static const uint8_t header[] = {0xab, 0xcd, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0};
    size_t at = sizeof header;
    memcpy(out, header, sizeof header);
    while (*name) {
        size_t len = strcspn(name, ".");
        out[at++] = (uint8_t)len;
        memcpy(out + at, name, len);
        at += len;
        name += len + (name[len] == '.');
    }
    memcpy(out + at, (const uint8_t[]){0, (uint8_t)(type >> 8), (uint8_t)type, 0, 1}, 5);
    return at + 5;
}

static int answer_to(const uint8_t *query, size_t len, uint8_t *out) {
    FILE *hosts = fmemopen((void *)(uintptr_t)file, sizeof file - 1, "r");
    int result = cw_sip_hosts_answer(hosts, query, len, out);
    fclose(hosts);
    return result;
}

static void known_names(void) {
    static const struct {
        const char *name;
        unsigned type;
        int records;
        uint8_t address[4]; // of the first; its last four bytes when it is longer
    } rows[] = {
        {"localhost", 1, 1, {127, 0, 0, 1}}, {"LocalHost", 28, 1, {0, 0, 0, 1}}, {"ip6-localhost", 28, 1, {0, 0, 0, 1}},
        {"ip6-localhost", 1, 0, {0}},        {"pbx", 1, 1, {192, 0, 2, 1}},      {"pbx.example", 1, 2, {192, 0, 2, 1}},
        {"pbx.example", 28, 0, {0}},         {"pbx.example", 35, 0, {0}},        {"_sip._udp.pbx.example", 33, 0, {0}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t query[512], answer[CW_SIP_HOSTS_ANSWER_MAX];
        size_t len = ask(rows[i].name, rows[i].type, query);
        int got = answer_to(query, len, answer), size = rows[i].type == 28 ? 28 : 16;
        CHECK_INT(got, (int)len + rows[i].records * size);
        CHECK_MEM(answer, ((uint8_t[]){0xab, 0xcd, 0x85, 0x80, 0, 1, 0, (uint8_t)rows[i].records, 0, 0, 0, 0}), 12);
        CHECK_MEM(answer + 12, query + 12, len - 12);
        if (rows[i].records == 0) continue;
        CHECK_MEM(answer + len, ((uint8_t[]){0xc0, 12, 0, (uint8_t)rows[i].type, 0, 1}), 6);
        CHECK_MEM(answer + len + size - 4, rows[i].address, 4);
    }
}

static void unknown_names(void) {
    static const char *const names[] = {"example", "pbx.example.org", "box", "broken", "", "_sip._udp", "comment"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        uint8_t query[512], answer[CW_SIP_HOSTS_ANSWER_MAX];
        CHECK_INT(answer_to(query, ask(names[i], 1, query), answer), CW_RESULT_NOT_FOUND);
    }
}

static void no_queries(void) {
    uint8_t query[512], answer[CW_SIP_HOSTS_ANSWER_MAX];
    size_t len = ask("localhost", 1, query);
    for (size_t i = 0; i < len; i++) CHECK_INT(answer_to(query, i, answer), CW_RESULT_INVALID);
    query[2] = 0x80; // a response
    CHECK_INT(answer_to(query, len, answer), CW_RESULT_INVALID);
    query[2] = 1;
    query[5] = 2; // two questions
    CHECK_INT(answer_to(query, len, answer), CW_RESULT_INVALID);
    query[5] = 1;
    query[12] = 0xc0; // a pointer
    CHECK_INT(answer_to(query, len, answer), CW_RESULT_INVALID);
}

static void addresses_as_names(void) {
    uint8_t query[512], answer[CW_SIP_HOSTS_ANSWER_MAX];
    char name[CW_SIP_HOSTS_NAME_SIZE];
    REQUIRE(cw_sip_hosts_name_of("[2001:db8::1]", name) == 0);
    CHECK_STR(name, "20010db8000000000000000000000001.ip6.invalid");
    size_t len = ask(name, 28, query);
    CHECK_INT(cw_sip_hosts_answer(NULL, query, len, answer), (int)len + 28);
    CHECK_MEM(answer + len + 12, ((uint8_t[]){0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}), 16);
    len = ask(name, 1, query);
    CHECK_INT(cw_sip_hosts_answer(NULL, query, len, answer), (int)len);
    static const char *const bad[] = {"", "[", "[]", "[::1", "::1", "[127.0.0.1]", "[::g]", "localhost"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK_INT(cw_sip_hosts_name_of(bad[i], name), CW_RESULT_INVALID);
}

static const struct cw_test tests[] = {TEST(known_names), TEST(unknown_names), TEST(addresses_as_names),
                                       TEST(no_queries)};

TEST_MAIN(tests)
