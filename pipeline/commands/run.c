/*
 * run: the driver.
 *
 *   opened (input, ledger, results) -> acting (issue pulls rows through select, plan and the ledger)
 *   -> reported -> closed
 *
 * Everything that can be refused is refused while opening, before anything is sent.
 */
#include "commands/run.h"

#include "adapters/log.h"
#include "adapters/outfile.h"
#include "adapters/stop.h"
#include "base/clock.h"
#include "base/count.h"
#include "base/mem.h"
#include "base/visible.h"
#include "ledger/ledger.h"
#include "stages/admit.h"
#include "stages/codecount.h"
#include "stages/issue.h"
#include "stages/job.h"
#include "stages/lookup.h"
#include "stages/prepared.h"
#include "stages/read.h"
#include "stages/report.h"
#include "stages/sender.h"
#include "stages/teller.h"
#include "stages/traces.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct run {
    const struct job *job;
    struct teller teller;

    struct prepared prepared;
    struct outfile *results;
    struct ledger *ledger;
    struct ledger_run id;
    struct sender sender;
    struct issue_options options; /* issue borrows these two until it is freed */
    struct issue_driver driver;
    struct issue *issue;
    struct admit admit;
};

/* ---- issue's driver: rows by admit, all else by the run, which has it for a context ---- */

static int next_steps(void *context, size_t most, struct step **out, struct err *e)
{
    struct run *r = context;

    return admit_next(&r->admit, most, out, e);
}

static void step_rested(void *context, const struct step *s)
{
    struct run *r = context;

    admit_rested(&r->admit, s);
}

/* ---- telling ---- */

static int tick(void *context, size_t waiting, int64_t now_ns)
{
    struct run *r = context;

    return teller_tick(&r->teller, r->issue, &r->sender.budget.limit, waiting, now_ns);
}

static void say(void *context, const char *text)
{
    struct run *r = context;

    teller_say(&r->teller, text);
}

/* What was guessed or passed over as a file was read, line by line. */
static void say_notices(struct run *r, const char *line)
{
    char text[ERR_TEXT_MAX];
    const char *end;

    for (; (end = strchr(line, '\n')); line = end + 1) {
        visible_line((struct slice){line, (size_t)(end - line)}, text, sizeof(text));
        log_say(&r->teller.log, LOG_INFO, "input", text, NULL, 0);
    }
}

static void say_beginning(struct run *r)
{
    char text[512], warning[PREPARED_WARNING_MAX], wait[SENDER_WAIT_MAX];

    say_notices(r, read_facts(r->prepared.input)->notices);
    if (sender_wait_words(&r->sender, wait))
        say(r, wait);
    if (r->prepared.selection.lookup)
        say_notices(r, lookup_notices(r->prepared.selection.lookup));
    if (prepared_warning(&r->prepared, warning))
        say(r, warning);

    if (!r->id.resumed || r->job->mode != JOB_RUN)
        return;
    snprintf(text, sizeof(text), "run %lld did not finish: going on where it stopped%s",
             (long long)r->id.id,
             r->id.input_changed ? " (the input has changed since: rows are matched by their key)"
                                 : "");
    log_say(&r->teller.log, LOG_WARNING, "resumed", text, NULL, 0);
}

static void say_of_filter(struct run *r, const struct text *words)
{
    struct text shown;

    text_init(&shown);
    if (text_ok(words))
        visible_puts(&shown, words->ptr);
    if (text_ok(words) && text_ok(&shown))
        log_say(&r->teller.log, LOG_WARNING, "filter", shown.ptr, NULL, 0);
    text_release(&shown);
}

/* It looks like success, and may be a typo. */
static void say_none_passed(struct run *r)
{
    struct text words;

    text_init(&words);
    if (selection_say_none_passed(&r->prepared.selection, &words))
        say_of_filter(r, &words);
    text_clear(&words);
    if (selection_say_near(&r->prepared.selection, &words))
        say_of_filter(r, &words);
    text_release(&words);
}

/* What claimpipe settle can end; a store's rows only their command ends. */
static bool has_claims(const struct prepared *p)
{
    for (size_t i = 0; i < p->n_targets; i++)
        if (!p->targets[i].action->local && !p->targets[i].action->repeatable)
            return true;
    return false;
}

