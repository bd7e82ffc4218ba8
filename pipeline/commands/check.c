/*
 * check: the command `check`: lets the rows of an input pass as in a run, and counts instead of sending.
 *
 * It works on a copy of the ledger, so that a run may go on meanwhile.  check_words.c says what is found.
 */
#include "commands/check.h"

#include "adapters/json.h"
#include "adapters/log.h"
#include "adapters/outfile.h"
#include "adapters/stop.h"
#include "base/mem.h"
#include "base/visible.h"
#include "check_internal.h"
#include "ledger/ledger.h"
#include "stages/codecount.h"
#include "stages/job.h"
#include "stages/read.h"
#include "stages/report.h"
#include "stages/traces.h"

#include <stdlib.h>

/* ---- counting ---- */

static void show_invalid(struct check *c, const struct row *r)
{
    c->invalid++;
    if (c->n_shown == (c->job->json ? CHECK_SHOWN_JSON_MAX : CHECK_SHOWN_MAX))
        return;
    if (c->job->json) {
        text_printf(&c->shown,
                    "%s\n    {\"row\": %llu, \"line\": %llu, \"error\": ", c->n_shown ? "," : "",
                    (unsigned long long)r->record->row, (unsigned long long)r->record->line);
        if (json_quote(&c->shown, slice_of(r->why)) != 0)
            text_puts(&c->shown, "\"(not UTF-8)\"");
        text_puts(&c->shown, "}");
    } else {
        text_puts(&c->shown, "  ");
        visible_puts(&c->shown, read_facts(c->prepared.input)->name);
        text_printf(&c->shown, ":%llu: ", (unsigned long long)r->record->line);
        visible_puts(&c->shown, r->why);
        text_puts(&c->shown, "\n");
    }
    c->n_shown++;
}

static void count_step(struct check *c, const struct row_step *s)
{
    switch (s->outcome) {
    case OUTCOME_NONE:
        break;
    case OUTCOME_ACTED:
        c->targets[s->target].act++;
        break;
    case OUTCOME_BEGUN:
        c->targets[s->target].begun++;
        break;
    case OUTCOME_FAILED:
        c->failed++;
        break;
    case OUTCOME_BEFORE:
        c->before++;
        break;
    case OUTCOME_IN_FILE:
        c->in_file++;
        break;
    case OUTCOME_USED_UP:
        c->used_up++;
        break;
    }
}

static void count_row(void *context, const struct row *r)
{
    struct check *c = context;

    if (r->status == STATUS_INVALID)
        show_invalid(c, r);
    if (r->status == STATUS_SKIPPED) {
        c->skipped++;
        reasons_add(&c->reasons, STATUS_SKIPPED, r->why, r->record->line);
    }
    for (size_t i = 0; r->steps && i < c->prepared.n_steps; i++)
        count_step(c, &r->steps[i]);
    check_preview_row(c, r);
    if (c->job->plan.save)
        approving_row(&c->approving, r);
}

/* No stage sees what stands above the header, but the results show it. */
static void count_above(struct check *c)
{
    const struct input_facts *f = read_facts(c->prepared.input);

    c->skipped += f->above;
    for (uint64_t i = 0; i < f->above; i++)
        reasons_add(&c->reasons, STATUS_SKIPPED, READ_ABOVE, f->above_line);
}

static int64_t requests_of(const struct check *c, size_t target)
{
    const struct target *t = &c->prepared.targets[target];
    int64_t n = (int64_t)c->targets[target].act;

    if (t->action->mails)
        return 0; /* of the service; and nobody can be asked what became of a message */
    /* What was begun is settled by one question each, about. */
    return (n ? t->action->cost(t, n) : 0) + (int64_t)c->targets[target].begun;
}

/* ---- the command ---- */

static void warn(const struct check *c, const char *event, const char *text)
{
    struct log log;

    log_init(&log, c->job->observer, c->job->quiet, c->job->json_log);
    log_say(&log, LOG_WARNING, event, text, NULL, 0);
}

