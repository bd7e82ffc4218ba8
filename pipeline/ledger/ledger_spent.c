/*
 * ledger_spent: the tables `senders` and `spent`.
 *
 * A sender is alive as long as it has the byte of its id locked (ledger_guard.h).
 */
#include "ledger/ledger_spent.h"

#include "ledger/ledger.h"
#include "ledger_internal.h"

#define MS_PER_MINUTE INT64_C(60000)
#define MS_PER_HOUR (60 * MS_PER_MINUTE)
#define DAY_MS (24 * MS_PER_HOUR)
#define RECENT_MS (10 * MS_PER_MINUTE) /* kept as it was told */
#define BY_MINUTES_MS (2 * DAY_MS)     /* later by hours */
#define KEPT_MS (733 * DAY_MS)         /* twice the longest window that a limit may have */
#define COUNT_MAX INT64_C(1000000000)

/* A damaged ledger may say anything. */
static int64_t read_number(struct db_query *q, int column, int64_t most)
{
    int64_t n = db_int(q, column);

    if (n < 0)
        return 0;
    return n < most ? n : most;
}

/* ---- senders ---- */

static int insert_sender(struct ledger *l, int64_t id, const char *url, struct err *e)
{
    static const char sql[] = "INSERT INTO senders(id, url) VALUES(?1, api_name(?2))";
    struct db_query *q = ledger_write(l, sql, e);

    if (!q)
        return -1;
    db_bind_int(q, 1, id);
    db_bind_text(q, 2, url);
    return db_step(q, e);
}

int ledger_spent_join(struct ledger *l, const char *url, int64_t *sender, struct err *e)
{
    int taken = 1;
    int64_t id;

    if (ledger_begin(l, e) != 0 ||
        db_number(l->db, "SELECT coalesce(max(id), 0) FROM senders", &id, e) != 0)
        return -1;
    /* One that has left may still have its lock. */
    while (taken == 1)
        taken = ledger_guard_lock_sender(&l->guard, ++id, e);
    if (taken != 0 || insert_sender(l, id, url, e) != 0)
        return -1;
    *sender = id;
    return 0;
}

void ledger_spent_leave(struct ledger *l, int64_t sender, struct err *e)
{
    struct db_query *q = ledger_write(l, "DELETE FROM senders WHERE id = ?1", e);

    if (!q)
        return;
    db_bind_int(q, 1, sender);
    err_ignore(db_step(q, e)); /* then it has died, and what it has held is lost */
}

static int hold(struct ledger *l, int64_t sender, int64_t holds, struct err *e)
{
    struct db_query *q = ledger_write(l, "UPDATE senders SET holds = ?2 WHERE id = ?1", e);

    if (!q)
        return -1;
    db_bind_int(q, 1, sender);
    db_bind_int(q, 2, holds);
    return db_step(q, e);
}

static int spend(struct ledger *l, int64_t sender, const struct ledger_spent *s, struct err *e)
{
    static const char sql[] = "INSERT INTO spent(url, at_ms, answered, lost)"
                              " SELECT url, ?2, ?3, ?4 FROM senders WHERE id = ?1";
    struct db_query *q = ledger_write(l, sql, e);

    if (!q)
        return -1;
    db_bind_int(q, 1, sender);
    db_bind_int(q, 2, s->at_ms);
    db_bind_int(q, 3, s->answered);
    db_bind_int(q, 4, s->lost);
    return db_step(q, e);
}

int ledger_spent_tell(struct ledger *l, int64_t sender, int64_t holds, const struct ledger_spent *s,
                      struct err *e)
{
    if (s->answered + s->lost > 0 && spend(l, sender, s, e) != 0)
        return -1;
    return hold(l, sender, holds, e);
}

/* ---- the others ---- */

static int bury(struct ledger *l, int64_t sender, int64_t holds, int64_t now_ms, struct err *e)
{
    const struct ledger_spent lost = {.at_ms = now_ms, .lost = holds};

    if (holds > 0 && spend(l, sender, &lost, e) != 0)
        return -1;
    ledger_spent_leave(l, sender, e);
    return e->text[0] ? -1 : 0;
}

