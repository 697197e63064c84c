// The Prometheus text (exposition format 0.0.4).
#include "core/metrics.h"

#include <dirent.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/log.h"
#include "core/call_internal.h"
#include "core/node.h"
#include "core/peer_internal.h"
#include "media/media.h"

static void head(struct cw_str *out, const char *name, const char *type, const char *help) {
    cw_str_printf(out, "# HELP causeway_%s %s\n# TYPE causeway_%s %s\n", name, help, name, type);
}

static void one(struct cw_str *out, const char *name, const char *type, const char *help, uint64_t value) {
    head(out, name, type, help);
    cw_str_printf(out, "causeway_%s %llu\n", name, (unsigned long long)value);
}

static void states(struct cw_node *node, struct cw_str *out) {
    unsigned calls[CW_CALL_STATES] = {0}, peers[CW_PEER_STATES] = {0};
    GHashTableIter i;
    gpointer value;
    g_hash_table_iter_init(&i, node->calls);
    while (g_hash_table_iter_next(&i, NULL, &value)) calls[((struct cw_call *)value)->state]++;
    g_hash_table_iter_init(&i, node->peers);
    while (g_hash_table_iter_next(&i, NULL, &value)) peers[((struct cw_peer *)value)->state]++;
    head(out, "calls", "gauge", "Calls by state; ended ones are remembered for a minute.");
    for (int s = 0; s < CW_CALL_STATES; s++)
        cw_str_printf(out, "causeway_calls{state=\"%s\"} %u\n", cw_call_state_name(s), calls[s]);
    head(out, "peers", "gauge", "Peers by state.");
    for (int s = 0; s < CW_PEER_STATES; s++)
        cw_str_printf(out, "causeway_peers{state=\"%s\"} %u\n", cw_peer_state_name(s), peers[s]);
}

static void worker_metric(struct cw_node *node, struct cw_str *out, const char *name, const char *help, size_t offset) {
    struct cw_media_worker_stats stats;
    head(out, name, "counter", help);
    for (unsigned w = 0; w < cw_media_worker_count(node->media); w++) {
        uint64_t value;
        cw_media_worker_stats(node->media, w, &stats);
        memcpy(&value, (const char *)&stats + offset, sizeof value);
        cw_str_printf(out, "causeway_%s{worker=\"%u\"} %llu\n", name, w, (unsigned long long)value);
    }
}

static void media(struct cw_node *node, struct cw_str *out) {
    worker_metric(node, out, "packets_in_total", "Datagrams received.",
                  offsetof(struct cw_media_worker_stats, packets_in));
    worker_metric(node, out, "packets_out_total", "Datagrams sent.",
                  offsetof(struct cw_media_worker_stats, packets_out));
    worker_metric(node, out, "bytes_in_total", "Bytes received.", offsetof(struct cw_media_worker_stats, bytes_in));
    worker_metric(node, out, "bytes_out_total", "Bytes sent.", offsetof(struct cw_media_worker_stats, bytes_out));
    worker_metric(node, out, "wake_ups_total", "Wake-ups of the worker.",
                  offsetof(struct cw_media_worker_stats, wake_ups));
    worker_metric(node, out, "system_calls_total", "System calls for packets.",
                  offsetof(struct cw_media_worker_stats, system_calls));
    worker_metric(node, out, "refused_total", "ICMP said that nobody listens.",
                  offsetof(struct cw_media_worker_stats, refused));
    uint64_t drops[CW_MEDIA_DROP_COUNT] = {0};
    unsigned legs = 0;
    for (unsigned w = 0; w < cw_media_worker_count(node->media); w++) {
        struct cw_media_worker_stats stats;
        cw_media_worker_stats(node->media, w, &stats);
        legs += stats.legs;
        for (int d = 0; d < CW_MEDIA_DROP_COUNT; d++) drops[d] += stats.drops[d];
    }
    one(out, "legs", "gauge", "Media legs.", legs);
    head(out, "drops_total", "counter", "Packets dropped, by reason.");
    for (int d = 0; d < CW_MEDIA_DROP_COUNT; d++)
        cw_str_printf(out, "causeway_drops_total{reason=\"%s\"} %llu\n", cw_media_drop_name(d),
                      (unsigned long long)drops[d]);
}

