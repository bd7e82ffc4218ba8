/*
 * prepared: opens all that a job needs for one input, in the order that refuses early.
 *
 * First what the job and the header tell, then the ledger and its locks, and only then what would need the server: a mistake
 * costs nothing, and is told before anything is written.
 */
#include "stages/prepared.h"

#include "adapters/codebook.h"
#include "base/count.h"
#include "base/mem.h"
#include "ledger/ledger.h"
#include "ledger/ledger_books.h"
#include "ledger/ledger_former.h"
#include "ledger/ledger_targets.h"
#include "ledger/ledger_undo.h"
#include "policy/added.h"
#include "policy/drift.h"
#include "policy/link.h"
#include "policy/preset.h"
#include "policy/redact.h"
#include "stages/bookgiven.h"
#include "stages/bookopen.h"
#include "stages/job.h"
#include "stages/read.h"
#include "stages/undone.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define QUOTED_MAX 80 /* bytes of a value shown in a message */

/* ---- columns ---- */

/* The input's own columns, and one for what each code step but the last gives. */
static int name_columns(struct prepared *p, struct err *e)
{
    const struct columns *c = &p->selection.columns;
    size_t n = p->job->n_steps;

    p->columns = *c;
    p->names = mem_zero(c->n + n, sizeof(*p->names));
    p->virtual_names = mem_zero(n, sizeof(*p->virtual_names));
    if (!p->names || !p->virtual_names)
        return err_nomem(e);
    memcpy(p->names, c->names, c->n * sizeof(*p->names));
    for (size_t i = 0; i + 1 < n; i++) {
        snprintf(p->virtual_names[i], sizeof(*p->virtual_names), "step%u.code", (unsigned)i + 1);
        p->names[p->columns.n++] = slice_of(p->virtual_names[i]);
    }
    p->columns.names = p->names;
    return 0;
}

/* A step sees what the steps before it give. */
static struct columns columns_of(const struct prepared *p, size_t step)
{
    struct columns c = p->columns;

    c.n -= p->job->n_steps - 1 - step;
    return c;
}

/* ---- targets ---- */

static int open_book(struct prepared *p, size_t step, size_t at, const struct job_target *t,
                     struct err *e)
{
    const struct job_step *j = p->steps[step].job;
    struct prepared_target *with = &p->with[at];

    with->of_claim = t->id;
    if (j->start >= j->count)
        return err_set(e, EXIT_USAGE,
                       "--start %lld: --count says %lld %s, and the first is number 0",
                       (long long)j->start, (long long)j->count,
                       count_word((uint64_t)j->count, "code", "codes"));
    with->book = bookopen(t->seed, t->codes, j->allow_odd_codes, e);
    if (!with->book)
        return -1;
    with->codes_end = codebook_count(with->book) < j->count ? codebook_count(with->book) : j->count;
    return 0;
}

/* The recipient is what its column says: nothing else is to be sent in its place. */
static int refuse_recipient(const struct job_target *t, const char *field, struct err *e)
{
    for (size_t i = 0; field && i < t->n_settings; i++)
        if (!t->settings[i].instance && strcmp(t->settings[i].field, field) == 0)
            return err_set(
                e, EXIT_USAGE,
                "--set %s: is the recipient, and is sent by itself: name its column with "
                "--%s",
                field, field);
    return 0;
}

/* What the recipients of a step are. */
static enum identity_kind kind_of(const struct prepared *p, const struct prepared_step *s)
{
    return s->job->otherwise ? p->selection.otherwise_kind : p->selection.select.kind;
}

/* Does a column that sounds like a secret, or the code of a step, go into some field? */
static bool hides_values(const struct job_target *jt)
{
    for (size_t i = 0; i < jt->n_settings; i++) {
        const struct plan_setting *s = &jt->settings[i];
        const char *columns = s->literal ? NULL : strstr(s->value, "{{");

        if (columns && redact_is_secret_name(columns))
            return true;
    }
    return false;
}

/* The names of what is set for a target; NULL: no memory. */
static struct claimfit_given *name_settings(const struct job_target *jt)
{
    struct claimfit_given *given = mem_zero(jt->n_settings + 1, sizeof(*given));

    for (size_t i = 0; given && i < jt->n_settings; i++) {
        const struct plan_setting *s = &jt->settings[i];

        given[i] = (struct claimfit_given){s->instance ? s->instance : "", s->field};
    }
    return given;
}

