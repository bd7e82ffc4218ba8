/*
 * settle: issue is given targets and no rows.  What was left under way there is all that it has, so that it asks, and
 * has nothing to send; asks_only forbids it besides.
 *
 * There is no run in the ledger for it: what it finds out is of the runs that have sent it.
 */
#include "commands/settle.h"

#include "actions/action.h"
#include "adapters/jsonout.h"
#include "adapters/log.h"
#include "adapters/outfile.h"
#include "adapters/stop.h"
#include "base/clock.h"
#include "base/count.h"
#include "base/mem.h"
#include "base/visible.h"
#include "ledger/ledger.h"
#include "ledger/ledger_looks.h"
#include "ledger/ledger_targets.h"
#include "policy/settled.h"
#include "stages/issue.h"
#include "stages/job.h"
#include "stages/sender.h"
#include "stages/teller.h"

#include <stdlib.h>
#include <string.h>

#define SHOWN_ID_MAX 128

struct settling {
    const struct settle_options *o;
    const struct job *job;
    struct teller teller;
    struct sender sender;
    struct ledger *ledger;

    struct target *targets; /* claims that have something under way */
    size_t n_targets;
    struct settled *found; /* as many, and stores behind them */
    size_t n_found;
    bool *named; /* those of the options that the ledger knows */

    struct issue_options options; /* issue borrows these two until it is freed */
    struct issue_driver driver;
    struct issue *issue;
    struct err broken; /* the ledger would not say why something has failed */
};

/* ---- what is under way ---- */

static bool is_wanted(struct settling *s, const struct ledger_target_found *found)
{
    bool wanted = s->o->n_claims == 0;

    if (strcmp(found->action, action_claim.name) != 0)
        return wanted;
    for (size_t i = 0; i < s->o->n_claims; i++)
        if (strcmp(s->o->claims[i], found->name) == 0)
            s->named[i] = wanted = true;
    return wanted;
}

static int add_found(struct settling *s, const struct action *action,
                     const struct ledger_target_found *found, struct err *e)
{
    struct settled *list = mem_resize(s->found, s->n_found + 1, sizeof(*list));

    if (!list)
        return err_nomem(e);
    s->found = list;
    list += s->n_found;
    memset(list, 0, sizeof(*list));
    list->action = action->name;
    list->asked = action_is_followed(action);
    list->id = mem_copy(found->name, strlen(found->name));
    if (!list->id)
        return err_nomem(e);
    s->n_found++;
    if (!list->asked)
        list->rows[STATUS_PENDING] = found->under_way;
    return 0;
}

static int add_target(struct settling *s, const struct action *action,
                      const struct ledger_target_found *found, struct err *e)
{
    struct target *list = mem_resize(s->targets, s->n_targets + 1, sizeof(*list));

    if (!list)
        return err_nomem(e);
    s->targets = list;
    list[s->n_targets] = (struct target)TARGET_INIT;
    list[s->n_targets].action = action;
    list[s->n_targets].ledger_id = found->id;
    list[s->n_targets].number = s->n_targets;
    s->n_targets++;
    s->teller.progress.total += found->under_way;
    return 0;
}

static int find_claim(void *context, const struct ledger_target_found *found, struct err *e)
{
    const struct action *action = action_find(found->action);
    struct settling *s = context;

    if (!is_wanted(s, found) || !action || !action_is_followed(action) || found->under_way == 0)
        return 0;
    return add_found(s, action, found, e) == 0 ? add_target(s, action, found, e) : -1;
}

/* Nothing of it can be asked about by itself, but it must not go unsaid. */
static int find_store(void *context, const struct ledger_target_found *found, struct err *e)
{
    const struct action *action = action_find(found->action);
    struct settling *s = context;

    if (!is_wanted(s, found) || !action || !action->repeatable || found->under_way == 0)
        return 0;
    return add_found(s, action, found, e);
}

static int refuse_strangers(const struct settling *s, struct err *e)
{
    char id[SHOWN_ID_MAX];

    for (size_t i = 0; i < s->o->n_claims; i++)
        if (!s->named[i])
            return err_set(e, EXIT_USAGE,
                           "claim %s: ledger %s knows no such claim at %s: check the id (claimpipe "
                           "runs shows them), or name another ledger or API (--ledger, --api-url)",
                           visible_line(slice_of(s->o->claims[i]), id, sizeof(id)),
                           ledger_name(s->ledger), s->job->api_url);
    return 0;
}

/* The ids stay where they are from now on. */
static int find_all(struct settling *s, struct err *e)
{
    const char *url = s->job->api_url;

    s->named = mem_zero(s->o->n_claims + 1, sizeof(*s->named));
    if (!s->named)
        return err_nomem(e);
    if (ledger_targets_each(s->ledger, url, find_claim, s, e) != 0 ||
        ledger_targets_each(s->ledger, url, find_store, s, e) != 0 || refuse_strangers(s, e) != 0)
        return -1;
    for (size_t i = 0; i < s->n_targets; i++)
        s->targets[i].id = s->found[i].id;
    return 0;
}

