/* report_summary: how many rows of each status, and why those that are not done are not. */
#include "stages/report_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *report_status_name(enum status status, bool simulated)
{
    if (simulated && status == STATUS_SUCCESS)
        return "would succeed";
    if (simulated && status == STATUS_FAILED)
        return "would fail";
    return status_name(status);
}

/* Take values out of a reason: what stands in quotes after a colon, and numbers of lines. */
static void generalise(const char *error, char out[REPORT_REASON_MAX])
{
    const char *value = strstr(error, ": \""), *rest = value ? strchr(value + 3, '"') : NULL;

    if (rest)
        snprintf(out, REPORT_REASON_MAX, "%.*s: …%.100s", (int)(value - error), error, rest + 1);
    else
        slice_line(slice_of(error), out, REPORT_REASON_MAX);
}

void report_count(struct report_summary *s, const struct report_cells *c, uint64_t line)
{
    char text[REPORT_REASON_MAX];
    struct report_reason *reason;
    size_t i = 0;

    s->rows[c->status]++;
    if (c->status != STATUS_FAILED && c->status != STATUS_INVALID && c->status != STATUS_UNKNOWN)
        return;
    generalise(c->error, text);
    while (i < s->n_reasons &&
           (s->reasons[i].status != c->status || strcmp(s->reasons[i].text, text) != 0))
        i++;
    if (i == REPORT_REASONS_MAX) {
        s->other_reasons++;
        return;
    }
    reason = &s->reasons[i];
    if (i == s->n_reasons) {
        reason->status = c->status;
        reason->first_line = line;
        memcpy(reason->text, text, sizeof(text));
        s->n_reasons++;
    }
    reason->rows++;
}

static int by_rows(const void *a, const void *b)
{
    const struct report_reason *x = a, *y = b;

    if (x->status != y->status)
        return x->status < y->status ? -1 : 1;
    if (x->rows != y->rows)
        return x->rows > y->rows ? -1 : 1;
    return x->first_line < y->first_line ? -1 : 1;
}

void report_count_end(struct report_summary *s)
{
    qsort(s->reasons, s->n_reasons, sizeof(s->reasons[0]), by_rows);
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
    for (size_t i = 0; i < s->n_reasons; i++)
        text_printf(out, "\n  %7llu %s: %s (first on line %llu)",
                    (unsigned long long)s->reasons[i].rows,
                    report_status_name(s->reasons[i].status, s->simulated), s->reasons[i].text,
                    (unsigned long long)s->reasons[i].first_line);
    if (s->other_reasons)
        text_printf(out, "\n  %7llu for other reasons", (unsigned long long)s->other_reasons);
}
