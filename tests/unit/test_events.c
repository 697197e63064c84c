// The event queue and problem documents.
#include <jansson.h>

#include "core/events.h"
#include "core/problem.h"
#include "test.h"

struct listener {
    struct cw_event_reader *reader;
    int told, ended;
    bool leave; // frees its reader when told
};

static void on_events(void *arg) {
    struct listener *l = arg;
    l->told++;
    if (l->leave) cw_event_reader_free(l->reader);
}

static void on_end(void *arg) { ((struct listener *)arg)->ended++; }

static const struct cw_event_reader_ops ops = {on_events, on_end};

static void add(struct cw_event_queue *q, int count) {
    for (int i = 0; i < count; i++) cw_event_add(q, "call.dtmf", "ses_1", NULL, "call_1", json_pack("{s:i}", "n", i));
}

// Reads one event and gives its seq; 0 if there is none. The id goes to id (CW_EVENT_ID_SIZE bytes) if not NULL.
static uint64_t next(struct cw_event_reader *r, char *id) {
    struct cw_event *e = cw_event_next(r);
    if (!e) return 0;
    uint64_t seq = e->seq;
    if (id) strcpy(id, e->id);
    cw_event_unref(e);
    return seq;
}

static void event_has_the_documented_shape(void) {
    struct cw_event_queue *q = cw_event_queue_new(8);
    struct listener l = {0};
    struct cw_event_reader *r = cw_event_reader_new(q, NULL, &ops, &l);
    CHECK(cw_event_queue_has_readers(q));
    cw_event_add(q, "peer.connected", "ses_1", "peer_2", NULL, NULL);
    CHECK_INT(l.told, 1);
    struct cw_event *e = cw_event_next(r);
    REQUIRE(e);
    json_t *doc = json_loads(e->text, 0, NULL);
    CHECK_STR(json_string_value(json_object_get(doc, "id")), e->id);
    CHECK_STR(json_string_value(json_object_get(doc, "type")), "peer.connected");
    CHECK_STR(json_string_value(json_object_get(doc, "session")), "ses_1");
    CHECK_STR(json_string_value(json_object_get(doc, "peer")), "peer_2");
    CHECK(!json_object_get(doc, "call"));
    CHECK_INT(json_integer_value(json_object_get(doc, "seq")), 1);
    CHECK_INT(json_object_size(json_object_get(doc, "data")), 0);
    CHECK(json_is_object(json_object_get(doc, "data")));
    CHECK_INT(e->len, strlen(e->text));
    json_decref(doc);
    cw_event_unref(e);
    CHECK(!cw_event_next(r));
    cw_event_reader_free(r);
    CHECK(!cw_event_queue_has_readers(q));
    cw_event_queue_free(q);
    CHECK_INT(l.ended, 0);
}

static void replay_goes_on_after_an_id(void) {
    struct cw_event_queue *q = cw_event_queue_new(8);
    struct listener l = {0};
    char id[CW_EVENT_ID_SIZE];
    add(q, 3);
    struct cw_event_reader *all = cw_event_reader_new(q, "0", &ops, &l);
    CHECK_INT(next(all, NULL), 1);
    CHECK_INT(next(all, id), 2);
    struct cw_event_reader *again = cw_event_reader_new(q, id, &ops, &l);
    CHECK_INT(next(again, NULL), 3);
    CHECK_INT(next(again, NULL), 0);
    struct cw_event_reader *fresh = cw_event_reader_new(q, NULL, &ops, &l);
    CHECK_INT(next(fresh, NULL), 0);
    add(q, 1);
    CHECK_INT(next(fresh, NULL), 4);
    CHECK_INT(next(again, NULL), 4);
    cw_event_queue_free(q);
    CHECK_INT(l.ended, 3);
}

static void overtaken_reader_is_told_how_many(void) {
    struct cw_event_queue *q = cw_event_queue_new(4);
    struct listener l = {0};
    char id[CW_EVENT_ID_SIZE];
    struct cw_event_reader *r = cw_event_reader_new(q, NULL, &ops, &l);
    add(q, 1);
    CHECK_INT(next(r, id), 1);
    add(q, 9); // 2 … 10: 7 … 10 are remembered
    struct cw_event *e = cw_event_next(r);
    REQUIRE(e);
    CHECK_STR(e->type, "events.dropped");
    CHECK(strstr(e->text, "\"data\":{\"count\":5}") != NULL);
    char dropped_id[CW_EVENT_ID_SIZE];
    strcpy(dropped_id, e->id);
    cw_event_unref(e);
    CHECK_INT(next(r, NULL), 7);
    struct cw_event_reader *old = cw_event_reader_new(q, id, &ops, &l);
    CHECK_INT(next(old, NULL), 6); // the notice stands for 6
    CHECK_INT(next(old, NULL), 7);
    struct cw_event_reader *after_notice = cw_event_reader_new(q, dropped_id, &ops, &l);
    CHECK_INT(next(after_notice, NULL), 7);
    struct cw_event_reader *stranger = cw_event_reader_new(q, "evt_of_another_life_12", &ops, &l);
    e = cw_event_next(stranger);
    REQUIRE(e);
    CHECK(strstr(e->text, "\"count\":6") != NULL);
    cw_event_unref(e);
    cw_event_queue_free(q);
}

