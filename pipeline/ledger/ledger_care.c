/*
 * ledger_care: a check is a list of queries, each of which finds nothing in a sound ledger.
 *
 * An item: known whole -> pruned (key, state and recipient stay for ever).
 */
#include "ledger/ledger_care.h"

#include "base/mem.h"
#include "ledger/ledger.h"
#include "ledger_internal.h"

#include <string.h>

/* ---- looking through ---- */

/* The first row's text, if there is a row: 0 and *why. */
static int ask(struct db *db, const char *sql, char **why, struct err *e)
{
    struct db_query *q = db_prepare(db, sql, e);
    int found = q ? db_step(q, e) : -1;

    if (found == 1) {
        *why = mem_copy(db_text(q, 0), strlen(db_text(q, 0)));
        db_reset(q);
    }
    return found < 0 ? -1 : !found;
}

static const char damaged_first[] =
    "SELECT integrity_check FROM pragma_integrity_check(1) WHERE integrity_check != 'ok'";
#define NOT_AS_WRITTEN                                                                             \
    "SELECT printf('item %d is not as it was written', id) FROM items"                             \
    " WHERE seal IS NOT row_hash(" LEDGER_SEALED ")"
/* A page that is as it was some transactions ago has items that agree with themselves. */
#define NOT_ALL                                                                                    \
    "SELECT 'items are missing, or as they were before' FROM ledger"                               \
    " WHERE seals IS NOT (SELECT coalesce(sum(seal), 0) FROM items)"

int ledger_look_through(struct db *db, char **why, struct err *e)
{
    static const char items[] = NOT_AS_WRITTEN " LIMIT 1", all[] = NOT_ALL;
    int sound = ask(db, damaged_first, why, e);

    if (sound == 1)
        sound = ask(db, items, why, e);
    return sound == 1 ? ask(db, all, why, e) : sound;
}

/* ---- check ---- */

struct check {
    const char *sql; /* one text a row: what is wrong */
    int64_t bound;   /* its ?1; 0: it has none */
};

static const char damaged[] =
    "SELECT 'the file is damaged: ' || integrity_check FROM pragma_integrity_check"
    " WHERE integrity_check != 'ok' LIMIT 21";

