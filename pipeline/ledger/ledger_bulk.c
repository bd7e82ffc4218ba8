/* ledger_bulk: statements of fifty rows each, and one row at a time for the rest. */
#include "ledger/ledger_bulk.h"

#include "base/clock.h"
#include "base/rowhash.h"
#include "ledger/ledger.h"
#include "ledger_internal.h"

#include <stdlib.h>
#include <string.h>

#define AT_ONCE 50
#define REPEAT_7(x) x x x x x x x
#define REPEAT_49(x) REPEAT_7(REPEAT_7(x))

/* ---- finding ---- */

static int by_key(const void *a, const void *b)
{
    const struct ledger_known *x = *(struct ledger_known *const *)a,
                              *y = *(struct ledger_known *const *)b;
    int order = (x->target > y->target) - (x->target < y->target);

    return order ? order : memcmp(x->key, y->key, KEY_SIZE);
}

void ledger_sort_known(struct ledger_known **known, size_t n)
{
    if (n > 1)
        qsort(known, n, sizeof(struct ledger_known *), by_key);
}

static int read_found(struct ledger *l, struct db_query *q, struct ledger_known *k, struct err *e)
{
    const struct ledger_place at = {"item", db_int(q, 0), "is in state"};
    int state = ledger_word(l, q, 5, STATE_COUNT, &at, e);

    if (state < 0)
        return -1;
    k->id = at.id;
    k->run = db_int(q, 1);
    k->pass = db_int(q, 2);
    k->code = db_int(q, 3);
    k->line = (uint64_t)db_int(q, 4);
    k->state = (enum state)state;
    k->removed = db_int(q, 6) != 0;
    k->tries = (unsigned)db_int(q, 7);
    k->doubtful = db_int(q, 8) != 0;
    return 0;
}

static int find_one(struct ledger *l, struct ledger_known *k, struct err *e)
{
    static const char sql[] = "SELECT id, run, pass, coalesce(code, -1), line, state, removed,"
                              " tries, doubtful FROM items WHERE target = ?1 AND key = ?2";
    struct db_query *q = db_prepare(l->db, sql, e);
    int found;

    if (!q)
        return -1;
    db_bind_int(q, 1, k->target);
    db_bind_blob(q, 2, k->key, KEY_SIZE);
    found = db_step(q, e);
    k->id = 0;
    if (found == 1) {
        if (read_found(l, q, k, e) != 0)
            found = -1;
        db_reset(q); /* see ledger_find */
    }
    return found < 0 ? -1 : 0;
}

int ledger_find_many(struct ledger *l, struct ledger_known **known, size_t n, struct err *e)
{
    if (n == 0)
        return 0;
    /* Outside a transaction each question would take and give back the file's lock. */
    if (ledger_begin(l, e) != 0)
        return -1;
    ledger_sort_known(known, n);
    for (size_t i = 0; i < n; i++)
        if (find_one(l, known[i], e) != 0)
            return -1;
    return 0;
}

/* ---- adding ---- */

/* OR FAIL: SQLite need not be able to take back a statement alone, for which it would write twice what it
 * inserts to a temporary file.  Whatever fails ends the transaction (adapters/db.h). */
#define ADD                                                                                        \
    "INSERT OR FAIL INTO items(id, target, key, recipient, state, run, pass, row, line,"           \
    " changed_ms, code, removed, error, mark, failed_run, seal) VALUES"
#define ADDED "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"

static const char add_one[] = ADD ADDED;
static const char add_many[] = ADD ADDED REPEAT_49("," ADDED);

int ledger_next_id(struct ledger *l, int64_t *id, struct err *e)
{
    static const char sql[] = "SELECT coalesce(max(id), 0) + 1 FROM items";
    struct db_query *q = ledger_write(l, sql, e);

    if (!q || db_step(q, e) != 1)
        return -1;
    *id = db_int(q, 0);
    db_reset(q);
    return 0;
}

/* As row_hash makes it of LEDGER_SEALED. */
static int64_t seal_of(const struct ledger_known *k)
{
    uint64_t h = rowhash_int(ROWHASH_INIT, k->target);

    h = rowhash_bytes(h, k->key, KEY_SIZE);
    h = rowhash_bytes(h, k->recipient, strlen(k->recipient));
    h = rowhash_int(h, k->state);
    h = rowhash_bytes(h, "", 0);
    h = k->code < 0 ? rowhash_null(h) : rowhash_int(h, k->code);
    return rowhash_end(rowhash_int(h, k->removed));
}

