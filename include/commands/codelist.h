/*
 * codelist: codes alone, one a line: the command `code --list N`.
 *
 * They are made by all threads of OpenMP, 65,536 at a time, and written in their order; the memory
 * is the same for any number (a list's own apart).  Called by one thread.
 */
#ifndef CLAIMPIPE_COMMANDS_CODELIST_H
#define CLAIMPIPE_COMMANDS_CODELIST_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct codelist {
    const char *seed;   /* the seed itself, or NULL: */
    const char *codes;  /* the path of a list (adapters/codebook.h) */
    bool allow_odd;     /* which is taken as it is */
    int64_t start, n;   /* the first, from 0, and how many */
    int64_t count;      /* how many the claim has; 0: nobody says */
    const char *output; /* NULL or "-": standard output */
};

/* The process's exit code.  If e is set, it says why: EXIT_USAGE for what codebook.h has, for more codes
 * than there are, and for an output that is the list itself; EXIT_OUTPUT; EXIT_INTERRUPTED (the exit code is
 * then that of the signal).  But for standard output, no part of the file is there then. */
int codelist_print(const struct codelist *o, struct err *e) MUST_CHECK;

#endif
