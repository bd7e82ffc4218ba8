/* settled: counts by status, keeps the first reason of each, and puts both into words. */
#include "policy/settled.h"

#include "base/visible.h"

#include <inttypes.h>
#include <stdio.h>

void settled_add(struct settled *s, enum status status, const char *why)
{
    if (s->rows[status]++ == 0)
        snprintf(s->why[status], sizeof(s->why[status]), "%s", why);
}

uint64_t settled_sum(const struct settled *list, size_t n, uint64_t rows[STATUS_COUNT])
{
    uint64_t sum = 0;

    for (int i = 0; i < STATUS_COUNT; i++) {
        rows[i] = 0;
        for (size_t k = 0; k < n; k++)
            rows[i] += list[k].rows[i];
        sum += rows[i];
    }
    return sum;
}

bool settled_is_done(const struct settled *list, size_t n)
{
    uint64_t rows[STATUS_COUNT];

    return settled_sum(list, n, rows) == rows[STATUS_SUCCESS];
}

/* As a status is called here: what stays as it was says so. */
static const char *word_of(enum status status)
{
    switch (status) {
    case STATUS_PENDING:
        return "still pending";
    case STATUS_UNKNOWN:
        return "still unknown";
    case STATUS_UNSENT:
        return "not sent";
    default:
        return status_name(status);
    }
}

static void put_counts(const uint64_t rows[STATUS_COUNT], const struct settled *of,
                       struct text *out)
{
    const char *comma = "";

    for (int i = 0; i < STATUS_COUNT; i++) {
        if (!rows[i])
            continue;
        text_printf(out, "%s%" PRIu64 " %s", comma, rows[i], word_of((enum status)i));
        comma = ", ";
        if (of && of->why[i][0]) {
            text_puts(out, " (");
            visible_puts(out, of->why[i]);
            text_puts(out, ")");
        }
    }
}

static void put_target(const struct settled *s, struct text *out)
{
    text_printf(out, "\n  %s ", s->action);
    visible_puts(out, s->id);
    text_puts(out, ": ");
    put_counts(s->rows, s, out);
}

void settled_words(const struct settled *list, size_t n, struct text *out)
{
    uint64_t rows[STATUS_COUNT], sum = settled_sum(list, n, rows);
    size_t shown = 0;

    if (sum == 0) {
        text_puts(out, "nothing is under way");
        return;
    }
    text_printf(out, "%" PRIu64 " under way: ", sum);
    put_counts(rows, NULL, out);
    for (size_t i = 0; i < n; i++) {
        if (settled_is_done(&list[i], 1))
            continue;
        if (shown++ < SETTLED_SHOWN_MAX)
            put_target(&list[i], out);
    }
    if (shown > SETTLED_SHOWN_MAX)
        text_printf(out, "\n  and %zu more, of which not all is success",
                    shown - SETTLED_SHOWN_MAX);
}

/* What is asked about, or what is not. */
static void sum_of(const struct settled *list, size_t n, bool asked, uint64_t rows[STATUS_COUNT])
{
    uint64_t one[STATUS_COUNT];

    for (int i = 0; i < STATUS_COUNT; i++)
        rows[i] = 0;
    for (size_t k = 0; k < n; k++) {
        if (list[k].asked != asked)
            continue;
        settled_sum(&list[k], 1, one);
        for (int i = 0; i < STATUS_COUNT; i++)
            rows[i] += one[i];
    }
}

void settled_next(const struct settled *list, size_t n, struct text *out)
{
    uint64_t claims[STATUS_COUNT], stores[STATUS_COUNT];

    sum_of(list, n, true, claims);
    sum_of(list, n, false, stores);
    if (claims[STATUS_SUCCESS] || claims[STATUS_FAILED] || claims[STATUS_UNSENT])
        text_puts(out,
                  "\nresults that were written before are as they were: claimpipe report last "
                  "-o results.csv writes those of the last run anew (claimpipe runs lists all)");
    if (claims[STATUS_PENDING])
        text_puts(out, "\nwhat is still pending lies in the claim's queue: run claimpipe settle "
                       "again later");
    if (claims[STATUS_UNKNOWN])
        text_puts(out, "\nwhat is still unknown can be told by the same claim command, if it sends "
                       "others after it; if it stays so: see on the claim's page who has it; then "
                       "--resend-unknown of the claim command sends the rest, once");
    if (claims[STATUS_UNSENT])
        text_puts(out,
                  "\nwhat is not sent was certainly not taken: the same claim command sends it");
    if (claims[STATUS_FAILED])
        text_puts(out,
                  "\nto try what has failed again: the same claim command with --retry-failed");
    if (stores[STATUS_PENDING])
        text_puts(out, "\nwhat is pending at a store is ended by the same store command, and by "
                       "nothing else");
}
