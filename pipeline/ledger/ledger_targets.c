/* ledger_targets: asks and tells the ledger about a target: its key, what a claim has said of itself, what is done. */
#include "ledger/ledger_targets.h"

#include "base/claimfacts.h"
#include "base/text.h"
#include "ledger_internal.h"

#include <stdio.h>
#include <string.h>

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

/* Of a query that is bound. */
static int read_facts(struct db_query *q, struct claimfacts *out, struct err *e)
{
    int found = db_step(q, e);

    memset(out, 0, sizeof(*out));
    if (found == 1) {
        out->on_chain = db_int(q, 0) != 0;
        out->on_demand = db_int(q, 1) != 0;
        snprintf(out->collection, sizeof(out->collection), "%s", db_text(q, 2));
        snprintf(out->approval, sizeof(out->approval), "%s", db_text(q, 3));
        db_reset(q);
    }
    return found < 0 ? -1 : 0;
}

int ledger_targets_facts(struct ledger *l, int64_t target, struct claimfacts *out, struct err *e)
{
    static const char sql[] =
        "SELECT on_chain, on_demand, collection, approval FROM targets WHERE id = ?1";
    struct db_query *q = db_prepare(l->db, sql, e);

    if (!q)
        return -1;
    db_bind_int(q, 1, target);
    return read_facts(q, out, e);
}

int ledger_targets_claim(struct ledger *l, const char *url, const char *claim,
                         struct claimfacts *out, struct err *e)
{
    static const char sql[] = "SELECT on_chain, on_demand, collection, approval FROM targets"
                              " WHERE action = 'claim' AND url = api_name(?1) AND name = ?2";
    struct db_query *q = db_prepare(l->db, sql, e);

    if (!q)
        return -1;
    db_bind_text(q, 1, url);
    db_bind_text(q, 2, claim);
    return read_facts(q, out, e);
}

int ledger_targets_keep(struct ledger *l, int64_t target, const struct claimfacts *facts,
                        struct err *e)
{
    static const char sql[] = "UPDATE targets SET on_chain = ?2, on_demand = ?3, collection = ?4,"
                              " approval = ?5 WHERE id = ?1";
    struct db_query *q = ledger_write(l, sql, e);

    if (!q)
        return -1;
    db_bind_int(q, 1, target);
    db_bind_int(q, 2, facts->on_chain);
    db_bind_int(q, 3, facts->on_demand);
    db_bind_text(q, 4, facts->collection);
    db_bind_text(q, 5, facts->approval);
    return db_step(q, e) < 0 ? -1 : 0;
}

int ledger_targets_done(struct ledger *l, int64_t target, int64_t *n, struct err *e)
{
    static const char sql[] = "SELECT count(*) FROM items WHERE target = ?1 AND state IN (3, 6)";
    struct db_query *q = db_prepare(l->db, sql, e);
    int found;

    if (!q)
        return -1;
    db_bind_int(q, 1, target);
    found = db_step(q, e);
    if (found == 1)
        *n = db_int(q, 0);
    db_reset(q);
    return found == 1 ? 0 : -1;
}

int ledger_targets_state(struct ledger *l, int64_t target, int64_t *items, int64_t *seals,
                         struct err *e)
{
    static const char sql[] =
        "SELECT count(*), coalesce(sum(seal), 0) FROM items WHERE target = ?1";
    struct db_query *q = db_prepare(l->db, sql, e);
    int found;

    if (!q)
        return -1;
    db_bind_int(q, 1, target);
    found = db_step(q, e);
    if (found == 1) {
        *items = db_int(q, 0);
        *seals = db_int(q, 1);
    }
    db_reset(q);
    return found == 1 ? 0 : -1;
}

int ledger_targets_each(struct ledger *l, const char *url, ledger_target_callback *callback,
                        void *context, struct err *e)
{
    static const char sql[] =
        "SELECT id, action, name, (SELECT count(*) FROM items WHERE items.target = targets.id"
        " AND " LEDGER_UNDER_WAY ") FROM targets WHERE url = api_name(?1) ORDER BY id";
    struct db_query *q = db_prepare(l->db, sql, e);
    int found;

    if (!q)
        return -1;
    db_bind_text(q, 1, url);
    while ((found = db_step(q, e)) == 1) {
        const struct ledger_target_found target = {.id = db_int(q, 0),
                                                   .action = db_text(q, 1),
                                                   .name = db_text(q, 2),
                                                   .under_way = (uint64_t)db_int(q, 3)};

        if (callback(context, &target, e) != 0) {
            db_reset(q);
            return -1;
        }
    }
    return found;
}
