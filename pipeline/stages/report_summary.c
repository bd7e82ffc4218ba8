/* report_summary: how many rows of each status, and why those that are not done are not. */
#include "stages/report_parts.h"

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
    if (c->status == STATUS_FAILED || c->status == STATUS_INVALID || c->status == STATUS_UNKNOWN ||
        c->status == STATUS_SKIPPED)
        reasons_add(&s->reasons, c->status, c->error, line);
}

void report_words(const struct report_summary *s, struct text *out)
{
    uint64_t total = 0;

    for (int i = 0; i < STATUS_COUNT; i++)
        total += s->rows[i];
    text_printf(out, "%llu rows", (unsigned long long)total);
    for (int i = 0; i < STATUS_COUNT; i++)
        if (s->rows[i])
            text_printf(out, ", %llu %s", (unsigned long long)s->rows[i],
                        report_status_name((enum status)i, s->simulated));
    for (size_t i = 0; i < s->reasons.n; i++) {
        const struct reason *r = &s->reasons.list[i];

        text_printf(out, "\n  %7llu %s: %s (first on line %llu)", (unsigned long long)r->rows,
                    report_status_name(r->status, s->simulated), r->text,
                    (unsigned long long)r->first_line);
    }
    if (s->reasons.others)
        text_printf(out, "\n  %7llu for other reasons", (unsigned long long)s->reasons.others);
}
