/* check_plan: what was checked is kept as a plan, for `run --plan`. */
#include "adapters/log.h"
#include "adapters/outfile.h"
#include "base/clock.h"
#include "base/visible.h"
#include "check_internal.h"
#include "ledger/ledger.h"
#include "settings/hint.h"
#include "stages/job.h"
#include "stages/planfile.h"

#include <stdio.h>

static void say_kept(const struct check *c)
{
    struct text words;
    struct log log;

    text_init(&words);
    text_printf(&words, "the plan is in ");
    visible_puts(&words, c->job->plan.save);
    text_puts(&words, ": claimpipe run --plan ");
    hint_word(&words, c->job->plan.save);
    text_puts(&words, " carries it out");
    log_init(&log, c->job->observer, c->job->quiet, c->job->json_log);
    if (text_ok(&words))
        log_say(&log, LOG_INFO, "plan", words.ptr, NULL, 0);
    text_release(&words);
}

int check_plan_keep(struct check *c, struct err *e)
{
    const struct job *j = c->job;
    struct approval a = *j->plan.said;

    if (ledger_is_file(j->ledger, j->plan.save))
        return err_set(e, EXIT_USAGE, "%s: is the ledger: name another file with --save",
                       j->plan.save);
    if (approving_end(&c->approving, e) != 0)
        return -1;
    a.program = CLAIMPIPE_VERSION;
    clock_rfc3339(clock_wall_ms(), a.made_at);
    a.facts = c->approving.facts;
    a.duplicate = (int64_t)(c->in_file + c->before);
    a.invalid = (int64_t)c->invalid;
    a.skipped = (int64_t)c->skipped;
    a.requests = c->requests;
    if (planfile_write(j->plan.save, &a, e) != 0)
        return -1;
    say_kept(c);
    return 0;
}
