/* claimed: a sorted array of bytes, for there may be millions: sealed once, then asked by halves. */
#include "policy/claimed.h"

#include "base/mem.h"
#include "policy/address.h"
#include "policy/identity.h"

#include <stdlib.h>
#include <string.h>

#define LIST_FIRST_CAP 256

/* ---- lists ---- */

static int list_add(struct claimed_list *l, const uint8_t *address, size_t size)
{
    size_t cap = l->cap ? l->cap * 2 : LIST_FIRST_CAP;
    uint8_t *more;

    if (l->n == l->cap) {
        more = mem_resize(l->bytes, cap, size);
        if (!more)
            return -1;
        l->bytes = more;
        l->cap = cap;
    }
    memcpy(l->bytes + l->n++ * size, address, size);
    return 0;
}

/* Moves the address at `at` of the first n down to where none below it is greater. */
static void sift(uint8_t *bytes, size_t at, size_t n, size_t size)
{
    uint8_t moved[ADDRESS_MODULE_SIZE];
    size_t child;

    memcpy(moved, bytes + at * size, size);
    while ((child = 2 * at + 1) < n) {
        if (child + 1 < n && memcmp(bytes + child * size, bytes + (child + 1) * size, size) < 0)
            child++;
        if (memcmp(bytes + child * size, moved, size) <= 0)
            break;
        memcpy(bytes + at * size, bytes + child * size, size);
        at = child;
    }
    memcpy(bytes + at * size, moved, size);
}

/* Heapsort: in place, whatever the order was.  qsort of the C library takes as much memory again. */
static void list_sort(struct claimed_list *l, size_t size)
{
    uint8_t last[ADDRESS_MODULE_SIZE];

    for (size_t i = l->n / 2; i-- > 0;)
        sift(l->bytes, i, l->n, size);
    for (size_t n = l->n; n-- > 1;) {
        memcpy(last, l->bytes + n * size, size);
        memcpy(l->bytes + n * size, l->bytes, size);
        memcpy(l->bytes, last, size);
        sift(l->bytes, 0, n, size);
    }
}

static bool list_has(const struct claimed_list *l, const uint8_t *address, size_t size)
{
    size_t low = 0, high = l->n;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = memcmp(l->bytes + middle * size, address, size);

        if (order == 0)
            return true;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

/* ---- the set ---- */

void claimed_init(struct claimed *c)
{
    memset(c, 0, sizeof(*c));
}

void claimed_release(struct claimed *c)
{
    free(c->accounts.bytes);
    free(c->modules.bytes);
    claimed_init(c);
}

int claimed_add(struct claimed *c, struct slice address)
{
    char canonical[IDENTITY_TEXT_MAX];
    uint8_t bytes[ADDRESS_MODULE_SIZE];
    size_t n = 0;

    if (identity_canonical(address, canonical) ||
        address_read_bech32(slice_of(canonical), bytes, &n))
        return 0;
    return list_add(n == ADDRESS_SIZE ? &c->accounts : &c->modules, bytes, n);
}

void claimed_seal(struct claimed *c)
{
    list_sort(&c->accounts, ADDRESS_SIZE);
    list_sort(&c->modules, ADDRESS_MODULE_SIZE);
    c->sealed = true;
}

size_t claimed_count(const struct claimed *c)
{
    return c->accounts.n + c->modules.n;
}

bool claimed_has(const struct claimed *c, const char *canonical)
{
    uint8_t bytes[ADDRESS_MODULE_SIZE];
    size_t n = 0;

    if (!c->sealed || claimed_count(c) == 0 || address_read_bech32(slice_of(canonical), bytes, &n))
        return false;
    return list_has(n == ADDRESS_SIZE ? &c->accounts : &c->modules, bytes, n);
}
