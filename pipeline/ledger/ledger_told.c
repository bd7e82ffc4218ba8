/*
 * ledger_told: the table `told`, and the temporary table `telling`.
 *
 * An attempt is: unknown -> in `telling` -> in `told`.
 */
#include "ledger/ledger_told.h"

#include "ledger_internal.h"

int ledger_told_has(struct ledger *l, int64_t target, const char *attempt, struct err *e)
{
    static const char sql[] = "SELECT 1 FROM told WHERE target = ?1 AND attempt = ?2";
    struct db_query *q = db_prepare(l->db, sql, e);
    int found;

    if (!q)
        return -1;
    db_bind_int(q, 1, target);
    db_bind_text(q, 2, attempt);
    found = db_step(q, e);
    if (found > 0)
        db_reset(q);
    return found;
}

int ledger_told_begin(struct ledger *l, struct err *e)
{
    return db_exec(l->db,
                   "CREATE TEMP TABLE IF NOT EXISTS telling(n INTEGER PRIMARY KEY,"
                   " attempt TEXT NOT NULL UNIQUE, address TEXT NOT NULL, number INTEGER NOT NULL,"
                   " at_ms INTEGER NOT NULL);"
                   "DELETE FROM telling;",
                   e);
}

int ledger_told_add(struct ledger *l, const struct ledger_told *told, struct err *e)
{
    static const char sql[] = "INSERT INTO telling(attempt, address, number, at_ms)"
                              " VALUES(?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING";
    /* No ledger_write: the ledger itself is not written to, and so is not locked. */
    struct db_query *q = db_prepare(l->db, sql, e);

    if (!q)
        return -1;
    db_bind_text(q, 1, told->attempt);
    db_bind_text(q, 2, told->address);
    db_bind_int(q, 3, told->number);
    db_bind_int(q, 4, told->at_ms);
    if (db_step(q, e) != 0)
        return -1;
    return db_changes(l->db) > 0;
}

int ledger_told_each(struct ledger *l, ledger_told_callback *callback, void *context, struct err *e)
{
    static const char sql[] = "SELECT attempt, address, number, at_ms FROM telling ORDER BY n DESC";
    struct db_query *q = db_prepare(l->db, sql, e);
    int found;

    if (!q)
        return -1;
    while ((found = db_step(q, e)) > 0) {
        struct ledger_told told = {.attempt = db_text(q, 0),
                                   .address = db_text(q, 1),
                                   .number = db_int(q, 2),
                                   .at_ms = db_int(q, 3)};

        if (callback(context, &told, e) != 0) {
            db_reset(q);
            return -1;
        }
    }
    return found;
}

int ledger_told_keep(struct ledger *l, int64_t target, struct err *e)
{
    /* In the order of the primary key: each page of the table is then touched once. */
    static const char sql[] = "INSERT INTO told(target, attempt, at_ms)"
                              " SELECT ?1, attempt, max(at_ms, 0) FROM telling WHERE true"
                              " ORDER BY attempt"
                              " ON CONFLICT DO NOTHING";
    struct db_query *q = ledger_write(l, sql, e);

    if (!q)
        return -1;
    db_bind_int(q, 1, target);
    return db_step(q, e);
}
