/*
 * filter_seen: does a column have what its tests compare it with?
 *
 * Of each value that is a text: has a cell been it, has one been the same but for case and blanks (and none of what
 * the filter asks of that column), and which was the nearest.  Of each test with numbers above 1: has a cell been
 * above it?  Of each that asks which is greater than a share (0.8): has the column a share, or are all its cells
 * whole numbers, or on a scale to 100 by its name?  Cells repeat, so those seen last are remembered by a hash; else memory does not grow with them.
 */
#include "policy/filter_seen.h"

#include "base/fnv.h"
#include "base/mem.h"
#include "base/visible.h"
#include "filter_internal.h"
#include "policy/cell.h"
#include "policy/columns.h"
#include "policy/unicode.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define REMEMBERED 64u /* cells of a test */
#define OTHERS_SHOWN 3u

struct sample {
    uint64_t line; /* 0: there is none */
    char shown[FILTER_SHOWN_MAX];
};

struct wanted {
    const struct filter_test *test;
    const struct filter_value *value;
    char folded[FILTER_FOLDED_MAX];
    bool is_there;
    struct sample same, nearest;
    size_t distance; /* of the nearest */
};

struct column {
    uint64_t hashes[REMEMBERED];
    struct sample others[OTHERS_SHOWN];
    bool has_pattern; /* a test with ~ is about it, too */
    bool
        scale_is_settled; /* it is not asked for as a scale to 100, or a cell is on one: above 1, 5%, 4 / 5 */
    struct sample share; /* a cell above 0 and up to 1 */
    bool
        shares_are_settled; /* it is no score that is asked for as a share, or a cell is such a one */
    struct sample above;    /* a cell above 1 */
};

struct filter_seen {
    const struct filter *f;
    struct column *columns; /* one for each test */
    struct wanted *wanted;
    size_t n_wanted, n_open; /* n_open: of values and tests that are not settled */
};

/* ---- Beginning ---- */

void filter_fold(struct slice s, char out[FILTER_FOLDED_MAX])
{
    int n = unicode_form(s, UNICODE_LOWER | UNICODE_DIGITS | UNICODE_NARROW | UNICODE_SEEN, out,
                         FILTER_FOLDED_MAX);
    char *to = out;
    for (int i = 0; i < n; i++) {
        if (out[i] != ' ' && out[i] != '\t' && out[i] != '\n')
            *to++ = out[i];
    }
    *to = '\0';
}

bool filter_asks_for_texts(const struct filter_test *t)
{
    return t->op == FILTER_EQUAL && t->has_text;
}

/* What it is compared with that no share (0 to 1) comes near to, or NULL. */
static const struct filter_value *above_one(const struct filter_test *t)
{
    for (const struct filter_value *v = t->values; v; v = v->next) {
        if (v->kind == FILTER_NUMBER && v->quantity.value > 1)
            return v;
    }
    return NULL;
}

/* The share that it asks which is greater than, or NULL. */
static const struct filter_value *share_of(const struct filter_test *t)
{
    const struct filter_value *v = t->op >= FILTER_LESS ? t->values : NULL;
    if (!v || v->kind != FILTER_NUMBER || v->quantity.is_percent || v->quantity.of > 0)
        return NULL;
    return v->quantity.value > 0 && v->quantity.value < 1 ? v : NULL;
}

/* Hours and prices may well be compared with 0.5. */
static bool is_scale(struct slice name)
{
    static const char *const words[] = {
        "percent", "prozent", "progress", "fortschritt", "score",    "grade",    "punkt",
        "point",   "quiz",    "result",   "mark",        "ergebnis", "completi", "%"};
    char folded[FILTER_FOLDED_MAX];
    filter_fold(name, folded);
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strstr(folded, words[i]))
            return true;
    }
    return false;
}

static size_t count_texts(const struct filter *f)
{
    size_t n = 0;
    for (const struct filter_test *t = f->tests; t; t = t->next) {
        for (const struct filter_value *v = t->values; filter_asks_for_texts(t) && v; v = v->next)
            n += v->kind == FILTER_TEXT;
    }
    return n;
}

static void add_wanted(struct filter_seen *s, const struct filter_test *t)
{
    for (const struct filter_value *v = t->values; filter_asks_for_texts(t) && v; v = v->next) {
        if (v->kind != FILTER_TEXT)
            continue;
        struct wanted *w = &s->wanted[s->n_wanted++];
        w->test = t;
        w->value = v;
        w->distance = SIZE_MAX;
        filter_fold(v->text, w->folded);
    }
}

bool filter_has_pattern(const struct filter *f, size_t column)
{
    for (const struct filter_test *t = f->tests; t; t = t->next) {
        if (t->column == column && t->op == FILTER_MATCHES)
            return true;
    }
    return false;
}

