/*
 * undo: the ledger is only looked at here; what changes it is the job.
 *
 * An undo that was interrupted finds the same rows again: those that it has taken over are known by its run's variant.
 */
#include "commands/undo.h"

#include "actions/action.h"
#include "adapters/csvio.h"
#include "adapters/log.h"
#include "adapters/outfile.h"
#include "base/apiname.h"
#include "base/mem.h"
#include "base/number.h"
#include "base/reading.h"
#include "base/visible.h"
#include "ledger/ledger.h"
#include "ledger/ledger_undo.h"
#include "policy/identity.h"
#include "policy/undo.h"
#include "stages/job.h"
#include "stages/undone.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHOWN_MAX 128
#define DRAIN ((size_t)1 << 16)
#define LINE_COLUMN "line_of_run"
#define LIST_HEADER "line,recipient,action,target,undo,attempt_id,code_number\n"

struct undo {
    const struct undo_options *o;
    struct ledger *ledger;
    int64_t run;
    bool pruned, ended;

    struct text input;             /* of the run */
    struct text store, url, keyed; /* of the target that is undone */
    enum identity_kind kind;
    bool is_mixed; /* there is another store */
    bool is_odd;   /* nobody can tell what the recipients are */
    uint64_t rows[UNDO_VERDICTS];
    uint64_t claims, codes, messages; /* of UNDO_KEPT */
    struct text list;                 /* CSV: what is removed; of a dry run all rows, */
    struct outfile *file;             /* … written as it grows */
    struct text path;                 /* of the former */

    struct text results;
    struct undone undone;
    struct reading reading;
    struct job_target target;
    struct job_step step;
    struct job job;
};

/* ---- the run ---- */

static int keep_run(void *context, const struct ledger_past *run, struct err *e)
{
    struct undo *u = context;

    u->run = run->id;
    text_puts(&u->input, run->input);
    u->pruned = run->pruned;
    u->ended = run->ended_ms != 0;
    return text_ok(&u->input) ? 0 : err_nomem(e);
}

static int find_run(struct undo *u, struct err *e)
{
    const char *said = u->o->run;
    char shown[SHOWN_MAX];
    int64_t id = 0;
    int found;

    if (strcmp(said, "last") != 0 && number_int(said, 1, INT64_MAX, &id) != 0)
        return err_set(e, EXIT_USAGE,
                       "undo %s: give the number of a run (see claimpipe runs), or last",
                       visible_line(slice_of(said), shown, sizeof(shown)));
    found = ledger_run_find(u->ledger, id, keep_run, u, e);
    if (found < 0)
        return -1;
    if (!found)
        return id ? err_set(e, EXIT_USAGE, "ledger %s: has no run %lld: see claimpipe runs",
                            ledger_name(u->ledger), (long long)id)
                  : err_set(e, EXIT_USAGE, "ledger %s: has no run yet", ledger_name(u->ledger));
    if (u->pruned)
        return err_set(e, EXIT_USAGE,
                       "run %lld was pruned: whom it has added is no longer in ledger %s",
                       (long long)u->run, ledger_name(u->ledger));
    return 0;
}

/* ---- its rows ---- */

static void put_field(struct text *out, const char *s, const char *end)
{
    csvio_append(out, slice_of(s), ',', '"');
    text_puts(out, end);
}

static void put_hex(struct text *out, const uint8_t key[KEY_SIZE])
{
    for (size_t i = 0; i < KEY_SIZE; i++)
        text_printf(out, "%02x", key[i]);
}

/* For a person: of everything. */
static void list_all(struct undo *u, const struct ledger_undo_row *r, enum undo_verdict v)
{
    text_printf(&u->list, "%llu,", (unsigned long long)r->line);
    put_field(&u->list, r->recipient, ",");
    put_field(&u->list, r->action, ",");
    /* A seed's or list's fingerprint names nothing that a person knows. */
    put_field(&u->list, r->code >= 0 ? "" : r->name, ",");
    put_field(&u->list, undo_words(v), ",");
    put_field(&u->list, r->attempt, ",");
    if (r->code >= 0)
        text_printf(&u->list, "%lld", (long long)r->code);
    text_puts(&u->list, "\n");
}

