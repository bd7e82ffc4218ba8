/*
 * ledger_copy: copies of a ledger, and one of them put back.  Errors: ledger.h.
 *
 * A copy is one file, complete as of one moment, looked through, and marked as closed; it may be made while
 * runs go on.
 */
#ifndef CLAIMPIPE_LEDGER_LEDGER_COPY_H
#define CLAIMPIPE_LEDGER_LEDGER_COPY_H

#include "base/err.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

struct ledger;

struct ledger_copied {
    int64_t runs, items, last_ms; /* what the copy knows, and when something last changed in it */
    char aside[PATH_MAX];         /* of restore: where the ledger is that was there, or "" */
};

/* replace: also over a file that is there. */
int ledger_backup(struct ledger *l, const char *path, bool replace, struct ledger_copied *out,
                  struct err *e) MUST_CHECK;
/* The ledger at path is the one from `from` from now on; what was there is kept aside.  accept: also if that
 * knows more. */
int ledger_restore(const char *path, const char *from, bool accept, struct ledger_copied *out,
                   struct err *e) MUST_CHECK;
/* Of one whose file is lost: what SQLite still has of it, beside where it was; saved is its name. */
int ledger_save_rest(struct ledger *l, char saved[PATH_MAX]);

#endif
