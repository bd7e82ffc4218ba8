/* ledger_unclaimed: the index of codes gives them in order, so that nothing is sorted, and memory stays flat. */
#include "ledger/ledger_unclaimed.h"

#include "ledger_internal.h"

#include <string.h>

#define GIVEN                                                                                      \
    " FROM books JOIN items ON items.target = books.target AND items.code IS NOT NULL"             \
    " WHERE books.claim = ?1"

int ledger_unclaimed_begin(struct ledger *l, struct err *e)
{
    return db_exec(l->db,
                   "CREATE TEMP TABLE IF NOT EXISTS claimants(recipient TEXT PRIMARY KEY,"
                   " claimed INTEGER NOT NULL, codes INTEGER NOT NULL) WITHOUT ROWID;"
                   "DELETE FROM claimants;",
                   e);
}

int ledger_unclaimed_claimed(struct ledger *l, const char *address, struct err *e)
{
    static const char sql[] = "INSERT INTO claimants VALUES(?1, 1, 0)"
                              " ON CONFLICT(recipient) DO UPDATE SET claimed = claimed + 1";
    /* No ledger_write: the ledger itself is not written to, and so is not locked. */
    struct db_query *q = db_prepare(l->db, sql, e);

    if (!q)
        return -1;
    db_bind_text(q, 1, address);
    return db_step(q, e);
}

int ledger_unclaimed_count(struct ledger *l, const char *claim, struct err *e)
{
    static const char sql[] =
        "INSERT INTO claimants SELECT items.recipient, 0, count(*)" GIVEN
        " AND items.recipient IN (SELECT recipient FROM claimants) GROUP BY items.recipient"
        " ON CONFLICT(recipient) DO UPDATE SET codes = excluded.codes";
    struct db_query *q = db_prepare(l->db, sql, e);

    if (!q)
        return -1;
    db_bind_text(q, 1, claim);
    return db_step(q, e);
}

static void read_given(struct db_query *q, struct ledger_unclaimed *out)
{
    const void *mark;
    size_t len;

    *out = (struct ledger_unclaimed){.target = db_int(q, 0),
                                     .run = db_int(q, 1),
                                     .code = db_int(q, 2),
                                     .given_ms = db_int(q, 3),
                                     .line = (uint64_t)db_int(q, 4),
                                     .recipient = db_text(q, 5),
                                     .book = db_text(q, 6),
                                     .input = db_text(q, 7),
                                     .claimed = (uint64_t)db_int(q, 8),
                                     .codes = (uint64_t)db_int(q, 9)};
    mark = db_blob(q, 10, &len);
    if (len == sizeof(out->mark))
        memcpy(out->mark, mark, len);
}

int ledger_unclaimed_each(struct ledger *l, const char *claim, ledger_unclaimed_callback *callback,
                          void *context, struct err *e)
{
    static const char sql[] =
        "SELECT items.target, items.run, items.code, items.changed_ms, items.line,"
        " items.recipient, targets.name, runs.input, coalesce(claimants.claimed, 0),"
        " coalesce(claimants.codes, 0), items.mark"
        " FROM books CROSS JOIN items ON items.target = books.target AND items.code IS NOT NULL"
        " JOIN targets ON targets.id = items.target LEFT JOIN runs ON runs.id = items.run"
        " LEFT JOIN claimants ON claimants.recipient = items.recipient"
        " WHERE books.claim = ?1 ORDER BY books.target, items.code";
    struct db_query *q = db_prepare(l->db, sql, e);
    struct ledger_unclaimed given;
    int found;

    if (!q)
        return -1;
    db_bind_text(q, 1, claim);
    while ((found = db_step(q, e)) == 1) {
        read_given(q, &given);
        if (callback(context, &given, e) != 0) {
            db_reset(q);
            return -1;
        }
    }
    return found;
}

int ledger_unclaimed_claims(struct ledger *l, ledger_unclaimed_claim *callback, void *context,
                            struct err *e)
{
    static const char sql[] =
        "SELECT coalesce(books.claim, '') AS name, count(*) FROM targets"
        " JOIN items ON items.target = targets.id AND items.code IS NOT NULL"
        " LEFT JOIN books ON books.target = targets.id WHERE targets.action = 'code'"
        " GROUP BY name ORDER BY name";
    struct db_query *q = db_prepare(l->db, sql, e);
    int found;

    if (!q)
        return -1;
    while ((found = db_step(q, e)) == 1)
        if (callback(context, db_text(q, 0), (uint64_t)db_int(q, 1), e) != 0) {
            db_reset(q);
            return -1;
        }
    return found;
}
