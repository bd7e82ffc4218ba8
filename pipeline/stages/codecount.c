/*
 * codecount: finds out how many codes there are, before one too many is given.
 *
 * A seed makes a code for any number, also for one that the claim does not take, and nobody sees that in the code.  So the
 * number is known, or asked for, before the run is in the ledger: what is given out is given for good.
 */
#include "stages/codecount.h"

#include "actions/action.h"
#include "actions/claimcodes.h"
#include "actions/claimfacts.h"
#include "adapters/codebook.h"
#include "adapters/json.h"
#include "base/clock.h"
#include "base/count.h"
#include "base/text.h"
#include "base/visible.h"
#include "ledger/ledger_books.h"
#include "ledger/ledger_runs.h"
#include "policy/columns.h"
#include "policy/limit.h"
#include "stages/ask.h"
#include "stages/budget.h"
#include "stages/job.h"
#include "stages/prepared.h"
#include "stages/read.h"

#include <stdbool.h>
#include <stdio.h>

#define TEXT_MAX 512
#define CLAIM_SHOWN_MAX 80 /* bytes of a claim's id in a text */

/* ---- what is said ---- */

/* Does nobody say how many codes there are? */
static bool is_open(const struct job_step *s, const struct job_target *t)
{
    return t->seed && s->count == INT64_MAX;
}

static int check_target(const struct job *j, const struct job_step *s, const struct job_target *t,
                        struct err *e)
{
    /* A check is offline, and is not given the key. */
    if (!is_open(s, t) || (t->id && (j->api_key || j->mode == JOB_CHECK)))
        return 0;
    return err_set(e, EXIT_USAGE,
                   "how many codes has the claim?  A seed makes more than it takes: say --count N "
                   "(in a job file \"count\")%s",
                   t->id ? ", or set BITBADGES_API_KEY, and the claim is asked"
                         : "; or say which claim it is with --claim, and set BITBADGES_API_KEY: "
                           "then it is asked");
}

int codecount_check(const struct job *j, struct err *e)
{
    for (size_t i = 0; i < j->n_steps; i++)
        for (size_t k = 0; k < j->steps[i].n_targets; k++)
            if (check_target(j, &j->steps[i], &j->steps[i].targets[k], e) != 0)
                return -1;
    return 0;
}

/* ---- asking ---- */

struct asking {
    struct prepared *p;
    struct ask *ask;
    struct text path;
};

static int refuse(const char *claim, enum exit_code code, const char *why, struct err *e)
{
    char id[CLAIM_SHOWN_MAX];

    visible_line(slice_of(claim), id, sizeof(id));
    return err_set(e, code,
                   "claim %s was asked how many codes it has: %s (--count N says it without "
                   "asking)",
                   id, why);
}

static int ask_claim(struct asking *a, size_t target, int64_t start, struct err *e)
{
    struct prepared_target *with = &a->p->with[target];
    struct err failed = ERR_INIT;
    struct ask_answer answer;
    const char *why;
    int64_t n;

    text_clear(&a->path);
    claimcodes_ask(with->of_claim, &a->path);
    if (!text_ok(&a->path))
        return err_nomem(e);
    if (ask_get(a->ask, a->path.ptr, &answer, &failed) != 0)
        return failed.code == EXIT_STOPPED ? refuse(with->of_claim, failed.code, failed.text, e)
                                           : err_set(e, failed.code, "%s", failed.text);
    if (answer.status != 200)
        return refuse(with->of_claim, EXIT_STOPPED, answer.refusal, e);
    why = claimcodes_read(answer.doc, &n);
    if (why)
        return refuse(with->of_claim, EXIT_USAGE, why, e);
    if (start >= n)
        return err_set(e, EXIT_USAGE,
                       "--start %lld: the claim has only %lld %s, the first is number 0",
                       (long long)start, (long long)n, count_word((uint64_t)n, "code", "codes"));
    with->codes_end = n;
    claimfacts_read(json_get(answer.doc, "claim"), &with->told);
    with->is_told = true;
    return 0;
}

static int ask_step(struct asking *a, const struct prepared_step *s, struct err *e)
{
    for (size_t i = 0; i < s->job->n_targets; i++)
        if (is_open(s->job, &s->job->targets[i]) &&
            ask_claim(a, s->first + i, s->job->start, e) != 0)
            return -1;
    return 0;
}

bool codecount_asks(const struct prepared *p)
{
    for (size_t i = 0; i < p->n_steps; i++)
        for (size_t t = 0; t < p->steps[i].job->n_targets; t++)
            if (is_open(p->steps[i].job, &p->steps[i].job->targets[t]))
                return true;
    return false;
}

