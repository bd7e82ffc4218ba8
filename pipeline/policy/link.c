/* link: the template is short and not compiled: its {{names}} are looked for each time. */
#include "policy/link.h"

#include "base/percent.h"

#include <stdbool.h>
#include <string.h>

#define COLLECTIONS "https://bitbadges.io/collections/{{collection}}?claimId="
#define APPROVAL "&approvalId={{approval}}"
/* Of older sources: the only ones that need no collection. */
#define CLAIMS "https://bitbadges.io/claims/"

enum name { NAME_TARGET, NAME_CLAIM, NAME_CODE, NAME_COLLECTION, NAME_APPROVAL, NAMES };

static const struct {
    const char *name;
    const char *help; /* where its value is not known */
} names[NAMES] = {
    [NAME_TARGET] = {"target", "this step has no target of its own"},
    [NAME_CLAIM] = {"claim", "say which claim the codes are for (--claim)"},
    [NAME_CODE] = {"code", "only a step that gives codes has one"},
    [NAME_COLLECTION] = {"collection",
                         "it is known only of a claim that is completed: write its number out"},
    [NAME_APPROVAL] = {"approval", "it is known only of a claim that is completed: write it out"},
};

const char *link_of_claim(const struct link_values *known)
{
    if (!known->collection)
        return CLAIMS "{{target}}";
    return known->approval ? LINK_CLAIM : COLLECTIONS "{{target}}";
}

const char *link_of_code(const struct link_values *known)
{
    if (!known->claim)
        return LINK_CODE;
    if (!known->collection)
        return CLAIMS "{{claim}}?code={{code}}";
    return known->approval ? COLLECTIONS "{{claim}}" APPROVAL "&code={{code}}"
                           : COLLECTIONS "{{claim}}&code={{code}}";
}

/* One `{{name}}` of a template. */
struct mark {
    const char *begin;
    const char *end; /* behind it; NULL: it is not closed */
    struct slice text;
    enum name name; /* NAMES: none of ours */
};

/* The first one in link: false if there is none. */
static bool find_mark(const char *link, struct mark *m)
{
    m->begin = strstr(link, "{{");
    if (!m->begin)
        return false;
    const char *close = strstr(m->begin + 2, "}}");
    m->end = close ? close + 2 : NULL;
    m->text = (struct slice){"", 0};
    if (close)
        m->text = slice_trim((struct slice){m->begin + 2, (size_t)(close - m->begin) - 2});
    m->name = NAME_TARGET;
    while (m->name < NAMES && !slice_equal(m->text, slice_of(names[m->name].name)))
        m->name++;
    return true;
}

/* NULL: not known. */
static const char *value_of(const struct link_values *v, enum name name)
{
    const char *const values[NAMES] = {[NAME_TARGET] = v->target,
                                       [NAME_CLAIM] = v->claim,
                                       [NAME_CODE] = v->code,
                                       [NAME_COLLECTION] = v->collection,
                                       [NAME_APPROVAL] = v->approval};
    return name < NAMES ? values[name] : NULL;
}

int link_check(const char *link, const struct link_values *known, const char *asked_by,
               struct err *e)
{
    struct mark m;
    for (; find_mark(link, &m); link = m.end) {
        if (!m.end)
            return err_set(e, EXIT_USAGE, "%s: a \"{{\" is not closed by \"}}\"", asked_by);
        if (m.name == NAMES)
            return err_set(e, EXIT_USAGE,
                           "%s: no \"{{%.*s}}\": there are {{claim}}, {{code}}, {{collection}} "
                           "and {{approval}}",
                           asked_by, (int)m.text.len, m.text.ptr);
        if (!value_of(known, m.name))
            return err_set(e, EXIT_USAGE, "%s: {{%s}} has no value here: %s", asked_by,
                           names[m.name].name, names[m.name].help);
    }
    return 0;
}

void link_append(struct text *out, const char *link, const struct link_values *v)
{
    struct mark m;
    for (; find_mark(link, &m) && m.end; link = m.end) {
        const char *value = value_of(v, m.name);
        text_append(out, link, (size_t)(m.begin - link));
        if (value)
            percent_append(out, slice_of(value));
        else
            text_append(out, m.begin, (size_t)(m.end - m.begin));
    }
    text_puts(out, link);
}