static void say_going_on(const struct run *r, const struct report_summary *s,
                         const struct issue_end *end, struct text *out)
{
    if (!s->rows[STATUS_PENDING] && !s->rows[STATUS_UNKNOWN] && !s->rows[STATUS_UNSENT])
        return;
    text_puts(out, "\nto go on where this run ended: ");
    text_puts(out, end->usage ? "put right what is set, then run the command with it"
                              : "run the same command again");
    if (r->job->no_settle && (s->rows[STATUS_PENDING] || s->rows[STATUS_UNKNOWN]))
        text_printf(out, ", without --no-settle%s",
                    has_claims(&r->prepared) ? " (or claimpipe settle, which needs no input)" : "");
}

static void say_summary(struct run *r, const struct report_summary *s, const struct issue_end *end)
{
    struct log_field fields[STATUS_COUNT + 3];
    double seconds = (double)(clock_now_ns() - r->teller.progress.started_ns) / CLOCK_NS_PER_S;
    uint64_t requests = r->prepared.asked + end->requests;
    struct text t;

    for (int i = 0; i < STATUS_COUNT; i++)
        fields[i] = (struct log_field){status_name((enum status)i), (int64_t)s->rows[i]};
    fields[STATUS_COUNT] = (struct log_field){"run", r->id.id};
    fields[STATUS_COUNT + 1] = (struct log_field){"requests", (int64_t)requests};
    fields[STATUS_COUNT + 2] = (struct log_field){"failed_before", (int64_t)s->kept};
    text_init(&t);
    report_words(s, &t);
    if (r->job->mode == JOB_SIMULATE)
        text_puts(&t, "\nsimulated: nothing was issued, and nothing is remembered");
    else
        text_printf(&t, "\nrun %lld", (long long)r->id.id);
    text_puts(&t, ": ");
    count_put(&t, requests, "request", "requests");
    text_printf(&t, " in %.1f s", seconds);
    if (strcmp(r->job->results, "-") != 0) {
        text_puts(&t, "; results in ");
        visible_puts(&t, r->job->results);
    }
    if (r->prepared.selection.preset) {
        text_puts(&t, "\n");
        selection_say_once(&r->prepared.selection, &t);
    }
    if (r->id.input_changed)
        text_puts(&t,
                  "\nthe input has changed since this run began: rows were matched by their key");
    say_going_on(r, s, end, &t);
    if (s->rows[STATUS_UNKNOWN] && r->prepared.needs_server)
        text_puts(&t, "\nif rows stay unknown: see on the claim's page who has it; then "
                      "--resend-unknown sends the rest, once");
    if (s->rows[STATUS_FAILED] && !r->prepared.needs_server)
        text_puts(&t, "\nto give the others codes as well: append to the list, or give the claim "
                      "more codes (and raise --count), then run the same command again");
    else if (s->rows[STATUS_FAILED] && r->job->mode != JOB_SIMULATE)
        text_printf(&t, "\nto try the failed rows again: %s", r->job->retry_hint);
    if (text_ok(&t))
        log_say(&r->teller.log, LOG_INFO, "summary", t.ptr, fields, STATUS_COUNT + 3);
    text_release(&t);
}

/* ---- opening ---- */

static int refuse_results(const struct job *j, const struct input_facts *facts, struct err *e)
{
    if (outfile_replaces(j->results, j->input))
        return err_set(e, EXIT_USAGE,
                       "%s: the results would replace the input: name another file with -o",
                       j->results);
    if (ledger_is_file(j->ledger, j->results))
        return err_set(e, EXIT_USAGE, "%s: is the ledger: name another file with -o", j->results);
    return report_fits(j->results, facts, e) == 0 ? report_can_begin(j->results, e) : -1;
}

static struct ledger *open_ledger(const struct job *j, struct err *e)
{
    if (j->mode != JOB_RUN)
        return ledger_open_copy(j->ledger, j->accept_ledger, e);
    return j->accept_ledger ? ledger_open_accepted(j->ledger, true, e) : ledger_open(j->ledger, e);
}

/* The trace is left before anything is sent, for the run may be killed. */
static int register_run(struct run *r, struct err *e)
{
    const struct prepared *p = &r->prepared;
    char anew[ERR_TEXT_MAX];

    if (r->job->mode != JOB_RUN)
        return prepared_register(&r->prepared, r->ledger, &r->id, e);
    if (traces_refuse(p, r->ledger, anew, e) != 0)
        return -1;
    if (anew[0])
        say(r, anew);
    if (prepared_register(&r->prepared, r->ledger, &r->id, e) != 0)
        return -1;
    return traces_leave(p, r->ledger, &r->id, e);
}

