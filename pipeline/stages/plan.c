/* plan: writes what is sent for a row.  Members stand sorted by their plugin, so that each plugin is one object. */
#include "stages/plan.h"

#include "adapters/json.h"
#include "base/mem.h"
#include "policy/template.h"

#include <stdlib.h>
#include <string.h>

struct member {
    char *instance; /* "" if it has none */
    char *field;
    char *literal;          /* or */
    struct template *value; /* or neither: the recipient */
};

struct plan {
    struct columns columns;
    struct member *members; /* those of one instance stand together */
    size_t n;
};

static int by_instance(const void *a, const void *b)
{
    const struct member *x = a, *y = b;
    int order = strcmp(x->instance, y->instance);

    return order ? order : strcmp(x->field, y->field);
}

static int name_member(struct member *m, const char *instance, const char *field, struct err *e)
{
    m->instance = mem_copy(instance, strlen(instance));
    m->field = mem_copy(field, strlen(field));
    return m->instance && m->field ? 0 : err_nomem(e);
}

/* Says what is wrong with a setting. */
static int refuse(const struct member *m, const char *what, struct err *e)
{
    return err_set(e, EXIT_USAGE, "--set %s%s%s %s", m->instance, *m->instance ? "." : "", m->field,
                   what);
}

static int member_init(struct member *m, const struct plan_setting *s, const struct columns *c,
                       struct err *e)
{
    if (name_member(m, s->instance ? s->instance : "", s->field, e) != 0)
        return -1;
    if (s->literal && !(m->literal = mem_copy(s->value, strlen(s->value))))
        return err_nomem(e);
    if (!s->literal && !(m->value = template_new(slice_of(s->value), c, "--set", e)))
        return -1;
    if (!slice_is_utf8(slice_of(m->instance)) || !slice_is_utf8(slice_of(m->field)))
        return refuse(m, "is not UTF-8", e);
    if (s->literal && !slice_is_utf8(slice_of(m->literal)))
        return refuse(m, "has a secret that is not UTF-8", e);
    return 0;
}

static bool has_field(const struct plan_setting *settings, size_t n, const char *field)
{
    for (size_t i = 0; i < n; i++)
        if (!settings[i].instance && strcmp(settings[i].field, field) == 0)
            return true;
    return false;
}

struct plan *plan_new(const struct plan_setting *settings, size_t n, const char *recipient,
                      const struct columns *c, struct err *e)
{
    struct plan *p = mem_zero(1, sizeof(*p));
    bool by_itself = recipient && !has_field(settings, n, recipient);

    if (!p || !(p->members = mem_zero(n + 1, sizeof(*p->members)))) {
        err_nomem(e);
        goto err;
    }
    p->columns = *c;
    while (p->n < n) {
        p->n++;
        if (member_init(&p->members[p->n - 1], &settings[p->n - 1], c, e) != 0)
            goto err;
    }
    if (by_itself && name_member(&p->members[p->n++], "", recipient, e) != 0)
        goto err;
    qsort(p->members, p->n, sizeof(*p->members), by_instance);
    for (size_t i = 1; i < p->n; i++)
        if (by_instance(&p->members[i - 1], &p->members[i]) == 0) {
            refuse(&p->members[i], "is given twice", e);
            goto err;
        }
    return p;
err:
    plan_free(p);
    return NULL;
}

void plan_free(struct plan *p)
{
    if (!p)
        return;
    for (size_t i = 0; p->members && i < p->n; i++) {
        free(p->members[i].instance);
        free(p->members[i].field);
        if (p->members[i].literal)
            mem_forget(p->members[i].literal, strlen(p->members[i].literal));
        template_free(p->members[i].value);
    }
    free(p->members);
    free(p);
}

/* Why a row can't be sent, in a; out fails when memory runs out. */
static const char *column_fault(const struct plan *p, size_t column, const char *what,
                                struct arena *a, struct text *out)
{
    struct slice name = p->columns.names[column];
    struct text t;
    const char *copy;

    text_init(&t);
    text_printf(&t, "column \"%.*s\" %s", (int)name.len, name.ptr, what);
    copy = text_ok(&t) ? arena_copy(a, t.ptr, t.len) : NULL;
    text_release(&t);
    if (!copy)
        out->failed = true;
    return copy;
}

/* plan_new, and selection of a recipient, let nothing through that is not UTF-8. */
static void quote(struct text *out, const char *s)
{
    if (json_quote(out, slice_of(s)) != 0)
        out->failed = true;
}

/* Append one value as a JSON string; NULL, or why it can't be. */
static const char *append_value(const struct plan *p, const struct member *m, const char *recipient,
                                const struct slice *fields, size_t nfields, struct arena *a,
                                struct text *out)
{
    const char *why = NULL;
    struct text value;
    size_t hole;

    if (!m->value) {
        quote(out, m->literal ? m->literal : recipient);
        return NULL;
    }
    text_init(&value);
    hole = template_render(m->value, fields, nfields, &value);
    if (hole != COLUMNS_NONE)
        why = column_fault(p, hole, "is empty", a, out);
    else if (!text_ok(&value))
        out->failed = true;
    else if (json_quote(out, (struct slice){value.ptr, value.len}) != 0)
        why = "a value to be sent is not UTF-8: save the file as \"CSV UTF-8\"";
    text_release(&value);
    return why;
}

const char *plan_row(const struct plan *p, const char *recipient, const struct slice *fields,
                     size_t nfields, struct arena *a, struct text *out)
{
    text_clear(out);
    for (size_t i = 0; i < p->n; i++) {
        const struct member *m = &p->members[i];
        bool bare = !*m->instance;
        bool first = i == 0 || strcmp(p->members[i - 1].instance, m->instance) != 0;
        bool last = i + 1 == p->n || strcmp(p->members[i + 1].instance, m->instance) != 0;
        const char *why;

        if (i > 0)
            text_puts(out, ",");
        if (first && !bare) {
            quote(out, m->instance);
            text_puts(out, ":{");
        }
        quote(out, m->field);
        text_puts(out, ":");
        why = append_value(p, m, recipient, fields, nfields, a, out);
        if (why)
            return why;
        if (last && !bare)
            text_puts(out, "}");
    }
    return NULL;
}
