/* aimlink: a claim's default can only be chosen now that the claim may have been asked. */
#include "stages/aimlink.h"

#include "actions/action.h"
#include "base/claimfacts.h"
#include "base/mem.h"
#include "ledger/ledger_runs.h"
#include "policy/link.h"

#include <string.h>

char *aimlink_fill(const struct ledger_aim *aim)
{
    const struct claimfacts *facts = aim->facts;
    struct link_values known = {
        .target = aim->name,
        .collection = facts->collection[0] ? facts->collection : NULL,
        .approval = facts->approval[0] ? facts->approval : NULL,
    };
    const char *template = strcmp(aim->link, LINK_CLAIM) == 0 ? link_of_claim(&known) : aim->link;
    struct text link;
    char *copy;

    if (strcmp(aim->action, action_claim.name) == 0) {
        known.claim = aim->name;
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
