// A thread with a libuv loop and a mailbox.
#include "base/loop.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/err.h"

static void wake_loop(void *arg) {
    struct cw_loop *loop = arg;
    uv_async_send(&loop->wake);
}

static void on_wake(uv_async_t *async) {
    struct cw_loop *loop = async->data;
    cw_mailbox_drain(&loop->inbox, loop->owner);
}

int cw_loop_init(struct cw_loop *loop, const char *name, void *owner) {
    if (uv_loop_init(&loop->uv)) return CW_EIO;
    if (uv_async_init(&loop->uv, &loop->wake, on_wake)) {
        uv_loop_close(&loop->uv);
        return CW_EIO;
    }
    loop->wake.data = loop;
    loop->owner = owner;
    cw_strlcpy(loop->name, name, sizeof loop->name);
    cw_mailbox_init(&loop->inbox, wake_loop, loop);
    return 0;
}

static void *run(void *arg) {
    struct cw_loop *loop = arg;
    pthread_setname_np(pthread_self(), loop->name);
    uv_run(&loop->uv, UV_RUN_DEFAULT);
    return NULL;
}

int cw_loop_start(struct cw_loop *loop) { return pthread_create(&loop->thread, NULL, run, loop) ? CW_EIO : 0; }

void cw_loop_post(struct cw_loop *loop, struct cw_msg *msg) { cw_mailbox_post(&loop->inbox, msg); }

struct stop_msg {
    struct cw_msg msg;
    struct cw_loop *loop;
};

static void close_handle(uv_handle_t *handle, void *arg) {
    (void)arg;
    if (!uv_is_closing(handle)) uv_close(handle, NULL);
}

static void on_stop(struct cw_msg *msg, void *owner) {
    struct stop_msg *stop = (struct stop_msg *)msg;
    if (owner) {
        cw_mailbox_close(&stop->loop->inbox); // nobody wakes a closed handle
        uv_walk(&stop->loop->uv, close_handle, NULL);
    }
    free(stop);
}

void cw_loop_stop(struct cw_loop *loop) {
    struct stop_msg *stop = calloc(1, sizeof *stop);
    if (!stop) abort(); // nothing sensible is left to do
    stop->msg.run = on_stop;
    stop->loop = loop;
    cw_loop_post(loop, &stop->msg);
    pthread_join(loop->thread, NULL);
}

void cw_loop_fini(struct cw_loop *loop) {
    uv_walk(&loop->uv, close_handle, NULL);
    uv_run(&loop->uv, UV_RUN_DEFAULT);
    cw_mailbox_close(&loop->inbox);
    uv_loop_close(&loop->uv);
}
