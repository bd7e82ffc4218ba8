/*
 * ledger_problems: the table `problems`, and the temporary table `having`, which are joined when a run has finished.
 */
#include "ledger/ledger_problems.h"

#include "base/fnv.h"
#include "base/text.h"
#include "ledger_internal.h"
#include "policy/arrival.h"
#include "policy/problem.h"

/* ---- the kind of input ---- */

/* In the name that watch has found for it, which of it is its own?  It was given a number if a file without one was
 * there before.  That one may have been refused, so that no run had it: then the number 2 tells, unless there is a 1,
 * which watch never gives. */
static int find_first_name(struct ledger *l, int64_t run, const char *input, struct text *first,
                           struct err *e)
{
    static const char sql[] =
        "SELECT count(*) FILTER (WHERE input = ?3) > 0 OR"
        " (count(*) FILTER (WHERE input = ?4) > 0 AND count(*) FILTER (WHERE input = ?5) = 0)"
        " FROM runs WHERE target = ?1 AND id < ?2 AND input IN (?3, ?4, ?5)";
    struct text names[3]; /* without a number, of number 2, and 1 */
    static const unsigned numbers[] = {0, 2, 1};
    struct db_query *q;
    int found = 0;

    for (size_t i = 0; i < 3; i++)
        text_init(&names[i]);
    if (!arrival_sibling(input, 0, &names[0]))
        goto done;
    found = -1;
    for (size_t i = 1; i < 3; i++)
        (void)arrival_sibling(input, numbers[i], &names[i]);
    if (!text_ok(&names[0]) || !text_ok(&names[1]) || !text_ok(&names[2])) {
        err_nomem(e);
        goto done;
    }
    q = db_prepare(l->db, sql, e);
    if (!q)
        goto done;
    db_bind_int(q, 1, l->about);
    db_bind_int(q, 2, run);
    for (int i = 0; i < 3; i++)
        db_bind_text(q, 3 + i, names[i].ptr);
    found = db_step(q, e);
    if (found > 0) {
        found = db_int(q, 0) != 0;
        db_reset(q);
    }
    if (found > 0)
        text_puts(first, names[0].ptr);
done:
    for (size_t i = 0; i < 3; i++)
        text_release(&names[i]);
    return found;
}

static int find_kind(struct ledger *l, int64_t run, const char *input, const char *variant,
                     struct err *e)
{
    struct text first, kind;
    int found;

    text_init(&first);
    text_init(&kind);
    found = find_first_name(l, run, input, &first, e);
    if (found >= 0) {
        problem_append_kind(&kind, found && text_ok(&first) ? first.ptr : input);
        text_append(&kind, "", 1);
        text_puts(&kind, variant);
        if (!text_ok(&first) || !text_ok(&kind))
            found = err_nomem(e);
        else
            l->kind = (int64_t)fnv_add(FNV_INIT, kind.ptr, kind.len);
    }
    text_release(&kind);
    text_release(&first);
    return found < 0 ? -1 : 0;
}

static int find_run(struct ledger *l, int64_t run, struct err *e)
{
    static const char sql[] = "SELECT target, input, key FROM runs WHERE id = ?1";
    struct db_query *q = db_prepare(l->db, sql, e);
    struct text input, variant;
    int found;

    if (!q)
        return -1;
    text_init(&input);
    text_init(&variant);
    db_bind_int(q, 1, run);
    found = db_step(q, e);
    if (found > 0) {
        l->about = db_int(q, 0);
        text_puts(&input, db_text(q, 1));
        text_puts(&variant, db_text(q, 2));
        db_reset(q);
        found = text_ok(&input) && text_ok(&variant) ? find_kind(l, run, input.ptr, variant.ptr, e)
                                                     : err_nomem(e);
    }
    text_release(&variant);
    text_release(&input);
    return found < 0 ? -1 : 0;
}

/* ---- gathering ---- */

int ledger_problems_begin(struct ledger *l, int64_t run, struct err *e)
{
    if (find_run(l, run, e) != 0 ||
        db_exec(l->db,
                "CREATE TEMP TABLE IF NOT EXISTS having_problems(print BLOB PRIMARY KEY,"
                " times INTEGER NOT NULL, alike INTEGER NOT NULL) WITHOUT ROWID;"
                "DELETE FROM having_problems;",
                e) != 0)
        return -1;
    /* Deferred, it locks nobody out, and spares a commit for each problem. */
    l->gathering = !db_in_transaction(l->db);
    return l->gathering ? db_exec(l->db, "BEGIN", e) : 0;
}

