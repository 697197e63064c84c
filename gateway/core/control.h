// Work for the control thread from other threads, and the request interface that signaling uses.
#ifndef CW_CORE_CONTROL_H
#define CW_CORE_CONTROL_H

struct cw_node;

// Any thread: fn(node, arg) runs on the control thread; if the gateway is ending, fn(NULL, arg) runs there or here.
void cw_control_run(struct cw_node *node, void (*fn)(struct cw_node *node, void *arg), void *arg);

#endif