struct filter_seen *filter_seen_new(const struct filter *f)
{
    struct filter_seen *s = mem_zero(1, sizeof(*s));
    if (!s)
        return NULL;
    s->f = f;
    s->columns = mem_zero(f->n_tests + 1, sizeof(*s->columns));
    s->wanted = mem_zero(count_texts(f) + 1, sizeof(*s->wanted));
    if (!s->columns || !s->wanted) {
        filter_seen_free(s);
        return NULL;
    }
    struct column *c = s->columns;
    for (const struct filter_test *t = f->tests; t; t = t->next, c++) {
        c->has_pattern = filter_has_pattern(f, t->column);
        c->scale_is_settled = !above_one(t);
        c->shares_are_settled = !share_of(t) || !is_scale(f->columns->names[t->column]);
        s->n_open += (size_t)!c->scale_is_settled + (size_t)!c->shares_are_settled;
        add_wanted(s, t);
    }
    s->n_open += s->n_wanted;
    return s;
}

void filter_seen_free(struct filter_seen *s)
{
    if (!s)
        return;
    free(s->columns);
    free(s->wanted);
    free(s);
}

/* ---- Cells ---- */

uint64_t filter_hash(struct slice s)
{
    uint64_t h = fnv_add(FNV_INIT, s.ptr, s.len);
    return h != 0 ? h : 1;
}

static void take_sample(struct sample *to, struct slice cell, uint64_t line)
{
    to->line = line;
    (void)visible_line(cell, to->shown, sizeof(to->shown));
}

/* Is it what any test of the column asks for? */
static bool is_asked_for(const struct filter_seen *s, size_t column, struct slice cell)
{
    for (size_t i = 0; i < s->n_wanted; i++) {
        if (s->wanted[i].test->column == column && unicode_equal(cell, s->wanted[i].value->text))
            return true;
    }
    return false;
}

static void keep_other(struct column *c, struct slice cell, uint64_t line)
{
    for (size_t i = 0; i < OTHERS_SHOWN; i++) {
        if (c->others[i].line == 0) {
            take_sample(&c->others[i], cell, line);
            return;
        }
    }
}

static void see_text(struct filter_seen *s, struct column *c, const struct filter_test *t,
                     struct slice cell, uint64_t line)
{
    char folded[FILTER_FOLDED_MAX];
    bool asked = is_asked_for(s, t->column, cell);
    filter_fold(cell, folded);
    if (!asked)
        keep_other(c, cell, line);
    for (size_t i = 0; i < s->n_wanted; i++) {
        struct wanted *w = &s->wanted[i];
        if (w->test != t || w->is_there)
            continue;
        w->is_there = unicode_equal(cell, w->value->text);
        s->n_open -= w->is_there;
        if (!asked && w->same.line == 0 && folded[0] != '\0' && strcmp(folded, w->folded) == 0)
            take_sample(&w->same, cell, line);
        if (!asked && columns_is_nearer(w->value->text, cell, &w->distance))
            take_sample(&w->nearest, cell, line);
    }
}

static void see_shares(struct filter_seen *s, struct column *c, const struct filter_cell *read,
                       uint64_t line)
{
    const struct quantity *q = &read->quantity;
    bool whole = !memchr(read->value.ptr, '.', read->value.len) &&
                 !memchr(read->value.ptr, ',', read->value.len);
    c->shares_are_settled =
        q->value < 0 || (q->value > 0 && q->value < 1) || (!whole && q->value > 100);
    s->n_open -= c->shares_are_settled;
    if (q->value > 1 && c->above.line == 0)
        take_sample(&c->above, read->value, line);
}

static void see_scale(struct filter_seen *s, struct column *c, const struct filter_test *t,
                      struct slice cell, uint64_t line)
{
    struct filter_cell read = {.value = {NULL, 0}};
    filter_read_cell(s->f, t, cell, &read);
    if (read.as_number != QUANTITY_OK)
        return;
    const struct quantity *q = &read.quantity;
    if (!c->shares_are_settled)
        see_shares(s, c, &read, line);
    if (c->scale_is_settled)
        return;
    c->scale_is_settled = q->is_percent || q->of > 0 || q->value > 1;
    s->n_open -= c->scale_is_settled;
    if (!c->scale_is_settled && q->value > 0 && c->share.line == 0)
        take_sample(&c->share, read.value, line);
}

bool filter_seen_add(struct filter_seen *s, const struct slice *cells, uint64_t line)
{
    struct column *c = s->columns;
    for (const struct filter_test *t = s->f->tests; t && s->n_open > 0; t = t->next, c++) {
        struct slice cell = cell_value(cells[t->column]);
        uint64_t hash;
        if (!filter_asks_for_texts(t) && c->scale_is_settled && c->shares_are_settled)
            continue;
        if (cell.len == 0 || cell.len >= FILTER_FOLDED_MAX)
            continue;
        hash = filter_hash(cell);
        if (c->hashes[hash % REMEMBERED] == hash)
            continue;
        c->hashes[hash % REMEMBERED] = hash;
        if (filter_asks_for_texts(t))
            see_text(s, c, t, cell, line);
        if (!c->scale_is_settled || !c->shares_are_settled)
            see_scale(s, c, t, cell, line);
    }
    return s->n_open > 0;
}

