/*
 * claimpipe: the public face.
 *
 * Settings and words become an argv, which the parser of the command line reads: so both have one table, and
 * the same messages.  Settings stand before the words, behind which a `--` may come.
 */
#include "claimpipe.h"

#include "adapters/log.h"
#include "adapters/outfile.h"
#include "adapters/stop.h"
#include "base/mem.h"
#include "base/text.h"
#include "commands/bounces.h"
#include "commands/check.h"
#include "commands/codelist.h"
#include "commands/completion.h"
#include "commands/doctor.h"
#include "commands/history.h"
#include "commands/mailtest.h"
#include "commands/presets_show.h"
#include "commands/run.h"
#include "commands/settle.h"
#include "commands/successes.h"
#include "commands/unclaimed.h"
#include "commands/undo.h"
#include "commands/watch.h"
#include "commands/who.h"
#include "settings/help.h"
#include "settings/options.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

/* Those that can be ended in order. */
#define HEEDING                                                                                    \
    (COMMAND_CLAIM | COMMAND_CODE | COMMAND_STORE | COMMAND_MAIL | COMMAND_RUN | COMMAND_CHECK |   \
     COMMAND_LIST | COMMAND_SUCCESSES | COMMAND_UNCLAIMED | COMMAND_BOUNCES | COMMAND_SETTLE |     \
     COMMAND_WATCH | COMMAND_DOCTOR | COMMAND_UNDO)

_Static_assert((int)CLAIMPIPE_ROWS == (int)EXIT_ROWS && (int)CLAIMPIPE_USAGE == (int)EXIT_USAGE &&
                   (int)CLAIMPIPE_INPUT == (int)EXIT_INPUT &&
                   (int)CLAIMPIPE_STOPPED == (int)EXIT_STOPPED &&
                   (int)CLAIMPIPE_OUTPUT == (int)EXIT_OUTPUT &&
                   (int)CLAIMPIPE_INTERRUPTED == (int)EXIT_INTERRUPTED,
               "results are exit codes");
_Static_assert((int)CLAIMPIPE_ERROR == (int)LOG_ERROR &&
                   (int)CLAIMPIPE_WARNING == (int)LOG_WARNING &&
                   (int)CLAIMPIPE_INFO == (int)LOG_INFO,
               "levels are the log's");

struct words {
    char **list;
    size_t n;
};

struct claimpipe {
    struct words settings, command;
    char *program; /* that watch starts, or NULL */
    struct observer observer;
    void (*message)(void *context, enum claimpipe_level level, const char *event, const char *text);
    void *message_context;
    bool catch_signals;
    struct err refused; /* by claimpipe_command or claimpipe_set: no run is as it was meant */
    struct err busy;    /* it was to run during another run */
    struct err e, said; /* of its last run: why that could not go on, and the first error told */
    struct options o;   /* of the run that goes on: too large for a small stack */
};

/* ---- words ---- */

static void words_clear(struct words *w)
{
    for (size_t i = 0; i < w->n; i++)
        free(w->list[i]);
    free(w->list);
    *w = (struct words){NULL, 0};
}

/* Takes the word; NULL is one for which there was no memory. */
static int words_add(struct words *w, char *word, struct err *e)
{
    char **list = word ? mem_resize(w->list, w->n + 1, sizeof(*list)) : NULL;

    if (!list) {
        free(word);
        return err_nomem(e);
    }
    w->list = list;
    w->list[w->n++] = word;
    return 0;
}

/* The parser puts the array into another order, so each run has its own; its words are borrowed. */
static char **make_argv(const struct claimpipe *c)
{
    size_t n = c->settings.n, m = c->command.n;
    char **argv = mem_zero(n + m + 2, sizeof(*argv));

    if (!argv)
        return NULL;
    argv[0] = "claimpipe";
    for (size_t i = 0; i < n; i++)
        argv[1 + i] = c->settings.list[i];
    for (size_t i = 0; i < m; i++)
        argv[1 + n + i] = c->command.list[i];
    return argv;
}

