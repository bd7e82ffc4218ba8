/* aimlink: a claim's default can only be chosen now that the claim may have been asked. */
#include "stages/aimlink.h"

#include "actions/action.h"
#include "base/claimfacts.h"
#include "base/mem.h"
#include "ledger/ledger_runs.h"
#include "policy/link.h"

#include <string.h>

/* code NULL: it is filled in later. */
static char *fill(const char *action, const char *name, const char *aimed,
                  const struct claimfacts *facts, const char *code)
{
    struct link_values known = {
        .target = name,
        .code = code,
        .collection = facts->collection[0] ? facts->collection : NULL,
        .approval = facts->approval[0] ? facts->approval : NULL,
    };
    const char *template = strcmp(aimed, LINK_CLAIM) == 0 ? link_of_claim(&known) : aimed;
    struct text link;
    char *copy;

    if (strcmp(action, action_claim.name) == 0) {
        known.claim = name;
        known.collection =
            facts->collection; /* a template of the user's own goes without, if need be */
        known.approval = facts->approval;
    }
    text_init(&link);
    link_append(&link, template, &known);
    copy = text_ok(&link) ? mem_copy(link.ptr, link.len) : NULL;
    text_release(&link);
    return copy;
}

char *aimlink_fill(const struct ledger_aim *aim)
{
    return fill(aim->action, aim->name, aim->link, aim->facts, NULL);
}

char *aimlink_of(const char *action, const char *name, const char *link,
                 const struct claimfacts *facts, struct slice code)
{
    char *text = code.len ? mem_copy(code.ptr, code.len) : NULL, *filled = NULL;

    if (text || !code.len)
        filled = fill(action, name, link, facts, text);
    if (text)
        mem_forget(text, code.len);
    return filled;
}

struct finding {
    int64_t target;
    char *link;
};

static int keep_link(void *context, const struct ledger_aim *aim, struct err *e)
{
    struct finding *f = context;

    if (aim->target != f->target || f->link)
        return 0;
    f->link = aimlink_fill(aim);
    return f->link ? 0 : err_nomem(e);
}

int aimlink_find(struct ledger *l, int64_t run, int64_t target, char **link, struct err *e)
{
    struct finding f = {.target = target};
    int rc = ledger_run_aims(l, run, keep_link, &f, e);

    *link = f.link;
    return rc;
}
