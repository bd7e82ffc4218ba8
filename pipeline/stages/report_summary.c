/* report_summary: how many rows of each status, and why those that are not done are not. */
#include "report_internal.h"

#include "adapters/jsonout.h"
#include "adapters/xlsxout.h"

const char *report_status_name(enum status status, bool simulated)
{
    if (simulated && status == STATUS_SUCCESS)
        return "would succeed";
    if (simulated && status == STATUS_FAILED)
        return "would fail";
    return status_name(status);
}

bool report_has(enum report_rows rows, enum status status)
{
    switch (rows) {
    case REPORT_ALL:
        return true;
    case REPORT_PERSON:
        return status == STATUS_FAILED || status == STATUS_INVALID || status == STATUS_UNKNOWN;
    case REPORT_FRESH:
        break;
    }
    return status == STATUS_SUCCESS;
}

const char *report_retry(const struct report_options *o, const struct report_row *row)
{
    return row->added[0].status == STATUS_FAILED && !o->simulated ? ADDED_RETRY_YES : "";
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
    uint64_t total = 0;

    for (int i = 0; i < STATUS_COUNT; i++)
        total += s->rows[i];
    text_printf(out, "%llu rows", (unsigned long long)total);
    for (int i = 0; i < STATUS_COUNT; i++) {
        if (s->rows[i])
            text_printf(out, ", %llu %s", (unsigned long long)s->rows[i],
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

static void put_reason(struct jsonout *j, const struct reason *r)
{
    jsonout_object(j, NULL);
    jsonout_text(j, "status", status_name(r->status));
    jsonout_text(j, "error", *r->text ? r->text : NULL);
    jsonout_number(j, "rows", (int64_t)r->rows);
    jsonout_number(j, "first_line", (int64_t)r->first_line);
    if (r->first_run) {
        jsonout_number(j, "failed_in_run", r->first_run);
        jsonout_number(j, "failed_to_run", r->last_run);
    }
    jsonout_close(j);
}

void report_json(const struct report_summary *s, struct jsonout *j)
{
    uint64_t total = 0;

    for (int i = 0; i < STATUS_COUNT; i++)
        total += s->rows[i];
    jsonout_number(j, "rows", (int64_t)total);
    jsonout_object(j, "counts");
    for (int i = 0; i < STATUS_COUNT; i++)
        jsonout_number(j, status_name((enum status)i), (int64_t)s->rows[i]);
    jsonout_close(j);
    jsonout_number(j, "failed_before", (int64_t)s->kept);
    jsonout_list(j, "reasons");
    for (size_t i = 0; i < s->reasons.n; i++)
        put_reason(j, &s->reasons.list[i]);
    jsonout_close(j);
    jsonout_number(j, "rows_for_other_reasons", (int64_t)s->reasons.others);
}
