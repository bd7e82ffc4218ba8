/* ledger_former: the tables `keyed_before` and `spellings` are filled once, when the ledger is brought up to date. */
#include "adapters/ledger_former.h"

#include "adapters/ledger.h"
#include "adapters/ledger_parts.h"

#include <string.h>

int ledger_former_any(struct ledger *l, bool *any, struct err *e)
{
    int64_t last = 0;

    if (db_number(l->db, "SELECT coalesce(max(item), 0) FROM keyed_before", &last, e) != 0)
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
        " WHERE target = ?1 AND key = ?2 AND id <= (SELECT max(item) FROM keyed_before)"
        " AND NOT EXISTS (SELECT 1 FROM items AS taken WHERE target = ?1 AND key = ?3)";
    static const char people[] =
        "UPDATE OR IGNORE people SET person = ?3 WHERE target = ?1 AND person = ?2"
        " AND item <= (SELECT max(item) FROM keyed_before)";

    return rekey(l, items, target, from, to, e) == 0 ? rekey(l, people, target, from, to, e) : -1;
}
