/* filter_near: cells repeat, so what was found out of the last ones is remembered by a hash. */
#include "policy/filter_near.h"

#include "base/mem.h"
#include "base/visible.h"
#include "filter_internal.h"
#include "policy/cell.h"
#include "policy/unicode.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define REMEMBERED 64u /* cells of a test */
#define SPELLINGS_MAX 4u

struct spelling {
    uint64_t rows, line; /* line: of the first */
    char shown[FILTER_SHOWN_MAX];
};

/* A text that is asked for, and how else it stands in its column: those after the last are counted with it. */
struct near {
    const struct filter_test *test;
    const struct filter_value *value;
    char folded[FILTER_FOLDED_MAX];
    struct spelling spellings[SPELLINGS_MAX];
    size_t n;
};

/* What a cell is: 0, or the index of a near text from 1, and of its spelling. */
struct found {
    uint64_t hash;
    size_t near, spelling;
};

struct filter_near {
    const struct filter *f;
    struct near *nears;
    size_t n;
    struct found *found; /* REMEMBERED for each test */
};

/* A pattern of the same column may be what takes the others. */
static void add_texts(struct filter_near *n, const struct filter_test *t)
{
    for (const struct filter_value *v = t->values; v; v = v->next) {
        if (v->kind != FILTER_TEXT)
            continue;
        struct near *near = &n->nears[n->n++];
        near->test = t;
        near->value = v;
        filter_fold(v->text, near->folded);
    }
}

struct filter_near *filter_near_new(const struct filter *f)
{
    struct filter_near *n = mem_zero(1, sizeof(*n));
    size_t texts = 0;
    if (!n)
        return NULL;
    n->f = f;
    for (const struct filter_test *t = f->tests; t; t = t->next) {
        for (const struct filter_value *v = t->values; filter_asks_for_texts(t) && v; v = v->next)
            texts++;
    }
    n->nears = mem_zero(texts + 1, sizeof(*n->nears));
    n->found = mem_zero(f->n_tests * REMEMBERED + 1, sizeof(*n->found));
    if (!n->nears || !n->found) {
        filter_near_free(n);
        return NULL;
    }
    for (const struct filter_test *t = f->tests; t; t = t->next) {
        if (filter_asks_for_texts(t) && !filter_has_pattern(f, t->column))
            add_texts(n, t);
    }
    return n;
}

void filter_near_free(struct filter_near *n)
{
    if (!n)
        return;
    free(n->nears);
    free(n->found);
    free(n);
}

/* ---- Cells ---- */

/* Is it what any test of the column asks for? */
static bool is_asked_for(const struct filter_near *n, size_t column, struct slice cell)
{
    for (size_t i = 0; i < n->n; i++) {
        if (n->nears[i].test->column == column && unicode_equal(cell, n->nears[i].value->text))
            return true;
    }
    return false;
}

static size_t find_spelling(struct near *near, struct slice cell, uint64_t line)
{
    char shown[FILTER_SHOWN_MAX];
    size_t i = 0;
    (void)visible_line(cell, shown, sizeof(shown));
    while (i < near->n && strcmp(near->spellings[i].shown, shown) != 0)
        i++;
    if (i == near->n && near->n < SPELLINGS_MAX) {
        memcpy(near->spellings[i].shown, shown, sizeof(shown));
        near->spellings[i].line = line;
        near->n++;
    }
    return i < SPELLINGS_MAX ? i : SPELLINGS_MAX - 1;
}

static void look(struct filter_near *n, const struct filter_test *t, struct slice cell,
                 uint64_t line, struct found *out)
{
    char folded[FILTER_FOLDED_MAX];
    out->near = 0;
    if (is_asked_for(n, t->column, cell))
        return;
    filter_fold(cell, folded);
    for (size_t i = 0; i < n->n && folded[0] != '\0'; i++) {
        if (n->nears[i].test != t || strcmp(n->nears[i].folded, folded) != 0)
            continue;
        out->near = i + 1;
        out->spelling = find_spelling(&n->nears[i], cell, line);
        return;
    }
}

void filter_near_add(struct filter_near *n, const struct slice *cells, uint64_t line)
{
    struct found *of_test = n->found;
    for (const struct filter_test *t = n->n > 0 ? n->f->tests : NULL; t;
         t = t->next, of_test += REMEMBERED) {
        struct slice cell =
            filter_asks_for_texts(t) ? cell_value(cells[t->column]) : (struct slice){NULL, 0};
        if (cell.len == 0 || cell.len >= FILTER_FOLDED_MAX)
            continue;
        uint64_t hash = filter_hash(cell);
        struct found *found = &of_test[hash % REMEMBERED];
        if (found->hash != hash)
            look(n, t, cell, line, found);
        found->hash = hash;
        if (found->near > 0)
            n->nears[found->near - 1].spellings[found->spelling].rows++;
    }
}

/* ---- What is said ---- */

static void put_near(const struct filter_near *n, const struct near *near, struct text *out)
{
    text_puts(out, out->len > 0 ? "; column \"" : "column \"");
    filter_put_shown(out, n->f->columns->names[near->test->column]);
    text_puts(out, "\": ");
    for (size_t i = 0; i < near->n; i++) {
        const struct spelling *s = &near->spellings[i];
        text_printf(out, "%s%" PRIu64 " row%s \"%s\" (the first on line %" PRIu64 ")",
                    i > 0 ? ", " : "", s->rows, s->rows == 1 ? " has" : "s have", s->shown,
                    s->line);
    }
    text_puts(out, ", which differ only in case or blanks from \"");
    filter_put_shown(out, near->value->text);
    text_printf(out, "\" (%s): %s ('", near->test->asked_by,
                near->test->negated ? "they are not left out; to leave them out as well: not in"
                                    : "they do not pass; to take them as well: in");
    filter_put_shown(out, near->value->text);
    for (size_t i = 0; i < near->n; i++)
        text_printf(out, "', '%s", near->spellings[i].shown);
    text_puts(out, "')");
}

void filter_near_words(const struct filter_near *n, struct text *out)
{
    for (size_t i = 0; i < n->n; i++) {
        if (n->nears[i].n > 0)
            put_near(n, &n->nears[i], out);
    }
}
