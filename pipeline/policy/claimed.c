#include "policy/claimed.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

void claimed_init(struct claimed *c)
{
    memset(c, 0, sizeof(*c));
}

void claimed_release(struct claimed *c)
{
    free(c->addresses);
    claimed_init(c);
}

int claimed_add(struct claimed *c, struct slice address)
{
    size_t cap = c->cap ? c->cap * 2 : 256;
    char(*more)[IDENTITY_TEXT_MAX];

    if (c->n == c->cap) {
        more = mem_resize(c->addresses, cap, sizeof(*more));
        if (!more)
            return -1;
        c->addresses = more;
        c->cap = cap;
    }
    if (identity_canonical(address, c->addresses[c->n]) == NULL)
        c->n++;
    return 0;
}

static int compare(const void *a, const void *b)
{
    return strcmp(a, b);
}

void claimed_seal(struct claimed *c)
{
    if (c->n)
        qsort(c->addresses, c->n, sizeof(c->addresses[0]), compare);
    c->sealed = true;
}

bool claimed_has(const struct claimed *c, const char *canonical)
{
    return c->sealed && c->n &&
           bsearch(canonical, c->addresses, c->n, sizeof(c->addresses[0]), compare);
}
