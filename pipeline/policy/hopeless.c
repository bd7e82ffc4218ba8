/* hopeless: counts a target's first answers by their reasons. */
#include "policy/hopeless.h"

#include <string.h>

void hopeless_taken(struct hopeless *h)
{
    h->over = true;
}

bool hopeless_refused(struct hopeless *h, const char *reason, const char *recipient)
{
    char gist[REFUSAL_GIST_MAX];

    if (h->over || refusal_is_of_done(slice_of(reason)))
        return false;
    refusal_gist(slice_of(reason), slice_of(recipient), gist);
    if (h->refused == 0)
        memcpy(h->gist, gist, sizeof(gist));
    h->over = strcmp(h->gist, gist) != 0;
    if (h->over || ++h->refused < HOPELESS_ANSWERS)
        return false;
    h->over = true;
    return true;
}

bool hopeless_allows(const struct hopeless *h, size_t under_way)
{
    return h->over || h->refused + under_way < HOPELESS_ANSWERS;
}