/* For the job. */
static void list_removed(struct undo *u, const struct ledger_undo_row *r)
{
    put_field(&u->list, r->recipient, ",");
    text_printf(&u->list, "%llu,", (unsigned long long)r->line);
    put_hex(&u->list, r->key);
    text_puts(&u->list, "\n");
}

/* What the run has read is wanted once more, whatever is forced. */
static int refuse_input(const struct undo *u, const char *path, struct err *e)
{
    return outfile_replaces(path, u->input.ptr)
               ? err_set(e, EXIT_USAGE, "%s: is the input of run %lld: name another file with -o",
                         path, (long long)u->run)
               : 0;
}

/* undo-RUN.csv, in the folder of the results; of results that are no file, in the current one. */
static int name_files(struct undo *u, struct err *e)
{
    const char *output = u->o->output, *slash = output ? strrchr(output, '/') : NULL;

    if (slash && (!outfile_is_there(output) || outfile_is_file(output)))
        text_append(&u->path, output, (size_t)(slash - output) + 1);
    text_printf(&u->path, "undo-%lld.csv", (long long)u->run);
    if (output)
        text_puts(&u->results, output);
    else
        joboutput_name(u->path.ptr, "results", &u->results);
    if (!text_ok(&u->path) || !text_ok(&u->results))
        return err_nomem(e);
    if (outfile_replaces(u->results.ptr, u->path.ptr) || strcmp(u->results.ptr, u->path.ptr) == 0)
        return err_set(e, EXIT_USAGE, "%s: is the list of the undo: name another file with -o",
                       u->results.ptr);
    return 0;
}

/* The list's name is not asked for, so that nobody sees what it would replace. */
static int refuse_list(const struct undo *u, const char *header, struct err *e)
{
    struct err other = ERR_INIT;

    if (refuse_input(u, u->path.ptr, e) != 0)
        return -1;
    return outfile_refuse_other(u->path.ptr, header, "-o", u->o->job->stoprule.force, &other) == 0
               ? 0
               : err_set(
                     e, EXIT_USAGE,
                     "%s: the list of the undo goes there, and it is there already and is none: "
                     "move it away, name results in another folder with -o, or say --force to "
                     "replace it",
                     u->path.ptr);
}

/* It has what is removed only, so it is begun with the first row of these. */
static int begin_list(struct undo *u, struct err *e)
{
    struct text head;
    int rc = -1;

    if (u->file)
        return 0;
    text_init(&head);
    text_printf(&head, "%s," LINE_COLUMN "," UNDONE_KEY "\n", identity_kind_name(u->kind));
    if (!text_ok(&head))
        err_nomem(e);
    else if (name_files(u, e) == 0 && refuse_list(u, head.ptr, e) == 0 &&
             (u->file = outfile_open(u->path.ptr, e)))
        rc = outfile_drain(u->file, &head, 0, e);
    text_release(&head);
    return rc;
}

/* Rows that are removed are all of one store, and their recipients of one kind; else none is. */
static int choose(struct undo *u, const struct ledger_undo_row *r, struct err *e)
{
    enum identity_kind kind;
    bool known = undo_kind(r->keyed, r->recipient, &kind) == 0;

    if (u->store.len == 0) {
        text_puts(&u->store, r->name);
        text_puts(&u->url, r->url);
        text_puts(&u->keyed, r->keyed);
        u->kind = kind;
    }
    if (!text_ok(&u->store) || !text_ok(&u->url) || !text_ok(&u->keyed))
        return err_nomem(e);
    u->is_mixed =
        u->is_mixed || strcmp(u->store.ptr, r->name) != 0 || strcmp(u->url.ptr, r->url) != 0;
    u->is_odd = u->is_odd || !known || kind != u->kind;
    return 0;
}

