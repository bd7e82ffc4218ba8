/*
 * ledger_schema: the tables, from version to version.
 *
 * A file is: empty -> version 1 -> version 2 -> …, all in one transaction, so that another process sees
 * either the old ledger or the new one.  A released step never changes; a change is a further step.
 */
#include "ledger_internal.h"

#include <stdio.h>

#define APPLICATION_ID 0x636c6d70 /* "clmp" */
#define VERSION ((int64_t)(sizeof(steps) / sizeof(steps[0])))
#define PRAGMAS_MAX 96

/* Of what is known twice of a key, what matters more: done, perhaps done, failed, not begun.  A store is as
 * it was left last. */
#define WEIGHT(item)                                                                               \
    "((SELECT action FROM targets WHERE id = " item ".target) != 'store') *"                       \
    " CASE " item ".state WHEN 3 THEN 3 WHEN 6 THEN 3 WHEN 1 THEN 2 WHEN 2 THEN 2 WHEN 5 THEN 2"   \
    " WHEN 4 THEN 1 ELSE 0 END"

/* Macros among strings are too much for it. */
/* clang-format off */
static const char *const steps[] = {
    "CREATE TABLE targets(id INTEGER PRIMARY KEY, action TEXT NOT NULL, url TEXT NOT NULL,"
    " name TEXT NOT NULL, UNIQUE(action, url, name));"
    "CREATE TABLE runs(id INTEGER PRIMARY KEY, target INTEGER NOT NULL REFERENCES targets,"
    " input TEXT NOT NULL, input_hash BLOB NOT NULL, input_rows INTEGER NOT NULL,"
    " pass INTEGER NOT NULL, started_ms INTEGER NOT NULL, ended_ms INTEGER,"
    " finished INTEGER NOT NULL DEFAULT 0, exit_code INTEGER);"
    "CREATE TABLE items(id INTEGER PRIMARY KEY, target INTEGER NOT NULL REFERENCES targets,"
    " key BLOB NOT NULL, recipient TEXT NOT NULL, state INTEGER NOT NULL,"
    " run INTEGER NOT NULL REFERENCES runs, pass INTEGER NOT NULL, row INTEGER NOT NULL,"
    " line INTEGER NOT NULL, attempt TEXT NOT NULL DEFAULT '', error TEXT NOT NULL DEFAULT '',"
    " reserved INTEGER NOT NULL DEFAULT 0, http_status INTEGER NOT NULL DEFAULT 0,"
    " tries INTEGER NOT NULL DEFAULT 0, intent_ms INTEGER NOT NULL DEFAULT 0,"
    " changed_ms INTEGER NOT NULL, UNIQUE(target, key));"
    "CREATE INDEX items_under_way ON items(target, id) WHERE state IN (1, 2, 5);"
    "CREATE INDEX items_attempt ON items(attempt) WHERE attempt != '';"
    "CREATE TABLE rows(run INTEGER NOT NULL, row INTEGER NOT NULL, line INTEGER NOT NULL,"
    " kind INTEGER NOT NULL, item INTEGER, of_run INTEGER, of_line INTEGER, error TEXT,"
    " PRIMARY KEY(run, row)) WITHOUT ROWID;",

    /* Until then every key was made of the recipient. */
    "ALTER TABLE targets ADD COLUMN key TEXT NOT NULL DEFAULT '';"
    "UPDATE targets SET key = 'recipient';"
    "ALTER TABLE runs ADD COLUMN key TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE runs ADD COLUMN pruned INTEGER NOT NULL DEFAULT 0;",

    /* Until then every run had one step, the completing of a claim. */
    "ALTER TABLE items ADD COLUMN code INTEGER;"
    "ALTER TABLE items ADD COLUMN mark BLOB;"
    "ALTER TABLE items ADD COLUMN removed INTEGER NOT NULL DEFAULT 0;"
    "CREATE UNIQUE INDEX items_code ON items(target, code) WHERE code IS NOT NULL;"
    "CREATE UNIQUE INDEX items_mark ON items(mark) WHERE mark IS NOT NULL;"
    "CREATE TABLE aims(run INTEGER NOT NULL, step INTEGER NOT NULL,"
    " target INTEGER NOT NULL REFERENCES targets, link TEXT NOT NULL,"
    " PRIMARY KEY(run, step, target)) WITHOUT ROWID;"
    "INSERT INTO aims SELECT id, 1, target, 'https://bitbadges.io/claims/{{target}}' FROM runs;"
    "ALTER TABLE rows RENAME TO rows_of_one_step;"
    "CREATE TABLE rows(run INTEGER NOT NULL, row INTEGER NOT NULL, step INTEGER NOT NULL,"
    " line INTEGER NOT NULL, kind INTEGER NOT NULL, item INTEGER, of_run INTEGER,"
    " of_line INTEGER, error TEXT, PRIMARY KEY(run, row, step)) WITHOUT ROWID;"
    "INSERT INTO rows SELECT run, row, 1, line, kind, item, of_run, of_line, error"
    " FROM rows_of_one_step;"
    "DROP TABLE rows_of_one_step;"
    "CREATE TABLE told(target INTEGER NOT NULL REFERENCES targets, attempt TEXT NOT NULL,"
    " at_ms INTEGER NOT NULL DEFAULT 0, PRIMARY KEY(target, attempt)) WITHOUT ROWID;",

    /* Until then every input was UTF-8 with commas. */
    "ALTER TABLE runs ADD COLUMN reading TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE runs ADD COLUMN preset TEXT NOT NULL DEFAULT '';"
    /* Of a lookup: whom the input names, and what was done for them, whatever their address was. */
    "CREATE TABLE people(target INTEGER NOT NULL REFERENCES targets, person BLOB NOT NULL,"
    " item INTEGER NOT NULL REFERENCES items, PRIMARY KEY(target, person)) WITHOUT ROWID;",

    /* Until then what was lost was judged by comparing clocks. */
    "CREATE TABLE baselines(id INTEGER PRIMARY KEY, target INTEGER NOT NULL REFERENCES targets,"
    " oldest_ms INTEGER, ids TEXT NOT NULL);"
    "ALTER TABLE items ADD COLUMN baseline INTEGER;",

    /* Until then an API was another one if its URL was spelled otherwise.  Those that are the same become one
     * (the one with the right name, or the oldest), with the history of all.  Of a key that two have had, it
     * has what matters more; the other's stays where it was, for the reports of its runs, under a URL that is
     * asked for no more.  Keys that were made of different things don't know each other: the words for both
     * let no run begin. */
    "CREATE TABLE same(old INTEGER PRIMARY KEY, new INTEGER NOT NULL);"
    "INSERT INTO same SELECT id, first_value(id) OVER (PARTITION BY action, name, api_name(url)"
    " ORDER BY url != api_name(url), id) FROM targets;"
    "DELETE FROM same WHERE old = new;"
    "CREATE INDEX same_new ON same(new);"
    "UPDATE targets SET key = coalesce((SELECT group_concat(key, ' and ') FROM"
    " (SELECT DISTINCT t.key FROM targets AS t WHERE"
    " (t.id = targets.id OR t.id IN (SELECT old FROM same WHERE new = targets.id))"
    " AND EXISTS (SELECT 1 FROM items WHERE items.target = t.id))), key)"
    " WHERE id IN (SELECT new FROM same);"
    "UPDATE OR IGNORE items SET target = (SELECT new FROM same WHERE old = target)"
    " WHERE target IN (SELECT old FROM same);"
    "UPDATE items SET (recipient, state, attempt, error, reserved, http_status, tries, intent_ms,"
    " changed_ms, removed) = (SELECT b.recipient, b.state, b.attempt, b.error, b.reserved,"
    " b.http_status, b.tries, b.intent_ms, b.changed_ms, b.removed FROM same"
    " JOIN items AS b ON b.target = old WHERE new = items.target AND b.key = items.key"
    " ORDER BY " WEIGHT("b") " DESC, b.changed_ms DESC LIMIT 1)"
    " WHERE target IN (SELECT new FROM same) AND EXISTS (SELECT 1 FROM same"
    " JOIN items AS b ON b.target = old WHERE new = items.target AND b.key = items.key"
    " AND (" WEIGHT("b") ", b.changed_ms) > (" WEIGHT("items") ", items.changed_ms));"
    "UPDATE runs SET target = (SELECT new FROM same WHERE old = target)"
    " WHERE target IN (SELECT old FROM same);"
    "INSERT OR IGNORE INTO aims SELECT run, step, new, link FROM aims JOIN same ON old = target;"
    "INSERT OR IGNORE INTO told SELECT new, attempt, at_ms FROM told JOIN same ON old = target;"
    "INSERT OR IGNORE INTO people SELECT new, person, item FROM people JOIN same ON old = target;"
    "UPDATE targets SET url = api_name(url) WHERE id NOT IN (SELECT old FROM same);"
    "DROP TABLE same;",

    /* Until then nothing told whether a ledger was whole (base/trust.h): its one row is what the seal
     * beside it says as well, and the sum of the hashes of all items. */
    "ALTER TABLE items ADD COLUMN seal INTEGER NOT NULL DEFAULT 0;"
    "CREATE TABLE ledger(id TEXT NOT NULL, seq INTEGER NOT NULL, closed INTEGER NOT NULL,"
    " seals INTEGER NOT NULL);"
    "INSERT INTO ledger VALUES(lower(hex(randomblob(8))), 1, 1, 0);" LEDGER_RESEAL,

    /* Until then two spellings of a person were two people: see ledger/ledger_former.h. */
    "CREATE TABLE keyed_before(item INTEGER NOT NULL);"
    "INSERT INTO keyed_before SELECT max(id) FROM items HAVING count(*) > 0;"
    "CREATE TABLE spellings(target INTEGER NOT NULL REFERENCES targets, lower TEXT NOT NULL,"
    " item INTEGER NOT NULL REFERENCES items, PRIMARY KEY(target, lower, item)) WITHOUT ROWID;"
    "INSERT INTO spellings SELECT target, lower(recipient), id FROM items"
    " WHERE instr(recipient, '@') > 1 AND recipient != lower(recipient);",

    /* Until then a claim's status alone was believed to tell that it is on-chain. */
    "ALTER TABLE targets ADD COLUMN on_chain INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE targets ADD COLUMN on_demand INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE targets ADD COLUMN collection TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE targets ADD COLUMN approval TEXT NOT NULL DEFAULT '';",

    /* Until then a seed or list could give its codes for one claim after the other, and only the link of a run
     * told for which.  Where all runs had the same (and the usual link), that is it. */
    "CREATE TABLE books(target INTEGER PRIMARY KEY REFERENCES targets, claim TEXT NOT NULL);"
    "INSERT INTO books SELECT target, min(claim) FROM (SELECT target,"
    " substr(link, 29, length(link) - 42) AS claim FROM aims JOIN targets ON targets.id = target"
    " WHERE action = 'code' AND link LIKE 'https://bitbadges.io/claims/_%?code={{code}}'"
    " AND instr(link, '%') = 0) GROUP BY target HAVING min(claim) = max(claim);",

    /* Until then nothing told in which run something has failed: it is taken for the last that had it. */
    "ALTER TABLE items ADD COLUMN failed_run INTEGER; UPDATE items SET failed_run = run WHERE state = 4;",

    /* Until then what a process that was killed had lost was looked for down to the beginning of its run. */
    "ALTER TABLE items ADD COLUMN floor INTEGER;",

    /* Until then what was sent in doubt, or refused for its target's sake, was taken for refused by later runs. */
    "ALTER TABLE items ADD COLUMN doubtful INTEGER NOT NULL DEFAULT 0;",

    /* Until then some quotes around an id were a part of it, a label was one of an e-mail address, and there were
     * three hyphens. */
    "INSERT OR IGNORE INTO spellings SELECT target, trim(substr(recipient, 2, length(recipient) - 2)), id"
    " FROM items WHERE recipient GLOB '["
    "\"''`´“”„‟«»‘’‚‛‹›「」『』〝〞〟｢｣＂＇]*["
    "\"''`´“”„‟«»‘’‚‛‹›「」『』〝〞〟｢｣＂＇]';"
    "INSERT OR IGNORE INTO spellings SELECT target, substr(recipient, instr(recipient, ':') + 1), id"
    " FROM items WHERE recipient GLOB '*:*@*';"
    "INSERT OR IGNORE INTO spellings SELECT target, substr(recipient, 2, length(recipient) - 2), id"
    " FROM items WHERE recipient GLOB '[({]*@*[)}]';"
    "INSERT OR IGNORE INTO spellings SELECT target, replace(replace(recipient, '‐', '-'), '‑', '-'), id"
    " FROM items WHERE recipient GLOB '*[‐‑]*';"
    "INSERT OR IGNORE INTO spellings SELECT target, substr(recipient, 2), id"
    " FROM items WHERE recipient GLOB '''[0-9]*';",

    /* Until then the index was one of states IN (1, 2, 5), for which SQLite makes a table of the three numbers at
     * each insert: half of what an item cost. */
    ("DROP INDEX IF EXISTS items_under_way;"
     "CREATE INDEX items_under_way ON items(target, id) WHERE state = 1 OR state = 2 OR state = 5;"),

    /* Until then the rows of a run were counted whenever it was listed.  Nobody knows whose items others have taken
     * over by now. */
    "ALTER TABLE runs ADD COLUMN counts TEXT NOT NULL DEFAULT ''; UPDATE runs SET counts = 'open';",

    /* Until then a process knew of the requests of others by when their runs ended. */
    "CREATE TABLE senders(id INTEGER PRIMARY KEY, url TEXT NOT NULL, holds INTEGER NOT NULL DEFAULT 0);"
    "CREATE TABLE spent(id INTEGER PRIMARY KEY, url TEXT NOT NULL, at_ms INTEGER NOT NULL,"
    " answered INTEGER NOT NULL, lost INTEGER NOT NULL);",

    /* Until then each run told of every row that needs a person as if nobody had heard of it. */
    "CREATE TABLE problems(about INTEGER NOT NULL REFERENCES targets, print BLOB NOT NULL,"
    " kind INTEGER NOT NULL, times INTEGER NOT NULL, since INTEGER NOT NULL, last INTEGER NOT NULL,"
    " PRIMARY KEY(about, kind, print)) WITHOUT ROWID;",

    /* Until then nobody knew when a run had made its requests. */
    "CREATE TABLE paces(run INTEGER PRIMARY KEY REFERENCES runs, width_ms INTEGER NOT NULL,"
    " requests TEXT NOT NULL, allowed INTEGER NOT NULL, window_ms INTEGER NOT NULL);",

    /* Until then nobody knew what came back of a mail: see ledger/ledger_bounces.h. */
    "CREATE TABLE bounces(item INTEGER NOT NULL REFERENCES items, report BLOB NOT NULL,"
    " kind INTEGER NOT NULL, at_ms INTEGER NOT NULL, status TEXT NOT NULL, words TEXT NOT NULL,"
    " PRIMARY KEY(item, report)) WITHOUT ROWID;",
};
/* clang-format on */

