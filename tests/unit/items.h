/*
 * items: a single new item in a ledger, for tests of what becomes of it.
 */
#ifndef CLAIMPIPE_TESTS_ITEMS_H
#define CLAIMPIPE_TESTS_ITEMS_H

#include "ledger/ledger_bulk.h"

#include <string.h>

/* Planned, owned by this row of this run and pass. */
static inline int add_item(struct ledger *l, const struct ledger_run *run, int64_t target,
                           const uint8_t key[KEY_SIZE], const char *recipient, uint64_t row,
                           uint64_t line, int64_t *id, struct err *e)
{
    struct ledger_known item = {
        .target = target, .recipient = recipient, .row = row, .line = line, .code = -1};
    struct ledger_known *items = &item;

    memcpy(item.key, key, KEY_SIZE);
    *id = 0;
    if (ledger_next_id(l, &item.id, e) != 0)
        return -1;
    *id = item.id;
    return ledger_add_many(l, run, &items, 1, e);
}

#endif