/* ---- commands ---- */

static int act_list(const struct options *o, struct err *e)
{
    const struct codelist list = {.seed = o->target.seed,
                                  .allow_odd = o->step.allow_odd_codes,
                                  .codes = o->target.codes,
                                  .start = o->step.start,
                                  .n = o->own.list,
                                  .count = o->step.count,
                                  .output = o->output};

    return codelist_print(&list, e);
}

static int act_successes(const struct options *o, struct err *e)
{
    const struct job *j = &o->job;
    const struct successes_options s = {.claim = o->target.id,
                                        .api_url = j->api_url,
                                        .api_key = j->api_key,
                                        .cacert = j->cacert,
                                        .ledger = j->ledger,
                                        .output = o->output,
                                        .force = j->stoprule.force,
                                        .accept_ledger = j->accept_ledger,
                                        .all = o->own.all,
                                        .quiet = j->quiet,
                                        .json_log = j->json_log,
                                        .observer = j->observer,
                                        .rates = j->rates.list,
                                        .n_rates = j->rates.n,
                                        .burst = j->burst,
                                        .connect_timeout_ns = j->connect_timeout_ns,
                                        .timeout_ns = j->timeout_ns,
                                        .tries_max = j->tries_max};

    return successes(&s, e);
}

static int act_unclaimed(const struct options *o, struct err *e)
{
    const struct job *j = &o->job;
    const struct unclaimed_options u = {.claim = o->target.id,
                                        .api_url = j->api_url,
                                        .api_key = j->api_key,
                                        .cacert = j->cacert,
                                        .ledger = j->ledger,
                                        .output = o->output,
                                        .force = j->stoprule.force,
                                        .accept_ledger = j->accept_ledger,
                                        .seeds = o->seeds,
                                        .n_seeds = o->n_seeds,
                                        .codes = o->codes,
                                        .n_codes = o->n_codes,
                                        .in_order = o->own.in_order,
                                        .older_than_ns = o->own.older_than_ns,
                                        .quiet = j->quiet,
                                        .json_log = j->json_log,
                                        .observer = j->observer,
                                        .rates = j->rates.list,
                                        .n_rates = j->rates.n,
                                        .burst = j->burst,
                                        .connect_timeout_ns = j->connect_timeout_ns,
                                        .timeout_ns = j->timeout_ns,
                                        .tries_max = j->tries_max};

    return unclaimed(&u, e);
}

static int act_bounces(const struct options *o, struct err *e)
{
    const struct job *j = &o->job;
    const struct bounces_options b = {.mailbox = o->mailbox,
                                      .user = o->own.imap_user,
                                      .password = o->own.imap_password,
                                      .cacert = j->cacert,
                                      .connect_timeout_ns = j->connect_timeout_ns,
                                      .timeout_ns = j->timeout_ns,
                                      .archive = o->own.archive,
                                      .ledger = j->ledger,
                                      .accept_ledger = j->accept_ledger,
                                      .output = o->output,
                                      .force = j->stoprule.force,
                                      .quiet = j->quiet,
                                      .json_log = j->json_log,
                                      .observer = j->observer};

    return bounces(&b, e);
}

static int act_settle(const struct options *o, struct err *e)
{
    const struct settle_options s = {.job = &o->job, .claims = o->claims, .n_claims = o->n_claims};

    return settle_run(&s, e);
}

static int act_doctor(const struct options *o, struct err *e)
{
    const struct options_faults *f = &o->faults;
    const struct doctor_options d = {.job = &o->job,
                                     .key_source =
                                         o->own.api_key ? o->own.api_key : "env:BITBADGES_API_KEY",
                                     .claims = o->claims,
                                     .n_claims = o->n_claims,
                                     .job_file = o->job_file,
                                     .url_fault = f->url.text,
                                     .key_fault = f->key.text,
                                     .ledger_fault = f->ledger.text,
                                     .job_fault = f->job.text,
                                     .sources = f->sources,
                                     .unread = f->unread,
                                     .n_unread = f->n_unread};

    return doctor_run(&d, e);
}

