/*
 * ledger_parts: what the files of the ledger share among themselves, and with their tests.
 */
#ifndef CLAIMPIPE_ADAPTERS_LEDGER_PARTS_H
#define CLAIMPIPE_ADAPTERS_LEDGER_PARTS_H

#include "adapters/db.h"
#include "adapters/ledger_items.h"
#include "base/err.h"

#include <stdbool.h>

struct ledger_target;

#define LEDGER_BUSY_MS 30000

struct ledger {
    struct db *db;
    int lock_fd;
    bool is_copy;     /* nobody else has it */
    unsigned entered; /* bit s: the transaction moves an item to state s */
    /* What ledger_next_code found in this transaction; target 0: nothing yet. */
    int64_t code_target, code_next;
};

/* make: it need not be there.  busy_ms: how long to wait for another process's transaction. */
struct ledger *ledger_open_as(const char *path, bool make, int busy_ms, struct err *e);

/* A query that writes: its transaction begins if none is under way. */
struct db_query *ledger_write(struct ledger *l, const char *sql, struct err *e);
/* The places 1 to 3. */
void ledger_bind_target(struct db_query *q, const struct ledger_target *t);

/* The columns of an item, from the first place on; a state that does not exist is an error. */
#define LEDGER_ITEM_COLUMNS                                                                        \
    "items.id, items.run, items.pass, items.row, items.line, items.state, items.tries,"            \
    " items.intent_ms, items.changed_ms, items.recipient, items.attempt, items.target,"            \
    " coalesce(items.code, -1), items.removed"
#define LEDGER_ITEM_N 14
int ledger_read_item(struct ledger *l, struct db_query *q, struct ledger_item *out, struct err *e);

/* The tables as this program has them: made in an empty file, brought up to date in an older one.  A
 * newer ledger, and another program's database, are refused and stay as they were. */
int ledger_schema_ready(struct db *db, struct err *e);

#endif
