/*
 * ledger_runs: a run is begun -> (ended, unfinished -> resumed)* -> finished -> pruned.
 *
 * A run whose process died has no end, and is resumed like one that ended unfinished.
 */
#include "ledger/ledger_runs.h"

#include "base/claimfacts.h"
#include "base/clock.h"
#include "ledger/ledger.h"
#include "ledger/ledger_counts.h"
#include "ledger_internal.h"

#include <stdio.h>
#include <string.h>

/* ---- beginning ---- */

/* A key that is new to a target with items would make everybody a stranger to it. */
static int set_key(struct ledger *l, const struct ledger_target *t, int64_t id, const char *before,
                   bool has_items, struct err *e)
{
    static const char sql[] = "UPDATE targets SET key = ?2 WHERE id = ?1";
    const char *key = t->key ? t->key : "";
    struct db_query *q;

    if (strcmp(before, key) == 0)
        return 0;
    if (has_items)
        return err_set(e, EXIT_USAGE,
                       "%s %s: its recipients are known by %s; by %s everyone would look new: "
                       "give the same --key, or recipients of the same kind",
                       t->action, t->name, before, key);
    q = ledger_write(l, sql, e);
    if (!q)
        return -1;
    db_bind_int(q, 1, id);
    db_bind_text(q, 2, key);
    return db_step(q, e);
}

static int add_target(struct ledger *l, const struct ledger_target *t, struct err *e)
{
    static const char sql[] =
        "INSERT INTO targets(action, url, name, key) VALUES(?1, api_name(?2), ?3, ?4)"
        " ON CONFLICT DO NOTHING";
    struct db_query *q = ledger_write(l, sql, e);

    if (!q)
        return -1;
    ledger_bind_target(q, t);
    db_bind_text(q, 4, t->key ? t->key : "");
    return db_step(q, e);
}

int ledger_target_id(struct ledger *l, const struct ledger_target *t, int64_t *id, struct err *e)
{
    static const char sql[] =
        "SELECT id, key, EXISTS(SELECT 1 FROM items WHERE target = targets.id) FROM targets"
        " WHERE action = ?1 AND url = api_name(?2) AND name = ?3";
    struct db_query *q;
    int rc;

    if (add_target(l, t, e) != 0 || !(q = db_prepare(l->db, sql, e)))
        return -1;
    ledger_bind_target(q, t);
    if (db_step(q, e) != 1)
        return err_set(e, EXIT_OUTPUT, "ledger %s: lost a target: please report this",
                       db_path(l->db));
    *id = db_int(q, 0);
    rc = set_key(l, t, *id, db_text(q, 1), db_int(q, 2) != 0, e);
    db_reset(q);
    return rc;
}

/* Does an unfinished run go on?  1 with out->id and so on, 0, -1. */
static int find_unfinished(struct ledger *l, const char *variant, const struct ledger_input *input,
                           struct ledger_run *out, struct err *e)
{
    static const char sql[] = "SELECT id, pass, input_hash, finished, reading, started_ms FROM runs"
                              " WHERE target = ?1 AND input = ?2 AND key = ?3"
                              " ORDER BY id DESC LIMIT 1";
    struct db_query *q = db_prepare(l->db, sql, e);
    int found;

    if (!q)
        return -1;
    db_bind_int(q, 1, out->target);
    db_bind_text(q, 2, input->name);
    db_bind_text(q, 3, variant);
    found = db_step(q, e);
    if (found <= 0)
        return found;
    found = db_int(q, 3) == 0;
    if (found) {
        size_t len;
        const void *before = db_blob(q, 2, &len);

        out->resumed = true;
        out->id = db_int(q, 0);
        out->pass = db_int(q, 1) + 1;
        out->started_ms = db_int(q, 5);
        out->input_changed = len != LEDGER_HASH_SIZE || memcmp(before, input->hash, len) != 0 ||
                             strcmp(db_text(q, 4), input->reading) != 0;
    }
    db_reset(q);
    return found;
}

static int resume_run(struct ledger *l, const struct ledger_input *input,
                      const struct ledger_run *run, struct err *e)
{
    static const char forget[] = "DELETE FROM rows WHERE run = ?1";
    static const char resume[] = "UPDATE runs SET pass = pass + 1, input_hash = ?2,"
                                 " input_rows = ?3, reading = ?4, preset = ?5, ended_ms = NULL,"
                                 " exit_code = NULL WHERE id = ?1";
    struct db_query *q;

    /* Row numbers of another content mean nothing any more; items are matched by key. */
    if (run->input_changed) {
        q = ledger_write(l, forget, e);
        if (!q)
            return -1;
        db_bind_int(q, 1, run->id);
        if (db_step(q, e) < 0)
            return -1;
    }
    q = ledger_write(l, resume, e);
    if (!q)
        return -1;
    db_bind_int(q, 1, run->id);
    db_bind_blob(q, 2, input->hash, LEDGER_HASH_SIZE);
    db_bind_int(q, 3, (int64_t)input->rows);
    db_bind_text(q, 4, input->reading);
    db_bind_text(q, 5, input->preset ? input->preset : "");
    return db_step(q, e) < 0 ? -1 : ledger_counts_forget(l, run->id, e);
}

