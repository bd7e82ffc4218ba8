/*
 * http: carries many requests to one API at once, each of them once: nothing here, and nothing in libcurl, sends a
 * POST a second time, for the first may have been taken.
 *
 * States of an exchange: idle (the caller's) -> in a lane's inbox -> in transfer -> in the outbox -> idle.
 * A lane's queue is guarded by its mutex, the outbox by the pool's; a transfer is touched by its lane
 * alone.
 */
#include "base/clock.h"
#include "base/mem.h"
#include "http_internal.h"
#include "smtp_internal.h"

#include <curl/curl.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#define POLL_MS 1000
/* libcurl keeps four idle connections for each transfer under way, and closes the rest: with few under
 * way at the moment it would open and close them all the time. */
#define IDLE_CONNECTIONS_MAX 4096L

struct queue {
    struct exchange *first;
    struct exchange **end;
};

struct lane {
    struct http_pool *pool;
    CURLM *multi;
    struct http_transfers transfers;
    CURL **active; /* in transfer, in no order */
    size_t n_active, cap_active;

    pthread_mutex_t mutex; /* over what follows */
    struct queue inbox;
    size_t load; /* submitted and not done */
};

/* Messages wait in one line, for whichever lane of mail is free. */
struct mail {
    struct smtp_lane **lanes;
    size_t n;
    atomic_bool aborted;
    pthread_cond_t work; /* with the pool's mutex, over what follows */
    struct queue inbox;
};

struct http_pool {
    const struct http_options *options;
    bool loopback;
    struct lane *lanes;
    size_t n_lanes;
    struct mail mail;

    atomic_size_t held; /* bytes of answers that were not collected yet */

    pthread_mutex_t mutex; /* over what follows */
    pthread_cond_t done;
    struct queue outbox;
    bool closed, aborted;
};

/* ---- queues ---- */

static void queue_init(struct queue *q)
{
    q->first = NULL;
    q->end = &q->first;
}

static void queue_put(struct queue *q, struct exchange *x)
{
    x->next = NULL;
    *q->end = x;
    q->end = &x->next;
}

static struct exchange *queue_take_all(struct queue *q)
{
    struct exchange *all = q->first;

    queue_init(q);
    return all;
}

/* ---- a lane ---- */

static void pool_done(struct http_pool *p, struct exchange *x)
{
    pthread_mutex_lock(&p->mutex);
    queue_put(&p->outbox, x);
    pthread_cond_signal(&p->done);
    pthread_mutex_unlock(&p->mutex);
}

static void lane_done(struct lane *lane, struct exchange *x)
{
    pthread_mutex_lock(&lane->mutex);
    lane->load--;
    pthread_mutex_unlock(&lane->mutex);
    x->answer.wall_ms = clock_wall_ms();
    pool_done(lane->pool, x);
}

/* Room for one more transfer in the list of active ones. */
static int lane_reserve(struct lane *lane)
{
    size_t cap = lane->cap_active ? lane->cap_active * 2 : 64;
    CURL **more;

    if (lane->n_active < lane->cap_active)
        return 0;
    more = mem_resize(lane->active, cap, sizeof(*more));
    if (!more)
        return -1;
    lane->active = more;
    lane->cap_active = cap;
    return 0;
}

static void lane_start(struct lane *lane, struct exchange *x)
{
    CURL *easy = lane_reserve(lane) == 0 ? http_transfer_aim(&lane->transfers, x) : NULL;

    if (!easy || curl_multi_add_handle(lane->multi, easy) != CURLM_OK) {
        if (easy)
            curl_easy_cleanup(easy);
        http_exchange_fail(x, "out of memory, or the URL is too long");
        lane_done(lane, x);
        return;
    }
    lane->active[lane->n_active++] = easy;
}

static void lane_finish(struct lane *lane, CURL *easy, CURLcode code)
{
    struct exchange *x = http_transfer_judge(easy, code);
    size_t i = 0;

    curl_multi_remove_handle(lane->multi, easy);
    while (lane->active[i] != easy)
        i++;
    lane->active[i] = lane->active[--lane->n_active];
    http_transfer_end(&lane->transfers, easy);
    lane_done(lane, x);
}

static void lane_abort(struct lane *lane)
{
    while (lane->n_active)
        lane_finish(lane, lane->active[lane->n_active - 1], CURLE_ABORTED_BY_CALLBACK);
}

/* Take in what was submitted; false when the lane's work is over. */
static bool lane_take_in(struct lane *lane, bool *abort)
{
    struct http_pool *p = lane->pool;
    struct exchange *x, *next;
    bool closed;

    pthread_mutex_lock(&p->mutex);
    closed = p->closed;
    *abort = p->aborted;
    pthread_mutex_unlock(&p->mutex);

    pthread_mutex_lock(&lane->mutex);
    x = queue_take_all(&lane->inbox);
    pthread_mutex_unlock(&lane->mutex);
    for (; x; x = next) {
        next = x->next;
        if (*abort || !lane->multi) {
            http_exchange_fail(x, *abort ? "given up" : "this lane could not begin");
            lane_done(lane, x);
        } else {
            lane_start(lane, x);
        }
    }
    return !closed || lane->n_active > 0;
}

