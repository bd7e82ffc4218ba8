/*
 * room: counts the places that a target has left, as far as is known.
 *
 * What the service says may be too little by the time that it is heard.  So one request goes even into a full target: its
 * answer tells the truth, and a place that it gets lets more go, twice as many each time.
 */
#include "policy/room.h"

void room_set(struct room *r, int64_t left)
{
    r->known = left >= 0;
    r->left = r->known ? left : 0;
}

void room_taken(struct room *r, bool ours)
{
    if (r->left > 0) {
        r->left--;
    } else if (ours && r->known) {
        r->grant = r->grant ? 2 * r->grant : 1;
        r->left = r->grant;
    }
}

bool room_hold(struct room *r, size_t n)
{
    r->left = (uint64_t)r->left > n ? r->left - (int64_t)n : 0;
    return r->known && r->left == 0;
}

bool room_allows(const struct room *r, size_t under_way)
{
    return !r->known || under_way == 0 || under_way < (uint64_t)r->left;
}
