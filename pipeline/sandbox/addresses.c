/* addresses: reads a list of addresses into a set, in their canonical form, so that no spelling gets by. */
#include "sandbox/addresses.h"

#include "base/mem.h"

#include <stdlib.h>

static int addresses_add(struct table *set, const struct fields *f, const char *key, size_t i,
                         const char *given)
{
    struct address *a = mem_zero(1, sizeof(*a));
    if (!a)
        return err_nomem(f->e);
    if (!given || identity_canonical(slice_of(given), a->text)) {
        free(a);
        return fields_wrong(f, key, "item %zu is not an address", i);
    }
    if (table_get(set, a->text)) {
        free(a);
        return 0;
    }
    if (table_put(set, a->text, a) != 0) {
        free(a);
        return err_nomem(f->e);
    }
    return 0;
}

int addresses_read(struct table *set, const struct fields *f, const char *key)
{
    json_t *list = NULL, *v;
    size_t i;
    if (fields_array(f, key, &list) != 0)
        return -1;
    json_array_foreach (list, i, v)
        if (addresses_add(set, f, key, i, json_string_value(v)) != 0)
            return -1;
    return 0;
}