/* How many rows may be for a target; 0: that can't be told before they are read. */
static int64_t rows_of(const struct prepared *p, const struct job_step *j)
{
    const struct selection *s = &p->selection;
    uint64_t rows = read_facts(p->input)->rows, limit = p->job->sample.limit;

    if (j->route || j->otherwise || s->lookup || s->filter || s->n_drops > 0 ||
        s->group != COLUMNS_NONE || p->job->sample.first > 0 || p->job->sample.last > 0 ||
        p->job->sample.spread > 0 || rows > INT64_MAX)
        return 0;
    return (int64_t)(limit && limit < rows ? limit : rows);
}

/* Of the target that was begun last. */
static int open_letter(struct prepared *p, size_t step, const struct job_target *jt, struct err *e)
{
    size_t at = p->n_targets - 1;
    struct columns c = columns_of(p, step);
    bool code = false, link = false;

    for (size_t i = 0; i < step; i++) {
        code = code || p->steps[i].action->local;
        link = link || p->steps[i].action->local || p->steps[i].action->link;
    }
    if (mailing_open(&p->with[at].mailing, &p->job->mail, jt, &c, code, link, e) != 0)
        return -1;
    p->targets[at].id = p->with[at].mailing.name;
    return 0;
}

static int open_target(struct prepared *p, size_t step, const struct job_target *jt, struct err *e)
{
    const struct prepared_step *s = &p->steps[step];
    struct prepared_target *with = &p->with[p->n_targets];
    struct target *t = &p->targets[p->n_targets];
    const char *recipient = s->action->fields_bare ? identity_kind_name(kind_of(p, s)) : NULL;
    struct columns c = columns_of(p, step);

    *t = (struct target)TARGET_INIT;
    t->action = s->action;
    t->id = jt->id;
    t->number = p->n_targets++;
    t->version = jt->version;
    t->hides_values = hides_values(jt);
    t->secret = jt->secret;
    t->remove = s->job->remove;
    t->simulate = p->job->mode == JOB_SIMULATE;
    if (s->action->batch_max > 1)
        t->batch = s->job->batch < s->action->batch_max ? s->job->batch : s->action->batch_max;
    t->forced = p->job->stoprule.force;
    t->rows = rows_of(p, s->job);
    t->repeats = p->job->key || p->job->group || p->job->again > 1;
    t->shared = s->job->n_targets > 1;
    with->given = name_settings(jt);
    if (!with->given)
        return err_nomem(e);
    t->given = with->given;
    t->n_given = jt->n_settings;
    claimed_init(&with->claimed);
    t->claimed = p->job->wishes.send_claimed ? NULL : &with->claimed;
    if (refuse_recipient(jt, recipient, e) != 0)
        return -1;
    if (s->action->mails)
        return open_letter(p, step, jt, e);
    with->plan = plan_new(jt->settings, jt->n_settings, recipient, &c, e);
    if (!with->plan)
        return -1;
    return s->action->local ? open_book(p, step, t->number, jt, e) : 0;
}

size_t prepared_step_of(const struct prepared *p, size_t target)
{
    size_t step = p->n_steps - 1;

    while (p->steps[step].first > target)
        step--;
    return step;
}

struct plan *prepared_plan_shown(const struct prepared *p, size_t target, struct err *e)
{
    size_t at = prepared_step_of(p, target);
    const struct prepared_step *s = &p->steps[at];
    const struct job_target *jt = &s->job->targets[target - s->first];
    const char *recipient = s->action->fields_bare ? identity_kind_name(kind_of(p, s)) : NULL;
    struct plan_setting shown[JOB_SETTINGS_MAX];
    struct columns c = columns_of(p, at);

    for (size_t i = 0; i < jt->n_settings; i++) {
        shown[i] = jt->settings[i];
        if (shown[i].literal || redact_is_secret_name(shown[i].field)) {
            shown[i].value = "****";
            shown[i].literal = true;
        }
    }
    return plan_new(shown, jt->n_settings, recipient, &c, e);
}

