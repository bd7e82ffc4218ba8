/*
 * ledger_problems: the table `problems`, and the temporary table `having`, which are joined when a run has finished.
 */
#include "ledger/ledger_problems.h"

#include "base/fnv.h"
#include "base/text.h"
#include "ledger_internal.h"
#include "policy/problem.h"

/* ---- the kind of input ---- */

static int find_kind(struct ledger *l, const char *input, const char *variant, struct err *e)
{
    struct text kind;
    int rc = 0;

    text_init(&kind);
    problem_append_kind(&kind, input);
    text_append(&kind, "", 1);
    text_puts(&kind, variant);
    if (!text_ok(&kind))
        rc = err_nomem(e);
    else
        l->kind = (int64_t)fnv_add(FNV_INIT, kind.ptr, kind.len);
    text_release(&kind);
    return rc;
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
        found = text_ok(&input) && text_ok(&variant) ? find_kind(l, input.ptr, variant.ptr, e)
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
                " times INTEGER NOT NULL) WITHOUT ROWID;"
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

/* How often the run has it by now. */
static int count(struct ledger *l, const uint8_t print[LEDGER_PRINT_SIZE], int64_t *times,
                 struct err *e)
{
    static const char sql[] = "INSERT INTO having_problems(print, times) VALUES(?1, 1)"
                              " ON CONFLICT(print) DO UPDATE SET times = times + 1 RETURNING times";
    /* No ledger_write: the ledger itself is not written to, and so is not locked. */
    struct db_query *q = db_prepare(l->db, sql, e);

    if (!q)
        return -1;
    db_bind_blob(q, 1, print, LEDGER_PRINT_SIZE);
    if (db_step(q, e) < 0)
        return -1;
    *times = db_int(q, 0);
    return db_step(q, e) < 0 ? -1 : 0;
}

int ledger_problems_add(struct ledger *l, const uint8_t print[LEDGER_PRINT_SIZE], int64_t *since,
                        struct err *e)
{
    static const char sql[] = "SELECT since FROM problems WHERE about = ?1 AND kind = ?2"
                              " AND print = ?3 AND times >= ?4";
    struct db_query *q;
    int64_t times;
    int found;

    *since = 0;
    if (count(l, print, &times, e) != 0)
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

/* A write with the job as its ?1, the kind of input as its ?2, the run as its ?3, and whether it looked at all rows as
 * its ?4. */
static int write_of(struct ledger *l, const char *sql, int64_t run, bool whole, struct err *e)
{
    struct db_query *q = ledger_write(l, sql, e);

    if (!q)
        return -1;
    db_bind_int(q, 1, l->about);
    db_bind_int(q, 2, l->kind);
    db_bind_int(q, 3, run);
    db_bind_int(q, 4, whole);
    return db_step(q, e) < 0 ? -1 : 0;
}

int ledger_problems_keep(struct ledger *l, int64_t run, bool whole, struct err *e)
{
    /* In the order of the primary key: each page of the table is then touched once. */
    static const char keep[] =
        "INSERT INTO problems(about, kind, print, times, since, last)"
        " SELECT ?1, ?2, print, times, ?3, ?3 FROM having_problems WHERE true ORDER BY print"
        " ON CONFLICT DO UPDATE SET last = excluded.last,"
        " times = iif(?4, excluded.times, max(times, excluded.times))";
    static const char forget[] =
        "DELETE FROM problems WHERE about = ?1 AND kind = ?2 AND last != ?3 AND ?4";

    return write_of(l, keep, run, whole, e) != 0 ? -1 : write_of(l, forget, run, whole, e);
}
