/* filter_why: why a record has not passed, or can't be judged. */
#include "filter_internal.h"

#include "base/visible.h"
#include "policy/cell.h"

#include <string.h>

#define REASONS_MAX 3u /* of an or */

void filter_put_shown(struct text *out, struct slice s)
{
    char line[FILTER_SHOWN_MAX];
    text_puts(out, visible_line(s, line, sizeof(line)));
    if (s.len >= sizeof(line))
        text_puts(out, "…");
}

static void put_quoted(struct text *out, struct slice s)
{
    text_puts(out, "\"");
    filter_put_shown(out, s);
    text_puts(out, "\"");
}

/* ---- A cell that can't be read ---- */

/* `the number 100`, `numbers and dates`. */
static void put_compared(const struct filter_test *t, struct text *out)
{
    if (t->values->next) {
        text_puts(out, t->has_text ? "texts, " : "");
        text_puts(out, t->has_number && t->has_date ? "numbers and dates"
                       : t->has_number              ? "numbers"
                                                    : "dates");
        return;
    }
    text_puts(out, t->has_number ? "the number " : "the date ");
    filter_put_shown(out, t->values->text);
}

/* What to do about the cell, or NULL. */
static const char *remedy(const struct filter *f, const struct filter_test *t,
                          const struct filter_cell *cell)
{
    struct quantity q;
    struct when w;
    if (filter_has_other_scale(t, cell))
        return cell->quantity.is_percent
                   ? "which is out of 100: say how many percent, such as 80%"
                   : "which is so many of others: say how many percent, such as 80%";
    if (cell->as_number == QUANTITY_AMBIGUOUS)
        return "its comma can set thousands apart or be the decimal mark: say --decimal point or "
               "--decimal comma";
    if (cell->as_date == WHEN_AMBIGUOUS)
        return "which is the month can't be told: say --date-order mdy or --date-order dmy";
    if (cell_is_shortened(cell->value))
        return "a spreadsheet has cut its digits: export it again, with that column as text";
    if (!t->has_date && when_read(cell->value, f->options.date_order, &w) != WHEN_NONE)
        return "it is a date: compare it with one, such as 2026-10-01 or -1d";
    if (!t->has_number && quantity_read(cell->value, '.', &q) != QUANTITY_NONE)
        return "it is a number: compare it with one, such as 100 or 80%";
    return NULL;
}

void filter_put_fault(const struct filter *f, const struct filter_test *t,
                      const struct filter_cell *cell, const char *otherwise, struct text *out)
{
    const char *what = remedy(f, t, cell);
    text_puts(out, "column ");
    put_quoted(out, f->columns->names[t->column]);
    text_puts(out, ": ");
    put_quoted(out, cell->value);
    text_puts(out, " is compared with ");
    put_compared(t, out);
    text_printf(out, " (%s): ", t->asked_by);
    if (!what && t->has_number)
        text_puts(out, t->has_date ? "it is neither a number nor a date" : "it is no number");
    else if (!what)
        text_puts(out, "it is no date in a known form, such as 2026-10-01 16:32:40, 11/29/24 or 3 "
                       "March 2025");
    text_puts(out, what ? what : otherwise);
}

static void put_fault(const struct filter *f, const struct filter_test *t, struct slice cell,
                      struct text *out)
{
    struct filter_cell c = {.value = {NULL, 0}};
    filter_read_cell(f, t, cell, &c);
    filter_put_fault(f, t, &c, "; correct it, or leave such rows out with a test of their own",
                     out);
}

/* A pattern has not been searched for to the end. */
static void put_too_much(const struct filter *f, const struct filter_node *n, struct slice cell,
                         struct text *out)
{
    text_puts(out, "column ");
    put_quoted(out, f->columns->names[n->test->column]);
    text_puts(out, ": ");
    put_quoted(out, cell_value(cell));
    text_printf(out, " takes too long to search for ");
    filter_put_shown(out, n->source);
    text_printf(out, " (%s): make the pattern simpler, or shorten the cell", n->test->asked_by);
}

/* ---- The test that decides ---- */

/* `Progress >= 100: "95"`. */
static void put_failed(const struct filter_node *n, const struct filter_test *t,
                       const struct slice *cells, struct text *out)
{
    filter_put_shown(out, n->source);
    text_puts(out, ": ");
    put_quoted(out, cell_value(cells[t->column]));
}

static void put_aggregate(const struct filter_node *n, enum filter_verdict verdict,
                          struct text *out)
{
    filter_put_shown(out, n->source);
    text_puts(out, verdict == FILTER_FAULT ? ": a row of the group can't be judged"
                                           : ": it is not so in this group");
}

/* The children whose verdict it is: of an `or` that fails all of them, else the first. */
static void put_children(const struct filter *f, const struct filter_node *n,
                         enum filter_verdict verdict, const struct slice *cells, int64_t now_ms,
                         const enum filter_verdict *group, struct text *out)
{
    size_t most = n->kind == FILTER_OR && verdict == FILTER_FAILS ? REASONS_MAX : 1, said = 0;
    for (const struct filter_node *child = n->first; child; child = child->next) {
        if (filter_judge_node(f, child, cells, now_ms, group) != verdict)
            continue;
        if (said == most) {
            text_puts(out, most > 1 ? "; …" : "");
            return;
        }
        text_puts(out, said++ > 0 ? "; " : "");
        filter_why(f, child, verdict, cells, now_ms, group, out);
    }
}

void filter_why(const struct filter *f, const struct filter_node *n, enum filter_verdict verdict,
                const struct slice *cells, int64_t now_ms, const enum filter_verdict *group,
                struct text *out)
{
    switch (n->kind) {
    case FILTER_TEST:
        if (verdict != FILTER_FAULT)
            put_failed(n, n->test, cells, out);
        else if (n->test->op == FILTER_MATCHES)
            put_too_much(f, n, cells[n->test->column], out);
        else
            put_fault(f, n->test, cells[n->test->column], out);
        break;
    case FILTER_AGGREGATE:
        put_aggregate(n, verdict, out);
        break;
    case FILTER_NOT:
        if (verdict == FILTER_FAULT)
            filter_why(f, n->first, verdict, cells, now_ms, group, out);
        else if (n->first->kind == FILTER_TEST)
            put_failed(n, n->first->test, cells, out);
        else
            filter_put_shown(out, n->source);
        break;
    case FILTER_AND:
    case FILTER_OR:
        put_children(f, n, verdict, cells, now_ms, group, out);
        break;
    }
}
