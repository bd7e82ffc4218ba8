/* filter: making one, and judging by it.  Who wants to know why, walks the tree again (filter_why.c). */
#include "filter_internal.h"

#include "base/mem.h"
#include "policy/cell.h"
#include "policy/unicode.h"

#include <math.h>
#include <stdlib.h>

#define PERCENT_SLACK 1e-9 /* 57 of 100 is 57%, whatever a double makes of 0.57 */

/* ---- Making one ---- */

/* An empty one, or NULL: no memory. */
static struct filter *begin(const struct columns *columns, const struct filter_options *o)
{
    struct filter *f = mem_zero(1, sizeof(*f));
    if (!f)
        return NULL;
    arena_init(&f->arena);
    f->columns = columns;
    f->options = *o;
    f->tests_end = &f->tests;
    f->root = arena_alloc(&f->arena, sizeof(*f->root));
    if (!f->root) {
        filter_free(f);
        return NULL;
    }
    *f->root = (struct filter_node){.kind = FILTER_AND};
    return f;
}

struct filter *filter_new(const struct filter_text *texts, size_t n, const struct columns *columns,
                          const struct filter_options *o, struct err *e)
{
    struct filter *f = begin(columns, o);
    if (!f) {
        (void)err_nomem(e);
        return NULL;
    }
    if (n > FILTER_TEXTS_MAX) {
        (void)err_set(e, EXIT_USAGE, "%s: more than %d of them: join some with and",
                      texts[n - 1].asked_by, FILTER_TEXTS_MAX);
        goto err;
    }
    struct filter_node **end = &f->root->first;
    for (size_t i = 0; i < n; i++) {
        if (filter_parse(f, &texts[i], end, e) < 0)
            goto err;
        end = &(*end)->next;
    }
    return f;
err:
    filter_free(f);
    return NULL;
}

bool filter_misses(const struct filter_text *text, const struct columns *columns,
                   const struct filter_options *o, struct text *name)
{
    struct err ignored = ERR_INIT;
    struct filter *f = begin(columns, o);
    bool misses = f && filter_parse(f, text, &f->root->first, &ignored) < 0 && f->missing.len > 0;
    if (misses)
        text_append(name, f->missing.ptr, f->missing.len);
    filter_free(f);
    return misses;
}

void filter_free(struct filter *f)
{
    if (!f)
        return;
    for (struct filter_test *t = f->tests; t; t = t->next)
        filter_pattern_free(t->pattern);
    arena_release(&f->arena);
    free(f);
}

/* ---- One test ---- */

/* Is it "95%" or "4 / 5", and compared with a number from 0 to 1? */
bool filter_has_other_scale(const struct filter_test *t, const struct filter_cell *cell)
{
    if (cell->as_number != QUANTITY_OK || !(cell->quantity.is_percent || cell->quantity.of > 1))
        return false;
    for (const struct filter_value *v = t->values; v; v = v->next) {
        const struct quantity *q = &v->quantity;
        bool share = q->value > 0 && (cell->quantity.is_percent ? q->value <= 1 : q->value < 1);
        if (v->kind == FILTER_NUMBER && !q->is_percent && share)
            return true;
    }
    return false;
}

void filter_read_cell(const struct filter *f, const struct filter_test *t, struct slice cell,
                      struct filter_cell *out)
{
    out->value = cell_value(cell);
    out->as_number = QUANTITY_NONE;
    out->as_date = WHEN_NONE;
    if (t->has_number)
        out->as_number = quantity_read(out->value, f->options.decimal_mark, &out->quantity);
    if (t->has_date)
        out->as_date = when_read(out->value, f->options.date_order, &out->when);
    if (filter_has_other_scale(t, out))
        out->reading = FILTER_UNSURE;
    else if (out->as_number == QUANTITY_OK || out->as_date == WHEN_OK)
        out->reading = FILTER_READ;
    else if (cell_is_nothing(out->value))
        out->reading = FILTER_NOTHING;
    else if (out->as_number == QUANTITY_AMBIGUOUS || out->as_date == WHEN_AMBIGUOUS)
        out->reading = FILTER_UNSURE;
    else
        out->reading = t->has_text ? FILTER_READ : FILTER_UNREADABLE;
}

/* Less than, equal to or greater than the value: -1, 0, 1. */
static int compare_number(const struct quantity *cell, const struct quantity *value)
{
    double x = cell->value;
    if (value->is_percent && cell->of > 0) {
        x = cell->value * 100 / cell->of;
        if (fabs(x - value->value) < PERCENT_SLACK)
            return 0;
    }
    return (x > value->value) - (x < value->value);
}

/* A time compares as long as it is: it is less if it has passed when the other begins. */
static int compare_date(const struct when *cell, const struct when *value)
{
    int64_t end = value->to_ms > value->from_ms ? value->to_ms : value->from_ms + 1;
    return (cell->from_ms >= end) - (cell->to_ms <= value->from_ms);
}

/* As above; false: they can't be compared, so they are not equal. */
static bool compare(const struct filter_cell *cell, const struct filter_value *v, int64_t now_ms,
                    int *out)
{
    struct when when = v->when;
    switch (v->kind) {
    case FILTER_TEXT:
        *out = 0;
        return unicode_equal(cell->value, v->text);
    case FILTER_NUMBER:
        *out = compare_number(&cell->quantity, &v->quantity);
        return cell->as_number == QUANTITY_OK;
    case FILTER_FROM_NOW:
        (void)when_relative(v->text, now_ms, &when);
        break;
    case FILTER_DATE:
        break;
    }
    *out = compare_date(&cell->when, &when);
    return cell->as_date == WHEN_OK;
}

