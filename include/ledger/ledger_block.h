/*
 * ledger_block: what the ledger knows of the keys of some rows, and what is to be written of them, together.
 *
 *   empty -> sought (the keys that will be asked for) -> looked up, all at once
 *   -> changed: what was changed is known here at once -> written, empty
 *
 * New items, people and rows come to the ledger when the block is written; changes of items that it has, at once.
 *
 * So the rows of a block can be decided one by one, each knowing what was decided of those before it, and the ledger
 * is still read and written in the order of its keys.  What was not sought is looked up when it is asked for.
 *
 * Errors, threads and transactions: ledger.h.  From the first look-up on a transaction for writing is under way.
 */
#ifndef CLAIMPIPE_LEDGER_LEDGER_BLOCK_H
#define CLAIMPIPE_LEDGER_LEDGER_BLOCK_H

#include "ledger/ledger_bulk.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ledger_block;
/* Borrows both. */
struct ledger_block *ledger_block_new(struct ledger *l, const struct ledger_run *run,
                                      struct err *e) MUST_CHECK;
void ledger_block_free(struct ledger_block *b);

/* The item of key, or the person, will be asked for. */
int ledger_block_seek(struct ledger_block *b, int64_t target, const uint8_t key[KEY_SIZE],
                      struct err *e) MUST_CHECK;
int ledger_block_seek_person(struct ledger_block *b, int64_t target, const uint8_t person[KEY_SIZE],
                             struct err *e) MUST_CHECK;
int ledger_block_look_up(struct ledger_block *b, struct err *e) MUST_CHECK;
/* What was looked up is forgotten, for it was changed otherwise.  Only before anything is changed here. */
void ledger_block_forget(struct ledger_block *b);

/* The item of key; (*out)->id is 0 if there is none.  *out is valid until the block is written. */
int ledger_block_find(struct ledger_block *b, int64_t target, const uint8_t key[KEY_SIZE],
                      struct ledger_known **out, struct err *e) MUST_CHECK;
/* The person's item: 1 with its key, 0, -1: see ledger_person. */
int ledger_block_person(struct ledger_block *b, int64_t target, const uint8_t person[KEY_SIZE],
                        uint8_t key[KEY_SIZE], struct err *e) MUST_CHECK;

/* k is from ledger_block_find; all texts must stay until the block is written.  Of a key without an item: a new one,
 * planned, owned by this row of this run and pass. */
int ledger_block_add(struct ledger_block *b, struct ledger_known *k, const char *recipient,
                     uint64_t row, uint64_t line, bool remove, struct err *e) MUST_CHECK;
/* Of a key that has one, as in ledger_items.h: */
int ledger_block_take(struct ledger_block *b, struct ledger_known *k, uint64_t row, uint64_t line,
                      struct err *e) MUST_CHECK;
/* Before it is taken to be turned: see ledger_left.h. */
int ledger_block_leave(struct ledger_block *b, const struct ledger_known *k,
                       struct err *e) MUST_CHECK;
int ledger_block_turn(struct ledger_block *b, struct ledger_known *k, bool remove,
                      struct err *e) MUST_CHECK;
/* It goes back to be sent once more. */
int ledger_block_plan(struct ledger_block *b, struct ledger_known *k, struct err *e) MUST_CHECK;
/* Of either: nothing is done for it, for this reason. */
int ledger_block_fail(struct ledger_block *b, struct ledger_known *k, const char *error,
                      struct err *e) MUST_CHECK;
/* The rest as in ledger_items.h; a code has this number at least. */
int ledger_block_put_person(struct ledger_block *b, const uint8_t person[KEY_SIZE],
                            const struct ledger_known *k, struct err *e) MUST_CHECK;
int ledger_block_next_code(struct ledger_block *b, int64_t target, int64_t start, int64_t *index,
                           struct err *e) MUST_CHECK;
int ledger_block_has_mark(struct ledger_block *b, const uint8_t mark[LEDGER_MARK_SIZE],
                          struct err *e) MUST_CHECK;
int ledger_block_give_code(struct ledger_block *b, struct ledger_known *k, int64_t index,
                           const uint8_t *mark, struct err *e) MUST_CHECK;
int ledger_block_put_row(struct ledger_block *b, const struct ledger_row *row,
                         struct err *e) MUST_CHECK;

/* All that was changed is in the transaction, and the block empty. */
int ledger_block_write(struct ledger_block *b, struct err *e) MUST_CHECK;
/* After a failure: the same, as well as it can be done, if the transaction is still there. */
void ledger_block_rescue(struct ledger_block *b);

#endif
