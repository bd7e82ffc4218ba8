#include "adapters/log.h"
#include "adapters/outfile.h"
#include "adapters/secret.h"
#include "base/process.h"
#include "base/text.h"
#include "commands/check.h"
#include "commands/codelist.h"
#include "commands/completion.h"
#include "commands/history.h"
#include "commands/presets_show.h"
#include "commands/run.h"
#include "commands/successes.h"
#include "settings/help.h"
#include "settings/options.h"

#include <stdio.h>
#include <string.h>

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
                                        .accept_ledger = j->accept_ledger,
                                        .all = o->own.all,
                                        .quiet = j->quiet,
                                        .json_log = j->json_log,
                                        .rate_count = j->rate_count,
                                        .rate_window_ns = j->rate_window_ns,
                                        .burst = j->burst,
                                        .connect_timeout_ns = j->connect_timeout_ns,
                                        .timeout_ns = j->timeout_ns,
                                        .tries_max = j->tries_max};

    return successes(&s, e);
}

static int act_report(const struct options *o, struct err *e)
{
    const struct job *j = &o->job;
    struct history_report report = {.ledger = j->ledger,
                                    .run = o->run,
                                    .input = j->input,
                                    .results = o->output,
                                    .output = j->output,
                                    .safe_cells = j->safe_cells,
                                    .fetch = j->fetch,
                                    .quiet = j->quiet,
                                    .json_log = j->json_log,
                                    .n_seeds = o->n_seeds,
                                    .n_codes = o->n_codes};

    memcpy(report.seeds, o->seeds, sizeof(report.seeds));
    memcpy(report.codes, o->codes, sizeof(report.codes));
    return history_report(&report, e);
}

static int act_command(const struct options *o, struct err *e)
{
    const char *ledger = o->job.ledger;

    switch (o->command) {
    case COMMAND_CLAIM:
    case COMMAND_CODE:
    case COMMAND_STORE:
    case COMMAND_RUN:
    case COMMAND_CHECK: /* its command is one of the others */
        return o->job.mode == JOB_CHECK ? check_job(&o->job, e) : run_job(&o->job, e);
    case COMMAND_LIST:
        return act_list(o, e);
    case COMMAND_SUCCESSES:
        return act_successes(o, e);
    case COMMAND_PRESETS:
        return presets_show(o->preset, e);
    case COMMAND_RUNS:
        return history_runs(ledger, e);
    case COMMAND_REPORT:
        return act_report(o, e);
    case COMMAND_LEDGER_CHECK:
        return history_check(ledger, e);
    case COMMAND_EXPORT:
        return history_export(ledger, o->output, e);
    case COMMAND_BACKUP:
        return history_backup(ledger, o->copy, o->own.replace, e);
    case COMMAND_RESTORE:
        return history_restore(ledger, o->copy, o->job.accept_ledger, e);
    case COMMAND_COMPLETION:
        return completion_print(o->words, o->n_words, e);
    case COMMAND_PRUNE:
        break;
    }
    return history_prune(ledger, o->own.before, o->job.accept_ledger, e);
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

static int act(const struct options *o, struct err *e)
{
    if (o->wish == OPTIONS_HELP)
        return help_print(o->help_on, e) == 0 ? EXIT_DONE : (int)e->code;
    if (o->wish == OPTIONS_VERSION)
        return say_version(e) == 0 ? EXIT_DONE : (int)e->code;
    return act_command(o, e);
}

/* Not a part of main: its frame may be more than a small stack has. */
static __attribute__((noinline)) int run(int argc, char **argv)
{
    struct err e = ERR_INIT;
    struct options o;
    struct log log;
    int code;

    secret_forbid_core();
    code = options_read(&o, argc, argv, &e) == 0 ? act(&o, &e) : (int)e.code;
    if (e.text[0]) {
        log_init(&log, false, o.job.json_log);
        log_say(&log, LOG_ERROR, "error", e.text, NULL, 0);
    }
    options_release(&o);
    return code;
}

int main(int argc, char **argv)
{
    struct err e = ERR_INIT;
    struct log log;

    if (process_prepare(&e) == 0)
        return run(argc, argv);
    log_init(&log, false, false);
    log_say(&log, LOG_ERROR, "error", e.text, NULL, 0);
    return (int)e.code;
}
