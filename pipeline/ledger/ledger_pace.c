/* ledger_pace: the table `paces`; the requests are one text, for they are only ever read and written together. */
#include "ledger/ledger_pace.h"

#include "base/text.h"
#include "ledger/ledger.h"
#include "ledger_internal.h"
#include "policy/timeline.h"

int ledger_pace_keep(struct ledger *l, int64_t run, const struct timeline *t,
                     const struct ledger_pace *pace, struct err *e)
{
    static const char sql[] = "INSERT OR REPLACE INTO paces(run, width_ms, requests, allowed,"
                              " window_ms) VALUES(?1, ?2, ?3, ?4, ?5)";
    struct db_query *q;
    struct text words;
    int rc = -1;

    text_init(&words);
    timeline_write(t, TIMELINE_REQUESTS, &words);
    q = text_ok(&words) ? ledger_write(l, sql, e) : NULL;
    if (q) {
        db_bind_int(q, 1, run);
        db_bind_int(q, 2, t->width_ms);
        db_bind_text(q, 3, words.ptr);
        db_bind_int(q, 4, pace->limit);
        db_bind_int(q, 5, pace->window_ms);
        rc = db_step(q, e);
    } else if (!text_ok(&words)) {
        rc = err_nomem(e);
    }
    text_release(&words);
    return rc;
}

int ledger_pace_find(struct ledger *l, int64_t run, struct timeline *t, struct ledger_pace *pace,
                     struct err *e)
{
    static const char sql[] =
        "SELECT width_ms, requests, allowed, window_ms FROM paces WHERE run = ?1";
    struct db_query *q = db_prepare(l->db, sql, e);
    int found;

    if (!q)
        return -1;
    db_bind_int(q, 1, run);
    found = db_step(q, e);
    if (found != 1)
        return found;
    *pace = (struct ledger_pace){db_int(q, 2), db_int(q, 3)};
    if (pace->limit < 0 || pace->window_ms <= 0)
        *pace = (struct ledger_pace){0, 0};
    found = timeline_read(t, TIMELINE_REQUESTS, db_int(q, 0), db_text(q, 1)) == 0;
    db_reset(q);
    return found;
}