/* ---- opening ---- */

/* As the claim command does it: of two that ask about the same, one would write over what the other has found. */
static int lock_all(struct settling *s, struct err *e)
{
    if (s->n_targets > LEDGER_LOCKS_MAX)
        return ledger_lock_all(s->ledger, e);
    for (size_t i = 0; i < s->n_targets; i++) {
        const struct ledger_target t = {
            .action = s->targets[i].action->name, .url = s->job->api_url, .name = s->targets[i].id};

        if (ledger_lock(s->ledger, &t, NULL, e) != 0)
            return -1;
    }
    return 0;
}

/* What is under way at these is of this process; whatever else is at the API is of others. */
static int own_targets(struct settling *s, struct err *e)
{
    for (size_t i = 0; i < s->n_targets; i++)
        if (ledger_looks_own(s->ledger, s->targets[i].ledger_id, e) != 0 ||
            ledger_targets_facts(s->ledger, s->targets[i].ledger_id, &s->targets[i].facts, e) != 0)
            return -1;
    return 0;
}

/* What can be refused is refused here, before anything is asked. */
static int open_all(struct settling *s, struct err *e)
{
    return lock_all(s, e) == 0 && own_targets(s, e) == 0 &&
                   sender_open_budget(&s->sender, s->job, s->ledger, e) == 0
               ? sender_open_pool(&s->sender, true, e)
               : -1;
}

/* ---- issue's driver: there are no rows ---- */

static int next_steps(void *context, size_t most, struct step **out, struct err *e)
{
    (void)context;
    (void)most;
    (void)e;
    *out = NULL;
    return ISSUE_NONE;
}

/* Why it is so stands in the ledger by now; success needs no reason. */
static void step_rested(void *context, const struct step *step)
{
    struct settling *s = context;
    enum status status = state_status(step->state);
    char why[SETTLED_WHY_MAX] = "";

    if (status != STATUS_SUCCESS)
        err_ignore(ledger_error(s->ledger, step->item, why, sizeof(why), &s->broken));
    settled_add(&s->found[step->target->number], status, why);
    s->teller.progress.done++;
    s->teller.progress.acted++;
    s->teller.progress.failed += status == STATUS_FAILED || status == STATUS_UNKNOWN;
}

static int tick(void *context, size_t waiting, int64_t now_ns)
{
    struct settling *s = context;

    return teller_tick(&s->teller, s->issue, &s->sender.budget.limit, waiting, now_ns);
}

static void say(void *context, const char *text)
{
    struct settling *s = context;

    teller_say(&s->teller, text);
}

/* ---- asking ---- */

static void say_beginning(struct settling *s)
{
    char wait[SENDER_WAIT_MAX];

    if (sender_wait_words(&s->sender, wait))
        say(s, wait);
}

static int ask(struct settling *s, struct issue_end *end, struct err *e)
{
    s->options = (struct issue_options){
        .targets = s->targets, .n_targets = s->n_targets, .ledger = s->ledger, .asks_only = true};
    sender_options(&s->sender, &s->options);
    s->driver = (struct issue_driver){
        .context = s, .next = next_steps, .rested = step_rested, .tick = tick, .say = say};
    s->issue = issue_new(&s->options, &s->driver, e);
    if (!s->issue)
        return -1;
    teller_begin(&s->teller);
    if (issue_load(s->issue, e) != 0 || sender_run(&s->sender, s->issue, end, e) != 0)
        return -1;
    teller_end(&s->teller);
    return s->broken.code == EXIT_DONE ? 0 : err_set(e, s->broken.code, "%s", s->broken.text);
}

static int exit_code(const struct settling *s, const struct issue_end *end)
{
    if (end->signal)
        return 128 + end->signal;
    if (end->stopped[0])
        return EXIT_STOPPED;
    return settled_is_done(s->found, s->n_found) ? EXIT_DONE : EXIT_ROWS;
}

static void put_requests(uint64_t requests, double seconds, struct text *out)
{
    text_puts(out, "\n");
    count_put(out, requests, "request", "requests");
    text_printf(out, " in %.1f s", seconds);
}

