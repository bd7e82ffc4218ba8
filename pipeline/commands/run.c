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
#include "adapters/stop.h"
#include "base/clock.h"
#include "base/count.h"
#include "base/mem.h"
#include "base/visible.h"
#include "ledger/ledger.h"
#include "ledger/ledger_problems.h"
#include "policy/added.h"
#include "policy/problem.h"
#include "stages/admit.h"
#include "stages/approving.h"
#include "stages/codecount.h"
#include "stages/issue.h"
#include "stages/job.h"
#include "stages/letter.h"
#include "stages/lookup.h"
#include "stages/pace.h"
#include "stages/prepared.h"
#include "stages/read.h"
#include "stages/report.h"
#include "stages/report_files.h"
#include "stages/runend.h"
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
    struct report_files files;
    struct ledger *ledger;
    struct ledger_run id;
    struct sender sender;
    struct issue_options options; /* issue borrows these two until it is freed */
    struct issue_driver driver;
    struct issue *issue;
    struct issue_end end;
    struct admit admit;
    struct report_summary *summary; /* once the results are written */
    struct runend ending;
    struct pace pace;
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

    pace_note(&r->pace, r->prepared.asked + r->end.requests);
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

static void say_letters(struct run *r)
{
    for (size_t i = 0; i < r->prepared.n_targets; i++) {
        const struct letter *l = r->prepared.with[i].mailing.letter;
        char text[ERR_TEXT_MAX], name[128];

        if (!l || !letter_notice(l))
            continue;
        snprintf(text, sizeof(text), "letter \"%s\": %s",
                 visible_line(slice_of(letter_name(l)), name, sizeof(name)), letter_notice(l));
        log_say(&r->teller.log, LOG_INFO, "letter", text, NULL, 0);
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
    say_letters(r);

    if (!r->id.resumed || r->job->mode != JOB_RUN)
        return;
    snprintf(text, sizeof(text), "run %lld did not finish: going on where it stopped%s",
             (long long)r->id.id,
             r->id.input_changed ? " (the input has changed since: rows are matched by their key)"
                                 : "");
    log_say(&r->teller.log, LOG_WARNING, "resumed", text, NULL, 0);
}

static void say_of(struct run *r, const char *what, const struct text *words)
{
    struct text shown;

    text_init(&shown);
    if (text_ok(words))
        visible_puts(&shown, words->ptr);
    if (text_ok(words) && text_ok(&shown))
        log_say(&r->teller.log, LOG_WARNING, what, shown.ptr, NULL, 0);
    text_release(&shown);
}

/* It looks like success, and may be a typo. */
static void say_none_passed(struct run *r)
{
    struct text words;

    text_init(&words);
    if (selection_say_none_passed(&r->prepared.selection, &words))
        say_of(r, "filter", &words);
    text_clear(&words);
    if (selection_say_near(&r->prepared.selection, &words))
        say_of(r, "filter", &words);
    text_release(&words);
}

/* What claimpipe settle can end; a store's rows only their command ends. */
static bool has_claims(const struct prepared *p)
{
    for (size_t i = 0; i < p->n_targets; i++)
        if (action_is_followed(p->targets[i].action))
            return true;
    return false;
}

/* Rows have failed before, but none for the reason that is to be tried again: whoever typed it meant another. */
static bool is_no_reason(const struct run *r, const struct report_summary *s)
{
    return r->job->wishes.retry_reason && r->admit.retried == 0 && s->kept > 0;
}

/* As it is told what rows failed for, a part of it can be given. */
static void say_no_such_reason(struct run *r, const struct report_summary *s)
{
    const char *reason = r->job->wishes.retry_reason;
    bool any = false;
    struct text t;

    if (!reason || r->admit.retried > 0)
        return;
    text_init(&t);
    text_printf(&t, "--retry-failed=%s: no row that had failed has this reason", reason);
    for (size_t i = 0; i < s->reasons.n; i++) {
        const struct reason *one = &s->reasons.list[i];

        if (!one->first_run)
            continue;
        text_printf(&t, "%s%s (", any ? ", " : "; there are: ",
                    *one->text ? one->text : "none that is known any more");
        count_put(&t, one->rows, "row", "rows");
        text_puts(&t, ")");
        any = true;
    }
    text_puts(&t, any ? "" : ": none has failed before");
    say_of(r, "retry", &t);
    text_release(&t);
}

static struct report_next next_of(const struct run *r)
{
    return (struct report_next){.command = r->job->tell.same_command,
                                .retry = r->job->retry_hint,
                                .planned = r->job->plan.approved ? r->job->tell.same_command : NULL,
                                .results = r->job->results,
                                .usage = r->end.usage,
                                .mend = r->end.mend,
                                .no_settle = r->job->no_settle,
                                .claims = has_claims(&r->prepared),
                                .needs_server = r->prepared.needs_server,
                                .needs_mail = r->prepared.needs_mail};
}

/* Why a run with bad rows is none that has failed. */
static void say_passed_over(const struct job *j, const struct report_summary *s, int code,
                            struct text *out)
{
    if (code != EXIT_DONE || !s->tells || report_problems(s) == 0)
        return;
    text_puts(out, j->tell.fail_on == PROBLEM_FAIL_NONE
                       ? "\nexit code 0 all the same, for --fail-on none"
                       : "\nnone of them is new, so the exit code is 0 (--fail-on any makes it 1)");
}

/* Quiet nights: what nobody was told of is told all the same. */
static void say_news(const struct run *r, const struct report_summary *s)
{
    struct text news;
    struct log log;

    if (!r->job->quiet || !s->tells || s->fresh == 0)
        return;
    log_init(&log, r->job->observer, false, r->job->json_log);
    text_init(&news);
    report_news(s, &news);
    text_printf(&news, "\nrun %lld", (long long)r->id.id);
    if (strcmp(r->job->results, "-") != 0) {
        text_puts(&news, "; results in ");
        visible_puts(&news, r->job->results);
    }
    if (text_ok(&news))
        log_say(&log, LOG_WARNING, "problems", news.ptr, NULL, 0);
    text_release(&news);
}

static void say_summary(struct run *r, const struct report_summary *s, const struct issue_end *end,
                        int code)
{
    struct log_field fields[STATUS_COUNT + 5];
    double seconds = (double)(clock_now_ns() - r->teller.progress.started_ns) / CLOCK_NS_PER_S;
    uint64_t requests = r->prepared.asked + end->requests;
    const struct report_next next = next_of(r);
    struct text t;

    for (int i = 0; i < STATUS_COUNT; i++)
        fields[i] = (struct log_field){status_name((enum status)i), (int64_t)s->rows[i]};
    fields[STATUS_COUNT] = (struct log_field){"run", r->id.id};
    fields[STATUS_COUNT + 1] = (struct log_field){"requests", (int64_t)requests};
    fields[STATUS_COUNT + 2] = (struct log_field){"failed_before", (int64_t)s->kept};
    fields[STATUS_COUNT + 3] = (struct log_field){"problems_new", (int64_t)s->fresh};
    fields[STATUS_COUNT + 4] = (struct log_field){"problems_known", (int64_t)s->known};
    text_init(&t);
    report_words(s, &t);
    say_passed_over(r->job, s, code, &t);
    if (r->job->mode == JOB_SIMULATE)
        text_puts(&t, "\nsimulated: nothing was issued, and nothing is remembered");
    else
        text_printf(&t, "\nrun %lld", (long long)r->id.id);
    text_puts(&t, ": ");
    if (r->prepared.needs_mail)
        count_put(&t, end->messages, "message", "messages");
    if (r->prepared.needs_mail && requests > 0)
        text_puts(&t, ", ");
    if (requests > 0 || !r->prepared.needs_mail)
        count_put(&t, requests, "request", "requests");
    text_printf(&t, " in %.1f s", seconds);
    if (strcmp(r->job->results, "-") != 0) {
        text_puts(&t, "; results in ");
        visible_puts(&t, r->job->results);
    }
    report_files_words(&r->files, s, !r->job->columns, &t);
    if (r->prepared.selection.preset) {
        text_puts(&t, "\n");
        selection_say_once(&r->prepared.selection, &t);
    }
    if (r->id.input_changed)
        text_puts(&t,
                  "\nthe input has changed since this run began: rows were matched by their key");
    report_next_words(s, &next, &t);
    if (text_ok(&t))
        log_say(&r->teller.log, LOG_INFO, "summary", t.ptr, fields, STATUS_COUNT + 5);
    text_release(&t);
}

/* ---- opening ---- */

static int open_results(struct run *r, struct err *e)
{
    const struct job *j = r->job;
    const struct input_facts *facts = read_facts(r->prepared.input);
    const struct report_files_wish w = {.results = j->results,
                                        .failed_to = j->failed_to,
                                        .new_to = j->new_to,
                                        .html = j->html,
                                        .columns = j->columns,
                                        .force = j->stoprule.force,
                                        .as = joboutput_reading(j->output, &facts->reading),
                                        .steps = j->n_steps,
                                        .facts = facts,
                                        .input = j->input,
                                        .ledger = j->ledger};

    return report_files_open(&r->files, &w, e);
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
static int refuse_unsettled(const struct run *r, struct err *e)
{
    const struct job *j = r->job;
    bool asked = added_retry(&read_facts(r->prepared.input)->header) != COLUMNS_NONE;

    if (!j->no_settle || !(j->wishes.retry_failed || j->wishes.resend_unknown || asked))
        return 0;
    return err_set(e, EXIT_USAGE,
                   "--no-settle: what is in the queue must be settled before anything is sent "
                   "again: leave it out, or leave out %s",
                   j->wishes.retry_failed     ? "--retry-failed"
                   : j->wishes.resend_unknown ? "--resend-unknown"
                                              : "the column retry of the input");
}

/* Nobody else changes what is planned from now on. */
static int lock(struct run *r, struct err *e)
{
    if (prepared_lock(&r->prepared, r->ledger, e) != 0)
        return -1;
    return r->job->plan.approved ? approving_verify(r->job, &r->prepared, e) : 0;
}

static int open_files(struct run *r, struct err *e)
{
    const struct codecount_say to = {say, r};
    const struct job *j = r->job;
    bool asks;

    if (prepared_open(&r->prepared, j, e) != 0 || refuse_unsettled(r, e) != 0 ||
        codecount_check(j, e) != 0 || open_results(r, e) != 0)
        return -1;
    r->teller.progress.total = read_facts(r->prepared.input)->rows;
    r->teller.progress.mails = r->prepared.needs_mail;
    r->ledger = open_ledger(j, e);
    /* What sends nothing needs no leave, and tells nobody. */
    asks = r->prepared.needs_server || codecount_asks(&r->prepared);
    return r->ledger && lock(r, e) == 0 &&
                   sender_open_budget(&r->sender, j, asks ? r->ledger : NULL, e) == 0 &&
                   (!r->prepared.needs_mail ||
                    sender_open_mail(&r->sender, j, r->ledger, e) == 0) &&
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

static int exit_code(const struct run *r, const struct report_summary *s,
                     const struct issue_end *end)
{
    const struct problem_counts n = {.all = report_problems(s),
                                     .fresh = s->fresh,
                                     .unfinished =
                                         s->rows[STATUS_PENDING] + s->rows[STATUS_UNSENT]};

    if (end->signal)
        return 128 + end->signal;
    if (end->stopped[0])
        return end->usage ? EXIT_USAGE : EXIT_STOPPED;
    return problem_fails(r->job->tell.fail_on, &n) || is_no_reason(r, s) ? EXIT_ROWS : EXIT_DONE;
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

static bool stopped_alike(const struct issue_end *end)
{
    return end->stopped[0] && end->alike;
}

static int keep_problems(const struct run *r, int code, struct err *e)
{
    const struct admission_wishes *w = &r->job->wishes;

    if (code <= EXIT_ROWS)
        return ledger_problems_keep(r->ledger, r->id.id, sample_is_all(&r->job->sample),
                                    w->retry_failed && !w->retry_reason, e);
    return stopped_alike(&r->end) ? ledger_problems_withhold(r->ledger, r->id.id, e) : 0;
}

/* What stands above the header is in the results, and no row. */
static int end_run(struct run *r, const struct report_summary *s, int code, struct err *e)
{
    uint64_t counts[STATUS_COUNT], above = read_facts(r->prepared.input)->above;

    memcpy(counts, s->rows, sizeof(counts));
    counts[STATUS_SKIPPED] -= above < counts[STATUS_SKIPPED] ? above : counts[STATUS_SKIPPED];
    /* Now that the results are written a person was told. */
    if (s->tells && keep_problems(r, code, e) != 0)
        return -1;
    return ledger_run_end(r->ledger, &r->id, code <= EXIT_ROWS, code, counts, e);
}

/* That they can't be written takes nothing back of what was done. */
static int write_results(struct run *r, const struct source *source, const struct report_options *o,
                         struct report_summary *s, struct err *e)
{
    struct err why = ERR_INIT;
    bool kept = r->job->mode == JOB_RUN;
    int rc = report_write(source, r->ledger, o, r->files.list, r->files.n, s, &why);

    if (rc == 0)
        rc = report_files_close(&r->files, true, &why);
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
                               .about = r->job->mode == JOB_RUN ? r->id.target : 0,
                               .ended_ms = clock_wall_ms(),
                               .stopped = end->stopped,
                               .alike = stopped_alike(end),
                               .simulated = r->job->mode == JOB_SIMULATE,
                               .next = next_of(r),
                               .safe_cells = r->job->safe_cells,
                               .columns = r->job->columns,
                               .observer = r->job->observer};
    const struct codebook **books = list_books(&r->prepared, &o.n_books);
    struct report_summary *s = r->summary = mem_zero(1, sizeof(*s));
    struct source source = read_source_as_far(r->prepared.input);
    int rc = -1;

    if (!s || !books) {
        err_nomem(e);
        goto done;
    }
    o.books = books;
    o.as = joboutput_reading(r->job->output, &source.facts->reading);
    o.valid_utf8 = r->job->output != JOBOUTPUT_SAME;
    pace_note(&r->pace, r->prepared.asked + end->requests);
    /* That a picture lacks them is no reason to write no results; the end of the run tells of a ledger that is full. */
    err_ignore(
        pace_keep(&r->pace, &r->sender.budget.limit, r->ledger, r->id.id, &(struct err)ERR_INIT));
    rc = write_results(r, &source, &o, s, e);
    if (rc != 0)
        goto done;
    r->ending.summary.rows = s;
    r->ending.summary.requests = r->prepared.asked + end->requests;
    r->ending.summary.messages = end->messages;
    runend_stopped(&r->ending, end->stopped);
    *code = exit_code(r, s, end);
    if (heed_input(r, e) && !end->signal)
        *code = EXIT_INPUT;
    rc = end_run(r, s, *code, e);
    if (rc == 0 && r->job->mode == JOB_RUN)
        rc = traces_leave(&r->prepared, r->ledger, &r->id, e);
    log_clear(&r->teller.log);
    if (end->stopped[0])
        log_say(&r->teller.log, LOG_ERROR, "stopped", end->stopped, NULL, 0);
    say_none_passed(r);
    say_no_such_reason(r, s);
    say_summary(r, s, end, *code);
    say_news(r, s);
done:
    free(books);
    return rc;
}

static int run_opened(struct run *r, int *code, struct err *e)
{
    struct issue_end *end = &r->end;

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
    if (pace_begin(&r->pace, r->ledger, &r->id, e) != 0 || act(r, end, e) != 0)
        return -1;
    teller_end(&r->teller);
    /* Nothing was done of it: results without a row would look as if it had none. */
    if (r->admit.broken.code != EXIT_DONE && r->teller.progress.done == 0 && !end->signal)
        return err_set(e, r->admit.broken.code, "%s", r->admit.broken.text);
    return report(r, end, code, e);
}

int run_refused(const struct job *j, struct err *e)
{
    struct runend ending;

    runend_init(&ending, j);
    return j->mode == JOB_CHECK ? (int)e->code : runend_tell(&ending, (int)e->code, e);
}

/* What the process ends with, whom it is told, and what is left then. */
static int end_job(struct run *r, int rc, int code, struct err *e)
{
    if (rc != 0)
        code = e->code == EXIT_INTERRUPTED ? 128 + stop_signal() : (int)e->code;
    if (r->prepared.input)
        r->ending.summary.input = read_facts(r->prepared.input);
    r->ending.summary.run = r->id.id;
    code = runend_tell(&r->ending, code, e);
    prepared_close(&r->prepared);
    teller_release(&r->teller);
    free(r->summary);
    free(r);
    return code;
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
    runend_init(&r->ending, j);
    if (runend_begin(&r->ending, e) != 0 || open_files(r, e) != 0 ||
        sender_open_pool(&r->sender, r->prepared.needs_server, e) != 0)
        goto done;
    say_beginning(r);
    rc = run_opened(r, &code, e);
done:
    log_clear(&r->teller.log);
    issue_free(r->issue);
    admit_release(&r->admit);
    sender_close(&r->sender, rc == 0);
    ledger_close(r->ledger);
    err_ignore(report_files_close(&r->files, false, e));
    return end_job(r, rc, code, e);
}
