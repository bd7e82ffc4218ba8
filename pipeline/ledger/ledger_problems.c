/*
 * ledger_problems: the table `problems`, and the temporary table `having`, which are joined when a run has finished.
 */
#include "ledger/ledger_problems.h"

#include "base/fnv.h"
#include "ledger/ledger_runs.h"
#include "ledger_internal.h"

#include <ctype.h>
#include <string.h>

int ledger_problems_begin(struct ledger *l, struct err *e)
{
    if (db_exec(l->db,
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

int ledger_problems_add(struct ledger *l, int64_t about, const uint8_t print[LEDGER_PRINT_SIZE],
                        bool alike, int64_t *since, struct err *e)
{
    static const char sql[] = "SELECT since FROM problems WHERE about = ?1 AND print = ?2"
                              " AND times >= ?3";
    struct db_query *q;
    int64_t times;
    int found;

    *since = 0;
    if (count(l, print, alike, &times, e) != 0)
        return -1;
    q = db_prepare(l->db, sql, e);
    if (!q)
        return -1;
    db_bind_int(q, 1, about);
    db_bind_blob(q, 2, print, LEDGER_PRINT_SIZE);
    db_bind_int(q, 3, times);
    found = db_step(q, e);
    if (found > 0) {
        *since = db_int(q, 0);
        db_reset(q);
    }
    return found < 0 ? -1 : 0;
}

/* Of an input: a date, time or number in its name makes it no other kind. */
static int64_t kind_of(const char *name, const char *variant)
{
    uint64_t h = FNV_INIT;

    for (const char *c = name; *c; c++)
        if (!isdigit((unsigned char)*c))
            h = fnv_add(h, c, 1);
        else if (c == name || !isdigit((unsigned char)c[-1]))
            h = fnv_add(h, "0", 1);
    h = fnv_add(h, "", 1);
    return (int64_t)fnv_add(h, variant, strlen(variant));
}

static int find_kind(struct ledger *l, const struct ledger_run *run, int64_t *kind, struct err *e)
{
    static const char sql[] = "SELECT input, key FROM runs WHERE id = ?1";
    struct db_query *q = db_prepare(l->db, sql, e);
    int found;

    if (!q)
        return -1;
    db_bind_int(q, 1, run->id);
    found = db_step(q, e);
    if (found > 0) {
        *kind = kind_of(db_text(q, 0), db_text(q, 1));
        db_reset(q);
    }
    return found < 0 ? -1 : 0;
}

/* A write with the job as its ?1, the kind of input as its ?2, the run as its ?3, and how it looked at them
 * as its ?4. */
static int write_of(struct ledger *l, const char *sql, const struct ledger_run *run, int64_t kind,
                    unsigned how, struct err *e)
{
    struct db_query *q = ledger_write(l, sql, e);

    if (!q)
        return -1;
    db_bind_int(q, 1, run->target);
    db_bind_int(q, 2, kind);
    db_bind_int(q, 3, run->id);
    db_bind_int(q, 4, how);
    return db_step(q, e) < 0 ? -1 : 0;
}

int ledger_problems_keep(struct ledger *l, const struct ledger_run *run, bool whole, bool retried,
                         struct err *e)
{
    /* In the order of the primary key: each page of the table is then touched once. */
    static const char keep[] =
        "INSERT INTO problems(about, print, kind, times, since, last)"
        " SELECT ?1, print, ?2, times, ?3, ?3 FROM having_problems WHERE true ORDER BY print"
        " ON CONFLICT DO UPDATE SET kind = excluded.kind, last = excluded.last,"
        " since = iif(times < 0, excluded.since, since),"
        " times = CASE WHEN times < 0 AND NOT ?4 & 2 THEN times"
        " WHEN ?4 & 1 THEN excluded.times ELSE max(times, excluded.times) END";
    static const char forget[] =
        "DELETE FROM problems WHERE about = ?1 AND kind = ?2 AND last != ?3 AND ?4 & 1";
    unsigned how = (whole ? LOOKED_WHOLE : 0) | (retried ? LOOKED_AGAIN : 0);
    int64_t kind = 0;

    if (find_kind(l, run, &kind, e) != 0 || write_of(l, keep, run, kind, how, e) != 0)
        return -1;
    return write_of(l, forget, run, kind, how, e);
}

/* Known less than once, it is new to whoever has it. */
int ledger_problems_withhold(struct ledger *l, const struct ledger_run *run, struct err *e)
{
    static const char sql[] =
        "INSERT INTO problems(about, print, kind, times, since, last)"
        " SELECT ?1, print, ?2, -1, ?3, ?3 FROM having_problems WHERE alike = ?4 ORDER BY print"
        " ON CONFLICT DO NOTHING";
    int64_t kind = 0;

    return find_kind(l, run, &kind, e) == 0 ? write_of(l, sql, run, kind, true, e) : -1;
}
