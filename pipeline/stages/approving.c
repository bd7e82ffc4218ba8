/*
 * approving: what a plan is held against.
 *
 * A run by a plan lets its rows pass twice: first as the check did, over a copy of the ledger, and only if that comes to
 * the same, for real.  So whatever decides about rows is covered: also what has no digest of its own, such as a preset
 * or a filter that reads today's date.
 */
#include "stages/approving.h"

#include "adapters/codebook.h"
#include "adapters/digest.h"
#include "adapters/filedigest.h"
#include "adapters/stop.h"
#include "base/apiname.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/visible.h"
#include "ledger/ledger.h"
#include "ledger/ledger_targets.h"
#include "stages/admit.h"
#include "stages/job.h"
#include "stages/letter.h"
#include "stages/lookup.h"
#include "stages/prepared.h"
#include "stages/read.h"

#include <stdlib.h>
#include <string.h>

_Static_assert(APPROVAL_HEX_SIZE == 2 * DIGEST_SIZE + 1, "facts are digests");
_Static_assert(INPUT_HASH_SIZE == DIGEST_SIZE, "an input's hash is a digest");

/* ---- digests ---- */

static void put_hex(const uint8_t hash[DIGEST_SIZE], char out[APPROVAL_HEX_SIZE])
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < DIGEST_SIZE; i++) {
        out[2 * i] = digits[hash[i] >> 4];
        out[2 * i + 1] = digits[hash[i] & 15];
    }
    out[APPROVAL_HEX_SIZE - 1] = '\0';
}

static int finish(struct digest *d, char out[APPROVAL_HEX_SIZE], struct err *e)
{
    uint8_t hash[DIGEST_SIZE];

    if (digest_finish(d, hash) != 0)
        return err_nomem(e);
    put_hex(hash, out);
    return 0;
}

/* With its length, so that no two lists of texts are the same bytes. */
static void add_text(struct digest *d, const char *s, size_t len)
{
    uint64_t n = len;

    digest_update(d, &n, sizeof(n));
    digest_update(d, s, len);
}

static void add_number(struct digest *d, int64_t n)
{
    digest_update(d, &n, sizeof(n));
}

/* ---- what is read, and what is aimed at ---- */

static void add_routes(struct digest *d, const struct job_step *s)
{
    for (size_t i = 0; i < s->routes.n; i++) {
        const struct route_entry *r = &s->routes.entries[i];

        add_text(d, r->value.ptr, r->value.len);
        add_number(d, (int64_t)r->target);
    }
}

/* Of a list of codes its first code and their number; the codes that are to be given are among the rows. */
static int put_lists(struct approving *a, struct digest *d, struct err *e)
{
    const struct prepared *p = a->p;

    if (p->selection.lookup)
        digest_update(d, lookup_hash(p->selection.lookup), INPUT_HASH_SIZE);
    for (size_t i = 0; i < p->n_steps; i++)
        add_routes(d, p->steps[i].job);
    for (size_t i = 0; i < p->n_targets; i++)
        if (p->with[i].mailing.letter)
            digest_update(d, letter_hash(p->with[i].mailing.letter), DIGEST_SIZE);
    for (size_t i = 0; i < p->n_targets; i++)
        if (p->with[i].book && codebook_is_list(p->with[i].book)) {
            const char *name = codebook_name(p->with[i].book);

            add_text(d, name, strlen(name));
            add_number(d, codebook_count(p->with[i].book));
        }
    return finish(d, a->facts.lists, e);
}

static int put_targets(struct approving *a, struct digest *d, struct err *e)
{
    struct text url;
    int rc;

    text_init(&url);
    for (size_t i = 0; i < a->p->n_targets; i++) {
        struct ledger_target t = prepared_target(a->p, i);

        text_clear(&url);
        apiname_append(&url, slice_of(t.url));
        add_text(d, t.action, strlen(t.action));
        add_text(d, url.ptr, url.len);
        add_text(d, t.name, strlen(t.name));
    }
    rc = text_ok(&url) ? finish(d, a->facts.targets, e) : err_nomem(e);
    text_release(&url);
    return rc;
}

static int put_ledger(struct approving *a, struct digest *d, struct ledger *copy, struct err *e)
{
    for (size_t i = 0; i < a->p->n_targets; i++) {
        int64_t items, seals;

        if (ledger_targets_state(copy, a->p->targets[i].ledger_id, &items, &seals, e) != 0)
            return -1;
        a->facts.known += items;
        add_number(d, items);
        add_number(d, seals);
    }
    return finish(d, a->facts.ledger, e);
}

int approving_begin(struct approving *a, const struct prepared *p, struct ledger *copy,
                    struct err *e)
{
    uint8_t hash[DIGEST_SIZE];

    memset(a, 0, sizeof(*a));
    a->p = p;
    a->rows = digest_new();
    if (!a->rows)
        return err_nomem(e);
    put_hex(read_facts(p->input)->hash, a->facts.input);
    if (p->job->name) {
        if (filedigest(p->job->name, "job file", hash, e) != 0)
            return -1;
        put_hex(hash, a->facts.job);
    }
    return put_lists(a, a->rows, e) == 0 && put_targets(a, a->rows, e) == 0
               ? put_ledger(a, a->rows, copy, e)
               : -1;
}