static int act_undo(const struct options *o, struct err *e)
{
    const struct undo_options options = {
        .job = &o->job, .run = o->run, .output = o->output, .dry = o->own.dry_run};
    const struct job *job;
    struct undo *undo = undo_open(&options, &job, e);
    int code;

    if (!undo)
        return (int)e->code;
    code = undo_end(undo, job ? run_job(job, e) : EXIT_DONE);
    undo_free(undo);
    return code;
}

static int act_report(const struct options *o, struct err *e)
{
    const struct job *j = &o->job;
    const struct history_report report = {.ledger = j->ledger,
                                          .run = o->run,
                                          .input = j->input,
                                          .results = o->output,
                                          .failed_to = j->failed_to,
                                          .new_to = j->new_to,
                                          .columns = j->columns,
                                          .force = j->stoprule.force,
                                          .html = j->html,
                                          .output = j->output,
                                          .safe_cells = j->safe_cells,
                                          .fetch = j->fetch,
                                          .quiet = j->quiet,
                                          .json_log = j->json_log,
                                          .json = j->json,
                                          .observer = j->observer,
                                          .seeds = o->seeds,
                                          .n_seeds = o->n_seeds,
                                          .codes = o->codes,
                                          .n_codes = o->n_codes};

    return history_report(&report, e);
}

static int say_version(struct err *e)
{
    struct text t;
    int rc;

    text_init(&t);
    text_puts(&t, "claimpipe " CLAIMPIPE_VERSION "\n");
    rc = outfile_print(&t, e);
    text_release(&t);
    return rc;
}

static int act_who(const struct options *o, struct err *e)
{
    const struct who_options w = {.ledger = o->job.ledger,
                                  .person = o->person,
                                  .usual_ledger = o->usual_ledger,
                                  .json = o->job.json,
                                  .seeds = o->seeds,
                                  .n_seeds = o->n_seeds,
                                  .codes = o->codes,
                                  .n_codes = o->n_codes};

    return who(&w, e);
}

static int act_runs(const struct options *o, struct err *e)
{
    const struct history_runs r = {.ledger = o->job.ledger,
                                   .usual_ledger = o->usual_ledger,
                                   .run = o->run,
                                   .json = o->job.json};

    return history_runs(&r, e);
}

/* Would a watch with these words begin now? */
static bool is_usable(void *context)
{
    const struct claimpipe *c = context;
    struct options *o = mem_zero(1, sizeof(*o));
    char **argv = make_argv(c);
    struct err e = ERR_INIT;
    bool usable = false;

    if (o && argv) {
        usable = options_read(o, (int)(c->settings.n + c->command.n + 1), argv, &e) == 0;
        options_release(o);
    }
    free(argv);
    free(o);
    return usable;
}

static int act_watch(struct claimpipe *c, struct err *e)
{
    const struct options *o = &c->o;
    const struct watch_options w = {.program = c->program,
                                    .job_file = o->job_file,
                                    .passed = o->passed,
                                    .n_passed = o->n_passed,
                                    .usable = is_usable,
                                    .context = c,
                                    .inbox = o->inbox,
                                    .outbox = o->own.out,
                                    .sides = {{"--failed-to", o->job.failed_to},
                                              {"--new-to", o->job.new_to},
                                              {"--summary", o->job.tell.summary},
                                              {"--metrics", o->job.tell.metrics}},
                                    .ledger = o->job.ledger,
                                    .once = o->own.once,
                                    .stable_ns = o->own.stable_ns,
                                    .quiet = o->job.quiet,
                                    .json_log = o->job.json_log,
                                    .observer = o->job.observer};

    return watch_run(&w, e);
}

