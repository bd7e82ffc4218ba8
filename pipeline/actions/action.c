/* action: the table.  One row an action. */
#include "actions/action.h"

#include <string.h>

static const struct action *const actions[] = {
    &action_claim,
};

const struct action *action_find(const char *name)
{
    for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
        if (strcmp(actions[i]->name, name) == 0)
            return actions[i];
    return NULL;
}