static void say_summary(struct settling *s, uint64_t requests)
{
    double seconds = (double)(clock_now_ns() - s->teller.progress.started_ns) / CLOCK_NS_PER_S;
    uint64_t rows[STATUS_COUNT], sum = settled_sum(s->found, s->n_found, rows);
    struct log_field fields[] = {{"under_way", (int64_t)sum},
                                 {"success", (int64_t)rows[STATUS_SUCCESS]},
                                 {"failed", (int64_t)rows[STATUS_FAILED]},
                                 {"pending", (int64_t)rows[STATUS_PENDING]},
                                 {"unknown", (int64_t)rows[STATUS_UNKNOWN]},
                                 {"unsent", (int64_t)rows[STATUS_UNSENT]},
                                 {"requests", (int64_t)requests}};
    struct text words;

    text_init(&words);
    settled_words(s->found, s->n_found, &words);
    if (s->n_targets == 0)
        text_puts(&words, sum ? "\nof claims nothing is under way: nothing was asked"
                              : ": nothing was asked");
    else
        put_requests(requests, seconds, &words);
    settled_next(s->found, s->n_found, &words);
    log_clear(&s->teller.log);
    if (text_ok(&words))
        log_say(&s->teller.log, LOG_INFO, "summary", words.ptr, fields,
                sizeof(fields) / sizeof(fields[0]));
    text_release(&words);
}

static void json_counts(struct jsonout *j, const uint64_t rows[STATUS_COUNT])
{
    static const enum status known[] = {STATUS_SUCCESS, STATUS_FAILED, STATUS_PENDING,
                                        STATUS_UNKNOWN, STATUS_UNSENT};

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        jsonout_number(j, status_name(known[i]), (int64_t)rows[known[i]]);
}

static void json_found(struct jsonout *j, const struct settled *found)
{
    jsonout_object(j, NULL);
    jsonout_text(j, "action", found->action);
    jsonout_text(j, "target", found->id);
    jsonout_flag(j, "asked", found->asked);
    json_counts(j, found->rows);
    jsonout_object(j, "first_reasons");
    for (int i = 0; i < STATUS_COUNT; i++)
        if (found->why[i][0])
            jsonout_text(j, status_name((enum status)i), found->why[i]);
    jsonout_close(j);
    jsonout_close(j);
}

/* What the summary says, for programs. */
static int print_json(const struct settling *s, const struct issue_end *end, int code,
                      struct err *e)
{
    uint64_t rows[STATUS_COUNT], sum = settled_sum(s->found, s->n_found, rows);
    struct jsonout j;
    struct text out;
    int rc;

    text_init(&out);
    jsonout_init(&j, &out);
    jsonout_text(&j, "ledger", ledger_name(s->ledger));
    jsonout_text(&j, "api", s->job->api_url);
    jsonout_number(&j, "exit_code", code);
    jsonout_text(&j, "stopped", end->stopped[0] ? end->stopped : NULL);
    jsonout_number(&j, "requests", (int64_t)end->requests);
    jsonout_number(&j, "under_way", (int64_t)sum);
    json_counts(&j, rows);
    jsonout_list(&j, "targets");
    for (size_t i = 0; i < s->n_found; i++)
        json_found(&j, &s->found[i]);
    jsonout_end(&j);
    rc = outfile_print(&out, e);
    text_release(&out);
    return rc;
}

static int settle(struct settling *s, int *code, struct err *e)
{
    struct issue_end end = {.signal = 0};

    if (find_all(s, e) != 0)
        return -1;
    if (s->n_targets > 0) {
        if (open_all(s, e) != 0)
            return -1;
        say_beginning(s);
        if (ask(s, &end, e) != 0)
            return -1;
    }
    *code = exit_code(s, &end);
    log_clear(&s->teller.log);
    if (end.stopped[0])
        log_say(&s->teller.log, LOG_ERROR, "stopped", end.stopped, NULL, 0);
    say_summary(s, end.requests);
    return s->job->json ? print_json(s, &end, *code, e) : 0;
}

/* ---- the command ---- */

static void release(struct settling *s, bool whole)
{
    log_clear(&s->teller.log);
    issue_free(s->issue);
    sender_close(&s->sender, whole);
    ledger_close(s->ledger);
    for (size_t i = 0; i < s->n_found; i++)
        free((char *)s->found[i].id);
    free(s->found);
    free(s->targets);
    free(s->named);
    teller_release(&s->teller);
    free(s);
}

int settle_run(const struct settle_options *o, struct err *e)
{
    struct settling *s = mem_zero(1, sizeof(*s));
    const struct job *j = o->job;
    int code = EXIT_STOPPED, rc;

    if (!s) {
        err_nomem(e);
        return (int)e->code;
    }
    s->o = o;
    s->job = j;
    teller_init(&s->teller, j);
    s->ledger = j->accept_ledger ? ledger_open_accepted(j->ledger, false, e)
                                 : ledger_open_known(j->ledger, e);
    rc = s->ledger ? settle(s, &code, e) : -1;
    release(s, rc == 0);
    if (rc == 0)
        return code;
    return e->code == EXIT_INTERRUPTED ? 128 + stop_signal() : (int)e->code;
}
