/* ledger_items: an item's states are those of base/state.h, and are enforced here. */
#include "ledger/ledger_items.h"

#include "base/clock.h"
#include "base/mem.h"
#include "ledger/ledger.h"
#include "ledger/ledger_bounces.h"
#include "ledger/ledger_counts.h"
#include "ledger_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- items ---- */

int ledger_read_item(struct ledger *l, struct db_query *q, struct ledger_item *out, struct err *e)
{
    const struct ledger_place at = {"item", db_int(q, 0), "is in state"};
    int state = db_is_null(q, 0) ? STATE_PLANNED : ledger_word(l, q, 5, STATE_COUNT, &at, e);

    if (state < 0)
        return -1;
    out->id = at.id;
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
    out->target = db_int(q, 11);
    out->code = db_int(q, 12);
    out->removed = db_int(q, 13) != 0;
    out->failed_run = db_int(q, 14);
    out->floor = db_int(q, 15);
    out->doubtful = db_int(q, 16) != 0;
    return 0;
}

int ledger_read_left(struct ledger *l, struct ledger_row *row, struct err *e)
{
    int64_t of_run = row->kind == LEDGER_ROW_OWNER ? row->of_run : 0;

    if (ledger_left_read(l, of_run, (int64_t)row->of_line, &row->left, e) != 0)
        return -1;
    if (of_run) {
        row->of_run = 0;
        row->of_line = 0;
    }
    return 0;
}

int ledger_find(struct ledger *l, int64_t target, const uint8_t key[KEY_SIZE],
                struct ledger_item *out, struct err *e)
{
    static const char sql[] =
        "SELECT " LEDGER_ITEM_COLUMNS " FROM items WHERE target = ?1 AND key = ?2";
    struct db_query *q = db_prepare(l->db, sql, e);
    int found;

    if (!q)
        return -1;
    db_bind_int(q, 1, target);
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

int ledger_get(struct ledger *l, int64_t item, ledger_item_callback *callback, void *context,
               struct err *e)
{
    static const char sql[] = "SELECT " LEDGER_ITEM_COLUMNS " FROM items WHERE id = ?1";
    struct db_query *q = db_prepare(l->db, sql, e);
    struct ledger_item found_item;
    int found;

    if (!q)
        return -1;
    db_bind_int(q, 1, item);
    found = db_step(q, e);
    if (found == 1 &&
        (ledger_read_item(l, q, &found_item, e) != 0 || callback(context, &found_item, e) != 0))
        found = -1;
    db_reset(q); /* see ledger_find */
    return found;
}

int ledger_put_person(struct ledger *l, int64_t target, const uint8_t person[KEY_SIZE],
                      int64_t item, struct err *e)
{
    static const char sql[] =
        "INSERT OR REPLACE INTO people(target, person, item) VALUES(?1, ?2, ?3)";
    struct db_query *q = ledger_write(l, sql, e);

    if (!q)
        return -1;
    db_bind_int(q, 1, target);
    db_bind_blob(q, 2, person, KEY_SIZE);
    db_bind_int(q, 3, item);
    return db_step(q, e);
}

int ledger_person(struct ledger *l, int64_t target, const uint8_t person[KEY_SIZE],
                  uint8_t key[KEY_SIZE], struct err *e)
{
    static const char sql[] = "SELECT key FROM people JOIN items ON items.id = people.item"
                              " WHERE people.target = ?1 AND person = ?2";
    struct db_query *q = db_prepare(l->db, sql, e);
    const void *found_key;
    size_t len;
    int found;

    if (!q)
        return -1;
    db_bind_int(q, 1, target);
    db_bind_blob(q, 2, person, KEY_SIZE);
    found = db_step(q, e);
    if (found != 1)
        return found;
    found_key = db_blob(q, 0, &len);
    if (len == KEY_SIZE)
        memcpy(key, found_key, KEY_SIZE);
    db_reset(q);
    return len == KEY_SIZE;
}

int ledger_recipient(struct ledger *l, int64_t item, struct arena *a, const char **out,
                     struct err *e)
{
    static const char sql[] = "SELECT recipient FROM items WHERE id = ?1";
    struct db_query *q = db_prepare(l->db, sql, e);
    int found;

