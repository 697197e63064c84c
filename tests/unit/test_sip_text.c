// The SIP plugin's pure parts: URIs and texts, digest with the vectors of RFC 7616, the table of legs.
#include <string.h>

#include "cw_plugin.h"
#include "plugins/sip/digest.h"
#include "plugins/sip/note.h"
#include "plugins/sip/table.h"
#include "plugins/sip/text.h"
#include "tests/test.h"

static void uris(void) {
    static const struct {
        const char *text;
        int result;
    } rows[] = {
        {"sip:a@b", 0},
        {"sip:b.example", 0},
        {"SIP:a%20b@[2001:db8::1]:5060;transport=tcp", 0},
        {"sips:a@b:1", 0},
        {"sip:+49(30)1@b;user=phone", 0},
        {"tel:+49-30-1;phone-context=x", 0},
        {"tel:*21#", 0},
        {"mailto:a@b", CW_RESULT_UNSUPPORTED},
        {"", CW_RESULT_UNSUPPORTED},
        {"sip:", CW_RESULT_INVALID},
        {"sip:@b", CW_RESULT_INVALID},
        {"sip:a@", CW_RESULT_INVALID},
        {"sip:a@b@c", CW_RESULT_INVALID},
        {"sip:a:secret@b", CW_RESULT_INVALID},
        {"sip:a@b:", CW_RESULT_INVALID},
        {"sip:a@b:65536", CW_RESULT_INVALID},
        {"sip:a@b:5x", CW_RESULT_INVALID},
        {"sip:a@b c", CW_RESULT_INVALID},
        {"sip:a@b>", CW_RESULT_INVALID},
        {"sip:a@b\r\nX: y", CW_RESULT_INVALID},
        {"sip:a@b?X=y", CW_RESULT_INVALID},
        {"sip:a%0@b", CW_RESULT_INVALID},
        {"sip:a%00@b", CW_RESULT_INVALID},
        {"sip:a@[::1", CW_RESULT_INVALID},
        {"sip:a@b/c", CW_RESULT_INVALID},
        {"tel:", CW_RESULT_INVALID},
        {"tel:alice", CW_RESULT_INVALID},
        {"tel:1+2", CW_RESULT_INVALID},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct cw_sip_uri uri;
        const char *why;
        int result = cw_sip_uri_parse(rows[i].text, &uri, &why);
        if (result != rows[i].result) printf("# %s\n", rows[i].text);
        CHECK_INT(result, rows[i].result);
    }
}

static void uri_parts(void) {
    struct cw_sip_uri uri;
    const char *why;
    char digits[32];
    REQUIRE(cw_sip_uri_parse("sip:al@[::1]:5062;lr", &uri, &why) == 0);
    CHECK_INT(uri.user_len, 2);
    CHECK_INT(uri.host_len, 5);
    CHECK_INT(uri.port_len, 4);
    CHECK_STR(uri.params, ";lr");
    REQUIRE(cw_sip_uri_parse("tel:+49-(30).1;x=2", &uri, &why) == 0);
    cw_sip_tel_digits(&uri, digits, sizeof digits);
    CHECK_STR(digits, "+49301");
}

static void texts(void) {
    char out[16];
    CHECK(cw_sip_header_is_allowed("X-A"));
    CHECK(!cw_sip_header_is_allowed("X-"));
    CHECK(!cw_sip_header_is_allowed("Via"));
    CHECK(!cw_sip_header_is_allowed("X-A:"));
    CHECK(!cw_sip_header_is_allowed("X-A\r\nB"));
    CHECK(cw_sip_text_is_safe("a\tb \xc3\xa4"));
    CHECK(!cw_sip_text_is_safe("a\rb"));
    CHECK(!cw_sip_text_is_safe("a\nb"));
    CHECK_INT(cw_sip_quote("a\"b\\", out, sizeof out), 0);
    CHECK_STR(out, "\"a\\\"b\\\\\"");
    cw_sip_unquote(out, out, sizeof out);
    CHECK_STR(out, "a\"b\\");
    CHECK_INT(cw_sip_quote("123456789012345", out, sizeof out), CW_RESULT_INVALID);
    cw_sip_unescape("a%40b%2", out, sizeof out);
    CHECK_STR(out, "a@b%2");
}

