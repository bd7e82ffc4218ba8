/*
 * filter_trial: for each test that compares with numbers or dates:
 *
 *     untried -> unreadable -> readable
 *        |            |           |
 *        +------------+-----------+---> unsure
 *
 * unsure ends the trial.  Readable ones are looked at for some records more, for the first cells of a column
 * may say which is the month and the next ones may not.
 */
#include "filter_internal.h"

#include "base/mem.h"
#include "policy/filter_seen.h"

#include <inttypes.h>
#include <stdlib.h>

#define RECORDS_ENOUGH 1000u

enum attempt_state { UNTRIED, UNREADABLE, READABLE, UNSURE };

struct attempt {
    enum attempt_state state;
    uint64_t line;    /* of the cell that made it UNREADABLE or UNSURE */
    struct text cell; /* and that */
};

struct filter_trial {
    const struct filter *f;
    struct attempt *attempts; /* one for each test */
    uint64_t records;
    bool enough; /* for the attempts */
    struct filter_seen *seen;
    bool seen_enough;
};

struct filter_trial *filter_trial_new(const struct filter *f, struct err *e)
{
    struct filter_trial *t = mem_zero(1, sizeof(*t));
    if (!t)
        goto err;
    t->f = f;
    t->attempts = mem_zero(f->n_tests + 1, sizeof(*t->attempts));
    t->seen = filter_seen_new(f);
    if (!t->attempts || !t->seen)
        goto err;
    for (size_t i = 0; i < f->n_tests; i++)
        text_init(&t->attempts[i].cell);
    return t;
err:
    filter_trial_free(t);
    (void)err_nomem(e);
    return NULL;
}

void filter_trial_free(struct filter_trial *t)
{
    if (!t)
        return;
    for (size_t i = 0; t->attempts && i < t->f->n_tests; i++)
        text_release(&t->attempts[i].cell);
    free(t->attempts);
    filter_seen_free(t->seen);
    free(t);
}

/* The cell decides what the attempt is. */
static void try_one(struct attempt *a, const struct filter_cell *cell, uint64_t line)
{
    if (cell->reading == FILTER_READ) {
        a->state = READABLE;
    } else if (cell->reading == FILTER_UNSURE || a->state == UNTRIED) {
        a->state = cell->reading == FILTER_UNSURE ? UNSURE : UNREADABLE;
        a->line = line;
        text_clear(&a->cell);
        text_append(&a->cell, cell->value.ptr, cell->value.len);
    }
}

/* Are more records needed? */
static bool try_all(struct filter_trial *t, const struct slice *cells, uint64_t line)
{
    bool more = ++t->records < RECORDS_ENOUGH;
    struct attempt *a = t->attempts;
    for (const struct filter_test *test = t->f->tests; test; test = test->next, a++) {
        struct filter_cell cell = {.value = {NULL, 0}};
        if (!test->has_number && !test->has_date)
            continue;
        filter_read_cell(t->f, test, cells[test->column], &cell);
        if (cell.reading != FILTER_NOTHING)
            try_one(a, &cell, line);
        if (a->state == UNSURE)
            return false;
        more = more || a->state != READABLE;
    }
    return more;
}

bool filter_try(struct filter_trial *t, const struct slice *cells, uint64_t line)
{
    t->enough = t->enough || !try_all(t, cells, line);
    t->seen_enough = t->seen_enough || !filter_seen_add(t->seen, cells, line);
    return !t->enough || !t->seen_enough;
}

static int fail(const struct filter *f, const struct filter_test *test, const struct attempt *a,
                struct err *e)
{
    struct text out;
    struct filter_cell cell = {.value = {NULL, 0}};
    text_init(&out);
    filter_read_cell(f, test, (struct slice){a->cell.ptr, a->cell.len}, &cell);
    filter_put_fault(f, test, &cell,
                     ", nor is any other cell of the column one: name another column, or compare "
                     "it with a text (=, !=, in, ~)",
                     &out);
    if (text_ok(&out) && text_ok(&a->cell))
        (void)err_set(e, EXIT_USAGE, "%s:%" PRIu64 ": %s", f->columns->origin, a->line, out.ptr);
    else
        (void)err_nomem(e);
    text_release(&out);
    return -1;
}

/* Fails with the first that is so. */
static int fail_if(const struct filter_trial *t, enum attempt_state state, struct err *e)
{
    const struct attempt *a = t->attempts;
    for (const struct filter_test *test = t->f->tests; test; test = test->next, a++) {
        if (a->state == state)
            return fail(t->f, test, a, e);
    }
    return 0;
}

int filter_tried(const struct filter_trial *t, struct err *e)
{
    if (fail_if(t, UNSURE, e) < 0 || fail_if(t, UNREADABLE, e) < 0)
        return -1;
    return filter_seen_refuse(t->seen, e);
}

void filter_trial_words(const struct filter_trial *t, struct text *out)
{
    filter_seen_words(t->seen, out);
}