/* One round of what a lane does: each transfer goes on as far as it can.  code: how libcurl fared so far. */
static CURLMcode lane_work(struct lane *lane, CURLMcode code, bool abort)
{
    struct CURLMsg *msg;
    int running, left;

    if (code == CURLM_OK)
        code = curl_multi_perform(lane->multi, &running);
    while ((msg = curl_multi_info_read(lane->multi, &left)))
        if (msg->msg == CURLMSG_DONE)
            lane_finish(lane, msg->easy_handle, msg->data.result);
    if (abort || code != CURLM_OK)
        lane_abort(lane);
    return code;
}

static int lane_verdict(CURLMcode code, struct err *e)
{
    if (code != CURLM_OK)
        return err_set(e, EXIT_STOPPED, "libcurl: %s", curl_multi_strerror(code));
    return 0;
}

/* ---- a lane of mail ---- */

/* The next message, or NULL: there is none (and no more will be, if it is waited for). */
static struct exchange *mail_take(struct http_pool *p, bool wait)
{
    struct mail *m = &p->mail;
    struct exchange *x;

    pthread_mutex_lock(&p->mutex);
    while (wait && !m->inbox.first && !p->closed)
        pthread_cond_wait(&m->work, &p->mutex);
    x = m->inbox.first;
    if (x) {
        m->inbox.first = x->next;
        if (!m->inbox.first)
            m->inbox.end = &m->inbox.first;
    }
    pthread_mutex_unlock(&p->mutex);
    return x;
}

static void mail_carry(struct http_pool *p, size_t i, struct exchange *x)
{
    if (atomic_load(&p->mail.aborted))
        http_exchange_fail(x, "given up");
    else
        smtp_lane_carry(p->mail.lanes[i], x);
    x->answer.wall_ms = clock_wall_ms();
    pool_done(p, x);
}

static void mail_submit(struct http_pool *p, struct exchange *x)
{
    pthread_mutex_lock(&p->mutex);
    queue_put(&p->mail.inbox, x);
    pthread_cond_signal(&p->mail.work);
    pthread_mutex_unlock(&p->mutex);
}

static int mail_init(struct http_pool *p, const struct smtp_options *o, struct err *e)
{
    struct mail *m = &p->mail;

    if (!o)
        return 0;
    m->lanes = mem_zero(o->lanes, sizeof(*m->lanes));
    if (!m->lanes)
        return err_nomem(e);
    for (; m->n < o->lanes; m->n++) {
        m->lanes[m->n] = smtp_lane_new(o, &m->aborted, e);
        if (!m->lanes[m->n])
            return -1;
    }
    return 0;
}

size_t http_pool_lanes(const struct http_pool *p)
{
    return p->n_lanes + p->mail.n;
}

/* ---- any lane ---- */

int http_pool_serve(struct http_pool *p, size_t index, struct err *e)
{
    struct lane *lane = &p->lanes[index];
    CURLMcode code = CURLM_OK;
    struct exchange *x;
    bool abort;

    while (index >= p->n_lanes && (x = mail_take(p, true)))
        mail_carry(p, index - p->n_lanes, x);
    if (index >= p->n_lanes)
        return 0;

    while (lane_take_in(lane, &abort)) {
        code = lane_work(lane, code, abort);
        curl_multi_poll(lane->multi, NULL, 0, POLL_MS, NULL);
    }
    return lane_verdict(code, e);
}

int http_pool_turn(struct http_pool *p, size_t index, int64_t wait_ns, struct err *e)
{
    struct lane *lane = &p->lanes[index];
    struct exchange *x = index >= p->n_lanes ? mail_take(p, false) : NULL;
    CURLMcode code;
    bool abort;

    if (x)
        mail_carry(p, index - p->n_lanes, x);
    if (index >= p->n_lanes)
        return 0;
    lane_take_in(lane, &abort);
    code = lane_work(lane, CURLM_OK, abort);
    if (lane->n_active > 0)
        curl_multi_poll(lane->multi, NULL, 0, (int)(wait_ns / CLOCK_NS_PER_MS), NULL);
    return lane_verdict(code, e);
}

/* ---- the pool ---- */

static int lane_init(struct lane *lane, struct http_pool *p)
{
    lane->pool = p;
    pthread_mutex_init(&lane->mutex, NULL);
    queue_init(&lane->inbox);
    lane->multi = curl_multi_init();
    if (!lane->multi || curl_multi_setopt(lane->multi, CURLMOPT_MAXCONNECTS, IDLE_CONNECTIONS_MAX))
        return -1;
    return http_transfers_init(&lane->transfers, p->options, p->loopback, &p->held);
}