static int open_step(struct prepared *p, size_t at, struct err *e)
{
    const struct job_step *j = &p->job->steps[at];
    struct prepared_step *s = &p->steps[at];
    struct columns own = p->columns;

    s->job = j;
    s->action = action_find(j->action);
    s->first = p->n_targets;
    s->route = COLUMNS_NONE;
    own.n -= p->job->n_steps - 1;
    p->needs_server = p->needs_server || !(s->action->local || s->action->mails);
    p->needs_mail = p->needs_mail || s->action->mails;
    if (j->route && columns_find(&own, slice_of(j->route), "route", &s->route, e) != 0)
        return -1;
    for (size_t i = 0; i < j->n_targets; i++)
        if (open_target(p, at, &j->targets[i], e) != 0)
            return -1;
    return 0;
}

const char *prepared_warning(const struct prepared *p, char text[PREPARED_WARNING_MAX])
{
    for (size_t i = 0; i < p->n_steps; i++) {
        enum identity_kind kind = kind_of(p, &p->steps[i]);

        if (p->steps[i].action != &action_store || kind == IDENTITY_ADDRESS)
            continue;
        snprintf(text, PREPARED_WARNING_MAX,
                 "dynamic stores hold addresses only since March 2026: recipients by %s are taken "
                 "by older stores, and by no other. --lookup FILE (a CSV that knows the address of "
                 "each) puts their addresses in",
                 identity_kind_name(kind));
        return text;
    }
    return NULL;
}

/* ---- what targets must not share ---- */

struct owned {
    const struct target *target;
    const char *name;
    size_t step;
};

static int by_name(const void *a, const void *b)
{
    const struct owned *x = a, *y = b;
    int order = strcmp(x->target->action->name, y->target->action->name);

    order = order ? order : strcmp(x->name, y->name);
    return order
               ? order
               : (x->target->number > y->target->number) - (x->target->number < y->target->number);
}

/* What two steps would both do for a recipient, the second would find done; and of one list of codes two
 * targets would give out the same. */
static int refuse_pair(const struct owned *a, const struct owned *b, struct err *e)
{
    const struct action *action = a->target->action;

    if (action != b->target->action || strcmp(a->name, b->name) != 0)
        return 0;
    if (action->local)
        return err_set(e, EXIT_USAGE,
                       "two targets of the job have the same seed or list of codes: each claim "
                       "has its own");
    if (action->mails)
        return err_set(e, EXIT_USAGE,
                       "two letters of the job are called %s, and nobody gets two of one name: "
                       "give one of them another with \"letter\"",
                       a->name);
    return a->step == b->step
               ? 0
               : err_set(e, EXIT_USAGE, "two steps of the job are about %s %s: leave one out",
                         action->name, a->name);
}

static int refuse_shared(const struct prepared *p, struct err *e)
{
    struct owned *all = mem_zero(p->n_targets, sizeof(*all));
    int rc = 0;

    if (!all)
        return err_nomem(e);
    for (size_t i = 0; i < p->n_targets; i++) {
        const struct codebook *book = p->with[i].book;

        all[i] = (struct owned){.target = &p->targets[i],
                                .name = book ? codebook_name(book) : p->targets[i].id,
                                .step = prepared_step_of(p, i)};
    }
    qsort(all, p->n_targets, sizeof(*all), by_name);
    for (size_t i = 1; rc == 0 && i < p->n_targets; i++)
        rc = refuse_pair(&all[i - 1], &all[i], e);
    free(all);
    return rc;
}

/* ---- the input ---- */

/* Read again and again, they would have results of results.  A file of the rows that need a person asks to be read. */
static bool refuse_results(const struct prepared *p, struct err *e)
{
    const struct input_facts *facts = read_facts(p->input);

    if (added_at(&facts->header) == facts->header.n || added_retry(&facts->header) != COLUMNS_NONE)
        return false;
    err_set(e, EXIT_INPUT,
            "%s: " JOB_IS_RESULTS ", by its columns, and is not read as an input here: "
            "to send its rows all the same, run it without --refuse-results (and not by watch)",
            facts->name);
    return true;
}

static int open_input(struct prepared *p, struct err *e)
{
    const struct job *j = p->job;
    struct read_wishes w = j->read;

    w.named = j->lookup ? NULL : j->recipient;
    w.sheet_option = "--sheet";
    p->input = read_open(j->input, &w, e);
    return p->input && !(j->refuse_results && refuse_results(p, e)) ? 0 : -1;
}