/* Whether what is sent again was taken before can only be told by following what lies in the queue. */
static int refuse_unsettled(const struct job *j, struct err *e)
{
    if (!j->no_settle || !(j->wishes.retry_failed || j->wishes.resend_unknown))
        return 0;
    return err_set(e, EXIT_USAGE,
                   "--no-settle: what is in the queue must be settled before anything is sent "
                   "again: leave it out, or leave out %s",
                   j->wishes.retry_failed ? "--retry-failed" : "--resend-unknown");
}

static int open_files(struct run *r, struct err *e)
{
    const struct codecount_say to = {say, r};
    const struct job *j = r->job;
    bool asks;

    if (refuse_unsettled(j, e) != 0 || prepared_open(&r->prepared, j, e) != 0 ||
        codecount_check(j, e) != 0 || refuse_results(j, read_facts(r->prepared.input), e) != 0)
        return -1;
    r->teller.progress.total = read_facts(r->prepared.input)->rows;
    r->results = outfile_open(j->results, e);
    if (!r->results)
        return -1;
    r->ledger = open_ledger(j, e);
    /* What sends nothing needs no leave, and tells nobody. */
    asks = r->prepared.needs_server || codecount_asks(&r->prepared);
    return r->ledger && prepared_lock(&r->prepared, r->ledger, e) == 0 &&
                   sender_open_budget(&r->sender, j, asks ? r->ledger : NULL, e) == 0 &&
                   codecount_ask(&r->prepared, &r->sender.budget, &to, e) == 0 &&
                   register_run(r, e) == 0 && prepared_begin(&r->prepared, &r->id, e) == 0
               ? codecount_tell(&r->prepared, r->ledger, &r->id, &to, e)
               : -1;
}

/* ---- acting ---- */

static int act(struct run *r, struct issue_end *end, struct err *e)
{
    r->issue = issue_new(&r->options, &r->driver, e);
    if (!r->issue)
        return -1;
    r->admit.issue = r->issue;
    /* A dry run finds nothing out: what earlier runs left under way stays as it is. */
    if (r->job->mode == JOB_RUN && !r->job->no_settle && issue_load(r->issue, e) != 0)
        return -1;
    return sender_run(&r->sender, r->issue, end, e);
}

static int exit_code(const struct report_summary *s, const struct issue_end *end)
{
    if (end->signal)
        return 128 + end->signal;
    if (end->stopped[0])
        return end->usage ? EXIT_USAGE : EXIT_STOPPED;
    return s->rows[STATUS_FAILED] || s->rows[STATUS_INVALID] || s->rows[STATUS_PENDING] ||
                   s->rows[STATUS_UNKNOWN] || s->rows[STATUS_UNSENT]
               ? EXIT_ROWS
               : EXIT_DONE;
}

/* The books that codes are given from, in an array of the caller's; NULL: no memory. */
static const struct codebook **list_books(const struct prepared *p, size_t *n)
{
    const struct codebook **books = mem_zero(p->n_targets, sizeof(*books));

    *n = 0;
    for (size_t i = 0; books && i < p->n_targets; i++)
        if (p->with[i].book)
            books[(*n)++] = p->with[i].book;
    return books;
}

/* Did the input change, or break, on the way?  Then e says it beside what was done. */
static bool heed_input(const struct run *r, struct err *e)
{
    const struct input_facts *facts = read_facts(r->prepared.input);
    const char *results = strcmp(r->job->results, "-") == 0 ? "stdout" : r->job->results, *why;

    if (r->admit.broken.code != EXIT_DONE)
        err_set(e, EXIT_INPUT, "%s; what was done until then is in the results (%s)",
                r->admit.broken.text, results);
    else if (read_strayed(r->prepared.input, &why))
        err_set(e, EXIT_INPUT,
                why ? "%s; what was done is in the results (%s), where rows that could not be read "
                      "again have no columns of their own"
                    : "%s changed before the results were written: what was done is in them (%s); "
                      "rows that are not there any more have no columns of their own: run the same "
                      "command again",
                why ? why : facts->name, results);
    return e->code != EXIT_DONE;
}

/* What stands above the header is in the results, and no row. */
static int end_run(struct run *r, const struct report_summary *s, int code, struct err *e)
{
    uint64_t counts[STATUS_COUNT], above = read_facts(r->prepared.input)->above;

    memcpy(counts, s->rows, sizeof(counts));
    counts[STATUS_SKIPPED] -= above < counts[STATUS_SKIPPED] ? above : counts[STATUS_SKIPPED];
    return ledger_run_end(r->ledger, &r->id, code <= EXIT_ROWS, code, counts, e);
}