static void big_events_push_old_ones_out(void) {
    struct cw_event_queue *q = cw_event_queue_new(512);
    struct listener l = {0};
    char *big = calloc(1, 400001);
    memset(big, 'x', 400000);
    for (int i = 0; i < 5; i++) cw_event_add(q, "chat.message", NULL, NULL, NULL, json_pack("{s:s}", "text", big));
    free(big);
    struct cw_event_reader *r = cw_event_reader_new(q, "0", &ops, &l);
    CHECK_INT(next(r, NULL), 3); // the notice
    CHECK_INT(next(r, NULL), 4);
    CHECK_INT(next(r, NULL), 5);
    cw_event_queue_free(q);
}

static void a_larger_queue_remembers_more(void) {
    struct cw_event_queue *q = cw_event_queue_new(8192);
    struct listener l = {0};
    for (int i = 0; i < 20; i++)
        cw_event_add(q, "chat.message", NULL, NULL, NULL, json_pack("{s:o}", "text", json_sprintf("%0300000d", i)));
    add(q, 8000);
    struct cw_event_reader *r = cw_event_reader_new(q, "0", &ops, &l);
    CHECK_INT(next(r, NULL), 1); // 6 MB of text are within 2 kB for each of 8192
    cw_event_queue_free(q);
}

static void reader_may_leave_while_it_is_told(void) {
    struct cw_event_queue *q = cw_event_queue_new(4);
    struct listener a = {0}, b = {.leave = true}, c = {0};
    a.reader = cw_event_reader_new(q, NULL, &ops, &a);
    b.reader = cw_event_reader_new(q, NULL, &ops, &b);
    c.reader = cw_event_reader_new(q, NULL, &ops, &c);
    add(q, 2);
    CHECK_INT(a.told, 2);
    CHECK_INT(b.told, 1);
    CHECK_INT(c.told, 2);
    cw_event_queue_free(q);
    CHECK_INT(a.ended + b.ended + c.ended, 2);
}

static void problem_document(void) {
    struct cw_problem p;
    CHECK(cw_problem_set(&p, 422, "sdp_refused", "/description/sdp", "line %d", 7) < 0);
    p.sip_status = 486;
    strcpy(p.sip_reason, "Busy \xff Here");
    json_t *doc = cw_problem_json(&p);
    CHECK_STR(json_string_value(json_object_get(doc, "title")), "Unprocessable Content");
    CHECK_INT(json_integer_value(json_object_get(doc, "status")), 422);
    CHECK_STR(json_string_value(json_object_get(doc, "code")), "sdp_refused");
    CHECK_STR(json_string_value(json_object_get(doc, "detail")), "line 7");
    CHECK_STR(json_string_value(json_object_get(doc, "pointer")), "/description/sdp");
    CHECK_INT(json_integer_value(json_object_get(json_object_get(doc, "sip"), "status")), 486);
    CHECK_STR(json_string_value(json_object_get(json_object_get(doc, "sip"), "reason")), "Busy ? Here");
    json_decref(doc);
}

static void long_detail_is_cut_between_characters(void) {
    struct cw_problem p;
    char text[600] = "";
    for (int i = 0; i < 299; i++) strcat(text, "é");
    for (int shift = 0; shift < 2; shift++) {
        cw_problem_set(&p, 400, "x", text, "%s%s", shift ? "a" : "", text);
        json_t *doc = cw_problem_json(&p);
        const char *detail = json_string_value(json_object_get(doc, "detail"));
        CHECK(detail && strlen(detail) > 230 && !strchr(detail, '?'));
        json_decref(doc);
    }
}

static const struct cw_test tests[] = {
    TEST(event_has_the_documented_shape),
    TEST(replay_goes_on_after_an_id),
    TEST(overtaken_reader_is_told_how_many),
    TEST(big_events_push_old_ones_out),
    TEST(a_larger_queue_remembers_more),
    TEST(reader_may_leave_while_it_is_told),
    TEST(problem_document),
    TEST(long_detail_is_cut_between_characters),
};
TEST_MAIN(tests)