int prepared_open(struct prepared *p, const struct job *j, struct err *e)
{
    size_t n = 0;

    memset(p, 0, sizeof(*p));
    p->job = j;
    for (size_t i = 0; i < j->n_steps; i++)
        n += j->steps[i].n_targets;
    p->steps = mem_zero(j->n_steps, sizeof(*p->steps));
    p->targets = mem_zero(n, sizeof(*p->targets));
    p->with = mem_zero(n, sizeof(*p->with));
    if (!p->steps || !p->targets || !p->with)
        return err_nomem(e);
    if (open_input(p, e) != 0 || selection_open(&p->selection, j, read_facts(p->input), e) != 0 ||
        name_columns(p, e) != 0)
        return -1;
    for (; p->n_steps < j->n_steps; p->n_steps++)
        if (open_step(p, p->n_steps, e) != 0)
            return -1;
    read_need(p->input, selection_needs(&p->selection));
    return refuse_shared(p, e) == 0 ? selection_try(&p->selection, p->input, e) : -1;
}

void prepared_close(struct prepared *p)
{
    for (size_t i = 0; i < p->n_targets; i++) {
        plan_free(p->with[i].plan);
        mailing_close(&p->with[i].mailing);
        free(p->with[i].link);
        free(p->with[i].given);
        codebook_free(p->with[i].book);
        claimed_release(&p->with[i].claimed);
    }
    free(p->with);
    free(p->targets);
    free(p->steps);
    free(p->virtual_names);
    free(p->names);
    selection_close(&p->selection);
    read_close(p->input);
}

/* ---- the ledger ---- */

/* By which name an input is known to the ledger. */
static const char *input_name(const struct prepared *p, char *buf)
{
    const char *path = p->job->input;

    if (strcmp(path, "-") == 0)
        return path;
    return realpath(path, buf) ? buf : read_facts(p->input)->name;
}

/* What makes a trigger the same again, in words. */
static const char *key_words(const struct prepared *p, size_t step)
{
    enum identity_kind kind = kind_of(p, &p->steps[step]);

    if (p->job->undo)
        return p->job->undo->keyed;
    if (p->selection.key)
        return p->selection.key;
    return kind == IDENTITY_ADDRESS ? "recipient" : identity_kind_name(kind);
}

struct ledger_target prepared_target(const struct prepared *p, size_t target)
{
    const struct target *t = &p->targets[target];
    const struct codebook *book = p->with[t->number].book;
    struct ledger_target out = {.action = t->action->name,
                                .url = t->action->local || t->action->mails ? "" : p->job->api_url,
                                .name = book ? codebook_name(book) : t->id,
                                .key = key_words(p, prepared_step_of(p, t->number))};

    return out;
}

/* A code of one claim can't be redeemed at another: whoever was given one is a duplicate there, and would be sent to
 * the wrong claim. */
static int claim_book(const struct prepared *p, struct ledger *l, size_t target, struct err *e)
{
    const struct prepared_target *with = &p->with[target];
    bool listed = with->book && codebook_is_list(with->book);
    struct text before;
    int rc;

    if (!with->of_claim)
        return 0;
    text_init(&before);
    rc = ledger_books_claim(l, p->targets[target].ledger_id, with->of_claim, &before, e);
    if (rc == 1)
        rc = err_set(e, EXIT_USAGE,
                     "claim %.*s: %s gave its codes for claim %.*s until now, and no claim takes "
                     "the codes of another: give %s of this claim, or go on with --claim %.*s "
                     "(if both claims do have the same codes, each needs a ledger of its own: "
                     "--ledger FILE)",
                     QUOTED_MAX, with->of_claim, listed ? "this list" : "this seed", QUOTED_MAX,
                     text_ok(&before) ? before.ptr : "", listed ? "the list" : "the seed",
                     QUOTED_MAX, text_ok(&before) ? before.ptr : "");
    text_release(&before);
    return rc;
}

static int register_targets(struct prepared *p, struct ledger *l, struct err *e)
{
    const char *former = p->selection.former;

    for (size_t i = 0; i < p->n_targets; i++) {
        struct ledger_target t = prepared_target(p, i);

        if ((former && ledger_former_key(l, &t, former, e) != 0) ||
            ledger_target_id(l, &t, &p->targets[i].ledger_id, e) != 0 ||
            ledger_targets_facts(l, p->targets[i].ledger_id, &p->targets[i].facts, e) != 0)
            return -1;
        if (p->with[i].book && claim_book(p, l, i, e) != 0)
            return -1;
        if (p->with[i].book &&
            bookgiven_verify(p->with[i].book, l, p->targets[i].ledger_id, e) != 0)
            return -1;
    }
    return 0;
}