// RFC 7616 section 3.9.1.
static void digest_vectors(void) {
    struct cw_sip_challenge challenge = {
        .realm = "http-auth@example.org", .nonce = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", .qop_auth = true};
    const struct cw_sip_credentials credentials = {"Mufasa", "Circle of Life"};
    const struct cw_sip_signed_request request = {"GET", "/dir/index.html",
                                                  "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", 1};
    char out[65];
    CHECK_INT(cw_sip_digest_response(&challenge, &credentials, &request, out), 0);
    CHECK_STR(out, "8ca523f5e9506fed4657c9700eebdbec");
    challenge.algorithm = CW_SIP_SHA256;
    CHECK_INT(cw_sip_digest_response(&challenge, &credentials, &request, out), 0);
    CHECK_STR(out, "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1");
}

// Without qop, as in RFC 2069, with RFC 2617's example: computed from its A1 and A2.
static void digest_without_qop(void) {
    const struct cw_sip_challenge challenge = {.realm = "testrealm@host.com",
                                               .nonce = "dcd98b7102dd2f0e8b11d0f600bfb0c093"};
    char out[65];
    CHECK_INT(cw_sip_digest_response(&challenge, &(struct cw_sip_credentials){"Mufasa", "Circle Of Life"},
                                     &(struct cw_sip_signed_request){"GET", "/dir/index.html", "", 1}, out),
              0);
    CHECK_STR(out, "670fd8c2df070c60b045671b8b24ff02");
}

static void challenges(void) {
    struct cw_sip_challenge challenge;
    CHECK_INT(cw_sip_challenge_parse(&challenge, (const char *[]){"realm=\"a\\\\b\"", "nonce=n", NULL}),
              CW_RESULT_INVALID); // a backslash would have to be quoted again
    CHECK_INT(cw_sip_challenge_parse(&challenge, (const char *[]){"Realm=\"a\"", "nonce=\"n\"", "stale=TRUE",
                                                                  "qop=\"auth-int, auth\"", "algorithm=sha-256",
                                                                  "opaque=\"o\"", NULL}),
              0);
    CHECK_STR(challenge.realm, "a");
    CHECK(challenge.stale && challenge.qop_auth && challenge.has_opaque);
    CHECK_INT(challenge.algorithm, CW_SIP_SHA256);
    CHECK_INT(cw_sip_challenge_parse(&challenge, (const char *[]){"realm=a", "nonce=n", "qop=auth-int", NULL}),
              CW_RESULT_UNSUPPORTED);
    CHECK_INT(cw_sip_challenge_parse(&challenge, (const char *[]){"realm=a", "nonce=n", "algorithm=X", NULL}),
              CW_RESULT_UNSUPPORTED);
    CHECK_INT(cw_sip_challenge_parse(&challenge, (const char *[]){"realm=a", NULL}), CW_RESULT_INVALID);
    CHECK_INT(cw_sip_challenge_parse(&challenge, NULL), CW_RESULT_INVALID);
}

static void table_of_many(void) {
    struct cw_sip_table table = {0};
    static int objects[3000];
    for (uint64_t id = 1; id <= 3000; id++) REQUIRE(cw_sip_table_add(&table, id * 2, &objects[id - 1]) == 0);
    for (uint64_t id = 1; id <= 3000; id += 2) CHECK(cw_sip_table_remove(&table, id * 2) == &objects[id - 1]);
    for (uint64_t id = 1; id <= 3000; id++)
        CHECK(cw_sip_table_find(&table, id * 2) == (id % 2 ? NULL : &objects[id - 1]));
    CHECK_INT(table.count, 1500);
    CHECK(cw_sip_table_remove(&table, 7) == NULL && cw_sip_table_find(&table, 0) == NULL);
    cw_sip_table_fini(&table);
    CHECK(cw_sip_table_any(&table) == NULL);
}

static void notes(void) {
    struct cw_sip_note note = {.kind = CW_SIP_DIAL, .to = "sip:a@b", .sdp = "v=0", .header_count = 1};
    note.headers[0] = (struct cw_header){"X-A", "b"};
    struct cw_sip_note *copy = cw_sip_note_copy(&note);
    REQUIRE(copy);
    CHECK_STR(copy->to, "sip:a@b");
    CHECK_STR(copy->sdp, "v=0");
    CHECK_STR(copy->headers[0].value, "b");
    CHECK(copy->to != note.to && copy->from == NULL);
    free(copy);
}

static const struct cw_test tests[] = {
    TEST(uris),       TEST(uri_parts),     TEST(texts), TEST(digest_vectors), TEST(digest_without_qop),
    TEST(challenges), TEST(table_of_many), TEST(notes),
};

TEST_MAIN(tests)