static void lane_release(struct lane *lane)
{
    http_transfers_release(&lane->transfers);
    free(lane->active);
    if (lane->multi)
        curl_multi_cleanup(lane->multi);
    pthread_mutex_destroy(&lane->mutex);
}

struct http_pool *http_pool_new(const struct http_options *o, struct err *e)
{
    struct http_pool *p = mem_zero(1, sizeof(*p));
    pthread_condattr_t monotonic;
    const char *fault;
    int rc;

    if (!p)
        goto err0;
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        goto err1;
    p->lanes = mem_zero(o->lanes + 1, sizeof(*p->lanes));
    if (!p->lanes)
        goto err2;
    p->options = o;
    rc = o->base_url ? http_url_check(o->base_url, &p->loopback, &fault) : 0;
    if (rc != 0) {
        if (rc > 0)
            err_set(e, EXIT_USAGE, "%s: %s", o->base_url, fault);
        goto err3;
    }
    queue_init(&p->outbox);
    pthread_mutex_init(&p->mutex, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&p->done, &monotonic);
    pthread_condattr_destroy(&monotonic);
    queue_init(&p->mail.inbox);
    pthread_cond_init(&p->mail.work, NULL);
    if (mail_init(p, o->smtp, e) != 0) {
        http_pool_free(p);
        return NULL;
    }
    while (o->base_url && p->n_lanes < o->lanes)
        if (lane_init(&p->lanes[p->n_lanes++], p) != 0) {
            err_nomem(e);
            http_pool_free(p);
            return NULL;
        }
    return p;
err3:
    free(p->lanes);
err2:
    curl_global_cleanup();
err1:
    free(p);
err0:
    err_nomem(e);
    return NULL;
}

void http_pool_free(struct http_pool *p)
{
    if (!p)
        return;
    for (size_t i = 0; i < p->n_lanes; i++)
        lane_release(&p->lanes[i]);
    free(p->lanes);
    for (size_t i = 0; i < p->mail.n; i++)
        smtp_lane_free(p->mail.lanes[i]);
    free(p->mail.lanes);
    pthread_cond_destroy(&p->mail.work);
    pthread_cond_destroy(&p->done);
    pthread_mutex_destroy(&p->mutex);
    free(p);
    curl_global_cleanup();
}

void http_pool_submit(struct http_pool *p, struct exchange *x)
{
    struct lane *least = &p->lanes[0];
    size_t least_load = SIZE_MAX;
    bool first;

    if (x->request.mail.to) {
        mail_submit(p, x);
        return;
    }
    for (size_t i = 0; i < p->n_lanes; i++) {
        struct lane *lane = &p->lanes[i];
        size_t load;

        pthread_mutex_lock(&lane->mutex);
        load = lane->load;
        pthread_mutex_unlock(&lane->mutex);
        if (load < least_load) {
            least = lane;
            least_load = load;
        }
    }
    pthread_mutex_lock(&least->mutex);
    first = !least->inbox.first; /* else it has been woken for the one before, and not yet looked */
    queue_put(&least->inbox, x);
    least->load++;
    pthread_mutex_unlock(&least->mutex);
    if (first)
        curl_multi_wakeup(least->multi);
}

struct exchange *http_pool_collect(struct http_pool *p, int64_t wait_ns)
{
    struct exchange *all;
    struct timespec until;
    int64_t until_ns = clock_now_ns() + wait_ns;
    int rc = 0;

    until.tv_sec = (time_t)(until_ns / CLOCK_NS_PER_S);
    until.tv_nsec = (long)(until_ns % CLOCK_NS_PER_S);
    pthread_mutex_lock(&p->mutex);
    while (!p->outbox.first && wait_ns > 0 && rc != ETIMEDOUT)
        rc = pthread_cond_timedwait(&p->done, &p->mutex, &until);
    all = queue_take_all(&p->outbox);
    pthread_mutex_unlock(&p->mutex);
    for (struct exchange *x = all; x; x = x->next) {
        atomic_fetch_sub(&p->held, x->held);
        x->held = 0;
    }
    return all;
}

static void pool_tell(struct http_pool *p, bool *what)
{
    pthread_mutex_lock(&p->mutex);
    *what = true;
    pthread_cond_broadcast(&p->mail.work);
    pthread_mutex_unlock(&p->mutex);
    for (size_t i = 0; i < p->n_lanes; i++)
        curl_multi_wakeup(p->lanes[i].multi);
}

void http_pool_abort(struct http_pool *p)
{
    atomic_store(&p->mail.aborted, true);
    pool_tell(p, &p->aborted);
}

void http_pool_close(struct http_pool *p)
{
    pool_tell(p, &p->closed);
}
