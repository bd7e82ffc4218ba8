#include "adapters/ledger_targets.h"

#include "adapters/ledger_parts.h"
#include "base/text.h"

int ledger_targets_key(struct ledger *l, int64_t target, struct text *out, struct err *e)
{
    struct db_query *q = db_prepare(l->db, "SELECT key FROM targets WHERE id = ?1", e);
    int found;

    if (!q)
        return -1;
    db_bind_int(q, 1, target);
    found = db_step(q, e);
    if (found == 1) {
        text_puts(out, db_text(q, 0));
        db_reset(q);
    }
    return found < 0 ? -1 : 0;
}
