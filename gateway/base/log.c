// The log and its writer thread.
#include "base/log.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/mailbox.h"

#define QUEUE_MAX 8192
#define LINE_MAX_BYTES 2048

struct line {
    struct cw_msg msg;
    size_t len;
    char text[];
};

static struct {
    pthread_t thread;
    pthread_mutex_t lock; // pairs with `ready`; the queue itself is the mailbox
    pthread_cond_t ready;
    struct cw_mailbox inbox;
    atomic_int level;
    atomic_bool running;
    atomic_int queued;
    atomic_ullong dropped;
    bool pending;
    bool stop;
    enum cw_log_format format;
} logger = {.lock = PTHREAD_MUTEX_INITIALIZER, .ready = PTHREAD_COND_INITIALIZER, .level = CW_LOG_INFO};

static const char *const level_names[] = {"error", "warn", "info", "debug"};

static void write_all(const char *text, size_t len) {
    while (len) {
        ssize_t n = write(STDERR_FILENO, text, len);
        if (n <= 0) return;
        text += n;
        len -= (size_t)n;
    }
}

static void wake(void *arg) {
    (void)arg;
    pthread_mutex_lock(&logger.lock);
    logger.pending = true;
    pthread_cond_signal(&logger.ready);
    pthread_mutex_unlock(&logger.lock);
}

static void write_line(struct cw_msg *msg, void *owner) {
    (void)owner;
    struct line *line = (struct line *)msg;
    write_all(line->text, line->len);
    atomic_fetch_sub(&logger.queued, 1);
    free(line);
}

static void *writer(void *arg) {
    pthread_setname_np(pthread_self(), "cw-log");
    for (bool stop = false; !stop;) {
        pthread_mutex_lock(&logger.lock);
        while (!logger.pending && !logger.stop) pthread_cond_wait(&logger.ready, &logger.lock);
        logger.pending = false;
        stop = logger.stop;
        pthread_mutex_unlock(&logger.lock);
        cw_mailbox_drain(&logger.inbox, &logger);
    }
    return arg;
}

int cw_log_start(enum cw_log_level level, enum cw_log_format format) {
    atomic_store(&logger.level, (int)level);
    logger.format = format;
    logger.stop = false;
    cw_mailbox_init(&logger.inbox, wake, NULL);
    if (pthread_create(&logger.thread, NULL, writer, NULL)) return CW_EIO;
    atomic_store(&logger.running, true);
    return 0;
}

void cw_log_stop(void) {
    if (!atomic_exchange(&logger.running, false)) return;
    pthread_mutex_lock(&logger.lock);
    logger.stop = true;
    pthread_cond_signal(&logger.ready);
    pthread_mutex_unlock(&logger.lock);
    pthread_join(logger.thread, NULL);
    cw_mailbox_close(&logger.inbox);
}

bool cw_log_enabled(enum cw_log_level level) { return (int)level <= atomic_load(&logger.level); }

uint64_t cw_log_dropped(void) { return atomic_load(&logger.dropped); }

// Turns `key=value key="quoted value"` into JSON members. Values stay strings unless they are plain integers.
static void add_json_pairs(struct cw_str *out, const char *pairs) {
    while (*pairs == ' ') pairs++;
    while (*pairs) {
        size_t key = strcspn(pairs, "= ");
        cw_str_printf(out, ",\"%.*s\":", (int)key, pairs);
        pairs += key + (pairs[key] == '=');
        bool quoted = *pairs == '"';
        pairs += quoted;
        size_t len = strcspn(pairs, quoted ? "\"" : " ");
        bool number = !quoted && len && len < 16 && strspn(pairs, "0123456789") == len && (len == 1 || *pairs != '0');
        cw_str_printf(out, number ? "%.*s" : "\"%.*s\"", (int)len, pairs);
        pairs += len + (quoted && pairs[len] == '"');
        while (*pairs == ' ') pairs++;
    }
}

void cw_log(enum cw_log_level level, const char *event, const char *fmt, ...) {
    if (!cw_log_enabled(level)) return;
    char time[CW_RFC3339_SIZE], pairs[LINE_MAX_BYTES];
    cw_clock_rfc3339(cw_clock_wall_us(), time);
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(pairs, sizeof pairs, fmt, ap);
    va_end(ap);
    for (char *c = pairs; *c; c++) {
        if ((unsigned char)*c < ' ' || *c == '\\' || *c == 0x7f) *c = '?';
    }
    struct cw_str text = {0};
    if (logger.format == CW_LOG_JSON) {
        cw_str_printf(&text, "{\"time\":\"%s\",\"level\":\"%s\",\"event\":\"%s\"", time, level_names[level], event);
        add_json_pairs(&text, pairs);
        cw_str_printf(&text, "}\n");
    } else {
        cw_str_printf(&text, "%s %-5s %s %s\n", time, level_names[level], event, pairs);
    }
    if (!text.bad && !atomic_load(&logger.running)) {
        write_all(text.s, text.len);
    } else if (!text.bad && atomic_fetch_add(&logger.queued, 1) < QUEUE_MAX) {
        struct line *line = malloc(sizeof *line + text.len);
        if (line) {
            line->msg.run = write_line;
            line->len = text.len;
            memcpy(line->text, text.s, text.len);
            cw_mailbox_post(&logger.inbox, &line->msg);
        }
    } else {
        atomic_fetch_sub(&logger.queued, 1);
        atomic_fetch_add(&logger.dropped, 1);
    }
    cw_str_fini(&text);
}

const char *cw_log_quote(char *out, unsigned cap, const char *value) {
    cw_strlcpy(out, value, cap);
    for (char *c = out; *c; c++) {
        if ((unsigned char)*c < ' ' || *c == '"' || *c == '\\' || *c == 0x7f) *c = '?';
    }
    return out;
}
