/*
 * ledger_word: a word that stands in a row as its number (a state, a kind of row), checked here alone.
 *
 * SQLite keeps whatever it is given, whatever the column's type says.  A number that stands for nothing would be an
 * enum that no table has, and a text would be read as 0: an item that was issued would be planned, and be issued again.
 */
#include "ledger_internal.h"

int ledger_word(struct ledger *l, struct db_query *q, int column, int count,
                const struct ledger_place *at, struct err *e)
{
    int64_t n = db_int(q, column);

    if (db_is_int(q, column) && n >= 0 && n < count)
        return (int)n;
    return err_set(e, EXIT_OUTPUT, "ledger %s: %s %lld %s %.40s, which does not exist: %s",
                   db_path(l->db), at->thing, (long long)at->id, at->is,
                   db_is_null(q, column) ? "(none)" : db_text(q, column),
                   trust_words(TRUST_DAMAGED));
}
