/*
 * queue: things that happen later.  One thread fires events when they are due, with the world's
 * lock held; events of the same moment fire in the order in which they were added.
 *
 * Times are monotonic nanoseconds (clock_now_ns).  An event belongs to whoever embeds it and must
 * live until it has fired.
 */
#ifndef CLAIMPIPE_SANDBOX_QUEUE_H
#define CLAIMPIPE_SANDBOX_QUEUE_H

#include "base/err.h"
#include "base/heap.h"

#include <pthread.h>
#include <stdbool.h>

struct event {
    /* cancelled: the queue is stopping, the thing does not happen. */
    void (*fire)(struct event *ev, bool cancelled);
};

struct queue {
    pthread_mutex_t *lock;
    pthread_cond_t changed;
    pthread_t thread;
    struct heap heap;
    bool running, stopping;
    void (*after)(void *cls); /* called with the lock held after events have fired; or NULL */
    void *after_cls;
};

int queue_init(struct queue *q, pthread_mutex_t *lock, struct err *e);
int queue_start(struct queue *q, struct err *e);
/* With the lock held: 0, or -1 when memory runs out. */
int queue_add(struct queue *q, int64_t due_ns, struct event *ev);
/* Stops the thread and fires what is left as cancelled.  Call without the lock. */
void queue_release(struct queue *q);

#endif