static int add_run(struct ledger *l, const char *variant, const struct ledger_input *input,
                   struct ledger_run *out, struct err *e)
{
    static const char sql[] =
        "INSERT INTO runs(target, key, input, input_hash, input_rows, pass, started_ms, reading,"
        " preset) VALUES(?1, ?2, ?3, ?4, ?5, 1, ?6, ?7, ?8)";
    struct db_query *q = ledger_write(l, sql, e);

    if (!q)
        return -1;
    db_bind_int(q, 1, out->target);
    db_bind_text(q, 2, variant);
    db_bind_text(q, 3, input->name);
    db_bind_blob(q, 4, input->hash, LEDGER_HASH_SIZE);
    db_bind_int(q, 5, (int64_t)input->rows);
    out->started_ms = clock_wall_ms();
    db_bind_int(q, 6, out->started_ms);
    db_bind_text(q, 7, input->reading);
    db_bind_text(q, 8, input->preset ? input->preset : "");
    if (db_step(q, e) < 0)
        return -1;
    out->id = db_last_id(l->db);
    out->pass = 1;
    return 0;
}

int ledger_run_begin(struct ledger *l, int64_t target, const char *variant,
                     const struct ledger_input *input, struct ledger_run *out, struct err *e)
{
    static const char forget[] = "DELETE FROM aims WHERE run = ?1";
    struct db_query *q;
    int found;

    memset(out, 0, sizeof(*out));
    out->target = target;
    /* First, so that no other process begins the same run meanwhile. */
    q = ledger_write(l, forget, e);
    if (!q || (found = find_unfinished(l, variant, input, out, e)) < 0)
        return -1;
    if (!found)
        return add_run(l, variant, input, out, e);
    q = db_prepare(l->db, forget, e);
    if (!q)
        return -1;
    db_bind_int(q, 1, out->id);
    return db_step(q, e) < 0 ? -1 : resume_run(l, input, out, e);
}

int ledger_run_before(struct ledger *l, int64_t target, const char *input,
                      ledger_before_callback *callback, void *context, struct err *e)
{
    static const char sql[] = "SELECT id, reading, preset FROM runs"
                              " WHERE target = ?1 AND input = ?2 ORDER BY id DESC";
    struct db_query *q = db_prepare(l->db, sql, e);
    int found, rc = 0;

    if (!q)
        return -1;
    db_bind_int(q, 1, target);
    db_bind_text(q, 2, input);
    while (rc == 0 && (found = db_step(q, e)) == 1) {
        const struct ledger_before before = {
            .run = db_int(q, 0), .reading = db_text(q, 1), .preset = db_text(q, 2)};

        rc = callback(context, &before, e);
    }
    if (rc == 0)
        return found;
    db_reset(q);
    return rc < 0 ? -1 : 0;
}

int ledger_run_aim(struct ledger *l, const struct ledger_run *run, unsigned step, int64_t target,
                   const char *link, struct err *e)
{
    static const char sql[] = "INSERT OR REPLACE INTO aims(run, step, target, link)"
                              " VALUES(?1, ?2, ?3, ?4)";
    struct db_query *q = ledger_write(l, sql, e);

    if (!q)
        return -1;
    db_bind_int(q, 1, run->id);
    db_bind_int(q, 2, step);
    db_bind_int(q, 3, target);
    db_bind_text(q, 4, link);
    return db_step(q, e);
}

int ledger_run_end(struct ledger *l, const struct ledger_run *run, bool finished, int exit_code,
                   const uint64_t counts[STATUS_COUNT], struct err *e)
{
    static const char sql[] =
        "UPDATE runs SET ended_ms = ?2, finished = ?3, exit_code = ?4 WHERE id = ?1";
    struct db_query *q = ledger_write(l, sql, e);

    if (!q)
        return -1;
    db_bind_int(q, 1, run->id);
    db_bind_int(q, 2, clock_wall_ms());
    db_bind_int(q, 3, finished);
    db_bind_int(q, 4, exit_code);
    if (db_step(q, e) < 0 || (counts && ledger_counts_keep(l, run, counts, e) != 0))
        return -1;
    return ledger_commit(l, e);
}

/* ---- looking back ---- */

#define PAST                                                                                       \
    "SELECT runs.id, action, url, name, input, input_hash, input_rows, started_ms, ended_ms,"      \
    " finished, pruned, exit_code, reading, counts, runs.key FROM runs JOIN targets ON"            \
    " targets.id = runs.target"

