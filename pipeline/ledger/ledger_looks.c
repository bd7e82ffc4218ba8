/*
 * ledger_looks: the questions that a look for a lost request has for the ledger.
 *
 * Each is one statement, and what reads is reset at once: one that stays open holds a snapshot, over which no write can
 * begin.
 */
#include "ledger/ledger_looks.h"

#include "base/baseline.h"
#include "ledger/ledger.h"
#include "ledger_internal.h"

#include <stdio.h>
#include <string.h>

int ledger_put_baseline(struct ledger *l, int64_t target, const struct baseline *b, int64_t *id,
                        struct err *e)
{
    static const char sql[] =
        "INSERT INTO baselines(target, oldest_ms, ids) VALUES(?1, nullif(?2, ?4), ?3)";
    struct db_query *q = ledger_write(l, sql, e);

    if (!q)
        return -1;
    db_bind_int(q, 1, target);
    db_bind_int(q, 2, b->oldest_ms);
    db_bind_text(q, 3, b->ids);
    db_bind_int(q, 4, BASELINE_NO_STAMP);
    if (db_step(q, e) < 0)
        return -1;
    *id = db_last_id(l->db);
    return 0;
}

int ledger_baseline(struct ledger *l, int64_t item, struct baseline *out, struct err *e)
{
    static const char sql[] =
        "SELECT oldest_ms, ids FROM items JOIN baselines ON baselines.id = items.baseline"
        " WHERE items.id = ?1";
    struct db_query *q = db_prepare(l->db, sql, e);
    int found;

    if (!q)
        return -1;
    db_bind_int(q, 1, item);
    found = db_step(q, e);
    if (found == 1) {
        out->oldest_ms = db_is_null(q, 0) ? BASELINE_NO_STAMP : db_int(q, 0);
        snprintf(out->ids, sizeof(out->ids), "%s", db_text(q, 1));
    }
    db_reset(q);
    return found;
}

int ledger_attempt(struct ledger *l, int64_t item, char *out, size_t size, struct err *e)
{
    static const char sql[] = "SELECT attempt FROM items WHERE id = ?1";
    struct db_query *q = db_prepare(l->db, sql, e);
    int found;

    if (!q)
        return -1;
    db_bind_int(q, 1, item);
    found = db_step(q, e);
    if (found == 1) {
        const char *attempt = db_text(q, 0);

        found = *attempt && strlen(attempt) < size;
        snprintf(out, size, "%s", found ? attempt : "");
    }
    db_reset(q);
    return found;
}

int ledger_has_attempt(struct ledger *l, const char *attempt, const char *recipient, int64_t except,
                       struct err *e)
{
    static const char sql[] =
        "SELECT 1 FROM items WHERE attempt = ?1 AND attempt != '' AND id != ?2"
        " AND recipient = coalesce(?3, recipient)";
    struct db_query *q = db_prepare(l->db, sql, e);
    int found;

    if (!q)
        return -1;
    db_bind_text(q, 1, attempt);
    db_bind_int(q, 2, except);
    db_bind_text(q, 3, recipient);
    found = db_step(q, e);
    db_reset(q);
    return found;
}

int ledger_successes(struct ledger *l, int64_t target, const char *recipient, int64_t except,
                     int64_t *out, struct err *e)
{
    static const char sql[] = "SELECT count(*) FROM items WHERE target = ?1 AND recipient = ?2"
                              " AND state = 3 AND id != ?3";
    struct db_query *q = db_prepare(l->db, sql, e);
    int found;

    if (!q)
        return -1;
    db_bind_int(q, 1, target);
    db_bind_text(q, 2, recipient);
    db_bind_int(q, 3, except);
    found = db_step(q, e);
    *out = found == 1 ? db_int(q, 0) : 0;
    db_reset(q);
    return found == 1 ? 0 : -1;
}

int ledger_looks_own(struct ledger *l, int64_t target, struct err *e)
{
    struct db_query *q;

    if (db_exec(l->db, "CREATE TEMP TABLE IF NOT EXISTS own(target INTEGER PRIMARY KEY)", e) != 0)
        return -1;
    /* No ledger_write: the ledger itself is not written to, and so is not locked. */
    q = db_prepare(l->db, "INSERT OR IGNORE INTO own(target) VALUES(?1)", e);
    if (!q)
        return -1;
    db_bind_int(q, 1, target);
    return db_step(q, e);
}

#define OTHERS_BUT(ours)                                                                           \
    "SELECT 1 FROM items JOIN targets ON targets.id = items.target"                                \
    " WHERE items.target NOT IN (" ours ") AND items.target != ?1 AND " LEDGER_UNDER_WAY           \
    " AND items.state != 5 AND items.changed_ms > ?2"                                              \
    " AND (targets.url, targets.action) = (SELECT url, action FROM targets WHERE id = ?1) LIMIT 1"

int ledger_others_under_way(struct ledger *l, const struct ledger_run *run, int64_t target,
                            int64_t since_ms, struct err *e)
{
    static const char of_run[] = OTHERS_BUT("SELECT target FROM aims WHERE run = ?3");
    static const char of_nobody[] = OTHERS_BUT("SELECT target FROM own");
    struct db_query *q = db_prepare(l->db, run ? of_run : of_nobody, e);
    int found;

    if (!q)
        return -1;
    db_bind_int(q, 1, target);
    db_bind_int(q, 2, since_ms);
    if (run)
        db_bind_int(q, 3, run->id);
    found = db_step(q, e);
    db_reset(q);
    return found;
}