static enum filter_verdict equal_to_any(const struct filter_test *t, const struct filter_cell *cell,
                                        int64_t now_ms)
{
    int order = 0;
    for (const struct filter_value *v = t->values; v; v = v->next) {
        if (compare(cell, v, now_ms, &order) && order == 0)
            return FILTER_PASSES;
    }
    return cell->reading == FILTER_UNREADABLE || cell->reading == FILTER_UNSURE ? FILTER_FAULT
                                                                                : FILTER_FAILS;
}

static enum filter_verdict in_order(const struct filter_test *t, const struct filter_cell *cell,
                                    int64_t now_ms)
{
    int order = 0;
    if (cell->reading == FILTER_NOTHING)
        return FILTER_FAILS;
    if (cell->reading != FILTER_READ || !compare(cell, t->values, now_ms, &order))
        return FILTER_FAULT;
    bool passes = t->op == FILTER_LESS         ? order < 0
                  : t->op == FILTER_LESS_EQUAL ? order <= 0
                  : t->op == FILTER_GREATER    ? order > 0
                                               : order >= 0;
    return passes ? FILTER_PASSES : FILTER_FAILS;
}

static enum filter_verdict opposite(enum filter_verdict v)
{
    if (v == FILTER_FAULT)
        return v;
    return v == FILTER_PASSES ? FILTER_FAILS : FILTER_PASSES;
}

static enum filter_verdict search(const struct filter_test *t, struct slice value)
{
    enum filter_found found = filter_pattern_find(t->pattern, value);
    return found == FILTER_TOO_MUCH ? FILTER_FAULT
           : found == FILTER_FOUND  ? FILTER_PASSES
                                    : FILTER_FAILS;
}

enum filter_verdict filter_judge_test(const struct filter *f, const struct filter_test *t,
                                      const struct slice *cells, int64_t now_ms)
{
    struct filter_cell cell = {.value = {NULL, 0}};
    enum filter_verdict verdict = FILTER_FAILS;
    if (t->op == FILTER_EMPTY || t->op == FILTER_MATCHES) {
        struct slice value = cell_value(cells[t->column]);
        verdict = t->op == FILTER_MATCHES  ? search(t, value)
                  : cell_is_nothing(value) ? FILTER_PASSES
                                           : FILTER_FAILS;
    } else {
        filter_read_cell(f, t, cells[t->column], &cell);
        verdict =
            t->op == FILTER_EQUAL ? equal_to_any(t, &cell, now_ms) : in_order(t, &cell, now_ms);
    }
    return t->negated ? opposite(verdict) : verdict;
}

/* ---- The tree ---- */

/* and: the first that fails decides; or: the first that passes; else a fault does. */
static enum filter_verdict judge_children(const struct filter *f, const struct filter_node *n,
                                          const struct slice *cells, int64_t now_ms,
                                          const enum filter_verdict *group)
{
    enum filter_verdict decides = n->kind == FILTER_AND ? FILTER_FAILS : FILTER_PASSES;
    enum filter_verdict verdict = opposite(decides);
    for (const struct filter_node *child = n->first; child; child = child->next) {
        enum filter_verdict one = filter_judge_node(f, child, cells, now_ms, group);
        if (one == decides)
            return one;
        if (one == FILTER_FAULT)
            verdict = one;
    }
    return verdict;
}

enum filter_verdict filter_judge_node(const struct filter *f, const struct filter_node *n,
                                      const struct slice *cells, int64_t now_ms,
                                      const enum filter_verdict *group)
{
    switch (n->kind) {
    case FILTER_TEST:
        return filter_judge_test(f, n->test, cells, now_ms);
    case FILTER_AGGREGATE:
        return group ? group[n->aggregate] : FILTER_FAULT;
    case FILTER_NOT:
        return opposite(filter_judge_node(f, n->first, cells, now_ms, group));
    case FILTER_AND:
    case FILTER_OR:
        break;
    }
    return judge_children(f, n, cells, now_ms, group);
}

static enum filter_verdict judge(const struct filter *f, const struct filter_node *n,
                                 const struct slice *cells, int64_t now_ms,
                                 const enum filter_verdict *group, struct text *why)
{
    enum filter_verdict verdict = filter_judge_node(f, n, cells, now_ms, group);
    text_clear(why);
    if (verdict != FILTER_PASSES)
        filter_why(f, n, verdict, cells, now_ms, group, why);
    return verdict;
}

enum filter_verdict filter_judge(const struct filter *f, const struct slice *cells, int64_t now_ms,
                                 const enum filter_verdict *group, struct text *why)
{
    return judge(f, f->root, cells, now_ms, group, why);
}

/* ---- Groups ---- */

size_t filter_aggregates(const struct filter *f)
{
    return f->n_aggregates;
}

enum filter_verdict filter_judge_part(const struct filter *f, size_t i, const struct slice *cells,
                                      int64_t now_ms, struct text *why)
{
    return judge(f, f->aggregates[i].inner, cells, now_ms, NULL, why);
}

enum filter_verdict filter_join(const struct filter *f, size_t i, enum filter_verdict known,
                                enum filter_verdict more)
{
    enum filter_verdict decides = f->aggregates[i].all ? FILTER_FAILS : FILTER_PASSES;
    if (known == decides || more == decides)
        return decides;
    return known == FILTER_FAULT ? known : more;
}