/* Of a ledger: its version, 0 if the file is empty. */
static int read_version(struct db *db, int64_t *version, struct err *e)
{
    int64_t application, tables;

    if (db_number(db, "PRAGMA user_version", version, e) != 0 ||
        db_number(db, "PRAGMA application_id", &application, e) != 0 ||
        db_number(db, "SELECT count(*) FROM sqlite_schema", &tables, e) != 0)
        return -1;
    if (tables == 0) {
        *version = 0;
        return 0;
    }
    if (application != APPLICATION_ID || *version < 1)
        return err_set(e, EXIT_OUTPUT,
                       "ledger %s: is another program's database (schema %lld): name another with "
                       "--ledger",
                       db_path(db), (long long)*version);
    if (*version > VERSION)
        return err_set(e, EXIT_OUTPUT,
                       "ledger %s: made by a newer claimpipe (schema %lld): use that one",
                       db_path(db), (long long)*version);
    return 0;
}

static int migrate(struct db *db, struct err *e)
{
    char pragmas[PRAGMAS_MAX];
    int64_t version;

    /* Another process may have done it meanwhile: only now is it certain. */
    if (db_begin(db, e) != 0 || read_version(db, &version, e) != 0)
        return -1;
    for (; version < VERSION; version++)
        if (db_exec(db, steps[version], e) != 0)
            return -1;
    snprintf(pragmas, sizeof(pragmas), "PRAGMA application_id = %d; PRAGMA user_version = %d;",
             APPLICATION_ID, (int)VERSION);
    if (db_exec(db, pragmas, e) != 0)
        return -1;
    return db_commit(db, e);
}

