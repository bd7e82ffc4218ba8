/*
 * ledger_counts: kept as words, `1000 success, 3 failed`, so that `claimpipe runs` need not read ten million rows.
 *
 * They hold as long as no item of the run changes.  Those at rest change only for another run, which takes them over
 * first; of others (pending, unknown) no counts are kept, for any run may find out what became of them.
 */
#include "ledger/ledger_counts.h"

#include "base/number.h"
#include "base/text.h"
#include "ledger/ledger.h"
#include "ledger_internal.h"
#include "policy/added.h"
#include "policy/overall.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OPEN "open"
#define WORDS_MAX 256

/* ---- kept ---- */

static uint64_t sum(const uint64_t counts[STATUS_COUNT])
{
    uint64_t n = 0;

    for (int i = 0; i < STATUS_COUNT; i++)
        n += counts[i];
    return n;
}

static enum status status_called(const char *name)
{
    enum status s = 0;

    while (s < STATUS_COUNT && strcmp(status_name(s), name) != 0)
        s++;
    return s;
}

/* False: these are no counts of a run of so many rows. */
static bool read_words(const char *kept, uint64_t rows, uint64_t counts[STATUS_COUNT])
{
    char words[WORDS_MAX], *rest = words;
    int len = snprintf(words, sizeof(words), "%s", kept ? kept : "");

    memset(counts, 0, STATUS_COUNT * sizeof(counts[0]));
    if (len <= 0 || (size_t)len >= sizeof(words))
        return false;
    for (char *part; (part = strsep(&rest, ","));) {
        char *name = strrchr(part, ' ');
        enum status status;
        int64_t n;

        part += *part == ' ';
        if (!name || name < part)
            return false;
        *name++ = '\0';
        status = status_called(name);
        if (status == STATUS_COUNT || number_int(part, 1, INT64_MAX, &n) != 0)
            return false;
        counts[status] = (uint64_t)n;
    }
    return sum(counts) == rows;
}

int ledger_counts_keep(struct ledger *l, const struct ledger_run *run,
                       const uint64_t counts[STATUS_COUNT], struct err *e)
{
    static const char sql[] = "UPDATE runs SET counts = ?2 WHERE id = ?1 AND counts != '" OPEN "'"
                              " AND input_rows = ?3";
    char words[WORDS_MAX];
    size_t len = 0;
    struct db_query *q;

    if (counts[STATUS_PENDING] + counts[STATUS_UNKNOWN] > 0)
        return 0;
    for (int i = 0; i < STATUS_COUNT; i++)
        if (counts[i])
            len += (size_t)snprintf(words + len, sizeof(words) - len, "%s%" PRIu64 " %s",
                                    len ? ", " : "", counts[i], status_name((enum status)i));
    q = len ? ledger_write(l, sql, e) : NULL;
    if (!q)
        return len ? -1 : 0;
    db_bind_int(q, 1, run->id);
    db_bind_text(q, 2, words);
    db_bind_int(q, 3, (int64_t)sum(counts));
    return db_step(q, e);
}

int ledger_counts_forget(struct ledger *l, int64_t run, struct err *e)
{
    static const char sql[] = "UPDATE runs SET counts = '' WHERE id = ?1 AND counts != '" OPEN "'";
    struct db_query *q = ledger_write(l, sql, e);

    if (!q)
        return -1;
    db_bind_int(q, 1, run);
    return db_step(q, e);
}

int ledger_counts_take(struct ledger *l, const struct ledger_run *run, int64_t item, struct err *e)
{
    static const char sql[] =
        "UPDATE runs SET counts = '" OPEN "' WHERE id = (SELECT run FROM items WHERE id = ?1)"
        " AND id != ?2 AND counts != '" OPEN "'";
    struct db_query *q = ledger_write(l, sql, e);

    if (!q)
        return -1;
    db_bind_int(q, 1, item);
    db_bind_int(q, 2, run->id);
    return db_step(q, e);
}

/* ---- counted anew ---- */