static int tell_past(struct db_query *q, ledger_past_callback *callback, void *context,
                     struct err *e)
{
    struct ledger_past run = {.id = db_int(q, 0),
                              .action = db_text(q, 1),
                              .url = db_text(q, 2),
                              .target = db_text(q, 3),
                              .input = db_text(q, 4),
                              .rows = (uint64_t)db_int(q, 6),
                              .started_ms = db_int(q, 7),
                              .ended_ms = db_int(q, 8),
                              .finished = db_int(q, 9) != 0,
                              .pruned = db_int(q, 10) != 0,
                              .exit_code = (int)db_int(q, 11),
                              .reading = db_text(q, 12),
                              .counts = db_text(q, 13),
                              .variant = db_text(q, 14)};
    size_t len;
    const void *hash = db_blob(q, 5, &len);

    if (len == LEDGER_HASH_SIZE)
        memcpy(run.hash, hash, len);
    return callback(context, &run, e);
}

int ledger_run_list(struct ledger *l, ledger_past_callback *callback, void *context, struct err *e)
{
    static const char sql[] = PAST " ORDER BY runs.id";
    struct db_query *q = db_prepare(l->db, sql, e);
    int found;

    if (!q)
        return -1;
    while ((found = db_step(q, e)) == 1)
        if (tell_past(q, callback, context, e) != 0) {
            db_reset(q);
            return -1;
        }
    return found;
}

int ledger_run_find(struct ledger *l, int64_t id, ledger_past_callback *callback, void *context,
                    struct err *e)
{
    static const char sql[] = PAST " WHERE ?1 IN (0, runs.id) ORDER BY runs.id DESC LIMIT 1";
    struct db_query *q = db_prepare(l->db, sql, e);
    int found;

    if (!q)
        return -1;
    db_bind_int(q, 1, id);
    found = db_step(q, e);
    if (found == 1) {
        if (tell_past(q, callback, context, e) != 0)
            found = -1;
        db_reset(q);
    }
    return found;
}

static int refuse_stray(struct ledger *l, const struct ledger_run *run, struct err *e)
{
    static const char sql[] =
        "SELECT action, name FROM items JOIN targets ON targets.id = items.target"
        " WHERE items.run = ?1 AND " LEDGER_UNDER_WAY " AND state != 5"
        " AND items.target NOT IN (SELECT target FROM aims WHERE run = ?1) LIMIT 1";
    struct db_query *q = db_prepare(l->db, sql, e);
    int found;

    if (!q)
        return -1;
    db_bind_int(q, 1, run->id);
    found = db_step(q, e);
    if (found == 1) {
        err_set(
            e, EXIT_USAGE,
            "run %lld has requests under way to %s %s, which the job does not name any more: let "
            "it name that again until the run has ended",
            (long long)run->id, db_text(q, 0), db_text(q, 1));
        db_reset(q);
        found = -1;
    }
    return found;
}

int ledger_run_aimed(struct ledger *l, const struct ledger_run *run, struct err *e)
{
    static const char sql[] =
        "DELETE FROM rows WHERE run = ?1 AND step > 0 AND NOT EXISTS(SELECT 1 FROM aims"
        " WHERE aims.run = rows.run AND aims.step = rows.step AND (rows.item IS NULL"
        " OR aims.target = (SELECT target FROM items WHERE items.id = rows.item)))";
    struct db_query *q;

    if (!run->resumed)
        return 0;
    q = refuse_stray(l, run, e) == 0 ? ledger_write(l, sql, e) : NULL;
    if (!q)
        return -1;
    db_bind_int(q, 1, run->id);
    return db_step(q, e);
}

int ledger_run_aims(struct ledger *l, int64_t run, ledger_aim_callback *callback, void *context,
                    struct err *e)
{
    static const char sql[] =
        "SELECT step, target, action, name, link, on_chain, collection,"
        " approval FROM aims JOIN targets ON targets.id = target WHERE run = ?1"
        " ORDER BY step, target";
    struct db_query *q = db_prepare(l->db, sql, e);
    int found;

    if (!q)
        return -1;
    db_bind_int(q, 1, run);
    while ((found = db_step(q, e)) == 1) {
        struct claimfacts facts = {.on_chain = db_int(q, 5) != 0};
        struct ledger_aim aim = {.step = (unsigned)db_int(q, 0),
                                 .target = db_int(q, 1),
                                 .action = db_text(q, 2),
                                 .name = db_text(q, 3),
                                 .link = db_text(q, 4),
                                 .facts = &facts};

        snprintf(facts.collection, sizeof(facts.collection), "%s", db_text(q, 6));
        snprintf(facts.approval, sizeof(facts.approval), "%s", db_text(q, 7));
        if (callback(context, &aim, e) != 0) {
            db_reset(q);
            return -1;
        }
    }
    return found;
}
