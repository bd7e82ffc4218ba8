#include "adapters/log.h"
#include "adapters/secret.h"
#include "history.h"
#include "options.h"
#include "run.h"

#include <stdio.h>

static int act_command(const struct options *o, struct err *e)
{
    const struct job *j = &o->job;
    struct history_report report = {.ledger = j->ledger,
                                    .run = o->run,
                                    .input = j->input,
                                    .results = j->results,
                                    .quiet = j->quiet,
                                    .json_log = j->json_log};

    switch (o->command) {
    case COMMAND_CLAIM:
        return run_job(j, e);
    case COMMAND_RUNS:
        return history_runs(j->ledger, e);
    case COMMAND_REPORT:
        return history_report(&report, e);
    case COMMAND_CHECK:
        return history_check(j->ledger, e);
    case COMMAND_EXPORT:
        return history_export(j->ledger, j->results, e);
    case COMMAND_PRUNE:
        break;
    }
    return history_prune(j->ledger, o->before, e);
}

static int act(const struct options *o, struct err *e)
{
    if (o->wish == OPTIONS_HELP)
        return options_print_help(e) == 0 ? EXIT_DONE : (int)e->code;
    if (o->wish == OPTIONS_VERSION)
        return puts("claimpipe " CLAIMPIPE_VERSION) < 0 || fflush(stdout) != 0 ? EXIT_OUTPUT
                                                                               : EXIT_DONE;
    return act_command(o, e);
}

int main(int argc, char **argv)
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
