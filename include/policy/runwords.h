/*
 * runwords: what a run has come to, in words, and which commands go on from there.  Pure.
 */
#ifndef CLAIMPIPE_POLICY_RUNWORDS_H
#define CLAIMPIPE_POLICY_RUNWORDS_H

#include "base/records.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct runwords {
    int64_t run;
    bool ended, finished, pruned; /* as in struct ledger_past */
    int exit_code;
    bool claims, gives_codes; /* one of its targets is a claim; gives codes */
    const uint64_t *rows;     /* of each status: STATUS_COUNT */
    const char *same, *settle,
        *tail;       /* commands, as they are typed: that of the run, without what is not known of
                                         it; settle for its claim; and what each ends with, such as --ledger FILE */
    bool input_lost; /* it came through standard input */
};

/* How much of a target's name is shown: of a seed or list of codes so many bytes as tell it from others. */
size_t runwords_shown(const char *target);

/* `finished, and not every row is done` */
const char *runwords_exit(const struct runwords *r);

/* One after the other, the most urgent first.  Both are valid during the call. */
typedef void runwords_callback(void *context, const char *command, const char *what_it_does);
/* False: no memory. */
bool runwords_next(const struct runwords *r, runwords_callback *callback, void *context);

#endif