static enum undo_verdict judge(const struct ledger_undo_row *r)
{
    const struct undo_facts f = {.store = strcmp(r->action, action_store.name) == 0,
                                 .own = r->own,
                                 .undoing = r->undoing,
                                 .ended = r->ended,
                                 .also = r->also,
                                 .removed = r->removed,
                                 .state = r->state};

    return undo_judge(&f);
}

static bool is_of_another_store(const struct undo *u, const struct ledger_undo_row *r)
{
    const char *said = u->o->job->steps[0].targets[0].id;

    return said && strcmp(r->action, action_store.name) == 0 && strcmp(said, r->name) != 0;
}

static bool is_mailed(const struct ledger_undo_row *r)
{
    const struct action *action = action_find(r->action);

    return action && action->mails;
}

static enum undo_verdict count(struct undo *u, const struct ledger_undo_row *r)
{
    bool mailed = is_mailed(r);
    /* Of a message that may have been taken the same command finds out no more. */
    enum undo_verdict v = mailed && r->state == STATE_UNKNOWN ? UNDO_KEPT : judge(r);
    uint64_t *kept = mailed ? &u->messages : r->code < 0 ? &u->claims : &u->codes;

    u->rows[v]++;
    *kept += v == UNDO_KEPT;
    return v;
}

static int take_row(void *context, const struct ledger_undo_row *r, struct err *e)
{
    struct undo *u = context;
    enum undo_verdict v;
    bool back;

    if (is_of_another_store(u, r))
        return 0;
    v = count(u, r);
    back = v == UNDO_BACK || v == UNDO_BEGUN;
    if (back && (choose(u, r, e) != 0 || (!u->o->dry && begin_list(u, e) != 0)))
        return -1;
    if (u->o->dry && u->file)
        list_all(u, r, v);
    else if (back && !u->o->dry)
        list_removed(u, r);
    if (!text_ok(&u->list))
        return err_nomem(e);
    return u->file ? outfile_drain(u->file, &u->list, DRAIN, e) : 0;
}

/* ---- what is said ---- */

static void say(const struct undo *u, enum log_level level, const char *event, struct text *words)
{
    const struct job *j = u->o->job;
    struct log log;

    log_init(&log, j->observer, j->quiet, j->json_log);
    if (text_ok(words))
        log_say(&log, level, event, words->ptr, NULL, 0);
    text_release(words);
}

static const char *plural(uint64_t n)
{
    return n == 1 ? "" : "s";
}

static void put_count(struct text *out, const struct undo *u, enum undo_verdict v)
{
    if (u->rows[v])
        text_printf(out, "\n%9llu %s", (unsigned long long)u->rows[v], undo_words(v));
}

static void say_stays(const struct undo *u)
{
    static const enum undo_verdict stays[] = {UNDO_ALSO, UNDO_LATER, UNDO_OPEN, UNDO_REMOVED};
    uint64_t n = 0;
    struct text words;

    text_init(&words);
    for (size_t i = 0; i < sizeof(stays) / sizeof(stays[0]); i++)
        n += u->rows[stays[i]];
    text_printf(&words, "%llu row%s of run %lld %s as %s:", (unsigned long long)n, plural(n),
                (long long)u->run, n == 1 ? "is left" : "are left", n == 1 ? "it is" : "they are");
    for (size_t i = 0; i < sizeof(stays) / sizeof(stays[0]); i++)
        put_count(&words, u, stays[i]);
    if (u->rows[UNDO_ALSO])
        text_puts(&words, "\nto remove what another run has added, too: claimpipe store INPUT -s "
                          "STORE --remove, with the input of this run");
    if (n)
        say(u, LOG_WARNING, "undo", &words);
    else
        text_release(&words);
}