/* What the run as a whole is about, if it is a job file. */
static struct ledger_target job_target(const struct prepared *p)
{
    return (struct ledger_target){
        .action = "run", .url = p->needs_server ? p->job->api_url : "", .name = p->job->name};
}

/* Its only target, or a job file. */
static int register_job(const struct prepared *p, struct ledger *l, int64_t *target, struct err *e)
{
    struct ledger_target t = job_target(p);

    *target = p->targets[0].ledger_id;
    return p->job->name ? ledger_target_id(l, &t, target, e) : 0;
}

/* What the link of a code can say of its claim.  No server is asked for it; but a claim that was asked how many
 * codes it has, or was asked about by an earlier run, is known. */
static int code_values(const struct prepared *p, struct ledger *l,
                       const struct prepared_target *with, struct claimfacts *facts,
                       struct link_values *out, struct err *e)
{
    *out = (struct link_values){.claim = with->of_claim};
    if (!with->of_claim)
        return 0;
    *facts = with->told;
    if (!with->is_told && ledger_targets_claim(l, p->job->api_url, with->of_claim, facts, e) != 0)
        return -1;
    out->collection = facts->collection[0] ? facts->collection : NULL;
    out->approval = facts->approval[0] ? facts->approval : NULL;
    return 0;
}

static int aim(struct prepared *p, struct ledger *l, const struct ledger_run *run, size_t step,
               const struct target *t, struct err *e)
{
    const struct prepared_step *s = &p->steps[step];
    struct link_values known = {.claim = NULL};
    const char *link = s->job->link;
    struct claimfacts facts;
    struct text text;
    int rc;

    if (s->action->local && code_values(p, l, &p->with[t->number], &facts, &known, e) != 0)
        return -1;
    if (!link)
        link = s->action->local ? link_of_code(&known) : s->action->link ? s->action->link : "";
    text_init(&text);
    link_append(&text, link, &known);
    rc = text_ok(&text) ? ledger_run_aim(l, run, (unsigned)step + 1, t->ledger_id, text.ptr, e)
                        : err_nomem(e);
    if (rc == 0 && !(p->with[t->number].link = mem_copy(text.ptr, text.len)))
        rc = err_nomem(e);
    text_release(&text);
    return rc;
}

/* What else tells this run from others over the same input, in words. */
static int put_variant(const struct prepared *p, struct text *out)
{
    const struct job *j = p->job;

    if (j->again > 1)
        text_printf(out, "again %lld", (long long)j->again);
    if (j->undo)
        text_printf(out, LEDGER_UNDO_VARIANT " %lld", (long long)j->undo->run);
    else if (!j->name && j->steps[0].remove)
        text_printf(out, "%sremove", out->len ? ", " : "");
    if (out->len > 0)
        text_puts(out, ", ");
    if (selection_variant(&p->selection, &read_facts(p->input)->reading, out) != 0)
        return -1;
    if (out->len > 1 && strcmp(out->ptr + out->len - 2, ", ") == 0)
        out->ptr[out->len -= 2] = '\0';
    return 0;
}

struct comparing {
    struct drift_now now;
    bool begun;
};

static int compare_with(void *context, const struct ledger_before *before, struct err *e)
{
    struct comparing *c = context;
    const struct drift_past past = {.run = before->run,
                                    .reading = before->reading,
                                    .preset = before->preset,
                                    .newest = !c->begun};

    c->begun = true;
    return drift_compare(&c->now, &past, e);
}

/* What comes through standard input goes by one name, whatever it is. */
static int refuse_drift(const struct prepared *p, struct ledger *l, int64_t about,
                        const struct ledger_input *from, struct err *e)
{
    const struct input_facts *facts = read_facts(p->input);
    const struct read_wishes *w = &p->job->read;
    struct comparing c = {.now = {.input = facts->name,
                                  .reading = &facts->reading,
                                  .preset = from->preset,
                                  .sheet = facts->sheet,
                                  .sheet_said = w->sheet && strcasecmp(w->sheet, facts->sheet) == 0,
                                  .preset_said = p->job->preset != NULL,
                                  .quote_said = w->quote || w->no_quotes,
                                  .escape_said = w->escape || w->no_escapes,
                                  .encoding_said = w->encoding != NULL}};

    return strcmp(from->name, "-") == 0
               ? 0
               : ledger_run_before(l, about, from->name, compare_with, &c, e);
}