    if (!q)
        return -1;
    db_bind_int(q, 1, item);
    found = db_step(q, e);
    if (found == 1 && !(*out = arena_copy(a, db_text(q, 0), strlen(db_text(q, 0)))))
        found = err_nomem(e);
    db_reset(q);
    return found;
}

int ledger_error(struct ledger *l, int64_t item, char *out, size_t size, struct err *e)
{
    struct db_query *q = db_prepare(l->db, "SELECT error FROM items WHERE id = ?1", e);
    int found;

    if (!q)
        return -1;
    db_bind_int(q, 1, item);
    found = db_step(q, e);
    snprintf(out, size, "%s", found == 1 ? db_text(q, 0) : "");
    db_reset(q);
    return found;
}

int ledger_take(struct ledger *l, const struct ledger_run *run, int64_t item, uint64_t row,
                uint64_t line, struct err *e)
{
    static const char sql[] =
        "UPDATE items SET run = ?2, pass = ?3, row = ?4, line = ?5 WHERE id = ?1";
    struct db_query *q = ledger_counts_take(l, run, item, e) == 0 ? ledger_write(l, sql, e) : NULL;

    if (!q)
        return -1;
    db_bind_int(q, 1, item);
    db_bind_int(q, 2, run->id);
    db_bind_int(q, 3, run->pass);
    db_bind_int(q, 4, (int64_t)row);
    db_bind_int(q, 5, (int64_t)line);
    return db_step(q, e);
}

int ledger_readdress(struct ledger *l, int64_t item, const char *recipient, struct err *e)
{
    static const char sql[] =
        "UPDATE items SET recipient = ?2,"
        " seal = row_reseal(seal, target, key, ?2, state, attempt, code, removed)"
        " WHERE id = ?1 AND recipient != ?2 AND state IN (0, 4)";
    struct db_query *q = ledger_write(l, sql, e);

    if (!q)
        return -1;
    db_bind_int(q, 1, item);
    db_bind_text(q, 2, recipient);
    return db_step(q, e);
}

/* Not, if it was in a state from which it may not enter this one. */
static int moved(struct ledger *l, int64_t item, enum state to, struct err *e)
{
    if (db_changes(l->db) != 1)
        return err_set(e, EXIT_OUTPUT, "ledger %s: item %lld may not become %s: please report this",
                       db_path(l->db), (long long)item, state_name(to));
    l->entered |= 1u << to;
    return 0;
}

int ledger_turn(struct ledger *l, int64_t item, bool remove, struct err *e)
{
    static const char sql[] =
        "UPDATE items SET removed = ?2, state = 0, error = '', changed_ms = ?3,"
        " seal = row_reseal(seal, target, key, recipient, 0, attempt, code, ?2)"
        " WHERE id = ?1 AND ?4 >> state & 1";
    struct db_query *q = ledger_write(l, sql, e);

    if (!q)
        return -1;
    db_bind_int(q, 1, item);
    db_bind_int(q, 2, remove);
    db_bind_int(q, 3, clock_wall_ms());
    db_bind_int(q, 4, state_turn_sources());
    return db_step(q, e) < 0 ? -1 : moved(l, item, STATE_PLANNED, e);
}

int ledger_move(struct ledger *l, int64_t item, const struct ledger_move *m, struct err *e)
{
    static const char sql[] =
        "UPDATE items SET state = ?2, attempt = coalesce(?3, attempt), error = ?4,"
        " reserved = ?5, http_status = iif(?6, ?6, http_status), tries = ?7,"
        " intent_ms = iif(?8, ?8, intent_ms), changed_ms = ?9,"
        " baseline = coalesce(baseline, nullif(?11, 0)), floor = coalesce(floor, nullif(?12, 0)),"
        " failed_run = iif(?2 = 4, run, failed_run), doubtful = ?13,"
        " seal = row_reseal(seal, target, key, recipient, ?2, coalesce(?3, attempt), code, removed)"
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
    db_bind_int(q, 11, m->baseline);
    db_bind_int(q, 12, m->floor);
    db_bind_int(q, 13, m->doubtful);
    return db_step(q, e) < 0 ? -1 : moved(l, item, m->to, e);
}

int ledger_under_way(struct ledger *l, int64_t target, ledger_item_callback *callback,
                     void *context, struct err *e)
{
    static const char sql[] = "SELECT " LEDGER_ITEM_COLUMNS " FROM items"
                              " WHERE target = ?1 AND " LEDGER_UNDER_WAY " ORDER BY id";
    struct db_query *q = db_prepare(l->db, sql, e);
    struct ledger_item item;
    int found;

    if (!q)
        return -1;
    db_bind_int(q, 1, target);
    while ((found = db_step(q, e)) == 1)
        if (ledger_read_item(l, q, &item, e) != 0 || callback(context, &item, e) != 0) {
            db_reset(q);
            return -1;
        }
    return found;
}

/* ---- codes ---- */

int ledger_next_code(struct ledger *l, int64_t target, int64_t *index, struct err *e)
{
    static const char sql[] = "SELECT max(code) FROM items WHERE target = ?1 AND code IS NOT NULL";
    struct db_query *q = ledger_write(l, sql, e);

    if (!q)
        return -1;
    db_bind_int(q, 1, target);
    if (db_step(q, e) != 1)
        return -1;
    /* Of no codes at all the highest is NULL, which is no 0. */
    *index = db_is_null(q, 0) ? 0 : db_int(q, 0) + 1;
    db_reset(q);
    return 0;
}

int ledger_has_mark(struct ledger *l, const uint8_t mark[LEDGER_MARK_SIZE], struct err *e)
{
    static const char sql[] = "SELECT 1 FROM items WHERE mark = ?1";
    struct db_query *q = db_prepare(l->db, sql, e);
    int found;

    if (!q)
        return -1;
    db_bind_blob(q, 1, mark, LEDGER_MARK_SIZE);
    found = db_step(q, e);
    db_reset(q);
    return found;
}

int ledger_marks_any(struct ledger *l, struct err *e)
{
    struct db_query *q = db_prepare(
        l->db, "SELECT 1 FROM items INDEXED BY items_mark WHERE mark IS NOT NULL LIMIT 1", e);
    int found = q ? db_step(q, e) : -1;

    if (found > 0)
        db_reset(q);
    return found;
}

int ledger_mark_run(struct ledger *l, const uint8_t mark[LEDGER_MARK_SIZE], int64_t *run,
                    struct err *e)
{
    static const char sql[] = "SELECT run FROM items WHERE mark = ?1";
    struct db_query *q = db_prepare(l->db, sql, e);
    int found;

