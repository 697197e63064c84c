// Messages to the control thread.
#include "core/control.h"

#include <stdlib.h>

#include "core/node.h"

struct control_msg {
    struct cw_msg msg;
    void (*fn)(struct cw_node *node, void *arg);
    void *arg;
};

static void run(struct cw_msg *msg, void *owner) {
    struct control_msg *m = (struct control_msg *)msg;
    struct cw_node *node = owner;
    if (node) node->now = cw_clock_now();
    m->fn(node, m->arg);
    free(m);
}

void cw_control_run(struct cw_node *node, void (*fn)(struct cw_node *node, void *arg), void *arg) {
    struct control_msg *m = malloc(sizeof *m);
    if (!m) abort(); // 40 bytes: the machine is out of memory
    *m = (struct control_msg){.msg.run = run, .fn = fn, .arg = arg};
    cw_loop_post(&node->loop, &m->msg);
}
