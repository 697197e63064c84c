// For tests of the SIP plugin: the recording host.
#include "sip_fake.h"

#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

const char fake_sdp[] = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
                        "m=audio 40000 RTP/AVP 0\r\na=sendrecv\r\n";
const char fake_sdp_hold[] = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
                             "m=audio 40000 RTP/AVP 0\r\na=sendonly\r\n";

// ---------------------------------------------------------------- the control queue, one for all instances

struct task {
    void (*fn)(void *arg);
    void *arg;
    struct task *next;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t wake = PTHREAD_COND_INITIALIZER;
static struct task *first, **last = &first;
static cw_handle last_handle = 1000;

static void run_on_control(const struct cw_host *host, void (*fn)(void *arg), void (*drop)(void *arg), void *arg) {
    struct task *task = malloc(sizeof *task);
    (void)host;
    (void)drop;
    *task = (struct task){.fn = fn, .arg = arg};
    pthread_mutex_lock(&lock);
    *last = task;
    last = &task->next;
    pthread_cond_signal(&wake);
    pthread_mutex_unlock(&lock);
}

static int64_t now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

// Runs one task; waits for it at most until then.
static bool run_one(int64_t until) {
    const struct timespec when = {.tv_sec = until / 1000, .tv_nsec = until % 1000 * 1000000};
    pthread_mutex_lock(&lock);
    while (!first && pthread_cond_timedwait(&wake, &lock, &when) != ETIMEDOUT) continue;
    struct task *task = first;
    if (task && !(first = task->next)) last = &first;
    pthread_mutex_unlock(&lock);
    if (!task) return false;
    task->fn(task->arg);
    free(task);
    return true;
}

int fake_run_until(const int *flag, int ms) {
    int64_t end = now_ms() + ms;
    while (!*flag && now_ms() < end) run_one(end);
    return *flag;
}

bool fake_run_bool(const bool *flag, int ms) {
    int64_t end = now_ms() + ms;
    while (!*flag && now_ms() < end) run_one(end);
    return *flag;
}

void fake_run(int ms) {
    int64_t end = now_ms() + ms;
    do run_one(end);
    while (now_ms() < end);
}

struct fake_leg *fake_wait_leg(struct fake *fake, int count, int ms) {
    int64_t end = now_ms() + ms;
    while (fake->leg_count < count && now_ms() < end) run_one(end);
    return fake->leg_count >= count ? &fake->legs[count - 1] : NULL;
}

// ---------------------------------------------------------------- host functions

static struct fake *fake_of(const struct cw_host *host) { return host->module; }

static void copy(char *to, size_t cap, const char *from) { snprintf(to, cap, "%s", from ? from : ""); }

static struct fake_leg *leg_of(const struct cw_host *host, cw_handle handle) {
    struct fake *fake = fake_of(host);
    for (int i = 0; i < fake->leg_count; i++)
        if (fake->legs[i].handle == handle && !fake->legs[i].ended) return &fake->legs[i];
    return NULL;
}

static struct fake_leg *add_leg(struct fake *fake) {
    if (fake->leg_count == FAKE_LEGS) abort();
    struct fake_leg *leg = &fake->legs[fake->leg_count++];
    memset(leg, 0, sizeof *leg);
    leg->handle = ++last_handle;
    return leg;
}

static void log_line(const struct cw_host *host, enum cw_host_log_level level, const char *event, const char *text) {
    (void)host;
    if (getenv("SIP_TEST_LOG")) fprintf(stderr, "%d %s %s\n", level, event, text);
}

static int64_t now_us(const struct cw_host *host) {
    (void)host;
    return now_ms() * 1000;
}

static void count(const struct cw_host *host, const char *name, uint64_t add) {
    if (strcmp(name, "malformed") == 0) __atomic_add_fetch(&fake_of(host)->malformed, (int)add, __ATOMIC_RELAXED);
    if (strcmp(name, "info_failed") == 0) __atomic_add_fetch(&fake_of(host)->info_failed, (int)add, __ATOMIC_RELAXED);
    if (strcmp(name, "tls_untrusted") == 0)
        __atomic_add_fetch(&fake_of(host)->tls_untrusted, (int)add, __ATOMIC_RELAXED);
    if (strcmp(name, "refused") == 0) __atomic_add_fetch(&fake_of(host)->refused, (int)add, __ATOMIC_RELAXED);
}

// "accounts.0.user" is the table's "accounts[].user".
static const char *default_of(const struct fake *fake, const char *path) {
    char pattern[64];
    if (strncmp(path, "accounts.", 9) == 0)
        snprintf(pattern, sizeof pattern, "accounts[]%s", strchr(path + 9, '.'));
    else
        copy(pattern, sizeof pattern, path);
    for (const struct cw_config_entry *entry = fake->plugin->config; entry->path; entry++)
        if (strcmp(entry->path, pattern) == 0) return entry->default_value;
    abort(); // the plugin asks for a key that it has not declared
}

static const char *config_string(const struct cw_host *host, const char *path) {
    const struct fake *fake = fake_of(host);
    size_t len = strlen(path);
    for (const char *const *setting = fake->settings; *setting; setting++)
        if (strncmp(*setting, path, len) == 0 && (*setting)[len] == '=') return *setting + len + 1;
    return default_of(fake, path);
}

static int64_t config_int(const struct cw_host *host, const char *path) { return atoll(config_string(host, path)); }

static bool config_bool(const struct cw_host *host, const char *path) {
    return strcmp(config_string(host, path), "true") == 0;
}

static size_t config_count(const struct cw_host *host, const char *list) {
    size_t found = 0;
    (void)list;
    for (const char *const *setting = fake_of(host)->settings; *setting; setting++)
        found += strncmp(*setting, "accounts.", 9) == 0 && strstr(*setting, ".name=");
    return found;
}

static int call_incoming(const struct cw_host *host, const struct cw_incoming *incoming, void *object,
                         cw_handle *handle) {
    struct fake *fake = fake_of(host);
    if (fake->refuse_with) return fake->refuse_with;
    struct fake_leg *leg = add_leg(fake);
    leg->incoming = true;
    leg->leg = object;
    leg->replaces = incoming->replaces;
    copy(leg->to_user, sizeof leg->to_user, incoming->to_user);
    copy(leg->to, sizeof leg->to, incoming->to);
    copy(leg->from, sizeof leg->from, incoming->from);
    copy(leg->display, sizeof leg->display, incoming->display);
    copy(leg->account, sizeof leg->account, incoming->account);
    copy(leg->sdp, sizeof leg->sdp, incoming->sdp);
    if (incoming->header_count > 0)
        snprintf(leg->header, sizeof leg->header, "%s=%s", incoming->headers[0].name, incoming->headers[0].value);
    *handle = leg->handle;
    if (fake->auto_answer) fake->plugin->endpoint->answer(object, fake_sdp);
    return 0;
}

static int leg_progress(const struct cw_host *host, cw_handle handle, const struct cw_leg_status *status,
                        const char *sdp) {
    struct fake_leg *leg = leg_of(host, handle);
    if (!leg) return CW_RESULT_NOT_FOUND;
    size_t len = strlen(leg->progress);
    snprintf(leg->progress + len, sizeof leg->progress - len, "%d%s ", status->status, sdp ? "+sdp" : "");
    return 0;
}

static int leg_answered(const struct cw_host *host, cw_handle handle, const char *sdp) {
    struct fake_leg *leg = leg_of(host, handle);
    if (!leg) return CW_RESULT_NOT_FOUND;
    leg->answered = true;
    copy(leg->answer_sdp, sizeof leg->answer_sdp, sdp);
    return 0;
}

static int leg_reoffer(const struct cw_host *host, cw_handle handle, const char *sdp) {
    struct fake_leg *leg = leg_of(host, handle);
    if (!leg) return CW_RESULT_NOT_FOUND;
    leg->reoffers++;
    copy(leg->reoffer_sdp, sizeof leg->reoffer_sdp, sdp);
    return 0;
}

static int leg_reoffer_done(const struct cw_host *host, cw_handle handle, int status, const char *sdp) {
    struct fake_leg *leg = leg_of(host, handle);
    if (!leg) return CW_RESULT_NOT_FOUND;
    leg->done_count++;
    leg->done_status = status;
    copy(leg->done_sdp, sizeof leg->done_sdp, sdp);
    return 0;
}

static int leg_info(const struct cw_host *host, cw_handle handle, const char *type, const char *body) {
    struct fake_leg *leg = leg_of(host, handle);
    if (leg) snprintf(leg->info, sizeof leg->info, "%s:%s", type, body);
    return 0;
}

static int leg_message(const struct cw_host *host, cw_handle handle, const char *type, const char *body) {
    struct fake_leg *leg = leg_of(host, handle);
    if (leg) snprintf(leg->message, sizeof leg->message, "%s:%s", type, body);
    return 0;
}

static int leg_ended(const struct cw_host *host, cw_handle handle, const struct cw_leg_status *status) {
    struct fake_leg *leg = leg_of(host, handle);
    if (!leg) return CW_RESULT_NOT_FOUND;
    leg->ended = true;
    leg->end_status = status->status;
    leg->end_q850 = status->q850;
    copy(leg->end_code, sizeof leg->end_code, status->code);
    copy(leg->end_reason, sizeof leg->end_reason, status->reason);
    return 0;
}

static int leg_refer(const struct cw_host *host, cw_handle handle, const struct cw_refer *refer) {
    struct fake_leg *leg = leg_of(host, handle);
    if (!leg) return CW_RESULT_NOT_FOUND;
    snprintf(leg->refer, sizeof leg->refer, "%s|%s|%s", refer->to, refer->replaces ? refer->replaces : "",
             refer->by ? refer->by : "");
    return fake_of(host)->takes_refers ? 0 : CW_RESULT_UNSUPPORTED;
}

static int leg_dtmf_mode(const struct cw_host *host, cw_handle handle, enum cw_dtmf_mode mode) {
    struct fake_leg *leg = leg_of(host, handle);
    if (!leg) return CW_RESULT_NOT_FOUND;
    leg->dtmf = mode;
    return 0;
}

static void node_event(const struct cw_host *host, const char *type, const char *data) {
    struct fake *fake = fake_of(host);
    size_t len = strlen(fake->node_events);
    snprintf(fake->node_events + len, sizeof fake->node_events - len, "%s ", type);
    copy(fake->node_data, sizeof fake->node_data, data);
}

// ---------------------------------------------------------------- instances

int fake_start(struct fake *fake, const struct cw_plugin *plugin, const char *const *settings,
               struct cw_plugin_error *error) {
    struct cw_plugin_error ignored;
    memset(fake, 0, sizeof *fake);
    fake->plugin = plugin;
    fake->settings = settings;
    fake->host = (struct cw_host){
        .abi_major = CW_ABI_MAJOR,
        .abi_minor = CW_ABI_MINOR,
        .size = sizeof(struct cw_host),
        .version = "0.0.0",
        .module = fake,
        .log = log_line,
        .now_us = now_us,
        .run_on_control = run_on_control,
        .count = count,
        .config_string = config_string,
        .config_int = config_int,
        .config_bool = config_bool,
        .config_count = config_count,
        .call_incoming = call_incoming,
        .leg_progress = leg_progress,
        .leg_answered = leg_answered,
        .leg_reoffer = leg_reoffer,
        .leg_reoffer_done = leg_reoffer_done,
        .leg_info = leg_info,
        .leg_message = leg_message,
        .leg_ended = leg_ended,
        .node_event = node_event,
        .leg_refer = leg_refer,
        .leg_dtmf_mode = leg_dtmf_mode,
    };
    return plugin->init(&fake->host, &fake->self, error ? error : &ignored);
}

void fake_stop(struct fake *fake) {
    fake->plugin->fini(fake->self);
    fake_run(1);
}

int fake_free_port(void) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    if (bind(fd, (struct sockaddr *)&address, len) < 0 || getsockname(fd, (struct sockaddr *)&address, &len) < 0)
        abort();
    close(fd);
    return ntohs(address.sin_port);
}

struct fake_leg *fake_dial(struct fake *fake, const struct cw_dial *dial, struct cw_plugin_error *error) {
    struct cw_plugin_error ignored;
    struct fake_leg *leg = add_leg(fake);
    if (fake->plugin->endpoint->dial(fake->self, leg->handle, dial, &leg->leg, error ? error : &ignored) == 0)
        return leg;
    fake->leg_count--;
    return NULL;
}

void fake_hangup(struct fake *fake, struct fake_leg *leg, int status) {
    if (leg->ended) return;
    leg->ended = true;
    fake->plugin->endpoint->hangup(leg->leg, status, NULL);
}