// One line of a gauge or counter for each worker.
static void worker_line(const struct cw_node *node, struct cw_str *out, const char *name, const char *type,
                        const char *help, uint64_t (*value)(const struct cw_media_worker_stats *stats)) {
    struct cw_media_worker_stats stats;
    head(out, name, type, help);
    for (unsigned w = 0; w < cw_media_worker_count(node->media); w++) {
        cw_media_worker_stats(node->media, w, &stats);
        cw_str_printf(out, "causeway_%s{worker=\"%u\"} %llu\n", name, w, (unsigned long long)value(&stats));
    }
}

static uint64_t transcoded(const struct cw_media_worker_stats *s) { return s->transcoded; }
static uint64_t complexity(const struct cw_media_worker_stats *s) { return s->complexity; }
static uint64_t jitter_delay(const struct cw_media_worker_stats *s) { return s->jitter_delay_ms; }
static uint64_t concealed(const struct cw_media_worker_stats *s) { return s->concealed_ms; }

static void transcoding(const struct cw_node *node, struct cw_str *out) {
    worker_line(node, out, "transcoded_streams", "gauge", "Streams decoded and encoded anew.", transcoded);
    worker_line(node, out, "transcode_complexity", "gauge", "Complexity of the Opus encoders, by the worker's load.",
                complexity);
    worker_line(node, out, "jitter_delay_ms", "gauge", "Mean delay of the transcoded streams' jitter buffers.",
                jitter_delay);
    worker_line(node, out, "concealed_ms_total", "counter", "Sound made up for packets that did not come.", concealed);
}

static void process(struct cw_node *node, struct cw_str *out) {
    unsigned fds = 0;
    DIR *dir = opendir("/proc/self/fd"); // a virtual file system: does not block
    while (dir && readdir(dir)) fds++;
    if (dir) closedir(dir);
    one(out, "open_fds", "gauge", "Open file descriptors.", fds > 3 ? fds - 3 : 0);
    one(out, "uptime_seconds", "gauge", "Seconds since the start.",
        (uint64_t)((node->now - node->started_at) / CW_SECOND));
    one(out, "log_dropped_total", "counter", "Log lines dropped because the writer was behind.", cw_log_dropped());
}

static void plugins(struct cw_node *node, struct cw_str *out) {
    GHashTableIter i;
    gpointer name, value;
    g_hash_table_iter_init(&i, node->plugin_counts);
    while (g_hash_table_iter_next(&i, &name, &value)) {
        cw_str_printf(out, "# TYPE causeway_%s_total counter\ncauseway_%s_total %llu\n", (char *)name, (char *)name,
                      (unsigned long long)*(uint64_t *)value);
    }
}

void cw_metrics_write(struct cw_node *node, struct cw_str *out) {
    const struct cw_metrics *m = &node->metrics;
    one(out, "sessions", "gauge", "Sessions.", g_hash_table_size(node->sessions));
    one(out, "sessions_created_total", "counter", "Sessions created.", m->sessions_created);
    one(out, "sessions_expired_total", "counter", "Sessions ended by silence.", m->sessions_expired);
    one(out, "peers_created_total", "counter", "Peers created.", m->peers_created);
    one(out, "peers_failed_total", "counter", "Peers whose ICE or DTLS failed.", m->peers_failed);
    head(out, "calls_total", "counter", "Calls begun, by direction.");
    cw_str_printf(out, "causeway_calls_total{direction=\"outgoing\"} %llu\n", (unsigned long long)m->calls_outgoing);
    cw_str_printf(out, "causeway_calls_total{direction=\"incoming\"} %llu\n", (unsigned long long)m->calls_incoming);
    one(out, "calls_answered_total", "counter", "Calls answered.", m->calls_answered);
    one(out, "calls_failed_total", "counter", "Calls that ended unanswered.", m->calls_failed);
    one(out, "http_requests_total", "counter", "HTTP requests answered.", m->http_requests);
    one(out, "http_errors_total", "counter", "HTTP answers of 4xx and 5xx.", m->http_errors);
    states(node, out);
    media(node, out);
    transcoding(node, out);
    plugins(node, out);
    process(node, out);
}
