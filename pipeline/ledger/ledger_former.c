/*
 * ledger_former: `keyed_before` says up to which item there may be former keys; `spellings` finds items by their
 * recipient, as it is spelled today.  Both are filled when the ledger is brought up to date, and when a target's
 * key becomes another one.
 */
#include "ledger/ledger_former.h"

#include "ledger/ledger.h"
#include "ledger_internal.h"

#include <string.h>

int ledger_former_any(struct ledger *l, bool *any, struct err *e)
{
    int64_t last = 0;

    if (db_number(
            l->db,
            "SELECT coalesce(max(item), 0) + EXISTS(SELECT 1 FROM spellings) FROM keyed_before",
            &last, e) != 0)
        return -1;
    *any = last > 0;
    return 0;
}

int ledger_former_spelling(struct ledger *l, int64_t target, const char *lower, int64_t i,
                           struct arena *a, const char **out, struct err *e)
{
    static const char sql[] =
        "SELECT items.recipient FROM spellings JOIN items ON items.id = spellings.item"
        " WHERE spellings.target = ?1 AND spellings.lower = ?2"
        " GROUP BY items.recipient ORDER BY min(items.id) LIMIT 1 OFFSET ?3";
    struct db_query *q = db_prepare(l->db, sql, e);
    int found;

    if (!q)
        return -1;
    db_bind_int(q, 1, target);
    db_bind_text(q, 2, lower);
    db_bind_int(q, 3, i);
    found = db_step(q, e);
    if (found == 1 && !(*out = arena_copy(a, db_text(q, 0), strlen(db_text(q, 0)))))
        found = err_nomem(e);
    db_reset(q);
    return found;
}

static int note(struct ledger *l, int64_t target, struct err *e)
{
    static const char spellings[] = "INSERT OR IGNORE INTO spellings"
                                    " SELECT target, recipient, id FROM items WHERE target = ?1";
    static const char last[] = "INSERT INTO keyed_before SELECT max(id) FROM items";
    struct db_query *q = ledger_write(l, spellings, e);

    if (!q)
        return -1;
    db_bind_int(q, 1, target);
    if (db_step(q, e) != 0 || !(q = ledger_write(l, last, e)))
        return -1;
    return db_step(q, e);
}

static int set_key(struct ledger *l, int64_t target, const char *key, struct err *e)
{
    struct db_query *q = ledger_write(l, "UPDATE targets SET key = ?2 WHERE id = ?1", e);

    if (!q)
        return -1;
    db_bind_int(q, 1, target);
    db_bind_text(q, 2, key);
    return db_step(q, e);
}

int ledger_former_key(struct ledger *l, const struct ledger_target *t, const char *former,
                      struct err *e)
{
    static const char sql[] = "SELECT id FROM targets WHERE action = ?1 AND url = api_name(?2)"
                              " AND name = ?3 AND key = ?4";
    struct db_query *q = db_prepare(l->db, sql, e);
    int64_t target = 0;
    int found;

    if (!q)
        return -1;
    ledger_bind_target(q, t);
    db_bind_text(q, 4, former);
    found = db_step(q, e);
    if (found == 1)
        target = db_int(q, 0);
    db_reset(q);
    if (found <= 0 || strcmp(t->key, former) == 0)
        return found < 0 ? -1 : 0;
    return note(l, target, e) == 0 ? set_key(l, target, t->key, e) : -1;
}

int ledger_former_adopt(struct ledger *l, int64_t target, const char *recipient,
                        const uint8_t key[KEY_SIZE], struct err *e)
{
    /* A store is as it was left last. */
    static const char sql[] =
        "UPDATE items SET key = ?3,"
        " seal = row_reseal(seal, target, ?3, recipient, state, attempt, code, removed)"
        " WHERE id = (SELECT i.id FROM spellings AS s JOIN items AS i ON i.id = s.item"
        " JOIN targets AS t ON t.id = i.target WHERE s.target = ?1 AND s.lower = ?2"
        " ORDER BY (t.action = 'store') * i.changed_ms DESC, CASE i.state"
        " WHEN 3 THEN 0 WHEN 6 THEN 0 WHEN 1 THEN 1 WHEN 2 THEN 1 WHEN 5 THEN 1 WHEN 4 THEN 2"
        " ELSE 3 END, i.id LIMIT 1)"
        " AND NOT EXISTS (SELECT 1 FROM items AS taken WHERE target = ?1 AND key = ?3)";
    struct db_query *q = ledger_write(l, sql, e);

    if (!q)
        return -1;
    db_bind_int(q, 1, target);
    db_bind_text(q, 2, recipient);
    db_bind_blob(q, 3, key, KEY_SIZE);
    return db_step(q, e);
}

static int rekey(struct ledger *l, const char *sql, int64_t target, const uint8_t from[KEY_SIZE],
                 const uint8_t to[KEY_SIZE], struct err *e)
{
    struct db_query *q = ledger_write(l, sql, e);

    if (!q)
        return -1;
    db_bind_int(q, 1, target);
    db_bind_blob(q, 2, from, KEY_SIZE);
    db_bind_blob(q, 3, to, KEY_SIZE);
    return db_step(q, e);
}

int ledger_former_rekey(struct ledger *l, int64_t target, const uint8_t from[KEY_SIZE],
                        const uint8_t to[KEY_SIZE], struct err *e)
{
    /* A row that were ignored for its key would have changed the sum of seals all the same. */
    static const char items[] =
        "UPDATE items SET key = ?3,"
        " seal = row_reseal(seal, target, ?3, recipient, state, attempt, code, removed)"
        " WHERE target = ?1 AND key = ?2 AND (id <= (SELECT max(item) FROM keyed_before)"
        " OR id IN (SELECT item FROM spellings WHERE target = ?1))"
        " AND NOT EXISTS (SELECT 1 FROM items AS taken WHERE target = ?1 AND key = ?3)";
    static const char people[] =
        "UPDATE OR IGNORE people SET person = ?3 WHERE target = ?1 AND person = ?2"
        " AND (item <= (SELECT max(item) FROM keyed_before)"
        " OR item IN (SELECT item FROM spellings WHERE target = ?1))";

    return rekey(l, items, target, from, to, e) == 0 ? rekey(l, people, target, from, to, e) : -1;
}
