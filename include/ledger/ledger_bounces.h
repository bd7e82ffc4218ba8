/*
 * ledger_bounces: what came back of mail that was handed over, beside its item.  Errors, threads and transactions:
 * ledger.h.
 *
 * Anybody can send a report, so it changes no item: it is noted beside it, each report once.
 */
#ifndef CLAIMPIPE_LEDGER_LEDGER_BOUNCES_H
#define CLAIMPIPE_LEDGER_LEDGER_BOUNCES_H

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct ledger;

#define LEDGER_BOUNCES_ID 32 /* bytes of a report's hash */

enum ledger_bounce_kind { /* the numbers stand in ledgers */
                          LEDGER_BOUNCE_FAILED = 0,
                          LEDGER_BOUNCE_DELAYED = 1,
                          LEDGER_BOUNCE_DELIVERED = 2,
                          LEDGER_BOUNCE_KINDS
};
struct ledger_bounce {
    enum ledger_bounce_kind kind;
    int64_t at_ms;              /* when it came */
    const char *status, *words; /* "5.1.1", and what was said; "": nothing */
};

/* The mail whose Message-ID is TOKEN@domain; domain NULL: any.  1 with its item; 0: none, or several. */
int ledger_bounces_item(struct ledger *l, const char *token, const char *domain, int64_t *item,
                        struct err *e) MUST_CHECK;
/* 1, or 0 if that report was noted with the item before. */
int ledger_bounces_add(struct ledger *l, int64_t item, const uint8_t report[LEDGER_BOUNCES_ID],
                       const struct ledger_bounce *b, struct err *e) MUST_CHECK;
/* Did anything come back? */
int ledger_bounces_any(struct ledger *l, bool *any, struct err *e) MUST_CHECK;
/* What is shown of an item, in a: the last failure, or else what came last.  0: nothing came back. */
int ledger_bounces_shown(struct ledger *l, int64_t item, struct arena *a, struct ledger_bounce *out,
                         struct err *e) MUST_CHECK;

/* Whose mail came back or is late (as ledger_bounces_shown has it), by run and line.  Texts are valid during the callback only. */
struct ledger_returned {
    struct ledger_bounce bounce;
    const char *recipient, *letter; /* letter: the name of the target */
    int64_t run;
    uint64_t line;
};
typedef int ledger_returned_callback(void *context, const struct ledger_returned *r, struct err *e);
int ledger_bounces_each(struct ledger *l, ledger_returned_callback *callback, void *context,
                        struct err *e) MUST_CHECK;

/* Mail of which nobody knows whether it was handed over (unknown), by id.  The attempt is its Message-ID. */
typedef int ledger_bounces_lost_callback(void *context, int64_t item, const char *attempt,
                                         struct err *e);
int ledger_bounces_lost(struct ledger *l, ledger_bounces_lost_callback *callback, void *context,
                        struct err *e) MUST_CHECK;

#endif