/* The next one after `id`, and what it holds: 1, 0 if there is none, -1. */
static int next_other(struct ledger *l, int64_t sender, int64_t *id, int64_t *holds, struct err *e)
{
    static const char sql[] = "SELECT id, holds FROM senders WHERE id > ?2 AND id != ?1"
                              " AND url = (SELECT url FROM senders WHERE id = ?1) ORDER BY id";
    struct db_query *q = db_prepare(l->db, sql, e);
    int found;

    if (!q)
        return -1;
    db_bind_int(q, 1, sender);
    db_bind_int(q, 2, *id);
    found = db_step(q, e);
    if (found == 1) {
        *id = db_int(q, 0);
        *holds = read_number(q, 1, COUNT_MAX);
        db_reset(q);
    }
    return found;
}

int ledger_spent_others(struct ledger *l, int64_t sender, int64_t now_ms, int64_t *holds,
                        struct err *e)
{
    int64_t id = 0, n;
    int found;

    *holds = 0;
    while ((found = next_other(l, sender, &id, &n, e)) == 1) {
        if (!l->is_copy && ledger_guard_has_sender(&l->guard, id))
            *holds += n;
        else if (bury(l, id, n, now_ms, e) != 0)
            return -1;
    }
    return found;
}

int ledger_spent_each(struct ledger *l, int64_t sender, int64_t after,
                      ledger_spent_callback *callback, void *context, struct err *e)
{
    static const char sql[] = "SELECT id, at_ms, answered, lost FROM spent WHERE id > ?2"
                              " AND url = (SELECT url FROM senders WHERE id = ?1) ORDER BY id";
    struct db_query *q = db_prepare(l->db, sql, e);
    int found;

    if (!q)
        return -1;
    db_bind_int(q, 1, sender);
    db_bind_int(q, 2, after);
    while ((found = db_step(q, e)) > 0) {
        const struct ledger_spent s = {.id = db_int(q, 0),
                                       .at_ms = read_number(q, 1, INT64_MAX),
                                       .answered = read_number(q, 2, COUNT_MAX),
                                       .lost = read_number(q, 3, COUNT_MAX)};

        if (callback(context, &s, e) != 0) {
            db_reset(q);
            return -1;
        }
    }
    return found;
}

/* ---- tidying ---- */

/* What is older than before_ms, by spans of that length.  The sum goes where the last of them was, so that nobody finds
 * it new who has read to there. */
static int sum_up(struct ledger *l, int64_t before_ms, int64_t span_ms, struct err *e)
{
    static const char sum[] =
        "UPDATE spent SET answered = m.answered, lost = m.lost, at_ms = m.at_ms FROM"
        " (SELECT max(id) AS id, max(at_ms) AS at_ms, sum(answered) AS answered, sum(lost) AS lost"
        "  FROM spent WHERE at_ms < ?1 GROUP BY url, at_ms / ?2 HAVING count(*) > 1) AS m"
        " WHERE spent.id = m.id";
    static const char drop[] =
        "DELETE FROM spent WHERE at_ms < ?1 AND id NOT IN"
        " (SELECT max(id) FROM spent WHERE at_ms < ?1 GROUP BY url, at_ms / ?2)";
    const char *const both[] = {sum, drop};

    for (int i = 0; i < 2; i++) {
        struct db_query *q = ledger_write(l, both[i], e);

        if (!q)
            return -1;
        db_bind_int(q, 1, before_ms);
        db_bind_int(q, 2, span_ms);
        if (db_step(q, e) != 0)
            return -1;
    }
    return 0;
}

int ledger_spent_tidy(struct ledger *l, int64_t now_ms, struct err *e)
{
    /* The greatest id stays, for ids must grow. */
    static const char sql[] =
        "DELETE FROM spent WHERE at_ms < ?1 AND id < (SELECT max(id) FROM spent)";
    struct db_query *q = ledger_write(l, sql, e);

    if (!q)
        return -1;
    db_bind_int(q, 1, now_ms - KEPT_MS);
    return db_step(q, e) == 0 && sum_up(l, now_ms - RECENT_MS, MS_PER_MINUTE, e) == 0
               ? sum_up(l, now_ms - BY_MINUTES_MS, MS_PER_HOUR, e)
               : -1;
}
