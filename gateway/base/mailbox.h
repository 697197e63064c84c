// The one way threads talk: a queue with many writers and one reader, and a wake-up.
// The lock is never destroyed: a late writer finds the box closed.
// A message is a small heap block that begins with struct cw_msg; it carries ids and copies, never live pointers.
#ifndef CW_BASE_MAILBOX_H
#define CW_BASE_MAILBOX_H

#include <pthread.h>
#include <stdbool.h>

struct cw_msg {
    struct cw_msg *next;
    // Runs on the reading thread with the mailbox's owner; owner is NULL when the mailbox closes unread.
    // Frees the message in both cases.
    void (*run)(struct cw_msg *msg, void *owner);
};

struct cw_mailbox {
    pthread_mutex_t lock; // the only lock between our threads
    struct cw_msg *head;
    struct cw_msg **tail;
    bool closed;
    void (*wake)(void *arg); // any thread; called when the queue turns non-empty
    void *wake_arg;
};

void cw_mailbox_init(struct cw_mailbox *mb, void (*wake)(void *arg), void *wake_arg);
// Any thread. Takes the message; after close it is run with a NULL owner at once.
void cw_mailbox_post(struct cw_mailbox *mb, struct cw_msg *msg);
// Reading thread: runs everything that is queued now, in order.
void cw_mailbox_drain(struct cw_mailbox *mb, void *owner);
void cw_mailbox_close(struct cw_mailbox *mb);

#endif
