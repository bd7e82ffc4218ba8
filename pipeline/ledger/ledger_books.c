/* ledger_books: asks and tells the ledger which claim a book's codes are for, and how far they were given. */
#include "ledger/ledger_books.h"

#include "base/text.h"
#include "ledger_internal.h"

#include <stdbool.h>

static int put_claim(struct ledger *l, int64_t target, const char *claim, struct err *e)
{
    static const char sql[] = "INSERT INTO books VALUES(?1, ?2)"
                              " ON CONFLICT(target) DO UPDATE SET claim = excluded.claim";
    struct db_query *q = ledger_write(l, sql, e);

    if (!q)
        return -1;
    db_bind_int(q, 1, target);
    db_bind_text(q, 2, claim);
    return db_step(q, e);
}

int ledger_books_claim(struct ledger *l, int64_t target, const char *claim, struct text *before,
                       struct err *e)
{
    /* Of which no code was given yet, the claim may have been a slip. */
    static const char sql[] =
        "SELECT claim, claim = ?2, EXISTS(SELECT 1 FROM items WHERE target = ?1"
        " AND code IS NOT NULL) FROM books WHERE target = ?1";
    struct db_query *q = db_prepare(l->db, sql, e);
    bool same = false, given = false;
    int found;

    if (!q)
        return -1;
    db_bind_int(q, 1, target);
    db_bind_text(q, 2, claim);
    found = db_step(q, e);
    if (found < 0)
        return -1;
    if (found == 1) {
        same = db_int(q, 1) != 0;
        given = db_int(q, 2) != 0;
        if (!same && given)
            text_puts(before, db_text(q, 0));
        db_reset(q);
    }
    if (!same && given)
        return 1;
    return same ? 0 : put_claim(l, target, claim, e);
}

int ledger_books_codes(struct ledger *l, int64_t target, int64_t end, struct ledger_books *out,
                       struct err *e)
{
    /* Each by the index of codes. */
    static const char sql[] =
        "SELECT (SELECT max(code) FROM items WHERE target = ?1 AND code IS NOT NULL),"
        " count(*), min(code) FROM items WHERE target = ?1 AND code >= ?2";
    struct db_query *q = db_prepare(l->db, sql, e);

    if (!q)
        return -1;
    db_bind_int(q, 1, target);
    db_bind_int(q, 2, end);
    if (db_step(q, e) != 1)
        return -1;
    out->next = db_is_null(q, 0) ? 0 : db_int(q, 0) + 1;
    out->beyond = db_int(q, 1);
    out->first_beyond = db_int(q, 2);
    db_reset(q);
    return 0;
}

int ledger_books_given(struct ledger *l, int64_t target, int64_t run, int64_t *n, struct err *e)
{
    static const char sql[] =
        "SELECT count(*) FROM items WHERE target = ?1 AND code IS NOT NULL AND run IN"
        " (SELECT id FROM runs WHERE input = (SELECT input FROM runs WHERE id = ?2))";
    struct db_query *q = db_prepare(l->db, sql, e);

    if (!q)
        return -1;
    db_bind_int(q, 1, target);
    db_bind_int(q, 2, run);
    if (db_step(q, e) != 1)
        return -1;
    *n = db_int(q, 0);
    db_reset(q);
    return 0;
}
