/* chosen: the columns that there are, then those of the list by their places among them. */
#include "policy/chosen.h"

#include <string.h>

#define INPUT_WORD "@input"
#define ADDED_WORD "@added"
#define OPTION "--columns"

/* All that results could have, with their names. */
struct choosing {
    struct columns columns;
    struct chosen all;
    bool *named; /* in the list, by itself */
    struct chosen_column *list;
    size_t n;
};

static void append_name(const struct columns *header, size_t own, const struct chosen_column *c,
                        struct text *out)
{
    if (c->step == CHOSEN_INPUT)
        text_append(out, header->names[c->at].ptr, header->names[c->at].len);
    else if (c->step == 0)
        added_append_name(header, own, c->at, out);
    else
        added_append_step_name(header, own, c->step, c->at, out);
}

void chosen_name(const struct chosen *c, size_t i, struct text *out)
{
    append_name(c->header, c->own, &c->list[i], out);
}

static int list_all(struct choosing *g, size_t steps, bool retry, struct arena *a, struct err *e)
{
    size_t own = g->all.own, n = own + ADDED_COUNT + retry, at = 0;
    struct chosen_column *list;

    if (steps > 1)
        n += steps * ADDED_STEP_COUNT;
    list = arena_alloc(a, n * sizeof(*list));
    if (!list) {
        err_nomem(e);
        return -1;
    }
    for (size_t i = 0; i < own; i++)
        list[at++] = (struct chosen_column){CHOSEN_INPUT, i};
    for (size_t i = 0; i < ADDED_COUNT; i++)
        list[at++] = (struct chosen_column){0, i};
    for (size_t step = 1; steps > 1 && step <= steps; step++)
        for (size_t i = 0; i < ADDED_STEP_COUNT; i++)
            list[at++] = (struct chosen_column){step, (size_t)added_of_step(i)};
    if (retry)
        list[at++] = (struct chosen_column){0, ADDED_RETRY};
    g->all.list = list;
    g->all.n = n;
    return 0;
}

/* The names of all, as columns among which others can be found. */
static int name_all(struct choosing *g, struct arena *a, struct err *e)
{
    size_t n = g->all.n;
    struct slice *names = arena_alloc(a, n * sizeof(*names));
    struct text name;
    int rc = 0;

    if (!names) {
        err_nomem(e);
        return -1;
    }
    text_init(&name);
    for (size_t i = 0; rc == 0 && i < n; i++) {
        const char *copy;

        text_clear(&name);
        chosen_name(&g->all, i, &name);
        copy = text_ok(&name) ? arena_copy(a, name.ptr, name.len) : NULL;
        if (copy)
            names[i] = (struct slice){copy, name.len};
        else
            rc = err_nomem(e);
    }
    text_release(&name);
    g->columns = *g->all.header;
    g->columns.names = names;
    g->columns.n = n;
    g->columns.asked = NULL;
    g->columns.about = NULL;
    return rc;
}

static bool is_word(struct slice name)
{
    return slice_is(name, INPUT_WORD) || slice_is(name, ADDED_WORD);
}

/* The next name of the list, which it is taken off; "" at the end. */
static bool next_name(const char **list, struct slice *name)
{
    size_t len = strcspn(*list, ",");

    if (!**list)
        return false;
    *name = slice_trim((struct slice){*list, len});
    *list += len + ((*list)[len] == ',');
    return true;
}

static int mark_named(struct choosing *g, const char *list, struct err *e)
{
    struct slice name;
    size_t at;

    while (next_name(&list, &name)) {
        if (is_word(name))
            continue;
        if (name.len == 0)
            return err_set(e, EXIT_USAGE, OPTION ": a name is empty: leave out the comma");
        if (columns_find(&g->columns, name, OPTION, &at, e) != 0)
            return -1;
        if (g->named[at])
            return err_set(e, EXIT_USAGE, OPTION ": column \"%.*s\" is named twice: once is enough",
                           (int)g->columns.names[at].len, g->columns.names[at].ptr);
        g->named[at] = true;
    }
    return 0;
}

/* All of the input's own, or all added, that are not named; and not these either, if the word comes again. */
static void take_rest(struct choosing *g, bool of_input)
{
    for (size_t i = 0; i < g->all.n; i++) {
        if (g->named[i] || (g->all.list[i].step == CHOSEN_INPUT) != of_input)
            continue;
        g->named[i] = true;
        g->list[g->n++] = g->all.list[i];
    }
}

static int take_list(struct choosing *g, const char *list, struct err *e)
{
    struct slice name;
    size_t at;

    while (next_name(&list, &name)) {
        if (is_word(name)) {
            take_rest(g, slice_is(name, INPUT_WORD));
            continue;
        }
        if (columns_find(&g->columns, name, OPTION, &at, e) != 0)
            return -1;
        g->list[g->n++] = g->all.list[at];
    }
    return 0;
}

static int choose(struct choosing *g, const char *list, struct arena *a, struct err *e)
{
    size_t n = g->all.n;

    g->named = arena_alloc(a, n * sizeof(*g->named));
    g->list = arena_alloc(a, n * sizeof(*g->list));
    if (!g->named || !g->list) {
        err_nomem(e);
        return -1;
    }
    memset(g->named, 0, n * sizeof(*g->named));
    return mark_named(g, list, e) == 0 ? take_list(g, list, e) : -1;
}

int chosen_make(const char *list, const struct columns *header, size_t steps, bool retry,
                struct arena *a, struct chosen *out, struct err *e)
{
    struct choosing g = {.all = {.header = header, .own = added_at(header), .all = true}};

    if (list_all(&g, steps, retry, a, e) != 0)
        return -1;
    *out = g.all;
    if (!list)
        return 0;
    if (name_all(&g, a, e) != 0 || choose(&g, list, a, e) != 0)
        return -1;
    out->list = g.list;
    out->n = g.n;
    out->all = false;
    return out->n > 0 ? 0 : err_set(e, EXIT_USAGE, OPTION ": names no column");
}

bool chosen_is(const struct chosen *c, const struct columns *header)
{
    bool same = header->n == c->n, added = false;
    struct text name;

    text_init(&name);
    for (size_t i = 0; same && i < c->n; i++) {
        text_clear(&name);
        chosen_name(c, i, &name);
        added = added || c->list[i].step != CHOSEN_INPUT;
        same = text_ok(&name) && slice_equal(header->names[i], (struct slice){name.ptr, name.len});
    }
    text_release(&name);
    return same && added;
}
