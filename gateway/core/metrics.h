// Counters and gauges of the control thread, and the Prometheus text of everything (/metrics).
#ifndef CW_CORE_METRICS_H
#define CW_CORE_METRICS_H

#include <stdint.h>

struct cw_node;
struct cw_str;

struct cw_metrics {
    uint64_t sessions_created, sessions_expired;
    uint64_t peers_created, peers_failed;
    uint64_t calls_outgoing, calls_incoming, calls_answered, calls_failed;
    uint64_t http_requests, http_errors; // answers, and those with 4xx or 5xx
};

// Appends the Prometheus text format (0.0.4). Control thread.
void cw_metrics_write(struct cw_node *node, struct cw_str *out);

#endif
