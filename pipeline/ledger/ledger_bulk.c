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
    const struct ledger_sought *x = a, *y = b;
    int order = (x->target > y->target) - (x->target < y->target);

    if (!order)
        order = memcmp(x->key, y->key, KEY_SIZE);
    return order ? order : (x->tag > y->tag) - (x->tag < y->tag);
}

void ledger_sort_sought(struct ledger_sought *s, size_t n)
{
    if (n > 0)
        qsort(s, n, sizeof(*s), by_key);
}

static int read_found(struct ledger *l, struct db_query *q, struct ledger_sought *s, struct err *e)
{
    const struct ledger_place at = {"item", db_int(q, 0), "is in state"};
    int state = ledger_word(l, q, 5, STATE_COUNT, &at, e);

    if (state < 0)
        return -1;
    s->id = at.id;
    s->run = db_int(q, 1);
    s->pass = db_int(q, 2);
    s->code = db_int(q, 3);
    s->line = (uint64_t)db_int(q, 4);
    s->state = (enum state)state;
    s->removed = db_int(q, 6) != 0;
    return 0;
}

static int find_one(struct ledger *l, struct ledger_sought *s, struct err *e)
{
    static const char sql[] = "SELECT id, run, pass, coalesce(code, -1), line, state, removed"
                              " FROM items WHERE target = ?1 AND key = ?2";
    struct db_query *q = db_prepare(l->db, sql, e);
    int found;

    if (!q)
        return -1;
    db_bind_int(q, 1, s->target);
    db_bind_blob(q, 2, s->key, KEY_SIZE);
    found = db_step(q, e);
    s->id = 0;
    if (found == 1) {
        if (read_found(l, q, s, e) != 0)
            found = -1;
        db_reset(q);
    }
    return found < 0 ? -1 : 0;
}

int ledger_find_many(struct ledger *l, struct ledger_sought *s, size_t n, struct err *e)
{
    /* Outside a transaction each question would take and give back the file's lock. */
    if (n > 0 && ledger_begin(l, e) != 0)
        return -1;
    for (size_t i = 0; i < n; i++)
        if (find_one(l, &s[i], e) != 0)
            return -1;
    return 0;
}

/* ---- giving ---- */

/* OR FAIL: SQLite need not be able to take back a statement alone, for which it would write twice what it
 * inserts to a temporary file.  Whatever fails ends the transaction (adapters/db.h). */
#define GIVE                                                                                       \
    "INSERT OR FAIL INTO items(id, target, key, recipient, state, run, pass, row, line,"           \
    " changed_ms, code, seal) VALUES"
#define GIVEN "(?, ?, ?, ?, 3, ?, ?, ?, ?, ?, ?, ?)"

static const char give_one[] = GIVE GIVEN;
static const char give_many[] = GIVE GIVEN REPEAT_49("," GIVEN);

static int next_id(struct ledger *l, int64_t *id, struct err *e)
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
static int64_t seal_of(const struct ledger_fresh *f)
{
    uint64_t h = rowhash_int(ROWHASH_INIT, f->target);

    h = rowhash_bytes(h, f->key, KEY_SIZE);
    h = rowhash_bytes(h, f->recipient, strlen(f->recipient));
    h = rowhash_int(h, STATE_SUCCESS);
    h = rowhash_bytes(h, "", 0);
    h = rowhash_int(h, f->code);
    return rowhash_end(rowhash_int(h, 0));
}

static int give_some(struct ledger *l, const struct ledger_run *run, const struct ledger_fresh *f,
                     size_t n, int64_t now_ms, struct err *e)
{
    struct db_query *q = ledger_write(l, n == 1 ? give_one : give_many, e);
    int64_t seal;
    int place = 1;

    if (!q)
        return -1;
    for (size_t i = 0; i < n; i++, f++) {
        db_bind_int(q, place++, f->id);
        db_bind_int(q, place++, f->target);
        db_bind_blob(q, place++, f->key, KEY_SIZE);
        db_bind_text(q, place++, f->recipient);
        db_bind_int(q, place++, run->id);
        db_bind_int(q, place++, run->pass);
        db_bind_int(q, place++, (int64_t)f->row);
        db_bind_int(q, place++, (int64_t)f->line);
        db_bind_int(q, place++, now_ms);
        db_bind_int(q, place++, f->code);
        seal = seal_of(f);
        db_bind_int(q, place++, seal);
        db_reseal(l->db, seal);
    }
    return db_step(q, e);
}

int ledger_give_many(struct ledger *l, const struct ledger_run *run, struct ledger_fresh *f,
                     size_t n, struct err *e)
{
    int64_t id, now_ms = clock_wall_ms();

    if (n == 0)
        return 0;
    if (next_id(l, &id, e) != 0)
        return -1;
    for (size_t i = 0; i < n; i++)
        f[i].id = id++;
    for (size_t i = 0, some; i < n; i += some) {
        some = n - i < AT_ONCE ? 1 : AT_ONCE;
        if (give_some(l, run, f + i, some, now_ms, e) != 0)
            return -1;
    }
    l->code_target = 0; /* other codes are next now */
    l->entered |= 1u << STATE_SUCCESS;
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

int ledger_put_row(struct ledger *l, const struct ledger_run *run, const struct ledger_row *row,
                   struct err *e)
{
    return put_some(l, run, row, 1, e);
}
