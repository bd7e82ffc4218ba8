/* check_ask: each claim is asked for once, as a run does before its first row. */
#include "actions/claimplugins.h"
#include "adapters/json.h"
#include "adapters/log.h"
#include "base/clock.h"
#include "base/count.h"
#include "base/visible.h"
#include "check_internal.h"
#include "ledger/ledger.h"
#include "stages/ask.h"
#include "stages/budget.h"
#include "stages/job.h"

#include <stdio.h>
#include <string.h>

/* What is found of a claim; 0: nothing is wrong. */
struct finding {
    enum exit_code code;
    int64_t left;
    char text[CLAIMFIT_TEXT_MAX + 128];
};

static void say(void *context, const char *text)
{
    const struct check *c = context;
    struct log log;

    log_init(&log, c->job->observer, c->job->quiet, c->job->json_log);
    log_say(&log, LOG_WARNING, "notice", text, NULL, 0);
}

/* Are there rows that it does not take? */
static void judge_room(const struct target *t, uint64_t rows, const struct claimfit_claim *c,
                       struct finding *f)
{
    char why[128];
    uint64_t left = f->left < 0 ? rows : (uint64_t)f->left;
    bool closed = claimfit_say_closed(c, clock_wall_ms(), why, sizeof(why));

    if (closed)
        left = 0;
    else
        snprintf(why, sizeof(why), "it takes %llu more", (unsigned long long)left);
    if (rows > left) {
        f->code = closed ? EXIT_STOPPED : EXIT_ROWS;
        snprintf(f->text, sizeof(f->text), "%s: %s%llu %s would be left unsent", why,
                 t->claimed ? "up to " : "", (unsigned long long)(rows - left),
                 count_word(rows - left, "row", "rows"));
    } else if (closed) {
        snprintf(f->text, sizeof(f->text), "%s", why);
    }
}

/* Like what a run says, which has only guesses about how many rows there will be. */
static void judge(const struct target *t, uint64_t rows, const struct json *claim,
                  struct finding *f)
{
    struct claimfit_claim fit;

    claimplugins_read(claim, &fit);
    f->left = claimfit_left(&fit);
    switch (claimfit_judge(&fit, t->given, t->n_given, t->shared, f->text)) {
    case CLAIMFIT_WRONG:
        f->code = EXIT_USAGE;
        return;
    case CLAIMFIT_SIGN_IN:
        f->code = EXIT_STOPPED;
        return;
    case CLAIMFIT_FITS:
        break;
    }
    if (t->repeats && claimfit_per_address(&fit) > 0)
        snprintf(f->text, sizeof(f->text), TARGET_PER_ADDRESS, t->action->name, t->id,
                 (long long)claimfit_per_address(&fit));
    judge_room(t, rows, &fit, f);
}

static int ask_claim(struct ask *ask, const struct target *t, uint64_t rows, struct finding *f,
                     struct err *e)
{
    struct target alone = *t;
    struct request r = {.post = false};
    struct ask_answer answer;
    int rc = -1;

    alone.claimed = NULL; /* who has claimed is not wanted now */
    alone.untold = true;
    text_init(&r.path);
    text_init(&r.body);
    alone.action->ask(&alone, &r);
    if (!text_ok(&r.path))
        err_nomem(e);
    else
        rc = ask_get(ask, r.path.ptr, &answer, e);
    text_release(&r.path);
    text_release(&r.body);
    if (rc != 0)
        return -1;
    *f = (struct finding){.left = CLAIMFIT_UNKNOWN};
    if (answer.status == 200) {
        judge(t, rows, json_get(answer.doc, "claim"), f);
    } else {
        f->code = EXIT_STOPPED;
        snprintf(f->text, sizeof(f->text), "the service says: %.300s: check its id",
                 answer.refusal);
    }
    return 0;
}

static void put(struct check *c, const struct target *t, const struct finding *f, size_t nth)
{
    struct text *out = &c->asked;

    if (!c->job->json) {
        text_puts(out, "asked: claim ");
        visible_puts(out, t->id);
        text_puts(out, ": ");
        visible_puts(out, *f->text ? f->text : "nothing speaks against it");
        text_puts(out, "\n");
        return;
    }
    text_printf(out, "%s\n    {\"target\": ", nth ? "," : "");
    if (json_quote(out, slice_of(t->id)) != 0)
        text_puts(out, "\"(not UTF-8)\"");
    text_puts(out, ", \"error\": ");
    if (json_quote(out, slice_of(f->text)) != 0)
        text_puts(out, "\"(not UTF-8)\"");
    if (f->left >= 0)
        text_printf(out, ", \"takes\": %lld", (long long)f->left);
    text_puts(out, "}");
}

/* The ledger is a copy: what is asked here is not told to others, but theirs is known. */
static struct ask *begin_asking(struct check *c, struct budget *budget, const struct ask_options *o,
                                struct err *e)
{
    const struct job *j = c->job;

    return budget_open(budget, c->ledger, j->api_url, j->rates.list, j->rates.n, j->burst, e) == 0
               ? ask_new(o, e)
               : NULL;
}

int check_ask(struct check *c, enum exit_code *code, struct err *e)
{
    const struct job *j = c->job;
    struct budget budget;
    struct ask_options o = {.api_url = j->api_url,
                            .api_key = j->api_key,
                            .cacert = j->cacert,
                            .connect_timeout_ns = j->connect_timeout_ns,
                            .timeout_ns = j->timeout_ns,
                            .budget = &budget,
                            .tries_max = j->tries_max,
                            .seed = (uint64_t)clock_wall_ms(),
                            .say = say,
                            .context = c};
    struct ask *ask = NULL;
    struct finding f;
    int rc = 0;
    size_t n = 0;

    for (size_t i = 0; i < c->prepared.n_targets && rc == 0; i++) {
        const struct target *t = &c->prepared.targets[i];

        if (t->action != &action_claim)
            continue;
        if (!ask && !(ask = begin_asking(c, &budget, &o, e)))
            return -1;
        rc = ask_claim(ask, t, c->targets[i].act, &f, e);
        if (rc == 0)
            put(c, t, &f, n++);
        if (rc == 0 && *code <= EXIT_ROWS && f.code != EXIT_DONE)
            *code = f.code;
    }
    ask_free(ask);
    return rc;
}