static const struct check checks[] = {
    {"SELECT printf('%s %d belongs to one of the %s that is not there', \"table\", rowid, parent)"
     " FROM pragma_foreign_key_check LIMIT 21",
     0},
    {"SELECT printf('row %d is of run %d, which is not there', row, run) FROM rows"
     " WHERE run NOT IN (SELECT id FROM runs) LIMIT 21",
     0},
    {"SELECT printf('run %d has a row %d, and its input has %d rows', run, row, input_rows)"
     " FROM rows JOIN runs ON runs.id = run WHERE row NOT BETWEEN 1 AND input_rows LIMIT 21",
     0},
    {"SELECT printf('run %d, row %d: is of kind %s, which does not exist', run, row, kind)"
     " FROM rows WHERE typeof(kind) != 'integer' OR kind < 0 OR kind >= ?1 LIMIT 21",
     LEDGER_ROW_KINDS},
    {"SELECT printf('run %d, row %d: its item %s is not there', run, row,"
     " coalesce(item, '(none)')) FROM rows WHERE kind IN (0, 1)"
     " AND NOT EXISTS(SELECT 1 FROM items WHERE items.id = item) LIMIT 21",
     0},
    {"SELECT printf('item %d is owned by %d rows of run %d', item, count(*), run) FROM rows"
     " WHERE kind = 0 GROUP BY run, item HAVING count(*) > 1 LIMIT 21",
     0},
    {"SELECT printf('run %d is finished, and has %d rows of %d', id, n, input_rows) FROM"
     " (SELECT *, (SELECT count(DISTINCT row) FROM rows WHERE run = runs.id) AS n FROM runs)"
     " WHERE finished AND NOT pruned AND n != input_rows LIMIT 21",
     0},
    {"SELECT printf('run %d is finished, and has no end', id) FROM runs"
     " WHERE finished AND ended_ms IS NULL LIMIT 21",
     0},
    {"SELECT printf('item %d is in state %s, which does not exist', id, state) FROM items"
     " WHERE typeof(state) != 'integer' OR state < 0 OR state >= ?1 LIMIT 21",
     STATE_COUNT},
    {"SELECT printf('item %d has a key that is none', id) FROM items"
     " WHERE typeof(key) != 'blob' OR length(key) != ?1 LIMIT 21",
     KEY_SIZE},
    {"SELECT printf('items %s have the same key', group_concat(id, ' and ')) FROM items NOT INDEXED"
     " GROUP BY target, key HAVING count(*) > 1 LIMIT 21",
     0},
    {"SELECT printf('items %s have the same attempt id', group_concat(id, ' and ')) FROM items"
     " WHERE attempt != '' GROUP BY target, attempt HAVING count(*) > 1 LIMIT 21",
     0},
    {"SELECT printf('item %d was accepted, and has no attempt id', id) FROM items"
     " WHERE state = 2 AND attempt = ''"
     " AND target IN (SELECT id FROM targets WHERE action = 'claim') LIMIT 21",
     0},
    {"SELECT printf('item %d was sent, and has no time of it', id) FROM items"
     " WHERE state IN (1, 2) AND intent_ms = 0 LIMIT 21",
     0},
    {"SELECT printf('run %d, row %d: the run has no step %d', run, row, step) FROM rows"
     " WHERE step != 0 AND NOT EXISTS(SELECT 1 FROM aims WHERE aims.run = rows.run AND aims.step = "
     "rows.step)"
     " LIMIT 21",
     0},
    {"SELECT printf('items %s have the same code', group_concat(id, ' and ')) FROM items NOT"
     " INDEXED WHERE code IS NOT NULL GROUP BY target, code HAVING count(*) > 1 LIMIT 21",
     0},
    {"SELECT printf('item %d has a code, and is %d', id, state) FROM items"
     " WHERE code IS NOT NULL AND (state != 3 OR code < 0) LIMIT 21",
     0},
    {NOT_AS_WRITTEN " LIMIT 21", 0},
    {NOT_ALL, 0},
};

/* How many findings it has told of, or -1. */
static int run_check(struct ledger *l, const char *sql, int64_t bound,
                     ledger_finding_callback *callback, void *context, struct err *e)
{
    struct db_query *q = db_prepare(l->db, sql, e);
    int found, n = 0;

    if (!q)
        return -1;
    if (bound)
        db_bind_int(q, 1, bound);
    while ((found = db_step(q, e)) == 1) {
        const char *text = n < LEDGER_FINDINGS_MAX ? db_text(q, 0) : "… and more of this kind";

        if (callback(context, text, e) != 0) {
            db_reset(q);
            return -1;
        }
        n++;
    }
    return found < 0 ? -1 : n;
}

/* That it is not what was left is told first. */
static int tell_doubt(struct ledger *l, ledger_finding_callback *callback, void *context,
                      struct err *e)
{
    enum trust trust;

    if (l->works)
        return 0;
    if (ledger_doubt(l, &trust, e) != 0)
        return -1;
    if (!trust_words(trust))
        return 0;
    return callback(context, trust_words(trust), e) == 0 ? 1 : -1;
}

int ledger_check(struct ledger *l, ledger_finding_callback *callback, void *context, struct err *e)
{
    int doubts = tell_doubt(l, callback, context, e), total;

    if (doubts < 0)
        return -1;
    total = run_check(l, damaged, 0, callback, context, e);
    /* What else a damaged file says means nothing. */
    if (total != 0)
        return total < 0 ? -1 : doubts + total;
    total = doubts;
    for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
        int n = run_check(l, checks[i].sql, checks[i].bound, callback, context, e);

        if (n < 0)
            return -1;
        total += n;
    }
    return total;
}

