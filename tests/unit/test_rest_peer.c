// Peers of an application plugin on a real node, called without HTTP.
#include <stdatomic.h>

#include "core/peer_app.h"
#include "core/plugins.h"
#include "rest_stub.h"
#include "test.h"

#define CONFIG "media: {workers: 1, addresses: [127.0.0.1]}\n"

// A plugin whose peers note in which order their worker functions run.
static atomic_int order; // of the digits that were given: 12, 123, …
static struct cw_node *node;

static void note(void *peer, struct cw_media_peer *media, const void *data) {
    (void)peer;
    if (!media) abort();
    atomic_store(&order, atomic_load(&order) * 10 + *(const int *)data);
}

static int run_on_worker(cw_handle handle, int digit) {
    return cw_peer_app_run(node, handle, note, &digit, sizeof digit);
}

static cw_handle attached;

static int attach(void *self, cw_handle handle, const char *options, void **peer, struct cw_plugin_error *error) {
    (void)self, (void)options, (void)error;
    attached = handle;
    *peer = &attached;
    CHECK_INT(run_on_worker(handle, 1), 0); // there is no leg yet
    CHECK_INT(run_on_worker(handle, 2), 0);
    return 0;
}

static int set_options(void *peer, const char *patch, struct cw_plugin_error *error) {
    (void)peer, (void)patch, (void)error;
    return run_on_worker(attached, 3);
}

static void detach(void *peer) { (void)peer; }

static const struct cw_app app = {.attach = attach, .set_options = set_options, .detach = detach};
static const struct cw_plugin plugin = {.abi_major = CW_ABI_MAJOR, .name = "noting", .app = &app};

static void what_a_plugin_runs_before_there_is_a_leg_is_kept(void) {
    struct rest r;
    struct cw_plugin_slot slot = {.plugin = &plugin};
    char body[200], path[160];
    rest_start(&r, CONFIG);
    node = slot.node = r.node;
    g_ptr_array_add(r.node->plugins, &slot);
    CHECK_INT(rest_ask(&r, "POST", "/v1/sessions", "{}", NULL), 201);
    snprintf(body, sizeof body, "{\"session\":\"%s\",\"plugin\":\"noting\"}", rest_string("id"));
    CHECK_INT(rest_ask(&r, "POST", "/v1/peers", body, NULL), 201);
    snprintf(path, sizeof path, "%s/options", rest_answer.reply.location);
    CHECK_INT(rest_ask(&r, "PATCH", path, "{}", NULL), 200);
    for (int i = 0; i < 2000 && atomic_load(&order) < 123; i++) usleep(1000); // the worker's thread
    CHECK_INT(atomic_load(&order), 123);
    CHECK_INT(run_on_worker(12345, 4), CW_RESULT_NOT_FOUND);
    g_ptr_array_remove(r.node->plugins, &slot);
    rest_stop(&r);
}

static const struct cw_test tests[] = {
    TEST(what_a_plugin_runs_before_there_is_a_leg_is_kept),
};
TEST_MAIN(tests)