/* A row, as far as it has been read. */
struct row_words {
    uint64_t row; /* 0: none yet */
    struct overall_step whole, steps[ADDED_STEPS_MAX];
};

static int count_steps(struct ledger *l, int64_t run, size_t *n, struct err *e)
{
    static const char sql[] = "SELECT coalesce(max(step), 1) FROM aims WHERE run = ?1";
    struct db_query *q = db_prepare(l->db, sql, e);
    int64_t steps;

    if (!q)
        return -1;
    db_bind_int(q, 1, run);
    if (db_step(q, e) != 1)
        return -1;
    steps = db_int(q, 0);
    db_reset(q);
    *n = steps < 1 ? 1 : steps > ADDED_STEPS_MAX ? ADDED_STEPS_MAX : (size_t)steps;
    return 0;
}

/* Of rows of that kind, and with an item in that state, which are in the columns 2 and 3: a status, or -1. */
static int status_of(struct ledger *l, struct db_query *q, int64_t run, struct err *e)
{
    const struct ledger_place kinds = {"run", run, "has a row of kind"};
    const struct ledger_place states = {"run", run, "has an item in state"};
    int kind = ledger_word(l, q, 2, LEDGER_ROW_KINDS, &kinds, e), state;

    if (kind < 0)
        return -1;
    switch ((enum ledger_row_kind)kind) {
    case LEDGER_ROW_DUPLICATE:
        return STATUS_DUPLICATE;
    case LEDGER_ROW_INVALID:
        return STATUS_INVALID;
    case LEDGER_ROW_SKIPPED:
        return STATUS_SKIPPED;
    default:
        state = ledger_word(l, q, 3, STATE_COUNT, &states, e);
        return state < 0 ? -1 : (int)state_status((enum state)state);
    }
}

/* The row is whole: it counts, and another one begins. */
static void end_row(struct row_words *r, size_t n, uint64_t counts[STATUS_COUNT])
{
    size_t decides;

    if (r->row > 0)
        counts[overall_row(&r->whole, r->steps, n, &decides)]++;
    memset(r, 0, sizeof(*r));
}

static int count_rows(struct ledger *l, struct db_query *q, int64_t run, size_t n,
                      uint64_t counts[STATUS_COUNT], struct err *e)
{
    struct row_words r = {.row = 0};
    int found;

    while ((found = db_step(q, e)) == 1) {
        uint64_t row = (uint64_t)db_int(q, 0);
        int64_t step = db_int(q, 1);
        int status = status_of(l, q, run, e);

        if (status < 0) {
            db_reset(q);
            return -1;
        }
        if (row != r.row)
            end_row(&r, n, counts);
        r.row = row;
        if (step <= 0)
            r.whole = (struct overall_step){true, (enum status)status};
        else if ((size_t)step <= n) /* the job had more of them once */
            r.steps[step - 1] = (struct overall_step){true, (enum status)status};
    }
    end_row(&r, n, counts);
    return found;
}

int ledger_counts_get(struct ledger *l, const struct ledger_past *run,
                      uint64_t counts[STATUS_COUNT], struct err *e)
{
    static const char sql[] =
        "SELECT rows.row, rows.step, kind,"
        /* as ledger_left_put has kept it */
        " iif(kind = 0 AND rows.of_run > 0, rows.of_line & 7, state)"
        " FROM rows LEFT JOIN items ON items.id = rows.item WHERE rows.run = ?1"
        " ORDER BY rows.row, rows.step";
    struct db_query *q;
    uint64_t told;
    size_t n;

    if (read_words(run->counts, run->rows, counts))
        return 0;
    memset(counts, 0, STATUS_COUNT * sizeof(counts[0]));
    if (count_steps(l, run->id, &n, e) != 0 || !(q = db_prepare(l->db, sql, e)))
        return -1;
    db_bind_int(q, 1, run->id);
    if (count_rows(l, q, run->id, n, counts, e) != 0)
        return -1;
    told = sum(counts);
    if (run->rows > told)
        counts[STATUS_UNSENT] += run->rows - told;
    return 0;
}
