/*
 * queue: fires events when they are due.  The thread sleeps until the earliest is due or one is added, and holds the
 * world's lock while one fires.
 */
#include "sandbox/queue.h"

#include "base/clock.h"

#include <string.h>
#include <time.h>

int queue_init(struct queue *q, pthread_mutex_t *lock, struct err *e)
{
    *q = (struct queue){.lock = lock};
    pthread_condattr_t attr;
    if (pthread_condattr_init(&attr) != 0)
        return err_nomem(e);
    /* clock_now_ns counts on this clock */
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    int rc = pthread_cond_init(&q->changed, &attr);
    pthread_condattr_destroy(&attr);
    if (rc != 0)
        return err_nomem(e);
    heap_init(&q->heap);
    return 0;
}

static void queue_sleep(struct queue *q, const struct heap_entry *next)
{
    if (!next) {
        pthread_cond_wait(&q->changed, q->lock);
        return;
    }
    struct timespec until = {.tv_sec = (time_t)(next->due / CLOCK_NS_PER_S),
                             .tv_nsec = (long)(next->due % CLOCK_NS_PER_S)};
    pthread_cond_timedwait(&q->changed, q->lock, &until);
}

static void *queue_run(void *arg)
{
    struct queue *q = arg;
    pthread_mutex_lock(q->lock);
    while (!q->stopping) {
        const struct heap_entry *next = heap_peek(&q->heap);
        if (!next || next->due > clock_now_ns()) {
            queue_sleep(q, next);
            continue;
        }
        struct event *ev = heap_pop(&q->heap);
        ev->fire(ev, false);
        if (q->after)
            q->after(q->after_cls);
    }
    pthread_mutex_unlock(q->lock);
    return NULL;
}

int queue_start(struct queue *q, struct err *e)
{
    int rc = pthread_create(&q->thread, NULL, queue_run, q);
    if (rc != 0)
        return err_set(e, EXIT_STOPPED, "cannot start a thread: %s", strerror(rc));
    q->running = true;
    return 0;
}

int queue_add(struct queue *q, int64_t due_ns, struct event *ev)
{
    const struct heap_entry *next = heap_peek(&q->heap);
    bool first = !next || due_ns < next->due;
    if (heap_push(&q->heap, due_ns, ev) != 0)
        return -1;
    if (first)
        pthread_cond_signal(&q->changed);
    return 0;
}

void queue_release(struct queue *q)
{
    if (q->running) {
        pthread_mutex_lock(q->lock);
        q->stopping = true;
        pthread_cond_signal(&q->changed);
        pthread_mutex_unlock(q->lock);
        pthread_join(q->thread, NULL);
    }
    struct event *ev;
    while ((ev = heap_pop(&q->heap)))
        ev->fire(ev, true);
    heap_release(&q->heap);
    pthread_cond_destroy(&q->changed);
}
