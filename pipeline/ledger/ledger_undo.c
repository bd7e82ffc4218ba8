/* ledger_undo: one query; whom other runs have added is gathered once for it, not for each row. */
#include "ledger/ledger_undo.h"

#include "ledger_internal.h"

#include <stdio.h>
#include <string.h>

#define VARIANT_MAX 48

static void read_row(struct db_query *q, int64_t run, struct ledger_undo_row *out)
{
    const void *key;
    size_t len;

    *out = (struct ledger_undo_row){.line = (uint64_t)db_int(q, 0),
                                    .target = db_int(q, 1),
                                    .action = db_text(q, 2),
                                    .url = db_text(q, 3),
                                    .name = db_text(q, 4),
                                    .keyed = db_text(q, 5),
                                    .recipient = db_text(q, 6),
                                    .attempt = db_text(q, 7),
                                    .code = db_int(q, 9),
                                    .state = (enum state)db_int(q, 10),
                                    .removed = db_int(q, 11) != 0,
                                    .own = db_int(q, 12) == run,
                                    .undoing = db_int(q, 13) != 0,
                                    .ended = db_int(q, 14) != 0,
                                    .also = db_int(q, 15) != 0};
    key = db_blob(q, 8, &len);
    if (len == KEY_SIZE)
        memcpy(out->key, key, KEY_SIZE);
}

int ledger_undo_rows(struct ledger *l, int64_t run, ledger_undo_callback *callback, void *context,
                     struct err *e)
{
    static const char sql[] =
        "WITH others AS MATERIALIZED (SELECT DISTINCT target, recipient FROM items"
        " WHERE target IN (SELECT target FROM aims WHERE run = ?1) AND run != ?1 AND state = 3"
        " AND removed = 0)"
        " SELECT rows.line, items.target, action, url, name, targets.key, items.recipient, attempt,"
        " items.key, coalesce(code, -1), state, removed, items.run,"
        " runs.key = ?2 OR substr(runs.key, 1, length(?2) + 1) = ?2 || ',', runs.finished,"
        " others.recipient IS NOT NULL"
        " FROM rows JOIN items ON items.id = rows.item JOIN targets ON targets.id = items.target"
        " JOIN runs ON runs.id = items.run"
        " LEFT JOIN others ON others.target = items.target AND others.recipient = items.recipient"
        " WHERE rows.run = ?1 AND rows.kind = 0 ORDER BY rows.row, rows.step";
    struct db_query *q = db_prepare(l->db, sql, e);
    char variant[VARIANT_MAX];
    int found;

    if (!q)
        return -1;
    snprintf(variant, sizeof(variant), LEDGER_UNDO_VARIANT " %lld", (long long)run);
    db_bind_int(q, 1, run);
    db_bind_text(q, 2, variant);
    while ((found = db_step(q, e)) == 1) {
        struct ledger_undo_row row;

        read_row(q, run, &row);
        if (callback(context, &row, e) != 0) {
            db_reset(q);
            return -1;
        }
    }
    return found;
}