/* ---- export ---- */

int ledger_export(struct ledger *l, ledger_export_callback *callback, void *context, struct err *e)
{
    static const char sql[] = "SELECT " LEDGER_ITEM_COLUMNS ", action, url, name, error,"
                              " http_status FROM items LEFT JOIN targets"
                              " ON targets.id = items.target ORDER BY items.id";
    struct db_query *q = db_prepare(l->db, sql, e);
    struct ledger_exported x;
    int found;

    if (!q)
        return -1;
    while ((found = db_step(q, e)) == 1) {
        int at = LEDGER_ITEM_N, rc = ledger_read_item(l, q, &x.item, e);

        x.action = db_text(q, at++);
        x.url = db_text(q, at++);
        x.target = db_text(q, at++);
        x.error = db_text(q, at++);
        x.http_status = (int)db_int(q, at);
        if (rc != 0 || callback(context, &x, e) != 0) {
            db_reset(q);
            return -1;
        }
    }
    return found;
}

/* ---- prune ---- */

#define PRUNABLE "finished AND NOT pruned AND ended_ms < ?1"
#define PRUNED_ERROR "'refused; the reason was pruned from the ledger'"

/* Runs a write with the date as its ?1. */
static int write_before(struct ledger *l, const char *sql, int64_t before_ms, int64_t *changes,
                        struct err *e)
{
    struct db_query *q = ledger_write(l, sql, e);

    if (!q)
        return -1;
    db_bind_int(q, 1, before_ms);
    if (db_step(q, e) < 0)
        return -1;
    *changes = db_changes(l->db);
    return 0;
}

int ledger_prune(struct ledger *l, int64_t before_ms, struct ledger_pruned *out, struct err *e)
{
    static const char rows[] =
        "DELETE FROM rows WHERE run IN (SELECT id FROM runs WHERE " PRUNABLE ")";
    static const char runs[] = "UPDATE runs SET pruned = 1 WHERE " PRUNABLE;
    static const char problems[] = "DELETE FROM problems WHERE ?1 IS NOT NULL AND last IN"
                                   " (SELECT id FROM runs WHERE pruned)";
    static const char items[] =
        "UPDATE items SET error = iif(state = 4, " PRUNED_ERROR ", '')"
        " WHERE state NOT IN (0, 1, 2, 5) AND changed_ms < ?1"
        " AND run IN (SELECT id FROM runs WHERE pruned) AND error NOT IN ('', " PRUNED_ERROR ")";
    /* What is done is not looked up any more.  No id of what is gone is left: it is given anew. */
    static const char done[] = "UPDATE items SET baseline = NULL"
                               " WHERE ?1 IS NOT NULL AND state = 3 AND baseline IS NOT NULL";
    static const char baselines[] = "DELETE FROM baselines WHERE ?1 IS NOT NULL AND id NOT IN"
                                    " (SELECT baseline FROM items WHERE baseline IS NOT NULL)";
    static const char paces[] = "DELETE FROM paces WHERE ?1 IS NOT NULL AND run IN"
                                " (SELECT id FROM runs WHERE pruned)";
    int64_t ignored;

    if (ledger_lock_all(l, e) != 0 || write_before(l, rows, before_ms, &out->rows, e) != 0 ||
        write_before(l, runs, before_ms, &out->runs, e) != 0 ||
        write_before(l, problems, before_ms, &ignored, e) != 0 ||
        write_before(l, items, before_ms, &out->items, e) != 0 ||
        write_before(l, done, before_ms, &ignored, e) != 0 ||
        write_before(l, baselines, before_ms, &ignored, e) != 0 ||
        write_before(l, paces, before_ms, &ignored, e) != 0 || ledger_commit(l, e) != 0)
        return -1;
    l->guard.size = 0; /* from now on it may be smaller */
    return db_exec(l->db, "VACUUM", e);
}