int codecount_ask(struct prepared *p, struct budget *budget, const struct codecount_say *to,
                  struct err *e)
{
    const struct job *j = p->job;
    const struct ask_options o = {.api_url = j->api_url,
                                  .api_key = j->api_key,
                                  .cacert = j->cacert,
                                  .connect_timeout_ns = j->connect_timeout_ns,
                                  .timeout_ns = j->timeout_ns,
                                  .budget = budget,
                                  .tries_max = j->tries_max,
                                  .seed = (uint64_t)clock_wall_ms(),
                                  .say = to->say,
                                  .context = to->context};
    struct asking a = {.p = p};
    int rc = 0;

    if (!codecount_asks(p))
        return 0;
    a.ask = ask_new(&o, e);
    if (!a.ask)
        return -1;
    text_init(&a.path);
    for (size_t i = 0; i < p->n_steps && rc == 0; i++)
        rc = ask_step(&a, &p->steps[i], e);
    p->asked += ask_requests(a.ask);
    if (rc == 0)
        rc = budget_rest(budget, e);
    text_release(&a.path);
    ask_free(a.ask);
    return rc;
}

/* ---- telling ---- */

static void tell_beyond(const struct prepared_target *with, const struct ledger_books *given,
                        const struct codecount_say *to)
{
    char text[TEXT_MAX];

    if (given->beyond == 0)
        return;
    snprintf(
        text, sizeof(text),
        "%lld %s given before that %s none of the claim's %lld (from number %lld on): nobody can "
        "redeem them, and their rows stay as they are; a code ends with its number",
        (long long)given->beyond, count_word((uint64_t)given->beyond, "code was", "codes were"),
        count_word((uint64_t)given->beyond, "is", "are"), (long long)with->codes_end,
        (long long)given->first_beyond);
    to->say(to->context, text);
}

/* How many rows there may be that have no code yet: duplicates, and rows that are left out, need none. */
static int count_rows(const struct prepared *p, struct ledger *l, const struct ledger_run *run,
                      int64_t target, int64_t *n, struct err *e)
{
    int64_t rows = (int64_t)read_facts(p->input)->rows, limit = (int64_t)p->job->sample.limit;
    int64_t given;

    if (ledger_books_given(l, target, run->id, &given, e) != 0)
        return -1;
    *n = rows - given;
    if (limit && limit < *n)
        *n = limit;
    return 0;
}

static int tell_few(const struct prepared *p, struct ledger *l, const struct ledger_run *run,
                    const struct prepared_step *s, size_t target, int64_t next,
                    const struct codecount_say *to, struct err *e)
{
    int64_t end = p->with[target].codes_end, left, rows;
    char text[TEXT_MAX];

    next = next > s->job->start ? next : s->job->start;
    left = end > next ? end - next : 0;
    if (s->job->otherwise || s->route != COLUMNS_NONE ||
        (uint64_t)left >= read_facts(p->input)->rows)
        return 0;
    if (count_rows(p, l, run, p->targets[target].ledger_id, &rows, e) != 0)
        return -1;
    if (left >= rows)
        return 0;
    snprintf(text, sizeof(text),
             "%lld of %lld codes %s left, for %lld %s: who needs one after these gets none "
             "(duplicates, and rows that are left out, need none)",
             (long long)left, (long long)end, count_word((uint64_t)left, "is", "are"),
             (long long)rows, count_word((uint64_t)rows, "row", "rows"));
    to->say(to->context, text);
    return 0;
}

static int tell_target(const struct prepared *p, struct ledger *l, const struct ledger_run *run,
                       const struct prepared_step *s, size_t target, const struct codecount_say *to,
                       struct err *e)
{
    const struct prepared_target *with = &p->with[target];
    struct ledger_books given;

    if (!with->book || with->codes_end == INT64_MAX)
        return 0;
    if (ledger_books_codes(l, p->targets[target].ledger_id, with->codes_end, &given, e) != 0)
        return -1;
    tell_beyond(with, &given, to);
    return tell_few(p, l, run, s, target, given.next, to, e);
}

int codecount_tell(const struct prepared *p, struct ledger *l, const struct ledger_run *run,
                   const struct codecount_say *to, struct err *e)
{
    for (size_t i = 0; i < p->n_steps; i++)
        for (size_t t = 0; t < p->steps[i].job->n_targets; t++)
            if (tell_target(p, l, run, &p->steps[i], p->steps[i].first + t, to, e) != 0)
                return -1;
    return 0;
}
