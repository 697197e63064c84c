// The mailbox between threads.
#include "base/mailbox.h"

void cw_mailbox_init(struct cw_mailbox *mb, void (*wake)(void *arg), void *wake_arg) {
    *mb = (struct cw_mailbox){.wake = wake, .wake_arg = wake_arg};
    mb->tail = &mb->head;
    pthread_mutex_init(&mb->lock, NULL);
}

void cw_mailbox_post(struct cw_mailbox *mb, struct cw_msg *msg) {
    msg->next = NULL;
    pthread_mutex_lock(&mb->lock);
    bool closed = mb->closed;
    bool first = mb->head == NULL;
    if (!closed) {
        *mb->tail = msg;
        mb->tail = &msg->next;
        if (first && mb->wake) mb->wake(mb->wake_arg);
    }
    pthread_mutex_unlock(&mb->lock);
    if (closed) msg->run(msg, NULL);
}

static struct cw_msg *take_all(struct cw_mailbox *mb, bool close) {
    pthread_mutex_lock(&mb->lock);
    struct cw_msg *msg = mb->head;
    mb->head = NULL;
    mb->tail = &mb->head;
    if (close) mb->closed = true;
    pthread_mutex_unlock(&mb->lock);
    return msg;
}

static void run_all(struct cw_msg *msg, void *owner) {
    while (msg) {
        struct cw_msg *next = msg->next;
        msg->run(msg, owner);
        msg = next;
    }
}

void cw_mailbox_drain(struct cw_mailbox *mb, void *owner) { run_all(take_all(mb, false), owner); }

void cw_mailbox_close(struct cw_mailbox *mb) { run_all(take_all(mb, true), NULL); }
