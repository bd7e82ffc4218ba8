/* report_summary: how many rows of each status, and why those that are not done are not. */
#include "report_internal.h"

#include "adapters/xlsxout.h"
#include "base/count.h"

const char *report_status_name(enum status status, bool simulated)
{
    if (simulated && status == STATUS_SUCCESS)
        return "would succeed";
    if (simulated && status == STATUS_FAILED)
        return "would fail";
    return status_name(status);
}

void report_count(struct report_summary *s, const struct report_cells *c, uint64_t line)
{
    s->rows[c->status]++;
    s->kept += c->kept != 0;
    if (c->kept)
        reasons_add_kept(&s->reasons, c->kept, c->why, line);
    else if (c->status == STATUS_FAILED || c->status == STATUS_INVALID ||
             c->status == STATUS_UNKNOWN || c->status == STATUS_SKIPPED)
        reasons_add(&s->reasons, c->status, c->error, line);
}

void report_reason(const struct report_summary *s, const struct reason *r, struct text *out)
{
    text_puts(out, report_status_name(r->status, s->simulated && !r->first_run));
    if (r->first_run && r->first_run == r->last_run)
        text_printf(out, " in run %lld, not tried again", (long long)r->first_run);
    else if (r->first_run)
        text_printf(out, " in runs %lld to %lld, not tried again", (long long)r->first_run,
                    (long long)r->last_run);
    if (*r->text)
        text_printf(out, ": %s", r->text);
}

void report_words(const struct report_summary *s, struct text *out)
{
    char number[COUNT_MAX];
    uint64_t total = 0;

    for (int i = 0; i < STATUS_COUNT; i++)
        total += s->rows[i];
    count_put(out, total, "row", "rows");
    for (int i = 0; i < STATUS_COUNT; i++) {
        if (s->rows[i])
            text_printf(out, ", %s %s", count_commas(s->rows[i], number),
                        report_status_name((enum status)i, s->simulated));
        if (i == STATUS_FAILED && s->kept)
            text_printf(out, " (%llu of them before, and not tried again)",
                        (unsigned long long)s->kept);
    }
    for (size_t i = 0; i < s->reasons.n; i++) {
        const struct reason *r = &s->reasons.list[i];

        text_printf(out, "\n  %7llu ", (unsigned long long)r->rows);
        report_reason(s, r, out);
        text_printf(out, " (first on line %llu)", (unsigned long long)r->first_line);
    }
    if (s->reasons.others)
        text_printf(out, "\n  %7llu for other reasons", (unsigned long long)s->reasons.others);
    if (s->cut)
        text_printf(out, "\n%llu %s " REPORT_CUT " (first on line %llu): a .csv has all of it",
                    (unsigned long long)s->cut, s->cut == 1 ? "cell is" : "cells are",
                    XLSXOUT_CELL_MAX, (unsigned long long)s->cut_line);
}
