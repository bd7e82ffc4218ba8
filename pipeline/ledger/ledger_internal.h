/*
 * ledger_internal: what the files of the ledger share among themselves, and with their tests.
 */
#ifndef CLAIMPIPE_LEDGER_LEDGER_INTERNAL_H
#define CLAIMPIPE_LEDGER_LEDGER_INTERNAL_H

#include "adapters/db.h"
#include "base/err.h"
#include "ledger/ledger_guard.h"
#include "ledger/ledger_items.h"
#include "ledger/ledger_seal.h"

#include <stdbool.h>

struct ledger_target;

#define LEDGER_BUSY_MS 30000

struct ledger {
    struct db *db;
    struct ledger_guard guard; /* not held: a copy, which nobody else has */
    struct ledger_seal seal;   /* what the file beside it says, or will say */
    int seal_fd, lock_fd;
    bool fresh; /* it was made just now */
    bool works; /* it is not only looked at: its seal is kept, and it is closed at the end */
    bool lost;  /* the file is no longer the one at its path */
    bool is_copy;
    bool gathering;        /* a transaction is under way that writes to a temporary table alone */
    int64_t about, kind;   /* of the run whose problems are gathered: see ledger_problems.c */
    int64_t checkpoint_ns; /* when the next one is due */
    unsigned entered;      /* bit s: the transaction moves an item to state s */
};

/* The values that an item's seal stands for, and what seals them all anew. */
#define LEDGER_SEALED "target, key, recipient, state, attempt, code, removed"
#define LEDGER_RESEAL                                                                              \
    "UPDATE items SET seal = row_hash(" LEDGER_SEALED ");"                                         \
    "UPDATE ledger SET seals = (SELECT coalesce(sum(seal), 0) FROM items);"

/* busy_ms: how long to wait for another process's transaction. */
struct ledger_wish {
    bool make;   /* it need not be there */
    bool accept; /* it is taken as it is: base/trust.h */
    bool looks;  /* nothing is written, and so nothing is refused but what can't be read */
    int busy_ms;
};
struct ledger *ledger_open_wish(const char *path, const struct ledger_wish *w,
                                struct err *e) MUST_CHECK;
struct ledger *ledger_open_as(const char *path, bool make, int busy_ms, struct err *e) MUST_CHECK;

/* mkdir -p of the folder that path is in. */
int ledger_make_folder(const char *path, struct err *e) MUST_CHECK;
/* From the whole of the file: 1 if it is sound, down to each item's values; 0 and *why (the caller frees
 * it, NULL: no memory) if not. */
int ledger_look_through(struct db *db, char **why, struct err *e) MUST_CHECK;
/* What it says of itself, as its seal does. */
int ledger_state(struct db *db, struct trust_state *out, struct err *e) MUST_CHECK;
/* Of one that is only looked at: what whoever works with it would be told. */
int ledger_doubt(struct ledger *l, enum trust *out, struct err *e) MUST_CHECK;
/* A whole new ledger in the empty file at path, which is closed again. */
int ledger_schema_make(const char *path, struct err *e) MUST_CHECK;

/* A query that writes: its transaction begins if none is under way. */
struct db_query *ledger_write(struct ledger *l, const char *sql, struct err *e) MUST_CHECK;
/* The places 1 to 3. */
void ledger_bind_target(struct db_query *q, const struct ledger_target *t);

/* The number of a word, 0 to count - 1, in this column; or -1: there is none such, the ledger is damaged.  Whose it
 * is, for the message: `item 7 is in state`. */
struct ledger_place {
    const char *thing;
    int64_t id;
    const char *is;
};
int ledger_word(struct ledger *l, struct db_query *q, int column, int count,
                const struct ledger_place *at, struct err *e) MUST_CHECK;

/* Items under way, in the words of their index, or it is not used. */
#define LEDGER_UNDER_WAY "(items.state = 1 OR items.state = 2 OR items.state = 5)"

/* The columns of an item, from the first place on; a state that does not exist is an error.  An item that is not
 * there (id 0) is planned. */
#define LEDGER_ITEM_COLUMNS                                                                        \
    "items.id, items.run, items.pass, items.row, items.line, items.state, items.tries,"            \
    " items.intent_ms, items.changed_ms, items.recipient, items.attempt, items.target,"            \
    " coalesce(items.code, -1), items.removed, coalesce(items.failed_run, 0),"                     \
    " coalesce(items.floor, 0), items.doubtful"
#define LEDGER_ITEM_N 17
/* Of a row as it is read: what ledger_left_put has put into of_run and of_line becomes row->left. */
int ledger_read_left(struct ledger *l, struct ledger_row *row, struct err *e) MUST_CHECK;
int ledger_read_item(struct ledger *l, struct db_query *q, struct ledger_item *out,
                     struct err *e) MUST_CHECK;

/* The tables as this program has them: made in an empty file, brought up to date in an older one.  A
 * newer ledger, and another program's database, are refused and stay as they were. */
int ledger_schema_ready(struct db *db, struct err *e) MUST_CHECK;
/* Its version, and that of this program; a newer ledger and another program's database are refused. */
int ledger_schema_version(struct db *db, int64_t *version, int64_t *ours, struct err *e) MUST_CHECK;
/* Would that change it? */
bool ledger_schema_is_old(struct db *db, struct err *e);

#endif
