/* ledger_items: an item's states are those of base/state.h, and are enforced here. */
#include "adapters/ledger_items.h"

#include "adapters/ledger.h"
#include "adapters/ledger_parts.h"
#include "base/clock.h"
#include "base/mem.h"

#include <stdlib.h>

/* ---- items ---- */

int ledger_read_item(struct ledger *l, struct db_query *q, struct ledger_item *out, struct err *e)
{
    int64_t state = db_int(q, 5);

    if (state < 0 || state >= STATE_COUNT)
        return err_set(e, EXIT_OUTPUT,
                       "ledger %s: item %lld is in state %lld, which does not exist: see "
                       "claimpipe ledger check",
                       db_path(l->db), (long long)db_int(q, 0), (long long)state);
    out->id = db_int(q, 0);
    out->run = db_int(q, 1);
    out->pass = db_int(q, 2);
    out->row = (uint64_t)db_int(q, 3);
    out->line = (uint64_t)db_int(q, 4);
    out->state = (enum state)state;
    out->tries = (unsigned)db_int(q, 6);
    out->intent_ms = db_int(q, 7);
    out->changed_ms = db_int(q, 8);
    out->recipient = db_text(q, 9);
    out->attempt = db_text(q, 10);
    return 0;
}

int ledger_find(struct ledger *l, const struct ledger_run *run, const uint8_t key[KEY_SIZE],
                struct ledger_item *out, struct err *e)
{
    static const char sql[] =
        "SELECT " LEDGER_ITEM_COLUMNS " FROM items WHERE target = ?1 AND key = ?2";
    struct db_query *q = db_prepare(l->db, sql, e);
    int found;

    if (!q)
        return -1;
    db_bind_int(q, 1, run->target);
    db_bind_blob(q, 2, key, KEY_SIZE);
    found = db_step(q, e);
    if (found == 1) {
        if (ledger_read_item(l, q, out, e) != 0)
            found = -1;
        out->recipient = out->attempt = NULL;
        /* Left open it would hold a snapshot, over which no write can begin. */
        db_reset(q);
    }
    return found;
}

int ledger_add(struct ledger *l, const struct ledger_run *run, const uint8_t key[KEY_SIZE],
               const char *recipient, uint64_t row, uint64_t line, int64_t *id, struct err *e)
{
    static const char sql[] =
        "INSERT INTO items(target, key, recipient, state, run, pass, row, line, changed_ms)"
        " VALUES(?1, ?2, ?3, 0, ?4, ?5, ?6, ?7, ?8)";
    struct db_query *q = ledger_write(l, sql, e);

    if (!q)
        return -1;
    db_bind_int(q, 1, run->target);
    db_bind_blob(q, 2, key, KEY_SIZE);
    db_bind_text(q, 3, recipient);
    db_bind_int(q, 4, run->id);
    db_bind_int(q, 5, run->pass);
    db_bind_int(q, 6, (int64_t)row);
    db_bind_int(q, 7, (int64_t)line);
    db_bind_int(q, 8, clock_wall_ms());
    if (db_step(q, e) < 0)
        return -1;
    *id = db_last_id(l->db);
    l->entered |= 1u << STATE_PLANNED;
    return 0;
}

int ledger_take(struct ledger *l, const struct ledger_run *run, int64_t item, uint64_t row,
                uint64_t line, struct err *e)
{
    static const char sql[] =
        "UPDATE items SET run = ?2, pass = ?3, row = ?4, line = ?5 WHERE id = ?1";
    struct db_query *q = ledger_write(l, sql, e);

    if (!q)
        return -1;
    db_bind_int(q, 1, item);
    db_bind_int(q, 2, run->id);
    db_bind_int(q, 3, run->pass);
    db_bind_int(q, 4, (int64_t)row);
    db_bind_int(q, 5, (int64_t)line);
    return db_step(q, e);
}

int ledger_move(struct ledger *l, int64_t item, const struct ledger_move *m, struct err *e)
{
    static const char sql[] =
        "UPDATE items SET state = ?2, attempt = coalesce(?3, attempt), error = ?4,"
        " reserved = ?5, http_status = iif(?6, ?6, http_status), tries = ?7,"
        " intent_ms = iif(?8, ?8, intent_ms), changed_ms = ?9"
        " WHERE id = ?1 AND ?10 >> state & 1";
    struct db_query *q = ledger_write(l, sql, e);

    if (!q)
        return -1;
    db_bind_int(q, 1, item);
    db_bind_int(q, 2, (int)m->to);
    db_bind_text(q, 3, m->attempt);
    db_bind_text(q, 4, m->error ? m->error : "");
    db_bind_int(q, 5, m->reserved);
    db_bind_int(q, 6, m->http_status);
    db_bind_int(q, 7, m->tries);
    db_bind_int(q, 8, m->intent_ms);
    db_bind_int(q, 9, m->now_ms);
    db_bind_int(q, 10, state_sources(m->to));
    if (db_step(q, e) < 0)
        return -1;
    if (db_changes(l->db) != 1)
        return err_set(e, EXIT_OUTPUT, "ledger %s: item %lld may not become %s: please report this",
                       db_path(l->db), (long long)item, state_name(m->to));
    l->entered |= 1u << m->to;
    return 0;
}