/* A failure has ended the transaction, and is told by whom it has met. */
void ledger_problems_end(struct ledger *l)
{
    struct err ignored = ERR_INIT;

    if (l->gathering)
        err_ignore(db_commit(l->db, &ignored));
    l->gathering = false;
}

/* Bits of ?4 of a write. */
#define LOOKED_WHOLE 1U
#define LOOKED_AGAIN 2U

/* How often the run has it by now. */
static int count(struct ledger *l, const uint8_t print[LEDGER_PRINT_SIZE], bool alike,
                 int64_t *times, struct err *e)
{
    static const char sql[] = "INSERT INTO having_problems(print, times, alike) VALUES(?1, 1, ?2)"
                              " ON CONFLICT(print) DO UPDATE SET times = times + 1 RETURNING times";
    /* No ledger_write: the ledger itself is not written to, and so is not locked. */
    struct db_query *q = db_prepare(l->db, sql, e);

    if (!q)
        return -1;
    db_bind_blob(q, 1, print, LEDGER_PRINT_SIZE);
    db_bind_int(q, 2, alike);
    if (db_step(q, e) < 0)
        return -1;
    *times = db_int(q, 0);
    return db_step(q, e) < 0 ? -1 : 0;
}

int ledger_problems_add(struct ledger *l, const uint8_t print[LEDGER_PRINT_SIZE], bool alike,
                        int64_t *since, struct err *e)
{
    static const char sql[] = "SELECT since FROM problems WHERE about = ?1 AND kind = ?2"
                              " AND print = ?3 AND times >= ?4";
    struct db_query *q;
    int64_t times;
    int found;

    *since = 0;
    if (count(l, print, alike, &times, e) != 0)
        return -1;
    q = db_prepare(l->db, sql, e);
    if (!q)
        return -1;
    db_bind_int(q, 1, l->about);
    db_bind_int(q, 2, l->kind);
    db_bind_blob(q, 3, print, LEDGER_PRINT_SIZE);
    db_bind_int(q, 4, times);
    found = db_step(q, e);
    if (found > 0) {
        *since = db_int(q, 0);
        db_reset(q);
    }
    return found < 0 ? -1 : 0;
}

/* ---- keeping ---- */

/* A write with the job as its ?1, the kind of input as its ?2, the run as its ?3, and how it looked at them
 * as its ?4. */
static int write_of(struct ledger *l, const char *sql, int64_t run, unsigned how, struct err *e)
{
    struct db_query *q = ledger_write(l, sql, e);

    if (!q)
        return -1;
    db_bind_int(q, 1, l->about);
    db_bind_int(q, 2, l->kind);
    db_bind_int(q, 3, run);
    db_bind_int(q, 4, how);
    return db_step(q, e) < 0 ? -1 : 0;
}

int ledger_problems_keep(struct ledger *l, int64_t run, bool whole, bool retried, struct err *e)
{
    /* In the order of the primary key: each page of the table is then touched once. */
    static const char keep[] =
        "INSERT INTO problems(about, kind, print, times, since, last)"
        " SELECT ?1, ?2, print, times, ?3, ?3 FROM having_problems WHERE true ORDER BY print"
        " ON CONFLICT DO UPDATE SET last = excluded.last,"
        " since = iif(times < 0, excluded.since, since),"
        " times = CASE WHEN times < 0 AND NOT ?4 & 2 THEN times"
        " WHEN ?4 & 1 THEN excluded.times ELSE max(times, excluded.times) END";
    static const char forget[] =
        "DELETE FROM problems WHERE about = ?1 AND kind = ?2 AND last != ?3 AND ?4 & 1";
    unsigned how = (whole ? LOOKED_WHOLE : 0) | (retried ? LOOKED_AGAIN : 0);

    return write_of(l, keep, run, how, e) != 0 ? -1 : write_of(l, forget, run, how, e);
}

/* Known less than once, it is new to whoever has it. */
int ledger_problems_withhold(struct ledger *l, int64_t run, struct err *e)
{
    static const char sql[] =
        "INSERT INTO problems(about, kind, print, times, since, last)"
        " SELECT ?1, ?2, print, -1, ?3, ?3 FROM having_problems WHERE alike = ?4 ORDER BY print"
        " ON CONFLICT DO NOTHING";

    return write_of(l, sql, run, true, e);
}