static int act_command(struct claimpipe *c, struct err *e)
{
    const struct options *o = &c->o;
    const char *ledger = o->job.ledger;

    switch (o->command) {
    case COMMAND_CLAIM:
    case COMMAND_MAIL:
        if (o->own.test_to)
            return mailtest_run(&o->job, o->own.test_to, e);
        /* fall through */
    case COMMAND_CODE:
    case COMMAND_STORE:
    case COMMAND_RUN:
    case COMMAND_CHECK: /* its command is one of the others, */
    case COMMAND_PLAN:  /* and so is that of a plan */
        return o->job.mode == JOB_CHECK ? check_job(&o->job, e) : run_job(&o->job, e);
    case COMMAND_LIST:
        return act_list(o, e);
    case COMMAND_SUCCESSES:
        return act_successes(o, e);
    case COMMAND_UNCLAIMED:
        return act_unclaimed(o, e);
    case COMMAND_BOUNCES:
        return act_bounces(o, e);
    case COMMAND_SETTLE:
        return act_settle(o, e);
    case COMMAND_WATCH:
        return act_watch(c, e);
    case COMMAND_DOCTOR:
        return act_doctor(o, e);
    case COMMAND_UNDO:
        return act_undo(o, e);
    case COMMAND_PRESETS:
        return presets_show(o->preset, o->job.json, e);
    case COMMAND_RUNS:
        return act_runs(o, e);
    case COMMAND_WHO:
        return act_who(o, e);
    case COMMAND_REPORT:
        return act_report(o, e);
    case COMMAND_LEDGER_CHECK:
        return history_check(ledger, o->job.json, e);
    case COMMAND_EXPORT:
        return history_export(ledger, o->output, o->job.stoprule.force, e);
    case COMMAND_BACKUP:
        return history_backup(ledger, o->copy, o->own.replace, o->job.json, e);
    case COMMAND_RESTORE:
        return history_restore(ledger, o->copy, o->job.accept_ledger, o->job.json, e);
    case COMMAND_COMPLETION:
        return completion_print(o->words, o->n_words, e);
    case COMMAND_HELP:
        return help_print(o->help_on, e) == 0 ? EXIT_DONE : (int)e->code;
    case COMMAND_VERSION:
        return say_version(e) == 0 ? EXIT_DONE : (int)e->code;
    case COMMAND_PRUNE:
        break;
    }
    return history_prune(ledger, o->own.before, o->job.accept_ledger, o->job.json, e);
}

static void say_notice(const struct options *o)
{
    struct log log;

    log_init(&log, o->job.observer, o->job.quiet, o->job.json_log);
    log_say(&log, LOG_WARNING, "notice", o->notice, NULL, 0);
}

static int act(struct claimpipe *c, struct err *e)
{
    const struct options *o = &c->o;

    if (c->catch_signals && (o->command & HEEDING))
        stop_install();
    if (o->notice)
        say_notice(o);
    return act_command(c, e);
}

/* ---- a run ---- */

static void say_error(const struct claimpipe *c, const char *text, bool json)
{
    struct log log;

    log_init(&log, &c->observer, false, json);
    log_say(&log, LOG_ERROR, "error", text, NULL, 0);
}

static int run(struct claimpipe *c)
{
    char **argv = make_argv(c);
    int argc = (int)(c->settings.n + c->command.n + 1), code;

    if (!argv) {
        err_nomem(&c->e);
        say_error(c, c->e.text, false);
        return (int)c->e.code;
    }
    if (options_read(&c->o, argc, argv, &c->e) == 0) {
        c->o.job.observer = &c->observer;
        code = act(c, &c->e);
    } else {
        c->o.job.observer = &c->observer;
        code = run_refused(&c->o.job, &c->e);
    }
    if (c->e.text[0])
        say_error(c, c->e.text, c->o.job.json_log);
    options_release(&c->o);
    free(argv);
    return code;
}

int claimpipe_run(struct claimpipe *c)
{
    int code;

    /* Perhaps it is c's own run that goes on: nothing that it uses is touched. */
    if (!stop_begin()) {
        err_set(&c->busy, EXIT_USAGE,
                "another run goes on in this process: begin this one when that has ended");
        return CLAIMPIPE_USAGE;
    }
    c->busy = c->said = (struct err)ERR_INIT;
    c->e = c->refused;
    if (c->refused.code == EXIT_DONE) {
        code = run(c);
    } else {
        say_error(c, c->e.text, false);
        code = (int)c->e.code;
    }
    stop_end();
    return code;
}

