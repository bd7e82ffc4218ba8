/* room: see the header. */
#include "policy/room.h"

void room_set(struct room *r, int64_t left)
{
    r->known = left >= 0;
    r->left = r->known ? left : 0;
}

void room_taken(struct room *r)
{
    if (r->left > 0)
        r->left--;
    else
        r->known = false;
}

bool room_allows(const struct room *r, size_t under_way)
{
    return !r->known || under_way == 0 || under_way < (uint64_t)r->left;
}
