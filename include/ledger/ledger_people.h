/*
 * ledger_people: all that the ledger knows of one person, who may go by several names.
 *
 *   begun -> sought (recipients; keys by which a lookup has named somebody) -> found, once -> told
 *
 * No index leads from a recipient to its items: it would cost each of ten million inserts more than a look now and then
 * is worth.  So items and rows are each read once, in flat memory; what is sought and found stands in temporary tables,
 * by which nobody else is held up.  Names match byte for byte, but for those of spellings that were kept (ledger_former.h).
 * Errors and threads: ledger.h; the ledger is not written to.  All texts are valid during the callback only.
 */
#ifndef CLAIMPIPE_LEDGER_LEDGER_PEOPLE_H
#define CLAIMPIPE_LEDGER_LEDGER_PEOPLE_H

#include "base/claimfacts.h"
#include "base/err.h"
#include "ledger/ledger_items.h"

#include <stdbool.h>
#include <stdint.h>

struct ledger;

int ledger_people_begin(struct ledger *l, struct err *e) MUST_CHECK;
/* A canonical recipient (policy/identity.h). */
int ledger_people_seek(struct ledger *l, const char *recipient, struct err *e) MUST_CHECK;
/* Whom a lookup named by this key (ledger_put_person): what was done for the address that it gave them is found, too,
 * but for what a lookup has named for another. */
int ledger_people_seek_key(struct ledger *l, const uint8_t person[KEY_SIZE],
                           struct err *e) MUST_CHECK;
/* Each number of --again that runs had. */
typedef int ledger_people_number_callback(void *context, int64_t n, struct err *e);
int ledger_people_agains(struct ledger *l, ledger_people_number_callback *callback, void *context,
                         struct err *e) MUST_CHECK;

/* Is an item's recipient, as an older version kept it, one who is sought? */
typedef bool ledger_people_judge(void *context, const char *recipient);
/* *n: how many items there are of all names. */
int ledger_people_find(struct ledger *l, ledger_people_judge *judge, void *context, int64_t *n,
                       struct err *e) MUST_CHECK;

struct ledger_people_item {
    struct ledger_item item;
    const char *action, *url, *target;
    const char *claim; /* for which the target gives codes; "": none, or not known */
    struct claimfacts facts;
    const char *error, *input; /* input: of the item's run */
    int http_status;
    bool reserved;
    bool looked_up; /* only a lookup leads from the person to this recipient */
    uint8_t mark[LEDGER_MARK_SIZE];
};
/* The items, by when they changed last. */
typedef int ledger_people_callback(void *context, const struct ledger_people_item *item,
                                   struct err *e);
int ledger_people_each(struct ledger *l, ledger_people_callback *callback, void *context,
                       struct err *e) MUST_CHECK;

/* A row of a run (state, item_error and so on are not set); input: what that run has read. */
typedef int ledger_people_row_callback(void *context, int64_t run, const char *input,
                                       const struct ledger_row *row, struct err *e);
/* The rows of one of these items, by run and row, or for 0 what else the ledger says of all those rows: steps that were
 * skipped or invalid. */
int ledger_people_rows(struct ledger *l, int64_t item, ledger_people_row_callback *callback,
                       void *context, struct err *e) MUST_CHECK;

/* By what the ledger knows recipients: how many items there are by address, by e-mail address, and by another name. */
struct ledger_people_kinds {
    int64_t addresses, emails, others;
};
int ledger_people_kinds(struct ledger *l, struct ledger_people_kinds *out,
                        struct err *e) MUST_CHECK;

#endif
