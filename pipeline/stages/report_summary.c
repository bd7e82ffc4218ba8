/* report_summary: how many rows of each status, and why those that are not done are not. */
#include "report_internal.h"

#include "adapters/jsonout.h"
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

bool report_has(enum report_rows rows, enum status status)
{
    switch (rows) {
    case REPORT_ALL:
    case REPORT_PAGE:
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

/* One that a person was told of, or was not. */
static void count_problem(struct report_summary *s, int64_t since, struct reason *r, uint64_t line)
{
    if (since == 0) {
        s->fresh++;
        if (r && r->fresh++ == 0)
            r->fresh_line = line;
        return;
    }
    s->known++;
    s->known_first = s->known_first && s->known_first < since ? s->known_first : since;
    s->known_last = s->known_last > since ? s->known_last : since;
}

void report_count(struct report_summary *s, const struct report_cells *c, uint64_t line)
{
    bool problem = report_has(REPORT_PERSON, c->status);
    struct reason *r = NULL;

    s->rows[c->status]++;
    s->kept += c->kept != 0;
    s->back += c->back;
    if (c->kept)
        r = reasons_add_kept(&s->reasons, c->kept, c->why, line);
    else if (problem || c->status == STATUS_SKIPPED)
        r = reasons_add(&s->reasons, c->status, c->error, line);
    if (problem)
        count_problem(s, c->since, r, line);
}

uint64_t report_problems(const struct report_summary *s)
{
    return s->fresh + s->known;
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

static void say_known(const struct report_summary *s, struct text *out)
{
    text_printf(out, "%llu known since run", (unsigned long long)s->known);
    if (s->known_first == s->known_last)
        text_printf(out, " %lld", (long long)s->known_first);
    else
        text_printf(out, "s %lld to %lld", (long long)s->known_first, (long long)s->known_last);
}

/* Of the rows that need a person; nothing, if none does. */
static void say_problems(const struct report_summary *s, struct text *out)
{
    uint64_t n = report_problems(s);

    if (!s->tells || n == 0)
        return;
    text_printf(out, "\n%llu %s a person: ", (unsigned long long)n,
                n == 1 ? "row needs" : "rows need");
    if (s->fresh > 0)
        text_printf(out, "%llu new", (unsigned long long)s->fresh);
    if (s->fresh > 0 && s->known > 0)
        text_puts(out, ", ");
    if (s->known > 0)
        say_known(s, out);
}

/* Where some are known it matters which. */
static void say_place(const struct report_summary *s, const struct reason *r, struct text *out)
{
    text_printf(out, " (first on line %llu", (unsigned long long)r->first_line);
    if (s->known > 0 && r->fresh == r->rows)
        text_puts(out, "; new");
    else if (s->known > 0 && r->fresh > 0)
        text_printf(out, "; %llu new, first on line %llu", (unsigned long long)r->fresh,
                    (unsigned long long)r->fresh_line);
    text_puts(out, ")");
}

void report_news(const struct report_summary *s, struct text *out)
{
    uint64_t named = 0;

    if (s->fresh == 0)
        return;
    text_printf(out, "%llu new %s a person", (unsigned long long)s->fresh,
                s->fresh == 1 ? "row needs" : "rows need");
    if (s->known > 0) {
        text_puts(out, ", beside ");
        say_known(s, out);
    }
    for (size_t i = 0; i < s->reasons.n; i++) {
        const struct reason *r = &s->reasons.list[i];

        if (r->fresh == 0)
            continue;
        named += r->fresh;
        text_printf(out, "\n  %7llu ", (unsigned long long)r->fresh);
        report_reason(s, r, out);
        text_printf(out, " (first on line %llu)", (unsigned long long)r->fresh_line);
    }
    if (named < s->fresh)
        text_printf(out, "\n  %7llu for other reasons", (unsigned long long)(s->fresh - named));
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
    if (s->back) {
        text_puts(out, "\n");
        count_put(out, s->back, "message", "messages");
        text_puts(out, " came back: see the column note");
    }
    say_problems(s, out);
    for (size_t i = 0; i < s->reasons.n; i++) {
        const struct reason *r = &s->reasons.list[i];

        text_printf(out, "\n  %7llu ", (unsigned long long)r->rows);
        report_reason(s, r, out);
        say_place(s, r, out);
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
    if (s->back)
        jsonout_number(j, "came_back", (int64_t)s->back);
}