/* ---- rows ---- */

void approving_row(struct approving *a, const struct row *r)
{
    for (size_t i = 0; r->steps && i < a->p->n_steps; i++) {
        const struct row_step *s = &r->steps[i];
        const struct codebook *book;
        uint8_t mark[CODEBOOK_MARK_SIZE];

        if (s->outcome != OUTCOME_ACTED && s->outcome != OUTCOME_BEGUN)
            continue;
        a->facts.act++;
        add_number(a->rows, (int64_t)r->record->line);
        add_number(a->rows, (int64_t)i);
        add_number(a->rows, (int64_t)s->target);
        add_number(a->rows, s->outcome);
        add_number(a->rows, s->code);
        add_text(a->rows, r->recipient, strlen(r->recipient));
        book = a->p->with[s->target].book;
        if (book && codebook_is_list(book) && s->code >= 0 && codebook_mark(book, s->code, mark))
            digest_update(a->rows, mark, sizeof(mark));
    }
}

int approving_end(struct approving *a, struct err *e)
{
    return finish(a->rows, a->facts.rows, e);
}

void approving_release(struct approving *a)
{
    digest_free(a->rows);
    a->rows = NULL;
}

int approving_pass(struct admit *admit, struct err *e)
{
    struct step *none;
    int next;

    do {
        next = admit_next(admit, SIZE_MAX, &none, e);
        if (stop_signal())
            return err_set(e, EXIT_INTERRUPTED, "interrupted");
    } while (next == ISSUE_LATER);
    return next < 0 ? -1 : 0;
}

/* ---- carrying out ---- */

/* The check once more. */
struct rehearsal {
    struct prepared prepared;
    struct ledger *copy;
    struct ledger_run run;
    struct progress progress;
    struct admit admit;
    struct approving approving;
};

static void row_over(void *context, const struct row *r)
{
    approving_row(context, r);
}

static int rehearse(struct rehearsal *r, const struct job *j, struct err *e)
{
    if (prepared_open(&r->prepared, j, e) != 0)
        return -1;
    r->progress.total = read_facts(r->prepared.input)->rows;
    r->copy = ledger_open_copy(j->ledger, j->accept_ledger, e);
    if (!r->copy || prepared_register(&r->prepared, r->copy, &r->run, e) != 0 ||
        approving_begin(&r->approving, &r->prepared, r->copy, e) != 0 ||
        prepared_begin(&r->prepared, &r->run, e) != 0 ||
        admit_init(&r->admit, &r->prepared, r->copy, &r->run, &r->progress, e) != 0)
        return -1;
    r->admit.over = row_over;
    r->admit.over_context = &r->approving;
    return approving_pass(&r->admit, e) == 0 ? approving_end(&r->approving, e) : -1;
}

/* Has the plan's run begun, so that what differs is what it has done itself?  The rehearsal has resumed it then. */
static bool has_begun(const struct approval *a, const struct ledger_run *run)
{
    char began[CLOCK_RFC3339_MAX];

    return run->resumed && !run->input_changed &&
           strcmp(clock_rfc3339(run->started_ms, began), a->made_at) >= 0;
}

static int refuse(const struct job *j, const struct ledger_run *run, const char *differs,
                  struct err *e)
{
    const struct approval *a = j->plan.approved;
    char path[ERR_TEXT_MAX];

    visible_line(slice_of(a->path), path, sizeof(path));
    if (has_begun(a, run))
        return err_set(
            e, EXIT_USAGE,
            "%s: is being carried out by run %lld, which has not ended; nothing more was "
            "done.  To go on where that run ended: run what was planned, without the "
            "plan: %s",
            path, (long long)run->id, j->tell.same_command);
    return err_set(
        e, EXIT_USAGE,
        "%s: nothing was done, for since it was made (%s) these have changed: %s.  Check "
        "again, and carry out what that saves: %s",
        path, a->made_at, differs, a->check);
}

int approving_verify(const struct job *j, const struct prepared *p, struct err *e)
{
    struct rehearsal *r = mem_zero(1, sizeof(*r));
    struct text words;
    int rc;

    if (!r)
        return err_nomem(e);
    text_init(&words);
    rc = rehearse(r, j, e);
    if (rc == 0 &&
        memcmp(read_facts(p->input)->hash, read_facts(r->prepared.input)->hash, DIGEST_SIZE) != 0)
        rc = refuse(j, &r->run, "the input", e);
    if (rc == 0 && approval_differs(&j->plan.approved->facts, &r->approving.facts, &words))
        rc = text_ok(&words) ? refuse(j, &r->run, words.ptr, e) : err_nomem(e);
    text_release(&words);
    admit_release(&r->admit);
    approving_release(&r->approving);
    ledger_close(r->copy);
    prepared_close(&r->prepared);
    free(r);
    return rc;
}
