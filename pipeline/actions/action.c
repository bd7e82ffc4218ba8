/* action: the table.  One row an action. */
#include "actions/action.h"

#include <string.h>

static const struct action *const actions[] = {
    &action_claim,
    &action_code,
    &action_store,
    &action_mail,
};

const struct action *action_at(size_t i)
{
    return i < sizeof(actions) / sizeof(actions[0]) ? actions[i] : NULL;
}

const struct action *action_find(const char *name)
{
    const struct action *a;

    for (size_t i = 0; (a = action_at(i)); i++)
        if (strcmp(a->name, name) == 0)
            return a;
    return NULL;
}

bool action_mails(const char *name)
{
    const struct action *a = action_find(name);

    return a && a->mails;
}

bool action_is_followed(const struct action *a)
{
    return !a->local && !a->mails && !a->repeatable;
}
