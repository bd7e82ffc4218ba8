#include "adapters/ledger_books.h"

#include "adapters/ledger_parts.h"

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