/* That they can't be written takes nothing back of what was done. */
static int write_results(struct run *r, const struct source *source, const struct report_options *o,
                         struct report_summary *s, struct err *e)
{
    struct err why = ERR_INIT;
    bool kept = r->job->mode == JOB_RUN;
    int rc = report_write(source, r->ledger, o, r->results, s, &why);

    if (rc == 0) {
        rc = outfile_close(r->results, true, &why);
        r->results = NULL;
    }
    if (rc == 0)
        return 0;
    return err_set(
        e, why.code, "%s%s", why.text,
        kept && why.code == EXIT_OUTPUT
            ? "; what was done is kept: the same command again, or claimpipe report last, "
              "writes the results"
            : "");
}

static int report(struct run *r, const struct issue_end *end, int *code, struct err *e)
{
    struct report_options o = {.run = r->id.id,
                               .ended_ms = clock_wall_ms(),
                               .path = r->job->results,
                               .stopped = end->stopped,
                               .simulated = r->job->mode == JOB_SIMULATE,
                               .safe_cells = r->job->safe_cells,
                               .observer = r->job->observer};
    const struct codebook **books = list_books(&r->prepared, &o.n_books);
    struct report_summary *s = mem_zero(1, sizeof(*s));
    struct source source = read_source_as_far(r->prepared.input);
    int rc = -1;

    if (!s || !books) {
        err_nomem(e);
        goto done;
    }
    o.books = books;
    o.as = job_output_reading(r->job->output, &source.facts->reading);
    o.valid_utf8 = r->job->output != JOB_OUTPUT_SAME;
    rc = write_results(r, &source, &o, s, e);
    if (rc != 0)
        goto done;
    *code = exit_code(s, end);
    if (heed_input(r, e) && !end->signal)
        *code = EXIT_INPUT;
    rc = end_run(r, s, *code, e);
    if (rc == 0 && r->job->mode == JOB_RUN)
        rc = traces_leave(&r->prepared, r->ledger, &r->id, e);
    log_clear(&r->teller.log);
    if (end->stopped[0])
        log_say(&r->teller.log, LOG_ERROR, "stopped", end->stopped, NULL, 0);
    say_none_passed(r);
    say_summary(r, s, end);
done:
    free(books);
    free(s);
    return rc;
}

static int run_opened(struct run *r, int *code, struct err *e)
{
    struct issue_end end;

    r->options = (struct issue_options){.targets = r->prepared.targets,
                                        .n_targets = r->prepared.n_targets,
                                        .ledger = r->ledger,
                                        .run = &r->id,
                                        .no_settle = r->job->no_settle};
    sender_options(&r->sender, &r->options);
    r->driver = (struct issue_driver){
        .context = r, .next = next_steps, .rested = step_rested, .tick = tick, .say = say};
    if (admit_init(&r->admit, &r->prepared, r->ledger, &r->id, &r->teller.progress, e) != 0)
        return -1;
    teller_begin(&r->teller);
    if (act(r, &end, e) != 0)
        return -1;
    teller_end(&r->teller);
    /* Nothing was done of it: results without a row would look as if it had none. */
    if (r->admit.broken.code != EXIT_DONE && r->teller.progress.done == 0 && !end.signal)
        return err_set(e, r->admit.broken.code, "%s", r->admit.broken.text);
    return report(r, &end, code, e);
}

int run_job(const struct job *j, struct err *e)
{
    struct run *r = mem_zero(1, sizeof(*r));
    int code = EXIT_STOPPED, rc = -1;

    if (!r) {
        err_nomem(e);
        return (int)e->code;
    }
    r->job = j;
    teller_init(&r->teller, j);
    if (open_files(r, e) != 0 || sender_open_pool(&r->sender, r->prepared.needs_server, e) != 0)
        goto done;
    say_beginning(r);
    rc = run_opened(r, &code, e);
done:
    log_clear(&r->teller.log);
    issue_free(r->issue);
    admit_release(&r->admit);
    sender_close(&r->sender, rc == 0);
    ledger_close(r->ledger);
    if (r->results)
        err_ignore(outfile_close(r->results, false, e));
    prepared_close(&r->prepared);
    teller_release(&r->teller);
    free(r);
    if (rc == 0)
        return code;
    return e->code == EXIT_INTERRUPTED ? 128 + stop_signal() : (int)e->code;
}
