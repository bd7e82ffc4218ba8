/*
 * report_tally: the summary of a run from the ledger alone, as its results would have it.
 *
 * What stands above the header, and so in no ledger, is not counted; nor is anything asked that only codes tell.
 */
#include "report_internal.h"

#include <string.h>

struct tally {
    struct report_judge judge;
    struct report_cells cells[ADDED_STEPS_MAX + 1]; /* of one row */
    struct arena arena;                             /* their texts */
    struct report_summary *summary;
    uint64_t row, line, told; /* 0: none yet */
};

static int end_row(struct tally *t, struct err *e)
{
    if (t->row == 0)
        return 0;
    if (report_judge_end(&t->judge, &t->arena, t->cells, e) != 0)
        return -1;
    report_count(t->summary, t->cells, t->line);
    t->told++;
    arena_reset(&t->arena);
    return 0;
}

static int take(struct tally *t, const struct ledger_result *known, struct err *e)
{
    if (known->row.row != t->row) {
        if (end_row(t, e) != 0)
            return -1;
        t->row = known->row.row;
        t->line = known->row.line;
        report_judge_begin(&t->judge, t->cells);
    }
    return report_judge_take(&t->judge, known, &t->arena, t->cells, e);
}

static int pass(struct tally *t, struct ledger *l, int64_t run, struct err *e)
{
    struct ledger_cursor *cursor = ledger_cursor_open(l, run, e);
    struct ledger_result known;
    int have = -1;

    while (cursor && (have = ledger_cursor_next(cursor, &known, e)) == 1)
        if (take(t, &known, e) != 0) {
            have = -1;
            break;
        }
    ledger_cursor_close(cursor);
    return have == 0 ? end_row(t, e) : -1;
}

int report_tally(struct ledger *l, int64_t run, uint64_t rows, struct report_summary *summary,
                 struct err *e)
{
    /* As of a dry run, codes are not made. */
    const struct report_options o = {.run = run, .simulated = true};
    struct tally t = {.summary = summary};
    struct report_aims aims;
    int rc;

    memset(summary, 0, sizeof(*summary));
    arena_init(&t.arena);
    rc = report_aims_load(&aims, l, &o, e);
    if (rc == 0) {
        report_judge_init(&t.judge, &o, &aims);
        rc = pass(&t, l, run, e);
    }
    if (rc == 0 && rows > t.told)
        summary->rows[STATUS_UNSENT] += rows - t.told;
    reasons_sort(&summary->reasons);
    arena_release(&t.arena);
    report_aims_release(&aims);
    return rc;
}
