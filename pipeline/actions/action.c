/* action: the table.  One row an action. */
#include "actions/action.h"

#include <string.h>

static const struct action *const actions[] = {
    &action_claim,
};

bool target_is_open(const struct target *t)
{
    return t->version == ACTION_VERSION_UNKNOWN || (t->claimed && !t->claimed->sealed);
}

const struct action *action_find(const char *name)
{
    for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
        if (strcmp(actions[i]->name, name) == 0)
            return actions[i];
    return NULL;
}