static void say_kept(const struct undo *u)
{
    struct text words;

    if (!u->rows[UNDO_KEPT])
        return;
    text_init(&words);
    text_printf(&words, "run %lld: ", (long long)u->run);
    if (u->claims)
        text_printf(&words, "%llu claim%s", (unsigned long long)u->claims, plural(u->claims));
    if (u->codes)
        text_printf(&words, "%s%llu code%s", u->claims ? " and " : "", (unsigned long long)u->codes,
                    plural(u->codes));
    if (u->messages)
        text_printf(&words, "%s%llu message%s", u->claims || u->codes ? " and " : "",
                    (unsigned long long)u->messages, plural(u->messages));
    text_puts(&words, " can't be taken back");
    if (u->o->dry && u->o->output)
        text_puts(&words, ": the list says who has them");
    else
        text_printf(&words, "; who has them: claimpipe undo %lld --dry-run -o FILE",
                    (long long)u->run);
    say(u, LOG_WARNING, "undo", &words);
}

static void say_dry(const struct undo *u)
{
    uint64_t n = u->rows[UNDO_BACK] + u->rows[UNDO_BEGUN];
    struct text words;

    text_init(&words);
    text_printf(&words, "a dry run: %llu recipient%s of run %lld would be removed",
                (unsigned long long)n, plural(n), (long long)u->run);
    if (u->store.len > 0 && !u->is_mixed) {
        text_puts(&words, " from store ");
        visible_puts(&words, u->store.ptr);
    }
    text_puts(&words, "; nothing was sent");
    say(u, LOG_INFO, "undo", &words);
}

static void say_nothing(const struct undo *u)
{
    struct text words;

    text_init(&words);
    text_printf(&words, "run %lld: nobody is to be removed from a store", (long long)u->run);
    if (u->rows[UNDO_DONE])
        text_printf(&words, ": %llu %s already", (unsigned long long)u->rows[UNDO_DONE],
                    u->rows[UNDO_DONE] == 1 ? "was" : "were");
    say(u, LOG_INFO, "undo", &words);
}

/* ---- the job ---- */

static int refuse(const struct undo *u, struct err *e)
{
    char shown[SHOWN_MAX];
    struct text url;
    bool same;

    const char *secret = u->o->job->steps[0].targets[0].secret;

    if (u->is_mixed)
        return err_set(
            e, EXIT_USAGE,
            "run %lld has added to several stores, of which each has a secret of its own: "
            "undo one after the other: claimpipe undo %lld --store %s --secret-from SOURCE",
            (long long)u->run, (long long)u->run,
            visible_line(slice_of(u->store.ptr), shown, sizeof(shown)));
    if (u->is_odd)
        return err_set(e, EXIT_USAGE,
                       "run %lld: the ledger does not say whether its recipients are ids or user "
                       "names: remove them with its input: claimpipe store INPUT --remove",
                       (long long)u->run);
    if (!u->ended)
        return err_set(e, EXIT_USAGE,
                       "run %lld has not ended: let it end, or run its command again, before it is "
                       "undone",
                       (long long)u->run);
    if (!secret || !*secret)
        return err_set(e, EXIT_USAGE,
                       "undo %lld: nothing was done, for the store's data secret is missing: say "
                       "where it is with --secret-from",
                       (long long)u->run);
    text_init(&url);
    apiname_append(&url, slice_of(u->o->job->api_url));
    same = text_ok(&url) && strcmp(url.ptr, u->url.ptr) == 0;
    text_release(&url);
    return same ? 0
                : err_set(e, EXIT_USAGE,
                          "run %lld was at another API: say which one with --api-url: %s",
                          (long long)u->run,
                          visible_line(slice_of(u->url.ptr), shown, sizeof(shown)));
}

