/*
 * ledger_people: names and keys are gathered, then one statement reads the items, and another the rows.
 *
 * Temporary tables are in no file that others have, so that this works on a ledger that is only looked at.
 */
#include "ledger/ledger_people.h"

#include "ledger/ledger.h"
#include "ledger_internal.h"

#include <stdio.h>
#include <string.h>

/* ---- seeking ---- */

int ledger_people_begin(struct ledger *l, struct err *e)
{
    static const char sql[] =
        "CREATE TEMP TABLE IF NOT EXISTS sought(recipient TEXT PRIMARY KEY, looked_up INTEGER);"
        "CREATE TEMP TABLE IF NOT EXISTS found(item INTEGER PRIMARY KEY, by_address INTEGER);"
        "CREATE TEMP TABLE IF NOT EXISTS found_rows(item INTEGER, run INTEGER, row INTEGER,"
        " step INTEGER, PRIMARY KEY(item, run, row, step)) WITHOUT ROWID;"
        "DELETE FROM sought; DELETE FROM found; DELETE FROM found_rows;";

    return db_exec(l->db, sql, e);
}

int ledger_people_seek(struct ledger *l, const char *recipient, struct err *e)
{
    struct db_query *q = db_prepare(l->db, "INSERT OR IGNORE INTO sought VALUES(?1, 0)", e);

    if (!q)
        return -1;
    db_bind_text(q, 1, recipient);
    return db_step(q, e);
}

int ledger_people_seek_key(struct ledger *l, const uint8_t person[KEY_SIZE], struct err *e)
{
    /* Each target is asked by the key of the table. */
    static const char sql[] = "INSERT OR IGNORE INTO found SELECT item, 0 FROM people"
                              " WHERE target IN (SELECT id FROM targets) AND person = ?1";
    struct db_query *q = db_prepare(l->db, sql, e);

    if (!q)
        return -1;
    db_bind_blob(q, 1, person, KEY_SIZE);
    return db_step(q, e);
}

int ledger_people_agains(struct ledger *l, ledger_people_number_callback *callback, void *context,
                         struct err *e)
{
    static const char sql[] = "SELECT DISTINCT CAST(substr(key, 7) AS INTEGER) FROM runs"
                              " WHERE key LIKE 'again %'";
    struct db_query *q = db_prepare(l->db, sql, e);
    int found;

    if (!q)
        return -1;
    while ((found = db_step(q, e)) == 1)
        if (callback(context, db_int(q, 0), e) != 0) {
            db_reset(q);
            return -1;
        }
    return found;
}

/* ---- finding ---- */

static int take(struct ledger *l, int64_t item, struct err *e)
{
    struct db_query *q = db_prepare(l->db, "INSERT OR IGNORE INTO found VALUES(?1, 0)", e);

    if (!q)
        return -1;
    db_bind_int(q, 1, item);
    return db_step(q, e);
}

static int judge_each(struct ledger *l, const char *sql, ledger_people_judge *judge, void *context,
                      struct err *e)
{
    struct db_query *q = db_prepare(l->db, sql, e);
    int found;

    if (!q)
        return -1;
    while ((found = db_step(q, e)) == 1)
        if (judge(context, db_text(q, 1)) && take(l, db_int(q, 0), e) != 0) {
            db_reset(q);
            return -1;
        }
    return found;
}

/* What an older version kept as it stood.  Both only say where to look: a name of another may be spelled so, too. */
static int find_former(struct ledger *l, ledger_people_judge *judge, void *context, struct err *e)
{
    static const char spelled[] = "SELECT spellings.item, items.recipient FROM spellings"
                                  " JOIN items ON items.id = spellings.item"
                                  " WHERE spellings.target IN (SELECT id FROM targets)"
                                  " AND spellings.lower IN (SELECT recipient FROM sought)";
    static const char foreign[] = "SELECT id, recipient FROM items"
                                  " WHERE id <= (SELECT max(item) FROM keyed_before)"
                                  " AND recipient GLOB '*[^ -~]*'";

    return judge_each(l, spelled, judge, context, e) == 0
               ? judge_each(l, foreign, judge, context, e)
               : -1;
}

int ledger_people_find(struct ledger *l, ledger_people_judge *judge, void *context, int64_t *n,
                       struct err *e)
{
    static const char addresses[] = "INSERT OR IGNORE INTO sought SELECT recipient, 1 FROM items"
                                    " WHERE id IN (SELECT item FROM found)";
    static const char items[] =
        "INSERT OR IGNORE INTO found SELECT id,"
        " (SELECT looked_up FROM sought WHERE sought.recipient = items.recipient) FROM items"
        " WHERE recipient IN (SELECT recipient FROM sought)";
    /* An address may have been another's at another time: what a lookup has named for somebody else is theirs. */
    static const char others[] = "DELETE FROM found WHERE item IN (SELECT item FROM people"
                                 " WHERE item IN (SELECT item FROM found WHERE by_address))";
    static const char rows[] = "INSERT INTO found_rows SELECT item, run, row, step FROM rows"
                               " WHERE item IN (SELECT item FROM found)";

    if (db_exec(l->db, addresses, e) != 0 || db_exec(l->db, items, e) != 0 ||
        db_exec(l->db, others, e) != 0 || find_former(l, judge, context, e) != 0 ||
        db_number(l->db, "SELECT count(*) FROM found", n, e) != 0)
        return -1;
    return *n > 0 ? db_exec(l->db, rows, e) : 0;
}

