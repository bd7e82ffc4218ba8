/*
 * grouping: a group's value in the table is, for each aggregate, a byte with its verdict, and after a fault
 * the line and the reason of the first row that made it one.
 */
#include "stages/grouping.h"

#include "adapters/keyed.h"
#include "base/mem.h"
#include "base/visible.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define SHOWN_SIZE 64 /* of a group's name in a message */

struct grouping {
    const struct filter *filter;
    size_t n;
    struct keyed *keyed;
    struct text known, next; /* a group's value, and what it becomes */
    struct text why;
};

/* What one aggregate says of a group. */
struct part {
    enum filter_verdict verdict;
    uint64_t line; /* this and why: of a fault only */
    struct slice why;
};

/* What is to be added of one row. */
struct addition {
    const struct slice *cells; /* NULL: it is damaged */
    const char *damage;
    uint64_t line;
    int64_t now_ms;
};

struct grouping *grouping_new(const struct filter *f, struct err *e)
{
    struct grouping *g = mem_zero(1, sizeof(*g));

    if (!g) {
        err_nomem(e);
        return NULL;
    }
    g->filter = f;
    g->n = filter_aggregates(f);
    text_init(&g->known);
    text_init(&g->next);
    text_init(&g->why);
    g->keyed = keyed_new(e);
    if (g->keyed)
        return g;
    grouping_free(g);
    return NULL;
}

void grouping_free(struct grouping *g)
{
    if (!g)
        return;
    keyed_free(g->keyed);
    text_release(&g->why);
    text_release(&g->next);
    text_release(&g->known);
    free(g);
}

/* ---- a group's value ---- */

static void take(struct slice *from, void *out, size_t len)
{
    memcpy(out, from->ptr, len);
    *from = (struct slice){from->ptr + len, from->len - len};
}

static struct part take_part(struct slice *from)
{
    struct part p = {.line = 0};
    unsigned char verdict;

    take(from, &verdict, 1);
    p.verdict = (enum filter_verdict)verdict;
    if (p.verdict != FILTER_FAULT)
        return p;
    take(from, &p.line, sizeof(p.line));
    take(from, &p.why.len, sizeof(p.why.len));
    p.why.ptr = from->ptr;
    *from = (struct slice){from->ptr + p.why.len, from->len - p.why.len};
    return p;
}

static void put_part(struct text *to, const struct part *p)
{
    unsigned char verdict = (unsigned char)p->verdict;

    text_append(to, &verdict, 1);
    if (p->verdict != FILTER_FAULT)
        return;
    text_append(to, &p->line, sizeof(p->line));
    text_append(to, &p->why.len, sizeof(p->why.len));
    text_append(to, p->why.ptr, p->why.len);
}

/* ---- adding ---- */

/* What the i-th says of the row alone; its reason is in g->why. */
static struct part judge(struct grouping *g, size_t i, const struct addition *r)
{
    struct part p = {.verdict = FILTER_FAULT, .line = r->line};

    text_clear(&g->why);
    if (r->cells)
        p.verdict = filter_judge_part(g->filter, i, r->cells, r->now_ms, &g->why);
    else
        text_puts(&g->why, r->damage);
    p.why = (struct slice){g->why.ptr, g->why.len};
    return p;
}

/* g->next: g->known and the row. */
static int join(struct grouping *g, bool is_first, const struct addition *r, struct err *e)
{
    struct slice known = {g->known.ptr, g->known.len};

    text_clear(&g->next);
    for (size_t i = 0; i < g->n; i++) {
        struct part more = judge(g, i, r), p = more;

        if (!is_first) {
            p = take_part(&known);
            enum filter_verdict joined = filter_join(g->filter, i, p.verdict, more.verdict);
            if (joined == FILTER_FAULT && p.verdict != FILTER_FAULT)
                p = more;
            p.verdict = joined;
        }
        put_part(&g->next, &p);
    }
    return text_ok(&g->why) && text_ok(&g->next) ? 0 : err_nomem(e);
}

static int add(struct grouping *g, struct slice group, const struct addition *r, struct err *e)
{
    uint8_t key[KEYED_KEY_SIZE];
    struct slice next, known;
    int there;

    if (keyed_key(group, key, e))
        return -1;
    there = keyed_get(g->keyed, key, &g->known, e);
    if (there < 0 || join(g, there == 0, r, e))
        return -1;
    next = (struct slice){g->next.ptr, g->next.len};
    known = (struct slice){g->known.ptr, g->known.len};
    return there && slice_equal(next, known) ? 0 : keyed_put(g->keyed, key, next, e);
}

int grouping_add(struct grouping *g, struct slice group, const struct slice *cells, uint64_t line,
                 int64_t now_ms, struct err *e)
{
    return add(g, group, &(struct addition){.cells = cells, .line = line, .now_ms = now_ms}, e);
}

int grouping_add_damaged(struct grouping *g, struct slice group, uint64_t line, const char *why,
                         struct err *e)
{
    return add(g, group, &(struct addition){.damage = why, .line = line}, e);
}

/* ---- asking ---- */

int grouping_get(struct grouping *g, struct slice group,
                 enum filter_verdict out[FILTER_AGGREGATES_MAX], uint64_t *line, struct err *e)
{
    char shown[SHOWN_SIZE];
    uint8_t key[KEYED_KEY_SIZE];
    struct slice known;
    int there = keyed_key(group, key, e) ? -1 : keyed_get(g->keyed, key, &g->known, e);

    *line = 0;
    text_clear(&g->why);
    if (there < 0)
        return -1;
    if (!there)
        return err_set(e, EXIT_INPUT,
                       "the group \"%s\" was not there when the input was read first: wait until "
                       "it is written whole, then run the same command again",
                       visible_line(group, shown, sizeof(shown)));
    known = (struct slice){g->known.ptr, g->known.len};
    for (size_t i = 0; i < g->n; i++) {
        struct part p = take_part(&known);
        out[i] = p.verdict;
        if (p.verdict == FILTER_FAULT && *line == 0) {
            *line = p.line;
            text_append(&g->why, p.why.ptr, p.why.len);
        }
    }
    return text_ok(&g->why) ? 0 : err_nomem(e);
}

const char *grouping_why(const struct grouping *g)
{
    return g->why.ptr;
}
