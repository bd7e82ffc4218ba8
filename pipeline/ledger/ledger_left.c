/* ledger_left: of_line holds, from the lowest bit: 3 state, 1 removed, 6 tries, 10 http_status, the rest changed_ms. */
#include "ledger/ledger_left.h"

#include "ledger/ledger_runs.h"
#include "ledger_internal.h"

#include <string.h>

int ledger_left_put(struct ledger *l, const struct ledger_run *run, int64_t item, struct err *e)
{
    static const char sql[] =
        "UPDATE rows SET of_run = ?2, (of_line, error) ="
        " (SELECT (changed_ms << 20) + (min(http_status, 1023) << 10)"
        " + (min(tries, 63) << 4) + (removed << 3) + state, error FROM items WHERE id = ?1)"
        " WHERE run = (SELECT run FROM items WHERE id = ?1) AND run != ?2"
        " AND row = (SELECT row FROM items WHERE id = ?1) AND item = ?1 AND kind = 0";
    struct db_query *q = ledger_write(l, sql, e);

    if (!q)
        return -1;
    db_bind_int(q, 1, item);
    db_bind_int(q, 2, run->id);
    return db_step(q, e);
}

int ledger_left_read(struct ledger *l, int64_t of_run, int64_t of_line, struct ledger_left *out,
                     struct err *e)
{
    memset(out, 0, sizeof(*out));
    if (of_run == 0)
        return 0;
    if ((of_line & 7) >= STATE_COUNT)
        return err_set(e, EXIT_OUTPUT, "ledger %s: a row was left in no state: %s", db_path(l->db),
                       trust_words(TRUST_DAMAGED));
    *out = (struct ledger_left){.to_run = of_run,
                                .state = (enum state)(of_line & 7),
                                .removed = (of_line & 8) != 0,
                                .tries = (unsigned)(of_line >> 4 & 63),
                                .http_status = (int)(of_line >> 10 & 1023),
                                .changed_ms = of_line >> 20};
    return 0;
}