    if (!q)
        return -1;
    db_bind_blob(q, 1, mark, LEDGER_MARK_SIZE);
    found = db_step(q, e);
    if (found > 0) {
        *run = db_int(q, 0);
        db_reset(q);
    }
    return found;
}

int ledger_marks(struct ledger *l, int64_t target, ledger_mark_callback *callback, void *context,
                 struct err *e)
{
    static const char sql[] = "SELECT code, mark FROM items WHERE target = ?1"
                              " AND code IS NOT NULL AND mark IS NOT NULL ORDER BY code";
    struct db_query *q = db_prepare(l->db, sql, e);
    int found;

    if (!q)
        return -1;
    db_bind_int(q, 1, target);
    while ((found = db_step(q, e)) == 1) {
        size_t len;
        const void *mark = db_blob(q, 1, &len);

        if (len == LEDGER_MARK_SIZE && callback(context, db_int(q, 0), mark, e) != 0) {
            db_reset(q);
            return -1;
        }
    }
    return found;
}

int ledger_give_code(struct ledger *l, int64_t item, int64_t index, const uint8_t *mark,
                     struct err *e)
{
    static const char sql[] = "UPDATE items SET state = 3, code = ?2, mark = ?3, error = '',"
                              " changed_ms = ?4, seal = row_reseal(seal, target, key, recipient, 3,"
                              " attempt, ?2, removed) WHERE id = ?1 AND code IS NULL"
                              " AND state IN (0, 4)";
    struct db_query *q = ledger_write(l, sql, e);

