// A thread with a libuv loop and a mailbox: what control and each media worker are made of.
#ifndef CW_BASE_LOOP_H
#define CW_BASE_LOOP_H

#include <pthread.h>
#include <uv.h>

#include "base/mailbox.h"

struct cw_loop {
    uv_loop_t uv;
    uv_async_t wake;
    struct cw_mailbox inbox;
    pthread_t thread;
    void *owner; // what the messages' run() gets; not NULL
    char name[16];
};

// Prepares loop and mailbox; handles may be added to loop->uv until cw_loop_start.
int cw_loop_init(struct cw_loop *loop, const char *name, void *owner);
int cw_loop_start(struct cw_loop *loop);
// Any thread.
void cw_loop_post(struct cw_loop *loop, struct cw_msg *msg);
// From another thread: ends the loop after the messages posted so far, and joins it. Handles that
// are still open are closed. Then fini.
void cw_loop_stop(struct cw_loop *loop);
void cw_loop_fini(struct cw_loop *loop);

#endif
