/* template: an array of parts, each either a piece of the source or a column. */
#include "policy/template.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

struct part {
    struct slice literal; /* into the template's own copy of the source */
    size_t column;        /* COLUMNS_NONE: the part is literal */
    struct slice instead; /* of a blank field, if has_instead */
    bool has_instead;
};

struct template
{
    char *source;
    struct part *parts;
    size_t n;
    bool has_columns;
};

/* Where the two bytes of mark first stand in s, or s.len. */
static size_t find_mark(struct slice s, const char *mark)
{
    const char *at = s.len > 0 ? memmem(s.ptr, s.len, mark, 2) : NULL;
    return at ? (size_t)(at - s.ptr) : s.len;
}

static size_t find_byte(struct slice s, char c)
{
    const char *at = s.len > 0 ? memchr(s.ptr, c, s.len) : NULL;
    return at ? (size_t)(at - s.ptr) : s.len;
}

static void skip(struct slice *s, size_t len)
{
    *s = (struct slice){s->ptr + len, s->len - len};
}

static int add_part(struct template *t, struct part part, struct err *e)
{
    struct part *parts = mem_resize(t->parts, t->n + 1, sizeof(*parts));
    if (!parts)
        return err_nomem(e);
    t->parts = parts;
    t->parts[t->n++] = part;
    return 0;
}

/* Is a column called so, bar and all? */
static bool is_called(const struct columns *c, struct slice name)
{
    for (size_t i = 0; i < c->n; i++)
        if (slice_same(slice_trim(c->names[i]), name))
            return true;
    return false;
}

/* NAME, or NAME|DEFAULT; a column whose name has the bar is that one. */
static int find_column(struct part *part, struct slice name, const struct columns *c,
                       const char *asked_by, struct err *e)
{
    size_t bar = find_byte(name, '|');

    if (bar < name.len && !is_called(c, name)) {
        part->has_instead = true;
        part->instead = slice_trim((struct slice){name.ptr + bar + 1, name.len - bar - 1});
        name = slice_trim((struct slice){name.ptr, bar});
    }
    if (name.len == 0)
        return err_set(e, EXIT_USAGE, "%s: \"{{%s}}\" names no column", asked_by,
                       part->has_instead ? "|" : "");
    return columns_find(c, name, asked_by, &part->column, e);
}

/* rest begins with `{{`; takes it up to and including `}}`.  The source may hold a secret beside
 * its columns, so messages do not show it. */
static int add_column(struct template *t, struct slice *rest, const struct columns *c,
                      const char *asked_by, struct err *e)
{
    skip(rest, 2);
    size_t end = find_mark(*rest, "}}");
    if (end == rest->len)
        return err_set(e, EXIT_USAGE, "%s: a \"{{\" is not closed by \"}}\"", asked_by);
    struct slice name = slice_trim((struct slice){rest->ptr, end});
    struct part part = {.column = COLUMNS_NONE};
    if (find_column(&part, name, c, asked_by, e) < 0)
        return -1;
    t->has_columns = true;
    skip(rest, end + 2);
    return add_part(t, part, e);
}

struct template *template_new(struct slice source, const struct columns *c, const char *asked_by,
                              struct err *e)
{
    struct template *t = mem_zero(1, sizeof(*t));
    if (!t)
        goto nomem;
    t->source = mem_copy(source.ptr, source.len);
    if (!t->source)
        goto nomem;
    for (struct slice rest = {t->source, source.len}; rest.len > 0;) {
        size_t len = find_mark(rest, "{{");
        int rc = 0;
        if (len == 0) {
            rc = add_column(t, &rest, c, asked_by, e);
        } else {
            rc = add_part(t, (struct part){.literal = {rest.ptr, len}, .column = COLUMNS_NONE}, e);
            skip(&rest, len);
        }
        if (rc < 0)
            goto err;
    }
    return t;
nomem:
    (void)err_nomem(e);
err:
    template_free(t);
    return NULL;
}

void template_free(struct template *t)
{
    if (!t)
        return;
    free(t->parts);
    free(t->source);
    free(t);
}

bool template_has_columns(const struct template *t)
{
    return t->has_columns;
}

size_t template_column(const struct template *t)
{
    for (size_t i = 0; i < t->n; i++)
        if (t->parts[i].column != COLUMNS_NONE)
            return t->parts[i].column;
    return COLUMNS_NONE;
}

size_t template_render(const struct template *t, const struct slice *fields, size_t nfields,
                       struct text *out)
{
    for (size_t i = 0; i < t->n; i++) {
        const struct part *part = &t->parts[i];
        struct slice piece = part->literal;
        if (part->column != COLUMNS_NONE) {
            bool blank = part->column >= nfields || slice_trim(fields[part->column]).len == 0;
            if (blank && !part->has_instead)
                return part->column;
            piece = blank ? part->instead : fields[part->column];
        }
        text_append(out, piece.ptr, piece.len);
    }
    return COLUMNS_NONE;
}