void claimpipe_stop(void)
{
    stop_ask(SIGINT);
}

const char *claimpipe_error(const struct claimpipe *c)
{
    const struct err *const which[] = {&c->busy, &c->refused, &c->e};

    for (size_t i = 0; i < sizeof(which) / sizeof(which[0]); i++)
        if (which[i]->text[0])
            return which[i]->text;
    return c->said.text;
}

/* ---- the object ---- */

const char *claimpipe_version(void)
{
    return CLAIMPIPE_VERSION;
}

struct claimpipe *claimpipe_new(void)
{
    struct claimpipe *c = mem_zero(1, sizeof(*c));

    if (c)
        c->observer.why = &c->said;
    return c;
}

void claimpipe_free(struct claimpipe *c)
{
    if (!c)
        return;
    words_clear(&c->settings);
    words_clear(&c->command);
    free(c->program);
    free(c);
}

int claimpipe_command(struct claimpipe *c, int n, const char *const *words)
{
    words_clear(&c->command);
    for (int i = 0; i < n; i++)
        if (words_add(&c->command, mem_copy(words[i], strlen(words[i])), &c->refused) != 0)
            return -1;
    return 0;
}

static int refuse_name(struct claimpipe *c, const char *name)
{
    const struct setting *near = settings_nearest(slice_of(name));

    return near ? err_set(&c->refused, EXIT_USAGE, "%s: no such setting: did you mean %s?", name,
                          near->option)
                : err_set(&c->refused, EXIT_USAGE,
                          "%s: no such setting: claimpipe help all lists them", name);
}

/* What the parser could take for something else is refused here, the rest is left to it. */
int claimpipe_set(struct claimpipe *c, const char *name, const char *value)
{
    const struct setting *s = settings_find(name);
    const char *arg = s ? settings_arg(s) : NULL;
    struct text word;
    int rc;

    if (!s)
        return refuse_name(c, name);
    if (!arg != !value && !(s->optional && !value))
        return err_set(&c->refused, EXIT_USAGE, "%s %s: see claimpipe help all", name,
                       arg ? "needs a value" : "takes no value");
    text_init(&word);
    text_printf(&word, "--%s", name);
    if (value)
        text_printf(&word, "=%s", value);
    rc = words_add(&c->settings, text_ok(&word) ? mem_copy(word.ptr, word.len) : NULL, &c->refused);
    text_release(&word);
    return rc;
}

int claimpipe_program(struct claimpipe *c, const char *path)
{
    free(c->program);
    c->program = mem_copy(path, strlen(path));
    return c->program ? 0 : err_nomem(&c->refused);
}

void claimpipe_catch_signals(struct claimpipe *c)
{
    c->catch_signals = true;
}

/* ---- callbacks ---- */

static void message(void *context, enum log_level level, const char *event, const char *text)
{
    const struct claimpipe *c = context;

    c->message(c->message_context, (enum claimpipe_level)level, event, text);
}

void claimpipe_on_message(struct claimpipe *c,
                          void (*function)(void *context, enum claimpipe_level level,
                                           const char *event, const char *text),
                          void *context)
{
    c->message = function;
    c->message_context = context;
    c->observer.message = function ? message : NULL;
    c->observer.message_context = c;
}

void claimpipe_on_progress(struct claimpipe *c,
                           void (*function)(void *context, const struct claimpipe_progress *p),
                           void *context)
{
    c->observer.progress = function;
    c->observer.progress_context = context;
}

void claimpipe_on_row(struct claimpipe *c,
                      void (*function)(void *context, const struct claimpipe_row *row),
                      void *context)
{
    c->observer.row = function;
    c->observer.row_context = context;
}

void claimpipe_on_answer(struct claimpipe *c,
                         void (*function)(void *context, const char *text, size_t len),
                         void *context)
{
    c->observer.answer = function;
    c->observer.answer_context = context;
}
