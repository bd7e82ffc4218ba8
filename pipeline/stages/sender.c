/* sender: sets up the budget and the pool as the job says, and lends each lane a thread while issue runs. */
#include "stages/sender.h"

#include "adapters/outbox.h"
#include "base/clock.h"
#include "stages/issue.h"
#include "stages/job.h"

#include <omp.h>
#include <stdio.h>

#define USER_AGENT "claimpipe/" CLAIMPIPE_VERSION

int sender_open_budget(struct sender *s, const struct job *j, struct ledger *ledger, struct err *e)
{
    s->job = j;
    return budget_open(&s->budget, ledger, j->api_url, j->rates.list, j->rates.n, j->burst, e);
}

struct smtp_options sender_smtp(const struct job *j)
{
    const struct jobmail *m = &j->mail;

    return (struct smtp_options){.url = m->url,
                                 .user = m->user,
                                 .password = m->password,
                                 .bearer = m->token,
                                 .cacert = j->cacert,
                                 .outbox = m->outbox,
                                 .hello = m->hello,
                                 .per_connection = m->per_connection,
                                 .lanes = (unsigned)m->in_flight,
                                 .connect_timeout_ns = j->connect_timeout_ns,
                                 .timeout_ns = m->timeout_ns};
}

int sender_open_mail(struct sender *s, const struct job *j, struct ledger *ledger, struct err *e)
{
    const struct jobmail *m = &j->mail;

    s->job = j;
    s->smtp = sender_smtp(j);
    if (m->outbox && outbox_open(m->outbox, e) != 0)
        return -1;
    if (budget_open(&s->mail_budget, ledger, m->url ? m->url : "outbox", m->rates.list,
                    m->outbox ? 0 : m->rates.n, /* a folder has no limit */
                    m->burst, e) != 0)
        return -1;
    s->mails = true;
    return 0;
}

int sender_open_pool(struct sender *s, bool needs_server, struct err *e)
{
    const struct job *j = s->job;

    if (!needs_server && !s->mails)
        return 0;
    s->http = (struct http_options){.base_url = needs_server ? j->api_url : NULL,
                                    .smtp = s->mails ? &s->smtp : NULL,
                                    .api_key = j->api_key,
                                    .cacert = j->cacert,
                                    .user_agent = USER_AGENT,
                                    .connect_timeout_ns = j->connect_timeout_ns,
                                    .timeout_ns = j->timeout_ns,
                                    .lanes = j->lanes};
    s->pool = http_pool_new(&s->http, e);
    return s->pool ? 0 : -1;
}

bool sender_wait_words(const struct sender *s, char text[SENDER_WAIT_MAX])
{
    int64_t seconds = s->pool ? budget_wait_s(&s->budget, clock_now_ns()) : 0;

    if (seconds == 0)
        return false;
    snprintf(text, SENDER_WAIT_MAX, BUDGET_WAIT, (long long)seconds);
    return true;
}

void sender_options(struct sender *s, struct issue_options *o)
{
    const struct job *j = s->job;

    o->pool = s->pool;
    o->budget = &s->budget;
    o->in_flight = j->in_flight;
    if (s->mails) {
        o->mail_budget = &s->mail_budget;
        o->mail_in_flight = j->mail.in_flight;
        o->mail_later_ns = j->mail.later_ns;
    }
    o->tries_max = j->tries_max;
    o->timeout_ns = j->timeout_ns;
    o->patience_ns = j->patience_ns;
    o->settle_timeout_ns = j->settle_timeout_ns;
    o->queue_delay_ns = j->queue_delay_ns;
    o->seed = (uint64_t)clock_wall_ms();
    o->stoprule = &j->stoprule;
    o->secrets = &j->secrets;
}

/* The loop in one thread, each lane in another. */
static int run_in_lanes(struct sender *s, struct issue *is, struct issue_end *end, struct err *e)
{
    size_t lanes = http_pool_lanes(s->pool);
    int rc = -1;

    omp_set_dynamic(0);
#pragma omp parallel num_threads((int)lanes + 1)
    {
        int me = omp_get_thread_num();

        if (omp_get_num_threads() < (int)lanes + 1) {
            if (me == 0)
                err_set(e, EXIT_STOPPED,
                        "OpenMP gives too few threads for %zu lanes: unset "
                        "OMP_THREAD_LIMIT",
                        lanes);
        } else if (me == 0) {
            rc = issue_run(is, end, e);
            http_pool_close(s->pool);
        } else {
            struct err ignored = ERR_INIT; /* its transfers then fail, and the loop is told so */

            err_ignore(http_pool_serve(s->pool, (size_t)me - 1, &ignored));
        }
    }
    return rc;
}

int sender_run(struct sender *s, struct issue *is, struct issue_end *end, struct err *e)
{
    return s->pool ? run_in_lanes(s, is, end, e) : issue_run(is, end, e);
}

void sender_close(struct sender *s, bool whole)
{
    struct err ignored = ERR_INIT; /* then what is left to tell counts as lost */

    http_pool_free(s->pool);
    s->pool = NULL;
    err_ignore(budget_close(&s->budget, whole, &ignored));
    if (s->mails)
        err_ignore(budget_close(&s->mail_budget, whole, &ignored));
}
