/*
 * ledger_bounces: the table `bounces`.
 *
 * A report is: unknown -> noted with an item, for ever.  Whatever is shown of several: the last failure, for a mail that
 * was late and then refused did not come, and one that was refused and is "delivered" by a later report may be another copy.
 */
#include "ledger/ledger_bounces.h"

#include "ledger_internal.h"

#include <stdio.h>
#include <string.h>

#define TOKEN_LEN 32
#define ATTEMPT_MAX 320

/* Reports of an item, the one that is shown first. */
#define SHOWN_FIRST "bounces.kind = 0 DESC, bounces.at_ms DESC, bounces.report"

int ledger_bounces_item(struct ledger *l, const char *token, const char *domain, int64_t *item,
                        struct err *e)
{
    /* A range of the index of attempts: '@' is followed by 'A'. */
    static const char sql[] =
        "SELECT items.id FROM items JOIN targets ON targets.id = items.target"
        " WHERE attempt != '' AND attempt >= ?1 AND attempt < ?2 AND action = 'mail'"
        " AND (?3 IS NULL OR lower(attempt) = ?3) LIMIT 2";
    char from[TOKEN_LEN + 2], to[TOKEN_LEN + 2], whole[ATTEMPT_MAX];
    struct db_query *q;
    int found, more = 0;

    if (strlen(token) != TOKEN_LEN)
        return 0;
    snprintf(from, sizeof(from), "%s@", token);
    snprintf(to, sizeof(to), "%sA", token);
    if (domain && snprintf(whole, sizeof(whole), "%s@%s", token, domain) >= (int)sizeof(whole))
        return 0;
    q = db_prepare(l->db, sql, e);
    if (!q)
        return -1;
    db_bind_text(q, 1, from);
    db_bind_text(q, 2, to);
    db_bind_text(q, 3, domain ? whole : NULL);
    found = db_step(q, e);
    if (found == 1) {
        *item = db_int(q, 0);
        more = db_step(q, e);
        if (more == 1)
            db_reset(q);
    }
    return found < 0 || more < 0 ? -1 : found == 1 && more == 0;
}

int ledger_bounces_add(struct ledger *l, int64_t item, const uint8_t report[LEDGER_BOUNCES_ID],
                       const struct ledger_bounce *b, struct err *e)
{
    static const char sql[] = "INSERT INTO bounces(item, report, kind, at_ms, status, words)"
                              " VALUES(?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING";
    struct db_query *q = ledger_write(l, sql, e);

    if (!q)
        return -1;
    db_bind_int(q, 1, item);
    db_bind_blob(q, 2, report, LEDGER_BOUNCES_ID);
    db_bind_int(q, 3, (int64_t)b->kind);
    db_bind_int(q, 4, b->at_ms);
    db_bind_text(q, 5, b->status);
    db_bind_text(q, 6, b->words);
    if (db_step(q, e) != 0)
        return -1;
    return db_changes(l->db) > 0;
}

int ledger_bounces_any(struct ledger *l, bool *any, struct err *e)
{
    int64_t n;

    if (db_number(l->db, "SELECT EXISTS(SELECT 1 FROM bounces)", &n, e) != 0)
        return -1;
    *any = n != 0;
    return 0;
}

/* From that column on; the texts are the query's. */
static int read_bounce(struct ledger *l, struct db_query *q, int column, int64_t item,
                       struct ledger_bounce *out, struct err *e)
{
    const struct ledger_place at = {"item", item, "has a report of kind"};
    int kind = ledger_word(l, q, column, LEDGER_BOUNCE_KINDS, &at, e);

    if (kind < 0)
        return -1;
    *out = (struct ledger_bounce){.kind = (enum ledger_bounce_kind)kind,
                                  .at_ms = db_int(q, column + 1),
                                  .status = db_text(q, column + 2),
                                  .words = db_text(q, column + 3)};
    return 0;
}

int ledger_bounces_shown(struct ledger *l, int64_t item, struct arena *a, struct ledger_bounce *out,
                         struct err *e)
{
    static const char sql[] = "SELECT kind, at_ms, status, words FROM bounces WHERE item = ?1"
                              " ORDER BY " SHOWN_FIRST " LIMIT 1";
    struct db_query *q = db_prepare(l->db, sql, e);
    int found;

    if (!q)
        return -1;
    db_bind_int(q, 1, item);
    found = db_step(q, e);
    if (found != 1)
        return found;
    found = read_bounce(l, q, 0, item, out, e);
    if (found == 0) {
        out->status = arena_copy(a, out->status, strlen(out->status));
        out->words = arena_copy(a, out->words, strlen(out->words));
        found = out->status && out->words ? 1 : err_nomem(e);
    }
    db_reset(q);
    return found;
}

int ledger_bounces_each(struct ledger *l, ledger_returned_callback *callback, void *context,
                        struct err *e)
{
    static const char sql[] =
        "SELECT * FROM (SELECT bounces.kind AS kind, bounces.at_ms, status, words, items.recipient,"
        " targets.name, items.run AS run, items.line AS line, items.id AS id,"
        " row_number() OVER (PARTITION BY bounces.item ORDER BY " SHOWN_FIRST ") AS n"
        " FROM bounces JOIN items ON items.id = bounces.item"
        " JOIN targets ON targets.id = items.target)"
        " WHERE n = 1 AND kind != 2 ORDER BY run, line, id";
    struct db_query *q = db_prepare(l->db, sql, e);
    int found;

    if (!q)
        return -1;
    while ((found = db_step(q, e)) == 1) {
        struct ledger_returned r = {.recipient = db_text(q, 4),
                                    .letter = db_text(q, 5),
                                    .run = db_int(q, 6),
                                    .line = (uint64_t)db_int(q, 7)};

        if (read_bounce(l, q, 0, db_int(q, 8), &r.bounce, e) != 0 ||
            callback(context, &r, e) != 0) {
            db_reset(q);
            return -1;
        }
    }
    return found;
}

int ledger_bounces_lost(struct ledger *l, ledger_bounces_lost_callback *callback, void *context,
                        struct err *e)
{
    static const char sql[] = "SELECT items.id, attempt FROM items"
                              " JOIN targets ON targets.id = items.target"
                              " WHERE " LEDGER_UNDER_WAY " AND state = 5 AND action = 'mail'"
                              " AND attempt != '' ORDER BY items.id";
    struct db_query *q = db_prepare(l->db, sql, e);
    int found;

    if (!q)
        return -1;
    while ((found = db_step(q, e)) == 1)
        if (callback(context, db_int(q, 0), db_text(q, 1), e) != 0) {
            db_reset(q);
            return -1;
        }
    return found;
}