static int begin_run(struct prepared *p, struct ledger *l, const char *input,
                     struct ledger_run *run, struct err *e)
{
    const struct input_facts *facts = read_facts(p->input);
    struct ledger_input from = {.name = input, .hash = facts->hash, .rows = facts->rows};
    struct text variant, reading;
    int64_t about;
    int rc = -1;

    text_init(&variant);
    text_init(&reading);
    reading_format(&facts->reading, &reading);
    from.reading = reading.ptr;
    from.preset = facts->preset ? facts->preset->name : "";
    if (put_variant(p, &variant) != 0 || !text_ok(&reading))
        err_nomem(e);
    else if (register_job(p, l, &about, e) == 0 && refuse_drift(p, l, about, &from, e) == 0)
        rc = ledger_run_begin(l, about, variant.ptr, &from, run, e);
    text_release(&reading);
    text_release(&variant);
    return rc;
}

/* Several steps may share a target: a process may take its lock more than once. */
int prepared_lock(const struct prepared *p, struct ledger *l, struct err *e)
{
    bool many = p->n_targets > LEDGER_LOCKS_MAX;
    struct ledger_target job = job_target(p);
    char path[PATH_MAX];
    const char *input = input_name(p, path);

    if (many && ledger_lock_all(l, e) != 0)
        return -1;
    for (size_t i = 0; !many && i < p->n_targets; i++) {
        struct ledger_target t = prepared_target(p, i);

        if (ledger_lock(l, &t, p->targets[i].action->local ? input : NULL, e) != 0)
            return -1;
    }
    return job.name ? ledger_lock(l, &job, NULL, e) : 0;
}

int prepared_register(struct prepared *p, struct ledger *l, struct ledger_run *run, struct err *e)
{
    char path[PATH_MAX];
    const char *input = input_name(p, path);

    if (register_targets(p, l, e) != 0 || begin_run(p, l, input, run, e) != 0)
        return -1;
    for (size_t i = 0; i < p->n_steps; i++)
        for (size_t t = 0; t < p->steps[i].job->n_targets; t++)
            if (aim(p, l, run, i, &p->targets[p->steps[i].first + t], e) != 0)
                return -1;
    if (ledger_run_aimed(l, run, e) != 0)
        return -1;
    return ledger_commit(l, e);
}

int prepared_begin(struct prepared *p, const struct ledger_run *run, struct err *e)
{
    return selection_begin(&p->selection, p->input, run->started_ms, e) == 0
               ? read_rewind(p->input, e)
               : -1;
}

/* ---- routes ---- */

static const char *say_no_route(const struct prepared *p, const struct prepared_step *s,
                                struct slice value, struct arena *a)
{
    struct slice column = p->columns.names[s->route];
    struct slice near = route_nearest(&s->job->routes, value);
    struct text t;
    const char *why;

    text_init(&t);
    text_printf(&t, "column \"%.*s\"", (int)column.len, column.ptr);
    if (value.len == 0)
        text_puts(&t, " is empty, so that no target is known");
    else if (value.len > QUOTED_MAX)
        text_printf(&t, ": a value of %zu bytes has no route", value.len);
    else
        text_printf(&t, ": \"%.*s\" has no route", (int)value.len, value.ptr);
    if (value.len > 0 && near.ptr && near.len <= QUOTED_MAX)
        text_printf(&t, " (the nearest is \"%.*s\")", (int)near.len, near.ptr);
    why = text_ok(&t) ? arena_copy(a, t.ptr, t.len) : NULL;
    text_release(&t);
    return why;
}

int prepared_route(const struct prepared *p, size_t step, const struct record *r, bool otherwise,
                   struct arena *a, size_t *target, const char **why)
{
    const struct prepared_step *s = &p->steps[step];
    struct slice value;
    size_t found = 0;

    *target = ROUTE_NONE;
    if (s->job->otherwise != otherwise)
        return 0;
    if (s->route != COLUMNS_NONE) {
        value = slice_trim(r->fields[s->route]);
        found = route_find(&s->job->routes, value);
        if (found == ROUTE_NONE && !s->job->skip_unrouted) {
            *why = say_no_route(p, s, value, a);
            return -1;
        }
    }
    *target = found == ROUTE_NONE ? ROUTE_NONE : s->first + found;
    return 0;
}