    if (!q)
        return -1;
    db_bind_int(q, 1, item);
    db_bind_int(q, 2, index);
    if (mark)
        db_bind_blob(q, 3, mark, LEDGER_MARK_SIZE);
    db_bind_int(q, 4, clock_wall_ms());
    if (db_step(q, e) < 0)
        return -1;
    if (db_changes(l->db) != 1)
        return err_set(e, EXIT_OUTPUT,
                       "ledger %s: item %lld may not be given a code: please report this",
                       db_path(l->db), (long long)item);
    l->entered |= 1u << STATE_SUCCESS;
    return 0;
}

/* ---- rows ---- */

struct ledger_cursor {
    struct ledger *ledger;
    struct db_query *q;
    bool bounces; /* of some mail something came back */
    struct ledger_bounce back;
    struct arena arena; /* its texts */
};

struct ledger_cursor *ledger_cursor_open(struct ledger *l, int64_t run, struct err *e)
{
    static const char sql[] =
        "SELECT " LEDGER_ITEM_COLUMNS ", items.error, items.reserved, items.http_status,"
        " rows.kind, rows.row, rows.line, rows.item, rows.of_run, rows.of_line, rows.error,"
        " rows.step, items.mark FROM rows LEFT JOIN items ON items.id = rows.item"
        " WHERE rows.run = ?1 ORDER BY rows.row, rows.step";
    struct ledger_cursor *c = mem_zero(1, sizeof(*c));

    if (!c) {
        err_nomem(e);
        return NULL;
    }
    c->ledger = l;
    arena_init(&c->arena);
    if (ledger_bounces_any(l, &c->bounces, e) != 0 || !(c->q = db_prepare(l->db, sql, e))) {
        free(c);
        return NULL;
    }
    db_bind_int(c->q, 1, run);
    return c;
}

static int read_kind(struct ledger *l, struct db_query *q, int column, struct ledger_row *out,
                     struct err *e)
{
    const struct ledger_place at = {"row", (int64_t)out->row, "is of kind"};
    int kind = ledger_word(l, q, column, LEDGER_ROW_KINDS, &at, e);

    if (kind < 0)
        return -1;
    out->kind = (enum ledger_row_kind)kind;
    if (!db_is_null(q, 0) || kind == LEDGER_ROW_INVALID || kind == LEDGER_ROW_SKIPPED)
        return 0;
    return err_set(e, EXIT_OUTPUT, "ledger %s: row %llu has an item that is not there: %s",
                   db_path(l->db), (unsigned long long)out->row, trust_words(TRUST_DAMAGED));
}

/* Only what was sent, or may have been, can come back. */
static int read_back(struct ledger_cursor *c, struct ledger_result *out, struct err *e)
{
    int found = 0;

    if (c->bounces && out->row.item && *out->item.attempt) {
        arena_reset(&c->arena);
        found = ledger_bounces_shown(c->ledger, out->row.item, &c->arena, &c->back, e);
    }
    out->back = found == 1 ? &c->back : NULL;
    return found < 0 ? -1 : 0;
}

int ledger_cursor_next(struct ledger_cursor *c, struct ledger_result *out, struct err *e)
{
    struct db_query *q = c->q;
    int at = LEDGER_ITEM_N, found = db_step(q, e);
    const void *mark;
    size_t mark_len;

    if (found != 1)
        return found;
    if (ledger_read_item(c->ledger, q, &out->item, e) != 0)
        return -1;
    out->item_error = db_text(q, at++);
    out->reserved = db_int(q, at++) != 0;
    out->http_status = (int)db_int(q, at++);
    out->row.row = (uint64_t)db_int(q, at + 1);
    if (read_kind(c->ledger, q, at, &out->row, e) != 0)
        return -1;
    at += 2;
    out->row.line = (uint64_t)db_int(q, at++);
    out->row.item = db_int(q, at++);
    out->row.of_run = db_int(q, at++);
    out->row.of_line = (uint64_t)db_int(q, at++);
    out->row.error = db_text(q, at++);
    out->row.step = (unsigned)db_int(q, at++);
    if (ledger_read_left(c->ledger, &out->row, e) != 0)
        return -1;
    mark = db_blob(q, at, &mark_len);
    memset(out->mark, 0, sizeof(out->mark));
    if (mark_len == sizeof(out->mark))
        memcpy(out->mark, mark, mark_len);
    return read_back(c, out, e) == 0 ? 1 : -1;
}

void ledger_cursor_close(struct ledger_cursor *c)
{
    if (!c)
        return;
    db_reset(c->q);
    arena_release(&c->arena);
    free(c);
}
