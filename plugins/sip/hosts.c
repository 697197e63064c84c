// Names of /etc/hosts, answered to Sofia's resolver in place of a name server.
#include "hosts.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "cw_plugin.h"

#define HEADER_BYTES 12
#define NAME_SIZE 254
#define LINE_SIZE 1024
#define RECORD_BYTES (12 + 16)
#define ADDRESS_SUFFIX ".ip6.invalid"
#define TTL_S 30 // the file may change at any time
#define TYPE_A 1
#define TYPE_AAAA 28

struct question {
    char name[NAME_SIZE];
    unsigned type;
    size_t end; // of the question in the query
};

static unsigned get_u16(const uint8_t *at) { return (unsigned)at[0] << 8 | at[1]; }

static uint8_t *put_u16(uint8_t *at, unsigned value) {
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
    return at + 2;
}

// ---------------------------------------------------------------- the question

// Labels as text with dots; names in questions are never compressed.
static int read_name(const uint8_t *query, size_t len, size_t *at, char out[NAME_SIZE]) {
    size_t n = 0, i = *at;
    for (;;) {
        if (i >= len) return CW_RESULT_INVALID;
        size_t label = query[i++];
        if (label == 0) break;
        if (label > 63 || i + label > len || n + label + 2 > NAME_SIZE) return CW_RESULT_INVALID;
        if (n > 0) out[n++] = '.';
        memcpy(out + n, query + i, label);
        n += label;
        i += label;
    }
    out[n] = 0;
    *at = i;
    return strlen(out) == n ? 0 : CW_RESULT_INVALID;
}

//  0       2       4        6        8        10       12
//  | id    | flags | QDCOUNT| ANCOUNT| NSCOUNT| ARCOUNT| QNAME … QTYPE QCLASS
static int read_question(const uint8_t *query, size_t len, struct question *out) {
    size_t at = HEADER_BYTES;
    if (len < HEADER_BYTES || get_u16(query + 4) != 1 || query[2] & 0xf8)
        return CW_RESULT_INVALID; // a response, opcode
    if (read_name(query, len, &at, out->name) < 0 || at + 4 > len) return CW_RESULT_INVALID;
    out->type = get_u16(query + at);
    out->end = at + 4;
    return get_u16(query + at + 2) == 1 ? 0 : CW_RESULT_INVALID; // class IN
}

// "_sip._udp.name" asks about name.
static const char *host_of(const struct question *question) {
    const char *name = question->name;
    while (name[0] == '_' && strchr(name, '.')) name = strchr(name, '.') + 1;
    return name;
}

// ---------------------------------------------------------------- the file

// Address of a line that has the name, or NULL. line is cut into words.
static const char *address_in(char *line, const char *name) {
    char *rest = line, *word, *address;
    line[strcspn(line, "#\r\n")] = 0;
    do address = strsep(&rest, " \t");
    while (address && !address[0]);
    while (rest && (word = strsep(&rest, " \t")))
        if (word[0] && strcasecmp(word, name) == 0) return address;
    return NULL;
}

static uint8_t *put_record(uint8_t *at, unsigned type, const uint8_t *address, size_t len) {
    at = put_u16(at, 0xc000 | HEADER_BYTES); // the name of the question
    at = put_u16(at, type);
    at = put_u16(at, 1);
    at = put_u16(at, 0);
    at = put_u16(at, TTL_S);
    at = put_u16(at, (unsigned)len);
    memcpy(at, address, len);
    return at + len;
}

// ---------------------------------------------------------------- addresses as names

int cw_sip_hosts_name_of(const char *host, char out[CW_SIP_HOSTS_NAME_SIZE]) {
    char text[INET6_ADDRSTRLEN];
    uint8_t address[16];
    size_t len = strlen(host);
    if (host[0] != '[' || len < 3 || len > sizeof text || host[len - 1] != ']') return CW_RESULT_INVALID;
    memcpy(text, host + 1, len - 2);
    text[len - 2] = 0;
    if (inet_pton(AF_INET6, text, address) != 1) return CW_RESULT_INVALID;
    for (size_t i = 0; i < sizeof address; i++) snprintf(out + 2 * i, 3, "%02x", address[i]);
    strcpy(out + 2 * sizeof address, ADDRESS_SUFFIX);
    return 0;
}

static bool is_address_name(const char *name, uint8_t address[16]) {
    if (strspn(name, "0123456789abcdef") != 32 || strcasecmp(name + 32, ADDRESS_SUFFIX) != 0) return false;
    for (size_t i = 0; i < 16; i++) sscanf(name + 2 * i, "%2hhx", &address[i]);
    return true;
}

// ---------------------------------------------------------------- the answer

struct answer {
    struct question question;
    const char *name; // of the host, in question
    bool found;
    unsigned records;
    uint8_t *start, *end;
};

static void add_address(struct answer *answer, bool v6, const uint8_t *address) {
    bool wanted = answer->name == answer->question.name && answer->question.type == (v6 ? TYPE_AAAA : TYPE_A);
    answer->found = true;
    if (!wanted || answer->end + RECORD_BYTES > answer->start + CW_SIP_HOSTS_ANSWER_MAX) return;
    answer->end = put_record(answer->end, answer->question.type, address, v6 ? 16 : 4);
    answer->records++;
}

static void search_file(struct answer *answer, FILE *hosts) {
    char line[LINE_SIZE];
    uint8_t address[16];
    while (fgets(line, sizeof line, hosts)) {
        const char *text = address_in(line, answer->name);
        bool v6 = text && strchr(text, ':');
        if (text && inet_pton(v6 ? AF_INET6 : AF_INET, text, address) == 1) add_address(answer, v6, address);
    }
}

int cw_sip_hosts_answer(FILE *hosts, const uint8_t *query, size_t len, uint8_t out[CW_SIP_HOSTS_ANSWER_MAX]) {
    struct answer answer = {.start = out};
    uint8_t address[16];
    if (read_question(query, len, &answer.question) < 0) return CW_RESULT_INVALID;
    size_t start = answer.question.end; // at most HEADER_BYTES + NAME_SIZE + 5
    answer.name = host_of(&answer.question);
    answer.end = out + start;
    if (is_address_name(answer.name, address))
        add_address(&answer, true, address);
    else if (hosts)
        search_file(&answer, hosts);
    if (!answer.found) return CW_RESULT_NOT_FOUND;
    memcpy(out, query, start);
    out[2] = (uint8_t)(0x84 | (query[2] & 1)); // a response with authority; recursion desired as asked
    out[3] = 0x80;                             // recursion available, no error
    put_u16(out + 6, answer.records);
    put_u16(out + 8, 0);
    put_u16(out + 10, 0);
    return (int)(answer.end - out);
}