/* The version as of one moment, for another process may be about to make the tables. */
static int look(struct db *db, int64_t *version, struct err *e)
{
    int rc;

    if (db_exec(db, "BEGIN", e) != 0)
        return -1;
    rc = read_version(db, version, e);
    db_rollback(db);
    return rc;
}

int ledger_schema_ready(struct db *db, struct err *e)
{
    int64_t version;

    /* First, for the journal's mode is written into the file, and it may be another program's. */
    if (look(db, &version, e) != 0 || db_log_ahead(db, e) != 0 ||
        db_exec(db,
                "PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 16000;"
                " PRAGMA cache_size = -16384;",
                e) != 0)
        return -1;
    return version == VERSION ? 0 : migrate(db, e);
}

int ledger_schema_make(const char *path, struct err *e)
{
    struct db *db = db_open(path, LEDGER_BUSY_MS, e);
    int rc = db ? ledger_schema_ready(db, e) : -1;

    /* What were left in the -wal would not come along to the file's name, and closing does not say so. */
    if (rc == 0 && db_checkpoint(db, true, e) != 0)
        rc = e->text[0] ? -1 : err_set(e, EXIT_OUTPUT, "ledger %s: is in use", path);
    db_close(db);
    return rc;
}

int ledger_schema_version(struct db *db, int64_t *version, int64_t *ours, struct err *e)
{
    *ours = VERSION;
    return look(db, version, e);
}

bool ledger_schema_is_old(struct db *db, struct err *e)
{
    int64_t version;

    return look(db, &version, e) == 0 && version > 0 && version < VERSION;
}
