// The node over REST: what it is, whether it is well, what it counts.
#include "base/buf.h"
#include "core/node.h"
#include "signaling/rest.h"

int cw_rest_node(struct cw_request *r, struct cw_answer *a) {
    a->json = cw_node_describe(r->node);
    return 0;
}

int cw_rest_health(struct cw_request *r, struct cw_answer *a) {
    (void)r;
    a->json = json_pack("{s:s}", "status", "ok");
    return 0;
}

int cw_rest_ready(struct cw_request *r, struct cw_answer *a) {
    if (r->node->draining) {
        a->problem.retry_after_s = 5;
        return cw_problem_set(&a->problem, 503, "draining", NULL, "The node is being drained.");
    }
    a->json = json_pack("{s:s}", "status", "ready");
    return 0;
}

int cw_rest_metrics(struct cw_request *r, struct cw_answer *a) {
    struct cw_str text = {0};
    cw_metrics_write(r->node, &text);
    a->text = cw_str_take(&text);
    a->content_type = "text/plain; version=0.0.4; charset=utf-8";
    return a->text ? 0 : cw_problem_set(&a->problem, 503, "no_memory", NULL, "Out of memory.");
}