/* ---- What is said ---- */

static const struct column *column_of(const struct filter_seen *s, const struct filter_test *test)
{
    const struct column *c = s->columns;
    for (const struct filter_test *t = s->f->tests; t != test; t = t->next)
        c++;
    return c;
}

static void put_column(const struct filter_seen *s, const struct filter_test *t, struct text *out)
{
    text_puts(out, "column \"");
    filter_put_shown(out, s->f->columns->names[t->column]);
    text_puts(out, "\"");
}

static int fail(const struct filter_seen *s, struct text *out, uint64_t line, struct err *e)
{
    if (text_ok(out))
        (void)err_set(e, EXIT_USAGE, "%s:%" PRIu64 ": %s", s->f->columns->origin, line, out->ptr);
    else
        (void)err_nomem(e);
    text_release(out);
    return -1;
}

static int fail_same(const struct filter_seen *s, const struct wanted *w, struct err *e)
{
    struct text out;
    text_init(&out);
    put_column(s, w->test, &out);
    text_puts(&out, ": no cell is \"");
    filter_put_shown(&out, w->value->text);
    text_printf(&out,
                "\" (%s), but \"%s\" differs from it in nothing but case or blanks, which count in "
                "a filter: %s",
                w->test->asked_by, w->same.shown,
                strncmp(w->test->asked_by, "preset ", 7) == 0
                    ? "this export is not as the preset knows it: make one of your own of it "
                      "(claimpipe presets NAME shows it)"
                    : "write it as the column has it");
    return fail(s, &out, w->same.line, e);
}

static int fail_scale(const struct filter_seen *s, const struct filter_test *t,
                      const struct column *c, struct err *e)
{
    struct text out;
    text_init(&out);
    put_column(s, t, &out);
    text_printf(&out, ": \"%s\" is compared with ", c->share.shown);
    filter_put_shown(&out, above_one(t)->text);
    text_printf(&out,
                " (%s), but no cell exceeds 1: its scale is from 0 to 1, not to 100: compare it "
                "with a share, such as 0.8 for 80%%",
                t->asked_by);
    return fail(s, &out, c->share.line, e);
}

static int fail_share(const struct filter_seen *s, const struct filter_test *t,
                      const struct column *c, struct err *e)
{
    struct text out;
    text_init(&out);
    put_column(s, t, &out);
    text_printf(&out, ": \"%s\" is compared with ", c->above.shown);
    filter_put_shown(&out, share_of(t)->text);
    text_printf(&out,
                " (%s), but no cell is between 0 and 1: its scale is not from 0 to 1: compare it "
                "with a number of that scale, such as %g (or with 1, if that is the least)",
                t->asked_by, 100 * share_of(t)->quantity.value);
    return fail(s, &out, c->above.line, e);
}

int filter_seen_refuse(const struct filter_seen *s, struct err *e)
{
    const struct column *c = s->columns;
    for (size_t i = 0; i < s->n_wanted; i++) {
        const struct wanted *w = &s->wanted[i];
        if (!w->is_there && w->same.line > 0 && !column_of(s, w->test)->has_pattern)
            return fail_same(s, w, e);
    }
    for (const struct filter_test *t = s->f->tests; t; t = t->next, c++) {
        if (!c->scale_is_settled && c->share.line > 0 && above_one(t)->quantity.is_percent)
            return fail_scale(s, t, c, e);
        if (!c->shares_are_settled && c->above.line > 0)
            return fail_share(s, t, c, e);
    }
    return 0;
}

static void put_others(const struct column *c, struct text *out)
{
    for (size_t i = 0; i < OTHERS_SHOWN && c->others[i].line > 0; i++)
        text_printf(out, "%s\"%s\"", i > 0 ? ", " : "it has ", c->others[i].shown);
}

static void put_missed(const struct filter_seen *s, const struct wanted *w, struct text *out)
{
    const struct column *c = column_of(s, w->test);
    put_column(s, w->test, out);
    text_puts(out, " is never \"");
    filter_put_shown(out, w->value->text);
    text_puts(out, c->others[0].line > 0 ? "\": " : "\"");
    if (w->nearest.line > 0)
        text_printf(out, "nearest is \"%s\"", w->nearest.shown);
    else
        put_others(c, out);
}

void filter_seen_words(const struct filter_seen *s, struct text *out)
{
    const struct column *c = s->columns;
    for (size_t i = 0; i < s->n_wanted; i++) {
        if (s->wanted[i].is_there || s->wanted[i].test->negated)
            continue;
        text_puts(out, out->len > 0 ? "; " : "");
        put_missed(s, &s->wanted[i], out);
    }
    for (const struct filter_test *t = s->f->tests; t; t = t->next, c++) {
        if (c->scale_is_settled || c->share.line == 0)
            continue;
        text_puts(out, out->len > 0 ? "; " : "");
        put_column(s, t, out);
        text_printf(out, " never exceeds 1 (\"%s\")", c->share.shown);
    }
}