static int add_some(struct ledger *l, const struct ledger_run *run, struct ledger_known **known,
                    size_t n, int64_t now_ms, struct err *e)
{
    struct db_query *q = ledger_write(l, n == 1 ? add_one : add_many, e);
    int place = 1;

    if (!q)
        return -1;
    for (size_t i = 0; i < n; i++, place += 16) {
        const struct ledger_known *k = known[i];
        int64_t seal = seal_of(k);

        db_bind_int(q, place, k->id);
        db_bind_int(q, place + 1, k->target);
        db_bind_blob(q, place + 2, k->key, KEY_SIZE);
        db_bind_text(q, place + 3, k->recipient);
        db_bind_int(q, place + 4, (int)k->state);
        db_bind_int(q, place + 5, run->id);
        db_bind_int(q, place + 6, run->pass);
        db_bind_int(q, place + 7, (int64_t)k->row);
        db_bind_int(q, place + 8, (int64_t)k->line);
        db_bind_int(q, place + 9, now_ms);
        if (k->code >= 0)
            db_bind_int(q, place + 10, k->code);
        db_bind_int(q, place + 11, k->removed);
        db_bind_text(q, place + 12, k->error ? k->error : "");
        if (k->mark)
            db_bind_blob(q, place + 13, k->mark, LEDGER_MARK_SIZE);
        if (k->state == STATE_FAILED)
            db_bind_int(q, place + 14, run->id);
        db_bind_int(q, place + 15, seal);
        db_reseal(l->db, seal);
        l->entered |= 1u << k->state;
    }
    return db_step(q, e);
}

int ledger_add_many(struct ledger *l, const struct ledger_run *run, struct ledger_known **known,
                    size_t n, struct err *e)
{
    int64_t now_ms = clock_wall_ms();

    for (size_t i = 0, some; i < n; i += some) {
        some = n - i < AT_ONCE ? 1 : AT_ONCE;
        if (add_some(l, run, known + i, some, now_ms, e) != 0)
            return -1;
    }
    return 0;
}

/* ---- rows ---- */

#define PUT                                                                                        \
    "INSERT OR REPLACE INTO rows(run, row, step, line, kind, item, of_run, of_line, error) VALUES"
#define PUTTED "(?, ?, ?, ?, ?, ?, ?, ?, ?)"

static const char put_one[] = PUT PUTTED;
static const char put_many[] = PUT PUTTED REPEAT_49("," PUTTED);

/* What an earlier pass has said of the row as a whole does not hold any more. */
static int forget_whole(struct ledger *l, const struct ledger_run *run, uint64_t row, struct err *e)
{
    static const char sql[] = "DELETE FROM rows WHERE run = ?1 AND row = ?2 AND step = 0";
    struct db_query *q = ledger_write(l, sql, e);

    if (!q)
        return -1;
    db_bind_int(q, 1, run->id);
    db_bind_int(q, 2, (int64_t)row);
    return db_step(q, e);
}

static int put_some(struct ledger *l, const struct ledger_run *run, const struct ledger_row *row,
                    size_t n, struct err *e)
{
    struct db_query *q;
    int place = 1;

    for (size_t i = 0; run->pass > 1 && i < n; i++)
        if (row[i].step > 0 && forget_whole(l, run, row[i].row, e) != 0)
            return -1;
    q = ledger_write(l, n == 1 ? put_one : put_many, e);
    if (!q)
        return -1;
    for (size_t i = 0; i < n; i++, row++, place += 9) {
        db_bind_int(q, place, run->id);
        db_bind_int(q, place + 1, (int64_t)row->row);
        db_bind_int(q, place + 2, row->step);
        db_bind_int(q, place + 3, (int64_t)row->line);
        db_bind_int(q, place + 4, (int)row->kind);
        if (row->item)
            db_bind_int(q, place + 5, row->item);
        if (row->of_run) {
            db_bind_int(q, place + 6, row->of_run);
            db_bind_int(q, place + 7, (int64_t)row->of_line);
        }
        db_bind_text(q, place + 8, row->error);
    }
    return db_step(q, e);
}

int ledger_put_rows(struct ledger *l, const struct ledger_run *run, const struct ledger_row *rows,
                    size_t n, struct err *e)
{
    for (size_t i = 0, some; i < n; i += some) {
        some = n - i < AT_ONCE ? 1 : AT_ONCE;
        if (put_some(l, run, rows + i, some, e) != 0)
            return -1;
    }
    return 0;
}