static void make_job(struct undo *u)
{
    u->undone = (struct undone){.run = u->run, .keyed = u->keyed.ptr};
    u->target = u->o->job->steps[0].targets[0];
    u->target.id = u->store.ptr;
    u->step = u->o->job->steps[0];
    u->step.targets = &u->target;
    u->step.remove = true;
    reading_init(&u->reading);
    u->job = *u->o->job;
    u->job.steps = &u->step;
    u->job.input = u->path.ptr;
    u->job.read.as = &u->reading;
    u->job.recipient = identity_kind_name(u->kind);
    u->job.kind = u->kind;
    u->job.kind_said = true;
    u->job.allow_burn = u->job.allow_rounded = true;
    u->job.results = u->results.ptr;
    u->job.undo = &u->undone;
}

static int close_list(struct undo *u, struct err *e)
{
    struct outfile *f = u->file;
    int rc = f ? outfile_drain(f, &u->list, 0, e) : 0;

    u->file = NULL;
    return f && outfile_close(f, rc == 0, e) != 0 ? -1 : rc;
}

static int prepare(struct undo *u, const struct job **job, struct err *e)
{
    if (u->o->dry || u->rows[UNDO_BACK] + u->rows[UNDO_BEGUN] == 0)
        return close_list(u, e);
    if (refuse(u, e) != 0 || close_list(u, e) != 0)
        return -1;
    make_job(u);
    *job = &u->job;
    return 0;
}

/* ---- the command ---- */

/* Of a dry run, if one is wanted. */
static int open_list(struct undo *u, struct err *e)
{
    if (!u->o->dry || !u->o->output)
        return 0;
    if (ledger_is_file(u->o->job->ledger, u->o->output))
        return err_set(e, EXIT_USAGE, "%s: is the ledger: name another file with -o", u->o->output);
    if (refuse_input(u, u->o->output, e) != 0 ||
        outfile_refuse_other(u->o->output, LIST_HEADER, "-o", u->o->job->stoprule.force, e) != 0)
        return -1;
    u->file = outfile_open(u->o->output, e);
    text_puts(&u->list, LIST_HEADER);
    return u->file ? 0 : -1;
}

static void init(struct undo *u, const struct undo_options *o)
{
    u->o = o;
    text_init(&u->input);
    text_init(&u->store);
    text_init(&u->url);
    text_init(&u->keyed);
    text_init(&u->list);
    text_init(&u->path);
    text_init(&u->results);
}

struct undo *undo_open(const struct undo_options *o, const struct job **job, struct err *e)
{
    struct undo *u = mem_zero(1, sizeof(*u));

    *job = NULL;
    if (!u) {
        err_nomem(e);
        return NULL;
    }
    init(u, o);
    u->ledger = ledger_open_look(o->job->ledger, e);
    if (!u->ledger || find_run(u, e) != 0 || open_list(u, e) != 0 ||
        ledger_undo_rows(u->ledger, u->run, take_row, u, e) != 0 || prepare(u, job, e) != 0) {
        undo_free(u);
        return NULL;
    }
    ledger_close(u->ledger); /* before the job opens it to work with it */
    u->ledger = NULL;
    return u;
}

int undo_end(const struct undo *u, int code)
{
    if (u->o->dry)
        say_dry(u);
    else if (u->rows[UNDO_BACK] + u->rows[UNDO_BEGUN] == 0)
        say_nothing(u);
    say_stays(u);
    say_kept(u);
    return code == EXIT_DONE && (u->rows[UNDO_KEPT] || u->rows[UNDO_REMOVED] || u->rows[UNDO_OPEN])
               ? EXIT_ROWS
               : code;
}

void undo_free(struct undo *u)
{
    struct err ignored = ERR_INIT;

    if (!u)
        return;
    if (u->file)
        err_ignore(outfile_close(u->file, false, &ignored));
    ledger_close(u->ledger);
    text_release(&u->results);
    text_release(&u->path);
    text_release(&u->list);
    text_release(&u->keyed);
    text_release(&u->url);
    text_release(&u->store);
    text_release(&u->input);
    free(u);
}