int ledger_under_way(struct ledger *l, const struct ledger_run *run, ledger_item_callback *callback,
                     void *context, struct err *e)
{
    static const char sql[] = "SELECT " LEDGER_ITEM_COLUMNS " FROM items"
                              " WHERE target = ?1 AND state IN (1, 2, 5) ORDER BY id";
    struct db_query *q = db_prepare(l->db, sql, e);
    struct ledger_item item;
    int found;

    if (!q)
        return -1;
    db_bind_int(q, 1, run->target);
    while ((found = db_step(q, e)) == 1)
        if (ledger_read_item(l, q, &item, e) != 0 || callback(context, &item, e) != 0) {
            db_reset(q);
            return -1;
        }
    return found;
}

int ledger_others_under_way(struct ledger *l, const struct ledger_run *run, int64_t since_ms,
                            struct err *e)
{
    static const char sql[] = "SELECT 1 FROM items JOIN targets ON targets.id = items.target"
                              " WHERE items.target != ?1 AND items.state IN (1, 2, 5)"
                              " AND items.state != 5 AND items.changed_ms > ?2"
                              " AND targets.url = (SELECT url FROM targets WHERE id = ?1) LIMIT 1";
    struct db_query *q = db_prepare(l->db, sql, e);
    int found;

    if (!q)
        return -1;
    db_bind_int(q, 1, run->target);
    db_bind_int(q, 2, since_ms);
    found = db_step(q, e);
    db_reset(q);
    return found;
}

int ledger_has_attempt(struct ledger *l, const struct ledger_run *run, const char *attempt,
                       int64_t except, struct err *e)
{
    static const char sql[] = "SELECT 1 FROM items WHERE attempt = ?2 AND attempt != ''"
                              " AND target = ?1 AND id != ?3";
    struct db_query *q = db_prepare(l->db, sql, e);
    int found;

    if (!q)
        return -1;
    db_bind_int(q, 1, run->target);
    db_bind_text(q, 2, attempt);
    db_bind_int(q, 3, except);
    found = db_step(q, e);
    db_reset(q);
    return found;
}

/* ---- rows ---- */

int ledger_put_row(struct ledger *l, const struct ledger_run *run, const struct ledger_row *row,
                   struct err *e)
{
    static const char sql[] =
        "INSERT OR REPLACE INTO rows(run, row, line, kind, item, of_run, of_line, error)"
        " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    struct db_query *q = ledger_write(l, sql, e);

    if (!q)
        return -1;
    db_bind_int(q, 1, run->id);
    db_bind_int(q, 2, (int64_t)row->row);
    db_bind_int(q, 3, (int64_t)row->line);
    db_bind_int(q, 4, (int)row->kind);
    if (row->item)
        db_bind_int(q, 5, row->item);
    if (row->of_run) {
        db_bind_int(q, 6, row->of_run);
        db_bind_int(q, 7, (int64_t)row->of_line);
    }
    db_bind_text(q, 8, row->error);
    return db_step(q, e);
}

struct ledger_cursor {
    struct ledger *ledger;
    struct db_query *q;
};

struct ledger_cursor *ledger_cursor_open(struct ledger *l, int64_t run, struct err *e)
{
    static const char sql[] =
        "SELECT " LEDGER_ITEM_COLUMNS ", items.error, items.reserved, items.http_status,"
        " rows.kind, rows.row, rows.line, rows.item, rows.of_run, rows.of_line, rows.error"
        " FROM rows LEFT JOIN items ON items.id = rows.item"
        " WHERE rows.run = ?1 ORDER BY rows.row";
    struct ledger_cursor *c = mem_zero(1, sizeof(*c));

    if (!c) {
        err_nomem(e);
        return NULL;
    }
    c->ledger = l;
    c->q = db_prepare(l->db, sql, e);
    if (!c->q) {
        free(c);
        return NULL;
    }
    db_bind_int(c->q, 1, run);
    return c;
}

int ledger_cursor_next(struct ledger_cursor *c, struct ledger_result *out, struct err *e)
{
    struct db_query *q = c->q;
    int at = LEDGER_ITEM_N, found = db_step(q, e);

    if (found != 1)
        return found;
    if (ledger_read_item(c->ledger, q, &out->item, e) != 0)
        return -1;
    out->item_error = db_text(q, at++);
    out->reserved = db_int(q, at++) != 0;
    out->http_status = (int)db_int(q, at++);
    out->row.kind = (enum ledger_row_kind)db_int(q, at++);
    out->row.row = (uint64_t)db_int(q, at++);
    out->row.line = (uint64_t)db_int(q, at++);
    out->row.item = db_int(q, at++);
    out->row.of_run = db_int(q, at++);
    out->row.of_line = (uint64_t)db_int(q, at++);
    out->row.error = db_text(q, at);
    return 1;
}

void ledger_cursor_close(struct ledger_cursor *c)
{
    if (!c)
        return;
    db_reset(c->q);
    free(c);
}