/* ---- telling ---- */

static int read_people_item(struct ledger *l, struct db_query *q, struct ledger_people_item *out,
                            struct err *e)
{
    int at = LEDGER_ITEM_N;
    const void *mark;
    size_t len;

    memset(out, 0, sizeof(*out));
    if (ledger_read_item(l, q, &out->item, e) != 0)
        return -1;
    out->action = db_text(q, at++);
    out->url = db_text(q, at++);
    out->target = db_text(q, at++);
    out->facts.on_chain = db_int(q, at++) != 0;
    snprintf(out->facts.collection, sizeof(out->facts.collection), "%s", db_text(q, at++));
    snprintf(out->facts.approval, sizeof(out->facts.approval), "%s", db_text(q, at++));
    out->claim = db_text(q, at++);
    out->error = db_text(q, at++);
    out->input = db_text(q, at++);
    out->http_status = (int)db_int(q, at++);
    out->reserved = db_int(q, at++) != 0;
    out->looked_up = db_int(q, at++) != 0;
    mark = db_blob(q, at, &len);
    if (len == sizeof(out->mark))
        memcpy(out->mark, mark, len);
    return 0;
}

int ledger_people_each(struct ledger *l, ledger_people_callback *callback, void *context,
                       struct err *e)
{
    static const char sql[] =
        "SELECT " LEDGER_ITEM_COLUMNS ", targets.action, targets.url, targets.name,"
        " targets.on_chain, targets.collection, targets.approval, books.claim, items.error,"
        " runs.input, items.http_status, items.reserved, sought.looked_up, items.mark FROM found"
        " JOIN items ON items.id = found.item JOIN targets ON targets.id = items.target"
        " LEFT JOIN books ON books.target = targets.id LEFT JOIN runs ON runs.id = items.run"
        " LEFT JOIN sought ON sought.recipient = items.recipient"
        " ORDER BY items.changed_ms, items.id";
    struct db_query *q = db_prepare(l->db, sql, e);
    struct ledger_people_item item;
    int found;

    if (!q)
        return -1;
    while ((found = db_step(q, e)) == 1)
        if (read_people_item(l, q, &item, e) != 0 || callback(context, &item, e) != 0) {
            db_reset(q);
            return -1;
        }
    return found;
}

#define ROW_COLUMNS                                                                                \
    "r.run, r.row, r.step, r.line, r.kind, r.item, r.of_run, r.of_line, r.error, runs.input"

static int tell_row(struct ledger *l, struct db_query *q, ledger_people_row_callback *callback,
                    void *context, struct err *e)
{
    const struct ledger_place at = {"run", db_int(q, 0), "has a row of kind"};
    struct ledger_row row = {.row = (uint64_t)db_int(q, 1),
                             .step = (unsigned)db_int(q, 2),
                             .line = (uint64_t)db_int(q, 3),
                             .item = db_int(q, 5),
                             .of_run = db_int(q, 6),
                             .of_line = (uint64_t)db_int(q, 7),
                             .error = db_text(q, 8)};
    int kind = ledger_word(l, q, 4, LEDGER_ROW_KINDS, &at, e);

    if (kind < 0)
        return -1;
    row.kind = (enum ledger_row_kind)kind;
    if (ledger_read_left(l, &row, e) != 0)
        return -1;
    return callback(context, at.id, db_text(q, 9), &row, e);
}

int ledger_people_rows(struct ledger *l, int64_t item, ledger_people_row_callback *callback,
                       void *context, struct err *e)
{
    static const char of_item[] =
        "SELECT " ROW_COLUMNS " FROM found_rows AS f JOIN rows AS r ON r.run = f.run"
        " AND r.row = f.row AND r.step = f.step LEFT JOIN runs ON runs.id = r.run"
        " WHERE f.item = ?1 ORDER BY r.run, r.row, r.step";
    static const char of_none[] =
        "SELECT " ROW_COLUMNS " FROM (SELECT DISTINCT run, row FROM found_rows) AS f"
        " JOIN rows AS r ON r.run = f.run AND r.row = f.row LEFT JOIN runs ON runs.id = r.run"
        " WHERE r.item IS NULL AND ?1 = 0 ORDER BY r.run, r.row, r.step";
    struct db_query *q = db_prepare(l->db, item ? of_item : of_none, e);
    int found;

    if (!q)
        return -1;
    db_bind_int(q, 1, item);
    while ((found = db_step(q, e)) == 1)
        if (tell_row(l, q, callback, context, e) != 0) {
            db_reset(q);
            return -1;
        }
    return found;
}

int ledger_people_kinds(struct ledger *l, struct ledger_people_kinds *out, struct err *e)
{
    static const char sql[] = "SELECT count(*), coalesce(sum(recipient GLOB 'bb1*'), 0),"
                              " coalesce(sum(instr(recipient, '@') > 1), 0) FROM items";
    struct db_query *q = db_prepare(l->db, sql, e);

    if (!q || db_step(q, e) != 1)
        return -1;
    out->addresses = db_int(q, 1);
    out->emails = db_int(q, 2);
    out->others = db_int(q, 0) - out->addresses - out->emails;
    db_reset(q);
    return 0;
}