/* The run itself would be refused; what a check says is true of this ledger all the same. */
static int warn_of_traces(struct check *c, struct err *e)
{
    struct err why = ERR_INIT;
    char anew[ERR_TEXT_MAX];

    if (traces_refuse(&c->prepared, c->ledger, anew, &why) == 0) {
        if (anew[0])
            warn(c, "ledger", anew);
        return 0;
    }
    if (why.code != EXIT_OUTPUT)
        return err_set(e, why.code, "%s", why.text);
    warn(c, "ledger", why.text);
    return 0;
}

static int open_check(struct check *c, struct err *e)
{
    const struct job *j = c->job;
    char text[PREPARED_WARNING_MAX];

    if (prepared_open(&c->prepared, j, e) != 0 || codecount_check(j, e) != 0 ||
        report_fits(j->results, read_facts(c->prepared.input), e) != 0)
        return -1;
    if (prepared_warning(&c->prepared, text))
        warn(c, "notice", text);
    c->targets = mem_zero(c->prepared.n_targets, sizeof(*c->targets));
    if (!c->targets)
        return err_nomem(e);
    c->progress.total = read_facts(c->prepared.input)->rows;
    c->ledger = ledger_open_copy(j->ledger, j->accept_ledger, e);
    if (!c->ledger || warn_of_traces(c, e) != 0 ||
        prepared_register(&c->prepared, c->ledger, &c->run, e) != 0 ||
        (j->plan.save && approving_begin(&c->approving, &c->prepared, c->ledger, e) != 0) ||
        prepared_begin(&c->prepared, &c->run, e) != 0 ||
        admit_init(&c->admit, &c->prepared, c->ledger, &c->run, &c->progress, e) != 0)
        return -1;
    c->admit.over = count_row;
    c->admit.over_context = c;
    return 0;
}

static int answer(struct check *c, struct err *e)
{
    const struct observer *o = c->job->observer;

    if (!o || !o->answer)
        return outfile_print(&c->out, e);
    if (!text_ok(&c->out))
        return err_nomem(e);
    o->answer(o->answer_context, c->out.ptr, c->out.len);
    return 0;
}

static void init(struct check *c, const struct job *j)
{
    c->job = j;
    text_init(&c->shown);
    text_init(&c->asked);
    text_init(&c->out);
    text_init(&c->preview.out);
    text_init(&c->preview.body);
    text_init(&c->preview.letters);
    arena_init(&c->preview.arena);
}

static int answer_all(struct check *c, struct err *e)
{
    if (!text_ok(&c->shown) || !text_ok(&c->asked))
        c->out.failed = true;
    (c->job->json ? check_say_json : check_say_text)(c);
    return c->job->plan.save && check_plan_keep(c, e) != 0 ? -1 : answer(c, e);
}

int check_job(const struct job *j, struct err *e)
{
    struct check *c = mem_zero(1, sizeof(*c));
    enum exit_code code = EXIT_DONE;
    int rc = -1;

    if (!c) {
        err_nomem(e);
        return (int)e->code;
    }
    init(c, j);
    if (open_check(c, e) != 0 || approving_pass(&c->admit, e) != 0)
        goto done;
    for (size_t i = 0; i < c->prepared.n_targets; i++)
        c->requests += requests_of(c, i);
    for (size_t i = 0; i < c->prepared.n_targets; i++)
        c->messages += c->prepared.targets[i].action->mails ? (int64_t)c->targets[i].act : 0;
    count_above(c);
    reasons_sort(&c->reasons);
    code = c->invalid || c->used_up ? EXIT_ROWS : EXIT_DONE;
    if (j->ask && check_ask(c, &code, e) != 0)
        goto done;
    rc = answer_all(c, e);
done:
    admit_release(&c->admit);
    approving_release(&c->approving);
    check_preview_release(c);
    ledger_close(c->ledger);
    free(c->targets);
    prepared_close(&c->prepared);
    text_release(&c->out);
    text_release(&c->asked);
    text_release(&c->shown);
    free(c);
    if (rc == 0)
        return (int)code;
    return e->code == EXIT_INTERRUPTED ? 128 + stop_signal() : (int)e->code;
}
